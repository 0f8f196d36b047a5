//! Webhooks and their deliveries.

use serde_json::{Value, json};

use super::{Sight, stamp, with};
use crate::sandbox::github::data::Hook;
use crate::sandbox::github::ledger::Delivery;

impl Sight<'_> {
    /// A hook. Its secret is never shown, only that there is one.
    pub(in crate::sandbox::github) fn hook(&self, repo: usize, hook: &Hook) -> Value {
        let url = format!("{}/hooks/{}", self.repo_api(repo), hook.id);
        let mut config = json!({
            "content_type": if hook.form { "form" } else { "json" },
            "insecure_ssl": if hook.insecure_ssl { "1" } else { "0" },
            "url": hook.url,
        });
        if hook.secret.is_some() {
            config["secret"] = json!("********");
        }
        let last = match &hook.last {
            None => json!({ "code": null, "status": "unused", "message": null }),
            Some((code, text)) => {
                json!({ "code": code, "status": if *code < 300 { "active" } else { "misconfigured" }, "message": text })
            }
        };
        json!({
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": hook.active,
            "events": hook.events,
            "config": config,
            "updated_at": stamp(hook.updated_at),
            "created_at": stamp(hook.created_at),
            "url": url,
            "test_url": format!("{url}/test"),
            "ping_url": format!("{url}/pings"),
            "deliveries_url": format!("{url}/deliveries"),
            "last_response": last,
        })
    }
}

/// A delivery; `whole` adds the request and the response.
pub(in crate::sandbox::github) fn delivery_json(delivery: &Delivery, whole: bool) -> Value {
    let brief = json!({
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": stamp(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration.as_secs_f64(),
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": null,
        "repository_id": delivery.repository_id,
        "throttled_at": null,
    });
    if !whole {
        return brief;
    }
    let headers =
        |pairs: &[(String, String)]| Value::Object(pairs.iter().map(|(k, v)| (k.clone(), json!(v))).collect());
    with(
        brief,
        json!({
            "url": delivery.url,
            "request": { "headers": headers(&delivery.request_headers), "payload": delivery.payload },
            "response": { "headers": headers(&delivery.response_headers), "payload": delivery.response_body },
        }),
    )
}
