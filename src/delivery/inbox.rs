//! The inbox: everything that comes in is accepted once, and acknowledged only when it is on disk.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::model::{Clock, Event, Fault, Request};
use crate::store::Store;

/// Something that came in.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Which door it came through: a platform's or integration's name, or `api`.
    pub door: String,
    /// The vendor's own id of it: the same one twice is accepted once. `None` accepts always.
    pub dedupe: Option<String>,
    /// What it is.
    pub what: Incoming,
}

/// The kinds of things that come in.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A person asked for something on a chat platform.
    Request(Box<Request>),
    /// A vendor's webhook, its signature already checked. The raw body is what is stored.
    Webhook {
        /// The headers that matter, lower-case.
        headers: BTreeMap<String, String>,
        /// The body as it came.
        body: Bytes,
    },
    /// An event over the API.
    Event(Box<Event>),
    /// Something a platform sent that its client could not read: kept, so that a mended reader can replay it.
    Unread {
        /// What could not be read.
        body: Bytes,
        /// Why.
        reason: String,
    },
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Accepted {
    /// It is on disk and will be worked on.
    New,
    /// It had been accepted before.
    Again,
}

/// The door-keeper. Clones share it.
#[derive(Debug, Clone)]
pub struct Inbox {
    _store: Store,
    _clock: Clock,
}

impl Inbox {
    /// Accepts an arrival: resolves when it is on disk, and only then may it be acknowledged.
    ///
    /// # Errors
    /// `Unavailable`: the store does not take it; the vendor must be told to try again.
    pub async fn accept(&self, _arrival: Arrival) -> Result<Accepted, Fault> {
        todo!()
    }
}
