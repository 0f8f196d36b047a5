//! The other edition: REST v2, user names, wiki markup, personal access tokens.

use super::*;

async fn stage() -> Stage {
    Stage::with(JiraSetup::data_center).await
}

#[tokio::test]
async fn people_have_names_and_texts_are_markup() {
    let stage = stage().await;
    let me = stage.get("/rest/api/2/myself").await;
    assert_eq!((&me["name"], me.get("accountId")), (&json!("ana"), None));
    let fields = json!({
        "project": { "key": "ACME" },
        "issuetype": { "name": "Task" },
        "summary": "x",
        "description": "h1. Hello\n\n*bold*",
        "assignee": { "name": "ben" },
    });
    let (status, made) = stage.post("/rest/api/2/issue", json!({ "fields": fields })).await;
    assert_eq!(status, 201, "{made}");
    let issue = stage.get("/rest/api/2/issue/ACME-4").await;
    assert_eq!(issue["fields"]["description"], "h1. Hello\n\n*bold*");
    assert_eq!(issue["fields"]["assignee"]["name"], "ben");
    let (status, body) = stage.post("/rest/api/2/issue/ACME-4/comment", json!({ "body": doc("x") })).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(stage.post("/rest/api/2/issue/ACME-4/comment", json!({ "body": "_hm_" })).await.1["body"], "_hm_");
    assert_eq!(stage.put("/rest/api/2/issue/ACME-4/assignee", json!({ "name": "chris" })).await.0, 204);
    assert_eq!(stage.get("/rest/api/2/user/search?username=ch").await[0]["name"], "chris");
    let sprint = stage.get("/rest/api/2/issue/ACME-1?fields=customfield_10020").await;
    assert!(sprint["fields"]["customfield_10020"][0].as_str().unwrap().contains("state=ACTIVE,name=ACME Sprint 1"));
    let types = stage.get("/rest/api/2/issue/createmeta/ACME/issuetypes").await;
    assert_eq!(types["values"][0]["name"], "Story");
}

#[tokio::test]
async fn the_search_counts_and_the_cloud_is_not_there() {
    let stage = stage().await;
    let (_, page) = stage
        .post("/rest/api/2/search", json!({ "jql": "project = ACME order by key", "startAt": 1, "maxResults": 1 }))
        .await;
    assert_eq!((&page["total"], &page["issues"][0]["key"]), (&json!(3), &json!("ACME-2")));
    assert!(page["issues"][0]["fields"]["summary"].is_string());
    for path in ["/rest/api/3/myself", "/rest/api/2/search/jql?jql=key%3DACME-1", "/authorize", "/rest/api/2/webhook"] {
        assert_eq!(stage.look(path).await.0, 404, "{path}");
    }
    let basic = stage.bare(Method::GET, "/rest/api/2/myself").basic_auth("ana", Some(JiraSetup::SAMPLE_TOKEN));
    assert_eq!(basic.send().await.unwrap().status(), 401);
}
