//! Who and what is where: chats and people that were heard from, chats by their public name, members of chats.
//! Telegram tells a bot of no chat that it does not ask for, so what was heard is remembered. Asked rarely, kept a while.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use teloxide_core::payloads::{GetChat, GetChatMember};
use teloxide_core::types::{ChatId, Recipient, UserId};

use super::client::Client;
use super::hear::name_of;
use super::tables::{Acquaintance, Known};
use crate::chat::web::Twice;
use crate::model::{Fault, FaultKind, Place};
use crate::operations::nearest;
use crate::store::{Rows, Store};

/// How long it is believed that somebody is in a chat.
const MEMBERS: SignedDuration = SignedDuration::from_mins(5);
/// How long a chat is believed to have its name.
const NAMES: SignedDuration = SignedDuration::from_hours(1);
/// So many memberships are remembered.
const REMEMBERED: usize = 10_000;

/// The cached look-ups.
#[derive(Debug, Default)]
pub(super) struct Directory {
    known: Mutex<HashMap<String, Acquaintance>>,
    named: Mutex<HashMap<String, (i64, Timestamp)>>,
    members: Mutex<HashMap<(String, String), (bool, Timestamp)>>,
    public: Mutex<HashMap<String, (bool, Timestamp)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Directory {
    /// The directory with those who were heard from before.
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn open(store: &Store) -> Result<Self, Fault> {
        let rows: Rows<Known> = store.scan::<Known>(None, usize::MAX)?;
        Ok(Self { known: Mutex::new(rows.into_iter().collect()), ..Self::default() })
    }

    /// Learns of chats and people; gives what is new of it, to be written down.
    pub(super) fn learn(&self, met: Vec<(String, Acquaintance)>) -> Vec<(String, Acquaintance)> {
        let mut known = lock(&self.known);
        let mut news = Vec::new();
        for (id, who) in met {
            if known.get(&id) != Some(&who) {
                known.insert(id.clone(), who.clone());
                news.push((id, who));
            }
        }
        news
    }

    /// The chats that were heard from, by id.
    pub(super) fn chats(&self) -> Vec<(String, Acquaintance)> {
        let mut chats: Vec<_> = lock(&self.known)
            .iter()
            .filter(|(_, who)| !who.person)
            .map(|(id, who)| (id.clone(), who.clone()))
            .collect();
        chats.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        chats
    }

    /// The id of the person with this user name, if they were heard from.
    pub(super) fn person(&self, username: &str) -> Option<String> {
        self.by_username(username, true)
    }

    fn by_username(&self, username: &str, person: bool) -> Option<String> {
        let is = |who: &Acquaintance| {
            who.person == person && who.username.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(username))
        };
        lock(&self.known).iter().find(|(_, who)| is(who)).map(|(id, _)| id.clone())
    }

    /// The place with the chat's id for `@name`; a place that has an id already stays as it is.
    pub(super) async fn resolve(&self, client: &Client, place: &Place) -> Result<Place, Fault> {
        let found = self.find(client, place).await?;
        found.ok_or_else(|| self.no_chat(&place.channel, |_| true))
    }

    /// As [`Directory::resolve`]; what else may be meant is told of public chats alone.
    pub(super) async fn resolve_for_people(&self, client: &Client, place: &Place) -> Result<Place, Fault> {
        let found = self.find(client, place).await?;
        found.ok_or_else(|| self.no_chat(&place.channel, |chat| chat.username.is_some()))
    }

    async fn find(&self, client: &Client, place: &Place) -> Result<Option<Place>, Fault> {
        if !place.is_named() {
            return Ok(place.channel.parse::<i64>().is_ok().then(|| place.clone()));
        }
        let Some(name) = place.channel.strip_prefix('@').filter(|name| is_username(name)) else { return Ok(None) };
        let now = client.clock().now();
        let key = name.to_lowercase();
        let kept = lock(&self.named).get(&key).copied();
        if let Some((id, at)) = kept
            && now.duration_since(at) < NAMES
        {
            return Ok(Some(Place { channel: id.to_string(), ..place.clone() }));
        }
        let payload = GetChat::new(Recipient::ChannelUsername(format!("@{name}")));
        let chat = match client.send(Twice::Harmless, &payload).await {
            Ok(chat) => chat,
            Err(refusal) if refusal.fault.kind == FaultKind::NotFound => return Ok(None),
            Err(refusal) => return Err(refusal.into()),
        };
        let id = chat.get("id").and_then(Value::as_i64).ok_or_else(|| Fault::bug("a chat without an id"))?;
        lock(&self.named).insert(key, (id, now));
        self.keep_public(&id.to_string(), is_named(&chat), now);
        Ok(Some(Place { channel: id.to_string(), ..place.clone() }))
    }

    /// Whether the chat of this id has a name by which everyone finds and reads it.
    pub(super) async fn is_public(&self, client: &Client, chat: &str) -> Result<bool, Fault> {
        let now = client.clock().now();
        let kept = lock(&self.public).get(chat).copied();
        if let Some((is, at)) = kept
            && now.duration_since(at) < MEMBERS
        {
            return Ok(is);
        }
        let found = client.send(Twice::Harmless, &GetChat::new(Recipient::Id(ChatId(id_of(chat)?)))).await?;
        let is = is_named(&found);
        self.keep_public(chat, is, now);
        Ok(is)
    }

    fn keep_public(&self, chat: &str, is: bool, now: Timestamp) {
        let mut public = lock(&self.public);
        if public.len() >= REMEMBERED {
            public.retain(|_, (_, at)| now.duration_since(*at) < MEMBERS);
        }
        if public.len() < REMEMBERED {
            public.insert(chat.to_owned(), (is, now));
        }
    }

    /// What the person is called.
    pub(super) async fn name_of(&self, client: &Client, user: &str) -> Result<String, Fault> {
        let known = lock(&self.known).get(user).map(|who| who.name.clone());
        if let Some(name) = known.filter(|name| !name.is_empty()) {
            return Ok(name);
        }
        let chat = client.send(Twice::Harmless, &GetChat::new(Recipient::Id(ChatId(id_of(user)?)))).await?;
        let name = name_of(&chat);
        let username = chat.get("username").and_then(Value::as_str).map(str::to_owned);
        self.learn(vec![(user.to_owned(), Acquaintance { name: name.clone(), username, person: true })]);
        Ok(if name.is_empty() { user.to_owned() } else { name })
    }

    /// Whether the person is in the group. A group of people is a chat, by id or `@name`: who is a member of it; or those
    /// who administer it, with `/administrators` at the end.
    pub(super) async fn is_in_group(&self, client: &Client, user: &str, group: &str) -> Result<bool, Fault> {
        let now = client.clock().now();
        let (chat, administrators) = match group.strip_suffix("/administrators") {
            Some(chat) => (chat, true),
            None => (group, false),
        };
        let place = Place::channel(&super::platform(), chat);
        let chat = self.resolve(client, &place).await?.channel;
        let key = (user.to_owned(), if administrators { format!("{chat}/administrators") } else { chat.clone() });
        let kept = lock(&self.members).get(&key).copied();
        if let Some((is, at)) = kept
            && now.duration_since(at) < MEMBERS
        {
            return Ok(is);
        }
        let user = u64::try_from(id_of(user)?).map_err(|_| no_person())?;
        let payload = GetChatMember::new(Recipient::Id(ChatId(id_of(&chat)?)), UserId(user));
        let is = match client.send(Twice::Harmless, &payload).await {
            Ok(member) => is_member(&member, administrators),
            // Who was never there is not in it. That the chat itself is not there was found out above, or is told below.
            Err(refusal)
                if refusal.fault.kind == FaultKind::NotFound && refusal.fault.outside == no_person().outside =>
            {
                false
            }
            Err(refusal) => return Err(refusal.into()),
        };
        self.remember(key, is, now);
        Ok(is)
    }

    /// Whether the person is in one of these chats.
    pub(super) async fn is_in_any(&self, client: &Client, user: &str, chats: &[String]) -> Result<bool, Fault> {
        let mut unknown = None;
        for chat in chats {
            match self.is_in_group(client, user, chat).await {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                // A chat that the bot was put out of vouches for nobody, and keeps nobody else from being let in.
                Err(fault) if matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound) => {
                    tracing::warn!(chat, %fault, "nobody's membership of a chat of `telegram.chats` can be asked for");
                }
                Err(fault) => unknown = Some(fault),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// Notes that somebody is in a group: they wrote there.
    pub(super) fn met(&self, user: &str, chat: &str, now: Timestamp) {
        self.remember((user.to_owned(), chat.to_owned()), true, now);
    }

    fn remember(&self, key: (String, String), is: bool, now: Timestamp) {
        let mut members = lock(&self.members);
        if members.len() >= REMEMBERED {
            members.retain(|_, (_, at)| now.duration_since(*at) < MEMBERS);
        }
        if members.len() < REMEMBERED {
            members.insert(key, (is, now));
        }
    }

    /// Nothing is called so; of the chats that this is true of it is told what may have been meant.
    fn no_chat(&self, written: &str, told: impl Fn(&Acquaintance) -> bool) -> Fault {
        let mut chats = self.chats();
        chats.retain(|(_, chat)| told(chat));
        let names: Vec<String> =
            chats.iter().filter_map(|(_, chat)| chat.username.as_ref().map(|name| format!("@{name}"))).collect();
        // Who writes `#name` means a title.
        let (titled, written) = (written.starts_with('#'), written.trim_start_matches('#'));
        let by_name = || {
            let name = nearest(written, names.iter().map(String::as_str))?;
            Some(format!(" Did you mean `{name}`?"))
        };
        let by_title = || {
            let title = nearest(written.trim_start_matches('@'), chats.iter().map(|(_, chat)| chat.name.as_str()))?;
            let (id, chat) = chats.iter().find(|(_, chat)| chat.name == title)?;
            Some(format!(" Did you mean {}, which is `telegram:{id}`?", chat.name.replace('`', "")))
        };
        let hint = if titled { by_title().or_else(by_name) } else { by_name().or_else(by_title) }.unwrap_or_default();
        let shown: String =
            written.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, '@' | '_' | '-')).take(64).collect();
        Fault::not_found(format!(
            "Telegram knows no chat `{shown}` that the bot is in. A public group or channel is written `telegram:@name`, \
             any other by its id, such as `telegram:-1001234567890`; add the bot there first.{hint}"
        ))
    }
}

/// <https://core.telegram.org/bots/api#chatmember>
fn is_member(member: &Value, administrators: bool) -> bool {
    match member.get("status").and_then(Value::as_str) {
        Some("creator" | "administrator") => true,
        Some("member") => !administrators,
        Some("restricted") => !administrators && member.get("is_member").and_then(Value::as_bool) == Some(true),
        _ => false,
    }
}

/// <https://core.telegram.org/bots/api#chatfullinfo>
fn is_named(chat: &Value) -> bool {
    chat.get("username").and_then(Value::as_str).is_some_and(|name| !name.is_empty())
}

fn is_username(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
}

fn id_of(text: &str) -> Result<i64, Fault> {
    text.parse().map_err(|_| Fault::not_found("Telegram's ids of people and chats are numbers."))
}

/// What [`super::faults`] says of a person who is not there.
fn no_person() -> Fault {
    Fault::not_found("Telegram knows no such person there.")
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
