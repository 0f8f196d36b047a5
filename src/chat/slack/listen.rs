//! From a payload to the inbox: what both ways in, [`super::socket`] and [`super::http`], have in common.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use super::hear::{Ears, Heard};
use super::suggest::{Suggest, options};
use crate::delivery::{Accepted, Arrival, Inbox};
use crate::model::Fault;

/// What takes arrivals: the inbox, or a test's own.
#[async_trait]
pub(super) trait Accept: Send + Sync {
    /// Resolves when the arrival is on disk.
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault>;
}

#[async_trait]
impl Accept for Inbox {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        Self::accept(self, arrival).await
    }
}

/// What to tell Slack once everything is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Nothing but that it was taken.
    Taken,
    /// Its own word back.
    Word(String),
    /// The options of a menu that somebody types in.
    Options(Value),
}

/// Puts what was heard into the inbox, and what could not be understood too. What somebody only types is answered at
/// once and kept nowhere.
///
/// # Errors
/// The inbox does not take it: it must not be acknowledged, so that Slack sends it again.
pub(super) async fn receive(
    inbox: &dyn Accept,
    suggest: &dyn Suggest,
    heard: Result<Heard, String>,
    body: Bytes,
    id: Option<&str>,
) -> Result<Reply, Fault> {
    match heard {
        Ok(Heard::Challenge(word)) => Ok(Reply::Word(word)),
        Ok(Heard::Ignore(why)) => {
            tracing::debug!(why, "left a payload of Slack's alone");
            Ok(Reply::Taken)
        }
        Ok(Heard::Suggest(asked)) => {
            let choices = suggest.suggest(&asked).await;
            Ok(Reply::Options(options(&asked.begun, &choices)))
        }
        Ok(Heard::Take(arrival)) => inbox.accept(*arrival).await.map(|_| Reply::Taken),
        Err(reason) => {
            tracing::warn!(reason, "a payload of Slack's could not be read; it is kept");
            inbox.accept(Ears::unread(body, reason, id)).await.map(|_| Reply::Taken)
        }
    }
}
