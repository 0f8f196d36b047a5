//! Branches, commits and releases, as far as a chat daemon reads them.

use super::Ask;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::state::State;

pub(super) fn branches(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].branches.iter();
    Ok(ask.page(all.map(|(name, sha)| sight.branch(ask.repo, name, sha)).collect()))
}

pub(super) fn commits(state: &mut State, ask: &Ask<'_>) -> Answer {
    let repo = &state.world.repos[ask.repo];
    let from = ask.query.get("sha").unwrap_or(&repo.default_branch);
    let head = repo.branches.get(from).map_or(from, String::as_str);
    if repo.commit(head).is_none() {
        return Err(ask.missing());
    }
    let sight = ask.sight(state);
    Ok(ask.page(repo.history(head, None).into_iter().map(|commit| sight.commit(ask.repo, commit)).collect()))
}

pub(super) fn commit(state: &mut State, ask: &Ask<'_>) -> Answer {
    let repo = &state.world.repos[ask.repo];
    let named = ask.segment(4);
    let sha = repo.branches.get(named).map_or(named, String::as_str);
    let commit = repo.commits.iter().find(|commit| sha.len() >= 7 && commit.sha.starts_with(sha));
    let commit = commit.ok_or_else(|| ask.problem(422, &format!("No commit found for SHA: {named}")))?;
    Ok(Reply::ok(ask.sight(state).commit(ask.repo, commit)))
}

pub(super) fn releases(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].releases.iter().rev();
    Ok(ask.page(all.map(|release| sight.release(ask.repo, release)).collect()))
}

pub(super) fn latest_release(state: &mut State, ask: &Ask<'_>) -> Answer {
    let release = state.world.repos[ask.repo].releases.last().ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).release(ask.repo, release)))
}
