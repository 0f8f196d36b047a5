//! Workflow runs. <https://docs.github.com/en/rest/actions/workflow-runs>

use serde_json::json;

use super::Ask;
use crate::sandbox::github::data::Run;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::Conclusion;
use crate::sandbox::github::state::State;

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let query = ask.query;
    let fits = |run: &&Run| {
        let ended = run.conclusion.map(Conclusion::as_str);
        query.get("branch").is_none_or(|branch| run.branch == branch)
            && query.get("actor").is_none_or(|login| run.actor.eq_ignore_ascii_case(login))
            && query.get("event").is_none_or(|event| event == "push")
            && query.get("head_sha").is_none_or(|sha| run.sha == sha)
            && query.get("status").is_none_or(|status| run.status == status || ended == Some(status))
    };
    let sight = ask.sight(state);
    let found = state.world.repos[ask.repo].runs.iter().rev().filter(fits);
    Ok(ask.counted_page("workflow_runs", found.map(|run| sight.run(ask.repo, run)).collect()))
}

fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Run, Reply> {
    let id = ask.number(5)?;
    state.world.repos[ask.repo].runs.iter().find(|run| run.id == id).ok_or_else(|| ask.missing())
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).run(ask.repo, run)))
}

pub(super) fn rerun(state: &mut State, ask: &Ask<'_>) -> Answer {
    let run = find(state, ask)?;
    let id = run.id;
    if run.conclusion.is_none() {
        return Err(ask.problem(403, "This workflow is already running"));
    }
    state.rerun(ask.repo, id, ask.actor());
    Ok(Reply::json(201, json!({})))
}

pub(super) fn rerun_failed(state: &mut State, ask: &Ask<'_>) -> Answer {
    if find(state, ask)?.conclusion == Some(Conclusion::Success) {
        return Err(ask.problem(403, "This workflow run cannot be retried"));
    }
    rerun(state, ask)
}

pub(super) fn workflows(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].workflows.iter();
    Ok(ask.counted_page("workflows", all.map(|workflow| sight.workflow(ask.repo, workflow)).collect()))
}
