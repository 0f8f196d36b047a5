//! `setWebhook`, `deleteWebhook` and `getWebhookInfo`.

#![expect(clippy::unnecessary_wraps, reason = "all methods have one form, those that never refuse too")]

use std::net::IpAddr;

use serde_json::json;
use url::{Host, Url};

use super::{
    super::{Inner, lock, webhook::Webhook},
    Answer, Call, Refused, Reply,
};

/// Ports to which webhooks go.
const PORTS: [u16; 4] = [443, 80, 88, 8443];

fn said(note: &'static str) -> Answer {
    Ok(Reply { result: json!(true), note: Some(note) })
}

/// `setWebhook`; without an address it deletes.
pub(super) fn set(call: &Call<'_>) -> Answer {
    let url = call.args.get("url");
    if url.is_empty() {
        return delete(call);
    }
    let parsed = Url::parse(&if url.contains("://") { url.to_owned() } else { format!("https://{url}") });
    let parsed = parsed.map_err(|_| Refused::bad("invalid webhook URL specified"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(Refused::bad("invalid webhook URL specified"));
    }
    let secret = call.args.get("secret_token");
    if secret.len() > 256 {
        return Err(Refused::bad("secret token is too long"));
    }
    if !secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(Refused::bad("secret token contains unallowed characters"));
    }
    reachable(call.inner, &parsed).map_err(|problem| Refused::bad(format!("bad webhook: {problem}")))?;
    let connections = call.args.number("max_connections").unwrap_or(40).clamp(1, 100);
    let webhook = Webhook {
        url: parsed.to_string(),
        shown: url.to_owned(),
        secret: secret.to_owned(),
        connections: usize::try_from(connections).unwrap_or(40),
        certificate: call.args.upload("certificate").is_some(),
        ip: call.args.get("ip_address").to_owned(),
        last_error: None,
    };
    let mut queue = lock(&call.inner.queue);
    if call.args.flag("drop_pending_updates") {
        queue.clear();
    }
    queue.allow(call.args.get("allowed_updates"));
    let same = queue.webhook.as_ref().is_some_and(|old| old.same(&webhook));
    if same {
        return said("Webhook is already set");
    }
    queue.webhook = Some(webhook);
    queue.webhooks += 1;
    drop(queue);
    call.inner.wake();
    call.inner.bring();
    said("Webhook was set")
}

/// Whether the servers would call this address.
fn reachable(inner: &Inner, url: &Url) -> Result<(), String> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Some(Host::Domain("localhost")) => Some(IpAddr::from([127, 0, 0, 1])),
        _ => None,
    };
    if inner.setup.http_webhooks && ip.is_some_and(|ip| ip.is_loopback()) {
        return Ok(());
    }
    if url.scheme() != "https" {
        return Err("An HTTPS URL must be provided for webhook".to_owned());
    }
    if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        return Err("Webhook can be set up only on ports 80, 88, 443 or 8443".to_owned());
    }
    match ip {
        Some(IpAddr::V6(_)) => Err("IPv6-only addresses are not allowed".to_owned()),
        Some(IpAddr::V4(ip)) if ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() => {
            Err(format!("IP address {ip} is reserved"))
        }
        _ => Ok(()),
    }
}

/// `deleteWebhook`.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let mut queue = lock(&call.inner.queue);
    if call.args.flag("drop_pending_updates") {
        queue.clear();
    }
    match queue.webhook.take() {
        Some(_) => {
            for update in &mut queue.updates {
                update.under_way = false;
            }
            queue.webhooks += 1;
            said("Webhook was deleted")
        }
        None => said("Webhook is already deleted"),
    }
}

/// `getWebhookInfo`.
pub(super) fn info(call: &Call<'_>) -> Answer {
    Ok(call.inner.webhook_info().into())
}
