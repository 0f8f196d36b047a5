//! The fake, looked at from outside with a plain HTTP client.

mod api;
mod contract;
mod hooks;
mod judge;
mod limits;

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

    /// Opens an issue over the API and returns its number.
    async fn issue(&self, title: &str) -> u64 {
        let (status, issue) =
            self.send(Method::POST, "/repos/acme/api/issues", serde_json::json!({ "title": title })).await;
        assert_eq!(status, 201, "{issue}");
        issue["number"].as_u64().unwrap()
    }
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
