//! Rate limits, back-off windows and faults.

use serde_json::{Value, json};

use super::{
    super::{Failure, RateLimits},
    GENERAL, Rig,
};

fn hi(channel: &str) -> Value {
    json!({"channel": channel, "text": "hi"})
}

async fn post(rig: &Rig, channel: &str) -> reqwest::Response {
    let request = rig.request("chat.postMessage").header("content-type", "application/json; charset=utf-8");
    request.body(hi(channel).to_string()).send().await.unwrap()
}

#[tokio::test]
async fn posting_is_limited_per_channel() {
    let rig = Rig::with(|setup| setup.limits = RateLimits::default()).await;
    for _ in 0..5 {
        assert_eq!(post(&rig, GENERAL).await.status(), 200);
    }
    let limited = post(&rig, GENERAL).await;
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "1");
    assert_eq!(limited.json::<Value>().await.unwrap(), json!({"ok": false, "error": "ratelimited"}));
    assert_eq!(post(&rig, "C0DEPLOYS02").await.status(), 200, "another channel is not held up");
    assert_eq!(rig.fake.violations(), []);
    assert_eq!(post(&rig, GENERAL).await.status(), 429);
    let violation = &rig.fake.violations()[0];
    assert_eq!(
        (violation.method.as_str(), violation.key.as_str()),
        ("chat.postMessage", "chat.postMessage C0GENERAL01")
    );
    rig.pass(1);
    assert_eq!(post(&rig, GENERAL).await.status(), 200);
    assert_eq!(rig.fake.violations().len(), 1);
}

#[tokio::test]
async fn methods_are_limited_by_tier() {
    let rig = Rig::with(|setup| setup.limits = RateLimits::default()).await;
    for _ in 0..20 {
        assert_eq!(rig.get("users.list", &[]).await["ok"], true);
    }
    let url = format!("{}/users.list", rig.fake.api_base());
    let limited = rig.http.get(url).bearer_auth(&rig.fake.setup().bot_token).send().await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "3"));
    assert_eq!(rig.get("conversations.list", &[]).await["ok"], true, "another method is not held up");
    rig.pass(3);
    assert_eq!(rig.get("users.list", &[]).await["ok"], true);
}

#[tokio::test]
async fn an_injected_limit_opens_a_window() {
    let rig = Rig::new().await;
    rig.fake.fail_next("chat.postMessage", Failure::RateLimited(30), 1);
    let limited = post(&rig, GENERAL).await;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "30"));
    rig.pass(29);
    assert_eq!(post(&rig, GENERAL).await.status(), 429);
    assert_eq!(rig.fake.violations().len(), 1);
    rig.pass(1);
    assert_eq!(post(&rig, GENERAL).await.status(), 200);
    assert_eq!(rig.fake.violations().len(), 1);
    assert_eq!(rig.fake.messages("general").len(), 1);
}

#[tokio::test]
async fn other_faults() {
    let rig = Rig::new().await;
    let send = || rig.request("chat.postMessage").form(&[("channel", GENERAL), ("text", "x")]).send();
    rig.fake.fail_next("chat.postMessage", Failure::Status(503), 2);
    assert_eq!(send().await.unwrap().status(), 503);
    assert_eq!(send().await.unwrap().status(), 503);
    rig.fake.fail_next("*", Failure::OkFalse("fatal_error".into()), 1);
    assert_eq!(send().await.unwrap().json::<Value>().await.unwrap()["error"], "fatal_error");
    rig.fake.fail_next("chat.postMessage", Failure::CutBeforeWork, 1);
    assert!(send().await.is_err());
    assert_eq!(rig.fake.messages("general").len(), 0);
    rig.fake.fail_next("chat.postMessage", Failure::DropReplyAfterWork, 1);
    assert!(send().await.is_err());
    assert_eq!(rig.fake.messages("general").len(), 1, "the work was done");
    rig.fake.fail_next("chat.postMessage", Failure::Hang, 1);
    let hanging = tokio::spawn(send());
    rig.fake.until(|fake| fake.requests().iter().any(|r| r.error.as_deref() == Some("hang")).then_some(())).await;
    assert!(!hanging.is_finished());
    hanging.abort();
    assert_eq!(send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn nothing_answers_after_the_last_handle_is_gone() {
    let rig = Rig::new().await;
    let url = format!("{}/auth.test", rig.fake.api_base());
    let http = rig.http.clone();
    assert_eq!(http.post(&url).send().await.unwrap().status(), 200);
    let Rig { fake, .. } = rig;
    let twin = fake.clone();
    drop(fake);
    assert_eq!(http.post(&url).send().await.unwrap().status(), 200);
    drop(twin);
    // The server task ends at its next turn.
    while http.post(&url).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
}
