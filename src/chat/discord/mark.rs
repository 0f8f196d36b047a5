//! By what a message of ours is known again. Pure.
//!
//! A post bears its delivery's id twice. As `nonce`, by which Discord itself knows a second post of it for a few minutes
//! and answers with the first. And, because no `nonce` is told later and answers to interactions take none, behind the
//! `#` of its embed's address: an embed without a title shows no address, so people see nothing of it. A message that is
//! nothing but a line has no such place; it is known by its buttons, or by being the very same line.

use base64::Engine as _;
use serde_json::Value;

use crate::model::DeliveryId;

/// What a message of these ids is known by: Discord takes 25 characters.
pub(super) fn nonce(id: &DeliveryId) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id.as_bytes())
}

/// What stands behind an embed's address.
pub(super) fn mark(nonce: &str) -> String {
    format!("#qd-{nonce}")
}

/// Whether a message that stands somewhere is the one of this payload and delivery.
pub(super) fn is_same(payload: &Value, nonce: &str, other: &Value) -> bool {
    if payload.pointer("/embeds/0").is_some() && !nonce.is_empty() {
        let url = other.pointer("/embeds/0/url").and_then(Value::as_str).unwrap_or_default();
        return url.ends_with(&mark(nonce));
    }
    let (ours, theirs) = (press_ids(payload), press_ids(other));
    if !ours.is_empty() {
        return ours == theirs;
    }
    let empty = |key: &str| other.get(key).and_then(Value::as_array).is_none_or(Vec::is_empty);
    other.get("content").is_some_and(|content| Some(content) == payload.get("content"))
        && empty("embeds")
        && theirs.is_empty()
        && other.pointer("/author/bot").and_then(Value::as_bool) == Some(true)
}

fn press_ids(message: &Value) -> Vec<&str> {
    let rows = message.get("components").and_then(Value::as_array).into_iter().flatten();
    let parts = rows.filter_map(|row| row.get("components")?.as_array()).flatten();
    parts.filter_map(|part| part.get("custom_id")?.as_str()).collect()
}
