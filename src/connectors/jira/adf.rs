//! The Atlassian Document Format, in which Jira Cloud's API (v3) takes and gives rich text
//! (<https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/>).
//!
//! Reading never fails: what is not known is read as the text in it. What is written keeps to the format's rules of what
//! may stand in what, because Jira refuses the whole request otherwise.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

use super::text::{Doc, Mention};
use crate::connectors::markdown::Limits;
use crate::model::Block;

/// The text of a document; what is no document is read as far as it looks like one.
#[must_use]
pub fn parse(adf: &Value) -> Doc {
    read::read(adf)
}

/// A text as a document.
#[must_use]
pub fn write(doc: &Doc) -> Value {
    write::write(doc)
}

/// A document as blocks of a card.
#[must_use]
pub fn read(adf: &Value, limits: Limits) -> Vec<Block> {
    parse(adf).blocks(limits)
}

/// A document as Markdown.
#[must_use]
pub fn to_markdown(adf: &Value) -> String {
    parse(adf).to_markdown()
}

/// Markdown as a document. `resolve` says who is meant by `@name` and `[~account id]`; see [`Doc::mentioned`].
#[must_use]
pub fn from_markdown(markdown: &str, resolve: &dyn Fn(&str) -> Option<Mention>) -> Value {
    write(&Doc::from_markdown(markdown, resolve))
}
