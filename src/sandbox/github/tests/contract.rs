//! Answers against GitHub's own OpenAPI description (a slice of it, converted to 3.1; see `tests/data/ORIGINS.md`).

use serde_json::json;

use super::*;

pub(super) fn slice() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/github/openapi-slice.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with an answer of an operation.
pub(super) fn wrong(slice: &Value, method: &str, template: &str, status: u16, body: &Value) -> Vec<String> {
    let responses = &slice["paths"][template][method]["responses"];
    let Some(response) = responses.get(status.to_string()) else {
        return vec![format!("{method} {template}: no status {status}")];
    };
    let Some(schema) = response["content"]["application/json"].get("schema") else { return Vec::new() };
    let mut schema = schema.clone();
    schema["components"] = slice["components"].clone();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    validator
        .iter_errors(body)
        .map(|error| format!("{method} {template} {status}: {} at {}", error, error.instance_path()))
        .collect()
}

#[tokio::test]
async fn every_answer_fits_githubs_description() {
    let stage = Stage::with(|setup| setup.hooks = vec![HookTarget::new("http://127.0.0.1:9/", "key")]).await;
    let slice = slice();
    let new = json!({ "title": "Crash", "body": "x", "labels": ["bug"], "assignees": ["ben"], "milestone": 1 });
    stage.fake.open_pull("ben", "acme/api", "Add retries", "retries").unwrap();
    stage.fake.open_issue("ben", "acme/api", "Bare", "").unwrap();
    stage.fake.label_issue("ben", "acme/api", 1, &["bug"]).unwrap();
    stage.fake.assign_issue("ben", "acme/api", 1, &["kim"]).unwrap();
    stage.fake.request_review("ben", "acme/api", 1, "ana").unwrap();
    let run = stage.fake.run_workflow("acme/api", "CI", "retries", Conclusion::Failure).unwrap();
    stage.fake.publish_release("ana", "acme/api", "v1", "First", "All new").unwrap();
    stage.fake.settled().await;
    let hook = stage.get("/repos/acme/api/hooks").await[0]["id"].clone();
    let delivery = stage.fake.deliveries()[0].id;
    let comment = stage.fake.comment("kim", "acme/api", 1, "hm").unwrap();
    let repo = "/repos/{owner}/{repo}";
    let calls = [
        ("get", "/user".to_owned(), "/user".to_owned(), json!(null)),
        ("get", "/user/repos".to_owned(), "/user/repos".to_owned(), json!(null)),
        ("get", "/orgs/{org}/repos".to_owned(), "/orgs/acme/repos".to_owned(), json!(null)),
        ("get", "/rate_limit".to_owned(), "/rate_limit".to_owned(), json!(null)),
        ("get", "/meta".to_owned(), "/meta".to_owned(), json!(null)),
        ("get", "/search/issues".to_owned(), "/search/issues?q=repo:acme/api".to_owned(), json!(null)),
        ("get", repo.to_owned(), String::new(), json!(null)),
        ("post", format!("{repo}/issues"), "/issues".to_owned(), new),
        ("get", format!("{repo}/issues"), "/issues".to_owned(), json!(null)),
        ("get", format!("{repo}/issues/{{issue_number}}"), "/issues/3".to_owned(), json!(null)),
        ("get", format!("{repo}/issues/{{issue_number}}"), "/issues/1".to_owned(), json!(null)),
        ("patch", format!("{repo}/issues/{{issue_number}}"), "/issues/3".to_owned(), json!({ "state": "closed" })),
        (
            "post",
            format!("{repo}/issues/{{issue_number}}/comments"),
            "/issues/1/comments".to_owned(),
            json!({ "body": "hm" }),
        ),
        ("get", format!("{repo}/issues/{{issue_number}}/comments"), "/issues/1/comments".to_owned(), json!(null)),
        ("get", format!("{repo}/issues/comments/{{comment_id}}"), format!("/issues/comments/{comment}"), json!(null)),
        ("post", format!("{repo}/issues/{{issue_number}}/labels"), "/issues/1/labels".to_owned(), json!(["question"])),
        ("get", format!("{repo}/issues/{{issue_number}}/labels"), "/issues/1/labels".to_owned(), json!(null)),
        (
            "delete",
            format!("{repo}/issues/{{issue_number}}/labels/{{name}}"),
            "/issues/1/labels/bug".to_owned(),
            json!(null),
        ),
        (
            "post",
            format!("{repo}/issues/{{issue_number}}/assignees"),
            "/issues/1/assignees".to_owned(),
            json!({ "assignees": ["ben"] }),
        ),
        (
            "delete",
            format!("{repo}/issues/{{issue_number}}/assignees"),
            "/issues/1/assignees".to_owned(),
            json!({ "assignees": ["ben"] }),
        ),
        ("get", format!("{repo}/labels"), "/labels".to_owned(), json!(null)),
        ("post", format!("{repo}/labels"), "/labels".to_owned(), json!({ "name": "new" })),
        ("post", format!("{repo}/labels"), "/labels".to_owned(), json!({ "name": "new" })),
        ("get", format!("{repo}/assignees"), "/assignees".to_owned(), json!(null)),
        ("get", format!("{repo}/milestones"), "/milestones".to_owned(), json!(null)),
        ("get", format!("{repo}/pulls"), "/pulls".to_owned(), json!(null)),
        ("get", format!("{repo}/pulls/{{pull_number}}"), "/pulls/1".to_owned(), json!(null)),
        ("get", format!("{repo}/pulls/{{pull_number}}/files"), "/pulls/1/files".to_owned(), json!(null)),
        (
            "post",
            format!("{repo}/pulls/{{pull_number}}/reviews"),
            "/pulls/1/reviews".to_owned(),
            json!({ "event": "COMMENT", "body": "hm" }),
        ),
        ("get", format!("{repo}/pulls/{{pull_number}}/reviews"), "/pulls/1/reviews".to_owned(), json!(null)),
        ("get", format!("{repo}/actions/runs"), "/actions/runs".to_owned(), json!(null)),
        ("get", format!("{repo}/actions/runs/{{run_id}}"), format!("/actions/runs/{run}"), json!(null)),
        ("post", format!("{repo}/actions/runs/{{run_id}}/rerun"), format!("/actions/runs/{run}/rerun"), json!({})),
        ("put", format!("{repo}/pulls/{{pull_number}}/merge"), "/pulls/1/merge".to_owned(), json!({})),
        ("get", format!("{repo}/pulls/{{pull_number}}"), "/pulls/1".to_owned(), json!(null)),
        ("get", format!("{repo}/branches"), "/branches".to_owned(), json!(null)),
        ("get", format!("{repo}/commits"), "/commits".to_owned(), json!(null)),
        ("get", format!("{repo}/releases"), "/releases".to_owned(), json!(null)),
        ("get", format!("{repo}/hooks"), "/hooks".to_owned(), json!(null)),
        ("post", format!("{repo}/hooks"), "/hooks".to_owned(), json!({ "config": { "url": "http://127.0.0.1:9/b" } })),
        ("get", format!("{repo}/hooks/{{hook_id}}/deliveries"), format!("/hooks/{hook}/deliveries"), json!(null)),
        (
            "get",
            format!("{repo}/hooks/{{hook_id}}/deliveries/{{delivery_id}}"),
            format!("/hooks/{hook}/deliveries/{delivery}"),
            json!(null),
        ),
        ("get", format!("{repo}/issues/{{issue_number}}"), "/issues/99".to_owned(), json!(null)),
    ];
    let mut found = Vec::new();
    for (method, template, path, body) in calls {
        let path = if template.starts_with(repo) { format!("/repos/acme/api{path}") } else { path };
        let request = stage.ask(method.to_uppercase().parse().unwrap(), &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let (status, answer) = read(request.send().await.unwrap()).await;
        found.extend(wrong(&slice, method, &template, status, &answer));
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Calls as method, template, path and body; what they answer is held against the description.
async fn held(stage: &Stage, calls: &[(&str, &str, String, Value)]) -> Vec<String> {
    let slice = slice();
    let mut found = Vec::new();
    for (method, template, path, body) in calls {
        let request = stage.ask(method.to_uppercase().parse().unwrap(), path);
        let request = if body.is_null() { request } else { request.json(body) };
        let (status, answer) = read(request.send().await.unwrap()).await;
        if status >= 400 {
            found.push(format!("{method} {path}: {status} {answer}"));
        }
        found.extend(wrong(&slice, method, template, status, &answer));
    }
    found
}

/// The template of a call below a repository, and its path in `acme/api`.
fn call(method: &'static str, template: &str, path: &str, body: Value) -> (&'static str, String, String, Value) {
    (method, format!("/repos/{{owner}}/{{repo}}{template}"), format!("/repos/acme/api{path}"), body)
}

async fn all_hold(stage: &Stage, calls: Vec<(&'static str, String, String, Value)>) {
    let calls: Vec<_> = calls
        .iter()
        .map(|(method, template, path, body)| (*method, template.as_str(), path.clone(), body.clone()))
        .collect();
    assert_eq!(held(stage, &calls).await, Vec::<String>::new());
    assert_eq!(stage.fake.unknown_routes(), Vec::<String>::new());
}

#[tokio::test]
async fn code_and_reviews_fit_githubs_description() {
    let rules = Protection::new().reviews(1).check("ci");
    let stage = Stage::with(|setup| {
        setup.hooks = vec![deaf()];
        setup.repos[0] = setup.repos[0].clone().protected("stable", rules);
    })
    .await;
    let fake = &stage.fake;
    let sha = fake.branches("acme/api")["main"].clone();
    fake.push("ben", "acme/api", "x", &["One"]).unwrap();
    fake.push("ben", "acme/api", "stable", &["Two"]).unwrap();
    let check = fake.start_check("acme/api", "ci", "x").unwrap();
    fake.run_workflow("acme/api", "CI", "x", Conclusion::Success).unwrap();
    let hook = stage.get("/repos/acme/api/hooks").await[0]["id"].clone();
    let remark = json!({ "path": "src/x.rs", "line": 1, "body": "Why?" });
    let review = json!({ "event": "COMMENT", "body": "hm", "comments": [remark] });
    let nothing = || json!(null);
    let calls = vec![
        ("post", "/user/repos".to_owned(), "/user/repos".to_owned(), json!({ "name": "mine" })),
        ("post", "/orgs/{org}/repos".to_owned(), "/orgs/acme/repos".to_owned(), json!({ "name": "ours" })),
        call("post", "/git/refs", "/git/refs", json!({ "ref": "refs/heads/y", "sha": sha })),
        call("get", "/git/ref/{ref}", "/git/ref/heads/y", nothing()),
        call("get", "/git/matching-refs/{ref}", "/git/matching-refs/heads/", nothing()),
        call("patch", "/git/refs/{ref}", "/git/refs/heads/y", json!({ "sha": sha })),
        call("delete", "/git/refs/{ref}", "/git/refs/heads/y", nothing()),
        call("get", "/branches/{branch}", "/branches/stable", nothing()),
        call("get", "/branches/{branch}/protection", "/branches/stable/protection", nothing()),
        call("get", "/commits/{ref}", "/commits/x", nothing()),
        call("get", "/contents/{path}", "/contents/README.md", nothing()),
        call("get", "/commits/{ref}/check-runs", "/commits/x/check-runs", nothing()),
        call("get", "/commits/{ref}/check-suites", "/commits/x/check-suites", nothing()),
        call("get", "/check-runs/{check_run_id}", &format!("/check-runs/{check}"), nothing()),
        call("post", "/statuses/{sha}", &format!("/statuses/{sha}"), json!({ "state": "pending" })),
        call("get", "/commits/{ref}/status", "/commits/main/status", nothing()),
        call("get", "/commits/{ref}/statuses", "/commits/main/statuses", nothing()),
        call("get", "/collaborators", "/collaborators", nothing()),
        call("get", "/collaborators/{username}/permission", "/collaborators/ben/permission", nothing()),
        call("post", "/pulls", "/pulls", json!({ "title": "Add x", "head": "x", "base": "main" })),
        call("get", "/pulls/{pull_number}/commits", "/pulls/1/commits", nothing()),
        call("post", "/pulls/{pull_number}/reviews", "/pulls/1/reviews", review),
        call("get", "/pulls/{pull_number}/comments", "/pulls/1/comments", nothing()),
        call(
            "post",
            "/pulls/{pull_number}/requested_reviewers",
            "/pulls/1/requested_reviewers",
            json!({ "reviewers": ["kim"] }),
        ),
        call("get", "/pulls/{pull_number}/requested_reviewers", "/pulls/1/requested_reviewers", nothing()),
        call(
            "delete",
            "/pulls/{pull_number}/requested_reviewers",
            "/pulls/1/requested_reviewers",
            json!({ "reviewers": ["kim"] }),
        ),
        call("put", "/issues/{issue_number}/lock", "/issues/1/lock", json!({ "lock_reason": "resolved" })),
        call("delete", "/issues/{issue_number}/lock", "/issues/1/lock", nothing()),
        call("post", "/releases", "/releases", json!({ "tag_name": "v1" })),
        call("get", "/releases/latest", "/releases/latest", nothing()),
        call("get", "/releases/tags/{tag}", "/releases/tags/v1", nothing()),
        call("get", "/hooks/{hook_id}", &format!("/hooks/{hook}"), nothing()),
        call("post", "/hooks/{hook_id}/tests", &format!("/hooks/{hook}/tests"), nothing()),
        call("post", "/hooks/{hook_id}/pings", &format!("/hooks/{hook}/pings"), nothing()),
    ];
    all_hold(&stage, calls).await;
    let remark = stage.fake.review_comments("acme/api", 1)[0].clone();
    let reviews = format!("/pulls/1/reviews/{}", remark["pull_request_review_id"]);
    let sha = remark["commit_id"].clone();
    let calls = vec![
        call("get", "/pulls/comments/{comment_id}", &format!("/pulls/comments/{}", remark["id"]), nothing()),
        call(
            "post",
            "/pulls/{pull_number}/comments/{comment_id}/replies",
            &format!("/pulls/1/comments/{}/replies", remark["id"]),
            json!({ "body": "So" }),
        ),
        call(
            "post",
            "/pulls/{pull_number}/comments",
            "/pulls/1/comments",
            json!({ "path": "src/x.rs", "line": 1, "body": "And?", "commit_id": sha }),
        ),
        call("get", "/pulls/{pull_number}/reviews/{review_id}", &reviews, nothing()),
        call("get", "/pulls/{pull_number}/reviews/{review_id}/comments", &format!("{reviews}/comments"), nothing()),
    ];
    all_hold(&stage, calls).await;
}

#[tokio::test]
async fn delivery_and_alerts_fit_githubs_description() {
    let stage = Stage::with(|setup| *setup = GithubSetup::with_delivery(Arc::clone(&setup.now))).await;
    let fake = &stage.fake;
    let nothing = || json!(null);
    let inputs = json!({ "version": "v1", "environment": "production" });
    let body = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
    let started =
        stage.send(Method::POST, "/repos/acme/api/actions/workflows/deploy.yml/dispatches", body.clone()).await.1;
    let run = format!("/actions/runs/{}", started["workflow_run_id"]);
    let pending = stage.get(&format!("/repos/acme/api{run}/pending_deployments")).await;
    let decision =
        json!({ "environment_ids": [pending[0]["environment"]["id"]], "state": "approved", "comment": "go" });
    let job = stage.get(&format!("/repos/acme/api{run}/jobs")).await["jobs"][0]["id"].clone();
    fake.find_dependency("acme/api", "ajv", "high").unwrap();
    fake.find_code("acme/api", "js/xss", "Shown as it is", "high", "src/a.js", 7).unwrap();
    fake.find_secret("acme/api", "slack_api_token", "Slack API Token", "hidden").unwrap();
    let calls = vec![
        call("post", "/actions/workflows/{workflow_id}/dispatches", "/actions/workflows/deploy.yml/dispatches", body),
        call("get", "/actions/workflows", "/actions/workflows", nothing()),
        call("get", "/actions/workflows/{workflow_id}", "/actions/workflows/ci.yml", nothing()),
        call("get", "/actions/workflows/{workflow_id}/runs", "/actions/workflows/deploy.yml/runs", nothing()),
        call("get", "/actions/runs/{run_id}", &run, nothing()),
        call("get", "/actions/runs/{run_id}/jobs", &format!("{run}/jobs"), nothing()),
        call("get", "/actions/jobs/{job_id}", &format!("/actions/jobs/{job}"), nothing()),
        call("get", "/actions/runs/{run_id}/pending_deployments", &format!("{run}/pending_deployments"), nothing()),
        call("post", "/actions/runs/{run_id}/pending_deployments", &format!("{run}/pending_deployments"), decision),
        call("get", "/actions/runs/{run_id}/approvals", &format!("{run}/approvals"), nothing()),
        call("post", "/actions/runs/{run_id}/cancel", &format!("{run}/cancel"), nothing()),
        call("post", "/deployments", "/deployments", json!({ "ref": "main", "environment": "staging" })),
        call("get", "/deployments", "/deployments", nothing()),
        call("get", "/environments", "/environments", nothing()),
        call("get", "/environments/{environment_name}", "/environments/production", nothing()),
        call("get", "/dependabot/alerts", "/dependabot/alerts", nothing()),
        call("get", "/dependabot/alerts/{alert_number}", "/dependabot/alerts/1", nothing()),
        call("get", "/code-scanning/alerts", "/code-scanning/alerts", nothing()),
        call("get", "/code-scanning/alerts/{alert_number}", "/code-scanning/alerts/1", nothing()),
        call("get", "/secret-scanning/alerts", "/secret-scanning/alerts", nothing()),
        call("get", "/secret-scanning/alerts/{alert_number}", "/secret-scanning/alerts/1", nothing()),
    ];
    all_hold(&stage, calls).await;
    let id = stage.get("/repos/acme/api/deployments?environment=staging").await[0]["id"].clone();
    let one = format!("/deployments/{id}");
    let calls = vec![
        call("get", "/deployments/{deployment_id}", &one, nothing()),
        call("post", "/deployments/{deployment_id}/statuses", &format!("{one}/statuses"), json!({ "state": "queued" })),
        call("get", "/deployments/{deployment_id}/statuses", &format!("{one}/statuses"), nothing()),
    ];
    all_hold(&stage, calls).await;
}
