//! What the tests of this folder share: a small Telegram that gives the answers it was told to give.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::client::Client;
use crate::chat::Ground;
use crate::vault::Secret;

pub(super) const NOW: &str = "2026-11-20T12:00:00Z";
pub(super) const TOKEN: &str = "7100000001:AAtest-token_of-nobody";

/// A client of the Telegram at `base`.
pub(super) fn client(base: &str, ground: &Ground) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let timeout = SignedDuration::from_secs(10);
    let (clock, limits) = (ground.clock.clone(), Arc::clone(&ground.limits));
    Client::new(base, Secret::new(TOKEN), timeout, clock, limits).expect("a client")
}

/// The vendors' own samples and schemas, which lie beside the project or further up.
pub(super) fn vendor_data(name: &str) -> Option<std::path::PathBuf> {
    let folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.map(|folder| folder.join("shared/vendor-data").join(name)).find(|path| path.exists())
}

/// Answers each call with the next of its answers for that method, and remembers the calls.
#[derive(Clone)]
pub(super) struct Fake {
    state: Arc<Mutex<FakeState>>,
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct FakeState {
    answers: Vec<(String, u16, String)>,
    calls: Vec<(String, Value)>,
}

impl Default for Fake {
    fn default() -> Self {
        Self { state: Arc::default(), count: watch::Sender::new(0) }
    }
}

impl Fake {
    /// Answers the next call of the method so.
    pub(super) fn answer(&self, method: &str, status: u16, body: &Value) {
        self.state.lock().expect("a lock").answers.push((method.to_lowercase(), status, body.to_string()));
    }

    /// The calls so far: method, and what was sent (a text where it is no JSON).
    pub(super) fn calls(&self) -> Vec<(String, Value)> {
        self.state.lock().expect("a lock").calls.clone()
    }

    /// Waits until there were so many calls.
    pub(super) async fn wait_for(&self, calls: usize) {
        let mut count = self.count.subscribe();
        count.wait_for(|count| *count >= calls).await.expect("a fake");
    }

    pub(super) async fn serve(&self) -> String {
        let router = Router::new().route("/{bot}/{method}", post(call)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

async fn call(State(fake): State<Fake>, Path((bot, method)): Path<(String, String)>, body: String) -> Response {
    let (status, body) = {
        let mut state = fake.state.lock().expect("a lock");
        assert_eq!(bot, format!("bot{TOKEN}"));
        let sent = serde_json::from_str(&body).unwrap_or(Value::String(body));
        state.calls.push((method.clone(), sent));
        match state.answers.iter().position(|(wanted, ..)| *wanted == method.to_lowercase()) {
            Some(at) => {
                let (_, status, body) = state.answers.remove(at);
                (status, body)
            }
            None => (404, json!({"ok": false, "error_code": 404, "description": "Not Found"}).to_string()),
        }
    };
    fake.count.send_modify(|count| *count += 1);
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json")], body).into_response()
}
