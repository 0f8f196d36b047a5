//! The fake, judged from outside: plain HTTP and WebSocket clients, and the models of a Slack library.

mod http_mode;
mod interaction;
mod library;
mod limits;
mod refusals;
mod socket_mode;
mod web_api;

use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message as Frame};

use super::{Delivery, RateLimits, SlackFake, SlackSetup};

const GENERAL: &str = "C0GENERAL01";
const ANA: &str = "U0ANA000001";
const BEN: &str = "U0BEN000002";

/// A workspace whose clock only moves when told to.
struct Rig {
    fake: SlackFake,
    clock: Arc<Mutex<Timestamp>>,
    http: reqwest::Client,
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SlackSetup)) -> Self {
        let clock = Arc::new(Mutex::new("2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap()));
        let hand = Arc::clone(&clock);
        let mut setup = SlackSetup {
            now: Arc::new(move || *hand.lock().unwrap()),
            limits: RateLimits::Unlimited,
            ..SlackSetup::default()
        };
        change(&mut setup);
        let fake = SlackFake::start(setup).await.unwrap();
        Self { fake, clock, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn http_mode(urls: super::RequestUrls) -> Self {
        Self::with(|setup| setup.delivery = Delivery::Http(urls)).await
    }

    fn pass(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
        self.fake.tick();
    }

    fn request(&self, method: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}/{method}", self.fake.api_base())).bearer_auth(&self.fake.setup().bot_token)
    }

    /// Calls a method with JSON.
    async fn call(&self, method: &str, args: Value) -> Value {
        let request = self.request(method).header("content-type", "application/json; charset=utf-8");
        request.body(args.to_string()).send().await.unwrap().json().await.unwrap()
    }

    /// Calls a reading method with a query.
    async fn get(&self, method: &str, args: &[(&str, &str)]) -> Value {
        let url = format!("{}/{method}", self.fake.api_base());
        let request = self.http.get(url).query(args).bearer_auth(&self.fake.setup().bot_token);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn error(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], json!(false), "{answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    async fn ok(&self, method: &str, args: Value) -> Value {
        let answer = self.call(method, args).await;
        assert_eq!(answer["ok"], json!(true), "{answer}");
        answer
    }

    /// Opens a Socket Mode connection and reads its hello.
    async fn socket(&self) -> Socket {
        let url = self.socket_url().await;
        let mut socket = Socket::open(&url).await;
        assert_eq!(socket.next().await["type"], "hello");
        self.fake.until(|fake| (fake.connections() > 0).then_some(())).await;
        socket
    }

    async fn socket_url(&self) -> String {
        let url = format!("{}/apps.connections.open", self.fake.api_base());
        let answer = self.http.post(url).bearer_auth(&self.fake.setup().app_token).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["ok"], json!(true), "{answer}");
        answer["url"].as_str().unwrap().to_owned()
    }
}

/// An app's end of a Socket Mode connection.
struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    async fn open(url: &str) -> Self {
        Self::try_open(url).await.unwrap()
    }

    async fn try_open(url: &str) -> Result<Self, tokio_tungstenite::tungstenite::Error> {
        let address = url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        Ok(Self(tokio_tungstenite::client_async(url, stream).await?.0))
    }

    /// The next text frame.
    async fn next(&mut self) -> Value {
        loop {
            match self.0.next().await.expect("the connection ended").unwrap() {
                Frame::Text(text) => return serde_json::from_str(&text).unwrap(),
                Frame::Close(_) => panic!("closed"),
                _ => {}
            }
        }
    }

    /// Whether the other side closed or cut the connection.
    async fn ended(&mut self) -> bool {
        loop {
            match self.0.next().await {
                None | Some(Err(_) | Ok(Frame::Close(_))) => return true,
                Some(Ok(Frame::Text(_))) => return false,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn ack(&mut self, envelope: &Value, payload: Option<Value>) {
        let mut ack = json!({"envelope_id": envelope["envelope_id"]});
        if let Some(payload) = payload {
            ack["payload"] = payload;
        }
        self.0.send(Frame::text(ack.to_string())).await.unwrap();
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

fn buttons() -> Value {
    json!([
        section("Deploy?"),
        {"type": "actions", "block_id": "row", "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "token-1"},
            {"type": "static_select", "action_id": "env", "options": [
                {"text": {"type": "plain_text", "text": "Staging"}, "value": "stg"},
                {"text": {"type": "plain_text", "text": "Production"}, "value": "prod"},
            ]},
        ]},
    ])
}

fn modal() -> Value {
    json!({
        "type": "modal",
        "callback_id": "close-issue",
        "private_metadata": "p",
        "title": {"type": "plain_text", "text": "Close issue"},
        "submit": {"type": "plain_text", "text": "Close it"},
        "notify_on_close": true,
        "blocks": [
            {"type": "input", "block_id": "why", "label": {"type": "plain_text", "text": "Why"},
             "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20}},
            {"type": "input", "block_id": "reason", "optional": true, "label": {"type": "plain_text", "text": "Reason"},
             "element": {"type": "static_select", "action_id": "menu", "options": [
                {"text": {"type": "plain_text", "text": "Done"}, "value": "done"},
                {"text": {"type": "plain_text", "text": "Dropped"}, "value": "dropped"}]}},
        ],
    })
}
