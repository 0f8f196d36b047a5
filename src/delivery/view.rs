//! The outbox as an operator looks at it, the same over the API and on the command line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::tables::{Attempt, Attempts, Dead, History, Outbox, Progressing};
use super::{Content, Delivery, Destination, Progress};
use crate::model::{DeliveryId, Fault};
use crate::store::Store;

/// One delivery in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Which delivery.
    pub id: DeliveryId,
    /// `queued`, `dead`, `delivered`, `superseded` or `expired`.
    pub state: String,
    /// Its lane.
    pub lane: String,
    /// What it brings, in a few words; nothing of finished ones, whose content is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// How many attempts were made.
    pub attempts: u32,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// Not to be tried before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// One delivery with its attempts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Details {
    /// The delivery.
    pub line: Line,
    /// Its attempts, first one first.
    pub attempts: Vec<Attempt>,
}

/// What is on its way out, to look at. Clones share the store.
#[derive(Debug, Clone)]
pub struct Outgoing(Store);

impl Outgoing {
    /// The deliveries of this store.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self(store.clone())
    }

    /// What waits, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn queued(&self, limit: usize) -> Result<Vec<Line>, Fault> {
        queued(&self.0, limit)
    }

    /// What was given up, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub fn dead(&self, limit: usize) -> Result<Vec<Line>, Fault> {
        let rows = self.0.last::<Dead>(limit)?;
        Ok(rows.into_iter().map(|(_, letter)| line(&letter.delivery, &letter.progress, "dead", letter.at)).collect())
    }

    /// One delivery, in whatever state.
    ///
    /// # Errors
    /// `NotFound`: none of this id is kept.
    pub fn details(&self, id: DeliveryId) -> Result<Details, Fault> {
        details(&self.0, id)
    }
}

fn queued(store: &Store, limit: usize) -> Result<Vec<Line>, Fault> {
    let rows = store.scan::<Outbox>(None, limit)?;
    rows.into_iter()
        .map(|(number, delivery)| {
            let progress = store.get::<Progressing>(&number)?.unwrap_or_default();
            Ok(line(&delivery, &progress, "queued", delivery.queued_at))
        })
        .collect()
}

fn details(store: &Store, id: DeliveryId) -> Result<Details, Fault> {
    let attempts = store.prefix::<Attempts>(id.as_bytes(), usize::MAX)?.into_iter().map(|(_, row)| row).collect();
    let line = if let Some(letter) = store.get::<Dead>(&id)? {
        line(&letter.delivery, &letter.progress, "dead", letter.at)
    } else if let Some(finished) = store.get::<History>(&id)? {
        Line {
            id,
            state: serde_json::to_value(finished.state)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            lane: finished.lane,
            what: None,
            attempts: finished.attempts,
            since: finished.at,
            not_before: None,
            fault: None,
        }
    } else {
        queued(store, usize::MAX)?
            .into_iter()
            .find(|line| line.id == id)
            .ok_or_else(|| Fault::not_found(format!("There is no delivery {id} (any more).")))?
    };
    Ok(Details { line, attempts })
}

fn line(delivery: &Delivery, progress: &Progress, state: &str, since: Timestamp) -> Line {
    Line {
        id: delivery.id,
        state: state.to_owned(),
        lane: delivery.lane.clone(),
        what: Some(what(delivery)),
        attempts: progress.attempts,
        since,
        not_before: progress.not_before,
        fault: progress.fault.as_ref().map(ToString::to_string),
    }
}

/// What a delivery brings, in a few words.
#[must_use]
pub fn what(delivery: &Delivery) -> String {
    let answer = matches!(delivery.to, Destination::Answer { .. });
    match &delivery.content {
        Content::Card(card) if answer => format!("answer \"{}\"", card.title),
        Content::Card(card) => format!("card \"{}\"", card.title),
        Content::Living(key) => format!("living card of {key}"),
        Content::Note { about, card } => format!("follow-up on {about} \"{}\"", card.title),
        Content::Mark => "sign on a message".to_owned(),
        Content::Event(event) => format!("event {} of {}", event.kind, event.source),
    }
}
