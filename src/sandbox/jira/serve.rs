//! The HTTP door: hands requests to the gate, and hangs up or keeps still when told to.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::Shared;
use super::gate::Outcome;
use super::reply::{Content, Reply};
use crate::sandbox::server::Cut;

/// Most bytes of a request beside the largest attachment.
const ROOM: usize = 1 << 20;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(door).layer(DefaultBodyLimit::disable()).with_state(shared)
}

async fn door(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let most = shared.setup.attachment_limit.saturating_mul(2) + ROOM;
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        return response(Reply::error(413, "The request is too large."));
    };
    match shared.act(|state| state.receive(&parts, &body)) {
        Outcome::Send(reply) => response(*reply),
        Outcome::Cut => cut(),
        Outcome::Hang => std::future::pending().await,
    }
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

fn response(reply: Reply) -> Response {
    let (body, kind) = match reply.body {
        Content::None => (Body::empty(), None),
        Content::Json(value) => (Body::from(value.to_string()), Some("application/json;charset=UTF-8".to_owned())),
        Content::Html(text) => (Body::from(text), Some("text/html;charset=UTF-8".to_owned())),
        Content::File { mime, bytes } => (Body::from(bytes), Some(mime)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(kind) = kind.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
