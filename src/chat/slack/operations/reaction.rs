//! `slack.reaction.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::Slack;
use super::refs::{MessageName, shown};
use super::shown::object;
use crate::chat::web::Twice;
use crate::model::{Card, Effect, Fault, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Put a reaction on a message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddReaction {
    /// Message by its link, or as `slack:C02ABCDEF/1700000000.000100`.
    pub message: MessageName,
    /// The emoji's name on Slack.
    #[schemars(example = &"white_check_mark")]
    pub emoji: String,
}

impl Operation for AddReaction {
    type On = Slack;

    const SPEC: Spec =
        Spec::new("slack.reaction.add").positional(&["message", "emoji"]).effect(Effect::Change).idempotent();

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let emoji = self.emoji.trim().trim_matches(':').to_lowercase();
        let wrong = |why: &str| {
            Fault::bad_input(
                "emoji",
                format!("`{}` {why}; write its name on Slack, such as `white_check_mark`.", shown(&self.emoji)),
            )
        };
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | ':' | '\'');
        if emoji.is_empty() || emoji.chars().count() > 100 || !emoji.chars().all(fine) {
            return Err(wrong("is no emoji's name"));
        }
        let at = slack.at("message", &self.message, by).await?;
        let args = json!({ "channel": at.channel.id, "timestamp": at.ts, "name": emoji });
        let told = ["already_reacted", "invalid_name"];
        let answer = slack.client.post_unless("reactions.add", Twice::Harmless, &args, &told).await?;
        if answer.get("error").is_some_and(|error| error == "invalid_name") {
            return Err(wrong("is no emoji that Slack knows"));
        }
        let card = Card::new(Tone::Good, format!("Reacted with {emoji} in {}", at.channel.called));
        let data = object(json!({ "message": at.written(), "emoji": emoji }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}
