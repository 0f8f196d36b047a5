//! `telegram.message.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::Telegram;
use super::super::faults::Refusal;
use super::super::limits;
use super::super::send::{Sent, Target, content, with};
use super::super::tables::Known;
use super::refs::{ChatRef, MessageName};
use super::said::{link, object, signed};
use crate::chat::web::Twice;
use crate::delivery::tables::Messages;
use crate::model::{Card, Effect, Fault, FaultKind, Place, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Preview, Spec};

/// Send a message to a chat.
///
/// The words are sent as they are: `@name` mentions, links and commands work, marks for bold or code do not. The message
/// says who had it sent. To a person it can be sent once they opened a chat with the bot.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMessage {
    /// Chat as `@name`, its id or a link; `telegram:id/topic` for a topic.
    #[schemars(extend("x-complete" = "telegram.chats_and_people"))]
    pub chat: ChatRef,
    /// What to say.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
    /// Message to reply to, by its link or number.
    #[serde(default)]
    pub reply_to: Option<MessageName>,
    /// Whether nobody's device makes a sound.
    #[serde(default)]
    pub silent: bool,
}

impl Operation for SendMessage {
    type On = Telegram;

    const SPEC: Spec = Spec::new("telegram.message.send").positional(&["chat", "text"]).rest().effect(Effect::Change);

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let html = signed("text", &self.text, &by.actor, limits::TEXT)?;
        let place = telegram.addressed("chat", &self.chat, by).await?;
        let reply = telegram.reply_in(&place, self.reply_to.as_ref(), by).await?;
        let target = Target::of(&place)?.replying(reply);
        let what = with(content(&html, None), json!({ "disable_notification": self.silent }));
        telegram.client.limits().pay(&telegram.pace(&place.channel)).await;
        let sent = telegram.send_to(&target, "sendMessage", &what).await?;
        Ok(telegram.sent(&place, &sent, "Sent to"))
    }
}

/// Change a message that was sent with `telegram message send`.
///
/// The new words replace the old ones; the message says who changed it. Cards and alerts change by themselves and not by
/// this.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditMessage {
    /// Message by its link, by its number here, or as `telegram:-1001234567890#12`.
    pub message: MessageName,
    /// What it is to say instead.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for EditMessage {
    type On = Telegram;

    const SPEC: Spec =
        Spec::new("telegram.message.edit").positional(&["message", "text"]).rest().effect(Effect::Change).idempotent();

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let html = signed("text", &self.text, &by.actor, limits::TEXT)?;
        let place = telegram.named("message", self.message.place.as_ref(), by).await?;
        if telegram.is_card(&place, self.message.id)? {
            return Err(Fault::denied(
                "That message is a card, which changes by itself. Only what was sent with `telegram message send` can be \
                 changed with this.",
            ));
        }
        let target = Target::of(&place)?;
        let at = json!({ "chat_id": target.chat(), "message_id": self.message.id });
        telegram.client.call("editMessageText", Twice::Harmless, &with(at, content(&html, None))).await?;
        let sent = Sent { chat: place.channel.parse().unwrap_or_default(), message: self.message.id, moved: None };
        Ok(telegram.sent(&place, &sent, "Changed in"))
    }
}

/// Delete a message.
///
/// The bot can delete its own messages, those of others where it is an administrator who may, and none that is older than
/// 48 hours but in a supergroup or channel where it may.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteMessage {
    /// Message by its link, by its number here, or as `telegram:-1001234567890#12`.
    pub message: MessageName,
}

impl Operation for DeleteMessage {
    type On = Telegram;

    const SPEC: Spec =
        Spec::new("telegram.message.delete").positional(&["message"]).effect(Effect::Destroy).idempotent();

    async fn run(self, telegram: &Telegram, by: &Caller) -> Result<Outcome, Fault> {
        let place = telegram.named("message", self.message.place.as_ref(), by).await?;
        let target = Target::of(&place)?;
        let args = json!({ "chat_id": target.chat(), "message_id": self.message.id });
        match telegram.client.call("deleteMessage", Twice::Harmless, &args).await {
            // What an attempt before this one deleted is deleted.
            Err(Refusal { fault: Fault { kind: FaultKind::NotFound, .. }, .. }) if by.now > by.accepted_at => {}
            other => drop(other?),
        }
        let card = Card::new(Tone::Muted, format!("Deleted a message in {}", telegram.title(&place)));
        let data = object(json!({ "message": MessageName::written(&place, self.message.id), "chat": place.channel }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }

    /// Telegram shows a bot no message, so the link is what there is to look at.
    async fn preview(&self, telegram: &Telegram, by: &Caller) -> Result<Option<Preview>, Fault> {
        let place = telegram.named("message", self.message.place.as_ref(), by).await?;
        let name = telegram.title(&place);
        let mut card = Card::new(Tone::Warning, format!("Delete message {} in {name}?", self.message.id))
            .text("It is gone for everyone, and cannot be brought back.");
        if let Some(url) = telegram.link(&place, self.message.id) {
            card = card.text(Text::new().link("Look at it first", url));
        }
        Ok(Some(Preview::new(card)))
    }
}

impl Telegram {
    /// The message to reply to, which must be in the same chat.
    pub(super) async fn reply_in(
        &self,
        place: &Place,
        message: Option<&MessageName>,
        by: &Caller,
    ) -> Result<Option<i64>, Fault> {
        let Some(message) = message else { return Ok(None) };
        if let Some(named) = &message.place {
            let there = self.meant("reply_to", Some(named), by).await?;
            if there.channel != place.channel {
                return Err(Fault::bad_input("reply_to", format!("That message is not in {}.", self.title(place))));
            }
        }
        Ok(Some(message.id))
    }

    fn is_card(&self, place: &Place, message: i64) -> Result<bool, Fault> {
        let key = (place.without_thread().to_string(), message.to_string());
        Ok(self.store.get::<Messages>(&key)?.is_some())
    }

    /// Where a message can be opened.
    pub(super) fn link(&self, place: &Place, message: i64) -> Option<String> {
        let known = self.store.get::<Known>(&place.channel).ok().flatten();
        link(place.channel.parse().ok()?, known.and_then(|known| known.username).as_deref(), message)
    }

    /// A private answer about a message, with the way to it.
    pub(super) fn sent(&self, place: &Place, sent: &Sent, what: &str) -> Outcome {
        let there = Place { channel: sent.chat.to_string(), ..place.clone() };
        let url = self.link(&there, sent.message);
        let data = object(json!({
            "message": MessageName::written(&there, sent.message), "chat": there.channel, "id": sent.message, "url": url,
        }));
        let card = Card::new(Tone::Good, format!("{what} {}", self.title(&there)));
        let card = match url {
            Some(url) => card.link(url),
            None => card,
        };
        Outcome { data, ..Outcome::private(card) }
    }
}
