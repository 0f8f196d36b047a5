//! The stage: sandbox and daemon in one process, as the demo, the tests and the benches use them.
//!
//! The daemon is the real one: the same build, the same clients, real HTTP and WebSockets on loopback. Only addresses,
//! secrets and, in tests, the clock are the sandbox's.

mod setup;

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use crate::app::{App, Keyring, Parts, Running, Settings};
use crate::model::{Clock, Fault};
use crate::operations::Declaration;
use crate::sandbox::discord::{self, DiscordFake};
use crate::sandbox::github::{GithubFake, HookTarget};
use crate::sandbox::slack::{Delivery, RequestUrls, Shortcut, SlackFake};
use crate::sandbox::telegram::TelegramFake;

pub use setup::{API_KEY, StageSetup};

/// A running daemon with its sandbox.
#[derive(Debug)]
pub struct Stage {
    /// Slack.
    pub slack: SlackFake,
    /// Discord, where the setup has it.
    pub discord: Option<DiscordFake>,
    /// Telegram, where the setup has it.
    pub telegram: Option<TelegramFake>,
    /// GitHub.
    pub github: GithubFake,
    /// The time that the daemon and the sandbox go by.
    pub clock: Clock,
    settings: Settings,
    parts: Parts,
    running: Option<Running>,
    /// Removed with the stage; `None` where the store was given.
    _directory: Option<TempDir>,
}

impl Stage {
    /// Opens the sandbox, builds the daemon and starts it; returns when every platform is connected.
    ///
    /// # Errors
    /// Anything that keeps one of them from starting.
    pub async fn open(setup: StageSetup) -> Result<Self, Fault> {
        let mut stage = Self::prepare(setup).await?;
        stage.start().await?;
        stage.hook().await?;
        Ok(stage)
    }

    /// Opens the sandbox only.
    async fn prepare(setup: StageSetup) -> Result<Self, Fault> {
        let broken =
            |error: std::io::Error| Fault::misconfigured("The sandbox cannot be opened.").inside(error.to_string());
        let (directory, store) = match &setup.store {
            Some(path) => (None, path.clone()),
            None => {
                let directory = tempfile::tempdir().map_err(broken)?;
                let path: PathBuf = directory.path().join("store");
                (Some(directory), path)
            }
        };
        let slack = SlackFake::start(setup.slack.clone()).await.map_err(broken)?;
        let github = GithubFake::start(setup.github.clone()).await.map_err(broken)?;
        let discord = match &setup.discord {
            Some(discord) => Some(DiscordFake::start(discord.clone()).await.map_err(broken)?),
            None => None,
        };
        let telegram = match &setup.telegram {
            Some(telegram) => Some(TelegramFake::start(telegram.clone()).await.map_err(broken)?),
            None => None,
        };
        let fakes =
            setup::Fakes { slack: &slack, discord: discord.as_ref(), telegram: telegram.as_ref(), github: &github };
        let settings = setup.settings(&fakes, store)?;
        let parts = Parts {
            clock: setup.clock.clone(),
            keyring: Keyring::Given(setup.secrets()),
            metrics: Arc::clone(&setup.metrics),
        };
        let clock = setup.clock;
        Ok(Self { slack, discord, telegram, github, clock, settings, parts, running: None, _directory: directory })
    }

    /// Tells the vendors where the daemon listens.
    async fn hook(&mut self) -> Result<(), Fault> {
        let address = self.url();
        let broken = |error: String| Fault::misconfigured("The sandbox does not know the daemon.").inside(error);
        for repo in setup::REPOSITORIES {
            let target = HookTarget::new(&format!("{address}/webhooks/github"), setup::WEBHOOK_SECRET);
            self.github.add_hook(repo, &target).map_err(|error| broken(error.to_string()))?;
        }
        if let Delivery::Http(_) = self.slack.setup().delivery {
            let url = format!("{address}/slack/events");
            self.slack.set_events_url(&url).await.map_err(|error| broken(error.to_string()))?;
        }
        if let Some(discord) = &self.discord
            && let discord::Delivery::Http(_) = discord.setup().delivery
        {
            let url = format!("{address}/discord/interactions");
            discord.set_interactions_url(&url).await.map_err(|error| broken(error.reason))?;
        }
        Ok(())
    }

    /// Starts the daemon (again), on the address it had before.
    ///
    /// # Errors
    /// Why it does not start.
    pub async fn start(&mut self) -> Result<(), Fault> {
        let app = App::build(self.settings.clone(), self.parts.clone())?;
        // As who sets the app up does with `quarterdeck manifest slack`.
        let shortcut = |(name, operation): (&str, &Arc<Declaration>)| Shortcut {
            name: name.to_owned(),
            callback_id: operation.spec.name.to_owned(),
        };
        let shortcuts = app.registry().on_messages().map(shortcut).collect();
        self.slack.set_shortcuts(shortcuts).map_err(|error| Fault::bug(error.reason))?;
        let running = app.start().await?;
        self.settings.http.listen = running.address();
        running.connected().await;
        self.running = Some(running);
        Ok(())
    }

    /// Stops the daemon as SIGTERM does.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
            // What is sent to a connection that is about to end would be lost, as it would be with the real one.
            self.slack.until(|slack| (slack.connections() == 0).then_some(())).await;
            if let Some(discord) = &self.discord {
                discord.until(|discord| (discord.connections() == 0).then_some(())).await;
            }
            if let Some(telegram) = &self.telegram {
                telegram.until(|telegram| (!telegram.polling()).then_some(())).await;
            }
        }
    }

    /// Stops and starts.
    ///
    /// # Errors
    /// Why it does not start again.
    pub async fn restart(&mut self) -> Result<(), Fault> {
        self.stop().await;
        self.start().await
    }

    /// Tells the sandbox that the clock was moved.
    pub fn tick(&self) {
        self.slack.tick();
        self.discord.iter().for_each(DiscordFake::tick);
        self.telegram.iter().for_each(TelegramFake::tick);
    }

    /// The running daemon.
    ///
    /// # Errors
    /// It is stopped.
    pub fn running(&self) -> Result<&Running, Fault> {
        self.running.as_ref().ok_or_else(|| Fault::unavailable("The daemon is stopped."))
    }

    /// The daemon's settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The daemon's own address, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.settings.http.listen)
    }
}

/// Where Slack sends what people do, for a daemon at this address.
#[must_use]
pub fn request_urls(daemon: &str) -> RequestUrls {
    RequestUrls {
        events: None,
        commands: Some(format!("{daemon}/slack/commands")),
        interactivity: Some(format!("{daemon}/slack/interactivity")),
        options: Some(format!("{daemon}/slack/options")),
    }
}
