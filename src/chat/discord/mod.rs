//! Discord: a chat platform over its gateway or signed HTTP requests.
//!
//! Built by the app from a [`DiscordConfig`]; the lanes carry parcels through it, the operations room opens forms with
//! it. It decides nothing about requests and never repeats a call: retry, order and pace are the lanes'.

mod asked;
mod below;
mod buckets;
mod client;
mod commands;
mod complete;
mod config;
mod directory;
mod escape;
mod faults;
mod form;
mod gateway;
mod hear;
mod http;
mod interactions;
pub mod limits;
mod listen;
mod mark;
mod notes;
mod operations;
mod people;
mod permissions;
mod platform;
mod quote;
mod read;
mod register;
mod render;
mod send;
mod signin;
mod suggest;
#[cfg(test)]
mod tests;
mod whisper;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::SignedDuration;
use tokio::sync::{Notify, watch};

use crate::chat::Ground;
use crate::model::{Clock, Fault, FaultKind, PlatformId};
use crate::operations::Registry;
use crate::vault::{PublicKey, Secret};

use client::Client;
use directory::Directory;
use gateway::{Gateway, intents, is_passing};
use hear::{Ears, Identity};
use interactions::Interactions;
use listen::{Accept, Known, Listener};
use notes::Notes;
use suggest::Suggest;

pub use config::{DiscordConfig, DiscordMode};
pub use limits::Limits;
pub use render::{Attachment, Rendered, render};

/// The name of the platform's section, and what its places and handles begin with.
pub const NAME: &str = "discord";

/// How long it takes before commands that could not be registered are tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// Discord, signed in as one bot.
#[derive(Debug)]
pub struct Discord {
    id: PlatformId,
    config: DiscordConfig,
    key: Option<PublicKey>,
    client: Client,
    ears: Ears,
    interactions: Interactions,
    directory: Arc<Directory>,
    notes: Notes,
    /// The addresses of webhooks, by the names that people know.
    webhooks: BTreeMap<String, Secret>,
    joined: Arc<Notify>,
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
        let key = config.public_key.as_deref().filter(|_| config.mode == DiscordMode::Http).map(PublicKey::from_hex);
        let key = key.transpose().map_err(|_| {
            Fault::misconfigured("discord.public_key: is no key; copy \"Public Key\" from the application's page")
        })?;
        let limits = Arc::clone(&ground.limits);
        let client = Client::new(&config.base_url, secrets.bot_token, config.timeout, ground.clock.clone(), limits)?;
        for (name, address) in &secrets.webhooks {
            client
                .webhook(address)
                .map_err(|fault| Fault::misconfigured(format!("discord.webhooks.{name}: {}", fault.outside)))?;
        }
        Ok(Self {
            id: platform(),
            key,
            ears: Ears {
                command: config.command.trim_start_matches('/').to_owned(),
                guilds: config.guilds.clone(),
                identity: Arc::new(OnceLock::new()),
                clock: ground.clock.clone(),
            },
            interactions: Interactions::new(client.clone()),
            directory: Arc::new(Directory::new(client.clone(), config.guilds.clone())),
            notes: Notes::new(&ground.store),
            webhooks: secrets.webhooks,
            joined: Arc::new(Notify::new()),
            connected: watch::Sender::new(false),
            config: config.clone(),
            client,
        })
    }

    /// Signs in and remembers as whom.
    async fn sign_in(&self) -> Result<signin::SignedIn, Fault> {
        let signed_in = signin::sign_in(&self.client, &self.config).await?;
        self.directory.set_open(signed_in.open);
        let _ = self.ears.identity.set(signed_in.identity.clone());
        Ok(signed_in)
    }

    /// Signs in, however long that takes.
    async fn sign_in_at_last(&self) -> Result<Identity, Fault> {
        let mut failed = 0;
        loop {
            match self.sign_in().await {
                Ok(signed_in) => {
                    for remark in &signed_in.remarks {
                        tracing::warn!(remark, "Discord is not set up as it should be");
                    }
                    return Ok(signed_in.identity);
                }
                Err(fault) if is_passing(&fault) => {
                    tracing::warn!(%fault, "Discord cannot be reached; trying on");
                    failed += 1;
                    match fault.kind {
                        FaultKind::RateLimited { until } => self.clock().sleep_until(until).await,
                        _ => self.clock().sleep(gateway::pause(failed + 1)).await,
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }

    /// What takes payloads in, for both ways in.
    fn listener(&self, inbox: Arc<dyn Accept>, offer: Arc<dyn Suggest>) -> Listener {
        Listener {
            ears: self.ears.clone(),
            inbox,
            offer,
            client: self.client.clone(),
            interactions: self.interactions.clone(),
            directory: Arc::clone(&self.directory),
            joined: Arc::clone(&self.joined),
            notes: self.notes.clone(),
            known: Arc::default(),
        }
    }

    /// The same for the gateway, with what it told of servers before.
    fn gateway_listener(&self, inbox: Arc<dyn Accept>, offer: Arc<dyn Suggest>) -> Result<Listener, Fault> {
        let known = Arc::new(Mutex::new(Known::kept(self.notes.servers()?)));
        Ok(Listener { known, ..self.listener(inbox, offer) })
    }

    /// As [`crate::chat::Platform::listen`], into whatever accepts and from whatever is offered.
    async fn listen_into(
        &self,
        inbox: Arc<dyn Accept>,
        offer: Arc<dyn Suggest>,
        registry: &Registry,
    ) -> Result<(), Fault> {
        let identity = self.sign_in_at_last().await?;
        let registering = self.keep_registered(&identity.application, registry);
        let listening = async {
            match self.config.mode {
                DiscordMode::Gateway => {
                    let listener = self.gateway_listener(inbox, offer)?;
                    let gateway = Gateway {
                        client: &self.client,
                        notes: &self.notes,
                        url: self.config.gateway_url.clone(),
                        bot: identity.user.clone(),
                        intents: intents(self.config.message_content),
                        watchdog: self.config.watchdog,
                        hear: &listener,
                        connected: &self.connected,
                    };
                    gateway.run().await
                }
                DiscordMode::Http => {
                    // The doors are mounted by the app; there is nothing to keep open here.
                    self.connected.send_replace(true);
                    std::future::pending().await
                }
            }
        };
        tokio::select! {
            ended = listening => ended.map(drop),
            never = registering => match never {},
        }
    }

    /// Registers the commands, and again where the bot came into a server, or could not be heard before.
    async fn keep_registered(&self, application: &str, registry: &Registry) -> Infallible {
        loop {
            let guilds = &self.config.guilds;
            let root = &self.ears.command;
            let done = register::register(&self.client, &self.notes, application, guilds, registry, root).await;
            match done {
                Ok(_) => self.joined.notified().await,
                Err(fault) if is_passing(&fault) => {
                    tracing::warn!(%fault, "commands are not registered with Discord yet; trying on");
                    match fault.kind {
                        FaultKind::RateLimited { until } => self.clock().sleep_until(until).await,
                        _ => self.clock().sleep(AGAIN).await,
                    }
                }
                Err(fault) => {
                    tracing::error!(%fault, "Discord refuses our commands; `{}` by mention still works", self.config.command);
                    self.joined.notified().await;
                }
            }
        }
    }

    fn clock(&self) -> &Clock {
        self.client.clock()
    }
}
