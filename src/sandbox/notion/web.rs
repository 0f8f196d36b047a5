//! The door: every path and method goes to the gate, and its answer back, unless a fault says otherwise.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State as Extract};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::Shared;
use super::gate::Outcome;
use super::reply::{Content, Reply};
use crate::sandbox::server::Cut;

/// The largest body that is read: a part of a file, and what is around it.
const LARGEST_BODY: usize = (20 << 20) + (1 << 20);

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(door).layer(DefaultBodyLimit::disable()).with_state(shared)
}

async fn door(Extract(shared): Extract<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        let mut large = Response::new(Body::from("Payload Too Large"));
        *large.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return large;
    };
    match shared.act(|state| state.receive(&parts, &body)) {
        Outcome::Send(reply) => response(*reply),
        Outcome::Hang => std::future::pending().await,
        Outcome::Cut => {
            let mut cut = Response::new(Body::empty());
            cut.extensions_mut().insert(Cut);
            cut
        }
    }
}

fn response(reply: Reply) -> Response {
    let (body, kind) = match reply.body {
        Content::Json(value) => (Body::from(value.to_string()), "application/json; charset=utf-8".to_owned()),
        Content::Bytes(bytes, kind) => (Body::from(bytes), kind),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header::HeaderName::from_static(name), value);
        }
    }
    response
}
