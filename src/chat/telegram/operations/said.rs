//! What somebody has the bot say: their own words, and in a last line that they are theirs.

use serde_json::Value;

use super::super::escape::{clean, cut, escape, inert, length, one_line};
use super::super::limits;
use crate::model::{Actor, Fault};

/// Kept for the last line.
const SIGNATURE: usize = 96;

/// The words as Telegram takes them, with who had them said. What a person writes is taken as it is: names in it mention,
/// commands and links are ones.
///
/// # Errors
/// `BadInput`: there is nothing in it, or too much.
pub(super) fn signed(field: &str, text: &str, by: &Actor, most: usize) -> Result<String, Fault> {
    let text = clean(text);
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::bad_input(field, format!("`{field}` is empty; write what to say.")));
    }
    let room = most - SIGNATURE;
    let long = length(text);
    if long > room {
        return Err(Fault::bad_input(
            field,
            format!("`{field}` has {long} characters; Telegram shows {room} in one message."),
        ));
    }
    Ok(format!("{}\n\n{}", escape(text), signature(by)))
}

/// Who had it said.
pub(super) fn signature(by: &Actor) -> String {
    let name = cut(&one_line(by.name()), SIGNATURE - 16).0;
    let name = if name.is_empty() { by.handle() } else { name };
    format!("<i>Sent by {}</i>", escape(&inert(&name, Some(' '))))
}

/// The words of a file, with who had it sent; they may be left out.
pub(super) fn caption(text: Option<&str>, by: &Actor) -> Result<String, Fault> {
    match text.filter(|text| !clean(text).trim().is_empty()) {
        Some(text) => signed("caption", text, by, limits::CAPTION),
        None => Ok(signature(by)),
    }
}

/// Where a message can be opened: only messages of supergroups and channels have links.
pub(super) fn link(chat: i64, username: Option<&str>, message: i64) -> Option<String> {
    let id = chat.to_string();
    match (username, id.strip_prefix("-100")) {
        (Some(username), Some(_)) => Some(format!("https://t.me/{username}/{message}")),
        (None, Some(id)) => Some(format!("https://t.me/c/{id}/{message}")),
        _ => None,
    }
}

/// An object of these.
pub(super) fn object(value: Value) -> crate::model::Object {
    match value {
        Value::Object(object) => object,
        _ => crate::model::Object::new(),
    }
}
