//! `setMessageReaction`.

use serde_json::Value;
use serde_json::json;

use super::{
    super::{access::Need, lock, model::Reaction},
    Answer, Call, Refused,
};

/// Emoji that can be reactions (core.telegram.org/bots/api#reactiontypeemoji).
const EMOJI: &str = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u{200d}🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 \
    💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u{200d}💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 \
    🤷\u{200d}♂ 🤷 🤷\u{200d}♀ 😡";

/// Whether people and bots can react with it; the variation selector that some keyboards add is looked past.
pub(in super::super) fn known(emoji: &str) -> Option<&'static str> {
    let plain = emoji.trim_end_matches('\u{fe0f}');
    EMOJI.split_whitespace().find(|one| *one == plain)
}

/// `setMessageReaction`.
pub(super) fn set(call: &Call<'_>) -> Answer {
    let given = match call.args.parsed("reaction", "reaction types")? {
        None => Vec::new(),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(Refused::bad("expected an Array of ReactionType")),
    };
    let mut wanted = Vec::new();
    for reaction in &given {
        let wrong = |problem: &str| Refused::bad(format!("can't parse ReactionType: {problem}"));
        match reaction["type"].as_str() {
            Some("emoji") => {
                let emoji = reaction["emoji"].as_str().ok_or_else(|| wrong("Can't find field \"emoji\""))?;
                wanted.push(known(emoji).ok_or_else(|| Refused::bad("REACTION_INVALID"))?);
            }
            // Bots use neither paid reactions nor custom emoji that are not there already.
            Some("custom_emoji" | "paid") => return Err(Refused::bad("REACTION_INVALID")),
            _ => return Err(wrong("invalid reaction type specified")),
        }
    }
    let mut world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Read)?;
    let message = world.reach_message(call.bot(), chat, call.message_id("message_id"), "message to react")?;
    if wanted.len() > 1 {
        return Err(Refused::bad("REACTIONS_TOO_MANY"));
    }
    let (chat, id, bot) = (message.chat, message.id, call.bot());
    if let Some(message) = world.message_mut(chat, id) {
        message.reactions.retain(|reaction| reaction.user != bot);
        message.reactions.extend(wanted.into_iter().map(|emoji| Reaction { user: bot, emoji: emoji.to_owned() }));
    }
    Ok(json!(true).into())
}
