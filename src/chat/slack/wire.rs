//! Slack's channels, people and workspace as we read them. Pure; what is missing, `null` or odd is empty.
//! <https://docs.slack.dev/reference/objects/conversation-object>, `…/user-object`

use jiff::Timestamp;
use serde_json::Value;

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// A channel, or the direct messages between people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Channel {
    pub id: String,
    /// Its name without `#`; a direct message has none.
    pub name: String,
    /// Whether everybody in the workspace may see it.
    pub public: bool,
    /// Whether the bot is in it.
    pub member: bool,
    pub archived: bool,
    pub members: Option<u64>,
    pub topic: String,
    pub purpose: String,
    /// Who made it, by id.
    pub creator: String,
    pub created: Option<Timestamp>,
}

impl Channel {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let id = text(value, "/id");
        let hidden = ["is_private", "is_im", "is_mpim"].iter().any(|name| flag(value, name));
        let created = value.get("created").and_then(Value::as_i64).and_then(|at| Timestamp::from_second(at).ok());
        (!id.is_empty()).then(|| Self {
            name: text(value, "/name"),
            public: !hidden,
            member: flag(value, "is_member") || flag(value, "is_im"),
            archived: flag(value, "is_archived"),
            members: value.get("num_members").and_then(Value::as_u64),
            topic: text(value, "/topic/value"),
            purpose: text(value, "/purpose/value"),
            creator: text(value, "/creator"),
            created,
            id,
        })
    }

    /// How it is named to people.
    pub(super) fn called(&self) -> String {
        if self.name.is_empty() { "a direct message".to_owned() } else { format!("#{}", self.name) }
    }
}

/// A person or a bot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct User {
    pub id: String,
    /// The user name, unique in the workspace.
    pub name: String,
    /// The name that they chose to be shown by; may be empty.
    pub display: String,
    pub real: String,
    pub title: String,
    pub status: String,
    pub zone: String,
    pub bot: bool,
    pub admin: bool,
    /// Whether the account is closed.
    pub deleted: bool,
}

impl User {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let id = text(value, "/id");
        let real = [text(value, "/profile/real_name"), text(value, "/real_name")];
        (!id.is_empty()).then(|| Self {
            name: text(value, "/name"),
            display: text(value, "/profile/display_name"),
            real: real.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            title: text(value, "/profile/title"),
            status: text(value, "/profile/status_text"),
            zone: text(value, "/tz"),
            // Slack's own helper is none of the bots by that flag.
            bot: flag(value, "is_bot") || id == "USLACKBOT",
            admin: flag(value, "is_admin"),
            deleted: flag(value, "deleted"),
            id,
        })
    }

    /// What they are called: the name they chose, else the user name.
    pub(super) fn called(&self) -> &str {
        [&self.display, &self.name, &self.id].into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
    }

    /// Whether somebody who writes `@name` means them.
    pub(super) fn is_called(&self, name: &str) -> bool {
        [&self.name, &self.display].iter().any(|own| !own.is_empty() && own.to_lowercase() == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_or_null_is_empty() {
        let channel = Channel::read(&json!({ "id": "C1", "name": "ops", "topic": null, "is_private": null }));
        let channel = channel.expect("a channel");
        assert_eq!((channel.called().as_str(), channel.public, channel.member), ("#ops", true, false));
        assert!(!Channel::read(&json!({ "id": "D1", "is_im": true })).expect("a channel").public);
        assert_eq!(Channel::read(&json!({ "name": "x" })), None);
        let user =
            User::read(&json!({ "id": "U1", "name": "ana", "profile": { "display_name": "", "real_name": "Ana" } }));
        let user = user.expect("a user");
        assert_eq!((user.called(), user.real.as_str()), ("ana", "Ana"));
        assert!(user.is_called("ana") && !user.is_called(""));
    }
}
