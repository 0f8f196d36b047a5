//! A call: an operation asked for by an actor in a place. One row of the ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, CallId, MessageRef, Object, Place, ReplyHandle, SubjectKey};

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
    /// The message whose button was pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageRef>,
    /// The subject of the card whose button was pressed, and what that card says afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed: Option<(SubjectKey, String)>,
    /// How far it is.
    pub state: CallState,
    /// How often it was started.
    #[serde(default)]
    pub runs: u32,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What came of it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
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
