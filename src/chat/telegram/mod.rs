#![allow(dead_code, unused_imports)]
//! Telegram: a chat platform by long polling or by webhook.
//!
//! Built by the app from a [`TelegramConfig`]; the lanes carry parcels through it, the operations room has it ask what is
//! missing. It decides nothing about requests and never repeats a call: retry, order and pace are the lanes'.

mod callbacks;
mod client;
mod config;
mod faults;
mod listen;
mod tables;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::{Arc, OnceLock};

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::chat::Ground;
use crate::model::{Clock, Fault, PlatformId};
use crate::store::Store;
use crate::vault::Secret;

use callbacks::Callbacks;
use client::Client;

pub use config::{TelegramConfig, TelegramMode};

/// The name of the platform's section, and what its places and handles begin with.
pub const NAME: &str = "telegram";

/// Telegram, signed in as one bot.
#[derive(Debug)]
pub struct Telegram {
    id: PlatformId,
    config: TelegramConfig,
    bot: i64,
    client: Client,
    callbacks: Callbacks,
    store: Store,
    clock: Clock,
    identity: Arc<OnceLock<Identity>>,
    webhook_secret: Option<Secret>,
    connected: watch::Sender<bool>,
}

/// The secrets that [`Telegram::new`] needs, fetched from where the settings refer to.
#[derive(Debug, Clone)]
pub struct TelegramSecrets {
    /// The bot's token.
    pub token: Secret,
    /// What Telegram has to say at our door; needed in `webhook` mode.
    pub webhook: Option<Secret>,
}

/// As whom we are signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    /// The bot's id.
    id: i64,
    /// Its `@username`, without the `@`.
    username: String,
    /// Its name.
    name: String,
}

fn platform() -> PlatformId {
    PlatformId::new(NAME)
}

impl Telegram {
    /// The platform with these settings. Calls nobody yet.
    ///
    /// # Errors
    /// `Misconfigured`: the settings are wrong, or a secret is missing or not of the form that Telegram demands.
    pub fn new(config: &TelegramConfig, secrets: TelegramSecrets, ground: &Ground) -> Result<Self, Fault> {
        let wrong = config.validate();
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }
        let bot = bot_of(&secrets.token)?;
        let webhook_secret = secrets.webhook.filter(|_| config.mode == TelegramMode::Webhook);
        match &webhook_secret {
            None if config.mode == TelegramMode::Webhook => {
                return Err(Fault::misconfigured(
                    "telegram.webhook_secret: is missing, and `mode = \"webhook\"` needs it",
                ));
            }
            Some(secret) if !is_webhook_secret(secret.expose()) => {
                return Err(Fault::misconfigured(
                    "telegram.webhook_secret: Telegram takes 1 to 256 of `A-Z`, `a-z`, `0-9`, `_` and `-`",
                ));
            }
            _ => {}
        }
        let (clock, store) = (ground.clock.clone(), ground.store.clone());
        let limits = Arc::clone(&ground.limits);
        let client = Client::new(config.api(), secrets.token, config.timeout, clock.clone(), limits)?;
        Ok(Self {
            id: platform(),
            config: config.clone(),
            bot,
            callbacks: Callbacks::new(&client, &store),
            client,
            store,
            clock,
            identity: Arc::default(),
            webhook_secret,
            connected: watch::Sender::new(false),
        })
    }
}

/// The bot's id: what stands before the colon of its token.
fn bot_of(token: &Secret) -> Result<i64, Fault> {
    let wrong = || {
        Fault::misconfigured(
            "telegram.token: is no bot token; copy the whole line that @BotFather shows, such as `123456789:AA…`",
        )
    };
    let (id, rest) = token.expose().split_once(':').ok_or_else(wrong)?;
    // It becomes a part of an address as it is.
    let sound = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
    if rest.is_empty() || !rest.chars().all(sound) {
        return Err(wrong());
    }
    id.parse().map_err(|_| wrong())
}

fn is_webhook_secret(text: &str) -> bool {
    let sound = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_');
    (1..=256).contains(&text.len()) && text.chars().all(sound)
}
