//! Discord: a chat platform over its gateway or signed HTTP requests.
//!
//! Built by the app from a [`DiscordConfig`]; the lanes carry parcels through it, the operations room opens forms with
//! it. It decides nothing about requests and never repeats a call: retry, order and pace are the lanes'.

mod buckets;
mod client;
mod complete;
mod config;
mod directory;
mod escape;
mod faults;
mod form;
mod interactions;
pub mod limits;
mod operations;
mod people;
mod permissions;
mod render;
mod send;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::chat::Ground;
use crate::model::{Fault, PlatformId};
use crate::vault::Secret;

use client::Client;
use directory::Directory;
use interactions::Interactions;

pub use config::{DiscordConfig, DiscordMode};
pub use limits::Limits;
pub use render::{Attachment, Rendered, render};

/// The name of the platform's section, and what its places and handles begin with.
pub const NAME: &str = "discord";

/// Discord, signed in as one bot.
#[derive(Debug)]
pub struct Discord {
    id: PlatformId,
    config: DiscordConfig,
    client: Client,
    interactions: Interactions,
    directory: Arc<Directory>,
    /// The addresses of webhooks, by the names that people know.
    webhooks: BTreeMap<String, Secret>,
    connected: watch::Sender<bool>,
}

/// The secrets that [`Discord::new`] needs, fetched from where the settings refer to.
#[derive(Debug, Clone)]
pub struct DiscordSecrets {
    /// The bot token.
    pub bot_token: Secret,
    /// The addresses of webhooks, by name.
    pub webhooks: BTreeMap<String, Secret>,
}

fn platform() -> PlatformId {
    PlatformId::new(NAME)
}

impl Discord {
    /// The platform with these settings. Calls nobody yet.
    ///
    /// # Errors
    /// `Misconfigured`: the settings are wrong.
    pub fn new(config: &DiscordConfig, secrets: DiscordSecrets, ground: &Ground) -> Result<Self, Fault> {
        let wrong = config.validate();
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }
        let limits = Arc::clone(&ground.limits);
        let client = Client::new(&config.base_url, secrets.bot_token, config.timeout, ground.clock.clone(), limits)?;
        for (name, address) in &secrets.webhooks {
            client
                .webhook(address)
                .map_err(|fault| Fault::misconfigured(format!("discord.webhooks.{name}: {}", fault.outside)))?;
        }
        Ok(Self {
            id: platform(),
            interactions: Interactions::new(client.clone()),
            directory: Arc::new(Directory::new(client.clone(), config.guilds.clone())),
            webhooks: secrets.webhooks,
            connected: watch::Sender::new(false),
            config: config.clone(),
            client,
        })
    }
}
