//! Workflows, their runs and jobs. <https://docs.github.com/en/rest/actions>

use serde_json::{Value, json};

use super::{Ask, RUNS, Route, read, write};
use crate::sandbox::github::data::{Job, Run, Workflow};
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::{Conclusion, Role};
use crate::sandbox::github::state::State;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    let ["actions", rest @ ..] = path else { return None };
    Some(match (method, rest) {
        ("GET", ["runs"]) => read(list, RUNS, "actions/workflow-runs#list-workflow-runs-for-a-repository"),
        ("GET", ["runs", _]) => read(get, RUNS, "actions/workflow-runs#get-a-workflow-run"),
        ("POST", ["runs", _, "rerun"]) => write(Role::Write, rerun, RUNS, "actions/workflow-runs#re-run-a-workflow"),
        ("POST", ["runs", _, "rerun-failed-jobs"]) => {
            write(Role::Write, rerun_failed, RUNS, "actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run")
        }
        ("POST", ["runs", _, "cancel"]) => {
            write(Role::Write, cancel, RUNS, "actions/workflow-runs#cancel-a-workflow-run")
        }
        ("GET", ["runs", _, "jobs"]) => read(jobs, RUNS, "actions/workflow-jobs#list-jobs-for-a-workflow-run"),
        ("GET", ["jobs", _]) => read(job, RUNS, "actions/workflow-jobs#get-a-job-for-a-workflow-run"),
        ("GET", ["jobs", _, "logs"]) => read(logs, RUNS, "actions/workflow-jobs#download-job-logs-for-a-workflow-run"),
        ("GET", ["workflows"]) => read(workflows, RUNS, "actions/workflows#list-repository-workflows"),
        ("GET", ["workflows", _]) => read(workflow, RUNS, "actions/workflows#get-a-workflow"),
        ("GET", ["workflows", _, "runs"]) => {
            read(of_workflow, RUNS, "actions/workflow-runs#list-workflow-runs-for-a-workflow")
        }
        _ => return None,
    })
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    shown(state, ask, |_| true)
}

fn of_workflow(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = find_workflow(state, ask)?.id;
    shown(state, ask, |run| run.workflow == id)
}

fn shown(state: &State, ask: &Ask<'_>, wanted: impl Fn(&Run) -> bool) -> Answer {
    let query = ask.query;
    let fits = |run: &&Run| {
        let ended = run.conclusion.map(Conclusion::as_str);
        wanted(run)
            && query.get("branch").is_none_or(|branch| run.branch == branch)
            && query.get("actor").is_none_or(|login| run.actor.eq_ignore_ascii_case(login))
            && query.get("event").is_none_or(|event| event == run.event)
            && query.get("head_sha").is_none_or(|sha| run.sha == sha)
            && query.get("status").is_none_or(|status| run.status == status || ended == Some(status))
            && query.get("created").is_none_or(|range| within(run.created_at, range))
    };
    let sight = ask.sight(state);
    let found = state.world.repos[ask.repo].runs.iter().rev().filter(fits);
    Ok(ask.counted_page("workflow_runs", found.map(|run| sight.run(ask.repo, run)).collect()))
}

/// GitHub's search syntax for times: `>=2026-01-01`, `<…`, `a..b`, or a day.
fn within(at: jiff::Timestamp, range: &str) -> bool {
    let text = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let cut = |bound: &str| text.chars().take(bound.len()).collect::<String>();
    if let Some((from, to)) = range.split_once("..") {
        return (from == "*" || cut(from).as_str() >= from) && (to == "*" || cut(to).as_str() <= to);
    }
    match (range.strip_prefix(">="), range.strip_prefix("<="), range.strip_prefix('>'), range.strip_prefix('<')) {
        (Some(bound), ..) => cut(bound).as_str() >= bound,
        (_, Some(bound), ..) => cut(bound).as_str() <= bound,
        (_, _, Some(bound), _) => cut(bound).as_str() > bound,
        (.., Some(bound)) => cut(bound).as_str() < bound,
        _ => cut(range) == range,
    }
}

pub(super) fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Run, Reply> {
    let id = ask.number(5)?;
    state.run(ask.repo, id).ok_or_else(|| ask.missing())
}

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).run(ask.repo, run)))
}

fn rerun(state: &mut State, ask: &Ask<'_>) -> Answer {
    again(state, ask, false)
}

fn rerun_failed(state: &mut State, ask: &Ask<'_>) -> Answer {
    if find(state, ask)?.conclusion == Some(Conclusion::Success) {
        return Err(ask.problem(403, "This workflow run cannot be retried"));
    }
    again(state, ask, true)
}

fn again(state: &mut State, ask: &Ask<'_>, failed_only: bool) -> Answer {
    let run = find(state, ask)?;
    let id = run.id;
    if run.conclusion.is_none() {
        return Err(ask.problem(403, "This workflow is already running"));
    }
    state.rerun(ask.repo, id, ask.actor(), failed_only);
    Ok(Reply::json(201, json!({})))
}

fn cancel(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    let id = run.id;
    if run.conclusion.is_some() {
        return Err(ask.problem(409, "Cannot cancel a workflow run that is completed."));
    }
    state.cancel_run(ask.repo, id);
    Ok(Reply::json(202, json!({})))
}

fn jobs(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.counted_page("jobs", run.jobs.iter().map(|job| sight.workflow_job(ask.repo, run, job)).collect()))
}

fn find_job<'s>(state: &'s State, ask: &Ask<'_>) -> Result<(&'s Run, &'s Job), Reply> {
    let id = ask.number(5)?;
    let all = state.world.repos[ask.repo].runs.iter().flat_map(|run| run.jobs.iter().map(move |job| (run, job)));
    all.into_iter().find(|(_, job)| job.id == id).ok_or_else(|| ask.missing())
}

fn job(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (run, job) = find_job(state, ask)?;
    Ok(Reply::ok(ask.sight(state).workflow_job(ask.repo, run, job)))
}

/// The log lies elsewhere, at an address that is good for a minute and asks for no token.
fn logs(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, job) = find_job(state, ask)?;
    if job.conclusion.is_none() {
        return Err(ask.missing());
    }
    let place = format!("{}/_logs/{}", state.links.api, job.id);
    Ok(Reply::empty(302).header("location", place))
}

/// What a job wrote.
pub(super) fn log(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(1)?;
    let runs = state.world.repos.iter().flat_map(|repo| &repo.runs);
    let found = runs.flat_map(|run| &run.jobs).find(|job| job.id == id).ok_or_else(|| ask.missing())?;
    let end = found.completed_at.ok_or_else(|| ask.missing())?.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string();
    let lines = found.steps.iter().map(|step| format!("{end} ##[group]{step}\n{end} ##[endgroup]\n"));
    let last = match found.conclusion {
        Some(Conclusion::Failure) => format!("{end} ##[error]Process completed with exit code 1.\n"),
        _ => format!("{end} Cleaning up orphan processes\n"),
    };
    Ok(Reply::plain(lines.chain([last]).collect()))
}

fn workflows(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].workflows.iter();
    Ok(ask.counted_page("workflows", all.map(|workflow| sight.workflow(ask.repo, workflow)).collect()))
}

/// The workflow that the path names by its number or its file.
pub(super) fn find_workflow<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Workflow, Reply> {
    let name = ask.segment(5);
    let is = |workflow: &&Workflow| {
        workflow.id.to_string() == name || workflow.path.strip_prefix(".github/workflows/") == Some(name)
    };
    state.world.repos[ask.repo].workflows.iter().find(is).ok_or_else(|| ask.missing())
}

fn workflow(state: &mut State, ask: &Ask<'_>) -> Answer {
    let found = find_workflow(state, ask)?;
    let shown: Value = ask.sight(state).workflow(ask.repo, found);
    Ok(Reply::ok(shown))
}
