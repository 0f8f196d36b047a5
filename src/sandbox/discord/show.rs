//! How the API shows things: users, members, channels, guilds and messages as JSON.
//!
//! Follows the objects of docs.discord.com/developers/resources. It only reads.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Inner,
    gateway::intents::MESSAGE_CONTENT,
    model::{Attachment, Channel, ChannelKind, Guild, Member, Message, Role, User, Webhook},
    perm,
    world::World,
};

/// A time as Discord writes it.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

pub(super) fn user(user: &User) -> Value {
    json!({
        "id": user.id,
        "username": user.username,
        "discriminator": if user.bot { "0001" } else { "0" },
        "global_name": user.global_name,
        "avatar": null,
        "avatar_decoration_data": null,
        "collectibles": null,
        "primary_guild": null,
        "clan": null,
        "public_flags": 0,
        "flags": 0,
        "bot": user.bot,
        "banner": null,
        "accent_color": null,
    })
}

/// A member without its user, as events on messages carry it.
pub(super) fn partial_member(member: &Member) -> Value {
    json!({
        "roles": member.roles,
        "nick": member.nick,
        "avatar": null,
        "banner": null,
        "joined_at": time(member.joined_at),
        "premium_since": null,
        "communication_disabled_until": null,
        "flags": 0,
        "pending": false,
        "deaf": false,
        "mute": false,
    })
}

pub(super) fn member(world: &World, member: &Member) -> Value {
    let mut shown = partial_member(member);
    shown["user"] = world.user(&member.user).map_or(Value::Null, user);
    shown
}

pub(super) fn role(role: &Role) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "description": null,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": null, "tertiary_color": null},
        "hoist": false,
        "icon": null,
        "unicode_emoji": null,
        "position": role.position,
        "permissions": role.permissions.to_string(),
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    })
}

/// A thread membership.
pub(super) fn thread_member(thread: &Channel, user: &str, at: Timestamp) -> Value {
    json!({"id": thread.id, "user_id": user, "join_timestamp": time(at), "flags": 0})
}

pub(super) fn channel(world: &World, channel: &Channel, bot: &str) -> Value {
    let mut shown = json!({
        "id": channel.id,
        "type": channel.kind.number(),
        "flags": 0,
        "last_message_id": channel.last_message_id,
    });
    if channel.kind == ChannelKind::Dm {
        let others = channel.recipients.iter().filter(|one| *one != bot);
        shown["recipients"] = others.filter_map(|one| world.user(one)).map(user).collect();
        return shown;
    }
    shown["guild_id"] = json!(channel.guild);
    shown["name"] = json!(channel.name);
    shown["parent_id"] = json!(channel.parent);
    shown["rate_limit_per_user"] = json!(0);
    let Some(thread) = &channel.thread else {
        shown["position"] = json!(channel.position);
        shown["nsfw"] = json!(false);
        shown["topic"] = json!(channel.topic);
        let overwrite = |one: &super::model::Overwrite| json!({"id": one.id, "type": one.kind, "allow": one.allow.to_string(), "deny": one.deny.to_string()});
        shown["permission_overwrites"] = channel.overwrites.iter().map(overwrite).collect();
        return shown;
    };
    let standing = world.standing(&channel.id).filter(|message| message.kind != 21).count();
    shown["owner_id"] = json!(thread.owner_id);
    shown["message_count"] = json!(standing);
    shown["total_message_sent"] = json!(thread.sent);
    shown["member_count"] = json!(thread.members.len().min(50));
    shown["thread_metadata"] = json!({
        "archived": thread.archived,
        "archive_timestamp": time(thread.archive_timestamp),
        "auto_archive_duration": thread.auto_archive_duration,
        "locked": thread.locked,
    });
    if channel.kind == ChannelKind::PrivateThread {
        shown["thread_metadata"]["invitable"] = json!(thread.invitable);
    }
    if thread.members.iter().any(|one| one == bot) {
        shown["member"] = thread_member(channel, bot, thread.archive_timestamp);
    }
    shown
}

/// A channel as interactions carry it, with what this user may do in it.
pub(super) fn partial_channel(world: &World, one: &Channel, user: &str, bot: &str) -> Value {
    let mut shown = channel(world, one, bot);
    shown["permissions"] = json!(perm::in_channel(world, user, one).to_string());
    shown
}

/// A guild without its members and channels.
pub(super) fn guild(guild: &Guild) -> Value {
    json!({
        "id": guild.id,
        "name": guild.name,
        "icon": null,
        "description": null,
        "home_header": null,
        "splash": null,
        "discovery_splash": null,
        "features": [],
        "banner": null,
        "owner_id": guild.owner_id,
        "application_id": null,
        "region": "us-west",
        "afk_channel_id": null,
        "afk_timeout": 300,
        "system_channel_id": null,
        "system_channel_flags": 0,
        "widget_enabled": false,
        "widget_channel_id": null,
        "verification_level": 0,
        "roles": guild.roles.iter().map(role).collect::<Vec<_>>(),
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": null,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": null,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": null,
        "safety_alerts_channel_id": null,
        "public_updates_channel_id": null,
        "premium_progress_bar_enabled": false,
        "nsfw": false,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": null,
    })
}

/// A guild as `GUILD_CREATE` carries it. Without the intent, only the bot is among the members.
pub(super) fn full_guild(inner: &Inner, world: &World, one: &Guild, all_members: bool) -> Value {
    let bot = inner.setup.bot.id.as_str();
    let mut shown = guild(one);
    let joined = one.member(bot).map(|member| time(member.joined_at));
    shown["joined_at"] = json!(joined);
    shown["large"] = json!(false);
    shown["unavailable"] = json!(false);
    shown["member_count"] = json!(one.members.len());
    shown["voice_states"] = json!([]);
    let members = one.members.iter().filter(|member| all_members || member.user == bot);
    shown["members"] = members.map(|one| member(world, one)).collect();
    let seen = |channel: &&Channel| perm::sees(world, bot, channel);
    let (threads, channels): (Vec<_>, Vec<_>) = one.channels.iter().partition(|channel| channel.thread.is_some());
    // Channels that the bot cannot see are listed all the same; only their messages are kept from it.
    shown["channels"] = channels.into_iter().map(|one| channel(world, one, bot)).collect();
    let active = threads.into_iter().filter(|one| one.thread.as_ref().is_some_and(|thread| !thread.archived));
    shown["threads"] = active.filter(seen).map(|one| channel(world, one, bot)).collect();
    for empty in ["presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
        shown[empty] = json!([]);
    }
    shown
}

pub(super) fn webhook(inner: &Inner, world: &World, one: &Webhook) -> Value {
    let own = one.application.as_deref() == Some(inner.setup.application_id.as_str());
    let mut shown = json!({
        "id": one.id,
        "type": 1,
        "guild_id": one.guild,
        "channel_id": one.channel,
        "name": one.name,
        "avatar": null,
        "application_id": one.application,
        "user": world.user(&one.user).map(user),
    });
    if own || one.application.is_none() {
        shown["token"] = json!(one.token);
        shown["url"] = json!(format!("{}/api/webhooks/{}/{}", inner.base(), one.id, one.token));
    }
    shown
}

fn attachment(file: &Attachment) -> Value {
    let mut shown = json!({
        "id": file.id,
        "filename": file.filename,
        "size": file.size,
        "url": file.url,
        "proxy_url": file.url,
        "content_scan_version": 0,
    });
    if let Some(description) = &file.description {
        shown["description"] = json!(description);
    }
    if let Some(kind) = &file.content_type {
        shown["content_type"] = json!(kind);
    }
    if file.ephemeral {
        shown["ephemeral"] = json!(true);
    }
    shown
}

/// An emoji as reactions carry it.
pub(super) fn emoji(emoji: &str) -> Value {
    match emoji.rsplit_once(':') {
        Some((name, id)) => json!({"id": id, "name": name}),
        None => json!({"id": null, "name": emoji}),
    }
}

fn author(world: &World, message: &Message) -> Value {
    match (&message.webhook_id, world.user(&message.author)) {
        (_, Some(author)) => user(author),
        (Some(id), None) => json!({
            "id": id,
            "username": message.webhook_name,
            "avatar": null,
            "discriminator": "0000",
            "public_flags": 0,
            "flags": 0,
            "bot": true,
            "global_name": null,
            "clan": null,
            "primary_guild": null,
        }),
        (None, None) => json!({
            "id": message.author,
            "username": "Deleted User",
            "avatar": null,
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
            "global_name": null,
            "primary_guild": null,
        }),
    }
}

impl Inner {
    /// Whether what people wrote in this message is kept from the app when it lacks the intent `MESSAGE_CONTENT`.
    pub(super) fn is_private(&self, world: &World, message: &Message) -> bool {
        let bot = self.setup.bot.id.as_str();
        let direct = world.channel(&message.channel).is_some_and(|channel| channel.guild.is_none());
        let own = message.author == bot || message.webhook_id.as_deref() == Some(self.setup.application_id.as_str());
        !own && !direct && !message.mentions.iter().any(|user| user == bot)
    }

    /// A message as this app may see it over HTTP.
    pub(super) fn shown(&self, world: &World, one: &Message) -> Value {
        let blank = self.setup.privileged & MESSAGE_CONTENT == 0 && self.is_private(world, one);
        message(self, world, one, blank, true)
    }
}

/// A message. `blank` leaves out what people wrote; `deep` adds the message it replies to.
pub(super) fn message(inner: &Inner, world: &World, one: &Message, blank: bool, deep: bool) -> Value {
    let bot = inner.setup.bot.id.as_str();
    let mentions: Vec<_> = one.mentions.iter().filter_map(|id| world.user(id)).map(user).collect();
    let mut shown = json!({
        "id": one.id,
        "channel_id": one.channel,
        "author": author(world, one),
        "content": one.content,
        "timestamp": time(one.at),
        "edited_timestamp": one.edited_at.map(time),
        "tts": false,
        "mention_everyone": one.mention_everyone,
        "mentions": mentions,
        "mention_roles": one.mention_roles,
        "attachments": one.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "embeds": one.embeds,
        "components": one.components,
        "pinned": false,
        "type": one.kind,
        "flags": one.flags,
    });
    if blank {
        shown["content"] = json!("");
        for key in ["attachments", "embeds", "components"] {
            shown[key] = json!([]);
        }
    }
    let optional = [
        ("nonce", one.nonce.clone()),
        ("webhook_id", one.webhook_id.clone().map(Value::String)),
        ("interaction_metadata", one.interaction.clone()),
        ("message_reference", one.reference.clone()),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            shown[key] = value;
        }
    }
    if one.webhook_id.is_some() || one.author == bot {
        let own = one.webhook_id.as_deref().is_none_or(|id| id == inner.setup.application_id);
        if own && one.webhook_id.is_some() {
            shown["application_id"] = json!(inner.setup.application_id);
        }
    }
    if !one.reactions.is_empty() {
        let reaction = |reaction: &super::model::Reaction| {
            let count = reaction.users.len();
            json!({
                "emoji": emoji(&reaction.emoji),
                "count": count,
                "count_details": {"burst": 0, "normal": count},
                "burst_colors": [],
                "me_burst": false,
                "burst_me": false,
                "burst_count": 0,
                "me": reaction.users.iter().any(|user| user == bot),
            })
        };
        shown["reactions"] = one.reactions.iter().map(reaction).collect();
    }
    if let Some(thread) = one.thread.as_deref().and_then(|id| world.channel(id)) {
        shown["thread"] = channel(world, thread, bot);
    }
    if deep && one.kind == 19 {
        let reference = one.reference.as_ref();
        let place = reference.map(|to| (to["channel_id"].as_str(), to["message_id"].as_str()));
        let target = match place {
            Some((Some(channel), Some(id))) => world.message(channel, id),
            _ => None,
        };
        shown["referenced_message"] = target.map_or(Value::Null, |target| {
            let blank = blank_too(inner, world, target, blank);
            message(inner, world, target, blank, false)
        });
    }
    shown
}

/// A quoted message is kept back by its own contents, where the one that quotes it is or where nothing is allowed.
fn blank_too(inner: &Inner, world: &World, target: &Message, blank: bool) -> bool {
    (blank || inner.setup.privileged & MESSAGE_CONTENT == 0) && inner.is_private(world, target)
}
