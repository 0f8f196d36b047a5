//! Signals: webhooks that name their issue, board or project by its number only. They are told once that was looked up.
//!
//! The looks are `issue:<number>` (worklogs, links, comments of Data Center), `board:<number>` (sprints) and
//! `project:<number>` (versions). Whoever makes them hands the event and what was read to [`placed`] or [`placed_in`].

use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;

use super::super::cards::{
    comment_data, issue_card, issue_data, note, page, sprint_card, sprint_data, sprint_key, version_card, version_data,
    version_key, worklog_data,
};
use super::super::refs::{IssueKey, ProjectKey};
use super::super::wire::{Issue, Sprint, Version};
use super::Hook;
use super::issues::{about, actor};
use crate::connectors::markdown::line;
use crate::model::{Block, Card, Event, Object, SubjectKey, Tone};
use crate::routing::{Look, Notice};

/// How long further signals are waited for; Jira sends several for one act.
const WAIT: SignedDuration = SignedDuration::from_secs(2);

/// The signal in a webhook without an issue.
pub(super) fn signal(hook: &Hook<'_>, noun: &str, verb: &str) -> Option<Notice> {
    let envelope = hook.envelope;
    let (subject, data, look, key): (String, Object, String, Option<SubjectKey>) = match noun {
        "worklog" => {
            let log = envelope.worklog.as_ref()?;
            (format!("worklog/{}", log.id), worklog_data(log), issue_look(&log.issue_id)?, None)
        }
        "issuelink" => {
            let link = envelope.issue_link.as_ref()?;
            let data = object(json!({
                "id": link.id, "from_id": link.source_issue_id, "to_id": link.destination_issue_id,
                "type": link.issue_link_type.name, "words": link.issue_link_type.outward_name,
            }));
            (format!("issuelink/{}", link.id), data, issue_look(&link.source_issue_id)?, None)
        }
        "comment" => {
            let comment = envelope.comment.as_ref()?;
            let data = Object::from_iter([("comment".to_owned(), comment_data(comment).into())]);
            let data = actor(comment, verb, data);
            (format!("comment/{}", comment.id), data, issue_look(issue_of(&comment.address)?)?, None)
        }
        "sprint" => {
            let sprint = envelope.sprint.as_ref().filter(|sprint| !sprint.id.is_empty())?;
            let board = digits(&sprint.origin_board_id)?;
            let mut data = sprint_data(sprint);
            data.insert("address".to_owned(), sprint.address.as_str().into());
            (format!("sprint/{}", sprint.id), data, format!("board:{board}"), Some(sprint_key(sprint)))
        }
        _ => {
            let version = envelope.version.as_ref().filter(|version| !version.id.is_empty())?;
            let project = digits(&version.project_id)?;
            (
                format!("version/{}", version.id),
                version_data(version),
                format!("project:{project}"),
                Some(version_key(version)),
            )
        }
    };
    let mut event = hook.event("", "jira".to_owned(), &format!("{noun}.{verb}"), data);
    event.subject = Some(line(&subject, 100));
    event.key = key;
    Some(Notice::signal(event, Look::new(look).wait(WAIT)))
}

fn object(value: Value) -> Object {
    if let Value::Object(object) = value { object } else { Object::new() }
}

fn digits(id: &str) -> Option<&str> {
    (!id.is_empty() && id.len() <= 18 && id.bytes().all(|byte| byte.is_ascii_digit())).then_some(id)
}

fn issue_look(id: &str) -> Option<String> {
    digits(id).map(|id| format!("issue:{id}"))
}

/// The number of the issue in the address of its comment, `…/rest/api/2/issue/10013/comment/10084`.
fn issue_of(address: &str) -> Option<&str> {
    address.rsplit_once("/issue/")?.1.split('/').next()
}

/// A signal about an issue, now that the issue was read: told with its card, and a follow-up in its thread.
#[must_use]
pub fn placed(mut event: Event, at: &IssueKey, issue: &Issue, web: Option<&Url>) -> Notice {
    let link = page(at, &issue.address, web);
    let note = follow_up(&event, issue, link.as_deref());
    let mut data = issue_data(at, issue, web);
    if let Value::Object(own) = std::mem::take(&mut event.data) {
        let id = own.get("id").cloned().unwrap_or_default();
        data.insert("of".to_owned(), id);
        data.extend(own.into_iter().filter(|(name, _)| name != "id"));
    }
    event.data = data.into();
    event.source = at.project.source();
    event.subject = Some(at.to_string());
    event.key = Some(at.key());
    about(Notice::new(event).card(issue_card(at, issue, web)).note(note), issue)
}

fn follow_up(event: &Event, issue: &Issue, link: Option<&str>) -> Option<Card> {
    let said = |name: &str| event.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let by = |name: &str| line(Some(said(name)).filter(|by| !by.is_empty()).unwrap_or("Somebody"), 60);
    let quoted = |card: Card, words: &str| {
        let words = words.trim();
        if words.is_empty() { card } else { card.block(Block::Quote(words.into())) }
    };
    match event.kind.as_str() {
        "jira.worklog.created" => {
            let title = format!("{} logged {}", by("author"), line(said("time_spent"), 40));
            Some(quoted(note(Tone::Neutral, title, link), said("text")))
        }
        "jira.issuelink.created" => {
            let to = said("to_id");
            let known =
                issue.fields.issuelinks.iter().filter_map(|link| link.other()).find(|(_, other)| other.id == to);
            let (words, other) = known?;
            let title = format!("{} {} {}", line(words, 60), line(&other.key, 60), line(&other.fields.summary, 120));
            Some(note(Tone::Neutral, format!("Linked: {}", title.trim()), link))
        }
        "jira.comment.created" | "jira.comment.updated" => {
            let comment = event.data.get("comment")?;
            let words = comment.get("text").and_then(Value::as_str).unwrap_or_default();
            let did = if event.kind.ends_with("created") { "commented" } else { "edited a comment" };
            Some(quoted(note(Tone::Neutral, format!("{} {did}", by("actor")), link), words))
        }
        _ => None,
    }
}

/// A signal of a sprint or a version, now that its project is known.
#[must_use]
pub fn placed_in(mut event: Event, project: &ProjectKey, web: Option<&Url>) -> Notice {
    let data = &event.data;
    let gone = event.kind.ends_with(".deleted");
    let card = if event.kind.starts_with("jira.sprint.") {
        let record = json!({
            "id": data["id"], "name": data["name"], "state": data["state"], "goal": data["goal"], "boardId": data["board"],
            "startDate": data["start"], "endDate": data["end"], "completeDate": data["completed"], "self": data["address"],
        });
        serde_json::from_value::<Sprint>(record).ok().map(|sprint| sprint_card(&sprint, web))
    } else {
        let record = json!({
            "id": data["id"], "name": data["name"], "released": data["released"], "archived": data["archived"],
            "description": data["description"], "startDate": data["start"], "releaseDate": data["release"],
        });
        serde_json::from_value::<Version>(record).ok().map(|version| version_card(&version))
    };
    let card = card.map(|card| {
        let card = card.footer(format!("Jira · {project}"));
        if gone { Card { tone: Tone::Muted, actions: Vec::new(), ..card } } else { card }
    });
    let note = match event.kind.as_str() {
        "jira.sprint.started" => Some(("Started", Tone::Progress)),
        "jira.sprint.closed" => Some(("Completed", Tone::Good)),
        "jira.version.released" => Some(("Released", Tone::Good)),
        "jira.version.unreleased" => Some(("No longer released", Tone::Warning)),
        "jira.sprint.deleted" | "jira.version.deleted" => Some(("Deleted", Tone::Muted)),
        _ => None,
    };
    if let Value::Object(data) = &mut event.data {
        data.insert("project".to_owned(), project.as_str().into());
    }
    event.source = project.source();
    let by =
        event.data.get("actor").and_then(Value::as_str).map(|by| format!(" by {}", line(by, 60))).unwrap_or_default();
    let note = note.map(|(did, tone)| super::super::cards::note(tone, format!("{did}{by}"), None));
    Notice::new(event).card(card).note(note)
}
