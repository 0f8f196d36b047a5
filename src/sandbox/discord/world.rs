//! Everything the fake knows, under one lock: guilds, direct messages, messages, webhooks, commands, interactions.
//!
//! It finds and stores; who may do what is decided by its callers. It does no I/O and is told the time.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    interactions::Interaction,
    model::{Channel, ChannelKind, Guild, Message, Modal, Role, ThreadInfo, User, Webhook},
};

/// First millisecond of Discord's snowflakes, 2015-01-01.
const EPOCH: i64 = 1_420_070_400_000;

/// How long `enforce_nonce` remembers: "the past few minutes".
const NONCES: SignedDuration = SignedDuration::from_mins(5);

/// Commands that may be created in a scope within 24 hours.
const DAILY: usize = 200;

/// A message sent under a nonce.
#[derive(Debug)]
struct Nonce {
    key: String,
    channel: String,
    message: String,
    at: Timestamp,
}

/// All data.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) guilds: Vec<Guild>,
    /// Direct messages.
    pub(super) direct: Vec<Channel>,
    messages: HashMap<String, BTreeMap<u64, Message>>,
    pub(super) webhooks: Vec<Webhook>,
    /// Commands as the API shows them; the key is a guild, or empty for global ones.
    pub(super) commands: BTreeMap<String, Vec<Value>>,
    pub(super) interactions: BTreeMap<u64, Interaction>,
    pub(super) modals: Vec<Modal>,
    pub(super) files: HashMap<String, Vec<u8>>,
    nonces: Vec<Nonce>,
    /// When commands were created, by scope.
    creates: Vec<(String, Timestamp)>,
    last: u64,
}

/// A snowflake as a number, 0 where it is none.
pub(super) fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

impl World {
    /// The next snowflake, which carries the time and is greater than any before.
    pub(super) fn snowflake(&mut self, now: Timestamp) -> String {
        let millis = u64::try_from(now.as_millisecond() - EPOCH).unwrap_or(0);
        self.last = (millis << 22).max(self.last + 1);
        self.last.to_string()
    }

    /// A user by id, or by name.
    pub(super) fn user(&self, wanted: &str) -> Option<&User> {
        let by_id = self.users.iter().find(|user| user.id == wanted);
        by_id.or_else(|| self.users.iter().find(|user| user.username == wanted))
    }

    pub(super) fn guild(&self, id: &str) -> Option<&Guild> {
        self.guilds.iter().find(|guild| guild.id == id)
    }

    pub(super) fn guild_mut(&mut self, id: &str) -> Option<&mut Guild> {
        self.guilds.iter_mut().find(|guild| guild.id == id)
    }

    /// A guild by id, or by name.
    pub(super) fn guild_named(&self, wanted: &str) -> Option<&Guild> {
        self.guild(wanted).or_else(|| self.guilds.iter().find(|guild| guild.name == wanted))
    }

    /// Every channel, threads and direct messages included.
    pub(super) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.guilds.iter().flat_map(|guild| &guild.channels).chain(&self.direct)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels().find(|channel| channel.id == id)
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        let guilds = self.guilds.iter_mut().flat_map(|guild| &mut guild.channels);
        guilds.chain(&mut self.direct).find(|channel| channel.id == id)
    }

    /// A channel by id, or by name.
    pub(super) fn channel_named(&self, wanted: &str) -> Option<&Channel> {
        let wanted = wanted.strip_prefix('#').unwrap_or(wanted);
        let named = || {
            let all = self.channels().filter(|channel| channel.kind != ChannelKind::Category);
            all.filter(|channel| !channel.name.is_empty()).find(|channel| channel.name == wanted)
        };
        self.channel(wanted).or_else(named)
    }

    /// The threads of a channel.
    pub(super) fn threads(&self, channel: &str) -> impl Iterator<Item = &Channel> {
        self.channels().filter(move |one| one.thread.is_some() && one.parent.as_deref() == Some(channel))
    }

    pub(super) fn role(&self, guild: &str, role: &str) -> Option<&Role> {
        self.guild(guild)?.roles.iter().find(|one| one.id == role)
    }

    /// The direct messages of these two, opened when there are none.
    pub(super) fn direct(&mut self, one: &str, other: &str, now: Timestamp) -> (String, bool) {
        let both = |channel: &&Channel| {
            let has = |user: &str| channel.recipients.iter().any(|recipient| recipient == user);
            has(one) && has(other)
        };
        if let Some(open) = self.direct.iter().find(both) {
            return (open.id.clone(), false);
        }
        let id = self.snowflake(now);
        let mut channel = Channel::text(&id, "", "");
        channel.kind = ChannelKind::Dm;
        channel.guild = None;
        channel.recipients = vec![one.to_owned(), other.to_owned()];
        self.direct.push(channel);
        (id, true)
    }

    /// A message that is still there, ephemeral ones included.
    pub(super) fn message(&self, channel: &str, id: &str) -> Option<&Message> {
        self.any_message(channel, id).filter(|message| !message.deleted)
    }

    /// A message, deleted ones included.
    pub(super) fn any_message(&self, channel: &str, id: &str) -> Option<&Message> {
        self.messages.get(channel)?.get(&number(id))
    }

    pub(super) fn message_mut(&mut self, channel: &str, id: &str) -> Option<&mut Message> {
        self.messages.get_mut(channel)?.get_mut(&number(id)).filter(|message| !message.deleted)
    }

    /// What stands in a channel, oldest first.
    pub(super) fn standing(&self, channel: &str) -> impl DoubleEndedIterator<Item = &Message> {
        let all = self.messages.get(channel).into_iter().flat_map(BTreeMap::values);
        all.filter(|message| !message.deleted && message.ephemeral_to.is_none())
    }

    /// What only some people see, oldest first.
    pub(super) fn ephemerals(&self) -> Vec<&Message> {
        let all = self.messages.values().flat_map(BTreeMap::values);
        let mut found: Vec<_> = all.filter(|one| !one.deleted && one.ephemeral_to.is_some()).collect();
        found.sort_by_key(|message| number(&message.id));
        found
    }

    /// Adds or replaces a message.
    pub(super) fn put(&mut self, message: Message) {
        if message.ephemeral_to.is_none()
            && let Some(channel) = self.channel_mut(&message.channel)
        {
            channel.last_message_id = Some(message.id.clone());
            if let Some(thread) = &mut channel.thread {
                thread.sent += 1;
            }
        }
        self.messages.entry(message.channel.clone()).or_default().insert(number(&message.id), message);
    }

    /// The message sent under this nonce not long ago.
    pub(super) fn nonce(&mut self, key: &str, now: Timestamp) -> Option<&Message> {
        self.nonces.retain(|nonce| now.duration_since(nonce.at) < NONCES);
        let nonce = self.nonces.iter().find(|nonce| nonce.key == key)?;
        self.messages.get(&nonce.channel)?.get(&number(&nonce.message)).filter(|message| !message.deleted)
    }

    /// Remembers what a message was called.
    pub(super) fn remember_nonce(&mut self, key: String, message: &Message) {
        let (channel, id) = (message.channel.clone(), message.id.clone());
        self.nonces.push(Nonce { key, channel, message: id, at: message.at });
    }

    /// Counts commands created in a scope; `false` when that is more than a day allows.
    pub(super) fn count_creates(&mut self, scope: &str, count: usize, now: Timestamp) -> bool {
        self.creates.retain(|(_, at)| now.duration_since(*at) < SignedDuration::from_hours(24));
        let used = self.creates.iter().filter(|(one, _)| one == scope).count();
        if count > 0 && used + count > DAILY {
            return false;
        }
        self.creates.extend(std::iter::repeat_n((scope.to_owned(), now), count));
        true
    }

    /// The interaction with this id.
    pub(super) fn interaction(&self, id: &str) -> Option<&Interaction> {
        self.interactions.get(&number(id))
    }

    pub(super) fn interaction_mut(&mut self, id: &str) -> Option<&mut Interaction> {
        self.interactions.get_mut(&number(id))
    }

    /// Adds a thread to its guild and marks the message it was started from.
    pub(super) fn add_thread(&mut self, thread: Channel, from: Option<&str>) {
        let (guild, parent, id) = (thread.guild.clone(), thread.parent.clone(), thread.id.clone());
        if let Some(guild) = guild.and_then(|guild| self.guild_mut(&guild)) {
            guild.channels.push(thread);
        }
        if let (Some(parent), Some(from)) = (parent, from)
            && let Some(message) = self.message_mut(&parent, from)
        {
            message.thread = Some(id);
            message.flags |= super::model::HAS_THREAD;
        }
    }

    /// A fresh thread of `parent`, not yet added.
    pub(super) fn new_thread(
        id: &str,
        parent: &Channel,
        kind: ChannelKind,
        name: &str,
        owner: &str,
        now: Timestamp,
    ) -> Channel {
        let mut thread = Channel::text(id, parent.guild.as_deref().unwrap_or_default(), name);
        thread.kind = kind;
        thread.parent = Some(parent.id.clone());
        thread.thread = Some(ThreadInfo {
            owner_id: owner.to_owned(),
            archived: false,
            locked: false,
            auto_archive_duration: 4320,
            archive_timestamp: now,
            members: vec![owner.to_owned()],
            invitable: true,
            sent: 0,
        });
        thread
    }
}
