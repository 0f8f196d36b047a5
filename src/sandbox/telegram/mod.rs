//! A strict fake of Telegram over real HTTP on loopback.
//!
//! `quarterdeck demo`, tests and benches start it with [`TelegramFake::start`] and point a Bot API client's address at
//! [`TelegramFake::api_base`]. The bot's side is the Bot API as core.telegram.org/bots/api describes it, with
//! `getUpdates` and webhooks; the people's side and the reading side are methods of the handle. It checks texts,
//! keyboards, rights and rate limits with the servers' own words, and never adapts to a client.
//!
//! | file | what |
//! |---|---|
//! | `model` | the company as data |
//! | `setup` | what it starts with |
//! | `web`, `args`, `api/` | the methods |
//! | `access` | chats, membership and rights |
//! | `text/`, `keyboard` | formatting and `reply_markup` |
//! | `shapes` | people, chats and messages as the Bot API shows them |
//! | `updates`, `webhook` | what the bot is told, and how |
//! | `person`, `typed`, `company`, `pressed` | what people do, and what came of it |
//! | `read`, `menu` | what tests and the demo page look at |
//! | `limits`, `faults` | rate limits, and failures on request |

mod access;
mod api;
mod args;
mod company;
mod faults;
mod keyboard;
mod limits;
mod menu;
mod model;
mod person;
mod pressed;
mod read;
mod setup;
mod shapes;
#[cfg(test)]
mod tests;
mod text;
mod typed;
mod updates;
mod web;
mod webhook;

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;

pub use self::{
    faults::Failure,
    limits::{Budget, Budgets, RateLimits, Violation},
    model::{Attachment, Chat, ChatKind, FileKind, Member, Message, Reaction, Status, Toast, Topic, User},
    pressed::{Impossible, Outcome, Pressed, Said},
    read::{LoggedRequest, Prompt},
    setup::{ALERTS, ANA, BEN, BOT, CLEO, DEPLOYS, DEV, INCIDENT, NEWS, Now, OPS, RANDOM, TelegramSetup},
};
use self::{faults::Faults, limits::Limiter, model::World, updates::Queue};
use crate::sandbox::server::{Running, serve};

/// How often deadlines are looked at when nobody calls [`TelegramFake::tick`].
const TICK: Duration = Duration::from_millis(25);

/// A running fake. Clones share it; it stops when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct TelegramFake {
    inner: Arc<Inner>,
    _guard: Arc<Guard>,
}

/// Ends the server and every task of the fake when dropped.
#[derive(Debug)]
struct Guard {
    _running: Running,
    _stop: watch::Sender<()>,
}

/// What the routes and the handle share. Who locks both locks `world` before `queue`.
#[derive(Debug)]
struct Inner {
    setup: TelegramSetup,
    started: Timestamp,
    base: OnceLock<String>,
    world: Mutex<World>,
    queue: Mutex<Queue>,
    limiter: Mutex<Limiter>,
    faults: Mutex<Faults>,
    notes: Mutex<Notes>,
    changes: watch::Sender<u64>,
    /// Wakes long polls: something came, or time went by.
    pulse: watch::Sender<u64>,
    stop: watch::Receiver<()>,
    http: reqwest::Client,
}

/// What the fake wrote down about its callers, and small things that belong to nobody.
#[derive(Debug, Default)]
struct Notes {
    requests: VecDeque<LoggedRequest>,
    unknown: Vec<String>,
    privacy: bool,
    logged_out: bool,
    /// Public texts of the bot, by name and language.
    texts: HashMap<String, String>,
    /// Who waits for the outcome of a press, by callback query id.
    presses: HashMap<String, watch::Sender<Option<Outcome>>>,
}

/// Locks without regard to a panic elsewhere: the data stays plain data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn now(&self) -> Timestamp {
        (self.setup.now)()
    }

    fn privacy(&self) -> bool {
        lock(&self.notes).privacy
    }

    /// Wakes whoever waits for a change, long polls included.
    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
        self.wake();
    }

    /// Wakes long polls only.
    fn wake(&self) {
        self.pulse.send_modify(|count| *count += 1);
    }

    fn tick(self: &Arc<Self>) {
        self.expire_presses();
        lock(&self.queue).expire(self.now());
        self.bring();
        self.wake();
    }
}

impl TelegramFake {
    /// Starts a company on loopback.
    ///
    /// # Errors
    /// When the address cannot be bound or the HTTP client for webhooks cannot be built.
    pub async fn start(setup: TelegramSetup) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(());
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(webhook::PATIENCE)
            .build()
            .map_err(io::Error::other)?;
        let listen = setup.listen;
        let now = (setup.now)();
        let notes = Notes { privacy: setup.privacy, ..Notes::default() };
        let inner = Arc::new(Inner {
            world: Mutex::new(founded(&setup, now)),
            setup,
            started: now,
            base: OnceLock::new(),
            queue: Mutex::default(),
            limiter: Mutex::default(),
            faults: Mutex::default(),
            notes: Mutex::new(notes),
            changes: watch::Sender::new(0),
            pulse: watch::Sender::new(0),
            stop: stopped.clone(),
            http,
        });
        let running = serve(web::router(Arc::clone(&inner)), listen).await?;
        let _ = inner.base.set(format!("http://{}", running.addr));
        tokio::spawn(keep_time(Arc::clone(&inner), stopped));
        Ok(Self { inner, _guard: Arc::new(Guard { _running: running, _stop: stop }) })
    }

    /// `http://127.0.0.1:<port>`, which stands for `https://api.telegram.org`.
    pub fn base(&self) -> &str {
        self.inner.base.get().map_or("", String::as_str)
    }

    /// The same as [`Self::base`]: methods are `<api_base>/bot<token>/<method>`.
    pub fn api_base(&self) -> String {
        self.base().to_owned()
    }

    /// What it was started with.
    pub fn setup(&self) -> &TelegramSetup {
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

    /// Switches privacy mode, as @BotFather does.
    pub fn set_privacy(&self, on: bool) {
        lock(&self.inner.notes).privacy = on;
    }
}

/// The company on its first day: private chats with everybody, and the messages that opened the topics.
fn founded(setup: &TelegramSetup, now: Timestamp) -> World {
    let mut world = World { users: setup.users.clone(), chats: setup.chats.clone(), ..World::default() };
    if world.user(setup.bot.id).is_none() {
        world.users.push(setup.bot.clone());
    }
    for user in setup.users.iter().filter(|user| !user.is_bot) {
        world.chats.push(Chat::private(user.id));
    }
    for chat in &setup.chats {
        let owner = chat.members.iter().find(|member| member.status == Status::Creator);
        for topic in &chat.topics {
            let opened = json!({"name": topic.name, "icon_color": topic.icon_color});
            world.reserve_messages(chat.id, topic.id);
            world.put(Message {
                chat: chat.id,
                id: topic.id,
                date: now.as_second(),
                from: owner.map(|member| member.user),
                author: owner.map_or(0, |member| member.user),
                topic: Some(topic.id),
                extra: serde_json::Map::from_iter([("forum_topic_created".to_owned(), opened)]),
                service: true,
                ..Message::default()
            });
        }
    }
    world
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
