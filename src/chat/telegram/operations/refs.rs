//! How people name a chat or a message of Telegram's. Pure.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::super::escape::{cut, one_line};
use super::super::platform;
use crate::model::Place;

const CHAT_HELP: &str = "write `@name`, a chat's id such as `-1001234567890`, or paste a link to it";
const MESSAGE_HELP: &str = "paste the message's link (Copy Message Link), or write `telegram:-1001234567890#12`; a number alone is a message here";

/// What ids of supergroups and channels begin with, where links leave it out.
const SUPERGROUP: &str = "-100";

/// A chat as it was written: `@name`, an id, `telegram:…` (with `/topic`), a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatRef(pub Place);

/// A message as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageName {
    /// Where it stands; where none is written, where it was asked.
    pub place: Option<ChatRef>,
    /// Telegram's id of the message in its chat.
    pub id: i64,
}

impl MessageName {
    /// As it is written.
    pub(super) fn written(place: &Place, id: i64) -> String {
        format!("{}#{id}", place.without_thread())
    }
}

fn shown(text: &str) -> String {
    cut(&one_line(text).replace('`', "'"), 80).0
}

fn place(chat: &str, topic: Option<&str>) -> Place {
    Place { thread: topic.map(str::to_owned), ..Place::channel(&platform(), chat) }
}

/// <https://core.telegram.org/bots/features#what-features-do-bots-have>: 5 to 32 of letters, digits and `_`; some of
/// Telegram's own are shorter.
fn is_name(name: &str) -> bool {
    (3..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_id(id: &str) -> bool {
    id.parse::<i64>().is_ok_and(|id| id != 0) && !id.starts_with('+')
}

fn is_number(id: &str) -> bool {
    id.parse::<i64>().is_ok_and(|id| id > 0) && !id.starts_with('+')
}

/// Chat, topic and message of a link: `t.me/name/12`, `t.me/c/1234567890/12`, with the topic before the message.
fn link(text: &str) -> Option<(Place, Option<i64>)> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !matches!(url.host_str()?, "t.me" | "telegram.me" | "telegram.dog") {
        return None;
    }
    let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
    let chat = match parts.next()? {
        "c" => parts.next().filter(|id| is_number(id)).map(|id| format!("{SUPERGROUP}{id}"))?,
        name => Some(format!("@{name}")).filter(|_| is_name(name))?,
    };
    let numbers: Vec<&str> = parts.collect();
    if !numbers.iter().all(|number| is_number(number)) {
        return None;
    }
    let message = |id: &str| id.parse::<i64>().ok();
    Some(match numbers.as_slice() {
        [] => (place(&chat, None), None),
        [id] => (place(&chat, None), message(id)),
        [topic, id] => (place(&chat, Some(topic)), message(id)),
        _ => return None,
    })
}

impl FromStr for ChatRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some((place, _)) = link(text) {
            return Ok(Self(place));
        }
        let bare = text.strip_prefix("telegram:").unwrap_or(text);
        let (chat, topic) = match bare.split_once('/') {
            Some((chat, topic)) => (chat, Some(topic)),
            None => (bare, None),
        };
        let named = chat.strip_prefix('@').is_some_and(is_name);
        if (named || is_id(chat)) && topic.is_none_or(is_number) {
            return Ok(Self(place(chat, topic)));
        }
        if topic.is_none() && is_name(chat) && !chat.as_bytes()[0].is_ascii_digit() {
            return Ok(Self(place(&format!("@{chat}"), None)));
        }
        Err(format!("`{}` is no chat; {CHAT_HELP}", shown(text)))
    }
}

impl FromStr for MessageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || format!("`{}` is no message; {MESSAGE_HELP}", shown(text));
        if let Some((place, message)) = link(text) {
            return message.map(|id| Self { place: Some(ChatRef(place)), id }).ok_or_else(wrong);
        }
        let (chat, id) = match text.rsplit_once('#') {
            Some((chat, id)) => (Some(chat).filter(|chat| !chat.is_empty()), id),
            None => (None, text),
        };
        let id = Some(id).filter(|id| is_number(id)).and_then(|id| id.parse().ok()).ok_or_else(wrong)?;
        let place = chat.map(str::parse).transpose().map_err(|_| wrong())?;
        Ok(Self { place, id })
    }
}

macro_rules! read_as_text {
    ($name:ident, $schema:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    };
}

read_as_text!(ChatRef, "TelegramChat");
read_as_text!(MessageName, "TelegramMessage");

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(text: &str) -> String {
        text.parse::<ChatRef>().map_or_else(|why| why, |ChatRef(place)| place.to_string())
    }

    #[test]
    fn a_chat_is_named_as_people_name_it() {
        for (text, place) in [
            ("@acmeops", "telegram:@acmeops"),
            ("acmeops", "telegram:@acmeops"),
            ("telegram:@acmeops", "telegram:@acmeops"),
            ("-1001000000001", "telegram:-1001000000001"),
            ("telegram:-1001000000003/2", "telegram:-1001000000003/2"),
            ("500000001", "telegram:500000001"),
            ("https://t.me/acmeops", "telegram:@acmeops"),
            ("https://t.me/c/1000000003/2/15", "telegram:-1001000000003/2"),
        ] {
            assert_eq!(chat(text), place);
        }
        for text in
            ["", "#ops", "@a", "slack:C1", "-100/x", "https://t.me@evil.example/x", "https://a.example/acmeops", "a b"]
        {
            assert!(chat(text).contains("is no chat"), "{text}");
        }
    }

    #[test]
    fn a_message_is_named_by_its_link_or_number() {
        let read = |text: &str| {
            let name: MessageName = text.parse().map_err(|_: String| ())?;
            Ok::<_, ()>((name.place.map(|ChatRef(place)| place.to_string()), name.id))
        };
        assert_eq!(read("12"), Ok((None, 12)));
        assert_eq!(read("telegram:-1001#12"), Ok((Some("telegram:-1001".into()), 12)));
        assert_eq!(read("https://t.me/acmeops/12"), Ok((Some("telegram:@acmeops".into()), 12)));
        assert_eq!(read("https://t.me/c/1000000003/2/15"), Ok((Some("telegram:-1001000000003/2".into()), 15)));
        for text in ["", "x", "0", "-3", "https://t.me/acmeops", "telegram:-1001", "+3"] {
            assert_eq!(read(text), Err(()), "{text}");
        }
    }
}
