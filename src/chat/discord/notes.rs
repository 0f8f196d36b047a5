//! What is to be remembered of Discord over a restart: how far the gateway was heard, in which servers the bot is, and
//! where commands were registered.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::Fault;
use crate::store::{Row, Store, Table};

/// One row a thing to be remembered.
struct DiscordNotes;

impl Table for DiscordNotes {
    const ID: u8 = 50;
    const NAME: &'static str = "discord-notes";
    type Key = String;
    type Value = Note;
}

/// A thing to be remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    guilds: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    channels: BTreeSet<String>,
}

impl Row for Note {}

/// A session of the gateway, and how far it was heard. Its id alone grants nothing without the bot token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    /// The session's id.
    pub id: String,
    /// Where it is to be resumed.
    pub url: String,
    /// The number of the last event that was taken.
    pub seq: u64,
    /// Whose it is: the bot's user id.
    pub bot: String,
    /// With which intents it was made.
    pub intents: u64,
}

/// The notes. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Notes(Store);

const SESSION: &str = "session";
const GUILDS: &str = "guilds";
/// What the row of a server begins with, and that which says that they are all noted.
const SERVERS: &str = "server/";
/// More servers than one connection may serve.
const MANY: usize = 10_000;

/// The channels of servers, by the servers' ids.
pub(super) type Servers = HashMap<String, BTreeSet<String>>;

impl Notes {
    pub(super) fn new(store: &Store) -> Self {
        Self(store.clone())
    }

    /// The session that was kept.
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn session(&self) -> Result<Option<Session>, Fault> {
        Ok(self.0.get::<DiscordNotes>(&SESSION.to_owned())?.and_then(|note| note.session))
    }

    /// Keeps the session, or that there is none.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn set_session(&self, session: Option<Session>) -> Result<(), Fault> {
        let note = Note { session, ..Note::default() };
        self.0.write(move |tx| tx.put::<DiscordNotes>(&SESSION.to_owned(), &note)).await
    }

    /// The servers in which commands were registered.
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn guilds(&self) -> Result<Vec<String>, Fault> {
        Ok(self.0.get::<DiscordNotes>(&GUILDS.to_owned())?.map(|note| note.guilds).unwrap_or_default())
    }

    /// Keeps them; nothing is written where nothing changed.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn set_guilds(&self, guilds: Vec<String>) -> Result<(), Fault> {
        let guilds: Vec<String> = guilds.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        if guilds == self.guilds()? {
            return Ok(());
        }
        let note = Note { guilds, ..Note::default() };
        self.0.write(move |tx| tx.put::<DiscordNotes>(&GUILDS.to_owned(), &note)).await
    }
    /// The servers that the bot was in when we last heard, with their channels; `None` where none were ever noted.
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn servers(&self) -> Result<Option<Servers>, Fault> {
        let mut rows: Servers = self
            .0
            .prefix::<DiscordNotes>(SERVERS.as_bytes(), MANY)?
            .into_iter()
            .filter_map(|(key, note)| Some((key.strip_prefix(SERVERS)?.to_owned(), note.channels)))
            .collect();
        Ok(rows.remove("").map(|_| rows))
    }

    /// Keeps what changed of them: `None` for a server that the bot is in no more.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn set_servers(&self, changed: Vec<(String, Option<BTreeSet<String>>)>) -> Result<(), Fault> {
        self.0
            .write(move |tx| {
                tx.put::<DiscordNotes>(&SERVERS.to_owned(), &Note::default())?;
                for (server, channels) in changed {
                    let key = format!("{SERVERS}{server}");
                    match channels {
                        Some(channels) => tx.put::<DiscordNotes>(&key, &Note { channels, ..Note::default() })?,
                        None => tx.delete::<DiscordNotes>(&key),
                    }
                }
                Ok(())
            })
            .await
    }
}
