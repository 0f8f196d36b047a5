//! Tokens, versions, capabilities, sharing, limits and faults.

use super::*;

#[tokio::test]
async fn token_and_version_are_asked_for_in_notions_words() {
    let stage = Stage::new().await;
    let send = async |request: RequestBuilder| read(request.send().await.unwrap()).await;
    let (status, body) = send(stage.bare(Method::GET, "/users/me").header("Notion-Version", "2026-03-11")).await;
    assert_eq!(
        (status, body["code"].as_str(), body["message"].as_str()),
        (401, Some("unauthorized"), Some("API token is invalid."))
    );
    assert!(body["request_id"].is_string());
    let (status, body) = send(stage.bare(Method::GET, "/users/me").bearer_auth(NotionSetup::SAMPLE_TOKEN)).await;
    assert_eq!((status, body["code"].as_str()), (400, Some("missing_version")));
    let old = stage
        .bare(Method::GET, "/users/me")
        .bearer_auth(NotionSetup::SAMPLE_TOKEN)
        .header("Notion-Version", "2022-06-28");
    assert_eq!(send(old).await.0, 400);
    let (status, body) = send(stage.ask(Method::GET, "/nonsense")).await;
    assert_eq!((status, body["code"].as_str()), (400, Some("invalid_request_url")));
    let response = stage.ask(Method::GET, "/users/me").send().await.unwrap();
    let header = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(response.json::<Value>().await.unwrap()["request_id"], header.as_str());
    let violations = stage.fake.violations();
    let wanted = [
        Violation::Version(String::new()),
        Violation::Version("2022-06-28".to_owned()),
        Violation::UnknownRoute("GET /v1/nonsense".to_owned()),
    ];
    assert_eq!(violations, wanted);
}

#[tokio::test]
async fn an_integration_does_only_what_it_is_allowed_to() {
    let users = UserInformation::WithoutEmail;
    let may = Capabilities { update: false, insert: false, insert_comments: false, users, ..Capabilities::all() };
    let stage = Stage::with(|setup| setup.integrations[0].capabilities = may).await;
    let runbook = stage.id("Runbook");
    stage.get(&format!("/pages/{runbook}")).await;
    let restricted = (403, "restricted_resource".to_owned(), "Insufficient permissions for this endpoint.".to_owned());
    let body = json!({ "in_trash": true });
    assert_eq!(stage.refused(Method::PATCH, &format!("/pages/{runbook}"), body).await, restricted);
    let body = json!({ "children": [paragraph("x")] });
    assert_eq!(stage.refused(Method::PATCH, &format!("/blocks/{runbook}/children"), body).await, restricted);
    let body = json!({ "parent": { "page_id": runbook }, "rich_text": words("x") });
    assert_eq!(stage.refused(Method::POST, "/comments", body).await, restricted);
    let users = stage.get("/users").await;
    assert_eq!(users["results"][0]["name"], "Ana Duarte");
    assert_eq!(users["results"][0]["person"], json!({}));
}

#[tokio::test]
async fn what_is_not_shared_does_not_exist() {
    let stage = Stage::new().await;
    let id = stage.id("Board minutes");
    let (status, code, message) = stage.refused(Method::GET, &format!("/pages/{id}"), Value::Null).await;
    assert_eq!((status, code.as_str()), (404, "object_not_found"));
    let wanted = format!(
        "Could not find page with ID: {id}. Make sure the relevant pages and databases are shared with your integration \"Quarterdeck\"."
    );
    assert_eq!(message, wanted);
    stage.fake.share("Board minutes").unwrap();
    stage.get(&format!("/pages/{id}")).await;
    stage.fake.unshare("Engineering").unwrap();
    let below = stage.id("Runbook");
    assert_eq!(stage.refused(Method::GET, &format!("/blocks/{below}/children"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn too_many_requests_have_to_wait_and_impatience_is_seen() {
    let stage = Stage::with(|setup| setup.limits = NotionLimits::strict()).await;
    for _ in 0..3 {
        stage.get("/users/me").await;
    }
    let response = stage.ask(Method::GET, "/users/me").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    let (status, body) = read(response).await;
    assert_eq!((status, body["code"].as_str()), (429, Some("rate_limited")));
    assert!(body["additional_data"]["rate_limit_reason"].is_string());
    assert_eq!(stage.refused(Method::GET, "/users/me", Value::Null).await.0, 429);
    assert_eq!(stage.fake.violations().len(), 1);
    stage.hand.advance(1);
    stage.get("/users/me").await;
}

#[tokio::test]
async fn faults_come_on_order() {
    let stage = Stage::new().await;
    let wait = SignedDuration::from_secs(7);
    stage.fake.fail_next("GET /v1/users/me", Failure::Overloaded { retry_after: wait }, 1);
    let response = stage.ask(Method::GET, "/users/me").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (529, "7"));
    stage.hand.advance(7);
    for (failure, status, code) in [
        (Failure::Conflict, 409, "conflict_error"),
        (Failure::Status(503), 503, "service_unavailable"),
        (Failure::Status(500), 500, "internal_server_error"),
    ] {
        stage.fake.fail_next("/v1/users/me", failure, 1);
        let refused = stage.refused(Method::GET, "/users/me", Value::Null).await;
        assert_eq!((refused.0, refused.1.as_str()), (status, code));
    }
    stage.fake.fail_next("/v1/**", Failure::CutBeforeWork, 1);
    stage.ask(Method::GET, "/users/me").send().await.unwrap_err();
    let runbook = stage.id("Runbook");
    stage.fake.fail_next("PATCH /v1/blocks/*/children", Failure::DropReplyAfterWork, 1);
    let body = json!({ "children": [paragraph("written, but nobody knows")] });
    stage.ask(Method::PATCH, &format!("/blocks/{runbook}/children")).json(&body).send().await.unwrap_err();
    assert!(stage.fake.text("Runbook").ends_with("written, but nobody knows"));
    let last = stage.fake.requests().pop().unwrap();
    assert_eq!((last.status, last.answered), (Some(200), false));
    assert!(last.headers.iter().all(|(name, _)| name != "authorization"));
}

#[tokio::test]
async fn bodies_and_queries_are_held_against_their_shape() {
    let stage = Stage::new().await;
    let tasks = stage.id("Tasks");
    let path = format!("/data_sources/{tasks}/query");
    for (body, wanted) in [
        (json!({ "page_size": 1000 }), "body failed validation: body.page_size should be ≤ `100`, instead was `1000`."),
        (
            json!({ "archived": false }),
            "body failed validation: body.archived should be not present, instead was `false`.",
        ),
        (json!({ "start_cursor": "x" }), "The start_cursor provided is invalid: x"),
        (
            json!({ "filter": { "property": "Name" } }),
            "body failed validation. Fix one:\nbody.filter.title should be defined",
        ),
        (
            json!({ "filter": { "and": [{ "or": [{ "and": [] }] }] } }),
            "body failed validation: body.filter.and[0].or[0].and should be not present, instead was `[]`.",
        ),
    ] {
        let message = stage.invalid(Method::POST, &path, body).await;
        assert!(message.starts_with(wanted), "{message}");
    }
    let message = stage.invalid(Method::GET, "/users?page_size=x", Value::Null).await;
    assert_eq!(message, "query failed validation: query.page_size should be a number, instead was `\"x\"`.");
    let message = stage.invalid(Method::GET, "/pages/abc", Value::Null).await;
    assert_eq!(message, "path failed validation: path.page_id should be a valid uuid, instead was `\"abc\"`.");
    let request = stage.ask(Method::POST, "/search").header("content-type", "application/json").body("{");
    assert_eq!(read(request.send().await.unwrap()).await.1["code"], "invalid_json");
    let message = stage.invalid(Method::GET, "/users/me?x=1", Value::Null).await;
    assert_eq!(message, "query failed validation: query.x should be not present, instead was `\"1\"`.");
}

#[tokio::test]
async fn the_search_sees_titles_after_a_while() {
    let stage = Stage::with(|setup| setup.search_lag = SignedDuration::from_secs(60)).await;
    let find = async |body: Value| {
        let found = stage.post("/search", body).await;
        found["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["object"].as_str().unwrap().to_owned())
            .collect::<Vec<String>>()
    };
    assert!(find(json!({ "query": "run" })).await.is_empty());
    stage.hand.advance(60);
    assert_eq!(find(json!({ "query": "run" })).await, ["page"]);
    let sources = json!({ "query": "task", "filter": { "property": "object", "value": "data_source" } });
    assert_eq!(find(sources).await, ["data_source"]);
    assert!(find(json!({ "query": "minutes" })).await.is_empty(), "not shared");
    stage.fake.trash("ana", "Runbook").unwrap();
    assert!(find(json!({ "query": "run" })).await.is_empty());
    assert_eq!(find(json!({ "query": "run", "filter": { "in_trash": true } })).await, ["page"]);
    let all = stage.post("/search", json!({ "page_size": 2 })).await;
    assert_eq!(all["has_more"], true);
    let next = stage.post("/search", json!({ "page_size": 2, "start_cursor": all["next_cursor"] })).await;
    assert_ne!(all["results"][0]["id"], next["results"][0]["id"]);
}
