//! Permissions: Discord's bits, and what a member may do in a channel.
//!
//! Follows docs.discord.com/developers/topics/permissions, roles first, then the channel's overwrites.

use super::{
    model::{Channel, ChannelKind, Guild},
    world::World,
};

pub(super) const ADMINISTRATOR: u64 = 1 << 3;
pub(super) const MANAGE_CHANNELS: u64 = 1 << 4;
pub(super) const ADD_REACTIONS: u64 = 1 << 6;
pub(super) const VIEW_CHANNEL: u64 = 1 << 10;
pub(super) const SEND_MESSAGES: u64 = 1 << 11;
pub(super) const MANAGE_MESSAGES: u64 = 1 << 13;
pub(super) const EMBED_LINKS: u64 = 1 << 14;
pub(super) const ATTACH_FILES: u64 = 1 << 15;
pub(super) const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub(super) const MENTION_EVERYONE: u64 = 1 << 17;
pub(super) const USE_EXTERNAL_EMOJIS: u64 = 1 << 18;
pub(super) const MANAGE_WEBHOOKS: u64 = 1 << 29;
pub(super) const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub(super) const MANAGE_THREADS: u64 = 1 << 34;
pub(super) const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub(super) const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub(super) const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;

/// Every bit there is.
pub(super) const ALL: u64 = (1 << 53) - 1;

/// What `@everyone` may do in a fresh guild.
pub(super) const EVERYONE: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_EXTERNAL_EMOJIS
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// What a chat-ops bot asks for when it is installed, over what everyone has.
pub(super) const BOT: u64 = MANAGE_MESSAGES | MANAGE_WEBHOOKS | MANAGE_THREADS;

/// What `user` may do in the whole guild.
pub(super) fn in_guild(guild: &Guild, user: &str) -> u64 {
    if guild.owner_id == user {
        return ALL;
    }
    let Some(member) = guild.member(user) else { return 0 };
    let held = guild.roles.iter().filter(|role| role.id == guild.id || member.roles.contains(&role.id));
    let base = held.fold(0, |bits, role| bits | role.permissions);
    if base & ADMINISTRATOR != 0 { ALL } else { base }
}

/// What `user` may do in `channel`: nothing when they cannot see it.
pub(super) fn in_channel(world: &World, user: &str, channel: &Channel) -> u64 {
    let Some(guild) = channel.guild.as_deref().and_then(|guild| world.guild(guild)) else {
        return if channel.recipients.iter().any(|recipient| recipient == user) { ALL & !MANAGE_MESSAGES } else { 0 };
    };
    let Some(member) = guild.member(user) else { return 0 };
    let base = in_guild(guild, user);
    if base & ADMINISTRATOR != 0 {
        return ALL;
    }
    // Threads have no overwrites of their own.
    let ruling = match (&channel.thread, &channel.parent) {
        (Some(_), Some(parent)) => guild.channels.iter().find(|candidate| candidate.id == *parent),
        _ => Some(channel),
    };
    let Some(ruling) = ruling else { return 0 };
    let mut bits = base;
    if let Some(everyone) = ruling.overwrites.iter().find(|overwrite| overwrite.id == guild.id) {
        bits = bits & !everyone.deny | everyone.allow;
    }
    let of_roles = ruling.overwrites.iter().filter(|one| one.kind == 0 && member.roles.contains(&one.id));
    let (allow, deny) = of_roles.fold((0, 0), |(allow, deny), one| (allow | one.allow, deny | one.deny));
    bits = bits & !deny | allow;
    if let Some(own) = ruling.overwrites.iter().find(|one| one.kind == 1 && one.id == user) {
        bits = bits & !own.deny | own.allow;
    }
    if bits & VIEW_CHANNEL == 0 {
        return 0;
    }
    if channel.kind == ChannelKind::PrivateThread && bits & MANAGE_THREADS == 0 {
        let inside = channel.thread.as_ref().is_some_and(|thread| thread.members.iter().any(|one| one == user));
        if !inside {
            return 0;
        }
    }
    let speaks = if channel.kind.is_thread() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
    if bits & speaks == 0 {
        // Without the right to write there is none to embed, attach or mention.
        bits &= !(MENTION_EVERYONE | ATTACH_FILES | EMBED_LINKS);
    }
    bits
}

/// Whether `user` sees the channel.
pub(super) fn sees(world: &World, user: &str, channel: &Channel) -> bool {
    in_channel(world, user, channel) & VIEW_CHANNEL != 0
}

/// Whether `user` may write into the channel, whatever its state.
pub(super) fn writes(world: &World, user: &str, channel: &Channel) -> bool {
    let wanted = if channel.kind.is_thread() { SEND_MESSAGES_IN_THREADS } else { SEND_MESSAGES };
    in_channel(world, user, channel) & wanted != 0
}
