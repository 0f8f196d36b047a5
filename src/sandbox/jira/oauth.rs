//! OAuth 2.0 (3LO): consent, codes, access tokens of an hour, refresh tokens that are used once.
//! <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use super::query::Query;
use super::reply::{Answer, Reply};
use super::state::State;

/// How long an access token lasts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// How long an unused refresh token lasts.
const IDLE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How long a code lasts.
const CODE: SignedDuration = SignedDuration::from_mins(5);

/// What a person granted to an app.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    value: String,
    pub client: String,
    pub account: String,
    pub scopes: Vec<String>,
    until: Timestamp,
    /// Of a code: where the person was sent back to.
    redirect: String,
}

/// Everything that was granted.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: Vec<Grant>,
    access: Vec<Grant>,
    refresh: Vec<Grant>,
}

impl Grants {
    /// The grant of an access token that still holds.
    pub(super) fn access(&self, value: &str, now: Timestamp) -> Option<&Grant> {
        self.access.iter().find(|grant| grant.value == value && grant.until > now)
    }

    /// A person takes back what they granted to an app.
    pub(super) fn revoke(&mut self, account: &str, client: &str) {
        for grants in [&mut self.codes, &mut self.access, &mut self.refresh] {
            grants.retain(|grant| grant.account != account || grant.client != client);
        }
    }
}

fn wrong(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }))
}

impl State {
    /// `GET /authorize`: a page that asks for consent, or straight back when someone agrees to all.
    pub(super) fn authorize(&mut self, query: &Query) -> Answer {
        self.check_authorize(query)?;
        if let Some(account) = self.setup.auto_approve.clone() {
            return self.consent(query, &account);
        }
        let mut page =
            String::from("<!doctype html><title>Authorize app</title><h1>The app asks for access to Jira</h1><ul>");
        for person in &self.world.people {
            let mut link = url::form_urlencoded::Serializer::new(String::new());
            link.extend_pairs(query.0.iter().filter(|(name, _)| name != "accept"));
            let link = link.append_pair("accept", &person.account).finish();
            let link = link.replace('&', "&amp;");
            page.extend(["<li><a href=\"/authorize/accept?", &link, "\">Accept as ", &person.display, "</a>"]);
        }
        Ok(Reply::html(200, &page))
    }

    /// `GET /authorize/accept`: a click on that page.
    pub(super) fn accept(&mut self, query: &Query) -> Answer {
        self.check_authorize(query)?;
        let account = query.get("accept").unwrap_or_default().to_owned();
        if self.world.person(&account).is_none() {
            return Err(Reply::html(400, "Nobody of that name."));
        }
        self.consent(query, &account)
    }

    fn check_authorize(&self, query: &Query) -> Result<(), Reply> {
        let say = |text: &str| Err(Reply::html(400, text));
        let client = query.get("client_id").unwrap_or_default();
        let Some(app) = self.setup.apps.iter().find(|app| app.client_id == client) else {
            return say("Unknown client_id.");
        };
        let redirect = query.get("redirect_uri").unwrap_or_default();
        let known = if app.redirects.is_empty() {
            super::deliver::is_loopback(redirect)
        } else {
            app.redirects.iter().any(|known| known == redirect)
        };
        match () {
            () if !known => say("redirect_uri is not registered for client"),
            () if query.get("audience") != Some("api.atlassian.com") => say("audience has to be api.atlassian.com"),
            () if query.get("response_type") != Some("code") => say("response_type has to be code"),
            () if query.get("prompt") != Some("consent") => say("prompt has to be consent"),
            () if query.get("scope").is_none() => say("scope is missing"),
            () => Ok(()),
        }
    }

    fn consent(&mut self, query: &Query, account: &str) -> Answer {
        let redirect = query.get("redirect_uri").unwrap_or_default().to_owned();
        let mut back = Url::parse(&redirect).map_err(|_| Reply::html(400, "redirect_uri is no address"))?;
        let code = self.random("code-");
        let scopes = query.get("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let client = query.get("client_id").unwrap_or_default().to_owned();
        let until = self.now + CODE;
        self.grants.codes.push(Grant {
            value: code.clone(),
            client,
            account: account.to_owned(),
            scopes,
            until,
            redirect,
        });
        if let Some(state) = query.get("state") {
            back.query_pairs_mut().append_pair("state", state);
        }
        back.query_pairs_mut().append_pair("code", &code);
        Ok(Reply::empty(302).header("location", back.to_string()))
    }

    /// A person opens an address of `/authorize` and agrees (or not): where they are sent.
    pub(super) fn decide(&mut self, address: &str, account: &str, agree: bool) -> Option<String> {
        let url = Url::parse(address).ok()?;
        let query = Query(url.query_pairs().into_owned().collect());
        self.check_authorize(&query).ok()?;
        if !agree {
            let mut back = Url::parse(query.get("redirect_uri")?).ok()?;
            let state = query.get("state").unwrap_or_default().to_owned();
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "User did not authorize the request")
                .append_pair("state", &state);
            return Some(back.to_string());
        }
        let reply = self.consent(&query, account).ok()?;
        reply.headers.into_iter().find(|(name, _)| *name == "location").map(|(_, address)| address)
    }

    /// `POST /oauth/token`.
    pub(super) fn token(&mut self, body: &[u8]) -> Answer {
        let body: Value =
            serde_json::from_slice(body).map_err(|_| wrong(400, "invalid_request", "The body has to be JSON"))?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let (client, secret) = (text("client_id"), text("client_secret"));
        let app = self.setup.apps.iter().find(|app| app.client_id == client);
        if app.is_none_or(|app| app.secret != secret) {
            return Err(wrong(401, "access_denied", "Unauthorized"));
        }
        match text("grant_type").as_str() {
            "authorization_code" => {
                let code = text("code");
                let now = self.now;
                let fits = |grant: &Grant| grant.value == code && grant.client == client && grant.until > now;
                let at = self.grants.codes.iter().position(fits);
                let grant = at.map(|at| self.grants.codes.remove(at));
                let grant = grant.filter(|grant| grant.redirect == text("redirect_uri"));
                let grant = grant.ok_or_else(|| wrong(403, "invalid_grant", "Invalid authorization code"))?;
                Ok(self.issue(&grant))
            }
            "refresh_token" => {
                let token = text("refresh_token");
                let now = self.now;
                let fits = |grant: &Grant| grant.value == token && grant.client == client && grant.until > now;
                let at = self.grants.refresh.iter().position(fits);
                let unknown = || wrong(403, "invalid_grant", "Unknown or invalid refresh token.");
                let grant = self.grants.refresh.remove(at.ok_or_else(unknown)?);
                if self.world.person(&grant.account).is_none_or(|person| !person.active) {
                    return Err(wrong(403, "unauthorized_client", "refresh_token is invalid"));
                }
                Ok(self.issue(&grant))
            }
            _ => Err(wrong(400, "unsupported_grant_type", "Unsupported grant type")),
        }
    }

    fn issue(&mut self, grant: &Grant) -> Reply {
        let access = self.random("access-");
        let until = self.now + LIFETIME;
        self.grants.access.push(Grant { value: access.clone(), until, ..grant.clone() });
        let mut answer = json!({
            "access_token": access,
            "expires_in": LIFETIME.as_secs(),
            "token_type": "Bearer",
            "scope": grant.scopes.join(" "),
        });
        if grant.scopes.iter().any(|scope| scope == "offline_access") {
            let refresh = self.random("refresh-");
            let until = self.now + IDLE;
            self.grants.refresh.push(Grant { value: refresh.clone(), until, ..grant.clone() });
            answer["refresh_token"] = json!(refresh);
        }
        Reply::ok(answer)
    }

    /// `GET /oauth/token/accessible-resources`.
    pub(super) fn resources(&self, token: &str) -> Answer {
        let grant = self.grants.access(token, self.now).ok_or_else(super::signin::unauthorized)?;
        let scopes: Vec<&String> = grant.scopes.iter().filter(|scope| *scope != "offline_access").collect();
        Ok(Reply::ok(json!([{
            "id": self.setup.cloud_id,
            "url": self.setup.web,
            "name": self.setup.site,
            "scopes": scopes,
            "avatarUrl": format!("{}/avatars/240/site.png", self.setup.web),
        }])))
    }
}
