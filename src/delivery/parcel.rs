//! A delivery as it is stored, and the parcel it becomes when its turn has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    CallId, Card, DeliveryId, Event, Fault, MessageRef, People, Place, ReplyHandle, Show, SubjectKey, SubscriptionId,
};

/// One message or request on its way out: a row of the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which delivery; stays the same over all attempts.
    pub id: DeliveryId,
    /// The unit of order: first in, first out.
    pub lane: String,
    /// Where to.
    pub to: Destination,
    /// What.
    pub content: Content,
    /// Why.
    pub origin: Origin,
    /// Since when it waits.
    pub queued_at: Timestamp,
    /// When it is of no use any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// How far a delivery is; kept beside it, so that the delivery itself never changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// How many attempts were made.
    pub attempts: u32,
    /// How many of them count against the schedule.
    pub failures: u32,
    /// Not to be tried before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Whether an attempt may have arrived without our knowing: look up first.
    #[serde(default)]
    pub unclear: bool,
    /// Whether the first way to answer failed for good, so that the other one is taken.
    #[serde(default)]
    pub fell_back: bool,
    /// Whether the thread that it belongs into refused it for good, so that it is said in the channel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_of_thread: bool,
    /// Whether it is tried even where a place is known not to take anything: somebody sent it again by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insists: bool,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// Where a delivery goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A place, for everyone there.
    Place(Place),
    /// The answer to a request: by its handle while that works, else in the place. A living card goes the other
    /// way round, because what is answered by a handle cannot be edited later.
    Answer {
        /// The handle, if there was one.
        handle: Option<ReplyHandle>,
        /// The place.
        place: Place,
        /// The platform's id of who asked.
        user: String,
        /// Who may see it.
        show: Show,
        /// Whether it takes the place of the message whose button was pressed.
        #[serde(default)]
        replace: bool,
    },
    /// A person's message, for everyone there: in the thread below it or as a reply to it, as the platform has it. By the
    /// handle where that cannot be: the bot need not be where an action on a message was used.
    Reply {
        /// The message.
        to: MessageRef,
        /// The handle of the request that is answered, if there was one.
        handle: Option<ReplyHandle>,
    },
    /// A configured outgoing webhook, by name.
    Endpoint(String),
}

/// What a delivery brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A card that is posted and then left alone.
    Card(Box<Card>),
    /// The living card of a subject: posted once a place, edited ever after; the newest state is what is shown.
    Living(SubjectKey),
    /// A follow-up in the thread below a subject's living card.
    Note {
        /// The subject.
        about: SubjectKey,
        /// The follow-up.
        card: Box<Card>,
    },
    /// The sign on a person's message that something was made of it. Where it cannot be set, it is left out.
    Mark,
    /// An event, for an outgoing webhook.
    Event(Box<Event>),
}

/// Why a delivery is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The call it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// The event it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The subscription that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
}

/// A delivery whose turn has come, with everything looked up that the carrier needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// The delivery's id: the marker it is found again by.
    pub id: DeliveryId,
    /// How many attempts came before.
    pub attempt: u32,
    /// When the delivery was queued; a look-up need not search before then.
    pub queued_at: Timestamp,
    /// What is to be done.
    pub errand: Errand,
}

/// What a carrier is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Errand {
    /// Post a card; in a thread where the place names one; for one person's eyes where `only_for` names one.
    Post {
        /// The message that it is a follow-up to: it goes into the thread below that message, or replies to it, as the
        /// platform has it.
        under: Option<String>,
        /// The handle of the request that it answers, while that works: where an answer by handle is a message like any
        /// other (Discord), it is taken, so that the request is seen to be answered.
        reply: Option<ReplyHandle>,
        /// Where.
        place: Place,
        /// What.
        card: Box<Card>,
        /// The platform's id of the only person who may see it.
        only_for: Option<String>,
    },
    /// Answer a person's message, for everyone there: in the thread below it or as a reply to it, as the platform has it.
    Reply {
        /// The message.
        to: MessageRef,
        /// The handle of the request that it answers, while that works: where a request must be seen to be answered
        /// (Discord), it says there that the answer stands below the message.
        handle: Option<ReplyHandle>,
        /// What.
        card: Box<Card>,
    },
    /// Put the sign on a person's message that something was made of it. What the platform refuses for good (no right to,
    /// no such message) is no failure.
    Mark {
        /// The message.
        message: MessageRef,
    },
    /// Replace a message's content.
    Edit {
        /// Which message.
        message: MessageRef,
        /// By what.
        card: Box<Card>,
    },
    /// Answer by a handle.
    Answer {
        /// The handle.
        handle: ReplyHandle,
        /// What.
        card: Box<Card>,
        /// Who may see it.
        show: Show,
        /// Whether it takes the place of the message whose button was pressed.
        replace: bool,
    },
    /// Send an event to an outgoing webhook.
    Event {
        /// The webhook's name.
        endpoint: String,
        /// What.
        event: Box<Event>,
    },
}

impl Errand {
    /// Whether it posts into a thread of a channel. A topic of a forum is none: it is a room, and no other place will do.
    #[must_use]
    pub(super) fn is_in_thread(&self) -> bool {
        let (place, under) = match self {
            Self::Post { place, under, .. } => (place, under.as_ref()),
            Self::Reply { to, .. } => (&to.place, Some(&to.id)),
            _ => return false,
        };
        let thread = place.thread.as_ref().or(under);
        let there = Place { thread: thread.cloned(), ..place.clone() };
        there.room() != there
    }

    /// The errand with its card in the channel instead of the thread.
    #[must_use]
    pub(super) fn out_of_thread(self) -> Self {
        if !self.is_in_thread() {
            return self;
        }
        match self {
            Self::Post { place, reply, card, only_for, under: _ } => {
                Self::Post { place: place.room(), reply, card, only_for, under: None }
            }
            Self::Reply { to, handle, card } => {
                Self::Post { place: to.place.room(), reply: handle, card, only_for: None, under: None }
            }
            other => other,
        }
    }

    /// The errand with its card as the people of its platform read it.
    #[must_use]
    pub(super) fn read_by(mut self, people: &People) -> Self {
        let (card, platform) = match &mut self {
            Self::Post { card, place, .. } => (card, &place.platform),
            Self::Edit { card, message } => (card, &message.place.platform),
            Self::Answer { card, handle, .. } => (card, &handle.platform),
            Self::Reply { card, to, .. } => (card, &to.place.platform),
            Self::Mark { .. } | Self::Event { .. } => return self,
        };
        **card = people.card_on(std::mem::take(&mut **card), platform);
        self
    }
}
