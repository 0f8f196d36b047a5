//! From a payload to the inbox: what both ways in, [`super::gateway`] and [`super::http`], have in common, and what is
//! done with the gateway's events.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::client::{Call, Client};
use super::directory::Directory;
use super::gateway::{Event, Hear};
use super::hear::{Completing, Ears, Heard, parent_of, text};
use super::interactions::{Handle, Interactions};
use super::notes::{Notes, Servers};
use super::suggest::{Suggest, choices};
use crate::chat::web::Twice;
use crate::delivery::{Accepted, Arrival, Inbox};
use crate::model::Fault;

/// So many threads are remembered with their channels, and so many channels that are none.
const THREADS: usize = 20_000;
/// So long an event waits for Discord to tell what channel a thread is in: all others wait behind it.
const LOOK_UP: SignedDuration = SignedDuration::from_millis(500);

/// What takes arrivals: the inbox, or a test's own.
#[async_trait]
pub(super) trait Accept: Send + Sync {
    /// Resolves when the arrival is on disk.
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault>;
}

#[async_trait]
impl Accept for Inbox {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        Self::accept(self, arrival).await
    }
}

/// What became of a payload.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    /// It is on disk, and is an interaction that is to be answered.
    Taken(Option<Handle>),
    /// It is for nobody.
    Left,
    /// Discord's own question whether we are there.
    Pong,
    /// The choices for what somebody types.
    Choices(Handle, Vec<Value>),
}

/// Our end of both ways in. Clones share what it knows.
#[derive(Clone)]
pub(super) struct Listener {
    pub ears: Ears,
    pub inbox: Arc<dyn Accept>,
    pub offer: Arc<dyn Suggest>,
    pub client: Client,
    pub interactions: Interactions,
    pub directory: Arc<Directory>,
    /// Told when the bot came into a server, where commands may have to be registered.
    pub joined: Arc<Notify>,
    /// Where is kept what is known, as far as it concerns servers.
    pub notes: Notes,
    pub known: Arc<Mutex<Known>>,
}

/// What the gateway told of servers, by their ids.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The channels of the servers that the bot is in; `None` before Discord told for the first time ever.
    servers: Option<Servers>,
    /// The servers of which more is known than is kept.
    changed: HashSet<String>,
    /// The channels that threads are in; `None` for a channel that is no thread.
    threads: HashMap<String, Option<String>>,
}

impl Listener {
    /// Puts what was heard into the inbox, and what could not be understood too. `at` is when it came in.
    ///
    /// # Errors
    /// The inbox does not take it: it must not be acknowledged.
    pub(super) async fn receive(
        &self,
        heard: Result<Heard, String>,
        body: impl FnOnce() -> Bytes + Send,
        id: Option<&str>,
        at: Timestamp,
    ) -> Result<Reply, Fault> {
        match heard {
            Ok(Heard::Ping) => Ok(Reply::Pong),
            Ok(Heard::Ignore(why)) => {
                tracing::debug!(why, "left a payload of Discord's alone");
                Ok(Reply::Left)
            }
            Ok(Heard::Take(arrival, handle)) => self.take(*arrival, handle, at).await,
            Ok(Heard::All(arrivals)) => {
                // Together, so that they share a sync.
                try_join_all(arrivals.into_iter().map(|arrival| self.inbox.accept(arrival))).await?;
                Ok(Reply::Taken(None))
            }
            Ok(Heard::Complete(typing)) => {
                let found = choices(&*self.offer, &typing).await;
                let Completing { handle, .. } = *typing;
                Ok(Reply::Choices(handle, found))
            }
            Err(reason) => {
                tracing::warn!(reason, "a payload of Discord's could not be read; it is kept");
                self.inbox.accept(Ears::unread(body(), reason, id)).await.map(|_| Reply::Taken(None))
            }
        }
    }

    async fn take(&self, arrival: Arrival, handle: Option<Handle>, at: Timestamp) -> Result<Reply, Fault> {
        // Known before it is on disk: the answer may be quicker than we are.
        if let Some(handle) = &handle {
            self.interactions.opened(handle, at);
        }
        match self.inbox.accept(arrival).await {
            Ok(accepted) => {
                if let Some(handle) = handle.as_ref().filter(|_| accepted == Accepted::New) {
                    self.interactions.accepted(handle);
                }
                Ok(Reply::Taken(handle))
            }
            Err(fault) => {
                if let Some(handle) = &handle {
                    self.interactions.refused(handle);
                }
                Err(fault)
            }
        }
    }

    async fn event(&self, event: &Event) -> Result<Reply, Fault> {
        let data = &event.data;
        let key = format!("{}/{}", event.session, event.seq);
        self.meet(data).await;
        let heard = match event.name.as_str() {
            "INTERACTION_CREATE" => self.ears.interaction(data),
            "MESSAGE_CREATE" if self.ears.is_for_us(data) => {
                let parent = self.parent(data).await;
                self.ears.message(data, parent.as_deref())
            }
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE" => {
                self.directory.forget_names().await;
                self.known().channel(&event.name, data);
                self.ears.channel(&event.name, data, &key)
            }
            "GUILD_CREATE" => {
                self.directory.forget_names().await;
                self.guild_came(data, &key)
            }
            "GUILD_DELETE" => self.guild_went(data, &key),
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" | "GUILD_ROLE_DELETE" | "GUILD_UPDATE" => {
                self.directory.forget_names().await;
                Ok(Heard::Ignore("a change of names"))
            }
            "READY" => Ok(self.ready(data, &key)),
            "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_LIST_SYNC" => {
                let synced = data.get("threads").and_then(Value::as_array);
                synced.into_iter().flatten().chain([data]).for_each(|thread| self.known().thread(thread));
                Ok(Heard::Ignore("a thread"))
            }
            _ => Ok(Heard::Ignore("an event of no interest")),
        };
        let (key, body) = (Some(key.as_str()), || Bytes::from(data.to_string()));
        let reply = self.receive(heard, body, key, event.at).await?;
        self.keep().await?;
        Ok(reply)
    }

    /// Keeps what became known of servers.
    async fn keep(&self) -> Result<(), Fault> {
        let changed = self.known().take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        let servers: Vec<String> = changed.iter().map(|(server, _)| server.clone()).collect();
        let kept = self.notes.set_servers(changed).await;
        if kept.is_err() {
            self.known().changed.extend(servers);
        }
        kept
    }

    /// A new session: Discord names the servers that the bot is in, and tells of each in an event of its own.
    fn ready(&self, ready: &Value, key: &str) -> Heard {
        let guilds = ready.get("guilds").and_then(Value::as_array).into_iter().flatten();
        let there: HashSet<&str> = guilds.filter_map(|guild| text(guild, "/id")).collect();
        let mut known = self.known();
        if known.servers.is_none() {
            // All of them are new to us; the bot was there before.
            for server in there.into_iter().filter(|server| !self.ears.is_foreign_guild(server)) {
                known.put(server, BTreeSet::new());
            }
            return Heard::Ignore("we are connected");
        }
        let gone = known.servers.iter().flatten().map(|(server, _)| server.clone());
        let gone: Vec<String> = gone.filter(|server| !there.contains(server.as_str())).collect();
        let channels: Vec<String> = gone.iter().flat_map(|server| known.remove(server)).collect();
        drop(known);
        if channels.is_empty() {
            return Heard::Ignore("we are connected");
        }
        self.ears.channels(&channels, false, key)
    }

    fn guild_came(&self, guild: &Value, key: &str) -> Result<Heard, String> {
        let id = text(guild, "/id").ok_or("a server without an id")?;
        if self.ears.is_foreign_guild(id) {
            return Ok(Heard::Ignore("another server"));
        }
        let channels = guild.get("channels").and_then(Value::as_array).into_iter().flatten();
        let channels: BTreeSet<String> =
            channels.filter_map(|channel| text(channel, "/id")).map(str::to_owned).collect();
        let mut known = self.known();
        for thread in guild.get("threads").and_then(Value::as_array).into_iter().flatten() {
            known.thread(thread);
        }
        // Discord tells of servers that the bot is in, after READY and when an outage is over; others are new to it.
        let was_there = known.put(id, channels.clone());
        drop(known);
        if was_there {
            return Ok(Heard::Ignore("a server that the bot is in"));
        }
        self.joined.notify_one();
        Ok(self.ears.channels(&channels.into_iter().collect::<Vec<_>>(), true, key))
    }

    fn guild_went(&self, guild: &Value, key: &str) -> Result<Heard, String> {
        let id = text(guild, "/id").ok_or("a server without an id")?;
        if guild.get("unavailable").and_then(Value::as_bool) == Some(true) {
            return Ok(Heard::Ignore("a server with an outage"));
        }
        let channels: Vec<String> = self.known().remove(id).into_iter().collect();
        // Where nothing is known of them, each delivery there finds it out.
        Ok(self.ears.channels(&channels, false, key))
    }

    /// The channel of the thread that a message is in, if it is in one.
    async fn parent(&self, message: &Value) -> Option<String> {
        let (channel, guild) = (text(message, "/channel_id")?, text(message, "/guild_id")?);
        {
            let known = self.known();
            if let Some(parent) = known.threads.get(channel) {
                return parent.clone();
            }
            if known.server(guild).is_some_and(|channels| channels.contains(channel)) {
                return None;
            }
        }
        // A channel or thread of before we listened. The answer is remembered even where it comes too late for this one:
        // a thread's own id is a place, too.
        let (this, id) = (self.clone(), channel.to_owned());
        let asking = tokio::spawn(async move { this.look_up(&id).await });
        tokio::select! {
            parent = asking => parent.ok().flatten(),
            () = self.client.clock().sleep(LOOK_UP) => {
                tracing::warn!("a message's channel could not be looked up in time");
                None
            }
        }
    }

    async fn look_up(&self, id: &str) -> Option<String> {
        match self.client.call(Call::get("/channels/{}", &[id])).await {
            Ok(channel) => {
                let parent = parent_of(&channel).map(str::to_owned);
                self.known().remember(id, parent.clone());
                parent
            }
            Err(trouble) => {
                tracing::warn!(fault = %trouble.fault, "a message's channel could not be looked up");
                None
            }
        }
    }

    /// Who does something in a server is a member of it, with roles that need not be asked for.
    pub(super) async fn meet(&self, data: &Value) {
        let (Some(guild), Some(roles)) = (text(data, "/guild_id"), data.pointer("/member/roles")) else { return };
        let user = text(data, "/member/user/id").or_else(|| text(data, "/author/id"));
        let roles = roles.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        if let Some(user) = user {
            self.directory.met(guild, user, roles).await;
        }
    }

    /// Answers who types. Nothing waits for it, and when it is late there is nothing to be done.
    fn complete(&self, typing: Box<Completing>) {
        let this = self.clone();
        tokio::spawn(async move {
            let found = choices(&*this.offer, &typing).await;
            let Handle { id, token, .. } = &typing.handle;
            let call = Call::post("/interactions/{}/{}/callback", &[id, token])
                .json(json!({ "type": 8, "data": { "choices": found } }))
                .twice(Twice::Harmless);
            if let Err(trouble) = this.client.call(call).await {
                tracing::debug!(fault = %trouble.fault, "choices came too late");
            }
        });
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What was kept.
    pub(super) fn kept(servers: Option<Servers>) -> Self {
        Self { servers, ..Self::default() }
    }

    fn server(&self, server: &str) -> Option<&BTreeSet<String>> {
        self.servers.as_ref()?.get(server)
    }

    /// Remembers a server with its channels; whether it was known already.
    fn put(&mut self, server: &str, channels: BTreeSet<String>) -> bool {
        let before = self.server(server);
        let (known, same) = (before.is_some(), before == Some(&channels));
        if !same {
            self.changed.insert(server.to_owned());
            self.servers.get_or_insert_default().insert(server.to_owned(), channels);
        }
        known
    }

    /// Forgets a server; what its channels were.
    fn remove(&mut self, server: &str) -> BTreeSet<String> {
        let channels = self.servers.as_mut().and_then(|servers| servers.remove(server));
        if channels.is_some() {
            self.changed.insert(server.to_owned());
        }
        channels.unwrap_or_default()
    }

    fn take_changed(&mut self) -> Vec<(String, Option<BTreeSet<String>>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|server| (server.clone(), self.server(&server).cloned())).collect()
    }

    fn channel(&mut self, event: &str, channel: &Value) {
        let (Some(guild), Some(id)) = (text(channel, "/guild_id"), text(channel, "/id")) else { return };
        // Of a server that we do not know yet, all is told in an event of its own.
        let Some(mut channels) = self.server(guild).cloned() else { return };
        if event == "CHANNEL_DELETE" {
            channels.remove(id);
        } else {
            channels.insert(id.to_owned());
        }
        self.put(guild, channels);
    }

    fn thread(&mut self, channel: &Value) {
        if let (Some(id), Some(parent)) = (text(channel, "/id"), parent_of(channel)) {
            self.remember(id, Some(parent.to_owned()));
        }
    }

    fn remember(&mut self, id: &str, parent: Option<String>) {
        if self.threads.len() >= THREADS {
            self.threads.clear();
        }
        self.threads.insert(id.to_owned(), parent);
    }
}

#[async_trait]
impl Hear for Listener {
    async fn hear(&self, event: &Event) -> Result<bool, Fault> {
        // Typing is no matter of order, and must not hold up what is.
        if event.name == "INTERACTION_CREATE"
            && let Ok(Heard::Complete(typing)) = self.ears.interaction(&event.data)
        {
            self.complete(typing);
            return Ok(false);
        }
        self.event(event).await.map(|reply| matches!(reply, Reply::Taken(_)))
    }
}
