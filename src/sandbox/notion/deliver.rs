//! Sends webhooks: signed over the raw bytes with the verification token. What is not taken is kept, and is sent again
//! when the handle says so, at most eight times, as Notion does over a day. Nothing leaves loopback.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use url::{Host, Url};

use super::Shared;
use super::ledger::{Delivery, Job};

/// How long a receiver may take. Notion does not tell; this is what hosts of webhooks usually allow.
const DEADLINE: Duration = Duration::from_secs(10);
/// Attempts for one event: <https://developers.notion.com/reference/webhooks-events-delivery>.
pub(super) const MOST_ATTEMPTS: u32 = 8;

/// The client that delivers.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build()
}

/// Hands each subscription's jobs to a worker of its own. Dropping this ends the workers.
pub(super) async fn dispatch(mut jobs: UnboundedReceiver<Job>, client: reqwest::Client, shared: Arc<Shared>) {
    let mut workers = JoinSet::new();
    let mut lanes: HashMap<String, UnboundedSender<Job>> = HashMap::new();
    while let Some(job) = jobs.recv().await {
        let lane = lanes.entry(job.subscription.clone()).or_insert_with(|| {
            let (sender, lane) = unbounded_channel();
            workers.spawn(work(lane, client.clone(), Arc::clone(&shared)));
            sender
        });
        // A worker only ends with this task.
        let _sent = lane.send(job);
    }
}

async fn work(mut lane: UnboundedReceiver<Job>, client: reqwest::Client, shared: Arc<Shared>) {
    while let Some(job) = lane.recv().await {
        let delivery = deliver(&job, &client, &shared).await;
        shared.delivered(job, delivery);
    }
}

async fn deliver(job: &Job, client: &reqwest::Client, shared: &Shared) -> Delivery {
    let body = job.payload.to_string();
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("User-Agent".to_owned(), "notion-api".to_owned()),
    ];
    if let Some(signature) = job.token.as_deref().and_then(|token| sign(token, body.as_bytes())) {
        headers.push(("X-Notion-Signature".to_owned(), signature));
    }
    let at = (shared.now)();
    let mut request = client.post(&job.url);
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    let status = if is_loopback(&job.url) {
        request.body(body).send().await.ok().map(|response| response.status().as_u16())
    } else {
        None
    };
    Delivery {
        id: job.id.clone(),
        subscription: job.subscription.clone(),
        event: job.event.clone(),
        attempt: job.attempt,
        at,
        url: job.url.clone(),
        status,
        headers,
        payload: Arc::clone(&job.payload),
    }
}

/// `sha256=` and the keyed hash of the raw body: <https://developers.notion.com/reference/webhooks>.
pub(super) fn sign(token: &str, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).ok()?;
    mac.update(body);
    Some(format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
}

/// Whether an address is on this machine's loopback.
fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    if !matches!(url.scheme(), "http" | "https") {
        return false;
    }
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_delivered_to() {
        for good in ["http://127.0.0.1:80/x", "http://localhost/x", "https://[::1]:8443/"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in ["http://example.com/", "http://10.0.0.1/", "ftp://127.0.0.1/", "nonsense"] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
