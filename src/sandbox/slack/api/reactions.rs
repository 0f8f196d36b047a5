//! `reactions.add`, `reactions.remove` and `reactions.get`.

use serde_json::{Value, json};

use super::{Call, Refused, render};
use crate::sandbox::slack::{
    lock,
    model::{Channel, Message, Reaction, World},
};

/// Distinct emoji a message can carry.
const MOST: usize = 50;

struct Wanted {
    channel: String,
    ts: String,
    name: String,
}

/// The message that is named: its channel and its timestamp.
fn item<'w>(call: &'w Call<'_>, world: &'w World) -> Result<(&'w Channel, &'w str), Refused> {
    let (Some(channel), Some(ts)) = (call.args.str("channel"), call.args.str("timestamp")) else {
        return Err(Refused::new("no_item_specified"));
    };
    let bot = &call.inner.setup.bot.id;
    let channel = world.channel(channel).filter(|channel| channel.has(bot));
    let channel = channel.ok_or_else(|| Refused::new("channel_not_found"))?;
    if !ts.split_once('.').is_some_and(|(s, u)| s.parse::<u64>().is_ok() && u.parse::<u64>().is_ok()) {
        return Err(Refused::new("bad_timestamp"));
    }
    Ok((channel, ts))
}

fn wanted(call: &Call<'_>, world: &World) -> Result<Wanted, Refused> {
    let name = call.args.need("name")?.trim_matches(':');
    let (channel, ts) = item(call, world)?;
    if channel.is_archived {
        return Err(Refused::new("is_archived"));
    }
    // Custom emoji exist, so only the form of a name can be judged.
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-+:'".contains(&byte);
    if name.is_empty() || !name.bytes().all(fine) {
        return Err(Refused::new("invalid_name"));
    }
    if world.message(&channel.id, ts).is_none() {
        return Err(Refused::new("message_not_found"));
    }
    Ok(Wanted { channel: channel.id.clone(), ts: ts.to_owned(), name: name.to_owned() })
}

pub(super) fn add(call: &Call<'_>) -> Result<Value, Refused> {
    let mut world = lock(&call.inner.world);
    let wanted = wanted(call, &world)?;
    let bot = &call.inner.setup.bot.id;
    let Some(message) = world.message_mut(&wanted.channel, &wanted.ts) else {
        return Err(Refused::new("message_not_found"));
    };
    put(message, bot, &wanted.name)?;
    drop(world);
    call.inner.emit_reaction("reaction_added", bot, &wanted.name, &wanted.channel, &wanted.ts);
    Ok(json!({}))
}

pub(super) fn get(call: &Call<'_>) -> Result<Value, Refused> {
    let world = lock(&call.inner.world);
    let (channel, ts) = item(call, &world)?;
    let message = world.message(&channel.id, ts).ok_or_else(|| Refused::new("message_not_found"))?;
    Ok(json!({
        "type": "message", "channel": channel.id, "message": render(call.inner, &world, message, false, false),
    }))
}

/// Puts one person's emoji on a message.
pub(in crate::sandbox::slack) fn put(message: &mut Message, user: &str, name: &str) -> Result<(), Refused> {
    let distinct = message.reactions.len();
    match message.reactions.iter_mut().find(|reaction| reaction.name == name) {
        Some(reaction) if reaction.users.iter().any(|one| one == user) => Err(Refused::new("already_reacted")),
        Some(reaction) => {
            reaction.users.push(user.to_owned());
            Ok(())
        }
        None if distinct >= MOST => Err(Refused::new("too_many_emoji")),
        None => {
            message.reactions.push(Reaction { name: name.to_owned(), users: vec![user.to_owned()] });
            Ok(())
        }
    }
}

pub(super) fn remove(call: &Call<'_>) -> Result<Value, Refused> {
    let mut world = lock(&call.inner.world);
    let wanted = wanted(call, &world)?;
    let bot = &call.inner.setup.bot.id;
    let Some(message) = world.message_mut(&wanted.channel, &wanted.ts) else {
        return Err(Refused::new("message_not_found"));
    };
    let reaction = message.reactions.iter_mut().find(|r| r.name == wanted.name && r.users.contains(bot));
    let reaction = reaction.ok_or_else(|| Refused::new("no_reaction"))?;
    reaction.users.retain(|user| user != bot);
    message.reactions.retain(|reaction| !reaction.users.is_empty());
    drop(world);
    call.inner.emit_reaction("reaction_removed", bot, &wanted.name, &wanted.channel, &wanted.ts);
    Ok(json!({}))
}
