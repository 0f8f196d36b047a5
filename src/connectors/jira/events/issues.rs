//! `issue_*` and `comment_*` with the issue they are about.

use super::super::cards::{
    change_data, changes, comment_data, comment_note, comment_page, gone, issue_card, issue_data, mention, note, page,
    related, severity, state, who,
};
use super::super::refs::IssueKey;
use super::super::wire::{Change, Changelog, Comment, Issue};
use super::Hook;
use crate::model::{Block, Card, Object, Text};
use crate::routing::Notice;

/// An issue that was created, changed or deleted. What Data Center sends of a comment is one too.
pub(super) fn changed(hook: &Hook<'_>, verb: &str, at: &IssueKey, issue: &Issue) -> Vec<Notice> {
    let log = hook.envelope.changelog.as_ref();
    let moved = log.is_some_and(|log| !log.items.is_empty());
    let said = if verb == "updated" { comment_verb(hook) } else { None };
    let mut out = Vec::new();
    if said.is_none() || moved {
        out.push(told(hook, verb, at, issue));
    }
    if let Some(said) = said {
        let part = if out.is_empty() { "" } else { "/comment" };
        out.extend(comment(hook, part, said, at, issue));
    }
    out
}

/// A comment of its own webhook.
pub(super) fn commented(hook: &Hook<'_>, verb: &str, at: &IssueKey, issue: &Issue) -> Option<Notice> {
    comment(hook, "", verb, at, issue)
}

/// What happened to the comment in a changed issue.
fn comment_verb(hook: &Hook<'_>) -> Option<&'static str> {
    let envelope = hook.envelope;
    let comment = envelope.comment.as_ref()?;
    Some(match envelope.issue_event_type_name.as_str() {
        "issue_comment_edited" => "updated",
        "issue_comment_deleted" => "deleted",
        // Old servers do not say.
        "" if comment.updated != comment.created => "updated",
        _ => "created",
    })
}

fn told(hook: &Hook<'_>, verb: &str, at: &IssueKey, issue: &Issue) -> Notice {
    let envelope = hook.envelope;
    let empty = Changelog::default();
    let log = envelope.changelog.as_ref().unwrap_or(&empty);
    let verb = if verb == "updated" { what_changed(log, &envelope.issue_event_type_name) } else { verb };
    let by = envelope.user.as_ref().map_or_else(|| "Somebody".to_owned(), who);
    let link = page(at, &issue.address, None);
    let mut data = issue_data(at, issue, None);
    data.insert("changes".to_owned(), change_data(envelope.changelog.as_ref()));
    if !envelope.issue_event_type_name.is_empty() {
        data.insert("event_type".to_owned(), envelope.issue_event_type_name.as_str().into());
    }
    let formerly = (verb == "moved").then(|| before(log)).flatten();
    if let Some(formerly) = &formerly {
        data.insert("formerly".to_owned(), formerly.to_string().into());
    }
    let mut card = issue_card(at, issue, None);
    let note = match verb {
        "created" => None,
        "deleted" => {
            card = gone(card);
            Some(note(card.tone, format!("Deleted by {by}"), None))
        }
        _ => follow_up(verb, log, issue, &by, &card, link.as_deref(), formerly.as_ref()),
    };
    let mut event = hook.event("", at.project.source(), &format!("issue.{verb}"), data);
    event.subject = Some(at.to_string());
    event.key = Some(at.key());
    event.time = event.time.or(issue.fields.updated).or(issue.fields.created);
    let raised = log.items.iter().any(|change| change.is("priority"));
    if verb == "created" || raised {
        event.severity = Some(severity(&issue.fields));
    }
    let notice = about(Notice::new(event).card(card).note(note), issue);
    match formerly {
        Some(formerly) => notice.formerly(formerly.key()),
        None => notice,
    }
}

/// With what is known of the issue beside its card.
pub(super) fn about(notice: Notice, issue: &Issue) -> Notice {
    let project = &issue.fields.project;
    let mut notice = notice.sparse(is_sparse(issue)).related(related(issue));
    if !issue.fields.status.name.is_empty() {
        notice = notice.state(state(issue));
    }
    if project.id.is_empty() { notice } else { notice.source_id(format!("jira:{}", project.id)) }
}

/// The webhook of a comment holds five fields of its issue.
fn is_sparse(issue: &Issue) -> bool {
    issue.fields.updated.is_none() && issue.fields.created.is_none()
}

/// What changed, in one word.
fn what_changed(log: &Changelog, event_type: &str) -> &'static str {
    let has = |field: &str| log.items.iter().any(|change| change.is(field));
    match event_type {
        _ if has("Key") || has("project") => "moved",
        _ if has("status") => "transitioned",
        _ if has("assignee") => "assigned",
        "issue_moved" if log.items.is_empty() => "moved",
        "issue_assigned" if log.items.is_empty() => "assigned",
        "issue_resolved" | "issue_closed" | "issue_reopened" | "issue_work_started" | "issue_work_stopped"
            if log.items.is_empty() =>
        {
            "transitioned"
        }
        _ => "updated",
    }
}

/// The key that a moved issue had.
fn before(log: &Changelog) -> Option<IssueKey> {
    log.items.iter().find(|change| change.is("Key")).and_then(|change| IssueKey::parse(change.from_string.as_deref()?))
}

fn follow_up(
    verb: &str,
    log: &Changelog,
    issue: &Issue,
    by: &str,
    card: &Card,
    link: Option<&str>,
    formerly: Option<&IssueKey>,
) -> Option<Card> {
    // What the title says already is not said again.
    let told = |change: &Change| match verb {
        "assigned" => change.is("assignee"),
        "transitioned" => change.is("status"),
        _ => false,
    };
    let rest =
        Changelog { items: log.items.iter().filter(|change| !told(change)).cloned().collect(), ..Changelog::default() };
    let mut lines: Vec<Text> = changes(&rest);
    let words = |value: &Option<String>| super::line(value.as_deref().unwrap_or_default(), 80);
    let title = match verb {
        "moved" => match formerly {
            Some(from) => format!("{by} moved this here from {from}"),
            None => format!("{by} moved this here"),
        },
        "transitioned" => match log.items.iter().find(|change| change.is("status")) {
            Some(change) => format!("{by}: {} → {}", words(&change.from_string), words(&change.to_words)),
            None => format!("{by} moved this to {}", super::line(&issue.fields.status.name, 80)),
        },
        "assigned" if issue.fields.assignee.is_some() => format!("{by} assigned this"),
        "assigned" => format!("{by} unassigned this"),
        _ if lines.len() == 1 => format!("{by} · {}", lines.remove(0).to_plain()),
        _ if lines.is_empty() => return None,
        _ => format!("{by} changed this"),
    };
    let mut out = note(card.tone, title, link);
    // The card stands there already, and its edit tells nobody: the follow-up tells who is asked.
    if let Some(assignee) = issue.fields.assignee.as_ref().filter(|_| verb == "assigned") {
        out = out.field("Assignee", Text::new().span(mention(assignee)));
    }
    if !lines.is_empty() {
        out = out.block(Block::List { ordered: false, items: lines });
    }
    Some(out)
}

fn comment(hook: &Hook<'_>, part: &str, verb: &str, at: &IssueKey, issue: &Issue) -> Option<Notice> {
    let comment = hook.envelope.comment.as_ref()?;
    let mut data = issue_data(at, issue, None);
    data.insert("comment".to_owned(), comment_data(comment).into());
    let mut event = hook.event(part, at.project.source(), &format!("comment.{verb}"), actor(comment, verb, data));
    event.subject = Some(at.to_string());
    event.key = Some(at.key());
    event.time = event.time.or(comment.updated).or(comment.created);
    let notice = Notice::new(event).card(issue_card(at, issue, None)).note(said(comment, verb, at, issue));
    Some(about(notice, issue))
}

/// What is told of a comment: old words stay in the thread as they were said.
pub(super) fn said(comment: &Comment, verb: &str, at: &IssueKey, issue: &Issue) -> Option<Card> {
    let said = match verb {
        "created" => "commented",
        "updated" => "edited a comment",
        _ => return None,
    };
    let link = page(at, &issue.address, None).map(|page| comment_page(&page, comment));
    Some(comment_note(comment, said, link.as_deref(), &issue.fields))
}

/// The webhook of a comment does not say who did it, but the comment does.
pub(super) fn actor(comment: &Comment, verb: &str, mut data: Object) -> Object {
    if verb != "deleted" {
        let by = if verb == "updated" && !comment.update_author.id().is_empty() {
            &comment.update_author
        } else {
            &comment.author
        };
        data.insert("actor".to_owned(), by.called().into());
        data.insert("actor_id".to_owned(), by.id().into());
    }
    data
}
