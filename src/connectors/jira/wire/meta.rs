//! What Jira says about itself: fields, what a create or transition asks for, boards, pages of answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::lax::{lax, lax_id, lax_list, wire};
use super::{Issue, Status};

wire!(
    /// A field of the site.
    pub Field {
        id: String = "lax_id",
        key: String = "lax",
        name: String = "lax",
        custom: bool = "lax",
        navigable: bool = "lax",
        searchable: bool = "lax",
        clause_names: Vec<String> = "lax_list",
        schema: Option<FieldSchema> = "lax",
    }
);

wire!(
    /// The type of a field: `string`, `number`, `option`, `array` of `items`, `user`, `date`, `datetime`, …
    pub FieldSchema {
        #[serde(rename = "type")]
        kind: String = "lax",
        items: String = "lax",
        system: String = "lax",
        custom: String = "lax",
        custom_id: String = "lax_id",
    }
);

impl FieldSchema {
    /// Whether the value is a rich text: a document in the API v3.
    #[must_use]
    pub fn is_rich(&self) -> bool {
        matches!(self.system.as_str(), "description" | "environment" | "comment")
            || (self.kind == "string" && self.custom.ends_with(":textarea"))
    }
}

wire!(
    /// What a create or a transition says of a field.
    pub FieldMeta {
        required: bool = "lax",
        name: String = "lax",
        key: String = "lax",
        field_id: String = "lax",
        has_default_value: bool = "lax",
        default_value: Option<Value> = "lax",
        operations: Vec<String> = "lax_list",
        allowed_values: Vec<Allowed> = "lax_list",
        auto_complete_url: String = "lax",
        schema: FieldSchema = "lax",
    }
);

wire!(
    /// A value that a field takes.
    pub Allowed {
        id: String = "lax_id",
        name: String = "lax",
        value: String = "lax",
        key: String = "lax",
        description: String = "lax",
        children: Vec<Allowed> = "lax_list",
        archived: bool = "lax",
        disabled: bool = "lax",
    }
);

impl Allowed {
    /// What people call it.
    #[must_use]
    pub fn called(&self) -> &str {
        let names = [&self.name, &self.value, &self.key, &self.id];
        names.into_iter().find(|name| !name.is_empty()).map_or("", String::as_str)
    }
}

wire!(
    /// The fields of a create form, a page of them (`/issue/createmeta/{project}/issuetypes/{type}`); Data Center calls
    /// them `values`.
    pub CreateMeta {
        #[serde(alias = "values")]
        fields: Vec<FieldMeta> = "lax_list",
        start_at: u64 = "lax",
        max_results: u64 = "lax",
        total: u64 = "lax",
        is_last: Option<bool> = "lax",
    }
);

wire!(
    /// A transition that an issue may make now. Its id is this workflow's, never to be kept.
    pub Transition {
        id: String = "lax_id",
        name: String = "lax",
        to: Status = "lax",
        has_screen: bool = "lax",
        is_available: Option<bool> = "lax",
        is_conditional: bool = "lax",
        fields: BTreeMap<String, FieldMeta> = "lax",
    }
);

wire!(
    /// A board.
    pub Board {
        id: String = "lax_id",
        name: String = "lax",
        #[serde(rename = "type")]
        kind: String = "lax",
        location: Option<Location> = "lax",
    }
);

wire!(
    /// The project that a board belongs to.
    pub Location { project_id: String = "lax_id", project_key: String = "lax", project_name: String = "lax", name: String = "lax", }
);

wire!(
    /// A page of what was searched for: by token on Cloud, by offset on Data Center.
    pub Found {
        issues: Vec<Issue> = "lax_list",
        next_page_token: Option<String> = "lax",
        is_last: Option<bool> = "lax",
        start_at: u64 = "lax",
        max_results: u64 = "lax",
        total: Option<u64> = "lax",
        warning_messages: Vec<String> = "lax_list",
    }
);

/// A page of anything else.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub struct Page<T> {
    /// What is on it.
    #[serde(
        deserialize_with = "lax_list",
        alias = "issues",
        alias = "sprints",
        alias = "comments",
        alias = "worklogs"
    )]
    pub values: Vec<T>,
    /// Whether it is the last.
    #[serde(deserialize_with = "lax")]
    pub is_last: Option<bool>,
    /// How many come before it.
    #[serde(deserialize_with = "lax")]
    pub start_at: u64,
    /// How many there are on a page at most.
    #[serde(deserialize_with = "lax")]
    pub max_results: u64,
    /// How many there are in all.
    #[serde(deserialize_with = "lax")]
    pub total: Option<u64>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { values: Vec::new(), is_last: None, start_at: 0, max_results: 0, total: None }
    }
}
