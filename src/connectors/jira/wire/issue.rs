//! Issues and what hangs on them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::lax::{lax, lax_id, lax_list, lax_time, wire};
use super::{Changelog, Comment, IssueType, Named, Priority, Project, Rich, Sprint, Status, Transition, User, Version};
use crate::model::Object;

wire!(
    /// An issue. `names` and `transitions` are there when they were asked for (`expand`).
    pub Issue {
        id: String = "lax_id",
        key: String = "lax",
        #[serde(rename = "self")]
        address: String = "lax",
        fields: Fields = "lax",
        changelog: Option<Changelog> = "lax",
        transitions: Vec<Transition> = "lax_list",
        names: Object = "lax",
    }
);

/// The fields of an issue; those of the site's own making are in `custom`, by id.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    /// What it is about, in a line.
    #[serde(deserialize_with = "lax")]
    pub summary: String,
    /// The text.
    #[serde(deserialize_with = "lax")]
    pub description: Rich,
    /// Its type.
    #[serde(deserialize_with = "lax")]
    pub issuetype: IssueType,
    /// Its project.
    #[serde(deserialize_with = "lax")]
    pub project: Project,
    /// Where it stands.
    #[serde(deserialize_with = "lax")]
    pub status: Status,
    /// How urgent it is.
    #[serde(deserialize_with = "lax")]
    pub priority: Option<Priority>,
    /// How it ended.
    #[serde(deserialize_with = "lax")]
    pub resolution: Option<Named>,
    /// Who works on it.
    #[serde(deserialize_with = "lax")]
    pub assignee: Option<User>,
    /// Who asked for it.
    #[serde(deserialize_with = "lax")]
    pub reporter: Option<User>,
    /// Who entered it.
    #[serde(deserialize_with = "lax")]
    pub creator: Option<User>,
    /// Its labels.
    #[serde(deserialize_with = "lax_list")]
    pub labels: Vec<String>,
    /// The components it touches.
    #[serde(deserialize_with = "lax_list")]
    pub components: Vec<Named>,
    /// The versions it is to be fixed in.
    #[serde(rename = "fixVersions", deserialize_with = "lax_list")]
    pub fix_versions: Vec<Version>,
    /// The versions it was seen in.
    #[serde(deserialize_with = "lax_list")]
    pub versions: Vec<Version>,
    /// The day by which it is to be done, such as `2024-01-31`.
    #[serde(deserialize_with = "lax")]
    pub duedate: Option<String>,
    /// What it is a part of.
    #[serde(deserialize_with = "lax")]
    pub parent: Option<Linked>,
    /// Its parts.
    #[serde(deserialize_with = "lax_list")]
    pub subtasks: Vec<Linked>,
    /// What it is linked to.
    #[serde(deserialize_with = "lax_list")]
    pub issuelinks: Vec<IssueLink>,
    /// The files on it.
    #[serde(deserialize_with = "lax_list")]
    pub attachment: Vec<Attachment>,
    /// What was said on it.
    #[serde(deserialize_with = "comments")]
    pub comment: Vec<Comment>,
    /// How far it is.
    #[serde(deserialize_with = "lax")]
    pub progress: Option<Progress>,
    /// When it was made.
    #[serde(deserialize_with = "lax_time")]
    pub created: Option<Timestamp>,
    /// When it was changed.
    #[serde(deserialize_with = "lax_time")]
    pub updated: Option<Timestamp>,
    /// When it was resolved.
    #[serde(deserialize_with = "lax_time")]
    pub resolutiondate: Option<Timestamp>,
    /// Everything else: fields of the site's own making by id, such as `customfield_10021`.
    #[serde(flatten)]
    pub custom: Object,
}

/// The comments of an issue come as a page.
fn comments<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Comment>, D::Error> {
    let page = Value::deserialize(deserializer)?;
    let all = page.get("comments").or(Some(&page)).and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(all.into_iter().filter_map(|comment| serde_json::from_value(comment).ok()).collect())
}

impl Fields {
    /// The sprints it is or was in, in order. Whatever id the field has, a sprint is known by its form.
    #[must_use]
    pub fn sprints(&self) -> Vec<Sprint> {
        let mut found = Vec::new();
        for (name, value) in &self.custom {
            if name.starts_with("customfield_") || matches!(name.as_str(), "sprint" | "closedSprints") {
                let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                found.extend(all.iter().filter_map(Sprint::of));
            }
        }
        found
    }

    /// The sprint it is in now: the one that runs, else the next.
    #[must_use]
    pub fn sprint(&self) -> Option<Sprint> {
        let sprints = self.sprints();
        let of = |state: &str| sprints.iter().find(|sprint| sprint.state == state).cloned();
        of("active").or_else(|| of("future"))
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.status.status_category.key == "done"
    }
}

wire!(
    /// Another issue, as much as is said of it where it is named.
    pub Linked {
        id: String = "lax_id",
        key: String = "lax",
        #[serde(rename = "self")]
        address: String = "lax",
        fields: Box<Fields> = "lax_box",
    }
);

fn lax_box<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Box<Fields>, D::Error> {
    // What is named names no more: its own parent and links are of no interest here.
    let mut value = Value::deserialize(deserializer)?;
    if let Some(fields) = value.as_object_mut() {
        for deep in ["parent", "subtasks", "issuelinks"] {
            fields.remove(deep);
        }
    }
    Ok(serde_json::from_value(value).unwrap_or_default())
}

wire!(
    /// A link between two issues, seen from one of them.
    pub IssueLink {
        id: String = "lax_id",
        #[serde(rename = "type")]
        kind: LinkType = "lax",
        inward_issue: Option<Linked> = "lax",
        outward_issue: Option<Linked> = "lax",
    }
);

impl IssueLink {
    /// How the link reads from here, such as `blocks`, and what it leads to.
    #[must_use]
    pub fn other(&self) -> Option<(&str, &Linked)> {
        let outward = self.outward_issue.as_ref().map(|issue| (self.kind.outward.as_str(), issue));
        outward.or_else(|| self.inward_issue.as_ref().map(|issue| (self.kind.inward.as_str(), issue)))
    }
}

wire!(
    /// A type of links, with its words in both directions.
    pub LinkType { id: String = "lax_id", name: String = "lax", inward: String = "lax", outward: String = "lax", }
);

wire!(
    /// A file on an issue. `content` is its address, which needs the sign-in of the API.
    pub Attachment {
        id: String = "lax_id",
        filename: String = "lax",
        author: User = "lax",
        size: u64 = "lax",
        mime_type: String = "lax",
        content: String = "lax",
        created: Option<Timestamp> = "lax_time",
    }
);

wire!(
    /// Work that was done and is planned, in seconds.
    pub Progress { progress: i64 = "lax", total: i64 = "lax", }
);
