//! Brings updates to the bot's own address: in order within a chat, again after a failure, and with what the bot
//! answers in the same breath (core.telegram.org/bots/api#setwebhook).
//!
//! An update that was not taken is tried again at once, then after 2, 4, 8 … seconds up to about a minute, by the
//! fake's clock, or when `Retry-After` says, until it is a day old.

use std::{collections::HashSet, sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Inner, args::Args, lock, web};

/// The longest wait between two tries.
const LONGEST_WAIT: i64 = 64;
/// What an answer may hold.
const LARGEST_ANSWER: usize = 4 << 20;

/// Where updates are brought to.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    /// The address to call.
    pub(super) url: String,
    /// The address as the bot wrote it.
    pub(super) shown: String,
    pub(super) secret: String,
    pub(super) connections: usize,
    pub(super) certificate: bool,
    pub(super) ip: String,
    /// When and how it failed last.
    pub(super) last_error: Option<(Timestamp, String)>,
}

impl Webhook {
    /// Whether setting the other one changes nothing.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.shown == other.shown
            && self.secret == other.secret
            && self.connections == other.connections
            && !self.certificate
            && !other.certificate
    }
}

/// One try that is to be made.
struct Try {
    id: i64,
    body: Value,
    webhook: Webhook,
    serial: u64,
}

impl Inner {
    /// Starts every try that is due and allowed.
    pub(super) fn bring(self: &Arc<Self>) {
        let now = self.now();
        let mut tries = Vec::new();
        {
            let mut queue = lock(&self.queue);
            queue.expire(now);
            let Some(webhook) = queue.webhook.clone() else { return };
            let serial = queue.webhooks;
            let mut free =
                webhook.connections.saturating_sub(queue.updates.iter().filter(|update| update.under_way).count());
            let mut busy: HashSet<i64> = HashSet::new();
            for update in &mut queue.updates {
                // Within a chat the first one goes first, also while it waits for its next try.
                let first = busy.insert(update.line);
                if free == 0 || !first || update.under_way || update.due > now {
                    continue;
                }
                free -= 1;
                update.under_way = true;
                tries.push(Try { id: update.id, body: update.body.clone(), webhook: webhook.clone(), serial });
            }
        }
        // Without a runtime nothing can be sent; a later tick does it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            let mut queue = lock(&self.queue);
            for update in queue.updates.iter_mut().filter(|update| tries.iter().any(|one| one.id == update.id)) {
                update.under_way = false;
            }
            return;
        };
        for one in tries {
            let inner = Arc::clone(self);
            runtime.spawn(async move { inner.bring_one(one).await });
        }
    }

    async fn bring_one(self: Arc<Self>, one: Try) {
        let mut request = self.http.post(&one.webhook.url).header(header::CONTENT_TYPE, "application/json");
        if !one.webhook.secret.is_empty() {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", &one.webhook.secret);
        }
        let mut stop = self.stop.clone();
        let sent = tokio::select! {
            _ = stop.changed() => return,
            sent = request.body(one.body.to_string()).send() => sent,
        };
        match sent {
            Ok(response) if response.status().is_success() => {
                let headers = response.headers().clone();
                let body = response.bytes().await.unwrap_or_default();
                let current = {
                    let mut queue = lock(&self.queue);
                    let current = queue.webhooks == one.serial;
                    if current {
                        queue.taken(one.id);
                    }
                    current
                };
                if current {
                    self.answered(&headers, &body).await;
                }
            }
            Ok(response) => {
                let status = response.status();
                let reason = status.canonical_reason().unwrap_or_default();
                let wait = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                let wait = wait.and_then(|text| text.parse().ok()).unwrap_or_default();
                let error = format!("Wrong response from the webhook: {} {reason}", status.as_u16());
                self.failed(&one, error, wait);
            }
            Err(error) if error.is_timeout() => self.failed(&one, "Read timeout expired".to_owned(), 0),
            Err(error) if error.is_connect() => self.failed(&one, "Connection refused".to_owned(), 0),
            Err(_) => self.failed(&one, "Webhook connection closed".to_owned(), 0),
        }
        self.changed();
        self.bring();
    }

    fn failed(&self, one: &Try, error: String, retry_after: i64) {
        let now = self.now();
        let mut queue = lock(&self.queue);
        if queue.webhooks != one.serial {
            return;
        }
        if let Some(webhook) = &mut queue.webhook {
            webhook.last_error = Some((now, error));
        }
        let Some(update) = queue.updates.iter_mut().find(|update| update.id == one.id) else { return };
        update.under_way = false;
        let mut wait = retry_after.clamp(0, 3600);
        if wait == 0 && update.failures > 0 {
            update.delay = (update.delay * 2).min(LONGEST_WAIT);
            wait = update.delay;
        }
        update.failures += 1;
        update.due = now.saturating_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX);
    }

    /// Carries out the call that the answer to a webhook may hold. Nobody hears of its result.
    async fn answered(self: &Arc<Self>, headers: &HeaderMap<HeaderValue>, body: &[u8]) {
        if body.is_empty() || body.len() > LARGEST_ANSWER {
            return;
        }
        let Ok(mut args) = Args::read(None, headers, body) else { return };
        let Some(method) = args.take_method().map(|method| method.to_ascii_lowercase()) else { return };
        let barred = ["deletewebhook", "setwebhook", "close", "logout"];
        if barred.contains(&method.as_str()) || method.starts_with("get") {
            return;
        }
        let _ = web::perform(self, "webhook", &method, Ok(args)).await;
    }

    /// `WebhookInfo`.
    pub(super) fn webhook_info(&self) -> Value {
        let queue = lock(&self.queue);
        let mut info = json!({
            "url": "",
            "has_custom_certificate": false,
            "pending_update_count": queue.updates.len(),
        });
        if let Some(webhook) = &queue.webhook {
            info["url"] = json!(webhook.shown);
            info["has_custom_certificate"] = json!(webhook.certificate);
            info["max_connections"] = json!(webhook.connections);
            if !webhook.ip.is_empty() {
                info["ip_address"] = json!(webhook.ip);
            }
            if let Some((at, error)) = &webhook.last_error {
                info["last_error_date"] = json!(at.as_second());
                info["last_error_message"] = json!(error);
            }
        }
        if let Some(allowed) = &queue.allowed {
            info["allowed_updates"] = json!(allowed);
        }
        info
    }
}

/// How long a webhook may take to answer, in real time.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
