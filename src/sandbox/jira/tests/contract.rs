//! Answers against Atlassian's own OpenAPI description (a slice of it, converted to 3.1; see `tests/data/ORIGINS.md`).

use super::*;

fn slice() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jira/openapi-slice.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with an answer of an operation.
fn wrong(slice: &Value, method: &str, template: &str, status: u16, body: &Value) -> Vec<String> {
    let responses = &slice["paths"][template][method]["responses"];
    let Some(response) = responses.get(status.to_string()) else {
        return vec![format!("{method} {template}: no status {status}: {body}")];
    };
    let Some(schema) = response["content"]["application/json"].get("schema") else { return Vec::new() };
    let mut schema = schema.clone();
    schema["components"] = slice["components"].clone();
    let validator = jsonschema::draft202012::options().build(&schema).unwrap();
    let tell = |error: jsonschema::ValidationError<'_>| {
        format!("{method} {template} {status}: {error} at {}", error.instance_path())
    };
    validator.iter_errors(body).map(tell).collect()
}

#[tokio::test]
async fn every_answer_fits_atlassians_description() {
    let stage = Stage::new().await;
    let slice = slice();
    stage.fake.comment("ben", "ACME-1", "hm").unwrap();
    stage.fake.edit_issue("ben", "ACME-1", "labels", "a").unwrap();
    stage.fake.log_work("ben", "ACME-1", 90, "hm").unwrap();
    let link = stage.fake.link("Blocks", "ACME-1", "ACME-2").unwrap();
    let file = stage.fake.attach("ben", "ACME-1", "a.txt", "text/plain", b"x").unwrap();
    stage.put("/rest/api/3/issue/ACME-1/properties/p", json!(1)).await;
    let comment = stage.fake.comment("ana", "ACME-1", "so").unwrap();
    let user = format!("user?accountId={}", JiraSetup::BEN);
    let new = json!({ "fields": { "project": { "key": "ACME" }, "issuetype": { "name": "Task" }, "summary": "x" } });
    let query = json!({ "jql": "project = ACME", "fields": ["*all"], "maxResults": 2 });
    let remote = json!({ "object": { "url": "https://x", "title": "x" }, "globalId": "g" });
    let calls = [
        ("get", "myself", "myself", json!(null)),
        ("get", "user", user.as_str(), json!(null)),
        ("get", "user/search", "user/search?query=ana", json!(null)),
        ("get", "user/assignable/search", "user/assignable/search?project=ACME", json!(null)),
        ("get", "serverInfo", "serverInfo", json!(null)),
        ("get", "mypermissions", "mypermissions?permissions=BROWSE_PROJECTS", json!(null)),
        ("get", "project/search", "project/search", json!(null)),
        ("get", "project/{projectIdOrKey}", "project/ACME", json!(null)),
        ("get", "project/{projectIdOrKey}/versions", "project/ACME/versions", json!(null)),
        ("get", "project/{projectIdOrKey}/statuses", "project/ACME/statuses", json!(null)),
        ("get", "issue/createmeta/{projectIdOrKey}/issuetypes", "issue/createmeta/ACME/issuetypes", json!(null)),
        (
            "get",
            "issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
            "issue/createmeta/ACME/issuetypes/10003",
            json!(null),
        ),
        ("get", "field", "field", json!(null)),
        ("get", "priority", "priority", json!(null)),
        ("get", "status", "status", json!(null)),
        ("get", "resolution", "resolution", json!(null)),
        ("get", "issuetype", "issuetype", json!(null)),
        ("get", "label", "label", json!(null)),
        ("post", "issue", "issue", new),
        (
            "get",
            "issue/{issueIdOrKey}",
            "issue/ACME-1?expand=names,schema,renderedFields,transitions,transitions.fields,changelog,editmeta&properties=*all",
            json!(null),
        ),
        ("get", "issue/{issueIdOrKey}/editmeta", "issue/ACME-2/editmeta", json!(null)),
        ("get", "issue/{issueIdOrKey}/changelog", "issue/ACME-1/changelog", json!(null)),
        ("get", "issue/{issueIdOrKey}/comment", "issue/ACME-1/comment?expand=properties,renderedBody", json!(null)),
        ("post", "issue/{issueIdOrKey}/comment", "issue/ACME-1/comment", json!({ "body": doc("x") })),
        (
            "put",
            "issue/{issueIdOrKey}/comment/{id}",
            &format!("issue/ACME-1/comment/{comment}"),
            json!({ "body": doc("y") }),
        ),
        ("get", "issue/{issueIdOrKey}/transitions", "issue/ACME-1/transitions?expand=transitions.fields", json!(null)),
        ("get", "attachment/{id}", &format!("attachment/{file}"), json!(null)),
        ("get", "issueLink/{linkId}", &format!("issueLink/{link}"), json!(null)),
        ("get", "issueLinkType", "issueLinkType", json!(null)),
        ("get", "issue/{issueIdOrKey}/watchers", "issue/ACME-1/watchers", json!(null)),
        ("get", "issue/{issueIdOrKey}/properties", "issue/ACME-1/properties", json!(null)),
        ("get", "issue/{issueIdOrKey}/properties/{propertyKey}", "issue/ACME-1/properties/p", json!(null)),
        ("post", "issue/{issueIdOrKey}/remotelink", "issue/ACME-1/remotelink", remote),
        ("get", "issue/{issueIdOrKey}/remotelink", "issue/ACME-1/remotelink?globalId=g", json!(null)),
        ("post", "issue/{issueIdOrKey}/worklog", "issue/ACME-1/worklog", json!({ "timeSpent": "1h" })),
        ("get", "issue/{issueIdOrKey}/worklog", "issue/ACME-1/worklog", json!(null)),
        ("post", "search/jql", "search/jql", query),
        ("get", "search/jql", "search/jql?jql=project%3DACME", json!(null)),
    ];
    let mut found = Vec::new();
    for (method, template, path, body) in calls {
        let verb: Method = method.to_uppercase().parse().unwrap();
        let request = stage.ask(verb, &format!("/rest/api/3/{path}"));
        let request = if body.is_null() { request } else { request.json(&body) };
        let (status, answer) = read(request.send().await.unwrap()).await;
        found.extend(wrong(&slice, method, &format!("/rest/api/3/{template}"), status, &answer));
    }
    assert_eq!(found, Vec::<String>::new());
    // The judge is awake: what has too much is not let through.
    assert_ne!(wrong(&slice, "get", "/rest/api/3/myself", 200, &json!({ "nonsense": 1 })), Vec::<String>::new());
    assert_eq!(stage.fake.violations(), Vec::new());
}
