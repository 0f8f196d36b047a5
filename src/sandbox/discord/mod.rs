//! A strict fake of Discord over real HTTP and WebSockets on loopback.
//!
//! `quarterdeck demo`, tests and benches start it with [`DiscordFake::start`] and point a Discord client's API address at
//! [`DiscordFake::api_base`]. The app's side is the REST API, the gateway, the interactions URL and interaction tokens,
//! as docs.discord.com/developers describes them; the people's side and the reading side are methods of the handle. It
//! checks tokens, permissions, intents, forms, rate limits and deadlines with Discord's own error codes, and never
//! adapts to a client.
//!
//! | file | what |
//! |---|---|
//! | `model`, `world` | the guilds as data |
//! | `setup` | what it starts with: the sample company |
//! | `web`, `body`, `refused`, `api/` | the REST API |
//! | `form`, `check/` | rules for what apps send |
//! | `write`, `show` | from a body to a message, and what the API shows |
//! | `gateway/`, `events` | sessions, opcodes, what they are told |
//! | `interactions`, `callback`, `push` | interactions, their answers, and the interactions URL |
//! | `person/`, `delivered` | what people do and what comes of it |
//! | `perm` | permissions |
//! | `read` | what tests and the demo page look at |
//! | `limits`, `faults` | rate limits, and failures on request |

mod api;
mod body;
mod callback;
mod check;
mod delivered;
mod events;
mod faults;
mod form;
mod gateway;
mod interactions;
mod limits;
mod model;
mod perm;
mod person;
mod push;
mod read;
mod refused;
mod setup;
mod show;
#[cfg(test)]
mod tests;
mod web;
mod world;
mod write;

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use tokio::sync::watch;

pub use self::{
    delivered::{Delivered, Impossible, Outcome, Said},
    faults::{Failure, LimitScope},
    gateway::Goodbye,
    limits::{Budget, Budgets, RateLimits, Violation},
    model::{
        Attachment, Channel, ChannelKind, Choice, Guild, Member, Message, Modal, Overwrite, Reaction, Role, ThreadInfo,
        User, Webhook,
    },
    read::{LoggedRequest, Warning},
    setup::{
        ALERTS, ANA, APPLICATION, BEN, BOT, BOT_ROLE, CLEO, DEPLOYS, Delivery, DiscordSetup, GENERAL, GUILD, INCIDENT,
        Now, ONCALL, RANDOM, WORK,
    },
};
use self::{faults::Faults, gateway::Gateway, limits::Limiter, world::World};
use crate::sandbox::server::{Running, serve};

/// How often deadlines are looked at when nobody calls [`DiscordFake::tick`].
const TICK: Duration = Duration::from_millis(25);

/// A running fake Discord. Clones share it; it stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct DiscordFake {
    inner: Arc<Inner>,
    _guard: Arc<Guard>,
}

/// Ends the server and every task of the fake when dropped.
#[derive(Debug)]
struct Guard {
    _running: Running,
    _stop: watch::Sender<()>,
}

/// What the routes, the sockets and the handle share. Where two locks are needed, the world comes first.
#[derive(Debug)]
struct Inner {
    setup: DiscordSetup,
    key: SigningKey,
    base: OnceLock<String>,
    delivery: Mutex<Delivery>,
    world: Mutex<World>,
    limiter: Mutex<Limiter>,
    faults: Mutex<Faults>,
    notes: Mutex<Notes>,
    gateway: Mutex<Gateway>,
    changes: watch::Sender<u64>,
    stop: watch::Receiver<()>,
    http: reqwest::Client,
}

/// What the fake wrote down about its callers.
#[derive(Debug, Default)]
struct Notes {
    requests: VecDeque<LoggedRequest>,
    unknown: Vec<String>,
    warnings: Vec<Warning>,
    invalid: u64,
    registrations: u64,
}

/// Locks without regard to a panic elsewhere: the data stays plain data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn now(&self) -> Timestamp {
        (self.setup.now)()
    }

    fn base(&self) -> &str {
        self.base.get().map_or("", String::as_str)
    }

    fn socket_base(&self) -> String {
        self.base().replacen("http", "ws", 1)
    }

    fn gateway_url(&self) -> String {
        format!("{}/gateway", self.socket_base())
    }

    fn resume_url(&self) -> String {
        format!("{}/resume", self.socket_base())
    }

    /// Wakes whoever waits for something to change.
    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Notes something that went wrong, before a person's eyes or on the gateway.
    fn warn(&self, user: &str, what: &str, error: impl Into<String>) {
        let warning = Warning { user: user.to_owned(), what: what.to_owned(), error: error.into(), at: self.now() };
        lock(&self.notes).warnings.push(warning);
        self.changed();
    }

    /// Looks at all deadlines.
    fn tick(&self) {
        let now = self.now();
        self.give_up(now);
        self.forget_sessions(now);
        self.archive_quiet(now);
    }
}

impl DiscordFake {
    /// Starts Discord on loopback.
    ///
    /// # Errors
    /// When the address cannot be bound or the HTTP client for the interactions URL cannot be built.
    pub async fn start(setup: DiscordSetup) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let mut world = World::default();
        world.users.clone_from(&setup.users);
        world.guilds.clone_from(&setup.guilds);
        if world.user(&setup.bot.id).is_none() {
            world.users.push(setup.bot.clone());
        }
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(io::Error::other)?;
        let listen = setup.listen;
        let inner = Arc::new(Inner {
            key: SigningKey::from_bytes(&setup.signing_key),
            delivery: Mutex::new(setup.delivery.clone()),
            setup,
            base: OnceLock::new(),
            world: Mutex::new(world),
            limiter: Mutex::default(),
            faults: Mutex::default(),
            notes: Mutex::default(),
            gateway: Mutex::default(),
            changes: watch::Sender::new(0),
            stop: stopped.clone(),
            http,
        });
        let running = serve(web::router(Arc::clone(&inner)), listen).await?;
        let _ = inner.base.set(format!("http://{}", running.addr));
        tokio::spawn(keep_time(Arc::clone(&inner), stopped));
        Ok(Self { inner, _guard: Arc::new(Guard { _running: running, _stop: stop }) })
    }

    /// `http://127.0.0.1:<port>`, which stands for `https://discord.com`.
    pub fn base(&self) -> &str {
        self.inner.base()
    }

    /// What stands for `https://discord.com/api/v10`.
    pub fn api_base(&self) -> String {
        format!("{}/api/v10", self.base())
    }

    /// What `GET /gateway` tells, `ws://127.0.0.1:<port>/gateway`.
    pub fn gateway_url(&self) -> String {
        self.inner.gateway_url()
    }

    /// The application's public key in hex, which verifies interactions sent over HTTP.
    pub fn public_key(&self) -> String {
        hex::encode(self.inner.key.verifying_key().as_bytes())
    }

    /// What it was started with.
    pub fn setup(&self) -> &DiscordSetup {
        &self.inner.setup
    }

    /// Looks at all deadlines now: call it after moving the clock.
    pub fn tick(&self) {
        self.inner.tick();
    }

    /// Makes the next `times` calls fail whose verb and path (below `/api/v10`) match `route`, such as
    /// `POST /channels/*/messages`; `*` stands for anything.
    pub fn fail_next(&self, route: &str, failure: Failure, times: u32) {
        lock(&self.inner.faults).plan(route, failure, times);
    }

    /// Makes every open gateway socket go, or misbehave.
    pub fn disconnect(&self, how: Goodbye) {
        self.inner.disconnect(how);
    }

    /// Answers the next `times` RESUMEs with an invalid session.
    pub fn refuse_resumes(&self, times: u32) {
        lock(&self.inner.gateway).refuse_resumes = times;
    }

    /// Takes the next `times` gateway sockets and ends them without a word, as a server does that is only starting.
    pub fn turn_away(&self, times: u32) {
        lock(&self.inner.gateway).turn_away = times;
    }

    /// Sets the interactions URL, after a PING and a request with a bad signature, as the developer portal does.
    ///
    /// # Errors
    /// Says what was wrong with the answers; everything then stays as it was.
    pub async fn set_interactions_url(&self, url: &str) -> Result<(), Impossible> {
        self.inner.verify_url(url).await
    }

    /// Takes the interactions URL away: interactions come over the gateway again.
    pub fn use_gateway(&self) {
        *lock(&self.inner.delivery) = Delivery::Gateway;
    }
}

/// Looks at deadlines until the fake is let go.
async fn keep_time(inner: Arc<Inner>, mut stop: watch::Receiver<()>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = ticks.tick() => inner.tick(),
        }
    }
}
