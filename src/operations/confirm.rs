//! The confirmation of what destroys: a card that says exactly what will run, for the person who asked.

use super::reader::written;
use super::{Declaration, Preview};
use crate::model::{Action, Actor, Card, Fault, Object, Press, Style, Text, Token, Tone, Who};

/// The operation that a *Cancel* button runs.
pub const CANCEL: &str = "quarterdeck.confirmation.cancel";

/// The card that asks `actor` whether to run this. Its button runs it with what the preview pins down.
///
/// # Errors
/// `Bug`: the preview pins down what is no parameter.
pub fn card(declaration: &Declaration, args: &Object, preview: Option<Preview>, actor: &Actor) -> Result<Card, Fault> {
    let Preview { mut card, pin } = preview.unwrap_or_else(|| {
        let card = Card::new(Tone::Warning, format!("{} This cannot be undone.", declaration.summary));
        let seen = args.iter().filter(|(name, _)| declaration.param(name).is_none_or(|param| !param.hidden));
        let card = seen.fold(card, |card, (name, value)| card.field(name.clone(), Text::new().code(written(value))));
        Preview::new(card)
    });
    if let Some(name) = pin.keys().find(|name| declaration.param(name).is_none()) {
        return Err(Fault::bug(format!(
            "the preview of {} pins down `{name}`, which it does not take",
            declaration.spec.name
        )));
    }
    let mut args = args.clone();
    args.extend(pin);
    let only = Who::Only(actor.handle());
    let group = Some(Token::new());
    let run = Press {
        once: true,
        who: only.clone(),
        confirmed: true,
        group: group.clone(),
        done: "Confirmed".to_owned(),
        ..Press::new(declaration.spec.name, args)
    };
    let cancel =
        Press { once: true, who: only, group, done: "Cancelled".to_owned(), ..Press::new(CANCEL, Object::new()) };
    card.actions =
        vec![Action::run("confirm", "Yes, do it", run).style(Style::Danger), Action::run("cancel", "Cancel", cancel)];
    Ok(card)
}
