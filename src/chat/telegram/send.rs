//! Carrying parcels: posting, editing, answering. Called by the lanes; retry, order and pace are theirs.
//!
//! Telegram has no message that only one person sees. So what is for one person alone goes
//! - as a notice on their screen, where it answers a press and is short;
//! - else into their chat with the bot, and says there which group it is about;
//! - where the bot may not write to them (they never opened a chat with it, or blocked it), into the group, as a reply to
//!   them, with the way to have it in private. What was asked for in a group was asked for in front of that group; an
//!   operation whose answer is confidential is asked for in private.
//!
//! What continues a conversation in the group (a confirmation, a form to be gone on with) stays in the group even though it
//! is for one person: only they can use its buttons, and pressed elsewhere these would run for another place.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::callbacks::Said;
use super::client::{FilePart, WINDOW};
use super::escape::{clean, cut, escape, inert, length};
use super::faults::Refusal;
use super::limits::Limits;
use super::render::{self, Attachment, Rendered, render};
use super::tables::Known;
use super::wire::Handle;
use super::{Telegram, platform};
use crate::chat::goes_on;
use crate::chat::web::Twice;
use crate::delivery::{Carried, Carrier, Errand, Found, Parcel, Quota, Toll};
use crate::model::{Card, Fault, FaultKind, MessageRef, Place, ReplyHandle, Retry, Show};

/// The sign on a message that something was made of it; ✅ is none of those that bots may use:
/// <https://core.telegram.org/bots/api#reactiontypeemoji>
const MARK: &str = "👌";
/// Posts at once after a pause, to one chat: Telegram asks for one a second and bears short bursts.
const BURST: u32 = 3;
/// A notice that is longer stays until it is closed, so that it can be read.
const GLANCE: usize = 60;
/// How long what belongs to a message that is there already waits for Telegram.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Where a message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The chat's id, or its `@username`.
    chat: Value,
    /// The topic of a forum.
    topic: Option<i64>,
    /// The message that it replies to.
    reply: Option<i64>,
}

impl Target {
    /// In this place.
    ///
    /// # Errors
    /// `NotFound`: the place is none of Telegram's.
    pub(super) fn of(place: &Place) -> Result<Self, Fault> {
        let wrong =
            || Fault::not_found(format!("`{place}` is no chat of Telegram's; write `telegram:@name` or its id."));
        let chat = match place.channel.parse::<i64>() {
            Ok(id) => Value::from(id),
            Err(_) if place.channel.starts_with('@') => Value::from(place.channel.as_str()),
            Err(_) => return Err(wrong()),
        };
        let topic = place.thread.as_deref().map(|thread| thread.parse().map_err(|_| wrong())).transpose()?;
        // What stands in no topic of a forum is in its first one, whose number is not said.
        Ok(Self { chat, topic: topic.filter(|topic| *topic != 1), reply: None })
    }

    /// As a reply to this message, if there is one and it is still there.
    pub(super) fn replying(self, reply: Option<i64>) -> Self {
        Self { reply, ..self }
    }

    /// The chat, as the Bot API takes it.
    pub(super) fn chat(&self) -> &Value {
        &self.chat
    }

    /// The arguments of a method that sends something there.
    pub(super) fn args(&self) -> Value {
        let mut args = json!({ "chat_id": self.chat });
        if let Some(topic) = self.topic {
            args["message_thread_id"] = topic.into();
        }
        if let Some(reply) = self.reply {
            args["reply_parameters"] = json!({ "message_id": reply, "allow_sending_without_reply": true });
        }
        args
    }
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    /// The chat, as Telegram names it.
    pub(super) chat: i64,
    /// The message.
    pub(super) message: i64,
    /// The chat that it went to instead.
    pub(super) moved: Option<i64>,
}

/// What stands in a message.
pub(super) fn content(html: &str, markup: Option<Value>) -> Value {
    let mut content = json!({
        "text": html,
        "parse_mode": "HTML",
        // No link is worth a preview below the card.
        "link_preview_options": { "is_disabled": true },
    });
    if let Some(markup) = markup {
        content["reply_markup"] = markup;
    }
    content
}

/// The arguments with these beside them.
pub(super) fn with(mut args: Value, more: Value) -> Value {
    if let (Value::Object(args), Value::Object(more)) = (&mut args, more) {
        args.extend(more);
    }
    args
}

#[async_trait]
impl Carrier for Telegram {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        match &parcel.errand {
            Errand::Post { place, card, only_for, under, reply: _ } => {
                let under = under.as_deref().and_then(|under| under.parse().ok());
                match only_for.as_deref().filter(|_| !is_direct(place)) {
                    Some(user) => self.whisper(place, user, card, under).await,
                    None => self.post(place, card, under, None).await,
                }
            }
            Errand::Reply { to, card, handle: _ } => self.post(&to.place, card, to.id.parse().ok(), None).await,
            Errand::Mark { message } => self.mark(message).await,
            Errand::Edit { message, card } => self.edit(message, card).await,
            Errand::Answer { handle, card, show, replace } => self.answer(handle, card, *show, *replace).await,
            Errand::Event { endpoint, .. } => {
                Err(Fault::bug(format!("an event for the webhook `{endpoint}` was given to Telegram")))
            }
        }
    }

    /// Telegram shows a bot neither what was sent nor takes a mark to know it again by, so nothing can be told of a post.
    async fn find(&self, parcel: &Parcel) -> Result<Found, Fault> {
        Ok(match &parcel.errand {
            // Repeating an edit or a sign shows nothing new.
            Errand::Edit { .. } | Errand::Mark { .. } => Found::Absent,
            Errand::Post { .. } | Errand::Reply { .. } | Errand::Answer { .. } | Errand::Event { .. } => {
                Found::CannotTell
            }
        })
    }

    fn tolls(&self, parcel: &Parcel) -> Vec<Toll> {
        // A 429 covers all calls of the bot.
        let mut tolls = vec![Toll { key: WINDOW.to_owned(), quota: None, closes: true }];
        match &parcel.errand {
            Errand::Post { place, only_for, .. } => match only_for.as_deref().filter(|_| !is_direct(place)) {
                Some(user) => tolls.extend(self.pace(user)),
                None => tolls.extend(self.pace(&place.channel)),
            },
            Errand::Answer { handle, show: Show::Public, replace: false, .. } => {
                tolls.extend(Handle::read(&handle.value).into_iter().flat_map(|at| self.pace(&at.place.channel)));
            }
            Errand::Reply { to, .. } => tolls.extend(self.pace(&to.place.channel)),
            Errand::Edit { .. } | Errand::Mark { .. } | Errand::Answer { .. } | Errand::Event { .. } => {}
        }
        tolls
    }
}

impl Telegram {
    /// The pace of one chat, and of one group.
    pub(super) fn pace(&self, chat: &str) -> Vec<Toll> {
        let toll = |key: String, per_minute: u32, burst: u32| {
            (per_minute > 0).then_some(Toll { key, quota: Some(Quota { per_minute, burst }), closes: false })
        };
        let mut tolls: Vec<Toll> =
            toll(format!("telegram/{chat}"), self.config.post_per_minute, BURST).into_iter().collect();
        if !chat.bytes().all(|byte| byte.is_ascii_digit()) {
            let per_minute = self.config.post_per_minute_group;
            tolls.extend(toll(format!("telegram/group/{chat}"), per_minute, per_minute));
        }
        tolls
    }

    /// Sends, once; where the group goes on as a supergroup, there.
    pub(super) async fn send_to(&self, target: &Target, method: &str, what: &Value) -> Result<Sent, Refusal> {
        let args = with(target.args(), what.clone());
        let (answer, moved) = match self.client.call(method, Twice::Seen, &args).await {
            Err(Refusal { moved_to: Some(to), .. }) => {
                // The supergroup knows none of the group's topics and messages.
                let there = Target { chat: to.into(), topic: None, reply: None };
                (self.client.call(method, Twice::Seen, &with(there.args(), what.clone())).await?, Some(to))
            }
            other => (other?, None),
        };
        let number = |path: &str| answer.pointer(path).and_then(Value::as_i64);
        let (Some(message), Some(chat)) = (number("/message_id"), number("/chat/id")) else {
            return Err(Fault::unknown("Telegram did not say whether the message arrived; it may have.")
                .inside(format!("{method}: an answer without `message_id`"))
                .into());
        };
        Ok(Sent { chat, message, moved })
    }

    /// Posts a card; `note` is HTML below it.
    async fn post(&self, place: &Place, card: &Card, reply: Option<i64>, note: Option<&str>) -> Result<Carried, Fault> {
        let target = Target::of(place)?.replying(reply);
        let rendered = self.rendered(card, note.map(|note| ("", note)));
        Ok(self.send_card(&target, place, rendered).await?)
    }

    /// The card, with HTML of ours above and below it.
    fn rendered(&self, card: &Card, around: Option<(&str, &str)>) -> Rendered {
        let mut limits = Limits::at(self.clock.now());
        let Some((above, below)) = around else { return render(card, &limits) };
        limits.text -= length(above) + length(below) + 4;
        let mut rendered = render(card, &limits);
        if let Some(first) = rendered.parts.first_mut() {
            let sections: Vec<&str> =
                [above, first.as_str(), below].into_iter().filter(|html| !html.is_empty()).collect();
            *first = sections.join("\n\n");
        }
        rendered
    }

    async fn send_card(&self, target: &Target, place: &Place, rendered: Rendered) -> Result<Carried, Refusal> {
        self.keep_menus(&rendered.keyboard).await?;
        let mut parts = rendered.parts.iter();
        let first = parts.next().map_or("…", String::as_str);
        let sent = self.send_to(target, "sendMessage", &content(first, rendered.keyboard.markup())).await?;
        let mut lost = rendered.lost;
        let there = Target { chat: sent.chat.into(), reply: Some(sent.message), ..target.clone() };
        let there = if sent.moved.is_some() { Target { topic: None, ..there } } else { there };
        for part in parts {
            // The card is there: what goes with it must not make it come twice.
            if let Err(fault) = self.add(&there, &content(part, None)).await {
                lost.push(format!("the second message: {fault}"));
            }
        }
        if let Some(file) = rendered.attachment {
            match self.add_file(&there, &file).await {
                Ok(document) => self.keep_whole(&sent.chat.to_string(), sent.message, &file, document).await?,
                Err(fault) => lost.push(format!("`{}`: {fault}", file.name)),
            }
        }
        let thread = place.thread.clone().filter(|_| sent.moved.is_none());
        let place = Place { platform: platform(), channel: sent.chat.to_string(), thread };
        let moved = sent.moved.map(|_| place.without_thread());
        Ok(Carried { message: Some(MessageRef { place, id: sent.message.to_string() }), lost, moved })
    }

    /// Sends what goes with a message, without a sound.
    async fn add(&self, target: &Target, content: &Value) -> Result<(), Fault> {
        let content = with(content.clone(), json!({ "disable_notification": true }));
        match self.send_to(target, "sendMessage", &content).await {
            Err(refusal) if self.waited(&refusal.fault).await => {
                self.send_to(target, "sendMessage", &content).await?;
                Ok(())
            }
            Err(refusal) => Err(refusal.fault),
            Ok(_) => Ok(()),
        }
    }

    /// As [`Telegram::add`], with a file; gives its message, where Telegram says so.
    pub(super) async fn add_file(&self, target: &Target, file: &Attachment) -> Result<Option<i64>, Fault> {
        let args = with(target.args(), json!({ "disable_notification": true }));
        let part = || FilePart {
            field: "document".to_owned(),
            name: file.name.to_owned(),
            mime: "text/plain; charset=utf-8".to_owned(),
            content: Bytes::from(file.text.clone().into_bytes()),
        };
        let sent = match self.client.upload("sendDocument", Twice::Seen, &args, vec![part()]).await {
            Err(refusal) if self.waited(&refusal.fault).await => {
                self.client.upload("sendDocument", Twice::Seen, &args, vec![part()]).await?
            }
            other => other?,
        };
        Ok(sent.get("message_id").and_then(Value::as_i64))
    }

    /// Waits as long as Telegram asked for, if that is not long; whether it did.
    async fn waited(&self, fault: &Fault) -> bool {
        let FaultKind::RateLimited { until } = fault.kind else { return false };
        let soon = until.duration_since(self.clock.now()) <= PATIENCE;
        if soon {
            self.clock.sleep_until(until).await;
        }
        soon
    }

    /// Reacts to a person's message. What Telegram refuses for good (a chat that allows other reactions) is left out: the
    /// answer below the message says it all.
    async fn mark(&self, message: &MessageRef) -> Result<Carried, Fault> {
        let Ok(id) = message.id.parse::<i64>() else { return Ok(Carried::default()) };
        let args = json!({
            "chat_id": Target::of(&message.place)?.chat,
            "message_id": id,
            "reaction": [{ "type": "emoji", "emoji": MARK }],
        });
        match self.client.call("setMessageReaction", Twice::Harmless, &args).await {
            Err(Refusal { fault, .. }) if fault.policy().retry == Retry::Never => {
                tracing::info!(%fault, "a message gets no sign that something was made of it");
            }
            other => drop(other?),
        }
        Ok(Carried::default())
    }

    async fn edit(&self, message: &MessageRef, card: &Card) -> Result<Carried, Fault> {
        let gone = || Fault::not_found("That message is not there any more.");
        let target = Target::of(&message.place)?;
        let id: i64 = message.id.parse().map_err(|_| gone())?;
        let rendered = self.rendered(card, None);
        self.keep_menus(&rendered.keyboard).await?;
        let html = rendered.parts.first().map_or("…", String::as_str);
        let args = with(json!({ "chat_id": target.chat, "message_id": id }), content(html, rendered.keyboard.markup()));
        match self.client.call("editMessageText", Twice::Harmless, &args).await {
            // The group's messages stay behind where it became a supergroup: the card is posted anew, there.
            Err(Refusal { moved_to: Some(_), .. }) => return Err(gone()),
            other => other?,
        };
        let mut lost = rendered.lost;
        // An edit stays one message: what it does not hold goes below it, as at first.
        let rest = rendered.attachment.or_else(|| (rendered.parts.len() > 1).then(|| render::whole(card)));
        if let Some(file) = rest {
            lost.extend(self.follow_edit(&message.place.channel, &target, id, &file).await?);
        }
        Ok(Carried { message: Some(message.clone()), lost, ..Carried::default() })
    }

    async fn answer(&self, handle: &ReplyHandle, card: &Card, show: Show, replace: bool) -> Result<Carried, Fault> {
        let at = Handle::read(&handle.value).filter(|_| handle.expires > self.clock.now());
        let Some(at) = at else {
            return Err(Fault::not_found("Telegram takes no answer there any more: the request is too old."));
        };
        if replace {
            self.callbacks.taken(&at.query);
            let message = MessageRef { place: at.place.clone(), id: at.message.to_string() };
            return self.edit(&message, card).await;
        }
        let notice = render::toast(card).filter(|_| show == Show::Private && !at.query.is_empty());
        if let Some(text) = notice {
            let alert = length(&text) > GLANCE;
            if self.callbacks.say(&at.query, &text, alert).await? == Said::Shown {
                return Ok(Carried::default());
            }
        }
        let reply = (!is_direct(&at.place)).then_some(at.message);
        match show {
            Show::Private if !is_direct(&at.place) => self.whisper(&at.place, &at.user.to_string(), card, reply).await,
            _ => self.post(&at.place, card, reply, None).await,
        }
    }

    /// Tells one person of a group something.
    async fn whisper(&self, place: &Place, user: &str, card: &Card, reply: Option<i64>) -> Result<Carried, Fault> {
        let person = user.parse::<i64>().ok().filter(|id| *id > 0);
        let (false, Some(id)) = (goes_on(card), person) else {
            return self.post(place, card, reply, None).await;
        };
        let direct = Place::channel(&platform(), user);
        let about = format!("<i>In {}:</i>", plain(&self.called(place), 100));
        let target = Target::of(&direct)?;
        match self.send_card(&target, &direct, self.rendered(card, Some((&about, "")))).await {
            Err(Refusal { fault: Fault { kind: FaultKind::Denied | FaultKind::NotFound, .. }, .. }) => {}
            other => return Ok(other?),
        }
        let bot = self.identity.get().map(|identity| identity.username.clone()).filter(|name| !name.is_empty());
        let way = bot.map_or_else(
            || "open a chat with me and press Start".to_owned(),
            |bot| {
                format!("<a href=\"https://t.me/{}?start=hello\">open a chat with me</a> and press Start", escape(&bot))
            },
        );
        let mention =
            if reply.is_some() { String::new() } else { format!("<a href=\"tg://user?id={id}\">For you</a>. ") };
        let note = format!("{mention}<i>To get answers like this in private, {way}.</i>");
        self.post(place, card, reply, Some(&note)).await
    }

    /// What a group is called.
    fn called(&self, place: &Place) -> String {
        let known = self.store.get::<Known>(&place.channel).ok().flatten();
        known.map(|known| known.name).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "the group".to_owned())
    }
}

/// Outside text as it may stand in HTML, at most so many units of it.
pub(super) fn plain(text: &str, most: usize) -> String {
    escape(&inert(&cut(clean(text).trim(), most).0, None))
}

/// Whether the place is a chat with one person.
pub(super) fn is_direct(place: &Place) -> bool {
    place.platform == platform() && place.channel.parse::<i64>().is_ok_and(|id| id > 0)
}
