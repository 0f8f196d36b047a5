//! The search over HTTP: pages, fields, refusals.

use super::*;

#[tokio::test]
async fn pages_follow_each_other_by_token_and_hold_only_what_was_asked_for() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/search/jql";
    let body = json!({ "jql": "project = ACME ORDER BY key", "maxResults": 2 });
    let (_, first) = stage.post(path, body.clone()).await;
    assert_eq!(first["issues"][0].as_object().unwrap().len(), 1);
    assert_eq!((first["isLast"].as_bool(), first.get("total")), (Some(false), None));
    let mut next = body.clone();
    next["nextPageToken"] = first["nextPageToken"].clone();
    next["fields"] = json!(["summary"]);
    let (_, last) = stage.post(path, next.clone()).await;
    assert_eq!((last["isLast"].as_bool(), last.get("nextPageToken")), (Some(true), None));
    assert_eq!(last["issues"][0]["fields"], json!({ "summary": "Rotate the staging keys" }));
    next["jql"] = json!("project = OPS");
    assert_eq!(stage.post(path, next).await.0, 400);
    let got = stage.get(&format!("{path}?jql=key%3DACME-1&fields=status,labels")).await;
    assert_eq!(got["issues"][0]["fields"]["status"]["name"], "To Do");
}

#[tokio::test]
async fn what_is_unbounded_or_wrong_or_gone_is_refused() {
    let stage = Stage::new().await;
    let path = "/rest/api/3/search/jql";
    let (status, body) = stage.post(path, json!({ "jql": "ORDER BY created" })).await;
    assert_eq!((status, said(&body).starts_with("Unbounded JQL queries are not allowed here")), (400, true));
    let (status, body) = stage.post(path, json!({ "jql": "project = NOPE AND foo = 1" })).await;
    assert_eq!((status, body["errorMessages"].as_array().unwrap().len()), (400, 2));
    assert_eq!(stage.post(path, json!({ "jql": "project = ACME", "startAt": 5 })).await.0, 400);
    let (status, body) = stage.look("/rest/api/3/search?jql=project%3DACME").await;
    assert_eq!((status, said(&body).contains("has been removed")), (410, true));
}

#[tokio::test]
async fn a_new_issue_is_found_late_unless_it_is_named() {
    let lag = SignedDuration::from_secs(30);
    let stage = Stage::with(|setup| JiraSetup { search_lag: lag, ..setup }).await;
    stage.hand.advance(60);
    let key = stage.task("Fresh").await;
    let query = json!({ "jql": "summary ~ Fresh" });
    let search = |body: Value| stage.post("/rest/api/3/search/jql", body);
    assert_eq!(search(query.clone()).await.1["issues"], json!([]));
    let id: u64 = stage.get(&format!("/rest/api/3/issue/{key}")).await["id"].as_str().unwrap().parse().unwrap();
    let mut named = query.clone();
    named["reconcileIssues"] = json!([id]);
    assert_eq!(search(named).await.1["issues"].as_array().unwrap().len(), 1);
    stage.hand.advance(30);
    assert_eq!(search(query).await.1["issues"].as_array().unwrap().len(), 1);
}
