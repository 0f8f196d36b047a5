//! The kinds of services we operate, one folder each: `config client events` and `operations/<noun>.rs`.

#[expect(dead_code, reason = "the discipline of all services; some of it waits for those that are yet to come")]
pub(crate) mod api;
pub mod github;
pub mod house;
pub mod jira;
pub mod markdown;
pub mod notion;

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Clock, Fault};
use crate::operations::{Completer, Declaration};
use crate::routing::{Looked, Looker, Reader, Seen};
use crate::vault::{Door, Oauth, Safe, Secret, SecretRef};

/// What a connector is built on.
pub struct Base<'a> {
    /// The time.
    pub clock: Clock,
    /// Where it keeps what the vendor gives it while it runs.
    pub safe: Safe,
    /// Fetches the secret of a reference; the text is the name of the setting that refers to it.
    pub secret: &'a (dyn Fn(&SecretRef, &str) -> Result<Secret, Fault> + Sync),
}

impl std::fmt::Debug for Base<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Base<'_> {
    /// The secrets of these references.
    ///
    /// # Errors
    /// `Misconfigured`: one of them is not there or empty.
    pub fn secrets(&self, references: &[SecretRef], setting: &str) -> Result<Vec<Secret>, Fault> {
        references.iter().map(|reference| (self.secret)(reference, setting)).collect()
    }
}

/// A connector, as the looks of the routing room ask it.
pub struct Sight(pub Arc<dyn Connector>);

#[async_trait]
impl Looker for Sight {
    async fn look(&self, look: &Looked) -> Result<Vec<Seen>, Fault> {
        self.0.look(look).await
    }
}

/// A configured service: what it can do, what it tells of, and whether its sign-in works.
#[async_trait]
pub trait Connector: Reader + Completer {
    /// The integration's name, such as `github`.
    fn name(&self) -> &str;

    /// The door that its webhooks come in by, where it takes any.
    fn door(&self) -> Option<Door> {
        None
    }

    /// The sign-in that a person begins in their browser, where it has one.
    fn oauth(&self) -> Option<Arc<Oauth>> {
        None
    }

    /// The operations, bound to this integration.
    fn operations(self: Arc<Self>) -> Vec<Declaration>;

    /// Signs in and says as whom, for `check --online` and readiness.
    ///
    /// # Errors
    /// Why it does not work, and what to do.
    async fn check(&self) -> Result<String, Fault>;

    /// Reads back what a webhook only hinted at: one of the looks that this connector's notices asked for. It may be asked
    /// for the same again, after a crash or because a signal came meanwhile.
    ///
    /// # Errors
    /// `RateLimited` is waited for; `Unavailable`, `Unknown` and `Misconfigured` are tried again for a day, also over
    /// restarts. With any other fault, and after that day, the signals that the look carries are told as they came.
    async fn look(&self, look: &Looked) -> Result<Vec<Seen>, Fault> {
        let _ = look;
        Ok(Vec::new())
    }
}
