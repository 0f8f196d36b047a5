//! The app's side of the gateway protocol: heartbeat, IDENTIFY, RESUME, member requests; refusals are close codes.
//!
//! Follows docs.discord.com/developers/events/gateway-events#send-events and the close codes of
//! docs.discord.com/developers/topics/opcodes-and-status-codes.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    super::{Inner, lock, show, world::World},
    Out, Session, intents,
};

/// Sends allowed in [`SENDS_IN`].
const SENDS: usize = 120;
const SENDS_IN: SignedDuration = SignedDuration::from_secs(60);
/// Bytes of one payload from the app.
const LARGEST: usize = 4096;
const IDENTIFIES_IN: SignedDuration = SignedDuration::from_secs(5);

/// What a socket knows of itself.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) out: mpsc::UnboundedSender<Out>,
    /// Whether it was opened at the `resume_gateway_url`.
    pub(super) resuming: bool,
    pub(super) version: String,
    pub(super) session: Option<String>,
    pub(super) sent: VecDeque<Timestamp>,
}

impl Line {
    fn send(&self, frame: &Value) {
        let _ = self.out.send(Out::Text(frame.to_string()));
    }

    fn invalid_session(&self) {
        self.send(&json!({"t": null, "s": null, "op": 9, "d": false}));
    }
}

impl Inner {
    /// A frame that a silent gateway lets pass; its heartbeats count all the same.
    pub(super) fn unanswered(&self, text: &str) {
        if serde_json::from_str::<Value>(text).is_ok_and(|frame| frame["op"] == 1) {
            lock(&self.gateway).heartbeats += 1;
            self.changed();
        }
    }

    /// Takes a frame from the app; an error is the code to close with. `Ok(true)` for a heartbeat.
    pub(super) fn received(&self, line: &mut Line, text: &str) -> Result<bool, u16> {
        let now = self.now();
        while line.sent.front().is_some_and(|at| now.duration_since(*at) >= SENDS_IN) {
            line.sent.pop_front();
        }
        line.sent.push_back(now);
        if line.sent.len() > SENDS {
            return Err(4008);
        }
        if text.len() > LARGEST {
            return Err(4002);
        }
        let frame: Value = serde_json::from_str(text).map_err(|_| 4002_u16)?;
        let op = frame["op"].as_u64().ok_or(4002_u16)?;
        let data = &frame["d"];
        // The app may have lost its session meanwhile, by opcode 9.
        let alive =
            line.session.as_deref().is_some_and(|id| lock(&self.gateway).sessions.iter().any(|one| one.id == id));
        if !alive {
            line.session = None;
        }
        match op {
            1 => {
                lock(&self.gateway).heartbeats += 1;
                line.send(&json!({"t": null, "s": null, "op": 11, "d": null}));
                self.changed();
                return Ok(true);
            }
            2 | 6 if alive => return Err(4005),
            2 => self.identify(line, data)?,
            6 => self.resume(line, data)?,
            3 | 4 | 8 | 31 if !alive => return Err(4003),
            3 | 4 | 31 => {}
            8 => self.members(line, data)?,
            _ => return Err(4001),
        }
        self.changed();
        Ok(false)
    }

    fn identify(&self, line: &mut Line, data: &Value) -> Result<(), u16> {
        let now = self.now();
        lock(&self.gateway).identifies += 1;
        let token = data["token"].as_str().ok_or(4002_u16)?;
        let properties = data["properties"].is_object();
        let asked = data["intents"].as_u64();
        if token != self.setup.token {
            return Err(4004);
        }
        let (true, Some(asked)) = (properties, asked) else { return Err(4002) };
        if asked & !intents::KNOWN != 0 {
            return Err(4013);
        }
        if asked & intents::PRIVILEGED & !self.setup.privileged != 0 {
            return Err(4014);
        }
        let shard = match &data["shard"] {
            Value::Null => (0, 1),
            shard => match (shard[0].as_u64(), shard[1].as_u64()) {
                (Some(own), Some(all)) if own < all => (own, all),
                _ => return Err(4010),
            },
        };
        if self.starts_left(now).0 == 0 {
            self.warn("", "gateway", "too many IDENTIFYs: the token was reset");
            return Err(4004);
        }
        let world = lock(&self.world);
        let mut gateway = lock(&self.gateway);
        let recent = gateway.starts.iter().rev().take_while(|at| now.duration_since(**at) < IDENTIFIES_IN).count();
        if recent >= usize::try_from(self.setup.max_concurrency).unwrap_or(usize::MAX) {
            line.invalid_session();
            return Ok(());
        }
        gateway.starts.push_back(now);
        let id = uuid::Uuid::now_v7().simple().to_string();
        let link = Some((line.id, line.out.clone()));
        let mut session =
            Session { id: id.clone(), intents: asked, shard, seq: 0, kept: VecDeque::new(), link, broken_at: None };
        let ours = |session: &Session, guild: &str| session.minds(Some(guild));
        let guilds: Vec<_> = world.guilds.iter().filter(|guild| guild.has_bot && ours(&session, &guild.id)).collect();
        let mut ready = json!({
            "v": line.version.parse::<u64>().unwrap_or(10),
            "user": show::user(&self.setup.bot),
            "user_settings": {},
            "guilds": guilds.iter().map(|guild| json!({"id": guild.id, "unavailable": true})).collect::<Vec<_>>(),
            "session_id": id,
            "session_type": "normal",
            "resume_gateway_url": self.resume_url(),
            "application": {"id": self.setup.application_id, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "geo_ordered_rtc_regions": [],
            "guild_join_requests": [],
            "_trace": ["[\"gateway-sandbox-1\",{\"micros\":0}]"],
        });
        ready["user"]["verified"] = json!(true);
        ready["user"]["mfa_enabled"] = json!(false);
        ready["user"]["email"] = Value::Null;
        if !data["shard"].is_null() {
            ready["shard"] = json!([shard.0, shard.1]);
        }
        session.dispatch("READY", &ready);
        if asked & intents::GUILDS != 0 {
            for guild in guilds {
                let members = asked & intents::GUILD_MEMBERS != 0;
                session.dispatch("GUILD_CREATE", &show::full_guild(self, &world, guild, members));
            }
        }
        gateway.sessions.push(session);
        line.session = Some(id);
        Ok(())
    }

    fn resume(&self, line: &mut Line, data: &Value) -> Result<(), u16> {
        let token = data["token"].as_str().ok_or(4002_u16)?;
        let id = data["session_id"].as_str().ok_or(4002_u16)?;
        let seq = data["seq"].as_u64().ok_or(4002_u16)?;
        if token != self.setup.token {
            return Err(4004);
        }
        self.forget_sessions(self.now());
        if !line.resuming {
            self.warn("", "gateway", "RESUME elsewhere than at the resume_gateway_url");
        }
        let mut gateway = lock(&self.gateway);
        if gateway.refuse_resumes > 0 {
            gateway.refuse_resumes -= 1;
            gateway.sessions.retain(|session| session.id != id);
            line.invalid_session();
            return Ok(());
        }
        let Some(session) = gateway.sessions.iter_mut().find(|session| session.id == id) else {
            line.invalid_session();
            return Ok(());
        };
        if seq > session.seq {
            return Err(4007);
        }
        let oldest = session.kept.front().map_or(session.seq + 1, |(first, _)| *first);
        if seq + 1 < oldest {
            line.invalid_session();
            return Ok(());
        }
        if let Some((_, old)) = session.link.replace((line.id, line.out.clone())) {
            let _ = old.send(Out::Cut);
        }
        session.broken_at = None;
        for (_, text) in session.kept.iter().filter(|(at, _)| *at > seq) {
            let _ = line.out.send(Out::Text(text.clone()));
        }
        session.dispatch("RESUMED", &json!({"_trace": ["[\"gateway-sandbox-1\",{\"micros\":0}]"]}));
        line.session = Some(id.to_owned());
        gateway.resumes += 1;
        Ok(())
    }

    /// Opcode 8. Without `GUILD_MEMBERS` the whole list cannot be had.
    fn members(&self, line: &Line, data: &Value) -> Result<(), u16> {
        let guild = data["guild_id"].as_str().ok_or(4002_u16)?;
        let world: &World = &lock(&self.world);
        let Some(guild) = world.guild(guild).filter(|guild| guild.has_bot) else { return Ok(()) };
        let mut gateway = lock(&self.gateway);
        let session = gateway.sessions.iter_mut().find(|one| Some(&one.id) == line.session.as_ref());
        let Some(session) = session else { return Err(4003) };
        let ids = match &data["user_ids"] {
            Value::Array(ids) => Some(ids.iter().filter_map(Value::as_str).collect::<Vec<_>>()),
            Value::String(id) => Some(vec![id.as_str()]),
            _ => None,
        };
        let query = data["query"].as_str().unwrap_or_default().to_lowercase();
        if ids.is_none() && query.is_empty() && session.intents & intents::GUILD_MEMBERS == 0 {
            return Err(4014);
        }
        let fits = |id: &str| match &ids {
            Some(ids) => ids.contains(&id),
            None => world.user(id).is_some_and(|user| user.username.starts_with(&query)),
        };
        let limit = data["limit"].as_u64().filter(|limit| *limit > 0).unwrap_or(u64::MAX);
        let found = guild.members.iter().filter(|member| fits(&member.user));
        let found: Vec<_> = found.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
        let missing = ids.iter().flatten().filter(|id| guild.member(id).is_none());
        let mut chunk = json!({
            "guild_id": guild.id,
            "members": found.into_iter().map(|member| show::member(world, member)).collect::<Vec<_>>(),
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": missing.collect::<Vec<_>>(),
        });
        if !data["nonce"].is_null() {
            chunk["nonce"] = data["nonce"].clone();
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", &chunk);
        Ok(())
    }
}
