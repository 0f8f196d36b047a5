//! Signing in as a GitHub App: a key signs a token for the app, and with that each installation gives one that lives an hour
//! (<https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation>).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::connectors::api::{Api, SignIn, segment};
use crate::connectors::markdown::line;
use crate::model::{Clock, Fault, FaultKind};
use crate::vault::{RsaKey, Secret};

/// GitHub refuses tokens of an app that live longer than ten minutes.
const APP_TOKEN: SignedDuration = SignedDuration::from_mins(9);
/// How far our clock may be ahead of GitHub's.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// An installation's token that runs out within this is not used any more.
const SOON: SignedDuration = SignedDuration::from_secs(120);

/// The app itself: what it may ask is about its installations only.
pub(super) struct AppKey {
    id: String,
    key: RsaKey,
    clock: Clock,
}

impl AppKey {
    /// The app of this id (or client id), which this key belongs to.
    pub(super) fn new(id: &str, key: RsaKey, clock: &Clock) -> Self {
        Self { id: id.to_owned(), key, clock: clock.clone() }
    }
}

#[async_trait]
impl SignIn for AppKey {
    async fn authorization(&self, _path: &str) -> Result<Option<HeaderValue>, Fault> {
        let now = self.clock.now();
        let at = |time: Result<Timestamp, jiff::Error>| time.unwrap_or(now).as_second();
        let claims = json!({ "iss": self.id, "iat": at(now.checked_sub(SKEW)), "exp": at(now.checked_add(APP_TOKEN)) });
        bearer(&self.key.sign(&claims)?).map(Some)
    }

    fn secrets(&self) -> Vec<Secret> {
        // What it signs is never the same twice, and of no use after ten minutes.
        Vec::new()
    }
}

/// The app's installations: every request is signed in where what it asks for is.
pub(super) struct Installations {
    /// The API, as the app itself.
    app: Arc<Api>,
    clock: Clock,
    /// The installation for what belongs to nobody in particular; by default the only one.
    fallback: Option<u64>,
    known: Mutex<Known>,
    /// Every token that may still be used, to be kept out of faults.
    secrets: std::sync::Mutex<HashMap<u64, Secret>>,
}

#[derive(Default)]
struct Known {
    /// Where an account has the app installed.
    of: HashMap<String, u64>,
    tokens: HashMap<u64, (Secret, Timestamp)>,
}

/// An installation.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Installation {
    id: u64,
    #[serde(default)]
    account: Option<Account>,
    #[serde(default)]
    suspended_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Account {
    #[serde(default)]
    login: String,
}

#[derive(Deserialize)]
struct Granted {
    token: String,
    expires_at: Timestamp,
}

impl Installations {
    /// The installations of this app. `fallback` is the one for what belongs to nobody in particular.
    pub(super) fn new(app: Arc<Api>, fallback: Option<u64>, clock: &Clock) -> Self {
        Self { app, clock: clock.clone(), fallback, known: Mutex::default(), secrets: std::sync::Mutex::default() }
    }

    /// Where the app is installed, for people.
    ///
    /// # Errors
    /// GitHub does not know the app, or did not answer.
    pub(super) async fn told(app: &Api) -> Result<String, Fault> {
        let all: Vec<Installation> = app.get("the app's installations", "/app/installations?per_page=100").await?;
        let at = |one: Installation| {
            let login = line(&one.account.unwrap_or_default().login, 60);
            if one.suspended_at.is_some() { format!("@{login} (suspended)") } else { format!("@{login}") }
        };
        let all: Vec<String> = all.into_iter().map(at).collect();
        Ok(if all.is_empty() { "nowhere".to_owned() } else { all.join(", ") })
    }

    async fn installation(&self, known: &mut Known, owner: Option<&str>) -> Result<u64, Fault> {
        let name = owner.map(str::to_lowercase).unwrap_or_default();
        if let Some(id) = known.of.get(&name) {
            return Ok(*id);
        }
        let found = match (owner, self.fallback) {
            (Some(owner), _) => self.at(owner).await?,
            (None, Some(id)) => id,
            (None, None) => self.only().await?,
        };
        known.of.insert(name, found);
        Ok(found)
    }

    /// Where this account has the app installed; GitHub answers so for organizations, too.
    async fn at(&self, owner: &str) -> Result<u64, Fault> {
        let path = format!("/users/{}/installation", segment(owner));
        let found = self.app.get::<Installation>(&format!("the app's installation at @{owner}"), &path).await;
        let shown = line(owner, 60);
        match found {
            Ok(Installation { suspended_at: Some(_), .. }) => Err(Fault::denied(format!(
                "The GitHub App is suspended at @{shown}. An owner of it has to lift that under its settings, Installed GitHub Apps."
            ))),
            Ok(found) => Ok(found.id),
            Err(Fault { kind: FaultKind::NotFound, inside, .. }) => {
                let text = format!(
                    "The GitHub App is not installed at @{shown}, so nothing there can be seen. An owner of it has to install it."
                );
                Err(Fault { inside, ..Fault::not_found(text) })
            }
            Err(fault) => Err(fault),
        }
    }

    async fn only(&self) -> Result<u64, Fault> {
        let all: Vec<Installation> = self.app.get("the app's installations", "/app/installations").await?;
        match all.as_slice() {
            [only] => Ok(only.id),
            [] => Err(Fault::denied("The GitHub App is installed nowhere yet, so it may see nothing.")),
            _ => Err(Fault::misconfigured(
                "github.app.installation: the app is installed in several places; say which one counts where no repository is named",
            )),
        }
    }

    fn note(&self, id: u64, token: &Secret) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(id, token.clone());
    }
}

#[async_trait]
impl SignIn for Installations {
    async fn authorization(&self, path: &str) -> Result<Option<HeaderValue>, Fault> {
        let mut known = self.known.lock().await;
        let id = self.installation(&mut known, owner(path).as_deref()).await?;
        let soon = self.clock.now().checked_add(SOON).unwrap_or(Timestamp::MAX);
        if let Some((token, _)) = known.tokens.get(&id).filter(|(_, expires)| *expires > soon) {
            return bearer(token).map(Some);
        }
        let path = format!("/app/installations/{id}/access_tokens");
        // A token that is given twice does no harm, so an unclear failure is just one that may be tried again.
        let granted: Granted = self
            .app
            .ask(crate::connectors::api::Ask::new(Method::POST, "a token of the app", &path).json(&json!({})).reading())
            .await?;
        let token = Secret::new(&granted.token);
        self.note(id, &token);
        let header = bearer(&token)?;
        known.tokens.insert(id, (token, granted.expires_at));
        Ok(Some(header))
    }

    /// The installation may have been removed and made anew: nothing of it is believed any more.
    async fn refused(&self, path: &str) -> bool {
        let mut known = self.known.lock().await;
        let name = owner(path).map(|owner| owner.to_lowercase()).unwrap_or_default();
        if let Some(id) = known.of.remove(&name) {
            known.tokens.remove(&id);
        }
        true
    }

    fn secrets(&self) -> Vec<Secret> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Whose the thing is that a path is about.
fn owner(path: &str) -> Option<String> {
    let path = path.strip_prefix("/api/v3").unwrap_or(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut segments = path.trim_start_matches('/').split('/');
    match (segments.next(), segments.next()) {
        (Some("repos" | "orgs" | "users"), Some(owner)) => Some(owner.to_owned()),
        (Some("search"), _) => {
            let (_, q) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q")?;
            let named = |word: &str| {
                let rest = word.strip_prefix("repo:").or_else(|| word.strip_prefix("org:"));
                let owner = rest.or_else(|| word.strip_prefix("user:"))?.split('/').next()?;
                (!owner.is_empty()).then(|| owner.to_owned())
            };
            q.split_whitespace().find_map(named)
        }
        _ => None,
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, Fault> {
    let mut header = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| Fault::unavailable("GitHub gave a token that cannot be sent. Try again in a moment."))?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_signed_in_where_what_it_asks_for_is() {
        for (path, expected) in [
            ("/repos/acme/api/issues?state=open", Some("acme")),
            ("/api/v3/repos/acme/api", Some("acme")),
            ("/orgs/acme/repos", Some("acme")),
            ("/search/issues?q=is%3Aopen+repo%3Aacme%2Fapi", Some("acme")),
            ("/search/issues?q=hello", None),
            ("/installation/repositories", None),
            ("/repositories/12/issues", None),
            ("/graphql", None),
        ] {
            assert_eq!(owner(path).as_deref(), expected, "{path}");
        }
    }
}
