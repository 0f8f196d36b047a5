//! Sprints and versions.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::jira::data::{Part, Sprint};
use crate::sandbox::jira::state::State;

/// What changes on a sprint; `None` leaves it as it is.
#[derive(Debug, Default)]
#[expect(clippy::option_option, reason = "a date stays, goes or is set: what is absent, null or given in the JSON")]
pub(in crate::sandbox::jira) struct SprintEdit {
    pub name: Option<String>,
    pub goal: Option<String>,
    pub start: Option<Option<Timestamp>>,
    pub end: Option<Option<Timestamp>>,
}

impl State {
    /// Makes a sprint that has not begun; returns its id.
    pub(in crate::sandbox::jira) fn create_sprint(&mut self, board: u64, name: &str, goal: &str) -> u64 {
        let id = self.world.id();
        let sprint = Sprint {
            id,
            name: name.to_owned(),
            board,
            state: "future",
            start: None,
            end: None,
            completed: None,
            created: self.now,
            goal: goal.to_owned(),
        };
        self.world.sprints.insert(id, sprint);
        self.emit_sprint("sprint_created", id, Value::Null);
        id
    }

    /// Changes a sprint, but not its state.
    pub(in crate::sandbox::jira) fn edit_sprint(&mut self, id: u64, edit: SprintEdit) {
        let Some(sprint) = self.world.sprints.get_mut(&id) else { return };
        let old = sprint.clone();
        sprint.name = edit.name.unwrap_or_else(|| old.name.clone());
        sprint.goal = edit.goal.unwrap_or_else(|| old.goal.clone());
        if sprint.state != "closed" {
            sprint.start = edit.start.unwrap_or(old.start);
            sprint.end = edit.end.unwrap_or(old.end);
        }
        let same = (&old.name, &old.goal, old.start, old.end) == (&sprint.name, &sprint.goal, sprint.start, sprint.end);
        if !same {
            let before = self.told().sprint(&old);
            self.emit_sprint("sprint_updated", id, before);
        }
    }

    /// Starts a sprint that has its dates.
    pub(in crate::sandbox::jira) fn start_sprint(&mut self, id: u64) {
        if let Some(sprint) = self.world.sprints.get_mut(&id) {
            sprint.state = "active";
            self.emit_sprint("sprint_started", id, Value::Null);
        }
    }

    /// Completes a sprint. Its issues keep it as history; those that are not done stand in the backlog from now on.
    pub(in crate::sandbox::jira) fn close_sprint(&mut self, id: u64) {
        let now = self.now;
        if let Some(sprint) = self.world.sprints.get_mut(&id) {
            sprint.state = "closed";
            sprint.completed = Some(now);
            self.emit_sprint("sprint_closed", id, Value::Null);
        }
    }

    /// Deletes a sprint; its issues go back to the backlog.
    pub(in crate::sandbox::jira) fn delete_sprint(&mut self, id: u64, actor: &str) {
        let Some(field) = self.world.sprint_field().map(|field| field.id.clone()) else { return };
        let inside: Vec<u64> = self.world.issues.values().map(|issue| issue.id).collect();
        for issue in inside {
            self.put_in_sprint(issue, actor, None, Some(id), &field);
        }
        self.emit_sprint("sprint_deleted", id, Value::Null);
        self.world.sprints.remove(&id);
    }

    /// Puts an issue into a sprint (or into none), out of every open one or out of a given one.
    fn put_in_sprint(&mut self, issue: u64, actor: &str, into: Option<u64>, out: Option<u64>, field: &str) {
        let Some(known) = self.world.issues.get(&issue) else { return };
        let closed = |id: &u64| self.world.sprints.get(id).is_some_and(|sprint| sprint.state == "closed");
        let was = self.world.sprints_of(known);
        let mut sprints: Vec<u64> =
            was.into_iter().filter(|id| out.map_or_else(|| closed(id), |out| out != *id)).collect();
        sprints.extend(into);
        self.change(issue, actor, vec![(field.to_owned(), json!(sprints))], None);
    }

    /// Puts an issue into a sprint, or back into the backlog.
    pub(in crate::sandbox::jira) fn plan(&mut self, issue: u64, actor: &str, sprint: Option<u64>) {
        if let Some(field) = self.world.sprint_field().map(|field| field.id.clone()) {
            self.put_in_sprint(issue, actor, sprint, None, &field);
        }
    }

    fn emit_sprint(&mut self, event: &str, id: u64, old: Value) {
        let Some(sprint) = self.world.sprints.get(&id) else { return };
        let mut body = json!({ "sprint": self.told().sprint(sprint) });
        if !old.is_null() {
            body["oldValue"] = old;
        }
        self.emit_plain(event, None, body, false);
    }

    /// Releases a version of a project, or takes that back; false when there is none of that name.
    pub(in crate::sandbox::jira) fn release(&mut self, project: u64, name: &str, released: bool) -> bool {
        let now = self.now;
        let Some(home) = self.world.projects.iter_mut().find(|known| known.id == project) else { return false };
        let Some(part) = home.versions.iter_mut().find(|part| part.name == name) else { return false };
        part.released = released.then_some(now);
        let part = part.clone();
        let Some(home) = self.world.project(project) else { return false };
        let shown = self.told().version(home, &part);
        let event = if released { "jira:version_released" } else { "jira:version_unreleased" };
        self.emit_plain(event, None, json!({ "version": shown }), false);
        true
    }

    /// Makes a version of a project; returns its id.
    pub(in crate::sandbox::jira) fn create_version(&mut self, project: u64, name: &str) -> u64 {
        let id = self.world.id();
        let part = Part { id, name: name.to_owned(), released: None };
        if let Some(home) = self.world.projects.iter_mut().find(|known| known.id == project) {
            home.versions.push(part.clone());
        }
        let Some(home) = self.world.project(project) else { return id };
        let shown = self.told().version(home, &part);
        self.emit_plain("jira:version_created", None, json!({ "version": shown }), false);
        id
    }
}
