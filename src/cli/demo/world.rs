//! What the page, the story and the runner share: the stage, and what one sees of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::RwLock;

use super::runner::Runner;
use super::samples::Samples;
use super::wire::{Line, Wire};
use crate::cli::Failure;
use crate::delivery::tables::Requests;
use crate::delivery::{DeadLetters, Outgoing};
use crate::model::{Event, Fault};
use crate::sandbox::discord::DiscordFake;
use crate::sandbox::github::GithubFake;
use crate::sandbox::slack::{Delivered, Outcome, SlackFake};
use crate::sandbox::telegram::TelegramFake;
use crate::stage::{API_KEY, Stage};

/// How many lines of the wires, and how many deliveries, the page is told of.
const SHOWN: usize = 40;

/// The stage with its spectators.
#[derive(Debug)]
pub(super) struct World {
    /// Slack.
    pub slack: SlackFake,
    /// Discord.
    pub discord: DiscordFake,
    /// Telegram.
    pub telegram: TelegramFake,
    /// GitHub.
    pub github: GithubFake,
    /// The daemon's address.
    pub daemon: String,
    /// What went over the wires.
    pub wire: Wire,
    /// The company's systems.
    pub samples: Samples,
    /// The company's job runner.
    pub runner: Runner,
    http: reqwest::Client,
    stage: RwLock<Stage>,
}

impl World {
    /// The world around a stage that is open.
    pub(super) fn new(stage: Stage, runner: Runner) -> Result<Arc<Self>, Failure> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| Failure::Other(error.to_string()))?;
        let missing = || Failure::Other("the stage is without Discord or Telegram".to_owned());
        Ok(Arc::new(Self {
            slack: stage.slack.clone(),
            discord: stage.discord.clone().ok_or_else(missing)?,
            telegram: stage.telegram.clone().ok_or_else(missing)?,
            github: stage.github.clone(),
            daemon: stage.url(),
            wire: Wire::default(),
            samples: Samples::default(),
            runner,
            http,
            stage: RwLock::new(stage),
        }))
    }

    /// Publishes an event over the daemon's own API, as any program does.
    pub(super) async fn publish(&self, from: &str, event: &Event) -> Result<(), String> {
        let body = serde_json::to_vec(event).map_err(|error| error.to_string())?;
        let sent = self
            .http
            .post(format!("{}/api/v1/events", self.daemon))
            .bearer_auth(API_KEY)
            .header("content-type", "application/cloudevents+json")
            .body(body)
            .send()
            .await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                self.wire.note(from, "Quarterdeck", event.kind.clone(), "no answer", false);
                return Err(format!("The daemon does not answer: {}", error.without_url()));
            }
        };
        let status = answer.status();
        self.wire.note(from, "Quarterdeck", event.kind.clone(), status.as_u16().to_string(), status.is_success());
        if status.is_success() {
            return Ok(());
        }
        let text = answer.text().await.unwrap_or_default();
        Err(format!("The daemon refused the event with {status}: {text}"))
    }

    /// Notes what became of something that Slack sent.
    pub(super) fn watch(self: &Arc<Self>, what: &str, delivered: Delivered) {
        let (world, what) = (Arc::clone(self), what.to_owned());
        tokio::spawn(async move {
            let outcome = delivered.outcome().await;
            let (answer, good) = match &outcome {
                Outcome::Acknowledged { took, .. } => (format!("acknowledged in {} ms", took.as_millis()), true),
                Outcome::NotReached => ("not reached".to_owned(), false),
                Outcome::TimedOut => ("no answer in 3 s".to_owned(), false),
                Outcome::HttpError(status) => (status.to_string(), false),
                Outcome::Lost => ("lost".to_owned(), false),
            };
            world.wire.note("Slack", "Quarterdeck", what, answer, good);
        });
    }

    /// Stops the daemon and starts it again.
    pub(super) async fn restart(&self) -> Result<(), Fault> {
        let mut stage = self.stage.write().await;
        self.wire.changed();
        let restarted = stage.restart().await;
        drop(stage);
        self.wire.changed();
        restarted
    }

    /// Stops the daemon as SIGTERM does.
    pub(super) async fn stop(&self) {
        self.stage.write().await.stop().await;
    }

    /// Resolves when nothing that was asked for is still looked at.
    pub(super) async fn idle(&self) {
        loop {
            let waiting = self.stage.read().await.running().map_or(0, |running| running.store().count::<Requests>());
            if waiting == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// How many deliveries were given up.
    pub(super) fn dead(&self) -> u64 {
        let Ok(stage) = self.stage.try_read() else { return 0 };
        stage.running().map(|running| DeadLetters::new(running.store(), &stage.clock).count()).unwrap_or_default()
    }

    /// All that the page shows.
    pub(super) fn state(&self) -> Value {
        json!({
            "slack": self.slack.state(),
            "discord": self.discord.state(),
            "telegram": self.telegram_state(),
            "github": self.github.state(),
            "daemon": self.health(),
            "wire": self.wires(),
        })
    }

    /// Telegram, with what each person's client offers in each chat.
    fn telegram_state(&self) -> Value {
        let mut state = self.telegram.state();
        let setup = self.telegram.setup();
        let mut menus = serde_json::Map::new();
        for user in &setup.users {
            for chat in setup.chats.iter().map(|chat| chat.id).chain([user.id]) {
                let commands = self.telegram.commands_for(user.id, chat).into_iter();
                let commands = commands.map(|(command, about)| json!({ "command": command, "description": about }));
                menus.insert(format!("{} {chat}", user.id), commands.collect());
            }
        }
        state["menus"] = Value::Object(menus);
        state
    }

    fn health(&self) -> Value {
        let Ok(stage) = self.stage.try_read() else { return json!({ "state": "restarting", "address": self.daemon }) };
        let Ok(running) = stage.running() else { return json!({ "state": "stopped", "address": self.daemon }) };
        let health = running.health();
        let state = match (health.broken.is_empty(), health.degraded.is_empty()) {
            (false, _) => "broken",
            (true, false) => "degraded",
            (true, true) => "ready",
        };
        let outgoing = Outgoing::new(running.store());
        let troubles = [health.broken, health.degraded].concat();
        json!({
            "state": state,
            "troubles": troubles,
            "address": self.daemon,
            "queued": outgoing.queued(SHOWN).unwrap_or_default(),
            "dead": outgoing.dead(SHOWN).unwrap_or_default(),
        })
    }

    /// The wires' lines, newest first.
    fn wires(&self) -> Vec<Line> {
        let mut lines = self.wire.lines();
        lines.extend(self.slack.requests().into_iter().rev().take(SHOWN).map(|request| Line {
            at: request.at,
            from: "Quarterdeck".to_owned(),
            to: "Slack".to_owned(),
            good: request.error.is_none() && request.status < 400,
            answer: request.error.unwrap_or_else(|| request.status.to_string()),
            what: request.method,
        }));
        lines.extend(self.discord.requests().into_iter().rev().take(SHOWN).map(|request| Line {
            at: request.at,
            from: "Quarterdeck".to_owned(),
            to: "Discord".to_owned(),
            what: format!("{} {}", request.verb, request.route),
            good: request.status < 400,
            answer: request.status.to_string(),
        }));
        // A poll that brings nothing is no news.
        let polls = |method: &str| method.eq_ignore_ascii_case("getUpdates");
        let told = self.telegram.requests().into_iter().rev().filter(|request| !polls(&request.method)).take(SHOWN);
        lines.extend(told.map(|request| Line {
            at: request.at,
            from: "Quarterdeck".to_owned(),
            to: "Telegram".to_owned(),
            what: request.method,
            good: request.status < 400,
            answer: request.error.unwrap_or_else(|| request.status.to_string()),
        }));
        lines.extend(self.github.requests().into_iter().rev().take(SHOWN).map(|request| Line {
            at: request.at,
            from: "Quarterdeck".to_owned(),
            to: "GitHub".to_owned(),
            what: format!("{} {}", request.method, request.path),
            good: request.status.is_some_and(|status| status < 400),
            answer: request.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string()),
        }));
        lines.extend(self.github.deliveries().into_iter().rev().take(SHOWN).map(|delivery| Line {
            at: delivery.delivered_at,
            from: "GitHub".to_owned(),
            to: "Quarterdeck".to_owned(),
            what: match &delivery.action {
                Some(action) => format!("signed webhook {}.{action}", delivery.event),
                None => format!("signed webhook {}", delivery.event),
            },
            good: delivery.status_code < 400,
            answer: delivery.status_code.to_string(),
        }));
        lines.sort_by_key(|line| std::cmp::Reverse(line.at));
        lines.truncate(SHOWN);
        lines
    }
}
