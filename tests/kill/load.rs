//! The load: what vendors, programs and people send while the daemon comes and goes, and what was acknowledged of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderMap;
use quarterdeck::sandbox::slack::{Delivered, SlackFake};
use quarterdeck::stage::API_KEY;
use quarterdeck::vault::{Scheme, Secret};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::daemon::WEBHOOK_SECRET;
use crate::{ALERTS, ANA, COMMANDS, EVENT_CHANNELS, HOOK_CHANNELS, Vendors};

/// Where alerts come from.
pub(crate) const ALERT_SOURCE: &str = "/monitoring";
/// Between two things that one sender sends.
const PAUSE: Duration = Duration::from_millis(40);
/// Before something that was not acknowledged is sent again.
const AGAIN: Duration = Duration::from_millis(25);
/// Every so many issues are closed, too.
const CLOSED: u64 = 3;

/// The source of the events of a repository.
pub(crate) fn hook_source(lane: usize) -> String {
    format!("github:acme/kill-{lane}")
}

/// The source of the events of a program.
pub(crate) fn event_source(lane: usize) -> String {
    format!("/deploys/{lane}")
}

/// What was sent: each thing has a word of its own, which its message must bear.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    /// The word.
    pub(crate) word: String,
    /// Where it must be told.
    pub(crate) channel: String,
    /// Whether it was acknowledged.
    pub(crate) acknowledged: bool,
    /// How many deliveries it makes.
    pub(crate) deliveries: u64,
    /// For a closed issue: the word of its card.
    pub(crate) closes: Option<String>,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Webhooks and events, by the door and the id that the inbox knows them by.
    pub(crate) sent: BTreeMap<(String, String), Sent>,
    /// The titles of issues that were asked for by a command; whether it was acknowledged.
    pub(crate) commands: BTreeMap<String, bool>,
    /// The words of alerts whose *Acknowledge* was acknowledged.
    pub(crate) clicks: BTreeSet<String>,
    /// Alerts whose button was pressed at all.
    pressed: BTreeSet<String>,
}

impl Said {
    /// What was acknowledged of webhooks and events.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Sent> {
        self.sent.values().filter(|sent| sent.acknowledged)
    }

    /// The issues whose command was acknowledged.
    pub(crate) fn promised(&self) -> impl Iterator<Item = &String> {
        self.commands.iter().filter(|(_, acknowledged)| **acknowledged).map(|(word, _)| word)
    }

    /// Whether enough of each kind was acknowledged for the judgement to mean something.
    pub(crate) fn is_a_load(&self) -> bool {
        self.told().count() >= 50 && self.promised().count() >= 5 && self.clicks.len() >= 5
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "acknowledged: {} of {} webhooks and events, {} of {} commands, {} of {} clicks",
            self.told().count(),
            self.sent.len(),
            self.promised().count(),
            self.commands.len(),
            self.clicks.len(),
            self.pressed.len()
        )
    }
}

/// The senders at work.
pub(crate) struct Load {
    desk: Sender,
    tasks: TaskTracker,
}

/// What the senders share.
#[derive(Clone)]
struct Sender {
    said: Arc<Mutex<Said>>,
    over: CancellationToken,
    url: String,
    client: reqwest::Client,
    slack: SlackFake,
    armed: Armed,
}

/// What the next acknowledgement sets off.
type Armed = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

impl Load {
    /// Lets them begin.
    pub(crate) fn start(vendors: &Vendors, url: String) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        let slack = vendors.slack.clone();
        let desk = Sender {
            said: Arc::default(),
            over: CancellationToken::new(),
            url,
            client,
            slack,
            armed: Armed::default(),
        };
        let tasks = TaskTracker::new();
        for (lane, channel) in HOOK_CHANNELS.iter().enumerate() {
            tasks.spawn(desk.clone().hooks(lane, channel));
        }
        for (lane, channel) in EVENT_CHANNELS.iter().enumerate() {
            tasks.spawn(desk.clone().events(lane, channel));
        }
        tasks.spawn(desk.clone().alerts());
        tasks.spawn(desk.clone().commands());
        tasks.spawn(desk.clone().clicks());
        Self { desk, tasks }
    }

    /// Does this the moment something is acknowledged: what is not on disk by then was acknowledged too early.
    pub(crate) async fn at_an_acknowledgement(&self, strike: impl FnOnce() + Send + 'static) {
        let (struck, strikes) = tokio::sync::oneshot::channel();
        let strike = Box::new(move || {
            strike();
            let _ = struck.send(());
        });
        *self.desk.armed.lock().unwrap() = Some(strike);
        let waited = tokio::time::timeout(Duration::from_mins(1), strikes).await;
        assert!(waited.is_ok(), "nothing was acknowledged for a minute");
    }

    /// Nothing new; what waits for its acknowledgement is waited for.
    pub(crate) async fn end(self) -> Said {
        self.desk.over.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        std::mem::take(&mut *self.desk.said.lock().unwrap())
    }
}

impl Sender {
    /// Notes an acknowledgement.
    fn acknowledged(&self, note: impl FnOnce(&mut Said)) {
        note(&mut self.said.lock().unwrap());
        if let Some(strike) = self.armed.lock().unwrap().take() {
            strike();
        }
    }

    fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Issues of one repository: opened, and some of them closed.
    async fn hooks(self, lane: usize, channel: &'static str) {
        for number in 1_u64.. {
            let opened = format!("qdopen{lane}x{number}");
            self.hook(lane, channel, number, &opened, None).await;
            if number.is_multiple_of(CLOSED) {
                let shut = format!("qdshut{lane}x{number}");
                self.hook(lane, channel, number, &opened, Some(&shut)).await;
            }
            tokio::time::sleep(PAUSE).await;
            if self.is_over() {
                return;
            }
        }
    }

    async fn hook(&self, lane: usize, channel: &str, number: u64, opened: &str, shut: Option<&str>) {
        let repository = hook_source(lane).replace("github:", "");
        let url = format!("https://github.com/{repository}/issues/{number}");
        let state = if shut.is_some() { "closed" } else { "open" };
        let body = json!({
            "action": if shut.is_some() { "closed" } else { "opened" },
            "issue": {
                "number": number, "title": opened, "state": state, "html_url": url, "user": { "login": "ben" },
                "state_reason": shut.map(|_| "completed"),
                "created_at": "2026-11-20T14:00:00Z",
                "updated_at": if shut.is_some() { "2026-11-20T14:01:00Z" } else { "2026-11-20T14:00:00Z" },
            },
            "repository": { "full_name": repository },
            "sender": { "login": shut.unwrap_or("ben") },
        });
        let body = body.to_string();
        let id = uuid::Uuid::now_v7().to_string();
        let sent = Sent {
            word: shut.unwrap_or(opened).to_owned(),
            channel: channel.to_owned(),
            acknowledged: false,
            // A closed issue's card is edited, and a follow-up goes below it.
            deliveries: if shut.is_some() { 2 } else { 1 },
            closes: shut.map(|_| opened.to_owned()),
        };
        let request = self.client.post(format!("{}/webhooks/github", self.url)).headers(signed(&id, &body)).body(body);
        self.send(("github".to_owned(), id), sent, request).await;
    }

    /// Events of one program.
    async fn events(self, lane: usize, channel: &'static str) {
        for number in 1_u64.. {
            let word = format!("qdevent{lane}x{number}");
            let data = json!({ "title": word, "number": number });
            self.event(channel, &event_source(lane), "deploy.finished", &word, &data).await;
            if self.is_over() {
                return;
            }
        }
    }

    async fn alerts(self) {
        for number in 1_u64.. {
            let word = format!("qdalert0x{number}");
            let data = json!({ "alert": word, "title": word, "severity": "critical" });
            self.event(ALERTS, ALERT_SOURCE, "alert.firing", &word, &data).await;
            tokio::time::sleep(PAUSE * 2).await;
            if self.is_over() {
                return;
            }
        }
    }

    async fn event(&self, channel: &str, source: &str, kind: &str, word: &str, data: &Value) {
        let event = json!({ "specversion": "1.0", "id": word, "source": source, "type": kind, "data": data });
        let sent = Sent {
            word: word.to_owned(),
            channel: channel.to_owned(),
            acknowledged: false,
            deliveries: 1,
            closes: None,
        };
        let request = self
            .client
            .post(format!("{}/api/v1/events", self.url))
            .bearer_auth(API_KEY)
            .header("content-type", "application/cloudevents+json")
            .body(event.to_string());
        self.send(("api".to_owned(), format!("{source}\n{word}")), sent, request).await;
        tokio::time::sleep(PAUSE).await;
    }

    /// Sends until it is acknowledged, as vendors do: the id stays the same.
    async fn send(&self, key: (String, String), sent: Sent, request: reqwest::RequestBuilder) {
        self.said.lock().unwrap().sent.insert(key.clone(), sent);
        loop {
            let answer = request.try_clone().unwrap().send().await;
            // A status is believed only with the whole answer behind it.
            if let Ok(answer) = answer {
                let status = answer.status().as_u16();
                if answer.bytes().await.is_ok() && status == 202 {
                    return self.acknowledged(|said| said.sent.get_mut(&key).unwrap().acknowledged = true);
                }
                assert!(status == 202 || status == 503, "it was answered {status}");
            }
            tokio::time::sleep(AGAIN).await;
            if self.is_over() {
                return;
            }
        }
    }

    /// A command now and then, whenever Slack has a connection. Slack does not repeat commands.
    async fn commands(self) {
        let waiting = TaskTracker::new();
        let mut number = 0_u64;
        while !self.is_over() {
            tokio::time::sleep(PAUSE).await;
            if self.slack.connections() == 0 {
                continue;
            }
            number += 1;
            let word = format!("qdissue0x{number}");
            let line = format!("github issue create {word} --repository acme/api");
            let delivered = self.slack.slash(ANA, COMMANDS, "/qd", &line).unwrap();
            self.said.lock().unwrap().commands.insert(word.clone(), false);
            let desk = self.clone();
            waiting.spawn(async move {
                if is_acknowledged(&delivered).await {
                    desk.acknowledged(|said| *said.commands.entry(word).or_default() = true);
                }
            });
        }
        waiting.close();
        waiting.wait().await;
    }

    /// *Acknowledge* on every alert, once.
    async fn clicks(self) {
        let waiting = TaskTracker::new();
        while !self.is_over() {
            tokio::time::sleep(PAUSE * 3).await;
            if self.slack.connections() == 0 {
                continue;
            }
            for message in self.slack.messages(ALERTS) {
                let Some(word) = words(&message).into_iter().find(|word| word.starts_with("qdalert")) else { continue };
                if self.said.lock().unwrap().pressed.contains(&word) {
                    continue;
                }
                // The button may have gone meanwhile.
                let Ok(delivered) = self.slack.press(ANA, ALERTS, &message.ts, "Acknowledge") else { continue };
                self.said.lock().unwrap().pressed.insert(word.clone());
                let desk = self.clone();
                waiting.spawn(async move {
                    if is_acknowledged(&delivered).await {
                        desk.acknowledged(|said| said.clicks.extend([word]));
                    }
                });
            }
        }
        waiting.close();
        waiting.wait().await;
    }
}

/// The headers that GitHub sends with an `issues` webhook.
pub(crate) fn signed(id: &str, body: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let secrets = [Secret::new(WEBHOOK_SECRET)];
    for (name, value) in Scheme::GITHUB.sign(&secrets, id, jiff::Timestamp::now(), body.as_bytes()).unwrap() {
        headers.insert(name, value.parse().unwrap());
    }
    for (name, value) in [("x-github-event", "issues"), ("x-github-delivery", id), ("content-type", "application/json")]
    {
        headers.insert(name, value.parse().unwrap());
    }
    headers
}

async fn is_acknowledged(delivered: &Delivered) -> bool {
    delivered.outcome().await.is_acknowledged()
}

/// The words of ours that a message bears.
pub(crate) fn words(message: &quarterdeck::sandbox::slack::Message) -> BTreeSet<String> {
    let text = format!("{} {}", message.text, Value::Array(message.blocks.clone()));
    let ours = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with("qd"));
    ours.filter(|word| word.contains('x')).map(str::to_owned).collect()
}
