//! Carrying parcels: posting, editing, answering, and looking up what became of a post.
//! Called by the lanes; retry, order and pace are theirs.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::client::window;
use super::faults::RESPONSE_URL;
use super::limits::Limits;
use super::render::{Rendered, render};
use super::{Slack, platform};
use crate::chat::web::Twice;
use crate::delivery::{Carried, Carrier, Errand, Found, Parcel, Quota, Toll};
use crate::model::{Card, Fault, FaultKind, MessageRef, Place, Retry, Show};

/// The event type of the metadata that a message of ours bears, with the delivery's id in its payload.
/// <https://docs.slack.dev/messaging/message-metadata>
pub const METADATA: &str = "quarterdeck_delivery";

/// The method that puts a sign on a message, and the sign: <https://docs.slack.dev/reference/methods/reactions.add>
const REACT: &str = "reactions.add";
const MARK: &str = "white_check_mark";
/// Posts at once after a pause.
const BURST: u32 = 10;
/// Messages of one page of a look-up, and pages of one look-up.
const PAGE: u32 = 200;
const PAGES: usize = 10;
/// How far Slack's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_secs(120);

#[async_trait]
impl Carrier for Slack {
    async fn carry(&self, parcel: &Parcel) -> Result<Carried, Fault> {
        match &parcel.errand {
            Errand::Post { place, card, only_for, under, reply: _ } => {
                let place = threaded(self.resolved(place).await?, under.as_deref());
                match only_for.as_deref().filter(|_| !is_direct(&place)) {
                    Some(user) => self.whisper(&place, user, card).await,
                    None => self.post(parcel, &place, card).await,
                }
            }
            Errand::Reply { to, card, handle: _ } => {
                self.post(parcel, &threaded(to.place.clone(), Some(&to.id)), card).await
            }
            Errand::Mark { message } => self.mark(message).await,
            Errand::Edit { message, card } => self.edit(message, card).await,
            Errand::Answer { handle, card, show, replace } => {
                if handle.expires <= self.client.clock().now() {
                    return Err(Fault::not_found("Slack takes no answer there any more: the request is too old."));
                }
                let rendered = render(card, &Limits::default());
                let args = answer_args(&rendered, *show, *replace);
                self.client.respond(&handle.value, &args).await?;
                // The reply does not name the message.
                Ok(Carried { message: None, lost: rendered.lost, ..Carried::default() })
            }
            Errand::Event { endpoint, .. } => {
                Err(Fault::bug(format!("an event for the webhook `{endpoint}` was given to Slack")))
            }
        }
    }

    async fn find(&self, parcel: &Parcel) -> Result<Found, Fault> {
        match &parcel.errand {
            // Repeating an edit or a sign shows nothing new.
            Errand::Edit { .. } | Errand::Mark { .. } => Ok(Found::Absent),
            Errand::Reply { to, .. } => {
                let place = threaded(to.place.clone(), Some(&to.id));
                Ok(self.seek(&place, parcel.queued_at, ("delivery", &parcel.id.to_string())).await?.into())
            }
            Errand::Post { place, only_for, under, .. } => {
                let place = threaded(self.resolved(place).await?, under.as_deref());
                if only_for.is_some() && !is_direct(&place) {
                    return Ok(Found::CannotTell);
                }
                Ok(self.seek(&place, parcel.queued_at, ("delivery", &parcel.id.to_string())).await?.into())
            }
            Errand::Answer { .. } | Errand::Event { .. } => Ok(Found::CannotTell),
        }
    }

    fn tolls(&self, parcel: &Parcel) -> Vec<Toll> {
        // Slack's 429 covers one method in one workspace: https://docs.slack.dev/apis/web-api/rate-limits
        let window = |method: &str| Toll { key: window(method), quota: None, closes: true };
        match &parcel.errand {
            Errand::Post { place, only_for, .. } if only_for.is_none() || is_direct(place) => {
                let mut tolls = vec![window("chat.postMessage")];
                tolls.extend(self.pace(&place.channel));
                tolls
            }
            Errand::Reply { to, .. } => {
                let mut tolls = vec![window("chat.postMessage")];
                tolls.extend(self.pace(&to.place.channel));
                tolls
            }
            Errand::Mark { .. } => vec![window(REACT)],
            Errand::Post { .. } => vec![window("chat.postEphemeral")],
            Errand::Edit { .. } => vec![window("chat.update")],
            Errand::Answer { .. } => vec![window(RESPONSE_URL)],
            Errand::Event { .. } => Vec::new(),
        }
    }
}

/// What a look-up of a message of ours found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// It is there.
    There(MessageRef),
    /// It is certainly not there.
    Absent,
    /// Nobody can tell.
    CannotTell,
}

impl From<Sought> for Found {
    fn from(sought: Sought) -> Self {
        match sought {
            Sought::There(message) => Self::There(Carried { message: Some(message), ..Carried::default() }),
            Sought::Absent => Self::Absent,
            Sought::CannotTell => Self::CannotTell,
        }
    }
}

impl Slack {
    /// Our own pace of posting to a channel.
    pub(super) fn pace(&self, channel: &str) -> Option<Toll> {
        (self.post_per_minute > 0).then(|| Toll {
            key: format!("slack/chat.postMessage/{channel}"),
            quota: Some(Quota { per_minute: self.post_per_minute, burst: BURST }),
            closes: false,
        })
    }

    async fn resolved(&self, place: &Place) -> Result<Place, Fault> {
        if place.is_named() { self.directory.resolve(&self.client, place).await } else { Ok(place.clone()) }
    }

    async fn post(&self, parcel: &Parcel, place: &Place, card: &Card) -> Result<Carried, Fault> {
        let rendered = render(card, &Limits::default());
        let args = post_args(&rendered, place, &parcel.id.to_string());
        let answer = self.client.post("chat.postMessage", Twice::Seen, &args).await?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let Some(ts) = text("ts") else {
            return Err(Fault::unknown("Slack did not say whether the message arrived; it may have.")
                .inside("chat.postMessage: an answer without `ts`"));
        };
        // A message to a person lands in a channel that only the answer names.
        let channel = text("channel").unwrap_or(&place.channel);
        let place = Place { channel: channel.to_owned(), ..place.clone() };
        Ok(Carried {
            message: Some(MessageRef { place, id: ts.to_owned() }),
            lost: rendered.lost,
            ..Carried::default()
        })
    }

    async fn whisper(&self, place: &Place, user: &str, card: &Card) -> Result<Carried, Fault> {
        let rendered = render(card, &Limits::default());
        let mut args = content(&rendered);
        args["channel"] = place.channel.as_str().into();
        args["user"] = user.into();
        args["parse"] = "none".into();
        args["link_names"] = false.into();
        if let Some(thread) = &place.thread {
            args["thread_ts"] = thread.as_str().into();
        }
        self.client.post("chat.postEphemeral", Twice::Seen, &args).await?;
        // What only one person sees can neither be edited nor found again.
        Ok(Carried { message: None, lost: rendered.lost, ..Carried::default() })
    }

    /// Reacts to a person's message. What Slack refuses for good is left out: the answer below the message says it all.
    async fn mark(&self, message: &MessageRef) -> Result<Carried, Fault> {
        let args = json!({ "channel": message.place.channel, "timestamp": message.id, "name": MARK });
        match self.client.post_unless(REACT, Twice::Harmless, &args, &["already_reacted"]).await {
            Err(fault) if fault.policy().retry == Retry::Never => {
                tracing::info!(%fault, "a message gets no sign that something was made of it");
            }
            other => drop(other?),
        }
        Ok(Carried::default())
    }

    async fn edit(&self, message: &MessageRef, card: &Card) -> Result<Carried, Fault> {
        let rendered = render(card, &Limits::default());
        let args = edit_args(&rendered, message);
        self.client.post("chat.update", Twice::Harmless, &args).await?;
        Ok(Carried { message: Some(message.clone()), lost: rendered.lost, ..Carried::default() })
    }

    /// Looks for a message of ours that bears this in its metadata, posted since then.
    pub(super) async fn seek(&self, place: &Place, since: Timestamp, bears: (&str, &str)) -> Result<Sought, Fault> {
        let oldest = since.checked_sub(SKEW).unwrap_or(since).as_second();
        let method = if place.thread.is_some() { "conversations.replies" } else { "conversations.history" };
        let mut args: HashMap<&str, String> = HashMap::from([
            ("channel", place.channel.clone()),
            ("oldest", format!("{oldest}.000000")),
            ("limit", PAGE.to_string()),
            ("include_all_metadata", "true".to_owned()),
        ]);
        if let Some(thread) = &place.thread {
            args.insert("ts", thread.clone());
        }
        for _ in 0..PAGES {
            let page = match self.client.read(method, &args).await {
                Ok(page) => page,
                // Where we may post but not read (a channel we are not in, a scope not granted), nothing can be told.
                Err(fault)
                    if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound | FaultKind::Misconfigured) =>
                {
                    tracing::warn!(%fault, what = bears.1, "an unclear message cannot be looked up");
                    return Ok(Sought::CannotTell);
                }
                Err(fault) => return Err(fault),
            };
            let Some(messages) = page.get("messages").and_then(Value::as_array) else {
                return Ok(Sought::CannotTell);
            };
            let ours = messages.iter().find(|message| borne(message, bears.0) == Some(bears.1));
            if let Some(ts) = ours.and_then(|message| message.get("ts")).and_then(Value::as_str) {
                return Ok(Sought::There(MessageRef { place: place.clone(), id: ts.to_owned() }));
            }
            match next_cursor(&page) {
                Some(cursor) => args.insert("cursor", cursor),
                // More, without a way to ask for it, is not the end.
                None if page.get("has_more").and_then(Value::as_bool) == Some(true) => return Ok(Sought::CannotTell),
                None => return Ok(Sought::Absent),
            };
        }
        Ok(Sought::CannotTell)
    }
}

/// What a message of ours bears under this name in its metadata.
pub(super) fn borne<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    let metadata = message.get("metadata").filter(|metadata| metadata["event_type"] == METADATA)?;
    metadata.get("event_payload")?.get(name)?.as_str()
}

/// The place in the thread below `under`; one that is in a thread already stays there.
fn threaded(place: Place, under: Option<&str>) -> Place {
    let thread = place.thread.or_else(|| under.map(str::to_owned));
    Place { thread, ..place }
}

/// Where the next page begins, if there is one.
pub(super) fn next_cursor(page: &Value) -> Option<String> {
    let cursor = page.pointer("/response_metadata/next_cursor")?.as_str()?;
    (!cursor.is_empty()).then(|| cursor.to_owned())
}

/// Whether the place is a direct message, where everything is for one person's eyes.
fn is_direct(place: &Place) -> bool {
    place.platform == platform() && place.channel.starts_with(['D', 'U', 'W'])
}

fn content(rendered: &Rendered) -> Value {
    json!({ "text": rendered.text, "blocks": rendered.blocks })
}

/// The arguments of `chat.postMessage`.
pub(super) fn post_args(rendered: &Rendered, place: &Place, delivery: &str) -> Value {
    let mut args = content(rendered);
    args["channel"] = place.channel.as_str().into();
    // The fallback is text, and no link in it or in the blocks is worth a preview below the card.
    args["mrkdwn"] = false.into();
    args["parse"] = "none".into();
    args["link_names"] = false.into();
    args["unfurl_links"] = false.into();
    args["unfurl_media"] = false.into();
    args["metadata"] = json!({ "event_type": METADATA, "event_payload": { "delivery": delivery } });
    if let Some(thread) = &place.thread {
        args["thread_ts"] = thread.as_str().into();
    }
    args
}

/// The arguments of `chat.update`. Without metadata, so that the message keeps the id it was posted with.
pub(super) fn edit_args(rendered: &Rendered, message: &MessageRef) -> Value {
    let mut args = content(rendered);
    args["channel"] = message.place.channel.as_str().into();
    args["ts"] = message.id.as_str().into();
    args["parse"] = "none".into();
    args["link_names"] = false.into();
    args
}

fn answer_args(rendered: &Rendered, show: Show, replace: bool) -> Value {
    let mut args = content(rendered);
    args["response_type"] = match show {
        Show::Private => "ephemeral".into(),
        Show::Public => "in_channel".into(),
    };
    // Unless it is to give way, the message whose button was pressed stays; it is edited by its own delivery.
    args["replace_original"] = replace.into();
    args["unfurl_links"] = false.into();
    args["unfurl_media"] = false.into();
    args
}
