//! How people and things are called in what we tell of them. Pure.

use serde_json::Value;

/// The name that a person goes by: the nickname in the server, else the display name, else the user name.
pub(super) fn display_name(member: Option<&Value>, user: &Value) -> Option<String> {
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).filter(|name| !name.trim().is_empty()).map(str::to_owned)
    };
    member
        .and_then(|member| text(member, "nick"))
        .or_else(|| text(user, "global_name"))
        .or_else(|| text(user, "username"))
}

/// A name as it can stand in a message of ours: one line of at most `most` characters, without marks.
pub(super) fn plain(name: &str, most: usize) -> String {
    let fine = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '\'');
    name.chars().filter(fine).take(most).collect::<String>().trim().to_owned()
}
