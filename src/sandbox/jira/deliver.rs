//! Sends webhooks: signed, ten seconds at most, in order for each hook; what is not taken is tried five times more.
//! Nothing leaves loopback.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use url::{Host, Url};

use super::Shared;
use super::ledger::{Delivery, Job, Proof};

/// How long a receiver may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// How often what waits for another attempt is looked at; the wait itself is measured by the fake's clock.
const LOOK: Duration = Duration::from_millis(100);

/// The client that delivers.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build()
}

/// Hands each hook's jobs to a worker of its own, and sends again what is due. Dropping this ends the workers.
pub(super) async fn dispatch(mut jobs: UnboundedReceiver<Job>, client: reqwest::Client, shared: Arc<Shared>) {
    let mut workers = JoinSet::new();
    let mut lanes: HashMap<u64, UnboundedSender<Job>> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    loop {
        let job = tokio::select! {
            job = jobs.recv() => job,
            _ = look.tick() => {
                shared.look();
                continue;
            }
        };
        let Some(job) = job else { return };
        let lane = lanes.entry(job.hook).or_insert_with(|| {
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
        let delivery = deliver(&job, &client, (shared.now)()).await;
        shared.delivered(job, delivery);
    }
}

async fn deliver(job: &Job, client: &reqwest::Client, now: Timestamp) -> Delivery {
    let body = job.payload.to_string();
    let headers = headers(job, &body, now);
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
        identifier: job.identifier.clone(),
        hook: job.hook,
        event: job.event.clone(),
        retry: job.retry,
        sent_at: now,
        status,
        url: job.url.clone(),
        headers,
        payload: Arc::clone(&job.payload),
    }
}

/// Whether Jira tries again after this answer: none at all, or a status that passes.
pub(super) fn again(status: Option<u16>) -> bool {
    status.is_none_or(|status| matches!(status, 408 | 409 | 425 | 429 | 500..=599))
}

fn headers(job: &Job, body: &str, now: Timestamp) -> Vec<(String, String)> {
    let mut headers: Vec<(&str, String)> = vec![
        ("Content-Type", "application/json; charset=UTF-8".to_owned()),
        ("User-Agent", "Atlassian Webhook HTTP Client".to_owned()),
        ("X-Atlassian-Webhook-Identifier", job.identifier.clone()),
        ("X-Atlassian-Webhook-Flow", if job.secondary { "Secondary" } else { "Primary" }.to_owned()),
    ];
    if job.retry > 0 {
        headers.push(("X-Atlassian-Webhook-Retry", job.retry.to_string()));
    }
    match &job.proof {
        Proof::None => {}
        Proof::Secret(secret) => {
            let signature = hex::encode(keyed(secret.as_bytes(), body.as_bytes()));
            headers.push(("X-Hub-Signature", format!("sha256={signature}")));
        }
        Proof::Jwt { client, secret } => {
            headers.push(("Authorization", format!("Bearer {}", jwt(job, client, secret, now))));
        }
    }
    headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn keyed(secret: &[u8], text: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// A JWT with HS256, whose `qsh` binds it to method, path and query:
/// <https://developer.atlassian.com/cloud/jira/software/understanding-jwt-for-connect-apps/>
fn jwt(job: &Job, client: &str, secret: &str, now: Timestamp) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (path, query) = Url::parse(&job.url).map_or_else(
        |_| ("/".to_owned(), String::new()),
        |url| {
            let mut pairs: Vec<String> = url.query().unwrap_or_default().split('&').map(str::to_owned).collect();
            pairs.sort();
            (url.path().to_owned(), pairs.join("&"))
        },
    );
    let qsh = hex::encode(Sha256::digest(format!("POST&{path}&{query}")));
    let issued = now.as_second();
    let claims = json!({ "iss": client, "iat": issued, "exp": issued + 180, "qsh": qsh });
    let signed = format!("{}.{}", part(json!({ "typ": "JWT", "alg": "HS256" })), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(keyed(secret.as_bytes(), signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Whether an address is on this machine's loopback.
pub(super) fn is_loopback(address: &str) -> bool {
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
    fn the_signature_is_the_one_of_atlassians_own_example() {
        // https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
        let signature = hex::encode(keyed(b"It's a Secret to Everybody", b"Hello World!"));
        assert_eq!(signature, "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9");
    }

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
