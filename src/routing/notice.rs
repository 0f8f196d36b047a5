//! What a connector makes of a webhook: events, each with the cards that tell of it.

use std::collections::BTreeMap;

use crate::model::{Card, Event, Fault};

/// The headers of a webhook that were kept, lower-case.
pub type Headers = BTreeMap<String, String>;

/// An event and how it is told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What happened.
    pub event: Event,
    /// The card. With a key it is the living card of that subject; without, it is posted and left alone.
    /// `None`: nothing is told, the event is only kept and handed to outgoing webhooks and rules.
    pub card: Option<Card>,
    /// Whether the card knows less than the subject's other cards (a comment's webhook says little of its pull request):
    /// then it is used only where there is none yet.
    pub sparse: bool,
    /// A follow-up for the quiet thread below the living card.
    pub note: Option<Card>,
}

/// Reads what a vendor sent. Implemented by connectors; pure, so that a stored body can be read again.
pub trait Reader: Send + Sync {
    /// The events of a webhook. An unknown kind gives an event without a card, never an error.
    ///
    /// # Errors
    /// `BadInput`: the body is not what the vendor documents; it is kept as unread.
    fn read(&self, headers: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault>;
}
