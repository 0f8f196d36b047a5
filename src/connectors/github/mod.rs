//! GitHub, on github.com or an Enterprise Server: issues and pull requests operated from chat, webhooks told as cards.
//!
//! [`Github`] is what the application makes, registers and hands webhooks to. Signatures of webhooks are checked before
//! they come here.

mod app;
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

use super::api::{Api, Fixed, SignIn};
use super::markdown::line;
use super::{Base, Connector};
use crate::model::{Clock, Fault, FaultKind};
use crate::operations::Declaration;
use crate::routing::{Headers, Notice, Reader};
use crate::vault::{Door, RsaKey, Scheme, Secret};

pub use config::{API_VERSION, GithubAppConfig, GithubConfig};
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
    door: Option<Door>,
    /// The API as the app itself, where we sign in as one.
    app: Option<Arc<Api>>,
}

impl Github {
    /// GitHub with these settings. Calls nobody yet. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    /// `Misconfigured`: a setting or secret cannot be used; the text names it.
    pub fn new(config: &GithubConfig, base: &Base<'_>) -> Result<Arc<Self>, Fault> {
        let secrets = base.secrets(&config.webhook_secrets, "github.webhook_secrets")?;
        let clock = base.clock.clone();
        config.validate()?;
        let (sign_in, app) = sign_in(config, base)?;
        let (api, web) = (client::api(config, sign_in, clock.clone())?, config.web_url.clone());
        let door = (!secrets.is_empty()).then(|| door(secrets));
        Ok(Arc::new(Self { api, web, clock, lists: complete::Lists::default(), door, app }))
    }
}

/// How we sign in; and the API as the app itself, where it is one.
type SignedIn = (Box<dyn SignIn>, Option<Arc<Api>>);

/// How we sign in by these settings.
fn sign_in(config: &GithubConfig, base: &Base<'_>) -> Result<SignedIn, Fault> {
    if let Some(app) = &config.app {
        let key = RsaKey::from_pem(&(base.secret)(&app.key, "github.app.key")?, "github.app.key")?;
        let own = client::api(config, Box::new(app::AppKey::new(&app.id, key, &base.clock)), base.clock.clone())?;
        let own = Arc::new(own);
        let installations = app::Installations::new(Arc::clone(&own), app.installation, &base.clock);
        return Ok((Box::new(installations), Some(own)));
    }
    let token = config.token.as_ref().ok_or_else(|| Fault::bug("a GitHub without a sign-in was let through"))?;
    let token = (base.secret)(token, "github.token")?;
    Ok((Box::new(Fixed::bearer(token, "github.token")?), None))
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

    fn door(&self) -> Option<Door> {
        self.door.clone()
    }

    fn operations(self: Arc<Self>) -> Vec<Declaration> {
        operations::all(&self)
    }

    async fn check(&self) -> Result<String, Fault> {
        if let Some(app) = &self.app {
            let name: wire::App = app.get("the app", "/app").await?;
            let (name, at) = (line(&name.name, 60), app::Installations::told(app).await?);
            return Ok(format!("signed in as the app {name}, installed at {at}"));
        }
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
fn door(secrets: Vec<Secret>) -> Door {
    let kept = &["x-github-event", "x-github-delivery", "content-type"];
    Door::signed(Scheme::GITHUB, secrets, "x-github-delivery", kept, 25 * 1024 * 1024)
}
