//! What a connector makes of a webhook: events, each with the cards that tell of them, and what else follows from it.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::model::{Card, Event, Fault, Field, SubjectKey, Text};

/// The headers of a webhook that were kept, lower-case.
pub type Headers = BTreeMap<String, String>;

/// An event and how it is told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What happened. An event that one of the looks carries is not told now, but when that look was made.
    pub event: Event,
    /// The card. With a key it is the living card of that subject; without, it is posted and left alone.
    /// `None`: nothing is told, the event is only kept and handed to outgoing webhooks and rules.
    pub card: Option<Card>,
    /// Whether the card knows less than the subject's other cards (a comment's webhook says little of its pull request):
    /// then it is used only where there is none yet.
    pub sparse: bool,
    /// A follow-up for the quiet thread below the living card.
    pub note: Option<Card>,
    /// What is to be read at the vendor because of it.
    pub looks: Vec<Look>,
    /// Facts for the subject's card that its own source does not know; they stay when that card is told anew.
    pub extras: Vec<Extra>,
    /// Other subjects that this one names. Each of the two cards shows the other, with its state, from now on.
    pub related: Vec<SubjectKey>,
    /// The subject's state in a word or two, such as `Merged` or `In Progress`, as related cards show it.
    pub state: Option<Text>,
    /// The vendor's unchanging id of the event's source, such as `github:186853002`. A known id under another name is a
    /// source that was renamed: subscriptions, defaults and cards go with it.
    pub source_id: Option<String>,
    /// The key that the subject had before: an issue that was moved or transferred keeps its card.
    pub formerly: Option<SubjectKey>,
}

impl Notice {
    /// An event that is only kept and handed to outgoing webhooks and rules.
    #[must_use]
    pub fn new(event: Event) -> Self {
        Self {
            event,
            card: None,
            sparse: false,
            note: None,
            looks: Vec::new(),
            extras: Vec::new(),
            related: Vec::new(),
            state: None,
            source_id: None,
            formerly: None,
        }
    }

    /// A signal that says too little: the event is told only once the look was made.
    #[must_use]
    pub fn signal(event: Event, look: Look) -> Self {
        let look = look.event(event.clone());
        Self::new(event).look(look)
    }

    /// With this card.
    #[must_use]
    pub fn card(mut self, card: impl Into<Option<Card>>) -> Self {
        self.card = card.into();
        self
    }

    /// With a card that knows less than the subject's other cards, or not.
    #[must_use]
    pub fn sparse(mut self, sparse: bool) -> Self {
        self.sparse = sparse;
        self
    }

    /// With a follow-up below the living card.
    #[must_use]
    pub fn note(mut self, note: impl Into<Option<Card>>) -> Self {
        self.note = note.into();
        self
    }

    /// With one more look at the vendor.
    #[must_use]
    pub fn look(mut self, look: Look) -> Self {
        self.looks.push(look);
        self
    }

    /// With one more set of facts on the subject's card; an empty one takes the facts of this name away.
    #[must_use]
    pub fn extra(mut self, name: impl Into<String>, fields: Vec<Field>) -> Self {
        self.extras.push(Extra { name: name.into(), fields });
        self
    }

    /// With these related subjects.
    #[must_use]
    pub fn related(mut self, keys: impl IntoIterator<Item = SubjectKey>) -> Self {
        self.related.extend(keys);
        self
    }

    /// With the subject's state.
    #[must_use]
    pub fn state(mut self, state: impl Into<Text>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// With the vendor's unchanging id of the source, such as `github:186853002`.
    #[must_use]
    pub fn source_id(mut self, id: impl Into<String>) -> Self {
        self.source_id = Some(id.into());
        self
    }

    /// With the key that the subject had before.
    #[must_use]
    pub fn formerly(mut self, key: SubjectKey) -> Self {
        self.formerly = Some(key);
        self
    }
}

/// Something to be read at the vendor, soon and once for many signals.
#[derive(Debug, Clone)]
pub struct Look {
    /// What is to be read, in the connector's own words, such as `pull:acme/api#12`. Looks of one service with the same
    /// key become one.
    pub key: String,
    /// Which service reads it; empty: the one that the notice's event is of, by the first word of its type.
    pub service: Option<String>,
    /// Whose card it is for: while that subject is not known, a look that carries no event is not made. `None`: the
    /// subject of the event that it carries, else of the notice.
    pub subject: Option<SubjectKey>,
    /// A signal that is told only once it was read back.
    pub event: Option<Event>,
    /// How long to wait for further signals first.
    pub wait: SignedDuration,
}

impl Look {
    /// A look that is made at once.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), service: None, subject: None, event: None, wait: SignedDuration::ZERO }
    }

    /// At another service than the event's own, such as `jira`.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// For the card of this subject.
    #[must_use]
    pub fn subject(mut self, key: SubjectKey) -> Self {
        self.subject = Some(key);
        self
    }

    /// Carrying an event that is told only once it was read back.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.event = Some(event);
        self
    }

    /// Not before this span has passed, so that several signals cost one look.
    #[must_use]
    pub fn wait(mut self, wait: SignedDuration) -> Self {
        self.wait = wait;
        self
    }
}

/// Facts on a subject's card that come from elsewhere than the card itself: reviews, checks, related tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// Which facts, such as `reviews`; they are shown in the order of their names.
    pub name: String,
    /// The facts. None: they are taken away.
    pub fields: Vec<Field>,
}

/// Reads what a vendor sent. Implemented by connectors; pure, so that a stored body can be read again.
pub trait Reader: Send + Sync {
    /// The events of a webhook. An unknown kind gives an event without a card, never an error.
    ///
    /// # Errors
    /// `BadInput`: the body is not what the vendor documents; it is kept as unread.
    fn read(&self, headers: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault>;
}
