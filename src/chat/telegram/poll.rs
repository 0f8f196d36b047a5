//! Long polling: asks for updates, puts them on disk, then moves the offset.
//! <https://core.telegram.org/bots/api#getupdates>
//!
//! An update is confirmed by the offset of the call after it, and by then it is in the inbox; the offset itself is in the
//! store. What a crash leaves between the two comes again and is known by its id.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use teloxide_core::payloads::{
    DeleteWebhook, DeleteWebhookSetters as _, GetUpdates, GetUpdatesSetters as _, GetWebhookInfo,
};
use teloxide_core::types::AllowedUpdate;
use tokio::sync::watch;
use url::Url;

use super::client::Client;
use super::faults::Refusal;
use super::listen::Intake;
use super::tables::{Listened, Listening};
use crate::chat::web::Twice;
use crate::model::{Clock, Fault, FaultKind};
use crate::store::Store;

/// How long Telegram keeps a call open where there is nothing to tell.
const HOLD: SignedDuration = SignedDuration::from_secs(25);
/// The longest pause before trying again.
const LONGEST_PAUSE: i64 = 30;
/// After a week without updates Telegram counts anew from anywhere, so an offset that old says nothing. What was not
/// confirmed is kept for a day at most.
const QUIET: SignedDuration = SignedDuration::from_hours(6 * 24);

/// What Telegram is to tell us of. What it tells beside that is kept unread.
pub(super) const WANTED: [AllowedUpdate; 3] =
    [AllowedUpdate::Message, AllowedUpdate::CallbackQuery, AllowedUpdate::MyChatMember];

/// The row that says how far a bot's updates were taken in.
pub(super) fn offset_row(bot: i64) -> String {
    format!("offset/{bot}")
}

/// How long to wait after so many failures in a row.
pub(super) fn pause(failed: u32) -> SignedDuration {
    SignedDuration::from_secs((1_i64 << failed.saturating_sub(1).min(10)).min(LONGEST_PAUSE))
}

/// Waits as a failure demands, and says what is wrong; gives the failure back where trying on can never help.
///
/// # Errors
/// The token is no good, or there is no Bot API.
pub(super) async fn bear(clock: &Clock, refusal: Refusal, failed: u32, doing: &str) -> Result<(), Fault> {
    let Refusal { fault, code, .. } = refusal;
    match fault.kind {
        FaultKind::RateLimited { until } => clock.sleep_until(until).await,
        FaultKind::Misconfigured if code != 409 => return Err(fault),
        _ => {
            tracing::warn!(%fault, doing, "Telegram does not do it; trying on");
            clock.sleep(pause(failed)).await;
        }
    }
    Ok(())
}

/// Says that nothing is heard when the polling ends.
struct Ending<'a>(&'a watch::Sender<bool>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// Polls until dropped; returns only when it can never work.
///
/// # Errors
/// The token is no good, or there is no Bot API.
pub(super) async fn poll(client: &Client, intake: &Intake, connected: &watch::Sender<bool>) -> Result<(), Fault> {
    let _ending = Ending(connected);
    let clock = client.clock().clone();
    let mut failed = 0;
    while let Err(refusal) = no_webhook(client).await {
        failed += 1;
        bear(&clock, refusal, failed, "whether a webhook is set").await?;
    }
    let row = offset_row(intake.ears.bot);
    let mut failed = 0;
    loop {
        // The store is asked each time: it alone knows up to where updates are safe.
        let offset = match offset(&intake.store, &row, clock.now()) {
            Ok(offset) => offset,
            Err(fault) => {
                tracing::error!(%fault, "how far Telegram was heard cannot be read");
                connected.send_replace(false);
                failed += 1;
                clock.sleep(pause(failed)).await;
                continue;
            }
        };
        // The first call comes back at once, so that it is known early whether it works.
        let hold = if *connected.borrow() { HOLD } else { SignedDuration::ZERO };
        let mut payload = GetUpdates::new().timeout(u32::try_from(hold.as_secs()).unwrap_or_default());
        payload.offset = offset;
        let payload = payload.limit(100).allowed_updates(WANTED);
        let updates = match client.wait(&payload, hold).await {
            Ok(Value::Array(updates)) => updates,
            Ok(_) => Vec::new(),
            Err(refusal) => {
                connected.send_replace(false);
                failed += 1;
                bear(&clock, refusal, failed, "getting updates").await?;
                continue;
            }
        };
        if updates.is_empty() {
            failed = 0;
        } else if let Err(fault) = intake.take(&updates, Some(row.clone())).await {
            tracing::error!(%fault, "updates of Telegram's were not taken; they come again");
            connected.send_replace(false);
            failed += 1;
            clock.sleep(pause(failed)).await;
            continue;
        } else {
            failed = 0;
        }
        if !connected.send_replace(true) {
            tracing::info!("connected to Telegram");
        }
    }
}

/// The offset to ask from; none where what was written down is too old to mean anything.
fn offset(store: &Store, row: &String, now: Timestamp) -> Result<Option<i32>, Fault> {
    Ok(match store.get::<Listening>(row)? {
        Some(Listened::Offset { next, at }) if now.duration_since(at) < QUIET => i32::try_from(next).ok(),
        _ => None,
    })
}

/// Takes away a webhook that is set: Telegram answers no polling beside one. What waits there is kept.
async fn no_webhook(client: &Client) -> Result<(), Refusal> {
    let info = client.send(Twice::Harmless, &GetWebhookInfo::new()).await?;
    let Some(url) = info.get("url").and_then(Value::as_str).filter(|url| !url.is_empty()) else { return Ok(()) };
    // The address may hold a secret of somebody's.
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    tracing::warn!(host, "a webhook is set for this bot; it is taken away, because `telegram.mode` is `polling`");
    client.send(Twice::Harmless, &DeleteWebhook::new().drop_pending_updates(false)).await.map(drop)
}

#[cfg(test)]
#[path = "poll_tests.rs"]
mod tests;
