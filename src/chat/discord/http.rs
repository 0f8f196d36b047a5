//! Discord over HTTP: one signed door. <https://docs.discord.com/developers/interactions/overview#preparing-for-interactions>
//!
//! The app mounts the router on its listener. What somebody asked is answered by the same calls as over the gateway
//! (Discord wants a bare 202 then), so that the message's id is known; typing and Discord's own question are answered in
//! the body. Nothing is answered before it is on disk; what the inbox does not take is answered 503.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::interactions::Handle;
use super::listen::{Listener, Reply};
use crate::model::{Metric, count};
use crate::vault::PublicKey;

/// Largest body that is read, in bytes.
const LARGEST: usize = 1 << 20;
/// Discord waits for 3 s.
const DEADLINE: Duration = Duration::from_millis(2_700);

/// The door.
#[derive(Clone)]
struct Door {
    listener: Listener,
    key: Arc<PublicKey>,
}

/// The route `/discord/interactions`, for `mode = "http"`.
pub(super) fn doors(listener: Listener, key: PublicKey) -> Router {
    Router::new()
        .route("/discord/interactions", post(interactions))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Door { listener, key: Arc::new(key) })
}

async fn interactions(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Response {
    let now = door.listener.ears.clock.now();
    if let Err(rejected) = door.key.verify(&headers, &body, now) {
        count(Metric::SignatureRejected, &[("door", "discord"), ("reason", rejected.label())]);
        // Discord itself tries the door with wrong signatures now and then.
        tracing::warn!(why = %rejected, "a request that claims to be Discord's was refused");
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let heard = match serde_json::from_slice::<Value>(&body) {
        Ok(payload) => {
            door.listener.meet(&payload).await;
            door.listener.ears.interaction(&payload)
        }
        Err(error) => Err(format!("it is no JSON: {error}")),
    };
    match tokio::time::timeout(DEADLINE, door.receive(heard, body)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("an interaction of Discord's was not answered in time");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

impl Door {
    async fn receive(&self, heard: Result<super::hear::Heard, String>, body: Bytes) -> Response {
        let at = self.listener.ears.clock.now();
        match self.listener.receive(heard, || body, None, at).await {
            Ok(Reply::Pong) => axum::Json(json!({ "type": 1 })).into_response(),
            Ok(Reply::Choices(_, choices)) => {
                axum::Json(json!({ "type": 8, "data": { "choices": choices } })).into_response()
            }
            Ok(Reply::Taken(Some(handle))) => self.answered(&handle).await,
            Ok(Reply::Taken(None) | Reply::Left) => StatusCode::ACCEPTED.into_response(),
            Err(fault) => {
                tracing::error!(%fault, "an interaction of Discord's was not taken");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }

    /// A first answer, or "thinking…", went out by its own call before this resolves.
    async fn answered(&self, handle: &Handle) -> Response {
        self.listener.interactions.settled(handle).await;
        StatusCode::ACCEPTED.into_response()
    }
}
