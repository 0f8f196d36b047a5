//! The discipline against a small server that answers what a test tells it to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use http::HeaderValue;
use serde_json::{Value, json};

use super::*;
use crate::model::{FaultKind, Timestamp};
use crate::vault::Secret;

struct Plainly;

impl Dialect for Plainly {
    fn name(&self) -> &'static str {
        "Acme"
    }

    fn budget(&self, _method: &Method, path: &str) -> String {
        path.split('/').nth(1).unwrap_or_default().to_owned()
    }

    fn request_id(&self, headers: &HeaderMap, _body: &Value) -> Option<String> {
        headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
    }

    fn wait(&self, refusal: &Refusal<'_>) -> Option<Wait> {
        let wait = asked_wait(refusal.headers, refusal.budget, refusal.now)?;
        Some(Wait { covers: refusal.budget.to_owned(), ..wait })
    }

    fn reason(&self, body: &Value) -> Reason {
        let text = body["error"].as_str().unwrap_or_default().to_owned();
        Reason { text, fields: Vec::new() }
    }
}

/// A sign-in that runs out once.
#[derive(Default)]
struct Renewing {
    renewed: Arc<AtomicUsize>,
}

#[async_trait]
impl SignIn for Renewing {
    async fn authorization(&self, _path: &str) -> Result<Option<HeaderValue>, Fault> {
        let number = self.renewed.load(Ordering::SeqCst);
        Ok(HeaderValue::from_str(&format!("Bearer secret-{number}")).ok())
    }

    async fn refused(&self, _path: &str) -> bool {
        self.renewed.fetch_add(1, Ordering::SeqCst);
        true
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![Secret::new("secret-0"), Secret::new("secret-1")]
    }
}

#[derive(Default)]
struct Script {
    seen: Mutex<Vec<(String, HeaderMap)>>,
    answers: Mutex<VecDeque<Response>>,
}

async fn answer(State(script): State<Arc<Script>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    script.seen.lock().unwrap().push((format!("{method} {uri}"), headers));
    let answer = script.answers.lock().unwrap().pop_front();
    answer.unwrap_or_else(|| StatusCode::IM_A_TEAPOT.into_response())
}

struct Server {
    script: Arc<Script>,
    api: Api,
    clock: Clock,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn with(answers: Vec<Response>) -> Self {
        let script = Arc::new(Script::default());
        script.answers.lock().unwrap().extend(answers);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/root", listener.local_addr().unwrap()).parse().unwrap();
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let clock = Clock::manual("2024-01-01T01:00:00Z".parse::<Timestamp>().unwrap());
        let wire = Box::new(Plain::new(Duration::from_secs(5)).unwrap());
        let timeout = SignedDuration::from_secs(5);
        let sign_in = Box::new(Renewing::default());
        let api = Api::new(Box::new(Plainly), sign_in, wire, &base, timeout, clock.clone()).unwrap();
        Self { script, api, clock, task }
    }

    fn asked(&self) -> Vec<String> {
        self.script.seen.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }
}

fn said(status: u16, headers: &[(&'static str, &str)], body: Value) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

#[tokio::test]
async fn a_sign_in_that_ran_out_is_renewed_once_and_never_told() {
    let refused = || said(401, &[], json!({ "error": "no, not with secret-1" }));
    let server = Server::with(vec![refused(), said(200, &[], json!({ "a": 1 })), refused(), refused()]).await;
    let got: Value = server.api.send(Method::POST, "it", "/things", &json!({})).await.unwrap();
    assert_eq!(got, json!({ "a": 1 }));
    let fault = server.api.get::<Value>("it", "/things").await.unwrap_err();
    assert_eq!(
        fault.outside,
        "Acme refused our token (no, not with [secret]). An administrator has to put a valid one where acme.token points."
    );
    assert!(!fault.to_string().contains("secret-"), "{fault}");
    assert_eq!(server.asked().len(), 4);
    let seen = server.script.seen.lock().unwrap();
    let bearers: Vec<_> = seen.iter().map(|(_, headers)| headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(bearers, ["Bearer secret-0", "Bearer secret-1", "Bearer secret-1", "Bearer secret-2"]);
}

#[tokio::test]
async fn nobody_is_called_inside_a_window_and_only_what_it_covers_waits() {
    let server = Server::with(vec![
        said(429, &[("retry-after", "30")], json!({})),
        said(200, &[], json!(2)),
        said(200, &[], json!(3)),
    ])
    .await;
    for _ in 0..2 {
        let fault = server.api.get::<Value>("it", "/slow/1").await.unwrap_err();
        assert!(matches!(fault.kind, FaultKind::RateLimited { .. }), "{fault}");
    }
    assert_eq!(server.api.get::<Value>("it", "/other").await.unwrap(), 2);
    server.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(server.api.get::<Value>("it", "/slow/1").await.unwrap(), 3);
    assert_eq!(server.asked(), ["GET /root/slow/1", "GET /root/other", "GET /root/slow/1"]);
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_host_only() {
    let elsewhere = said(307, &[("location", "https://evil.example/root/things")], json!({}));
    let moved = || said(307, &[("location", "/root/there?a=b")], json!({}));
    let server =
        Server::with(vec![moved(), said(200, &[], json!(1)), elsewhere, moved(), moved(), moved(), moved()]).await;
    assert_eq!(server.api.get::<Value>("it", "/things").await.unwrap(), 1);
    let fault = server.api.get::<Value>("It", "/things").await.unwrap_err();
    assert_eq!(fault.outside, "It has moved; use its new name.");
    let fault = server.api.get::<Value>("It", "/things").await.unwrap_err();
    assert_eq!(fault.outside, "It has moved, and Acme does not say where to; use its new name.");
    assert_eq!(server.asked()[..2], ["GET /root/things", "GET /root/there?a=b"]);
    assert_eq!(server.asked().len(), 7);
}

#[tokio::test]
async fn a_failure_leaves_doubt_only_where_something_may_have_changed() {
    let broken = || said(502, &[("x-request-id", "R1")], json!({ "error": "bad gateway" }));
    let server = Server::with(vec![broken(), broken(), broken(), said(200, &[], json!("x"))]).await;
    let change = server.api.send::<Value>(Method::POST, "it", "/things", &json!({})).await.unwrap_err();
    assert_eq!(change.kind, FaultKind::Unknown);
    assert_eq!(change.inside.as_deref(), Some("Acme 502: bad gateway [request R1]"));
    let search = server.api.post_read::<Value>("it", "/things/search", &json!({})).await.unwrap_err();
    assert_eq!(search.kind, FaultKind::Unavailable);
    let read = server.api.get::<Value>("it", "/things").await.unwrap_err();
    assert_eq!(read.kind, FaultKind::Unavailable);
    // What was done and cannot be read is in doubt as well.
    let odd = server.api.send::<u32>(Method::POST, "it", "/things", &json!({})).await.unwrap_err();
    assert_eq!(odd.kind, FaultKind::Unknown);
    server.task.abort();
}

#[tokio::test]
async fn who_cannot_be_reached_did_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let wire = Box::new(Plain::new(Duration::from_secs(5)).unwrap());
    let sign_in = Box::new(Fixed::basic("me@acme.example", Secret::new("pw"), "acme.token").unwrap());
    let timeout = SignedDuration::from_secs(5);
    let api = Api::new(Box::new(Plainly), sign_in, wire, &base, timeout, Clock::system()).unwrap();
    let fault = api.send::<Value>(Method::POST, "it", "/things", &json!({})).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}");
    assert!(fault.outside.starts_with("Acme cannot be reached, so nothing happened to it."), "{fault}");
}
