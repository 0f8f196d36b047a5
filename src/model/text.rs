//! Inline text as a small tree. Text from outside only ever becomes [`Span::Text`] (or `Bold`, `Code`, …) content;
//! each platform's renderer escapes it, so that it can neither ping, nor format, nor forge anything.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One stretch of inline text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Plain text. A line feed in it breaks the line.
    Text(String),
    /// Strong text.
    Bold(String),
    /// Emphasised text.
    Italic(String),
    /// Struck-through text.
    Strike(String),
    /// Inline code.
    Code(String),
    /// A link. Renderers show links of other schemes than `http`, `https` and `mailto` as plain text.
    Link {
        /// What is shown.
        text: String,
        /// Where it leads.
        url: String,
    },
    /// A person on the platform that the card is sent to; elsewhere the name is shown.
    Mention {
        /// The person's handle, such as `slack:U02ABCDEF`.
        handle: String,
        /// The name, for other platforms.
        name: String,
    },
    /// A moment, shown in the reader's own time zone where the platform can.
    Time(Timestamp),
}

/// A line or paragraph of inline text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

impl Text {
    /// No text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With plain text at its end.
    #[must_use]
    pub fn plain(self, text: impl Into<String>) -> Self {
        self.span(Span::Text(text.into()))
    }

    /// With strong text at its end.
    #[must_use]
    pub fn bold(self, text: impl Into<String>) -> Self {
        self.span(Span::Bold(text.into()))
    }

    /// With inline code at its end.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.span(Span::Code(text.into()))
    }

    /// With a link at its end.
    #[must_use]
    pub fn link(self, text: impl Into<String>, url: impl Into<String>) -> Self {
        self.span(Span::Link { text: text.into(), url: url.into() })
    }

    /// With a moment at its end.
    #[must_use]
    pub fn time(self, at: Timestamp) -> Self {
        self.span(Span::Time(at))
    }

    /// With one more stretch at its end.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }

    /// The text without any formatting, for terminals, fallbacks and searches.
    #[must_use]
    pub fn to_plain(&self) -> String {
        self.0
            .iter()
            .map(|span| match span {
                Span::Text(text) | Span::Bold(text) | Span::Italic(text) | Span::Strike(text) | Span::Code(text) => {
                    text.clone()
                }
                Span::Link { text, .. } => text.clone(),
                Span::Mention { name, .. } => format!("@{name}"),
                Span::Time(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            })
            .collect()
    }

    /// Whether there is nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new().plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new().plain(text)
    }
}
