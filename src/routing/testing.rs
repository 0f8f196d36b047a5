//! A router with a store, a clock that stands still, and lanes to a chat that takes everything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::json;
use tempfile::TempDir;

use super::{Events, Notice, Owner, Router, Subscription, Vocabulary};
use crate::delivery::tables::Outbox;
use crate::delivery::{Carried, Carrier, DeliveryConfig, Errand, Found, Lanes, Limits, Minter, Parcel, Toll, subjects};
use crate::model::{Actor, Card, Clock, Event, Fault, MessageRef, Place, PlatformId, SubjectKey, SubscriptionId, Tone};
use crate::store::{Store, StoreConfig};

/// Takes everything, and remembers it in words.
#[derive(Clone, Default)]
struct Van(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Carrier for Van {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        let mut said = self.0.lock().unwrap();
        let (line, message) = match &parcel.errand {
            Errand::Post { place, card, under, .. } => {
                let under = under.as_ref().map_or_else(String::new, |message| format!(" under {message}"));
                let at = format!(" in {place}");
                let here = said.iter().filter(|line| line.starts_with("post") && line.contains(&at)).count();
                let message = MessageRef { place: place.clone(), id: format!("{}.m{}", place.channel, here + 1) };
                (format!("post {} in {place}{under}", shown(card)), message)
            }
            Errand::Edit { message, card } => (format!("edit {} to {}", message.id, shown(card)), message.clone()),
            Errand::Event { event, .. } => {
                let message = MessageRef { place: place("webhook:x"), id: String::new() };
                (format!("event {} of {}", event.kind, event.source), message)
            }
            other => panic!("{other:?}"),
        };
        said.push(line);
        Ok(Carried { message: Some(message), ..Carried::default() })
    }

    async fn find(&self, _: &Parcel) -> Result<Found, Fault> {
        Ok(Found::Absent)
    }

    fn tolls(&self, _: &Parcel) -> Vec<Toll> {
        Vec::new()
    }
}

/// A card in a line: its title and its fields.
pub(super) fn shown(card: &Card) -> String {
    let fields = card.fields.iter().map(|field| {
        let value = field.value.to_plain().replace('\n', ", ");
        format!(" [{}: {value}]", field.label)
    });
    std::iter::once(card.title.clone()).chain(fields).collect()
}

pub(super) struct House {
    _directory: TempDir,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) minter: Minter,
    pub(super) router: Router,
    pub(super) limits: Arc<Limits>,
    van: Van,
    said: Mutex<usize>,
}

impl House {
    pub(super) fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store =
            Store::open(&StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() }).unwrap();
        let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
        let day = SignedDuration::from_hours(24 * 30);
        let minter = Minter::new(&clock, day);
        let router = Router::open(&store, &clock, &minter, Vocabulary::default(), day).unwrap();
        let van = Van::default();
        let ways = ["chat", "webhook"].map(|name| (name.to_owned(), Arc::new(van.clone()) as Arc<dyn Carrier>));
        let limits = Arc::new(Limits::open(&store, &clock).unwrap());
        let watch = Arc::new(router.clone());
        let config = DeliveryConfig::default();
        let lanes = Lanes::new(&store, &clock, &config, Arc::clone(&limits), HashMap::from(ways), watch).unwrap();
        tokio::spawn(async move { lanes.run().await });
        Self { _directory: directory, store, clock, minter, router, limits, van, said: Mutex::new(0) }
    }

    /// Another router over the same store, as after a restart.
    pub(super) fn again(&self) -> Router {
        Router::open(&self.store, &self.clock, &self.minter, Vocabulary::default(), SignedDuration::from_hours(1))
            .unwrap()
    }

    pub(super) async fn publish(&self, notice: Notice) {
        let router = self.router.clone();
        self.store.write(move |tx| router.publish(tx, notice)).await.unwrap();
        self.drained().await;
    }

    pub(super) async fn follow(&self, at: &str, source: &str) {
        let events = ["*".to_owned()];
        let by = Actor::User { platform: PlatformId::new("chat"), id: "U1".to_owned(), name: "Ana".to_owned() };
        self.router.subscribe(&place(at), source, &events, &by).await.unwrap();
    }

    /// Waits until all is carried. Rows are looked at, not their number, which a reader sees a moment later.
    pub(super) async fn drained(&self) {
        self.until(|| self.store.scan::<Outbox>(None, 1).unwrap().is_empty()).await;
    }

    pub(super) async fn until(&self, done: impl Fn() -> bool) {
        let wait = async {
            while !done() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_mins(1), wait).await;
        assert!(waited.is_ok(), "{:?}", self.van.0.lock().unwrap());
    }

    /// What was carried since the last look.
    pub(super) fn said(&self) -> Vec<String> {
        let (all, mut from) = (self.van.0.lock().unwrap(), self.said.lock().unwrap());
        let new = all[*from..].to_vec();
        *from = all.len();
        new
    }

    /// The same in the order of the alphabet: what goes to two places arrives in any order.
    pub(super) fn said_anywhere(&self) -> Vec<String> {
        let mut said = self.said();
        said.sort();
        said
    }

    /// What the card of the subject shows; nothing where it is not known.
    pub(super) fn card(&self, name: &str) -> String {
        subjects::get(&self.store, &key(name)).unwrap().map_or_else(String::new, |subject| shown(&subject.shown()))
    }

    /// How many events were told.
    pub(super) fn events(&self) -> usize {
        self.store.last::<Events>(99).unwrap().len()
    }

    pub(super) fn sources(&self, at: &str) -> Vec<String> {
        sources(&self.router, at)
    }
}

pub(super) fn sources(router: &Router, at: &str) -> Vec<String> {
    router.subscriptions(&place(at)).into_iter().map(|one| one.source).collect()
}

/// A subscription of the configuration file.
pub(super) fn filed(at: &str, source: &str) -> Subscription {
    Subscription {
        id: SubscriptionId::new(),
        owner: Owner::File,
        place: place(at),
        source: source.to_owned(),
        events: vec!["*".to_owned()],
        types: vec!["*".to_owned()],
        created_at: "2026-11-20T14:00:00Z".parse().unwrap(),
    }
}

pub(super) fn key(name: &str) -> SubjectKey {
    SubjectKey::new(name)
}

pub(super) fn place(text: &str) -> Place {
    text.parse().unwrap()
}

/// An event on a subject, without a card.
pub(super) fn event(id: &str, source: &str, kind: &str, about: &str) -> Event {
    let mut event = Event::new(id, source, kind, json!({}));
    event.key = Some(key(about)).filter(|_| !about.is_empty());
    event
}

/// An event of GitHub on an issue or pull request, with its card.
pub(super) fn told(source: &str, number: u32, title: &str) -> Notice {
    let about = format!("{source}#{number}");
    let card = Card::new(Tone::Neutral, title).link(format!("https://example.com/{number}"));
    Notice::new(event(title, source, "github.pull_request.changed", &about)).card(card)
}
