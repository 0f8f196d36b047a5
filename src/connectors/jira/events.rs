//! Jira's webhooks, read into events and the cards that tell of them
//! (<https://developer.atlassian.com/cloud/jira/platform/webhooks/>).
//!
//! Pure: a stored body can be read again. What is not known here is still an event, only without a card. What names its
//! issue, board or project by a number that says nothing to people is a signal: it is told once it was looked up, see
//! [`placed`] and [`placed_in`].
//!
//! | Jira's event | type |
//! |---|---|
//! | `jira:issue_created`, `…_deleted` | `jira.issue.created`, `jira.issue.deleted` |
//! | `jira:issue_updated` | by what changed, in this order: `jira.issue.moved` (another project), `.transitioned` (another status), `.assigned`, `.updated` |
//! | `jira:issue_updated` with a comment (Data Center), `comment_*` | `jira.comment.created`, `.updated`, `.deleted` |
//! | `sprint_*`, `jira:version_*`, `worklog_*`, `issuelink_*`, `attachment_*` | `jira.sprint.started`, `jira.version.released`, … |
//! | any other, such as `board_created` | `jira.board.created` |

mod envelope;
mod issues;
mod later;
#[cfg(test)]
mod tests;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::refs::{IssueKey, ProjectKey};
use crate::connectors::markdown::line;
use crate::model::{Event, Fault, FaultKind, Object, Severity};
use crate::routing::{Headers, Notice};
use envelope::Envelope;

pub use later::{placed, placed_in};

/// The kinds of events that a channel subscribes to by name, with the event types each stands for and its help:
/// `/qd subscribe jira:ACME tickets comments`. A word may stand for types of several services; `comments` does.
#[must_use]
pub fn kinds() -> &'static [(&'static str, &'static [&'static str], &'static str)] {
    &[
        ("tickets", &["jira.issue.*"], "Jira issues created, moved on, assigned, changed and deleted"),
        ("transitions", &["jira.issue.transitioned"], "Jira issues that come to another status"),
        ("comments", &["jira.comment.*"], "Comments on Jira issues"),
        ("sprints", &["jira.sprint.*"], "Sprints planned, started and completed"),
        ("versions", &["jira.version.*"], "Versions of Jira projects planned and released"),
        ("worklogs", &["jira.worklog.*"], "Time logged on Jira issues"),
        ("links", &["jira.issuelink.*"], "Links made between Jira issues"),
    ]
}

/// Reads one webhook. Its signature is known to be right.
///
/// # Errors
/// `BadInput`: the body is no JSON object with a `webhookEvent`, which every webhook of Jira has.
pub fn read(headers: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault> {
    // A list would be read as a record whose fields have no names.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(unreadable("the body is no JSON object"));
    }
    let envelope: Envelope = serde_json::from_slice(body)
        .map_err(|error| unreadable("the body is no JSON object").inside(error.to_string()))?;
    let name = envelope.webhook_event.trim();
    let name = name.strip_prefix("jira:").unwrap_or(name);
    if !is_word(name) {
        return Err(unreadable("it does not say in `webhookEvent` what happened; send the webhook as Jira does"));
    }
    let (noun, verb) = name.rsplit_once('_').unwrap_or((name, ""));
    let hook = Hook { id: delivery(headers, body), envelope: &envelope };
    let at = envelope.issue.as_ref().and_then(|issue| Some((IssueKey::parse(&issue.key)?, issue)));
    let told = match (noun, at) {
        ("issue", Some((at, issue))) => issues::changed(&hook, verb, &at, issue),
        ("comment", Some((at, issue))) => issues::commented(&hook, verb, &at, issue).into_iter().collect(),
        ("comment" | "worklog" | "issuelink" | "sprint" | "version", None) => {
            later::signal(&hook, noun, verb).into_iter().collect()
        }
        _ => Vec::new(),
    };
    Ok(if told.is_empty() { vec![other(&hook, noun, verb)] } else { told })
}

/// A webhook that is being read.
struct Hook<'a> {
    id: String,
    envelope: &'a Envelope,
}

impl Hook<'_> {
    /// An event of this webhook; `part` tells several of one webhook apart.
    fn event(&self, part: &str, source: String, kind: &str, data: Object) -> Event {
        let mut all = Object::new();
        if let Some(user) = &self.envelope.user {
            all.insert("actor".to_owned(), user.called().into());
            all.insert("actor_id".to_owned(), user.id().into());
        }
        all.extend(data);
        let mut event = Event::new(format!("{}{part}", self.id), source, format!("jira.{kind}"), all.into());
        event.time = self.envelope.timestamp;
        event.severity = Some(Severity::Info);
        event
    }
}

fn unreadable(what: &str) -> Fault {
    Fault::new(FaultKind::BadInput { field: None }, format!("This webhook cannot be read: {what}."))
}

fn is_word(text: &str) -> bool {
    let starts = text.starts_with(|char: char| char.is_ascii_alphabetic());
    starts && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The id of the delivery, which a retry keeps; without one, the body is its own.
fn delivery(headers: &Headers, body: &[u8]) -> String {
    headers
        .get("x-atlassian-webhook-identifier")
        .map(|id| line(id, 100))
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(body))))
}

/// What we do not tell of: an event for rules and outgoing webhooks.
fn other(hook: &Hook<'_>, noun: &str, verb: &str) -> Notice {
    let envelope = hook.envelope;
    let kind = if verb.is_empty() { noun.to_owned() } else { format!("{noun}.{verb}") };
    let at = envelope.issue.as_ref().and_then(|issue| IssueKey::parse(&issue.key));
    let project = envelope.project.as_ref().and_then(|project| ProjectKey::parse(&project.key));
    let project = at.as_ref().map(|at| at.project.clone()).or(project);
    let mut data = Object::new();
    if let Some(file) = &envelope.attachment {
        let by = file.author.called();
        data.insert(
            "attachment".to_owned(),
            json!({ "id": file.id, "name": file.filename, "size": file.size, "author": by }),
        );
    }
    if let Some(board) = &envelope.board {
        data.insert("board".to_owned(), json!({ "id": board.id, "name": board.name, "type": board.kind }));
    }
    let source = project.map_or_else(|| "jira".to_owned(), |project| project.source());
    let mut event = hook.event("", source, &kind, data);
    event.subject = at.as_ref().map(ToString::to_string);
    event.key = at.map(|at| at.key());
    Notice::new(event)
}
