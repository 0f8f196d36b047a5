//! Issues: make, get, change, delete. <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use super::properties::given;
use crate::sandbox::jira::acts::NewIssue;
use crate::sandbox::jira::data::{Issue, TYPES, type_of};
use crate::sandbox::jira::fields::{FieldDef, read_person};
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;

/// The project of a new issue.
fn home(state: &State, ask: &Ask<'_>, fields: &Value) -> Result<u64, Reply> {
    let project = &fields["project"];
    let name = project["key"].as_str().or_else(|| project["id"].as_str());
    let found = name.and_then(|name| state.world.find_project(name, ask.actor()));
    let words = match (state.setup.edition, name) {
        (Edition::Cloud, None) => "Specify a valid project ID or key",
        (Edition::Cloud, Some(_)) => "valid project is required",
        (Edition::DataCenter, _) => "project is required",
    };
    found.map(|project| project.id).ok_or_else(|| Reply::field("project", words))
}

fn kind(fields: &Value) -> Result<u64, Reply> {
    let kind = &fields["issuetype"];
    let wanted = kind["id"].as_str().or_else(|| kind["name"].as_str());
    let wanted = wanted.ok_or_else(|| Reply::field("issuetype", "Specify an issue type"))?;
    let by_id = kind["id"].is_string();
    let found = TYPES.iter().find(|known| if by_id { known.id.to_string() == wanted } else { known.name == wanted });
    found.map(|kind| kind.id).ok_or_else(|| Reply::field("issuetype", "Specify a valid issue type"))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let mut body = ask.object(&["fields", "update", "properties", "historyMetadata", "transition"])?;
    let home = home(state, ask, &body["fields"])?;
    let kind = type_of(kind(&body["fields"])?);
    if let Some(fields) = body["fields"].as_object_mut() {
        fields.remove("project");
        fields.remove("issuetype");
    }
    let properties = given(&body["properties"])?;
    let project = state.world.project(home).ok_or_else(|| Reply::field("project", "valid project is required"))?;
    let mut changes = ask.changes(state, project, &body, |field| field.on_create(project, kind), |_| Value::Null);
    let mut values: BTreeMap<String, Value> = changes.sets.drain(..).filter(|(_, value)| !value.is_null()).collect();
    for field in state.world.fields.iter().filter(|field| field.on_create(project, kind)) {
        if let Some(default) = &field.default {
            values.entry(field.id.clone()).or_insert_with(|| default.clone());
        }
        let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        let there = values.get(&field.id).is_some_and(|value| !empty(value));
        if field.required_for(kind) && !there && !changes.errors.contains_key(&field.id) {
            let (name, words) = match field.id.as_str() {
                "project" | "issuetype" | "reporter" => continue,
                "summary" => ("summary", "You must specify a summary of the issue.".to_owned()),
                "parent" => {
                    ("issuetype", "Issue type is a sub-task but parent issue key or id not specified.".to_owned())
                }
                id => (id, format!("{} is required.", field.name)),
            };
            changes.errors.insert(name.to_owned(), json!(words));
        }
    }
    if let Some(parent) = values.get("parent").and_then(Value::as_u64).and_then(|id| state.world.issues.get(&id))
        && parent.project != home
    {
        changes.errors.insert("parent".to_owned(), json!("Given parent issue does not belong to the same project."));
    }
    let changes = changes.checked(state, ask)?;
    values.entry("reporter".to_owned()).or_insert_with(|| json!(ask.actor()));
    let id = state.create_issue(ask.actor(), NewIssue { project: home, kind: kind.id, values, properties });
    for comment in changes.comments {
        state.add_comment(id, ask.actor(), comment, BTreeMap::new());
    }
    let key = state.world.issues.get(&id).map(|issue| issue.key.clone());
    Ok(Reply::created(
        json!({ "id": id.to_string(), "key": key, "self": ask.sight(state).api(&format!("issue/{id}")) }),
    ))
}

pub(super) fn shown(state: &State, ask: &Ask<'_>, issue: &Issue) -> Value {
    let names = ask.query.list("fields");
    let sight = ask.sight(state);
    let mut shown = sight.issue(issue, &names);
    sight.expand(issue, &names, &ask.query.list("expand"), &mut shown);
    let wanted = ask.query.list("properties");
    if !wanted.is_empty() {
        let all = wanted.iter().any(|name| name == "*all");
        let mine = issue.properties.iter().filter(|(key, _)| all || wanted.contains(key));
        shown["properties"] =
            mine.map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into();
    }
    shown
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    Ok(Reply::ok(shown(state, ask, issue)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["fields", "update", "properties", "historyMetadata", "transition"])?;
    let (issue, project) = ask.issue(state)?;
    let kind = type_of(issue.kind);
    let screen = |field: &FieldDef| field.on_edit(project, kind);
    let now = |name: &str| issue.value(name).clone();
    let id = issue.id;
    let properties = given(&body["properties"])?;
    let changes = ask.changes(state, project, &body, screen, now);
    let mut changes = changes;
    for (name, value) in &changes.sets {
        let field = state.world.field(name);
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if let Some(field) = field.filter(|field| field.required_for(kind) && empty) {
            changes.errors.insert(name.clone(), json!(format!("{} is required.", field.name)));
        }
    }
    let changes = changes.checked(state, ask)?;
    let sets = changes.sets.into_iter().map(|(name, value)| sprint_history(state, id, name, value)).collect();
    state.change(id, ask.actor(), sets, None);
    for comment in changes.comments {
        state.add_comment(id, ask.actor(), comment, BTreeMap::new());
    }
    if let Some(issue) = state.world.issues.get_mut(&id) {
        issue.properties.extend(properties);
    }
    if ask.query.get("returnIssue") == Some("true") {
        let (issue, _) = ask.issue(state)?;
        return Ok(Reply::ok(shown(state, ask, issue)));
    }
    Ok(Reply::empty(204))
}

/// Setting the sprint keeps the closed ones that the issue was in.
pub(super) fn sprint_history(state: &State, issue: u64, name: String, value: Value) -> (String, Value) {
    let field = state.world.field(&name).filter(|field| field.is_sprint());
    let (Some(_), Some(issue)) = (field, state.world.issues.get(&issue)) else { return (name, value) };
    let closed = |id: &u64| state.world.sprints.get(id).is_some_and(|sprint| sprint.state == "closed");
    let mut sprints: Vec<u64> = state.world.sprints_of(issue).into_iter().filter(closed).collect();
    sprints.extend(value.as_array().into_iter().flatten().filter_map(Value::as_u64));
    (name, json!(sprints))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    let id = issue.id;
    let parent = state.world.issues.values().any(|child| type_of(child.kind).subtask && *child.value("parent") == id);
    if parent && ask.query.get("deleteSubtasks") != Some("true") {
        let words = format!(
            "The issue '{}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.",
            issue.key
        );
        return Err(Reply::error(400, &words));
    }
    state.delete_issue(id, ask.actor());
    Ok(Reply::empty(204))
}

pub(super) fn assign(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["accountId", "name", "key"])?;
    let (issue, project) = ask.issue(state)?;
    let id = issue.id;
    let field = state.world.field("assignee").ok_or_else(Reply::no_issue)?;
    let account = read_person(&state.world, field, project, &body).map_err(|why| Reply::field("assignee", &why))?;
    state.change(id, ask.actor(), vec![("assignee".to_owned(), account)], None);
    Ok(Reply::empty(204))
}

pub(super) fn edit_meta(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, project) = ask.issue(state)?;
    Ok(Reply::ok(json!({ "fields": ask.sight(state).edit_meta(issue, project) })))
}

pub(super) fn changelog(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    let sight = ask.sight(state);
    let entries = issue.history.iter().map(|entry| sight.history(entry)).collect();
    let mut page = ask.page("values", entries, 100, 100);
    page["self"] = json!(sight.api(&format!("issue/{}/changelog", issue.key)));
    Ok(Reply::ok(page))
}
