//! What is told of a signal once its page, comment or data source was read back.

use serde_json::{Value, json};

use super::super::cards::{View, comment_note, heading, note, page_card, page_data, source_card, source_title, state};
use super::super::properties::{Schema, show_as};
use super::super::refs::Id;
use super::super::wire::{Comment, DataSource, User};
use crate::connectors::markdown::line;
use crate::model::{Event, Object, Tone};
use crate::routing::Notice;

/// How many changes a note names.
const CHANGES: usize = 6;

/// What is told of a page that was read back: its card, and who did what. `authors` are the people whom the event names,
/// as far as they were looked up.
#[must_use]
pub fn told(mut event: Event, view: &View<'_>, authors: &[User]) -> Notice {
    let page = view.page;
    let changed = changes(&event, view);
    let by = names(&event, authors);
    let mut data = members(&event);
    data.extend(page_data(view));
    data.insert("by".to_owned(), by.clone().into());
    data.insert("changed".to_owned(), changed.iter().map(|(name, _)| Value::from(name.as_str())).collect());
    event.data = Value::Object(data);
    settle(&mut event, page.id, page.parent.id());
    let card = page_card(view);
    let said = match event.kind.as_str() {
        "notion.page.properties_updated" => said_of(&by, &changed).map(|said| (Tone::Neutral, said)),
        "notion.page.content_updated" => Some((Tone::Neutral, format!("{by} edited the content"))),
        "notion.page.moved" => {
            let to = view.parent.map(|parent| format!(" to {}", line(parent, 100))).unwrap_or_default();
            Some((Tone::Neutral, format!("Moved{to} by {by}")))
        }
        "notion.page.deleted" => Some((Tone::Muted, format!("Moved to the trash by {by}"))),
        "notion.page.undeleted" => Some((Tone::Neutral, format!("Restored by {by}"))),
        "notion.page.locked" => Some((Tone::Muted, format!("Locked by {by}"))),
        "notion.page.unlocked" => Some((Tone::Neutral, format!("Unlocked by {by}"))),
        // That it was created its card says, and of what comes nothing is known.
        _ => None,
    };
    let notice = Notice::new(event).card(card).note(said.map(|(tone, said)| note(tone, said, &page.url)));
    match state(view) {
        Some(state) => notice.state(state),
        None => notice,
    }
}

/// What is told of a comment that was read back, with its page, where that was read too.
#[must_use]
pub fn commented(mut event: Event, comment: &Comment, view: Option<&View<'_>>) -> Notice {
    let mut data = members(&event);
    if let Some(view) = view {
        data.extend(page_data(view));
    }
    let text = super::super::blocks::shown(&comment.rich_text, 700).to_plain();
    data.insert("by".to_owned(), comment.by().into());
    let about = json!({ "id": comment.id, "discussion": comment.discussion_id, "author": comment.by(), "text": text });
    data.insert("comment".to_owned(), about);
    event.data = Value::Object(data);
    let page = view.map(|view| view.page);
    let known = event.subject.as_deref().and_then(Id::parse);
    if let Some(id) = page.map(|page| page.id).or(known).or(comment.parent.page_id) {
        settle(&mut event, id, page.and_then(|page| page.parent.id()));
    }
    let link = page.map(|page| page.url.clone()).filter(|url| !url.is_empty());
    let link = link.or_else(|| known.map(Id::link)).unwrap_or_default();
    let note = (event.kind == "notion.comment.created").then(|| comment_note(comment, &link));
    Notice::new(event).card(view.map(page_card)).note(note)
}

/// What is told of a data source that was read back.
#[must_use]
pub fn restructured(mut event: Event, source: &DataSource, authors: &[User]) -> Notice {
    let by = names(&event, authors);
    let schema = Schema::of(&source.properties);
    let ids = updated(&event);
    let changed: Vec<&str> = ids.iter().filter_map(|id| Some(schema.by_id(id)?.name.as_str())).take(CHANGES).collect();
    let mut data = members(&event);
    data.insert("title".to_owned(), source_title(source).into());
    data.insert("url".to_owned(), source.url.as_str().into());
    data.insert("by".to_owned(), by.clone().into());
    data.insert("changed".to_owned(), changed.clone().into());
    event.data = Value::Object(data);
    settle(&mut event, source.id, Some(source.id));
    let what = event.kind.rsplit('.').next().unwrap_or_default();
    let said = match what {
        "schema_updated" if changed.is_empty() => Some(format!("{by} changed the properties")),
        "schema_updated" => {
            let names: Vec<String> = changed.iter().map(|name| line(name, 60)).collect();
            Some(format!("{by} changed the properties: {}", names.join(", ")))
        }
        "moved" => Some(format!("Moved by {by}")),
        "deleted" => Some(format!("Moved to the trash by {by}")),
        "undeleted" => Some(format!("Restored by {by}")),
        _ => None,
    };
    let note = said.map(|said| note(Tone::Neutral, said, &source.url));
    Notice::new(event).card(source_card(source)).note(note)
}

/// What is told of something that cannot be read any more (deleted for good, or no longer shared): the event alone.
#[must_use]
pub fn gone(mut event: Event) -> Notice {
    let mut data = members(&event);
    data.insert("gone".to_owned(), true.into());
    event.data = Value::Object(data);
    Notice::new(event)
}

/// Where the event belongs, now that it is known.
fn settle(event: &mut Event, subject: Id, parent: Option<Id>) {
    if subject.is_nil() {
        return;
    }
    event.subject = Some(subject.to_string());
    event.key = Some(subject.key());
    event.source = parent.filter(|parent| !parent.is_nil()).unwrap_or(subject).source();
}

fn members(event: &Event) -> Object {
    event.data.as_object().cloned().unwrap_or_default()
}

fn updated(event: &Event) -> Vec<&str> {
    let ids = event.data.get("updated_properties").and_then(Value::as_array);
    ids.map(|ids| ids.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// The names of the properties that changed, each with its value now.
fn changes(event: &Event, view: &View<'_>) -> Vec<(String, String)> {
    let ids = updated(event);
    let page = view.page;
    let named = page
        .properties
        .iter()
        .filter(|(_, value)| value.get("id").and_then(Value::as_str).is_some_and(|id| ids.contains(&id)));
    let shown = named.map(|(name, value)| {
        let property = view.schema.and_then(|schema| schema.0.iter().find(|property| property.name == *name));
        let value = if value.get("title").is_some() { heading(page) } else { show_as(value, property).to_plain() };
        (line(name, 60), line(&value, 80))
    });
    shown.collect()
}

fn said_of(by: &str, changed: &[(String, String)]) -> Option<String> {
    match changed {
        [] => None,
        [(name, value)] if value.is_empty() => Some(format!("{by} emptied {name}")),
        [(name, value)] => Some(format!("{by} changed {name} to {value}")),
        several => {
            let names: Vec<&str> = several.iter().take(CHANGES).map(|(name, _)| name.as_str()).collect();
            let more = several.len().saturating_sub(CHANGES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Some(format!("{by} changed {}{more}", names.join(", ")))
        }
    }
}

/// Who did it, as far as it is known.
fn names(event: &Event, authors: &[User]) -> String {
    let ids: Vec<Id> = event.data.get("authors").and_then(Value::as_array).map_or_else(Vec::new, |authors| {
        authors.iter().filter_map(|author| Id::parse(author.get("id")?.as_str()?)).collect()
    });
    let known = ids.iter().filter_map(|id| authors.iter().find(|user| user.id == *id));
    let names: Vec<String> = known.map(User::called).take(3).collect();
    match (names.as_slice(), ids.len()) {
        ([], 0 | 1) => "somebody".to_owned(),
        ([], count) => format!("{count} people"),
        (names, count) if count > names.len() => format!("{} and {} more", names.join(", "), count - names.len()),
        (names, _) => names.join(", "),
    }
}
