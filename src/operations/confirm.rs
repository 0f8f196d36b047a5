//! The confirmation of what destroys: a card that says exactly what will run, for the person who asked.

use serde_json::Value;

use super::Declaration;
use crate::model::{Action, Actor, Card, Object, Press, Style, Text, Token, Tone, Who};

/// The operation that a *Cancel* button runs.
pub const CANCEL: &str = "quarterdeck.confirmation.cancel";

/// The card that asks `actor` whether to run this.
#[must_use]
pub fn card(declaration: &Declaration, args: &Object, preview: Option<Card>, actor: &Actor) -> Card {
    let mut card = preview.unwrap_or_else(|| {
        let card = Card::new(Tone::Warning, format!("{} This cannot be undone.", declaration.summary));
        args.iter().fold(card, |card, (name, value)| card.field(name.clone(), Text::new().code(plain(value))))
    });
    let only = Who::Only(actor.handle());
    let group = Some(Token::new());
    let run = Press {
        once: true,
        who: only.clone(),
        confirmed: true,
        group: group.clone(),
        done: "Confirmed".to_owned(),
        ..Press::new(declaration.spec.name, args.clone())
    };
    let cancel =
        Press { once: true, who: only, group, done: "Cancelled".to_owned(), ..Press::new(CANCEL, Object::new()) };
    card.actions =
        vec![Action::run("confirm", "Yes, do it", run).style(Style::Danger), Action::run("cancel", "Cancel", cancel)];
    card
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
