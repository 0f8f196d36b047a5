//! How people name a channel, a person or a message of Slack's. Pure; [`super::reach`] finds what is named.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::super::config::is_id;
use super::super::escape::{cut, one_line};

const CHANNEL_HELP: &str = "write `#name`, a channel's id such as `C02ABCDEF`, or `@name` for a direct message";
const USER_HELP: &str = "write `@name`, or the person's id, such as `U02ABCDEF`";
const MESSAGE_HELP: &str =
    "paste the message's link (More actions, Copy link), or write `slack:C02ABCDEF/1700000000.000100`";

/// Outside text as it may stand between back-ticks in an error.
pub(super) fn shown(text: &str) -> String {
    cut(&one_line(text).replace('`', "'"), 80).0
}

/// A channel as it was written, or a person to whom a direct message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChannelRef {
    /// `C02ABCDEF`, `<#C02ABCDEF|ops>`, `slack:C02ABCDEF`, or a link to it.
    Id(String),
    /// `#ops`, `slack:#ops` or just `ops`.
    Name(String),
    /// `@ana` and the other ways to name a person.
    Person(UserRef),
}

/// A person as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserRef {
    /// `U02ABCDEF`, `<@U02ABCDEF>`, `slack:U02ABCDEF`.
    Id(String),
    /// `@ana` or just `ana`.
    Name(String),
}

/// A message as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageName {
    /// The channel that it stands in; where none is written, the one where it was asked.
    pub channel: Option<String>,
    /// Slack's id of the message.
    pub ts: String,
}

/// What stands within `<…>` before a label, as Slack marks up what was picked from its menus.
fn marked(text: &str) -> &str {
    let inside = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    inside.map_or(text, |inside| inside.split('|').next().unwrap_or(inside))
}

fn is_name(text: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\'');
    !text.is_empty() && text.chars().count() <= 80 && text.chars().all(fine)
}

fn is_ts(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, micros)| digits(seconds) && micros.len() == 6 && digits(micros))
}

/// Channel and, where it is one to a message, message of a link to Slack.
fn link(text: &str) -> Option<(String, Option<String>)> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let home = ["slack.com", "slack-gov.com"].iter().any(|at| host == *at || host.ends_with(&format!(".{at}")));
    let mut segments = url.path_segments()?;
    let channel = segments.find(|segment| *segment == "archives").and_then(|_| segments.next())?;
    let channel = Some(channel).filter(|id| home && is_id(id, &['C', 'D', 'G']))?.to_owned();
    let digits = segments.next().and_then(|message| message.strip_prefix('p'));
    let ts =
        digits.filter(|digits| digits.len() > 6 && digits.bytes().all(|byte| byte.is_ascii_digit())).map(|digits| {
            let (seconds, micros) = digits.split_at(digits.len() - 6);
            format!("{seconds}.{micros}")
        });
    Some((channel, ts.filter(|ts| is_ts(ts))))
}

impl FromStr for ChannelRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inside = marked(text.trim());
        let bare = inside.strip_prefix("slack:").unwrap_or(inside);
        if let Some(name) = bare.strip_prefix('#') {
            // Slack marks up a channel as `<#C…|name>`.
            if inside != text.trim() && is_id(name, &['C', 'G']) {
                return Ok(Self::Id(name.to_owned()));
            }
            if is_name(name) {
                return Ok(Self::Name(name.to_owned()));
            }
        }
        if is_id(bare, &['C', 'D', 'G']) {
            return Ok(Self::Id(bare.to_owned()));
        }
        if bare.starts_with('@') || is_id(bare, &['U', 'W']) {
            return text.parse().map(Self::Person);
        }
        if let Some((channel, _)) = link(inside) {
            return Ok(Self::Id(channel));
        }
        if is_name(bare) {
            return Ok(Self::Name(bare.to_owned()));
        }
        Err(format!("`{}` is no channel; {CHANNEL_HELP}", shown(text)))
    }
}

impl FromStr for UserRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inside = marked(text.trim());
        let bare = inside.strip_prefix("slack:").unwrap_or(inside);
        let name = bare.strip_prefix('@');
        // Slack marks up a person as `<@U…>`.
        if let Some(id) = name.filter(|id| inside != text.trim() && is_id(id, &['U', 'W'])) {
            return Ok(Self::Id(id.to_owned()));
        }
        if is_id(bare, &['U', 'W']) {
            return Ok(Self::Id(bare.to_owned()));
        }
        let name = name.unwrap_or(bare);
        // A name that people chose to be shown by may hold blanks.
        if is_name(&name.replace(' ', "-")) {
            return Ok(Self::Name(name.to_owned()));
        }
        Err(format!("`{}` is nobody on Slack; {USER_HELP}", shown(text)))
    }
}

impl FromStr for MessageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{}` is no message; {MESSAGE_HELP}", shown(text));
        let inside = marked(text.trim());
        if let Some((channel, ts)) = link(inside) {
            return Ok(Self { channel: Some(channel), ts: ts.ok_or_else(wrong)? });
        }
        let bare = inside.strip_prefix("slack:").unwrap_or(inside);
        if is_ts(bare) {
            return Ok(Self { channel: None, ts: bare.to_owned() });
        }
        // A message in a thread may be written with the thread between.
        let (channel, rest) = bare.split_once('/').ok_or_else(wrong)?;
        let ts = rest.rsplit('/').next().unwrap_or(rest);
        if !is_id(channel, &['C', 'D', 'G']) || !is_ts(ts) {
            return Err(wrong());
        }
        Ok(Self { channel: Some(channel.to_owned()), ts: ts.to_owned() })
    }
}

macro_rules! written_as_text {
    ($name:ident, $text:literal, $example:literal) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $text.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "examples": [$example] })
            }
        }
    };
}

written_as_text!(ChannelRef, "SlackChannel", "#ops");
written_as_text!(UserRef, "SlackUser", "@ana");
written_as_text!(MessageName, "SlackMessage", "https://acme.slack.com/archives/C02ABCDEF/p1700000000000100");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_named_in_every_way_that_slack_shows_them() {
        for text in [
            "C02AB",
            "<#C02AB>",
            "<#C02AB|ops>",
            "slack:C02AB",
            "https://acme.slack.com/archives/C02AB",
            "<https://acme.slack.com/archives/C02AB|x>",
            " C02AB ",
        ] {
            assert_eq!(text.parse(), Ok(ChannelRef::Id("C02AB".into())), "{text}");
        }
        for text in ["#ops", "slack:#ops", "ops"] {
            assert_eq!(text.parse(), Ok(ChannelRef::Name("ops".into())), "{text}");
        }
        assert_eq!("#C02AB".parse(), Ok(ChannelRef::Name("C02AB".into())), "a name as it was typed");
        assert_eq!("@ana".parse(), Ok(ChannelRef::Person(UserRef::Name("ana".into()))));
        assert_eq!("slack:U1".parse(), Ok(ChannelRef::Person(UserRef::Id("U1".into()))));
        for text in ["", "#", "a b", "https://evil.example/archives/C02AB", "#a/b", "<!channel>"] {
            assert!(text.parse::<ChannelRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn people_and_messages_too() {
        for text in ["U02AB", "<@U02AB>", "<@U02AB|ana>", "slack:U02AB"] {
            assert_eq!(text.parse(), Ok(UserRef::Id("U02AB".into())), "{text}");
        }
        for text in ["@ana", "ana"] {
            assert_eq!(text.parse(), Ok(UserRef::Name("ana".into())), "{text}");
        }
        assert!("<!here>".parse::<UserRef>().is_err());
        let there = MessageName { channel: Some("C02AB".into()), ts: "1700000000.000100".into() };
        for text in [
            "https://acme.slack.com/archives/C02AB/p1700000000000100",
            "<https://acme.slack.com/archives/C02AB/p1700000000000100?thread_ts=1.2&cid=C02AB>",
            "slack:C02AB/1700000000.000100",
            "slack:C02AB/1600000000.000100/1700000000.000100",
            "C02AB/1700000000.000100",
        ] {
            assert_eq!(text.parse().as_ref(), Ok(&there), "{text}");
        }
        assert_eq!("1700000000.000100".parse(), Ok(MessageName { channel: None, ..there }));
        for text in ["17", "C02AB", "ops/1700000000.000100", "https://acme.slack.com/archives/C02AB", "1.2"] {
            assert!(text.parse::<MessageName>().is_err(), "{text}");
        }
    }
}
