//! Rate limits, and failures on request.

use serde_json::{Value, json};

use super::{
    super::{ANA, BEN, CLEO, Failure, OPS, RateLimits},
    Rig,
};

async fn limited() -> Rig {
    Rig::with(|setup| setup.limits = RateLimits::default()).await
}

#[tokio::test]
async fn a_chat_takes_a_message_a_second() {
    let rig = limited().await;
    for _ in 0..5 {
        rig.send(ANA, "x").await;
    }
    let answer =
        rig.http.post(rig.url("sendMessage")).json(&json!({"chat_id": ANA, "text": "x"})).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["description"], "Too Many Requests: retry after 1");
    assert_eq!((&body["error_code"], &body["parameters"]), (&json!(429), &json!({"retry_after": 1})));
    assert!(rig.fake.violations().is_empty(), "the first refusal is no violation");
    let other = rig.call("getUpdates", json!({})).await;
    assert_eq!(other["error_code"], 429, "it holds the whole bot back");
    assert_eq!(rig.fake.violations()[0].method, "getUpdates");
    rig.pass(1);
    rig.send(ANA, "x").await;
    assert_eq!(rig.fake.violations().len(), 1);
}

#[tokio::test]
async fn a_group_takes_twenty_a_minute() {
    let rig = limited().await;
    for _ in 0..20 {
        rig.send(OPS, "x").await;
        rig.pass(1);
    }
    // Twenty seconds have given back six.
    for _ in 0..6 {
        rig.send(OPS, "x").await;
        rig.pass(1);
    }
    let mut sent = 26;
    let wait = loop {
        let answer = rig.call("sendMessage", json!({"chat_id": OPS, "text": "x"})).await;
        if answer["ok"] == false {
            break answer["parameters"]["retry_after"].as_i64().unwrap();
        }
        sent += 1;
        rig.pass(1);
    };
    assert!((28..=30).contains(&sent) && (1..=3).contains(&wait), "{sent} sent, wait {wait}");
    rig.pass(wait);
    rig.send(OPS, "x").await;
    assert_eq!(rig.fake.violations(), []);
}

#[tokio::test]
async fn all_chats_together_take_thirty_a_second() {
    let rig = Rig::with(|setup| {
        let RateLimits::Telegram(mut budgets) = RateLimits::default() else { panic!("limited") };
        budgets.per_chat.burst = 100.0;
        setup.limits = RateLimits::Telegram(budgets);
    })
    .await;
    for at in 0..30 {
        rig.send([ANA, BEN, CLEO][at % 3], "x").await;
    }
    assert_eq!(
        rig.error("sendMessage", json!({"chat_id": ANA, "text": "x"})).await,
        "Too Many Requests: retry after 1"
    );
}

#[tokio::test]
async fn faults_come_when_asked_for() {
    let rig = Rig::new().await;
    rig.fake.fail_next("sendmessage", Failure::RateLimited(7), 1);
    let first = rig.call("sendMessage", json!({"chat_id": ANA, "text": "x"})).await;
    assert_eq!(first["parameters"]["retry_after"], 7);
    rig.pass(3);
    let second = rig.call("getMe", json!({})).await;
    assert_eq!(second["parameters"]["retry_after"], 4);
    assert_eq!(rig.fake.violations().len(), 1);
    rig.pass(4);
    rig.ok("getMe", json!({})).await;

    rig.fake.fail_next("getMe", Failure::Status(502), 1);
    let answer = rig.http.get(rig.url("getMe")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().contains("Bad Gateway")), (502, true));
    rig.fake.fail_next("*", Failure::Refused(500, "Internal Server Error: restart".into()), 1);
    assert_eq!(rig.error("getMe", json!({})).await, "Internal Server Error: restart");
    rig.fake.fail_next("sendMessage", Failure::CutBeforeWork, 1);
    rig.fake.fail_next("sendMessage", Failure::DropReplyAfterWork, 1);
    let send = || rig.http.post(rig.url("sendMessage")).json(&json!({"chat_id": ANA, "text": "once"})).send();
    assert!(send().await.is_err());
    assert!(rig.fake.messages(ANA).is_empty());
    assert!(send().await.is_err());
    assert_eq!(rig.fake.messages(ANA).len(), 1, "the work was done");
    rig.fake.fail_next("getMe", Failure::Hang, 1);
    let hung = tokio::spawn(rig.http.get(rig.url("getMe")).send());
    rig.fake.until(|fake| fake.requests().last().filter(|r| r.error.as_deref() == Some("hang")).map(|_| ())).await;
    assert!(!hung.is_finished());
    hung.abort();
    rig.ok("getMe", json!({})).await;
}

#[tokio::test]
async fn signing_off() {
    let rig = Rig::new().await;
    let early = rig.call("close", json!({})).await;
    assert_eq!((&early["error_code"], &early["parameters"]["retry_after"]), (&json!(429), &json!(600)));
    rig.ok("getMe", json!({})).await;
    rig.pass(600);
    rig.ok("close", json!({})).await;
    rig.ok("logOut", json!({})).await;
    assert_eq!(rig.error("getMe", json!({})).await, "Logged out");
}
