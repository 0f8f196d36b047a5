//! The server, the caller and other people. <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/>

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::json::stamp;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::setup::{Edition, JiraPerson};
use crate::sandbox::jira::state::State;

pub(super) fn server(state: &mut State, ask: &Ask<'_>) -> Answer {
    let cloud = state.setup.edition == Edition::Cloud;
    Ok(Reply::ok(json!({
        "baseUrl": if cloud { state.setup.web.as_str() } else { ask.root },
        "version": if cloud { "1001.0.0-SNAPSHOT" } else { "10.3.1" },
        "versionNumbers": if cloud { [1001, 0, 0] } else { [10, 3, 1] },
        "deploymentType": if cloud { "Cloud" } else { "Server" },
        "buildNumber": 100_291,
        "buildDate": stamp(state.now),
        "serverTime": stamp(state.now),
        "scmInfo": "sandbox",
        "serverTitle": "Jira",
    })))
}

pub(super) fn myself(state: &mut State, ask: &Ask<'_>) -> Answer {
    let mut user = ask.sight(state).user(ask.actor());
    user["locale"] = json!("en_US");
    user["groups"] = json!({ "size": 1, "items": [] });
    user["applicationRoles"] = json!({ "size": 1, "items": [] });
    user["expand"] = json!("groups,applicationRoles");
    Ok(Reply::ok(user))
}

pub(super) fn permissions(_state: &mut State, ask: &Ask<'_>) -> Answer {
    let wanted = ask.query.list("permissions");
    if wanted.is_empty() {
        return Err(Reply::error(400, "The 'permissions' query parameter is required."));
    }
    let one = |(at, key): (usize, String)| {
        let value = json!({
            "id": at.to_string(),
            "key": key,
            "name": key,
            "type": "PROJECT",
            "description": "",
            "havePermission": true,
        });
        (key, value)
    };
    let all: serde_json::Map<String, Value> = wanted.into_iter().enumerate().map(one).collect();
    Ok(Reply::ok(json!({ "permissions": all })))
}

pub(super) fn user(state: &mut State, ask: &Ask<'_>) -> Answer {
    let found = match state.setup.edition {
        Edition::Cloud => {
            let account = ask
                .query
                .get("accountId")
                .ok_or_else(|| Reply::error(400, "The query parameter 'accountId' must be provided."))?;
            state.world.person(account)
        }
        Edition::DataCenter => {
            let name = ask.query.get("username").or_else(|| ask.query.get("key")).unwrap_or_default();
            state.world.people.iter().find(|person| person.name == name)
        }
    };
    let person = found
        .ok_or_else(|| Reply::error(404, "Specified user does not exist or you do not have required permissions"))?;
    Ok(Reply::ok(ask.sight(state).person(person)))
}

/// Whether a person is found by a text: the beginning of a name's word, or of the e-mail address when it is shown.
fn found_by(person: &JiraPerson, text: &str) -> bool {
    let text = text.to_lowercase();
    let words = person.display.to_lowercase();
    let named = words.starts_with(&text) || words.split_whitespace().any(|word| word.starts_with(&text));
    named || (!person.email_hidden && person.email.to_lowercase().starts_with(&text))
}

/// The parameter that a search for people looks at in this edition.
fn wanted<'a>(state: &State, ask: &'a Ask<'_>) -> Option<&'a str> {
    match state.setup.edition {
        Edition::Cloud => ask.query.get("query"),
        Edition::DataCenter => ask.query.get("username").or_else(|| ask.query.get("query")),
    }
}

fn listed<'a>(state: &State, ask: &Ask<'_>, people: impl Iterator<Item = &'a JiraPerson>) -> Reply {
    let (start, size) = ask.query.window(50, 1000);
    let sight = ask.sight(state);
    Reply::ok(people.skip(start).take(size).map(|person| sight.person(person)).collect())
}

pub(super) fn search(state: &mut State, ask: &Ask<'_>) -> Answer {
    let by_id = ask.query.get("accountId").filter(|_| state.setup.edition == Edition::Cloud);
    if let Some(account) = by_id {
        return Ok(listed(state, ask, state.world.person(account).into_iter()));
    }
    let Some(text) = wanted(state, ask) else {
        return Err(Reply::error(400, "A 'query' or 'accountId' query parameter is required."));
    };
    let people = state.world.people.iter().filter(|person| person.active && found_by(person, text));
    let dc_name = |person: &&JiraPerson| state.setup.edition == Edition::DataCenter && person.name.starts_with(text);
    let by_name = state.world.people.iter().filter(dc_name).filter(|person| !found_by(person, text));
    Ok(listed(state, ask, people.chain(by_name)))
}

pub(super) fn assignable(state: &mut State, ask: &Ask<'_>) -> Answer {
    let home = match (ask.query.get("project"), ask.query.get("issueKey")) {
        (Some(key), _) => state.world.find_project(key, ask.actor()).map(|project| project.id),
        (None, Some(key)) => {
            let id = ask.issue_named(state, key)?;
            state.world.issues.get(&id).map(|issue| issue.project)
        }
        (None, None) => {
            return Err(Reply::error(400, "Either the 'project' or the 'issueKey' query parameter is required."));
        }
    };
    let home = home.and_then(|id| state.world.project(id));
    let home = home.ok_or_else(|| Reply::error(404, "No project could be found."))?;
    let text = wanted(state, ask).unwrap_or_default();
    let people = state.world.people.iter().filter(|person| {
        person.active && home.seen_by(&person.account) && (found_by(person, text) || person.name.starts_with(text))
    });
    Ok(listed(state, ask, people))
}
