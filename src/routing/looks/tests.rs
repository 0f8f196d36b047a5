//! Looks: made in time, once for many signals, again after failures, and never lost.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::*;
use crate::model::{Card, Field, Tone};
use crate::routing::testing::{House, event, key, told};
use crate::routing::{Events, Look};

const API: &str = "github:acme/api";

/// A vendor that answers as it is told to, when it is let.
struct Vendor {
    asked: Mutex<Vec<Looked>>,
    answers: Mutex<VecDeque<Result<Vec<Seen>, Fault>>>,
    open: Semaphore,
}

impl Vendor {
    fn new(answers: impl IntoIterator<Item = Result<Vec<Seen>, Fault>>) -> Arc<Self> {
        let answers = Mutex::new(answers.into_iter().collect());
        Arc::new(Self { asked: Mutex::default(), answers, open: Semaphore::new(1_000) })
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn last(&self) -> Looked {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    fn close(&self) {
        self.open.forget_permits(1_000);
    }
}

#[async_trait]
impl Looker for Vendor {
    async fn look(&self, look: &Looked) -> Result<Vec<Seen>, Fault> {
        self.asked.lock().unwrap().push(look.clone());
        self.open.acquire().await.unwrap().forget();
        self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Ok(Vec::new()))
    }
}

struct Watch(CancellationToken, tokio::task::JoinHandle<()>);

impl Watch {
    fn keep(house: &House, vendors: &[(&str, &Arc<Vendor>)]) -> Self {
        let vendors = vendors.iter().map(|(name, vendor)| ((*name).to_owned(), Arc::clone(vendor) as Arc<dyn Looker>));
        let looks = Looks::new(&house.store, &house.clock, &house.router, Arc::clone(&house.limits), vendors.collect());
        let stop = CancellationToken::new();
        let token = stop.clone();
        Self(stop, tokio::spawn(async move { looks.run(&token).await.unwrap() }))
    }

    async fn stop(self) {
        self.0.cancel();
        self.1.await.unwrap();
    }
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn signal(id: &str, kind: &str) -> Event {
    event(id, "notion:db", kind, "notion:p")
}

fn look() -> Look {
    Look::new("page:p").wait(seconds(30))
}

fn page(id: &str, title: &str) -> Seen {
    Seen::Notice(Box::new(Notice::new(signal(id, "notion.page.updated")).card(Card::new(Tone::Neutral, title))))
}

fn rows(house: &House) -> Vec<LookRow> {
    house.store.scan::<LookRows>(None, 99).unwrap().into_iter().map(|(_, row)| row).collect()
}

fn kinds(looked: &Looked) -> Vec<(&str, &str)> {
    looked.events.iter().map(|event| (event.id.as_str(), event.kind.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_signals_cost_one_look_which_is_told_when_it_was_made() {
    let house = House::open();
    house.follow("chat:C1", "notion:db").await;
    let vendor = Vendor::new([Ok(vec![page("3", "Runbook")])]);
    let watch = Watch::keep(&house, &[("notion", &vendor)]);
    for (id, kind) in [("1", "notion.page.updated"), ("2", "notion.page.moved"), ("3", "notion.page.updated")] {
        house.publish(Notice::signal(signal(id, kind), look())).await;
        house.clock.advance(seconds(9));
    }
    assert_eq!((vendor.count(), house.events()), (0, 0), "27 s of 30 have passed");
    house.clock.advance(seconds(3));
    house.until(|| rows(&house).is_empty()).await;
    house.drained().await;
    assert_eq!(house.said(), ["post Runbook in chat:C1"]);
    let asked = vendor.last();
    assert_eq!(kinds(&asked), [("2", "notion.page.moved"), ("3", "notion.page.updated")], "the newest of a kind wins");
    assert_eq!((vendor.count(), asked.count, asked.subject), (1, 3, Some(key("notion:p"))));
    watch.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_a_signal_reaches_while_it_is_made_is_made_again() {
    let house = House::open();
    house.follow("chat:C1", "notion:db").await;
    let vendor = Vendor::new([Ok(vec![page("1", "Draft")]), Ok(vec![page("2", "Final")])]);
    vendor.close();
    let watch = Watch::keep(&house, &[("notion", &vendor)]);
    house.publish(Notice::signal(signal("1", "notion.page.updated"), look())).await;
    house.clock.advance(seconds(31));
    house.until(|| vendor.count() == 1).await;
    house.publish(Notice::signal(signal("2", "notion.page.moved"), look())).await;
    vendor.open.add_permits(9);
    house.until(|| rows(&house).iter().all(|row| row.looked.count == 1)).await;
    house.drained().await;
    assert_eq!(house.said(), ["post Draft in chat:C1"]);
    assert_eq!(kinds(&rows(&house)[0].looked), [("2", "notion.page.moved")]);
    assert_eq!(vendor.count(), 1, "it waits for further signals again");
    house.clock.advance(seconds(31));
    house.until(|| rows(&house).is_empty()).await;
    house.drained().await;
    assert_eq!(house.said(), ["edit C1.m1 to Final"]);
    watch.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_service_that_says_wait_stops_only_itself_also_over_a_restart() {
    let house = House::open();
    house.follow("chat:C1", "*").await;
    let until = house.clock.now() + seconds(600);
    let vendor = Vendor::new([Err(Fault::new(FaultKind::RateLimited { until }, "Wait."))]);
    let github = Vendor::new([]);
    let watch = Watch::keep(&house, &[("notion", &vendor), ("github", &github)]);
    house.publish(Notice::signal(signal("1", "notion.page.updated"), Look::new("page:p"))).await;
    house.until(|| house.limits.closed_until("calls/notion") == Some(until)).await;
    let other = event("2", "notion:db", "notion.page.updated", "notion:q");
    house.publish(Notice::signal(other, Look::new("page:q"))).await;
    house.publish(told(API, 1, "opened").look(Look::new("pull:1"))).await;
    house.until(|| github.count() == 1).await;
    house.until(|| rows(&house).len() == 2).await;
    watch.stop().await;

    let again = Watch::keep(&house, &[("notion", &vendor), ("github", &github)]);
    house.clock.advance(seconds(599));
    house.publish(told(API, 2, "opened").look(Look::new("pull:2"))).await;
    house.until(|| github.count() == 2).await;
    assert_eq!(vendor.count(), 1);
    house.clock.advance(seconds(2));
    house.until(|| vendor.count() == 3 && rows(&house).is_empty()).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_does_not_answer_is_asked_again_for_a_day() {
    let house = House::open();
    house.follow("chat:C1", "notion:db").await;
    let vendor = Vendor::new((0..500).map(|_| Err(Fault::unavailable("Down."))));
    let watch = Watch::keep(&house, &[("notion", &vendor)]);
    house.publish(Notice::signal(signal("1", "notion.page.updated"), Look::new("page:p"))).await;
    let begin = house.clock.now();
    let mut tries = 1;
    while !rows(&house).is_empty() {
        house.until(|| rows(&house).first().is_none_or(|row| row.due > house.clock.now())).await;
        house.clock.advance(SignedDuration::from_mins(31));
        tries += 1;
        house.until(|| vendor.count() >= tries || rows(&house).is_empty()).await;
        house.until(|| rows(&house).first().is_none_or(|row| row.failures as usize >= tries)).await;
    }
    let hours = house.clock.now().duration_since(begin).as_hours();
    assert!((24..26).contains(&hours), "{hours}");
    house.drained().await;
    let events = house.store.last::<Events>(9).unwrap();
    assert_eq!(events.len(), 1, "its signal is told as it came");
    assert!(house.said().is_empty(), "and nobody reads a card that says nothing");
    watch.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_not_be_read_is_told_as_it_came_or_dropped() {
    let house = House::open();
    house.follow("chat:C1", "*").await;
    let vendor = Vendor::new([Err(Fault::denied("No.")), Err(Fault::not_found("Gone."))]);
    let watch = Watch::keep(&house, &[("notion", &vendor)]);
    house.publish(Notice::signal(signal("1", "notion.page.updated"), Look::new("page:p"))).await;
    house.until(|| rows(&house).is_empty()).await;
    assert_eq!(house.events(), 1);
    house.publish(told("notion:db", 1, "known").look(Look::new("page:x").service("notion"))).await;
    house.until(|| rows(&house).is_empty() && vendor.count() == 2).await;
    // No integration of this name is configured.
    house.publish(told(API, 1, "opened").look(Look::new("pull:1"))).await;
    house.until(|| rows(&house).is_empty()).await;
    assert_eq!((vendor.count(), house.events()), (2, 3));
    watch.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_changes_cards_that_stand_and_no_others() {
    let house = House::open();
    house.follow("chat:C1", "github:acme/api").await;
    let (here, gone) = (key("github:acme/api#1"), key("github:acme/api#99"));
    let fields = || vec![Field { label: "Reviews".to_owned(), value: "1 approval".into() }];
    let card = |key: &crate::model::SubjectKey| Seen::Card {
        key: key.clone(),
        card: Box::new(Card::new(Tone::Good, "merged")),
        as_of: None,
    };
    let extra =
        |key: &crate::model::SubjectKey| Seen::Extra { key: key.clone(), name: "r".to_owned(), fields: fields() };
    let ticket = Seen::State {
        key: key("jira:ACME-1"),
        title: None,
        link: Some("https://jira.example.com/ACME-1".to_owned()),
        state: "Done".into(),
    };
    let seen = vec![card(&here), card(&gone), extra(&here), extra(&gone), ticket];
    let vendor = Vendor::new([Ok(seen)]);
    let notice = told(API, 1, "opened").related([key("jira:ACME-1")]).look(Look::new("pull:1"));
    house.publish(notice).await;
    assert_eq!(house.said(), ["post opened [Related: ACME-1] in chat:C1"]);
    let watch = Watch::keep(&house, &[("github", &vendor)]);
    house.until(|| rows(&house).is_empty()).await;
    house.drained().await;
    assert_eq!(house.card("github:acme/api#1"), "merged [Reviews: 1 approval] [Related: ACME-1 · Done]");
    assert_eq!(house.card("github:acme/api#99"), "");
    watch.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_whose_subject_is_gone_is_not_made_and_few_are_made_together() {
    let house = House::open();
    house.follow("chat:C1", "github:acme/api").await;
    house.publish(told(API, 1, "opened").look(Look::new("pull:1").wait(seconds(5)))).await;
    let removed = |tx: &mut Tx<'_>| {
        tx.delete::<crate::delivery::tables::Subjects>(&"github:acme/api#1".to_owned());
        Ok(())
    };
    house.store.write(removed).await.unwrap();
    let vendor = Vendor::new([]);
    vendor.close();
    let watch = Watch::keep(&house, &[("github", &vendor)]);
    house.clock.advance(seconds(6));
    house.until(|| rows(&house).is_empty()).await;
    assert_eq!(vendor.count(), 0);

    for number in 2..9 {
        house.publish(told(API, number, "opened").look(Look::new(format!("pull:{number}")))).await;
    }
    house.until(|| vendor.count() == TOGETHER).await;
    vendor.open.add_permits(1);
    house.until(|| vendor.count() == TOGETHER + 1 && rows(&house).len() == 6).await;
    // What hangs is given up after a minute, and what is being read when we stop is read again.
    house.clock.advance(seconds(61));
    house.until(|| vendor.count() == TOGETHER + 3).await;
    watch.stop().await;
    assert_eq!(rows(&house).len(), 6);
}
