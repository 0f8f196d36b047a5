//! Threads: starting, listing, joining (resources/channel, topics/threads).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        Inner,
        form::Form,
        gateway::intents::GUILD_MEMBERS,
        model::{Channel, ChannelKind, Message},
        perm, show,
        world::{World, number},
    },
    Call, Refused, Reply, need, snowflake,
};

fn read(call: &Call<'_>, kinds: &[i64]) -> Result<(String, Option<i64>, Option<u64>), Refused> {
    let mut form = Form::default();
    let name = form.text(call.body, "name", (1, 100), true).unwrap_or_default().to_owned();
    let kind = form.choice(call.body, "type", kinds, false);
    let duration = form.choice(call.body, "auto_archive_duration", &[60, 1440, 4320, 10080], false);
    form.integer(call.body, "rate_limit_per_user", (0, 21600), false);
    form.flag(call.body, "invitable");
    form.done()?;
    Ok((name, kind, duration.and_then(|duration| u64::try_from(duration).ok())))
}

/// From a message: the thread has the message's id.
pub(super) fn from_message(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    let (name, _, duration) = read(call, &[10, 11])?;
    if !matches!(channel.kind, ChannelKind::Text | ChannelKind::Announcement) {
        return Err(Refused::wrong_channel_type());
    }
    need(bits, perm::CREATE_PUBLIC_THREADS)?;
    let bot = call.bot();
    if call.world.channel(&message.id).is_some() {
        return Err(Refused::thread_exists());
    }
    let thread = call.inner.start_thread(call.world, &channel, Some(&message), &name, &bot, duration);
    Reply::created(show::channel(call.world, &thread, &bot))
}

/// Without a message.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let (name, kind, duration) = read(call, &[10, 11, 12])?;
    let kind = match kind.unwrap_or(12) {
        10 => ChannelKind::AnnouncementThread,
        11 => ChannelKind::PublicThread,
        _ => ChannelKind::PrivateThread,
    };
    let fits = match kind {
        ChannelKind::AnnouncementThread => channel.kind == ChannelKind::Announcement,
        _ => channel.kind == ChannelKind::Text,
    };
    if !fits {
        return Err(Refused::wrong_channel_type());
    }
    let private = kind == ChannelKind::PrivateThread;
    need(bits, if private { perm::CREATE_PRIVATE_THREADS } else { perm::CREATE_PUBLIC_THREADS })?;
    let bot = call.bot();
    let id = call.world.snowflake(call.now);
    let mut thread = World::new_thread(&id, &channel, kind, &name, &bot, call.now);
    if let (Some(info), Some(duration)) = (&mut thread.thread, duration) {
        info.auto_archive_duration = duration;
    }
    call.world.add_thread(thread.clone(), None);
    call.inner.tell_channel(call.world, "CREATE", &thread, true);
    Reply::created(show::channel(call.world, &thread, &bot))
}

impl Inner {
    /// Starts a thread, and tells.
    pub(crate) fn start_thread(
        &self,
        world: &mut World,
        parent: &Channel,
        from: Option<&Message>,
        name: &str,
        owner: &str,
        duration: Option<u64>,
    ) -> Channel {
        let now = self.now();
        let id = from.map_or_else(|| world.snowflake(now), |message| message.id.clone());
        let announcing = parent.kind == ChannelKind::Announcement;
        let kind = if announcing { ChannelKind::AnnouncementThread } else { ChannelKind::PublicThread };
        let mut thread = World::new_thread(&id, parent, kind, name, owner, now);
        if let (Some(info), Some(duration)) = (&mut thread.thread, duration) {
            info.auto_archive_duration = duration;
        }
        world.add_thread(thread.clone(), from.map(|message| message.id.as_str()));
        self.tell_channel(world, "CREATE", &thread, true);
        if let Some(message) = from {
            // Its first message only points to the message it was started from.
            let mut starter = Message::new(id, &thread.id, &message.author, now);
            starter.kind = 21;
            let reference =
                json!({"type": 0, "message_id": message.id, "channel_id": message.channel, "guild_id": thread.guild});
            starter.reference = Some(reference);
            world.put(starter);
            if let Some(message) = world.message(&message.channel, &message.id).cloned() {
                self.tell_message(world, "MESSAGE_UPDATE", &message);
            }
        }
        world.channel(&thread.id).cloned().unwrap_or(thread)
    }

    /// Archives threads that were quiet for as long as they are set to.
    pub(crate) fn archive_quiet(&self, now: Timestamp) {
        let mut world = super::super::lock(&self.world);
        let quiet = |channel: &&Channel| {
            channel.thread.as_ref().is_some_and(|info| {
                let last = channel.last_message_id.as_deref().and_then(|id| world.any_message(&channel.id, id));
                let last = last.map_or(info.archive_timestamp, |message| message.at.max(info.archive_timestamp));
                let minutes = i64::try_from(info.auto_archive_duration).unwrap_or(i64::MAX);
                !info.archived && now.duration_since(last).as_mins() >= minutes
            })
        };
        let done: Vec<_> = world.channels().filter(quiet).map(|channel| channel.id.clone()).collect();
        for id in done {
            self.archive(&mut world, &id, false);
        }
    }

    /// Archives a thread, and tells.
    pub(crate) fn archive(&self, world: &mut World, id: &str, locked: bool) {
        let now = self.now();
        let Some(channel) = world.channel_mut(id) else { return };
        let Some(info) = &mut channel.thread else { return };
        info.archived = true;
        info.locked |= locked;
        info.archive_timestamp = now;
        let channel = channel.clone();
        self.tell_channel(world, "UPDATE", &channel, false);
        self.changed();
    }
}

fn shown(call: &Call<'_>, mut threads: Vec<Channel>) -> Value {
    let bot = call.bot();
    threads.sort_by_key(|thread| std::cmp::Reverse(number(&thread.id)));
    let joined = threads.iter().filter_map(|thread| {
        let info = thread.thread.as_ref()?;
        let inside = info.members.contains(&bot);
        inside.then(|| show::thread_member(thread, &bot, info.archive_timestamp))
    });
    let members: Vec<_> = joined.collect();
    let threads: Vec<_> = threads.iter().map(|thread| show::channel(call.world, thread, &bot)).collect();
    json!({"threads": threads, "members": members})
}

/// Active threads of a guild that the bot sees.
pub(super) fn active(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let id = call.guild(0)?;
    let bot = call.bot();
    let guild = call.world.guild(&id).ok_or_else(Refused::unknown_guild)?;
    let active = guild.channels.iter().filter(|one| one.thread.as_ref().is_some_and(|info| !info.archived));
    let threads = active.filter(|one| perm::sees(call.world, &bot, one)).cloned().collect();
    let mut shown = shown(call, threads);
    shown["has_more"] = json!(false);
    Reply::ok(shown)
}

fn archived(call: &Call<'_>, private: bool) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    need(bits, perm::READ_MESSAGE_HISTORY)?;
    if private {
        need(bits, perm::MANAGE_THREADS)?;
    }
    let limit = call.limit("limit", 50, 100)?;
    let before = call.query("before").and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or(Timestamp::MAX);
    let when = |one: &Channel| one.thread.as_ref().map_or(Timestamp::MIN, |info| info.archive_timestamp);
    let all = call.world.threads(&channel.id).filter(|one| {
        let archived = one.thread.as_ref().is_some_and(|info| info.archived);
        archived && (one.kind == ChannelKind::PrivateThread) == private && when(one) < before
    });
    let mut all: Vec<_> = all.cloned().collect();
    all.sort_by_key(|one| std::cmp::Reverse(when(one)));
    let more = all.len() > limit;
    all.truncate(limit);
    let mut shown = shown(call, all);
    shown["has_more"] = json!(more);
    Reply::ok(shown)
}

pub(super) fn archived_public(call: &mut Call<'_>) -> Result<Reply, Refused> {
    archived(call, false)
}

pub(super) fn archived_private(call: &mut Call<'_>) -> Result<Reply, Refused> {
    archived(call, true)
}

pub(super) fn members(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, _) = call.channel(0)?;
    let info = channel.thread.as_ref().ok_or_else(Refused::wrong_channel_type)?;
    if call.inner.setup.privileged & GUILD_MEMBERS == 0 {
        return Err(Refused::missing_access());
    }
    let shown = info.members.iter().map(|user| show::thread_member(&channel, user, info.archive_timestamp));
    Reply::ok(shown.collect())
}

/// Joins (`@me`) or adds someone who sees the channel.
pub(super) fn add(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (mut thread, _) = call.channel(0)?;
    let user = if call.argument(1) == "@me" { call.bot() } else { call.argument(1).to_owned() };
    snowflake("user_id", &user)?;
    let Some(info) = &mut thread.thread else { return Err(Refused::wrong_channel_type()) };
    if info.archived {
        return Err(Refused::archived());
    }
    let guild = thread.guild.as_deref().and_then(|guild| call.world.guild(guild));
    if guild.is_none_or(|guild| guild.member(&user).is_none()) {
        return Err(Refused::unknown_member());
    }
    if !info.members.contains(&user) {
        info.members.push(user.clone());
        if let Some(slot) = call.world.channel_mut(&thread.id) {
            *slot = thread.clone();
        }
        call.inner.tell_thread_members(&thread, &[&user], &[]);
    }
    Reply::nothing()
}

pub(super) fn remove(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (mut thread, bits) = call.channel(0)?;
    let own = call.argument(1) == "@me";
    let user = if own { call.bot() } else { call.argument(1).to_owned() };
    let Some(info) = &mut thread.thread else { return Err(Refused::wrong_channel_type()) };
    if info.archived {
        return Err(Refused::archived());
    }
    if !own && info.owner_id != call.bot() {
        need(bits, perm::MANAGE_THREADS)?;
    }
    let before = info.members.len();
    info.members.retain(|one| *one != user);
    if info.members.len() < before {
        if let Some(slot) = call.world.channel_mut(&thread.id) {
            *slot = thread.clone();
        }
        call.inner.tell_thread_members(&thread, &[], &[&user]);
    }
    Reply::nothing()
}
