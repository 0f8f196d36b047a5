//! Brings what people do to the app, and minds the clock: three seconds to acknowledge, then redelivery or failure.
//!
//! The person side hands payloads over; they go over a socket or as signed requests. Events are sent again up to three
//! times (at once, after a minute, after five minutes: docs.slack.dev/apis/events-api); commands and interactions are not.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::watch;
use url::form_urlencoded;

use super::{Delivered, Delivery, Impossible, Inner, Outcome, Spot, lock, model::ResponseUrl};

/// Time the app has to acknowledge.
const DEADLINE: SignedDuration = SignedDuration::from_secs(3);
/// Wait before each redelivery of an event.
const RETRIES: [SignedDuration; 3] = [SignedDuration::ZERO, SignedDuration::from_mins(1), SignedDuration::from_mins(5)];

/// What to do when an envelope is acknowledged or given up.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// A slash command, and where its answer goes.
    Command { command: String, reply: ResponseUrl },
    /// A press or choice.
    Interaction { user: String, what: String },
    /// A submitted modal.
    Submission { user: String, view: String },
    /// Options asked for, and the menu that they are for.
    Suggestion { user: String, spot: Spot, menu: (String, String) },
    /// An event.
    Event { retries: u32, reason: Option<&'static str> },
}

impl Errand {
    fn envelope(&self) -> &'static str {
        match self {
            Self::Command { .. } => "slash_commands",
            Self::Event { .. } => "events_api",
            _ => "interactive",
        }
    }

    /// Whether Slack takes a payload with the acknowledgement.
    fn accepts_response(&self) -> bool {
        matches!(self, Self::Command { .. } | Self::Submission { .. } | Self::Suggestion { .. })
    }
}

/// Sent, and not yet acknowledged.
#[derive(Debug)]
struct Pending {
    errand: Errand,
    payload: Arc<Value>,
    deadline: Timestamp,
    sent: Instant,
    done: watch::Sender<Option<Outcome>>,
}

/// An event that waits for its next delivery.
#[derive(Debug)]
struct Waiting {
    due: Timestamp,
    unreached: bool,
    retries: u32,
    reason: &'static str,
    payload: Arc<Value>,
    done: watch::Sender<Option<Outcome>>,
}

/// Everything under way to the app.
#[derive(Debug, Default)]
pub(super) struct Pushes {
    pending: HashMap<String, Pending>,
    waiting: Vec<Waiting>,
    pub(super) lost: Vec<Value>,
    pub(super) late: u64,
}

impl Pushes {
    /// Deliveries that are not settled yet.
    pub(super) fn open(&self) -> usize {
        self.pending.len() + self.waiting.len()
    }
}

/// Slack's request signature: `v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<body>`
/// (docs.slack.dev/authentication/verifying-requests-from-slack).
pub fn sign(secret: &str, timestamp: i64, body: &str) -> String {
    // HMAC takes keys of any length, so there is no error to meet.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

impl Inner {
    /// Sends a payload on its errand.
    pub(super) fn dispatch(self: &Arc<Self>, payload: Value, errand: Errand) -> Delivered {
        let (done, seen) = watch::channel(None);
        let payload = Arc::new(payload);
        let envelope_id = self.attempt(Arc::clone(&payload), errand, done);
        Delivered { envelope_id, payload: Value::clone(&payload), done: seen }
    }

    fn attempt(self: &Arc<Self>, payload: Arc<Value>, errand: Errand, done: watch::Sender<Option<Outcome>>) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let deadline = self.now().saturating_add(DEADLINE).unwrap_or(Timestamp::MAX);
        let frame = Self::envelope(&id, &payload, &errand);
        let request = self.request_for(&payload, &errand);
        let pending = Pending { errand, payload, deadline, sent: Instant::now(), done };
        lock(&self.pushes).pending.insert(id.clone(), pending);
        match request {
            Ok(None) if self.send(&frame) => {}
            Ok(Some(request)) => {
                let (inner, id) = (Arc::clone(self), id.clone());
                tokio::spawn(async move { inner.post(&id, request).await });
            }
            Ok(None) | Err(()) => self.failed(&id, Outcome::NotReached, "connection_failed", true),
        }
        id
    }

    fn envelope(id: &str, payload: &Value, errand: &Errand) -> String {
        let mut frame = json!({
            "envelope_id": id,
            "type": errand.envelope(),
            "payload": payload,
            "accepts_response_payload": errand.accepts_response(),
        });
        if let Errand::Event { retries, reason } = errand {
            frame["retry_attempt"] = json!(retries);
            frame["retry_reason"] = json!(reason.unwrap_or_default());
        }
        frame.to_string()
    }

    /// The HTTP request for a payload; `None` in Socket Mode, an error when no URL is set.
    fn request_for(&self, payload: &Value, errand: &Errand) -> Result<Option<Signed>, ()> {
        let Delivery::Http(urls) = lock(&self.delivery).clone() else { return Ok(None) };
        let (url, form, body) = match errand {
            Errand::Event { .. } => (urls.events, false, payload.to_string()),
            Errand::Command { .. } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                for (name, value) in payload.as_object().into_iter().flatten() {
                    form.append_pair(name, value.as_str().unwrap_or_default());
                }
                (urls.commands, true, form.finish())
            }
            _ => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("payload", &payload.to_string());
                let url = if matches!(errand, Errand::Suggestion { .. }) { urls.options } else { urls.interactivity };
                (url, true, form.finish())
            }
        };
        let retry = match errand {
            Errand::Event { retries, reason: Some(reason) } => Some((*retries, *reason)),
            _ => None,
        };
        Ok(Some(Signed { url: url.ok_or(())?, form, body, retry }))
    }

    fn signed(&self, request: Signed) -> reqwest::RequestBuilder {
        let timestamp = self.now().as_second();
        let signature = sign(&self.setup.signing_secret, timestamp, &request.body);
        let kind = if request.form { "application/x-www-form-urlencoded" } else { "application/json" };
        let mut builder = self
            .http
            .post(&request.url)
            .header("content-type", kind)
            .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
            .header("x-slack-request-timestamp", timestamp.to_string())
            .header("x-slack-signature", signature);
        if let Some((number, reason)) = request.retry {
            builder = builder.header("x-slack-retry-num", number.to_string()).header("x-slack-retry-reason", reason);
        }
        builder.body(request.body)
    }

    /// Posts, and settles the envelope by the answer unless its deadline came first.
    async fn post(self: &Arc<Self>, id: &str, request: Signed) {
        let response = match self.signed(request).send().await {
            Ok(response) => response,
            Err(error) => {
                let reason = if error.is_redirect() { "too_many_redirects" } else { "connection_failed" };
                return self.failed(id, Outcome::NotReached, reason, false);
            }
        };
        let status = response.status();
        let stop = response.headers().get("x-slack-no-retry").is_some_and(|value| value == "1");
        let json = response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let json = json.starts_with("application/json");
        let text = response.text().await.unwrap_or_default();
        if !status.is_success() {
            if stop {
                self.settle_event_for_good(id);
            }
            return self.failed(id, Outcome::HttpError(status.as_u16()), "http_error", false);
        }
        let answer = match text.trim() {
            "" => None,
            text if json => serde_json::from_str(text).ok(),
            text => Some(json!({"text": text})),
        };
        self.acknowledged(id, answer);
    }

    /// `X-Slack-No-Retry: 1`: the event is not sent again.
    fn settle_event_for_good(&self, id: &str) {
        if let Some(pending) = lock(&self.pushes).pending.get_mut(id)
            && let Errand::Event { retries, .. } = &mut pending.errand
        {
            *retries = u32::MAX;
        }
    }

    /// An acknowledgement came in.
    pub(super) fn acknowledged(self: &Arc<Self>, id: &str, response: Option<Value>) {
        let pending = lock(&self.pushes).pending.remove(id);
        let Some(pending) = pending else {
            lock(&self.pushes).late += 1;
            return;
        };
        let took = pending.sent.elapsed();
        let retries = if let Errand::Event { retries, .. } = pending.errand { retries } else { 0 };
        let response = response.filter(|value| value.as_object().is_none_or(|object| !object.is_empty()));
        self.answered(&pending.errand, response.as_ref());
        pending.done.send_replace(Some(Outcome::Acknowledged { response, took, retries }));
        self.changed();
    }

    /// An attempt came to nothing: redeliver an event, tell the person otherwise.
    fn failed(self: &Arc<Self>, id: &str, outcome: Outcome, reason: &'static str, unreached: bool) {
        let pending = lock(&self.pushes).pending.remove(id);
        let Some(pending) = pending else { return };
        let Errand::Event { retries, .. } = pending.errand else {
            self.unanswered(&pending.errand, &outcome);
            pending.done.send_replace(Some(outcome));
            self.changed();
            return;
        };
        let wait = usize::try_from(retries).ok().and_then(|at| RETRIES.get(at).copied());
        let Some(mut wait) = wait else {
            let outcome = if let Outcome::HttpError(_) = outcome { outcome } else { Outcome::Lost };
            lock(&self.pushes).lost.push(Value::clone(&pending.payload));
            pending.done.send_replace(Some(outcome));
            self.changed();
            return;
        };
        if unreached {
            // Nobody is there: trying again at once would only use up the attempts.
            wait = wait.max(RETRIES[1]);
        }
        let due = self.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        let waiting =
            Waiting { due, unreached, retries: retries + 1, reason, payload: pending.payload, done: pending.done };
        lock(&self.pushes).waiting.push(waiting);
        self.changed();
        if wait.is_zero() {
            self.send_due(|waiting| !waiting.unreached && waiting.due <= due);
        }
    }

    /// Sends events that found nobody, now that a connection is there.
    pub(super) fn flush_waiting(self: &Arc<Self>) {
        self.send_due(|waiting| waiting.unreached);
    }

    fn send_due(self: &Arc<Self>, due: impl Fn(&Waiting) -> bool) {
        let ready: Vec<_> = lock(&self.pushes).waiting.extract_if(.., |waiting| due(waiting)).collect();
        for waiting in ready {
            let errand = Errand::Event { retries: waiting.retries, reason: Some(waiting.reason) };
            self.attempt(waiting.payload, errand, waiting.done);
        }
    }

    /// Gives up what is past its deadline and sends what is due.
    pub(super) fn tick(self: &Arc<Self>) {
        let now = self.now();
        let (late, due) = {
            let pushes = lock(&self.pushes);
            let late: Vec<_> =
                pushes.pending.iter().filter(|(_, p)| now >= p.deadline).map(|(id, _)| id.clone()).collect();
            (late, pushes.waiting.iter().any(|waiting| waiting.due <= now))
        };
        let socket = *lock(&self.delivery) == Delivery::SocketMode;
        for id in late {
            self.failed(&id, Outcome::TimedOut, if socket { "timeout" } else { "http_timeout" }, false);
        }
        if due {
            self.send_due(|waiting| waiting.due <= now);
        }
    }

    /// The `url_verification` handshake; saves the URL when the challenge comes back.
    pub(super) async fn verify_events_url(&self, url: &str) -> Result<(), Impossible> {
        let challenge = uuid::Uuid::now_v7().simple().to_string();
        let body = json!({"token": "sandbox", "challenge": challenge, "type": "url_verification"}).to_string();
        let request = Signed { url: url.to_owned(), form: false, body, retry: None };
        let refuse = |why: &str| Impossible::new(format!("Your URL didn't respond with the challenge: {why}"));
        let deadline = Duration::from_secs(3);
        let response = self.signed(request).timeout(deadline).send().await.map_err(|_| refuse("no answer"))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(refuse(response.status().as_str()));
        }
        let text = response.text().await.map_err(|_| refuse("no body"))?;
        let inside = serde_json::from_str::<Value>(&text).ok();
        let inside = inside.and_then(|value| value.get("challenge")?.as_str().map(str::to_owned));
        let form = form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == "challenge");
        let form = form.map(|(_, value)| value.into_owned());
        if text.trim() != challenge && inside.as_ref() != Some(&challenge) && form.as_ref() != Some(&challenge) {
            return Err(refuse("another body"));
        }
        let mut delivery = lock(&self.delivery);
        let mut urls = if let Delivery::Http(urls) = &*delivery { urls.clone() } else { super::RequestUrls::default() };
        urls.events = Some(url.to_owned());
        *delivery = Delivery::Http(urls);
        Ok(())
    }
}

/// A request about to be signed and sent.
#[derive(Debug)]
struct Signed {
    url: String,
    form: bool,
    body: String,
    retry: Option<(u32, &'static str)>,
}
