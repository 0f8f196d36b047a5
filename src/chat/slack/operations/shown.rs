//! What the cards and the data of these operations have in common. Pure.

use serde_json::Value;

use super::super::escape::{cut, one_line, unescape};
use super::super::wire::{Channel, User};
use crate::model::{Action, Block, Card, Fault, Object, Press, Text, Tone};

/// The most that a list in chat shows.
const MOST: u32 = 50;

/// How many a list shows where nobody says.
pub(super) fn twenty() -> u32 {
    20
}

/// An object of the data that programs get.
pub(super) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// Outside text on one line, and not too long.
pub(super) fn line(text: &str, most: usize) -> String {
    cut(&one_line(text), most).0
}

/// A line of Slack's markup as plain words.
pub(super) fn words(text: &str, most: usize) -> String {
    line(&unescape(text), most)
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<'a, T> {
    /// What is on it.
    pub items: Vec<&'a T>,
    /// How many come after it.
    pub more: usize,
    skip: usize,
}

impl<'a, T> Page<'a, T> {
    /// The page of these that begins after so many.
    pub(super) fn of(all: Vec<&'a T>, skip: u32, limit: u32) -> Result<Self, Fault> {
        if !(1..=MOST).contains(&limit) {
            return Err(Fault::bad_input("limit", format!("The limit is {limit}; write a number from 1 to {MOST}.")));
        }
        let (skip, count) = (skip as usize, all.len());
        let items: Vec<&T> = all.into_iter().skip(skip).take(limit as usize).collect();
        let more = count.saturating_sub(skip.saturating_add(items.len()));
        Ok(Self { items, more, skip })
    }

    /// The card of the page, with a button that goes on where there is more. `args` are those of the list.
    pub(super) fn card(
        &self,
        title: &str,
        nothing: &str,
        item: impl Fn(&T) -> Text,
        operation: &str,
        mut args: Object,
    ) -> Card {
        let card = Card::new(Tone::Neutral, title);
        if self.items.is_empty() {
            return card.text(nothing);
        }
        let card = card.block(Block::List { ordered: false, items: self.items.iter().map(|one| item(one)).collect() });
        if self.more == 0 {
            return card;
        }
        args.insert("skip".to_owned(), (self.skip + self.items.len()).into());
        card.text(format!("+{} more", self.more)).action(Action::run("more", "Show more", Press::new(operation, args)))
    }
}

/// A channel as an item of a list.
pub(super) fn channel_item(channel: &Channel) -> Text {
    let mut rest = String::new();
    if !channel.public {
        rest.push_str(" · private");
    }
    if let Some(members) = channel.members {
        rest = format!("{rest} · {members} {}", if members == 1 { "member" } else { "members" });
    }
    if !channel.topic.is_empty() {
        rest = format!("{rest} · {}", words(&channel.topic, 80));
    }
    Text::new().bold(line(&channel.called(), 90)).plain(rest)
}

/// A channel for programs.
pub(super) fn channel_data(channel: &Channel) -> Value {
    serde_json::json!({
        "id": channel.id,
        "name": channel.name,
        "place": format!("slack:{}", channel.id),
        "private": !channel.public,
        "archived": channel.archived,
        "joined": channel.member,
        "members": channel.members,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "created": channel.created.map(|at| at.to_string()),
    })
}

/// A person as an item of a list.
pub(super) fn user_item(user: &User) -> Text {
    let mut rest = String::new();
    for part in [&user.real, &user.title] {
        let part = line(part, 60);
        if !part.is_empty() && part != user.name {
            rest = format!("{rest} · {part}");
        }
    }
    if user.bot {
        rest.push_str(" · bot");
    }
    Text::new().bold(format!("@{}", line(&user.name, 60))).plain(rest)
}

/// A person for programs.
pub(super) fn user_data(user: &User) -> Value {
    serde_json::json!({
        "id": user.id,
        "name": user.name,
        "handle": format!("slack:{}", user.id),
        "display_name": user.display,
        "real_name": user.real,
        "title": user.title,
        "time_zone": user.zone,
        "bot": user.bot,
        "admin": user.admin,
        "deleted": user.deleted,
    })
}
