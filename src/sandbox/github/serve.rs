//! The HTTP server: loopback only, one task a connection, and able to hang up in the middle of things.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Shared;
use super::gate::Outcome;
use super::reply::{Content, Reply};

/// Largest request body that is read.
const MOST_BODY: usize = 4 << 20;

/// Accepts connections until its task is dropped, which ends the connections too.
pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>) -> Infallible {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    open.spawn(async move {
                        let service = service_fn(|request| answer(Arc::clone(&shared), request));
                        // A caller that hangs up, and a cut on order, end here as errors that nobody has to know of.
                        let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                    });
                }
                // Out of file handles: wait for connections to end instead of spinning.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

/// The connection is to be cut without an answer.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut on order")
    }
}

impl std::error::Error for Cut {}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST_BODY).collect().await.map_err(|_| Cut)?.to_bytes();
    match shared.act(|state| state.receive(&parts, &body, &shared.enterprise)) {
        Outcome::Send(reply) => response(*reply),
        Outcome::Cut => Err(Cut),
        Outcome::Hang => std::future::pending().await,
    }
}

fn response(reply: Reply) -> Result<Response<Full<Bytes>>, Cut> {
    let (body, kind) = match &reply.body {
        Content::None => (Bytes::new(), None),
        Content::Json(value) => (Bytes::from(value.to_string()), Some("application/json; charset=utf-8")),
        Content::Plain(text) => (Bytes::from(text.clone()), Some("text/plain; charset=utf-8")),
        Content::Text(text) => (Bytes::from_static(text.as_bytes()), Some("text/html; charset=utf-8")),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = StatusCode::from_u16(reply.status).map_err(|_| Cut)?;
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in reply.headers {
        let value = HeaderValue::from_str(&value).map_err(|_| Cut)?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}
