//! `discord.webhook.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Discord;
use super::super::client::Call;
use super::super::faults::Trouble;
use super::super::people::plain;
use super::message::sent;
use super::reach::{At, Target, text};
use super::refs::shown;
use super::speech::{allowed, checked, signed};
use crate::model::{Effect, Fault};
use crate::operations::{Caller, Found, Operation, Outcome, Spec, nearest};

/// So many messages of one webhook are looked at by a look-up.
const MOST: usize = 20;

/// Send a message through a webhook that is set up under `[discord.webhooks]`.
///
/// It reaches the webhook's channel even where the bot is not in. The message says who had it sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendWebhook {
    /// The webhook, by the name that it has in the settings.
    #[schemars(extend("x-complete" = "discord.webhooks"), example = &"releases")]
    pub webhook: String,
    /// What to say, in Discord's Markdown.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for SendWebhook {
    type On = Discord;

    const SPEC: Spec = Spec::new("discord.webhook.send").positional(&["webhook", "text"]).rest().effect(Effect::Change);

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let (id, token) = discord.hook(&self.webhook)?;
        let body = json!({
            "content": signed(&text, "Sent", &by.actor),
            "allowed_mentions": allowed(&text, &by.actor),
        });
        // Without `wait`, nobody hears whether it was shown at all.
        let call = Call::post("/webhooks/{}/{}", &[&id, &token]).query("wait", "true").json(body).patient();
        let answer = discord.client.call(call).await?;
        at(&answer).as_ref().map(sent).ok_or_else(|| {
            Fault::unknown("Discord did not say whether the message arrived; it may have.")
                .inside("POST /webhooks/{}/{}: an answer without `id`")
        })
    }

    async fn find(&self, discord: &Discord, by: &Caller) -> Result<Found, Fault> {
        let (id, token) = discord.hook(&self.webhook)?;
        let content = signed(&checked("text", &self.text)?, "Sent", &by.actor);
        let hook = discord.client.call(Call::get("/webhooks/{}/{}", &[&id, &token]).patient()).await?;
        let Some(target) = target(&hook) else { return Ok(Found::CannotTell) };
        // A webhook knows no nonce, and its channel may be one that the bot cannot read. Where it can, it still is not told
        // what others' messages say: the webhook is asked for that.
        let ours = |message: &Value| text(message, "webhook_id") == Some(&id);
        let candidates = match discord.seek_all(&target, by, ours).await? {
            Some(candidates) if candidates.len() <= MOST => candidates,
            _ => return Ok(Found::CannotTell),
        };
        for candidate in candidates {
            let call = Call::get("/webhooks/{}/{}/messages/{}", &[&id, &token, &candidate]).patient();
            match discord.client.call(call).await {
                Ok(message) if message["content"] == content => {
                    return Ok(Found::Happened(Box::new(sent(&At { channel: target, id: candidate }))));
                }
                Ok(_) | Err(Trouble { code: 10008, .. }) => {}
                Err(trouble) => return Err(trouble.fault),
            }
        }
        Ok(Found::Absent)
    }
}

/// The message that an answer shows.
fn at(message: &Value) -> Option<At> {
    let id = text(message, "id")?.to_owned();
    Some(At { channel: target(message)?, id })
}

fn target(value: &Value) -> Option<Target> {
    let id = text(value, "channel_id")?.to_owned();
    let called = text(value, "name").map_or_else(|| "the webhook's channel".to_owned(), |name| plain(name, 80));
    Some(Target { id, called, guild: text(value, "guild_id").map(str::to_owned) })
}

impl Discord {
    /// The id and token of the webhook of this name.
    fn hook(&self, name: &str) -> Result<(String, String), Fault> {
        let known = || self.webhooks.keys().map(String::as_str);
        let Some(address) = self.webhooks.get(name.trim()) else {
            let all = known().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let known_ones = if all.is_empty() { "none is set up".to_owned() } else { format!("there is {all}") };
            let hint =
                nearest(name.trim(), known()).map_or_else(String::new, |near| format!(" - did you mean {near}?"));
            return Err(Fault::bad_input(
                "webhook",
                format!("There is no webhook `{}`; {known_ones}{hint}", shown(name)),
            ));
        };
        self.client.webhook(address)
    }
}
