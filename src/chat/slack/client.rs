//! Calls of Slack's Web API, each bounded in time, each judged by [`super::faults::classify`].
//!
//! They go through our own `reqwest` and not through slack-morphism's session: that keeps the status of a 429 only
//! where its body is JSON and its `Retry-After` only where it is a whole number, takes a 200 that is no JSON for an
//! empty success, and writes reply addresses, which grant rights, into its log. Its connector ([`connector`])
//! serves its Socket Mode.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;
use slack_morphism::prelude::SlackClientHyperHttpsConnector;
use url::Url;

use super::faults::{RESPONSE_URL, classify, uploaded};
use crate::chat::Ground;
use crate::chat::web::{Twice, answer};
use crate::delivery::Limits;
use crate::model::{Clock, Fault, FaultKind};
use crate::vault::Secret;

/// A client with one workspace's tokens. Clones share the connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    bot: Secret,
    app: Option<Secret>,
    clock: Clock,
    /// The methods that Slack asked to leave alone, and until when; the lanes keep them, too.
    limits: Arc<Limits>,
}

/// The limiter that covers a method: Slack's 429 is for one method in one workspace.
/// <https://docs.slack.dev/apis/web-api/rate-limits>
pub(super) fn window(method: &str) -> String {
    format!("slack/{method}")
}

/// Which token a call is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As {
    Bot,
    App,
}

impl Client {
    /// A client that appends `/method` to `base` and gives each call `timeout`.
    pub(super) fn new(
        base: &str,
        bot: Secret,
        app: Option<Secret>,
        timeout: SignedDuration,
        ground: &Ground,
    ) -> Result<Self, Fault> {
        let timeout = timeout.unsigned_abs();
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            // A redirect would carry the message, and could carry the token, to somewhere nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Fault::bug(format!("the HTTP client for Slack: {error}")))?;
        let (clock, limits) = (ground.clock.clone(), Arc::clone(&ground.limits));
        Ok(Self { http, base: base.to_owned(), bot, app, clock, limits })
    }

    /// Calls a method that takes JSON (the writing ones).
    pub(super) async fn post(&self, method: &str, twice: Twice, args: &Value) -> Result<Value, Fault> {
        self.post_unless(method, twice, args, &[]).await
    }

    /// As [`Self::post`]; a refusal with one of these codes is an answer and no fault (`already_reacted`).
    pub(super) async fn post_unless(
        &self,
        method: &str,
        twice: Twice,
        args: &Value,
        fine: &[&str],
    ) -> Result<Value, Fault> {
        let request = self.request(method, As::Bot)?.json(args);
        // Slack warns of JSON that does not name its charset.
        let request = request.header(http::header::CONTENT_TYPE, "application/json; charset=utf-8");
        self.send(method, twice, request, fine).await
    }

    /// Calls a method that takes a form (the reading ones know no JSON).
    pub(super) async fn read(&self, method: &str, args: &HashMap<&str, String>) -> Result<Value, Fault> {
        self.read_unless(method, args, &[]).await
    }

    /// As [`Self::read`]; a refusal with one of these codes is an answer and no fault (`thread_not_found`).
    pub(super) async fn read_unless(
        &self,
        method: &str,
        args: &HashMap<&str, String>,
        fine: &[&str],
    ) -> Result<Value, Fault> {
        let request = self.request(method, As::Bot)?.form(args);
        self.send(method, Twice::Harmless, request, fine).await
    }

    /// Asks for the address of a new socket; shows at once whether the app-level token is any good.
    pub(super) async fn open_socket(&self) -> Result<Value, Fault> {
        let method = "apps.connections.open";
        let request = self.request(method, As::App)?.form(&HashMap::<&str, String>::new());
        self.send(method, Twice::Harmless, request, &[]).await
    }

    /// Posts to a reply address that Slack gave us.
    ///
    /// The address came with a request; one that leads elsewhere than to Slack is refused.
    pub(super) async fn respond(&self, url: &str, args: &Value) -> Result<Value, Fault> {
        let url = self.slack_address(url).ok_or_else(|| {
            Fault::not_found("Slack takes no answer there any more.").inside("the reply address is not Slack's")
        })?;
        self.send(RESPONSE_URL, Twice::Seen, self.http.post(url).json(args), &[]).await
    }

    /// Puts a file's bytes where Slack said; without the token, which the address does not need.
    /// <https://docs.slack.dev/messaging/working-with-files#upload>
    pub(super) async fn upload(&self, url: &str, content: Vec<u8>) -> Result<(), Fault> {
        let url = self.slack_address(url).ok_or_else(|| {
            Fault::unavailable("Slack named no address to upload to.").inside("the upload address is not Slack's")
        })?;
        let request = self.http.post(url).header(http::header::CONTENT_TYPE, "application/octet-stream").body(content);
        uploaded(answer(request).await.map(|(_, answer)| answer), self.clock.now())
    }

    /// The limits that calls keep.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The time by which answers are judged.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    fn request(&self, method: &str, who: As) -> Result<reqwest::RequestBuilder, Fault> {
        let token = match who {
            As::Bot => &self.bot,
            As::App => self.app.as_ref().ok_or_else(|| Fault::misconfigured("slack.app_token: is missing"))?,
        };
        Ok(self.http.post(format!("{}/{method}", self.base)).bearer_auth(token.expose()))
    }

    async fn send(
        &self,
        method: &str,
        twice: Twice,
        request: reqwest::RequestBuilder,
        fine: &[&str],
    ) -> Result<Value, Fault> {
        // A method that Slack asked to leave alone is left alone, by whoever wants to call it, restart or not.
        let window = window(method);
        let now = self.clock.now();
        if let Some(until) = self.limits.closed_until(&window).filter(|until| *until > now) {
            return Err(Fault::new(
                FaultKind::RateLimited { until },
                "Slack asked to wait before this is tried again.",
            ));
        }
        let outcome = answer(request).await.map(|(_, answer)| answer);
        if let Some(refusal) = outcome.as_ref().ok().and_then(|answer| answer.refusal(fine)) {
            return Ok(refusal);
        }
        let result = classify(method, twice, outcome, self.clock.now());
        if let Err(Fault { kind: FaultKind::RateLimited { until }, .. }) = &result
            && let Err(fault) = self.limits.close(&window, *until).await
        {
            tracing::error!(%fault, method, "a window of Slack's is not on disk");
        }
        result
    }

    /// An address that Slack gave us, if it leads to Slack.
    fn slack_address(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let home = Url::parse(&self.base).ok().is_some_and(|base| url.origin() == base.origin());
        let slack = url.scheme() == "https"
            && url.port().is_none()
            && url.host_str().is_some_and(|host| ["slack.com", "slack-gov.com"].iter().any(|at| within(host, at)));
        (home || slack).then_some(url)
    }
}

fn within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The connector for slack-morphism's Socket Mode: plain HTTP is allowed for the sandbox, roots are built in.
pub(super) fn connector(base: &str) -> Result<SlackClientHyperHttpsConnector, Fault> {
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| Fault::bug(format!("the TLS set-up for Slack: {error}")))?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .build();
    Ok(SlackClientHyperHttpsConnector::from(https).with_slack_api_url(base))
}
