//! Rate limits and faults, as a client meets them.

use serde_json::json;

use super::*;

#[tokio::test]
async fn the_primary_limit_says_when_it_ends_and_remembers_who_does_not_listen() {
    let stage = Stage::with(|setup| setup.limits.core_per_hour = 1).await;
    stage.get("/repos/acme/api").await;
    let refused = stage.ask(Method::GET, "/repos/acme/api").send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "x-ratelimit-remaining"), header(&refused, "retry-after")),
        (403, "0", "")
    );
    let reset: i64 = header(&refused, "x-ratelimit-reset").parse().unwrap();
    assert!(read(refused).await.1["message"].as_str().unwrap().starts_with("API rate limit exceeded for user ID"));
    assert_eq!(stage.fake.violations(), Vec::new());
    stage.hand.advance(5);
    assert_eq!(stage.send(Method::GET, "/repos/acme/api", json!({})).await.0, 403);
    let violation = stage.fake.violations().pop().unwrap();
    assert_eq!((violation.request.as_str(), violation.until.as_second()), ("GET /repos/acme/api", reset));
    assert_eq!(stage.get("/rate_limit").await["resources"]["core"]["remaining"], 0);
    stage.hand.advance(3600);
    stage.get("/repos/acme/api").await;
}

#[tokio::test]
async fn faults_on_order_come_once_each() {
    let stage = Stage::new().await;
    let path = "/repos/acme/api/issues";
    let retry_after = SignedDuration::from_secs(7);
    stage.fake.fail_next("GET /repos/*/*/issues", Failure::Secondary { retry_after }, 1);
    let refused = stage.ask(Method::GET, path).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (403, "7"));
    assert!(read(refused).await.1["message"].as_str().unwrap().contains("secondary rate limit"));
    stage.hand.advance(7);
    stage.get(path).await;
    stage.fake.fail_next(path, Failure::SecondaryNoHeader, 1);
    let refused = stage.ask(Method::GET, path).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (403, ""));
    stage.hand.advance(60);
    stage.fake.fail_next(path, Failure::Primary { reset_in: SignedDuration::from_secs(9) }, 1);
    let refused = stage.ask(Method::GET, path).send().await.unwrap();
    assert_eq!(header(&refused, "x-ratelimit-remaining"), "0");
    stage.hand.advance(9);
    stage.fake.fail_next(path, Failure::Status(502), 1);
    assert_eq!(stage.send(Method::GET, path, json!({})).await.0, 502);
    stage.get(path).await;
    assert_eq!(stage.fake.violations(), Vec::new());
}

#[tokio::test]
async fn a_cut_before_leaves_nothing_and_a_cut_after_leaves_the_work() {
    let stage = Stage::new().await;
    let path = "/repos/acme/api/issues";
    let new = json!({ "title": "x" });
    stage.fake.fail_next("POST /repos/*/*/issues", Failure::CutBeforeWork, 1);
    assert!(stage.ask(Method::POST, path).json(&new).send().await.is_err());
    assert_eq!(stage.fake.issues("acme/api").len(), 0);
    stage.fake.fail_next("POST /repos/*/*/issues", Failure::DropReplyAfterWork, 1);
    assert!(stage.ask(Method::POST, path).json(&new).send().await.is_err());
    assert_eq!(stage.fake.issues("acme/api").len(), 1);
    let seen: Vec<_> = stage.fake.requests().iter().map(|record| (record.status, record.answered)).collect();
    assert_eq!(seen, [(None, false), (Some(201), false)]);
}

#[tokio::test]
async fn a_hang_lasts_until_the_caller_gives_up() {
    let stage = Stage::new().await;
    stage.fake.fail_next("/repos/**", Failure::Hang, 1);
    let mut changes = stage.fake.changes();
    tokio::select! {
        answer = stage.ask(Method::GET, "/repos/acme/api").send() => panic!("{answer:?}"),
        arrived = changes.changed() => arrived.unwrap(),
    }
    assert_eq!(stage.fake.requests()[0].status, None);
    stage.get("/repos/acme/api").await;
}
