//! Notion's enhanced markdown, read and written: <https://developers.notion.com/guides/data-apis/enhanced-markdown>.
//!
//! The markdown endpoints, comments and the demo's page call it. Every line is a block; children are indented with tabs.
//! What it does not know in a text stays text.

mod inline;
mod read;
mod write;

pub(super) use inline::inline;
pub(super) use read::{Item, What, read};
