//! Guilds: their channels, roles and members (resources/guild).

use serde_json::Value;

use super::{
    super::{
        form::Form,
        gateway::intents::GUILD_MEMBERS,
        model::{Channel, ChannelKind, Guild},
        perm, show,
        world::number,
    },
    Call, Refused, Reply, need, snowflake,
};

fn guild<'c>(call: &'c Call<'_>) -> Result<&'c Guild, Refused> {
    let id = call.guild(0)?;
    call.world.guild(&id).ok_or_else(Refused::unknown_guild)
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let guild = guild(call)?;
    let mut shown = show::guild(guild);
    if call.query_flag("with_counts") {
        shown["approximate_member_count"] = guild.members.len().into();
        shown["approximate_presence_count"] = 1.into();
    }
    Reply::ok(shown)
}

/// Channels, without threads. Those that the bot cannot see are among them, as with Discord.
pub(super) fn channels(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let bot = call.bot();
    let plain = guild(call)?.channels.iter().filter(|channel| channel.thread.is_none());
    Reply::ok(plain.map(|channel| show::channel(call.world, channel, &bot)).collect())
}

pub(super) fn create_channel(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let id = call.guild(0)?;
    let bot = call.bot();
    need(perm::in_guild(guild(call)?, &bot), perm::MANAGE_CHANNELS)?;
    let mut form = Form::default();
    let name = form.text(call.body, "name", (1, 100), true).unwrap_or_default();
    let kind = form.choice(call.body, "type", &[0, 4, 5, 15], false).unwrap_or(0);
    let topic = form.text(call.body, "topic", (0, 1024), false).map(str::to_owned);
    let parent = form.snowflake(call.body, "parent_id", false);
    form.done()?;
    let mut channel = Channel::text(&call.world.snowflake(call.now), &id, &text_name(name));
    channel.kind = match kind {
        4 => ChannelKind::Category,
        5 => ChannelKind::Announcement,
        15 => ChannelKind::Forum,
        _ => ChannelKind::Text,
    };
    channel.topic = topic;
    channel.parent = parent;
    if let Some(guild) = call.world.guild_mut(&id) {
        guild.channels.push(channel.clone());
    }
    call.inner.tell_channel(call.world, "CREATE", &channel, true);
    Reply::created(show::channel(call.world, &channel, &bot))
}

/// Names of text channels have small letters and no spaces.
pub(super) fn text_name(name: &str) -> String {
    name.trim().to_lowercase().replace(' ', "-")
}

pub(super) fn roles(call: &mut Call<'_>) -> Result<Reply, Refused> {
    Reply::ok(guild(call)?.roles.iter().map(show::role).collect())
}

pub(super) fn member(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let guild = guild(call)?;
    snowflake("user_id", call.argument(1))?;
    call.world.users.iter().find(|user| user.id == call.argument(1)).ok_or_else(Refused::unknown_user)?;
    let member = guild.member(call.argument(1)).ok_or_else(Refused::unknown_member)?;
    Reply::ok(show::member(call.world, member))
}

/// All members, which takes the privileged intent.
pub(super) fn members(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let guild = guild(call)?;
    if call.inner.setup.privileged & GUILD_MEMBERS == 0 {
        return Err(Refused::missing_access());
    }
    let limit = call.limit("limit", 1, 1000)?;
    let after = call.query("after").map_or(0, number);
    let mut members: Vec<_> = guild.members.iter().filter(|member| number(&member.user) > after).collect();
    members.sort_by_key(|member| number(&member.user));
    let shown: Vec<Value> = members.into_iter().take(limit).map(|member| show::member(call.world, member)).collect();
    Reply::ok(shown.into())
}

/// Members whose name or nickname begins with a text.
pub(super) fn search(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let guild = guild(call)?;
    let limit = call.limit("limit", 1, 1000)?;
    let query = call.query("query").unwrap_or_default().to_lowercase();
    if query.is_empty() {
        return Err(Refused::form_at("query", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    let begins = |name: &str| name.to_lowercase().starts_with(&query);
    let found = guild.members.iter().filter(|member| {
        let user = call.world.user(&member.user);
        member.nick.as_deref().is_some_and(begins)
            || user.is_some_and(|user| begins(&user.username) || user.global_name.as_deref().is_some_and(begins))
    });
    Reply::ok(found.take(limit).map(|member| show::member(call.world, member)).collect())
}
