//! Answers against GitHub's own OpenAPI description (a slice of it, converted to 3.1; see `tests/data/ORIGINS.md`).

use serde_json::json;

use super::*;

fn slice() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/github/openapi-slice.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with an answer of an operation.
fn wrong(slice: &Value, method: &str, template: &str, status: u16, body: &Value) -> Vec<String> {
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
