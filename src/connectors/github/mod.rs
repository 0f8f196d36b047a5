//! GitHub, on github.com or an Enterprise Server: issues and pull requests operated from chat, webhooks told as cards.
//!
//! [`Github`] is what the application makes, registers and hands webhooks to. Signatures of webhooks are checked before
//! they come here.

mod cards;
mod client;
mod complete;
mod config;
mod events;
mod faults;
mod operations;
mod refs;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use super::Connector;
use super::api::{Api, Fixed};
use super::markdown::line;
use crate::model::{Clock, Fault, FaultKind};
use crate::operations::Declaration;
use crate::routing::{Headers, Notice, Reader};
use crate::vault::{Door, Scheme, Secret};

pub use config::{API_VERSION, GithubConfig};
pub use events::kinds;
pub use operations::{
    AssignIssue, CloseIssue, CommentIssue, CommentPull, CreateIssue, GetIssue, GetPull, GetRepo, LabelIssue,
    ListIssues, ListPulls, ListRepos, Reason, ReopenIssue, StateFilter, UpdateIssue,
};
pub use refs::{DEFAULT_REPOSITORY, IssueRef, Number, Repo, RepoRef};

/// A configured GitHub.
pub struct Github {
    api: Api,
    web: Url,
    clock: Clock,
    lists: complete::Lists,
}

impl Github {
    /// GitHub with these settings, signed in with this token. Calls nobody yet. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// `Misconfigured`: a setting cannot be used; the text names it.
    pub fn new(config: &GithubConfig, token: Secret, clock: Clock) -> Result<Arc<Self>, Fault> {
        let sign_in = Fixed::bearer(token, "github.token")?;
        let (api, web) = (client::api(config, Box::new(sign_in), clock.clone())?, config.web_url.clone());
        Ok(Arc::new(Self { api, web, clock, lists: complete::Lists::default() }))
    }
}

impl Reader for Github {
    fn read(&self, headers: &Headers, body: &[u8]) -> Result<Vec<Notice>, Fault> {
        events::read(headers, body)
    }
}

#[async_trait]
impl Connector for Github {
    fn name(&self) -> &'static str {
        "github"
    }

    fn operations(self: Arc<Self>) -> Vec<Declaration> {
        operations::all(&self)
    }

    async fn check(&self) -> Result<String, Fault> {
        match self.api.get::<wire::User>("the token's account", "/user").await {
            Ok(user) => Ok(format!("signed in as @{}", line(user.called(), 60))),
            // The token of an app has no account, but it may ask for its limits.
            Err(Fault { kind: FaultKind::Denied, .. }) => {
                self.api.get::<serde_json::Value>("the token's limits", "/rate_limit").await?;
                Ok("signed in with a token that has no account of its own".to_owned())
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Outside text as it may stand between back-ticks in an error.
fn shown(text: &str) -> String {
    line(text, 80).replace('`', "'")
}

/// The door that GitHub's webhooks come in by.
///
/// GitHub caps payloads at 25 MB (<https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>); a redelivery
/// keeps `X-GitHub-Delivery`, which is what duplicates are known by.
#[must_use]
pub fn door(secrets: Vec<Secret>) -> Door {
    Door {
        scheme: Scheme::GITHUB,
        secrets,
        delivery_header: "x-github-delivery",
        kept_headers: &["x-github-event", "x-github-delivery", "content-type"],
        largest: 25 * 1024 * 1024,
    }
}
