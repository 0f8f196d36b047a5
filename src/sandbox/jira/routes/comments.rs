//! Comments. <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/>

use serde_json::Value;

use super::Ask;
use super::properties::given;
use crate::sandbox::jira::data::Comment;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::state::State;

impl Ask<'_> {
    /// The comment in the path, on the issue in the path.
    pub(super) fn comment<'s>(&self, state: &'s State) -> Result<(u64, &'s Comment), Reply> {
        let (issue, _) = self.issue(state)?;
        let wanted = self.segment(3);
        let found = issue.comments.iter().find(|comment| comment.id.to_string() == wanted);
        let found = found.ok_or_else(|| Reply::error(404, &format!("Can not find a comment for the id: {wanted}.")))?;
        Ok((issue.id, found))
    }

    fn text_of_comment(&self, state: &mut State, value: &Value) -> Result<Value, Reply> {
        let mut notes = Vec::new();
        let text = self.body_text(value, &mut notes);
        for note in notes {
            state.violation(self.request.clone(), format!("no ADF: {note}"));
        }
        text.map_err(|why| match why.as_str() {
            "Comment body can not be empty!" => Reply::field("comment", &why),
            _ => Reply::error(400, &why),
        })
    }
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = ask.issue(state)?;
    let sight = ask.sight(state);
    let expand = ask.query.list("expand");
    let mut comments: Vec<Value> =
        issue.comments.iter().map(|comment| sight.comment_with(issue, comment, &expand)).collect();
    match ask.query.get("orderBy") {
        None | Some("created" | "+created") => {}
        Some("-created") => comments.reverse(),
        Some(other) => {
            return Err(Reply::error(
                400,
                &format!("The value '{other}' is not supported for the 'orderBy' parameter."),
            ));
        }
    }
    let mut page = ask.page("comments", comments, 100, 5000);
    if let Some(page) = page.as_object_mut() {
        page.remove("isLast");
    }
    Ok(Reply::ok(page))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, comment) = ask.comment(state)?;
    let issue = state.world.issues.get(&issue).ok_or_else(Reply::no_issue)?;
    Ok(Reply::ok(ask.sight(state).comment_with(issue, comment, &ask.query.list("expand"))))
}

fn answer(state: &State, ask: &Ask<'_>, issue: u64, id: u64, status: u16) -> Answer {
    let issue = state.world.issues.get(&issue).ok_or_else(Reply::no_issue)?;
    let comment = issue.comments.iter().find(|comment| comment.id == id).ok_or_else(Reply::no_issue)?;
    let value = ask.sight(state).comment_with(issue, comment, &ask.query.list("expand"));
    Ok(Reply::json(status, value))
}

const KNOWN: &[&str] = &["body", "properties", "visibility"];

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(KNOWN)?;
    let issue = ask.issue_id(state)?;
    let text = ask.text_of_comment(state, &body["body"])?;
    let properties = given(&body["properties"])?;
    let id = state.add_comment(issue, ask.actor(), text, properties);
    answer(state, ask, issue, id, 201)
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = ask.object(KNOWN)?;
    let (issue, id) = ask.comment(state).map(|(issue, comment)| (issue, comment.id))?;
    let text = ask.text_of_comment(state, &body["body"])?;
    state.edit_comment(issue, id, ask.actor(), text);
    answer(state, ask, issue, id, 200)
}

pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, id) = ask.comment(state).map(|(issue, comment)| (issue, comment.id))?;
    state.delete_comment(issue, id, ask.actor());
    Ok(Reply::empty(204))
}
