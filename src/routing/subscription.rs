//! Subscriptions: "events from this source of these types are told in this place".

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::model::{Event, Fault, Place, SubscriptionId};
use crate::store::{Row, Table};

/// One subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Which one. Those of the file get a new id at each start.
    pub id: SubscriptionId,
    /// Who keeps it.
    pub owner: Owner,
    /// Where to.
    pub place: Place,
    /// A pattern of sources.
    pub source: String,
    /// The events as they were written, words or patterns of types.
    pub events: Vec<String>,
    /// Patterns of types: the words resolved.
    pub types: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Who keeps a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Owner {
    /// The configuration file.
    File,
    /// Somebody in chat.
    Chat {
        /// The person's handle.
        handle: String,
        /// The person's name.
        name: String,
    },
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the configuration file"),
            Self::Chat { name, .. } => f.write_str(name),
        }
    }
}

impl Subscription {
    /// With the events of another one, too.
    #[must_use]
    pub(super) fn widened(mut self, other: Self) -> Self {
        self.events.extend(other.events.into_iter().filter(|event| !self.events.contains(event)).collect::<Vec<_>>());
        self.types.extend(other.types.into_iter().filter(|kind| !self.types.contains(kind)).collect::<Vec<_>>());
        self
    }

    /// Whether the event is told here.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        WildMatch::new_case_insensitive(&self.source).matches(&event.source)
            && self.types.iter().any(|kind| WildMatch::new(kind).matches(&event.kind))
    }
}

/// Subscriptions made in chat.
#[derive(Debug)]
pub struct Subscriptions;

impl Table for Subscriptions {
    const ID: u8 = 30;
    const NAME: &'static str = "subscriptions";
    type Key = SubscriptionId;
    type Value = Subscription;
}

impl Row for Subscription {}

/// Words for groups of event types: `issues` stands for `github.issues.*`. Filled by the connectors.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary(BTreeMap<String, (Vec<String>, String)>);

impl Vocabulary {
    /// Adds a word with the patterns it stands for and a short help.
    pub fn add(&mut self, word: &str, types: &[&str], help: &str) {
        let types = types.iter().map(|kind| (*kind).to_owned());
        let entry = self.0.entry(word.to_owned()).or_insert_with(|| (Vec::new(), help.to_owned()));
        entry.0.extend(types);
    }

    /// The patterns that these words and patterns stand for.
    ///
    /// # Errors
    /// `BadInput`: neither a known word nor a type with a dot in it.
    pub fn resolve(&self, events: &[String]) -> Result<Vec<String>, Fault> {
        let mut types = Vec::new();
        for event in events {
            match self.0.get(event.to_lowercase().as_str()) {
                Some((patterns, _)) => types.extend(patterns.iter().cloned()),
                None if event == "*" || event.contains('.') => types.push(event.clone()),
                None => return Err(Fault::bad_input("events", self.unknown(event))),
            }
        }
        Ok(types)
    }

    /// The words with their help.
    pub fn words(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(word, (_, help))| (word.as_str(), help.as_str()))
    }

    fn unknown(&self, event: &str) -> String {
        let near = self
            .0
            .keys()
            .map(|word| (strsim::jaro_winkler(word, &event.to_lowercase()), word))
            .filter(|(near, _)| *near > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(String::new, |(_, word)| format!(" Did you mean `{word}`?"));
        let words: Vec<&str> = self.0.keys().map(String::as_str).collect();
        format!(
            "`{event}` is no kind of event.{near} Use {}, or a type such as `github.issues.opened` or `task.*`.",
            words.join(", ")
        )
    }
}
