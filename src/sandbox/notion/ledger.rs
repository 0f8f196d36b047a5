//! What is remembered for the tests and the demo: requests that came in, webhooks that went out, rules that were broken.

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
    /// Path as it was sent.
    pub path: String,
    /// Query in order, unescaped.
    pub query: Vec<(String, String)>,
    /// Headers in order with names in small letters, without `authorization`.
    pub headers: Vec<(String, String)>,
    /// Body: JSON when it is JSON, else its length as text; `null` when empty.
    pub body: Value,
    /// Name of the integration whose token came along, when it is a known one.
    pub integration: Option<String>,
    /// Status that was decided; `None` when a fault kept the request from being worked on.
    pub status: Option<u16>,
    /// Notion's `code`, when the answer is an error.
    pub code: Option<String>,
    /// Whether the answer was sent; false when a fault cut it off.
    pub answered: bool,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The event's identifier; another attempt keeps it. Empty for the verification.
    pub id: String,
    /// The subscription.
    pub subscription: String,
    /// The event's `type`, or `verification`.
    pub event: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When it was sent.
    pub at: Timestamp,
    /// Where it went.
    pub url: String,
    /// Status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// Headers that were sent.
    pub headers: Vec<(String, String)>,
    /// What was sent.
    pub payload: Arc<Value>,
}

impl Delivery {
    /// Whether the receiver took it.
    pub fn taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A delivery on its way.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub id: String,
    pub subscription: String,
    pub event: String,
    pub attempt: u32,
    pub url: String,
    /// Key of the signature; the verification itself is not signed.
    pub token: Option<String>,
    pub payload: Arc<Value>,
}

/// Something that Notion does not like and that a well-behaved client never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// A request was made although its maker had been told to wait.
    TooEarly {
        /// When it was made.
        at: Timestamp,
        /// Until when it should have waited.
        until: Timestamp,
        /// How long before it the wait was announced; a request already under way then has zero or next to it.
        announced: SignedDuration,
        /// Method and path.
        request: String,
    },
    /// A route that does not exist, as `METHOD /path`.
    UnknownRoute(String),
    /// A version of the API other than the one that is played here, or none.
    Version(String),
    /// A query parameter that the route does not know, as `METHOD /path?name`.
    UnknownParameter(String),
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

    pub(super) fn clear(&mut self) {
        self.items.clear();
    }
}

impl<T: Clone> Memory<T> {
    pub(super) fn to_vec(&self) -> Vec<T> {
        self.items.iter().cloned().collect()
    }
}
