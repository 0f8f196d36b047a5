//! The fake, judged from outside: a plain HTTP client, and a public library's own.

mod chats;
mod interaction;
mod library;
mod limits;
mod messages;
mod privacy;
mod schema;
mod updates;
mod webhooks;

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{RateLimits, TelegramFake, TelegramSetup};

/// A company whose clock only moves when told to.
struct Rig {
    fake: TelegramFake,
    clock: Arc<Mutex<Timestamp>>,
    http: reqwest::Client,
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut TelegramSetup)) -> Self {
        let clock = Arc::new(Mutex::new("2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap()));
        let hand = Arc::clone(&clock);
        let mut setup = TelegramSetup {
            now: Arc::new(move || *hand.lock().unwrap()),
            limits: RateLimits::Unlimited,
            ..TelegramSetup::default()
        };
        change(&mut setup);
        let fake = TelegramFake::start(setup).await.unwrap();
        Self { fake, clock, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn pass(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
        self.fake.tick();
    }

    fn url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.fake.api_base(), self.fake.setup().token)
    }

    /// Calls a method with JSON.
    async fn call(&self, method: &str, args: Value) -> Value {
        self.http.post(self.url(method)).json(&args).send().await.unwrap().json().await.unwrap()
    }

    async fn ok(&self, method: &str, args: Value) -> Value {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], json!(true), "{answer}");
        answer["result"].clone()
    }

    /// The description of a refusal.
    async fn error(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], json!(false), "{answer}");
        answer["description"].as_str().unwrap().to_owned()
    }

    /// Sends a text and says its message id.
    async fn send(&self, chat: i64, text: &str) -> i64 {
        self.ok("sendMessage", json!({"chat_id": chat, "text": text})).await["message_id"].as_i64().unwrap()
    }

    /// Everything that is there from `offset` on.
    async fn updates(&self, offset: i64) -> Vec<Value> {
        self.ok("getUpdates", json!({"offset": offset})).await.as_array().unwrap().clone()
    }

    /// Fetches what is there and confirms it.
    async fn drain(&self) -> Vec<Value> {
        let got = self.updates(0).await;
        if let Some(last) = got.last() {
            self.updates(last["update_id"].as_i64().unwrap() + 1).await;
        }
        got
    }
}

/// One row of callback buttons, each with its label in small letters as data.
fn buttons(labels: &[&str]) -> Value {
    let row: Vec<_> = labels.iter().map(|l| json!({"text": l, "callback_data": l.to_lowercase()})).collect();
    json!({"inline_keyboard": [row]})
}
