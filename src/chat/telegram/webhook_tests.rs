//! The door, and how Telegram is told of it.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use tower::ServiceExt as _;

use super::super::Identity;
use super::super::tests::{Fake, Gate, NOW, offer, telegram};
use super::*;
use crate::chat::Ground;
use crate::delivery::tables::{Requests, Unread};
use crate::model::Clock;

const URL: &str = "http://127.0.0.1:9/telegram/webhook";

async fn knocks(router: &Router, secret: Option<&str>, body: &str) -> u16 {
    let mut request = Request::post(PATH);
    if let Some(secret) = secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    router.clone().oneshot(request).await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn only_who_says_the_secret_gets_in_and_only_what_is_on_disk_is_acknowledged() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _directory) = Ground::sample(&clock);
    let platform = telegram("http://127.0.0.1:8", "1:AA", Some(URL), &ground);
    let offer = offer(&ground, "viewer", &[], &[]);
    let intake = platform.intake(Gate::new(&ground, 0..1), offer.registry());
    let router = door(platform.webhook_secret.as_ref().expect("a secret"), intake);
    let said = json!({"update_id": 4, "message": {"message_id": 1, "date": 1, "text": "help",
        "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": false, "first_name": "Ana"}}});
    let said = said.to_string();
    assert_eq!(knocks(&router, Some("agreed-upon"), &said).await, 503, "nobody knows yet who we are");
    let identity = Identity { id: 1, username: "qd_bot".into(), name: "Quarterdeck".into() };
    platform.identity.set(identity).expect("the first");
    for wrong in [None, Some(""), Some("agreed-upoN"), Some("agreed-upon-and-more")] {
        assert_eq!(knocks(&router, wrong, &said).await, 401, "{wrong:?}");
    }
    assert_eq!(knocks(&router, Some("agreed-upon"), &said).await, 503, "the inbox does not take it");
    assert_eq!(ground.store.count::<Requests>(), 0);
    for _ in 0..2 {
        assert_eq!(knocks(&router, Some("agreed-upon"), &said).await, 200);
    }
    assert_eq!(ground.store.count::<Requests>(), 1, "the second one is the same");
    assert_eq!(knocks(&router, Some("agreed-upon"), "no JSON").await, 200);
    assert_eq!(knocks(&router, Some("agreed-upon"), r#"{"update_id":5,"new":{}}"#).await, 200);
    assert_eq!(ground.store.count::<Unread>(), 2, "what cannot be read is kept");
}

#[tokio::test]
async fn the_webhook_is_set_where_it_differs() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _directory) = Ground::sample(&clock);
    let fake = Fake::default();
    let platform = telegram(&fake.serve().await, super::super::tests::TOKEN, Some(URL), &ground);
    let url: Url = URL.parse().expect("an address");
    let none = json!({"ok": true, "result": {"url": "", "pending_update_count": 0}});
    let same = json!({"ok": true, "result": {"url": URL, "max_connections": 1,
        "allowed_updates": ["message", "callback_query", "my_chat_member"]}});
    let moved = json!({"ok": true, "result": {"url": "https://elsewhere.example/", "max_connections": 1}});
    let set = |secret: &'static str| {
        let (platform, url, store) = (&platform, &url, &ground.store);
        async move { set(&platform.client, store, platform.bot, url, &Secret::new(secret)).await }
    };
    for (secret, info, calls) in [
        ("one", &none, true),
        ("one", &same, false),
        ("two", &same, true),
        ("two", &moved, true),
        ("two", &same, false),
    ] {
        fake.answer("GetWebhookInfo", 200, info);
        fake.answer("SetWebhook", 200, &json!({"ok": true, "result": true}));
        let before = fake.calls().len();
        set(secret).await.expect("set");
        assert_eq!(fake.calls().len() - before, 1 + usize::from(calls), "{secret} {info}");
        if calls {
            let (_, body) = fake.calls().pop().expect("a call");
            assert_eq!(body["secret_token"], secret);
            assert_eq!(body["allowed_updates"], json!(["message", "callback_query", "my_chat_member"]));
            assert_eq!((&body["url"], &body["drop_pending_updates"]), (&json!(URL), &json!(false)));
        }
    }
}
