//! Reviews, comments on lines, and who is asked for a review. <https://docs.github.com/en/rest/pulls/reviews>

use serde_json::{Value, json};

use super::issues::MOST_TEXT;
use super::pulls::find;
use super::{Ask, PULLS, Route, create as creating, read, write};
use crate::sandbox::github::acts::NewRemark;
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::ReviewComment;
use crate::sandbox::github::data::diff::FileDiff;
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::setup::{Role, Verdict};
use crate::sandbox::github::state::State;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["pulls", "comments"]) => {
            read(all_remarks, PULLS, "pulls/comments#list-review-comments-in-a-repository")
        }
        ("GET", ["pulls", "comments", _]) => {
            read(remark, PULLS, "pulls/comments#get-a-review-comment-for-a-pull-request")
        }
        ("GET", ["pulls", _, "reviews"]) => read(list, PULLS, "pulls/reviews#list-reviews-for-a-pull-request"),
        ("POST", ["pulls", _, "reviews"]) => {
            creating(Role::Read, review, PULLS, "pulls/reviews#create-a-review-for-a-pull-request")
        }
        ("GET", ["pulls", _, "reviews", _]) => read(get, PULLS, "pulls/reviews#get-a-review-for-a-pull-request"),
        ("GET", ["pulls", _, "reviews", _, "comments"]) => {
            read(of_review, PULLS, "pulls/reviews#list-comments-for-a-pull-request-review")
        }
        ("PUT", ["pulls", _, "reviews", _, "dismissals"]) => {
            write(Role::Write, dismiss, PULLS, "pulls/reviews#dismiss-a-review-for-a-pull-request")
        }
        ("GET", ["pulls", _, "comments"]) => {
            read(remarks, PULLS, "pulls/comments#list-review-comments-on-a-pull-request")
        }
        ("POST", ["pulls", _, "comments"]) => {
            creating(Role::Read, new_remark, PULLS, "pulls/comments#create-a-review-comment-for-a-pull-request")
        }
        ("POST", ["pulls", _, "comments", _, "replies"]) => {
            creating(Role::Read, reply, PULLS, "pulls/comments#create-a-reply-for-a-review-comment")
        }
        ("GET", ["pulls", _, "requested_reviewers"]) => {
            read(asked, PULLS, "pulls/review-requests#get-all-requested-reviewers-for-a-pull-request")
        }
        ("POST", ["pulls", _, "requested_reviewers"]) => {
            creating(Role::Write, request, PULLS, "pulls/review-requests#request-reviewers-for-a-pull-request")
        }
        ("DELETE", ["pulls", _, "requested_reviewers"]) => {
            write(Role::Write, unrequest, PULLS, "pulls/review-requests#remove-requested-reviewers-from-a-pull-request")
        }
        _ => return None,
    })
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.page(pull.reviews.iter().map(|review| sight.review(ask.repo, issue.number, review, false)).collect()))
}

fn shown(state: &State, ask: &Ask<'_>, id: u64) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let review = pull.reviews.iter().find(|review| review.id == id).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).review(ask.repo, issue.number, review, false)))
}

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    shown(state, ask, ask.number(6)?)
}

/// `422 Unprocessable Entity` with sentences.
fn refuse(ask: &Ask<'_>, why: &str) -> Reply {
    let address = format!("https://docs.github.com/rest/{}", ask.doc);
    let body =
        json!({ "message": "Unprocessable Entity", "errors": [why], "documentation_url": address, "status": "422" });
    Reply::json(422, body)
}

fn review(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let (number, own) = (issue.number, issue.author == ask.actor());
    let body = Body::read(ask.body, ask.doc)?;
    let text = body.text("body")?.unwrap_or_default();
    let verdict = match body.choice("event", &["APPROVE", "REQUEST_CHANGES", "COMMENT"])? {
        Field::Set("APPROVE") => Verdict::Approve,
        Field::Set("REQUEST_CHANGES") => Verdict::Changes,
        Field::Set(_) => Verdict::Comment,
        // Without an event GitHub keeps a pending review, which this fake has not.
        Field::Absent | Field::Null => {
            return Err(Reply::invalid(ask.doc, &[wrong("PullRequestReview", "event", "missing_field")]));
        }
    };
    let home = &state.world.repos[ask.repo];
    if body.text("commit_id")?.is_some_and(|sha| home.commit(&sha).is_none()) {
        return Err(refuse(ask, "commit_id is not part of the pull request"));
    }
    let files = ask.sight(state).changed(ask.repo, pull);
    let mut remarks = Vec::new();
    for item in body.objects("comments")? {
        remarks.push(place(ask, &item, &files)?.map_err(|why| refuse(ask, why))?);
    }
    match verdict {
        Verdict::Approve if own => return Err(refuse(ask, "Can not approve your own pull request")),
        Verdict::Changes if own => return Err(refuse(ask, "Can not request changes on your own pull request")),
        Verdict::Changes | Verdict::Comment if text.trim().is_empty() && remarks.is_empty() => {
            return Err(Reply::invalid(ask.doc, &[wrong("PullRequestReview", "body", "missing_field")]));
        }
        _ if text.chars().count() > MOST_TEXT => {
            return Err(refuse(ask, "Body is too long (maximum is 65536 characters)"));
        }
        _ => {}
    }
    let id = state.add_review(ask.repo, number, ask.actor(), verdict, text, remarks).ok_or_else(|| ask.missing())?;
    shown(state, ask, id)
}

const NOT_IN_DIFF: &str =
    "Pull request review thread line must be part of the diff and Pull request review thread diff hunk can't be blank";
const NO_PATH: &str = "Pull request review thread path is invalid";
const NOT_BESIDE: &str = "Pull request review thread start line must be part of the same hunk as the line.";
const NOT_BEFORE: &str = "Pull request review thread start line must precede the end line.";

/// Where a comment is to stand in the diff, or why it cannot.
fn place(ask: &Ask<'_>, body: &Body, files: &[FileDiff]) -> Result<Result<NewRemark, &'static str>, Reply> {
    let path = body.text("path")?.ok_or_else(|| body.missing("path"))?;
    let text = body.text("body")?.ok_or_else(|| body.missing("body"))?;
    let (line, start_line) = (body.number("line")?.set(), body.number("start_line")?.set());
    let side = |name: &str| body.choice(name, &["LEFT", "RIGHT"]).map(Field::set);
    let (side, start_side) = (side("side")?.unwrap_or("RIGHT"), side("start_side")?);
    let position = body.number("position")?.set();
    if text.trim().is_empty() {
        return Err(Reply::invalid(ask.doc, &[wrong("PullRequestReviewComment", "body", "missing_field")]));
    }
    let Some(file) = files.iter().find(|file| file.path == path) else { return Ok(Err(NO_PATH)) };
    let found = match (line, position) {
        (Some(line), _) => file.spot(line, side).map(|spot| (spot, line, side)),
        (None, Some(position)) => file.position(position),
        (None, None) => return Err(body.missing("line")),
    };
    let Some((spot, line, side)) = found else { return Ok(Err(NOT_IN_DIFF)) };
    if let Some(start) = start_line {
        let first = file.spot(start, start_side.unwrap_or(side));
        if first.as_ref().is_some_and(|first| first.position >= spot.position) {
            return Ok(Err(NOT_BEFORE));
        }
        if !first.is_some_and(|first| first.beside(&spot)) {
            return Ok(Err(NOT_BESIDE));
        }
    }
    Ok(Ok(NewRemark {
        path,
        body: text,
        line,
        start_line,
        side,
        start_side: start_line.map(|_| start_side.unwrap_or(side)),
        position: spot.position,
        hunk: spot.hunk_text,
        reply_to: None,
    }))
}

fn dismiss(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = find(state, ask)?.0.number;
    let id = ask.number(6)?;
    let body = Body::read(ask.body, ask.doc)?;
    body.text("message")?.ok_or_else(|| body.missing("message"))?;
    shown(state, ask, id)?;
    if state.dismiss_review(ask.repo, number, id, ask.actor()) {
        shown(state, ask, id)
    } else {
        Err(refuse(ask, "Can not dismiss a commented pull request review"))
    }
}

fn listed(state: &State, ask: &Ask<'_>, wanted: impl Fn(&ReviewComment) -> bool) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].review_comments.values().filter(|comment| wanted(comment));
    Ok(ask.page(all.map(|comment| sight.review_comment(ask.repo, comment)).collect()))
}

fn remarks(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = find(state, ask)?.0.number;
    listed(state, ask, |comment| comment.pull == number)
}

fn all_remarks(state: &mut State, ask: &Ask<'_>) -> Answer {
    listed(state, ask, |_| true)
}

/// The comments of one review, in the older form without lines.
fn of_review(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(6)?;
    shown(state, ask, id)?;
    listed(state, ask, |comment| comment.review == id)
}

fn one(state: &State, ask: &Ask<'_>, id: u64) -> Result<Value, Reply> {
    let found = state.world.repos[ask.repo].review_comments.get(&id).ok_or_else(|| ask.missing())?;
    Ok(ask.sight(state).review_comment(ask.repo, found))
}

fn remark(state: &mut State, ask: &Ask<'_>) -> Answer {
    Ok(Reply::ok(one(state, ask, ask.number(5)?)?))
}

fn new_remark(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let number = issue.number;
    let body = Body::read(ask.body, ask.doc)?;
    let sha = body.text("commit_id")?.ok_or_else(|| body.missing("commit_id"))?;
    let files = ask.sight(state).changed(ask.repo, pull);
    let known = state.world.repos[ask.repo].history(&pull.head_sha, None).iter().any(|commit| commit.sha == sha);
    let refuse = |field: &str, why: &str| {
        let message = format!("{field} {why}");
        Reply::invalid(ask.doc, &[wrong_because("PullRequestReviewComment", field, "custom", &message)])
    };
    if !known {
        return Err(refuse("commit_id", "is not part of the pull request"));
    }
    let remark = place(ask, &body, &files)?.map_err(|why| match why {
        NO_PATH => refuse("pull_request_review_thread.path", "is invalid"),
        NOT_IN_DIFF => refuse("pull_request_review_thread.line", "must be part of the diff"),
        NOT_BEFORE => refuse("pull_request_review_thread.start_line", "must precede the end line."),
        _ => refuse("pull_request_review_thread.start_line", "must be part of the same hunk as the line."),
    })?;
    added(state, ask, number, remark)
}

fn added(state: &mut State, ask: &Ask<'_>, number: u64, remark: NewRemark) -> Answer {
    // A single comment is a review of its own.
    let review = state.comment_review(ask.repo, number, ask.actor()).ok_or_else(|| ask.missing())?;
    let id = state.remark(ask.repo, number, review, ask.actor(), remark).ok_or_else(|| ask.missing())?;
    Ok(Reply::created(one(state, ask, id)?))
}

fn reply(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = find(state, ask)?.0.number;
    let to = ask.number(6)?;
    let all = &state.world.repos[ask.repo].review_comments;
    let first = all.get(&to).filter(|first| first.pull == number && first.reply_to.is_none());
    let first = first.cloned().ok_or_else(|| ask.missing())?;
    let body = Body::read(ask.body, ask.doc)?;
    let text = body.text("body")?.ok_or_else(|| body.missing("body"))?;
    let ReviewComment { path, line, start_line, side, start_side, position, hunk, .. } = first;
    let remark = NewRemark { path, body: text, line, start_line, side, start_side, position, hunk, reply_to: Some(to) };
    added(state, ask, number, remark)
}

fn asked(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    let sight = ask.sight(state);
    let users: Vec<Value> = pull.reviewers.iter().map(|login| sight.user(login)).collect();
    Ok(Reply::ok(json!({ "users": users, "teams": [] })))
}

fn request(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = find(state, ask)?;
    let (number, author) = (issue.number, issue.author.clone());
    let body = Body::read(ask.body, ask.doc)?;
    let named = body.texts("reviewers")?.unwrap_or_default();
    let teams = body.texts("team_reviewers")?.unwrap_or_default();
    if named.iter().any(|login| login.eq_ignore_ascii_case(&author)) {
        return Err(ask.problem(422, "Review cannot be requested from pull request author."));
    }
    if !teams.is_empty() || named.iter().any(|login| !state.world.assignable(ask.repo, login)) {
        let why = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the";
        return Err(ask.problem(422, &format!("{why} {} repository.", state.world.repos[ask.repo].full_name())));
    }
    for login in named {
        let login = state.world.user(&login).map_or(login, |user| user.login.clone());
        state.request_review(ask.repo, number, ask.actor(), &login);
    }
    let (issue, _) = find(state, ask)?;
    Ok(Reply::created(ask.sight(state).pull(ask.repo, issue)))
}

fn unrequest(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = find(state, ask)?.0.number;
    let body = Body::read(ask.body, ask.doc)?;
    for login in body.texts("reviewers")?.ok_or_else(|| body.missing("reviewers"))? {
        state.unrequest_review(ask.repo, number, ask.actor(), &login);
    }
    let (issue, _) = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).pull(ask.repo, issue)))
}
