//! Discord's payloads as requests. Pure: vendor JSON ends here. Both ways in, gateway and HTTP, come through here.
//!
//! The payloads are read by hand and not into serenity's types: those refuse a whole interaction for one component or
//! field that they do not know, and what a person asked for must not be lost for that.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value;
use serenity::model::permissions::Permissions;

use super::asked::{self, Asked};
use super::interactions::{EPHEMERAL, Handle, Kind, LIFE};
use super::people::display_name;
use super::platform;
use super::quote::quote;
use super::read::read_text;
use crate::delivery::{Arrival, Incoming};
use crate::model::{Actor, Ask, Clock, MessageRef, Place, PlaceNews, ReplyHandle, Request, Timestamp, Token};

/// How long before its end a handle is not used any more: a call takes a while.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// What a button's or menu's `custom_id` begins with; its token follows.
pub(super) const PRESS: &str = "p:";
/// What a form's `custom_id` begins with; its token follows.
pub(super) const FORM: &str = "f:";
/// The kinds of channels that are threads.
const THREADS: [u64; 3] = [10, 11, 12];
/// The permissions without which nothing can be posted: View Channel and Send Messages.
const NEEDED: u64 = Permissions::VIEW_CHANNEL.union(Permissions::SEND_MESSAGES).bits();

/// As whom we are signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The bot's user id.
    pub user: String,
    /// The application's id.
    pub application: String,
    /// The bot's name, outside text.
    pub name: String,
}

/// What is needed to understand a payload.
#[derive(Debug, Clone)]
pub(super) struct Ears {
    /// The command that takes whole lines, without its slash.
    pub command: String,
    /// The servers to serve; all, where none are named.
    pub guilds: Vec<String>,
    pub identity: Arc<OnceLock<Identity>>,
    pub clock: Clock,
}

/// What a payload is.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// For the inbox; acknowledged when it is on disk there.
    Take(Box<Arrival>, Option<Handle>),
    /// Several for the inbox: what became of the channels of a server.
    All(Vec<Arrival>),
    /// Somebody is typing; answered at once, and not kept.
    Complete(Box<Completing>),
    /// Discord asks whether we are there.
    Ping,
    /// Nothing for us; acknowledged.
    Ignore(&'static str),
}

/// A value that is being typed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Completing {
    pub handle: Handle,
    /// The operation; `None` for a whole line.
    pub operation: Option<String>,
    /// The option that is typed.
    pub option: String,
    /// What was typed so far.
    pub begun: String,
    /// The other options.
    pub given: BTreeMap<String, String>,
    pub actor: Actor,
    pub place: Place,
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn need<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, String> {
    text(value, pointer).ok_or_else(|| format!("there is no text at `{pointer}`"))
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

impl Ears {
    /// An interaction. <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object>
    pub(super) fn interaction(&self, payload: &Value) -> Result<Heard, String> {
        let kind = payload.get("type").and_then(Value::as_u64).ok_or("there is no `type`")?;
        if kind == 1 {
            return Ok(Heard::Ping);
        }
        if self.is_foreign(payload) {
            return Ok(Heard::Ignore("another server's interaction"));
        }
        match kind {
            2 => self.command(payload),
            3 => self.press(payload),
            4 => self.typing(payload),
            5 => self.submit(payload),
            _ => Err("it is no interaction that is known".to_owned()),
        }
    }

    /// Whether a message is for us: it names the bot, or is sent to it directly.
    pub(super) fn is_for_us(&self, message: &Value) -> bool {
        let Some(own) = self.identity.get() else { return false };
        let content = text(message, "/content").unwrap_or_default();
        let named = content.contains(&format!("<@{}>", own.user)) || content.contains(&format!("<@!{}>", own.user));
        let kind = message.get("type").and_then(Value::as_u64).unwrap_or_default();
        let by_bot = message.pointer("/author/bot").and_then(Value::as_bool) == Some(true)
            || message.get("webhook_id").is_some_and(|id| !id.is_null())
            || text(message, "/author/id") == Some(own.user.as_str());
        // 0 is a message and 19 a reply; the others are notices of Discord's own, or other bots' answers.
        matches!(kind, 0 | 19) && !by_bot && !self.is_foreign(message) && (named || is_direct(message))
    }

    /// A message; `parent` is the channel of the thread that it is in, if it is in one.
    /// <https://docs.discord.com/developers/resources/message#message-object>
    pub(super) fn message(&self, message: &Value, parent: Option<&str>) -> Result<Heard, String> {
        if !self.is_for_us(message) {
            return Ok(Heard::Ignore("a message that is not for us"));
        }
        let own = self.identity.get().map(|own| own.user.as_str());
        let line = read_text(text(message, "/content").unwrap_or_default(), own);
        if line.is_empty() && is_direct(message) {
            return Ok(Heard::Ignore("a message without text"));
        }
        let place = in_thread(need(message, "/channel_id")?, parent);
        let replied = message.pointer("/message_reference/type").and_then(Value::as_u64).unwrap_or_default() == 0;
        let about = text(message, "/message_reference/message_id").filter(|_| replied);
        let about = about.map(|id| MessageRef { place: place.clone(), id: id.to_owned() });
        // A thread's id is that of the message it was started from, which stands in the channel above.
        let root = || place.thread.as_ref().map(|id| MessageRef { place: place.without_thread(), id: id.clone() });
        let replied = message.get("referenced_message").filter(|it| about.is_some() && it.is_object());
        let quote = replied.and_then(|it| quote(&place, text(message, "/guild_id"), it).ok());
        let reply = if is_direct(message) { None } else { Some(self.reply_to(message, &place)?) };
        let request = Request {
            ask: Ask::Line { text: line },
            actor: person(message.get("member"), message.get("author"))?,
            message: about.or_else(root),
            place,
            reply,
            trigger: None,
            quote: quote.map(Box::new),
        };
        Ok(Heard::Take(Box::new(arrival(format!("message/{}", need(message, "/id")?), request)), None))
    }

    /// How a line of a channel is answered: there, where it is not answered in private.
    fn reply_to(&self, message: &Value, place: &Place) -> Result<ReplyHandle, String> {
        let (id, user) = (need(message, "/id")?.to_owned(), need(message, "/author/id")?.to_owned());
        let value = Asked { place: place.clone(), message: id, user }.value();
        let expires = self.clock.now().checked_add(asked::LIFE).unwrap_or(Timestamp::MAX);
        Ok(ReplyHandle { platform: platform(), value, expires })
    }

    /// A channel that is gone, or that the bot was let into or put out of. `key` is the event's own.
    pub(super) fn channel(&self, event: &str, channel: &Value, key: &str) -> Result<Heard, String> {
        if self.is_foreign(channel) {
            return Ok(Heard::Ignore("another server's channel"));
        }
        let news = match event {
            "CHANNEL_DELETE" => {
                PlaceNews::Lost("The channel is gone from Discord, or the bot may not see it any more.".to_owned())
            }
            "CHANNEL_CREATE" => PlaceNews::Found,
            _ => match self.allowed(channel) {
                Some(true) => PlaceNews::Found,
                Some(false) => PlaceNews::Lost(
                    "The channel's permissions do not let the bot write there. Give it \"View Channel\" and \"Send \
                     Messages\"."
                        .to_owned(),
                ),
                None => return Ok(Heard::Ignore("a change of a channel that is of no interest")),
            },
        };
        Ok(Heard::All(vec![self.news(need(channel, "/id")?, news, key)]))
    }

    /// News of all these channels: the bot was let into a server, or put out of it.
    pub(super) fn channels(&self, channels: &[String], found: bool, key: &str) -> Heard {
        let lost = "The bot is no longer in the server. Invite it again, and this goes on.";
        let news = || if found { PlaceNews::Found } else { PlaceNews::Lost(lost.to_owned()) };
        Heard::All(channels.iter().map(|channel| self.news(channel, news(), key)).collect())
    }

    /// What could not be read, for the inbox; `id` is the event's, if it has one.
    pub(super) fn unread(body: Bytes, reason: String, id: Option<&str>) -> Arrival {
        Arrival {
            door: platform().as_str().to_owned(),
            dedupe: id.map(|id| format!("unread/{id}")),
            what: Incoming::Unread { body, reason },
        }
    }

    /// Whether a payload is of a server that is not served.
    pub(super) fn is_foreign(&self, payload: &Value) -> bool {
        text(payload, "/guild_id").is_some_and(|guild| self.is_foreign_guild(guild))
    }

    pub(super) fn is_foreign_guild(&self, guild: &str) -> bool {
        !self.guilds.is_empty() && self.guilds.iter().all(|served| served != guild)
    }

    /// What a channel's own permissions say of the bot by name; `None` where they do not name it.
    fn allowed(&self, channel: &Value) -> Option<bool> {
        let own = self.identity.get()?;
        let named = list(channel, "/permission_overwrites").iter().find(|one| text(one, "/id") == Some(&own.user))?;
        let bits = |key: &str| text(named, key).and_then(|bits| bits.parse::<u64>().ok()).unwrap_or_default();
        if bits("/deny") & NEEDED != 0 {
            return Some(false);
        }
        (bits("/allow") & NEEDED == NEEDED).then_some(true)
    }

    fn news(&self, channel: &str, news: PlaceNews, key: &str) -> Arrival {
        let (user, name) = self.identity.get().map_or((NOBODY, NOBODY), |own| (own.user.as_str(), own.name.as_str()));
        let request = Request {
            ask: Ask::News(news),
            actor: Actor::User { platform: platform(), id: user.to_owned(), name: name.to_owned() },
            place: Place::channel(&platform(), channel),
            reply: None,
            trigger: None,
            message: None,
            quote: None,
        };
        arrival(format!("news/{key}/{channel}"), request)
    }

    fn command(&self, payload: &Value) -> Result<Heard, String> {
        match payload.pointer("/data/type").and_then(Value::as_u64).unwrap_or(1) {
            1 => {}
            3 => return self.on_message(payload),
            _ => return Ok(Heard::Ignore("a command that is none of ours")),
        }
        let used = Used::read(payload)?;
        let ask = if self.is_line(&used) {
            let line = used.values.get(LINE).map(String::as_str).unwrap_or_default();
            Ask::Line { text: read_text(line, None) }
        } else {
            let values = used.values.iter().map(|(name, value)| (name.clone(), read_text(value, None)));
            Ask::Operation { name: used.path.join("."), values: values.collect() }
        };
        self.take(payload, Kind::Command, ask, None)
    }

    /// A command that was used on a message. Its name is what the operation is called there.
    /// <https://docs.discord.com/developers/interactions/application-commands#message-commands>
    fn on_message(&self, payload: &Value) -> Result<Heard, String> {
        let name = need(payload, "/data/name")?.to_owned();
        let id = need(payload, "/data/target_id")?;
        let message = payload.pointer("/data/resolved/messages").and_then(|all| all.get(id));
        let message = message.ok_or("the message that it was used on is not there")?;
        let quote = quote(&place_of(payload)?, text(payload, "/guild_id"), message)?;
        let ask = Ask::Operation { name, values: BTreeMap::new() };
        let mut heard = self.take(payload, Kind::Command, ask, None)?;
        if let Heard::Take(arrival, _) = &mut heard
            && let Incoming::Request(request) = &mut arrival.what
        {
            request.quote = Some(Box::new(quote));
        }
        Ok(heard)
    }

    fn typing(&self, payload: &Value) -> Result<Heard, String> {
        let used = Used::read(payload)?;
        let (option, begun) = used.focused.clone().ok_or("no option is being typed")?;
        let operation = (!self.is_line(&used)).then(|| used.path.join("."));
        Ok(Heard::Complete(Box::new(Completing {
            handle: handle(payload, Kind::Command)?,
            operation,
            option,
            begun,
            given: used.values,
            actor: asker(payload)?,
            place: place_of(payload)?,
        })))
    }

    fn press(&self, payload: &Value) -> Result<Heard, String> {
        let Some(token) = need(payload, "/data/custom_id")?.strip_prefix(PRESS) else {
            return Ok(Heard::Ignore("a button that is none of ours"));
        };
        let ask = Ask::Press { token: Token::from_wire(token), choice: chosen(payload.get("data").unwrap_or(payload)) };
        let flags = payload.pointer("/message/flags").and_then(Value::as_u64).unwrap_or_default();
        // A message for one person's eyes has an id too, but only the interaction's token can do anything with it.
        let message = text(payload, "/message/id").filter(|_| flags & EPHEMERAL == 0);
        self.take(payload, Kind::Component, ask, message)
    }

    fn submit(&self, payload: &Value) -> Result<Heard, String> {
        let Some(token) = need(payload, "/data/custom_id")?.strip_prefix(FORM) else {
            return Ok(Heard::Ignore("a form that is none of ours"));
        };
        let mut values = BTreeMap::new();
        let resolved = payload.pointer("/data/resolved").unwrap_or(&Value::Null);
        for component in list(payload, "/data/components") {
            inputs(component, resolved, &mut values, 0);
        }
        self.take(payload, Kind::Modal, Ask::Submit { token: Token::from_wire(token), values, last: false }, None)
    }

    fn take(&self, payload: &Value, kind: Kind, ask: Ask, message: Option<&str>) -> Result<Heard, String> {
        let handle = handle(payload, kind)?;
        let place = place_of(payload)?;
        let expires = self.clock.now().checked_add(LIFE - MARGIN).unwrap_or(Timestamp::MAX);
        let request = Request {
            ask,
            actor: asker(payload)?,
            message: message.map(|id| MessageRef { place: place.clone(), id: id.to_owned() }),
            place,
            reply: Some(ReplyHandle { platform: platform(), value: handle.value(), expires }),
            trigger: Some(handle.value()),
            quote: None,
        };
        Ok(Heard::Take(Box::new(arrival(format!("interaction/{}", handle.id), request)), Some(handle)))
    }

    fn is_line(&self, used: &Used) -> bool {
        matches!(used.path.as_slice(), [name] if *name == self.command)
    }
}

/// The option of the command that takes whole lines.
pub(super) const LINE: &str = "line";
/// Who tells of places before it is known who we are.
const NOBODY: &str = "discord";

/// A command as it was used.
struct Used {
    /// The words of its name.
    path: Vec<String>,
    /// Its options, as text.
    values: BTreeMap<String, String>,
    /// The option that is being typed, and what was typed so far. It is not among the values.
    focused: Option<(String, String)>,
}

impl Used {
    fn read(payload: &Value) -> Result<Self, String> {
        let mut used =
            Self { path: vec![need(payload, "/data/name")?.to_owned()], values: BTreeMap::new(), focused: None };
        used.read_options(list(payload, "/data/options"))?;
        Ok(used)
    }

    fn read_options(&mut self, options: &[Value]) -> Result<(), String> {
        for option in options {
            let name = need(option, "/name")?;
            // 1 is a subcommand, 2 a group of them.
            if matches!(option.get("type").and_then(Value::as_u64), Some(1 | 2)) {
                if self.path.len() >= 3 {
                    return Err("a command with more than three words".to_owned());
                }
                self.path.push(name.to_owned());
                self.read_options(list(option, "/options"))?;
                continue;
            }
            let value = plain(option.get("value").unwrap_or(&Value::Null)).unwrap_or_default();
            if option.get("focused").and_then(Value::as_bool) == Some(true) {
                self.focused = Some((name.to_owned(), value));
            } else {
                self.values.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }
}

/// A single value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// The inputs below a component of a form, by the names of their fields. Labels and rows hold others.
fn inputs(component: &Value, resolved: &Value, values: &mut BTreeMap<String, String>, depth: usize) {
    if depth > 4 {
        return;
    }
    if let Some(name) = text(component, "/custom_id") {
        let kind = component.get("type").and_then(Value::as_u64).unwrap_or_default();
        let value = component.get("value").and_then(plain).or_else(|| {
            let chosen = list(component, "/values").iter().filter_map(Value::as_str);
            let chosen: Vec<String> = chosen.map(|id| entity(kind, id, resolved)).collect();
            (!chosen.is_empty()).then(|| chosen.join(","))
        });
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.insert(name.to_owned(), value);
        }
    }
    if let Some(inner) = component.get("component") {
        inputs(inner, resolved, values, depth + 1);
    }
    for inner in list(component, "/components") {
        inputs(inner, resolved, values, depth + 1);
    }
}

/// The choices made in a menu, joined by commas.
fn chosen(data: &Value) -> Option<String> {
    let kind = data.get("component_type").and_then(Value::as_u64).unwrap_or_default();
    let resolved = data.get("resolved").unwrap_or(&Value::Null);
    let values = list(data, "/values").iter().filter_map(Value::as_str);
    let values: Vec<String> = values.map(|id| entity(kind, id, resolved)).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// A choice of a menu: the value of ours, or the handle of the person, role or channel that was chosen.
fn entity(kind: u64, id: &str, resolved: &Value) -> String {
    let is_role = || resolved.pointer(&format!("/roles/{id}")).is_some();
    match kind {
        6 => format!("{}:group:{id}", platform()),
        7 if is_role() => format!("{}:group:{id}", platform()),
        5 | 7 | 8 => format!("{}:{id}", platform()),
        _ => id.to_owned(),
    }
}

fn handle(payload: &Value, kind: Kind) -> Result<Handle, String> {
    let word = |key: &str| need(payload, key).map(str::to_owned);
    Ok(Handle {
        application: word("/application_id")?,
        id: word("/id")?,
        kind,
        channel: channel_of(payload).map(str::to_owned),
        message: text(payload, "/message/id").filter(|_| kind == Kind::Component).map(str::to_owned),
        token: word("/token")?,
    })
}

/// Where an interaction was: its thread too.
fn place_of(payload: &Value) -> Result<Place, String> {
    let parent = payload.get("channel").and_then(parent_of);
    Ok(in_thread(channel_of(payload).ok_or("there is no channel")?, parent))
}

fn channel_of(payload: &Value) -> Option<&str> {
    text(payload, "/channel_id").or_else(|| text(payload, "/channel/id"))
}

/// The channel above, where this is a thread.
pub(super) fn parent_of(channel: &Value) -> Option<&str> {
    let thread = channel.get("type").and_then(Value::as_u64).is_some_and(|kind| THREADS.contains(&kind));
    text(channel, "/parent_id").filter(|_| thread)
}

fn in_thread(channel: &str, parent: Option<&str>) -> Place {
    match parent {
        Some(parent) => Place { thread: Some(channel.to_owned()), ..Place::channel(&platform(), parent) },
        None => Place::channel(&platform(), channel),
    }
}

fn is_direct(message: &Value) -> bool {
    text(message, "/guild_id").is_none()
}

/// Who made an interaction: a member of the server, or in a direct message the user.
fn asker(payload: &Value) -> Result<Actor, String> {
    let member = payload.get("member");
    person(member, member.and_then(|member| member.get("user")).or_else(|| payload.get("user")))
}

fn person(member: Option<&Value>, user: Option<&Value>) -> Result<Actor, String> {
    let user = user.ok_or("there is no user")?;
    let id = need(user, "/id")?;
    let name = display_name(member, user).unwrap_or_else(|| id.to_owned());
    Ok(Actor::User { platform: platform(), id: id.to_owned(), name })
}

fn arrival(key: String, request: Request) -> Arrival {
    Arrival { door: platform().as_str().to_owned(), dedupe: Some(key), what: Incoming::Request(Box::new(request)) }
}

#[cfg(test)]
#[path = "hear_tests.rs"]
mod tests;
