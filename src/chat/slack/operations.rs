//! What can be done on Slack. One struct an operation; `all` registers them.
//!
//! A person reaches by them what they could reach in Slack itself: every public channel, and of the others only those
//! that they are in ([`reach`]). Programs and rules reach what the bot does. Calls go through the client, which keeps
//! Slack's windows; none is repeated here.

mod channel;
mod file;
mod message;
mod reach;
mod reaction;
mod refs;
mod shown;
mod team;
#[cfg(test)]
mod tests;
mod user;

use std::sync::Arc;

use super::Slack;
use crate::operations::{Declaration, declare};

pub(super) use channel::{CreateChannel, GetChannel, ListChannels};
pub(super) use file::UploadFile;
pub(super) use message::{DeleteMessage, SendEphemeral, SendMessage, UpdateMessage};
pub(super) use reaction::AddReaction;
pub(super) use team::GetTeam;
pub(super) use user::{GetUser, ListUsers};

/// The operations of a Slack.
pub(super) fn all(slack: &Arc<Slack>) -> Vec<Declaration> {
    vec![
        declare::<SendMessage>(slack),
        declare::<UpdateMessage>(slack),
        declare::<DeleteMessage>(slack),
        declare::<SendEphemeral>(slack),
        declare::<ListChannels>(slack),
        declare::<GetChannel>(slack),
        declare::<CreateChannel>(slack),
        declare::<ListUsers>(slack),
        declare::<GetUser>(slack),
        declare::<UploadFile>(slack),
        declare::<GetTeam>(slack),
        declare::<AddReaction>(slack),
    ]
}
