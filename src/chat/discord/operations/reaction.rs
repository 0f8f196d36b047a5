//! `discord.reaction.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::Discord;
use super::super::client::Call;
use super::super::config::is_id;
use super::super::faults::Trouble;
use super::super::permissions::{HISTORY, REACT};
use super::object;
use super::refs::{MessageName, shown};
use crate::model::{Card, Effect, Fault, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Put a reaction on a message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddReaction {
    /// Message by its link.
    pub message: MessageName,
    /// The emoji itself, or one of a server's own as `<:name:id>`.
    #[schemars(example = &"👍")]
    pub emoji: String,
}

impl Operation for AddReaction {
    type On = Discord;

    const SPEC: Spec =
        Spec::new("discord.reaction.add").positional(&["message", "emoji"]).effect(Effect::Change).idempotent();

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let wrong = || {
            let shown = shown(&self.emoji);
            Fault::bad_input(
                "emoji",
                format!("`{shown}` is no emoji that Discord knows; write the sign itself, such as 👍."),
            )
        };
        let emoji = emoji(&self.emoji).ok_or_else(wrong)?;
        let at = discord.at("message", &self.message, REACT | HISTORY, by).await?;
        let call = Call::put("/channels/{}/messages/{}/reactions/{}/@me", &[&at.channel.id, &at.id, &emoji]).patient();
        match discord.client.call(call).await {
            Ok(_) => {}
            Err(Trouble { code: 10014, .. }) => return Err(wrong()),
            Err(trouble) => return Err(trouble.fault),
        }
        let name = emoji.split(':').next().unwrap_or(&emoji);
        let card = Card::new(Tone::Good, format!("Reacted with {name} in {}", at.channel.called)).link(at.link());
        let data = object(json!({ "message": at.written(), "emoji": emoji }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

/// The emoji as Discord's path has it: the sign, or `name:id`.
fn emoji(written: &str) -> Option<String> {
    let written = written.trim();
    let own = written.strip_prefix('<').and_then(|own| own.strip_suffix('>')).unwrap_or(written);
    let own = own.strip_prefix("a:").unwrap_or(own).trim_start_matches(':');
    if let Some((name, id)) = own.split_once(':') {
        let fine =
            !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_') && is_id(id);
        return fine.then(|| format!("{name}:{id}"));
    }
    let sign = !written.is_empty() && written.chars().count() <= 16 && !written.chars().any(char::is_alphabetic);
    sign.then(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_written_as_signs_or_as_discord_marks_them_up() {
        assert_eq!(emoji(" 👍 ").as_deref(), Some("👍"));
        assert_eq!(emoji("👩‍💻").as_deref(), Some("👩‍💻"));
        for own in ["<:ship:12>", "<a:ship:12>", "ship:12"] {
            assert_eq!(emoji(own).as_deref(), Some("ship:12"), "{own}");
        }
        for wrong in ["", "thumbsup", ":tada:", "<:x:y>", "a b"] {
            assert_eq!(emoji(wrong), None, "{wrong}");
        }
    }
}
