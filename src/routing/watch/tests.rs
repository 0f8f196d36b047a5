//! Places that are lost, found and moved; and cards that stand in several.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::delivery::tables::{Dead, Outbox};
use crate::delivery::{
    Carried, Carrier, Content, DeadLetters, DeliveryConfig, Destination, Errand, Found, Lanes, Limits, Minter, Origin,
    Parcel, Toll, outbox,
};
use crate::model::SubscriptionId;
use crate::model::{
    Action, Actor, Card, Clock, Decision, DeliveryId, MessageRef, Object, PlatformId, Press, SubjectKey, Tone,
};
use crate::routing::{Subscription, Vocabulary};
use crate::store::{Store, StoreConfig};

/// Takes everything, but for the places that it refuses.
#[derive(Clone, Default)]
struct Van {
    said: Arc<Mutex<Vec<String>>>,
    refused: Arc<Mutex<BTreeSet<String>>>,
}

#[async_trait]
impl Carrier for Van {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        let mut said = self.said.lock().unwrap();
        let (text, place, message) = match &parcel.errand {
            Errand::Post { place, card, under, .. } => {
                let under = under.as_ref().map_or_else(String::new, |message| format!(" under {message}"));
                let message = MessageRef { place: place.clone(), id: format!("m{}", said.len() + 1) };
                (format!("post {} in {place}{under}", card.title), Some(place), message)
            }
            Errand::Edit { message, card } => {
                let by = card.decisions.iter().map(|one| format!("{} by {}", one.what, one.name)).collect::<Vec<_>>();
                (
                    format!("edit {} in {} to {}{}", message.id, message.place, card.title, join(&by)),
                    None,
                    message.clone(),
                )
            }
            other => panic!("{other:?}"),
        };
        let refused = place.is_some_and(|place| self.refused.lock().unwrap().contains(&place.to_string()));
        said.push(if refused { format!("{text}: refused") } else { text });
        if refused {
            return Err(Fault::denied("I am not in this channel; invite me."));
        }
        Ok(Carried { message: Some(message), ..Carried::default() })
    }

    async fn find(&self, _: &Parcel) -> Result<Found, Fault> {
        Ok(Found::Absent)
    }

    fn tolls(&self, _: &Parcel) -> Vec<Toll> {
        Vec::new()
    }
}

struct House {
    _directory: TempDir,
    store: Store,
    clock: Clock,
    minter: Minter,
    router: Router,
    van: Van,
}

impl House {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
        let store = Store::open(&config).unwrap();
        let clock = Clock::manual("2026-11-20T14:00:00Z".parse().unwrap());
        let hour = SignedDuration::from_hours(1);
        let minter = Minter::new(&clock, hour);
        let router = Router::open(&store, &clock, &minter, Vocabulary::default(), hour).unwrap();
        let van = Van::default();
        let ways =
            ["chat", "other", "telegram"].map(|name| (name.to_owned(), Arc::new(van.clone()) as Arc<dyn Carrier>));
        let limits = Arc::new(Limits::open(&store, &clock).unwrap());
        let watch = Arc::new(router.clone());
        let lanes = Lanes::new(&store, &clock, &DeliveryConfig::default(), limits, HashMap::from(ways), watch).unwrap();
        tokio::spawn(async move { lanes.run().await });
        Self { _directory: directory, store, clock, minter, router, van }
    }

    async fn stage(&self, to: &str, content: Content) -> DeliveryId {
        let (minter, now, to) = (self.minter.clone(), self.clock.now(), Destination::Place(place(to)));
        self.store.write(move |tx| outbox::stage(tx, &minter, now, to, content, &Origin::default())).await.unwrap()
    }

    async fn say(&self, to: &str, title: &str) -> DeliveryId {
        let id = self.stage(to, Content::Card(Box::new(Card::new(Tone::Neutral, title)))).await;
        self.drained().await;
        id
    }

    /// Changes the card of the subject wherever it stands, and in these places.
    async fn show(&self, key: &SubjectKey, card: Card, places: &[&str]) {
        let (minter, now, key) = (self.minter.clone(), self.clock.now(), key.clone());
        let to: Vec<Destination> = places.iter().map(|to| Destination::Place(place(to))).collect();
        let shown = self.store.write(move |tx| {
            subjects::update(tx, &minter, &key, card, None)?;
            subjects::refresh(tx, &minter, now, &key, &to, &Origin::default())
        });
        shown.await.unwrap();
        self.drained().await;
    }

    async fn drained(&self) {
        let wait = async {
            while self.store.count::<Outbox>() > 0 {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_mins(1), wait).await.is_ok(), "{:?}", self.said());
    }

    async fn moved(&self, from: &str, to: &str) {
        let (router, from, to) = (self.router.clone(), place(from), place(to));
        self.store.write(move |tx| router.moved(tx, &from, &to)).await.unwrap();
    }

    fn refuse(&self, place: &str, refused: bool) {
        let mut places = self.van.refused.lock().unwrap();
        if refused {
            places.insert(place.to_owned())
        } else {
            places.remove(place)
        };
    }

    /// What was carried since the last look.
    fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.van.said.lock().unwrap())
    }
}

fn join(by: &[String]) -> String {
    if by.is_empty() { String::new() } else { format!(", {}", by.join(", ")) }
}

fn place(text: &str) -> Place {
    text.parse().unwrap()
}

fn ana() -> Actor {
    Actor::User { platform: PlatformId::new("chat"), id: "U1".to_owned(), name: "Ana".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_place_is_left_alone_and_told_what_it_missed_when_it_is_found() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    house.router.subscribe(&place("chat:C1"), "*", &["x.y".to_owned()], &ana()).await.unwrap();
    house.show(&key, Card::new(Tone::Neutral, "open"), &["chat:C2"]).await;
    house.say("chat:C1", "before").await;
    assert_eq!(house.said(), ["post open in chat:C2", "post before in chat:C1"]);
    assert!(house.router.lost_places().unwrap().is_empty());

    house.refuse("chat:C1", true);
    house.say("chat:C1", "one").await;
    house.say("chat:C1/7.1", "two").await;
    house.show(&key, Card::new(Tone::Neutral, "closed"), &["chat:C1"]).await;
    house.show(&key, Card::new(Tone::Neutral, "closed again"), &["chat:C1"]).await;
    assert_eq!(
        house.said(),
        ["post one in chat:C1: refused", "edit m1 in chat:C2 to closed", "edit m1 in chat:C2 to closed again"],
        "it is asked once"
    );
    let lost = house.router.lost_places().unwrap();
    let told: Vec<(&str, &str)> = lost.iter().map(|(place, lost)| (place.as_str(), lost.why.as_str())).collect();
    assert_eq!(told, [("chat:C1", "I am not in this channel; invite me.")]);
    assert_eq!(house.store.count::<Dead>(), 4, "an operator sees all of it");

    // A minute later it is tried once more, and by hand at any time.
    house.clock.advance(SignedDuration::from_secs(60));
    house.say("chat:C1", "three").await;
    let four = house.say("chat:C1", "four").await;
    assert_eq!(house.said(), ["post three in chat:C1: refused"]);
    let dead = DeadLetters::new(&house.store, &house.clock);
    dead.redrive(four).await.unwrap();
    house.drained().await;
    assert_eq!(house.said(), ["post four in chat:C1: refused"]);

    house.refuse("chat:C1", false);
    dead.redrive(four).await.unwrap();
    house.drained().await;
    assert_eq!(
        house.said(),
        [
            "post four in chat:C1",
            "post one in chat:C1",
            "post two in chat:C1/7.1",
            "post closed again in chat:C1",
            "post three in chat:C1"
        ],
        "in the old order, and a card only as it is now"
    );
    assert_eq!(house.store.count::<Dead>(), 0);
    assert!(house.router.lost_places().unwrap().is_empty());
    house.say("chat:C1", "five").await;
    assert_eq!(house.said(), ["post five in chat:C1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_before_or_for_another_reason_stays_given_up_and_there_is_no_flood() {
    let house = House::open();
    house.refuse("chat:C1", true);
    house.say("chat:C1", "long ago").await;
    house.refuse("chat:C1", false);
    let (router, lost) = (house.router.clone(), place("chat:C1"));
    house.store.write(move |tx| router.found(tx, &lost, Reach::Room)).await.unwrap();
    house.drained().await;
    house.said();
    house.refuse("chat:C1", true);
    for number in 0..MISSED + 5 {
        house.say("chat:C1", &format!("{number}")).await;
    }
    house.refuse("chat:C1", false);
    let (router, lost) = (house.router.clone(), place("chat:C1"));
    house.said();
    house.store.write(move |tx| router.found(tx, &lost, Reach::Room)).await.unwrap();
    house.drained().await;
    let said = house.said();
    assert_eq!((said.len(), said.first().map(String::as_str)), (MISSED, Some("post 5 in chat:C1")));
    assert_eq!(house.store.count::<Dead>(), 5, "the oldest are left to an operator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_moves_takes_everything_along() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    let subscription = house.router.subscribe(&place("chat:-1"), "*", &["x.y".to_owned()], &ana()).await.unwrap();
    house.router.set_default(&place("chat:-1"), "repository", "acme/api").await.unwrap();
    let book = vec![(place("chat:-1"), "acme/file".to_owned()), (place("chat:-9"), "acme/other".to_owned())];
    house.router.configure(vec![Subscription { id: SubscriptionId::new(), ..subscription.clone() }], Vec::new(), book);
    house.show(&key, Card::new(Tone::Neutral, "open"), &["chat:-1"]).await;
    house.said();
    // Told, and not yet sent when it moves.
    house.refuse("chat:-1", true);
    house.say("chat:-1", "missed").await;
    house.said();
    house.moved("chat:-1", "chat:-100").await;
    house.drained().await;
    assert_eq!(house.said(), ["post missed in chat:-100"], "what was missed under the old id");
    house.say("chat:-1/7", "waited").await;
    assert_eq!(house.said(), ["post waited in chat:-100/7"]);
    // The old messages stayed behind, and their numbers are given anew: nothing is edited or answered there.
    let note = |title: &str| Content::Note { about: key.clone(), card: Box::new(Card::new(Tone::Neutral, title)) };
    house.stage("chat:-100", note("by Ana")).await;
    house.drained().await;
    house.show(&key, Card::new(Tone::Neutral, "open"), &["chat:-100"]).await;
    house.show(&key, Card::new(Tone::Neutral, "closed"), &[]).await;
    assert_eq!(house.said(), ["post by Ana in chat:-100", "post closed in chat:-100"]);
    house.stage("chat:-100", note("by Ben")).await;
    house.drained().await;
    house.show(&key, Card::new(Tone::Neutral, "open again"), &[]).await;
    assert_eq!(house.said(), ["post by Ben in chat:-100 under m2", "edit m2 in chat:-100 to open again"]);

    let here = |router: &Router, at: &str| router.subscriptions(&place(at)).len();
    assert_eq!((here(&house.router, "chat:-1"), here(&house.router, "chat:-100")), (0, 2), "the file's and the chat's");
    assert_eq!(house.router.defaults(&place("chat:-100")).unwrap()["repository"], "acme/api");
    assert!(house.router.defaults(&place("chat:-1")).unwrap().is_empty());
    assert_eq!(house.router.defaults(&place("chat:-9")).unwrap()["repository"], "acme/other");
    let kept = house.store.scan::<Subscriptions>(None, 5).unwrap();
    assert_eq!(kept.iter().map(|(_, row)| row.place.to_string()).collect::<Vec<_>>(), ["chat:-100"]);

    // Once more, and the same news again.
    house.moved("chat:-1", "chat:-100").await;
    house.moved("chat:-100", "chat:-200").await;
    assert_eq!(house.router.current(&place("chat:-1/7")).unwrap(), place("chat:-200/7"), "whatever the file calls it");
    assert_eq!(here(&house.router, "chat:-200"), 2);
    house.moved("chat:-5", "chat:-5").await;
    assert_eq!(house.router.current(&place("chat:-5")).unwrap(), place("chat:-5"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_lost_silences_no_other_topic() {
    let house = House::open();
    let lost = || {
        let lost = house.router.lost_places().unwrap();
        lost.into_iter().map(|(place, _)| place).collect::<Vec<_>>()
    };
    for topic in ["telegram:-100", "telegram:-100/2", "telegram:-100/3", "telegram:-1001/3"] {
        house.router.subscribe(&place(topic), "*", &["x.y".to_owned()], &ana()).await.unwrap();
    }
    house.refuse("telegram:-100/3", true);
    house.say("telegram:-100/3", "one").await;
    assert_eq!(house.said(), ["post one in telegram:-100/3: refused"], "no other place will do for a topic");
    house.say("telegram:-100/2", "two").await;
    house.say("telegram:-100/3", "three").await;
    house.say("telegram:-100", "four").await;
    assert_eq!(house.said(), ["post two in telegram:-100/2", "post four in telegram:-100"]);
    assert_eq!(lost(), ["telegram:-100/3"]);
    assert_eq!(house.store.count::<Dead>(), 2, "what works elsewhere does not bring them back");

    // What has no topic is a room like the others: it can be closed while they go on.
    house.refuse("telegram:-100", true);
    house.say("telegram:-100", "five").await;
    house.say("telegram:-100/2", "six").await;
    assert_eq!(house.said(), ["post five in telegram:-100: refused", "post six in telegram:-100/2"]);
    assert_eq!(lost(), ["telegram:-100", "telegram:-100/3"]);

    // The platform's own word is of the chat with all its topics.
    let (router, chat) = (house.router.clone(), place("telegram:-100"));
    house.store.write(move |tx| router.lost(tx, &chat, Reach::Channel, "Removed.")).await.unwrap();
    house.say("telegram:-100/2", "seven").await;
    house.say("telegram:-1001/3", "eight").await;
    assert_eq!(house.said(), ["post eight in telegram:-1001/3"]);
    assert_eq!(house.router.why_lost(&place("telegram:-100/2")).unwrap().map(|lost| lost.why), Some("Removed.".into()));
    house.refuse("telegram:-100", false);
    house.refuse("telegram:-100/3", false);
    // What arrives in one topic shows that the chat takes something again, but not the topic that was lost by itself.
    house.clock.advance(SignedDuration::from_secs(60));
    house.say("telegram:-100/2", "nine").await;
    let expected = ["post nine in telegram:-100/2", "post five in telegram:-100", "post seven in telegram:-100/2"];
    assert_eq!(house.said(), expected);
    assert_eq!(lost(), ["telegram:-100/3"]);
    let (router, chat) = (house.router.clone(), place("telegram:-100"));
    house.store.write(move |tx| router.found(tx, &chat, Reach::Channel)).await.unwrap();
    house.drained().await;
    assert_eq!(house.said(), ["post one in telegram:-100/3", "post three in telegram:-100/3"]);
    assert!(lost().is_empty() && house.store.count::<Dead>() == 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_is_gone_loses_nothing() {
    let house = House::open();
    house.router.subscribe(&place("chat:C1"), "*", &["x.y".to_owned()], &ana()).await.unwrap();
    house.refuse("chat:C1/7.1", true);
    house.say("chat:C1/7.1", "one").await;
    assert_eq!(house.said(), ["post one in chat:C1/7.1: refused", "post one in chat:C1"]);
    assert!(house.router.lost_places().unwrap().is_empty() && house.store.count::<Dead>() == 0);
    // Where the channel refuses it too, it is the channel.
    house.refuse("chat:C1", true);
    house.say("chat:C1/7.1", "two").await;
    assert_eq!(house.said(), ["post two in chat:C1/7.1: refused", "post two in chat:C1: refused"]);
    assert_eq!(house.router.lost_places().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_decision_shows_on_every_platform() {
    let house = House::open();
    let key = SubjectKey::new("alert:/probe/1");
    let press = Press::new("quarterdeck.alert.acknowledge", Object::new()).once_for_all("Acknowledged");
    let deed = press.deed();
    let card = Card::new(Tone::Bad, "slow").action(Action::run("ack", "Acknowledge", press));
    house.show(&key, card.clone(), &["chat:C1", "chat:C2", "other:7/3"]).await;
    let mut said = house.said();
    said.sort();
    assert_eq!(said, ["post slow in chat:C1", "post slow in chat:C2", "post slow in other:7/3"]);
    let (minter, now, about) = (house.minter.clone(), house.clock.now(), key.clone());
    let by = Decision {
        what: "Acknowledged".to_owned(),
        deed,
        over: false,
        handle: "chat:U1".to_owned(),
        name: "Ana".to_owned(),
        at: now,
    };
    let decided = house.store.write(move |tx| {
        subjects::decide(tx, &minter, &about, by)?;
        subjects::refresh(tx, &minter, now, &about, &[], &Origin::default())
    });
    decided.await.unwrap();
    house.drained().await;
    let mut said = house.said();
    said.sort();
    assert_eq!(said.len(), 3, "{said:?}");
    let ends: BTreeSet<&str> = said.iter().map(|text| text.split(" in ").nth(1).unwrap_or_default()).collect();
    let by = "to slow, Acknowledged by Ana";
    let wanted = [format!("chat:C1 {by}"), format!("chat:C2 {by}"), format!("other:7/3 {by}")];
    assert_eq!(ends, wanted.iter().map(String::as_str).collect());
    // The same alert again changes nothing anywhere: its button stays away.
    house.show(&key, card, &["chat:C1"]).await;
    assert!(house.said().is_empty());
}
