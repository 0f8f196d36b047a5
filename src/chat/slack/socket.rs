//! Socket Mode: slack-morphism keeps the connections (open, ping, reconnect), we read their frames.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>
//!
//! We are its `SlackSocketModeClientListener`, one level below its typed callbacks, because those acknowledge an
//! envelope they cannot read before anything of it is on disk, and answer a click on a message with unknown blocks the
//! same way. Here a frame is acknowledged by what [`Ears`] and the inbox make of it, and by nothing else.
//! What the library leaves open is closed here: a pause before reconnecting where connections die young, and a
//! watch that finds out why there is none (it would try on in silence, with a revoked token too).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory as _};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::prelude::{SlackApiToken, SlackClient, SlackClientSocketModeConfig};
use slack_morphism::{SlackSocketModeClientListener, SlackSocketModeWssClientId};
use tokio::sync::watch;

use super::client::{Client, connector};
use super::hear::{Ears, Heard};
use super::listen::{Accept, Reply, receive};
use super::suggest::Suggest;
use crate::model::{Clock, Fault, FaultKind};
use crate::vault::Secret;

/// Connections side by side, so that Slack's renewal of one leaves another.
const CONNECTIONS: u32 = 2;
/// A connection that lived for less died young, and the next one waits.
const YOUNG: SignedDuration = SignedDuration::from_secs(10);
/// The longest such wait.
const LONGEST_PAUSE: i64 = 30;
/// How many replaced connections are remembered; the library numbers 65 before it begins anew.
const REMEMBERED: usize = 8;
/// How long no connection is normal while one is being made.
const PATIENCE: SignedDuration = SignedDuration::from_secs(45);

/// Our end of the connections.
struct Listener {
    ears: Ears,
    inbox: Arc<dyn Accept>,
    suggest: Arc<dyn Suggest>,
    clock: Clock,
    connected: watch::Sender<bool>,
    manager: Mutex<Weak<dyn SlackSocketModeClientsManager + Send + Sync>>,
    state: Mutex<State>,
    stopped: AtomicBool,
}

/// Which connections there are.
#[derive(Debug, Default)]
struct State {
    alive: Vec<(String, Timestamp)>,
    /// How many connections in a row died young.
    young: u32,
    /// The last ones that were replaced: each is told of twice, by Slack's notice and by its end.
    replaced: VecDeque<String>,
}

impl Listener {
    /// The answer to a frame, if it is to be answered.
    async fn frame(&self, id: &SlackSocketModeWssClientId, body: String) -> Option<String> {
        let frame: Value = match serde_json::from_str(&body) {
            Ok(frame) => frame,
            Err(error) => {
                // Without an envelope there is nothing to acknowledge, but something may have been said.
                let reason = format!("a frame that is no JSON: {error}");
                self.take(Err(reason), body, None).await;
                return None;
            }
        };
        let envelope = frame.get("envelope_id").and_then(Value::as_str).map(str::to_owned);
        let payload = frame.get("payload").unwrap_or(&Value::Null);
        let heard = match frame.get("type").and_then(Value::as_str) {
            Some("hello") => {
                self.joined(id);
                return None;
            }
            Some("disconnect") => {
                let reason = frame.get("reason").and_then(Value::as_str).unwrap_or("not given");
                tracing::info!(reason, "Slack renews a connection");
                self.left(id).await;
                return None;
            }
            Some("slash_commands") => self.ears.command(payload),
            Some("events_api") => self.ears.event(payload),
            Some("interactive") => self.ears.interaction(payload),
            _ => Err("an envelope of an unknown type".to_owned()),
        };
        let reply = self.take(heard, body, envelope.as_deref()).await?;
        let mut answer = json!({ "envelope_id": envelope? });
        if let Reply::Options(options) = reply {
            answer["payload"] = options;
        }
        Some(answer.to_string())
    }

    /// What to tell Slack; nothing where it was not taken.
    async fn take(&self, heard: Result<Heard, String>, body: String, envelope: Option<&str>) -> Option<Reply> {
        match receive(&*self.inbox, &*self.suggest, heard, Bytes::from(body), envelope).await {
            Ok(reply) => Some(reply),
            Err(fault) => {
                tracing::error!(%fault, "a payload of Slack's was not taken and is not acknowledged");
                None
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn joined(&self, id: &SlackSocketModeWssClientId) {
        self.state().alive.push((id.to_string(), self.clock.now()));
        self.connected.send_replace(true);
        tracing::info!("connected to Slack");
    }

    /// Replaces a connection that is no more; after a pause, if such keep dying young.
    async fn left(&self, id: &SlackSocketModeWssClientId) {
        let now = self.clock.now();
        let pause = {
            let mut state = self.state();
            let name = id.to_string();
            if state.replaced.contains(&name) {
                return;
            }
            state.replaced.push_back(name.clone());
            if state.replaced.len() > REMEMBERED {
                state.replaced.pop_front();
            }
            let lived = state.alive.iter().position(|(alive, _)| *alive == name).map(|at| state.alive.swap_remove(at));
            let old = lived.is_some_and(|(_, since)| now.duration_since(since) >= YOUNG);
            state.young = if old { 0 } else { state.young.saturating_add(1) };
            self.connected.send_replace(!state.alive.is_empty());
            pause(state.young)
        };
        if pause > SignedDuration::ZERO {
            self.clock.sleep(pause).await;
        }
        if self.stopped.load(Ordering::Relaxed) {
            return;
        }
        let manager = self.manager.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(manager) = manager {
            manager.restart_client(id).await;
        }
    }
}

/// How long to wait before the next connection, after so many that died young: the first is made at once.
pub(super) fn pause(young: u32) -> SignedDuration {
    match young {
        0 | 1 => SignedDuration::ZERO,
        more => SignedDuration::from_secs((1_i64 << (more - 2).min(10)).min(LONGEST_PAUSE)),
    }
}

#[async_trait]
impl SlackSocketModeClientListener for Listener {
    async fn on_message(&self, client_id: &SlackSocketModeWssClientId, message_body: String) -> Option<String> {
        // What comes after the end is not ours to take: Slack sends it to the next process.
        if self.stopped.load(Ordering::Relaxed) { None } else { self.frame(client_id, message_body).await }
    }

    async fn on_error(&self, _error: Box<dyn std::error::Error + Send + Sync>) {
        // The error's text can hold what was received; that the connection is lost is told by what follows.
        tracing::debug!("a connection to Slack broke");
    }

    async fn on_disconnect(&self, client_id: &SlackSocketModeWssClientId) {
        if !self.stopped.load(Ordering::Relaxed) {
            self.left(client_id).await;
        }
    }
}

/// Ends the connections when the listening is dropped.
struct Ending(Arc<Listener>, Arc<dyn SlackSocketModeClientsManager + Send + Sync>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
        self.0.connected.send_replace(false);
        let manager = Arc::clone(&self.1);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { manager.shutdown().await });
        }
    }
}

/// Listens until dropped; returns only when it can never work.
pub(super) async fn listen(
    base: &str,
    app: &Secret,
    client: &Client,
    ears: Ears,
    inbox: Arc<dyn Accept>,
    suggest: Arc<dyn Suggest>,
    connected: watch::Sender<bool>,
) -> Result<(), Fault> {
    // The library would try on with a token that is no good, and say so in a log line only.
    sign_in(client).await?;
    loop {
        let clock = client.clock().clone();
        let socket = slack_morphism::hyper_tokio::SlackHyperClient::new(connector(base)?);
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::new(SlackClient::clone(&socket))));
        let manager = socket.http_api.connector.new_clients_manager(environment);
        let listener = Arc::new(Listener {
            ears: ears.clone(),
            inbox: Arc::clone(&inbox),
            suggest: Arc::clone(&suggest),
            clock: clock.clone(),
            connected: connected.clone(),
            manager: Mutex::new(Arc::downgrade(&manager)),
            state: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let ending = Ending(Arc::clone(&listener), Arc::clone(&manager));
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(CONNECTIONS)
            .with_initial_backoff_in_seconds(1)
            .with_reconnect_timeout_in_seconds(5)
            .with_ping_interval_in_seconds(10)
            .with_ping_failure_threshold_times(3);
        let token = SlackApiToken::new(app.expose().into());
        let shared: Arc<dyn SlackSocketModeClientListener + Send + Sync> = listener;
        manager
            .register_new_token(&config, token, shared)
            .await
            .map_err(|_| Fault::bug("slack-morphism does not take the app-level token"))?;
        manager.start().await;
        watch_over(&clock, connected.subscribe()).await;
        drop(ending);
        tracing::warn!("no connection to Slack for a while; signing in again");
        sign_in(client).await?;
    }
}

/// Whether a socket could be opened: waits while Slack cannot be reached, fails when the token is no good.
async fn sign_in(client: &Client) -> Result<(), Fault> {
    let mut failed = 1;
    loop {
        match client.open_socket().await {
            Ok(_) => return Ok(()),
            Err(fault) => match fault.kind {
                FaultKind::RateLimited { until } => client.clock().sleep_until(until).await,
                FaultKind::Unavailable | FaultKind::Unknown => {
                    tracing::warn!(%fault, "Slack cannot be reached for a socket");
                    failed += 1;
                    client.clock().sleep(pause(failed)).await;
                }
                _ => return Err(fault),
            },
        }
    }
}

/// Returns when there was no connection for [`PATIENCE`].
async fn watch_over(clock: &Clock, mut connected: watch::Receiver<bool>) {
    loop {
        let deadline = clock.now().checked_add(PATIENCE).unwrap_or(Timestamp::MAX);
        let there = tokio::select! {
            // Where the clock was set forward, a connection that is there counts for more.
            biased;
            there = async { connected.wait_for(|there| *there).await.is_ok() } => there,
            () = clock.sleep_until(deadline) => false,
        };
        if !there || connected.wait_for(|there| !*there).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
