//! The fake, looked at from outside with a plain HTTP client.

mod agile;
mod contract;
mod data_center;
mod documents;
mod edits;
mod hooks;
mod issues;
mod limits;
mod oauth;
mod search;

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::*;

/// A clock that a test moves.
#[derive(Clone)]
struct Hand(Arc<Mutex<Timestamp>>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-20T10:00:00Z".parse().unwrap())))
    }

    fn now(&self) -> Now {
        let time = Arc::clone(&self.0);
        Arc::new(move || *time.lock().unwrap())
    }

    fn advance(&self, seconds: i64) {
        let mut time = self.0.lock().unwrap();
        *time += SignedDuration::from_secs(seconds);
    }
}

/// A fake, its clock and a client that signs in as Ana.
struct Stage {
    fake: JiraFake,
    hand: Hand,
    client: reqwest::Client,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|setup| setup).await
    }

    async fn with(change: impl FnOnce(JiraSetup) -> JiraSetup) -> Self {
        let hand = Hand::new();
        let setup = change(JiraSetup::sample(hand.now()));
        let fake = JiraFake::start(setup).await.unwrap();
        let policy = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().no_proxy().redirect(policy).build().unwrap();
        Self { fake, hand, client }
    }

    /// A request without a sign-in.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.fake.base()))
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.bare(method, path);
        match self.fake.setup().edition {
            Edition::Cloud => request.basic_auth("ana@acme.example", Some(JiraSetup::SAMPLE_TOKEN)),
            Edition::DataCenter => request.bearer_auth(JiraSetup::SAMPLE_TOKEN),
        }
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = read(self.ask(Method::GET, path).send().await.unwrap()).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// The status and body of a refused (or any other) `GET`.
    async fn look(&self, path: &str) -> (u16, Value) {
        read(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        read(self.ask(method, path).json(&body).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::PUT, path, body).await
    }

    async fn delete(&self, path: &str) -> u16 {
        self.ask(Method::DELETE, path).send().await.unwrap().status().as_u16()
    }

    /// Makes a task over the API and returns its key.
    async fn task(&self, summary: &str) -> String {
        let fields = json!({ "project": { "key": "ACME" }, "issuetype": { "name": "Task" }, "summary": summary });
        let (status, made) = self.post("/rest/api/3/issue", json!({ "fields": fields })).await;
        assert_eq!(status, 201, "{made}");
        made["key"].as_str().unwrap().to_owned()
    }
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    (status, body)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// A paragraph as a document.
fn doc(text: &str) -> Value {
    json!({ "type": "doc", "version": 1, "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": text }] }] })
}

/// The message of an error as a whole.
fn said(body: &Value) -> &str {
    body["errorMessages"][0].as_str().unwrap_or_default()
}
