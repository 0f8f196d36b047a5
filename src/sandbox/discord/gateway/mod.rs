//! The gateway: sessions, what they are told and keep for a RESUME, and how tests break them.
//!
//! `socket` carries frames, `protocol` answers the app's opcodes, `events` fills this in. Follows
//! docs.discord.com/developers/events/gateway.

pub(crate) mod intents;
mod protocol;
pub(super) mod socket;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Inner, lock};

/// Events a session keeps for a RESUME.
const KEPT: usize = 10_000;

/// How open sockets are made to go, or to misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// A Close frame with this code.
    Close(u16),
    /// A Close frame without any code.
    CloseWithoutCode,
    /// The TCP connection just ends.
    Cut,
    /// The socket stays open, but nothing comes any more: no events, no heartbeat ACKs.
    Silent,
    /// Opcode 7: the app is asked to reconnect and resume.
    Reconnect,
    /// Opcode 9: the session is invalid; with `true` it can be resumed all the same.
    InvalidSession(bool),
}

/// What a socket is told to do.
#[derive(Debug)]
pub(super) enum Out {
    Text(String),
    Close(Option<u16>),
    Cut,
    Silence,
}

/// An open socket.
#[derive(Debug)]
struct Connection {
    id: u64,
    out: mpsc::UnboundedSender<Out>,
}

/// A session, connected or waiting to be resumed.
#[derive(Debug)]
struct Session {
    id: String,
    intents: u64,
    shard: (u64, u64),
    seq: u64,
    kept: VecDeque<(u64, String)>,
    link: Option<(u64, mpsc::UnboundedSender<Out>)>,
    broken_at: Option<Timestamp>,
}

/// Sockets, sessions and counts.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    connections: Vec<Connection>,
    sessions: Vec<Session>,
    serial: u64,
    /// When sessions were started in the last day.
    pub(super) starts: VecDeque<Timestamp>,
    pub(super) identifies: u64,
    pub(super) resumes: u64,
    pub(super) heartbeats: u64,
    pub(super) refuse_resumes: u32,
    pub(super) turn_away: u32,
}

impl Session {
    /// Whether events of this guild (of no guild: direct messages) come to this shard.
    fn minds(&self, guild: Option<&str>) -> bool {
        let guild: u64 = guild.and_then(|guild| guild.parse().ok()).unwrap_or(0);
        (guild >> 22) % self.shard.1 == self.shard.0
    }

    /// Sends an event, or keeps it for later.
    fn dispatch(&mut self, name: &str, data: &Value) {
        self.seq += 1;
        let text = json!({"t": name, "s": self.seq, "op": 0, "d": data}).to_string();
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((self.seq, text.clone()));
        if let Some((_, out)) = &self.link {
            let _ = out.send(Out::Text(text));
        }
    }
}

impl Inner {
    /// Tells every session that asked for any of these intents (0: every session). `blank` goes to those that may not
    /// read what people write. Returns how many were told.
    pub(super) fn emit(
        &self,
        name: &str,
        intents: u64,
        guild: Option<&str>,
        full: &Value,
        blank: Option<&Value>,
    ) -> usize {
        let mut gateway = lock(&self.gateway);
        let mut told = 0;
        for session in &mut gateway.sessions {
            if session.minds(guild) && (intents == 0 || session.intents & intents != 0) {
                let readable = session.intents & intents::MESSAGE_CONTENT != 0;
                session.dispatch(name, blank.filter(|_| !readable).unwrap_or(full));
                told += 1;
            }
        }
        told
    }

    /// Tells every session of a guild it may see now or no more. Built per session, since members depend on intents.
    pub(super) fn emit_guild(&self, name: &str, guild: &str, data: impl Fn(bool) -> Value) {
        let mut gateway = lock(&self.gateway);
        for session in &mut gateway.sessions {
            if session.minds(Some(guild)) && session.intents & intents::GUILDS != 0 {
                let members = session.intents & intents::GUILD_MEMBERS != 0;
                session.dispatch(name, &data(members));
            }
        }
    }

    /// Makes every open socket go, or misbehave.
    pub(super) fn disconnect(&self, how: Goodbye) {
        let mut gateway = lock(&self.gateway);
        for connection in &gateway.connections {
            let send = |out| drop(connection.out.send(out));
            match how {
                Goodbye::Close(code) => send(Out::Close(Some(code))),
                Goodbye::CloseWithoutCode => send(Out::Close(None)),
                Goodbye::Cut => send(Out::Cut),
                Goodbye::Silent => send(Out::Silence),
                Goodbye::Reconnect => send(Out::Text(json!({"op": 7, "d": null, "s": null, "t": null}).to_string())),
                Goodbye::InvalidSession(keep) => {
                    send(Out::Text(json!({"op": 9, "d": keep, "s": null, "t": null}).to_string()));
                }
            }
        }
        // After these, Discord knows the session no more.
        let ends = match how {
            Goodbye::Close(code) => matches!(code, 4004 | 4007 | 4009..=4014),
            Goodbye::InvalidSession(keep) => !keep,
            _ => false,
        };
        if ends {
            gateway.sessions.clear();
        }
        let leaves = !matches!(how, Goodbye::Silent | Goodbye::Reconnect | Goodbye::InvalidSession(_));
        if leaves {
            let now = self.now();
            for session in &mut gateway.sessions {
                session.link = None;
                session.broken_at.get_or_insert(now);
            }
            gateway.connections.clear();
        }
        drop(gateway);
        self.changed();
    }

    /// Forgets sessions that were broken for too long, and starts of more than a day ago.
    pub(super) fn forget_sessions(&self, now: Timestamp) {
        let mut gateway = lock(&self.gateway);
        let life = self.setup.resume_life;
        gateway.sessions.retain(|session| session.broken_at.is_none_or(|at| now.duration_since(at) < life));
        while gateway.starts.front().is_some_and(|at| now.duration_since(*at) >= SignedDuration::from_hours(24)) {
            gateway.starts.pop_front();
        }
    }

    /// Sockets with a session.
    pub(super) fn connected(&self) -> usize {
        lock(&self.gateway).sessions.iter().filter(|session| session.link.is_some()).count()
    }

    /// Starts left today, and milliseconds until the count begins anew.
    pub(super) fn starts_left(&self, now: Timestamp) -> (u32, i64) {
        self.forget_sessions(now);
        let gateway = lock(&self.gateway);
        let used = u32::try_from(gateway.starts.len()).unwrap_or(u32::MAX);
        let reset = gateway.starts.front().map_or(0, |first| {
            (SignedDuration::from_hours(24) - now.duration_since(*first)).as_millis().try_into().unwrap_or(0)
        });
        (self.setup.session_starts.saturating_sub(used), reset)
    }
}
