//! Messages: listing, sending, editing, deleting (resources/message).

use serde_json::{Value, json};

use super::{
    super::{
        Inner,
        check::message::{self, Draft},
        model::{Channel, ChannelKind, Message},
        perm, show,
        world::{World, number},
    },
    Call, Refused, Reply, need,
};

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    if !channel.kind.holds_messages() {
        return Err(Refused::not_a_text_channel());
    }
    let limit = call.limit("limit", 50, 100)?;
    if bits & perm::READ_MESSAGE_HISTORY == 0 {
        return Reply::ok(json!([]));
    }
    let place = |name: &str| call.query(name).map(number);
    let all: Vec<_> = call.world.standing(&channel.id).collect();
    let id = |message: &&Message| number(&message.id);
    let found: Vec<&Message> = if let Some(around) = place("around") {
        let half = limit / 2;
        let before = all.iter().rev().copied().filter(|one| id(one) < around).take(half);
        let mut found: Vec<_> = before.collect();
        found.reverse();
        let left = limit - found.len();
        found.extend(all.iter().copied().filter(|one| id(one) >= around).take(left.min(half + 1)));
        found.into_iter().rev().collect()
    } else if let Some(after) = place("after") {
        let mut found: Vec<_> = all.iter().copied().filter(|one| id(one) > after).take(limit).collect();
        found.reverse();
        found
    } else {
        let before = place("before").unwrap_or(u64::MAX);
        all.iter().rev().copied().filter(|one| id(one) < before).take(limit).collect()
    };
    Reply::ok(found.into_iter().map(|one| call.inner.shown(call.world, one)).collect())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    need(bits, perm::READ_MESSAGE_HISTORY)?;
    let message = call.message(&channel, 1)?;
    Reply::ok(call.inner.shown(call.world, &message))
}

/// Whether the bot may write here now; opens an archived thread that is not locked.
fn admit(call: &mut Call<'_>, channel: &Channel, bits: u64) -> Result<(), Refused> {
    match channel.kind {
        ChannelKind::Category | ChannelKind::Forum => return Err(Refused::not_a_text_channel()),
        ChannelKind::Dm => {
            let bot = call.bot();
            let other = channel.recipients.iter().find(|one| **one != bot);
            let user = other.and_then(|other| call.world.user(other));
            let shared = |id: &str| call.world.guilds.iter().any(|guild| guild.has_bot && guild.member(id).is_some());
            if user.is_none_or(|user| !user.dms_open || !shared(&user.id)) {
                return Err(Refused::closed_to_messages());
            }
        }
        _ => {}
    }
    if !perm::writes(call.world, &call.bot(), channel) {
        return Err(Refused::missing_permissions());
    }
    let Some(thread) = &channel.thread else { return Ok(()) };
    if thread.locked && bits & perm::MANAGE_THREADS == 0 {
        return Err(Refused::thread_locked());
    }
    unarchive(call.inner, call.world, &channel.id);
    Ok(())
}

/// Whoever writes into an archived thread opens it, and joins it.
pub(crate) fn unarchive(inner: &Inner, world: &mut World, thread: &str) {
    let now = inner.now();
    let Some(channel) = world.channel_mut(thread) else { return };
    let Some(info) = channel.thread.as_mut().filter(|info| info.archived) else { return };
    info.archived = false;
    info.archive_timestamp = now;
    let channel = channel.clone();
    inner.tell_channel(world, "UPDATE", &channel, false);
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let draft = message::read(call.body, call.uploads, None, None)?;
    admit(call, &channel, bits)?;
    Inner::need_rights(&draft, bits)?;
    let bot = call.bot();
    let nonce = draft.nonce.as_ref().filter(|_| draft.enforce_nonce);
    let nonce = nonce.map(|nonce| format!("{bot}:{}", nonce.as_str().map_or_else(|| nonce.to_string(), str::to_owned)));
    if let Some(key) = &nonce
        && let Some(first) = call.world.nonce(key, call.now).cloned()
    {
        return Reply::ok(call.inner.shown(call.world, &first));
    }
    let mut message = Message::new(call.world.snowflake(call.now), &channel.id, &bot, call.now);
    refer(call, &channel, bits, &draft, &mut message)?;
    message.nonce.clone_from(&draft.nonce);
    call.inner.apply(call.world, &mut message, &draft, call.uploads, bits & perm::MENTION_EVERYONE != 0)?;
    call.world.put(message.clone());
    if let Some(key) = nonce {
        call.world.remember_nonce(key, &message);
    }
    join(call, &channel, &bot);
    call.inner.tell_message(call.world, "MESSAGE_CREATE", &message);
    Reply::ok(call.inner.shown(call.world, &message))
}

/// Whoever writes into a thread is a member of it.
fn join(call: &mut Call<'_>, channel: &Channel, user: &str) {
    let Some(slot) = call.world.channel_mut(&channel.id) else { return };
    let Some(info) = slot.thread.as_mut().filter(|info| !info.members.iter().any(|one| one == user)) else { return };
    info.members.push(user.to_owned());
    let thread = slot.clone();
    call.inner.tell_thread_members(&thread, &[user], &[]);
}

/// Makes the message a reply, if it is to be one.
fn refer(call: &Call<'_>, channel: &Channel, bits: u64, draft: &Draft, message: &mut Message) -> Result<(), Refused> {
    let Some(to) = &draft.reference else { return Ok(()) };
    if bits & perm::READ_MESSAGE_HISTORY == 0 {
        return Err(Refused::no_history());
    }
    let wrong = |code: &'static str, text: &str| Err(Refused::form_at("message_reference", code, text));
    if to.channel.as_ref().is_some_and(|other| *other != channel.id) {
        return wrong("MESSAGE_REFERENCE_CHANNEL_MISMATCH", "Cannot reply to a message in a different channel");
    }
    let target = call.world.message(&channel.id, &to.message).filter(|target| target.ephemeral_to.is_none());
    let Some(target) = target else {
        if to.fail {
            return wrong("MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message");
        }
        return Ok(());
    };
    if !matches!(target.kind, 0 | 19 | 20 | 23) {
        return wrong("REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message");
    }
    message.kind = 19;
    let mut reference = json!({"type": 0, "message_id": target.id, "channel_id": channel.id});
    if let Some(guild) = &channel.guild {
        reference["guild_id"] = json!(guild);
    }
    message.reference = Some(reference);
    Ok(())
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    if channel.thread.as_ref().is_some_and(|thread| thread.archived) {
        return Err(Refused::archived());
    }
    if !matches!(message.kind, 0 | 19 | 20 | 23) {
        return Err(Refused::system_message());
    }
    if message.author != call.bot() {
        return suppress(call, &message, bits);
    }
    let after = call.inner.rewrite(call.world, &channel.id, &message.id, call.body, call.uploads, None)?;
    Reply::ok(call.inner.shown(call.world, &after))
}

/// Of other people's messages, a moderator may hide the embeds, and no more.
fn suppress(call: &mut Call<'_>, message: &Message, bits: u64) -> Result<Reply, Refused> {
    let only_flags = call.body.as_object().is_some_and(|fields| fields.keys().all(|key| key == "flags"));
    let flags = call.body.get("flags").and_then(Value::as_u64);
    let (true, Some(flags)) = (only_flags, flags) else { return Err(Refused::not_the_author()) };
    need(bits, perm::MANAGE_MESSAGES)?;
    let bit = super::super::model::SUPPRESS_EMBEDS;
    let Some(slot) = call.world.message_mut(&message.channel, &message.id) else {
        return Err(Refused::unknown_message());
    };
    slot.flags = slot.flags & !bit | flags & bit;
    let after = slot.clone();
    call.inner.tell_message(call.world, "MESSAGE_UPDATE", &after);
    Reply::ok(call.inner.shown(call.world, &after))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    if message.author != call.bot() {
        need(bits, perm::MANAGE_MESSAGES)?;
    }
    forget(call.inner, call.world, &message);
    Reply::nothing()
}

/// Marks a message as gone, and tells.
pub(crate) fn forget(inner: &Inner, world: &mut World, message: &Message) {
    if let Some(slot) = world.message_mut(&message.channel, &message.id) {
        slot.deleted = true;
    }
    inner.tell_deleted(world, message);
}

impl Inner {
    /// Takes a channel out of its guild, with its threads.
    pub(crate) fn drop_channel(&self, world: &mut World, channel: &Channel) {
        self.tell_channel(world, "DELETE", channel, false);
        let guild = channel.guild.clone().unwrap_or_default();
        if let Some(guild) = world.guild_mut(&guild) {
            let gone = |one: &Channel| {
                one.id == channel.id || one.thread.is_some() && one.parent.as_deref() == Some(channel.id.as_str())
            };
            guild.channels.retain(|one| !gone(one));
        }
        world.webhooks.retain(|hook| hook.channel != channel.id);
    }

    /// Takes the application out of a guild: the bot, its webhooks and its commands there.
    pub(crate) fn leave(&self, world: &mut World, id: &str) {
        let bot = self.setup.bot.id.clone();
        let Some(guild) = world.guild_mut(id) else { return };
        guild.has_bot = false;
        guild.members.retain(|member| member.user != bot);
        let own = self.setup.application_id.as_str();
        world.webhooks.retain(|hook| hook.guild != id || hook.application.as_deref() != Some(own));
        world.commands.remove(id);
        self.emit_guild("GUILD_DELETE", id, |_| json!({"id": id}));
        self.changed();
    }

    /// Tells of a guild that the bot is in now.
    pub(crate) fn tell_guild(&self, world: &World, id: &str) {
        let Some(guild) = world.guild(id) else { return };
        self.emit_guild("GUILD_CREATE", id, |members| show::full_guild(self, world, guild, members));
    }
}
