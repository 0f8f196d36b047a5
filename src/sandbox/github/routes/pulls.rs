//! Pull requests and reviews. <https://docs.github.com/en/rest/pulls>

use serde_json::json;

use super::Ask;
use super::issues::check_text;
use crate::sandbox::github::acts::{IssueEdit, PullEdit};
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::{Issue, Pull};
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_value};
use crate::sandbox::github::setup::{Role, Verdict};
use crate::sandbox::github::state::State;

/// The pull request whose number is in the path.
fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<(&'s Issue, &'s Pull), Reply> {
    let number = ask.number(4)?;
    let issue = state.world.repos[ask.repo].issues.get(&number);
    issue.and_then(|issue| Some((issue, issue.pull.as_ref()?))).ok_or_else(|| ask.missing())
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let query = ask.query;
    let wanted = query.choice("state", &["open", "closed", "all"], "open");
    let repo = &state.world.repos[ask.repo];
    let head = query.get("head").map(|head| head.split_once(':').map_or(head, |(_, branch)| branch));
    let fits = |issue: &&Issue| {
        issue.pull.as_ref().is_some_and(|pull| {
            (wanted == "all" || (wanted == "open") == issue.open)
                && head.is_none_or(|head| pull.head_ref == head)
                && query.get("base").is_none_or(|base| pull.base_ref == base)
        })
    };
    let mut found: Vec<&Issue> = repo.issues.values().filter(fits).collect();
    let by = query.choice("sort", &["created", "updated", "popularity", "long-running"], "created");
    if by == "updated" {
        found.sort_by_key(|issue| (issue.updated_at, issue.number));
    }
    let newest_first = if query.get("sort").is_none() || by == "created" { "desc" } else { "asc" };
    if query.choice("direction", &["asc", "desc"], newest_first) == "desc" {
        found.reverse();
    }
    let sight = ask.sight(state);
    Ok(ask.page(found.into_iter().map(|issue| sight.pull(ask.repo, issue)).collect()))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).full_pull(ask.repo, issue)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let (number, own, merged) = (issue.number, issue.author == ask.actor(), pull.merged_at.is_some());
    let body = Body::read(ask.body, ask.doc)?;
    let title = body.title()?;
    let text = body.nullable_text("body")?;
    let base = body.text("base")?;
    let open = match body.choice("state", &["open", "closed"])? {
        Field::Set(word) => Some(word == "open"),
        Field::Absent | Field::Null => None,
    };
    check_text(ask, "PullRequest", title.as_deref(), text.clone().set().as_deref())?;
    if let Some(base) = base.as_ref().filter(|base| !state.world.repos[ask.repo].branches.contains_key(*base)) {
        return Err(Reply::invalid(ask.doc, &[wrong_value("PullRequest", "base", base)]));
    }
    if merged && open == Some(true) {
        return Err(Reply::invalid(ask.doc, &[wrong("PullRequest", "state", "invalid")]));
    }
    if !own && !ask.may(Role::Write) {
        return Err(ask.admin_only());
    }
    let issue = IssueEdit { title, body: text, open, ..IssueEdit::default() };
    state.edit_pull(ask.repo, number, ask.actor(), PullEdit { issue, base });
    get(state, ask)
}

pub(super) fn merged(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    if pull.merged_at.is_some() { Ok(Reply::empty(204)) } else { Err(ask.missing()) }
}

pub(super) fn merge(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let number = issue.number;
    let body = Body::read(ask.body, ask.doc)?;
    body.choice("merge_method", &["merge", "squash", "rebase"])?;
    let title = body.text("commit_title")?;
    let message = body.text("commit_message")?;
    if body.text("sha")?.is_some_and(|sha| sha != pull.head_sha) {
        return Err(ask.problem(409, "Head branch was modified. Review and try the merge again."));
    }
    let message = title.map(|title| format!("{title}\n\n{}", message.unwrap_or_default()).trim_end().to_owned());
    let sha = state
        .merge(ask.repo, number, ask.actor(), message)
        .ok_or_else(|| ask.problem(405, "Pull Request is not mergeable"))?;
    Ok(Reply::ok(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })))
}

pub(super) fn files(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    Ok(ask.page(ask.sight(state).files(ask.repo, pull)))
}

pub(super) fn commits(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.page(sight.pull_commits(ask.repo, pull).into_iter().map(|commit| sight.commit(ask.repo, commit)).collect()))
}

pub(super) fn reviews(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.page(pull.reviews.iter().map(|review| sight.review(ask.repo, issue.number, review, false)).collect()))
}

pub(super) fn review(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = find(state, ask)?;
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
    let refuse = |why: &str| {
        let body = json!({ "message": "Unprocessable Entity", "errors": [why], "documentation_url": format!("https://docs.github.com/rest/{}", ask.doc), "status": "422" });
        Err(Reply::json(422, body))
    };
    match verdict {
        Verdict::Approve if own => return refuse("Can not approve your own pull request"),
        Verdict::Changes if own => return refuse("Can not request changes on your own pull request"),
        Verdict::Changes | Verdict::Comment if text.trim().is_empty() => {
            return Err(Reply::invalid(ask.doc, &[wrong("PullRequestReview", "body", "missing_field")]));
        }
        _ => {}
    }
    let id = state.add_review(ask.repo, number, ask.actor(), verdict, text).ok_or_else(|| ask.missing())?;
    let (_, pull) = find(state, ask)?;
    let review = pull.reviews.iter().find(|review| review.id == id).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).review(ask.repo, number, review, false)))
}

pub(super) fn request_reviewers(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = find(state, ask)?;
    let (number, author) = (issue.number, issue.author.clone());
    let named = Body::read(ask.body, ask.doc)?.texts("reviewers")?.unwrap_or_default();
    if named.contains(&author) {
        return Err(ask.problem(422, "Review cannot be requested from pull request author."));
    }
    if named.iter().any(|login| !state.world.assignable(ask.repo, login)) {
        let why = "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the";
        return Err(ask.problem(422, &format!("{why} {}/{} repository.", ask.segment(1), ask.segment(2))));
    }
    for login in named {
        state.request_review(ask.repo, number, ask.actor(), &login);
    }
    let (issue, _) = find(state, ask)?;
    Ok(Reply::created(ask.sight(state).pull(ask.repo, issue)))
}
