//! Pull requests. <https://docs.github.com/en/rest/pulls/pulls>

use serde_json::json;

use super::issues::check_text;
use super::{Ask, CODE, PULLS, Route, create as creating, read, write};
use crate::sandbox::github::acts::{IssueEdit, Method, NewPull, PullEdit};
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::{Issue, Pull};
use crate::sandbox::github::reply::{Answer, Reply, wrong};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["pulls"]) => read(list, PULLS, "pulls/pulls#list-pull-requests"),
        ("POST", ["pulls"]) => creating(Role::Write, create, PULLS, "pulls/pulls#create-a-pull-request"),
        ("GET", ["pulls", _]) => read(get, PULLS, "pulls/pulls#get-a-pull-request"),
        ("PATCH", ["pulls", _]) => write(Role::Read, update, PULLS, "pulls/pulls#update-a-pull-request"),
        ("GET", ["pulls", _, "merge"]) => read(merged, CODE, "pulls/pulls#check-if-a-pull-request-has-been-merged"),
        ("PUT", ["pulls", _, "merge"]) => write(Role::Write, merge, CODE, "pulls/pulls#merge-a-pull-request"),
        ("GET", ["pulls", _, "files"]) => read(files, PULLS, "pulls/pulls#list-pull-requests-files"),
        ("GET", ["pulls", _, "commits"]) => read(commits, PULLS, "pulls/pulls#list-commits-on-a-pull-request"),
        _ => return None,
    })
}

/// The pull request whose number is in the path.
pub(super) fn find<'s>(state: &'s State, ask: &Ask<'_>) -> Result<(&'s Issue, &'s Pull), Reply> {
    let number = ask.number(4)?;
    let issue = state.world.repos[ask.repo].issues.get(&number);
    issue.and_then(|issue| Some((issue, issue.pull.as_ref()?))).ok_or_else(|| ask.missing())
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
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

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, _) = find(state, ask)?;
    Ok(Reply::ok(ask.sight(state).full_pull(ask.repo, issue)))
}

fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let (number, own, merged) = (issue.number, issue.author == ask.actor(), pull.merged_at.is_some());
    let head = pull.head_ref.clone();
    let body = Body::read(ask.body, ask.doc)?;
    let title = body.title()?;
    let text = body.nullable_text("body")?;
    let base = body.text("base")?;
    let open = match body.choice("state", &["open", "closed"])? {
        Field::Set(word) => Some(word == "open"),
        Field::Absent | Field::Null => None,
    };
    check_text(ask, "PullRequest", title.as_deref(), text.clone().set().as_deref())?;
    if base.as_ref().is_some_and(|base| !state.world.repos[ask.repo].branches.contains_key(base)) {
        return Err(Reply::invalid(ask.doc, &[wrong("PullRequest", "base", "invalid")]));
    }
    if open == Some(true) && !state.world.repos[ask.repo].branches.contains_key(&head) {
        let why = json!({ "resource": "PullRequest", "code": "custom", "field": "state", "message": format!("state cannot be changed. The {head} branch has been deleted.") });
        return Err(Reply::invalid(ask.doc, &[why]));
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

fn merged(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    if pull.merged_at.is_some() { Ok(Reply::empty(204)) } else { Err(ask.missing()) }
}

fn merge(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (issue, pull) = find(state, ask)?;
    let number = issue.number;
    let body = Body::read(ask.body, ask.doc)?;
    let method = match body.choice("merge_method", &["merge", "squash", "rebase"])?.set() {
        Some("squash") => Method::Squash,
        Some("rebase") => Method::Rebase,
        _ => Method::Merge,
    };
    let title = body.text("commit_title")?;
    let message = body.text("commit_message")?;
    let refuse = |why: &str| Err(ask.problem(405, why));
    let standing = state.world.standing(ask.repo, issue, state.now, state.merge_lag);
    if !issue.open {
        return refuse("Pull Request is not mergeable");
    }
    if body.text("sha")?.is_some_and(|sha| sha != pull.head_sha) {
        return Err(ask.problem(409, "Head branch was modified. Review and try the merge again."));
    }
    let home = &state.world.repos[ask.repo];
    let allowed = home.merges;
    match method {
        Method::Merge if !allowed.merge => return refuse("Merge commits are not allowed on this repository."),
        Method::Squash if !allowed.squash => return refuse("Squash merges are not allowed on this repository."),
        Method::Rebase if !allowed.rebase => return refuse("Rebase merges are not allowed on this repository."),
        _ => {}
    }
    // Administrators pass over rules that do not bind them.
    let free = home.protections.get(&pull.base_ref).is_some_and(|rules| !rules.admins) && ask.role == Role::Admin;
    if let Some(why) = standing.refusal.filter(|_| !(standing.protected && free)) {
        return refuse(&why);
    }
    let message = match (title, message) {
        (None, None) => None,
        (title, message) => {
            let title = title.unwrap_or_else(|| match method {
                Method::Merge => format!("Merge pull request #{number} from {}/{}", home.owner, pull.head_ref),
                Method::Squash | Method::Rebase => format!("{} (#{number})", issue.title),
            });
            Some(format!("{title}\n\n{}", message.unwrap_or_default()).trim_end().to_owned())
        }
    };
    let sha = state
        .merge(ask.repo, number, ask.actor(), message, method)
        .ok_or_else(|| ask.problem(405, "Pull Request is not mergeable"))?;
    Ok(Reply::ok(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })))
}

fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = Body::read(ask.body, ask.doc)?;
    let head = body.text("head")?.ok_or_else(|| body.missing("head"))?;
    let base = body.text("base")?.ok_or_else(|| body.missing("base"))?;
    let title = body.title()?;
    let text = body.nullable_text("body")?.set();
    let draft = body.flag("draft")?.unwrap_or(false);
    let Some(title) = title.filter(|title| !title.trim().is_empty()) else {
        return Err(Reply::invalid(ask.doc, &[wrong("PullRequest", "title", "missing_field")]));
    };
    check_text(ask, "PullRequest", Some(&title), text.as_deref())?;
    let home = &state.world.repos[ask.repo];
    // There are no forks here, so a head of somebody else does not exist.
    let branch = match head.split_once(':') {
        Some((owner, branch)) if owner.eq_ignore_ascii_case(&home.owner) => Some(branch),
        Some(_) => None,
        None => Some(head.as_str()),
    };
    let mut errors = Vec::new();
    let from = branch.and_then(|branch| Some((branch, home.branches.get(branch)?)));
    if from.is_none() {
        errors.push(wrong("PullRequest", "head", "invalid"));
    }
    let into = home.branches.get(&base);
    if into.is_none() {
        errors.push(wrong("PullRequest", "base", "invalid"));
    }
    let custom = |message: String| json!({ "resource": "PullRequest", "code": "custom", "message": message });
    if let (Some((branch, from)), Some(into)) = (from, into) {
        let same = |issue: &&Issue| {
            issue.open && issue.pull.as_ref().is_some_and(|pull| pull.head_ref == branch && pull.base_ref == base)
        };
        if home.issues.values().any(|issue| same(&issue)) {
            errors.push(custom(format!("A pull request already exists for {}:{branch}.", home.owner)));
        } else if home.history(from, Some(into)).is_empty() {
            errors.push(custom(format!("No commits between {base} and {branch}")));
        }
    }
    if !errors.is_empty() {
        return Err(Reply::invalid(ask.doc, &errors));
    }
    let head = branch.unwrap_or_default().to_owned();
    let number = state.new_pull(ask.repo, ask.actor(), NewPull { title, body: text, head, base, draft });
    let issue = state.world.repos[ask.repo].issues.get(&number).ok_or_else(|| ask.missing())?;
    Ok(Reply::created(ask.sight(state).full_pull(ask.repo, issue)))
}

fn files(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    Ok(ask.page(ask.sight(state).files(ask.repo, pull)))
}

fn commits(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (_, pull) = find(state, ask)?;
    let sight = ask.sight(state);
    Ok(ask.page(sight.pull_commits(ask.repo, pull).into_iter().map(|commit| sight.commit(ask.repo, commit)).collect()))
}
