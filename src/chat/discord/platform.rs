//! Discord as a [`Platform`]: what the app asks of it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::config::DiscordMode;
use super::people::plain;
use super::{Discord, http, operations, signin};
use crate::chat::Platform;
use crate::delivery::Inbox;
use crate::model::{Fault, Place, PlatformId};
use crate::operations::{Declaration, Offer};

#[async_trait]
impl Platform for Discord {
    fn id(&self) -> &PlatformId {
        &self.id
    }

    fn root(&self) -> &str {
        &self.config.command
    }

    async fn check(&self) -> Result<String, Fault> {
        let signed_in = self.sign_in().await?;
        let mut remarks = signed_in.remarks;
        remarks.extend(signin::lacks(&self.client, &self.config).await?);
        if self.config.mode == DiscordMode::Gateway {
            signin::sessions(&self.client).await?;
        }
        let name = plain(&signed_in.identity.name, 60);
        let mut text = format!("signed in as {name} ({})", signed_in.identity.user);
        for remark in remarks {
            text.push_str("\n  - ");
            text.push_str(&remark);
        }
        Ok(text)
    }

    async fn listen(&self, inbox: Inbox, offer: Arc<Offer>) -> Result<(), Fault> {
        let registry = Arc::clone(offer.registry());
        self.listen_into(Arc::new(inbox), offer, &registry).await
    }

    fn doors(&self, inbox: Inbox, offer: Arc<Offer>) -> axum::Router {
        self.key.map_or_else(axum::Router::new, |key| http::doors(self.listener(Arc::new(inbox), offer), key))
    }

    /// The gateway is connected, or in `http` mode the token is good.
    fn connected(&self) -> watch::Receiver<bool> {
        self.connected.subscribe()
    }

    fn operations(self: Arc<Self>) -> Vec<Declaration> {
        operations::declarations(&self)
    }

    async fn resolve(&self, place: &Place) -> Result<Place, Fault> {
        self.directory.resolve(place).await
    }

    async fn name_of(&self, user: &str) -> Result<String, Fault> {
        self.directory.name_of(user).await
    }

    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, Fault> {
        self.directory.is_in_group(user, group).await
    }
}
