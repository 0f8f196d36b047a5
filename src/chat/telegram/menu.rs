//! The lists of commands that Telegram shows, per scope and only with what one may use.
//! <https://core.telegram.org/bots/api#setmycommands>
//!
//! Everyone sees what everyone may use; each person of the configuration has a list of their own in the chat with the
//! bot. A group that something is granted in has a list of its own, and so has a person of the configuration in each group
//! where they may use something else than everyone there. Lists are compared with what Telegram has and set where they
//! differ.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use teloxide_core::payloads::{
    DeleteMyCommands, DeleteMyCommandsSetters as _, GetMyCommands, GetMyCommandsSetters as _, SetMyCommands,
    SetMyCommandsSetters as _,
};
use teloxide_core::types::{BotCommand, BotCommandScope, ChatId, Recipient, UserId};

use super::client::Client;
use super::directory::Directory;
use super::faults::Refusal;
use super::tables::{Listened, Listening};
use super::{NOBODY, platform};
use crate::chat::web::Twice;
use crate::model::{Actor, FaultKind, Place};
use crate::operations::{Declaration, Offer};
use crate::store::Store;

/// How often it is looked whether somebody may use something else by now.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// Commands in a list, and characters of a description: <https://core.telegram.org/bots/api#botcommand>
const MOST: usize = 100;
const LONGEST: usize = 256;
/// So many groups are looked at for lists of their own, and so many people in groups have one.
const GROUPS: usize = 50;
const MEMBERS: usize = 100;
/// How long a list in a group is not tried again after Telegram refused it: the bot or the person is not in it.
const LATER: SignedDuration = SignedDuration::from_hours(6);

/// Keeps the lists. Lives as long as the listening.
pub(super) struct MenuKeeper<'a> {
    client: &'a Client,
    store: &'a Store,
    directory: &'a Directory,
    offer: &'a Offer,
    bot: i64,
    root: &'a str,
    /// What Telegram has, as far as we know, by scope.
    there: tokio::sync::Mutex<HashMap<String, Vec<BotCommand>>>,
    /// When Telegram refused a list in a group.
    refused: tokio::sync::Mutex<HashMap<String, Timestamp>>,
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Everywhere,
    Groups,
    PrivateChats,
    /// That of a person in their chat with the bot, or of all in a group: by the chat's id.
    Of(i64),
    /// That of a person in a group.
    Member {
        /// The group's id.
        chat: i64,
        /// The person's.
        person: i64,
    },
}

impl List {
    fn scope(self) -> BotCommandScope {
        match self {
            Self::Everywhere => BotCommandScope::Default,
            Self::Groups => BotCommandScope::AllGroupChats,
            Self::PrivateChats => BotCommandScope::AllPrivateChats,
            Self::Of(chat) => BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(chat)) },
            Self::Member { chat, person } => BotCommandScope::ChatMember {
                chat_id: Recipient::Id(ChatId(chat)),
                user_id: UserId(person.unsigned_abs()),
            },
        }
    }

    fn name(self) -> String {
        match self {
            Self::Everywhere => "default".to_owned(),
            Self::Groups => "groups".to_owned(),
            Self::PrivateChats => "private".to_owned(),
            Self::Of(chat) => chat.to_string(),
            Self::Member { chat, person } => format!("{chat}/{person}"),
        }
    }

    /// The list that has this name, of those that are somebody's own.
    fn named(name: &str) -> Option<Self> {
        Some(match name.split_once('/') {
            Some((chat, person)) => Self::Member { chat: chat.parse().ok()?, person: person.parse().ok()? },
            None => Self::Of(name.parse().ok()?),
        })
    }

    const fn in_group(self) -> bool {
        matches!(self, Self::Of(..0) | Self::Member { .. })
    }
}

impl<'a> MenuKeeper<'a> {
    pub(super) fn new(
        client: &'a Client,
        store: &'a Store,
        directory: &'a Directory,
        offer: &'a Offer,
        bot: i64,
        root: &'a str,
    ) -> Self {
        let (there, refused) = <_>::default();
        Self { client, store, directory, offer, bot, root, there, refused }
    }

    /// Keeps the lists as they are to be, until dropped.
    pub(super) async fn run(&self) {
        loop {
            let mut wait = AGAIN;
            if let Err(refusal) = self.all().await {
                match refusal.fault.kind {
                    FaultKind::RateLimited { until } => wait = until.duration_since(self.client.clock().now()),
                    _ => tracing::warn!(fault = %refusal.fault, "the lists of commands are not as they are to be"),
                }
            }
            self.client.clock().sleep(wait).await;
        }
    }

    /// The list of a person who has just opened a chat with the bot: before, there was nowhere to put it.
    pub(super) async fn started(&self, person: i64) {
        let listed = self.people().contains(&person);
        if listed && let Err(refusal) = self.set(List::Of(person)).await {
            tracing::info!(fault = %refusal.fault, "a person's list of commands is not set");
        }
    }

    async fn all(&self) -> Result<(), Refusal> {
        for list in [List::Everywhere, List::Groups, List::PrivateChats] {
            self.set(list).await?;
        }
        let mut lists: Vec<List> = self.people().into_iter().map(List::Of).collect();
        lists.extend(self.in_groups().await);
        for list in &lists {
            self.try_set(*list).await?;
        }
        self.forget(&lists).await
    }

    /// Sets a list that Telegram may have no place for.
    async fn try_set(&self, list: List) -> Result<(), Refusal> {
        let now = self.client.clock().now();
        if self.refused.lock().await.get(&list.name()).is_some_and(|at| now.duration_since(*at) < LATER) {
            return Ok(());
        }
        let waits = |kind: &FaultKind| matches!(kind, FaultKind::RateLimited { .. } | FaultKind::Unavailable);
        match self.set(list).await {
            Err(refusal) if list.in_group() && !waits(&refusal.fault.kind) => {
                tracing::debug!(list = list.name(), fault = %refusal.fault, "no list of commands in a group");
                self.refused.lock().await.insert(list.name(), now);
                Ok(())
            }
            // Who never wrote to the bot has no chat with it.
            Err(refusal) if matches!(refusal.fault.kind, FaultKind::NotFound | FaultKind::Denied) => {
                tracing::debug!(list = list.name(), "a person has no chat with the bot yet, and no list of commands");
                Ok(())
            }
            other => other,
        }
    }

    /// The lists that groups, and people in them, are to have of their own: where they differ from what is seen without.
    async fn in_groups(&self) -> Vec<List> {
        let id = |chat: &str| chat.parse::<i64>().ok().filter(|id| *id < 0);
        let granted = self.offer.places(&platform());
        let granted: Vec<i64> = granted.iter().filter_map(|place| id(&place.channel)).take(GROUPS).collect();
        let known = self.directory.chats();
        let known = known.iter().filter_map(|(chat, _)| id(chat)).filter(|chat| !granted.contains(chat));
        let known: Vec<i64> = known.take(GROUPS).collect();
        let people = self.people();
        let everywhere = self.wanted(List::Groups).await;
        let (mut lists, mut members) = (Vec::new(), Vec::new());
        for chat in granted {
            let own = self.wanted(List::Of(chat)).await;
            if own != everywhere {
                lists.push(List::Of(chat));
            }
            members.extend(self.unlike(&own, chat, &people).await);
        }
        // Where nothing is granted in particular, one group is like the other.
        let unlike = match known.first() {
            Some(chat) => self.unlike(&everywhere, *chat, &people).await,
            None => Vec::new(),
        };
        let of = |chat: i64| unlike.iter().map(move |(_, person)| (chat, *person));
        members.extend(known.iter().flat_map(|chat| of(*chat)));
        lists.extend(members.into_iter().take(MEMBERS).map(|(chat, person)| List::Member { chat, person }));
        lists
    }

    /// Those of the people who may use something else in a group than this, each with the group.
    async fn unlike(&self, seen: &[BotCommand], chat: i64, people: &[i64]) -> Vec<(i64, i64)> {
        let mut unlike = Vec::new();
        for person in people {
            if self.wanted(List::Member { chat, person: *person }).await != seen {
                unlike.push((chat, *person));
            }
        }
        unlike
    }

    fn people(&self) -> Vec<i64> {
        self.offer.people(&platform()).iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// Sets a list, if Telegram has another one.
    async fn set(&self, list: List) -> Result<(), Refusal> {
        let wanted = self.wanted(list).await;
        let mut there = self.there.lock().await;
        let known = there.get(&list.name());
        if known == Some(&wanted) {
            return Ok(());
        }
        if known.is_none() {
            let has = self.client.send(Twice::Harmless, &GetMyCommands::new().scope(list.scope())).await?;
            if is_same(&has, &wanted) {
                there.insert(list.name(), wanted);
                return Ok(());
            }
        }
        self.client.send(Twice::Harmless, &SetMyCommands::new(wanted.clone()).scope(list.scope())).await?;
        there.insert(list.name(), wanted);
        drop(there);
        if matches!(list, List::Of(_) | List::Member { .. }) {
            let row = self.row(list);
            self.store.write(move |tx| tx.put::<Listening>(&row, &Listened::Menu)).await?;
        }
        Ok(())
    }

    /// Takes away the lists that nobody is to have any more.
    async fn forget(&self, lists: &[List]) -> Result<(), Refusal> {
        let prefix = format!("menu/{}/", self.bot);
        for (row, _) in self.store.prefix::<Listening>(prefix.as_bytes(), usize::MAX)? {
            let Some(list) = row.strip_prefix(&prefix).and_then(List::named) else { continue };
            if lists.contains(&list) {
                continue;
            }
            match self.client.send(Twice::Harmless, &DeleteMyCommands::new().scope(list.scope())).await {
                Err(refusal) if !matches!(refusal.fault.kind, FaultKind::NotFound | FaultKind::Denied) => {
                    return Err(refusal);
                }
                _ => {}
            }
            self.there.lock().await.remove(&list.name());
            self.store
                .write(move |tx| {
                    tx.delete::<Listening>(&row);
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    async fn wanted(&self, list: List) -> Vec<BotCommand> {
        // Nobody in particular may use what everyone may.
        let (person, chat) = match list {
            List::Everywhere | List::Groups | List::PrivateChats => (None, None),
            List::Of(chat) => ((chat > 0).then_some(chat), Some(chat)),
            List::Member { chat, person } => (Some(person), Some(chat)),
        };
        let id = person.map_or_else(|| NOBODY.to_owned(), |person| person.to_string());
        let place = chat.map(|chat| Place::channel(&platform(), &chat.to_string()));
        let actor = Actor::User { platform: platform(), name: id.clone(), id };
        commands(self.root, &self.offer.operations(&actor, place.as_ref()).await)
    }

    fn row(&self, list: List) -> String {
        format!("menu/{}/{}", self.bot, list.name())
    }
}

/// The commands for who may use these operations: the root, each service, and what there is beside them.
fn commands(root: &str, operations: &[Arc<Declaration>]) -> Vec<BotCommand> {
    let mut services: Vec<(&str, Vec<&str>)> = Vec::new();
    for operation in operations {
        let (service, noun, _) = operation.parts();
        match services.iter_mut().find(|(known, _)| *known == service) {
            Some((_, nouns)) if nouns.contains(&noun) => {}
            Some((_, nouns)) => nouns.push(noun),
            None => services.push((service, vec![noun])),
        }
    }
    let mut list = vec![BotCommand::new(root, "Run anything, such as: github issue list")];
    list.extend(services.into_iter().filter_map(|(service, nouns)| {
        let name = service.replace('-', "_");
        (name != root && is_command(&name)).then(|| BotCommand::new(name, description(&nouns)))
    }));
    list.extend(operations.iter().filter_map(|operation| {
        let name = operation.short()?.replace('-', "_");
        let what = format!("{} from the message that you reply to", operation.spec.from_message?);
        is_command(&name).then(|| BotCommand::new(name, what))
    }));
    list.truncate(MOST - 2);
    list.push(BotCommand::new("help", "What Quarterdeck can do for you"));
    list.push(BotCommand::new("cancel", "Drop the question that is open"));
    list
}

fn is_command(name: &str) -> bool {
    let sound = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_';
    (1..=32).contains(&name.len()) && name.chars().all(sound) && !["start", "help", "cancel"].contains(&name)
}

fn description(nouns: &[&str]) -> String {
    nouns.join(", ").chars().take(LONGEST).collect()
}

/// Whether Telegram has these commands already.
fn is_same(has: &Value, wanted: &[BotCommand]) -> bool {
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let has = has.as_array().into_iter().flatten();
    has.map(|one| (text(one, "command"), text(one, "description")))
        .eq(wanted.iter().map(|one| (one.command.clone(), one.description.clone())))
}

#[cfg(test)]
#[path = "menu_tests.rs"]
mod tests;
