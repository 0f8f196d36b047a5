//! What a person's action leads to, and what came of a press.
//!
//! The people's side hands these out; `answerCallbackQuery` and the clock settle presses.

use std::fmt;

use tokio::sync::watch;

use super::{Inner, TelegramFake, lock};

/// A message that someone wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Chat id.
    pub chat: i64,
    /// Message id.
    pub message: i64,
    /// The update that tells the bot; none when the bot does not see the message or did not ask for its kind.
    pub update: Option<i64>,
}

/// A press of a button, whose answer can be waited for.
#[derive(Clone, Debug)]
pub struct Pressed {
    /// `callback_query_id`.
    pub id: String,
    /// Callback data of the button.
    pub data: String,
    /// The update that tells the bot; none when it did not ask for presses.
    pub update: Option<i64>,
    pub(super) done: watch::Receiver<Option<Outcome>>,
}

impl Pressed {
    /// Waits until the bot answered or it is too late, by the fake's clock.
    pub async fn outcome(&self) -> Outcome {
        let mut done = self.done.clone();
        match done.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Outcome::NotAnswered),
            Err(_) => Outcome::NotAnswered,
        }
    }

    /// What came of it so far.
    pub fn outcome_now(&self) -> Option<Outcome> {
        self.done.borrow().clone()
    }
}

/// What came of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bot answered in time.
    Answered {
        /// What the person reads, if anything.
        text: Option<String>,
        /// Whether it is a window instead of a line that fades.
        alert: bool,
        /// Link that the client opens.
        url: Option<String>,
    },
    /// Nobody answered: the button stopped spinning by itself.
    NotAnswered,
}

impl Outcome {
    /// Whether the bot answered.
    pub fn is_answered(&self) -> bool {
        matches!(self, Self::Answered { .. })
    }
}

/// Something that Telegram's own client would not let a person do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impossible {
    /// Why not.
    pub reason: String,
}

impl Impossible {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Impossible {}

impl Inner {
    /// Tells whoever waits what came of a press.
    pub(super) fn settle(&self, id: &str, outcome: Outcome) {
        if let Some(done) = lock(&self.notes).presses.remove(id) {
            done.send_replace(Some(outcome));
        }
        self.changed();
    }

    /// Gives up on presses that are too old.
    pub(super) fn expire_presses(&self) {
        let now = self.now();
        let old: Vec<String> = {
            let callbacks = &mut lock(&self.world).callbacks;
            let old = callbacks.iter().filter(|(_, callback)| now >= callback.expires);
            let old: Vec<String> = old.map(|(id, _)| id.clone()).collect();
            for id in &old {
                callbacks.remove(id);
            }
            old
        };
        for id in old {
            self.settle(&id, Outcome::NotAnswered);
        }
    }
}

impl TelegramFake {
    /// Ids of presses that are neither answered nor too old.
    pub fn unanswered_callbacks(&self) -> Vec<String> {
        lock(&self.inner.world).callbacks.keys().cloned().collect()
    }
}
