//! What a person's action leads to: an interaction sent to the app, and then what came of it.
//!
//! The person side hands these out; `interactions` settles them.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde_json::Value;
use tokio::sync::watch;

use super::model::Choice;

/// An interaction sent to the app, whose first answer can be waited for.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Interaction id.
    pub id: String,
    /// Interaction token, good for fifteen minutes.
    pub token: String,
    /// What the app got.
    pub payload: Value,
    pub(super) done: watch::Receiver<Option<Outcome>>,
}

impl Delivered {
    /// Waits until the app answered or Discord gave up, by the fake's clock.
    pub async fn outcome(&self) -> Outcome {
        let mut done = self.done.clone();
        match done.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Outcome::NotReached),
            Err(_) => Outcome::NotReached,
        }
    }

    /// What came of it so far.
    pub fn outcome_now(&self) -> Option<Outcome> {
        self.done.borrow().clone()
    }
}

/// What came of an interaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The app answered in time.
    Acknowledged {
        /// Callback type: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal.
        kind: u8,
        /// The callback's data, if any.
        data: Option<Value>,
        /// Real time between sending and answer, whatever the fake's clock says.
        took: Duration,
    },
    /// No session to send it to, or no connection to the URL: the person sees "The application did not respond".
    NotReached,
    /// No answer within three seconds: the person sees "The application did not respond".
    TimedOut,
    /// The interactions URL answered with this status.
    HttpError(u16),
    /// The interactions URL answered with a body that Discord does not take; this is the error.
    Refused(Value),
}

impl Outcome {
    /// Whether the app answered in time.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Acknowledged { .. })
    }

    /// The choices of an answer to an autocompletion.
    pub fn choices(&self) -> Vec<Choice> {
        let Self::Acknowledged { data: Some(data), .. } = self else { return Vec::new() };
        let all = data["choices"].as_array().into_iter().flatten();
        all.filter_map(|choice| {
            Some(Choice { name: choice["name"].as_str()?.to_owned(), value: choice.get("value")?.clone() })
        })
        .collect()
    }
}

/// A message someone wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Channel id.
    pub channel: String,
    /// Message id.
    pub message: String,
    /// Gateway sessions that were told, broken ones that can be resumed included.
    pub heard: usize,
}

/// Something Discord's own client would not let a person do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impossible {
    /// Why not.
    pub reason: String,
    /// Messages at options and form fields, by name or custom id.
    pub fields: BTreeMap<String, String>,
}

impl Impossible {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), fields: BTreeMap::new() }
    }

    /// One option or field is wrong.
    pub(super) fn field(name: &str, why: impl Into<String>) -> Self {
        let why = why.into();
        let reason = format!("{name}: {why}");
        Self { reason, fields: BTreeMap::from([(name.to_owned(), why)]) }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Impossible {}
