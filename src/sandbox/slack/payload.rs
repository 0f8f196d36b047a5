//! The payloads Slack makes of what people do: commands, interactions, events.
//!
//! Shapes follow docs.slack.dev/reference/interaction-payloads and /reference/events, field for field.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Delivered, Inner,
    api::render,
    lock,
    model::{ChannelKind, ResponseUrl, Trigger, World},
    push::Errand,
};

/// Life of a trigger id.
const TRIGGER: SignedDuration = SignedDuration::from_secs(3);
/// Life of a response URL.
const RESPONSE: SignedDuration = SignedDuration::from_mins(30);

impl Inner {
    /// `{id, username, name, team_id}`.
    pub(super) fn who(&self, world: &World, user: &str) -> Value {
        let name = world.user(user).map_or(user, |user| user.name.as_str());
        json!({"id": user, "username": name, "name": name, "team_id": self.setup.team.id})
    }

    /// What every interaction payload starts with.
    pub(super) fn interaction(&self, world: &World, kind: &str, user: &str) -> Value {
        json!({
            "type": kind,
            "team": {"id": self.setup.team.id, "domain": self.setup.team.domain},
            "user": self.who(world, user),
            "api_app_id": self.setup.app_id,
            "token": "sandbox",
            "enterprise": null,
            "is_enterprise_install": false,
        })
    }

    /// How payloads name a channel to `user`.
    pub(super) fn channel_name(world: &World, channel: &str) -> String {
        match world.channel(channel) {
            Some(channel) if channel.kind == ChannelKind::Dm => "directmessage".into(),
            Some(channel) if channel.kind == ChannelKind::Private => "privategroup".into(),
            Some(channel) => channel.name.clone(),
            None => String::new(),
        }
    }

    /// A trigger for `user`, good for three seconds and one modal.
    pub(super) fn trigger(&self, world: &mut World, user: &str) -> String {
        let now = self.now();
        let serial = world.next_id('T');
        let random = uuid::Uuid::now_v7().simple().to_string();
        let id = format!("{}.{}.{random}", now.as_millisecond(), u64::from_str_radix(&serial[2..], 36).unwrap_or(0));
        let expires = now.saturating_add(TRIGGER).unwrap_or(jiff::Timestamp::MAX);
        world.forget_rights(now);
        world.triggers.insert(id.clone(), Trigger { user: user.to_owned(), expires, used: false });
        id
    }

    /// A right to answer, and its address. `kind` is `commands` or `actions`.
    pub(super) fn response_url(
        &self,
        world: &mut World,
        kind: &str,
        user: &str,
        channel: &str,
        original: Option<&str>,
        thread_ts: Option<&str>,
    ) -> (String, ResponseUrl) {
        let now = self.now();
        let id = world.next_id('R');
        let secret = uuid::Uuid::now_v7().simple().to_string();
        let right = ResponseUrl {
            user: user.to_owned(),
            channel: channel.to_owned(),
            original: original.map(str::to_owned),
            thread_ts: thread_ts.map(str::to_owned),
            expires: now.saturating_add(RESPONSE).unwrap_or(jiff::Timestamp::MAX),
            uses: 0,
        };
        world.response_urls.insert(format!("{kind}/{id}/{secret}"), right.clone());
        (format!("{}/slack/hooks/{kind}/{}/{id}/{secret}", self.base(), self.setup.team.id), right)
    }

    /// Sends an event if the app subscribed to `subscription`.
    pub(super) fn emit(self: &Arc<Self>, subscription: &str, event: &Value) -> Option<Delivered> {
        if !self.setup.events.iter().any(|wanted| wanted == subscription) {
            return None;
        }
        let id = lock(&self.world).next_id('E').replacen('E', "Ev", 1);
        let channel = event.get("channel").and_then(Value::as_str).unwrap_or_default();
        let context = format!("4-{subscription}-{}-{channel}", self.setup.team.id);
        let payload = json!({
            "token": "sandbox",
            "team_id": self.setup.team.id,
            "context_team_id": self.setup.team.id,
            "context_enterprise_id": null,
            "api_app_id": self.setup.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": id,
            "event_time": self.now().as_second(),
            "authorizations": [{
                "enterprise_id": null,
                "team_id": self.setup.team.id,
                "user_id": self.setup.bot.id,
                "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
            "event_context": context,
        });
        Some(self.dispatch(payload, Errand::Event { retries: 0, reason: None }))
    }

    /// Sends a `message` event of a channel the app is in, by the channel's kind.
    pub(super) fn emit_message(self: &Arc<Self>, channel: &str, mut event: Value) -> Option<Delivered> {
        let (kind, subscription) = {
            let world = lock(&self.world);
            let channel = world.channel(channel).filter(|channel| channel.has(&self.setup.bot.id))?;
            match channel.kind {
                ChannelKind::Public => ("channel", "message.channels"),
                ChannelKind::Private => ("group", "message.groups"),
                ChannelKind::Dm => ("im", "message.im"),
            }
        };
        event["channel_type"] = json!(kind);
        self.emit(subscription, &event)
    }

    /// Sends `reaction_added` or `reaction_removed`.
    pub(super) fn emit_reaction(
        self: &Arc<Self>,
        kind: &str,
        user: &str,
        name: &str,
        channel: &str,
        ts: &str,
    ) -> Option<Delivered> {
        let event = {
            let mut world = lock(&self.world);
            world.channel(channel).filter(|channel| channel.has(&self.setup.bot.id))?;
            let author = world.message(channel, ts).map(|message| message.user.clone());
            let event_ts = world.next_ts(self.now());
            json!({
                "type": kind, "user": user, "reaction": name, "item_user": author, "event_ts": event_ts,
                "item": {"type": "message", "channel": channel, "ts": ts},
            })
        };
        self.emit(kind, &event)
    }

    /// Sends `member_joined_channel`.
    pub(super) fn emit_joined(self: &Arc<Self>, channel: &str, user: &str, inviter: Option<&str>) -> Option<Delivered> {
        let event = {
            let mut world = lock(&self.world);
            let kind = world.channel(channel)?.kind;
            let event_ts = world.next_ts(self.now());
            let mut event = json!({
                "type": "member_joined_channel",
                "user": user,
                "channel": channel,
                "channel_type": if kind == ChannelKind::Public { "C" } else { "G" },
                "team": self.setup.team.id,
                "event_ts": event_ts,
            });
            if let Some(inviter) = inviter {
                event["inviter"] = json!(inviter);
            }
            event
        };
        self.emit("member_joined_channel", &event)
    }

    /// The message as an interaction payload carries it.
    pub(super) fn acted_on(&self, world: &World, message: &super::Message) -> Value {
        render(self, world, message, true, false)
    }
}
