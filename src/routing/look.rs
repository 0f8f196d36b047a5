//! Looks: what is to be read at a vendor because of a webhook, kept until it was read, and one for many signals.
//!
//! Entered by the router, in the transaction that takes the webhook off the inbox; worked off by [`Looks`](super::Looks).

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Look, Notice};
use crate::model::{Card, Event, Fault, Field, SubjectKey, Text};
use crate::store::{Row, Table, Tx};

/// The looks that are to be made: by service and the connector's own key.
#[derive(Debug)]
pub struct LookRows;

impl Table for LookRows {
    const ID: u8 = 36;
    const NAME: &'static str = "looks";
    type Key = (String, String);
    type Value = LookRow;
}

/// A look as the connector is asked for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// What is to be read, in the connector's own words.
    pub key: String,
    /// Whose card it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectKey>,
    /// The signals that are told once it was read, in order; of one type and subject only the newest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// How many signals it stands for.
    pub count: u32,
    /// When the first of them came.
    pub since: Timestamp,
}

/// What came of a look.
#[derive(Debug, Clone)]
pub enum Seen {
    /// An event to be told, with its card; usually one that the look carried, now with all that was read.
    Notice(Box<Notice>),
    /// What the living card of a subject shows, where that subject is known.
    Card {
        /// The subject.
        key: SubjectKey,
        /// The card.
        card: Box<Card>,
        /// The time of what was read; older than what the card shows already changes nothing.
        as_of: Option<Timestamp>,
    },
    /// Facts on a subject's card, where that subject is known.
    Extra {
        /// The subject.
        key: SubjectKey,
        /// Which facts.
        name: String,
        /// The facts. None: they are taken away.
        fields: Vec<Field>,
    },
    /// A subject's state, as related cards show it; the subject itself need not be known.
    State {
        /// The subject.
        key: SubjectKey,
        /// What it is called on related cards, where its key does not say it.
        title: Option<String>,
        /// Where it is found.
        link: Option<String>,
        /// The state.
        state: Text,
    },
}

/// Reads back at the vendor. Implemented for connectors.
#[async_trait]
pub trait Looker: Send + Sync {
    /// Makes the look. It may be made again: after a crash, or because a signal came meanwhile.
    ///
    /// # Errors
    /// `RateLimited` is waited for; `Unavailable`, `Unknown` and `Misconfigured` are tried again for a day. With any other,
    /// and after that day, the signals are told as they came.
    async fn look(&self, look: &Looked) -> Result<Vec<Seen>, Fault>;
}

/// A look that waits to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookRow {
    /// What the connector is asked for.
    pub looked: Looked,
    /// Not to be made before then.
    pub due: Timestamp,
    /// When it is due again, should the newest signal come while it is being made.
    pub again: Timestamp,
    /// Since when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Timestamp>,
    /// How often it failed.
    #[serde(default)]
    pub failures: u32,
    /// Grows with every signal.
    pub version: u64,
}

impl Row for LookRow {}

/// Enters a look. A second one for the same thing keeps the earlier time and brings its signal along.
///
/// # Errors
/// The store failed.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    now: Timestamp,
    service: String,
    subject: Option<SubjectKey>,
    look: Look,
) -> Result<(), Fault> {
    let due = now.checked_add(look.wait).unwrap_or(Timestamp::MAX);
    let version = tx.sequence();
    let id = (service, look.key);
    let mut row = match tx.get::<LookRows>(&id)? {
        Some(row) => row,
        None => LookRow {
            looked: Looked { key: id.1.clone(), subject: None, events: Vec::new(), count: 0, since: now },
            due,
            again: due,
            failing: None,
            failures: 0,
            version,
        },
    };
    row.due = row.due.min(due);
    row.again = due;
    row.version = version;
    row.looked.subject = row.looked.subject.or(subject);
    row.looked.count = row.looked.count.saturating_add(1);
    if let Some(event) = look.event {
        row.looked.events.retain(|other| other.kind != event.kind || other.key != event.key);
        row.looked.events.push(event);
    }
    tx.put::<LookRows>(&id, &row)
}
