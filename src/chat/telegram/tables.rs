//! The tables of this platform. Numbers are for ever.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::keyboard::Keyboard;
use crate::model::{Choice, Place, Token};
use crate::operations::FieldKind;
use crate::store::{Row, Table};

macro_rules! table {
    ($(#[$doc:meta])* $name:ident = $id:literal, $text:literal, $key:ty => $value:ty) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name;
        impl Table for $name {
            const ID: u8 = $id;
            const NAME: &'static str = $text;
            type Key = $key;
            type Value = $value;
        }
    };
}

table!(
    /// How far we have listened, and what is set up at Telegram: by `offset/<bot>`, `query/<callback query>`,
    /// `webhook/<bot>`, `menu/<bot>/<person or chat>` and `menu/<bot>/<chat>/<person>`.
    Listening = 52, "telegram-listening", String => Listened
);
table!(
    /// Questions that wait for an answer: by chat (`-1001000000001`) and the message that asks.
    Questions = 53, "telegram-questions", (String, String) => Question
);
table!(
    /// The choices of the menus on messages: a choice comes back as its number. By the menu's token.
    Menus = 54, "telegram-menus", Token => Menu
);
table!(
    /// The chats and people that were heard from, by id.
    Known = 55, "telegram-known", String => Acquaintance
);

table!(
    /// What stands below cards that one message does not hold: by chat and the card's message.
    Wholes = 56, "telegram-wholes", (String, String) => Whole
);

/// A row of [`Listening`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Listened {
    /// Every update below this one is in the inbox.
    Offset {
        /// The `update_id` that comes next.
        next: i64,
        /// When the last update came. After a quiet week Telegram begins to count anew.
        at: Timestamp,
    },
    /// A press that was not answered yet.
    Query {
        /// When it came.
        at: Timestamp,
    },
    /// The webhook that was set.
    Webhook {
        /// A digest of its address, its secret and what it is sent.
        digest: String,
    },
    /// A person, a chat, or a person in a chat has a list of commands of their own.
    Menu,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    /// The form that it is a step of.
    pub token: Token,
    /// The form's heading, for the notice that the time is over.
    pub title: String,
    /// Where it is asked.
    pub place: Place,
    /// Telegram's id of who is asked; nobody else's answer counts.
    pub user: String,
    /// The field's name.
    pub field: String,
    /// How the field is filled in.
    pub kind: FieldKind,
    /// Whether it must be answered.
    pub required: bool,
    /// What is offered as buttons, in their order: a choice comes back as its number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<Choice>,
    /// Which of them are ticked, where several can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ticked: Vec<usize>,
    /// What the question is called to people.
    #[serde(default)]
    pub label: String,
    /// What stands on the button that asks for no more; empty where there is none.
    #[serde(default)]
    pub run: String,
    /// Whether it asks for a reply outright: such a message has no buttons and cannot be edited.
    #[serde(default)]
    pub forced: bool,
    /// Until when the answer is waited for.
    pub until: Timestamp,
    /// The update that brings the answer, while that is on its way into the inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<i64>,
}

/// What a menu on a message offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Menu {
    /// What stands on the button that opens it.
    pub label: String,
    /// The choices, in order.
    pub choices: Vec<Choice>,
    /// All buttons of the message, for the way back.
    #[serde(default)]
    pub keyboard: Keyboard,
}

/// A chat or a person, as last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acquaintance {
    /// The chat's title, or the person's name.
    pub name: String,
    /// `@username` without its `@`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Whether it is a person.
    pub person: bool,
}

/// The document below a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whole {
    /// A digest of the text.
    pub digest: String,
    /// Its message, where Telegram said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<i64>,
}

impl Question {
    /// Whether its answer is on the way. What did not arrive before the time was over is no answer any more.
    pub(super) fn is_answered(&self, now: Timestamp) -> bool {
        self.answered_by.is_some() && self.until > now
    }
}

impl Row for Listened {}
impl Row for Question {}
impl Row for Menu {}
impl Row for Acquaintance {}
impl Row for Whole {}
