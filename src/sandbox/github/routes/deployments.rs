//! Deployments, environments, and runs that wait for a reviewer. <https://docs.github.com/en/rest/deployments>

use serde_json::{Value, json};

use super::actions::find;
use super::{Ask, RUNS, Route, read, write};
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::Deployment;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

const DEPLOYMENTS: &[&str] = &["deployments"];

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["actions", "runs", _, "pending_deployments"]) => {
            read(pending, RUNS, "actions/workflow-runs#get-pending-deployments-for-a-workflow-run")
        }
        ("POST", ["actions", "runs", _, "pending_deployments"]) => write(
            Role::Read,
            decide,
            DEPLOYMENTS,
            "actions/workflow-runs#review-pending-deployments-for-a-workflow-run",
        ),
        ("GET", ["actions", "runs", _, "approvals"]) => {
            read(approvals, RUNS, "actions/workflow-runs#get-the-review-history-for-a-workflow-run")
        }
        ("GET", ["deployments"]) => read(list, DEPLOYMENTS, "deployments/deployments#list-deployments"),
        ("POST", ["deployments"]) => {
            write(Role::Write, create, DEPLOYMENTS, "deployments/deployments#create-a-deployment")
        }
        ("GET", ["deployments", _]) => read(get, DEPLOYMENTS, "deployments/deployments#get-a-deployment"),
        ("GET", ["deployments", _, "statuses"]) => {
            read(statuses, DEPLOYMENTS, "deployments/statuses#list-deployment-statuses")
        }
        ("POST", ["deployments", _, "statuses"]) => {
            write(Role::Write, set_status, DEPLOYMENTS, "deployments/statuses#create-a-deployment-status")
        }
        ("GET", ["environments"]) => read(environments, RUNS, "deployments/environments#list-environments"),
        ("GET", ["environments", _]) => read(environment, RUNS, "deployments/environments#get-an-environment"),
        _ => return None,
    })
}

fn pending(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    Ok(Reply::ok(Value::Array(ask.sight(state).pending(ask.repo, run, ask.login()))))
}

fn decide(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    let id = run.id;
    let body = Body::read(ask.body, ask.doc)?;
    let wanted = body.numbers("environment_ids")?.ok_or_else(|| body.missing("environment_ids"))?;
    let approve = match body.choice("state", &["approved", "rejected"])? {
        Field::Set(word) => word == "approved",
        Field::Absent | Field::Null => return Err(body.missing("state")),
    };
    let comment = body.text("comment")?.ok_or_else(|| body.missing("comment"))?;
    let home = &state.world.repos[ask.repo];
    let waits =
        run.wait.as_ref().and_then(|wait| home.environments.iter().find(|known| known.name == wait.environment));
    let Some(guard) = waits.filter(|guard| !wanted.is_empty() && wanted.iter().all(|id| *id == guard.id)) else {
        return Err(ask.problem(422, "No pending deployment requests to approve or reject"));
    };
    if !guard.reviewers.iter().any(|login| login.eq_ignore_ascii_case(ask.actor())) {
        return Err(ask.problem(403, &format!("{} is not a required reviewer of {}.", ask.actor(), guard.name)));
    }
    let deployment = state.decide(ask.repo, id, ask.actor(), approve, &comment).ok_or_else(|| ask.missing())?;
    let all = state.world.repos[ask.repo].deployments.iter().filter(|found| found.id == deployment);
    let sight = ask.sight(state);
    Ok(Reply::ok(Value::Array(all.map(|found| sight.deployment(ask.repo, found)).collect())))
}

fn approvals(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    let sight = ask.sight(state);
    let all = run.approvals.iter().map(|(word, login, comment, environment)| {
        let found = state.world.repos[ask.repo].environments.iter().find(|known| known.name == *environment);
        let found: Vec<Value> = found.iter().map(|found| sight.full_environment(ask.repo, found)).collect();
        json!({ "environments": found, "state": word, "user": sight.user(login), "comment": comment })
    });
    Ok(Reply::ok(Value::Array(all.collect())))
}

fn one<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Deployment, Reply> {
    let id = ask.number(4)?;
    state.world.repos[ask.repo].deployments.iter().find(|found| found.id == id).ok_or_else(|| ask.missing())
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let fits = |found: &&Deployment| {
        let is = |name: &str, value: &str| ask.query.get(name).is_none_or(|wanted| wanted == value);
        is("sha", &found.sha)
            && is("ref", &found.reference)
            && is("task", &found.task)
            && is("environment", &found.environment)
    };
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].deployments.iter().rev().filter(fits);
    Ok(ask.page(all.map(|found| sight.deployment(ask.repo, found)).collect()))
}

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let found = one(state, ask)?;
    Ok(Reply::ok(ask.sight(state).deployment(ask.repo, found)))
}

fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = Body::read(ask.body, ask.doc)?;
    let reference = body.text("ref")?.ok_or_else(|| body.missing("ref"))?;
    let environment = body.text("environment")?.unwrap_or_else(|| "production".to_owned());
    let description = body.nullable_text("description")?.set();
    let contexts = body.texts("required_contexts")?;
    let home = &state.world.repos[ask.repo];
    let commit = home.resolve(&reference).ok_or_else(|| ask.problem(422, &format!("No ref found for: {reference}")))?;
    let bad = home.statuses.iter().filter(|status| status.sha == commit.sha && status.state != "success");
    let bad = bad.filter(|status| contexts.as_ref().is_none_or(|named| named.contains(&status.context))).count();
    if bad > 0 {
        return Err(ask.problem(409, &format!("Conflict: Commit status checks failed for {reference}.")));
    }
    let sha = commit.sha.clone();
    let id = state.add_deployment(ask.repo, ask.actor(), &sha, &reference, &environment, description, None);
    let found = state.world.repos[ask.repo].deployments.iter().find(|found| found.id == id);
    Ok(Reply::created(ask.sight(state).deployment(ask.repo, found.ok_or_else(|| ask.missing())?)))
}

fn statuses(state: &mut State, ask: &Ask<'_>) -> Answer {
    let found = one(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.page(found.statuses.iter().rev().map(|status| sight.deployment_status(ask.repo, found, status)).collect()))
}

fn set_status(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = one(state, ask)?.id;
    let body = Body::read(ask.body, ask.doc)?;
    let known = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
    let new = match body.choice("state", &known)? {
        Field::Set(word) => word,
        Field::Absent | Field::Null => return Err(body.missing("state")),
    };
    let description = body.text("description")?.unwrap_or_default();
    state.set_deployment(ask.repo, id, ask.actor(), new, &description).ok_or_else(|| ask.missing())?;
    let found = one(state, ask)?;
    let status = found.statuses.last().ok_or_else(|| ask.missing())?;
    Ok(Reply::created(ask.sight(state).deployment_status(ask.repo, found, status)))
}

fn environments(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].environments.iter();
    Ok(ask.counted_page("environments", all.map(|found| sight.full_environment(ask.repo, found)).collect()))
}

fn environment(state: &mut State, ask: &Ask<'_>) -> Answer {
    let all = state.world.repos[ask.repo].environments.iter();
    let found = all.into_iter().find(|known| known.name == ask.segment(4)).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).full_environment(ask.repo, found)))
}
