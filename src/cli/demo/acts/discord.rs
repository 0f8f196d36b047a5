//! What one does in the Discord window.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Refused;
use crate::cli::demo::world::World;
use crate::sandbox::discord::{Delivered, Impossible, Outcome};

/// One act; `user`, `channel` and `message` are Discord's ids.
#[derive(Debug, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(in crate::cli::demo) enum OnDiscord {
    /// Sends a command with its options.
    Command { user: String, channel: String, path: String, options: Map<String, Value> },
    /// Chooses a command in a message's menu.
    OnMessage { user: String, channel: String, message: String, name: String },
    /// Types the value of an option.
    Complete { user: String, channel: String, path: String, options: Map<String, Value>, focused: String },
    /// Writes a message.
    Say { user: String, channel: String, text: String, reply_to: Option<String> },
    /// Presses a button.
    Press { user: String, channel: String, message: String, button: String },
    /// Chooses in a menu.
    Choose { user: String, channel: String, message: String, select: String, values: Vec<String> },
    /// Submits a modal.
    Submit { user: String, modal: String, values: BTreeMap<String, Value> },
    /// Closes a modal.
    Close { user: String, modal: String },
    /// Dismisses what only oneself sees.
    Dismiss { user: String, message: String },
    /// Opens the direct message with the app.
    Direct { user: String },
}

impl From<Impossible> for Refused {
    fn from(impossible: Impossible) -> Self {
        Self { error: impossible.reason, fields: json!(impossible.fields) }
    }
}

pub(super) async fn done(world: &Arc<World>, act: OnDiscord) -> Result<Value, Refused> {
    let discord = &world.discord;
    match act {
        OnDiscord::Command { user, channel, path, options } => {
            let delivered = discord.command(&user, &channel, &path, &pairs(&options))?;
            watch(world, &format!("/{path}"), delivered);
        }
        OnDiscord::OnMessage { user, channel, message, name } => {
            watch(world, &name, discord.message_command(&user, &channel, &name, &message)?);
        }
        OnDiscord::Complete { user, channel, path, options, focused } => {
            let choices = discord.complete(&user, &channel, &path, &pairs(&options), &focused).await?;
            let choices = choices.into_iter().map(|choice| json!({ "name": choice.name, "value": choice.value }));
            return Ok(json!({ "choices": choices.collect::<Vec<_>>() }));
        }
        OnDiscord::Say { user, channel, text, reply_to } => {
            discord.say(&user, &channel, &text, reply_to.as_deref())?;
        }
        OnDiscord::Press { user, channel, message, button } => {
            watch(world, "button", discord.press(&user, &channel, &message, &button)?);
        }
        OnDiscord::Choose { user, channel, message, select, values } => {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            watch(world, "menu", discord.choose(&user, &channel, &message, &select, &values)?);
        }
        OnDiscord::Submit { user, modal, values } => {
            let values: Vec<(&str, Value)> =
                values.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            watch(world, "form", discord.submit_modal(&user, &modal, &values)?);
        }
        OnDiscord::Close { user, modal } => discord.close_modal(&user, &modal)?,
        OnDiscord::Dismiss { user, message } => discord.dismiss(&user, &message)?,
        OnDiscord::Direct { user } => return Ok(json!({ "channel": discord.direct_channel(&user)? })),
    }
    Ok(json!({}))
}

fn pairs(options: &Map<String, Value>) -> Vec<(&str, Value)> {
    options.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}

/// Notes what became of something that Discord sent.
fn watch(world: &Arc<World>, what: &str, delivered: Delivered) {
    let (world, what) = (Arc::clone(world), what.to_owned());
    tokio::spawn(async move {
        let (answer, good) = match delivered.outcome().await {
            Outcome::Acknowledged { took, .. } => (format!("answered in {} ms", took.as_millis()), true),
            Outcome::NotReached => ("not reached".to_owned(), false),
            Outcome::TimedOut => ("no answer in 3 s".to_owned(), false),
            Outcome::HttpError(status) => (status.to_string(), false),
            Outcome::Refused(_) => ("refused".to_owned(), false),
        };
        world.wire.note("Discord", "Quarterdeck", what, answer, good);
    });
}
