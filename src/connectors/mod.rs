//! The kinds of services we operate, one folder each: `config client events` and `operations/<noun>.rs`.

pub mod github;
pub mod house;
pub mod jira;
pub mod markdown;

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::Fault;
use crate::operations::{Completer, Declaration};
use crate::routing::{Looked, Reader, Seen};

/// A configured service: what it can do, what it tells of, and whether its sign-in works.
#[async_trait]
pub trait Connector: Reader + Completer {
    /// The integration's name, such as `github`.
    fn name(&self) -> &str;

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
    /// `RateLimited` and `Unavailable` are waited for, also over restarts. With any other fault the signals that the look
    /// carries are told as they came.
    async fn look(&self, look: &Looked) -> Result<Vec<Seen>, Fault> {
        let _ = look;
        Ok(Vec::new())
    }
}
