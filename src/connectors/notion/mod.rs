//! Notion, version 2026-03-11: what is read and written, without any network.
//!
//! [`blocks`] turns Markdown into pages and back and cuts them into requests; [`properties`] turns what people write
//! into values, filters and sorts by the type of the property; [`events`] reads webhooks; [`cards`] and [`report`] say how
//! pages look in chat and how results look in Notion. Nothing here calls Notion, reads a clock or keeps anything.

pub mod blocks;
pub mod cards;
pub mod events;
pub mod properties;
pub mod refs;
pub mod report;
#[cfg(test)]
mod tests;
pub mod wire;

/// The version of the API that all of this is for (<https://developers.notion.com/reference/versioning>).
pub const API_VERSION: &str = "2026-03-11";
