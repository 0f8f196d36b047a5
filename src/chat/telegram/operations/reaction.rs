//! `telegram.reaction.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::Telegram;
use super::super::escape::{cut, one_line};
use super::super::faults::Refusal;
use super::super::send::Target;
use super::refs::MessageName;
use super::said::object;
use crate::chat::web::Twice;
use crate::model::{Card, Effect, Fault, FaultKind, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Put a reaction on a message.
///
/// Telegram knows some 70 reactions, and a chat may allow fewer. The bot has one reaction on a message: another one takes
/// its place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddReaction {
    /// Message by its link, by its number here, or as `telegram:-1001234567890#12`.
    pub message: MessageName,
    /// The emoji itself.
    #[schemars(example = &"👍")]
    pub emoji: String,
}

impl Operation for AddReaction {
    type On = Telegram;

    const SPEC: Spec =
        Spec::new("telegram.reaction.add").positional(&["message", "emoji"]).effect(Effect::Change).idempotent();

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let wrong = || {
            let shown = cut(&one_line(&self.emoji).replace('`', "'"), 80).0;
            let text = format!(
                "`{shown}` is no reaction that Telegram knows and the chat allows; write the sign itself, such as 👍."
            );
            Fault::bad_input("emoji", text)
        };
        let emoji = emoji(&self.emoji).ok_or_else(wrong)?;
        let place = telegram.named("message", self.message.place.as_ref(), by).await?;
        let args = json!({
            "chat_id": Target::of(&place)?.chat(),
            "message_id": self.message.id,
            "reaction": [{ "type": "emoji", "emoji": emoji }],
        });
        match telegram.client.call("setMessageReaction", Twice::Harmless, &args).await {
            Err(Refusal { fault: Fault { kind: FaultKind::BadInput { .. }, inside, .. }, .. }) => {
                return Err(Fault { inside, ..wrong() });
            }
            other => drop(other?),
        }
        let card = Card::new(Tone::Good, format!("Reacted with {emoji} in {}", telegram.title(&place)));
        let card = match telegram.link(&place, self.message.id) {
            Some(url) => card.link(url),
            None => card,
        };
        let data = object(json!({ "message": MessageName::written(&place, self.message.id), "emoji": emoji }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

/// The sign as Telegram lists it, without the selectors of a look that keyboards add.
/// <https://core.telegram.org/bots/api#reactiontypeemoji>
fn emoji(written: &str) -> Option<String> {
    let sign: String = written.trim().chars().filter(|sign| *sign != '\u{fe0f}').collect();
    let fine = !sign.is_empty() && sign.chars().count() <= 16 && !sign.chars().any(|one| one.is_ascii() || one == ' ');
    (fine && !sign.chars().any(char::is_alphabetic)).then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_written_as_signs() {
        assert_eq!(emoji(" 👍 ").as_deref(), Some("👍"));
        assert_eq!(emoji("❤\u{fe0f}\u{200d}🔥").as_deref(), Some("❤\u{200d}🔥"));
        assert_eq!(emoji("🆒").as_deref(), Some("🆒"));
        for wrong in ["", "thumbsup", ":tada:", "a b", "é"] {
            assert_eq!(emoji(wrong), None, "{wrong}");
        }
    }
}
