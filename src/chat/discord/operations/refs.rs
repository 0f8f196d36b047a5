//! How people name a channel or a message of Discord's. Pure; [`super::reach`] finds what is named.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::super::config::is_id;
use super::super::send::short;

const CHANNEL_HELP: &str = "write `#name`, or a channel's id or link";
const MESSAGE_HELP: &str = "paste the message's link (Copy Message Link)";

/// Outside text as it may stand between back-ticks in an error.
pub(super) fn shown(text: &str) -> String {
    short(&text.replace('`', "'"), 80)
}

/// A channel or thread as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChannelRef {
    /// `1100000000000000001`, `<#1100000000000000001>`, `discord:1100000000000000001`, or a link to it. Of a thread, its
    /// own id.
    Id(String),
    /// `#ops`, `discord:#ops` or just `ops`; `acme/ops` where several servers have one.
    Name(String),
}

/// A message as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageName {
    /// The channel or thread that it stands in; where none is written, the one where it was asked.
    pub channel: Option<String>,
    /// Discord's id of the message.
    pub id: String,
}

fn is_name(text: &str) -> bool {
    let fine = |sign: char| !sign.is_whitespace() && !matches!(sign, '#' | ':' | '@' | '`' | '<' | '>');
    !text.is_empty() && text.chars().count() <= 100 && text.chars().all(fine)
}

/// Channel and, where it is one to a message, message of a link to Discord.
fn link(text: &str) -> Option<(String, Option<String>)> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let home = ["discord.com", "discordapp.com"].iter().any(|at| host == *at || host.ends_with(&format!(".{at}")));
    let mut segments = url.path_segments()?;
    segments.find(|segment| *segment == "channels").filter(|_| home)?;
    let _guild = segments.next()?;
    let channel = segments.next().filter(|id| is_id(id))?.to_owned();
    Some((channel, segments.next().filter(|id| is_id(id)).map(str::to_owned)))
}

/// What stands within `<…>`, as Discord marks up what was picked from its menus.
fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text)
}

impl FromStr for ChannelRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inside = bare(text);
        if let Some((channel, _)) = link(inside) {
            return Ok(Self::Id(channel));
        }
        let wrong = || format!("`{}` is no channel; {CHANNEL_HELP}", shown(text));
        let written = inside.strip_prefix("discord:").unwrap_or(inside);
        if written.contains("//") {
            return Err(wrong());
        }
        // A thread is written after the channel that it is in.
        let id = written.rsplit('/').next().unwrap_or(written);
        let marked = id.strip_prefix('#').filter(|_| inside != text.trim());
        if let Some(id) = Some(marked.unwrap_or(id)).filter(|id| is_id(id)) {
            return Ok(Self::Id(id.to_owned()));
        }
        let name = written.strip_prefix('#').unwrap_or(written);
        if is_name(name) {
            return Ok(Self::Name(name.to_owned()));
        }
        Err(wrong())
    }
}

impl FromStr for MessageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{}` is no message; {MESSAGE_HELP}", shown(text));
        let inside = bare(text);
        if let Some((channel, message)) = link(inside) {
            return Ok(Self { channel: Some(channel), id: message.ok_or_else(wrong)? });
        }
        let written = inside.strip_prefix("discord:").unwrap_or(inside);
        if written.contains("//") {
            return Err(wrong());
        }
        // Discord itself copies `channel-message`.
        let (channel, id) = match written.rsplit_once(['/', '-']) {
            Some((before, id)) => (before.rsplit('/').next(), id),
            None => (None, written),
        };
        if !is_id(id) || channel.is_some_and(|channel| !is_id(channel)) {
            return Err(wrong());
        }
        Ok(Self { channel: channel.map(str::to_owned), id: id.to_owned() })
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

written_as_text!(ChannelRef, "DiscordChannel", "#ops");
written_as_text!(
    MessageName,
    "DiscordMessage",
    "https://discord.com/channels/1100000000000000001/1100000000000000002/1100000000000000003"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_named_in_every_way_that_discord_shows_them() {
        for text in [
            "11",
            " 11 ",
            "<#11>",
            "discord:11",
            "discord:7/11",
            "https://discord.com/channels/1/11",
            "https://ptb.discord.com/channels/@me/11/12",
            "<https://discord.com/channels/1/11>",
        ] {
            assert_eq!(text.parse(), Ok(ChannelRef::Id("11".into())), "{text}");
        }
        for text in ["#ops", "ops", "discord:#ops"] {
            assert_eq!(text.parse(), Ok(ChannelRef::Name("ops".into())), "{text}");
        }
        for text in ["", "two words", "slack:#ops", "@ana", "https://evil.example/channels/1/11"] {
            assert!(text.parse::<ChannelRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn messages_are_named_by_link_or_ids() {
        let message =
            |channel: Option<&str>, id: &str| MessageName { channel: channel.map(str::to_owned), id: id.into() };
        for text in [
            "https://discord.com/channels/1/11/12",
            "<https://canary.discord.com/channels/1/11/12>",
            "discord:11/12",
            "discord:7/11/12",
            "11-12",
        ] {
            assert_eq!(text.parse(), Ok(message(Some("11"), "12")), "{text}");
        }
        assert_eq!("12".parse(), Ok(message(None, "12")));
        for text in ["", "https://discord.com/channels/1/11", "x/12", "https://evil.example/channels/1/11/12"] {
            assert!(text.parse::<MessageName>().is_err(), "{text}");
        }
    }
}
