//! What the tests of this folder share: a caller, and a card as plain text.

use std::collections::BTreeMap;

use crate::model::{Action, ActionKind, Actor, Block, CallId, Card, Place, PlatformId, Role, Span, Text, Timestamp};
use crate::operations::Caller;

/// Ana, on Slack, an hour into 2024.
pub(super) fn caller() -> Caller {
    let slack = PlatformId::new("slack");
    let now: Timestamp = "2024-01-01T01:00:00Z".parse().unwrap();
    Caller {
        call: CallId::new(),
        actor: Actor::User { platform: slack.clone(), id: "U1".to_owned(), name: "Ana".to_owned() },
        role: Role::Operator,
        place: Some(Place::channel(&slack, "C1")),
        accepted_at: now,
        now,
        defaults: BTreeMap::new(),
        quote: None,
    }
}

fn inline(text: &Text) -> String {
    text.0
        .iter()
        .map(|span| match span {
            Span::Bold(text) => format!("**{text}**"),
            Span::Code(text) => format!("`{text}`"),
            Span::Link { text, url } => format!("[{text}]({url})"),
            other => Text(vec![other.clone()]).to_plain(),
        })
        .collect()
}

fn button(action: &Action) -> String {
    match &action.kind {
        ActionKind::Open(url) => format!("[{}] -> {url}", action.label),
        ActionKind::Run(press) | ActionKind::Select { press, .. } => {
            let args = serde_json::to_string(&press.args).unwrap();
            let once = if press.once { format!(" once: {}", press.done) } else { String::new() };
            format!("[{}] {} {args}{once}", action.label, press.operation)
        }
    }
}

/// A card as plain text.
pub(super) fn dump(card: &Card) -> String {
    let mut lines = vec![format!("{:?} | {} | {}", card.tone, card.title, card.link.as_deref().unwrap_or("-"))];
    for block in &card.body {
        match block {
            Block::Text(text) => lines.push(inline(text)),
            Block::Quote(text) => lines.push(format!("> {}", inline(text))),
            Block::List { items, .. } => lines.extend(items.iter().map(|item| format!("- {}", inline(item)))),
            other => lines.push(format!("{other:?}")),
        }
    }
    lines.extend(card.fields.iter().map(|field| format!("{}: {}", field.label, inline(&field.value))));
    lines.extend(card.footer.iter().map(|footer| format!("_{}_", inline(footer))));
    lines.extend(card.actions.iter().map(button));
    lines.extend(card.key.iter().map(|key| format!("key {key}")));
    lines.join("\n")
}
