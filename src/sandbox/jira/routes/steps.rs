//! The workflow: which steps an issue can take, and taking one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use super::edit::not_there;
use crate::sandbox::jira::data::type_of;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, project) = ask.issue(state)?;
    let fields = ask.query.list("expand").iter().any(|name| name == "transitions.fields");
    let wanted = ask.query.get("transitionId");
    let steps = state.world.transitions(issue).into_iter();
    let steps = steps.filter(|step| wanted.is_none_or(|id| step.id.to_string() == id));
    let sight = ask.sight(state);
    let kind = type_of(issue.kind);
    let shown: Vec<Value> = steps.map(|step| sight.transition(step, project, kind, fields)).collect();
    Ok(Reply::ok(json!({ "expand": "transitions", "transitions": shown })))
}

pub(super) fn take(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["transition", "fields", "update", "historyMetadata", "properties"])?;
    let (issue, project) = ask.issue(state)?;
    let id = issue.id;
    let wanted = body["transition"]["id"].as_str().map(str::to_owned);
    let wanted = wanted.or_else(|| body["transition"]["id"].as_u64().map(|id| id.to_string()));
    let wanted = wanted.ok_or_else(|| Reply::error(400, "Missing 'transition' identifier"))?;
    let step = state.world.transitions(issue).into_iter().find(|step| step.id.to_string() == wanted);
    let step =
        step.ok_or_else(|| Reply::error(400, &format!("Transition id '{wanted}' is not valid for this issue.")))?;
    let screen = |field: &crate::sandbox::jira::fields::FieldDef| step.resolution && field.id == "resolution";
    let mut changes = ask.changes(state, project, &body, screen, |name| issue.value(name).clone());
    // A step without a screen takes no comment either.
    if !changes.comments.is_empty() && !step.resolution {
        changes.errors.insert("comment".to_owned(), json!(not_there("comment")));
    }
    let resolved = changes.sets.iter().any(|(name, value)| name == "resolution" && !value.is_null());
    if step.resolution && !resolved && !changes.errors.contains_key("resolution") {
        changes.errors.insert("resolution".to_owned(), json!("Resolution is required."));
    }
    let changes = changes.checked(state, ask)?;
    state.change(id, ask.actor(), changes.sets, Some(step));
    for comment in changes.comments {
        state.add_comment(id, ask.actor(), comment, BTreeMap::new());
    }
    Ok(Reply::empty(204))
}
