//! Menus: a button that turns the keyboard into choices, and back. The choices are kept by the menu's token, written before
//! the message goes out, so that a menu works after a restart and without the card.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Telegram;
use super::keyboard::Keyboard;
use super::send::Target;
use super::tables::{Menu, Menus};
use super::wire::{Handle, Turn};
use crate::chat::web::Twice;
use crate::delivery::tokens;
use crate::model::{Ask, Fault, Place, Request, Token};

/// How long a menu is kept whose token nobody knows.
const KEEP: SignedDuration = SignedDuration::from_hours(24);

impl Telegram {
    /// Writes down the menus of a keyboard.
    pub(super) async fn keep_menus(&self, keyboard: &Keyboard) -> Result<(), Fault> {
        let mut rows: Vec<(Token, Menu, Timestamp)> = Vec::new();
        for (label, token, choices) in keyboard.menus() {
            let until = match tokens::get(&self.store, token)? {
                Some(record) => record.until,
                None => self.clock.now().checked_add(KEEP).unwrap_or(Timestamp::MAX),
            };
            let menu = Menu { label: label.to_owned(), choices: choices.to_vec(), keyboard: keyboard.clone() };
            if self.store.get::<Menus>(token)?.as_ref() != Some(&menu) {
                rows.push((token.clone(), menu, until));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.store
            .write(move |tx| {
                rows.iter().try_for_each(|(token, menu, until)| tx.put_until::<Menus>(token, menu, *until))
            })
            .await
    }

    /// A menu is opened, turned to another page, or closed.
    pub(super) async fn turn(&self, at: &Handle, token: &Token, turn: Turn) {
        match self.show(&at.place, at.message, token, turn).await {
            Ok(true) => self.callbacks.taken(&at.query),
            Ok(false) => self.tell(&at.query, "These choices are not offered any more. Use the newest message.").await,
            Err(fault) => {
                tracing::warn!(%fault, "a menu did not open");
                self.tell(&at.query, "That did not work just now. Try again in a moment.").await;
            }
        }
    }

    /// The menu is used: the card's own buttons come back.
    pub(super) async fn chosen(&self, request: &Request) {
        let (Ask::Press { token, choice: Some(_) }, Some(message)) = (&request.ask, &request.message) else { return };
        let Ok(id) = message.id.parse() else { return };
        if let Err(fault) = self.show(&message.place, id, token, Turn::Close).await {
            tracing::info!(%fault, "a menu stays open");
        }
    }

    /// Whether there is such a menu.
    async fn show(&self, place: &Place, message: i64, token: &Token, turn: Turn) -> Result<bool, Fault> {
        let Some(menu) = self.store.get::<Menus>(token)? else { return Ok(false) };
        let markup = match turn {
            Turn::Page(page) => menu.keyboard.menu(token, page),
            Turn::Close => menu.keyboard.markup(),
        };
        let Some(markup) = markup else { return Ok(false) };
        let args = json!({ "chat_id": Target::of(place)?.chat(), "message_id": message, "reply_markup": markup });
        self.client.call("editMessageReplyMarkup", Twice::Harmless, &args).await?;
        Ok(true)
    }

    /// Says something to who pressed.
    pub(super) async fn tell(&self, query: &str, text: &str) {
        if let Err(fault) = self.callbacks.say(query, text, true).await {
            tracing::info!(%fault, "who pressed was not told why nothing happened");
        }
    }
}
