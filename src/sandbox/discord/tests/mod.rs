//! The fake, judged from outside: plain HTTP and WebSocket clients.

mod commands;
mod components;
mod contract;
mod gateway;
mod http_mode;
mod interactions;
mod library;
mod limits;

mod messages;
mod people;
mod places;

use std::{
    io::Read as _,
    sync::{Arc, Mutex},
};

use futures::{SinkExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message as Frame};

use super::{APPLICATION, DiscordFake, DiscordSetup, GENERAL, RateLimits};

/// `GUILDS | GUILD_MESSAGES | GUILD_MESSAGE_REACTIONS | DIRECT_MESSAGES`.
const PLAIN: u64 = 1 | 1 << 9 | 1 << 10 | 1 << 12;

/// A company whose clock only moves when told to.
struct Rig {
    fake: DiscordFake,
    clock: Arc<Mutex<Timestamp>>,
    http: reqwest::Client,
}

/// Status and body of an answer.
type Answer = (u16, Value);

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut DiscordSetup)) -> Self {
        let clock = Arc::new(Mutex::new("2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap()));
        let hand = Arc::clone(&clock);
        let mut setup = DiscordSetup {
            now: Arc::new(move || *hand.lock().unwrap()),
            limits: RateLimits::Unlimited,
            max_concurrency: 16,
            ..DiscordSetup::default()
        };
        change(&mut setup);
        let fake = DiscordFake::start(setup).await.unwrap();
        let agent = "DiscordBot (https://example.com, 1.0)";
        Self { fake, clock, http: reqwest::Client::builder().no_proxy().user_agent(agent).build().unwrap() }
    }

    fn pass(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
        self.fake.tick();
    }

    fn request(&self, verb: &str, path: &str) -> reqwest::RequestBuilder {
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let token = format!("Bot {}", self.fake.setup().token);
        self.http.request(verb, format!("{}{path}", self.fake.api_base())).header("authorization", token)
    }

    async fn call(&self, verb: &str, path: &str, body: Value) -> Answer {
        let mut request = self.request(verb, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        answer(request).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.call("POST", path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {body}");
        body
    }

    /// Sends a message into `#general`.
    async fn send(&self, body: Value) -> Value {
        self.post(&format!("/channels/{GENERAL}/messages"), body).await
    }

    /// The first error of a form, as `path: CODE`.
    async fn wrong(&self, verb: &str, path: &str, body: Value) -> String {
        let (status, body) = self.call(verb, path, body).await;
        assert_eq!((status, &body["code"]), (400, &json!(50035)), "{body}");
        first_error(&body["errors"], "")
    }

    /// Answers an interaction.
    async fn reply(&self, interaction: &Value, body: Value) -> Answer {
        let (id, token) = (interaction["id"].as_str().unwrap(), interaction["token"].as_str().unwrap());
        let url = format!("{}/interactions/{id}/{token}/callback", self.fake.api_base());
        answer(self.http.post(url).json(&body)).await
    }

    /// Calls below an interaction's token.
    async fn token(&self, verb: &str, interaction: &Value, below: &str, body: Value) -> Answer {
        let path = format!("/webhooks/{APPLICATION}/{}{below}", interaction["token"].as_str().unwrap());
        let verb = reqwest::Method::from_bytes(verb.as_bytes()).unwrap();
        let mut request = self.http.request(verb, format!("{}{path}", self.fake.api_base()));
        if !body.is_null() {
            request = request.json(&body);
        }
        answer(request).await
    }

    /// Registers commands globally.
    async fn register(&self, commands: Value) {
        let (status, body) = self.call("PUT", &format!("/applications/{APPLICATION}/commands"), commands).await;
        assert_eq!(status, 200, "{body}");
    }

    /// A signed-in session with these intents.
    async fn session(&self, intents: u64) -> Socket {
        let mut socket = Socket::open(&self.fake.gateway_url(), "").await;
        assert_eq!(socket.next().await["op"], 10);
        socket.identify(&self.fake.setup().token, intents).await;
        socket
    }

    /// A signed-in session that has read what comes at first.
    async fn listening(&self, intents: u64) -> Socket {
        let mut socket = self.session(intents).await;
        socket.event("READY").await;
        if intents & 1 != 0 {
            socket.event("GUILD_CREATE").await;
        }
        socket
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
}

fn first_error(tree: &Value, path: &str) -> String {
    if let Some(error) = tree["_errors"].get(0) {
        return format!("{path}: {}", error["code"].as_str().unwrap());
    }
    let (key, below) = tree.as_object().unwrap().iter().next().unwrap();
    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
    first_error(below, &path)
}

/// An app's end of a gateway connection.
struct Socket {
    stream: WebSocketStream<TcpStream>,
    inflate: Option<flate2::Decompress>,
    seq: u64,
}

impl Socket {
    async fn open(url: &str, more: &str) -> Self {
        let address = url.strip_prefix("ws://").unwrap().split('/').next().unwrap();
        let tcp = TcpStream::connect(address).await.unwrap();
        let url = format!("{url}?v=10&encoding=json{more}");
        let inflate = more.contains("zlib-stream").then(|| flate2::Decompress::new(true));
        Self { stream: tokio_tungstenite::client_async(url, tcp).await.unwrap().0, inflate, seq: 0 }
    }

    async fn send(&mut self, frame: Value) {
        self.stream.send(Frame::text(frame.to_string())).await.unwrap();
    }

    async fn identify(&mut self, token: &str, intents: u64) {
        let properties = json!({"os": "linux", "browser": "test", "device": "test"});
        self.send(json!({"op": 2, "d": {"token": token, "intents": intents, "properties": properties}})).await;
    }

    /// The next frame, or the close code.
    async fn try_next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let text = match self.stream.next().await {
                Some(Ok(Frame::Text(text))) => text.to_string(),
                Some(Ok(Frame::Binary(bytes))) => {
                    assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]), "every message ends with a flush");
                    let mut out = Vec::with_capacity(1 << 20);
                    let inflate = self.inflate.as_mut().unwrap();
                    inflate.decompress_vec(&bytes, &mut out, flate2::FlushDecompress::Sync).unwrap();
                    let mut text = String::new();
                    out.as_slice().read_to_string(&mut text).unwrap();
                    text
                }
                Some(Ok(Frame::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return Err(None),
            };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if let Some(seq) = frame["s"].as_u64() {
                self.seq = seq;
            }
            return Ok(frame);
        }
    }

    async fn next(&mut self) -> Value {
        self.try_next().await.expect("the connection ended")
    }

    /// The next frame, which must be this event; its data.
    async fn event(&mut self, name: &str) -> Value {
        let frame = self.next().await;
        assert_eq!(frame["t"], name, "{frame}");
        frame["d"].clone()
    }

    /// The code that the connection is closed with.
    async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.try_next().await {
                return code;
            }
        }
    }
}

/// A command with a group, options of many kinds and completion.
fn github() -> Value {
    json!([{
        "name": "github", "description": "GitHub", "options": [
            {"type": 2, "name": "issue", "description": "Issues", "options": [
                {"type": 1, "name": "close", "description": "Close an issue", "options": [
                    {"type": 3, "name": "repo", "description": "Repository", "required": true, "autocomplete": true},
                    {"type": 4, "name": "number", "description": "Number", "required": true, "min_value": 1},
                    {"type": 3, "name": "reason", "description": "Why", "choices": [
                        {"name": "Done", "value": "completed"}, {"name": "Dropped", "value": "not_planned"}]},
                    {"type": 6, "name": "who", "description": "Who"},
                ]},
            ]},
            {"type": 1, "name": "help", "description": "Help"},
        ]},
        {"name": "ping", "description": "Ping"},
        {"name": "File issue", "type": 3},
        {"name": "Who is on call", "type": 2},
    ])
}

fn buttons() -> Value {
    json!([
        {"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
            {"type": 2, "style": 5, "label": "Docs", "url": "https://example.com"},
            {"type": 2, "style": 2, "label": "Off", "custom_id": "off", "disabled": true},
        ]},
        {"type": 1, "components": [
            {"type": 3, "custom_id": "env", "placeholder": "Where", "options": [
                {"label": "Staging", "value": "stg"}, {"label": "Production", "value": "prod"}]},
        ]},
    ])
}

fn modal() -> Value {
    json!({"custom_id": "close", "title": "Close issue", "components": [
        {"type": 1, "components": [
            {"type": 4, "custom_id": "why", "label": "Why", "style": 2, "max_length": 20}]},
        {"type": 18, "label": "Reason", "component": {
            "type": 3, "custom_id": "reason", "required": false, "options": [
                {"label": "Done", "value": "completed"}, {"label": "Dropped", "value": "not_planned"}]}},
    ]})
}
