//! Where something is said: a channel, thread or direct message of a platform.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A configured platform, by the name of its section: `slack`, `discord`, `telegram`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlatformId(String);

impl PlatformId {
    /// The platform of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A channel, thread or direct message. Written `slack:C02ABCDEF`, `slack:#deploys` (a name, which the
/// platform resolves; on Telegram `telegram:@acmeops`) or `slack:C02ABCDEF/1700000000.000100` (a thread; on Telegram the
/// topic of a forum).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The platform.
    pub platform: PlatformId,
    /// The platform's id of the channel or direct message, or `#name` (Telegram: `@name`) where a person wrote a name.
    pub channel: String,
    /// The platform's id of the thread, where it is one.
    pub thread: Option<String>,
}

impl Place {
    /// A channel.
    #[must_use]
    pub fn channel(platform: &PlatformId, channel: &str) -> Self {
        Self { platform: platform.clone(), channel: channel.to_owned(), thread: None }
    }

    /// Whether the channel is written by its name (`#deploys`, on Telegram `@acmeops`) and not by the platform's id.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.channel.starts_with(['#', '@'])
    }

    /// The room that this place is: where a card stands once, and what is subscribed or taken for granted counts. A thread
    /// belongs to its channel; but a topic of a Telegram forum is a room of its own, in which people look for nothing else.
    #[must_use]
    pub fn room(&self) -> Self {
        if self.platform.as_str() == "telegram" { self.clone() } else { self.without_thread() }
    }

    /// The channel that this place is or is in.
    #[must_use]
    pub fn without_thread(&self) -> Self {
        Self { thread: None, ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.channel)?;
        self.thread.as_ref().map_or(Ok(()), |thread| write!(f, "/{thread}"))
    }
}

/// Why a text is no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place; write `platform:channel`, such as `slack:C02ABCDEF` or `slack:#deploys`")]
pub struct PlaceParseError(String);

impl FromStr for Place {
    type Err = PlaceParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || PlaceParseError(text.to_owned());
        let (platform, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (channel, thread) = match rest.split_once('/') {
            Some((channel, thread)) => (channel, Some(thread)),
            None => (rest, None),
        };
        let blank = |part: &str| part.is_empty() || part.contains(char::is_whitespace);
        if blank(platform) || blank(channel) || thread.is_some_and(blank) {
            return Err(wrong());
        }
        Ok(Self { platform: PlatformId::new(platform), channel: channel.to_owned(), thread: thread.map(str::to_owned) })
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Place {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[^:/\\s]+:[^/\\s]+(/[^\\s]+)?$" })
    }
}

/// A message that is there: how it is edited, answered in a thread, or removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageRef {
    /// Where it stands; the thread it stands in, not the thread below it.
    pub place: Place,
    /// The platform's id of the message (Slack: its `ts`, a string and never a number).
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_print_as_they_are_written() {
        for text in ["slack:C1", "slack:#deploys", "slack:C1/1700000000.000100", "telegram:-100123/7"] {
            assert_eq!(text.parse::<Place>().map(|place| place.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "slack", "slack:", ":C1", "slack:C1/", "slack:C 1"] {
            assert!(text.parse::<Place>().is_err(), "{text:?}");
        }
    }
}
