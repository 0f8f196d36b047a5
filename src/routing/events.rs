//! The events that happened, kept for a while: for questions, and to replay.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Event;
use crate::store::{Row, Table};

/// The events, in the order in which they were told.
#[derive(Debug)]
pub struct Events;

impl Table for Events {
    const ID: u8 = 32;
    const NAME: &'static str = "events";
    type Key = u64;
    type Value = EventRow;
}

/// One event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventRow {
    /// When it was told.
    pub at: Timestamp,
    /// The event.
    pub event: Event,
}

impl Row for EventRow {}
