//! Slack over HTTP: four signed doors. <https://docs.slack.dev/apis/events-api/using-http-request-urls>
//!
//! The app mounts the router on its listener; who checks the signatures is handed in. A request is answered with 200
//! only when it is on disk, and with 503 otherwise, so that Slack sends it again (events) or tells the person.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Map, Value};

use super::Slack;
use super::hear::{Ears, Heard};
use super::listen::{Accept, Reply, receive};
use super::suggest::Suggest;
use crate::model::{Clock, Metric, count};
use crate::vault::{Scheme, Secret};

/// Largest body that is read, in bytes.
const LARGEST: usize = 1 << 20;
/// Slack waits for 3 s; what took longer is sent again, and known by its id.
const DEADLINE: Duration = Duration::from_millis(2_700);

/// Checks that a request comes from Slack: its signature and its age.
pub(super) trait Verify: std::fmt::Debug + Send + Sync {
    /// Checks the headers `x-slack-signature` and `x-slack-request-timestamp` against the bytes of the body.
    ///
    /// # Errors
    /// Why it is refused, for the log.
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), String>;
}

/// Slack's own signature, by any of the secrets that are valid.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) secrets: Vec<Secret>,
    pub(super) clock: Clock,
}

impl Verify for Signature {
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), String> {
        Scheme::SLACK.verify(&self.secrets, headers, body, self.clock.now()).map_err(|rejected| {
            count(Metric::SignatureRejected, &[("door", "slack"), ("reason", rejected.label())]);
            rejected.to_string()
        })
    }
}

#[derive(Clone)]
struct Door {
    ears: Ears,
    inbox: Arc<dyn Accept>,
    suggest: Arc<dyn Suggest>,
    verify: Arc<dyn Verify>,
}

impl Slack {
    /// The routes `/slack/events`, `/slack/commands`, `/slack/interactivity` and `/slack/options` (what somebody types in
    /// a form), for `mode = "http"`.
    pub(super) fn open_doors(
        &self,
        inbox: Arc<dyn Accept>,
        suggest: Arc<dyn Suggest>,
        verify: Arc<dyn Verify>,
    ) -> Router {
        Router::new()
            .route("/slack/events", post(events))
            .route("/slack/commands", post(commands))
            .route("/slack/interactivity", post(interactivity))
            .route("/slack/options", post(interactivity))
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(Door { ears: self.ears.clone(), inbox, suggest, verify })
    }
}

async fn events(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.open(&headers, body, |ears, body| ears.event(&json(body)?)).await
}

async fn commands(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.open(&headers, body, |ears, body| {
        let form = form(body);
        // Slack tries the door with this when the app is set up.
        if form.get("ssl_check").is_some_and(|check| check == "1") {
            return Ok(Heard::Ignore("a check of the certificate"));
        }
        ears.command(&Value::Object(form))
    })
    .await
}

async fn interactivity(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    door.open(&headers, body, |ears, body| {
        let form = form(body);
        let payload = form.get("payload").and_then(Value::as_str).ok_or("there is no `payload`")?;
        ears.interaction(&json(payload.as_bytes())?)
    })
    .await
}

fn json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("it is no JSON: {error}"))
}

fn form(body: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), Value::from(value.into_owned()))).collect()
}

impl Door {
    async fn open(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        hear: impl FnOnce(&Ears, &[u8]) -> Result<Heard, String>,
    ) -> Response {
        if let Err(why) = self.verify.verify(headers, &body) {
            tracing::warn!(why, "a request that claims to be Slack's was refused");
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let heard = hear(&self.ears, &body);
        match tokio::time::timeout(DEADLINE, receive(&*self.inbox, &*self.suggest, heard, body, None)).await {
            Ok(Ok(Reply::Taken)) => StatusCode::OK.into_response(),
            Ok(Ok(Reply::Word(word))) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], word).into_response(),
            Ok(Ok(Reply::Options(options))) => axum::Json(options).into_response(),
            Ok(Err(fault)) => {
                tracing::error!(%fault, "a request of Slack's was not taken");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
            Err(_) => {
                tracing::error!("a request of Slack's was not on disk in time");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
