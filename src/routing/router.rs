//! The router: which event tells whom; and how the answer goes onto the outbox, in one transaction with its cause.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use wildmatch::WildMatch;

use super::subscription::Subscriptions;
use super::{Events, Owner, Subscription, Vocabulary};
use crate::delivery::{EndpointConfig, Minter};
use crate::model::{Actor, Clock, Event, Fault, Place, SubscriptionId};
use crate::store::{Store, Tx};

/// Follows events, inside the transaction that tells of them. Implemented by the rules of the operations room.
pub trait Follower: Send + Sync {
    /// Puts what follows from the event into the same transaction.
    ///
    /// # Errors
    /// The store failed.
    fn follow(&self, tx: &mut Tx<'_>, event: &Event) -> Result<(), Fault>;

    /// Whether anything would follow.
    fn wants(&self, event: &Event) -> bool;
}

/// The router. Clones share it.
#[derive(Clone)]
pub struct Router(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    minter: Minter,
    keep_events: SignedDuration,
    vocabulary: Vocabulary,
    book: RwLock<Book>,
    follower: RwLock<Option<Arc<dyn Follower>>>,
}

/// What is known about who wants what.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// The subscriptions of the configuration file, their places resolved.
    pub file: Vec<Subscription>,
    /// The subscriptions made in chat.
    pub chat: Vec<Subscription>,
    /// The outgoing webhooks.
    pub endpoints: Vec<EndpointConfig>,
    /// The defaults of the configuration file, by place.
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
    /// The sources that the configuration file names, by who names them, as they stand there.
    pub(super) said: BTreeSet<(String, String)>,
}

impl Book {
    /// Takes what is said of one place over to another.
    pub(super) fn moved(&mut self, from: &Place, to: &Place) {
        for subscription in self.file.iter_mut().chain(&mut self.chat).filter(|one| one.place == *from) {
            subscription.place = to.clone();
        }
        if let Some(defaults) = self.defaults.remove(&from.to_string()) {
            self.defaults.insert(to.to_string(), defaults);
        }
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

impl Router {
    /// A router over this store; the subscriptions made in chat are taken up again.
    ///
    /// # Errors
    /// The store failed.
    pub fn open(
        store: &Store,
        clock: &Clock,
        minter: &Minter,
        vocabulary: Vocabulary,
        keep_events: SignedDuration,
    ) -> Result<Self, Fault> {
        let chat = store.scan::<Subscriptions>(None, usize::MAX)?.into_iter().map(|(_, row)| row).collect();
        Ok(Self(Arc::new(Inner {
            store: store.clone(),
            clock: clock.clone(),
            minter: minter.clone(),
            keep_events,
            vocabulary,
            book: RwLock::new(Book { chat, ..Book::default() }),
            follower: RwLock::default(),
        })))
    }

    /// Takes over what the configuration file says; what was made in chat stays. Sources that the file calls by a name they
    /// had earlier are followed under their new one.
    pub fn configure(&self, file: Vec<Subscription>, endpoints: Vec<EndpointConfig>, places: Vec<(Place, String)>) {
        let (said, file, endpoints, places) = self.as_called_now(file, endpoints, places);
        let mut book = self.0.book.write().unwrap_or_else(PoisonError::into_inner);
        book.said = said;
        book.file = file;
        book.endpoints = endpoints;
        book.defaults = places
            .into_iter()
            .map(|(place, repository)| (place.to_string(), BTreeMap::from([("repository".to_owned(), repository)])))
            .collect();
    }

    pub(super) fn book(&self) -> &RwLock<Book> {
        &self.0.book
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(super) fn minter(&self) -> &Minter {
        &self.0.minter
    }

    pub(super) fn keep_events(&self) -> SignedDuration {
        self.0.keep_events
    }

    pub(super) fn follower(&self) -> Option<Arc<dyn Follower>> {
        self.0.follower.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Sets who follows events.
    pub fn followed_by(&self, follower: Arc<dyn Follower>) {
        *self.0.follower.write().unwrap_or_else(PoisonError::into_inner) = Some(follower);
    }

    /// The words for groups of events.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.0.vocabulary
    }

    /// Whether a machine takes the event: an outgoing webhook or a rule.
    #[must_use]
    pub fn is_taken(&self, event: &Event) -> bool {
        !self.wanting(event).1.is_empty() || self.follower().is_some_and(|follower| follower.wants(event))
    }

    /// The subscriptions and outgoing webhooks that want the event; each place once.
    #[must_use]
    pub fn wanting(&self, event: &Event) -> (Vec<Subscription>, Vec<String>) {
        let book = self.0.book.read().unwrap_or_else(PoisonError::into_inner);
        let mut wanting: Vec<Subscription> = Vec::new();
        for subscription in book.file.iter().chain(&book.chat).filter(|subscription| subscription.matches(event)) {
            if !wanting.iter().any(|other| other.place == subscription.place) {
                wanting.push(subscription.clone());
            }
        }
        let endpoints = book.endpoints.iter().filter(|endpoint| {
            WildMatch::new(&endpoint.source).matches(&event.source)
                && endpoint.events.iter().any(|kind| WildMatch::new(kind).matches(&event.kind))
        });
        (wanting, endpoints.map(|endpoint| endpoint.name.clone()).collect())
    }

    /// Subscribes a place. The same source in the same place again widens the events of the first.
    ///
    /// # Errors
    /// `BadInput`: an event is no known word or type. The store failed.
    pub async fn subscribe(
        &self,
        place: &Place,
        source: &str,
        events: &[String],
        by: &Actor,
    ) -> Result<Subscription, Fault> {
        let types = self.0.vocabulary.resolve(events)?;
        let owner = Owner::Chat { handle: by.handle(), name: by.name().to_owned() };
        let mut subscription = Subscription {
            id: SubscriptionId::new(),
            owner,
            place: place.room(),
            source: source.to_owned(),
            events: events.to_vec(),
            types,
            created_at: self.0.clock.now(),
        };
        let same = |other: &&Subscription| other.place == subscription.place && other.source == subscription.source;
        let before = self.0.book.read().unwrap_or_else(PoisonError::into_inner).chat.iter().find(same).cloned();
        if let Some(before) = before {
            subscription = before.widened(subscription);
        }
        let row = subscription.clone();
        self.0.store.write(move |tx| tx.put::<Subscriptions>(&row.id.clone(), &row)).await?;
        let mut book = self.0.book.write().unwrap_or_else(PoisonError::into_inner);
        book.chat.retain(|other| other.id != subscription.id);
        book.chat.push(subscription.clone());
        Ok(subscription)
    }

    /// Ends the place's subscriptions made in chat, of this source or of all. Returns those that ended.
    ///
    /// # Errors
    /// The store failed.
    pub async fn unsubscribe(&self, place: &Place, source: Option<&str>) -> Result<Vec<Subscription>, Fault> {
        let place = place.room();
        let ending: Vec<Subscription> = {
            let book = self.0.book.read().unwrap_or_else(PoisonError::into_inner);
            let ends = |subscription: &&Subscription| {
                subscription.place == place
                    && source.is_none_or(|source| subscription.source.eq_ignore_ascii_case(source))
            };
            book.chat.iter().filter(ends).cloned().collect()
        };
        let ids: Vec<SubscriptionId> = ending.iter().map(|subscription| subscription.id).collect();
        let removed = ids.clone();
        self.0
            .store
            .write(move |tx| {
                for id in &removed {
                    tx.delete::<Subscriptions>(id);
                }
                Ok(())
            })
            .await?;
        let mut book = self.0.book.write().unwrap_or_else(PoisonError::into_inner);
        book.chat.retain(|subscription| !ids.contains(&subscription.id));
        Ok(ending)
    }

    /// The place's subscriptions, those of the file first.
    #[must_use]
    pub fn subscriptions(&self, place: &Place) -> Vec<Subscription> {
        let place = place.room();
        let book = self.0.book.read().unwrap_or_else(PoisonError::into_inner);
        book.file.iter().chain(&book.chat).filter(|subscription| subscription.place == place).cloned().collect()
    }

    /// The sources that events came from lately or that somebody subscribed to, those first.
    ///
    /// # Errors
    /// The store failed.
    pub fn sources(&self) -> Result<Vec<String>, Fault> {
        const LATELY: usize = 200;
        let mut sources: Vec<String> = {
            let book = self.0.book.read().unwrap_or_else(PoisonError::into_inner);
            book.file.iter().chain(&book.chat).map(|subscription| subscription.source.clone()).collect()
        };
        sources.extend(self.0.store.last::<Events>(LATELY)?.into_iter().map(|(_, row)| row.event.source));
        let mut seen = std::collections::HashSet::new();
        sources.retain(|source| seen.insert(source.clone()));
        Ok(sources)
    }
}
