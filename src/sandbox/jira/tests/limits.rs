//! Rate limits and faults, as a client meets them.

use super::*;

#[tokio::test]
async fn writes_to_one_issue_wait_and_the_headers_say_why_and_how_long() {
    let stage = Stage::with(|mut setup| {
        setup.limits.writes_per_issue = Some(1);
        setup
    })
    .await;
    let put = |key: &str| {
        let path = format!("/rest/api/3/issue/{key}");
        stage.ask(Method::PUT, &path).json(&json!({ "fields": { "labels": ["x"] } })).send()
    };
    assert_eq!(put("ACME-1").await.unwrap().status(), 204);
    let refused = put("ACME-1").await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(
        (header(&refused, "ratelimit-reason"), header(&refused, "retry-after")),
        ("jira-per-issue-on-write", "2")
    );
    assert_eq!(header(&refused, "x-ratelimit-reset"), "2026-11-20T10:00:02Z");
    assert_eq!(put("ACME-2").await.unwrap().status(), 204);
    assert_eq!(stage.fake.violations(), Vec::new());
    assert_eq!(put("ACME-1").await.unwrap().status(), 429);
    assert_eq!(stage.fake.violations()[0].request, "PUT /rest/api/3/issue/ACME-1");
    stage.hand.advance(2);
    assert_eq!(put("ACME-1").await.unwrap().status(), 204);
}

#[tokio::test]
async fn faults_on_order_come_once_each() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue/ACME-1";
    let retry_after = SignedDuration::from_secs(7);
    for (failure, reason) in
        [(Failure::Burst { retry_after }, "jira-burst-based"), (Failure::Quota { retry_after }, "jira-quota-based")]
    {
        stage.fake.fail_next("GET /rest/api/3/issue/*", failure, 1);
        let refused = stage.ask(Method::GET, path).send().await.unwrap();
        assert_eq!((refused.status().as_u16(), header(&refused, "ratelimit-reason")), (429, reason));
        assert_eq!(header(&refused, "retry-after"), "7");
        stage.hand.advance(7);
        stage.get(path).await;
    }
    stage.fake.fail_next(path, Failure::Unavailable { retry_after }, 1);
    let refused = stage.ask(Method::GET, path).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (503, "7"));
    stage.fake.fail_next("/rest/**", Failure::Status(502), 1);
    assert_eq!(stage.look(path).await.0, 502);
    stage.get(path).await;
    assert_eq!(stage.fake.violations(), Vec::new());
}

#[tokio::test]
async fn a_cut_before_leaves_nothing_and_a_cut_after_leaves_the_work() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/issue";
    let new = json!({ "fields": { "project": { "key": "ACME" }, "issuetype": { "name": "Task" }, "summary": "x" } });
    for (failure, count) in [(Failure::CutBeforeWork, 3), (Failure::DropReplyAfterWork, 4)] {
        stage.fake.fail_next("POST /rest/api/3/issue", failure, 1);
        assert!(stage.ask(Method::POST, path).json(&new).send().await.is_err());
        assert_eq!(stage.fake.keys().len(), count);
    }
    let seen: Vec<_> = stage.fake.requests().iter().map(|record| (record.status, record.answered)).collect();
    assert_eq!(seen, [(None, false), (Some(201), false)]);
}

#[tokio::test]
async fn a_hang_lasts_until_the_caller_gives_up() {
    let stage = Stage::new().await;
    stage.fake.fail_next("/rest/**", Failure::Hang, 1);
    let mut changes = stage.fake.changes();
    tokio::select! {
        answer = stage.ask(Method::GET, "/rest/api/3/myself").send() => panic!("{answer:?}"),
        arrived = changes.changed() => arrived.unwrap(),
    }
    assert_eq!(stage.fake.requests()[0].status, None);
    stage.get("/rest/api/3/myself").await;
}
