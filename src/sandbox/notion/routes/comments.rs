//! Comments: <https://developers.notion.com/reference/comment-object>. There is no way to open a thread on a part of a
//! text, nor to read threads that are resolved.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::acts::NewComment;
use crate::sandbox::notion::check::normal;
use crate::sandbox::notion::content::{ARCHIVED, file};
use crate::sandbox::notion::data::{Comment, Parent};
use crate::sandbox::notion::markdown::inline;
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::rich;
use crate::sandbox::notion::state::State;

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let given = ask.parameter("block_id");
    let Some(given) = given else {
        return Err(Reply::invalid(
            "query failed validation: query.block_id should be defined, instead was `undefined`.",
        ));
    };
    let Some(id) = normal(given) else {
        let message =
            format!("query failed validation: query.block_id should be a valid uuid, instead was `\"{given}\"`.");
        return Err(Reply::invalid(&message));
    };
    state.block(ask, &id)?;
    let on = |comment: &&Comment| comment.parent.id() == Some(&id);
    let comments = state.world.comments.iter().filter(on);
    let shown = comments.map(|comment| (comment.id.clone(), state.world.comment_json(comment, state.now)));
    ask.list("comment", shown.collect())
}

/// A comment on something that the integration may see.
fn find<'a>(state: &'a State, ask: &Ask<'_>, id: &str) -> Result<&'a Comment, Reply> {
    let found = state.world.comments.iter().find(|comment| comment.id == id);
    let seen = found.filter(|comment| state.world.visible(&comment.page, &ask.bot));
    seen.ok_or_else(|| ask.not_found("comment", id))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "comment_id")?;
    let comment = find(state, ask, &id)?;
    Ok(Reply::ok(state.world.comment_json(comment, state.now)))
}

/// The text of a body, said in one of two ways.
fn text(state: &State, body: &Value) -> Result<Value, Reply> {
    match (body.get("rich_text"), body["markdown"].as_str()) {
        (Some(given), None) => Ok(rich::build(&state.world, given)),
        (None, Some(markdown)) => Ok(inline(markdown)),
        (None, None) => {
            Err(Reply::invalid("body failed validation: body.rich_text should be defined, instead was `undefined`."))
        }
        (Some(_), Some(_)) => Err(Reply::invalid(
            "body failed validation: body.markdown should be not present when body.rich_text is defined.",
        )),
    }
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = &ask.body;
    let parent = &body["parent"];
    let given = |name: &str| parent[name].as_str().and_then(normal);
    let thread = body["discussion_id"].as_str().and_then(normal);
    let (on, discussion) = match (body.get("parent"), &thread) {
        (Some(_), None) => match (given("page_id"), given("block_id")) {
            (Some(id), _) => {
                state.page(ask, &id)?;
                (Parent::Page(id), None)
            }
            (_, Some(id)) => {
                state.block(ask, &id)?;
                (Parent::Block(id), None)
            }
            _ => {
                return Err(Reply::invalid(
                    "body failed validation: body.parent.page_id should be defined, instead was `undefined`.",
                ));
            }
        },
        (None, Some(thread)) => {
            let mut comments = state.world.comments.iter();
            let first =
                comments.find(|comment| comment.discussion == *thread && state.world.visible(&comment.page, &ask.bot));
            let first = first.ok_or_else(|| ask.not_found("discussion", thread))?;
            (first.parent.clone(), Some(thread.clone()))
        }
        (None, None) => {
            let message = "body failed validation. Fix one:\nbody.parent should be defined, instead was `undefined`.\nbody.discussion_id should be defined, instead was `undefined`.";
            return Err(Reply::invalid(message));
        }
        (Some(_), Some(_)) => {
            let message =
                "body failed validation: body.discussion_id should be not present when body.parent is defined.";
            return Err(Reply::invalid(message));
        }
    };
    if on.id().is_some_and(|id| state.world.trashed(id)) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let rich_text = text(state, body)?;
    let mut attachments = Vec::new();
    for given in body["attachments"].as_array().into_iter().flatten() {
        let (kept, _) = file(&state.world, &json!({ "file_upload": { "id": given["file_upload_id"] } }))?;
        attachments.push(json!({ "category": "productivity", "file": kept["file"] }));
    }
    let name = match body["display_name"]["type"].as_str() {
        Some("custom") => json!({ "type": "custom", "resolved_name": body["display_name"]["custom"]["name"] }),
        _ => json!({ "type": "integration", "resolved_name": ask.app }),
    };
    let new = NewComment { on, discussion, rich_text, attachments, display_name: name };
    let id = state.add_comment(new, &ask.bot);
    let comment = find(state, ask, &id)?;
    let shown = state.world.comment_json(comment, state.now);
    if ask.capabilities.read_comments {
        return Ok(Reply::ok(shown));
    }
    Ok(Reply::ok(json!({ "object": "comment", "id": id })))
}

/// Only its own comments can be changed by an integration.
fn own<'a>(state: &'a State, ask: &Ask<'_>, id: &str) -> Result<&'a Comment, Reply> {
    let comment = find(state, ask, id)?;
    if comment.stamp.created_by == ask.bot { Ok(comment) } else { Err(Reply::restricted()) }
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "comment_id")?;
    own(state, ask, &id)?;
    let rich_text = text(state, &ask.body)?;
    state.change_comment(&id, rich_text, &ask.bot);
    let comment = find(state, ask, &id)?;
    Ok(Reply::ok(state.world.comment_json(comment, state.now)))
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "comment_id")?;
    let comment = own(state, ask, &id)?;
    let shown = state.world.comment_json(comment, state.now);
    state.remove_comment(&id, &ask.bot);
    Ok(Reply::ok(shown))
}
