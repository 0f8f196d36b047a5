//! A message that somebody wants something made of: what it says, who wrote it, where it stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::MessageRef;

/// So many characters of a message's first line make a title.
const LONGEST_TITLE: usize = 120;

/// The message that an action was used on: a Slack message shortcut, a Discord message command, a reply on Telegram.
///
/// All of it is text from outside: what goes on from here to a vendor is escaped there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// What it says as plain text, with people and channels by name where the platform says them; may be empty.
    pub text: String,
    /// Who wrote it.
    pub author: Author,
    /// Its address; a message in a private chat may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// When it was written.
    pub at: Timestamp,
    /// The message itself.
    pub message: MessageRef,
    /// What is attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
}

/// Who wrote a message; it need not be anybody who could ask for something (a bot, the author of what was forwarded).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name that the platform shows.
    pub name: String,
    /// `platform:id`, as in [`super::Actor::handle`]; none where the platform does not say who it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
}

/// A file that is attached to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its name.
    pub name: String,
    /// How its platform is asked for it. Slack: an address that wants the bot's token; Discord: an address that works for
    /// a day, for anybody; Telegram: `telegram:file/<file_id>`, for `getFile`.
    pub url: String,
    /// Its size in bytes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its media type, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
}

impl Quote {
    /// What `x-message` on a parameter may say.
    pub const PARTS: [&'static str; 4] = ["text", "title", "link", "author"];

    /// The part of this name (one of [`Quote::PARTS`]); none where the message has none.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<String> {
        let part = match name {
            "text" => self.text.trim().to_owned(),
            "title" => self.title(),
            "link" => self.link.clone().unwrap_or_default(),
            "author" => self.author.name.clone(),
            _ => String::new(),
        };
        (!part.is_empty()).then_some(part)
    }

    /// The first line that says something, shortened.
    #[must_use]
    pub fn title(&self) -> String {
        let line = self.text.lines().map(str::trim).find(|line| line.chars().any(char::is_alphanumeric));
        let line = line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= LONGEST_TITLE {
            return line;
        }
        let cut: String = line.chars().take(LONGEST_TITLE - 1).collect();
        // Not within a word, where there are words.
        let end = cut.rfind(' ').filter(|end| *end > cut.len() / 2).unwrap_or(cut.len());
        format!("{}…", cut[..end].trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Place, PlatformId};

    fn quote(text: &str) -> Quote {
        Quote {
            text: text.to_owned(),
            author: Author { name: "Ana".to_owned(), handle: None },
            link: None,
            at: Timestamp::UNIX_EPOCH,
            message: MessageRef { place: Place::channel(&PlatformId::new("slack"), "C1"), id: "1".to_owned() },
            files: Vec::new(),
        }
    }

    #[test]
    fn the_first_line_that_says_something_is_the_title() {
        assert_eq!(quote("\n---\n  The  API is slow \nsince noon").title(), "The API is slow");
        assert_eq!(quote("").part("title"), None, "an image has none");
        assert!(quote(&"word ".repeat(100)).title().chars().count() <= LONGEST_TITLE);
    }
}
