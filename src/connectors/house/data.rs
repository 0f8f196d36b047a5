//! Events of types that nobody documented here: a plain card of what they hold.

use serde_json::Value;

use crate::model::{Block, Card, Event, Text, Tone};
use crate::routing::Notice;

use super::{footed, tone};

/// How many members of the data are shown as fields; the rest is in the data itself.
const SHOWN: usize = 10;

pub(super) fn tell(event: Event) -> Notice {
    let tone = if event.severity.is_some() { tone(event.severity) } else { Tone::Neutral };
    let text = |name: &str| event.data.get(name).and_then(Value::as_str);
    let title = text("title").or_else(|| text("message")).or(event.subject.as_deref()).unwrap_or(&event.kind);
    let mut card = Card::new(tone, title);
    if title != event.kind {
        card = card.field("Event", Text::new().code(event.kind.clone()));
    }
    if let Some(url) = text("url") {
        card = card.link(url);
    }
    match &event.data {
        Value::Object(members) => {
            let simple = members.iter().filter(|(name, value)| {
                !["title", "message", "url"].contains(&name.as_str()) && !value.is_object() && !value.is_array()
            });
            for (name, value) in simple.take(SHOWN) {
                card = card.field(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        Value::Null => {}
        Value::String(text) => card = card.text(text.clone()),
        other => card = card.block(Block::Code(other.to_string())),
    }
    card = footed(card, &event);
    if let Some(key) = &event.key {
        card = card.key(key.clone());
    }
    Notice::new(event).card(card)
}
