//! Signing in with OAuth 2.0, where a person agrees in their browser and the grant then renews itself (authorization code,
//! RFC 6749 §4.1, with rotating refresh tokens). The crate `oauth2` speaks the protocol; the grant lies in the [`Safe`].

use std::collections::HashMap;
use std::fmt;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use super::{Safe, Secret};
use crate::model::{Clock, Fault};

/// How long a person may take to agree.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// A grant that runs out within this is renewed before it is used.
const SOON: SignedDuration = SignedDuration::from_secs(60);
/// So many people may be agreeing at once; more is no use.
const MOST_PENDING: usize = 20;

/// An app that is registered with a vendor.
#[derive(Debug, Clone)]
pub struct OauthApp {
    /// The integration's name, such as `jira`.
    pub name: &'static str,
    /// What people call the vendor, such as `Jira`.
    pub vendor: &'static str,
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: Secret,
    /// Where a person agrees.
    pub authorize_url: Url,
    /// Where codes and refresh tokens become access tokens.
    pub token_url: Url,
    /// Where the vendor sends the person back to: this daemon's `/oauth/NAME/callback`, as it is registered.
    pub redirect_url: Url,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// What the vendor wants beside.
    pub extra: Vec<(&'static str, &'static str)>,
}

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The sign-in of one integration.
pub struct Oauth {
    app: OauthApp,
    client: Client,
    http: reqwest::Client,
    safe: Safe,
    clock: Clock,
    /// Who is agreeing, by the state that comes back.
    pending: std::sync::Mutex<HashMap<String, Timestamp>>,
    /// The grant as it is known; one renewal at a time.
    grant: Mutex<Option<Grant>>,
}

/// What the vendor granted.
#[derive(Clone, Serialize, Deserialize)]
struct Grant {
    access: String,
    refresh: Option<String>,
    expires: Timestamp,
}

impl fmt::Debug for Oauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oauth").field("name", &self.app.name).finish_non_exhaustive()
    }
}

impl Oauth {
    /// The sign-in of this app. Calls nobody yet.
    ///
    /// # Errors
    /// `Bug`: TLS cannot be set up.
    pub fn new(app: OauthApp, safe: &Safe, clock: &Clock) -> Result<Self, Fault> {
        let client = BasicClient::new(ClientId::new(app.client_id.clone()))
            .set_client_secret(ClientSecret::new(app.client_secret.expose().to_owned()))
            .set_auth_uri(AuthUrl::from_url(app.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(app.token_url.clone()))
            .set_redirect_uri(RedirectUrl::from_url(app.redirect_url.clone()))
            .set_auth_type(AuthType::RequestBody);
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Fault::bug(format!("an HTTP client cannot be made: {error}")))?;
        let (pending, grant) = (std::sync::Mutex::default(), Mutex::new(None));
        Ok(Self { app, client, http, safe: safe.clone(), clock: clock.clone(), pending, grant })
    }

    /// The address at which a person agrees.
    pub fn begin(&self) -> Url {
        let mut request = self.client.authorize_url(CsrfToken::new_random);
        for scope in &self.app.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for (name, value) in &self.app.extra {
            request = request.add_extra_param(*name, *value);
        }
        let (url, state) = request.url();
        let now = self.clock.now();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, until| *until > now);
        if pending.len() >= MOST_PENDING {
            pending.clear();
        }
        pending.insert(state.secret().clone(), now.checked_add(PATIENCE).unwrap_or(Timestamp::MAX));
        url
    }

    /// Takes what the vendor sent the person back with.
    ///
    /// # Errors
    /// `Denied`: nobody here began this, or too long ago. What the vendor says of the code.
    pub async fn finish(&self, state: &str, code: &str) -> Result<(), Fault> {
        let begun = self.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(state);
        if begun.is_none_or(|until| until <= self.clock.now()) {
            return Err(Fault::denied(format!(
                "This sign-in was not begun here, or more than {PATIENCE:#} ago. Begin anew: `quarterdeck connect {}`.",
                self.app.name
            )));
        }
        let code = AuthorizationCode::new(code.to_owned());
        let answer = self.client.exchange_code(code).request_async(&self.http).await;
        let answer = answer.map_err(|error| self.refusal(&error))?;
        let mut grant = self.grant.lock().await;
        self.keep(&mut grant, &answer, None).await?;
        tracing::info!(integration = self.app.name, "signed in");
        Ok(())
    }

    /// A token that is valid now; renewed where it is about to run out.
    ///
    /// # Errors
    /// `Misconfigured`: nobody has signed in, or the vendor ended it. `Unavailable`: the vendor did not answer.
    pub async fn access(&self) -> Result<Secret, Fault> {
        let mut grant = self.grant.lock().await;
        let known = self.known(&mut grant)?;
        let soon = self.clock.now().checked_add(SOON).unwrap_or(Timestamp::MAX);
        if known.expires > soon {
            return Ok(Secret::new(&known.access));
        }
        self.renew(&mut grant, &known).await
    }

    /// Hears that the vendor did not accept a token; whether there is a newer one now.
    pub async fn refused(&self, access: &Secret) -> bool {
        let mut grant = self.grant.lock().await;
        match self.known(&mut grant) {
            // Somebody else renewed it meanwhile.
            Ok(known) if known.access != access.expose() => true,
            Ok(known) => self.renew(&mut grant, &known).await.is_ok(),
            Err(_) => false,
        }
    }

    /// What must never be seen.
    pub fn secrets(&self) -> Vec<Secret> {
        let grant = self.grant.try_lock().ok().and_then(|grant| grant.clone());
        let mut secrets = vec![self.app.client_secret.clone()];
        if let Some(grant) = grant {
            secrets.push(Secret::new(&grant.access));
            secrets.extend(grant.refresh.iter().map(|refresh| Secret::new(refresh)));
        }
        secrets
    }

    fn known(&self, grant: &mut Option<Grant>) -> Result<Grant, Fault> {
        if grant.is_none() {
            let kept = self.safe.get(&self.slot())?;
            *grant = kept.map(|kept| serde_json::from_str(kept.expose())).transpose().map_err(|_| self.ended())?;
        }
        grant.clone().ok_or_else(|| {
            Fault::misconfigured(format!(
                "Nobody has signed in to {} yet. An administrator runs `quarterdeck connect {}`.",
                self.app.vendor, self.app.name
            ))
        })
    }

    async fn renew(&self, grant: &mut Option<Grant>, known: &Grant) -> Result<Secret, Fault> {
        let refresh = known.refresh.clone().ok_or_else(|| self.ended())?;
        let token = RefreshToken::new(refresh.clone());
        let answer = self.client.exchange_refresh_token(&token).request_async(&self.http).await;
        let answer = answer.map_err(|error| self.refusal(&error))?;
        self.keep(grant, &answer, Some(refresh)).await
    }

    /// Keeps what was granted, on disk before it is used: the vendor may have ended the token that came before.
    async fn keep(
        &self,
        grant: &mut Option<Grant>,
        answer: &BasicTokenResponse,
        before: Option<String>,
    ) -> Result<Secret, Fault> {
        let lives = answer.expires_in().unwrap_or(Duration::from_hours(1));
        let lives = SignedDuration::try_from(lives).unwrap_or(SignedDuration::from_hours(1));
        let new = Grant {
            access: answer.access_token().secret().clone(),
            refresh: answer.refresh_token().map(|token| token.secret().clone()).or(before),
            expires: self.clock.now().checked_add(lives).unwrap_or(Timestamp::MAX),
        };
        let text = serde_json::to_string(&new).map_err(|error| Fault::bug(error.to_string()))?;
        self.safe.put(&self.slot(), &Secret::new(&text)).await?;
        let access = Secret::new(&new.access);
        *grant = Some(new);
        Ok(access)
    }

    fn slot(&self) -> String {
        format!("oauth:{}", self.app.name)
    }

    fn ended(&self) -> Fault {
        Fault::misconfigured(format!(
            "The sign-in to {} has ended. An administrator runs `quarterdeck connect {}` once more.",
            self.app.vendor, self.app.name
        ))
    }

    fn refusal<E: std::error::Error + 'static>(
        &self,
        error: &RequestTokenError<E, oauth2::StandardErrorResponse<BasicErrorResponseType>>,
    ) -> Fault {
        match error {
            RequestTokenError::ServerResponse(answer) => {
                let said = answer.error().to_string();
                match said.as_str() {
                    "invalid_client" => Fault::misconfigured(format!(
                        "{} does not know the app by this id and secret; see to {}.oauth.client_id and client_secret.",
                        self.app.vendor, self.app.name
                    )),
                    _ => self.ended(),
                }
                .inside(format!("{}'s token endpoint: {said}", self.app.vendor))
            }
            RequestTokenError::Parse(error, _) => {
                Fault::unavailable(format!("{} answered the sign-in oddly. Try again in a moment.", self.app.vendor))
                    .inside(error.to_string())
            }
            RequestTokenError::Request(_) | RequestTokenError::Other(_) => {
                Fault::unavailable(format!("{} did not answer the sign-in. Try again in a moment.", self.app.vendor))
            }
        }
    }
}
