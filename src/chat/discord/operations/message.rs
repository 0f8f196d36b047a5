//! `discord.message.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Discord;
use super::super::client::{Call, Upload};
use super::super::faults::Trouble;
use super::super::permissions::{HISTORY, SEND, VIEW};
use super::super::send::{KNOWN, MESSAGE, MESSAGES, PAGE, SKEW, channel_of, short, snowflake};
use super::object;
use super::reach::{At, Target, list, text};
use super::refs::{ChannelRef, MessageName};
use super::speech::{allowed, checked, is_signed, signed};
use crate::model::{Block, Card, Effect, Fault, FaultKind, Text, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Preview, Spec};

/// Pages of a look-up.
const PAGES: usize = 5;

/// Send a message to a channel or thread.
///
/// Write as in Discord itself: its Markdown works, and so do mentions of people and roles. Nobody calls everybody this
/// way: `@everyone` and `@here` stay words. The message says who had it sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMessage {
    /// Channel as `#name`, its id or its link; of a thread, its link.
    #[schemars(extend("x-complete" = "discord.channels"))]
    pub channel: ChannelRef,
    /// What to say.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
    /// Message to reply to, by its link.
    #[serde(default)]
    pub reply_to: Option<MessageName>,
}

impl Operation for SendMessage {
    type On = Discord;

    const SPEC: Spec = Spec::new("discord.message.send").positional(&["channel", "text"]).rest().effect(Effect::Change);

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let target = discord.target("channel", &self.channel, SEND, by).await?;
        let mut body = json!({
            "content": signed(&text, "Sent", &by.actor),
            "allowed_mentions": allowed(&text, &by.actor),
        });
        if let Some(message) = &self.reply_to {
            if message.channel.as_ref().is_some_and(|channel| *channel != target.id) {
                return Err(Fault::bad_input("reply_to", format!("That message is not in {}.", target.called)));
            }
            body["message_reference"] = json!({ "message_id": message.id, "fail_if_not_exists": true });
            body["allowed_mentions"]["replied_user"] = false.into();
        }
        let id = discord.say(&target, body, Vec::new(), by).await?;
        Ok(sent(&At { channel: target, id }))
    }

    async fn find(&self, discord: &Discord, by: &Caller) -> Result<Found, Fault> {
        let text = checked("text", &self.text)?;
        let target = discord.target("channel", &self.channel, SEND, by).await?;
        let content = signed(&text, "Sent", &by.actor);
        discord.sought(target, by, |message| message["content"] == content).await
    }
}

impl Discord {
    /// Says something in a channel, once: the call's id is its nonce. Gives the message's id.
    pub(super) async fn say(
        &self,
        target: &Target,
        mut body: Value,
        files: Vec<Upload>,
        by: &Caller,
    ) -> Result<String, Fault> {
        use base64::Engine as _;
        let nonce = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(by.call.as_bytes());
        body["nonce"] = nonce.into();
        body["enforce_nonce"] = true.into();
        let call = Call::post(MESSAGES, &[channel_of(&target.place())]).files(body, files).patient();
        let answer = self.client.call(call).await.map_err(Fault::from)?;
        text(&answer, "id").map(str::to_owned).ok_or_else(|| {
            Fault::unknown("Discord did not say whether the message arrived; it may have.")
                .inside("POST /channels/{}/messages: an answer without `id`")
        })
    }

    /// Whether what this call sends stands in the channel: while Discord knows the nonce, sending again shows nothing
    /// twice; later, the bot's own messages are looked through for the very same one.
    pub(super) async fn sought(
        &self,
        target: Target,
        by: &Caller,
        is: impl Fn(&Value) -> bool + Send + Sync,
    ) -> Result<Found, Fault> {
        if by.now.duration_since(by.accepted_at) < KNOWN {
            return Ok(Found::Absent);
        }
        let me = self.own_id().await?;
        let ours = |message: &Value| message.pointer("/author/id").and_then(Value::as_str) == Some(&me) && is(message);
        Ok(match self.seek_all(&target, by, ours).await?.map(|found| found.into_iter().next()) {
            Some(Some(id)) => Found::Happened(Box::new(sent(&At { channel: target, id }))),
            Some(None) => Found::Absent,
            None => Found::CannotTell,
        })
    }

    /// The ids of the messages of a channel since the call was accepted that are of this kind; `None` where nobody can
    /// tell.
    pub(super) async fn seek_all(
        &self,
        target: &Target,
        by: &Caller,
        is: impl Fn(&Value) -> bool + Send + Sync,
    ) -> Result<Option<Vec<String>>, Fault> {
        let mut after = snowflake(by.accepted_at.checked_sub(SKEW).unwrap_or(by.accepted_at));
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let page = match self.messages_after(&target.id, &after).await {
                Ok(page) => page,
                Err(Trouble { fault, .. }) if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound) => {
                    return Ok(None);
                }
                Err(trouble) => return Err(trouble.fault),
            };
            found.extend(page.iter().filter(|one| is(one)).filter_map(|one| text(one, "id")).map(str::to_owned));
            let newest = page.iter().filter_map(|message| text(message, "id")?.parse::<u64>().ok()).max();
            match newest.filter(|_| page.len() >= PAGE) {
                Some(newest) => after = newest.to_string(),
                None => return Ok(Some(found)),
            }
        }
        Ok(None)
    }

    /// A message that somebody had the bot send; no other is changed or removed by hand.
    async fn own(&self, at: &At, what: &str) -> Result<Value, Fault> {
        let Some(message) = self.message(at).await? else {
            return Err(Fault::bad_input("message", "That message is not there any more."));
        };
        if text(&message["author"], "id") != Some(&self.own_id().await?) {
            return Err(Fault::bad_input(
                "message",
                format!("That message is not Quarterdeck's, so it cannot {what} it."),
            ));
        }
        Ok(message)
    }
}

/// The answer to who had a message sent.
pub(super) fn sent(at: &At) -> Outcome {
    linked(Card::new(Tone::Good, format!("Sent to {}", at.channel.called)), at)
}

/// A private answer about a message, with the way to it.
fn linked(card: Card, at: &At) -> Outcome {
    let data = object(json!({ "message": at.written(), "channel": at.channel.id, "id": at.id, "url": at.link() }));
    Outcome { data, ..Outcome::private(card.link(at.link())) }
}

/// Change a message that was sent with `discord message send`.
///
/// The new text replaces the old one; the message says who changed it, and calls nobody anew. Cards and alerts change by
/// themselves and not by this.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditMessage {
    /// Message by its link.
    pub message: MessageName,
    /// What it is to say instead.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for EditMessage {
    type On = Discord;

    const SPEC: Spec =
        Spec::new("discord.message.edit").positional(&["message", "text"]).rest().effect(Effect::Change).idempotent();

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let at = discord.at("message", &self.message, SEND | HISTORY, by).await?;
        let message = discord.own(&at, "change").await?;
        if !is_signed(message["content"].as_str().unwrap_or_default()) {
            return Err(Fault::bad_input("message", "That is a card, which changes by itself and not by hand."));
        }
        let body = json!({
            "content": signed(&text, "Changed", &by.actor),
            "allowed_mentions": { "parse": [] },
        });
        discord.client.call(Call::patch(MESSAGE, &[&at.channel.id, &at.id]).json(body).patient()).await?;
        Ok(linked(Card::new(Tone::Good, format!("Changed in {}", at.channel.called)), &at))
    }
}

/// Delete a message of Quarterdeck's.
///
/// People's messages stay: who may delete those does so in Discord itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteMessage {
    /// Message by its link.
    pub message: MessageName,
}

impl Operation for DeleteMessage {
    type On = Discord;

    const SPEC: Spec = Spec::new("discord.message.delete").positional(&["message"]).effect(Effect::Destroy);

    async fn run(self, discord: &Discord, by: &Caller) -> Result<Outcome, Fault> {
        let at = discord.at("message", &self.message, VIEW | HISTORY, by).await?;
        discord.own(&at, "delete").await?;
        let reason = format!("asked by {} ({})", by.actor.name(), by.call);
        discord.client.call(Call::delete(MESSAGE, &[&at.channel.id, &at.id]).patient().reason(&reason)).await?;
        Ok(deleted(&at))
    }

    async fn find(&self, discord: &Discord, by: &Caller) -> Result<Found, Fault> {
        let at = discord.at("message", &self.message, VIEW | HISTORY, by).await?;
        Ok(match discord.message(&at).await? {
            Some(_) => Found::Absent,
            None => Found::Happened(Box::new(deleted(&at))),
        })
    }

    async fn preview(&self, discord: &Discord, by: &Caller) -> Result<Option<Preview>, Fault> {
        let at = discord.at("message", &self.message, VIEW | HISTORY, by).await?;
        let message = discord.own(&at, "delete").await?;
        let card = Card::new(Tone::Warning, format!("Delete this message in {}?", at.channel.called)).link(at.link());
        let said = said(&message);
        Ok(Some(Preview::new(if said.is_empty() { card } else { card.block(Block::Quote(Text::from(said))) })))
    }
}

fn deleted(at: &At) -> Outcome {
    let card = Card::new(Tone::Muted, format!("Deleted from {}", at.channel.called));
    Outcome { data: object(json!({ "message": at.written() })), ..Outcome::private(card) }
}

/// What a message says, in short: its own line, and what its card says.
fn said(message: &Value) -> String {
    let embeds = list(message, "embeds").iter().flat_map(|embed| [text(embed, "title"), text(embed, "description")]);
    let parts = std::iter::once(text(message, "content")).chain(embeds).flatten();
    let all = parts.map(|part| short(part, 300)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    // Our own escapes are for Discord's eyes.
    all.replace('\\', "")
}
