//! The people's side: what someone at the Discord client types, presses, fills in and manages.
//!
//! Tests and the demo page call these on the handle. Each checks what Discord's client would check, changes the guilds,
//! and sends the app what Discord would send.

mod admin;
mod commands;
mod components;
mod modals;
mod options;
mod talk;

use super::{
    Impossible,
    model::{Channel, Message},
    perm,
    world::World,
};

/// The user's id.
fn user(world: &World, wanted: &str) -> Result<String, Impossible> {
    let found = world.user(wanted).map(|user| user.id.clone());
    found.ok_or_else(|| Impossible::new(format!("no user {wanted}")))
}

/// The user's id and the channel, if the user sees it.
fn seen(world: &World, wanted: &str, channel: &str) -> Result<(String, Channel), Impossible> {
    let user = user(world, wanted)?;
    let channel = world.channel_named(channel).ok_or_else(|| Impossible::new(format!("no channel {channel}")))?;
    if !perm::sees(world, &user, channel) {
        return Err(Impossible::new(format!("{wanted} does not see {}", channel.id)));
    }
    Ok((user, channel.clone()))
}

/// A message that this user sees, ephemeral ones of their own included.
fn message(world: &World, user: &str, channel: &Channel, id: &str) -> Result<Message, Impossible> {
    let found = world.message(&channel.id, id);
    let found = found.filter(|message| message.ephemeral_to.as_deref().is_none_or(|only| only == user));
    found.cloned().ok_or_else(|| Impossible::new(format!("no message {id} in {}", channel.id)))
}

/// Fails unless the user may do this in the channel.
fn may(world: &World, user: &str, channel: &Channel, bit: u64, what: &str) -> Result<(), Impossible> {
    if perm::in_channel(world, user, channel) & bit == 0 {
        return Err(Impossible::new(format!("{user} may not {what} in {}", channel.id)));
    }
    Ok(())
}
