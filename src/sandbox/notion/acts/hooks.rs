//! Webhook subscriptions: made in the settings, verified by a person, and what is delivered held back or repeated.

use std::sync::Arc;

use serde_json::json;

use super::Missing;
use crate::sandbox::notion::NotionFake;
use crate::sandbox::notion::data::{Id, uuid};
use crate::sandbox::notion::events::Subscription;
use crate::sandbox::notion::ledger::Job;
use crate::sandbox::notion::setup::NotionHook;
use crate::sandbox::notion::state::State;

impl State {
    /// Makes a subscription. Unless it is verified already, its token goes to the address, unsigned.
    pub(in crate::sandbox::notion) fn subscribe(&mut self, hook: &NotionHook) -> Id {
        let id = uuid(&format!("subscription {}", self.subscriptions.len()));
        let made = || format!("secret_{}", uuid(&format!("verification {id}")).replace('-', ""));
        let token = hook.token.clone().unwrap_or_else(made);
        self.subscriptions.push(Subscription {
            id: id.clone(),
            url: hook.url.clone(),
            events: hook.events.clone(),
            token,
            active: hook.token.is_some(),
            integration: 0,
        });
        if hook.token.is_none() {
            self.send_token(&id);
        }
        id
    }

    fn send_token(&mut self, id: &str) {
        let Some(subscription) = self.subscriptions.iter().find(|subscription| subscription.id == id) else { return };
        let payload = json!({ "verification_token": subscription.token });
        self.outbox.push(Job {
            id: String::new(),
            subscription: subscription.id.clone(),
            event: "verification".to_owned(),
            attempt: 1,
            url: subscription.url.clone(),
            token: None,
            payload: Arc::new(payload),
        });
    }
}

/// What a person does with webhooks, and what goes wrong with them on order.
impl NotionFake {
    /// A person makes a subscription in the settings of the first integration; returns its identifier. Unless the hook
    /// has a token already, the verification token is sent to its address, unsigned.
    pub fn subscribe(&self, hook: &NotionHook) -> String {
        self.shared.act(|state| state.subscribe(hook))
    }

    /// A person asks for the verification token again. False when there is no such subscription, or it is active.
    pub fn resend_token(&self, subscription: &str) -> bool {
        self.shared.act(|state| {
            let pending = state.subscriptions.iter().any(|known| known.id == subscription && !known.active);
            if pending {
                state.send_token(subscription);
            }
            pending
        })
    }

    /// A person pastes the verification token. False: it is the token of no pending subscription.
    pub fn verify(&self, token: &str) -> bool {
        self.shared.act(|state| {
            let pending = |known: &&mut Subscription| !known.active && known.token == token;
            let found = state.subscriptions.iter_mut().find(pending);
            found.map(|subscription| subscription.active = true).is_some()
        })
    }

    /// A person deletes a subscription.
    ///
    /// # Errors
    /// When there is no such subscription.
    pub fn unsubscribe(&self, subscription: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let before = state.subscriptions.len();
            state.subscriptions.retain(|known| known.id != subscription);
            if state.subscriptions.len() < before { Ok(()) } else { Err(Missing::new("subscription", subscription)) }
        })
    }

    /// From now on events are gathered instead of sent, as Notion does for up to a minute.
    pub fn hold_webhooks(&self) {
        self.shared.act(|state| state.holding = true);
    }

    /// How many events are held back.
    pub fn held_webhooks(&self) -> usize {
        self.shared.lock().held.len()
    }

    /// Sends what was held back, in order, and holds nothing from now on.
    pub fn release_webhooks(&self) {
        self.let_go(false);
    }

    /// The same with the newest first: Notion promises no order.
    pub fn release_webhooks_backwards(&self) {
        self.let_go(true);
    }

    fn let_go(&self, backwards: bool) {
        self.shared.act(|state| {
            let mut held = std::mem::take(&mut state.held);
            if backwards {
                held.reverse();
            }
            state.holding = false;
            for event in &held {
                state.send(event);
            }
        });
    }

    /// Sends again what nobody took, with the next attempt's number; returns how many.
    pub fn retry_webhooks(&self) -> usize {
        self.shared.act(|state| {
            let failed = std::mem::take(&mut state.failed);
            let count = failed.len();
            for job in failed {
                state.outbox.push(again(job));
            }
            count
        })
    }

    /// Sends an event once more although it was taken: deliveries can be repeated.
    ///
    /// # Errors
    /// When no event of that identifier was delivered.
    pub fn repeat_webhook(&self, event: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let found = state.deliveries.iter().rev().find(|delivery| delivery.id == event && !event.is_empty());
            let job = found.and_then(|delivery| {
                let subscription = state.subscriptions.iter().find(|known| known.id == delivery.subscription)?;
                Some(Job {
                    id: delivery.id.clone(),
                    subscription: delivery.subscription.clone(),
                    event: delivery.event.clone(),
                    attempt: delivery.attempt,
                    url: delivery.url.clone(),
                    token: Some(subscription.token.clone()),
                    payload: Arc::clone(&delivery.payload),
                })
            });
            let job = job.ok_or_else(|| Missing::new("delivered event", event))?;
            state.outbox.push(again(job));
            Ok(())
        })
    }
}

/// The next attempt of a delivery.
fn again(mut job: Job) -> Job {
    job.attempt += 1;
    let mut payload = (*job.payload).clone();
    payload["attempt_number"] = json!(job.attempt);
    job.payload = Arc::new(payload);
    job
}
