//! The lanes with a carrier that does what a test tells it to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::sync::watch;

use super::tables::{Attempts, Dead, FinishedState, History, Outbox, Progressing};
use super::{
    Carried, Carrier, Content, DeadLetters, DeliveryConfig, Destination, Errand, Found, Lanes, Limits, Minter, Origin,
    Parcel, PlaceWatch, Reach, Toll, outbox, subjects,
};
use crate::model::{Card, Clock, DeliveryId, Fault, FaultKind, MessageRef, Place, PlatformId, SubjectKey, Tone};
use crate::store::{Store, StoreConfig, Tx};

/// How long a test waits, in real time, before it says that something never came.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the carrier was asked to do, in order.
type Log = Arc<Mutex<Vec<(DeliveryId, String)>>>;

/// A carrier that answers as planned, and well when no plan is left.
#[derive(Clone)]
struct Planned {
    plan: Arc<Mutex<VecDeque<Result<(), Fault>>>>,
    found: Arc<Mutex<Found>>,
    log: Log,
    changed: watch::Sender<usize>,
    /// While it is shut, nothing that is carried arrives.
    gate: watch::Sender<bool>,
}

/// Where nobody listens.
struct Deaf;

impl PlaceWatch for Deaf {
    fn lost(&self, _: &mut Tx<'_>, _: &Place, _: Reach, _: &str) -> Result<(), Fault> {
        Ok(())
    }

    fn found(&self, _: &mut Tx<'_>, _: &Place, _: Reach) -> Result<(), Fault> {
        Ok(())
    }

    fn moved(&self, _: &mut Tx<'_>, _: &Place, _: &Place) -> Result<(), Fault> {
        Ok(())
    }
}

impl Planned {
    fn new() -> Self {
        Self {
            plan: Arc::default(),
            found: Arc::new(Mutex::new(Found::CannotTell)),
            log: Log::default(),
            changed: watch::Sender::new(0),
            gate: watch::Sender::new(true),
        }
    }

    fn plan(&self, results: impl IntoIterator<Item = Result<(), Fault>>) {
        self.plan.lock().unwrap().extend(results);
    }

    fn said(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }

    /// Waits until so many things were asked for.
    async fn asked(&self, count: usize) {
        let mut changed = self.changed.subscribe();
        let wait = changed.wait_for(|asked| *asked >= count);
        let waited = tokio::time::timeout(PATIENCE, wait).await.map(|asked| asked.is_ok());
        assert!(waited.is_ok(), "asked only for {:?}", self.said());
    }

    fn note(&self, id: DeliveryId, text: String) {
        self.log.lock().unwrap().push((id, text));
        self.changed.send_modify(|asked| *asked += 1);
    }
}

#[async_trait]
impl Carrier for Planned {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        let text = match &parcel.errand {
            Errand::Post { place, card, only_for, under, .. } => {
                let under = under.as_ref().map_or_else(String::new, |message| format!(" under {message}"));
                let only = only_for.as_ref().map_or_else(String::new, |user| format!(" for {user}"));
                format!("post {} in {place}{under}{only}", card.title)
            }
            Errand::Reply { to, card, .. } => format!("reply {} to {}", card.title, to.id),
            Errand::Mark { message } => format!("mark {}", message.id),
            Errand::Edit { message, card } => format!("edit {} to {}", message.id, card.title),
            Errand::Answer { card, .. } => format!("answer {}", card.title),
            Errand::Event { event, .. } => format!("event {}", event.kind),
        };
        let planned = self.plan.lock().unwrap().pop_front().unwrap_or(Ok(()));
        self.note(parcel.id, text);
        // The sender lives in `self`.
        let _ = self.gate.subscribe().wait_for(|open| *open).await;
        planned?;
        let message = match &parcel.errand {
            Errand::Post { place, .. } | Errand::Reply { to: MessageRef { place, .. }, .. } => {
                Some(MessageRef { place: place.clone(), id: format!("m{}", self.log.lock().unwrap().len()) })
            }
            Errand::Edit { message, .. } => Some(message.clone()),
            _ => None,
        };
        Ok(Carried { message, ..Carried::default() })
    }

    async fn find(&self, parcel: &Parcel) -> Result<Found, Fault> {
        self.note(parcel.id, "look up".to_owned());
        Ok(self.found.lock().unwrap().clone())
    }

    fn tolls(&self, _: &Parcel) -> Vec<Toll> {
        vec![Toll { key: "chat/post".to_owned(), quota: None, closes: true }]
    }
}

struct House {
    directory: TempDir,
    store: Store,
    clock: Clock,
    minter: Minter,
    carrier: Planned,
    lanes: Lanes,
}

impl House {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::at(directory, Clock::manual("2026-11-20T14:00:00Z".parse().unwrap()), Planned::new())
    }

    fn at(directory: TempDir, clock: Clock, carrier: Planned) -> Self {
        let config = StoreConfig { path: directory.path().join("store"), ..StoreConfig::default() };
        let store = Store::open(&config).unwrap();
        let delivery = DeliveryConfig {
            schedule: vec![SignedDuration::from_secs(10), SignedDuration::from_secs(100)],
            ..DeliveryConfig::default()
        };
        let carriers: HashMap<String, Arc<dyn Carrier>> =
            [("chat".to_owned(), Arc::new(carrier.clone()) as Arc<dyn Carrier>)].into();
        let lanes = Lanes::new(
            &store,
            &clock,
            &delivery,
            Arc::new(Limits::open(&store, &clock).unwrap()),
            carriers,
            Arc::new(Deaf),
        )
        .unwrap();
        let running = lanes.clone();
        tokio::spawn(async move { running.run().await });
        let minter = Minter::new(&clock, SignedDuration::from_hours(1));
        Self { directory, store, clock, minter, carrier, lanes }
    }

    async fn restart(self) -> Self {
        let Self { directory, store, clock, carrier, lanes, .. } = self;
        lanes.stop().await;
        drop(lanes);
        store.close().await;
        Self::at(directory, clock, carrier)
    }

    async fn stage(&self, to: Destination, content: Content) -> DeliveryId {
        let (minter, now) = (self.minter.clone(), self.clock.now());
        let origin = Origin::default();
        self.store.write(move |tx| outbox::stage(tx, &minter, now, to, content, &origin)).await.unwrap()
    }

    async fn say(&self, channel: &str, title: &str) -> DeliveryId {
        self.stage(Destination::Place(place(channel)), card(title)).await
    }

    async fn show(&self, key: &SubjectKey, title: &str, channel: &str) {
        let (minter, now, key) = (self.minter.clone(), self.clock.now(), key.clone());
        let (to, card) = (Destination::Place(place(channel)), Card::new(Tone::Neutral, title));
        self.store
            .write(move |tx| {
                subjects::update(tx, &minter, &key, card, None)?;
                subjects::refresh(tx, &minter, now, &key, &[to], &Origin::default())
            })
            .await
            .unwrap();
    }

    /// Waits until nothing is on its way any more.
    async fn drained(&self) {
        let wait = async {
            while self.store.count::<Outbox>() > 0 {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "{:?}", self.carrier.said());
    }

    /// Waits until a failed attempt is on record.
    async fn recorded(&self, attempts: u32) -> Timestamp {
        let wait = async {
            loop {
                let rows = self.store.scan::<Progressing>(None, 1).unwrap();
                if let Some((_, progress)) = rows.first().filter(|(_, progress)| progress.attempts == attempts) {
                    return progress.not_before.unwrap_or(Timestamp::MIN);
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the attempt was never recorded")
    }
}

fn place(channel: &str) -> Place {
    Place::channel(&PlatformId::new("chat"), channel)
}

fn card(title: &str) -> Content {
    Content::Card(Box::new(Card::new(Tone::Neutral, title)))
}

fn down() -> Result<(), Fault> {
    Err(Fault::unavailable("down"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_is_first_in_first_out_also_over_failures_and_restarts() {
    let house = House::open();
    house.carrier.plan([down()]);
    let first = house.say("C1", "one").await;
    house.say("C1", "two").await;
    house.carrier.asked(1).await;
    let until = house.recorded(1).await;
    assert!(until > house.clock.now() && until <= house.clock.now() + SignedDuration::from_secs(10), "{until}");
    assert_eq!(house.carrier.said(), ["post one in chat:C1"], "the second waits behind the first");
    let house = house.restart().await;
    house.clock.advance(SignedDuration::from_secs(10));
    house.drained().await;
    // The head of a lane may have been under way when the program ended: it is looked up first.
    let expected = ["post one in chat:C1", "look up", "post one in chat:C1", "post two in chat:C1"];
    assert_eq!(house.carrier.said(), expected);
    let attempts = house.store.prefix::<Attempts>(first.as_bytes(), 10).unwrap();
    let results: Vec<&str> = attempts.iter().map(|(_, attempt)| attempt.result.as_str()).collect();
    assert_eq!(results, ["unavailable", "delivered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_destination_that_is_down_delays_no_other() {
    let house = House::open();
    house.carrier.plan([down()]);
    house.say("C1", "stuck").await;
    house.carrier.asked(1).await;
    house.recorded(1).await;
    house.say("C2", "free").await;
    house.carrier.asked(2).await;
    assert_eq!(house.carrier.said(), ["post stuck in chat:C1", "post free in chat:C2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_says_wait_is_not_called_until_then_restart_or_not() {
    let house = House::open();
    let until = house.clock.now() + SignedDuration::from_mins(1);
    house.carrier.plan([Err(Fault::new(FaultKind::RateLimited { until }, "wait"))]);
    house.say("C1", "one").await;
    house.carrier.asked(1).await;
    assert_eq!(house.recorded(1).await, until);
    let house = house.restart().await;
    house.say("C2", "two").await;
    house.clock.advance(SignedDuration::from_secs(59));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        house.carrier.said().len(),
        1,
        "the window covers every lane of the limiter: {:?}",
        house.carrier.said()
    );
    house.clock.advance(SignedDuration::from_secs(1));
    house.drained().await;
    assert_eq!(house.store.count::<Dead>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_head_is_parked_and_the_lane_moves_on() {
    let house = House::open();
    house.carrier.plan([Err(Fault::denied("never"))]);
    let poisoned = house.say("C1", "poisoned").await;
    house.say("C1", "next").await;
    house.drained().await;
    let dead = DeadLetters::new(&house.store, &house.clock);
    assert_eq!(dead.get(poisoned).unwrap().progress.fault.unwrap().outside, "never");
    dead.redrive(poisoned).await.unwrap();
    house.drained().await;
    assert_eq!(house.carrier.said(), ["post poisoned in chat:C1", "post next in chat:C1", "post poisoned in chat:C1"]);
    assert_eq!(dead.count(), 0);
    assert_eq!(house.store.get::<History>(&poisoned).unwrap().unwrap().state, FinishedState::Delivered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_used_up_schedule_ends_as_a_dead_letter() {
    let house = House::open();
    house.carrier.plan([down(), down(), down()]);
    let id = house.say("C1", "lost cause").await;
    for (attempt, wait) in [(1, 10), (2, 100)] {
        house.carrier.asked(usize::try_from(attempt).unwrap()).await;
        house.recorded(attempt).await;
        house.clock.advance(SignedDuration::from_secs(wait));
    }
    house.drained().await;
    assert_eq!(house.store.get::<Dead>(&id).unwrap().unwrap().progress.attempts, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unclear_attempt_is_looked_up_and_not_repeated_when_it_is_there() {
    let house = House::open();
    house.carrier.plan([Err(Fault::unknown("the reply was lost"))]);
    let there = MessageRef { place: place("C1"), id: "m7".to_owned() };
    *house.carrier.found.lock().unwrap() = Found::There(Carried { message: Some(there.clone()), ..Carried::default() });
    let id = house.say("C1", "once").await;
    house.carrier.asked(1).await;
    house.recorded(1).await;
    house.clock.advance(SignedDuration::from_secs(10));
    house.drained().await;
    assert_eq!(house.carrier.said(), ["post once in chat:C1", "look up"]);
    assert_eq!(house.store.get::<History>(&id).unwrap().unwrap().message, Some(there));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_living_card_is_posted_once_and_edited_ever_after_also_after_a_restart() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    house.show(&key, "open", "C1").await;
    house.drained().await;
    let house = house.restart().await;
    house.show(&key, "closed", "C1").await;
    house.drained().await;
    assert_eq!(house.carrier.said(), ["post open in chat:C1", "edit m1 to closed"]);
    let again = house.stage(Destination::Place(place("C1")), Content::Living(key)).await;
    house.drained().await;
    assert_eq!(house.carrier.said().len(), 2, "what is shown already is not sent again");
    assert_eq!(house.store.get::<History>(&again).unwrap().unwrap().state, FinishedState::Superseded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_changed_before_it_stood_anywhere_shows_the_change() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    house.carrier.plan([Err(Fault::unknown("the reply was lost"))]);
    let there = MessageRef { place: place("C1"), id: "m7".to_owned() };
    *house.carrier.found.lock().unwrap() = Found::There(Carried { message: Some(there), ..Carried::default() });
    house.show(&key, "open", "C1").await;
    house.recorded(1).await;
    // Whoever changes it now knows of no place where it stands, and stages nothing.
    let (minter, changed, now) = (house.minter.clone(), key.clone(), house.clock.now());
    let change = house.store.write(move |tx| {
        subjects::update(tx, &minter, &changed, Card::new(Tone::Neutral, "closed"), None)?;
        subjects::refresh(tx, &minter, now, &changed, &[], &Origin::default())
    });
    change.await.unwrap();
    house.clock.advance(SignedDuration::from_secs(10));
    house.drained().await;
    assert_eq!(house.carrier.said(), ["post open in chat:C1", "look up", "edit m7 to closed"]);
    assert_eq!(house.store.count::<History>(), 1, "it is one delivery all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_somebody_deleted_is_posted_anew_and_its_follow_up_finds_the_new_one() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    house.show(&key, "open", "C1").await;
    house.drained().await;
    house.carrier.plan([Err(Fault::not_found("gone"))]);
    house.show(&key, "closed", "C1").await;
    let note = Card::new(Tone::Neutral, "by Ana");
    house.stage(Destination::Place(place("C1")), Content::Note { about: key, card: Box::new(note) }).await;
    house.drained().await;
    let expected =
        ["post open in chat:C1", "edit m1 to closed", "post closed in chat:C1", "post by Ana in chat:C1 under m3"];
    assert_eq!(house.carrier.said(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follow_up_whose_thread_refuses_it_is_said_in_the_channel() {
    let house = House::open();
    let key = SubjectKey::new("thing:1");
    house.show(&key, "open", "C1").await;
    house.drained().await;
    house.carrier.plan([Err(Fault::not_found("no such thread"))]);
    let note = Card::new(Tone::Neutral, "by Ana");
    house.stage(Destination::Place(place("C1")), Content::Note { about: key, card: Box::new(note) }).await;
    house.drained().await;
    let expected = ["post open in chat:C1", "post by Ana in chat:C1 under m1", "post by Ana in chat:C1"];
    assert_eq!(house.carrier.said(), expected);
    assert_eq!(house.store.count::<Dead>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_falls_back_from_its_handle_to_its_place() {
    let house = House::open();
    let handle = crate::model::ReplyHandle {
        platform: PlatformId::new("chat"),
        value: "handle".to_owned(),
        expires: house.clock.now() + SignedDuration::from_secs(1800),
    };
    let to = Destination::Answer {
        handle: Some(handle),
        place: place("C1"),
        user: "U1".to_owned(),
        show: crate::model::Show::Private,
        replace: false,
    };
    house.carrier.plan([Err(Fault::not_found("used up"))]);
    house.stage(to.clone(), card("hello")).await;
    house.drained().await;
    assert_eq!(house.carrier.said(), ["answer hello", "post hello in chat:C1 for U1"]);
    house.clock.advance(SignedDuration::from_secs(1800));
    house.stage(to, card("late")).await;
    house.drained().await;
    assert_eq!(house.carrier.said()[2..], ["post late in chat:C1 for U1"], "an expired handle is not even tried");
    assert_eq!(house.store.count::<Dead>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_message_stands_below_it_or_in_the_channel_or_goes_by_its_handle() {
    let house = House::open();
    let handle = crate::model::ReplyHandle {
        platform: PlatformId::new("chat"),
        value: "handle".to_owned(),
        expires: house.clock.now() + SignedDuration::from_secs(1800),
    };
    let message = MessageRef { place: place("C1"), id: "m9".to_owned() };
    let to = Destination::Reply { to: message, handle: Some(handle) };
    house.stage(to.clone(), card("hello")).await;
    house.stage(to.clone(), Content::Mark).await;
    house.drained().await;
    assert_eq!(house.carrier.said(), ["reply hello to m9", "mark m9"]);
    let refused = || Err(Fault::denied("not in the channel"));
    house.carrier.plan([refused(), refused()]);
    house.stage(to, card("elsewhere")).await;
    house.drained().await;
    let ways = ["reply elsewhere to m9", "post elsewhere in chat:C1", "answer elsewhere"];
    assert_eq!(house.carrier.said()[2..], ways);
    assert_eq!(house.store.count::<Dead>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carrier_that_is_gone_from_the_configuration_leaves_dead_letters_and_no_silence() {
    let house = House::open();
    let to = Destination::Place(Place::channel(&PlatformId::new("elsewhere"), "C1"));
    let id = house.stage(to, card("nobody carries this")).await;
    house.drained().await;
    let letter = house.store.get::<Dead>(&id).unwrap().unwrap();
    assert!(letter.progress.fault.unwrap().outside.contains("not in the configuration"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_at_a_stop_is_recorded_and_not_repeated() {
    let house = House::open();
    house.carrier.gate.send_replace(false);
    let first = house.say("C1", "one").await;
    house.say("C1", "two").await;
    house.carrier.asked(1).await;
    let lanes = house.lanes.clone();
    let stopping = tokio::spawn(async move { lanes.stop().await });
    house.lanes.0.stop.cancelled().await;
    house.carrier.gate.send_replace(true);
    stopping.await.unwrap();
    assert_eq!(house.store.get::<History>(&first).unwrap().map(|row| row.state), Some(FinishedState::Delivered));
    assert_eq!(house.carrier.said(), ["post one in chat:C1"], "nothing new is begun");
    let house = house.restart().await;
    house.drained().await;
    assert_eq!(house.carrier.said(), ["post one in chat:C1", "look up", "post two in chat:C1"]);
}
