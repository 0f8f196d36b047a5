//! What people may do where, counted as Discord counts it. Pure.
//! <https://docs.discord.com/developers/topics/permissions>

use std::collections::HashMap;

use serde_json::Value;
use serenity::all::Permissions;

/// Whoever has it may do everything.
const ADMINISTRATOR: u64 = Permissions::ADMINISTRATOR.bits();
/// To see a channel at all.
pub(super) const VIEW: u64 = Permissions::VIEW_CHANNEL.bits();
/// To write in a channel.
pub(super) const SEND: u64 = Permissions::SEND_MESSAGES.bits();
/// To see what was written before.
pub(super) const HISTORY: u64 = Permissions::READ_MESSAGE_HISTORY.bits();
/// To see every private thread.
pub(super) const MANAGE_THREADS: u64 = Permissions::MANAGE_THREADS.bits();
/// To write in threads.
pub(super) const SEND_IN_THREADS: u64 = Permissions::SEND_MESSAGES_IN_THREADS.bits();
/// To put a file into a channel.
pub(super) const ATTACH: u64 = Permissions::ATTACH_FILES.bits();
/// To put a reaction on a message.
pub(super) const REACT: u64 = Permissions::ADD_REACTIONS.bits();

/// What these bits of Discord's say that somebody may do: the server's roles, then the channel's own word.
pub(super) fn permitted(server: &Value, channel: &Value, user: Option<&str>, member: Option<&Value>) -> u64 {
    if user.is_some() && text(server, "owner_id") == user {
        return u64::MAX;
    }
    // Everybody has the role of the server's own id.
    let everyone = text(server, "id").unwrap_or_default();
    let mut roles: Vec<&str> =
        member.map(|member| list(member, "roles")).unwrap_or_default().iter().filter_map(Value::as_str).collect();
    roles.push(everyone);
    let bits =
        |value: &Value, key: &str| text(value, key).and_then(|bits| bits.parse::<u64>().ok()).unwrap_or_default();
    let base = list(server, "roles")
        .iter()
        .filter(|role| text(role, "id").is_some_and(|id| roles.contains(&id)))
        .fold(0, |all, role| all | bits(role, "permissions"));
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let words: HashMap<&str, (u64, u64)> = list(channel, "permission_overwrites")
        .iter()
        .filter_map(|word| Some((text(word, "id")?, (bits(word, "allow"), bits(word, "deny")))))
        .collect();
    let spoken = |has: u64, (allow, deny): (u64, u64)| has & !deny | allow;
    let mut has = spoken(base, words.get(everyone).copied().unwrap_or_default());
    let of_roles = roles
        .iter()
        .filter(|role| **role != everyone)
        .filter_map(|role| words.get(role))
        .fold((0, 0), |(allow, deny), word| (allow | word.0, deny | word.1));
    has = spoken(has, of_roles);
    spoken(has, user.and_then(|user| words.get(user)).copied().unwrap_or_default())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn permissions_are_counted_as_discord_counts_them() {
        let role = |id: &str, bits: u64| json!({ "id": id, "permissions": bits.to_string() });
        let server = json!({ "id": "1", "owner_id": "9", "roles": [role("1", VIEW | SEND), role("2", 0), role("3", ADMINISTRATOR)] });
        let word =
            |id: &str, allow: u64, deny: u64| json!({ "id": id, "allow": allow.to_string(), "deny": deny.to_string() });
        let open = json!({ "permission_overwrites": [] });
        let closed = json!({ "permission_overwrites": [word("1", 0, VIEW), word("2", VIEW, 0), word("5", 0, SEND)] });
        let member = |roles: &[&str]| json!({ "roles": roles });
        let may = |channel: &Value, user: Option<&str>, roles: &[&str]| {
            permitted(&server, channel, user, Some(&member(roles)).filter(|_| user.is_some()))
        };
        assert_eq!(may(&open, Some("4"), &[]), VIEW | SEND);
        assert_eq!(may(&open, None, &[]), VIEW | SEND);
        assert_eq!(may(&closed, None, &[]) & VIEW, 0, "who is not there sees what everybody sees");
        assert_eq!(may(&closed, Some("4"), &[]) & VIEW, 0);
        assert_eq!(may(&closed, Some("4"), &["2"]), VIEW | SEND);
        assert_eq!(may(&closed, Some("5"), &["2"]), VIEW, "the word about one person is the last");
        assert_eq!(may(&closed, Some("4"), &["3"]), u64::MAX);
        assert_eq!(may(&closed, Some("9"), &[]), u64::MAX, "the owner");
    }
}
