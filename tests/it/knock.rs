//! Knocking at the daemon's doors as a vendor does, with signatures made here and not by what is tested.

use hmac::{Hmac, KeyInit as _, Mac as _};
use quarterdeck::sandbox::slack::sign as sign_slack;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use sha2::Sha256;

use crate::conversation::Conversation;

/// What the sandbox's GitHub signs with.
pub const WEBHOOK_SECRET: &str = "sandbox-webhook-secret";

/// A status with the answer's JSON; null where it is none.
pub type Answer = (u16, Value);

/// GitHub's signature of a body.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// A client that follows nobody and uses no proxy.
pub fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Sends, and reads the answer.
pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Whether a request is refused as too large. Where much of it is still to come, the answer may be overtaken by the end
/// of the connection.
pub async fn is_too_large(request: RequestBuilder) -> bool {
    match request.send().await {
        Ok(response) => response.status().as_u16() == 413,
        Err(error) => error.is_request(),
    }
}

impl Conversation {
    /// A request to the GitHub door, without any header but these.
    pub fn hook(&self, body: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> RequestBuilder {
        let url = format!("{}/webhooks/github", self.stage.url());
        headers
            .iter()
            .fold(client().post(url).body(body.into()), |request, (name, value)| request.header(*name, *value))
    }

    /// A webhook as GitHub sends it.
    pub fn signed_hook(&self, event: &str, id: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        let body = body.into();
        let signature = signature(WEBHOOK_SECRET, &body);
        let headers = [
            ("x-github-event", event),
            ("x-github-delivery", id),
            ("content-type", "application/json"),
            ("x-hub-signature-256", signature.as_str()),
        ];
        self.hook(body, &headers)
    }

    /// A request of Slack's over HTTP, signed so many seconds off the present.
    pub fn slack_hook(&self, path: &str, body: &str, off: i64) -> RequestBuilder {
        let time = self.stage.clock.now().as_second() + off;
        let signature = sign_slack(&self.stage.slack.setup().signing_secret, time, body);
        client()
            .post(format!("{}{path}", self.stage.url()))
            .header("x-slack-request-timestamp", time.to_string())
            .header("x-slack-signature", signature)
            .body(body.to_owned())
    }

    /// A request to the API, with this key if one is given.
    pub fn api(&self, method: reqwest::Method, path: &str, key: Option<&str>) -> RequestBuilder {
        let request = client().request(method, format!("{}{path}", self.stage.url()));
        match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}
