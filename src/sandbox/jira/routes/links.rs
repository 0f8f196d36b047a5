//! Links between issues, and from issues to elsewhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::data::{LINK_TYPES, Link, Remote};
use crate::sandbox::jira::fields::is_id;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

pub(super) fn types(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let types: Vec<Value> = LINK_TYPES.iter().map(|(id, ..)| sight.link_type(*id)).collect();
    Ok(Reply::ok(json!({ "issueLinkTypes": types })))
}

/// `inwardIssue` does it to `outwardIssue`: of *Blocks*, the inward one blocks the outward one.
pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["type", "inwardIssue", "outwardIssue", "comment"])?;
    let (name, id) = (&body["type"]["name"], &body["type"]["id"]);
    let same = |(known, called, outward, inward): &&(u64, &str, &str, &str)| {
        is_id(id, *known) || [called, outward, inward].iter().any(|word| name == **word)
    };
    let kind = LINK_TYPES.iter().find(same).map(|(id, ..)| *id).ok_or_else(|| {
        Reply::error(404, &format!("No issue link type with name '{}' found.", name.as_str().unwrap_or_default()))
    })?;
    let end = |side: &str| {
        let named = body[side]["key"].as_str().or_else(|| body[side]["id"].as_str());
        ask.issue_named(state, named.unwrap_or_default())
    };
    let (from, to) = (end("inwardIssue")?, end("outwardIssue")?);
    if from == to {
        return Err(Reply::error(400, "You cannot link an issue to itself."));
    }
    if !body["comment"].is_null() {
        let mut notes = Vec::new();
        let text = ask.body_text(&body["comment"]["body"], &mut notes).map_err(|why| Reply::error(400, &why))?;
        state.add_comment(from, ask.actor(), text, BTreeMap::new());
    }
    state.link_issues(kind, from, to);
    Ok(Reply::empty(201))
}

fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Link, Reply> {
    let wanted = ask.segment(1);
    let sees = |id| state.world.issues.get(&id).is_some_and(|issue| state.world.sees(issue, ask.actor()));
    let found =
        state.world.links.values().find(|link| link.id.to_string() == wanted && sees(link.from) && sees(link.to));
    found.ok_or_else(|| Reply::error(404, &format!("No issue link with id '{wanted}' exists.")))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let link = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).full_link(link)))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = find(state, ask)?.id;
    state.unlink(id);
    Ok(Reply::empty(204))
}

pub(super) fn remote_list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    let sight = ask.sight(state);
    let Some(global) = ask.query.get("globalId") else {
        return Ok(Reply::ok(issue.remote.iter().map(|remote| sight.remote(issue, remote)).collect()));
    };
    let found = issue.remote.iter().find(|remote| remote.global_id.as_deref() == Some(global));
    let words = format!("No remote issue link found with global id '{global}'.");
    let found = found.ok_or_else(|| Reply::error(404, &words))?;
    Ok(Reply::ok(sight.remote(issue, found)))
}

/// Makes a remote link, or replaces the one with the same global id.
pub(super) fn remote_put(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["globalId", "application", "relationship", "object"])?;
    let issue = ask.issue_id(state)?;
    for name in ["url", "title"] {
        if body["object"][name].as_str().is_none_or(str::is_empty) {
            return Err(Reply::field(name, &format!("'{name}' is required.")));
        }
    }
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let global_id = text("globalId");
    if global_id.as_ref().is_some_and(|id| id.chars().count() > 255) {
        return Err(Reply::field("globalId", "'globalId' must be 255 characters or fewer."));
    }
    let new = state.world.id();
    let root = ask.sight(state).api("");
    let known = state.world.issues.get_mut(&issue).ok_or_else(Reply::no_issue)?;
    let at = known.remote.iter().position(|remote| global_id.is_some() && remote.global_id == global_id);
    let id = at.and_then(|at| known.remote.get(at)).map_or(new, |remote| remote.id);
    let (application, object) = (body["application"].clone(), body["object"].clone());
    let remote = Remote { id, global_id, application, relationship: text("relationship"), object };
    match at {
        Some(at) => known.remote[at] = remote,
        None => known.remote.push(remote),
    }
    let link = format!("{root}issue/{}/remotelink/{id}", known.key);
    Ok(Reply::json(if at.is_some() { 200 } else { 201 }, json!({ "id": id, "self": link })))
}

fn remove(state: &mut State, ask: &Ask<'_>, gone: impl Fn(&Remote) -> bool) -> Answer {
    let issue = ask.issue_id(state)?;
    let known = state.world.issues.get_mut(&issue).ok_or_else(Reply::no_issue)?;
    let before = known.remote.len();
    known.remote.retain(|remote| !gone(remote));
    if known.remote.len() == before {
        return Err(Reply::error(404, "The remote issue link does not exist."));
    }
    Ok(Reply::empty(204))
}

pub(super) fn remote_delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let wanted = ask.segment(3);
    remove(state, ask, |remote| remote.id.to_string() == wanted)
}

pub(super) fn remote_delete_global(state: &mut State, ask: &Ask<'_>) -> Answer {
    let Some(wanted) = ask.query.get("globalId") else {
        return Err(Reply::error(400, "The 'globalId' query parameter is required."));
    };
    remove(state, ask, |remote| remote.global_id.as_deref() == Some(wanted))
}
