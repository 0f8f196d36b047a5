//! Who calls: Basic with e-mail address and API token, Bearer with a personal access token (Data Center) or with an access
//! token of an app (only at the gateway). <https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::reply::Reply;
use super::setup::Edition;
use super::state::State;

/// A caller whose sign-in is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub account: String,
    /// `None`: whatever the person may.
    pub scopes: Option<Vec<String>>,
    /// The app, when one calls.
    pub client: Option<String>,
}

impl State {
    /// Who calls, or Jira's refusal.
    pub(super) fn sign_in(&self, headers: &HeaderMap, gateway: bool) -> Result<Caller, Reply> {
        let header = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, value) = header.split_once(' ').unwrap_or((header, ""));
        let value = value.trim();
        let basic = scheme.eq_ignore_ascii_case("basic");
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        match (self.setup.edition, gateway) {
            (Edition::DataCenter, _) if bearer => self.personal(value).ok_or_else(|| refused("AUTHENTICATION_DENIED")),
            (Edition::Cloud, true) if bearer => self.app(value).ok_or_else(unauthorized),
            (Edition::Cloud, true) if basic => self.basic(value, true).ok_or_else(unauthorized),
            (Edition::Cloud, true) => Err(unauthorized()),
            (Edition::Cloud, false) if basic => self.basic(value, false).ok_or_else(|| refused("AUTHENTICATED_FAILED")),
            // The site itself takes no tokens of apps.
            (Edition::Cloud, false) if bearer => {
                Err(Reply::json(403, serde_json::json!({ "error": "Failed to parse Connect Session Auth Token" })))
            }
            _ => Err(refused("OUT")),
        }
    }

    fn basic(&self, value: &str, gateway: bool) -> Option<Caller> {
        let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
        let (email, secret) = text.split_once(':')?;
        let token = self.setup.tokens.iter().find(|token| token.value == secret)?;
        let person = self.world.person(&token.account)?;
        let fits = person.active && person.email.eq_ignore_ascii_case(email) && token.scopes.is_some() == gateway;
        fits.then(|| Caller { account: token.account.clone(), scopes: token.scopes.clone(), client: None })
    }

    fn personal(&self, value: &str) -> Option<Caller> {
        let token = self.setup.tokens.iter().find(|token| token.value == value)?;
        let active = self.world.person(&token.account)?.active;
        active.then(|| Caller { account: token.account.clone(), scopes: None, client: None })
    }

    fn app(&self, value: &str) -> Option<Caller> {
        let access = self.grants.access(value, self.now)?;
        let active = self.world.person(&access.account)?.active;
        active.then(|| Caller {
            account: access.account.clone(),
            scopes: Some(access.scopes.clone()),
            client: Some(access.client.clone()),
        })
    }
}

/// The site's refusal: next to nothing in the body.
fn refused(reason: &str) -> Reply {
    Reply::html(401, "Client must be authenticated to access this resource.")
        .header("x-seraph-loginreason", reason.to_owned())
        .header("www-authenticate", "OAuth realm=\"https%3A%2F%2Facme.atlassian.net\"".to_owned())
}

/// The gateway's refusal.
pub(super) fn unauthorized() -> Reply {
    Reply::gateway(401, "Unauthorized")
}
