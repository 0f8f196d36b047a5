//! Options for a field of a form while somebody types in it. Called by both ways in; nothing of it is kept in the inbox.
//! <https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select>

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::form::option_of;
use crate::delivery::tokens;
use crate::model::{Actor, Choice, Clock, Token};
use crate::operations::{Offer, Typing, texts};
use crate::store::Store;

/// How long somebody who types is kept waiting. Slack waits for 3 s, but over a socket everything behind waits, too.
const PATIENCE: SignedDuration = SignedDuration::from_millis(1_000);
/// The same while the service has been slow.
const IMPATIENCE: SignedDuration = SignedDuration::from_millis(200);

/// What somebody types in a form.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suggestion {
    /// The form's.
    pub token: Token,
    /// The field's name.
    pub field: String,
    /// What was typed so far.
    pub begun: String,
    /// What the form's fields hold.
    pub values: BTreeMap<String, String>,
    /// Who types.
    pub actor: Actor,
}

/// Knows what the rest might be.
#[async_trait]
pub(super) trait Suggest: Send + Sync {
    /// The likeliest values; none where there is nothing to offer.
    async fn suggest(&self, asked: &Suggestion) -> Vec<Choice>;
}

/// Asks the offer of the house.
pub(super) struct Suggester {
    offer: Arc<Offer>,
    store: Store,
    clock: Clock,
    slow: AtomicBool,
}

impl Suggester {
    pub(super) fn new(offer: Arc<Offer>, store: &Store, clock: &Clock) -> Arc<Self> {
        Arc::new(Self { offer, store: store.clone(), clock: clock.clone(), slow: AtomicBool::new(false) })
    }
}

#[async_trait]
impl Suggest for Suggester {
    async fn suggest(&self, asked: &Suggestion) -> Vec<Choice> {
        let record = match tokens::get(&self.store, &asked.token) {
            Ok(Some(record)) => record,
            Ok(None) => return Vec::new(),
            Err(fault) => {
                tracing::warn!(%fault, "nothing can be offered for a form");
                return Vec::new();
            }
        };
        // A form is in no channel; it belongs where it was asked for.
        let Some(place) = record.asked.map(|asked| asked.place) else { return Vec::new() };
        let mut given = texts(&record.press.args);
        given.extend(asked.values.clone());
        given.remove(&asked.field);
        let (offer, asked) = (Arc::clone(&self.offer), asked.clone());
        // What comes too late for this keystroke is remembered for the next one.
        let asking = tokio::spawn(async move {
            let typing = Typing {
                operation: &record.press.operation,
                param: &asked.field,
                begun: asked.begun.trim(),
                given: &given,
                actor: &asked.actor,
                place: &place,
            };
            offer.values(typing).await
        });
        let patience = if self.slow.load(Ordering::Relaxed) { IMPATIENCE } else { PATIENCE };
        let found = tokio::select! {
            biased;
            found = asking => found.ok(),
            () = self.clock.sleep(patience) => None,
        };
        self.slow.store(found.is_none(), Ordering::Relaxed);
        found.unwrap_or_default()
    }
}

/// What Slack is answered: the choices, and what was typed itself, so that any value can be given. What is meant
/// exactly comes first.
pub(super) fn options(begun: &str, choices: &[Choice]) -> Value {
    let begun = begun.trim();
    let exact = choices.iter().find(|choice| choice.value == begun);
    let rest = choices.iter().filter(|choice| choice.value != begun);
    let own = Choice { value: begun.to_owned(), label: begun.to_owned() };
    let own = exact.is_none().then_some(&own);
    let all: Vec<Value> = exact.into_iter().chain(rest).chain(own).filter_map(option_of).collect();
    json!({ "options": all })
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
