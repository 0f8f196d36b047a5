//! The kinds of services we operate, one folder each: `config client events` and `operations/<noun>.rs`.

#[expect(dead_code, reason = "the discipline of all services; some of it waits for those that are yet to come")]
pub(crate) mod api;
pub mod github;
pub mod house;
pub mod markdown;

use std::sync::Arc;

use async_trait::async_trait;

use crate::model::Fault;
use crate::operations::{Completer, Declaration};
use crate::routing::Reader;

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
}
