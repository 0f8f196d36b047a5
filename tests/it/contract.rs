//! Holds the requests that our client made against GitHub's own description of its API.
//!
//! The description is a slice of GitHub's OpenAPI document (`tests/data/github/openapi-slice.json`, see
//! `tests/data/ORIGINS.md`) with the operations that the connector uses. Stricter than GitHub in one thing: a body field or
//! a query parameter that the description does not know is a violation, because GitHub ignores a misspelt one in silence.

use std::sync::LazyLock;

use quarterdeck::sandbox::github::Recorded;
use serde_json::{Map, Value, json};

#[expect(clippy::expect_used, reason = "a test without its data has nothing to say")]
static SLICE: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/github/openapi-slice.json");
    let text = std::fs::read_to_string(path).expect("the slice is part of the project");
    serde_json::from_str(&text).expect("the slice is JSON")
});

/// Everything in these requests that does not fit GitHub's description; one sentence each.
///
/// Requests that a fault kept from being answered count like all others. Requests refused by the fake for what they say
/// (400, 422) are violations too: the client should have known.
pub(crate) fn violations(requests: &[Recorded]) -> Vec<String> {
    requests.iter().flat_map(violations_of).collect()
}

fn violations_of(request: &Recorded) -> Vec<String> {
    let name = format!("{} {}", request.method, request.path);
    let mut found = headers(request);
    match operation(&request.method, &request.path) {
        None => found.push("is no operation of the slice in tests/data/github/openapi-slice.json".to_owned()),
        Some(operation) => {
            found.extend(query(operation, request));
            found.extend(body(operation, request));
        }
    }
    if let Some(status @ (400 | 422)) = request.status {
        found.push(format!("was answered {status}"));
    }
    found.into_iter().map(|what| format!("{name}: {what}")).collect()
}

fn headers(request: &Recorded) -> Vec<String> {
    let get = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let mut found = Vec::new();
    if get("user-agent").is_none_or(str::is_empty) {
        found.push("has no User-Agent".to_owned());
    }
    if get("accept").is_none_or(|accept| !accept.contains("application/vnd.github")) {
        found.push("does not accept application/vnd.github+json".to_owned());
    }
    if get("x-github-api-version").is_none() {
        found.push("names no X-GitHub-Api-Version".to_owned());
    }
    let json = get("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !request.body.is_null() && !json {
        found.push("has a body that is not sent as application/json".to_owned());
    }
    found
}

/// The operation of a path; a template with more literal segments wins, so `/issues/comments` is no issue.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = SLICE["paths"].as_object()?;
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.trim_matches('/').split('/').collect();
        let same = |(wanted, part): (&&str, &&str)| wanted.starts_with('{') || wanted == part;
        (wanted.len() == parts.len() && wanted.iter().zip(&parts).all(same))
            .then(|| wanted.iter().filter(|part| !part.starts_with('{')).count())
    };
    let known = paths.iter().filter_map(|(template, operations)| Some((fits(template)?, operations)));
    known.max_by_key(|(literal, _)| *literal)?.1.get(method.to_lowercase())
}

fn query(operation: &Value, request: &Recorded) -> Vec<String> {
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known =
        |name: &str| parameters.iter().find(|parameter| parameter["in"] == "query" && parameter["name"] == name);
    let mut found = Vec::new();
    for (name, value) in &request.query {
        match known(name) {
            None => found.push(format!("has the unknown query parameter {name}")),
            Some(parameter) => {
                let value = typed(value, &parameter["schema"]);
                found.extend(
                    wrong(&parameter["schema"], &value)
                        .into_iter()
                        .map(|what| format!("query parameter {name}: {what}")),
                );
            }
        }
    }
    let required = parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    for name in required.filter_map(|parameter| parameter["name"].as_str()) {
        if request.query.iter().all(|(key, _)| key != name) {
            found.push(format!("lacks the query parameter {name}"));
        }
    }
    found
}

/// The text of a parameter as what its schema says it is.
fn typed(text: &str, schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        Some("boolean") => text.parse::<bool>().map_or_else(|_| json!(text), |flag| json!(flag)),
        _ => json!(text),
    }
}

fn body(operation: &Value, request: &Recorded) -> Vec<String> {
    let described = &operation["requestBody"];
    let schema = &described["content"]["application/json"]["schema"];
    if request.body.is_null() {
        return if described["required"] == true { vec!["lacks its body".to_owned()] } else { Vec::new() };
    }
    if schema.is_null() {
        return vec!["has a body although it takes none".to_owned()];
    }
    let mut found: Vec<String> = wrong(schema, &request.body).into_iter().map(|what| format!("body: {what}")).collect();
    let fields = fields(schema);
    for name in request.body.as_object().into_iter().flat_map(Map::keys) {
        if !fields.is_empty() && !fields.contains(&name.as_str()) {
            found.push(format!("body: the field {name} is unknown"));
        }
    }
    found
}

/// The names of all fields that any form of a body may have.
fn fields(schema: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        schema["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
    for form in ["oneOf", "anyOf", "allOf"].iter().filter_map(|key| schema[key].as_array()).flatten() {
        names.extend(fields(form));
    }
    names
}

fn wrong(schema: &Value, value: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    schema["components"] = SLICE["components"].clone();
    match jsonschema::draft202012::options().build(&schema) {
        Err(error) => vec![format!("the slice cannot be used: {error}")],
        Ok(validator) => {
            validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use quarterdeck::sandbox::github::{GithubFake, GithubSetup};
    use reqwest::Method;

    use super::*;

    #[tokio::test]
    async fn good_requests_pass_and_each_mistake_is_named() {
        let fake = GithubFake::start(GithubSetup::sample(Arc::new(jiff::Timestamp::now))).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().user_agent("test").build().unwrap();
        let send = async |method: Method, path: &str, body: Value| {
            let request =
                client.request(method, format!("{}{path}", fake.base())).bearer_auth(GithubSetup::SAMPLE_TOKEN);
            let request =
                request.header("accept", "application/vnd.github+json").header("x-github-api-version", "2022-11-28");
            let request = if body.is_null() { request } else { request.json(&body) };
            request.send().await.unwrap()
        };
        send(Method::POST, "/repos/acme/api/issues", json!({ "title": "x", "labels": ["bug"] })).await;
        send(Method::GET, "/repos/acme/api/issues?state=all&per_page=5&sort=updated", Value::Null).await;
        send(Method::POST, "/repos/acme/api/issues/1/labels", json!({ "labels": ["bug"] })).await;
        assert_eq!(violations(&fake.requests()), Vec::<String>::new());
        let good = fake.requests().len();
        send(Method::GET, "/repos/acme/api/issues?stat=all&sort=sideways", Value::Null).await;
        send(Method::PATCH, "/repos/acme/api/issues/1", json!({ "state": "done", "titel": "y" })).await;
        send(Method::GET, "/repos/acme/api/stargazers", Value::Null).await;
        let found = violations(&fake.requests()[good..]);
        let has = |part: &str| assert!(found.iter().any(|line| line.contains(part)), "{part} in {found:#?}");
        has("unknown query parameter stat");
        has("query parameter sort:");
        has("the field titel is unknown");
        has("body: \"done\" is not one of");
        has("PATCH /repos/acme/api/issues/1: was answered 422");
        has("stargazers: is no operation");
    }
}
