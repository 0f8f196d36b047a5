//! Routes and errors.

use serde_json::json;

use super::*;

#[tokio::test]
async fn an_issue_lives_its_life() {
    let stage = Stage::new().await;
    let new = json!({ "title": "Crash", "body": "on start", "labels": ["bug", "new one"], "assignees": ["ben"], "milestone": 1 });
    let (status, issue) = stage.send(Method::POST, "/repos/acme/api/issues", new).await;
    assert_eq!((status, &issue["number"], &issue["state"]), (201, &json!(1), &json!("open")));
    assert_eq!(issue["labels"][1]["name"], "new one");
    assert_eq!(issue["milestone"]["title"], "v1.0");
    assert_eq!(issue["html_url"], "https://github.com/acme/api/issues/1");
    let (_, comment) =
        stage.send(Method::POST, "/repos/acme/api/issues/1/comments", json!({ "body": "same here" })).await;
    let path = format!("/repos/acme/api/issues/comments/{}", comment["id"]);
    assert_eq!(stage.send(Method::PATCH, &path, json!({ "body": "not any more" })).await.1["body"], "not any more");
    let (status, closed) = stage
        .send(Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "closed", "state_reason": "not_planned" }))
        .await;
    assert_eq!((status, &closed["state"], &closed["state_reason"]), (200, &json!("closed"), &json!("not_planned")));
    assert_eq!(closed["closed_by"]["login"], "ana");
    assert_eq!(stage.get("/repos/acme/api/issues").await, json!([]));
    assert_eq!(stage.get("/repos/acme/api/issues?state=all&labels=bug,new%20one&assignee=ben").await[0]["comments"], 1);
    assert_eq!(stage.ask(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(stage.fake.comments("acme/api", 1), Vec::<Value>::new());
    assert_eq!(stage.fake.unknown_routes(), Vec::<String>::new());
}

#[tokio::test]
async fn labels_and_assignees_are_added_and_taken_away() {
    let stage = Stage::new().await;
    stage.issue("Crash").await;
    let names = |value: &Value| {
        value.as_array().unwrap().iter().map(|label| label["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let labels = "/repos/acme/api/issues/1/labels";
    assert_eq!(names(&stage.send(Method::POST, labels, json!({ "labels": ["bug"] })).await.1), ["bug"]);
    assert_eq!(
        names(&stage.send(Method::POST, labels, json!(["good first issue"])).await.1),
        ["bug", "good first issue"]
    );
    let one = stage.ask(Method::DELETE, &format!("{labels}/good%20first%20issue")).send().await.unwrap();
    assert_eq!(names(&read(one).await.1), ["bug"]);
    let gone = read(stage.ask(Method::DELETE, &format!("{labels}/nope")).send().await.unwrap()).await;
    assert_eq!((gone.0, &gone.1["message"]), (404, &json!("Label does not exist")));
    assert_eq!(names(&stage.send(Method::PUT, labels, json!({ "labels": ["question"] })).await.1), ["question"]);
    let people = "/repos/acme/api/issues/1/assignees";
    let (status, issue) = stage.send(Method::POST, people, json!({ "assignees": ["ben", "kim", "stranger"] })).await;
    assert_eq!((status, issue["assignees"].as_array().unwrap().len()), (201, 2));
    let (_, issue) = stage.send(Method::DELETE, people, json!({ "assignees": ["ben"] })).await;
    assert_eq!(issue["assignees"][0]["login"], "kim");
    assert_eq!(stage.get("/repos/acme/api/assignees").await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let stage = Stage::new().await;
    for number in 1..=5 {
        stage.fake.open_issue("ben", "acme/api", &format!("Issue {number}"), "").unwrap();
    }
    let response =
        stage.ask(Method::GET, "/repos/acme/api/issues?per_page=2&page=2&direction=asc").send().await.unwrap();
    let link = header(&response, "link").to_owned();
    assert!(
        link.contains("page=3>; rel=\"next\"") && link.contains("rel=\"prev\"") && link.contains("direction=asc"),
        "{link}"
    );
    let (_, page) = read(response).await;
    assert_eq!((&page[0]["number"], page.as_array().unwrap().len()), (&json!(3), 2));
}

#[tokio::test]
async fn an_unchanged_list_is_304_and_costs_nothing() {
    let stage = Stage::new().await;
    let first = stage.ask(Method::GET, "/repos/acme/api").send().await.unwrap();
    let tag = header(&first, "etag").to_owned();
    assert_eq!(header(&first, "x-ratelimit-remaining"), "4999");
    let again = stage.ask(Method::GET, "/repos/acme/api").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!((again.status().as_u16(), header(&again, "x-ratelimit-remaining")), (304, "4999"));
    stage.fake.open_issue("ben", "acme/api", "Crash", "").unwrap();
    let changed = stage.ask(Method::GET, "/repos/acme/api").header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(changed.status(), 200);
}

#[tokio::test]
async fn what_github_refuses_is_refused_in_its_words() {
    let stage = Stage::with(|setup| {
        setup.repos.push(GithubRepo::new("acme", "quiet").without_issues());
        setup.repos.push(GithubRepo::new("acme", "old").archived().collaborator("ana", Role::Admin));
    })
    .await;
    let nameless = reqwest::Client::builder().no_proxy().build().unwrap();
    let silent = nameless.get(format!("{}/user", stage.fake.base())).send().await.unwrap();
    let (status, text) = read(silent).await;
    assert!(status == 403 && text.as_str().unwrap().starts_with("Request forbidden by administrative rules."));
    let (status, body) =
        read(stage.ask(Method::GET, "/user").header("x-github-api-version", "v3").send().await.unwrap()).await;
    assert_eq!(status, 400);
    insta::assert_snapshot!(body["message"].as_str().unwrap(), @r#"The version you specified in the "X-GitHub-API-Version" request header, "v3", is not a supported version. The following versions are currently supported: "2026-03-10" (most recent), "2022-11-28"."#);
    let wrong = read(stage.bare(Method::GET, "/user").bearer_auth("nope").send().await.unwrap()).await;
    insta::assert_snapshot!(wrong.1, @r#"{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}"#);
    assert_eq!(wrong.0, 401);
    assert_eq!(read(stage.bare(Method::GET, "/repos/acme/web").send().await.unwrap()).await.0, 404);
    assert_eq!(read(stage.bare(Method::GET, "/repos/acme/api").send().await.unwrap()).await.0, 200);
    assert_eq!(
        read(stage.bare(Method::POST, "/repos/acme/api/issues").json(&json!({"title": "x"})).send().await.unwrap())
            .await
            .0,
        401
    );
    let (status, body) = stage.send(Method::GET, "/repos/acme/api/issues/99", json!({})).await;
    assert_eq!(status, 404);
    insta::assert_snapshot!(body, @r#"{"message":"Not Found","documentation_url":"https://docs.github.com/rest/issues/issues#get-an-issue","status":"404"}"#);
    let (status, body) = stage.send(Method::POST, "/repos/acme/quiet/issues", json!({ "title": "x" })).await;
    assert_eq!((status, &body["message"]), (410, &json!("Issues are disabled for this repo")));
    let (status, body) = stage.send(Method::POST, "/repos/acme/old/issues", json!({ "title": "x" })).await;
    assert_eq!((status, &body["message"]), (403, &json!("Repository was archived so is read-only.")));
    assert_eq!(stage.send(Method::GET, "/zen/of/nothing", json!({})).await.0, 404);
    assert_eq!(stage.fake.unknown_routes(), ["GET /zen/of/nothing"]);
}

#[tokio::test]
async fn a_bad_body_is_named_field_by_field() {
    let stage = Stage::new().await;
    let issues = "/repos/acme/api/issues";
    insta::assert_snapshot!(stage.send(Method::POST, issues, json!({ "body": "x" })).await.1["message"], @r#""Invalid request.\n\n\"title\" wasn't supplied.""#);
    insta::assert_snapshot!(stage.send(Method::POST, issues, json!({ "title": "x", "body": false })).await.1["message"], @r#""Invalid request.\n\nFor 'properties/body', false is not a string or null.""#);
    insta::assert_snapshot!(stage.send(Method::POST, issues, json!({ "title": "" })).await.1["errors"], @r#"[{"resource":"Issue","field":"title","code":"missing_field"}]"#);
    insta::assert_snapshot!(stage.send(Method::POST, issues, json!({ "title": "x", "assignees": ["stranger"] })).await.1["errors"], @r#"[{"value":"stranger","resource":"Issue","field":"assignees","code":"invalid"}]"#);
    let broken = stage.ask(Method::POST, issues).body("{").send().await.unwrap();
    assert_eq!(
        read(broken).await,
        (
            400,
            json!({ "message": "Problems parsing JSON", "documentation_url": "https://docs.github.com/rest/issues/issues#create-an-issue", "status": "400" })
        )
    );
    stage.issue("Crash").await;
    let long = "x".repeat(65_537);
    let (status, body) = stage.send(Method::POST, "/repos/acme/api/issues/1/comments", json!({ "body": long })).await;
    assert_eq!(
        (status, &body["errors"][0]["message"]),
        (422, &json!("Body is too long (maximum is 65536 characters)"))
    );
    let (_, body) = stage.send(Method::POST, "/repos/acme/api/labels", json!({ "name": "bug" })).await;
    assert_eq!(body["errors"][0]["code"], "already_exists");
    let (status, body) = stage.send(Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "done" })).await;
    assert_eq!((status, body["message"].as_str().unwrap().contains("is not one of")), (422, true));
}

#[tokio::test]
async fn tokens_reach_as_far_as_they_are_allowed() {
    let stage = Stage::with(|setup| {
        setup.tokens = vec![
            GithubToken::fine_grained("fine", "ben", &[("issues", Level::Read)]),
            GithubToken::classic("public", "ana", &["public_repo"]),
            GithubToken::classic("reader", "stranger", &["repo"]),
            GithubToken::installation("app", "helper[bot]", &[("issues", Level::Write)]),
        ];
    })
    .await;
    let try_to = async |token: &str, method: Method, path: &str, body: Value| {
        let response = stage.bare(method, path).bearer_auth(token).json(&body).send().await.unwrap();
        let needed = header(&response, "x-accepted-github-permissions").to_owned();
        let (status, body) = read(response).await;
        (status, body["message"].as_str().unwrap_or_default().to_owned(), needed)
    };
    let new = json!({ "title": "x" });
    let (status, message, needed) = try_to("fine", Method::POST, "/repos/acme/api/issues", new.clone()).await;
    assert_eq!((status, message.as_str()), (403, "Resource not accessible by personal access token"));
    assert_eq!(needed, "issues=write");
    assert_eq!(try_to("fine", Method::GET, "/repos/acme/api/issues", json!({})).await.0, 200);
    assert_eq!(try_to("public", Method::GET, "/repos/acme/web", json!({})).await.0, 404);
    assert_eq!(try_to("public", Method::POST, "/repos/acme/api/issues", new.clone()).await.0, 201);
    assert_eq!(try_to("reader", Method::GET, "/repos/acme/web", json!({})).await.0, 404);
    assert_eq!(
        try_to("reader", Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "closed" })).await.1,
        "Must have admin rights to Repository."
    );
    assert_eq!(try_to("reader", Method::GET, "/repos/acme/api/hooks", json!({})).await.0, 404);
    assert_eq!(try_to("app", Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "closed" })).await.0, 200);
    assert_eq!(try_to("app", Method::GET, "/user", json!({})).await.1, "Resource not accessible by integration");
    assert_eq!(
        try_to("app", Method::GET, "/repos/acme/api/actions/runs", json!({})).await.1,
        "Resource not accessible by integration"
    );
}

#[tokio::test]
async fn a_pull_request_is_reviewed_and_merged() {
    let stage = Stage::new().await;
    let number = stage.fake.open_pull("ben", "acme/api", "Add retries", "retries").unwrap();
    stage.fake.push("ben", "acme/api", "retries", &["Second thought"]).unwrap();
    let path = format!("/repos/acme/api/pulls/{number}");
    let pull = stage.get(&path).await;
    assert_eq!((&pull["mergeable"], &pull["commits"], &pull["changed_files"]), (&json!(true), &json!(2), &json!(1)));
    assert!(stage.get("/repos/acme/api/issues").await[0]["pull_request"]["url"].as_str().unwrap().ends_with(&path));
    let (status, review) = stage.send(Method::POST, &format!("{path}/reviews"), json!({ "event": "APPROVE" })).await;
    assert_eq!((status, &review["state"]), (200, &json!("APPROVED")));
    let (status, body) = stage.send(Method::PUT, &format!("{path}/merge"), json!({ "sha": "0".repeat(40) })).await;
    assert_eq!((status, &body["message"]), (409, &json!("Head branch was modified. Review and try the merge again.")));
    let (status, merged) = stage.send(Method::PUT, &format!("{path}/merge"), json!({ "merge_method": "squash" })).await;
    assert_eq!((status, &merged["merged"]), (200, &json!(true)));
    assert_eq!(stage.send(Method::PUT, &format!("{path}/merge"), json!({})).await.0, 405);
    let pull = stage.get(&path).await;
    assert_eq!(
        (&pull["merged"], &pull["state"], &pull["merged_by"]["login"]),
        (&json!(true), &json!("closed"), &json!("ana"))
    );
    assert_eq!(stage.get(&format!("{path}/files")).await.as_array().unwrap().len(), 1);
    assert_eq!(stage.get("/repos/acme/api/commits").await[0]["sha"], merged["sha"]);
}

#[tokio::test]
async fn a_failed_run_is_run_again() {
    let stage = Stage::new().await;
    let run = stage.fake.run_workflow("acme/api", "CI", "main", Conclusion::Failure).unwrap();
    let list = stage.get("/repos/acme/api/actions/runs?status=failure").await;
    assert_eq!((&list["total_count"], &list["workflow_runs"][0]["id"]), (&json!(1), &json!(run)));
    let again = format!("/repos/acme/api/actions/runs/{run}/rerun-failed-jobs");
    assert_eq!(stage.send(Method::POST, &again, json!({})).await, (201, json!({})));
    let shown = stage.get(&format!("/repos/acme/api/actions/runs/{run}")).await;
    assert_eq!((&shown["run_attempt"], &shown["conclusion"]), (&json!(2), &json!("success")));
    assert_eq!(stage.send(Method::POST, &again, json!({})).await.1["message"], "This workflow run cannot be retried");
}

#[tokio::test]
async fn the_search_finds_text_after_its_lag() {
    let stage = Stage::with(|setup| setup.search_lag = SignedDuration::from_secs(30)).await;
    stage.fake.open_issue("ben", "acme/api", "Crash", "a marker qd-123 in the text").unwrap();
    let query = "/search/issues?q=repo:acme/api%20is:issue%20in:body%20%22qd-123%22";
    assert_eq!(stage.get(query).await["total_count"], 0);
    stage.hand.advance(31);
    assert_eq!(stage.get(query).await["items"][0]["title"], "Crash");
    assert_eq!(stage.get("/search/issues?q=repo:acme/api%20is:pr").await["total_count"], 0);
    assert_eq!(stage.send(Method::GET, "/search/issues", json!({})).await.1["errors"][0]["code"], "missing");
    assert_eq!(stage.send(Method::GET, "/search/issues?q=repo:acme/nothing", json!({})).await.0, 422);
}

#[tokio::test]
async fn below_api_v3_it_is_an_enterprise_server() {
    let stage = Stage::new().await;
    stage.issue("Crash").await;
    let issue = stage.get("/api/v3/repos/acme/api/issues/1").await;
    assert_eq!(issue["url"], format!("{}/api/v3/repos/acme/api/issues/1", stage.fake.base()));
    assert_eq!(issue["html_url"], format!("{}/acme/api/issues/1", stage.fake.base()));
    let last = stage.fake.requests().pop().unwrap();
    assert_eq!((last.path.as_str(), last.enterprise), ("/repos/acme/api/issues/1", true));
    assert!(last.headers.iter().all(|(name, _)| name != "authorization"));
}

#[tokio::test]
async fn the_newer_version_leaves_the_old_fields_out() {
    let stage = Stage::new().await;
    let new = json!({ "title": "x", "assignee": "ben" });
    let response = stage
        .ask(Method::POST, "/repos/acme/api/issues")
        .header("x-github-api-version", "2026-03-10")
        .json(&new)
        .send()
        .await
        .unwrap();
    let (status, issue) = read(response).await;
    assert_eq!((status, issue.get("assignee"), &issue["assignees"]), (201, None, &json!([])));
    let (_, issue) = stage.send(Method::POST, "/repos/acme/api/issues", new).await;
    assert_eq!(issue["assignee"]["login"], "ben");
}

#[tokio::test]
async fn repositories_are_listed_and_made() {
    let stage = Stage::new().await;
    let names = |value: &Value| {
        value.as_array().unwrap().iter().map(|repo| repo["full_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&stage.get("/user/repos").await), ["acme/api", "acme/web"]);
    let (status, repo) = stage.send(Method::POST, "/orgs/acme/repos", json!({ "name": "new", "private": true })).await;
    assert_eq!((status, &repo["full_name"], &repo["permissions"]["admin"]), (201, &json!("acme/new"), &json!(true)));
    assert_eq!(stage.send(Method::POST, "/orgs/acme/repos", json!({ "name": "new" })).await.0, 422);
    assert_eq!(names(&stage.get("/orgs/acme/repos?type=private").await).len(), 2);
    assert_eq!(stage.get("/user").await["login"], "ana");
    assert_eq!(stage.send(Method::POST, "/user/repos", json!({ "name": "dots" })).await.1["full_name"], "ana/dots");
    assert_eq!(names(&stage.get("/users/ana/repos").await), ["ana/dots"]);
}

#[tokio::test]
async fn the_last_handle_takes_the_server_with_it() {
    let stage = Stage::new().await;
    let address = stage.fake.base().to_owned();
    let twin = stage.fake.clone();
    drop(stage.fake);
    assert!(stage.client.get(format!("{address}/meta")).send().await.is_ok());
    drop(twin);
    // The task ends at its next turn; a new connection meets nobody from then on.
    while stage.client.get(format!("{address}/meta")).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
}
