//! Discord against the strict fake: signing in, registering, hearing, answering, and losing the gateway in every way.

mod answers;
mod commands;
mod listening;
mod lost;
mod web;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::hear::Completing;
use super::interactions::{Said, Saying};
use super::listen::Accept;
use super::suggest::Suggest;
use super::{Discord, DiscordConfig, DiscordMode, DiscordSecrets};
use crate::chat::Ground;
use crate::delivery::{Accepted, Arrival, Incoming};
use crate::model::{Card, Choice, Clock, Effect, Fault, Request, Tone};
use crate::operations::{Caller, FieldKind, Found, Operation, Outcome, Preview, Registry, Spec, declare};
use crate::sandbox::discord::{DiscordFake, DiscordSetup};
use crate::vault::Secret;

/// What the sample operations work on.
struct Desk;

/// Why something is closed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Reason {
    Done,
    NotPlanned,
}

/// Close an issue, optionally saying why.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema matters")]
struct CloseIssue {
    /// Issue as `owner/name#12`.
    #[schemars(extend("x-complete" = "github.open_issues"))]
    issue: String,
    /// Why it is closed.
    reason: Option<Reason>,
    /// Text to post before closing.
    #[schemars(extend("x-widget" = "long"))]
    comment: Option<String>,
    /// How many times.
    #[schemars(range(min = 1, max = 5))]
    times: Option<u32>,
    /// Whether nobody is told.
    #[serde(default)]
    quiet: bool,
}

impl Operation for CloseIssue {
    type On = Desk;
    const SPEC: Spec = Spec::new("github.issue.close").positional(&["issue"]).effect(Effect::Change);

    async fn run(self, _: &Desk, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::public(Card::new(Tone::Good, "Closed.")))
    }

    async fn find(&self, _: &Desk, _: &Caller) -> Result<Found, Fault> {
        Ok(Found::Absent)
    }

    async fn preview(&self, _: &Desk, _: &Caller) -> Result<Option<Preview>, Fault> {
        Ok(None)
    }
}

/// The registry of the samples.
pub(super) fn registry() -> Registry {
    Registry::new(vec![declare::<CloseIssue>(&Arc::new(Desk))]).expect("a registry")
}

/// An inbox in memory, which can be told to take nothing.
#[derive(Default)]
struct Inbox {
    taken: Mutex<Vec<Arrival>>,
    keys: Mutex<HashSet<String>>,
    refuse: AtomicBool,
    changed: watch::Sender<usize>,
}

#[async_trait]
impl Accept for Inbox {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        if self.refuse.load(Ordering::Relaxed) {
            return Err(Fault::unavailable("The inbox is full."));
        }
        let lock = |error| PoisonError::into_inner(error);
        if let Some(key) = &arrival.dedupe
            && !self.keys.lock().unwrap_or_else(lock).insert(key.clone())
        {
            return Ok(Accepted::Again);
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push(arrival);
        self.changed.send_replace(taken.len());
        Ok(Accepted::New)
    }
}

impl Inbox {
    /// The requests so far.
    fn requests(&self) -> Vec<Request> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let request = |arrival: &Arrival| match &arrival.what {
            Incoming::Request(request) => Some((**request).clone()),
            _ => None,
        };
        taken.iter().filter_map(request).collect()
    }

    /// The requests, as soon as there are so many.
    async fn wait(&self, many: usize) -> Vec<Request> {
        self.changed.subscribe().wait_for(|taken| *taken >= many).await.expect("the inbox stays");
        self.requests()
    }

    /// Waits for so many lines. What Discord tells again after a resume may stand between them.
    async fn heard(&self, many: usize) {
        self.changed.subscribe().wait_for(|_| self.lines().len() >= many).await.expect("the inbox stays");
    }

    /// The lines that were said.
    fn lines(&self) -> Vec<String> {
        let line = |request: Request| match request.ask {
            crate::model::Ask::Line { text } => Some(text),
            _ => None,
        };
        self.requests().into_iter().filter_map(line).collect()
    }
}

/// Offers two issues.
struct Issues;

#[async_trait]
impl Suggest for Issues {
    async fn suggest(&self, typing: &Completing) -> Vec<Choice> {
        let all = ["acme/api#12", "acme/web#3"].map(|value| Choice { value: value.into(), label: value.into() });
        all.into_iter().filter(|choice| choice.value.contains(&typing.begun)).collect()
    }

    fn kind(&self, typing: &Completing) -> Option<FieldKind> {
        typing.operation.as_ref().map(|_| FieldKind::Line)
    }
}

/// A fake Discord, and a bot that is signed in to it.
struct Scene {
    clock: Clock,
    fake: DiscordFake,
    ground: Ground,
    discord: Arc<Discord>,
    inbox: Arc<Inbox>,
    listening: Option<tokio::task::JoinHandle<Result<(), Fault>>>,
    _directory: tempfile::TempDir,
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
    }
}

impl Scene {
    /// A scene where nobody listens yet.
    async fn new(mode: DiscordMode, change: impl FnOnce(&mut DiscordSetup)) -> Self {
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().expect("a time"));
        let now = clock.clone();
        let mut setup = DiscordSetup { now: Arc::new(move || now.now()), ..DiscordSetup::default() };
        setup.resume_life = SignedDuration::from_hours(1);
        change(&mut setup);
        let fake = DiscordFake::start(setup).await.expect("a fake");
        let (ground, directory) = Ground::sample(&clock);
        let discord = Arc::new(built(&fake, mode, &ground, |_| {}));
        let inbox = Arc::new(Inbox::default());
        Self { clock, fake, ground, discord, inbox, listening: None, _directory: directory }
    }

    /// A scene where the bot is connected and its commands are registered.
    async fn listening() -> Self {
        let mut scene = Self::new(DiscordMode::Gateway, |_| {}).await;
        scene.listen();
        scene.connected().await;
        scene.registered().await;
        scene
    }

    fn listen(&mut self) {
        let (discord, inbox) = (Arc::clone(&self.discord), Arc::clone(&self.inbox) as Arc<dyn Accept>);
        let listening = async move { discord.listen_into(inbox, Arc::new(Issues), &registry()).await };
        self.listening = Some(tokio::spawn(listening));
    }

    /// The bot stops, without a word, and a new one is built on the same store.
    async fn restart(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ = listening.await;
        }
        self.discord = Arc::new(built(&self.fake, self.discord.config.mode, &self.ground, |_| {}));
    }

    async fn connected(&self) {
        let mut connected = self.discord.connected.subscribe();
        connected.wait_for(|connected| *connected).await.expect("it stays");
    }

    async fn registered(&self) {
        let all = super::commands::commands(&registry(), "qd", true).len();
        self.fake.until(|fake| (fake.commands(None).len() == all).then_some(())).await;
    }

    /// Moves the clock, in steps in which all that became due can be done.
    async fn pass(&self, seconds: i64) {
        for _ in 0..seconds {
            self.clock.advance(SignedDuration::from_secs(1));
            self.fake.tick();
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Moves the clock by such steps until so many lines were heard; what goes over a socket has its own time.
    async fn until_heard(&self, many: usize, step: SignedDuration) {
        let patience = std::time::Duration::from_millis(20);
        while tokio::time::timeout(patience, self.inbox.heard(many)).await.is_err() {
            self.clock.advance(step);
            self.fake.tick();
        }
    }

    /// Answers the newest request.
    async fn answer(&self, text: &str, ephemeral: bool, replace: bool) -> Result<Option<Said>, Fault> {
        let request = self.inbox.requests().pop().expect("a request");
        let handle = request.reply.expect("a handle").value;
        self.discord.interactions.answer(&handle, &saying(text, ephemeral, replace)).await
    }
}

fn built(fake: &DiscordFake, mode: DiscordMode, ground: &Ground, change: impl FnOnce(&mut DiscordConfig)) -> Discord {
    let mut config = DiscordConfig {
        base_url: fake.api_base().parse().expect("an address"),
        mode,
        public_key: Some(fake.public_key()),
        bot_token: Some("env:TOKEN".parse().expect("a reference")),
        // On a clock that jumps, every jump would look like a silence.
        watchdog: SignedDuration::ZERO,
        ..DiscordConfig::default()
    };
    change(&mut config);
    let secrets = DiscordSecrets { bot_token: Secret::new(&fake.setup().token), webhooks: BTreeMap::new() };
    Discord::new(&config, secrets, ground).expect("a platform")
}

fn saying(text: &str, ephemeral: bool, replace: bool) -> Saying {
    let payload = json!({ "content": text, "allowed_mentions": { "parse": [] } });
    Saying { payload, files: Vec::new(), nonce: String::new(), ephemeral, replace }
}

fn options(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, Value)> {
    pairs.iter().map(|(name, value)| (*name, json!(value))).collect()
}
