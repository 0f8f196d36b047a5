//! Rate limits with their headers, and failures on request.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{ALERTS, Budget, Budgets, Failure, GENERAL, LimitScope, RateLimits},
    PLAIN, Rig, github,
};

fn messages(channel: &str) -> String {
    format!("/channels/{channel}/messages")
}

async fn limited() -> Rig {
    Rig::with(|setup| setup.limits = RateLimits::default()).await
}

#[tokio::test]
async fn buckets() {
    let rig = limited().await;
    let send = async |channel: &str| {
        rig.request("POST", &messages(channel)).json(&json!({"content": "x"})).send().await.unwrap()
    };
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    for left in (0..5).rev() {
        let response = send(GENERAL).await;
        assert_eq!(header(&response, "x-ratelimit-limit"), "5");
        assert_eq!(header(&response, "x-ratelimit-remaining"), left.to_string());
        assert_eq!(header(&response, "x-ratelimit-reset-after"), "5.000");
    }
    rig.pass(1);
    let refused = send(GENERAL).await;
    assert_eq!(refused.status(), 429);
    assert_eq!((header(&refused, "retry-after"), header(&refused, "x-ratelimit-scope")), ("4".into(), "user".into()));
    let bucket = header(&refused, "x-ratelimit-bucket");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body, json!({"message": "You are being rate limited.", "retry_after": 4.0, "global": false}));
    assert!(rig.fake.violations().is_empty());
    assert_eq!(send(GENERAL).await.status(), 429);
    assert_eq!(rig.fake.violations().len(), 1);
    let other = send(ALERTS).await;
    assert_eq!((other.status().as_u16(), header(&other, "x-ratelimit-bucket")), (200, bucket), "counted per channel");
    rig.pass(4);
    assert_eq!(send(GENERAL).await.status(), 200);
    assert_eq!((rig.fake.violations().len(), rig.fake.invalid_requests()), (1, 2));
}

#[tokio::test]
async fn the_global_limit() {
    let budgets = Budgets { other: Budget::new(1000, 1000), global: Budget::new(3, 1000), ..Budgets::default() };
    let rig = Rig::with(|setup| setup.limits = RateLimits::Discord(budgets)).await;
    rig.register(github()).await;
    let mut socket = rig.listening(PLAIN).await;
    rig.get("/users/@me").await;
    rig.get("/users/@me").await;
    let refused = rig.request("GET", "/users/@me").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.headers()["x-ratelimit-global"]), (429, &"true".parse().unwrap()));
    assert_eq!(refused.json::<Value>().await.unwrap()["global"], true);
    // Interactions are exempt.
    rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(rig.reply(&got, json!({"type": 5})).await.0, 204);
    assert_eq!(rig.token("PATCH", &got, "/messages/@original", json!({"content": "x"})).await.0, 200);
    rig.pass(1);
    rig.get("/users/@me").await;
}

#[tokio::test]
async fn failures_on_request() {
    let rig = Rig::new().await;
    let send = async || rig.call("POST", &messages(GENERAL), json!({"content": "x"})).await;
    let route = "POST /channels/*/messages";
    rig.fake.fail_next(route, Failure::RateLimited { retry_after: 1.5, scope: LimitScope::Shared }, 1);
    let (status, body) = send().await;
    assert_eq!(
        (status, &body["retry_after"], &body["message"]),
        (429, &json!(1.5), &json!("The resource is being rate limited."))
    );
    assert_eq!(rig.fake.invalid_requests(), 0, "shared limits do not count");
    assert_eq!(send().await.0, 429);
    assert_eq!(rig.fake.violations()[0].route, "POST /channels/{channel}/messages");
    rig.pass(2);
    rig.fake.fail_next("*", Failure::RateLimited { retry_after: 1.0, scope: LimitScope::Global }, 1);
    assert_eq!(send().await.1["global"], true);
    assert_eq!(rig.call("GET", "/users/@me", Value::Null).await.0, 429);
    rig.pass(1);
    rig.fake.fail_next(route, Failure::Refused(403, 50013, "Missing Permissions".into()), 1);
    assert_eq!(send().await.1["code"], 50013);
    let raw = async || rig.request("POST", &messages(GENERAL)).json(&json!({"content": "y"})).send().await;
    rig.fake.fail_next(route, Failure::Status(502), 1);
    assert_eq!(raw().await.unwrap().status(), 502);
    rig.fake.fail_next(route, Failure::CutBeforeWork, 1);
    assert!(raw().await.is_err());
    rig.fake.fail_next(route, Failure::Hang, 1);
    assert!(tokio::time::timeout(Duration::from_millis(50), raw()).await.is_err());
    assert!(rig.fake.messages("general").is_empty());
    rig.fake.fail_next(route, Failure::DropReplyAfterWork, 1);
    assert!(raw().await.is_err());
    assert_eq!(rig.fake.messages("general").len(), 1);
    assert_eq!(send().await.0, 200);
}
