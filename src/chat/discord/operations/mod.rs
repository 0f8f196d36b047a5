//! What can be done on Discord. One struct an operation; [`declarations`] registers them.
//!
//! A person reaches by them what they could reach in Discord itself ([`reach`]): nobody reads or writes through the bot
//! where they could not alone. Programs and rules reach what the bot does. Calls go through the client, which keeps
//! Discord's windows and waits for them; none is repeated here.

mod channel;
mod file;
mod message;
mod reach;
mod reaction;
mod refs;
mod speech;
#[cfg(test)]
mod tests;
mod webhook;

use std::sync::Arc;

use serde_json::Value;

use super::Discord;
use crate::model::Object;
use crate::operations::{Declaration, declare};

pub(super) use channel::ListChannels;
pub(super) use file::SendFile;
pub(super) use message::{DeleteMessage, EditMessage, SendMessage};
pub(super) use reaction::AddReaction;
pub(super) use webhook::SendWebhook;

/// The operations of a Discord.
pub(super) fn declarations(discord: &Arc<Discord>) -> Vec<Declaration> {
    vec![
        declare::<SendMessage>(discord),
        declare::<EditMessage>(discord),
        declare::<DeleteMessage>(discord),
        declare::<SendFile>(discord),
        declare::<SendWebhook>(discord),
        declare::<ListChannels>(discord),
        declare::<AddReaction>(discord),
    ]
}

/// An object of the data that programs get.
fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
