//! What Jira says, as far as we read it: the same shapes for answers of both APIs and bodies of webhooks
//! (<https://developer.atlassian.com/cloud/jira/platform/rest/v3/>). Nothing here ever fails to be read.

mod issue;
mod meta;
mod sprint;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::lax::{lax, lax_id, lax_list, lax_time, wire};
use super::text::{Doc, Mention};
use super::{adf, wiki};

pub use issue::{Attachment, Fields, Issue, IssueLink, LinkType, Linked, Progress};
pub use meta::{Allowed, Board, CreateMeta, Field, FieldMeta, FieldSchema, Found, Location, Page, Transition};
pub use sprint::Sprint;

wire!(
    /// A person. Cloud knows them by account id, Data Center by user name; what they do not want seen is missing.
    pub User {
        account_id: String = "lax",
        name: String = "lax",
        key: String = "lax",
        display_name: String = "lax",
        email_address: String = "lax",
        account_type: String = "lax",
        time_zone: String = "lax",
        active: Option<bool> = "lax",
    }
);

impl User {
    /// The account id; on Data Center the user name.
    #[must_use]
    pub fn id(&self) -> &str {
        [&self.account_id, &self.name, &self.key].into_iter().find(|id| !id.is_empty()).map_or("", String::as_str)
    }

    /// The name by which people know them.
    #[must_use]
    pub fn called(&self) -> &str {
        let names = [&self.display_name, &self.name, &self.key];
        names.into_iter().find(|name| !name.trim().is_empty()).map_or("somebody", |name| name.trim())
    }

    /// Their handle, such as `jira:5b10ac8d82e05b22cc7d4ef5`.
    #[must_use]
    pub fn handle(&self) -> Option<String> {
        Some(self.id()).filter(|id| !id.is_empty()).map(|id| format!("jira:{id}"))
    }

    /// The e-mail address, if it is shown: some answers hold a `?` for one that is hidden.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        Some(self.email_address.trim()).filter(|email| email.contains('@'))
    }

    /// As one who is mentioned in a text.
    #[must_use]
    pub fn mention(&self) -> Mention {
        Mention { id: self.id().to_owned(), name: self.called().to_owned() }
    }
}

wire!(
    /// A status; its category says what it comes to.
    pub Status { id: String = "lax_id", name: String = "lax", status_category: StatusCategory = "lax", }
);

wire!(
    /// What a status comes to: the key is `new`, `indeterminate` or `done`.
    pub StatusCategory { id: String = "lax_id", key: String = "lax", name: String = "lax", }
);

wire!(
    /// A priority.
    pub Priority { id: String = "lax_id", name: String = "lax", icon_url: String = "lax", }
);

wire!(
    /// A type of issue.
    pub IssueType {
        id: String = "lax_id",
        name: String = "lax",
        description: String = "lax",
        subtask: bool = "lax",
        hierarchy_level: i64 = "lax",
    }
);

wire!(
    /// A project.
    pub Project {
        id: String = "lax_id",
        key: String = "lax",
        name: String = "lax",
        project_type_key: String = "lax",
        style: String = "lax",
        archived: bool = "lax",
        lead: Option<User> = "lax",
        issue_types: Vec<IssueType> = "lax_list",
        url: String = "lax",
        description: String = "lax",
    }
);

wire!(
    /// A thing with an id and a name: a resolution, a component.
    pub Named { id: String = "lax_id", name: String = "lax", description: String = "lax", }
);

wire!(
    /// A version.
    pub Version {
        id: String = "lax_id",
        name: String = "lax",
        description: String = "lax",
        released: bool = "lax",
        archived: bool = "lax",
        overdue: bool = "lax",
        start_date: String = "lax",
        release_date: String = "lax",
        project_id: String = "lax_id",
    }
);

wire!(
    /// A comment. Who may see it is in `visibility`; `jsd_public` is `false` for an internal one of a service project.
    pub Comment {
        id: String = "lax_id",
        #[serde(rename = "self")]
        address: String = "lax",
        author: User = "lax",
        update_author: User = "lax",
        body: Rich = "lax",
        created: Option<Timestamp> = "lax_time",
        updated: Option<Timestamp> = "lax_time",
        jsd_public: Option<bool> = "lax",
        visibility: Option<Visibility> = "lax",
    }
);

impl Comment {
    /// Whether not everybody who sees the issue sees it; such words are not carried into a chat.
    #[must_use]
    pub fn is_restricted(&self) -> bool {
        self.jsd_public == Some(false) || self.visibility.as_ref().is_some_and(|to| !to.kind.is_empty())
    }
}

wire!(
    /// Who may see a comment or worklog: a role or a group.
    pub Visibility {
        #[serde(rename = "type")]
        kind: String = "lax",
        value: String = "lax",
    }
);

wire!(
    /// Time that was worked.
    pub Worklog {
        id: String = "lax_id",
        issue_id: String = "lax_id",
        author: User = "lax",
        update_author: User = "lax",
        comment: Rich = "lax",
        time_spent: String = "lax",
        time_spent_seconds: u64 = "lax",
        started: Option<Timestamp> = "lax_time",
        created: Option<Timestamp> = "lax_time",
        updated: Option<Timestamp> = "lax_time",
        visibility: Option<Visibility> = "lax",
    }
);

wire!(
    /// What changed in one go.
    pub Changelog {
        id: String = "lax_id",
        author: User = "lax",
        created: Option<Timestamp> = "lax_time",
        items: Vec<Change> = "lax_list",
    }
);

wire!(
    /// The change of one field.
    pub Change {
        field: String = "lax",
        fieldtype: String = "lax",
        field_id: String = "lax",
        from: Option<String> = "lax",
        from_string: Option<String> = "lax",
        to: Option<String> = "lax",
        /// As people read it. What Rust calls `to_string` is something else.
        #[serde(rename = "toString")]
        to_words: Option<String> = "lax",
        tmp_to_account_id: Option<String> = "lax",
    }
);

impl Change {
    /// Whether this is the field of this id; Data Center gives only the name.
    #[must_use]
    pub fn is(&self, field: &str) -> bool {
        if self.fieldtype == "custom" && !field.eq_ignore_ascii_case("sprint") {
            return false;
        }
        let squeezed: String = self.field.chars().filter(|char| !char.is_whitespace()).collect();
        let names = [field, field.strip_suffix('s').unwrap_or(field)];
        self.field_id == field || names.iter().any(|name| squeezed.eq_ignore_ascii_case(name))
    }
}

/// A rich text as Jira gives it: a document (API v3) or wiki markup (API v2 and webhooks).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rich(pub Value);

impl Rich {
    /// The text.
    #[must_use]
    pub fn doc(&self) -> Doc {
        match &self.0 {
            Value::String(markup) => wiki::parse(markup),
            value => adf::parse(value),
        }
    }
}

impl<'de> Deserialize<'de> for Rich {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}
