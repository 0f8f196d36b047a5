//! Webhooks: what may be set, how updates come, and answers that hold a call.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    super::{ANA, BEN, OPS},
    Rig,
};
use crate::sandbox::server::{Running, serve};

/// A bot's own server.
struct Hook {
    url: String,
    answers: Arc<Mutex<Vec<(u16, Value)>>>,
    got: watch::Receiver<Vec<(String, Value)>>,
    _running: Running,
}

type Shared = (Arc<Mutex<Vec<(u16, Value)>>>, watch::Sender<Vec<(String, Value)>>);

async fn take(State((answers, got)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let secret = headers.get("x-telegram-bot-api-secret-token").map(|value| value.to_str().unwrap().to_owned());
    got.send_modify(|all| all.push((secret.unwrap_or_default(), serde_json::from_slice(&body).unwrap())));
    let (status, answer) = answers.lock().unwrap().pop().unwrap_or((200, Value::Null));
    let status = StatusCode::from_u16(status).unwrap();
    if answer.is_null() { status.into_response() } else { (status, axum::Json(answer)).into_response() }
}

impl Hook {
    async fn new() -> Self {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let (sender, got) = watch::channel(Vec::new());
        let router = Router::new().route("/hook", post(take)).with_state((Arc::clone(&answers), sender));
        let running = serve(router, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self { url: format!("http://{}/hook", running.addr), answers, got, _running: running }
    }

    async fn count(&self, count: usize) -> Vec<(String, Value)> {
        self.got.clone().wait_for(|got| got.len() >= count).await.unwrap().clone()
    }
}

#[tokio::test]
async fn only_addresses_that_telegram_would_call() {
    let rig = Rig::new().await;
    let set =
        async |url: &str, secret: &str| rig.error("setWebhook", json!({"url": url, "secret_token": secret})).await;
    let https = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook";
    assert_eq!(set("http://example.com/x", "").await, https);
    let port = "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443";
    assert_eq!(set("https://example.com:9000/x", "").await, port);
    assert_eq!(set("https://127.0.0.1/x", "").await, "Bad Request: bad webhook: IP address 127.0.0.1 is reserved");
    assert_eq!(set("ftp://example.com", "").await, "Bad Request: invalid webhook URL specified");
    let odd = "Bad Request: secret token contains unallowed characters";
    assert_eq!(set("https://example.com/x", "a b").await, odd);
    assert_eq!(set("https://example.com/x", &"x".repeat(257)).await, "Bad Request: secret token is too long");
    let first = rig.call("setWebhook", json!({"url": "https://example.com/x", "max_connections": 7})).await;
    assert_eq!(first["description"], "Webhook was set");
    let info = rig.ok("getWebhookInfo", json!({})).await;
    assert_eq!((&info["url"], &info["max_connections"]), (&json!("https://example.com/x"), &json!(7)));
    let again = rig.call("setWebhook", json!({"url": "https://example.com/x", "max_connections": 7})).await;
    assert_eq!(again["description"], "Webhook is already set");
    assert_eq!(rig.call("deleteWebhook", json!({})).await["description"], "Webhook was deleted");
    assert_eq!(rig.call("setWebhook", json!({"url": ""})).await["description"], "Webhook is already deleted");
    rig.fake.say(ANA, ANA, None, "x", None).unwrap();
    rig.ok("deleteWebhook", json!({"drop_pending_updates": true})).await;
    assert_eq!(rig.fake.unsettled(), 0);
}

#[tokio::test]
async fn updates_come_with_the_secret_and_answers_hold_calls() {
    let rig = Rig::with(|setup| setup.http_webhooks = true).await;
    let hook = Hook::new().await;
    rig.fake.say(ANA, ANA, None, "waiting", None).unwrap();
    rig.ok("setWebhook", json!({"url": hook.url, "secret_token": "s3cret"})).await;
    let got = hook.count(1).await;
    assert_eq!((got[0].0.as_str(), &got[0].1["message"]["text"]), ("s3cret", &json!("waiting")));
    rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    hook.answers.lock().unwrap().push((200, json!({"method": "sendMessage", "chat_id": ANA, "text": "by return"})));
    rig.fake.say(ANA, ANA, None, "answer me", None).unwrap();
    rig.fake.until(|fake| fake.messages(ANA).iter().any(|m| m.text == "by return").then_some(())).await;
    let last = rig.fake.until(|fake| fake.requests().last().cloned().filter(|r| r.verb == "webhook")).await;
    assert_eq!((last.method.as_str(), last.error), ("sendMessage", None));
    hook.answers.lock().unwrap().push((200, json!({"method": "deleteWebhook"})));
    rig.fake.say(ANA, ANA, None, "again", None).unwrap();
    rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    assert_eq!(rig.fake.webhook_info()["url"], hook.url, "a webhook can't delete itself");
}

#[tokio::test]
async fn what_is_not_taken_comes_again_in_order() {
    let rig = Rig::with(|setup| setup.http_webhooks = true).await;
    let hook = Hook::new().await;
    // The last one is given first.
    *hook.answers.lock().unwrap() = vec![(503, Value::Null), (500, Value::Null), (500, Value::Null)];
    rig.ok("setWebhook", json!({"url": hook.url})).await;
    rig.fake.say(ANA, ANA, None, "one", None).unwrap();
    rig.fake.say(ANA, ANA, None, "two", None).unwrap();
    let got = hook.count(2).await;
    let texts = |got: &[(String, Value)]| got.iter().map(|(_, u)| u["message"]["text"].clone()).collect::<Vec<_>>();
    assert_eq!(texts(&got), ["one", "one"], "at once again, and nothing overtakes it");
    rig.fake.until(|fake| fake.webhook_info().get("last_error_message").cloned()).await;
    assert_eq!(
        rig.fake.webhook_info()["last_error_message"],
        "Wrong response from the webhook: 500 Internal Server Error"
    );
    rig.fake.say(BEN, BEN, None, "elsewhere", None).unwrap();
    let got = hook.count(3).await;
    assert_eq!(texts(&got)[2], "elsewhere", "another chat does not wait");
    rig.pass(2);
    let got = hook.count(4).await;
    assert_eq!(texts(&got)[3], "one");
    // `elsewhere` got the third failure, so it may come again at once.
    rig.pass(60);
    rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    let got = hook.got.borrow().clone();
    let order: Vec<_> = texts(&got).into_iter().filter(|text| text != "elsewhere").collect();
    assert_eq!(order.last().unwrap(), "two");
    assert_eq!(rig.fake.say(ANA, OPS, None, "unseen", None).unwrap().update, None);
}
