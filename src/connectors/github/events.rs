//! GitHub's webhooks, read into events and the cards that tell of them
//! (<https://docs.github.com/en/webhooks/webhook-events-and-payloads>).
//!
//! Pure: a stored body can be read again. What is not known here is still an event, only without a card.

mod envelope;
mod issues;
mod pulls;
mod push;
mod releases;
#[cfg(test)]
mod tests;
mod workflows;

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::cards::object;
use super::refs::{Number, Repo};
use super::wire::Comment;
use crate::connectors::markdown::{self, line};
use crate::model::{Block, Card, Event, Fault, FaultKind, Object, Severity, SubjectKey, Tone};
use crate::routing::{Headers, Notice};
use envelope::Envelope;

/// The kinds of events that a channel subscribes to by name, with the event types each stands for and its help:
/// `/qd subscribe acme/api issues pulls`.
#[must_use]
pub fn kinds() -> &'static [(&'static str, &'static [&'static str], &'static str)] {
    &[
        ("issues", &["github.issues.*"], "Issues opened, closed, reopened and changed"),
        ("pulls", &["github.pull_request.*"], "Pull requests opened, updated, merged and closed"),
        (
            "comments",
            &["github.issue_comment.*", "github.pull_request_review_comment.*"],
            "Comments on issues and pull requests",
        ),
        ("reviews", &["github.pull_request_review.*"], "Reviews of pull requests"),
        ("pushes", &["github.push"], "Pushes to branches and tags"),
        ("workflows", &["github.workflow_run.*"], "Workflow runs started, finished and failed"),
        ("releases", &["github.release.*"], "Releases published and changed"),
    ]
}

/// What one webhook comes to, before it is put into an event.
#[derive(Debug, Default)]
struct Told {
    /// In place of GitHub's own action.
    action: Option<&'static str>,
    subject: Option<String>,
    key: Option<SubjectKey>,
    time: Option<Timestamp>,
    severity: Option<Severity>,
    data: Object,
    card: Option<Card>,
    /// Whether the webhook says less of the subject than others do.
    sparse: bool,
    note: Option<Card>,
}

/// Reads one webhook. Its signature is known to be right.
pub(super) fn read(headers: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault> {
    let kind = headers.get("x-github-event").map(|kind| kind.trim()).filter(|kind| is_word(kind)).ok_or_else(|| {
        unreadable("the header `X-GitHub-Event` is missing or is no word; send the webhook as GitHub does")
    })?;
    let json = decode(headers, body)?;
    // A list would be read as a record whose fields have no names.
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(unreadable("the body is no JSON object"));
    }
    let envelope: Envelope = serde_json::from_slice(&json)
        .map_err(|error| unreadable("the body is no JSON object").inside(error.to_string()))?;
    let repo = Repo::parse(&envelope.repository.full_name);
    let told = match (kind, &repo) {
        ("issues", Some(repo)) => issues::changed(repo, &envelope),
        ("issue_comment", Some(repo)) => issues::commented(repo, &envelope),
        ("pull_request", Some(repo)) => pulls::changed(repo, &envelope),
        ("pull_request_review", Some(repo)) => pulls::reviewed(repo, &envelope),
        ("pull_request_review_comment", Some(repo)) => pulls::line_commented(repo, &envelope),
        ("push", Some(repo)) => Some(push::pushed(repo, &envelope)),
        ("workflow_run", Some(repo)) => workflows::run(repo, &envelope),
        ("release", Some(repo)) => releases::changed(repo, &envelope),
        _ => None,
    }
    .unwrap_or_else(|| other(&envelope));
    Ok(vec![notice(kind, &delivery(headers, &json), repo.as_ref(), &envelope, told)])
}

fn unreadable(what: &str) -> Fault {
    Fault::new(FaultKind::BadInput { field: None }, format!("This webhook cannot be read: {what}."))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The JSON of a body, which GitHub sends as it is or as the form field `payload`, as the webhook is set up.
fn decode<'a>(headers: &Headers, body: &'a [u8]) -> Result<std::borrow::Cow<'a, [u8]>, Fault> {
    let form = headers
        .get("content-type")
        .map_or_else(|| body.starts_with(b"payload="), |kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !form {
        return Ok(body.into());
    }
    url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "payload")
        .map(|(_, payload)| payload.into_owned().into_bytes().into())
        .ok_or_else(|| unreadable("the form has no field `payload`"))
}

/// The id of the delivery, which a redelivery keeps; without one, the body is its own.
fn delivery(headers: &Headers, json: &[u8]) -> String {
    headers
        .get("x-github-delivery")
        .map(|id| line(id, 100))
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(json))))
}

fn notice(kind: &str, id: &str, repo: Option<&Repo>, envelope: &Envelope, told: Told) -> Notice {
    let action = told.action.unwrap_or(if is_word(&envelope.action) { &envelope.action } else { "" });
    let name = if action.is_empty() { format!("github.{kind}") } else { format!("github.{kind}.{action}") };
    let source = match (repo, envelope.organization.login.as_str()) {
        (Some(repo), _) => format!("github:{repo}"),
        (None, "") => "github".to_owned(),
        (None, organization) => format!("github:{}", line(organization, 100)),
    };
    let mut data = object(json!({
        "repository": repo.map(ToString::to_string), "action": action, "sender": envelope.sender.called(),
        "is_bot": envelope.sender.is_bot(), "private": envelope.repository.private,
    }));
    data.extend(told.data);
    let mut event = Event::new(id, source, name, data.into());
    event.subject = told.subject;
    event.time = told.time;
    event.severity = Some(told.severity.unwrap_or(Severity::Info));
    event.key = told.key;
    Notice::new(event).card(told.card).sparse(told.sparse).note(told.note)
}

/// What we do not tell of: an event for rules and outgoing webhooks.
fn other(envelope: &Envelope) -> Told {
    let mut data = Object::new();
    for (name, value) in [("url", &envelope.repository.html_url), ("ref", &envelope.reference)] {
        if !value.is_empty() {
            data.insert(name.to_owned(), value.as_str().into());
        }
    }
    Told { data, ..Told::default() }
}

/// What is told of an issue or pull request.
fn about(at: &Number, data: Object) -> Told {
    Told { subject: Some(at.to_string()), key: Some(at.key()), data, ..Told::default() }
}

/// Somebody's words, as a follow-up.
fn quote(tone: Tone, title: String, link: &str, words: Option<&str>) -> Card {
    let card = super::cards::note(tone, title, link);
    let words = markdown::text(words.unwrap_or_default(), 700);
    if words.is_empty() { card } else { card.block(Block::Quote(words)) }
}

/// What is kept of a comment as data; `call` is the call of ours that made it.
fn comment_data(comment: &Comment) -> Object {
    let mut data = object(json!({
        "id": comment.id, "url": comment.html_url, "author": comment.user.called(), "path": comment.path,
        "line": comment.line, "text": markdown::text(comment.body.as_deref().unwrap_or_default(), 700).to_plain(),
    }));
    if let Some(call) = call(comment.body.as_deref()) {
        data.insert("call".to_owned(), call.into());
    }
    data
}

/// The call of ours that wrote this, by its marker.
fn call(body: Option<&str>) -> Option<String> {
    let marked = body?.strip_prefix("<!-- quarterdeck:")?;
    let id = marked.split(" -->").next()?;
    id.parse::<crate::model::CallId>().ok().map(|call| call.to_string())
}
