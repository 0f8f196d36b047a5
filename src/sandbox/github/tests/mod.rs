//! The fake, looked at from outside with a plain HTTP client.

mod actions;
mod alerts;
mod api;
mod apps;
mod code;
mod contract;
mod hooks;
mod issues;
mod judge;
mod limits;
mod pulls;
mod repos;
mod reviews;

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

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
    fake: GithubFake,
    hand: Hand,
    client: reqwest::Client,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut GithubSetup)) -> Self {
        let hand = Hand::new();
        let mut setup = GithubSetup::sample(hand.now());
        change(&mut setup);
        let fake = GithubFake::start(setup).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().user_agent("quarterdeck-test").build().unwrap();
        Self { fake, hand, client }
    }

    /// A request without a token.
    fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.fake.base()))
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(GithubSetup::SAMPLE_TOKEN)
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        response.json().await.unwrap()
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        read(self.ask(method, path).json(&body).send().await.unwrap()).await
    }

    /// What a refusal says: status and message.
    async fn refusal(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.send(method, path, body).await;
        let said = answer["message"].as_str().map_or_else(|| answer.to_string(), str::to_owned);
        (status, said)
    }

    /// The events that went out, as `event.action`, in order.
    async fn told(&self) -> Vec<String> {
        self.fake.settled().await;
        let name = |delivery: &Delivery| match &delivery.action {
            Some(action) => format!("{}.{action}", delivery.event),
            None => delivery.event.clone(),
        };
        self.fake.deliveries().iter().map(name).collect()
    }

    /// Opens an issue over the API and returns its number.
    async fn issue(&self, title: &str) -> u64 {
        let (status, issue) =
            self.send(Method::POST, "/repos/acme/api/issues", serde_json::json!({ "title": title })).await;
        assert_eq!(status, 201, "{issue}");
        issue["number"].as_u64().unwrap()
    }
}

/// A hook that nobody listens to: what is sent to it is remembered all the same.
fn deaf() -> HookTarget {
    HookTarget::new("http://127.0.0.1:9/", "a key")
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
