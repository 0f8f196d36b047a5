//! Notion's webhooks, read into events (<https://developers.notion.com/reference/webhooks-events-delivery>).
//!
//! They are signals: they name what changed by id and say nothing of what it is now. So [`read`] gives each event along
//! with a look that reads the thing back, and [`told`], [`commented`] and [`restructured`] make of event and answer what
//! people are told. Pure: a stored body can be read again.

#[cfg(test)]
mod tests;
mod told;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::refs::Id;
use crate::connectors::markdown::line;
use crate::model::{Event, Fault, FaultKind, Severity};
use crate::routing::{Headers, Look, Notice};

pub use told::{commented, gone, restructured, told};

/// How long a page is left alone before it is read: creating one comes with signals of its properties and content.
const SETTLED: SignedDuration = SignedDuration::from_secs(5);
/// How long while somebody writes in it.
const WRITTEN: SignedDuration = SignedDuration::from_secs(30);

/// The kinds of events that a channel subscribes to by name, with the event types each stands for and its help.
#[must_use]
pub fn kinds() -> &'static [(&'static str, &'static [&'static str], &'static str)] {
    &[
        ("pages", &["notion.page.*"], "Pages and entries created, changed, moved and deleted"),
        ("databases", &["notion.database.*", "notion.data_source.*"], "Databases created, restructured and deleted"),
        ("comments", &["notion.comment.*"], "Comments on pages"),
    ]
}

/// A webhook's body. What is missing or of another type becomes the default.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Signal {
    id: Value,
    timestamp: Value,
    #[serde(rename = "type")]
    kind: Value,
    workspace_name: Value,
    authors: Value,
    entity: Value,
    data: Value,
    verification_token: Value,
}

/// Reads one webhook. Its signature is known to be right. The handshake, which only brings the verification token, is no
/// event; a kind that is not known here is one, without a look.
///
/// # Errors
/// `BadInput`: the body is no JSON object, or names no kind of event.
pub fn read(_: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault> {
    // A list would be read as a record whose fields have no names.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(unreadable("the body is no JSON object"));
    }
    let signal: Signal = serde_json::from_slice(body)
        .map_err(|error| unreadable("the body is no JSON object").inside(error.to_string()))?;
    let Some(kind) = signal.kind.as_str().filter(|kind| is_kind(kind)) else {
        if signal.verification_token.is_string() {
            return Ok(Vec::new());
        }
        return Err(unreadable("it does not say what kind of event it is"));
    };
    let event = event(kind, &signal, body);
    Ok(vec![match look(kind, &signal) {
        Some(look) => Notice::signal(event, look),
        None => Notice::new(event),
    }])
}

fn unreadable(what: &str) -> Fault {
    Fault::new(FaultKind::BadInput { field: None }, format!("This webhook cannot be read: {what}."))
}

/// Whether this is a kind of event as Notion names them: `page.content_updated`.
fn is_kind(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text.len() <= 80 && text.split('.').all(is_word)
}

fn id_at(value: &Value, pointer: &str) -> Option<Id> {
    value.pointer(pointer).and_then(Value::as_str).and_then(Id::parse)
}

/// What the event is about: the page, database or data source; of a comment or block, the page it is on.
fn subject(signal: &Signal) -> Option<Id> {
    let entity = id_at(&signal.entity, "/id");
    match signal.entity.get("type").and_then(Value::as_str) {
        Some("page" | "database" | "data_source") => entity,
        Some("comment" | "block") => id_at(&signal.data, "/page_id").or_else(|| parent(signal)),
        _ => None,
    }
}

/// What the subject is in, as far as it is said. The workspace has an id too, but nobody subscribes to it.
fn parent(signal: &Signal) -> Option<Id> {
    let in_workspace = signal
        .data
        .pointer("/parent/type")
        .and_then(Value::as_str)
        .is_some_and(|kind| matches!(kind, "space" | "workspace" | "team" | "agent"));
    let named = ["/parent/data_source_id", "/parent/database_id", "/parent/page_id"];
    let inside = named.into_iter().find_map(|pointer| id_at(&signal.data, pointer));
    inside.or_else(|| id_at(&signal.data, "/parent/id").filter(|_| !in_workspace))
}

fn event(kind: &str, signal: &Signal, body: &[u8]) -> Event {
    let id = signal.id.as_str().map(|id| line(id, 100)).filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(body))));
    let subject = subject(signal);
    let parent = parent(signal);
    // Pages are heard of where their data source or page is subscribed to; databases stand for themselves.
    let source = if kind.starts_with("page.") { parent.or(subject) } else { subject.or(parent) };
    let authors = signal.authors.as_array().map_or(&[][..], Vec::as_slice);
    let author = |author: &Value| {
        let kind = author.get("type").and_then(Value::as_str).map(|kind| line(kind, 20));
        Some(json!({ "id": id_at(author, "/id")?, "type": kind }))
    };
    let authors: Vec<Value> = authors.iter().filter_map(author).take(20).collect();
    let is_bot = !authors.is_empty() && authors.iter().all(|author| author["type"] != "person");
    let updated = signal.data.get("updated_properties").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    // Of a page they are ids, of a data source records with id, name and action.
    let updated: Vec<Value> = updated
        .iter()
        .filter_map(|one| one.as_str().or_else(|| one.get("id")?.as_str()))
        .take(100)
        .map(|id| line(id, 100).into())
        .collect();
    let entity = signal.entity.get("type").and_then(Value::as_str).map(|kind| line(kind, 40));
    let data = json!({
        "entity": entity, "id": id_at(&signal.entity, "/id"), "subject": subject, "parent": parent,
        "workspace": signal.workspace_name.as_str().map(|name| line(name, 100)), "authors": authors, "is_bot": is_bot,
        "updated_properties": updated,
    });
    let source = source.map_or_else(|| "notion".to_owned(), Id::source);
    let mut event = Event::new(id, source, format!("notion.{kind}"), data);
    event.subject = subject.map(|id| id.to_string());
    event.time = signal.timestamp.as_str().and_then(|time| time.parse::<Timestamp>().ok());
    event.severity = Some(Severity::Info);
    event.key = subject.map(Id::key);
    event
}

/// What has to be read to tell of it, such as `page:<id>`, `comment:<id>` or `data_source:<id>`.
fn look(kind: &str, signal: &Signal) -> Option<Look> {
    let entity = id_at(&signal.entity, "/id")?;
    let (noun, what) = kind.split_once('.')?;
    let look = |noun: &str, id: Id, wait| Some(Look::new(format!("{noun}:{id}")).wait(wait));
    match (noun, what) {
        ("page", "content_updated") => look("page", entity, WRITTEN),
        ("page", _) if subject(signal) == Some(entity) => look("page", entity, SETTLED),
        // What was deleted cannot be read any more; only the page's count of comments is another.
        ("comment", "created" | "updated") => look("comment", entity, SignedDuration::ZERO),
        ("data_source" | "database", _) => look(noun, entity, SETTLED),
        _ => None,
    }
}
