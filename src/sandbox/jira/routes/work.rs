//! Watchers and work logs.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::fields::read_moment;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;

pub(super) fn watchers(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    let sight = ask.sight(state);
    let people: Vec<Value> = issue.watchers.iter().map(|account| sight.user(account)).collect();
    Ok(Reply::ok(json!({
        "self": sight.api(&format!("issue/{}/watchers", issue.key)),
        "isWatching": issue.watchers.iter().any(|account| account == ask.actor()),
        "watchCount": people.len(),
        "watchers": people,
    })))
}

fn account(state: &State, named: &str) -> Result<String, Reply> {
    let same = |person: &&crate::sandbox::jira::JiraPerson| match state.setup.edition {
        Edition::Cloud => person.account == named,
        Edition::DataCenter => person.name == named,
    };
    let found = state.world.people.iter().find(same).map(|person| person.account.clone());
    found.ok_or_else(|| Reply::error(404, &format!("The user \"{named}\" does not exist.")))
}

/// Without a body the caller watches; else who the body, a JSON text, names.
pub(super) fn watch(state: &mut State, ask: &Ask<'_>) -> Answer {
    let issue = ask.issue_id(state)?;
    let who = if ask.body.is_empty() {
        ask.actor().to_owned()
    } else {
        let named: String = serde_json::from_slice(ask.body).map_err(|_| {
            Reply::error(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        })?;
        account(state, &named)?
    };
    let known = state.world.issues.get_mut(&issue).ok_or_else(Reply::no_issue)?;
    if !known.watchers.contains(&who) {
        known.watchers.push(who);
    }
    Ok(Reply::empty(204))
}

pub(super) fn unwatch(state: &mut State, ask: &Ask<'_>) -> Answer {
    let issue = ask.issue_id(state)?;
    let name = if state.setup.edition == Edition::Cloud { "accountId" } else { "username" };
    let named = ask.query.get(name);
    let named = named.ok_or_else(|| Reply::error(400, &format!("The '{name}' query parameter is required.")))?;
    let who = account(state, named)?;
    if let Some(issue) = state.world.issues.get_mut(&issue) {
        issue.watchers.retain(|watcher| *watcher != who);
    }
    Ok(Reply::empty(204))
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    Ok(Reply::ok(ask.sight(state).worklog_page(issue)))
}

/// Seconds in `1w 2d 3h 4m`, with five days to a week and eight hours to a day.
fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    for part in text.split_whitespace() {
        let (count, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let minutes = match unit {
            "w" => 2400,
            "d" => 480,
            "h" => 60,
            "m" => 1,
            _ => return None,
        };
        total = total.checked_add(count.parse::<u64>().ok()?.checked_mul(minutes)?)?;
    }
    (total > 0).then_some(total * 60)
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(&["comment", "started", "timeSpent", "timeSpentSeconds", "visibility", "properties"])?;
    let issue = ask.issue_id(state)?;
    let spent = body["timeSpentSeconds"].as_u64().filter(|seconds| *seconds > 0);
    let spent = spent.or_else(|| seconds(body["timeSpent"].as_str()?));
    let spent = spent.ok_or_else(|| Reply::field("timeLogged", "Invalid time duration entered"))?;
    let mut notes = Vec::new();
    let comment = match &body["comment"] {
        Value::Null => Ok(Value::Null),
        text => ask.body_text(text, &mut notes),
    };
    for note in notes {
        state.violation(ask.request.clone(), format!("no ADF: {note}"));
    }
    let comment = comment.map_err(|why| Reply::field("comment", &why))?;
    let started = match &body["started"] {
        Value::Null => None,
        text => Some(read_moment(text).map_err(|why| Reply::field("started", &why))?),
    };
    let id = state.log_work(issue, ask.actor(), spent, comment, started);
    let known = state.world.issues.get(&issue).ok_or_else(Reply::no_issue)?;
    let log = known.worklogs.iter().find(|log| log.id == id).ok_or_else(Reply::no_issue)?;
    Ok(Reply::created(ask.sight(state).worklog(known, log)))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let issue = ask.issue_id(state)?;
    let wanted = ask.segment(3);
    let done = wanted.parse().is_ok_and(|id| state.delete_work(issue, id));
    if done {
        Ok(Reply::empty(204))
    } else {
        Err(Reply::error(404, &format!("Cannot find worklog with id: '{wanted}'.")))
    }
}
