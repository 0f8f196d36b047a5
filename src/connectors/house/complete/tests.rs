//! What the house completes, and that it knows every completion that its operations name.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::delivery::tables::{Dead, DeadLetter};
use crate::delivery::{Content, DeadLetters, Delivery, Destination, Minter, Origin, Progress};
use crate::model::{Actor, Card, Clock, DeliveryId, Event, Place, PlatformId, Tone};
use crate::routing::{Notice, Router, Subscription, Vocabulary};
use crate::store::{Store, StoreConfig};

struct Stage {
    house: Arc<House>,
    router: Router,
    store: Store,
    clock: Clock,
    _directory: TempDir,
}

fn place() -> Place {
    Place::channel(&PlatformId::new("chat"), "C1")
}

fn ana() -> Actor {
    Actor::User { platform: PlatformId::new("chat"), id: "U1".to_owned(), name: "Ana".to_owned() }
}

fn stage() -> Stage {
    let directory = tempfile::tempdir().unwrap();
    let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
    let store = Store::open(&config).unwrap();
    let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
    let hour = SignedDuration::from_hours(1);
    let mut words = Vocabulary::default();
    super::super::teach(&mut words);
    let router = Router::open(&store, &clock, &Minter::new(&clock, hour), words, hour).unwrap();
    let house = House::new(&router, DeadLetters::new(&store, &clock));
    Stage { house, router, store, clock, _directory: directory }
}

impl Stage {
    async fn values(&self, what: &str, begun: &str) -> Vec<(String, String)> {
        let (none, place, actor) = (BTreeMap::new(), place(), Actor::Rule { name: "r".into() });
        let asked = Asked { what, begun, given: &none, defaults: &none, actor: &actor, place: &place };
        let found = self.house.complete(&asked).await.unwrap();
        found.into_iter().map(|choice| (choice.value, choice.label)).collect()
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

#[tokio::test]
async fn words_and_sources_are_offered() {
    let stage = stage();
    let alerts = ("alerts", "alerts: alerts that fire or are resolved");
    assert_eq!(stage.values("quarterdeck.events", "al").await, pairs(&[alerts]));
    let more = [("alerts, scans", "alerts, scans"), ("alerts, tasks", "alerts, tasks")];
    assert_eq!(stage.values("quarterdeck.events", "alerts, ").await, pairs(&more));

    let events = ["task.*".to_owned()];
    stage.router.subscribe(&place(), "github:acme/api", &["tasks".to_owned()], &ana()).await.unwrap();
    let elsewhere = Place::channel(&PlatformId::new("chat"), "C2");
    stage.router.subscribe(&elsewhere, "/probe/eu", &events, &ana()).await.unwrap();
    let file: Subscription = stage.router.subscriptions(&elsewhere).remove(0);
    let file = Subscription { owner: Owner::File, place: place(), source: "/jobs".to_owned(), ..file };
    stage.router.configure(vec![file], Vec::new(), Vec::new());
    let (router, event) = (stage.router.clone(), Event::new("1", "/probe/us", "task.failed", json!({})));
    let told = move |tx: &mut crate::store::Tx<'_>| router.publish(tx, Notice::new(event));
    stage.store.write(told).await.unwrap();
    let sources: Vec<String> =
        stage.values("quarterdeck.sources", "").await.into_iter().map(|(value, _)| value).collect();
    assert_eq!(sources, ["/jobs", "acme/api", "/probe/eu", "/probe/us"]);
    // What is subscribed to in this place, and can be ended here.
    assert_eq!(stage.values("quarterdeck.subscribed", "").await, pairs(&[("acme/api", "acme/api tasks")]));
}

#[tokio::test]
async fn a_dead_letter_is_known_by_what_it_brings() {
    let stage = stage();
    let id = DeliveryId::new();
    let fault = Some(Fault::denied("I am not in this channel; invite me."));
    let letter = DeadLetter {
        delivery: Delivery {
            id,
            lane: "chat/C1".to_owned(),
            to: Destination::Place(place()),
            content: Content::Card(Box::new(Card::new(Tone::Neutral, "Deploy failed"))),
            origin: Origin::default(),
            queued_at: stage.clock.now(),
            expires_at: None,
        },
        progress: Progress { fault, ..Progress::default() },
        at: stage.clock.now(),
    };
    stage.store.write(move |tx| tx.put::<Dead>(&id, &letter)).await.unwrap();
    let label = "card \"Deploy failed\", chat/C1: I am not in this channel; invite me.";
    assert_eq!(stage.values("quarterdeck.dead_letters", "deploy").await, pairs(&[(&id.to_string(), label)]));
    assert!(stage.values("quarterdeck.dead_letters", "nothing like it").await.is_empty());
}

#[tokio::test]
async fn every_completion_that_is_named_is_known() {
    let stage = stage();
    for operation in stage.house.operations() {
        for what in
            operation.params.iter().filter_map(|param| param.complete.as_deref()).flat_map(str::split_whitespace)
        {
            if what.starts_with("quarterdeck.") {
                stage.values(what, "").await;
            }
        }
    }
}
