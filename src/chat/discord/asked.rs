//! A line that somebody wrote to the bot in a channel: where its answer goes. Pure.
//!
//! An interaction is answered by its token ([`super::interactions`]); a message has none. What is known of it is enough to
//! reply to it, and stands in the [`crate::model::ReplyHandle`] of its request.

use jiff::SignedDuration;

use super::platform;
use crate::model::Place;

/// How long an answer replies to the message that asked. Later, it goes where everything else for that person goes.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// What the text of a handle begins with; an interaction's begins with a number.
const SAID: &str = "said";

/// A message that asked for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The channel or thread that it is in.
    pub place: Place,
    /// Its id.
    pub message: String,
    /// Who wrote it.
    pub user: String,
}

impl Asked {
    /// The text that a handle carries.
    pub(super) fn value(&self) -> String {
        let thread = self.place.thread.as_deref().unwrap_or_default();
        format!("{SAID}/{}/{thread}/{}/{}", self.place.channel, self.message, self.user)
    }

    /// From the text of a handle; `None` where that is an interaction's.
    pub(super) fn read(value: &str) -> Option<Self> {
        let parts: Vec<&str> = value.split('/').collect();
        let [SAID, channel, thread, message, user] = parts[..] else { return None };
        let thread = Some(thread).filter(|thread| !thread.is_empty()).map(str::to_owned);
        let place = Place { thread, ..Place::channel(&platform(), channel) };
        Some(Self { place, message: message.to_owned(), user: user.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_its_text() {
        for place in ["discord:20", "discord:20/30"] {
            let place = place.parse().expect("a place");
            let asked = Asked { place, message: "700".to_owned(), user: "1".to_owned() };
            assert_eq!(Asked::read(&asked.value()), Some(asked));
        }
        assert_eq!(Asked::read("11/900/c.30/token/with/slashes"), None);
    }
}
