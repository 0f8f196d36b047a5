//! What a person asked for on a chat platform, before anybody looked at what it means.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, MessageRef, Place, PlatformId, Quote, Token};

/// One request from chat: it is stored in the inbox as it is and acknowledged once it is on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What was asked.
    pub ask: Ask,
    /// Who asked.
    pub actor: Actor,
    /// Where.
    pub place: Place,
    /// How to answer directly, while the platform allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyHandle>,
    /// What opens a form, while the platform allows it (Slack: the `trigger_id`, 3 s; Discord: the interaction; Telegram:
    /// who is to be asked where).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The message whose button was pressed, or that was replied to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageRef>,
    /// The message that an action was used on: by the platform's own message action, or by a reply to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Box<Quote>>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ask {
    /// A line of the text grammar, without the slash command's own name: `github issue close acme/api#12`.
    /// Where a service's own root was used (`/github issue list`), the root is put in front.
    Line {
        /// The line.
        text: String,
    },
    /// An operation with its options (a platform with native commands).
    Operation {
        /// The operation's name; of one that is used on messages, also what it is called there.
        name: String,
        /// The options that were given, by the parameter's name, each as it would be written in a form.
        values: BTreeMap<String, String>,
    },
    /// A button was pressed or a menu's choice made.
    Press {
        /// What the button carried.
        token: Token,
        /// The menu's choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        choice: Option<String>,
    },
    /// A form was sent.
    Submit {
        /// What the form carried.
        token: Token,
        /// The fields by name; a multiple choice is joined by commas, an empty field is absent.
        values: BTreeMap<String, String>,
        /// Whether no further step of the form is wanted: what can be left out is left out.
        #[serde(default)]
        last: bool,
    },
    /// Nobody asks for anything; something became of the place itself.
    News(PlaceNews),
}

/// What became of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceNews {
    /// It goes on under another id (a Telegram group that became a supergroup).
    Moved(Place),
    /// We are no longer in it, or may not write there any more; why, in words for people.
    Lost(String),
    /// We may write there (again).
    Found,
}

/// A short-lived way to answer a request (Slack: `response_url`, 30 min and 5 uses).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyHandle {
    /// The platform.
    pub platform: PlatformId,
    /// The handle itself, which grants the right to answer: never logged.
    pub value: String,
    /// When it stops working.
    pub expires: Timestamp,
}
