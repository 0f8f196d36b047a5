//! Jira's wiki markup, in which the API of Data Center (v2) takes and gives rich text, and in which webhooks of Cloud too
//! give it (<https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all>).
//!
//! Headings, bold, italics, strike-through, links, mentions, code, quotes, panels, lists and tables; colours and alignment
//! are dropped, and what is not known stays as it is. Reading never fails.

mod line;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::text::{Doc, Mention};

/// The text of wiki markup.
#[must_use]
pub fn parse(markup: &str) -> Doc {
    read::read(markup)
}

/// A text as wiki markup.
#[must_use]
pub fn write(doc: &Doc) -> String {
    write::write(doc)
}

/// Wiki markup as Markdown.
#[must_use]
pub fn to_markdown(markup: &str) -> String {
    parse(markup).to_markdown()
}

/// Markdown as wiki markup. `resolve` says who is meant by `@name` and `[~name]`; see [`Doc::mentioned`].
#[must_use]
pub fn from_markdown(markdown: &str, resolve: &dyn Fn(&str) -> Option<Mention>) -> String {
    write(&Doc::from_markdown(markdown, resolve))
}
