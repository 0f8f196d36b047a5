//! The search: with a token for the next page (Cloud), or with `startAt` and `total` (Data Center).
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Ask;
use crate::sandbox::jira::data::Issue;
use crate::sandbox::jira::jql;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;

const UNBOUNDED: &str = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
const GONE: &str = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";

/// What is searched, from a body or a query.
struct Wanted {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    properties: Vec<String>,
    reconcile: Vec<u64>,
    token: Option<String>,
    start: usize,
    size: Option<usize>,
}

fn wanted(ask: &Ask<'_>, known: &[&str]) -> Result<Wanted, Reply> {
    if ask.body.is_empty() {
        let reconcile = ask.query.list("reconcileIssues").iter().filter_map(|id| id.parse().ok()).collect();
        return Ok(Wanted {
            jql: ask.query.get("jql").unwrap_or_default().to_owned(),
            fields: ask.query.list("fields"),
            expand: ask.query.list("expand"),
            properties: ask.query.list("properties"),
            reconcile,
            token: ask.query.get("nextPageToken").map(str::to_owned),
            start: ask.query.number("startAt").unwrap_or(0),
            size: ask.query.number("maxResults"),
        });
    }
    let body = ask.object(known)?;
    let words = |name: &str| -> Vec<String> {
        match &body[name] {
            Value::String(text) => {
                text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
            }
            list => list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    };
    let number = |name: &str| body[name].as_u64().and_then(|number| usize::try_from(number).ok());
    Ok(Wanted {
        jql: body["jql"].as_str().unwrap_or_default().to_owned(),
        fields: words("fields"),
        expand: words("expand"),
        properties: words("properties"),
        reconcile: body["reconcileIssues"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect(),
        token: body["nextPageToken"].as_str().map(str::to_owned),
        start: number("startAt").unwrap_or(0),
        size: number("maxResults"),
    })
}

fn found(state: &State, ask: &Ask<'_>, wanted: &Wanted) -> Result<(Vec<u64>, bool), Reply> {
    let found = jql::search(state, &wanted.jql, ask.actor())
        .map_err(|wrong| Reply::json(400, json!({ "errorMessages": wrong, "errors": {} })))?;
    let indexed = |id: &u64| {
        let issue = state.world.issues.get(id);
        wanted.reconcile.contains(id) || issue.is_some_and(|issue| issue.unindexed_until <= state.now)
    };
    Ok((found.issues.into_iter().filter(indexed).collect(), found.bounded))
}

fn shown(state: &State, ask: &Ask<'_>, issue: &Issue, wanted: &Wanted) -> Value {
    let sight = ask.sight(state);
    let mut value = sight.issue(issue, &wanted.fields);
    sight.expand(issue, &wanted.fields, &wanted.expand, &mut value);
    if let Some(value) = value.as_object_mut() {
        value.remove("names");
        value.remove("schema");
    }
    if !wanted.properties.is_empty() {
        let mine = issue.properties.iter().filter(|(key, _)| wanted.properties.contains(key));
        value["properties"] = mine.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into();
    }
    value
}

/// A token that fits only the query that it was given for.
fn token(start: usize, jql: &str) -> String {
    let mark = hex::encode(&Sha256::digest(jql.as_bytes())[..6]);
    URL_SAFE_NO_PAD.encode(format!("{start}:{mark}"))
}

fn start(token: &str, jql: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let start = text.split_once(':')?.0.parse().ok()?;
    (self::token(start, jql) == token).then_some(start)
}

pub(super) fn enhanced(state: &mut State, ask: &Ask<'_>) -> Answer {
    const KNOWN: [&str; 8] =
        ["jql", "fields", "maxResults", "nextPageToken", "expand", "properties", "fieldsByKeys", "reconcileIssues"];
    let mut wanted = wanted(ask, &KNOWN)?;
    let (ids, bounded) = found(state, ask, &wanted)?;
    if !bounded {
        return Err(Reply::error(400, UNBOUNDED));
    }
    let start = match &wanted.token {
        None => 0,
        Some(token) => {
            start(token, &wanted.jql).ok_or_else(|| Reply::error(400, "Invalid nextPageToken parameter."))?
        }
    };
    // Without fields an issue is its id, and a page may be long.
    let bare = wanted.fields.is_empty() || wanted.fields == ["id"];
    let size = wanted.size.unwrap_or(50).min(if bare { 5000 } else { 100 });
    let page: Vec<&Issue> = ids.iter().skip(start).take(size).filter_map(|id| state.world.issues.get(id)).collect();
    let next = start + page.len();
    if wanted.fields == ["id"] {
        wanted.fields.clear();
    }
    let issues: Vec<Value> = page
        .iter()
        .map(|issue| if bare { json!({ "id": issue.id.to_string() }) } else { shown(state, ask, issue, &wanted) })
        .collect();
    let mut answer = json!({ "issues": issues, "isLast": next >= ids.len() });
    if next < ids.len() {
        answer["nextPageToken"] = json!(token(next, &wanted.jql));
    }
    if wanted.expand.iter().any(|name| name == "names") {
        let names: Map<String, Value> =
            state.world.fields.iter().map(|field| (field.id.clone(), json!(field.name))).collect();
        answer["names"] = Value::Object(names);
    }
    Ok(Reply::ok(answer))
}

pub(super) fn classic(state: &mut State, ask: &Ask<'_>) -> Answer {
    if state.setup.edition == Edition::Cloud {
        return Err(Reply::error(410, GONE));
    }
    let mut wanted = wanted(ask, &["jql", "startAt", "maxResults", "fields", "expand", "validateQuery", "properties"])?;
    if wanted.fields.is_empty() {
        wanted.fields = vec!["*navigable".to_owned()];
    }
    let (ids, _) = found(state, ask, &wanted)?;
    let size = wanted.size.unwrap_or(50).min(1000);
    let issues = ids.iter().skip(wanted.start).take(size).filter_map(|id| state.world.issues.get(id));
    let issues: Vec<Value> = issues.map(|issue| shown(state, ask, issue, &wanted)).collect();
    Ok(Reply::ok(json!({
        "expand": "schema,names",
        "startAt": wanted.start,
        "maxResults": size,
        "total": ids.len(),
        "issues": issues,
    })))
}
