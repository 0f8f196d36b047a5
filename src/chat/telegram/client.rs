//! Calls of the Bot API, each bounded in time, each judged by [`super::faults::classify`].
//! <https://core.telegram.org/bots/api#making-requests>
//!
//! What is sent are teloxide's payloads; they go through our own `reqwest` and not through teloxide's bot, which sleeps
//! ten seconds after every 5xx, keeps no `Retry-After` over a restart, and fails on an answer with something new in it.
//! The token is a part of every address: no error, log line or `Debug` here shows an address.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use teloxide_core::requests::Payload;

use super::faults::{Refusal, classify};
use crate::chat::web::{Twice, answer};
use crate::delivery::Limits;
use crate::model::{Clock, Fault, FaultKind};
use crate::vault::Secret;

/// The limiter that Telegram closes when it says "wait": one for all calls of the bot.
/// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>
pub(super) const WINDOW: &str = "telegram";

/// A client with one bot's token. Clones share the connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Secret,
    timeout: Duration,
    clock: Clock,
    limits: Arc<Limits>,
}

/// A file on its way up.
#[derive(Debug, Clone)]
pub(super) struct FilePart {
    /// The field it is for, such as `document`.
    pub field: String,
    /// What it is called.
    pub name: String,
    /// What it is, such as `text/plain`.
    pub mime: String,
    /// Its content.
    pub content: Bytes,
}

impl Client {
    /// A client that calls `{base}/bot{token}/{method}` and gives each call `timeout`.
    pub(super) fn new(
        base: &str,
        token: Secret,
        timeout: SignedDuration,
        clock: Clock,
        limits: Arc<Limits>,
    ) -> Result<Self, Fault> {
        let timeout = timeout.unsigned_abs();
        let http = reqwest::Client::builder()
            .connect_timeout(timeout.min(Duration::from_secs(5)))
            // A redirect would carry the token to somewhere nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("quarterdeck/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Fault::bug(format!("the HTTP client for Telegram: {}", error.without_url())))?;
        Ok(Self { http, base: base.to_owned(), token, timeout, clock, limits })
    }

    /// Makes the call of one of teloxide's payloads; gives the answer's `result`.
    pub(super) async fn send<P>(&self, twice: Twice, payload: &P) -> Result<Value, Refusal>
    where
        P: Payload + Serialize + Sync,
    {
        let args = serde_json::to_value(payload)
            .map_err(|error| Fault::bug(format!("{} cannot be written: {error}", P::NAME)))?;
        self.call(P::NAME, twice, &args).await
    }

    /// Calls a method with these arguments; gives the answer's `result`.
    pub(super) async fn call(&self, method: &str, twice: Twice, args: &Value) -> Result<Value, Refusal> {
        self.run(method, twice, self.request(method, self.timeout).json(args)).await
    }

    /// As [`Client::send`], for a call that Telegram lets hang for `hold` before it answers.
    pub(super) async fn wait<P>(&self, payload: &P, hold: SignedDuration) -> Result<Value, Refusal>
    where
        P: Payload + Serialize + Sync,
    {
        let request = self.request(P::NAME, self.timeout + hold.unsigned_abs()).json(payload);
        self.run(P::NAME, Twice::Harmless, request).await
    }

    /// Calls a method with files beside its arguments, an object: texts go as they are, all else as JSON.
    pub(super) async fn upload(
        &self,
        method: &str,
        twice: Twice,
        args: &Value,
        files: Vec<FilePart>,
    ) -> Result<Value, Refusal> {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in args.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(name.clone(), text);
        }
        for file in files {
            let length = file.content.len() as u64;
            let part = reqwest::multipart::Part::stream_with_length(reqwest::Body::from(file.content), length)
                .file_name(file.name)
                .mime_str(&file.mime)
                .map_err(|_| Fault::bug(format!("`{}` is no media type", file.mime)))?;
            form = form.part(file.field, part);
        }
        self.run(method, twice, self.request(method, self.timeout).multipart(form)).await
    }

    /// The time by which answers are judged.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The limits that calls keep to.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn request(&self, method: &str, timeout: Duration) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/bot{}/{method}", self.base, self.token.expose())).timeout(timeout)
    }

    async fn run(&self, method: &str, twice: Twice, request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
        // Telegram's word holds for every call of the bot, whoever makes it, and over a restart.
        let now = self.clock.now();
        if let Some(until) = self.limits.closed_until(WINDOW).filter(|until| *until > now) {
            let fault =
                Fault::new(FaultKind::RateLimited { until }, "Telegram asked to wait before it is called again.");
            return Err(Refusal { fault, code: 429, moved_to: None });
        }
        let outcome = answer(request).await.map(|(_, answer)| answer);
        let mut result = classify(method, twice, outcome, self.clock.now());
        if let Err(Refusal { fault, .. }) = &mut result {
            if let FaultKind::RateLimited { until } = fault.kind {
                self.close(until).await;
            }
            // Whatever stands between us and Telegram may repeat the address in its answer.
            fault.inside = fault.inside.take().map(|inside| inside.replace(self.token.expose(), "[token]"));
        }
        result
    }

    async fn close(&self, until: Timestamp) {
        tracing::info!(%until, "Telegram asks us to wait");
        if let Err(fault) = self.limits.close(WINDOW, until).await {
            tracing::error!(%fault, "the wait that Telegram asks for is not on disk");
        }
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
