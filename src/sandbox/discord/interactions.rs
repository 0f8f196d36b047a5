//! Interactions: what the app is sent, its first answer within three seconds, and the token's fifteen minutes.
//!
//! The person side opens them, `callback` judges the answers, `tick` gives up on those that are too late. Follows
//! docs.discord.com/developers/interactions/receiving-and-responding.

use std::{sync::Arc, time::Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    Delivered, Delivery, Inner, Outcome, lock, perm, show,
    world::{World, number},
};

/// Time the app has for its first answer.
const DEADLINE: SignedDuration = SignedDuration::from_secs(3);
/// How long the token is good.
const LIFE: SignedDuration = SignedDuration::from_mins(15);

/// `APPLICATION_COMMAND`.
pub(super) const COMMAND: u8 = 2;
/// `MESSAGE_COMPONENT`.
pub(super) const COMPONENT: u8 = 3;
/// `APPLICATION_COMMAND_AUTOCOMPLETE`.
pub(super) const AUTOCOMPLETE: u8 = 4;
/// `MODAL_SUBMIT`.
pub(super) const MODAL_SUBMIT: u8 = 5;

/// How far an interaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No answer yet.
    Waiting,
    /// Answered with this callback type.
    Answered(u8),
    /// Too late.
    Dead,
}

/// An interaction.
#[derive(Debug)]
pub(super) struct Interaction {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) kind: u8,
    pub(super) user: String,
    pub(super) channel: String,
    /// What the person did, for warnings: a command, a custom id.
    pub(super) what: String,
    pub(super) state: State,
    /// Its first answer's message.
    pub(super) original: Option<String>,
    /// The message whose component was used, or which opened the modal.
    pub(super) source: Option<String>,
    /// The modal that was submitted.
    pub(super) modal: Option<String>,
    /// Type of the option that is being completed.
    pub(super) focus: i64,
    /// `interaction_metadata` of messages that answer it.
    pub(super) metadata: Value,
    /// Message type of its answers.
    pub(super) answer_kind: u64,
    pub(super) deadline: Timestamp,
    pub(super) expires: Timestamp,
    sent: Instant,
    done: watch::Sender<Option<Outcome>>,
}

/// What a person did.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) kind: u8,
    pub(super) user: String,
    pub(super) channel: String,
    pub(super) what: String,
    pub(super) data: Value,
    pub(super) source: Option<String>,
    pub(super) modal: Option<String>,
    pub(super) focus: i64,
    pub(super) answer_kind: u64,
}

/// How an interaction came to its end without an answer.
#[derive(Clone, Debug)]
pub(super) enum Failed {
    NotReached,
    TimedOut,
    Http(u16),
    Refused(Value),
}

impl Inner {
    /// Sends an interaction to the app.
    pub(super) fn ask(self: &Arc<Self>, world: &mut World, ask: Ask) -> Delivered {
        let now = self.now();
        let id = world.snowflake(now);
        let token = format!("aW50ZXJhY3Rpb246{}", uuid::Uuid::now_v7().simple());
        let payload = self.payload(world, &ask, &id, &token);
        let (done, seen) = watch::channel(None);
        let metadata = metadata(world, &ask, &id);
        let interaction = Interaction {
            id: id.clone(),
            token: token.clone(),
            kind: ask.kind,
            user: ask.user,
            channel: ask.channel,
            what: ask.what,
            state: State::Waiting,
            original: None,
            source: ask.source,
            modal: ask.modal,
            focus: ask.focus,
            metadata,
            answer_kind: ask.answer_kind,
            deadline: now.saturating_add(DEADLINE).unwrap_or(Timestamp::MAX),
            expires: now.saturating_add(LIFE).unwrap_or(Timestamp::MAX),
            sent: Instant::now(),
            done,
        };
        world.interactions.insert(number(&id), interaction);
        match lock(&self.delivery).clone() {
            Delivery::Gateway => {
                let guild = payload["guild_id"].as_str();
                if self.emit("INTERACTION_CREATE", 0, guild, &payload, None) == 0 {
                    self.fail(world, &id, Failed::NotReached);
                }
            }
            Delivery::Http(url) => {
                let (inner, id, body) = (Arc::clone(self), id.clone(), payload.to_string());
                tokio::spawn(async move { inner.post(&id, &url, body).await });
            }
        }
        self.changed();
        Delivered { id, token, payload, done: seen }
    }

    fn payload(&self, world: &World, ask: &Ask, id: &str, token: &str) -> Value {
        let bot = self.setup.bot.id.as_str();
        let mut payload = json!({
            "id": id,
            "application_id": self.setup.application_id,
            "type": ask.kind,
            "token": token,
            "version": 1,
            "data": ask.data,
            "channel_id": ask.channel,
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": 10_485_760,
        });
        let Some(channel) = world.channel(&ask.channel) else { return payload };
        payload["channel"] = show::partial_channel(world, channel, &ask.user, bot);
        payload["app_permissions"] = json!(perm::in_channel(world, bot, channel).to_string());
        let user = world.user(&ask.user).map_or(Value::Null, show::user);
        if let Some(guild) = channel.guild.as_deref().and_then(|guild| world.guild(guild)) {
            payload["guild_id"] = json!(guild.id);
            payload["guild"] = json!({"id": guild.id, "locale": "en-US", "features": []});
            payload["guild_locale"] = json!("en-US");
            let mut member = guild.member(&ask.user).map_or(json!({}), show::partial_member);
            member["user"] = user;
            member["permissions"] = json!(perm::in_channel(world, &ask.user, channel).to_string());
            payload["member"] = member;
            payload["context"] = json!(0);
            payload["authorizing_integration_owners"] = json!({"0": guild.id});
        } else {
            payload["user"] = user;
            payload["context"] = json!(1);
            payload["authorizing_integration_owners"] = json!({"0": "0"});
        }
        if let Some(message) = ask.source.as_deref().and_then(|source| world.message(&ask.channel, source)) {
            payload["message"] = show::message(self, world, message, false, true);
        }
        payload
    }

    /// An interaction got its first answer.
    pub(super) fn answered(&self, world: &mut World, id: &str, kind: u8, data: Option<&Value>) {
        let Some(interaction) = world.interaction_mut(id) else { return };
        interaction.state = State::Answered(kind);
        let took = interaction.sent.elapsed();
        let data = data.filter(|data| !data.is_null()).cloned();
        interaction.done.send_replace(Some(Outcome::Acknowledged { kind, data, took }));
        if let Some(modal) = interaction.modal.clone() {
            world.modals.retain(|one| one.id != modal);
        }
        self.changed();
    }

    /// An interaction came to nothing; the person is told.
    pub(super) fn fail(&self, world: &mut World, id: &str, failed: Failed) {
        let Some(interaction) = world.interaction_mut(id).filter(|one| one.state == State::Waiting) else { return };
        interaction.state = State::Dead;
        let told = match interaction.kind {
            AUTOCOMPLETE => "Loading options failed",
            COMPONENT => "This interaction failed",
            MODAL_SUBMIT => "Something went wrong. Try again.",
            _ => "The application did not respond",
        };
        let outcome = match failed {
            Failed::NotReached => Outcome::NotReached,
            Failed::TimedOut => Outcome::TimedOut,
            Failed::Http(status) => Outcome::HttpError(status),
            Failed::Refused(error) => Outcome::Refused(error),
        };
        interaction.done.send_replace(Some(outcome));
        let (user, what, modal) = (interaction.user.clone(), interaction.what.clone(), interaction.modal.clone());
        if let Some(modal) = modal.and_then(|id| world.modals.iter_mut().find(|modal| modal.id == id)) {
            modal.error = Some(told.to_owned());
        }
        self.warn(&user, &what, told);
    }

    /// Gives up on interactions past their deadline.
    pub(super) fn give_up(&self, now: Timestamp) {
        let mut world = lock(&self.world);
        let waiting = world.interactions.values().filter(|one| one.state == State::Waiting && now >= one.deadline);
        let late: Vec<_> = waiting.map(|one| one.id.clone()).collect();
        for id in late {
            self.fail(&mut world, &id, Failed::TimedOut);
        }
    }
}

fn metadata(world: &World, ask: &Ask, id: &str) -> Value {
    let owners = match world.channel(&ask.channel).and_then(|channel| channel.guild.as_deref()) {
        Some(guild) => json!({"0": guild}),
        None => json!({"0": "0"}),
    };
    let mut shown = json!({
        "id": id,
        "type": ask.kind,
        "user": world.user(&ask.user).map(show::user),
        "authorizing_integration_owners": owners,
    });
    if ask.kind == COMMAND {
        shown["name"] = ask.data["name"].clone();
        shown["command_type"] = ask.data["type"].clone();
    }
    if let Some(source) = ask.source.as_deref().filter(|_| ask.kind == COMPONENT) {
        shown["interacted_message_id"] = json!(source);
    }
    if ask.kind == MODAL_SUBMIT {
        let opener = ask.modal.as_deref().and_then(|modal| world.interaction(modal));
        shown["triggering_interaction_metadata"] = opener.map_or(Value::Null, |opener| opener.metadata.clone());
    }
    shown
}
