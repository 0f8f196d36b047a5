//! Channels and threads: looking, changing, deleting (resources/channel).

use serde_json::Value;

use super::{
    super::{form::Form, model::Channel, perm, show},
    Call, Refused, Reply,
    guilds::text_name,
    need,
};

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, _) = call.channel(0)?;
    Reply::ok(show::channel(call.world, &channel, &call.bot()))
}

pub(super) fn typing(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, _) = call.channel(0)?;
    if !perm::writes(call.world, &call.bot(), &channel) {
        return Err(Refused::missing_permissions());
    }
    Reply::nothing()
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    if channel.guild.is_none() {
        return Err(Refused::not_in_direct_messages());
    }
    let after = if channel.thread.is_some() { thread(call, channel, bits)? } else { plain(call, channel, bits)? };
    if let Some(slot) = call.world.channel_mut(&after.id) {
        *slot = after.clone();
    }
    call.inner.tell_channel(call.world, "UPDATE", &after, false);
    Reply::ok(show::channel(call.world, &after, &call.bot()))
}

fn plain(call: &Call<'_>, mut channel: Channel, bits: u64) -> Result<Channel, Refused> {
    need(bits, perm::MANAGE_CHANNELS)?;
    let mut form = Form::default();
    if let Some(name) = form.text(call.body, "name", (1, 100), false) {
        channel.name = text_name(name);
    }
    if call.body.get("topic").is_some() {
        channel.topic = form.text(call.body, "topic", (0, 1024), false).map(str::to_owned);
    }
    if call.body.get("parent_id").is_some() {
        channel.parent = form.snowflake(call.body, "parent_id", false);
    }
    form.done()?;
    Ok(channel)
}

/// Docs: topics/threads#editing-deleting-threads.
fn thread(call: &Call<'_>, mut channel: Channel, bits: u64) -> Result<Channel, Refused> {
    let bot = call.bot();
    let mut form = Form::default();
    let name = form.text(call.body, "name", (1, 100), false).map(str::to_owned);
    let archived = form.flag(call.body, "archived");
    let locked = form.flag(call.body, "locked");
    let duration = form.choice(call.body, "auto_archive_duration", &[60, 1440, 4320, 10080], false);
    form.flag(call.body, "invitable");
    form.integer(call.body, "rate_limit_per_user", (0, 21600), false);
    form.done()?;
    let moderates = bits & perm::MANAGE_THREADS != 0;
    let Some(info) = &mut channel.thread else { return Err(Refused::wrong_channel_type()) };
    let opens = archived == Some(false);
    if info.archived && !opens {
        return Err(Refused::archived());
    }
    let owns = info.owner_id == bot;
    let only_opens = opens && name.is_none() && duration.is_none() && locked.is_none();
    let may = moderates || if only_opens { !info.locked || owns } else { owns && locked.is_none() };
    if !may {
        return Err(Refused::missing_permissions());
    }
    if let Some(name) = name {
        channel.name = name;
    }
    if let Some(archived) = archived.filter(|archived| *archived != info.archived) {
        info.archived = archived;
        info.archive_timestamp = call.now;
    }
    if let Some(locked) = locked {
        info.locked = locked;
    }
    if let Some(duration) = duration.and_then(|duration| u64::try_from(duration).ok()) {
        info.auto_archive_duration = duration;
        info.archive_timestamp = call.now;
    }
    Ok(channel)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let shown: Value = show::channel(call.world, &channel, &call.bot());
    if channel.guild.is_none() {
        // Closing direct messages forgets nothing.
        return Reply::ok(shown);
    }
    need(bits, if channel.thread.is_some() { perm::MANAGE_THREADS } else { perm::MANAGE_CHANNELS })?;
    call.inner.drop_channel(call.world, &channel);
    Reply::ok(shown)
}
