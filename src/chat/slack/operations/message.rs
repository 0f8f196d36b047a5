//! `slack.message.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::send::{METADATA, Sought, borne};
use super::super::speech::{blocks, checked, fallback};
use super::super::{Slack, platform};
use super::reach::{At, Target};
use super::refs::{ChannelRef, MessageName, UserRef};
use super::shown::{object, words};
use crate::chat::web::Twice;
use crate::model::{Block, Card, Effect, Fault, Object, Place, Text, Timestamp, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Preview, Spec};

/// What the metadata of a message that somebody had the bot send bears the call's id under.
const CALL: &str = "call";

/// Send a message to a channel or to a person.
///
/// Write as in Slack itself: `*bold*`, `_italic_`, code, quotes, `:emoji:` and links work, and `@name` mentions. Nobody
/// calls a whole channel this way: `@channel`, `@here` and `@everyone` stay words. The message says who had it sent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMessage {
    /// Channel as `#name` or its id; or a person as `@name`, for a direct message.
    #[schemars(extend("x-complete" = "slack.channels"))]
    pub channel: ChannelRef,
    /// What to say.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
    /// Message to answer in its thread, by its link.
    #[serde(default)]
    pub thread: Option<MessageName>,
}

impl SendMessage {
    /// Where it goes, and into which thread.
    async fn place(&self, slack: &Slack, by: &Caller) -> Result<(Target, Option<String>), Fault> {
        let target = slack.target("channel", &self.channel, by).await?;
        let Some(thread) = &self.thread else { return Ok((target, None)) };
        if thread.channel.as_ref().is_some_and(|channel| *channel != target.id) {
            return Err(Fault::bad_input("thread", format!("That message is not in {}.", target.called)));
        }
        Ok((target, Some(thread.ts.clone())))
    }
}

impl Operation for SendMessage {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.message.send").positional(&["channel", "text"]).rest().effect(Effect::Change);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let (target, thread) = self.place(slack, by).await?;
        let mut args = said(slack, &text, by).await;
        args["channel"] = target.id.as_str().into();
        args["metadata"] = json!({ "event_type": METADATA, "event_payload": { CALL: by.call.to_string() } });
        if let Some(thread) = thread {
            args["thread_ts"] = thread.into();
        }
        let pace: Vec<_> = slack.pace(&target.id).into_iter().collect();
        slack.client.limits().pay(&pace).await;
        let answer = slack.client.post("chat.postMessage", Twice::Seen, &args).await?;
        let Some(ts) = answer.get("ts").and_then(Value::as_str) else {
            return Err(Fault::unknown("Slack did not say whether the message arrived; it may have.")
                .inside("chat.postMessage: an answer without `ts`"));
        };
        Ok(sent(slack, At { channel: target, ts: ts.to_owned() }).await)
    }

    async fn find(&self, slack: &Slack, by: &Caller) -> Result<Found, Fault> {
        let (target, thread) = self.place(slack, by).await?;
        let place = Place { thread, ..Place::channel(&platform(), &target.id) };
        Ok(match slack.seek(&place, by.accepted_at, (CALL, &by.call.to_string())).await? {
            Sought::There(message) => {
                Found::Happened(Box::new(sent(slack, At { channel: target, ts: message.id }).await))
            }
            Sought::Absent => Found::Absent,
            Sought::CannotTell => Found::CannotTell,
        })
    }
}

/// The text as the arguments of a method that shows it.
async fn said(slack: &Slack, text: &str, by: &Caller) -> Value {
    let names = slack.names(text, by).await;
    json!({
        "text": fallback(text),
        "blocks": blocks(text, &names, &by.actor),
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

async fn sent(slack: &Slack, at: At) -> Outcome {
    let link = slack.permalink(&at).await;
    let card = Card::new(Tone::Good, format!("Sent to {}", at.channel.called));
    linked(card, &at, link)
}

/// A private answer about a message, with the way to it.
fn linked(card: Card, at: &At, link: Option<String>) -> Outcome {
    let data = object(json!({
        "message": at.written(), "channel": at.channel.id, "ts": at.ts, "url": link,
    }));
    let card = match link {
        Some(link) => card.link(link),
        None => card,
    };
    Outcome { data, ..Outcome::private(card) }
}

/// Change a message that was sent with `slack message send`.
///
/// The new text replaces the old one; the message says who changed it. Cards and alerts change by themselves and not by
/// this.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMessage {
    /// Message by its link, or as `slack:C02ABCDEF/1700000000.000100`.
    pub message: MessageName,
    /// What it is to say instead.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for UpdateMessage {
    type On = Slack;

    const SPEC: Spec =
        Spec::new("slack.message.update").positional(&["message", "text"]).rest().effect(Effect::Change).idempotent();

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let at = slack.at("message", &self.message, by).await?;
        let before = slack.message(&at).await?.ok_or_else(gone)?;
        if borne(&before, CALL).is_none() {
            return Err(Fault::denied(
                "That message was not sent with `slack message send`, and only those can be changed with this.",
            ));
        }
        let mut args = said(slack, &text, by).await;
        args["channel"] = at.channel.id.as_str().into();
        args["ts"] = at.ts.as_str().into();
        slack.client.post("chat.update", Twice::Harmless, &args).await?;
        let link = slack.permalink(&at).await;
        Ok(linked(Card::new(Tone::Good, format!("Changed the message in {}", at.channel.called)), &at, link))
    }
}

fn gone() -> Fault {
    Fault::not_found("That message is not there any more, or Quarterdeck is not in its channel.")
}

/// Delete a message of Quarterdeck's.
///
/// Messages of other people and apps can only be deleted in Slack itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteMessage {
    /// Message by its link, or as `slack:C02ABCDEF/1700000000.000100`.
    pub message: MessageName,
}

impl Operation for DeleteMessage {
    type On = Slack;

    const SPEC: Spec = Spec::new("slack.message.delete").positional(&["message"]).effect(Effect::Destroy);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let at = slack.at("message", &self.message, by).await?;
        let args = json!({ "channel": at.channel.id, "ts": at.ts });
        slack.client.post("chat.delete", Twice::Seen, &args).await?;
        Ok(deleted(&at))
    }

    async fn find(&self, slack: &Slack, by: &Caller) -> Result<Found, Fault> {
        let at = slack.at("message", &self.message, by).await?;
        // It was there when it was confirmed.
        Ok(match slack.message(&at).await? {
            Some(_) => Found::Absent,
            None => Found::Happened(Box::new(deleted(&at))),
        })
    }

    async fn preview(&self, slack: &Slack, by: &Caller) -> Result<Option<Preview>, Fault> {
        let at = slack.at("message", &self.message, by).await?;
        let message = slack.message(&at).await?.ok_or_else(gone)?;
        let own = slack.ears.identity.get().map(|identity| identity.user.as_str());
        if own.is_some() && message.get("user").and_then(Value::as_str) != own {
            return Err(Fault::denied("That message is not Quarterdeck's; delete it in Slack itself."));
        }
        let said = words(message.get("text").and_then(Value::as_str).unwrap_or_default(), 300);
        let card = Card::new(Tone::Warning, format!("Delete this message in {}?", at.channel.called));
        let card = if said.is_empty() { card } else { card.block(Block::Quote(Text::new().plain(said))) };
        let replies = message.get("reply_count").and_then(Value::as_u64).unwrap_or_default();
        let card = if replies > 0 { card.field("Replies", format!("{replies}, which stay")) } else { card };
        let card = match sent_at(&at.ts) {
            Some(time) => card.field("Sent", Text::new().time(time)),
            None => card,
        };
        Ok(Some(Preview::new(card.text("This cannot be undone."))))
    }
}

/// When a message was posted, which its id tells.
fn sent_at(ts: &str) -> Option<Timestamp> {
    Timestamp::from_second(ts.split_once('.')?.0.parse().ok()?).ok()
}

fn deleted(at: &At) -> Outcome {
    let data: Object = object(json!({ "message": at.written(), "channel": at.channel.id, "ts": at.ts }));
    let card = Card::new(Tone::Muted, format!("Deleted the message in {}", at.channel.called));
    Outcome { data, ..Outcome::private(card) }
}

/// Show a message in a channel to one person only.
///
/// They see it until they reload Slack; it can be neither changed nor found again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendEphemeral {
    /// Channel as `#name` or its id.
    #[schemars(extend("x-complete" = "slack.channels"))]
    pub channel: ChannelRef,
    /// Who sees it, as `@name` or their id; they must be in the channel.
    #[schemars(extend("x-complete" = "slack.users"))]
    pub user: UserRef,
    /// What to say.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for SendEphemeral {
    type On = Slack;

    const SPEC: Spec =
        Spec::new("slack.message.ephemeral").positional(&["channel", "user", "text"]).rest().effect(Effect::Change);

    async fn run(self, slack: &Slack, by: &Caller) -> Result<Outcome, Fault> {
        let text = checked("text", &self.text)?;
        let channel = slack.channel("channel", &self.channel, by).await?;
        let user = slack.user_id("user", &self.user).await?;
        let mut args = said(slack, &text, by).await;
        args["channel"] = channel.id.as_str().into();
        args["user"] = user.as_str().into();
        slack.client.post("chat.postEphemeral", Twice::Seen, &args).await?;
        let name = slack.directory.name_of(&slack.client, &user).await.unwrap_or_else(|_| user.clone());
        let data = object(json!({ "channel": channel.id, "user": user }));
        let card = Card::new(Tone::Good, format!("Shown to @{name} in {}", channel.called()));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}
