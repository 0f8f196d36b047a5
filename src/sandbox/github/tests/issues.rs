//! Issues that are moved, deleted, locked.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_moved_issue_leads_on_and_a_deleted_one_is_gone() {
    let stage = Stage::with(|setup| setup.hooks = vec![deaf()]).await;
    stage.issue("Crash").await;
    stage.issue("Spam").await;
    stage.fake.comment("ben", "acme/api", 1, "hm").unwrap();
    let number = stage.fake.transfer_issue("ana", "acme/api", 1, "acme/web").unwrap();
    let moved = stage.get("/repos/acme/api/issues/1").await;
    assert_eq!((&moved["number"], &moved["comments"]), (&json!(number), &json!(1)));
    assert!(moved["url"].as_str().unwrap().ends_with("/repos/acme/web/issues/1"));
    stage.fake.delete_issue("ana", "acme/api", 2).unwrap();
    let gone = stage.refusal(Method::GET, "/repos/acme/api/issues/2", json!({})).await;
    assert_eq!(gone, (410, "This issue was deleted".to_owned()));
    assert_eq!(stage.send(Method::POST, "/repos/acme/api/issues/2/comments", json!({ "body": "x" })).await.0, 410);
    stage.fake.settled().await;
    let deliveries = stage.fake.deliveries();
    let of = |action: &str| {
        deliveries.iter().rev().find(|found| found.action.as_deref() == Some(action)).unwrap().payload.clone()
    };
    assert_eq!(of("transferred")["changes"]["new_repository"]["full_name"], "acme/web");
    assert_eq!(of("opened")["changes"]["old_issue"]["number"], 1);
    assert_eq!(of("deleted")["issue"]["title"], "Spam");
}

#[tokio::test]
async fn a_lock_is_put_on_and_taken_off() {
    let stage = Stage::with(|setup| {
        setup.hooks = vec![deaf()];
        setup.tokens.push(GithubToken::classic("s", "stranger", &["repo"]));
    })
    .await;
    stage.issue("Crash").await;
    let lock = "/repos/acme/api/issues/1/lock";
    assert_eq!(stage.send(Method::PUT, lock, json!({ "lock_reason": "too heated" })).await.0, 204);
    assert_eq!(stage.send(Method::PUT, lock, json!({ "lock_reason": "boring" })).await.0, 422);
    let issue = stage.get("/repos/acme/api/issues/1").await;
    assert_eq!((&issue["locked"], &issue["active_lock_reason"]), (&json!(true), &json!("too heated")));
    let talk = stage.bare(Method::POST, "/repos/acme/api/issues/1/comments").bearer_auth("s");
    assert_eq!(talk.json(&json!({ "body": "x" })).send().await.unwrap().status(), 403);
    assert_eq!(stage.ask(Method::DELETE, lock).send().await.unwrap().status(), 204);
    stage.send(Method::PATCH, "/repos/acme/api/issues/1", json!({ "milestone": 1 })).await;
    stage.send(Method::PATCH, "/repos/acme/api/issues/1", json!({ "milestone": null })).await;
    let told: Vec<String> = stage.told().await.into_iter().filter(|event| event.starts_with("issues")).collect();
    let expected = ["issues.opened", "issues.locked", "issues.unlocked", "issues.milestoned", "issues.demilestoned"];
    assert_eq!(told, expected);
}
