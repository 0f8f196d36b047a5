//! Reactions (resources/message#create-reaction).

use super::{
    super::{
        Inner,
        model::{Channel, Message, Reaction},
        perm, show,
        world::{World, number},
    },
    Call, Refused, Reply, need,
};

/// Different emoji on one message.
const KINDS: usize = 20;

/// A Unicode emoji, or `name:id`; nothing else.
fn emoji(text: &str) -> Result<String, Refused> {
    let custom = text.rsplit_once(':').is_some_and(|(name, id)| !name.is_empty() && id.parse::<u64>().is_ok());
    // Keycaps begin with a digit.
    let unicode = !text.is_ascii() && text.chars().count() <= 16 && !text.chars().any(char::is_alphabetic);
    if custom || unicode { Ok(text.trim_start_matches("a:").to_owned()) } else { Err(Refused::unknown_emoji()) }
}

fn open_to(channel: &Channel) -> Result<(), Refused> {
    if channel.thread.as_ref().is_some_and(|thread| thread.archived) { Err(Refused::archived()) } else { Ok(()) }
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    let emoji = emoji(call.argument(2))?;
    open_to(&channel)?;
    need(bits, perm::READ_MESSAGE_HISTORY)?;
    let known = message.reactions.iter().any(|reaction| reaction.emoji == emoji);
    if !known {
        need(bits, perm::ADD_REACTIONS)?;
        if message.reactions.len() >= KINDS {
            return Err(Refused::too_many_reactions());
        }
    }
    let bot = call.bot();
    put_reaction(call.inner, call.world, &message, &bot, &emoji);
    Reply::nothing()
}

/// Puts a reaction, once.
pub(crate) fn put_reaction(inner: &Inner, world: &mut World, message: &Message, user: &str, emoji: &str) {
    let Some(slot) = world.message_mut(&message.channel, &message.id) else { return };
    let at = slot.reactions.iter().position(|reaction| reaction.emoji == emoji).unwrap_or_else(|| {
        slot.reactions.push(Reaction { emoji: emoji.to_owned(), users: Vec::new() });
        slot.reactions.len() - 1
    });
    let users = &mut slot.reactions[at].users;
    if users.iter().any(|one| one == user) {
        return;
    }
    users.push(user.to_owned());
    inner.tell_reaction(world, "MESSAGE_REACTION_ADD", message, user, emoji);
}

/// Takes a reaction away. `false` when there was none.
pub(crate) fn take_reaction(inner: &Inner, world: &mut World, message: &Message, user: &str, emoji: &str) -> bool {
    let Some(slot) = world.message_mut(&message.channel, &message.id) else { return false };
    let before: usize = slot.reactions.iter().map(|reaction| reaction.users.len()).sum();
    for reaction in slot.reactions.iter_mut().filter(|reaction| reaction.emoji == emoji) {
        reaction.users.retain(|one| one != user);
    }
    slot.reactions.retain(|reaction| !reaction.users.is_empty());
    let after: usize = slot.reactions.iter().map(|reaction| reaction.users.len()).sum();
    if after < before {
        inner.tell_reaction(world, "MESSAGE_REACTION_REMOVE", message, user, emoji);
    }
    after < before
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    let emoji = emoji(call.argument(2))?;
    open_to(&channel)?;
    let mut user = call.argument(3).to_owned();
    if user == "@me" {
        user = call.bot();
    } else {
        need(bits, perm::MANAGE_MESSAGES)?;
    }
    take_reaction(call.inner, call.world, &message, &user, &emoji);
    Reply::nothing()
}

/// Who reacted with one emoji.
pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, _) = call.channel(0)?;
    let message = call.message(&channel, 1)?;
    let emoji = emoji(call.argument(2))?;
    let limit = call.limit("limit", 25, 100)?;
    let after = call.query("after").map_or(0, number);
    let found = message.reactions.iter().find(|reaction| reaction.emoji == emoji);
    let mut ids: Vec<_> = found.map(|reaction| reaction.users.clone()).unwrap_or_default();
    ids.sort_by_key(|id| number(id));
    let users = ids.iter().filter(|id| number(id) > after).filter_map(|id| call.world.user(id));
    Reply::ok(users.take(limit).map(show::user).collect())
}
