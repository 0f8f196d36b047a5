//! What a stage starts with.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use url::Url;

use crate::app::Settings;
use crate::chat::discord::{DiscordConfig, DiscordMode};
use crate::chat::slack::{SlackConfig, SlackMode};
use crate::chat::telegram::TelegramConfig;
use crate::connectors::github::GithubConfig;
use crate::http::ApiKeyConfig;
use crate::model::{Clock, Fault, Role};
use crate::operations::{AccessConfig, DefaultRole};
use crate::sandbox::discord::{self, DiscordFake, DiscordSetup};
use crate::sandbox::github::{GithubFake, GithubSetup};
use crate::sandbox::slack::{Delivery, SlackFake, SlackSetup};
use crate::sandbox::telegram::{TelegramFake, TelegramSetup};
use crate::vault::{ApiKeyHash, Secret, SecretRef};

/// The API key of a stage, of the role `admin`. It opens nothing but a sandbox.
pub const API_KEY: &str = "qd_sandboxsandboxsandboxsandboxsandbox";
/// The repositories of the sample GitHub.
pub(super) const REPOSITORIES: [&str; 2] = ["acme/api", "acme/web"];
/// What the sandbox's webhooks are signed with.
pub(super) const WEBHOOK_SECRET: &str = "sandbox-webhook-secret";

/// What a stage starts with. The fields can be changed before it opens.
pub struct StageSetup {
    /// The time.
    pub clock: Clock,
    /// Where the store is kept; a temporary directory if not given.
    pub store: Option<PathBuf>,
    /// The workspace.
    pub slack: SlackSetup,
    /// The Discord; none if not given.
    pub discord: Option<DiscordSetup>,
    /// The Telegram; none if not given.
    pub telegram: Option<TelegramSetup>,
    /// The GitHub.
    pub github: GithubSetup,
    /// What the metrics are.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Changes the settings of the daemon.
    pub change: Box<dyn Fn(&mut Settings) + Send + Sync>,
    /// More secrets, by reference.
    pub more_secrets: Vec<(String, String)>,
}

/// The sandbox that settings are made for.
#[derive(Clone, Copy)]
pub(super) struct Fakes<'a> {
    pub(super) slack: &'a SlackFake,
    pub(super) discord: Option<&'a DiscordFake>,
    pub(super) telegram: Option<&'a TelegramFake>,
    pub(super) github: &'a GithubFake,
}

fn discord_config(fake: &DiscordFake, url: &dyn Fn(&str) -> Result<Url, Fault>) -> Result<DiscordConfig, Fault> {
    let http = matches!(fake.setup().delivery, discord::Delivery::Http(_));
    Ok(DiscordConfig {
        base_url: url(&fake.api_base())?,
        mode: if http { DiscordMode::Http } else { DiscordMode::Gateway },
        bot_token: Some(SecretRef::Env("STAGE_DISCORD".to_owned())),
        public_key: http.then(|| fake.public_key()),
        // On a clock that jumps, every jump would look like a silence.
        watchdog: SignedDuration::ZERO,
        ..DiscordConfig::default()
    })
}

fn telegram_config(fake: &TelegramFake, url: &dyn Fn(&str) -> Result<Url, Fault>) -> Result<TelegramConfig, Fault> {
    Ok(TelegramConfig {
        base_url: url(fake.base())?,
        token: Some(SecretRef::Env("STAGE_TELEGRAM".to_owned())),
        chats: fake.setup().chats.iter().map(|chat| chat.id.to_string()).collect(),
        ..TelegramConfig::default()
    })
}

impl std::fmt::Debug for StageSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StageSetup").field("store", &self.store).finish_non_exhaustive()
    }
}

impl StageSetup {
    /// A small company on Slack and GitHub, going by this clock. Everyone may change things.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        let now = |clock: Clock| Arc::new(move || clock.now());
        Self {
            clock: clock.clone(),
            store: None,
            slack: SlackSetup { now: now(clock.clone()), ..SlackSetup::default() },
            discord: None,
            telegram: None,
            github: GithubSetup::sample(now(clock.clone())),
            metrics: Arc::new(String::new),
            change: Box::new(|_| {}),
            more_secrets: Vec::new(),
        }
    }

    /// With Discord and Telegram too.
    #[must_use]
    pub fn with_all(mut self) -> Self {
        let now = |clock: Clock| Arc::new(move || clock.now());
        self.discord = Some(DiscordSetup { now: now(self.clock.clone()), ..DiscordSetup::default() });
        self.telegram = Some(TelegramSetup { now: now(self.clock.clone()), ..TelegramSetup::default() });
        self
    }

    /// The settings of a daemon for this sandbox.
    pub(super) fn settings(&self, fakes: &Fakes<'_>, store: PathBuf) -> Result<Settings, Fault> {
        let Fakes { slack, discord, telegram, github } = *fakes;
        let url = |text: &str| {
            Url::parse(text).map_err(|error| Fault::bug(format!("the sandbox has an odd address: {error}")))
        };
        let http = matches!(self.slack.delivery, Delivery::Http(_));
        let mut settings = Settings {
            slack: Some(SlackConfig {
                base_url: url(&slack.api_base())?,
                mode: if http { SlackMode::Http } else { SlackMode::Socket },
                bot_token: Some(SecretRef::Env("STAGE_SLACK_BOT".to_owned())),
                app_token: (!http).then(|| SecretRef::Env("STAGE_SLACK_APP".to_owned())),
                signing_secrets: if http { vec![SecretRef::Env("STAGE_SLACK_SIGNING".to_owned())] } else { Vec::new() },
                ..SlackConfig::default()
            }),
            discord: discord.map(|fake| discord_config(fake, &url)).transpose()?,
            telegram: telegram.map(|fake| telegram_config(fake, &url)).transpose()?,
            github: Some(GithubConfig {
                base_url: url(github.base())?,
                webhook_secrets: vec![SecretRef::Env("STAGE_WEBHOOK".to_owned())],
                ..GithubConfig::new(SecretRef::Env("STAGE_GITHUB".to_owned()))
            }),
            access: AccessConfig { default_role: DefaultRole::Admin, members: Vec::new() },
            api_keys: vec![ApiKeyConfig {
                name: "stage".to_owned(),
                sha256: ApiKeyHash::of(API_KEY),
                role: Role::Admin,
            }],
            ..Settings::default()
        };
        settings.store.path = store;
        settings.http.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        (self.change)(&mut settings);
        Ok(settings)
    }

    /// The secrets of this sandbox, by reference.
    pub(super) fn secrets(&self) -> HashMap<String, Secret> {
        let own = [
            ("env:STAGE_SLACK_BOT", self.slack.bot_token.as_str()),
            ("env:STAGE_SLACK_APP", &self.slack.app_token),
            ("env:STAGE_SLACK_SIGNING", &self.slack.signing_secret),
            ("env:STAGE_DISCORD", self.discord.as_ref().map_or("", |discord| &discord.token)),
            ("env:STAGE_TELEGRAM", self.telegram.as_ref().map_or("", |telegram| &telegram.token)),
            ("env:STAGE_GITHUB", GithubSetup::SAMPLE_TOKEN),
            ("env:STAGE_WEBHOOK", WEBHOOK_SECRET),
        ];
        let more = self.more_secrets.iter().map(|(reference, value)| (reference.as_str(), value.as_str()));
        own.into_iter().chain(more).map(|(reference, value)| (reference.to_owned(), Secret::new(value))).collect()
    }
}
