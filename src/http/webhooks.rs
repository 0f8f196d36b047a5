//! Webhook doors: `POST /webhooks/{integration}`. The signature is checked on the raw bytes; the raw body is stored.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::problem::Problem;
use super::server::Shared;
use crate::delivery::{Accepted, Arrival, Incoming};
use crate::model::{Fault, Metric, count};
use crate::vault::Knock;

pub(super) async fn receive(
    State(shared): State<Shared>,
    Path(integration): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Some(door) = shared.doors.get(&integration) else {
        let text = format!("There is no webhook door `{integration}`; is its section in the configuration?");
        return Err(Fault::not_found(text).into());
    };
    if body.len() > door.largest {
        let text = format!("The body has {} bytes; {} takes at most {}.", body.len(), integration, door.largest);
        return Err(Problem::status(Fault::bad_input("body", text), StatusCode::PAYLOAD_TOO_LARGE));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        let text = "Compressed bodies are not taken; send the body as it was signed.";
        return Err(Problem::status(Fault::bad_input("content-encoding", text), StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    match door.open(&headers, &body, shared.clock.now()).await? {
        Ok(Knock::Known) => {}
        Ok(Knock::SetUp) => return Ok((StatusCode::OK, Json(json!({ "status": "offered" }))).into_response()),
        Err(rejected) => {
            count(Metric::SignatureRejected, &[("door", &integration), ("reason", rejected.label())]);
            tracing::warn!(door = integration, %rejected, "a webhook was refused");
            return Err(Problem::status(Fault::denied(format!("Refused: {rejected}.")), StatusCode::UNAUTHORIZED));
        }
    }
    let id = door.delivery(&headers, &body)?;
    let kept = |name: &&'static str| Some(((*name).to_owned(), one(&headers, name)?.to_owned()));
    let kept: BTreeMap<String, String> = door.kept_headers.iter().filter_map(kept).collect();
    let arrival = Arrival { door: integration, dedupe: Some(id), what: Incoming::Webhook { headers: kept, body } };
    let status = match shared.inbox.accept(arrival).await? {
        Accepted::New => "accepted",
        Accepted::Again => "duplicate",
    };
    Ok((StatusCode::ACCEPTED, Json(json!({ "status": status }))).into_response())
}

/// The header's value if it is there exactly once and is text.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().filter(|value| !value.is_empty()),
        _ => None,
    }
}
