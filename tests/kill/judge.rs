//! The judgement: what was acknowledged must be there, once, and the books must balance.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use quarterdeck::delivery::tables::{Dead, FinishedState, History, Hooks, Outbox, Requests, Seen, Unread};
use quarterdeck::operations::ledger::{EndedCalls, OpenCalls};
use quarterdeck::sandbox::slack::{Message, SlackFake};
use quarterdeck::store::{Store, StoreConfig};
use serde_json::Value;

use crate::daemon::Daemon;
use crate::load::{Said, words};
use crate::{ALERTS, COMMANDS, EVENT_CHANNELS, HOOK_CHANNELS, Vendors};

/// How long the last process has for what the killed ones left.
const PATIENCE: Duration = Duration::from_secs(90);
/// How many lines of complaint are enough.
const ENOUGH: usize = 20;

/// Waits until nothing is missing and nothing waits; or until patience ends, and then the judgement says what is missing.
pub(crate) async fn drained(vendors: &Vendors, daemon: &Daemon, said: &Said) {
    let since = Instant::now();
    let mut quiet = 0;
    while since.elapsed() < PATIENCE {
        let idle = daemon.queued().await == 0 && vendors.slack.unsettled() == 0;
        // Between inbox and outbox something may be where neither shows it; several looks find it.
        quiet = if idle && missing(vendors, said).is_empty() { quiet + 1 } else { 0 };
        if quiet == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("drained after {:.1} s", since.elapsed().as_secs_f64());
}

/// What people and vendors see.
pub(crate) fn outside(vendors: &Vendors, said: &Said, kills: u64) -> Vec<String> {
    let mut complaints = missing(vendors, said);
    for title in said.commands.keys() {
        let issues = vendors.github.issues("acme/api");
        let count = issues.iter().filter(|issue| issue["title"] == title.as_str()).count();
        if count > 1 {
            complaints.push(format!("{count} issues {title}"));
        }
    }
    let mut doubles = 0;
    for channel in HOOK_CHANNELS.iter().chain(&EVENT_CHANNELS).chain([&ALERTS, &COMMANDS]) {
        let found = doubled(&vendors.slack, channel, &mut complaints);
        doubles += found;
        if found > kills {
            complaints.push(format!("{found} doubled messages in {channel} after {kills} kills"));
        }
    }
    println!("doubled messages: {doubles}");
    let unknown = vendors.slack.unknown_routes().into_iter().chain(vendors.github.unknown_routes());
    complaints.extend(unknown.map(|route| format!("no such route: {route}")));
    complaints
}

/// What was acknowledged and is not to be seen.
fn missing(vendors: &Vendors, said: &Said) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut shown: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for channel in HOOK_CHANNELS.iter().chain(&EVENT_CHANNELS).chain([&ALERTS]) {
        let texts = shown.entry(channel).or_default();
        for message in vendors.slack.messages(channel) {
            for word in words(&message) {
                let text = texts.entry(word).or_default();
                text.push_str(&Value::Array(message.blocks.clone()).to_string());
            }
        }
    }
    for sent in said.told() {
        let texts = &shown[sent.channel.as_str()];
        if !texts.contains_key(&sent.word) {
            complaints.push(format!("{} was acknowledged and is not told in {}", sent.word, sent.channel));
        }
        if let Some(card) = &sent.closes
            && !texts.get(card).is_some_and(|text| text.contains("Closed as completed"))
        {
            complaints.push(format!("{} was acknowledged, but the card of {card} does not show it", sent.word));
        }
    }
    for alert in &said.clicks {
        if !shown[ALERTS].get(alert).is_some_and(|text| text.contains("Acknowledged by")) {
            complaints.push(format!("the click on {alert} was acknowledged, but no card shows the decision"));
        }
    }
    let issues = vendors.github.issues("acme/api");
    let titles: BTreeSet<&str> = issues.iter().filter_map(|issue| issue["title"].as_str()).collect();
    let answers: BTreeSet<String> = vendors.slack.messages(COMMANDS).iter().flat_map(words).collect();
    for title in said.promised() {
        if !titles.contains(title.as_str()) {
            complaints.push(format!("the command for {title} was acknowledged, but there is no such issue"));
        }
        if !answers.contains(title) {
            complaints.push(format!("the command for {title} was acknowledged and never answered"));
        }
    }
    let more = complaints.len().saturating_sub(ENOUGH);
    complaints.truncate(ENOUGH);
    complaints.extend((more > 0).then(|| format!("… and {more} more")));
    complaints
}

/// Counts messages that came twice. Twice means: of one delivery; two deliveries of one thing are a complaint.
fn doubled(slack: &SlackFake, channel: &str, complaints: &mut Vec<String>) -> u64 {
    let mut messages: BTreeMap<String, u64> = BTreeMap::new();
    let mut deliveries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for message in slack.messages(channel) {
        let Some(delivery) = delivery_of(&message) else {
            complaints.push(format!("a message in {channel} bears no delivery id: {}", message.text));
            continue;
        };
        for word in words(&message) {
            deliveries.entry(word).or_default().insert(delivery.clone());
        }
        *messages.entry(delivery).or_default() += 1;
    }
    for (word, deliveries) in deliveries.into_iter().filter(|(_, deliveries)| deliveries.len() > 1) {
        complaints.push(format!("{word} was told in {channel} by {} deliveries", deliveries.len()));
    }
    messages.values().map(|count| count - 1).sum()
}

fn delivery_of(message: &Message) -> Option<String> {
    let id = message.metadata.as_ref()?.pointer("/event_payload/delivery")?.as_str()?;
    Some(id.to_owned())
}

/// What the store says once nobody holds it: everything that was accepted has its deliveries, and each of them ended.
pub(crate) async fn books(daemon: &Daemon, said: &Said) -> Vec<String> {
    let config = StoreConfig { path: daemon.store(), ..StoreConfig::default() };
    let store = Store::open(&config).unwrap();
    let mut complaints = Vec::new();
    let mut accepted: BTreeSet<(String, String)> = BTreeSet::new();
    let mut expected = 0;
    for ((door, id), _) in store.scan::<Seen>(None, usize::MAX).unwrap() {
        // Every command and every click is answered by one delivery.
        expected += match (said.sent.get(&(door.clone(), id.clone())), door.as_str()) {
            (Some(sent), _) => sent.deliveries,
            (None, "slack") => 1,
            (None, _) => {
                complaints.push(format!("{door} accepted {id}, which nobody sent"));
                0
            }
        };
        accepted.insert((door, id));
    }
    for (key, sent) in said.sent.iter().filter(|(_, sent)| sent.acknowledged) {
        if !accepted.contains(key) {
            complaints.push(format!("{} was acknowledged and is not in the books", sent.word));
        }
    }
    let ended = store.scan::<History>(None, usize::MAX).unwrap();
    let delivered = ended.iter().filter(|(_, row)| row.state == FinishedState::Delivered).count();
    let (ended, dead, queued) = (ended.len() as u64, store.count::<Dead>(), store.count::<Outbox>());
    println!(
        "accepted: {} with {expected} deliveries; {delivered} delivered, {} superseded or expired, {dead} dead, {queued} queued",
        accepted.len(),
        ended - delivered as u64
    );
    if ended + dead + queued != expected {
        complaints.push(format!("{expected} deliveries are due, {ended} ended, {dead} died, {queued} wait"));
    }
    for (what, count) in [
        ("dead letters", dead),
        ("queued deliveries", queued),
        ("unread arrivals", store.count::<Unread>()),
        ("webhooks and events in the inbox", store.count::<Hooks>()),
        ("requests in the inbox", store.count::<Requests>()),
        ("open calls", store.count::<OpenCalls>()),
    ] {
        if count > 0 {
            complaints.push(format!("{count} {what} are left"));
        }
    }
    let failed = store.scan::<EndedCalls>(None, usize::MAX).unwrap();
    let failed = failed.into_iter().filter(|(_, call)| call.state != quarterdeck::model::CallState::Done);
    complaints.extend(failed.map(|(id, call)| format!("call {id} {:?}: {:?}", call.state, call.result)).take(ENOUGH));
    store.close().await;
    complaints
}
