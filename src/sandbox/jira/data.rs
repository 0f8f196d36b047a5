//! The data of a site: people, projects, issues and what hangs on them. Plain; the acts change it.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::fields::FieldDef;
use super::setup::{Edition, JiraPerson};

/// Everything on the site.
#[derive(Debug)]
pub(super) struct World {
    pub edition: Edition,
    pub people: Vec<JiraPerson>,
    pub projects: Vec<Project>,
    pub fields: Vec<FieldDef>,
    pub issues: BTreeMap<u64, Issue>,
    /// Keys that issues had before they were moved.
    pub former: HashMap<String, u64>,
    pub links: BTreeMap<u64, Link>,
    pub boards: Vec<Board>,
    pub sprints: BTreeMap<u64, Sprint>,
    pub next: u64,
}

/// A kind of issue. Every project has all of them.
#[derive(Debug)]
pub(super) struct IssueType {
    pub id: u64,
    pub name: &'static str,
    pub description: &'static str,
    pub subtask: bool,
    pub level: i32,
    pub avatar: u64,
}

/// The issue types, in the order of the create dialog.
pub(super) const TYPES: [IssueType; 5] = [
    IssueType {
        id: 10001,
        name: "Story",
        description: "Functionality as a user's goal.",
        subtask: false,
        level: 0,
        avatar: 10315,
    },
    IssueType { id: 10002, name: "Task", description: "A piece of work.", subtask: false, level: 0, avatar: 10318 },
    IssueType { id: 10003, name: "Bug", description: "A problem or error.", subtask: false, level: 0, avatar: 10303 },
    IssueType {
        id: 10004,
        name: "Epic",
        description: "A large piece of work.",
        subtask: false,
        level: 1,
        avatar: 10307,
    },
    IssueType {
        id: 10005,
        name: "Sub-task",
        description: "A part of another issue.",
        subtask: true,
        level: -1,
        avatar: 10316,
    },
];

/// A state of the workflow with the category that decides the colour and whether an issue counts as done.
#[derive(Debug)]
pub(super) struct Status {
    pub id: u64,
    pub name: &'static str,
    /// `new`, `indeterminate` or `done`.
    pub category: &'static str,
}

/// The statuses, in the order of the board's columns.
pub(super) const STATUSES: [Status; 4] = [
    Status { id: 10000, name: "To Do", category: "new" },
    Status { id: 3, name: "In Progress", category: "indeterminate" },
    Status { id: 10006, name: "In Review", category: "indeterminate" },
    Status { id: 10007, name: "Done", category: "done" },
];

/// A step of the workflow.
#[derive(Debug)]
pub(super) struct Transition {
    pub id: u64,
    pub name: &'static str,
    /// `None`: from everywhere.
    pub from: Option<&'static [u64]>,
    pub to: u64,
    /// Whether its screen asks for a resolution.
    pub resolution: bool,
}

/// The workflow of Scrum projects.
const CLASSIC: [Transition; 6] = [
    Transition { id: 11, name: "Start progress", from: Some(&[10000]), to: 3, resolution: false },
    Transition { id: 21, name: "Stop progress", from: Some(&[3]), to: 10000, resolution: false },
    Transition { id: 31, name: "Ask for review", from: Some(&[3]), to: 10006, resolution: false },
    Transition { id: 41, name: "Rework", from: Some(&[10006]), to: 3, resolution: false },
    Transition { id: 51, name: "Done", from: Some(&[10000, 3, 10006]), to: 10007, resolution: true },
    Transition { id: 61, name: "Reopen", from: Some(&[10007]), to: 10000, resolution: false },
];

/// The workflow of Kanban projects.
const SIMPLE: [Transition; 4] = [
    Transition { id: 111, name: "To Do", from: None, to: 10000, resolution: false },
    Transition { id: 121, name: "In Progress", from: None, to: 3, resolution: false },
    Transition { id: 131, name: "In Review", from: None, to: 10006, resolution: false },
    Transition { id: 141, name: "Done", from: None, to: 10007, resolution: false },
];

/// Id and name of the priorities, highest first.
pub(super) const PRIORITIES: [(u64, &str, &str); 5] = [
    (1, "Highest", "#d04437"),
    (2, "High", "#f15C75"),
    (3, "Medium", "#f79232"),
    (4, "Low", "#707070"),
    (5, "Lowest", "#999999"),
];

/// Id and name of the resolutions.
pub(super) const RESOLUTIONS: [(u64, &str); 3] = [(10000, "Done"), (10001, "Won't Do"), (10002, "Duplicate")];

/// Id, name, outward and inward words of the link types.
pub(super) const LINK_TYPES: [(u64, &str, &str, &str); 4] = [
    (10000, "Blocks", "blocks", "is blocked by"),
    (10001, "Cloners", "clones", "is cloned by"),
    (10002, "Duplicate", "duplicates", "is duplicated by"),
    (10003, "Relates", "relates to", "relates to"),
];

pub(super) fn type_of(id: u64) -> &'static IssueType {
    TYPES.iter().find(|kind| kind.id == id).unwrap_or(&TYPES[1])
}

pub(super) fn status_of(id: u64) -> &'static Status {
    STATUSES.iter().find(|status| status.id == id).unwrap_or(&STATUSES[0])
}

/// A component or a version.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub id: u64,
    pub name: String,
    pub released: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Project {
    pub id: u64,
    pub key: String,
    pub name: String,
    pub lead: String,
    pub scrum: bool,
    pub members: Option<Vec<String>>,
    pub components: Vec<Part>,
    pub versions: Vec<Part>,
    pub archived: bool,
    pub last_number: u64,
}

impl Project {
    pub(super) fn seen_by(&self, account: &str) -> bool {
        self.members.as_ref().is_none_or(|members| members.iter().any(|member| member == account))
    }

    pub(super) fn workflow(&self) -> &'static [Transition] {
        if self.scrum { &CLASSIC } else { &SIMPLE }
    }
}

/// An issue. `values` holds the fields that people set, as references: ids of options, account ids of people.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub id: u64,
    pub key: String,
    pub project: u64,
    pub kind: u64,
    pub status: u64,
    pub values: BTreeMap<String, Value>,
    pub creator: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub status_changed: Timestamp,
    pub resolved: Option<Timestamp>,
    pub comments: Vec<Comment>,
    pub worklogs: Vec<Worklog>,
    pub attachments: Vec<Attachment>,
    pub watchers: Vec<String>,
    pub remote: Vec<Remote>,
    pub properties: BTreeMap<String, Value>,
    pub history: Vec<History>,
    pub archived: bool,
    /// Until when the search does not find it.
    pub unindexed_until: Timestamp,
}

impl Issue {
    /// A field that people set, `Null` when empty.
    pub(super) fn value(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }

    /// A field that holds one text or id.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.value(field).as_str()
    }

    pub(super) fn summary(&self) -> &str {
        self.text("summary").unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub id: u64,
    pub author: String,
    pub editor: String,
    pub body: Value,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub properties: BTreeMap<String, Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Worklog {
    pub id: u64,
    pub author: String,
    pub comment: Value,
    pub started: Timestamp,
    pub seconds: u64,
    pub created: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub id: u64,
    pub author: String,
    pub name: String,
    pub mime: String,
    pub created: Timestamp,
    pub bytes: Bytes,
}

/// A link to something outside Jira.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub id: u64,
    pub global_id: Option<String>,
    pub application: Value,
    pub relationship: Option<String>,
    pub object: Value,
}

/// A change as the history keeps it.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub id: u64,
    pub author: String,
    pub at: Timestamp,
    pub items: Vec<Value>,
}

/// A link between two issues: `outward` is done to `inward`.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub id: u64,
    pub kind: u64,
    /// The issue that blocks.
    pub from: u64,
    /// The issue that is blocked.
    pub to: u64,
}

#[derive(Debug)]
pub(super) struct Board {
    pub id: u64,
    pub name: String,
    pub project: u64,
    pub scrum: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Sprint {
    pub id: u64,
    pub name: String,
    pub board: u64,
    /// `future`, `active` or `closed`.
    pub state: &'static str,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    pub created: Timestamp,
    pub goal: String,
}

impl World {
    pub(super) fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A person by account id (Cloud) or user name (Data Center): what identifies people in this edition.
    pub(super) fn person(&self, account: &str) -> Option<&JiraPerson> {
        self.people.iter().find(|person| person.account == account)
    }

    pub(super) fn project(&self, id: u64) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    /// A project that someone sees, by key (any case) or id.
    pub(super) fn find_project(&self, name: &str, viewer: &str) -> Option<&Project> {
        let known = |project: &&Project| project.key.eq_ignore_ascii_case(name) || project.id.to_string() == name;
        self.projects.iter().filter(|project| !project.archived && project.seen_by(viewer)).find(known)
    }

    /// An issue by key, former key or id, whoever asks.
    pub(super) fn locate(&self, name: &str) -> Option<u64> {
        let key = name.to_uppercase();
        let by_key = || self.issues.values().find(|issue| issue.key == key).map(|issue| issue.id);
        let by_id = || name.parse().ok().filter(|id| self.issues.contains_key(id));
        by_key().or_else(|| self.former.get(&key).copied().filter(|id| self.issues.contains_key(id))).or_else(by_id)
    }

    /// Whether someone sees an issue.
    pub(super) fn sees(&self, issue: &Issue, viewer: &str) -> bool {
        let project = self.project(issue.project);
        !issue.archived && project.is_some_and(|project| !project.archived && project.seen_by(viewer))
    }

    pub(super) fn field(&self, id: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// The field that holds sprints.
    pub(super) fn sprint_field(&self) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.is_sprint())
    }

    /// The sprints of an issue, oldest first; the last one may be open.
    pub(super) fn sprints_of(&self, issue: &Issue) -> Vec<u64> {
        let value = self.sprint_field().map(|field| issue.value(&field.id));
        value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect()
    }

    /// The steps that an issue can take now.
    pub(super) fn transitions(&self, issue: &Issue) -> Vec<&'static Transition> {
        let workflow = self.project(issue.project).map_or(&[][..], Project::workflow);
        workflow.iter().filter(|step| step.from.is_none_or(|from| from.contains(&issue.status))).collect()
    }

    pub(super) fn board_of(&self, project: u64) -> Option<&Board> {
        self.boards.iter().find(|board| board.project == project)
    }
}
