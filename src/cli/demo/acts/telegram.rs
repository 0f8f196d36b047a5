//! What one does in the Telegram window.

use std::sync::Arc;

use serde::Deserialize;

use super::Refused;
use crate::cli::demo::world::World;
use crate::sandbox::telegram::{Impossible, Outcome};

/// One act; `user`, `chat` and `message` are Telegram's ids.
#[derive(Debug, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(in crate::cli::demo) enum OnTelegram {
    /// Writes a message.
    Say { user: i64, chat: i64, topic: Option<i64>, text: String, reply_to: Option<i64> },
    /// Presses a button below a message.
    Press { user: i64, chat: i64, message: i64, button: String },
}

impl From<Impossible> for Refused {
    fn from(impossible: Impossible) -> Self {
        impossible.reason.into()
    }
}

pub(super) fn done(world: &Arc<World>, act: OnTelegram) -> Result<(), Refused> {
    let telegram = &world.telegram;
    match act {
        OnTelegram::Say { user, chat, topic, text, reply_to } => {
            telegram.say(user, chat, topic, &text, reply_to)?;
        }
        OnTelegram::Press { user, chat, message, button } => {
            let pressed = telegram.press(user, chat, message, &button)?;
            let world = Arc::clone(world);
            tokio::spawn(async move {
                let (answer, good) = match pressed.outcome().await {
                    Outcome::Answered { text: Some(text), .. } => (format!("answered: {text}"), true),
                    Outcome::Answered { .. } => ("answered".to_owned(), true),
                    Outcome::NotAnswered => ("not answered".to_owned(), false),
                };
                world.wire.note("Telegram", "Quarterdeck", "button".to_owned(), answer, good);
            });
        }
    }
    Ok(())
}
