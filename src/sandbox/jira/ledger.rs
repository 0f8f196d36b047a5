//! What is remembered for the tests and the demo: requests that came in, deliveries that went out, rules that were broken.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

/// A request as it came in. Tokens and secrets are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Running number, from 1.
    pub sequence: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Method in capitals.
    pub method: String,
    /// Path without `/ex/jira/{cloud_id}`, still escaped as it was sent.
    pub path: String,
    /// Whether it came through the gateway, `/ex/jira/{cloud_id}`.
    pub gateway: bool,
    /// Query in order, unescaped.
    pub query: Vec<(String, String)>,
    /// Headers in order with names in small letters, without `authorization` and `cookie`.
    pub headers: Vec<(String, String)>,
    /// Body: JSON when it is JSON, else text; `null` when empty. Secrets of `/oauth/token` are shown as `***`.
    pub body: Value,
    /// Whose request it was, when the sign-in was good.
    pub account: Option<String>,
    /// Status that was decided; `None` when a fault kept the request from being worked on.
    pub status: Option<u16>,
    /// What was answered, when it was JSON.
    pub answer: Value,
    /// Whether the answer was sent; false when a fault cut it off.
    pub answered: bool,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// `X-Atlassian-Webhook-Identifier`; every retry keeps it.
    pub identifier: String,
    /// The hook.
    pub hook: u64,
    /// The payload's `webhookEvent`.
    pub event: String,
    /// How many attempts there were before.
    pub retry: u8,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// Where it went.
    pub url: String,
    /// Headers that were sent.
    pub headers: Vec<(String, String)>,
    /// What was sent.
    pub payload: Arc<Value>,
}

/// How a delivery is vouched for.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// Not at all.
    None,
    /// `X-Hub-Signature` with this secret.
    Secret(String),
    /// A JWT in `Authorization` with this client id and client secret.
    Jwt { client: String, secret: String },
}

/// A delivery on its way, or waiting for its next attempt.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub identifier: String,
    pub hook: u64,
    pub event: String,
    pub retry: u8,
    /// Not before then.
    pub due: Timestamp,
    pub url: String,
    pub proof: Proof,
    pub secondary: bool,
    pub payload: Arc<Value>,
}

/// Something that a careful client does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: Timestamp,
    /// Method and path.
    pub request: String,
    /// What was wrong: an unknown route, a request before the announced wait was over, a body that is no ADF.
    pub what: String,
}

/// A list that forgets its oldest entries.
#[derive(Debug)]
pub(super) struct Memory<T> {
    items: VecDeque<T>,
    keep: usize,
}

impl<T> Memory<T> {
    pub(super) fn new(keep: usize) -> Self {
        Self { items: VecDeque::new(), keep: keep.max(1) }
    }

    pub(super) fn push(&mut self, item: T) {
        if self.items.len() == self.keep {
            self.items.pop_front();
        }
        self.items.push_back(item);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.items.iter_mut()
    }
}

impl<T: Clone> Memory<T> {
    pub(super) fn to_vec(&self) -> Vec<T> {
        self.items.iter().cloned().collect()
    }
}
