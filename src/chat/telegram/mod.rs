//! Telegram: a chat platform by long polling or by webhook.
//!
//! Built by the app from a [`TelegramConfig`]; the lanes carry parcels through it, the operations room has it ask what is
//! missing. It decides nothing about requests and never repeats a call: retry, order and pace are the lanes'.

mod callbacks;
mod client;
mod complete;
mod config;
mod directory;
mod escape;
mod faults;
mod form;
mod hear;
mod keyboard;
pub mod limits;
mod listen;
mod menu;
mod menus;
mod operations;
mod poll;
mod questions;
#[cfg(test)]
mod questions_tests;
mod quote;
mod render;
mod send;
#[cfg(test)]
mod send_tests;
mod tables;
#[cfg(test)]
mod tests;
mod webhook;
mod wholes;
#[cfg(test)]
mod wholes_tests;
mod wire;
mod words;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use teloxide_core::payloads::GetMe;
use tokio::sync::{mpsc, watch};

use crate::chat::{Ground, Platform};
use crate::delivery::Inbox;
use crate::model::{Clock, Fault, Place, PlatformId};
use crate::operations::{Declaration, EVERYBODY, Offer, Registry};
use crate::store::Store;
use crate::vault::Secret;

use crate::chat::web::Twice;
use callbacks::Callbacks;
use client::Client;
use directory::Directory;
use faults::Refusal;
use hear::Ears;
use listen::{Accept, Attendant, Intake, Work, openings};
use menu::MenuKeeper;

pub use config::{TelegramConfig, TelegramMode};
pub use limits::Limits;
pub use render::{Rendered, render};

/// The name of the platform's section, and what its places and handles begin with.
pub const NAME: &str = "telegram";

/// So many things are done at a time beside the listening.
const AT_ONCE: usize = 16;

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
    directory: Arc<Directory>,
    webhook_secret: Option<Secret>,
    work: (mpsc::UnboundedSender<Work>, tokio::sync::Mutex<mpsc::UnboundedReceiver<Work>>),
    turn: Arc<tokio::sync::Mutex<()>>,
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
        let (sender, receiver) = mpsc::unbounded_channel();
        Ok(Self {
            id: platform(),
            config: config.clone(),
            bot,
            callbacks: Callbacks::new(&client, &store),
            client,
            directory: Arc::new(Directory::open(&store)?),
            store,
            clock,
            identity: Arc::default(),
            webhook_secret,
            work: (sender, tokio::sync::Mutex::new(receiver)),
            turn: Arc::default(),
            connected: watch::Sender::new(false),
        })
    }

    /// Signs in and remembers as whom; gives what Telegram says of the bot.
    async fn sign_in(&self) -> Result<Value, Refusal> {
        let me = self.client.send(Twice::Harmless, &GetMe::new()).await?;
        let username = me.get("username").and_then(Value::as_str).unwrap_or_default();
        let sound = |sign: &char| sign.is_ascii_alphanumeric() || *sign == '_';
        let username = username.chars().filter(sound).take(64).collect();
        let _ = self.identity.set(Identity { id: self.bot, username, name: hear::name_of(&me) });
        Ok(me)
    }

    /// As whom we are signed in, and whether the bot is set up as it should be.
    async fn signed_in(&self) -> Result<String, Fault> {
        let me = self.sign_in().await?;
        let username = self.identity.get().map(|identity| identity.username.as_str()).unwrap_or_default();
        let is = |key: &str| me.get(key).and_then(Value::as_bool);
        let groups = match is("can_join_groups") {
            Some(false) => "it cannot be added to groups (@BotFather, /setjoingroups, lets it)",
            _ => "it can be added to groups",
        };
        let privacy = match is("can_read_all_group_messages") {
            Some(true) => {
                "privacy mode is off, so it is sent all that is said in groups, which Quarterdeck does not need \
                 (@BotFather, /setprivacy, turns it on)"
            }
            _ => "privacy mode is on, as it should be",
        };
        Ok(format!("signed in as @{username} ({}); {groups}; {privacy}", self.bot))
    }

    /// What takes updates in.
    fn intake(&self, inbox: Arc<dyn Accept>, registry: &Registry) -> Intake {
        let ears = Ears {
            bot: self.bot,
            root: self.config.root().to_owned(),
            services: registry.services().into_iter().map(str::to_owned).collect(),
            openings: openings(registry),
            shorts: registry.on_messages().filter_map(|(_, operation)| operation.short()).map(str::to_owned).collect(),
            identity: Arc::clone(&self.identity),
            clock: self.clock.clone(),
        };
        Intake {
            ears,
            inbox,
            store: self.store.clone(),
            directory: Arc::clone(&self.directory),
            callbacks: self.callbacks.clone(),
            work: self.work.0.clone(),
            turn: Arc::clone(&self.turn),
        }
    }

    /// As [`crate::chat::Platform::listen`], into whatever accepts.
    async fn listen_into(&self, inbox: Arc<dyn Accept>, offer: &Offer, attendant: &dyn Attendant) -> Result<(), Fault> {
        let mut failed = 0;
        while let Err(refusal) = self.sign_in().await {
            failed += 1;
            poll::bear(&self.clock, refusal, failed, "signing in").await?;
        }
        let menus = MenuKeeper::new(&self.client, &self.store, &self.directory, offer, self.bot, self.config.root());
        let beside = async {
            tokio::join!(self.callbacks.run(), attendant.attend(), menus.run(), self.work_off(&menus, attendant));
        };
        let way_in = async {
            let (Some(url), Some(secret)) = (&self.config.webhook_url, &self.webhook_secret) else {
                return poll::poll(&self.client, &self.intake(inbox, offer.registry()), &self.connected).await;
            };
            // The door is mounted by the app; Telegram has to know of it.
            let mut failed = 0;
            while let Err(refusal) = webhook::set(&self.client, &self.store, self.bot, url, secret).await {
                failed += 1;
                poll::bear(&self.clock, refusal, failed, "setting the webhook").await?;
            }
            self.connected.send_replace(true);
            std::future::pending().await
        };
        tokio::select! {
            ended = way_in => ended,
            () = beside => Ok(()),
        }
    }

    /// Does what comes up beside the listening, a few things at a time, until dropped.
    async fn work_off(&self, menus: &MenuKeeper<'_>, attendant: &dyn Attendant) {
        let mut waiting = self.work.1.lock().await;
        let mut going = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(work) = waiting.recv(), if going.len() < AT_ONCE => going.push(async move {
                    match work {
                        Work::Aside(aside) => attendant.aside(aside).await,
                        Work::Started(person) => menus.started(person).await,
                        Work::Word(query, word) => {
                            if let Err(fault) = self.callbacks.say(&query, word, false).await {
                                tracing::info!(%fault, "a word on a press was not shown");
                            }
                        }
                    }
                }),
                Some(()) = going.next() => {}
            }
        }
    }
}

#[async_trait]
impl Platform for Telegram {
    fn id(&self) -> &PlatformId {
        &self.id
    }

    fn root(&self) -> &str {
        &self.config.command
    }

    async fn check(&self) -> Result<String, Fault> {
        self.signed_in().await
    }

    async fn listen(&self, inbox: Inbox, offer: Arc<Offer>) -> Result<(), Fault> {
        self.listen_into(Arc::new(inbox), &offer, self).await
    }

    fn doors(&self, inbox: Inbox, offer: Arc<Offer>) -> axum::Router {
        self.webhook_secret.as_ref().map_or_else(axum::Router::new, |secret| {
            webhook::door(secret, self.intake(Arc::new(inbox), offer.registry()))
        })
    }

    /// Updates were got, or in `webhook` mode the webhook is set.
    fn connected(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    fn operations(self: Arc<Self>) -> Vec<Declaration> {
        operations::all(&self)
    }

    async fn resolve(&self, place: &Place) -> Result<Place, Fault> {
        self.directory.resolve(&self.client, place).await
    }

    async fn name_of(&self, user: &str) -> Result<String, Fault> {
        self.directory.name_of(&self.client, user).await
    }

    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, Fault> {
        if group != EVERYBODY {
            return self.directory.is_in_group(&self.client, user, group).await;
        }
        // Nobody in particular: who asks what everybody may use.
        if user == NOBODY {
            return Ok(true);
        }
        self.directory.is_in_any(&self.client, user, &self.config.chats).await
    }
}

/// The id of nobody in particular, who stands for everybody that belongs here where it is asked what they may use. Telegram
/// gives it to nobody.
const NOBODY: &str = "0";

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
