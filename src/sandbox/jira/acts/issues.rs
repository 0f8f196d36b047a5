//! Issues: made, changed, moved along the workflow and between projects, deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sandbox::jira::data::{History, Issue, Link, Transition, status_of};
use crate::sandbox::jira::fields::shown;
use crate::sandbox::jira::json::Sight;
use crate::sandbox::jira::state::{State, object};

/// An issue to be made; its values are kept ones.
#[derive(Debug)]
pub(in crate::sandbox::jira) struct NewIssue {
    pub project: u64,
    pub kind: u64,
    pub values: BTreeMap<String, Value>,
    pub properties: BTreeMap<String, Value>,
}

/// An entry of a change log.
fn item(field: &str, kind: &str, id: &str, from: &(Value, Value), to: &(Value, Value)) -> Value {
    json!({
        "field": field,
        "fieldtype": kind,
        "fieldId": id,
        "from": from.0,
        "fromString": from.1,
        "to": to.0,
        "toString": to.1,
    })
}

impl State {
    /// Makes an issue; returns its id.
    pub(in crate::sandbox::jira) fn create_issue(&mut self, actor: &str, new: NewIssue) -> u64 {
        let (id, now) = (self.world.id(), self.now);
        let Some(project) = self.world.projects.iter_mut().find(|project| project.id == new.project) else { return id };
        project.last_number += 1;
        let issue = Issue {
            id,
            key: format!("{}-{}", project.key, project.last_number),
            project: new.project,
            kind: new.kind,
            status: 10000,
            values: new.values,
            creator: actor.to_owned(),
            created: now,
            updated: now,
            status_changed: now,
            resolved: None,
            comments: Vec::new(),
            worklogs: Vec::new(),
            attachments: Vec::new(),
            watchers: vec![actor.to_owned()],
            remote: Vec::new(),
            properties: new.properties,
            history: Vec::new(),
            archived: false,
            unindexed_until: now + self.setup.search_lag,
        };
        self.world.issues.insert(id, issue);
        self.emit_issue("jira:issue_created", id, actor, json!({ "issue_event_type_name": "issue_created" }), false);
        id
    }

    /// Changes fields of an issue and tells of it once; nothing happens when nothing is different.
    pub(in crate::sandbox::jira) fn change(
        &mut self,
        id: u64,
        actor: &str,
        sets: Vec<(String, Value)>,
        step: Option<&'static Transition>,
    ) {
        let mut items = Vec::new();
        let mut assigned = false;
        for (name, value) in sets {
            let Some(field) = self.world.field(&name).cloned() else { continue };
            let Some(issue) = self.world.issues.get_mut(&id) else { return };
            let before = match name.as_str() {
                "issuetype" => json!(issue.kind.to_string()),
                _ => issue.value(&name).clone(),
            };
            let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if before == value || (empty(&before) && empty(&value)) {
                continue;
            }
            match name.as_str() {
                "issuetype" => issue.kind = value.as_str().and_then(|id| id.parse().ok()).unwrap_or(issue.kind),
                _ if value.is_null() => drop(issue.values.remove(&name)),
                _ => drop(issue.values.insert(name.clone(), value.clone())),
            }
            if name == "resolution" {
                issue.resolved = (!value.is_null()).then_some(self.now);
            }
            assigned |= name == "assignee";
            let kind = if field.custom.is_some() { "custom" } else { "jira" };
            let called = match name.as_str() {
                _ if field.custom.is_some() => field.name.as_str(),
                "fixVersions" => "Fix Version",
                "components" => "Component",
                other => other,
            };
            let mut entry = item(
                called,
                kind,
                &field.id,
                &shown(&self.world, &field, &before),
                &shown(&self.world, &field, &value),
            );
            if name == "assignee" {
                entry["tmpFromAccountId"] = before;
                entry["tmpToAccountId"] = value;
            }
            items.push(entry);
        }
        if let Some(step) = step {
            items.extend(self.step(id, step));
        }
        let kind = match (&step, assigned) {
            (Some(_), _) => "issue_generic",
            (None, true) if items.len() == 1 => "issue_assigned",
            _ => "issue_updated",
        };
        self.note_change(id, actor, &items, kind);
    }

    /// Takes a step of the workflow; the resolution goes when the issue is done no more.
    fn step(&mut self, id: u64, step: &Transition) -> Vec<Value> {
        let Some(issue) = self.world.issues.get_mut(&id) else { return Vec::new() };
        let (from, to) = (status_of(issue.status), status_of(step.to));
        issue.status = to.id;
        if from.category != to.category {
            issue.status_changed = self.now;
        }
        let mut items = vec![item(
            "status",
            "jira",
            "status",
            &(json!(from.id.to_string()), json!(from.name)),
            &(json!(to.id.to_string()), json!(to.name)),
        )];
        let had = issue.value("resolution").clone();
        let now_done = to.category == "done";
        let resolution = match (now_done, had.is_null()) {
            (true, true) => json!("10000"),
            (false, false) => Value::Null,
            _ => return items,
        };
        issue.resolved = now_done.then_some(self.now);
        issue.values.insert("resolution".to_owned(), resolution.clone());
        if let Some(field) = self.world.field("resolution") {
            let words = |value| shown(&self.world, field, value);
            items.push(item("resolution", "jira", "resolution", &words(&had), &words(&resolution)));
        }
        items
    }

    /// Writes a change into the history and tells of it.
    fn note_change(&mut self, id: u64, actor: &str, items: &[Value], kind: &str) {
        if items.is_empty() {
            return;
        }
        let (history, now) = (self.world.id(), self.now);
        let Some(issue) = self.world.issues.get_mut(&id) else { return };
        issue.updated = now;
        issue.history.push(History { id: history, author: actor.to_owned(), at: now, items: items.to_vec() });
        let more = json!({
            "issue_event_type_name": kind,
            "changelog": { "id": history.to_string(), "items": items },
        });
        self.emit_issue("jira:issue_updated", id, actor, more, false);
    }

    /// Moves an issue into another project, where it gets a new key; the old one leads to it.
    pub(in crate::sandbox::jira) fn move_issue(&mut self, id: u64, project: u64, actor: &str) -> Option<String> {
        let target = self.world.projects.iter_mut().find(|known| known.id == project)?;
        target.last_number += 1;
        let key = format!("{}-{}", target.key, target.last_number);
        let (target_id, target_name) = (target.id, target.name.clone());
        let sprint = self.world.sprint_field().map(|field| field.id.clone());
        let issue = self.world.issues.get_mut(&id)?;
        let old = std::mem::replace(&mut issue.key, key.clone());
        let from = std::mem::replace(&mut issue.project, target_id);
        issue.values.remove("components");
        issue.values.remove("fixVersions");
        sprint.and_then(|field| issue.values.remove(&field));
        self.world.former.insert(old.clone(), id);
        let from_name = self.world.project(from).map(|project| project.name.clone());
        let items = vec![
            item(
                "project",
                "jira",
                "project",
                &(json!(from.to_string()), json!(from_name)),
                &(json!(target_id.to_string()), json!(target_name)),
            ),
            item("Key", "jira", "key", &(Value::Null, json!(old)), &(Value::Null, json!(key))),
        ];
        self.note_change(id, actor, &items, "issue_moved");
        Some(key)
    }

    /// Deletes an issue with its sub-tasks and all that hangs on it.
    pub(in crate::sandbox::jira) fn delete_issue(&mut self, id: u64, actor: &str) {
        let children: Vec<u64> =
            self.world.issues.values().filter(|child| *child.value("parent") == id).map(|child| child.id).collect();
        for child in children {
            let subtask = self.world.issues.get(&child).is_some_and(|issue| issue.kind == 10005);
            if subtask {
                self.delete_issue(child, actor);
            } else if let Some(issue) = self.world.issues.get_mut(&child) {
                issue.values.remove("parent");
            }
        }
        self.emit_issue("jira:issue_deleted", id, actor, json!({}), false);
        let Some(issue) = self.world.issues.get(&id) else { return };
        for comment in issue.comments.clone() {
            self.emit_comment("comment_deleted", id, &comment, actor, true);
        }
        let links = self.world.links.values().filter(|link| link.from == id || link.to == id).cloned();
        for link in links.collect::<Vec<Link>>() {
            self.emit_plain("issuelink_deleted", Some(id), json!({ "issueLink": Sight::link_event(&link) }), true);
            self.world.links.remove(&link.id);
        }
        self.world.issues.remove(&id);
        self.world.former.retain(|_, to| *to != id);
    }

    /// Tells of an issue with all its fields.
    pub(in crate::sandbox::jira) fn emit_issue(
        &mut self,
        event: &str,
        id: u64,
        actor: &str,
        more: Value,
        secondary: bool,
    ) {
        let Some(issue) = self.world.issues.get(&id) else { return };
        let sight = self.told();
        let mut more = object(more);
        let mut body = Map::new();
        if let Some(kind) = more.remove("issue_event_type_name") {
            body.insert("issue_event_type_name".to_owned(), kind);
        }
        let mut shown = sight.issue(issue, &["*all".to_owned()]);
        if let Some(shown) = shown.as_object_mut() {
            shown.remove("expand");
        }
        body.insert("user".to_owned(), sight.user(actor));
        body.insert("issue".to_owned(), shown);
        body.extend(more);
        self.emit_plain(event, Some(id), Value::Object(body), secondary);
    }

    /// An issue is archived or comes back: nobody sees it meanwhile, and hooks hear nothing.
    pub(in crate::sandbox::jira) fn archive(&mut self, id: u64, archived: bool) {
        if let Some(issue) = self.world.issues.get_mut(&id) {
            issue.archived = archived;
        }
    }

    /// Links two issues; an equal link stays as it is.
    pub(in crate::sandbox::jira) fn link_issues(&mut self, kind: u64, from: u64, to: u64) -> u64 {
        let same = |link: &&Link| (link.kind, link.from, link.to) == (kind, from, to);
        if let Some(link) = self.world.links.values().find(same) {
            return link.id;
        }
        let id = self.world.id();
        let link = Link { id, kind, from, to };
        let event = Sight::link_event(&link);
        self.world.links.insert(id, link);
        self.touch(from);
        self.touch(to);
        self.emit_plain("issuelink_created", Some(from), json!({ "issueLink": event }), false);
        id
    }

    /// Takes a link away; false when there is none.
    pub(in crate::sandbox::jira) fn unlink(&mut self, id: u64) -> bool {
        let Some(link) = self.world.links.remove(&id) else { return false };
        let event = Sight::link_event(&link);
        self.emit_plain("issuelink_deleted", Some(link.from), json!({ "issueLink": event }), false);
        true
    }

    pub(super) fn touch(&mut self, id: u64) -> Timestamp {
        let now = self.now;
        if let Some(issue) = self.world.issues.get_mut(&id) {
            issue.updated = now;
        }
        now
    }
}
