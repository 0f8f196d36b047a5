//! The two things that only GraphQL can do: taking a pull request out of its draft state and putting it back.
//! <https://docs.github.com/en/graphql/reference/mutations#markpullrequestreadyforreview>

use serde_json::{Map, Value, json};

use super::Ask;
use crate::sandbox::github::gql::{self, Call, Field};
use crate::sandbox::github::json::of_node;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::{Access, Level, Role};
use crate::sandbox::github::state::State;

/// A GraphQL error.
fn failed(kind: &str, path: &str, message: &str) -> Reply {
    let error = json!({ "type": kind, "path": [path], "locations": [{ "line": 1, "column": 1 }], "message": message });
    Reply::ok(json!({ "data": { path: null }, "errors": [error] }))
}

/// What cannot even be run.
fn unusable(message: &str) -> Reply {
    Reply::ok(json!({ "errors": [{ "message": message, "locations": [{ "line": 1, "column": 1 }] }] }))
}

pub(super) fn answer(state: &mut State, ask: &Ask<'_>) -> Answer {
    let Some(token) = ask.token else {
        return Err(ask.problem(401, "This endpoint requires you to be authenticated."));
    };
    let body: Value = serde_json::from_slice(ask.body).map_err(|_| ask.problem(400, "Problems parsing JSON"))?;
    let query =
        body["query"].as_str().ok_or_else(|| unusable("A query attribute must be specified and must be a string."))?;
    let call = gql::read(query).ok_or_else(|| unusable("Parse error on the query (error)"))?;
    let (name, draft) = match call.name.as_str() {
        "markPullRequestReadyForReview" => ("markPullRequestReadyForReview", false),
        "convertPullRequestToDraft" => ("convertPullRequestToDraft", true),
        other => return Err(unusable(&format!("Field '{other}' doesn't exist on type 'Mutation'"))),
    };
    let given = call
        .input(&body["variables"])
        .ok_or_else(|| unusable(&format!("Field '{name}' is missing required arguments: input")))?;
    let id = given["pullRequestId"]
        .as_str()
        .ok_or_else(|| unusable("Argument 'pullRequestId' on InputObject is required. Expected type ID!"))?;
    let gone = || failed("NOT_FOUND", name, &format!("Could not resolve to a node with the global id of '{id}'."));
    let (repo, number) = of_node("PR", id).and_then(|id| found(state, id)).ok_or_else(gone)?;
    let role = match &token.access {
        Access::Installation(_) if !ask.reaches(state, repo) => None,
        Access::Installation(levels) | Access::FineGrained(levels) => {
            let enough = levels.get("pull_requests").is_some_and(|level| *level >= Level::Write);
            let what =
                if matches!(token.access, Access::Installation(_)) { "integration" } else { "personal access token" };
            if !enough {
                return Err(failed("FORBIDDEN", name, &format!("Resource not accessible by {what}")));
            }
            let own = matches!(token.access, Access::Installation(_)).then_some(Role::Write);
            own.or_else(|| state.world.role(repo, Some(&token.login)))
        }
        Access::Classic(scopes) => {
            let private = state.world.repos[repo].private;
            let has = |scope: &str| scopes.iter().any(|known| known == scope);
            (has("repo") || (!private && has("public_repo")))
                .then(|| state.world.role(repo, Some(&token.login)))
                .flatten()
        }
    };
    let own = state.world.repos[repo].issues.get(&number).is_some_and(|issue| issue.author == token.login);
    match role {
        None => return Err(gone()),
        Some(role) if role < Role::Write && !own => {
            let title: String =
                name.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(name.chars().skip(1)).collect();
            let why = format!("{} does not have the correct permissions to execute `{title}`", token.login);
            return Err(failed("FORBIDDEN", name, &why));
        }
        Some(_) => {}
    }
    check(&call)?;
    if !state.world.repos[repo].issues.get(&number).is_some_and(|issue| issue.open) {
        return Err(failed("UNPROCESSABLE", name, "Pull request is closed"));
    }
    state.set_draft(repo, number, ask.actor(), draft);
    Ok(Reply::ok(json!({ "data": { name: shown(state, ask, repo, number, &call, &given) } })))
}

fn found(state: &State, id: u64) -> Option<(usize, u64)> {
    state.world.repos.iter().enumerate().find_map(|(at, repo)| {
        let is = |issue: &&crate::sandbox::github::data::Issue| issue.pull.as_ref().is_some_and(|pull| pull.id == id);
        repo.issues.values().find(is).map(|issue| (at, issue.number))
    })
}

const FIELDS: [&str; 9] = ["id", "number", "title", "url", "isDraft", "state", "merged", "headRefOid", "updatedAt"];

/// Fields that do not exist are refused before anything is done.
fn check(call: &Call) -> Result<(), Reply> {
    let missing = |field: &str, kind: &str| Err(unusable(&format!("Field '{field}' doesn't exist on type '{kind}'")));
    for field in &call.fields {
        match field.name.as_str() {
            "clientMutationId" => {}
            "pullRequest" => {
                if let Some(bad) = field.fields.iter().find(|inner| !FIELDS.contains(&inner.name.as_str())) {
                    return missing(&bad.name, "PullRequest");
                }
            }
            other => return missing(other, "MarkPullRequestReadyForReviewPayload"),
        }
    }
    if call.fields.is_empty() {
        return Err(unusable("Field must have selections"));
    }
    Ok(())
}

/// Only what was asked for.
fn shown(state: &State, ask: &Ask<'_>, repo: usize, number: u64, call: &Call, given: &Value) -> Value {
    let Some(issue) = state.world.repos[repo].issues.get(&number) else { return Value::Null };
    let full = ask.sight(state).full_pull(repo, issue);
    let state_word = match (issue.open, full["merged"] == true) {
        (_, true) => "MERGED",
        (true, false) => "OPEN",
        (false, false) => "CLOSED",
    };
    let value = |field: &Field| match field.name.as_str() {
        "id" => full["node_id"].clone(),
        "url" => full["html_url"].clone(),
        "isDraft" => full["draft"].clone(),
        "state" => json!(state_word),
        "headRefOid" => full["head"]["sha"].clone(),
        "updatedAt" => full["updated_at"].clone(),
        name => full[name].clone(),
    };
    let mut out = Map::new();
    for field in &call.fields {
        let inner = match field.name.as_str() {
            "pullRequest" => {
                Value::Object(field.fields.iter().map(|inner| (inner.shown().to_owned(), value(inner))).collect())
            }
            _ => given["clientMutationId"].clone(),
        };
        out.insert(field.shown().to_owned(), inner);
    }
    Value::Object(out)
}
