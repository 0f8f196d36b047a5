//! The fields of issues: which there are, on which screens they stand, what they hold.

mod read;
mod show;

use serde_json::{Value, json};

use super::data::{IssueType, Project};
use super::setup::{FieldKind, JiraField};

pub(super) use read::{LONGEST_TEXT, moment as read_moment, read_field, read_op, read_person};
pub(super) use show::shown;

/// Whether a value names this id; Jira writes ids as texts.
pub(super) fn is_id(value: &Value, id: u64) -> bool {
    value.as_str().is_some_and(|text| text == id.to_string())
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Line,
    Text,
    Number,
    Option,
    Options,
    Date,
    DateTime,
    Person,
    Url,
    Labels,
    Priority,
    Resolution,
    Components,
    Versions,
    Parent,
    Sprint,
    Type,
    Project,
    /// Nobody sets it; schema type and, of a list, of its items.
    Kept(&'static str, &'static str),
}

/// A field.
#[derive(Debug, Clone)]
pub(super) struct FieldDef {
    pub id: String,
    pub name: String,
    pub shape: Shape,
    /// Number and key of a custom field.
    pub custom: Option<(u64, &'static str)>,
    pub options: Vec<(u64, String)>,
    types: Vec<String>,
    projects: Vec<String>,
    required: bool,
    /// As it is kept, not as it is shown.
    pub default: Option<Value>,
}

/// Id, name and shape of the system fields.
const SYSTEM: [(&str, &str, Shape); 40] = [
    ("summary", "Summary", Shape::Line),
    ("issuetype", "Issue Type", Shape::Type),
    ("project", "Project", Shape::Project),
    ("parent", "Parent", Shape::Parent),
    ("description", "Description", Shape::Text),
    ("priority", "Priority", Shape::Priority),
    ("labels", "Labels", Shape::Labels),
    ("assignee", "Assignee", Shape::Person),
    ("reporter", "Reporter", Shape::Person),
    ("components", "Components", Shape::Components),
    ("fixVersions", "Fix versions", Shape::Versions),
    ("duedate", "Due date", Shape::Date),
    ("environment", "Environment", Shape::Text),
    ("resolution", "Resolution", Shape::Resolution),
    ("versions", "Affects versions", Shape::Versions),
    ("status", "Status", Shape::Kept("status", "")),
    ("creator", "Creator", Shape::Kept("user", "")),
    ("created", "Created", Shape::Kept("datetime", "")),
    ("updated", "Updated", Shape::Kept("datetime", "")),
    ("resolutiondate", "Resolved", Shape::Kept("datetime", "")),
    ("statuscategorychangedate", "Status Category Changed", Shape::Kept("datetime", "")),
    ("attachment", "Attachment", Shape::Kept("array", "attachment")),
    ("issuelinks", "Linked Issues", Shape::Kept("array", "issuelinks")),
    ("subtasks", "Sub-tasks", Shape::Kept("array", "issuelinks")),
    ("comment", "Comment", Shape::Kept("comments-page", "")),
    ("worklog", "Log Work", Shape::Kept("array", "worklog")),
    ("watches", "Watchers", Shape::Kept("watches", "")),
    ("votes", "Votes", Shape::Kept("votes", "")),
    ("timespent", "Time Spent", Shape::Kept("number", "")),
    ("timeestimate", "Remaining Estimate", Shape::Kept("number", "")),
    ("timeoriginalestimate", "Original estimate", Shape::Kept("number", "")),
    ("aggregatetimespent", "Σ Time Spent", Shape::Kept("number", "")),
    ("aggregatetimeestimate", "Σ Remaining Estimate", Shape::Kept("number", "")),
    ("aggregatetimeoriginalestimate", "Σ Original Estimate", Shape::Kept("number", "")),
    ("timetracking", "Time tracking", Shape::Kept("timetracking", "")),
    ("lastViewed", "Last Viewed", Shape::Kept("datetime", "")),
    ("security", "Security Level", Shape::Kept("securitylevel", "")),
    ("progress", "Progress", Shape::Kept("progress", "")),
    ("aggregateprogress", "Σ Progress", Shape::Kept("progress", "")),
    ("workratio", "Work Ratio", Shape::Kept("number", "")),
];

/// The fields of the create dialog, in its order; custom fields follow.
const ON_CREATE: [&str; 12] = [
    "summary",
    "issuetype",
    "project",
    "parent",
    "description",
    "priority",
    "labels",
    "assignee",
    "reporter",
    "components",
    "fixVersions",
    "duedate",
];

/// Every field of a site. `id` gives out the ids of options.
pub(super) fn all(custom: &[JiraField], mut id: impl FnMut() -> u64) -> Vec<FieldDef> {
    let system = SYSTEM.iter().map(|(id, name, shape)| FieldDef {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        shape: *shape,
        custom: None,
        options: Vec::new(),
        types: Vec::new(),
        projects: Vec::new(),
        required: matches!(*id, "summary" | "issuetype" | "project" | "reporter"),
        default: (*id == "priority").then(|| json!("3")),
    });
    let mut fields: Vec<FieldDef> = system.collect();
    for field in custom {
        let options: Vec<(u64, String)> = field.options.iter().map(|value| (id(), value.clone())).collect();
        let chosen =
            |value: &Value| options.iter().find(|(_, text)| value == text).map(|(id, _)| json!(id.to_string()));
        let default = field.default.as_ref().map(|value| match value {
            Value::Array(values) if !options.is_empty() => Value::Array(values.iter().filter_map(chosen).collect()),
            value => chosen(value).unwrap_or_else(|| value.clone()),
        });
        let (shape, key) = shape(field.kind);
        fields.push(FieldDef {
            id: format!("customfield_{}", field.number),
            name: field.name.clone(),
            shape,
            custom: Some((field.number, key)),
            options,
            types: field.types.clone(),
            projects: field.projects.clone(),
            required: field.required,
            default,
        });
    }
    fields
}

fn shape(kind: FieldKind) -> (Shape, &'static str) {
    match kind {
        FieldKind::Line => (Shape::Line, "com.atlassian.jira.plugin.system.customfieldtypes:textfield"),
        FieldKind::Paragraph => (Shape::Text, "com.atlassian.jira.plugin.system.customfieldtypes:textarea"),
        FieldKind::Number => (Shape::Number, "com.atlassian.jira.plugin.system.customfieldtypes:float"),
        FieldKind::Select => (Shape::Option, "com.atlassian.jira.plugin.system.customfieldtypes:select"),
        FieldKind::MultiSelect => (Shape::Options, "com.atlassian.jira.plugin.system.customfieldtypes:multiselect"),
        FieldKind::Date => (Shape::Date, "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"),
        FieldKind::DateTime => (Shape::DateTime, "com.atlassian.jira.plugin.system.customfieldtypes:datetime"),
        FieldKind::Person => (Shape::Person, "com.atlassian.jira.plugin.system.customfieldtypes:userpicker"),
        FieldKind::Url => (Shape::Url, "com.atlassian.jira.plugin.system.customfieldtypes:url"),
        FieldKind::Labels => (Shape::Labels, "com.atlassian.jira.plugin.system.customfieldtypes:labels"),
        FieldKind::Sprint => (Shape::Sprint, "com.pyxis.greenhopper.jira:gh-sprint"),
    }
}

impl FieldDef {
    pub(super) fn is_sprint(&self) -> bool {
        self.shape == Shape::Sprint
    }

    /// Whether it can be set when an issue of this kind is made there.
    pub(super) fn on_create(&self, project: &Project, kind: &IssueType) -> bool {
        if self.custom.is_some() {
            return (self.types.is_empty() || self.types.iter().any(|name| name == kind.name))
                && (self.projects.is_empty() || self.projects.contains(&project.key))
                && (!self.is_sprint() || (project.scrum && !kind.subtask));
        }
        ON_CREATE.contains(&self.id.as_str()) && (self.id != "parent" || kind.level < 1)
    }

    /// Whether it can be set when an issue of this kind is edited there.
    pub(super) fn on_edit(&self, project: &Project, kind: &IssueType) -> bool {
        self.id != "project" && self.on_create(project, kind)
    }

    /// Whether an issue of this kind needs it.
    pub(super) fn required_for(&self, kind: &IssueType) -> bool {
        self.required || (self.id == "parent" && kind.subtask)
    }

    /// The words that name it in JQL.
    pub(super) fn clauses(&self) -> Vec<String> {
        match (&self.custom, self.id.as_str()) {
            (Some((number, _)), _) => vec![format!("cf[{number}]"), self.name.clone()],
            (None, "issuetype") => vec!["issuetype".to_owned(), "type".to_owned()],
            (None, "fixVersions") => vec!["fixVersion".to_owned()],
            (None, "versions") => vec!["affectedVersion".to_owned()],
            (None, "components") => vec!["component".to_owned()],
            (None, "duedate") => vec!["due".to_owned(), "duedate".to_owned()],
            (None, "created") => vec!["created".to_owned(), "createdDate".to_owned()],
            (None, "updated") => vec!["updated".to_owned(), "updatedDate".to_owned()],
            (None, "resolutiondate") => vec!["resolved".to_owned(), "resolutiondate".to_owned()],
            (None, other) => vec![other.to_owned()],
        }
    }

    /// What may be done with it in `update`.
    pub(super) fn operations(&self) -> &'static [&'static str] {
        match self.shape {
            Shape::Labels | Shape::Options | Shape::Components | Shape::Versions => &["add", "set", "remove"],
            Shape::Kept(..) => &[],
            _ => &["set"],
        }
    }

    /// Type and, of a list, type of its items.
    fn kind(&self) -> (&'static str, &'static str) {
        match self.shape {
            Shape::Line | Shape::Text | Shape::Url => ("string", ""),
            Shape::Number => ("number", ""),
            Shape::Option => ("option", ""),
            Shape::Options => ("array", "option"),
            Shape::Date => ("date", ""),
            Shape::DateTime => ("datetime", ""),
            Shape::Person => ("user", ""),
            Shape::Labels => ("array", "string"),
            Shape::Priority => ("priority", ""),
            Shape::Resolution => ("resolution", ""),
            Shape::Components => ("array", "component"),
            Shape::Versions => ("array", "version"),
            Shape::Parent => ("issuelink", ""),
            Shape::Sprint => ("array", "json"),
            Shape::Type => ("issuetype", ""),
            Shape::Project => ("project", ""),
            Shape::Kept(kind, items) => (kind, items),
        }
    }

    /// Its `schema`.
    pub(super) fn schema(&self) -> Value {
        let (kind, items) = self.kind();
        let mut schema = json!({ "type": kind });
        if !items.is_empty() {
            schema["items"] = json!(items);
        }
        match self.custom {
            Some((number, key)) => {
                schema["custom"] = json!(key);
                schema["customId"] = json!(number);
            }
            None => schema["system"] = json!(self.id),
        }
        schema
    }
}
