//! Drives the [`Machine`] with a socket: connects, sends, receives, hands events on in order, and keeps how far it heard.
//!
//! An event counts as heard when it is on disk. What had come in when a connection broke is worked off before the next
//! one is made; what was not, Discord sends again.

use std::collections::VecDeque;
use std::convert::Infallible;

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use url::Url;

use super::machine::{Act, Event, Frame, Greeting, Machine, Next, later};
use crate::chat::discord::client::{Call, Client};
use crate::chat::discord::notes::Notes;
use crate::model::{Clock, Fault, FaultKind};

/// How long connecting, and sending one frame, may take.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);
/// The longest pause between attempts to connect.
const LONGEST_PAUSE: u64 = 30;
/// So many connections may end in a minute before the next one waits.
const ENDS: usize = 20;
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// Time between two sessions that are begun, each for as many as Discord lets begin together.
const BETWEEN: SignedDuration = SignedDuration::from_millis(5_100);
/// Sessions of a day that are left for who needs them more than a loop of ours: with none left Discord resets the token.
const RESERVE: u64 = 5;
/// Events that wait to be worked off before no more is read.
const WAITING: usize = 1_000;
/// How often it is kept how far was heard, where nothing was taken.
const KEEP: SignedDuration = SignedDuration::from_secs(1);
/// Failed attempts at the address for resuming before the general one is tried, to resume there.
const STUBBORN: u32 = 2;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What works off events.
#[async_trait]
pub(in crate::chat::discord) trait Hear: Send + Sync {
    /// Resolves when the event is on disk, or is nothing that need be: whether it was taken.
    ///
    /// # Errors
    /// It could not be kept; Discord is to send it again.
    async fn hear(&self, event: &Event) -> Result<bool, Fault>;
}

/// The gateway and all that it needs.
pub(in crate::chat::discord) struct Gateway<'a> {
    /// Who asks for its address.
    pub client: &'a Client,
    /// Where is kept how far was heard.
    pub notes: &'a Notes,
    /// Its address, where it is not asked for.
    pub url: Option<Url>,
    /// The bot's user id.
    pub bot: String,
    /// What to hear of.
    pub intents: u64,
    /// How much silence is borne before Discord is asked whether it is there.
    pub watchdog: SignedDuration,
    /// What works off events.
    pub hear: &'a dyn Hear,
    /// Whether Discord can reach us.
    pub connected: &'a watch::Sender<bool>,
}

/// How a connection ended.
struct End {
    next: Next,
    /// Whether we heard events over it.
    ready: bool,
    /// Whether an event could not be kept: what came after it is to be sent again.
    broken: bool,
}

/// Says that nobody can reach us, when the listening ends in whatever way.
struct Ending<'a>(&'a watch::Sender<bool>);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// The gateway's address, and since when a session may be begun.
struct Address {
    url: Url,
    asked_at: Timestamp,
}

impl Gateway<'_> {
    /// Listens until dropped; returns only when it can never work. The socket is dropped without a farewell, so that the
    /// session stays for the next start.
    pub(in crate::chat::discord) async fn run(&self) -> Result<Infallible, Fault> {
        let ending = Ending(self.connected);
        let greeting = Greeting { bot: self.bot.clone(), intents: self.intents, watchdog: self.watchdog };
        let mut machine = Machine::new(greeting, self.notes.session()?);
        let (mut failed, mut next) = (0_u32, Next::Resume);
        let mut ends: VecDeque<Timestamp> = VecDeque::new();
        let mut begun: Option<Timestamp> = None;
        let mut known: Option<Address> = None;
        loop {
            if let Next::Never(fault) = next {
                self.notes.set_session(None).await?;
                return Err(fault);
            }
            self.clock().sleep(pause(failed, rand::random())).await;
            let resuming = machine.session().filter(|_| failed <= STUBBORN).and_then(|kept| Url::parse(&kept.url).ok());
            let url = match (&self.url, resuming.filter(is_fit)) {
                (None, Some(url)) => url,
                _ => match self.address(&mut known, machine.session().is_none()).await {
                    Ok(url) => url,
                    Err(fault) if is_passing(&fault) => {
                        tracing::warn!(%fault, "Discord cannot be asked for its gateway; trying on");
                        self.wait(&fault).await;
                        failed += 1;
                        continue;
                    }
                    Err(fault) => return Err(fault),
                },
            };
            if machine.session().is_none() {
                if let Some(before) = begun {
                    self.clock().sleep_until(later(before, BETWEEN)).await;
                }
                begun = Some(self.clock().now());
            }
            let socket = match self.connect(url).await {
                Ok(socket) => socket,
                Err(why) => {
                    tracing::warn!(why, "the gateway cannot be reached; trying on");
                    failed += 1;
                    continue;
                }
            };
            machine.opened(self.clock().now());
            let end = self.serve(socket, &mut machine).await;
            ending.0.send_replace(false);
            let now = self.clock().now();
            ends.retain(|at| now.duration_since(*at) < MINUTE);
            ends.push_back(now);
            // One that ends is replaced at once, and so is one that was not let in; many that do are a loop.
            failed = match (end.ready, end.broken || ends.len() >= ENDS) {
                (_, true) => failed.max(1) + 1,
                (true, false) => 0,
                (false, false) => failed + 1,
            };
            tracing::info!(next = ?end.next, "a connection to Discord's gateway ended");
            if end.next == Next::Identify {
                self.notes.set_session(None).await?;
            }
            next = end.next;
        }
    }

    /// One connection, from its HELLO to its end.
    async fn serve(&self, mut socket: Socket, machine: &mut Machine) -> End {
        let mut waiting: VecDeque<Event> = VecDeque::new();
        let mut working: Option<BoxFuture<'_, (Event, Result<bool, Fault>)>> = None;
        let mut kept_at = self.clock().now();
        let (mut close, mut ready) = (None, false);
        let (next, broken) = loop {
            if working.is_none()
                && let Some(event) = waiting.pop_front()
            {
                working = Some(self.work_off(event).boxed());
            }
            let worked = async {
                match working.as_mut() {
                    Some(working) => working.await,
                    None => std::future::pending().await,
                }
            };
            let acts = tokio::select! {
                (event, result) = worked => {
                    working = None;
                    match result {
                        Ok(taken) => self.keep(machine, &event, taken, &mut kept_at).await,
                        Err(fault) => {
                            tracing::error!(%fault, event = event.name, "an event of Discord's was not taken");
                            break (machine.closed(None, self.clock().now()), true);
                        }
                    }
                    Vec::new()
                }
                received = socket.next(), if waiting.len() < WAITING => match received {
                    Some(Ok(Message::Text(text))) => match Frame::read(text.as_str()) {
                        Some(frame) => machine.frame(frame, self.clock().now(), rand::random()),
                        None => {
                            tracing::warn!("a frame of Discord's gateway that is no JSON");
                            Vec::new()
                        }
                    },
                    Some(Ok(Message::Close(frame))) => {
                        let code = frame.map(|frame| u16::from(frame.code));
                        tracing::info!(code, "Discord closed a connection");
                        break (machine.closed(code, self.clock().now()), false);
                    }
                    // Pings are answered by the library.
                    Some(Ok(_)) => Vec::new(),
                    Some(Err(_)) | None => break (machine.closed(None, self.clock().now()), false),
                },
                () = self.clock().sleep_until(machine.next_tick()) => machine.tick(self.clock().now()),
            };
            let mut over = None;
            for act in acts {
                match act {
                    Act::Connected => {
                        ready = true;
                        self.connected.send_replace(true);
                        tracing::info!("connected to Discord");
                    }
                    Act::Handle(event) => waiting.push_back(event),
                    Act::Send(frame) => {
                        if !self.send(&mut socket, frame).await {
                            over = Some(machine.closed(None, self.clock().now()));
                        }
                    }
                    Act::Close(code, next) => {
                        close = Some(code);
                        over = Some(next);
                    }
                }
            }
            if let Some(next) = over {
                break (next, false);
            }
        };
        self.connected.send_replace(false);
        if let Some(code) = close {
            let farewell = socket.close(Some(CloseFrame { code: CloseCode::from(code), reason: "".into() }));
            tokio::select! {
                _ = farewell => {}
                () = self.clock().sleep(SignedDuration::from_secs(1)) => {}
            }
        }
        drop(socket);
        if !broken {
            self.drain(machine, working, waiting, &mut kept_at).await;
        }
        End { next, ready, broken }
    }

    /// Works off what had come in before a connection ended.
    async fn drain(
        &self,
        machine: &mut Machine,
        working: Option<BoxFuture<'_, (Event, Result<bool, Fault>)>>,
        waiting: VecDeque<Event>,
        kept_at: &mut Timestamp,
    ) {
        let first = working.into_iter();
        let rest = waiting.into_iter().map(|event| self.work_off(event).boxed());
        for work in first.chain(rest) {
            match work.await {
                (event, Ok(taken)) => self.keep(machine, &event, taken, kept_at).await,
                (event, Err(fault)) => {
                    tracing::error!(%fault, event = event.name, "an event of Discord's was not taken");
                    return;
                }
            }
        }
    }

    async fn work_off(&self, event: Event) -> (Event, Result<bool, Fault>) {
        let result = self.hear.hear(&event).await;
        (event, result)
    }

    /// Notes that an event is worked off. On disk at once where it was taken, else now and then: what is told again
    /// after a restart is known by its id.
    async fn keep(&self, machine: &mut Machine, event: &Event, taken: bool, kept_at: &mut Timestamp) {
        machine.handled(event);
        let now = self.clock().now();
        let new = event.name == "READY";
        if taken || new || now.duration_since(*kept_at) >= KEEP {
            *kept_at = now;
            if let Err(fault) = self.notes.set_session(machine.session().cloned()).await {
                tracing::error!(%fault, "how far Discord was heard is not on disk");
            }
        }
    }

    async fn connect(&self, url: Url) -> Result<Socket, String> {
        let mut url = url;
        url.set_query(Some("v=10&encoding=json"));
        tokio::select! {
            connected = connect_async(url.as_str()) => match connected {
                Ok((socket, _)) => Ok(socket),
                Err(error) => Err(error.to_string()),
            },
            () = self.clock().sleep(PATIENCE) => Err("it takes too long".to_owned()),
        }
    }

    /// Sends a frame, with the token where it is wanted; `false` where that fails.
    async fn send(&self, socket: &mut Socket, mut frame: Value) -> bool {
        if let Some(token) = frame.pointer_mut("/d/token") {
            *token = self.client.token().expose().into();
        }
        tokio::select! {
            sent = socket.send(Message::text(frame.to_string())) => sent.is_ok(),
            () = self.clock().sleep(PATIENCE) => false,
        }
    }

    /// The gateway's address. Where a session is to be begun, Discord is asked whether one may be.
    async fn address(&self, known: &mut Option<Address>, begin: bool) -> Result<Url, Fault> {
        if !begin {
            if let Some(url) = &self.url {
                return Ok(url.clone());
            }
            if let Some(address) = known.as_ref().filter(|known| self.is_recent(known)) {
                return Ok(address.url.clone());
            }
        }
        let answer = self.client.call(Call::get("/gateway/bot", &[]).patient()).await?;
        if begin {
            budget(self.client, &answer)?;
        }
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let url = answer.get("url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
        let url = url.filter(is_fit).ok_or_else(|| {
            Fault::unavailable("Discord does not say where its gateway is.").inside("GET /gateway/bot: no fit url")
        })?;
        *known = Some(Address { url: url.clone(), asked_at: self.clock().now() });
        Ok(url)
    }

    fn is_recent(&self, known: &Address) -> bool {
        self.clock().now().duration_since(known.asked_at) < SignedDuration::from_hours(1)
    }

    async fn wait(&self, fault: &Fault) {
        if let FaultKind::RateLimited { until } = fault.kind {
            self.clock().sleep_until(until).await;
        }
    }

    fn clock(&self) -> &Clock {
        self.client.clock()
    }
}

/// Whether the token may go there: over TLS, or on this machine.
fn is_fit(url: &Url) -> bool {
    let local = url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "wss" || (url.scheme() == "ws" && local)
}

/// How long to wait before the next attempt after so many that failed or died young: the first two are made at once.
/// `jitter` is random, from 0 to 1.
pub(super) fn pause(failed: u32, jitter: f64) -> SignedDuration {
    let longest = match failed {
        0 | 1 => return SignedDuration::ZERO,
        more => (1_u64 << (more - 2).min(10)).min(LONGEST_PAUSE),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most half a minute")]
    let millis = (longest as f64 * 1_000.0 * (0.5 + jitter / 2.0)) as i64;
    SignedDuration::from_millis(millis)
}

/// Whether trying again may help.
pub(in crate::chat::discord) fn is_passing(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable | FaultKind::Unknown)
}

/// Whether a session may be begun, by the answer of `GET /gateway/bot`: who begins too many loses the token.
/// <https://docs.discord.com/developers/events/gateway#session-start-limit-object>
pub(in crate::chat::discord) fn budget(client: &Client, answer: &Value) -> Result<(), Fault> {
    let limit = |key: &str| answer.pointer(&format!("/session_start_limit/{key}")).and_then(Value::as_u64);
    let (Some(left), total) = (limit("remaining"), limit("total").unwrap_or_default()) else { return Ok(()) };
    if left > RESERVE.min(total / 2) {
        return Ok(());
    }
    let wait = SignedDuration::from_millis(i64::try_from(limit("reset_after").unwrap_or_default()).unwrap_or(i64::MAX));
    let until = later(client.clock().now(), wait.max(SignedDuration::from_secs(60)));
    Err(Fault::new(
        FaultKind::RateLimited { until },
        "Discord lets the bot connect no more for a while: it connected too often in a day.",
    ))
}
