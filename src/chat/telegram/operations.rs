//! What can be done on Telegram by command: messages, files, chats. Each operation is what the bot itself may do there.
//! <https://core.telegram.org/bots/api#available-methods>

mod chat;
mod file;
mod message;
mod refs;
mod said;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Telegram;
use super::tables::Known;
use crate::model::{Fault, Place};
use crate::operations::{Caller, Declaration, declare};
use refs::ChatRef;

/// All operations, bound to the platform.
pub(super) fn all(telegram: &Arc<Telegram>) -> Vec<Declaration> {
    vec![
        declare::<message::SendMessage>(telegram),
        declare::<message::EditMessage>(telegram),
        declare::<message::DeleteMessage>(telegram),
        declare::<file::SendFile>(telegram),
        declare::<chat::GetChat>(telegram),
    ]
}

impl Telegram {
    /// The place that somebody named; without a name, where it was asked.
    async fn named(&self, field: &str, chat: Option<&ChatRef>, by: &Caller) -> Result<Place, Fault> {
        let here = || by.place.clone().filter(|place| place.platform == super::platform());
        match chat {
            Some(ChatRef(place)) => self.directory.resolve(&self.client, place).await,
            None => {
                here().ok_or_else(|| Fault::bad_input(field, format!("`{field}` is missing; write `@name` or an id.")))
            }
        }
    }

    /// What a chat is called to people.
    fn title(&self, place: &Place) -> String {
        let known = self.store.get::<Known>(&place.channel).ok().flatten();
        let name = known.map(|known| super::escape::one_line(&known.name)).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| place.channel.clone())
    }
}
