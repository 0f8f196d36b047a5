//! Slack: a chat platform over Socket Mode or signed HTTP requests.
//!
//! Built by the app from a [`SlackConfig`]; the lanes carry parcels through it, the operations room opens
//! forms with it. It decides nothing about requests and never repeats a call: retry, order and pace are the lanes'.

mod client;
mod config;
mod directory;
mod escape;
mod faults;
mod form;
mod hear;
mod http;
pub mod limits;
mod listen;
mod manifest;
mod operations;
mod quote;
mod render;
mod send;
mod socket;
mod speech;
mod suggest;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::chat::{Ground, Platform};
use crate::delivery::Inbox;
use crate::model::{Choice, Clock, Fault, FaultKind, Place, PlatformId};
use crate::operations::{Asked, Completer, Declaration, EVERYBODY, Offer};
use crate::store::Store;
use crate::vault::Secret;

use crate::chat::web::Twice;
use client::Client;
use directory::{Directory, OFFERED};
use hear::{Ears, Identity};
use http::Verify;
use listen::Accept;
use suggest::{Suggest, Suggester};

pub use config::{SlackConfig, SlackMode};
pub use limits::Limits;
pub use manifest::manifest;
pub use render::{Rendered, render};
pub use send::METADATA;

/// The name of the platform's section, and what its places and handles begin with.
pub const NAME: &str = "slack";

/// Slack, signed in to one workspace.
#[derive(Debug)]
pub struct Slack {
    id: PlatformId,
    mode: SlackMode,
    base: String,
    post_per_minute: u32,
    app_token: Option<Secret>,
    client: Client,
    ears: Ears,
    directory: Arc<Directory>,
    store: Store,
    verify: Option<Arc<dyn Verify>>,
    connected: watch::Sender<bool>,
}

/// The secrets that [`Slack::new`] needs, fetched from where the settings refer to.
#[derive(Debug, Clone)]
pub struct SlackSecrets {
    /// The bot token.
    pub bot_token: Secret,
    /// The app-level token; needed in `socket` mode.
    pub app_token: Option<Secret>,
    /// The signing secrets; needed in `http` mode.
    pub signing: Vec<Secret>,
}

fn platform() -> PlatformId {
    PlatformId::new(NAME)
}

impl Slack {
    /// The platform with these settings. Calls nobody yet.
    ///
    /// # Errors
    /// `Misconfigured`: the settings are wrong, or the app-level token is missing in `socket` mode.
    pub fn new(config: &SlackConfig, secrets: SlackSecrets, ground: &Ground) -> Result<Self, Fault> {
        let clock = ground.clock.clone();
        let wrong = config.validate();
        if !wrong.is_empty() {
            return Err(Fault::misconfigured(wrong.join("\n")));
        }
        if config.mode == SlackMode::Socket && secrets.app_token.is_none() {
            return Err(Fault::misconfigured("slack.app_token: is missing, and `mode = \"socket\"` needs it"));
        }
        let client = Client::new(config.api(), secrets.bot_token, secrets.app_token.clone(), config.timeout, ground)?;
        Ok(Self {
            id: platform(),
            mode: config.mode,
            base: config.api().to_owned(),
            post_per_minute: config.post_per_minute,
            app_token: secrets.app_token,
            client,
            ears: Ears {
                commands: config.commands.clone(),
                team: config.team.clone(),
                identity: Arc::new(OnceLock::new()),
                clock: clock.clone(),
            },
            directory: Arc::default(),
            store: ground.store.clone(),
            verify: signed(config.mode, secrets.signing, clock),
            connected: watch::Sender::new(false),
        })
    }

    fn suggester(&self, offer: Arc<Offer>) -> Arc<dyn Suggest> {
        Suggester::new(offer, &self.store, &self.ears.clock)
    }

    /// Signs in and remembers as whom.
    async fn sign_in(&self) -> Result<Identity, Fault> {
        let answer = self.client.post("auth.test", Twice::Harmless, &json!({})).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let identity = Identity { user: text("user_id"), team: text("team_id"), team_name: text("team") };
        if let Some(team) = self.ears.team.as_ref().filter(|team| **team != identity.team) {
            return Err(Fault::misconfigured(format!(
                "slack.team: is `{team}`, but the bot token is for the workspace `{}`; correct one of them",
                escape::one_line(&identity.team)
            )));
        }
        let _ = self.ears.identity.set(identity.clone());
        Ok(identity)
    }

    /// As [`Platform::listen`], into whatever accepts.
    async fn listen_into(&self, inbox: Arc<dyn Accept>, suggest: Arc<dyn Suggest>) -> Result<(), Fault> {
        let mut failed = 0;
        while let Err(fault) = self.sign_in().await {
            match fault.kind {
                FaultKind::RateLimited { until } => self.ears.clock.sleep_until(until).await,
                FaultKind::Unavailable | FaultKind::Unknown => {
                    tracing::warn!(%fault, "Slack cannot be reached; trying on");
                    failed += 1;
                    self.ears.clock.sleep(socket::pause(failed + 1)).await;
                }
                _ => return Err(fault),
            }
        }
        match (self.mode, &self.app_token) {
            (SlackMode::Socket, Some(app)) => {
                let connected = self.connected.clone();
                socket::listen(&self.base, app, &self.client, self.ears.clone(), inbox, suggest, connected).await
            }
            (SlackMode::Socket, None) => Err(Fault::misconfigured("slack.app_token: is missing")),
            (SlackMode::Http, _) => {
                // The doors are mounted by the app; there is nothing to keep open here.
                self.connected.send_replace(true);
                std::future::pending().await
            }
        }
    }
}

/// What checks who knocks, in `http` mode.
fn signed(mode: SlackMode, secrets: Vec<Secret>, clock: Clock) -> Option<Arc<dyn Verify>> {
    (mode == SlackMode::Http).then(|| Arc::new(http::Signature { secrets, clock }) as Arc<dyn Verify>)
}

#[async_trait]
impl Completer for Slack {
    /// `slack.channels` (only those that everybody may see) and `slack.users`.
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        let (directory, client) = (Arc::clone(&self.directory), self.client.clone());
        let begun = asked.begun.trim().trim_start_matches(['#', '@']).to_lowercase();
        match asked.what {
            "slack.channels" => {
                let all = onward(async move { directory.channels(&client, OFFERED).await }).await?;
                let choice = |name: String| Choice { value: format!("#{name}"), label: format!("#{name}") };
                let names = all.iter().filter(|one| one.public).map(|one| (one.name.clone(), choice(one.name.clone())));
                Ok(likeliest(names, &begun))
            }
            "slack.users" => {
                let all = onward(async move { directory.users(&client, OFFERED).await }).await?;
                let names = all.iter().filter(|one| !one.deleted && !one.bot && !one.name.is_empty()).map(|one| {
                    let said = escape::one_line(&one.real);
                    let rest = if said.is_empty() { String::new() } else { format!(" · {said}") };
                    let choice = Choice { value: format!("@{}", one.name), label: format!("@{}{rest}", one.name) };
                    (format!("{} {} {}", one.name, one.display, one.real), choice)
                });
                Ok(likeliest(names, &begun))
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Sees a look-up through even when nobody waits for it any more: the next keystroke finds what it found.
async fn onward<T: Send + 'static>(
    look_up: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, Fault> {
    tokio::spawn(look_up).await.map_err(|error| Fault::bug(format!("a look-up ended: {error}")))?
}

/// The choices whose text begins with this, then those that hold it; at most as many as are ever offered.
fn likeliest(all: impl Iterator<Item = (String, Choice)>, begun: &str) -> Vec<Choice> {
    const MOST: usize = 25;
    let mut found: Vec<(bool, String, Choice)> = all
        .map(|(text, choice)| (text.to_lowercase(), choice))
        .filter(|(text, _)| text.contains(begun))
        .map(|(text, choice)| (!text.starts_with(begun), text, choice))
        .collect();
    found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    found.into_iter().map(|(_, _, choice)| choice).take(MOST).collect()
}

#[async_trait]
impl Platform for Slack {
    fn id(&self) -> &PlatformId {
        &self.id
    }

    async fn check(&self) -> Result<String, Fault> {
        let identity = self.sign_in().await?;
        if self.mode == SlackMode::Socket {
            // The other token: a bad one would only show when nothing is heard.
            self.client.open_socket().await?;
        }
        let name = escape::one_line(&identity.team_name);
        Ok(format!("signed in to {name} ({}) as {}", identity.team, identity.user))
    }

    fn root(&self) -> &str {
        self.ears.commands.first().map_or("/qd", String::as_str)
    }

    async fn listen(&self, inbox: Inbox, offer: Arc<Offer>) -> Result<(), Fault> {
        self.listen_into(Arc::new(inbox), self.suggester(offer)).await
    }

    fn doors(&self, inbox: Inbox, offer: Arc<Offer>) -> axum::Router {
        self.verify.as_ref().map_or_else(axum::Router::new, |verify| {
            self.open_doors(Arc::new(inbox), self.suggester(offer), Arc::clone(verify))
        })
    }

    /// A socket is open, or in `http` mode the doors are and the token is good.
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
        if group == EVERYBODY {
            // Only people of the workspace, and those it shares channels with, can reach its app.
            return Ok(true);
        }
        self.directory.is_in_group(&self.client, user, group).await
    }
}
