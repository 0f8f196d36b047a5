//! What is remembered for the tests and the demo: requests that came in, deliveries that went out, rules that were broken.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A request as it came in. The token is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Running number, from 1.
    pub sequence: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// Method in capitals.
    pub method: String,
    /// Path without `/api/v3`, still escaped as it was sent.
    pub path: String,
    /// Whether it came under `/api/v3`.
    pub enterprise: bool,
    /// Query in order, unescaped.
    pub query: Vec<(String, String)>,
    /// Headers in order with names in small letters, without `authorization`.
    pub headers: Vec<(String, String)>,
    /// Body: JSON when it is JSON, else text; `null` when empty.
    pub body: Value,
    /// Whose token came along, when it is a known one.
    pub login: Option<String>,
    /// Status that was decided; `None` when a fault kept the request from being worked on.
    pub status: Option<u16>,
    /// Whether the answer was sent; false when a fault cut it off.
    pub answered: bool,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Identifier of this attempt.
    pub id: u64,
    /// `X-GitHub-Delivery`; a redelivery keeps it.
    pub guid: String,
    /// The hook.
    pub hook_id: u64,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The payload's `action`.
    pub action: Option<String>,
    /// The repository.
    pub repository_id: u64,
    /// Whether this is a redelivery.
    pub redelivery: bool,
    /// When it was sent.
    pub delivered_at: Timestamp,
    /// How long the answer took.
    pub duration: SignedDuration,
    /// `OK`, or what went wrong in GitHub's words.
    pub status: String,
    /// Status of the answer; 502 when no connection was made, 504 after ten seconds.
    pub status_code: u16,
    /// Where it went.
    pub url: String,
    /// Headers that were sent.
    pub request_headers: Vec<(String, String)>,
    /// What was sent.
    pub payload: Arc<Value>,
    /// Headers that came back.
    pub response_headers: Vec<(String, String)>,
    /// Body that came back.
    pub response_body: String,
}

/// A delivery on its way.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub id: u64,
    pub guid: String,
    pub repo: usize,
    pub hook: u64,
    /// `X-GitHub-Hook-Installation-Target-ID` and `-Type`.
    pub target: (u64, &'static str),
    pub event: &'static str,
    pub action: Option<String>,
    pub repository_id: u64,
    pub redelivery: bool,
    pub url: String,
    pub secret: Option<String>,
    pub form: bool,
    pub payload: Arc<Value>,
}

/// A request that was made although its maker had been told to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// When it was made.
    pub at: Timestamp,
    /// Until when it should have waited.
    pub until: Timestamp,
    /// How long before it the wait was announced; a request already under way then has zero or next to it.
    pub announced: SignedDuration,
    /// Method and path.
    pub request: String,
    /// Whose token it was.
    pub login: Option<String>,
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
