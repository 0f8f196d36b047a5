//! Carrying parcels: posting, editing, answering, and looking up what became of a post.
//! Called by the lanes; retry, order and pace are theirs. What it is known by again is told in [`super::mark`].

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::asked::Asked;
use super::below::react;
use super::client::Call;
use super::escape::{self, cut, one_line};
use super::faults::Trouble;
use super::interactions::{Handle, Said, Saying, Seen};
use super::limits::{self, Limits};
use super::mark::{is_same, mark, nonce};
use super::render::{Rendered, label, render};
use super::{Discord, platform};
use crate::chat::goes_on;
use crate::chat::web::Twice;
use crate::delivery::{Carried, Carrier, Errand, Found, Parcel, Toll};
use crate::model::{Card, DeliveryId, Fault, FaultKind, MessageRef, Place, ReplyHandle, Show};

/// What Discord calls to say something in a channel or thread.
pub(super) const MESSAGES: &str = "/channels/{}/messages";
/// What Discord calls one message.
pub(super) const MESSAGE: &str = "/channels/{}/messages/{}";
/// For so long Discord knows a nonce again; it says "a few minutes".
pub(super) const KNOWN: SignedDuration = SignedDuration::from_secs(120);
/// Messages of one page of a look-up.
pub(super) const PAGE: usize = 100;
/// Pages of one look-up.
const PAGES: usize = 10;
/// How far Discord's clock may be behind ours.
pub(super) const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// After how many minutes of silence a thread of ours leaves the list of channels.
const ARCHIVE_AFTER: u32 = 1_440;
/// The first millisecond of Discord's ids: <https://docs.discord.com/developers/reference#snowflakes>
const EPOCH_MS: i64 = 1_420_070_400_000;

/// Discord's codes that are told apart here.
mod code {
    /// There is no such channel or thread.
    pub(super) const UNKNOWN_CHANNEL: u64 = 10003;
    /// Too many edits of a message that is older than an hour.
    pub(super) const OLD_EDITS: u64 = 30046;
    /// The thread is archived.
    pub(super) const ARCHIVED: u64 = 50083;
    /// The thread is locked.
    pub(super) const LOCKED: u64 = 160_005;
    /// The message has a thread already.
    pub(super) const HAS_THREAD: u64 = 160_004;
}

#[async_trait]
impl Carrier for Discord {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        match &parcel.errand {
            Errand::Post { place, card, only_for, under, reply } => {
                let place = self.directory.resolve(place).await?;
                let message = Message::of(card, Some(&parcel.id))?;
                if let Some(handle) = reply.as_ref().filter(|handle| self.is_open(handle)) {
                    match self.interactions.answer(&handle.value, &message.saying(only_for.is_some(), false)).await {
                        Ok(said) => return Ok(message.carried(said.and_then(|said| stands(&said, &place)))),
                        // It came too late for that: it is said in the channel.
                        Err(fault) if fault.kind == FaultKind::NotFound => {}
                        Err(fault) => return Err(fault),
                    }
                }
                match (only_for, under) {
                    (Some(user), _) => self.whisper(&place, user, card, message, None).await,
                    (None, Some(under)) => self.follow_up(&place, under, card, message).await,
                    (None, None) => self.post(&place, message, None).await.map_err(Fault::from),
                }
            }
            Errand::Reply { to, handle, card } => {
                self.below(to, handle.as_ref(), Message::of(card, Some(&parcel.id))?).await
            }
            Errand::Mark { message } => self.sign(message).await,
            Errand::Edit { message, card } => self.edit(message, card).await,
            Errand::Answer { handle, card, show, replace } => {
                if !self.is_alive(handle) {
                    return Err(Fault::not_found("Discord takes no answer there any more: the request is too old."));
                }
                let message = Message::of(card, Some(&parcel.id))?;
                if let Some(asked) = Asked::read(&handle.value) {
                    return self.answer_line(&asked, card, *show, message).await;
                }
                let saying = message.saying(*show == Show::Private, *replace);
                let said = self.interactions.answer(&handle.value, &saying).await?;
                Ok(message.carried(said.and_then(|said| stands(&said, &Place::channel(&platform(), &said.channel)))))
            }
            Errand::Event { endpoint, .. } => {
                Err(Fault::bug(format!("an event for the webhook `{endpoint}` was given to Discord")))
            }
        }
    }

    async fn find(&self, parcel: &Parcel) -> Result<Found, Fault> {
        match &parcel.errand {
            // Repeating an edit or a sign shows nothing new.
            Errand::Edit { .. } | Errand::Mark { .. } => Ok(Found::Absent),
            Errand::Reply { .. } if self.knows_nonce(parcel) => Ok(Found::Absent),
            Errand::Reply { to, card, .. } => {
                self.look_up(parcel, &to.place, &Message::of(card, Some(&parcel.id))?).await
            }
            Errand::Post { place, card, only_for, under, reply } => {
                let place = self.directory.resolve(place).await?;
                let message = Message::of(card, Some(&parcel.id))?;
                let reply = reply.as_ref().filter(|handle| Asked::read(&handle.value).is_none());
                // What answers a request bears no nonce.
                if reply.is_none() && self.knows_nonce(parcel) {
                    return Ok(Found::Absent);
                }
                let place = match (only_for, under, reply) {
                    // An answer for one person's eyes stands in no channel.
                    (Some(_), _, Some(handle)) => {
                        return self.answered(parcel, handle, &message.saying(true, false)).await;
                    }
                    (Some(user), _, None) => return self.find_whispered(parcel, &place, user, message, None).await,
                    (None, Some(under), _) => threaded(&place, under),
                    (None, None, _) => place,
                };
                self.look_up(parcel, &place, &message).await
            }
            Errand::Answer { handle, card, show, replace } => {
                let message = Message::of(card, Some(&parcel.id))?;
                let Some(asked) = Asked::read(&handle.value) else {
                    let saying = message.saying(*show == Show::Private, *replace);
                    return self.answered(parcel, handle, &saying).await;
                };
                if self.knows_nonce(parcel) {
                    return Ok(Found::Absent);
                }
                self.find_line(parcel, &asked, *show, message).await
            }
            Errand::Event { .. } => Ok(Found::CannotTell),
        }
    }

    fn tolls(&self, parcel: &Parcel) -> Vec<Toll> {
        match &parcel.errand {
            // Answers have no limits but their own: https://docs.discord.com/developers/topics/rate-limits
            Errand::Post { reply: Some(handle), .. } if self.is_open(handle) => Vec::new(),
            Errand::Post { only_for: Some(_), card, .. } if !goes_on(card) => self.client.tolls(&open_direct("")),
            Errand::Post { place, under, .. } => {
                let place = under.as_deref().map_or_else(|| place.clone(), |under| threaded(place, under));
                self.client.tolls(&Call::post(MESSAGES, &[channel_of(&place)]))
            }
            Errand::Reply { to, .. } => self.client.tolls(&Call::post(MESSAGES, &[channel_of(&to.place)])),
            Errand::Mark { message } => self.client.tolls(&react(message)),
            Errand::Edit { message, .. } => {
                self.client.tolls(&Call::patch(MESSAGE, &[channel_of(&message.place), &message.id]))
            }
            Errand::Answer { handle, card, show, .. } => match Asked::read(&handle.value) {
                Some(_) if *show == Show::Private && !goes_on(card) => self.client.tolls(&open_direct("")),
                Some(asked) => self.client.tolls(&Call::post(MESSAGES, &[channel_of(&asked.place)])),
                None => Vec::new(),
            },
            Errand::Event { .. } => Vec::new(),
        }
    }
}

/// A card that is ready to go, with the mark of its delivery.
#[derive(Clone)]
pub(super) struct Message {
    rendered: Rendered,
    pub(super) payload: Value,
    nonce: String,
}

impl Message {
    pub(super) fn of(card: &Card, id: Option<&DeliveryId>) -> Result<Self, Fault> {
        let rendered = render(card, &Limits::default());
        let mut payload = rendered.payload()?;
        let nonce = id.map(nonce).unwrap_or_default();
        if let Some(embed) = payload.pointer_mut("/embeds/0").filter(|_| !nonce.is_empty()) {
            // Where a client shows the address after all, it leads where the card leads.
            let url = card.link.as_deref().and_then(escape::safe_url);
            let url = url.filter(|url| !url.contains('#')).unwrap_or_else(|| "https://discord.com/".to_owned());
            embed["url"] = format!("{url}{}", mark(&nonce)).into();
        }
        Ok(Self { rendered, payload, nonce })
    }

    pub(super) fn saying(&self, ephemeral: bool, replace: bool) -> Saying {
        let (payload, files, nonce) = (self.payload.clone(), self.rendered.files(), self.nonce.clone());
        Saying { payload, files, nonce, ephemeral, replace }
    }

    fn carried(self, message: Option<MessageRef>) -> Carried {
        Carried { message, lost: self.rendered.lost, ..Carried::default() }
    }
}

impl Discord {
    fn is_alive(&self, handle: &ReplyHandle) -> bool {
        handle.expires > self.client.clock().now()
    }

    /// Whether the handle is an interaction's that can be answered.
    pub(super) fn is_open(&self, handle: &ReplyHandle) -> bool {
        self.is_alive(handle) && Asked::read(&handle.value).is_none()
    }

    /// Whether Discord still knows a post of this parcel by its nonce, so that it can be sent again.
    fn knows_nonce(&self, parcel: &Parcel) -> bool {
        self.client.clock().now().duration_since(parcel.queued_at) < KNOWN
    }

    /// Posts in a channel or thread; as a reply to a message of it where one is named.
    pub(super) async fn post(
        &self,
        place: &Place,
        message: Message,
        reply_to: Option<&str>,
    ) -> Result<Carried, Trouble> {
        let mut payload = message.payload.clone();
        payload["nonce"] = message.nonce.as_str().into();
        payload["enforce_nonce"] = true.into();
        if let Some(id) = reply_to {
            payload["message_reference"] = json!({ "message_id": id, "fail_if_not_exists": false });
        }
        let call = || Call::post(MESSAGES, &[channel_of(place)]).files(payload.clone(), message.rendered.files());
        let answer = match self.client.call(call()).await {
            Err(trouble) if trouble.code == code::ARCHIVED => {
                self.unarchive(place).await?;
                self.client.call(call()).await?
            }
            answer => answer?,
        };
        let Some(id) = answer.get("id").and_then(Value::as_str) else {
            return Err(Trouble::own(
                Fault::unknown("Discord did not say whether the message arrived; it may have.")
                    .inside("POST /channels/{}/messages: an answer without `id`"),
            ));
        };
        let message_ref = MessageRef { place: place.clone(), id: id.to_owned() };
        Ok(message.carried(Some(message_ref)))
    }

    /// Posts below a message: in its thread, which is started where there is none yet; as a reply where there can be none.
    async fn follow_up(&self, place: &Place, under: &str, card: &Card, message: Message) -> Result<Carried, Fault> {
        if place.thread.is_some() {
            return Ok(self.post(place, message, Some(under)).await?);
        }
        // A thread that was started from a message has the message's id.
        let thread = threaded(place, under);
        match self.post(&thread, message.clone(), None).await {
            Err(trouble) if trouble.code == code::UNKNOWN_CHANNEL => {}
            // Somebody closed the discussion; the news goes on all the same.
            Err(trouble) if trouble.code == code::LOCKED => return Ok(self.post(place, message, Some(under)).await?),
            result => return Ok(result?),
        }
        // It is about the card, whatever the first follow-up says.
        let about = self.client.call(Call::get(MESSAGE, &[&place.channel, under])).await;
        let about = about.ok().and_then(|message| Some(escape::read(message.get("content")?.as_str()?)));
        let name = label(about.as_deref().unwrap_or_default(), limits::THREAD, &card.title);
        let start = Call::post("/channels/{}/messages/{}/threads", &[&place.channel, under])
            .json(json!({ "name": name, "auto_archive_duration": ARCHIVE_AFTER }))
            // A second one is refused, because there is one already.
            .twice(Twice::Harmless);
        match self.client.call(start).await {
            Ok(_) => Ok(self.post(&thread, message, None).await?),
            Err(trouble) if trouble.code == code::HAS_THREAD => Ok(self.post(&thread, message, None).await?),
            Err(trouble) => match trouble.fault.kind {
                // No thread can be started there: it is a direct message, the message is gone, or we may not.
                FaultKind::Denied | FaultKind::NotFound | FaultKind::Conflict | FaultKind::BadInput { .. } => {
                    tracing::info!(fault = %trouble.fault, "no thread could be started; the follow-up is a reply");
                    Ok(self.post(place, message, Some(under)).await?)
                }
                _ => Err(trouble.fault),
            },
        }
    }

    /// The channel of direct messages with a person.
    pub(super) async fn direct(&self, user: &str) -> Result<Place, Fault> {
        let answer = self.client.call(open_direct(user)).await?;
        let id = answer.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| Fault::unavailable("Discord does not answer properly just now."))?;
        Ok(Place::channel(&platform(), id))
    }

    async fn edit(&self, message: &MessageRef, card: &Card) -> Result<Carried, Fault> {
        let new = Message::of(card, None)?;
        let call = || {
            Call::patch(MESSAGE, &[channel_of(&message.place), &message.id])
                .files(new.payload.clone(), new.rendered.files())
        };
        match self.client.call(call()).await {
            Ok(_) => {}
            Err(trouble) if trouble.code == code::ARCHIVED => {
                self.unarchive(&message.place).await?;
                self.client.call(call()).await?;
            }
            // The card goes on as a new message: what is put off here would hold up the whole channel.
            Err(trouble) if trouble.code == code::OLD_EDITS => {
                return Err(Fault { kind: FaultKind::NotFound, ..trouble.fault });
            }
            Err(trouble) => return Err(trouble.fault),
        }
        Ok(new.carried(Some(message.clone())))
    }

    /// Opens an archived thread: nothing in one can be changed.
    async fn unarchive(&self, place: &Place) -> Result<(), Fault> {
        let call = Call::patch("/channels/{}", &[channel_of(place)]).json(json!({ "archived": false }));
        self.client.call(call).await?;
        Ok(())
    }

    /// Whether an interaction has this answer. One for all that is no first answer stands in the channel.
    async fn answered(&self, parcel: &Parcel, handle: &ReplyHandle, saying: &Saying) -> Result<Found, Fault> {
        if !self.is_alive(handle) {
            return Ok(Found::CannotTell);
        }
        Ok(match self.interactions.find(&handle.value, saying).await? {
            Seen::There(said) => {
                let message = stands(&said, &Place::channel(&platform(), &said.channel));
                Found::There(Carried { message, ..Carried::default() })
            }
            Seen::Absent => Found::Absent,
            Seen::CannotTell => match Handle::parse(&handle.value)?.channel.filter(|_| !saying.ephemeral) {
                Some(channel) => {
                    let place = Place::channel(&platform(), &channel);
                    self.look_for(parcel, &place, |other| saying.is(other)).await?
                }
                None => Found::CannotTell,
            },
        })
    }

    /// What became of a post in this place.
    pub(super) async fn look_up(&self, parcel: &Parcel, place: &Place, message: &Message) -> Result<Found, Fault> {
        self.look_for(parcel, place, |other| is_same(&message.payload, &message.nonce, other)).await
    }

    async fn look_for(
        &self,
        parcel: &Parcel,
        place: &Place,
        is: impl Fn(&Value) -> bool + Send,
    ) -> Result<Found, Fault> {
        let oldest = parcel.queued_at.checked_sub(SKEW).unwrap_or(parcel.queued_at);
        let mut after = snowflake(oldest);
        for _ in 0..PAGES {
            let page = match self.messages_after(channel_of(place), &after).await {
                Ok(page) => page,
                // The thread that it would be in was never started.
                Err(trouble) if trouble.code == code::UNKNOWN_CHANNEL && place.thread.is_some() => {
                    return Ok(Found::Absent);
                }
                // Where we may post but not read, nothing can be told.
                Err(Trouble { fault, .. }) if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound) => {
                    tracing::warn!(%fault, delivery = %parcel.id, "an unclear message cannot be looked up");
                    return Ok(Found::CannotTell);
                }
                Err(trouble) => return Err(trouble.fault),
            };
            let found = page.iter().find(|other| is(other)).and_then(|other| other.get("id")?.as_str());
            if let Some(id) = found {
                let message = MessageRef { place: place.clone(), id: id.to_owned() };
                return Ok(Found::There(Carried { message: Some(message), ..Carried::default() }));
            }
            match page.iter().filter_map(id_number).max().filter(|_| page.len() >= PAGE) {
                Some(newest) => after = newest.to_string(),
                None => return Ok(Found::Absent),
            }
        }
        Ok(Found::CannotTell)
    }

    /// The messages of a channel that are younger than this id, at most [`PAGE`] of them, the oldest of those.
    pub(super) async fn messages_after(&self, channel: &str, after: &str) -> Result<Vec<Value>, Trouble> {
        let call = Call::get(MESSAGES, &[channel]).query("after", after).query("limit", PAGE.to_string());
        match self.client.call(call).await? {
            Value::Array(messages) => Ok(messages),
            _ => Err(Trouble::own(Fault::unavailable("Discord does not answer properly just now."))),
        }
    }
}

fn open_direct(user: &str) -> Call {
    // A second one opens the same channel.
    Call::post("/users/@me/channels", &[]).json(json!({ "recipient_id": user })).twice(Twice::Harmless)
}

/// The id that a message of this moment would have at least.
/// <https://docs.discord.com/developers/reference#snowflakes>
pub(super) fn snowflake(at: Timestamp) -> String {
    ((at.as_millisecond() - EPOCH_MS).max(0) << 22).to_string()
}

fn id_number(message: &Value) -> Option<u64> {
    message.get("id")?.as_str()?.parse().ok()
}

/// The channel that Discord is told: a thread is one, too.
pub(super) fn channel_of(place: &Place) -> &str {
    place.thread.as_deref().unwrap_or(&place.channel)
}

/// The place in the thread below `under`; one that is in a thread already stays there.
fn threaded(place: &Place, under: &str) -> Place {
    let thread = place.thread.clone().or_else(|| Some(under.to_owned()));
    Place { thread, ..place.clone() }
}

/// Where an answer stands; nowhere, where only one person sees it: nobody else can edit it.
fn stands(said: &Said, asked: &Place) -> Option<MessageRef> {
    if said.ephemeral {
        return None;
    }
    let place =
        if said.channel == channel_of(asked) { asked.clone() } else { Place::channel(&platform(), &said.channel) };
    Some(MessageRef { place, id: said.message.clone() })
}

/// A line of somebody's words for a title or a name.
pub(super) fn short(text: &str, most: usize) -> String {
    cut(&one_line(text), most).0
}

#[cfg(test)]
#[path = "send_tests.rs"]
pub(super) mod tests;
