//! The reading side: what tests and the demo page look at.
//!
//! Nothing here changes the workspace; secrets are masked.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Inner, Message, SlackFake, StoredFile, View, Violation,
    api::shown,
    lock,
    model::{Channel, World},
};

/// A request the app made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// When, by the fake's clock.
    pub at: Timestamp,
    /// HTTP verb.
    pub verb: String,
    /// Web API method, or `response_url`.
    pub method: String,
    /// Its arguments, secrets masked.
    pub body: Value,
    /// HTTP status of the answer.
    pub status: u16,
    /// Slack's error code, when it was refused.
    pub error: Option<String>,
}

/// Something that went wrong before a person's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Whose eyes; empty when nobody saw it.
    pub user: String,
    /// What they did: a command, an action id, `submit`, `suggest`, `close`, `socket`.
    pub what: String,
    /// What they were told.
    pub error: String,
    /// When, by the fake's clock.
    pub at: Timestamp,
}

impl Inner {
    /// The same value with this workspace's secrets blotted out.
    pub(super) fn masked(&self, value: &Value) -> Value {
        let mut text = value.to_string();
        let mut found = false;
        for secret in [&self.setup.bot_token, &self.setup.app_token, &self.setup.signing_secret] {
            if !secret.is_empty() && text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
                found = true;
            }
        }
        if found { serde_json::from_str(&text).unwrap_or(Value::Null) } else { value.clone() }
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

fn by_name<'w>(world: &'w World, channel: &str) -> Option<&'w Channel> {
    world.channel(channel)
}

impl SlackFake {
    /// Messages of a channel in order, thread replies included, deleted and ephemeral ones not.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let all = by_name(&world, channel).and_then(|channel| world.messages.get(&channel.id));
        all.into_iter().flat_map(|all| all.values()).filter(|message| !message.deleted).cloned().collect()
    }

    /// A thread: its parent and the replies in order.
    pub fn thread(&self, channel: &str, ts: &str) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let Some(channel) = by_name(&world, channel).map(|channel| channel.id.clone()) else { return Vec::new() };
        let parent = world.message(&channel, ts).into_iter();
        parent.chain(world.replies(&channel, ts)).cloned().collect()
    }

    /// A message, deleted ones included.
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        let world = lock(&self.inner.world);
        let channel = by_name(&world, channel)?.id.clone();
        world.messages.get(&channel)?.get(ts).cloned()
    }

    /// Messages only this person sees, in order.
    pub fn ephemerals(&self, user: &str) -> Vec<Message> {
        let world = lock(&self.inner.world);
        let user = user_id(&world, user);
        let all = world.ephemerals.iter();
        all.filter(|m| !m.deleted && m.ephemeral_to.as_deref() == Some(user.as_str())).cloned().collect()
    }

    /// The person's open modals, bottom first.
    pub fn views(&self, user: &str) -> Vec<View> {
        let world = lock(&self.inner.world);
        let stack = world.screens.get(&user_id(&world, user));
        stack.into_iter().flatten().filter_map(|id| world.views.get(id)).cloned().collect()
    }

    /// Uploaded files in the order of their ids.
    pub fn files(&self) -> Vec<StoredFile> {
        lock(&self.inner.world).files.values().cloned().collect()
    }

    /// Requests the app made, oldest first.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.inner.notes).requests.iter().cloned().collect()
    }

    /// Methods and paths that do not exist but were asked for.
    pub fn unknown_routes(&self) -> Vec<String> {
        lock(&self.inner.notes).unknown.clone()
    }

    /// Calls made inside a back-off window that an earlier answer announced.
    pub fn violations(&self) -> Vec<Violation> {
        lock(&self.inner.limiter).violations.clone()
    }

    /// What went wrong before people's eyes.
    pub fn warnings(&self) -> Vec<Warning> {
        lock(&self.inner.notes).warnings.clone()
    }

    /// Events given up after their last redelivery.
    pub fn lost_events(&self) -> Vec<Value> {
        lock(&self.inner.pushes).lost.clone()
    }

    /// Acknowledgements that named no open envelope: too late, or doubled.
    pub fn late_acknowledgements(&self) -> u64 {
        lock(&self.inner.pushes).late
    }

    /// Deliveries to the app that are not settled yet, redeliveries in waiting included.
    pub fn unsettled(&self) -> usize {
        lock(&self.inner.pushes).open()
    }

    /// Open Socket Mode connections.
    pub fn connections(&self) -> usize {
        self.inner.connections()
    }

    /// Counts changes of the workspace and of the fake's notes.
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

    /// The whole workspace for the demo page: channels with messages, people, modals, ephemerals, warnings.
    pub fn state(&self) -> Value {
        let inner = &self.inner;
        let warnings = self.warnings();
        let world = lock(&inner.world);
        let channels = world.channels.iter().map(|channel| {
            let all = world.messages.get(&channel.id);
            let all = all.into_iter().flat_map(|all| all.values()).filter(|message| !message.deleted);
            let messages: Vec<_> = all.collect();
            json!({
                "id": channel.id,
                "name": channel.name,
                "kind": channel.kind,
                "members": channel.members,
                "is_archived": channel.is_archived,
                "messages": messages,
            })
        });
        let channels: Vec<_> = channels.collect();
        let open = |stack: &Vec<String>| {
            let views = stack.iter().filter_map(|id| world.views.get(id));
            let views = views.map(|view| {
                let mut shown = shown(inner, view);
                shown["errors"] = json!(view.errors);
                shown
            });
            Value::Array(views.collect())
        };
        let views: serde_json::Map<_, _> =
            world.screens.iter().map(|(user, stack)| (user.clone(), open(stack))).collect();
        let ephemerals: Vec<_> = world.ephemerals.iter().filter(|message| !message.deleted).collect();
        json!({
            "team": inner.setup.team,
            "bot": inner.setup.bot,
            "commands": inner.setup.commands,
            "shortcuts": world.shortcuts,
            "users": world.users,
            "groups": world.groups,
            "channels": channels,
            "ephemerals": ephemerals,
            "views": views,
            "files": world.files.values().collect::<Vec<_>>(),
            "warnings": warnings,
        })
    }
}

fn user_id(world: &World, user: &str) -> String {
    let found = world.users.iter().find(|one| one.id == user || one.name == user);
    found.map_or(user, |user| user.id.as_str()).to_owned()
}
