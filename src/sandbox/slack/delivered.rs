//! What a person's action leads to: sent to the app, and then what came of it.
//!
//! The person side hands these out; `push` settles them.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde_json::Value;
use tokio::sync::watch;

/// Something sent to the app, whose acknowledgement can be waited for.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Envelope id of the first attempt.
    pub envelope_id: String,
    /// What the app got.
    pub payload: Value,
    pub(super) done: watch::Receiver<Option<Outcome>>,
}

impl Delivered {
    /// Waits until the app acknowledged or Slack gave up, by the fake's clock.
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

/// What came of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The app acknowledged in time.
    Acknowledged {
        /// What it answered with, if anything.
        response: Option<Value>,
        /// Real time between sending and acknowledgement, whatever the fake's clock says.
        took: Duration,
        /// How many redeliveries it took.
        retries: u32,
    },
    /// No connection, or none could be made: the person sees `dispatch_failed`.
    NotReached,
    /// No acknowledgement within three seconds: the person sees `operation_timeout`.
    TimedOut,
    /// The request URL answered with this status.
    HttpError(u16),
    /// An event that was given up after its last redelivery.
    Lost,
}

impl Outcome {
    /// Whether the app acknowledged.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Acknowledged { .. })
    }
}

/// A message someone wrote, and what the app was told of it.
#[derive(Clone, Debug)]
pub struct Said {
    /// Channel id.
    pub channel: String,
    /// The message's timestamp.
    pub ts: String,
    /// Events sent for it; empty when the app is not in the channel or did not subscribe.
    pub delivered: Vec<Delivered>,
}

/// Where an interactive element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In a message, ephemeral ones included.
    Message {
        /// Channel id or name.
        channel: String,
        /// The message's timestamp.
        ts: String,
    },
    /// In a modal.
    View(String),
}

impl Spot {
    /// In a message.
    pub fn message(channel: &str, ts: &str) -> Self {
        Self::Message { channel: channel.to_owned(), ts: ts.to_owned() }
    }

    /// In a modal.
    pub fn view(id: &str) -> Self {
        Self::View(id.to_owned())
    }
}

/// Something Slack's own client would not let a person do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impossible {
    /// Why not.
    pub reason: String,
    /// Messages under form fields, by block id.
    pub fields: BTreeMap<String, String>,
}

impl Impossible {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), fields: BTreeMap::new() }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        self.fields.iter().try_for_each(|(block, message)| write!(f, "; {block}: {message}"))
    }
}

impl std::error::Error for Impossible {}
