//! A strict fake of Slack over real HTTP and WebSockets on loopback.
//!
//! `quarterdeck demo`, tests and benches start it with [`SlackFake::start`] and point a Slack client's API address
//! at [`SlackFake::api_base`]. The app's side is the Web API, Socket Mode, request URLs and response URLs, as
//! docs.slack.dev describes them; the people's side and the reading side are methods of the handle. It checks
//! tokens, scopes, Block Kit, rate limits and deadlines with Slack's own error codes, and never adapts to a client.
//!
//! | file | what |
//! |---|---|
//! | `model` | the workspace as data |
//! | `setup` | what it starts with |
//! | `web`, `api/` | the Web API and response URLs |
//! | `blocks`, `shapes` | Block Kit rules |
//! | `form` | what elements hold and what the client checks before it submits |
//! | `socket`, `push`, `delivered` | Socket Mode, request URLs, deadlines and redelivery |
//! | `person`, `rooms`, `modal`, `payload` | what people do and the payloads this makes |
//! | `read` | what tests and the demo page look at |
//! | `limits`, `faults` | rate limits, and failures on request |

mod api;
mod blocks;
mod delivered;
mod faults;
mod form;
mod limits;
mod modal;
mod model;
mod payload;
mod person;
mod push;
mod read;
mod rooms;
mod setup;
mod shapes;
mod shortcuts;
mod socket;
#[cfg(test)]
mod tests;
mod web;

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::watch;

pub use self::{
    delivered::{Delivered, Impossible, Outcome, Said, Spot},
    faults::Failure,
    limits::{Budget, Budgets, RateLimits, Violation},
    model::{Channel, ChannelKind, Edited, Message, Offered, Reaction, StoredFile, Team, User, UserGroup, View},
    push::sign,
    read::{LoggedRequest, Warning},
    setup::{Delivery, Now, RequestUrls, SlackSetup},
    shortcuts::Shortcut,
    socket::Disconnect,
};
use self::{faults::Faults, limits::Limiter, model::World, push::Pushes, socket::Sockets};
use crate::sandbox::server::{Running, serve};

/// How often deadlines are looked at when nobody calls [`SlackFake::tick`].
const TICK: Duration = Duration::from_millis(25);

/// A running fake workspace. Clones share it; it stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct SlackFake {
    inner: Arc<Inner>,
    _guard: Arc<Guard>,
}

/// Ends the server and every task of the fake when dropped.
#[derive(Debug)]
struct Guard {
    _running: Running,
    _stop: watch::Sender<()>,
}

/// What the routes, the sockets and the handle share.
#[derive(Debug)]
struct Inner {
    setup: SlackSetup,
    base: OnceLock<String>,
    delivery: Mutex<Delivery>,
    world: Mutex<World>,
    limiter: Mutex<Limiter>,
    faults: Mutex<Faults>,
    notes: Mutex<Notes>,
    pushes: Mutex<Pushes>,
    sockets: Mutex<Sockets>,
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
}

/// Why Slack would refuse a message of these blocks: for proofs about whole families of messages, which would take long
/// over HTTP.
#[cfg(test)]
pub(crate) fn refusal(blocks: &[serde_json::Value]) -> Option<String> {
    blocks::check_message(blocks, "/blocks").err().map(|refusal| format!("{refusal:?}"))
}

/// Why Slack would refuse these options of an external select.
#[cfg(test)]
pub(crate) fn refused_options(answer: &serde_json::Value) -> Option<String> {
    blocks::check_suggestions(answer).err().map(|reasons| reasons.join("; "))
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

    /// Wakes whoever waits for the workspace to change.
    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Notes something the person would see go wrong.
    fn warn(&self, user: &str, what: &str, error: impl Into<String>) {
        let warning = Warning { user: user.to_owned(), what: what.to_owned(), error: error.into(), at: self.now() };
        lock(&self.notes).warnings.push(warning);
        self.changed();
    }
}

impl SlackFake {
    /// Starts a workspace on loopback.
    ///
    /// # Errors
    /// When the address cannot be bound or the HTTP client for request URLs cannot be built.
    pub async fn start(setup: SlackSetup) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let mut world = World {
            users: setup.users.clone(),
            groups: setup.groups.clone(),
            channels: setup.channels.clone(),
            ..World::default()
        };
        if world.user(&setup.bot.id).is_none() {
            world.users.push(setup.bot.clone());
        }
        // Slack follows at most two redirects of a request URL, and talks to it directly.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::limited(2))
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(io::Error::other)?;
        let listen = setup.listen;
        let inner = Arc::new(Inner {
            delivery: Mutex::new(setup.delivery.clone()),
            setup,
            base: OnceLock::new(),
            world: Mutex::new(world),
            limiter: Mutex::default(),
            faults: Mutex::default(),
            notes: Mutex::default(),
            pushes: Mutex::default(),
            sockets: Mutex::default(),
            changes: watch::Sender::new(0),
            stop: stopped.clone(),
            http,
        });
        let running = serve(web::router(Arc::clone(&inner)), listen).await?;
        let _ = inner.base.set(format!("http://{}", running.addr));
        tokio::spawn(keep_time(Arc::clone(&inner), stopped));
        Ok(Self { inner, _guard: Arc::new(Guard { _running: running, _stop: stop }) })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn base(&self) -> &str {
        self.inner.base()
    }

    /// What stands for `https://slack.com/api`: methods are `<api_base>/<method>`.
    pub fn api_base(&self) -> String {
        format!("{}/slack/api", self.base())
    }

    /// What it was started with.
    pub fn setup(&self) -> &SlackSetup {
        &self.inner.setup
    }

    /// Looks at all deadlines now: call it after moving the clock.
    pub fn tick(&self) {
        self.inner.tick();
    }

    /// Makes the next `times` calls of `method` (`*` for any) fail.
    pub fn fail_next(&self, method: &str, failure: Failure, times: u32) {
        lock(&self.inner.faults).plan(method, failure, times);
    }

    /// Sends every open socket a `disconnect`, or breaks it.
    pub fn disconnect_sockets(&self, kind: Disconnect) {
        self.inner.disconnect_sockets(kind);
    }

    /// Changes the events request URL, with Slack's `url_verification` handshake before it is saved.
    ///
    /// # Errors
    /// Says what was wrong with the answer; the old URL then stays.
    pub async fn set_events_url(&self, url: &str) -> Result<(), Impossible> {
        self.inner.verify_events_url(url).await
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
