//! Forms: what is missing is asked for, never complained about.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::{Choice, Fault, Token};

/// A form to be shown to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What the form carries; sending it brings the token back.
    pub token: Token,
    /// The heading, such as `Create an issue`; at most 24 characters are shown on Slack.
    pub title: String,
    /// A line below the heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intro: Option<String>,
    /// What stands on the button that sends it.
    pub submit: String,
    /// The fields, in order.
    pub fields: Vec<FormField>,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormField {
    /// The parameter's name.
    pub name: String,
    /// What stands above it.
    pub label: String,
    /// What stands below it.
    pub help: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What is in it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was wrong with what was in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How a parameter is given; decides the widget of a form and the reading of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Several lines of text.
    Long,
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// One of a few.
    Choice(Vec<Choice>),
    /// Some of a few.
    Choices(Vec<Choice>),
    /// Several short texts, with commas between.
    List,
}

/// Opens forms on a platform. Implemented by the chat platforms.
#[async_trait]
pub trait Forms: Send + Sync {
    /// Opens `form` for who holds `trigger`.
    ///
    /// # Errors
    /// `Conflict`: the trigger has expired; a button that asks again helps. The others as usual.
    async fn open(&self, trigger: &str, form: &Form) -> Result<(), Fault>;
}
