//! What is kept of things as the data of events, for rules, outgoing webhooks and searches.

use serde_json::{Value, json};
use url::Url;

use super::super::refs::IssueKey;
use super::super::wire::{Changelog, Comment, Issue, Sprint, User, Version, Worklog};
use super::page;
use crate::model::Object;

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn person(user: Option<&User>) -> Value {
    user.map_or(Value::Null, |user| user.called().into())
}

/// What is kept of an issue.
#[must_use]
pub fn issue_data(at: &IssueKey, issue: &Issue, web: Option<&Url>) -> Object {
    let fields = &issue.fields;
    let id = |user: &Option<User>| user.as_ref().map(|user| user.id().to_owned()).filter(|id| !id.is_empty());
    object(json!({
        "issue": at.to_string(), "id": issue.id, "project": at.project.as_str(), "number": at.number,
        "summary": fields.summary, "url": page(at, &issue.address, web), "type": fields.issuetype.name,
        "status": fields.status.name, "status_category": fields.status.status_category.key,
        "priority": fields.priority.as_ref().map(|priority| &priority.name),
        "resolution": fields.resolution.as_ref().map(|resolution| &resolution.name),
        "assignee": person(fields.assignee.as_ref()), "assignee_id": id(&fields.assignee),
        "reporter": person(fields.reporter.as_ref()), "labels": fields.labels,
        "components": fields.components.iter().map(|one| &one.name).collect::<Vec<_>>(),
        "fix_versions": fields.fix_versions.iter().map(|one| &one.name).collect::<Vec<_>>(),
        "due": fields.duedate, "sprint": fields.sprint().map(|sprint| sprint.name),
        "parent": fields.parent.as_ref().map(|parent| &parent.key).filter(|key| !key.is_empty()),
    }))
}

/// What is kept of changes: field, and the values before and after in words.
#[must_use]
pub fn change_data(log: Option<&Changelog>) -> Value {
    let items = log.map_or(&[][..], |log| &log.items);
    let one = |item: &super::super::wire::Change| json!({ "field": item.field, "id": item.field_id, "from": item.from_string, "to": item.to_words });
    items.iter().take(50).map(one).collect()
}

/// What is kept of a comment; of one that is not for everybody no words.
#[must_use]
pub fn comment_data(comment: &Comment) -> Object {
    let text = if comment.is_restricted() { String::new() } else { comment.body.doc().line(super::WORDS).to_plain() };
    object(json!({
        "id": comment.id, "author": comment.author.called(), "author_id": comment.author.id(), "text": text,
        "restricted": comment.is_restricted(),
        "mentions": comment.body.doc().mentions().into_iter().map(|one| one.id).collect::<Vec<_>>(),
    }))
}

/// What is kept of a sprint.
#[must_use]
pub fn sprint_data(sprint: &Sprint) -> Object {
    object(json!({
        "id": sprint.id, "name": sprint.name, "state": sprint.state, "goal": sprint.goal, "board": sprint.origin_board_id,
        "start": sprint.start_date, "end": sprint.end_date, "completed": sprint.complete_date,
    }))
}

/// What is kept of a version.
#[must_use]
pub fn version_data(version: &Version) -> Object {
    object(json!({
        "id": version.id, "name": version.name, "released": version.released, "archived": version.archived,
        "description": version.description, "start": version.start_date, "release": version.release_date,
        "project_id": version.project_id,
    }))
}

/// What is kept of a worklog.
#[must_use]
pub fn worklog_data(worklog: &Worklog) -> Object {
    let hidden = worklog.visibility.as_ref().is_some_and(|to| !to.kind.is_empty());
    let text = if hidden { String::new() } else { worklog.comment.doc().line(super::WORDS).to_plain() };
    object(json!({
        "id": worklog.id, "issue_id": worklog.issue_id, "author": worklog.author.called(),
        "author_id": worklog.author.id(), "time_spent": worklog.time_spent, "seconds": worklog.time_spent_seconds,
        "started": worklog.started, "text": text,
    }))
}
