//! The tables of this room. Numbers are for ever.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Delivery, Progress};
use crate::model::{
    Card, DeliveryId, Event, Fault, Field, MessageRef, Place, Press, ReplyHandle, Request, SubjectKey, Text, Token,
};
use crate::store::{Raw, Row, Table};

macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $id:literal, $text:literal, $key:ty => $value:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;
        impl Table for $name {
            const ID: u8 = $id;
            const NAME: &'static str = $text;
            type Key = $key;
            type Value = $value;
        }
    };
}

table!(
    /// Requests from chat that nobody has looked at yet.
    Requests = 1, "requests", u64 => Request
);
table!(
    /// Webhooks and events that nobody has looked at yet.
    Hooks = 2, "hooks", u64 => Hook
);
table!(
    /// The raw bodies of webhooks, by the number of their row.
    Bodies = 3, "bodies", u64 => Raw
);
table!(
    /// Door and vendor's id of what was accepted: the same one again is no news.
    Seen = 4, "seen", (String, String) => u64
);
table!(
    /// What could not be read, kept for a mended reader.
    Unread = 5, "unread", u64 => UnreadRow
);
table!(
    /// What is on its way out, in the order in which it was staged. A row never changes.
    Outbox = 10, "outbox", u64 => Delivery
);
table!(
    /// How far the rows of the outbox are.
    Progressing = 11, "progress", u64 => Progress
);
table!(
    /// Finished deliveries.
    History = 12, "history", DeliveryId => Finished
);
table!(
    /// Every attempt of every delivery.
    Attempts = 13, "attempts", (DeliveryId, u32) => Attempt
);
table!(
    /// Deliveries that were given up.
    Dead = 14, "dead-letters", DeliveryId => DeadLetter
);
table!(
    /// Limiters that a vendor closed, and until when.
    Windows = 15, "windows", String => Window
);
table!(
    /// What living cards are about.
    Subjects = 20, "subjects", String => Subject
);
table!(
    /// Where a subject's card stands: subject and place.
    Shown = 21, "shown", (String, String) => ShownRow
);
table!(
    /// Which subject a message is the card of: channel (`slack:C1`) and message id.
    Messages = 22, "messages", (String, String) => String
);
table!(
    /// What the buttons do.
    Tokens = 23, "tokens", Token => TokenRecord
);

table!(
    /// Subjects that go on under another key: the old one and the new one.
    MovedSubjects = 24, "moved-subjects", String => String
);
table!(
    /// Which subjects name each other, in both directions: on whose card, and who is shown there.
    Links = 37, "links", (String, String) => LinkRow
);

/// A webhook or event as it was accepted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hook {
    /// The integration's name, or `api`.
    pub door: String,
    /// When it was accepted.
    pub at: Timestamp,
    /// The headers that were kept (webhooks).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The event (API); a webhook's body is in [`Bodies`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<Event>>,
}

/// Something that could not be read; its body is in [`Bodies`] under the same number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnreadRow {
    /// Which door it came through.
    pub door: String,
    /// When.
    pub at: Timestamp,
    /// Why it could not be read.
    pub reason: String,
    /// The headers that were kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// How a delivery ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finished {
    /// How.
    pub state: FinishedState,
    /// When.
    pub at: Timestamp,
    /// In which lane.
    pub lane: String,
    /// After how many attempts.
    pub attempts: u32,
    /// The message that is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageRef>,
    /// Why it was made.
    pub origin: super::Origin,
}

/// The ways in which a delivery ends, beside death.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishedState {
    /// It arrived.
    Delivered,
    /// What it would have shown was shown already by a later one.
    Superseded,
    /// Its time was over before it could go.
    Expired,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// `delivered`, `found` or the class of what went wrong.
    pub result: String,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What did not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// A delivery that was given up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The delivery.
    pub delivery: Delivery,
    /// How far it came.
    pub progress: Progress,
    /// When it was given up.
    pub at: Timestamp,
}

/// A limiter that is closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Window {
    /// Until when.
    pub until: Timestamp,
}

/// What a living card is about, and what it shows now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subject {
    /// The card, with its buttons' tokens and decisions.
    pub card: Card,
    /// Grows with every change.
    pub revision: u64,
    /// The time of the event that the card shows; an older one does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Facts from elsewhere, by name. They stay when the card is told anew.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extras: BTreeMap<String, Vec<Field>>,
    /// The subject's state, as related cards show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Text>,
}

impl Subject {
    /// The card as it is shown: its own fields, then the facts from elsewhere.
    #[must_use]
    pub fn shown(&self) -> Card {
        let mut card = self.card.clone();
        card.fields.extend(self.extras.values().flatten().cloned());
        card
    }
}

/// How one subject is shown on the card of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// What it is called there.
    pub name: String,
    /// Where it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Text>,
    /// The time of the event that said so; an older one does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// Since when the two are related.
    pub since: Timestamp,
}

/// A subject's card in one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShownRow {
    /// The message; its id is empty where it stayed behind in a place that goes on under another id.
    pub message: MessageRef,
    /// The revision that it shows.
    pub revision: u64,
    /// A digest of the card that it shows: an edit that would change nothing is not made.
    #[serde(default)]
    pub digest: String,
}

impl ShownRow {
    /// The message, where it can still be changed and answered.
    #[must_use]
    pub fn standing(&self) -> Option<&MessageRef> {
        Some(&self.message).filter(|message| !message.id.is_empty())
    }
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// What pressing it runs.
    pub press: Press,
    /// For a menu: the argument that takes the choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// The subject of its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectKey>,
    /// For a form: where it was asked for and how to answer there, which not every platform says when it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// What stands on it.
    pub label: String,
    /// Who used it, where it works only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// Until when it works.
    pub until: Timestamp,
}

/// Where a form was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The place.
    pub place: Place,
    /// How to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyHandle>,
    /// The parameters that the form shows, where it does not show all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
}

/// Who used a button, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// The person's handle.
    pub handle: String,
    /// The person's name.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Whether what it ran is done.
    #[serde(default)]
    pub settled: bool,
}

impl Row for Request {}
impl Row for Hook {}
impl Row for UnreadRow {}
impl Row for Delivery {}
impl Row for Progress {}
impl Row for Finished {}
impl Row for Attempt {}
impl Row for DeadLetter {}
impl Row for Window {}
impl Row for Subject {}
impl Row for ShownRow {}
impl Row for LinkRow {}
impl Row for TokenRecord {}
