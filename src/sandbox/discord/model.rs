//! The data of the fake: people, guilds, channels, messages, webhooks and modals.
//!
//! The API handlers and the person side read and change it under one lock (`world`); it does no I/O.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::perm;

/// A Discord account.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct User {
    /// Snowflake.
    pub id: String,
    /// Unique name without `@`.
    pub username: String,
    /// Display name.
    pub global_name: Option<String>,
    /// Whether this is an application's bot user.
    pub bot: bool,
    /// Whether strangers of the same guild may write direct messages.
    pub dms_open: bool,
}

impl User {
    /// A person.
    pub fn person(id: &str, username: &str, name: &str) -> Self {
        Self { id: id.into(), username: username.into(), global_name: Some(name.into()), bot: false, dms_open: true }
    }

    /// A bot user.
    pub fn robot(id: &str, username: &str) -> Self {
        Self { id: id.into(), username: username.into(), global_name: None, bot: true, dms_open: true }
    }
}

/// A role of a guild. The role whose id is the guild's is `@everyone`.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Role {
    /// Snowflake.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Bit set of what it grants everywhere.
    pub permissions: u64,
    /// Whether everyone may mention it.
    pub mentionable: bool,
    /// Rank; higher outranks.
    pub position: u64,
    /// RGB, 0 for none.
    pub color: u64,
    /// Whether it belongs to an integration, as a bot's own role does.
    pub managed: bool,
}

/// Someone's membership of a guild.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Member {
    /// Whose.
    pub user: String,
    /// Role ids, without `@everyone`.
    pub roles: Vec<String>,
    /// Name in this guild only.
    pub nick: Option<String>,
    /// Since when.
    pub joined_at: Timestamp,
}

/// What a channel is; the number is Discord's.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[repr(u8)]
pub enum ChannelKind {
    /// Text channel of a guild.
    Text = 0,
    /// Direct messages of two people.
    Dm = 1,
    /// Heading over channels.
    Category = 4,
    /// Text channel whose messages others can follow.
    Announcement = 5,
    /// Thread of an announcement channel.
    AnnouncementThread = 10,
    /// Thread that everyone in the channel sees.
    PublicThread = 11,
    /// Thread for invited people.
    PrivateThread = 12,
    /// Channel that holds threads only.
    Forum = 15,
}

impl ChannelKind {
    /// Discord's number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Whether this is any kind of thread.
    pub fn is_thread(self) -> bool {
        matches!(self, Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread)
    }

    /// Whether messages can be in it.
    pub fn holds_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum)
    }
}

/// What a channel allows or denies a role or member, over what their roles grant.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Overwrite {
    /// Role or user id.
    pub id: String,
    /// 0 for a role, 1 for a member.
    pub kind: u8,
    /// Bits granted.
    pub allow: u64,
    /// Bits denied.
    pub deny: u64,
}

/// What only threads have.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ThreadInfo {
    /// Who started it.
    pub owner_id: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether only moderators can unarchive it.
    pub locked: bool,
    /// Minutes of quiet until it is archived.
    pub auto_archive_duration: u64,
    /// When it was last archived or opened.
    pub archive_timestamp: Timestamp,
    /// Who joined, with when.
    pub members: Vec<String>,
    /// Whether members may add people to a private thread.
    pub invitable: bool,
    /// Messages ever sent into it.
    pub sent: u64,
}

/// A channel of any kind, threads and direct messages included.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Channel {
    /// Snowflake; a thread has the id of the message it was started from.
    pub id: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Its guild; none for direct messages.
    pub guild: Option<String>,
    /// Shown name without `#`; empty for direct messages.
    pub name: String,
    /// Line under the name.
    pub topic: Option<String>,
    /// Category of a channel, channel of a thread.
    pub parent: Option<String>,
    /// Sorting position.
    pub position: u64,
    /// Exceptions from what roles grant.
    pub overwrites: Vec<Overwrite>,
    /// Both ends of direct messages.
    pub recipients: Vec<String>,
    /// What only threads have.
    pub thread: Option<ThreadInfo>,
    /// Newest message ever sent.
    pub last_message_id: Option<String>,
}

impl Channel {
    /// A text channel that everyone of the guild sees.
    pub fn text(id: &str, guild: &str, name: &str) -> Self {
        Self {
            id: id.into(),
            kind: ChannelKind::Text,
            guild: Some(guild.into()),
            name: name.into(),
            topic: None,
            parent: None,
            position: 0,
            overwrites: Vec::new(),
            recipients: Vec::new(),
            thread: None,
            last_message_id: None,
        }
    }

    /// A text channel that only these users see.
    pub fn private(id: &str, guild: &str, name: &str, users: &[&str]) -> Self {
        let mut channel = Self::text(id, guild, name);
        channel.overwrites.push(Overwrite { id: guild.into(), kind: 0, allow: 0, deny: perm::VIEW_CHANNEL });
        let seeing =
            users.iter().map(|&user| Overwrite { id: user.into(), kind: 1, allow: perm::VIEW_CHANNEL, deny: 0 });
        channel.overwrites.extend(seeing);
        channel
    }

    /// The same channel under a category.
    pub fn under(mut self, category: &str) -> Self {
        self.parent = Some(category.into());
        self
    }

    /// The same channel at another place in the list.
    pub fn at(mut self, position: u64) -> Self {
        self.position = position;
        self
    }
}

/// A guild, which Discord's people call a server.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Guild {
    /// Snowflake; also the id of its `@everyone` role.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Its owner, who may do anything.
    pub owner_id: String,
    /// Roles, `@everyone` among them.
    pub roles: Vec<Role>,
    /// Members, the bot among them where it is in.
    pub members: Vec<Member>,
    /// Channels, active and archived threads included.
    pub channels: Vec<Channel>,
    /// Whether the application is installed.
    pub has_bot: bool,
}

impl Guild {
    /// The membership of this user.
    pub fn member(&self, user: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.user == user)
    }
}

/// A file on a message.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Attachment {
    /// Snowflake.
    pub id: String,
    /// Name of the file.
    pub filename: String,
    /// Alternative text.
    pub description: Option<String>,
    /// Media type as it was uploaded.
    pub content_type: Option<String>,
    /// Bytes.
    pub size: usize,
    /// Where it can be read.
    pub url: String,
    /// Whether it goes away with an ephemeral message.
    pub ephemeral: bool,
}

/// Who reacted with one emoji.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Reaction {
    /// A Unicode emoji, or `name:id`.
    pub emoji: String,
    /// User ids in the order they reacted.
    pub users: Vec<String>,
}

/// A message, deleted and ephemeral ones included.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Message {
    /// Snowflake.
    pub id: String,
    /// Channel id.
    pub channel: String,
    /// User id; the webhook's id where a webhook wrote.
    pub author: String,
    /// Text.
    pub content: String,
    /// Embeds as the API shows them.
    pub embeds: Vec<Value>,
    /// Components as the API shows them.
    pub components: Vec<Value>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Reactions in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// Message flags.
    pub flags: u64,
    /// Message type: 0 ordinary, 19 reply, 20 answer to a slash command, 21 starter of a thread, 23 to a context menu.
    pub kind: u64,
    /// What the sender called it.
    pub nonce: Option<Value>,
    /// What it replies to, as the API shows it.
    pub reference: Option<Value>,
    /// Users who were notified.
    pub mentions: Vec<String>,
    /// Roles that were notified.
    pub mention_roles: Vec<String>,
    /// Whether everyone was notified.
    pub mention_everyone: bool,
    /// When it was sent.
    pub at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// The webhook it came through; the application's id for answers to interactions.
    pub webhook_id: Option<String>,
    /// Name a webhook gave itself.
    pub webhook_name: Option<String>,
    /// The interaction it answers, as the API shows it in `interaction_metadata`.
    pub interaction: Option<Value>,
    /// Token of the interaction it was sent with.
    #[serde(skip)]
    pub(super) token: Option<String>,
    /// The only person who sees it.
    pub ephemeral_to: Option<String>,
    /// Thread that was started from it.
    pub thread: Option<String>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// `flags`: link previews are hidden.
pub(super) const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// `flags`: a thread was started from the message.
pub(super) const HAS_THREAD: u64 = 1 << 5;
/// `flags`: only one person sees it.
pub(super) const EPHEMERAL: u64 = 1 << 6;
/// `flags`: a deferred answer that shows "thinking".
pub(super) const LOADING: u64 = 1 << 7;
/// `flags`: nobody is notified.
pub(super) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
/// `flags`: built from components alone.
pub(super) const COMPONENTS_V2: u64 = 1 << 15;

impl Message {
    /// An ordinary message with nothing in it yet.
    pub(super) fn new(id: String, channel: &str, author: &str, at: Timestamp) -> Self {
        Self {
            id,
            channel: channel.to_owned(),
            author: author.to_owned(),
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            reactions: Vec::new(),
            flags: 0,
            kind: 0,
            nonce: None,
            reference: None,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            at,
            edited_at: None,
            webhook_id: None,
            webhook_name: None,
            interaction: None,
            token: None,
            ephemeral_to: None,
            thread: None,
            deleted: false,
        }
    }

    /// Whether only one person sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    /// Whether it is a deferred answer that still shows "thinking".
    pub fn is_loading(&self) -> bool {
        self.flags & LOADING != 0
    }

    /// Buttons in reading order: label, and custom id unless it is a link.
    pub fn buttons(&self) -> Vec<(String, Option<String>)> {
        let mut found = Vec::new();
        walk(&self.components, &mut |component| {
            if component["type"] == 2 {
                let label = component["label"].as_str().unwrap_or_default().to_owned();
                found.push((label, component["custom_id"].as_str().map(str::to_owned)));
            }
        });
        found
    }

    /// All that can be read: the content, then the texts of embeds and of components, a line each.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if !self.content.is_empty() {
            lines.push(self.content.clone());
        }
        for embed in &self.embeds {
            let parts = [&embed["author"]["name"], &embed["title"], &embed["description"]];
            lines.extend(parts.into_iter().filter_map(Value::as_str).map(str::to_owned));
            for field in embed["fields"].as_array().into_iter().flatten() {
                let (name, value) = (field["name"].as_str(), field["value"].as_str());
                lines.push(format!("{}: {}", name.unwrap_or_default(), value.unwrap_or_default()));
            }
            lines.extend(embed["footer"]["text"].as_str().map(str::to_owned));
        }
        walk(&self.components, &mut |component| {
            if component["type"] == 10 {
                lines.extend(component["content"].as_str().map(str::to_owned));
            }
        });
        lines.join("\n")
    }
}

/// Visits every component in reading order, parents first.
pub(super) fn walk(components: &[Value], visit: &mut impl FnMut(&Value)) {
    for component in components {
        visit(component);
        if let Some(inside) = component["components"].as_array() {
            walk(inside, visit);
        }
        for single in ["component", "accessory"] {
            if component[single].is_object() {
                walk(std::slice::from_ref(&component[single]), visit);
            }
        }
    }
}

/// An open modal in front of someone.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Modal {
    /// Id of the interaction that opened it.
    pub id: String,
    /// In front of whom.
    pub user: String,
    /// Where it was opened.
    pub channel: String,
    /// What the app calls it.
    pub custom_id: String,
    /// Title line.
    pub title: String,
    /// Its components as they were sent, with ids.
    pub components: Vec<Value>,
    /// What the person was told when submitting failed.
    pub error: Option<String>,
    /// The message whose component opened it.
    #[serde(skip)]
    pub(super) message: Option<String>,
}

/// An incoming webhook of a channel.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Webhook {
    /// Snowflake.
    pub id: String,
    /// Secret part of its address.
    pub token: String,
    /// Where it writes.
    pub channel: String,
    /// Guild of the channel.
    pub guild: String,
    /// Name it writes under.
    pub name: String,
    /// Application that made it.
    pub application: Option<String>,
    /// User who made it.
    pub user: String,
}

/// One choice of an option or an autocompletion.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Choice {
    /// What the person sees.
    pub name: String,
    /// What the app gets.
    pub value: Value,
}
