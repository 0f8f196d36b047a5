//! The queue of updates: what the bot is told, what it confirmed, and what it does not see in groups.
//!
//! `getUpdates` and webhooks read the same queue. An update that nobody fetches is kept a day, a press two and a half
//! minutes (core.telegram.org/bots/api#getting-updates). Which kinds are told at all is kept from call to call.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Inner, lock,
    model::{ChatKind, Message, World},
    shapes,
    webhook::Webhook,
};

/// How long most updates are kept.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long a press is kept.
const PRESS: SignedDuration = SignedDuration::from_secs(150);
/// The first update id of a company; the next ones count on.
const FIRST: i64 = 814_600_001;
/// Kinds that are told only when asked for.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
/// Kinds that a bot can ask for.
const KINDS: [&str; 26] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "custom_event",
];

/// An update that is not confirmed.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) id: i64,
    pub(super) body: Value,
    /// Webhooks bring updates of one chat or person in order, one at a time.
    pub(super) line: i64,
    expires: Timestamp,
    /// When a webhook may try (again).
    pub(super) due: Timestamp,
    /// Seconds waited before the last try.
    pub(super) delay: i64,
    pub(super) failures: u32,
    pub(super) under_way: bool,
}

/// Everything on its way to the bot.
#[derive(Debug)]
pub(super) struct Queue {
    next: i64,
    pub(super) updates: VecDeque<Pending>,
    /// Kinds the bot asked for; `None` for the usual ones.
    pub(super) allowed: Option<BTreeSet<String>>,
    pub(super) confirmed: i64,
    /// Counts long polls: a later one ends an earlier one.
    pub(super) poll: u64,
    /// Long polls that wait now.
    pub(super) polling: usize,
    /// Counts webhooks set, for polls that one of them ends.
    pub(super) webhooks: u64,
    pub(super) webhook: Option<Webhook>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            next: FIRST,
            updates: VecDeque::new(),
            allowed: None,
            confirmed: 0,
            poll: 0,
            polling: 0,
            webhooks: 0,
            webhook: None,
        }
    }
}

impl Queue {
    /// Whether this kind is told.
    fn wants(&self, kind: &str) -> bool {
        match &self.allowed {
            Some(allowed) => allowed.contains(kind),
            None => !ON_REQUEST.contains(&kind),
        }
    }

    /// Takes over `allowed_updates`. What cannot be read changes nothing; a list without known kinds means the usual.
    pub(super) fn allow(&mut self, given: &str) {
        let Ok(Value::Array(kinds)) = serde_json::from_str(given) else { return };
        if !kinds.iter().all(Value::is_string) {
            return;
        }
        let kinds = kinds.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase);
        let known: BTreeSet<String> = kinds.filter(|kind| KINDS.contains(&kind.as_str())).collect();
        self.allowed = (!known.is_empty()).then_some(known);
    }

    pub(super) fn push(&mut self, kind: &str, payload: &Value, line: i64, now: Timestamp) -> i64 {
        let id = self.next;
        self.next += 1;
        let life = if kind == "callback_query" { PRESS } else { DAY };
        let expires = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        let mut body = json!({"update_id": id});
        body[kind] = payload.clone();
        let pending = Pending { id, body, line, expires, due: now, delay: 1, failures: 0, under_way: false };
        self.updates.push_back(pending);
        id
    }

    /// Forgets what is too old.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.updates.retain(|update| update.expires > now);
    }

    /// Updates from `offset` on, after forgetting those before it. A negative offset keeps that many of the last.
    pub(super) fn take(&mut self, offset: i64, limit: usize, now: Timestamp) -> Vec<Value> {
        self.expire(now);
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            let gone = self.updates.len().saturating_sub(keep);
            self.forget(gone);
        } else if offset > 0 && offset <= self.next + 10 {
            let gone = self.updates.iter().take_while(|update| update.id < offset).count();
            self.forget(gone);
        }
        self.updates.iter().take(limit).map(|update| update.body.clone()).collect()
    }

    fn forget(&mut self, count: usize) {
        for gone in self.updates.drain(..count) {
            self.confirmed = self.confirmed.max(gone.id + 1);
        }
    }

    /// `drop_pending_updates`.
    pub(super) fn clear(&mut self) {
        self.updates.clear();
    }

    /// A webhook took this one.
    pub(super) fn taken(&mut self, id: i64) {
        self.updates.retain(|update| update.id != id);
        self.confirmed = self.confirmed.max(id + 1);
    }
}

impl Inner {
    /// Queues an update of this kind, if the bot wants the kind. Call it while the world is locked, so that the order
    /// of updates is the order of events.
    pub(super) fn tell(&self, kind: &str, payload: &Value, line: i64) -> Option<i64> {
        let mut queue = lock(&self.queue);
        let id = queue.wants(kind).then(|| queue.push(kind, payload, line, self.now()));
        drop(queue);
        self.changed();
        id
    }

    /// Tells the bot of a message, if it sees it.
    pub(super) fn tell_message(&self, world: &World, message: &Message) -> Option<i64> {
        if !self.sees(world, message) {
            return None;
        }
        let channel = world.chat(message.chat).is_some_and(|chat| chat.kind == ChatKind::Channel);
        let kind = match (channel, message.edit_date.is_some()) {
            (false, false) => "message",
            (false, true) => "edited_message",
            (true, false) => "channel_post",
            (true, true) => "edited_channel_post",
        };
        self.tell(kind, &shapes::message(world, message, true), message.chat)
    }

    /// Whether the bot gets this message (core.telegram.org/bots/features#privacy-mode).
    pub(super) fn sees(&self, world: &World, message: &Message) -> bool {
        let bot = self.setup.bot.id;
        let Some(chat) = world.chat(message.chat) else { return false };
        match chat.kind {
            ChatKind::Private => true,
            ChatKind::Channel => chat.status(bot).is_admin(),
            // Of a chat it is not in any more, a bot hears only that it left.
            ChatKind::Group | ChatKind::Supergroup if !chat.has(bot) => {
                message.extra.get("left_chat_member").is_some_and(|left| left["id"] == json!(bot))
            }
            ChatKind::Group | ChatKind::Supergroup => {
                message.service
                    || !self.privacy()
                    || chat.status(bot).is_admin()
                    || match message.reply_to.and_then(|id| world.message(message.chat, id)) {
                        Some(answered) if answered.author == bot => true,
                        Some(answered) => self.meant(world, answered) || self.meant(world, message),
                        None => self.meant(world, message),
                    }
            }
        }
    }

    /// Whether a message is meant for the bot: by a command, or by its name.
    fn meant(&self, world: &World, message: &Message) -> bool {
        let bot = &self.setup.bot;
        let name = bot.username.as_deref().unwrap_or_default();
        let mut named = false;
        for entity in &message.entities {
            let shown = part(&message.text, entity);
            match entity["type"].as_str() {
                Some("mention") => named |= shown[1..].eq_ignore_ascii_case(name),
                Some("text_mention") => named |= entity["user"]["id"] == json!(bot.id),
                Some("bot_command") => match shown.split_once('@') {
                    Some((_, other)) if other.eq_ignore_ascii_case(name) => named = true,
                    Some(_) => {}
                    None => named |= entity["offset"] == json!(0) && Self::spoke_last(world, message, bot.id),
                },
                _ => {}
            }
        }
        named
    }

    /// Whether no other bot wrote in the chat after this one: then commands without a name are for this one.
    fn spoke_last(world: &World, message: &Message, bot: i64) -> bool {
        let before = world.messages.get(&message.chat).into_iter().flat_map(|all| all.range(..message.id).rev());
        let mut bots = before.map(|(_, message)| message.author).filter(|id| world.user(*id).is_some_and(|u| u.is_bot));
        bots.next().is_none_or(|last| last == bot)
    }
}

/// The text that an entity covers.
pub(super) fn part(text: &str, entity: &Value) -> String {
    let number = |name: &str| entity[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    let units: Vec<u16> = text.encode_utf16().skip(number("offset")).take(number("length")).collect();
    String::from_utf16_lossy(&units)
}
