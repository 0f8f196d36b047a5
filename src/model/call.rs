//! A call: an operation asked for by an actor in a place. One row of the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, CallId, Object, Place, Quote, ReplyHandle, Role, SubjectKey, Token};

/// One call, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Which call.
    pub id: CallId,
    /// The operation's name.
    pub operation: String,
    /// Its arguments as they were given.
    pub args: Object,
    /// Who asked.
    pub actor: Actor,
    /// Where, if in chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// How to answer directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyHandle>,
    /// The button that was pressed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed: Option<Pressed>,
    /// The message that it makes something of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Box<Quote>>,
    /// The role it was allowed in.
    pub role: Role,
    /// What its place took for granted when it was asked.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// Why it cannot be run at all (a rule whose template fails); it only ends, and is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
    /// How far it is.
    pub state: CallState,
    /// How often it was started.
    #[serde(default)]
    pub runs: u32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// Not to be started before then: a vendor said wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What came of it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// The button that a call came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressed {
    /// What the button carried.
    pub token: Token,
    /// Whether it works only once; it works again when the call fails.
    pub once: bool,
    /// The subject of its card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectKey>,
    /// What the card says afterwards.
    #[serde(default)]
    pub done: String,
    /// The deed of the button, see [`super::Press::deed`].
    #[serde(default)]
    pub deed: String,
    /// Whether the answer takes the place of the message with the button (a confirmation).
    #[serde(default)]
    pub replace: bool,
    /// Whether it was typed what the button does, and not the button pressed.
    #[serde(default)]
    pub typed: bool,
}

/// How far a call is: `accepted → running → done · failed · unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// On disk, not yet begun.
    Accepted,
    /// Begun; after a crash it may or may not have happened.
    Running,
    /// It happened.
    Done,
    /// It did not happen.
    Failed,
    /// Nobody can tell whether it happened.
    Unknown,
}
