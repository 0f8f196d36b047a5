//! The workspace as plain data: people, channels, messages, modals and files.
//!
//! The API handlers and the person side read and change it under one lock; it does no I/O and knows no clock.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A workspace's name plate.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Team {
    /// `T…`.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// First label of `<domain>.slack.com`.
    pub domain: String,
}

/// A person or bot of the workspace.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct User {
    /// `U…`.
    pub id: String,
    /// Handle without `@`.
    pub name: String,
    /// Full name.
    pub real_name: String,
    /// Mail address, for `users.lookupByEmail`.
    pub email: Option<String>,
    /// Whether this is a bot user.
    pub is_bot: bool,
    /// Whether the person may delete other people's messages.
    pub is_admin: bool,
}

impl User {
    /// A person with an address under `example.com`.
    pub fn person(id: &str, name: &str, real_name: &str) -> Self {
        let email = Some(format!("{name}@example.com"));
        Self { id: id.into(), name: name.into(), real_name: real_name.into(), email, is_bot: false, is_admin: false }
    }

    /// The same user as a workspace admin.
    pub fn admin(mut self) -> Self {
        self.is_admin = true;
        self
    }
}

/// A user group (`S…`), mentioned as `<!subteam^S…>`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct UserGroup {
    /// `S…`.
    pub id: String,
    /// Handle without `@`.
    pub handle: String,
    /// Shown name.
    pub name: String,
    /// Member user ids.
    pub users: Vec<String>,
}

/// What kind of conversation a channel is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Anyone of the workspace may join.
    Public,
    /// By invitation, and invisible to others.
    Private,
    /// Between two users; the id starts with `D`.
    Dm,
}

/// A conversation and who is in it.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Channel {
    /// `C…`, or `D…` for a direct message.
    pub id: String,
    /// Name without `#`; empty for a direct message.
    pub name: String,
    /// Public, private or direct.
    pub kind: ChannelKind,
    /// Member user ids.
    pub members: Vec<String>,
    /// Nobody can post to an archived channel.
    pub is_archived: bool,
    /// Who created it; not everyone's is told.
    #[serde(default)]
    pub creator: Option<String>,
    /// When it was created, in seconds since 1970.
    #[serde(default)]
    pub created: i64,
    /// What it is about.
    #[serde(default)]
    pub topic: String,
}

impl Channel {
    /// A public channel with these members.
    pub fn public(id: &str, name: &str, members: &[&str]) -> Self {
        Self::new(id, name, ChannelKind::Public, members)
    }

    /// A private channel with these members.
    pub fn private(id: &str, name: &str, members: &[&str]) -> Self {
        Self::new(id, name, ChannelKind::Private, members)
    }

    pub(super) fn new(id: &str, name: &str, kind: ChannelKind, members: &[&str]) -> Self {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        Self {
            id: id.into(),
            name: name.into(),
            kind,
            members,
            is_archived: false,
            creator: None,
            created: 1_700_000_000,
            topic: String::new(),
        }
    }

    /// The same channel with this topic.
    pub fn about(self, topic: &str) -> Self {
        Self { topic: topic.to_owned(), ..self }
    }

    /// Whether `user` is in it.
    pub fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }
}

/// One emoji on a message and who put it there.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Reaction {
    /// Emoji name without colons.
    pub name: String,
    /// Who reacted.
    pub users: Vec<String>,
}

/// Who edited a message last, and when.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Edited {
    /// User id.
    pub user: String,
    /// Time as a message timestamp.
    pub ts: String,
}

/// Options of external selects, by block id and action id.
pub type Offered = BTreeMap<(String, String), Vec<Value>>;

/// A message as it stands in a channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Message {
    /// Its key: `seconds.micros`, unique and rising over the workspace.
    pub ts: String,
    /// Channel id.
    pub channel: String,
    /// Author.
    pub user: String,
    /// Set when an app wrote it.
    pub bot_id: Option<String>,
    /// Kind of special message, such as `bot_message` or `channel_join`.
    pub subtype: Option<String>,
    /// Name given with `chat:write.customize`.
    pub username: Option<String>,
    /// Text, or the fallback beside blocks.
    pub text: String,
    /// Blocks with every `block_id` and `action_id` filled in.
    pub blocks: Vec<Value>,
    /// Legacy attachments.
    pub attachments: Vec<Value>,
    /// Parent when this is a reply.
    pub thread_ts: Option<String>,
    /// Whether a reply is also shown in the channel.
    pub broadcast: bool,
    /// `{event_type, event_payload}`.
    pub metadata: Option<Value>,
    /// Last edit.
    pub edited: Option<Edited>,
    /// Deleted messages stay here for tests but are invisible to the API.
    pub deleted: bool,
    /// Reactions in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// The one person who sees it; such a message is in no history.
    pub ephemeral_to: Option<String>,
    /// Files shared with it.
    pub files: Vec<String>,
    /// Whether Slack cut the text at 40,000 characters.
    pub truncated: bool,
    /// What people chose in its interactive elements: block id → action id → state value.
    pub state: Map<String, Value>,
    /// The options that the app offered so far for its external selects, by block id and action id.
    #[serde(skip)]
    pub offered: Offered,
}

/// A modal, open or closed.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct View {
    /// `V…`.
    pub id: String,
    /// Whose screen it is on.
    pub user: String,
    /// Bottom of its stack.
    pub root_id: String,
    /// View below it in the stack.
    pub previous_id: Option<String>,
    /// Changes with each update; guards against races.
    pub hash: String,
    /// The view as the app sent it, with ids filled in.
    pub body: Map<String, Value>,
    /// What is filled in: block id → action id → state value.
    pub values: Map<String, Value>,
    /// Messages under fields, by block id, from a `response_action` of `errors`.
    pub errors: BTreeMap<String, String>,
    /// Whether it is on screen (possibly under another one).
    pub open: bool,
    /// The options that the app offered so far for its external selects, by block id and action id.
    #[serde(skip)]
    pub offered: Offered,
}

impl View {
    /// Its blocks.
    pub fn blocks(&self) -> &[Value] {
        self.body.get("blocks").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A string field of its body, empty when missing.
    pub fn field(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// An uploaded file.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct StoredFile {
    /// `F…`.
    pub id: String,
    /// File name.
    pub name: String,
    /// Title given on completion.
    pub title: String,
    /// Announced length in bytes.
    pub length: u64,
    /// The bytes, once uploaded.
    #[serde(skip)]
    pub content: Option<Vec<u8>>,
    /// Whether `files.completeUploadExternal` was called.
    pub complete: bool,
    /// Where it was shared.
    pub channels: Vec<String>,
}

/// A right to open a modal: three seconds, once.
#[derive(Clone, Debug)]
pub(super) struct Trigger {
    pub(super) user: String,
    pub(super) expires: Timestamp,
    pub(super) used: bool,
}

/// A right to answer in a place: thirty minutes, five times.
#[derive(Clone, Debug)]
pub(super) struct ResponseUrl {
    pub(super) user: String,
    pub(super) channel: String,
    /// The message that was acted on, for `replace_original` and `delete_original`.
    pub(super) original: Option<String>,
    pub(super) thread_ts: Option<String>,
    pub(super) expires: Timestamp,
    pub(super) uses: u32,
}

/// Everything the workspace holds.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<UserGroup>,
    pub(super) channels: Vec<Channel>,
    pub(super) shortcuts: Vec<super::Shortcut>,
    /// Per channel, ordered by timestamp.
    pub(super) messages: HashMap<String, BTreeMap<String, Message>>,
    pub(super) ephemerals: Vec<Message>,
    pub(super) views: BTreeMap<String, View>,
    /// Per person: the modal stack, bottom first.
    pub(super) screens: HashMap<String, Vec<String>>,
    pub(super) files: BTreeMap<String, StoredFile>,
    pub(super) triggers: HashMap<String, Trigger>,
    pub(super) response_urls: HashMap<String, ResponseUrl>,
    pub(super) last_micros: i64,
    pub(super) serial: u64,
}

impl World {
    /// A timestamp for something new: now, or one microsecond after the last one.
    pub(super) fn next_ts(&mut self, now: Timestamp) -> String {
        self.last_micros = now.as_microsecond().max(self.last_micros + 1);
        format!("{:010}.{:06}", self.last_micros / 1_000_000, self.last_micros % 1_000_000)
    }

    /// An id in Slack's form: one letter and ten capitals or digits.
    pub(super) fn next_id(&mut self, letter: char) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        self.serial += 1;
        let mut rest = self.serial;
        let mut tail = [b'0'; 8];
        for place in tail.iter_mut().rev() {
            *place = DIGITS[usize::try_from(rest % 32).unwrap_or_default()];
            rest /= 32;
        }
        format!("{letter}0{}", String::from_utf8_lossy(&tail))
    }

    /// Now and then drops triggers and response URLs that expired long ago; until then they can be told from
    /// ones that never were.
    pub(super) fn forget_rights(&mut self, now: Timestamp) {
        if self.serial.is_multiple_of(1024) {
            let long_ago = jiff::SignedDuration::from_mins(30);
            self.triggers.retain(|_, trigger| now.duration_since(trigger.expires) < long_ago);
            self.response_urls.retain(|_, url| now.duration_since(url.expires) < long_ago);
        }
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A channel by id, or by name with or without `#`, as the API accepts it.
    pub(super) fn channel(&self, wanted: &str) -> Option<&Channel> {
        let name = wanted.strip_prefix('#').unwrap_or(wanted);
        self.channels
            .iter()
            .find(|channel| channel.id == wanted)
            .or_else(|| self.channels.iter().find(|channel| !channel.name.is_empty() && channel.name == name))
    }

    pub(super) fn channel_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// The direct channel between `user` and the app's bot, opened when there is none.
    pub(super) fn direct(&mut self, user: &str, bot: &str) -> String {
        let open = self.channels.iter().find(|c| c.kind == ChannelKind::Dm && c.has(user) && c.has(bot));
        if let Some(channel) = open {
            return channel.id.clone();
        }
        let id = self.next_id('D');
        self.channels.push(Channel::new(&id, "", ChannelKind::Dm, &[user, bot]));
        id
    }

    /// A message that the API can see.
    pub(super) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages.get(channel)?.get(ts).filter(|message| !message.deleted)
    }

    pub(super) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages.get_mut(channel)?.get_mut(ts).filter(|message| !message.deleted)
    }

    /// A message a person sees: of the channel, or an ephemeral one meant for them.
    pub(super) fn seen_mut(&mut self, user: &str, channel: &str, ts: &str) -> Option<&mut Message> {
        let shown =
            |m: &Message| !m.deleted && m.ts == ts && m.channel == channel && m.ephemeral_to.as_deref() == Some(user);
        if let Some(at) = self.ephemerals.iter().position(shown) {
            return self.ephemerals.get_mut(at);
        }
        self.message_mut(channel, ts)
    }

    pub(super) fn put(&mut self, message: Message) {
        if message.ephemeral_to.is_some() {
            self.ephemerals.push(message);
        } else {
            self.messages.entry(message.channel.clone()).or_default().insert(message.ts.clone(), message);
        }
    }

    /// Replies to `ts` in order, without the parent.
    pub(super) fn replies<'a>(&'a self, channel: &str, ts: &'a str) -> impl Iterator<Item = &'a Message> + 'a {
        self.messages
            .get(channel)
            .into_iter()
            .flat_map(move |all| all.range(ts.to_owned()..).map(|(_, message)| message))
            .filter(move |m| !m.deleted && m.ts != ts && m.thread_ts.as_deref() == Some(ts))
    }

    /// Takes the top view, or the whole stack, off a person's screen.
    pub(super) fn close_views(&mut self, user: &str, all: bool) {
        let Some(stack) = self.screens.get_mut(user) else { return };
        let keep = if all { 0 } else { stack.len().saturating_sub(1) };
        for id in stack.split_off(keep) {
            if let Some(view) = self.views.get_mut(&id) {
                view.open = false;
            }
        }
    }
}
