//! The inbox: everything that comes in is accepted once, and acknowledged only when it is on disk.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::DeliveryConfig;
use super::tables::{Bodies, Hook, Hooks, Requests, Seen, Unread, UnreadRow};
use crate::model::{Clock, Event, Fault, Metric, Request, SignedDuration, Timestamp, count, shortened};
use crate::store::{Encoded, Raw, Store, Tx};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is on disk and will be worked on.
    New,
    /// It had been accepted before.
    Again,
}

/// Longer ids of arrivals are remembered by a digest: they are parts of keys in the store.
const LONGEST_ID: usize = 200;

/// Puts the rows of an arrival under their number.
type Put = Box<dyn FnOnce(&mut Tx<'_>, u64) -> Result<(), Fault> + Send>;

/// The door-keeper. Clones share it.
#[derive(Debug, Clone)]
pub struct Inbox {
    store: Store,
    clock: Clock,
    keep_seen: SignedDuration,
    rows: u64,
}

impl Inbox {
    /// The inbox of this store.
    #[must_use]
    pub fn new(store: &Store, clock: &Clock, config: &DeliveryConfig) -> Self {
        Self { store: store.clone(), clock: clock.clone(), keep_seen: config.keep_seen, rows: config.inbox_rows }
    }

    /// Accepts an arrival: resolves when it is on disk, and only then may it be acknowledged.
    ///
    /// # Errors
    /// `Unavailable`: the store does not take it; the vendor must be told to try again.
    pub async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        let door = arrival.door.clone();
        let result = self.take(arrival).await;
        let label = match &result {
            Ok(Accepted::New) => "accepted",
            Ok(Accepted::Again) => "duplicate",
            Err(_) => "refused",
        };
        count(Metric::Arrivals, &[("door", &door), ("result", label)]);
        result
    }

    async fn take(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        if self.store.count::<Requests>() + self.store.count::<Hooks>() >= self.rows {
            return Err(Fault::unavailable("The inbox is full; try again later."));
        }
        let now = self.clock.now();
        let until = now.checked_add(self.keep_seen).unwrap_or(Timestamp::MAX);
        let Arrival { door, dedupe, what } = arrival;
        // Encoding and compression happen here, in the caller's task, so that the one writer only writes.
        let put: Put = match what {
            Incoming::Request(request) => {
                let row = Encoded::<Requests>::new(&request)?;
                Box::new(move |tx, number| tx.put_encoded(&number, row))
            }
            Incoming::Webhook { headers, body } => {
                let row = Encoded::<Hooks>::new(&Hook { door: door.clone(), at: now, headers, event: None })?;
                let body = Encoded::<Bodies>::new(&Raw(body))?;
                Box::new(move |tx, number| {
                    tx.put_encoded(&number, body)?;
                    tx.put_encoded(&number, row)
                })
            }
            Incoming::Event(event) => {
                let hook = Hook { door: door.clone(), at: now, headers: BTreeMap::new(), event: Some(event) };
                let row = Encoded::<Hooks>::new(&hook)?;
                Box::new(move |tx, number| tx.put_encoded(&number, row))
            }
            Incoming::Unread { body, reason } => {
                let row = UnreadRow { door: door.clone(), at: now, reason, headers: BTreeMap::new() };
                let body = Raw(body);
                Box::new(move |tx, number| {
                    tx.put_until::<Bodies>(&number, &body, until)?;
                    tx.put_until::<Unread>(&number, &row, until)
                })
            }
        };
        self.store
            .write(move |tx| {
                let number = tx.sequence();
                if let Some(id) = dedupe {
                    let key = (door, if id.len() > LONGEST_ID { shortened(&id, LONGEST_ID) } else { id });
                    if tx.get::<Seen>(&key)?.is_some() {
                        return Ok(Accepted::Again);
                    }
                    tx.put_until::<Seen>(&key, &number, until)?;
                }
                put(tx, number)?;
                Ok(Accepted::New)
            })
            .await
    }
}
