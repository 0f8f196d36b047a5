//! The webhook: Telegram's updates come to a door of ours. <https://core.telegram.org/bots/api#setwebhook>
//!
//! Who knocks says the secret that was agreed when the webhook was set. An update is answered with 200 only when it is on
//! disk, and with 503 otherwise, so that Telegram sends it again.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use teloxide_core::payloads::{GetWebhookInfo, SetWebhook, SetWebhookSetters as _};
use url::Url;

use super::client::Client;
use super::faults::Refusal;
use super::listen::Intake;
use super::poll::WANTED;
use super::tables::{Listened, Listening};
use crate::chat::web::Twice;
use crate::model::{Metric, count};
use crate::store::Store;
use crate::vault::Secret;

/// The door's path on our listener.
pub(super) const PATH: &str = "/telegram/webhook";
/// The header in which Telegram says the secret.
const HEADER: &str = "x-telegram-bot-api-secret-token";
/// Largest body that is read, in bytes: an update is far below.
const LARGEST: usize = 1 << 20;
/// Telegram waits much longer; what took longer is sent again, and known by its id.
const DEADLINE: Duration = Duration::from_secs(10);
/// Telegram sends so many updates at a time: one, for only so they keep their order.
const AT_ONCE: u8 = 1;

#[derive(Clone)]
struct Door {
    secret: Secret,
    intake: Intake,
}

/// The route of the door.
pub(super) fn door(secret: &Secret, intake: Intake) -> Router {
    Router::new()
        .route(PATH, post(knock))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Door { secret: secret.clone(), intake })
}

async fn knock(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut given = headers.get_all(HEADER).iter();
    let reason = match (given.next(), given.next()) {
        (None, _) => Some("missing"),
        (Some(_), Some(_)) => Some("doubled"),
        (Some(given), None) => (!door.secret.is(given.as_bytes())).then_some("mismatch"),
    };
    if let Some(reason) = reason {
        count(Metric::SignatureRejected, &[("door", super::NAME), ("reason", reason)]);
        tracing::warn!(reason, "a request that claims to be Telegram's was refused");
        return StatusCode::UNAUTHORIZED;
    }
    if door.intake.ears.identity.get().is_none() {
        // Before it is known who we are, nobody can tell whether a command is for us.
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    // What is no JSON is kept as a text, and Telegram need not send it again.
    let update = serde_json::from_slice(&body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body)));
    match tokio::time::timeout(DEADLINE, door.intake.take(&[update], None)).await {
        Ok(Ok(())) => StatusCode::OK,
        Ok(Err(fault)) => {
            tracing::error!(%fault, "an update of Telegram's was not taken");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(_) => {
            tracing::error!("an update of Telegram's was not on disk in time");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Sets the webhook, unless it is set so already.
///
/// # Errors
/// Telegram did not take it, or the store failed.
pub(super) async fn set(client: &Client, store: &Store, bot: i64, url: &Url, secret: &Secret) -> Result<(), Refusal> {
    let row = format!("webhook/{bot}");
    let digest = digest(url, secret);
    let info = client.send(Twice::Harmless, &GetWebhookInfo::new()).await?;
    // Telegram does not say which secret it knows; what we told it last is written down.
    let told = store.get::<Listening>(&row)? == Some(Listened::Webhook { digest: digest.clone() });
    if told && is_set(&info, url) {
        return Ok(());
    }
    let payload = SetWebhook::new(url.clone())
        .secret_token(secret.expose())
        .max_connections(AT_ONCE)
        .allowed_updates(WANTED)
        .drop_pending_updates(false);
    client.send(Twice::Harmless, &payload).await?;
    tracing::info!("the webhook is set at Telegram");
    store.write(move |tx| tx.put::<Listening>(&row, &Listened::Webhook { digest })).await?;
    Ok(())
}

/// Whether the webhook is what it is to be. <https://core.telegram.org/bots/api#webhookinfo>
fn is_set(info: &Value, url: &Url) -> bool {
    let allowed = info.get("allowed_updates").and_then(Value::as_array);
    let mut allowed: Vec<&str> = allowed.into_iter().flatten().filter_map(Value::as_str).collect();
    allowed.sort_unstable();
    info.get("url").and_then(Value::as_str) == Some(url.as_str())
        && info.get("max_connections").and_then(Value::as_u64) == Some(u64::from(AT_ONCE))
        && allowed == ["callback_query", "message", "my_chat_member"]
}

fn digest(url: &Url, secret: &Secret) -> String {
    let mut digest = Sha256::new();
    digest.update(url.as_str());
    digest.update([0]);
    digest.update(secret.expose());
    hex::encode(&digest.finalize()[..16])
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
