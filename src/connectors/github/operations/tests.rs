//! The operations against a small GitHub on loopback that answers what a test tells it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::tests::{caller, dump, github};
use super::super::{GithubConfig, Repo};
use super::*;
use crate::connectors::Connector as _;
use crate::model::{Clock, Fault, FaultKind, Show, SignedDuration, Timestamp};
use crate::operations::{Caller, Found, Operation};
use crate::vault::SecretRef;

const TOKEN: &str = "ghp_very_secret";

/// One request as it came in, and the answers that are still to be given.
#[derive(Default)]
struct Script {
    seen: Mutex<Vec<(String, Value, HeaderMap)>>,
    answers: Mutex<VecDeque<Response>>,
}

struct Stage {
    script: Arc<Script>,
    github: Arc<Github>,
    clock: Clock,
    base: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    script.seen.lock().unwrap().push((format!("{method} {uri}"), body, headers));
    let answer = script.answers.lock().unwrap().pop_front();
    answer.unwrap_or_else(|| (StatusCode::IM_A_TEAPOT, "no answer was prepared").into_response())
}

fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

fn status(status: u16, headers: &[(&'static str, &str)], body: Value) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

async fn stage(answers: Vec<Response>) -> Stage {
    let script = Arc::new(Script::default());
    script.answers.lock().unwrap().extend(answers);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let mut config = GithubConfig::new(SecretRef::Env("T".to_owned()));
    config.base_url = format!("{base}/api/v3").parse().unwrap();
    let clock = Clock::manual("2024-01-01T01:00:00Z".parse::<Timestamp>().unwrap());
    let github = github(&config, TOKEN, &clock);
    Stage { script, github, clock, base, server }
}

impl Stage {
    fn asked(&self) -> Vec<String> {
        self.script.seen.lock().unwrap().iter().map(|(line, ..)| line.replace("/api/v3", "")).collect()
    }

    fn sent(&self, index: usize) -> Value {
        self.script.seen.lock().unwrap()[index].1.clone()
    }
}

fn issue(number: u64, state: &str) -> Value {
    json!({ "number": number, "title": "Login fails", "state": state, "body": "It **fails**.",
        "html_url": format!("https://github.com/acme/api/issues/{number}"), "user": { "login": "bo" },
        "labels": [{ "name": "bug" }], "assignees": [{ "login": "cy" }], "comments": 2,
        "created_at": "2023-12-29T00:00:00Z" })
}

fn op<T: Operation>(args: Value) -> T {
    serde_json::from_value(args).unwrap()
}

fn by(repository: &str) -> Caller {
    let mut by = caller();
    by.defaults.insert("repository".to_owned(), repository.to_owned());
    by
}

#[tokio::test]
async fn an_issue_is_created_signed_and_found_again() {
    let by = by("acme/api");
    let made = json!({ "body": format!("<!-- {} -->\n\nIt fails", by.marker()), "number": 12, "title": "Login fails",
        "state": "open", "html_url": "https://github.com/acme/api/issues/12", "created_at": "2024-01-01T01:00:01Z" });
    let older = json!({ "number": 3, "title": "Old", "created_at": "2023-12-31T00:00:00Z" });
    let stage = stage(vec![
        status(201, &[], made.clone()),
        ok(json!([{ "number": 13, "created_at": "2024-01-01T01:00:02Z" }, made, older])),
        ok(json!([older])),
        ok(json!([])),
    ])
    .await;
    let create: CreateIssue =
        op(json!({ "title": " Login \n fails ", "body": "It fails", "labels": ["bug", "BUG"], "assignees": ["@bo"] }));
    let outcome = create.clone().run(&stage.github, &by).await.unwrap();
    assert_eq!(outcome.show, Show::Public);
    assert_eq!(outcome.card.unwrap().key.unwrap().as_str(), "github:acme/api#12");
    assert_eq!(outcome.data["issue"], "acme/api#12");
    assert_eq!(
        stage.sent(0),
        json!({ "title": "Login fails", "labels": ["bug"], "assignees": ["bo"],
            "body": format!("<!-- {} -->\n\nIt fails\n\n— asked by Ana on Slack", by.marker()) })
    );
    let Found::Happened(outcome) = create.find(&stage.github, &by).await.unwrap() else { panic!("not found") };
    assert_eq!(outcome.data["number"], 12);
    assert!(matches!(create.find(&stage.github, &by).await.unwrap(), Found::Absent));
    assert!(matches!(create.find(&stage.github, &by).await.unwrap(), Found::Absent));
    assert_eq!(
        stage.asked()[..2],
        [
            "POST /repos/acme/api/issues".to_owned(),
            "GET /repos/acme/api/issues?state=all&sort=created&direction=desc&since=2024-01-01T00%3A55%3A00Z&per_page=100".to_owned()
        ]
    );
    let headers = stage.script.seen.lock().unwrap()[0].2.clone();
    for (name, value) in [
        ("authorization", "Bearer ghp_very_secret"),
        ("x-github-api-version", "2026-03-10"),
        ("accept", "application/vnd.github+json"),
        ("user-agent", concat!("quarterdeck/", env!("CARGO_PKG_VERSION"))),
        ("content-type", "application/json"),
    ] {
        let all: Vec<_> = headers.get_all(name).iter().collect();
        assert_eq!(all, [value], "{name} once and right");
    }
}

#[tokio::test]
async fn closing_says_why_and_comments_only_once() {
    let by = by("acme/other");
    let mut closed = issue(12, "closed");
    closed["state_reason"] = "not_planned".into();
    let comment = json!({ "id": 5, "body": format!("<!-- {} -->\n\nNo.", by.marker()) });
    let stage = stage(vec![
        ok(json!([])),
        status(201, &[], comment.clone()),
        ok(closed.clone()),
        ok(json!([comment])),
        ok(closed),
    ])
    .await;
    let close: CloseIssue = op(json!({ "issue": "ACME/api#12", "reason": "not_planned", "comment": "No." }));
    let outcome = close.clone().run(&stage.github, &by).await.unwrap();
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Muted | acme/api#12 Login fails | https://github.com/acme/api/issues/12
    It **fails**.
    State: Closed as not planned
    Author: @bo
    Labels: `bug`
    Assignees: @cy
    Comments: 2
    _GitHub · acme/api · opened 2023-12-29 00:00 UTC_
    [Reopen] github.issue.reopen {"issue":"acme/api#12"} once: Reopened
    [Comment] github.issue.comment {"issue":"acme/api#12"}
    [Open on GitHub] -> https://github.com/acme/api/issues/12
    key github:acme/api#12
    "###);
    // As after a crash: run again, it finds its comment and says nothing twice.
    close.run(&stage.github, &by).await.unwrap();
    let posts = stage.asked().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts, 1, "{:?}", stage.asked());
    assert_eq!(stage.sent(2), json!({ "state": "closed", "state_reason": "not_planned" }));
    const { assert!(CloseIssue::SPEC.idempotent) };
}

#[tokio::test]
async fn labels_and_assignees_change_and_what_github_left_out_is_said() {
    let stage = stage(vec![
        ok(json!([{ "name": "bug" }])),
        ok(issue(12, "open")),
        status(404, &[], json!({ "message": "Label does not exist" })),
        ok(issue(12, "open")),
        status(201, &[], issue(12, "open")),
    ])
    .await;
    let by = by("acme/api");
    let label: LabelIssue = op(json!({ "issue": "#12", "labels": ["good first issue"] }));
    label.run(&stage.github, &by).await.unwrap();
    let label: LabelIssue = op(json!({ "issue": "#12", "labels": ["a/b c"], "remove": true }));
    label.run(&stage.github, &by).await.unwrap();
    let assign: AssignIssue = op(json!({ "issue": "#12", "assignees": ["cy", "@dee"] }));
    let fault = assign.run(&stage.github, &by).await.unwrap_err();
    assert!(fault.outside.starts_with("GitHub did not assign acme/api#12 to dee:"), "{fault}");
    assert_eq!(stage.asked()[2], "DELETE /repos/acme/api/issues/12/labels/a%2Fb%20c");
    assert_eq!(stage.sent(4), json!({ "assignees": ["cy", "dee"] }));
}

#[tokio::test]
async fn a_list_is_short_private_and_says_how_many_more() {
    let mut pull = issue(9, "open");
    pull["pull_request"] = json!({});
    let first: Vec<_> = std::iter::once(pull).chain((2..=3).map(|number| issue(number, "open"))).collect();
    let mut page = ok(json!(first));
    page.headers_mut()
        .insert("link", "<https://elsewhere.example/repositories/1/issues?after=x>; rel=\"next\"".parse().unwrap());
    let stage =
        stage(vec![page, ok(json!([issue(4, "open"), issue(5, "open"), issue(6, "open")])), ok(json!([]))]).await;
    let by = by("acme/api");
    let list: ListIssues = op(json!({ "limit": 3, "labels": ["bug", "p1"], "assignee": "@cy" }));
    let outcome = list.run(&stage.github, &by).await.unwrap();
    assert_eq!(outcome.show, Show::Private);
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Neutral | Open issues of acme/api | https://github.com/acme/api/issues
    - [#2 Login fails](https://github.com/acme/api/issues/2) · @cy · 3 d
    - [#3 Login fails](https://github.com/acme/api/issues/3) · @cy · 3 d
    - [#4 Login fails](https://github.com/acme/api/issues/4) · @cy · 3 d
    +2 more
    [Open on GitHub] -> https://github.com/acme/api/issues
    [New issue] github.issue.create {"repository":"acme/api"}
    "###);
    assert_eq!(outcome.data["issues"].as_array().unwrap().len(), 3);
    insta::assert_snapshot!(stage.asked().join("\n"), @r###"
    GET /repos/acme/api/issues?state=open&sort=created&direction=desc&labels=bug%2Cp1&assignee=cy&per_page=20
    GET /repositories/1/issues?after=x
    "###);
    let none: ListIssues = op(json!({}));
    let card = none.run(&stage.github, &by).await.unwrap().card.unwrap();
    assert!(dump(&card).contains("acme/api has no open issues."));
    let fault = op::<ListIssues>(json!({ "limit": 99 })).run(&stage.github, &by).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadInput { field: Some("limit".to_owned()) });
}

#[tokio::test]
async fn reading_makes_no_living_card_and_pull_requests_stay_pull_requests() {
    let mut half = issue(7, "open");
    half["pull_request"] = json!({});
    half["html_url"] = "https://github.com/acme/api/pull/7".into();
    let pull = json!({ "number": 7, "title": "Fix", "state": "open", "html_url": "https://github.com/acme/api/pull/7",
        "user": { "login": "bo" }, "base": { "ref": "main" }, "head": { "ref": "fix" }, "additions": 3, "deletions": 1,
        "changed_files": 1, "mergeable_state": "clean", "requested_reviewers": [{ "login": "cy" }] });
    let stage =
        stage(vec![ok(issue(12, "open")), ok(pull.clone()), ok(half), ok(pull.clone()), ok(json!([pull]))]).await;
    let by = by("acme/api");
    let outcome = op::<GetIssue>(json!({ "issue": 12 })).run(&stage.github, &by).await.unwrap();
    assert_eq!(outcome.show, Show::Private);
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Neutral | acme/api#12 Login fails | https://github.com/acme/api/issues/12
    It **fails**.
    State: Open
    Author: @bo
    Labels: `bug`
    Assignees: @cy
    Comments: 2
    _GitHub · acme/api · opened 2023-12-29 00:00 UTC_
    [Close] github.issue.close {"issue":"acme/api#12"} once: Closed
    [Comment] github.issue.comment {"issue":"acme/api#12"}
    [Open on GitHub] -> https://github.com/acme/api/issues/12
    "###);
    let outcome = op::<GetPull>(json!({ "pr": "#7" })).run(&stage.github, &by).await.unwrap();
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Progress | acme/api#7 Fix | https://github.com/acme/api/pull/7
    State: Open
    Author: @bo
    Branch: `main` ← `fix`
    Changes: +3 −1 in 1 file
    Reviewers: @cy
    Mergeable: Yes
    _GitHub · acme/api_
    [Comment] github.pr.comment {"pr":"acme/api#7"}
    [Open on GitHub] -> https://github.com/acme/api/pull/7
    "###);
    // Reopened as an issue, shown as what it is.
    let outcome = op::<ReopenIssue>(json!({ "issue": "#7" })).run(&stage.github, &by).await.unwrap();
    let card = outcome.card.unwrap();
    assert_eq!(card.key.as_ref().unwrap().as_str(), "github:acme/api#7");
    assert!(dump(&card).contains("`main` ← `fix`"));
    let outcome = op::<ListPulls>(json!({ "base": "main" })).run(&stage.github, &by).await.unwrap();
    assert!(dump(&outcome.card.unwrap()).contains("- [#7 Fix](https://github.com/acme/api/pull/7) · @bo"));
}

#[tokio::test]
async fn comments_are_posted_and_found_by_their_marker_on_a_later_page() {
    let by = by("acme/api");
    let comment = json!({ "id": 5, "body": format!("<!-- {} -->\n\nHi\n\n— asked by Ana on Slack", by.marker()),
        "html_url": "https://github.com/acme/api/pull/7#issuecomment-5" });
    let mut page = ok(json!([{ "id": 1, "body": "other" }]));
    page.headers_mut()
        .insert("link", "</repos/acme/api/issues/7/comments?page=2>; rel=\"next\", <x>; rel=\"last\"".parse().unwrap());
    let stage = stage(vec![status(201, &[], comment.clone()), page, ok(json!([comment]))]).await;
    let say: CommentPull = op(json!({ "pr": "#7", "text": "Hi" }));
    let outcome = say.clone().run(&stage.github, &by).await.unwrap();
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Good | Commented on acme/api#7 | https://github.com/acme/api/pull/7#issuecomment-5
    > Hi
    — asked by Ana on Slack
    "###);
    assert!(matches!(say.find(&stage.github, &by).await.unwrap(), Found::Happened(_)));
    assert_eq!(stage.asked()[2], "GET /repos/acme/api/issues/7/comments?page=2");
    let empty: CommentIssue = op(json!({ "issue": "#7", "text": "  " }));
    assert!(empty.run(&stage.github, &by).await.unwrap_err().outside.contains("empty"));
}

#[tokio::test]
async fn an_update_changes_only_what_is_given_and_knows_milestones_by_title() {
    let milestones = json!([{ "number": 4, "title": "v2" }]);
    let stage = stage(vec![ok(milestones.clone()), ok(issue(12, "open")), ok(milestones)]).await;
    let by = by("acme/api");
    let update: UpdateIssue = op(json!({ "issue": "#12", "milestone": "V2", "labels": [] }));
    update.run(&stage.github, &by).await.unwrap();
    assert_eq!(stage.sent(1), json!({ "labels": [], "milestone": 4 }));
    let update: UpdateIssue = op(json!({ "issue": "#12", "milestone": "v3" }));
    let fault = update.run(&stage.github, &by).await.unwrap_err();
    assert_eq!(fault.outside, "acme/api has no milestone `v3`; it has `v2`.");
    let update: UpdateIssue = op(json!({ "issue": "#12" }));
    assert!(update.run(&stage.github, &by).await.unwrap_err().outside.starts_with("Nothing is to change"));
}

#[tokio::test]
async fn repositories_are_listed_and_shown() {
    let repo = json!({ "full_name": "acme/api", "html_url": "https://github.com/acme/api", "description": "The API",
        "private": true, "default_branch": "main", "language": "Rust", "stargazers_count": 3, "open_issues_count": 4,
        "topics": ["http"], "pushed_at": "2024-01-01T00:00:00Z" });
    let stage = stage(vec![status(404, &[], json!({})), ok(json!([repo])), ok(repo.clone())]).await;
    let by = by("acme/api");
    let outcome = op::<ListRepos>(json!({ "owner": "acme" })).run(&stage.github, &by).await.unwrap();
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Neutral | Repositories of acme | -
    - [acme/api](https://github.com/acme/api) · The API · 1 h
    "###);
    let outcome = op::<GetRepo>(json!({})).run(&stage.github, &by).await.unwrap();
    insta::assert_snapshot!(dump(&outcome.card.unwrap()), @r###"
    Neutral | acme/api | https://github.com/acme/api
    The API
    Visibility: Private
    Language: Rust
    Default branch: main
    Open issues and pull requests: 4
    Stars: 3
    Topics: http
    Last push: 2024-01-01 00:00 UTC
    [Issues] github.issue.list {"repository":"acme/api"}
    [Pull requests] github.pr.list {"repository":"acme/api"}
    [New issue] github.issue.create {"repository":"acme/api"}
    [Open on GitHub] -> https://github.com/acme/api
    "###);
    assert!(stage.asked()[1].starts_with("GET /users/acme/repos?"));
}

#[tokio::test]
async fn inside_a_window_nobody_is_called() {
    let stage = stage(vec![
        status(403, &[("retry-after", "30")], json!({ "message": "secondary rate limit" })),
        ok(issue(12, "open")),
    ])
    .await;
    let by = by("acme/api");
    let get: GetIssue = op(json!({ "issue": "#12" }));
    let first = get.clone().run(&stage.github, &by).await.unwrap_err();
    let again = get.clone().run(&stage.github, &by).await.unwrap_err();
    assert_eq!(first.kind, again.kind);
    assert_eq!(first.kind, FaultKind::RateLimited { until: "2024-01-01T01:00:30Z".parse().unwrap() });
    assert_eq!(stage.asked().len(), 1);
    stage.clock.advance(SignedDuration::from_secs(30));
    get.run(&stage.github, &by).await.unwrap();
}

#[tokio::test]
async fn a_renamed_repository_is_followed_on_its_own_host_only() {
    let by = by("acme/old");
    let stage = stage(vec![]).await;
    let there = format!("{}/api/v3/repositories/1/issues/12", stage.base);
    stage.script.answers.lock().unwrap().extend([
        status(307, &[("location", &there)], json!({})),
        ok(issue(12, "closed")),
        status(301, &[("location", "https://evil.example/x")], json!({ "message": "Moved Permanently" })),
    ]);
    let close: CloseIssue = op(json!({ "issue": "#12" }));
    let outcome = close.clone().run(&stage.github, &by).await.unwrap();
    assert_eq!(outcome.card.unwrap().key.unwrap().as_str(), "github:acme/api#12", "by the name that GitHub gives it");
    assert_eq!(stage.asked()[1], "PATCH /repositories/1/issues/12");
    assert_eq!(stage.sent(1)["state"], "closed");
    let fault = close.run(&stage.github, &by).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert_eq!(stage.asked().len(), 3);
}

#[tokio::test]
async fn what_breaks_on_the_way_is_told_apart() {
    let by = by("acme/api");
    let create: CreateIssue = op(json!({ "title": "x" }));
    let get: GetIssue = op(json!({ "issue": "#12" }));
    // Hangs up after having read the request: it may have happened.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        use tokio::io::AsyncReadExt as _;
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 4096]).await;
        }
    });
    let mut config = GithubConfig::new(SecretRef::Env("T".to_owned()));
    config.base_url = format!("http://{address}").parse().unwrap();
    let github = github(&config, TOKEN, &Clock::system());
    assert_eq!(create.clone().run(&github, &by).await.unwrap_err().policy().label, "unknown");
    assert_eq!(get.clone().run(&github, &by).await.unwrap_err().policy().label, "unavailable");
    server.abort();
    let _ = server.await;
    // Nobody listens: it certainly did not happen.
    let fault = create.run(&github, &by).await.unwrap_err();
    assert_eq!(fault.policy().label, "unavailable", "{fault}");
    assert!(fault.outside.contains("nothing happened"));
    // An answer that makes no sense, to a write.
    let stage = stage(vec![ok(json!("?")), ok(json!({})), ok(json!([]))]).await;
    for _ in 0..2 {
        let create: CreateIssue = op(json!({ "title": "x" }));
        assert_eq!(create.run(&stage.github, &by).await.unwrap_err().policy().label, "unknown");
    }
    assert_eq!(get.run(&stage.github, &by).await.unwrap_err().policy().label, "unavailable");
}

#[tokio::test]
async fn the_token_is_in_no_text() {
    let echo = json!({ "message": format!("Bad credentials: {TOKEN}") });
    let stage =
        stage(vec![status(401, &[], echo), ok(json!({ "login": "qd" })), status(403, &[], json!({})), ok(json!({}))])
            .await;
    let fault: Fault = stage.github.check().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(!format!("{fault} {fault:?}").contains(TOKEN));
    assert_eq!(stage.github.check().await.unwrap(), "signed in as @qd");
    assert!(stage.github.check().await.unwrap().contains("no account"));
}

#[tokio::test]
async fn the_operations_are_declared() {
    let stage = stage(vec![]).await;
    let all = Arc::clone(&stage.github).operations();
    let names: Vec<_> = all.iter().map(|declaration| declaration.spec.name).collect();
    assert_eq!(names.len(), 15);
    for declaration in &all {
        let fields = declaration.schema["properties"].as_object().unwrap();
        for (name, field) in fields {
            assert!(
                field["description"].is_string() && field.get("$ref").is_none(),
                "{}.{name}: {field}",
                declaration.spec.name
            );
        }
        assert!(declaration.spec.positional.iter().all(|name| fields.contains_key(*name)), "{}", declaration.spec.name);
    }
    assert!(Repo::parse("acme/api").is_some());
}
