//! The reading side: what tests and the demo page look at.
//!
//! Nothing here changes anything; secrets are masked. Channels go by id or name, as do users.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{
    Channel, DiscordFake, Inner, Message, Modal, Violation, interactions::State, lock, perm, show, world::World,
};

/// A request the app made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// When, by the fake's clock.
    pub at: Timestamp,
    /// HTTP verb.
    pub verb: String,
    /// Path below the version, tokens masked.
    pub path: String,
    /// The route's path with `{…}` for arguments; empty where there is no such route.
    pub route: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Its JSON, secrets masked.
    pub body: Value,
    /// Names of the files it carried.
    pub files: Vec<String>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Discord's error code, when it was refused.
    pub code: Option<u64>,
}

/// Something that went wrong before a person's eyes, or on the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Whose eyes; empty when nobody saw it.
    pub user: String,
    /// What they did: a command, a custom id, `gateway`.
    pub what: String,
    /// What they were told.
    pub error: String,
    /// When, by the fake's clock.
    pub at: Timestamp,
}

impl Inner {
    /// The same value with the bot token blotted out.
    pub(super) fn masked(&self, value: &Value) -> Value {
        let token = &self.setup.token;
        let text = value.to_string();
        if token.is_empty() || !text.contains(token.as_str()) {
            return value.clone();
        }
        serde_json::from_str(&text.replace(token.as_str(), "***")).unwrap_or(Value::Null)
    }

    /// Remembers a request, forgetting the oldest beyond the limit.
    pub(super) fn note(&self, entry: LoggedRequest) {
        let mut notes = lock(&self.notes);
        while notes.requests.len() >= self.setup.keep_requests.max(1) {
            notes.requests.pop_front();
        }
        notes.requests.push_back(entry);
        drop(notes);
        self.changed();
    }
}

/// The messages of a channel without the pointer that begins a thread.
fn spoken<'w>(world: &'w World, channel: &str) -> impl Iterator<Item = &'w Message> {
    world.standing(channel).filter(|message| message.kind != 21)
}

impl DiscordFake {
    /// Messages of a channel or thread, oldest first; deleted and ephemeral ones not.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let Some(channel) = world.channel_named(channel).map(|channel| channel.id.clone()) else { return Vec::new() };
        spoken(&world, &channel).cloned().collect()
    }

    /// A message, deleted and ephemeral ones included.
    pub fn message(&self, channel: &str, id: &str) -> Option<Message> {
        let world = lock(&self.inner.world);
        let channel = world.channel_named(channel)?.id.clone();
        world.any_message(&channel, id).cloned()
    }

    /// Messages only this person sees, oldest first, wherever they are.
    pub fn ephemerals(&self, user: &str) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let Some(user) = world.user(user) else { return Vec::new() };
        let own = |message: &&Message| message.ephemeral_to.as_ref() == Some(&user.id);
        world.ephemerals().into_iter().filter(own).cloned().collect()
    }

    /// The person's open modals; a client shows one at a time.
    pub fn modals(&self, user: &str) -> Vec<Modal> {
        let world = lock(&self.inner.world);
        let Some(user) = world.user(user) else { return Vec::new() };
        world.modals.iter().filter(|modal| modal.user == user.id).cloned().collect()
    }

    /// A channel or thread.
    pub fn channel(&self, channel: &str) -> Option<Channel> {
        lock(&self.inner.world).channel_named(channel).cloned()
    }

    /// The threads of a channel, archived ones included.
    pub fn threads(&self, channel: &str) -> Vec<Channel> {
        let world = lock(&self.inner.world);
        let Some(channel) = world.channel_named(channel) else { return Vec::new() };
        world.threads(&channel.id).cloned().collect()
    }

    /// Registered commands as the API shows them: of a guild, or with `None` the global ones.
    pub fn commands(&self, guild: Option<&str>) -> Vec<Value> {
        let world = lock(&self.inner.world);
        let scope = match guild {
            Some(guild) => world.guild_named(guild).map_or(guild, |guild| &guild.id).to_owned(),
            None => String::new(),
        };
        world.commands.get(&scope).cloned().unwrap_or_default()
    }

    /// Successful writes of commands.
    pub fn registrations(&self) -> u64 {
        lock(&self.inner.notes).registrations
    }

    /// The content of an attachment.
    pub fn attachment(&self, id: &str) -> Option<Vec<u8>> {
        lock(&self.inner.world).files.get(id).cloned()
    }

    /// Requests the app made, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.inner.notes).requests.iter().cloned().collect()
    }

    /// Verbs and paths that do not exist but were asked for.
    pub fn unknown_routes(&self) -> Vec<String> {
        lock(&self.inner.notes).unknown.clone()
    }

    /// Calls made inside a window that an earlier 429 announced.
    pub fn violations(&self) -> Vec<Violation> {
        lock(&self.inner.limiter).violations.clone()
    }

    /// Answers of 401, 403 and 429 that count towards Discord's ban at 10,000 in ten minutes.
    pub fn invalid_requests(&self) -> u64 {
        lock(&self.inner.notes).invalid
    }

    /// What went wrong before people's eyes, and why the gateway closed connections.
    pub fn warnings(&self) -> Vec<Warning> {
        lock(&self.inner.notes).warnings.clone()
    }

    /// Open gateway sockets with a session.
    pub fn connections(&self) -> usize {
        self.inner.connected()
    }

    /// IDENTIFYs so far, refused ones included.
    pub fn identifies(&self) -> u64 {
        lock(&self.inner.gateway).identifies
    }

    /// Sessions resumed so far.
    pub fn resumes(&self) -> u64 {
        lock(&self.inner.gateway).resumes
    }

    /// Heartbeats so far.
    pub fn heartbeats(&self) -> u64 {
        lock(&self.inner.gateway).heartbeats
    }

    /// Interactions neither answered nor given up yet.
    pub fn unsettled(&self) -> usize {
        let world = lock(&self.inner.world);
        world.interactions.values().filter(|interaction| interaction.state == State::Waiting).count()
    }

    /// Counts changes of the guilds and of the fake's notes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Waits until `look` finds something.
    pub async fn until<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            if let Some(found) = look(self) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender lives in the handle, so this cannot happen while `self` does.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Everything for the demo page: guilds with channels and messages, people, modals, ephemerals, commands, warnings.
    pub fn state(&self) -> Value {
        let inner = &self.inner;
        let warnings = self.warnings();
        let world = lock(&inner.world);
        let shown = |message: &Message| {
            let mut shown = show::message(inner, &world, message, false, true);
            shown["author"]["bot"] = json!(message.webhook_id.is_some() || message.author == inner.setup.bot.id);
            shown
        };
        let messages = |channel: &str| spoken(&world, channel).map(shown).collect::<Vec<_>>();
        let channel = |channel: &Channel| {
            let seeing = world.users.iter().filter(|user| perm::sees(&world, &user.id, channel));
            json!({
                "id": channel.id,
                "type": channel.kind.number(),
                "name": channel.name,
                "topic": channel.topic,
                "parent": channel.parent,
                "position": channel.position,
                "visible_to": seeing.map(|user| user.id.clone()).collect::<Vec<_>>(),
                "archived": channel.thread.as_ref().is_some_and(|thread| thread.archived),
                "messages": messages(&channel.id),
            })
        };
        let guilds = world.guilds.iter().map(|guild| {
            json!({
                "id": guild.id,
                "name": guild.name,
                "has_bot": guild.has_bot,
                "owner_id": guild.owner_id,
                "roles": guild.roles.iter().map(|role| json!({"id": role.id, "name": role.name})).collect::<Vec<_>>(),
                "members": guild.members,
                "channels": guild.channels.iter().map(channel).collect::<Vec<_>>(),
            })
        });
        let guilds: Vec<_> = guilds.collect();
        let direct = world.direct.iter().map(
            |channel| json!({"id": channel.id, "recipients": channel.recipients, "messages": messages(&channel.id)}),
        );
        let direct: Vec<_> = direct.collect();
        let ephemerals = world.ephemerals().into_iter().map(
            |message| json!({"user": message.ephemeral_to, "channel": message.channel, "message": shown(message)}),
        );
        let ephemerals: Vec<_> = ephemerals.collect();
        let of_guilds = world.commands.iter().filter(|(scope, _)| !scope.is_empty());
        let of_guilds: Map<_, _> = of_guilds.map(|(scope, all)| (scope.clone(), json!(all))).collect();
        json!({
            "application": {"id": inner.setup.application_id},
            "bot": inner.setup.bot,
            "users": world.users,
            "guilds": guilds,
            "direct": direct,
            "ephemerals": ephemerals,
            "modals": world.modals,
            "commands": {"global": world.commands.get("").cloned().unwrap_or_default(), "guilds": of_guilds},
            "warnings": warnings,
        })
    }
}
