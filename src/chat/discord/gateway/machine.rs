//! The gateway's protocol as a state machine: frames and times in, frames and decisions out. Pure; [`super::driver`] has
//! the socket and the clock. <https://docs.discord.com/developers/events/gateway>

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use serenity::constants::{Opcode, close_codes};

use crate::chat::discord::faults::BAD_TOKEN;
use crate::chat::discord::notes::Session;
use crate::model::Fault;

/// How long a new connection may take to say HELLO.
const HELLO: SignedDuration = SignedDuration::from_secs(5);
/// How long a session may take to be resumed, with nothing coming in meanwhile.
const RESUMED: SignedDuration = SignedDuration::from_secs(20);
/// How long a session may take to begin: in an outage Discord lets us wait, and every new attempt counts for the day.
const READY: SignedDuration = SignedDuration::from_mins(5);
/// How long the answer to a heartbeat may take. Discord allows until the next heartbeat; who waits that long is deaf for
/// that long.
const ACK: SignedDuration = SignedDuration::from_secs(4);
/// So many connections whose watchdog was not answered, and it is taken for a Discord that answers none.
const DEAF_EARS: u32 = 2;
/// The shortest time between heartbeats that is believed.
const SHORTEST: u64 = 1_000;
/// With what we close, so that the session can be resumed: anything but 1000 and 1001.
const RESUMABLE: u16 = 4900;
/// The close code for a version that Discord does not speak any more.
const UNKNOWN_VERSION: u16 = 4012;
/// So many attempts to resume that Discord heard and that came to nothing are enough,
const ATTEMPTS: u32 = 3;
/// if the first of them is so long ago: what is not resumed is lost, and most of what stands in the way passes.
const GIVE_UP: SignedDuration = SignedDuration::from_mins(3);

/// What is said when we are let in.
#[derive(Debug, Clone)]
pub(super) struct Greeting {
    /// The bot's user id: a session of another bot is not resumed.
    pub bot: String,
    /// What we want to hear of.
    pub intents: u64,
    /// After so much silence a heartbeat asks whether Discord is still there, which it is to answer as fast. Zero: only
    /// the heartbeats that Discord wants are sent.
    pub watchdog: SignedDuration,
}

/// What comes over the socket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Frame {
    pub op: Opcode,
    pub seq: Option<u64>,
    pub name: Option<String>,
    pub data: Value,
}

impl Frame {
    /// The frame of a text; `None` where it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut json: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            op: Opcode::from(u8::try_from(json.get("op")?.as_u64()?).ok()?),
            seq: json.get("s").and_then(Value::as_u64),
            name: json.get("t").and_then(Value::as_str).map(str::to_owned),
            data: json.get_mut("d").map(Value::take).unwrap_or_default(),
        })
    }
}

/// Something that happened at Discord.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chat::discord) struct Event {
    /// The session that it belongs to.
    pub session: String,
    /// Its number in the session.
    pub seq: u64,
    /// When it came in.
    pub at: Timestamp,
    /// Its name, such as `INTERACTION_CREATE`.
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// Send this; the token is put where `d.token` is `null`.
    Send(Value),
    /// Work this off, in order, and say [`Machine::handled`] when it is on disk.
    Handle(Event),
    /// We can be reached.
    Connected,
    /// Close the socket with this code, and go on so.
    Close(u16, Next),
}

/// How it goes on after a connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Resume the session, at once.
    Resume,
    /// Begin a new session.
    Identify,
    /// It can never work.
    Never(Fault),
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was said yet.
    Opened,
    /// We said who we are, or that we want to resume.
    Greeted,
    /// We hear events.
    Ready,
}

/// The protocol of one connection after the other.
#[derive(Debug)]
pub(super) struct Machine {
    greeting: Greeting,
    session: Option<Session>,
    phase: Phase,
    deadline: Timestamp,
    interval: Option<SignedDuration>,
    beat_at: Timestamp,
    ack_by: Option<Timestamp>,
    /// When the silence is long enough to ask.
    quiet_at: Timestamp,
    /// Whether the heartbeat that is to be answered is one of the watchdog's.
    asked: bool,
    /// Connections in a row that ended because the watchdog was not answered.
    unanswered: u32,
    /// The number of the last event that came, for heartbeats; the session's own is that of the last one on disk.
    heard: Option<u64>,
    /// Attempts to resume in a row that Discord heard and that came to nothing.
    attempts: u32,
    /// When the first of them ended.
    failing_since: Option<Timestamp>,
}

impl Machine {
    /// A machine that resumes `session`, where there is one that fits.
    pub(super) fn new(greeting: Greeting, session: Option<Session>) -> Self {
        let session = session.filter(|kept| kept.bot == greeting.bot && kept.intents == greeting.intents);
        Self {
            greeting,
            session,
            phase: Phase::Opened,
            deadline: Timestamp::MAX,
            interval: None,
            beat_at: Timestamp::MAX,
            ack_by: None,
            quiet_at: Timestamp::MAX,
            asked: false,
            unanswered: 0,
            heard: None,
            attempts: 0,
            failing_since: None,
        }
    }

    /// The session as far as it is on disk.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// A new connection is open.
    pub(super) fn opened(&mut self, now: Timestamp) {
        self.phase = Phase::Opened;
        self.deadline = later(now, HELLO);
        self.interval = None;
        self.beat_at = Timestamp::MAX;
        self.ack_by = None;
        self.quiet_at = Timestamp::MAX;
        self.asked = false;
        self.heard = self.session.as_ref().map(|session| session.seq);
    }

    /// A frame came in. `jitter` is a random share of the first heartbeat's interval, from 0 to 1.
    pub(super) fn frame(&mut self, frame: Frame, now: Timestamp, jitter: f64) -> Vec<Act> {
        self.quiet_at = later(now, self.watchdog().unwrap_or(SignedDuration::MAX));
        match frame.op {
            Opcode::Dispatch => self.dispatch(frame, now),
            Opcode::Heartbeat => vec![self.beat(now)],
            Opcode::Reconnect => vec![Act::Close(RESUMABLE, self.resume(now))],
            Opcode::InvalidSession if frame.data.as_bool() == Some(true) => {
                vec![Act::Close(RESUMABLE, self.resume(now))]
            }
            Opcode::InvalidSession => {
                self.forget();
                vec![Act::Close(RESUMABLE, Next::Identify)]
            }
            Opcode::Hello => self.hello(&frame.data, now, jitter),
            Opcode::HeartbeatAck => {
                self.ack_by = None;
                if std::mem::take(&mut self.asked) {
                    self.unanswered = 0;
                }
                Vec::new()
            }
            // An opcode that is yet to be invented is no reason to stop listening.
            _ => Vec::new(),
        }
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Act> {
        if self.ack_by.is_some_and(|by| now >= by) || (self.phase != Phase::Ready && now >= self.deadline) {
            if std::mem::take(&mut self.asked) {
                self.unanswered += 1;
            }
            return vec![Act::Close(RESUMABLE, self.resume(now))];
        }
        if now >= self.beat_at {
            return vec![self.beat(now)];
        }
        if now >= self.asks_at() {
            self.asked = true;
            let due = self.beat_at;
            let act = self.beat(now);
            // Discord gets those that it wants no later for it.
            self.beat_at = due;
            return vec![act];
        }
        Vec::new()
    }

    /// When [`Machine::tick`] has something to do at the latest.
    pub(super) fn next_tick(&self) -> Timestamp {
        let deadline = if self.phase == Phase::Ready { Timestamp::MAX } else { self.deadline };
        self.ack_by.unwrap_or(Timestamp::MAX).min(deadline).min(self.beat_at).min(self.asks_at())
    }

    /// When the watchdog asks: in silence, and unless it waits for an answer already.
    fn asks_at(&self) -> Timestamp {
        if self.phase == Phase::Ready && self.ack_by.is_none() { self.quiet_at } else { Timestamp::MAX }
    }

    /// How much silence is borne; `None` where only the heartbeats that Discord wants tell that it is there.
    fn watchdog(&self) -> Option<SignedDuration> {
        let on = self.greeting.watchdog > SignedDuration::ZERO && self.unanswered < DEAF_EARS;
        on.then_some(self.greeting.watchdog)
    }

    /// The event of this number is on disk, and so are all before it.
    pub(super) fn handled(&mut self, event: &Event) {
        if let Some(session) = self.session.as_mut().filter(|session| session.id == event.session) {
            session.seq = session.seq.max(event.seq);
        }
    }

    /// The connection ended: with a close frame's code, or without one.
    pub(super) fn closed(&mut self, code: Option<u16>, now: Timestamp) -> Next {
        match code {
            // The sequence was wrong, or the session is over.
            Some(close_codes::NOT_AUTHENTICATED | close_codes::INVALID_SEQUENCE | close_codes::SESSION_TIMEOUT) => {
                self.forget();
                Next::Identify
            }
            Some(close_codes::AUTHENTICATION_FAILED) => {
                Next::Never(Fault::misconfigured(BAD_TOKEN).inside("the gateway closed with 4004"))
            }
            Some(close_codes::INVALID_SHARD | close_codes::SHARDING_REQUIRED) => Next::Never(Fault::misconfigured(
                "The bot is in more servers than one connection may serve. Let it leave some; Quarterdeck has one \
                 connection.",
            )),
            Some(UNKNOWN_VERSION) => Next::Never(Fault::misconfigured(
                "The gateway no longer speaks version 10. Update Quarterdeck, or correct `discord.gateway_url`.",
            )),
            Some(close_codes::INVALID_GATEWAY_INTENTS) => {
                Next::Never(Fault::bug("the gateway knows none of our intents (4013)"))
            }
            Some(close_codes::DISALLOWED_GATEWAY_INTENTS) => Next::Never(Fault::misconfigured(
                "Discord does not let the bot read all messages. Switch on \"Message Content Intent\" on the bot's page, \
                 or set `discord.message_content = false`.",
            )),
            // All other codes, a close without a code, and a connection that broke.
            _ => self.resume(now),
        }
    }

    fn hello(&mut self, data: &Value, now: Timestamp, jitter: f64) -> Vec<Act> {
        let interval = data.get("heartbeat_interval").and_then(Value::as_u64).unwrap_or(SHORTEST).max(SHORTEST);
        let millis = i64::try_from(interval).unwrap_or(i64::MAX);
        self.interval = Some(SignedDuration::from_millis(millis));
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a random share of a minute")]
        let first = (millis as f64 * jitter.clamp(0.0, 1.0)) as i64;
        self.beat_at = later(now, SignedDuration::from_millis(first));
        self.deadline = later(now, if self.session.is_some() { RESUMED } else { READY });
        self.phase = Phase::Greeted;
        vec![Act::Send(match &self.session {
            Some(session) => {
                json!({"op": Opcode::Resume, "d": {"token": null, "session_id": session.id, "seq": session.seq}})
            }
            None => json!({"op": Opcode::Identify, "d": {
                "token": null,
                "intents": self.greeting.intents,
                "properties": {"os": std::env::consts::OS, "browser": "quarterdeck", "device": "quarterdeck"},
            }}),
        })]
    }

    fn dispatch(&mut self, frame: Frame, now: Timestamp) -> Vec<Act> {
        let (Some(seq), Some(name)) = (frame.seq, frame.name) else { return Vec::new() };
        self.heard = self.heard.max(Some(seq));
        // What was missed may be much: as long as it comes in, nothing is wrong.
        self.deadline = later(now, RESUMED);
        let mut acts = Vec::new();
        if name == "READY" {
            let text = |key: &str| frame.data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            self.heard = Some(seq);
            self.session = Some(Session {
                id: text("session_id"),
                url: text("resume_gateway_url"),
                // Nothing of it is on disk yet.
                seq: 0,
                bot: self.greeting.bot.clone(),
                intents: self.greeting.intents,
            });
        }
        if name == "READY" || name == "RESUMED" {
            self.phase = Phase::Ready;
            self.attempts = 0;
            self.failing_since = None;
            acts.push(Act::Connected);
        }
        let session = self.session.as_ref().map(|session| session.id.clone()).unwrap_or_default();
        acts.push(Act::Handle(Event { session, seq, at: now, name, data: frame.data }));
        acts
    }

    fn beat(&mut self, now: Timestamp) -> Act {
        self.beat_at = self.interval.map_or(Timestamp::MAX, |interval| later(now, interval));
        self.ack_by =
            Some(self.ack_by.unwrap_or_else(|| later(now, self.watchdog().map_or(ACK, |span| span.min(ACK)))));
        Act::Send(json!({"op": Opcode::Heartbeat, "d": self.heard}))
    }

    /// Resumes, unless there is nothing to resume, or Discord heard that we want to often enough and nothing came of it
    /// for minutes. A connection that ended before we could say so tells nothing of the session.
    fn resume(&mut self, now: Timestamp) -> Next {
        if self.phase == Phase::Greeted && self.session.is_some() {
            self.attempts += 1;
            let since = *self.failing_since.get_or_insert(now);
            if self.attempts >= ATTEMPTS && now.duration_since(since) >= GIVE_UP {
                self.forget();
            }
        }
        if self.session.is_some() { Next::Resume } else { Next::Identify }
    }

    fn forget(&mut self) {
        self.session = None;
        self.heard = None;
        self.attempts = 0;
        self.failing_since = None;
    }
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
