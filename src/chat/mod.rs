//! The chat systems we are a bot on, one folder each: `config listen render send limits`.
//!
//! A platform listens (vendor JSON ends there: the inbox gets a [`crate::model::Request`]), opens forms and carries
//! parcels. What a request means is for the operations room.

pub mod slack;

use async_trait::async_trait;

use crate::delivery::{Carrier, Inbox};
use crate::model::{Fault, Place, PlatformId};
use crate::operations::Forms;

/// A configured chat platform.
#[async_trait]
pub trait Platform: Carrier + Forms {
    /// The platform's name, such as `slack`.
    fn id(&self) -> &PlatformId;

    /// Signs in and says as whom, for `check --online` and readiness.
    ///
    /// # Errors
    /// Why it does not work, and what to do.
    async fn check(&self) -> Result<String, Fault>;

    /// Listens until dropped: every request goes to the inbox and is acknowledged when it is on disk there.
    /// Reconnects by itself; returns only when listening can never work (a revoked token).
    ///
    /// # Errors
    /// Why it can never work, and what to do.
    async fn listen(&self, inbox: Inbox) -> Result<(), Fault>;

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

    /// Whether this person is in this group of the platform's (Slack: a user group).
    ///
    /// # Errors
    /// The platform could not be asked.
    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, Fault>;
}
