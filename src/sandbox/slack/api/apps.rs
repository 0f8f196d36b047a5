//! `apps.connections.open`: a one-time address for a Socket Mode connection.

use serde_json::{Value, json};

use super::{Call, Refused};

#[expect(clippy::unnecessary_wraps, reason = "the table of methods holds one kind of function")]
pub(super) fn connections_open(call: &Call<'_>) -> Result<Value, Refused> {
    let ticket = call.inner.issue_ticket(call.now);
    let base = call.inner.base().replacen("http", "ws", 1);
    Ok(json!({"url": format!("{base}/slack/link/?ticket={ticket}&app_id={}", call.inner.setup.app_id)}))
}
