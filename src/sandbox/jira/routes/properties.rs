//! Entity properties of issues and comments: JSON that apps keep there and people do not see.
//! <https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::data::Comment;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

/// Most characters of a key.
const LONGEST_KEY: usize = 255;
/// Most characters of a value.
const LONGEST_VALUE: usize = 32_768;

/// `properties` of a body: a list of keys with values.
pub(super) fn given(value: &Value) -> Result<BTreeMap<String, Value>, Reply> {
    let mut all = BTreeMap::new();
    for one in value.as_array().into_iter().flatten() {
        let key = one["key"].as_str().filter(|key| !key.is_empty() && key.chars().count() <= LONGEST_KEY);
        let key =
            key.ok_or_else(|| Reply::error(400, "Property key is required and must be 255 characters or fewer."))?;
        all.insert(key.to_owned(), fitting(&one["value"])?.clone());
    }
    if !value.is_null() && !value.is_array() {
        return Err(Reply::error(400, "Invalid request payload. Refer to the REST API documentation and try again."));
    }
    Ok(all)
}

fn fitting(value: &Value) -> Result<&Value, Reply> {
    let long = value.to_string().chars().count() > LONGEST_VALUE;
    if long { Err(Reply::error(400, "Property value can't exceed 32768 characters.")) } else { Ok(value) }
}

/// Where the properties of the path are: of the issue, or of a comment.
fn of<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s BTreeMap<String, Value>, Reply> {
    if ask.segment(0) == "comment" {
        return comment(state, ask).map(|(_, comment)| &comment.properties);
    }
    ask.issue(state).map(|(issue, _)| &issue.properties)
}

fn comment<'s>(state: &'s State, ask: &Ask<'_>) -> Result<(u64, &'s Comment), Reply> {
    let wanted = ask.segment(1);
    let seen = state.world.issues.values().filter(|issue| state.world.sees(issue, ask.actor()));
    let mut comments = seen.flat_map(|issue| issue.comments.iter().map(move |comment| (issue.id, comment)));
    let found = comments.find(|(_, comment)| comment.id.to_string() == wanted);
    found.ok_or_else(|| Reply::error(404, &format!("Can not find a comment for the id: {wanted}.")))
}

fn of_mut<'s>(state: &'s mut State, ask: &Ask<'_>) -> Result<&'s mut BTreeMap<String, Value>, Reply> {
    if ask.segment(0) == "comment" {
        let (issue, id) = comment(state, ask).map(|(issue, comment)| (issue, comment.id))?;
        let issue = state.world.issues.get_mut(&issue).ok_or_else(Reply::no_issue)?;
        let comment = issue.comments.iter_mut().find(|comment| comment.id == id).ok_or_else(Reply::no_issue)?;
        return Ok(&mut comment.properties);
    }
    let id = ask.issue_id(state)?;
    state.world.issues.get_mut(&id).map(|issue| &mut issue.properties).ok_or_else(Reply::no_issue)
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let link = |key: &String| sight.api(&format!("{}/{}/properties/{key}", ask.segment(0), ask.segment(1)));
    let keys: Vec<Value> = of(state, ask)?.keys().map(|key| json!({ "self": link(key), "key": key })).collect();
    Ok(Reply::ok(json!({ "keys": keys })))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let key = ask.segment(3);
    let value = of(state, ask)?.get(key);
    let value = value.ok_or_else(|| Reply::error(404, &format!("The property with key '{key}' does not exist.")))?;
    Ok(Reply::ok(json!({ "key": key, "value": value })))
}

pub(super) fn put(state: &mut State, ask: &Ask<'_>) -> Answer {
    let key = ask.segment(3);
    let bad = || Reply::error(400, "The property value has to be valid, non-empty JSON.");
    let value: Value = serde_json::from_slice(ask.body).map_err(|_| bad())?;
    let value = fitting(&value)?.clone();
    if key.chars().count() > LONGEST_KEY {
        return Err(Reply::error(400, "Property key is required and must be 255 characters or fewer."));
    }
    let known = of_mut(state, ask)?.insert(key.to_owned(), value.clone()).is_some();
    tell(state, ask, "issue_property_set", &json!({ "key": key, "value": value }))?;
    Ok(Reply::empty(if known { 200 } else { 201 }))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let key = ask.segment(3);
    if of_mut(state, ask)?.remove(key).is_none() {
        return Err(Reply::error(404, &format!("The property with key '{key}' does not exist.")));
    }
    tell(state, ask, "issue_property_deleted", &json!({ "key": key }))?;
    Ok(Reply::empty(204))
}

fn tell(state: &mut State, ask: &Ask<'_>, event: &str, property: &Value) -> Result<(), Reply> {
    if ask.segment(0) == "issue" {
        let id = ask.issue_id(state)?;
        state.emit_issue(event, id, ask.actor(), json!({ "property": property }), false);
    }
    Ok(())
}
