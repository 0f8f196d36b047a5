//! Turns the data into Jira's JSON. Field names follow Atlassian's OpenAPI description and recorded webhooks.

mod agile;
mod issues;
mod meta;
mod people;
mod talk;

use jiff::Timestamp;
use serde_json::Value;

use super::data::World;
use super::setup::Edition;
use super::text;

/// The site as someone sees it who came by these links.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub world: &'a World,
    /// What stands before `/rest`, without a slash at the end.
    pub root: &'a str,
    /// `2` or `3`: in 3 rich text is ADF.
    pub version: u8,
    /// Who looks: people see their own hidden e-mail address.
    pub viewer: &'a str,
}

impl Sight<'_> {
    /// `…/rest/api/3/<path>`.
    pub(super) fn api(&self, path: &str) -> String {
        format!("{}/rest/api/{}/{path}", self.root, self.version)
    }

    fn agile_link(&self, path: &str) -> String {
        format!("{}/rest/agile/1.0/{path}", self.root)
    }

    /// Rich text in the form of this version.
    pub(super) fn text(&self, value: &Value) -> Value {
        match value {
            Value::Null => Value::Null,
            value if self.version == 3 => text::adf(value),
            value => text::wiki(value),
        }
    }

    fn data_center(&self) -> bool {
        self.world.edition == Edition::DataCenter
    }
}

/// A time as Jira writes it: `2026-11-20T10:00:00.000+0000`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

pub(super) fn stamp_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(stamp(at)))
}

/// A time as the Agile API writes it: `2026-11-20T10:00:00.000Z`.
pub(super) fn zulu(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
