//! The chat systems we are a bot on, one folder each: `config listen render send limits`.
//!
//! A platform listens (vendor JSON ends there: the inbox gets a [`crate::model::Request`]), opens forms and carries
//! parcels. What a request means is for the operations room.

pub mod discord;
#[cfg(test)]
mod gallery;
mod names;
pub mod slack;
pub mod telegram;
mod text;
mod web;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::delivery::{Carrier, Inbox, Limits};
use crate::model::{ActionKind, Card, Clock, Fault, Place, PlatformId, Who};
use crate::operations::{Completer, Declaration, Forms, Offer};
use crate::store::Store;

/// What a platform stands on.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The time.
    pub clock: Clock,
    /// Where a platform keeps how far it has listened, and what it asked whom.
    pub store: Store,
    /// The windows in which a vendor does not want to be called; calls outside the lanes keep them too.
    pub limits: Arc<Limits>,
}

#[cfg(test)]
impl Ground {
    /// A ground for a test: an empty store in a directory that goes with the second value.
    pub(crate) fn sample(clock: &Clock) -> (Self, tempfile::TempDir) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("store");
        let store = Store::open(&crate::store::StoreConfig { path, ..Default::default() }).expect("a store");
        let limits = Arc::new(Limits::open(&store, clock).expect("the limits"));
        (Self { clock: clock.clone(), store, limits }, directory)
    }
}

/// A configured chat platform.
#[async_trait]
pub trait Platform: Carrier + Forms + Completer {
    /// The platform's name, such as `slack`.
    fn id(&self) -> &PlatformId;

    /// The command that people type there, such as `/qd`.
    fn root(&self) -> &str;

    /// Signs in and says as whom, for `check --online` and readiness.
    ///
    /// # Errors
    /// Why it does not work, and what to do.
    async fn check(&self) -> Result<String, Fault>;

    /// Listens until dropped: every request goes to the inbox and is acknowledged when it is on disk there. Tells the
    /// platform what it offers (native commands, command menus), and completes from it what people type.
    /// Reconnects by itself; returns only when listening can never work (a revoked token).
    ///
    /// # Errors
    /// Why it can never work, and what to do.
    async fn listen(&self, inbox: Inbox, offer: Arc<Offer>) -> Result<(), Fault>;

    /// The doors through which the platform reaches us over HTTP, where it is configured so. Each checks who knocks.
    fn doors(&self, inbox: Inbox, offer: Arc<Offer>) -> axum::Router;

    /// Whether the platform can reach us now.
    fn connected(&self) -> watch::Receiver<bool>;

    /// What can be done on the platform by command, bound to it.
    fn operations(self: Arc<Self>) -> Vec<Declaration>;

    /// The place with the platform's own channel id for a place written by name (`slack:#deploys`).
    ///
    /// # Errors
    /// There is no such channel, or the bot cannot see it.
    async fn resolve(&self, place: &Place) -> Result<Place, Fault>;

    /// What a person is called; some requests name only the id.
    ///
    /// # Errors
    /// The platform could not be asked.
    async fn name_of(&self, user: &str) -> Result<String, Fault>;

    /// Whether this person is in this group of the platform's (Slack: a user group; Discord: a role; Telegram: a chat); or,
    /// with [`crate::operations::EVERYBODY`], whether they belong to the workspace at all.
    ///
    /// # Errors
    /// The platform could not be asked.
    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, Fault>;
}

/// Whether the card's buttons go on with what was begun where it was asked for.
fn goes_on(card: &Card) -> bool {
    card.actions.iter().any(|action| match &action.kind {
        ActionKind::Run(press) | ActionKind::Select { press, .. } => {
            press.confirmed || press.ask || matches!(press.who, Who::Only(_))
        }
        ActionKind::Open(_) => false,
    })
}
