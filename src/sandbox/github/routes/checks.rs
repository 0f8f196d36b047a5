//! Checks and statuses. <https://docs.github.com/en/rest/checks>, <https://docs.github.com/en/rest/commits/statuses>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::code::named;
use super::{Ask, Route, read, write};
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::{CheckRun, Status};
use crate::sandbox::github::reply::{Answer, Reply, wrong_because};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

const CHECKS: &[&str] = &["checks"];
const STATUSES: &[&str] = &["statuses"];

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["commits", _, "check-runs"]) => read(runs, CHECKS, "checks/runs#list-check-runs-for-a-git-reference"),
        ("GET", ["commits", _, "check-suites"]) => {
            read(suites, CHECKS, "checks/suites#list-check-suites-for-a-git-reference")
        }
        ("GET", ["check-runs", _]) => read(run, CHECKS, "checks/runs#get-a-check-run"),
        ("GET", ["commits", _, "status"]) => {
            read(combined, STATUSES, "commits/statuses#get-the-combined-status-for-a-specific-reference")
        }
        ("GET", ["commits", _, "statuses"]) => {
            read(statuses, STATUSES, "commits/statuses#list-commit-statuses-for-a-reference")
        }
        ("POST", ["statuses", _]) => {
            write(Role::Write, set_status, STATUSES, "commits/statuses#create-a-commit-status")
        }
        _ => return None,
    })
}

fn runs(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sha = named(state, ask)?.sha.clone();
    let sight = ask.sight(state);
    let query = ask.query;
    let mut found = sight.checks_at(ask.repo, &sha);
    found.retain(|run| {
        query.get("check_name").is_none_or(|name| run.name == name)
            && query.get("status").is_none_or(|status| run.status == status)
    });
    // Of each name only the last, unless all are asked for.
    if query.choice("filter", &["latest", "all"], "latest") == "latest" {
        let last: BTreeMap<String, CheckRun> = found.into_iter().map(|run| (run.name.clone(), run)).collect();
        found = last.into_values().collect();
    }
    Ok(ask.counted_page("check_runs", found.iter().map(|run| sight.check_run(ask.repo, run)).collect()))
}

fn suites(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sha = named(state, ask)?.sha.clone();
    Ok(ask.counted_page("check_suites", ask.sight(state).suites_at(ask.repo, &sha)))
}

fn run(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(4)?;
    let sight = ask.sight(state);
    let home = &state.world.repos[ask.repo];
    let all = home.commits.iter().flat_map(|commit| sight.checks_at(ask.repo, &commit.sha));
    let found = all.into_iter().find(|run| run.id == id).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(sight.check_run(ask.repo, &found)))
}

/// The statuses of a commit, newest first.
fn of<'s>(state: &'s State, ask: &Ask<'_>, sha: &str) -> Vec<&'s Status> {
    state.world.repos[ask.repo].statuses.iter().rev().filter(|status| status.sha == sha).collect()
}

fn combined(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sha = named(state, ask)?.sha.clone();
    let sight = ask.sight(state);
    let mut last: Vec<&Status> = Vec::new();
    for status in of(state, ask, &sha) {
        if last.iter().all(|known| known.context != status.context) {
            last.push(status);
        }
    }
    let any = |states: &[&str]| last.iter().any(|status| states.contains(&status.state));
    let overall = match () {
        () if any(&["failure", "error"]) => "failure",
        () if last.is_empty() || any(&["pending"]) => "pending",
        () => "success",
    };
    let total = last.len();
    let all: Vec<Value> = last.into_iter().map(|status| sight.status(ask.repo, status, false)).collect();
    let (shown, link) = ask.query.paged(&ask.url, all);
    let url = sight.commit_url(ask.repo, &sha);
    let body = json!({
        "state": overall,
        "statuses": shown,
        "sha": sha,
        "total_count": total,
        "repository": sight.repo_lite(ask.repo),
        "commit_url": url,
        "url": format!("{url}/status"),
    });
    Ok(super::linked(Reply::ok(body), link))
}

fn statuses(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sha = named(state, ask)?.sha.clone();
    let sight = ask.sight(state);
    Ok(ask.page(of(state, ask, &sha).into_iter().map(|status| sight.status(ask.repo, status, true)).collect()))
}

fn set_status(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sha = named(state, ask)?.sha.clone();
    let body = Body::read(ask.body, ask.doc)?;
    let new = match body.choice("state", &["error", "failure", "pending", "success"])? {
        Field::Set(state) => state,
        Field::Absent | Field::Null => return Err(body.missing("state")),
    };
    let description = body.nullable_text("description")?.set();
    if description.as_ref().is_some_and(|text| text.chars().count() > 140) {
        let why = "description is too long (maximum is 140 characters)";
        return Err(Reply::invalid(ask.doc, &[wrong_because("Status", "description", "custom", why)]));
    }
    let status = Status {
        id: 0,
        sha: sha.clone(),
        context: body.text("context")?.unwrap_or_else(|| "default".to_owned()),
        state: new,
        description,
        target_url: body.nullable_text("target_url")?.set(),
        creator: ask.actor().to_owned(),
        at: state.now,
    };
    let id = state.set_status(ask.repo, status);
    let found = of(state, ask, &sha).into_iter().find(|status| status.id == id).ok_or_else(|| ask.missing())?;
    Ok(Reply::created(ask.sight(state).status(ask.repo, found, true)))
}
