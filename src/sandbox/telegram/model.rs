//! The company as plain data: people, chats, members, topics, messages, files and commands.
//!
//! The methods and the people's side read and change it under one lock; it does no I/O and knows no clock.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// A person or bot (core.telegram.org/bots/api#user).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its id, also the id of the private chat with it.
    pub id: i64,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Name without `@`.
    pub username: Option<String>,
    /// IETF tag of the client's language.
    pub language_code: Option<String>,
    /// Whether the person started the bot; before, the bot may not write first.
    pub started: bool,
    /// Whether the person blocked the bot.
    pub blocked: bool,
}

impl User {
    /// A person who has started the bot and whose client speaks English.
    pub fn person(id: i64, first_name: &str, last_name: &str, username: Option<&str>) -> Self {
        Self {
            id,
            is_bot: false,
            first_name: first_name.to_owned(),
            last_name: Some(last_name.to_owned()),
            username: username.map(str::to_owned),
            language_code: Some("en".to_owned()),
            started: true,
            blocked: false,
        }
    }

    /// A bot.
    pub fn bot(id: i64, first_name: &str, username: &str) -> Self {
        Self {
            id,
            is_bot: true,
            first_name: first_name.to_owned(),
            last_name: None,
            username: Some(username.to_owned()),
            language_code: None,
            started: false,
            blocked: false,
        }
    }
}

/// What kind of chat it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// Between a person and the bot.
    Private,
    /// A basic group, which can be upgraded to a supergroup.
    Group,
    /// A supergroup, with or without topics.
    Supergroup,
    /// A channel: only administrators post.
    Channel,
}

impl ChatKind {
    /// As the Bot API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// What someone is in a chat (core.telegram.org/bots/api#chatmember).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Owns it.
    Creator,
    /// Has all rights a bot can have.
    Administrator,
    /// An ordinary member.
    Member,
    /// A member who may not write.
    Restricted,
    /// Not in the chat, but may return.
    Left,
    /// Banned.
    Kicked,
}

impl Status {
    /// Whether someone of this status is in the chat.
    pub fn is_in(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator | Self::Member | Self::Restricted)
    }

    /// Whether someone of this status administers the chat.
    pub fn is_admin(self) -> bool {
        matches!(self, Self::Creator | Self::Administrator)
    }

    /// As the Bot API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Administrator => "administrator",
            Self::Member => "member",
            Self::Restricted => "restricted",
            Self::Left => "left",
            Self::Kicked => "kicked",
        }
    }
}

/// Someone in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// User id.
    pub user: i64,
    /// What they are.
    pub status: Status,
}

/// A topic of a forum supergroup. The General topic is not among them: its messages carry no thread id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// `message_thread_id`, which is the id of the message that opened it.
    pub id: i64,
    /// Shown name, 1–128 characters.
    pub name: String,
    /// RGB colour of the icon.
    pub icon_color: i64,
    /// Custom emoji shown as the icon.
    pub icon_custom_emoji_id: Option<String>,
    /// Only administrators write to a closed topic.
    pub closed: bool,
}

impl Topic {
    /// An open topic with the usual icon.
    pub fn new(id: i64, name: &str) -> Self {
        Self { id, name: name.to_owned(), icon_color: 7_322_096, icon_custom_emoji_id: None, closed: false }
    }
}

/// A chat and who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chat {
    /// Positive for private chats, negative for groups, below −10¹² for supergroups and channels.
    pub id: i64,
    /// What kind it is.
    pub kind: ChatKind,
    /// Title; empty in private chats.
    pub title: String,
    /// Public name without `@`.
    pub username: Option<String>,
    /// Whether a supergroup has topics.
    pub is_forum: bool,
    /// Who is, or was, in it.
    pub members: Vec<Member>,
    /// Topics beside General.
    pub topics: Vec<Topic>,
    /// Whether the General topic is closed.
    pub general_closed: bool,
    /// Whether ordinary members may write.
    pub can_send: bool,
    /// Pinned messages, oldest pin first.
    pub pinned: Vec<i64>,
    /// The supergroup that a basic group became.
    pub migrated_to: Option<i64>,
    /// The basic group that a supergroup was.
    pub migrated_from: Option<i64>,
}

impl Chat {
    fn new(id: i64, kind: ChatKind, title: &str, members: &[(i64, Status)]) -> Self {
        Self {
            id,
            kind,
            title: title.to_owned(),
            username: None,
            is_forum: false,
            members: members.iter().map(|&(user, status)| Member { user, status }).collect(),
            topics: Vec::new(),
            general_closed: false,
            can_send: true,
            pinned: Vec::new(),
            migrated_to: None,
            migrated_from: None,
        }
    }

    /// The private chat with a person.
    pub fn private(user: i64) -> Self {
        Self::new(user, ChatKind::Private, "", &[(user, Status::Member)])
    }

    /// A basic group.
    pub fn group(id: i64, title: &str, members: &[(i64, Status)]) -> Self {
        Self::new(id, ChatKind::Group, title, members)
    }

    /// A supergroup without topics.
    pub fn supergroup(id: i64, title: &str, username: Option<&str>, members: &[(i64, Status)]) -> Self {
        let username = username.map(str::to_owned);
        Self { username, ..Self::new(id, ChatKind::Supergroup, title, members) }
    }

    /// A supergroup with topics.
    pub fn forum(id: i64, title: &str, topics: &[(i64, &str)], members: &[(i64, Status)]) -> Self {
        let topics = topics.iter().map(|&(id, name)| Topic::new(id, name)).collect();
        Self { is_forum: true, topics, ..Self::new(id, ChatKind::Supergroup, title, members) }
    }

    /// A channel.
    pub fn channel(id: i64, title: &str, username: Option<&str>, members: &[(i64, Status)]) -> Self {
        let username = username.map(str::to_owned);
        Self { username, ..Self::new(id, ChatKind::Channel, title, members) }
    }

    /// What `user` is in this chat; `Left` when never seen there.
    pub fn status(&self, user: i64) -> Status {
        self.members.iter().find(|member| member.user == user).map_or(Status::Left, |member| member.status)
    }

    /// Whether `user` is in it.
    pub fn has(&self, user: i64) -> bool {
        self.status(user).is_in()
    }

    /// A topic by its thread id.
    pub fn topic(&self, id: i64) -> Option<&Topic> {
        self.topics.iter().find(|topic| topic.id == id)
    }

    pub(super) fn topic_mut(&mut self, id: i64) -> Option<&mut Topic> {
        self.topics.iter_mut().find(|topic| topic.id == id)
    }

    pub(super) fn set_status(&mut self, user: i64, status: Status) {
        match self.members.iter_mut().find(|member| member.user == user) {
            Some(member) => member.status = status,
            None => self.members.push(Member { user, status }),
        }
    }

    /// Whether this is a group or supergroup.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, ChatKind::Group | ChatKind::Supergroup)
    }
}

/// Whether an attachment is a document or a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Any file, sent as it is.
    Document,
    /// A picture that Telegram may recompress.
    Photo,
}

/// A file that a message carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Document or photo.
    pub kind: FileKind,
    /// For sending it again or for `getFile`.
    pub file_id: String,
    /// The same for every bot and for all time.
    pub unique_id: String,
    /// Its name; photos have none.
    pub name: Option<String>,
    /// Media type.
    pub mime: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Where `/file/bot<token>/…` serves it.
    pub path: String,
    /// Width and height of a photo, in pixels.
    pub pixels: Option<(u32, u32)>,
}

/// One person's emoji on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// Who reacted; the bot too.
    pub user: i64,
    /// The emoji.
    pub emoji: String,
}

/// A message as it stands in a chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Message {
    /// Chat id.
    pub chat: i64,
    /// Its id, rising within the chat.
    pub id: i64,
    /// When it was sent, in Unix seconds.
    pub date: i64,
    /// When it was last edited.
    pub edit_date: Option<i64>,
    /// Whom the Bot API names as author; none for channel posts.
    pub from: Option<i64>,
    /// Who wrote it, channel posts included.
    pub author: i64,
    /// The channel that posted it.
    pub sender_chat: Option<i64>,
    /// Plain text, or the caption beside a file.
    pub text: String,
    /// Entities of the text (core.telegram.org/bots/api#messageentity), offsets in UTF-16 units.
    pub entities: Vec<Value>,
    /// Thread id of its topic; none in General and outside forums.
    pub topic: Option<i64>,
    /// The message that it answers, in the same chat.
    pub reply_to: Option<i64>,
    /// Keyboard or force-reply, as the bot sent it.
    pub reply_markup: Option<Value>,
    /// What it carries.
    pub file: Option<Attachment>,
    /// Further Bot API fields: of a service message, or `forward_origin`.
    pub extra: Map<String, Value>,
    /// Whether it is a service message: `extra` says which.
    pub service: bool,
    /// Reactions in order.
    pub reactions: Vec<Reaction>,
    /// Deleted messages stay here for tests but are invisible to everyone.
    pub deleted: bool,
}

impl Message {
    /// The buttons of its inline keyboard, row by row.
    pub fn keyboard(&self) -> Vec<Vec<&Value>> {
        let rows = self.reply_markup.as_ref().and_then(|markup| markup["inline_keyboard"].as_array());
        rows.into_iter().flatten().filter_map(Value::as_array).map(|row| row.iter().collect()).collect()
    }

    /// Label and callback data of every button of its inline keyboard.
    pub fn buttons(&self) -> Vec<(String, Option<String>)> {
        let text = |button: &Value, name: &str| button[name].as_str().map(str::to_owned);
        let all = self.keyboard().into_iter().flatten();
        all.map(|button| (text(button, "text").unwrap_or_default(), text(button, "callback_data"))).collect()
    }
}

/// A file that Telegram keeps.
#[derive(Clone, Debug)]
pub(super) struct StoredFile {
    pub(super) attachment: Attachment,
    pub(super) content: Vec<u8>,
}

/// A press of a button that is neither answered nor too old.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    pub(super) user: i64,
    pub(super) chat: i64,
    pub(super) message: i64,
    pub(super) expires: Timestamp,
}

/// What the bot told a person who pressed a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Toast {
    /// Who sees it.
    pub user: i64,
    /// In which chat the button was.
    pub chat: i64,
    /// On which message the button was.
    pub message: i64,
    /// What it says; none when only the waiting ended.
    pub text: Option<String>,
    /// Whether it is a window with a button instead of a line that fades.
    pub alert: bool,
    /// Link that the client opens.
    pub url: Option<String>,
    /// When, by the fake's clock.
    pub at: Timestamp,
}

/// A command list of one scope and language.
#[derive(Clone, Debug)]
pub(super) struct CommandList {
    pub(super) scope: Value,
    pub(super) language: String,
    pub(super) commands: Vec<(String, String)>,
}

/// Everything the company holds.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) chats: Vec<Chat>,
    pub(super) messages: HashMap<i64, BTreeMap<i64, Message>>,
    /// Highest message id given out, per supergroup or channel; 0 stands for all other chats together.
    pub(super) last_message: HashMap<i64, i64>,
    /// By file id.
    pub(super) files: BTreeMap<String, StoredFile>,
    /// By callback query id.
    pub(super) callbacks: BTreeMap<String, Callback>,
    pub(super) toasts: Vec<Toast>,
    pub(super) commands: Vec<CommandList>,
    pub(super) actions: Vec<(i64, String)>,
    pub(super) serial: u64,
}

impl World {
    pub(super) fn user(&self, id: i64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn user_mut(&mut self, id: i64) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    pub(super) fn chat(&self, id: i64) -> Option<&Chat> {
        self.chats.iter().find(|chat| chat.id == id)
    }

    pub(super) fn chat_mut(&mut self, id: i64) -> Option<&mut Chat> {
        self.chats.iter_mut().find(|chat| chat.id == id)
    }

    /// A public chat by its name, with or without `@`.
    pub(super) fn public(&self, name: &str) -> Option<&Chat> {
        let name = name.trim_start_matches('@');
        let named = |chat: &&Chat| chat.username.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.chats.iter().find(named)
    }

    /// A message that was not deleted.
    pub(super) fn message(&self, chat: i64, id: i64) -> Option<&Message> {
        self.messages.get(&chat)?.get(&id).filter(|message| !message.deleted)
    }

    pub(super) fn message_mut(&mut self, chat: i64, id: i64) -> Option<&mut Message> {
        self.messages.get_mut(&chat)?.get_mut(&id).filter(|message| !message.deleted)
    }

    /// An id for the next message. Private chats and basic groups share the bot account's counter, as on the servers.
    pub(super) fn next_message(&mut self, chat: i64) -> i64 {
        let kind = self.chat(chat).map(|chat| chat.kind);
        let own = matches!(kind, Some(ChatKind::Supergroup | ChatKind::Channel));
        let last = self.last_message.entry(if own { chat } else { 0 }).or_insert(if own { 1 } else { 40 });
        *last += 1;
        *last
    }

    /// Leaves ids up to `id` to messages that are there from the beginning.
    pub(super) fn reserve_messages(&mut self, chat: i64, id: i64) {
        let last = self.last_message.entry(chat).or_insert(1);
        *last = (*last).max(id);
    }

    /// Puts a message into its chat, or replaces it.
    pub(super) fn put(&mut self, message: Message) {
        self.messages.entry(message.chat).or_default().insert(message.id, message);
    }

    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Whether the bot could know this person: by a chat with it, or by one that both are in.
    pub(super) fn known(&self, user: i64, bot: i64) -> bool {
        self.user(user).is_some_and(|person| {
            person.started || self.chats.iter().any(|chat| chat.has(bot) && chat.members.iter().any(|m| m.user == user))
        })
    }
}
