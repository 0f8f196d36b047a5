//! Issues: list, get, create, change, assign. <https://docs.github.com/en/rest/issues/issues>

use jiff::Timestamp;
use serde_json::Value;

use super::Ask;
use crate::sandbox::github::acts::{IssueEdit, Lock, NewIssue};
use crate::sandbox::github::body::{Body, Field};
use crate::sandbox::github::data::{Gone, Issue};
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because, wrong_value};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

/// Most characters of an issue's or a comment's text.
pub(super) const MOST_TEXT: usize = 65_536;
const MOST_TITLE: usize = 256;

impl Ask<'_> {
    /// The issue (or pull request) whose number is in the path.
    pub(super) fn issue<'s>(&self, state: &'s State) -> Result<&'s Issue, Reply> {
        let number = self.number(4)?;
        let home = &state.world.repos[self.repo];
        let found = home.issues.get(&number).ok_or_else(|| match home.gone.get(&number) {
            Some(Gone::Deleted) => self.problem(410, "This issue was deleted"),
            Some(Gone::Transferred(repo, number)) => {
                let full = state.world.repos[*repo].full_name();
                Reply::moved(301, &format!("{}/repos/{full}/issues/{number}", self.links.api))
            }
            None => self.missing(),
        })?;
        if found.pull.is_none() { self.issues_enabled(state).map(|()| found) } else { Ok(found) }
    }

    fn issues_enabled(&self, state: &State) -> Result<(), Reply> {
        if state.world.repos[self.repo].has_issues {
            Ok(())
        } else {
            Err(Reply::problem(410, "Issues are disabled for this repo", "issues/issues"))
        }
    }

    /// A time in the query.
    pub(super) fn since(&self) -> Result<Option<Timestamp>, Reply> {
        let bad = || Reply::invalid(self.doc, &[wrong("Issue", "since", "invalid")]);
        self.query.get("since").map(|text| text.parse().map_err(|_| bad())).transpose()
    }

    fn shown_issue(&self, state: &State, number: u64) -> Result<Value, Reply> {
        let issue = state.world.repos[self.repo].issues.get(&number).ok_or_else(|| self.missing())?;
        Ok(self.sight(state).full_issue(self.repo, issue))
    }
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.issues_enabled(state)?;
    let query = ask.query;
    let open = query.choice("state", &["open", "closed", "all"], "open");
    let since = ask.since()?;
    let repo = &state.world.repos[ask.repo];
    let wanted: Vec<&str> =
        query.get("labels").map(|names| names.split(',').map(str::trim).collect()).unwrap_or_default();
    let assigned = |issue: &Issue| match query.get("assignee") {
        None => true,
        Some("*") => !issue.assignees.is_empty(),
        Some("none") => issue.assignees.is_empty(),
        Some(login) => issue.assignees.iter().any(|known| known.eq_ignore_ascii_case(login)),
    };
    let placed = |issue: &Issue| match query.get("milestone") {
        None => true,
        Some("*") => issue.milestone.is_some(),
        Some("none") => issue.milestone.is_none(),
        Some(number) => issue.milestone.is_some_and(|milestone| milestone.to_string() == number),
    };
    let labelled = |issue: &Issue| {
        wanted.iter().all(|name| repo.label(name).is_some_and(|label| issue.labels.contains(&label.id)))
    };
    let mut found: Vec<&Issue> = repo
        .issues
        .values()
        .filter(|issue| open == "all" || (open == "open") == issue.open)
        .filter(|issue| since.is_none_or(|since| issue.updated_at >= since))
        .filter(|issue| query.get("creator").is_none_or(|login| issue.author.eq_ignore_ascii_case(login)))
        .filter(|issue| assigned(issue) && placed(issue) && labelled(issue))
        .collect();
    let talk = |number: u64| repo.comments.values().filter(|comment| comment.issue == number).count();
    match query.choice("sort", &["created", "updated", "comments"], "created") {
        "updated" => found.sort_by_key(|issue| (issue.updated_at, issue.number)),
        "comments" => found.sort_by_key(|issue| (talk(issue.number), issue.number)),
        _ => found.sort_by_key(|issue| (issue.created_at, issue.number)),
    }
    if query.choice("direction", &["asc", "desc"], "desc") == "desc" {
        found.reverse();
    }
    let sight = ask.sight(state);
    Ok(ask.page(found.into_iter().map(|issue| sight.issue(ask.repo, issue)).collect()))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.issue(state)?.number;
    Ok(Reply::ok(ask.shown_issue(state, number)?))
}

/// What is wrong with a title and a text.
pub(super) fn check_text(ask: &Ask<'_>, resource: &str, title: Option<&str>, body: Option<&str>) -> Result<(), Reply> {
    let mut errors = Vec::new();
    if title.is_some_and(|title| title.trim().is_empty()) {
        errors.push(wrong(resource, "title", "missing_field"));
    }
    if title.is_some_and(|title| title.chars().count() > MOST_TITLE) {
        errors.push(wrong_because(resource, "title", "custom", "title is too long (maximum is 256 characters)"));
    }
    if body.is_some_and(|body| body.chars().count() > MOST_TEXT) {
        errors.push(wrong_because(resource, "body", "custom", "body is too long (maximum is 65536 characters)"));
    }
    if errors.is_empty() { Ok(()) } else { Err(Reply::invalid(ask.doc, &errors)) }
}

/// The assignees that a body names. The singular field is gone in the newer API version, where it is not looked at.
fn named_assignees(body: &Body, modern: bool) -> Result<Option<Vec<String>>, Reply> {
    if let Some(logins) = body.texts("assignees")? {
        return Ok(Some(logins));
    }
    if modern {
        return Ok(None);
    }
    Ok(body
        .nullable_text("assignee")?
        .change()
        .map(|login| login.into_iter().filter(|login| !login.is_empty()).collect()))
}

fn check_assignees(state: &State, ask: &Ask<'_>, logins: &[String]) -> Result<(), Reply> {
    let bad = logins.iter().filter(|login| !state.world.assignable(ask.repo, login));
    let errors: Vec<Value> = bad.map(|login| wrong_value("Issue", "assignees", login)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Reply::invalid(ask.doc, &errors)) }
}

fn check_milestone(state: &State, ask: &Ask<'_>, number: Option<u64>) -> Result<(), Reply> {
    match number.filter(|number| state.world.repos[ask.repo].milestone(*number).is_none()) {
        None => Ok(()),
        Some(number) => Err(Reply::invalid(ask.doc, &[wrong_value("Issue", "milestone", &number.to_string())])),
    }
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.issues_enabled(state)?;
    let body = Body::read(ask.body, ask.doc)?;
    let title = body.title()?.ok_or_else(|| body.missing("title"))?;
    let text = body.nullable_text("body")?.set();
    let milestone = body.number("milestone")?.set();
    let labels = body.names("labels")?.unwrap_or_default();
    let assignees = named_assignees(&body, ask.modern)?.unwrap_or_default();
    check_text(ask, "Issue", Some(&title), text.as_deref())?;
    // Whoever may not push has labels, assignees and milestone dropped without a word.
    let trusted = ask.may(Role::Triage);
    let mut new = NewIssue { title, body: text, ..NewIssue::default() };
    if trusted {
        check_assignees(state, ask, &assignees)?;
        check_milestone(state, ask, milestone)?;
        new = NewIssue { labels, assignees, milestone, ..new };
    }
    let number = state.open_issue(ask.repo, ask.actor(), new);
    Ok(Reply::created(ask.shown_issue(state, number)?))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let issue = ask.issue(state)?;
    let (number, own) = (issue.number, issue.author == ask.actor());
    let body = Body::read(ask.body, ask.doc)?;
    let title = body.title()?;
    let text = body.nullable_text("body")?;
    let reason = body.choice("state_reason", &["completed", "not_planned", "duplicate", "reopened"])?.set();
    let open = match body.choice("state", &["open", "closed"])? {
        Field::Set(word) => Some(word == "open"),
        Field::Absent | Field::Null => None,
    };
    let labels = body.names("labels")?;
    let assignees = named_assignees(&body, ask.modern)?;
    let milestone = body.number("milestone")?;
    let resource = if issue.pull.is_some() { "PullRequest" } else { "Issue" };
    check_text(ask, resource, title.as_deref(), text.clone().set().as_deref())?;
    let trusted = ask.may(Role::Triage);
    if !trusted && !own {
        return Err(ask.admin_only());
    }
    let mut edit = IssueEdit { title, body: text, open, reason, ..IssueEdit::default() };
    if trusted {
        check_assignees(state, ask, assignees.as_deref().unwrap_or_default())?;
        check_milestone(state, ask, milestone.clone().set())?;
        edit = IssueEdit { labels, assignees, milestone, ..edit };
    }
    state.edit_issue(ask.repo, number, ask.actor(), edit);
    Ok(Reply::ok(ask.shown_issue(state, number)?))
}

pub(super) fn assign(state: &mut State, ask: &Ask<'_>) -> Answer {
    change_assignees(state, ask, true)
}

pub(super) fn unassign(state: &mut State, ask: &Ask<'_>) -> Answer {
    change_assignees(state, ask, false)
}

/// Adds or takes away. Who cannot be assigned, and everything from a caller who may not push, is ignored without a word.
fn change_assignees(state: &mut State, ask: &Ask<'_>, add: bool) -> Answer {
    let issue = ask.issue(state)?;
    let (number, mut wanted) = (issue.number, issue.assignees.clone());
    let named = Body::read(ask.body, ask.doc)?.texts("assignees")?.unwrap_or_default();
    if ask.may(Role::Triage) {
        if add {
            wanted.extend(named.into_iter().filter(|login| state.world.assignable(ask.repo, login)));
        } else {
            wanted.retain(|login| !named.iter().any(|gone| gone.eq_ignore_ascii_case(login)));
        }
        state.set_assignees(ask.repo, number, ask.actor(), &wanted);
    }
    let shown = ask.shown_issue(state, number)?;
    Ok(if add { Reply::created(shown) } else { Reply::ok(shown) })
}

pub(super) fn assignees(state: &mut State, ask: &Ask<'_>) -> Answer {
    let repo = &state.world.repos[ask.repo];
    let sight = ask.sight(state);
    let people = repo.roles.keys().filter_map(|login| state.world.user(login));
    Ok(ask.page(people.map(|user| sight.user(&user.login)).collect()))
}

pub(super) fn assignable(state: &mut State, ask: &Ask<'_>) -> Answer {
    if state.world.assignable(ask.repo, ask.segment(4)) { Ok(Reply::empty(204)) } else { Err(ask.missing()) }
}

pub(super) fn lock(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.issue(state)?.number;
    let body = Body::read(ask.body, ask.doc)?;
    let reason = body.choice("lock_reason", &["off-topic", "too heated", "resolved", "spam"])?.set();
    state.set_locked(ask.repo, number, ask.actor(), Some(Lock(reason)));
    Ok(Reply::empty(204))
}

pub(super) fn unlock(state: &mut State, ask: &Ask<'_>) -> Answer {
    let number = ask.issue(state)?.number;
    state.set_locked(ask.repo, number, ask.actor(), None);
    Ok(Reply::empty(204))
}
