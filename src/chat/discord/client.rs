//! Calls of Discord's REST API, each bounded in time, counted by [`super::buckets`] and judged by
//! [`super::faults::classify`]. <https://docs.discord.com/developers/reference>
//!
//! They go through our own `reqwest` and not through serenity's HTTP client, which loses the headers of a 429 and cannot
//! keep limits where the base address is another. Tokens of interactions and webhooks stand in the path: no path is ever
//! told to anybody, only the route with its ids left out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::buckets::{Buckets, Spot};
use super::faults::{Trouble, classify};
use crate::chat::web::{Twice, answer};
use crate::delivery::{Limits, Toll};
use crate::model::{Clock, Fault};
use crate::vault::Secret;

/// Who calls, as Discord wants it: <https://docs.discord.com/developers/reference#user-agent>
const USER_AGENT: &str = concat!("DiscordBot (https://crates.io/crates/quarterdeck, ", env!("CARGO_PKG_VERSION"), ")");
/// The header with the reason that stands in a server's audit log, and its longest value.
const REASON: (&str, usize) = ("x-audit-log-reason", 512);

/// A client with one bot's token. Clones share the connections and the limits.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    token: Secret,
    clock: Clock,
    buckets: Arc<Buckets>,
}

/// One call to be made.
pub(super) struct Call {
    method: Method,
    template: &'static str,
    args: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Body,
    twice: Twice,
    patient: bool,
    reason: Option<String>,
}

/// Without its arguments, which can be tokens.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

#[derive(Debug)]
enum Body {
    None,
    Json(Value),
    /// `payload_json` and files.
    Parts(Value, Vec<Upload>),
}

/// A file to be sent with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upload {
    /// Its name.
    pub name: String,
    /// Its kind, such as `text/plain; charset=utf-8`.
    pub kind: String,
    /// What is in it.
    pub bytes: Bytes,
}

impl Call {
    /// A call of `template`, a path below the base address with `{}` for each of `args`. A `GET`, `PUT`, `PATCH` or
    /// `DELETE` does no harm twice; a `POST` is taken for a message unless [`Call::twice`] says otherwise.
    pub(super) fn new(method: Method, template: &'static str, args: &[&str]) -> Self {
        let twice = if method == Method::POST { Twice::Seen } else { Twice::Harmless };
        Self {
            method,
            template,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            query: Vec::new(),
            body: Body::None,
            twice,
            patient: false,
            reason: None,
        }
    }

    pub(super) fn get(template: &'static str, args: &[&str]) -> Self {
        Self::new(Method::GET, template, args)
    }

    pub(super) fn post(template: &'static str, args: &[&str]) -> Self {
        Self::new(Method::POST, template, args)
    }

    pub(super) fn put(template: &'static str, args: &[&str]) -> Self {
        Self::new(Method::PUT, template, args)
    }

    pub(super) fn patch(template: &'static str, args: &[&str]) -> Self {
        Self::new(Method::PATCH, template, args)
    }

    pub(super) fn delete(template: &'static str, args: &[&str]) -> Self {
        Self::new(Method::DELETE, template, args)
    }

    /// With this parameter.
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With this body.
    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// With this body and these files; without files the same as [`Call::json`].
    pub(super) fn files(mut self, body: Value, files: Vec<Upload>) -> Self {
        self.body = if files.is_empty() { Body::Json(body) } else { Body::Parts(body, files) };
        self
    }

    /// What a second such call would do.
    pub(super) fn twice(mut self, twice: Twice) -> Self {
        self.twice = twice;
        self
    }

    /// Waits for limits, up to a minute, rather than to answer `RateLimited`: for calls that no lane makes.
    pub(super) fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// With the reason that stands in the server's audit log.
    pub(super) fn reason(mut self, reason: &str) -> Self {
        self.reason = Some(reason.to_owned());
        self
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Whether the path holds the right to call it.
    fn holds_token(&self) -> bool {
        self.template.starts_with("/interactions/{}/{}") || self.template.starts_with("/webhooks/{}/{}")
    }

    fn spot(&self) -> Spot {
        let first = || self.args.first().cloned().unwrap_or_default();
        let major = if self.template.starts_with("/webhooks/{}/{}") {
            let token = self.args.get(1).map(String::as_bytes).unwrap_or_default();
            // The key of a window is on disk and in logs, where no token belongs.
            format!("{}/{}", first(), hex::encode(&Sha256::digest(token)[..8]))
        } else if ["/channels/{}", "/guilds/{}", "/webhooks/{}", "/interactions/{}"]
            .iter()
            .any(|top| self.template.starts_with(top))
        {
            first()
        } else {
            String::new()
        };
        Spot { route: self.name(), major, bot: !self.holds_token() }
    }
}

impl Client {
    /// A client that calls below `base` and gives each call `timeout`.
    pub(super) fn new(
        base: &Url,
        token: Secret,
        timeout: SignedDuration,
        clock: Clock,
        limits: Arc<Limits>,
    ) -> Result<Self, Fault> {
        let timeout = timeout.unsigned_abs();
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            // A redirect would carry the message, and could carry the token, to somewhere nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| Fault::bug(format!("the HTTP client for Discord: {error}")))?;
        let buckets = Arc::new(Buckets::new(clock.clone(), limits));
        Ok(Self { http, base: base.clone(), token, clock, buckets })
    }

    /// Makes a call: its answer's JSON, `Null` where that is empty.
    ///
    /// # Errors
    /// `RateLimited` without a call where a limit is known to be used up; else as Discord answered.
    pub(super) async fn call(&self, call: Call) -> Result<Value, Trouble> {
        let (spot, name, twice) = (call.spot(), call.name(), call.twice);
        let permit = self.buckets.enter(&spot, call.patient).await?;
        let outcome = answer(self.request(call)?).await;
        let mut until = Timestamp::MAX;
        let outcome = match outcome {
            Ok((headers, answer)) => {
                let told = self.buckets.learn(&spot, answer.status, &headers, &answer.body).await;
                until = told.unwrap_or(until);
                Ok(answer)
            }
            Err(cut) => Err(cut),
        };
        drop(permit);
        classify(&name, twice, outcome, until)
    }

    /// The limiters that cover a call, for [`crate::delivery::Carrier::tolls`]. They are closed by the client itself.
    pub(super) fn tolls(&self, call: &Call) -> Vec<Toll> {
        self.buckets.tolls(&call.spot())
    }

    /// The time by which answers are judged.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The token, to identify with at the gateway.
    pub(super) fn token(&self) -> &Secret {
        &self.token
    }

    /// The id and token of a webhook's address; one that leads elsewhere than to Discord is refused.
    ///
    /// # Errors
    /// `Misconfigured`: it is no address of a webhook of Discord's.
    pub(super) fn webhook(&self, address: &Secret) -> Result<(String, String), Fault> {
        let refuse = || {
            Fault::misconfigured(
                "The address is none of a Discord webhook; copy it from the channel's settings, as in \
                 `https://discord.com/api/webhooks/ID/TOKEN`.",
            )
        };
        let url = Url::parse(address.expose()).map_err(|_| refuse())?;
        let host = url.host_str().unwrap_or_default();
        let home = url.origin() == self.base.origin();
        let discord = url.scheme() == "https"
            && url.port().is_none()
            && ["discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"].contains(&host);
        let parts: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
        let at = parts.iter().position(|part| *part == "webhooks").ok_or_else(refuse)?;
        match parts.get(at + 1..) {
            Some([id, token]) if (home || discord) && super::config::is_id(id) && !token.is_empty() => {
                Ok(((*id).to_owned(), (*token).to_owned()))
            }
            _ => Err(refuse()),
        }
    }

    fn request(&self, call: Call) -> Result<reqwest::RequestBuilder, Fault> {
        let mut url = self.base.clone();
        {
            let no_path = || Fault::misconfigured("discord.base_url: expected an address with a path");
            let mut path = url.path_segments_mut().map_err(|()| no_path())?;
            path.pop_if_empty();
            let mut args = call.args.iter();
            for part in call.template.split('/').skip(1) {
                path.push(if part == "{}" { args.next().map_or("", String::as_str) } else { part });
            }
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let bot = !call.holds_token();
        let mut request = self.http.request(call.method, url);
        if bot {
            let mut value = http::HeaderValue::from_str(&format!("Bot {}", self.token.expose()))
                .map_err(|_| Fault::misconfigured("discord.bot_token: holds what no token holds"))?;
            value.set_sensitive(true);
            request = request.header(http::header::AUTHORIZATION, value);
        }
        if let Some(reason) = call.reason {
            let (name, longest) = REASON;
            let cut: String = reason.chars().filter(|c| !c.is_control()).take(longest).collect();
            // Percent-encoded, as Discord wants it; a space as `%20`.
            let encoded: String = url::form_urlencoded::byte_serialize(cut.as_bytes()).collect();
            request = request.header(name, encoded.replace('+', "%20"));
        }
        Ok(match call.body {
            Body::None => request,
            Body::Json(body) => request.json(&body),
            Body::Parts(body, files) => request.multipart(parts(&body, files)?),
        })
    }
}

fn parts(body: &Value, files: Vec<Upload>) -> Result<Form, Fault> {
    let wrong = |_| Fault::bug("a file's kind is none");
    let payload = Part::text(body.to_string()).mime_str("application/json").map_err(wrong)?;
    let mut form = Form::new().part("payload_json", payload);
    for (number, file) in files.into_iter().enumerate() {
        let length = file.bytes.len() as u64;
        let part = Part::stream_with_length(file.bytes, length).file_name(file.name).mime_str(&file.kind);
        form = form.part(format!("files[{number}]"), part.map_err(wrong)?);
    }
    Ok(form)
}
