//! Comments on issues and pull requests. <https://docs.github.com/en/rest/issues/comments>

use super::Ask;
use super::issues::MOST_TEXT;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::Comment;
use crate::sandbox::github::reply::{Answer, Reply, wrong_because};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.issue(state)?.number;
    shown(state, ask, |comment| comment.issue == number)
}

pub(super) fn list_all(state: &mut State, ask: &Ask<'_>) -> Answer {
    shown(state, ask, |_| true)
}

fn shown(state: &State, ask: &Ask<'_>, wanted: impl Fn(&Comment) -> bool) -> Answer {
    let since = ask.since()?;
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].comments.values();
    let recent = |comment: &&Comment| wanted(comment) && since.is_none_or(|since| comment.updated_at >= since);
    Ok(ask.page(all.filter(recent).map(|comment| sight.comment(ask.repo, comment)).collect()))
}

fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Comment, Reply> {
    let id = ask.number(5)?;
    state.world.repos[ask.repo].comments.get(&id).ok_or_else(|| ask.missing())
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let comment = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).comment(ask.repo, comment)))
}

/// The text of a comment, neither blank nor too long.
fn text(ask: &Ask<'_>) -> Result<String, Reply> {
    let body = Body::read(ask.body, ask.doc)?;
    let text = body.text("body")?.ok_or_else(|| body.missing("body"))?;
    let refuse = |why| Err(Reply::invalid(ask.doc, &[wrong_because("IssueComment", "data", "unprocessable", why)]));
    match text.chars().count() {
        _ if text.trim().is_empty() => refuse("Body cannot be blank"),
        length if length > MOST_TEXT => refuse("Body is too long (maximum is 65536 characters)"),
        _ => Ok(text),
    }
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let issue = ask.issue(state)?;
    let (number, locked) = (issue.number, issue.locked);
    let text = text(ask)?;
    if locked && !ask.may(Role::Write) {
        return Err(ask.problem(403, "Unable to create comment because issue is locked."));
    }
    let id = state.add_comment(ask.repo, number, ask.actor(), text).ok_or_else(|| ask.missing())?;
    let comment = state.world.repos[ask.repo].comments.get(&id).ok_or_else(|| ask.missing())?;
    Ok(Reply::created(ask.sight(state).comment(ask.repo, comment)))
}

/// The comment, if the caller wrote it or may write to the repository.
fn own(state: &State, ask: &Ask<'_>) -> Result<u64, Reply> {
    let comment = find(state, ask)?;
    if comment.author == ask.actor() || ask.may(Role::Write) { Ok(comment.id) } else { Err(ask.admin_only()) }
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = own(state, ask)?;
    state.edit_comment(ask.repo, id, ask.actor(), text(ask)?);
    get(state, ask)
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = own(state, ask)?;
    state.delete_comment(ask.repo, id, ask.actor());
    Ok(Reply::empty(204))
}
