//! From updates to the inbox: what both ways in, [`super::poll`] and [`super::webhook`], have in common; and what is
//! handed to the outward half at once because there is nothing in it to keep.

use async_trait::async_trait;

use super::tables::Question;
use super::wire::{Handle, Key, Turn};
use crate::model::{Place, Token};

/// Something that is done at once and never stored: if it is lost, the person does it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aside {
    /// A menu is to be opened, paged or closed on the message it was pressed on.
    Menu {
        /// Where it was pressed.
        at: Handle,
        /// The menu.
        token: Token,
        /// What it is to show.
        turn: Turn,
    },
    /// A button below a question was pressed that is no answer yet ([`Key::Tick`]), or the last word ([`Key::Cancel`]).
    Form {
        /// Where it was pressed.
        at: Handle,
        /// The form.
        token: Token,
        /// What was pressed.
        key: Key,
    },
    /// `/cancel` was typed.
    Cancel {
        /// Where.
        place: Place,
        /// By whom.
        user: i64,
        /// The message that says so.
        message: i64,
        /// The question it replies to, where it replies to one.
        question: Option<i64>,
    },
    /// A question was answered: the answer is in the inbox, and the question is no longer open.
    Answered {
        /// The question.
        question: Box<Question>,
        /// Telegram's id of the message that asked.
        message: i64,
        /// The answer, as a person reads it; empty where it was skipped.
        answer: String,
    },
}

/// The outward half of the platform, as the listening sees it.
#[async_trait]
pub(super) trait Attendant: Send + Sync {
    /// Does what was asked for aside. What goes wrong it tells the person or the log.
    async fn aside(&self, aside: Aside);

    /// What goes on beside the listening, until dropped: questions whose time is over.
    async fn attend(&self);
}
