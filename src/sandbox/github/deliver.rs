//! Sends webhooks: signed over the raw bytes, ten seconds at most, once. GitHub does not try again by itself, so neither
//! does this. Deliveries of one hook go out in order; hooks do not wait for each other. Nothing leaves loopback.

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

/// How long a receiver may take: <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>.
const DEADLINE: Duration = Duration::from_secs(10);

/// The client that delivers.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(DEADLINE).build()
}

/// Hands each hook's jobs to a worker of its own. Dropping this ends the workers.
pub(super) async fn dispatch(mut jobs: UnboundedReceiver<Job>, client: reqwest::Client, shared: Arc<Shared>) {
    let mut workers = JoinSet::new();
    let mut lanes: HashMap<u64, UnboundedSender<Job>> = HashMap::new();
    while let Some(job) = jobs.recv().await {
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
        let repo = job.repo;
        let delivery = deliver(job, &client, &shared).await;
        shared.delivered(repo, delivery);
    }
}

async fn deliver(job: Job, client: &reqwest::Client, shared: &Shared) -> Delivery {
    let body = body(&job);
    let headers = headers(&job, &body);
    let started = (shared.now)();
    let mut request = client.post(&job.url);
    for (name, value) in &headers {
        request = request.header(name, value);
    }
    let sent = if is_loopback(&job.url) {
        request.body(body).send().await.map_err(|error| wrong(&error))
    } else {
        Err((502, "failed to connect to host".to_owned()))
    };
    let mut answer = (Vec::new(), String::new());
    let (status_code, status) = match sent {
        Err(problem) => problem,
        Ok(response) => {
            let code = response.status();
            let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            answer.0 = response.headers().iter().map(|(name, value)| (name.to_string(), shown(value))).collect();
            match response.text().await {
                Err(error) => wrong(&error),
                Ok(text) => {
                    answer.1 = text;
                    let status = if code.is_success() {
                        "OK".to_owned()
                    } else {
                        format!("Invalid HTTP Response: {}", code.as_u16())
                    };
                    (code.as_u16(), status)
                }
            }
        }
    };
    Delivery {
        id: job.id,
        guid: job.guid,
        hook_id: job.hook,
        event: job.event.to_owned(),
        action: job.action,
        repository_id: job.repository_id,
        redelivery: job.redelivery,
        delivered_at: started,
        duration: (shared.now)().duration_since(started),
        status,
        status_code,
        url: job.url,
        request_headers: headers,
        payload: job.payload,
        response_headers: answer.0,
        response_body: answer.1,
    }
}

/// Code and words for a delivery without a proper answer.
fn wrong(error: &reqwest::Error) -> (u16, String) {
    if error.is_timeout() { (504, "timed out".to_owned()) } else { (502, "failed to connect to host".to_owned()) }
}

fn body(job: &Job) -> String {
    let json = job.payload.to_string();
    if job.form {
        url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &json).finish()
    } else {
        json
    }
}

/// The headers of a delivery: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers>.
fn headers(job: &Job, body: &str) -> Vec<(String, String)> {
    let kind = if job.form { "application/x-www-form-urlencoded" } else { "application/json" };
    let mut headers = vec![
        ("Accept".to_owned(), "*/*".to_owned()),
        ("Content-Type".to_owned(), kind.to_owned()),
        ("User-Agent".to_owned(), "GitHub-Hookshot/5a3b7c9".to_owned()),
        ("X-GitHub-Delivery".to_owned(), job.guid.clone()),
        ("X-GitHub-Event".to_owned(), job.event.to_owned()),
        ("X-GitHub-Hook-ID".to_owned(), job.hook.to_string()),
        ("X-GitHub-Hook-Installation-Target-ID".to_owned(), job.target.0.to_string()),
        ("X-GitHub-Hook-Installation-Target-Type".to_owned(), job.target.1.to_owned()),
    ];
    if let Some(signature) = job.secret.as_deref().and_then(|secret| sign(secret, body.as_bytes())) {
        headers.push(("X-Hub-Signature-256".to_owned(), signature));
    }
    headers
}

/// `sha256=` and the keyed hash of the raw body.
fn sign(secret: &str, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(body);
    Some(format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
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
    fn the_signature_is_the_one_of_githubs_own_example() {
        // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
        let signature = sign("It's a Secret to Everybody", b"Hello, World!").unwrap();
        assert_eq!(signature, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
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
