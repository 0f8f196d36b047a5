//! Slack's payloads as requests. Pure: vendor JSON ends here. Both ways in, socket and HTTP, come through here.
//!
//! The payloads are read by hand and not into slack-morphism's types: a click carries the whole message it was made on,
//! and one block that those types do not know would make the click unreadable.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value;

use super::escape::unescape;
use super::render::{choice_value, press_token};
use super::suggest::Suggestion;
use super::{form, platform};
use crate::delivery::{Arrival, Incoming};
use crate::model::{Actor, Ask, Clock, MessageRef, Place, PlaceNews, ReplyHandle, Request, Timestamp, Token};

/// How long a reply address works: <https://docs.slack.dev/interactivity/handling-user-interaction>
const REPLY: SignedDuration = SignedDuration::from_mins(30);

/// The events that tell what became of a channel, and what is said of one that is lost.
/// <https://docs.slack.dev/reference/events>
const NEWS: &[(&str, Option<&str>)] = &[
    ("channel_archive", Some(ARCHIVED)),
    ("channel_deleted", Some(DELETED)),
    ("channel_left", Some(LEFT)),
    ("channel_unarchive", None),
    ("group_archive", Some(ARCHIVED)),
    ("group_deleted", Some(DELETED)),
    ("group_left", Some(LEFT)),
    ("group_unarchive", None),
    ("member_joined_channel", None),
];
const ARCHIVED: &str = "The channel was archived.";
const DELETED: &str = "The channel was deleted.";
const LEFT: &str = "Quarterdeck was removed from the channel. Invite it again: `/invite @quarterdeck`.";

/// As whom we are signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The bot's user id.
    pub user: String,
    /// The workspace's id.
    pub team: String,
    /// The workspace's name, outside text.
    pub team_name: String,
}

/// The events of [`NEWS`], by name.
pub(super) fn news() -> impl Iterator<Item = &'static str> {
    NEWS.iter().map(|(kind, _)| *kind)
}

/// What is needed to understand a payload.
#[derive(Debug, Clone)]
pub(super) struct Ears {
    pub commands: Vec<String>,
    pub team: Option<String>,
    pub identity: Arc<OnceLock<Identity>>,
    pub clock: Clock,
}

/// What a payload is.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// For the inbox; acknowledged when it is on disk there.
    Take(Box<Arrival>),
    /// Somebody types in a form; answered at once, and kept nowhere.
    Suggest(Box<Suggestion>),
    /// Nothing for us; acknowledged.
    Ignore(&'static str),
    /// Slack asks whether we are there; answered with the same word.
    Challenge(String),
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub(super) fn need<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, String> {
    text(value, pointer).ok_or_else(|| format!("there is no text at `{pointer}`"))
}

impl Ears {
    /// A slash command. <https://docs.slack.dev/interactivity/implementing-slash-commands>
    pub(super) fn command(&self, payload: &Value) -> Result<Heard, String> {
        if self.is_foreign(text(payload, "/team_id")) {
            return Ok(Heard::Ignore("another workspace's command"));
        }
        let command = need(payload, "/command")?;
        let line = read_text(text(payload, "/text").unwrap_or_default());
        let line = if self.commands.first().is_some_and(|root| root == command) {
            line
        } else {
            format!("{} {line}", command.trim_start_matches('/')).trim_end().to_owned()
        };
        let trigger = need(payload, "/trigger_id")?;
        let user = need(payload, "/user_id")?;
        let request = Request {
            ask: Ask::Line { text: line },
            actor: person(user, text(payload, "/user_name")),
            place: Place::channel(&platform(), need(payload, "/channel_id")?),
            reply: text(payload, "/response_url").map(|url| self.reply(url)),
            trigger: Some(trigger.to_owned()),
            message: None,
            quote: None,
        };
        Ok(take(format!("command/{trigger}"), request))
    }

    /// An event of the Events API. <https://docs.slack.dev/apis/events-api>
    pub(super) fn event(&self, payload: &Value) -> Result<Heard, String> {
        match text(payload, "/type") {
            Some("url_verification") => return Ok(Heard::Challenge(need(payload, "/challenge")?.to_owned())),
            Some("app_rate_limited") => {
                tracing::warn!("Slack holds back events: more than 30,000 in an hour");
                return Ok(Heard::Ignore("a notice that events are held back"));
            }
            Some("event_callback") => {}
            _ => return Err("it is no event_callback".to_owned()),
        }
        if self.is_foreign(text(payload, "/team_id")) {
            return Ok(Heard::Ignore("another workspace's event"));
        }
        let event = payload.get("event").ok_or("there is no `event`")?;
        let direct = match need(event, "/type")? {
            "app_mention" => false,
            "message" if text(event, "/channel_type") == Some("im") => true,
            kind if NEWS.iter().any(|(known, _)| *known == kind) => return self.news(kind, event, payload),
            _ => return Ok(Heard::Ignore("an event of no interest")),
        };
        let own = self.identity.get().map(|identity| identity.user.as_str());
        let by_bot = text(event, "/bot_id").is_some() || (own.is_some() && text(event, "/user") == own);
        if by_bot || text(event, "/subtype").is_some() || event.get("edited").is_some_and(|edited| !edited.is_null()) {
            return Ok(Heard::Ignore("a bot's message, an edit or a notice"));
        }
        let said = text(event, "/text").unwrap_or_default();
        let line = read_text(strip_mention(said, own));
        if direct && line.is_empty() {
            return Ok(Heard::Ignore("a message without text"));
        }
        let channel = Place::channel(&platform(), need(event, "/channel")?);
        let thread = thread_of(event);
        let request = Request {
            ask: Ask::Line { text: line },
            actor: person(need(event, "/user")?, None),
            message: thread.as_ref().map(|root| MessageRef { place: channel.clone(), id: root.clone() }),
            place: Place { thread, ..channel },
            reply: None,
            trigger: None,
            quote: None,
        };
        Ok(take(format!("event/{}", need(payload, "/event_id")?), request))
    }

    /// Something became of a channel: the bot came into it or was removed from it, or it is there no more.
    fn news(&self, kind: &str, event: &Value, payload: &Value) -> Result<Heard, String> {
        // People come and go, too.
        let own = self.identity.get().map(|identity| identity.user.as_str());
        if kind == "member_joined_channel" && (own.is_none() || text(event, "/user") != own) {
            return Ok(Heard::Ignore("somebody else joined"));
        }
        let lost = NEWS.iter().find(|(known, _)| *known == kind).and_then(|(_, lost)| *lost);
        let request = Request {
            ask: Ask::News(lost.map_or(PlaceNews::Found, |why| PlaceNews::Lost(why.to_owned()))),
            actor: person(text(event, "/actor_id").or(own).unwrap_or("slack"), Some("Slack")),
            place: Place::channel(&platform(), need(event, "/channel")?),
            reply: None,
            trigger: None,
            message: None,
            quote: None,
        };
        Ok(take(format!("event/{}", need(payload, "/event_id")?), request))
    }

    /// A click, a choice, a sent form, something typed in one, or a shortcut used on a message. <https://docs.slack.dev/reference/interaction-payloads>
    pub(super) fn interaction(&self, payload: &Value) -> Result<Heard, String> {
        if self.is_foreign(text(payload, "/team/id")) {
            return Ok(Heard::Ignore("another workspace's interaction"));
        }
        match need(payload, "/type")? {
            "block_actions" => self.press(payload),
            "view_submission" => submit(payload),
            "block_suggestion" => suggestion(payload),
            "view_closed" => Ok(Heard::Ignore("a form that was closed")),
            "message_action" => self.shortcut(payload),
            "shortcut" | "workflow_step_edit" => Ok(Heard::Ignore("an interaction of no interest")),
            _ => Err("it is no interaction that is known".to_owned()),
        }
    }

    /// What could not be read, for the inbox; `id` is the envelope's, if it has one.
    pub(super) fn unread(body: Bytes, reason: String, id: Option<&str>) -> Arrival {
        Arrival {
            door: platform().as_str().to_owned(),
            dedupe: id.map(|id| format!("unread/{id}")),
            what: Incoming::Unread { body, reason },
        }
    }

    fn press(&self, payload: &Value) -> Result<Heard, String> {
        let action = payload.pointer("/actions/0").ok_or("there is no action")?;
        let Some(token) = press_token(action) else {
            return Ok(Heard::Ignore("a button that opened a page"));
        };
        let channel = text(payload, "/channel/id").or_else(|| text(payload, "/container/channel_id"));
        let Some(channel) = channel else {
            return Ok(Heard::Ignore("a button outside of messages"));
        };
        let channel = Place::channel(&platform(), channel);
        let container = payload.get("container").unwrap_or(&Value::Null);
        let message = payload.get("message").unwrap_or(&Value::Null);
        let place = Place { thread: thread_of(message).or_else(|| thread_of(container)), ..channel };
        // A message for one person's eyes has a `ts` too, but nothing can be done with it.
        let seen_by_all = container.get("is_ephemeral").and_then(Value::as_bool) != Some(true);
        let ts = text(container, "/message_ts").or_else(|| text(message, "/ts")).filter(|_| seen_by_all);
        let trigger = need(payload, "/trigger_id")?;
        let name = text(payload, "/user/name").or_else(|| text(payload, "/user/username"));
        let request = Request {
            ask: Ask::Press { token, choice: choice_value(action) },
            actor: person(need(payload, "/user/id")?, name),
            message: ts.map(|ts| MessageRef { place: place.clone(), id: ts.to_owned() }),
            place,
            reply: text(payload, "/response_url").map(|url| self.reply(url)),
            trigger: Some(trigger.to_owned()),
            quote: None,
        };
        Ok(take(format!("press/{trigger}"), request))
    }

    pub(super) fn reply(&self, url: &str) -> ReplyHandle {
        let expires = self.clock.now().checked_add(REPLY).unwrap_or(Timestamp::MAX);
        ReplyHandle { platform: platform(), value: url.to_owned(), expires }
    }

    fn is_foreign(&self, team: Option<&str>) -> bool {
        self.team.as_deref().is_some_and(|wanted| team.is_some_and(|team| team != wanted))
    }
}

fn submit(payload: &Value) -> Result<Heard, String> {
    if text(payload, "/view/callback_id") != Some(form::CALLBACK) {
        return Ok(Heard::Ignore("a form that is none of ours"));
    }
    let user = need(payload, "/user/id")?;
    let name = text(payload, "/user/name").or_else(|| text(payload, "/user/username"));
    let values = payload.pointer("/view/state/values").unwrap_or(&Value::Null);
    let request = Request {
        ask: Ask::Submit {
            token: Token::from_wire(need(payload, "/view/private_metadata")?),
            values: form::submitted(values),
            last: true,
        },
        actor: person(user, name),
        // A form is in no channel: what it was opened from is in its token's record. A person is a place, too.
        place: Place::channel(&platform(), user),
        reply: None,
        trigger: text(payload, "/trigger_id").map(str::to_owned),
        message: None,
        quote: None,
    };
    let key = format!("submit/{}/{}", need(payload, "/view/id")?, need(payload, "/view/hash")?);
    Ok(take(key, request))
}

fn suggestion(payload: &Value) -> Result<Heard, String> {
    if text(payload, "/view/callback_id") != Some(form::CALLBACK) {
        return Ok(Heard::Ignore("a menu that is none of ours"));
    }
    let name = text(payload, "/user/name").or_else(|| text(payload, "/user/username"));
    Ok(Heard::Suggest(Box::new(Suggestion {
        token: Token::from_wire(need(payload, "/view/private_metadata")?),
        field: need(payload, "/block_id")?.to_owned(),
        begun: text(payload, "/value").unwrap_or_default().to_owned(),
        values: form::submitted(payload.pointer("/view/state/values").unwrap_or(&Value::Null)),
        actor: person(need(payload, "/user/id")?, name),
    })))
}

pub(super) fn take(key: String, request: Request) -> Heard {
    Heard::Take(Box::new(Arrival {
        door: platform().as_str().to_owned(),
        dedupe: Some(key),
        what: Incoming::Request(Box::new(request)),
    }))
}

pub(super) fn person(id: &str, name: Option<&str>) -> Actor {
    Actor::User { platform: platform(), id: id.to_owned(), name: name.unwrap_or(id).to_owned() }
}

/// The thread that a message stands in; a message with a thread below it stands in none.
pub(super) fn thread_of(message: &Value) -> Option<String> {
    let thread = text(message, "/thread_ts")?;
    let own = text(message, "/ts").or_else(|| text(message, "/message_ts"));
    (own != Some(thread)).then(|| thread.to_owned())
}

/// The text without the mention that it begins with; any one, while it is not known who we are.
fn strip_mention<'a>(text: &'a str, own: Option<&str>) -> &'a str {
    let text = text.trim_start();
    let stripped = text.strip_prefix("<@").and_then(|rest| {
        let (who, rest) = rest.split_once('>')?;
        let id = who.split_once('|').map_or(who, |(id, _)| id);
        own.is_none_or(|own| own == id).then_some(rest)
    });
    stripped.map_or(text, |rest| rest.trim_start_matches([' ', ':', ',', '\u{a0}']))
}

/// A line as its author typed it: Slack's markup as the addresses and handles that the grammar knows, then
/// the entities. <https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages>
fn read_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(&unescape(before));
        let Some((markup, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        let (target, label) = markup.split_once('|').map_or((markup, None), |(target, label)| (target, Some(label)));
        let first = target.chars().next();
        match first {
            Some('@' | '#') => {
                out.push_str(platform().as_str());
                out.push(':');
                out.push_str(&target[1..]);
            }
            Some('!') => out.push_str(&unescape(label.unwrap_or(&target.replacen('!', "@", 1)))),
            // Slack makes links of what was typed as a bare name or mail address; the label is what was typed.
            _ if target.starts_with("mailto:") || label.is_some_and(|label| target.ends_with(label)) => {
                out.push_str(&unescape(label.unwrap_or(target)));
            }
            _ => out.push_str(&unescape(target)),
        }
        rest = after;
    }
    out.push_str(&unescape(rest));
    out.trim().to_owned()
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
