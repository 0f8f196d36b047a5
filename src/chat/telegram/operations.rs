//! What can be done on Telegram by command: messages, reactions, files, chats. A person reaches by it what they could reach in Telegram
//! itself ([`reach`]); programs and rules reach what the bot does.
//! <https://core.telegram.org/bots/api#available-methods>

mod chat;
mod file;
mod message;
mod reach;
mod reaction;
mod refs;
mod said;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Telegram;
use crate::operations::{Declaration, declare};

/// All operations, bound to the platform.
pub(super) fn all(telegram: &Arc<Telegram>) -> Vec<Declaration> {
    vec![
        declare::<message::SendMessage>(telegram),
        declare::<message::EditMessage>(telegram),
        declare::<message::DeleteMessage>(telegram),
        declare::<file::SendFile>(telegram),
        declare::<chat::GetChat>(telegram),
        declare::<reaction::AddReaction>(telegram),
    ]
}
