//! The fake, looked at from outside with a plain HTTP client.

mod blocks;
mod contract;
mod gate;
mod hooks;
mod pages;
mod query;
mod uploads;

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

/// A fake, its clock and a client with a token.
struct Stage {
    fake: NotionFake,
    hand: Hand,
    client: reqwest::Client,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut NotionSetup)) -> Self {
        let hand = Hand::new();
        let mut setup = NotionSetup::sample(hand.now());
        change(&mut setup);
        let fake = NotionFake::start(setup).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { fake, hand, client }
    }

    /// A request without a token.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/v1{path}", self.fake.base()))
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(NotionSetup::SAMPLE_TOKEN).header("Notion-Version", "2026-03-11")
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = read(self.ask(Method::GET, path).send().await.unwrap()).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        read(self.ask(method, path).json(&body).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, body).await;
        assert_eq!(status, 200, "POST {path}: {answer}");
        answer
    }

    async fn patch(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::PATCH, path, body).await;
        assert_eq!(status, 200, "PATCH {path}: {answer}");
        answer
    }

    /// The code and message of a refusal.
    async fn refused(&self, method: Method, path: &str, body: Value) -> (u16, String, String) {
        let (status, answer) = self.send(method, path, body).await;
        assert_eq!(answer["object"], "error", "{answer}");
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        (status, text("code"), text("message"))
    }

    /// The message of a `validation_error`.
    async fn invalid(&self, method: Method, path: &str, body: Value) -> String {
        let (status, code, message) = self.refused(method, path, body).await;
        assert_eq!((status, code.as_str()), (400, "validation_error"), "{message}");
        message
    }

    fn id(&self, title: &str) -> String {
        self.fake.find(title).unwrap()
    }
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A paragraph that says this.
fn paragraph(text: &str) -> Value {
    json!({ "type": "paragraph", "paragraph": { "rich_text": [{ "type": "text", "text": { "content": text } }] } })
}

/// Rich text that says this.
fn words(text: &str) -> Value {
    json!([{ "text": { "content": text } }])
}
