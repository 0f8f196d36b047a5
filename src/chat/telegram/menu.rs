//! The lists of commands that Telegram shows, per scope and only with what one may use.
//! <https://core.telegram.org/bots/api#setmycommands>
//!
//! Everyone sees what everyone may use; each person of the configuration has a list of their own in the chat with the
//! bot. Lists are compared with what Telegram has and set where they differ.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;
use teloxide_core::payloads::{
    DeleteMyCommands, DeleteMyCommandsSetters as _, GetMyCommands, GetMyCommandsSetters as _, SetMyCommands,
    SetMyCommandsSetters as _,
};
use teloxide_core::types::{BotCommand, BotCommandScope, ChatId, Recipient};

use super::client::Client;
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

/// Keeps the lists. Lives as long as the listening.
pub(super) struct MenuKeeper<'a> {
    client: &'a Client,
    store: &'a Store,
    offer: &'a Offer,
    bot: i64,
    root: &'a str,
    /// What Telegram has, as far as we know, by scope.
    there: tokio::sync::Mutex<HashMap<String, Vec<BotCommand>>>,
}

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Everywhere,
    Groups,
    PrivateChats,
    /// That of a person in their chat with the bot.
    Of(i64),
}

impl List {
    fn scope(self) -> BotCommandScope {
        match self {
            Self::Everywhere => BotCommandScope::Default,
            Self::Groups => BotCommandScope::AllGroupChats,
            Self::PrivateChats => BotCommandScope::AllPrivateChats,
            Self::Of(person) => BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(person)) },
        }
    }

    fn name(self) -> String {
        match self {
            Self::Everywhere => "default".to_owned(),
            Self::Groups => "groups".to_owned(),
            Self::PrivateChats => "private".to_owned(),
            Self::Of(person) => person.to_string(),
        }
    }
}

impl<'a> MenuKeeper<'a> {
    pub(super) fn new(client: &'a Client, store: &'a Store, offer: &'a Offer, bot: i64, root: &'a str) -> Self {
        Self { client, store, offer, bot, root, there: tokio::sync::Mutex::default() }
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
        let people = self.people();
        for person in &people {
            match self.set(List::Of(*person)).await {
                // Who never wrote to the bot has no chat with it.
                Err(refusal) if matches!(refusal.fault.kind, FaultKind::NotFound | FaultKind::Denied) => {
                    tracing::debug!(person, "a person has no chat with the bot yet, and no list of commands");
                }
                other => other?,
            }
        }
        self.forget(&people).await
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
        if let List::Of(person) = list {
            let row = self.row(person);
            self.store.write(move |tx| tx.put::<Listening>(&row, &Listened::Menu)).await?;
        }
        Ok(())
    }

    /// Takes away the lists of people who are no longer in the configuration.
    async fn forget(&self, people: &[i64]) -> Result<(), Refusal> {
        let prefix = format!("menu/{}/", self.bot);
        for (row, _) in self.store.prefix::<Listening>(prefix.as_bytes(), usize::MAX)? {
            let Some(person) = row.strip_prefix(&prefix).and_then(|person| person.parse().ok()) else { continue };
            if people.contains(&person) {
                continue;
            }
            let list = List::Of(person);
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
        let id = if let List::Of(person) = list { person.to_string() } else { NOBODY.to_owned() };
        let place = matches!(list, List::Of(_)).then(|| Place::channel(&platform(), &id));
        let actor = Actor::User { platform: platform(), name: id.clone(), id };
        commands(self.root, &self.offer.operations(&actor, place.as_ref()).await)
    }

    fn row(&self, person: i64) -> String {
        format!("menu/{}/{person}", self.bot)
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
