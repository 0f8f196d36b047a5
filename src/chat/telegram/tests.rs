//! What the tests of this folder share: a small Telegram that gives the answers it was told to give.

use std::collections::HashMap;
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
use super::listen::{Accept, Aside, Attendant};
use super::{Telegram, TelegramConfig, TelegramMode, TelegramSecrets};
use crate::chat::Ground;
use crate::delivery::{Accepted, Arrival, Inbox, Minter};
use crate::model::{Actor, Card, Effect, Fault, People as Book, Person, Tone};
use crate::operations::{Access, Caller, Offer, Operation, Outcome, People, Registry, Spec, Standing, declare};
use crate::routing::{Router as Routing, Vocabulary};
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

/// Look at things.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListThings {}

/// Change something.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct MakeChange {}

impl Operation for ListThings {
    type On = ();
    const SPEC: Spec = Spec::new("sample.thing.list").aliases(&["things"]);

    async fn run(self, (): &(), _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::public(Card::new(Tone::Good, "Things")))
    }
}

impl Operation for MakeChange {
    type On = ();
    const SPEC: Spec = Spec::new("sample.change.make").effect(Effect::Change);

    async fn run(self, (): &(), _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::public(Card::new(Tone::Good, "Changed")))
    }
}

struct Nobody;

#[async_trait::async_trait]
impl People for Nobody {
    async fn name_of(&self, _: &Actor) -> Option<String> {
        None
    }

    async fn groups_of(&self, _: &Actor, groups: &[String]) -> Result<Vec<String>, Vec<String>> {
        Ok(groups.iter().filter(|group| *group == crate::operations::EVERYBODY).cloned().collect())
    }
}

/// An offer of two operations, one that reads and one that changes, under these rules.
pub(super) fn offer(ground: &Ground, default: &str, members: &[(&str, &str)], handles: &[&str]) -> Arc<Offer> {
    let members: Vec<Value> = members.iter().map(|(who, role)| json!({"who": [who], "role": role})).collect();
    offer_of(ground, &json!({"default_role": default, "members": members}), handles)
}

/// As [`offer`], under rules as they are configured.
pub(super) fn offer_of(ground: &Ground, access: &Value, handles: &[&str]) -> Arc<Offer> {
    let access = serde_json::from_value(access.clone()).expect("rules");
    let people =
        handles.iter().map(|handle| Person { name: "X".into(), handles: vec![(*handle).to_owned()] }).collect();
    let access = Access::new(access, &Arc::new(Book::new(people)));
    let on = Arc::new(());
    let registry = Registry::new(vec![declare::<ListThings>(&on), declare::<MakeChange>(&on)]).expect("a registry");
    let day = SignedDuration::from_hours(24);
    let minter = Minter::new(&ground.clock, day);
    let routing = Routing::open(&ground.store, &ground.clock, &minter, Vocabulary::default(), day).expect("a router");
    Offer::new(Arc::new(registry), Standing::new(access, Arc::new(Nobody)), &routing, &ground.clock, HashMap::new())
}

/// An outward half that only remembers.
#[derive(Default)]
pub(super) struct Attends {
    pub asides: Mutex<Vec<Aside>>,
}

#[async_trait::async_trait]
impl Attendant for Attends {
    async fn aside(&self, aside: Aside) {
        self.asides.lock().expect("a lock").push(aside);
    }

    async fn attend(&self) {
        std::future::pending::<()>().await;
    }
}

/// An inbox that refuses these of the arrivals, counted from 0, and else is the true one.
pub(super) struct Gate {
    inbox: Inbox,
    refuse: std::ops::Range<usize>,
    came: Mutex<usize>,
}

impl Gate {
    pub(super) fn new(ground: &Ground, refuse: std::ops::Range<usize>) -> Arc<Self> {
        let inbox = Inbox::new(&ground.store, &ground.clock, &crate::delivery::DeliveryConfig::default());
        Arc::new(Self { inbox, refuse, came: Mutex::default() })
    }
}

#[async_trait::async_trait]
impl Accept for Gate {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        {
            let mut came = self.came.lock().expect("a lock");
            *came += 1;
            if self.refuse.contains(&(*came - 1)) {
                return Err(Fault::unavailable("the disk is full"));
            }
        }
        self.inbox.accept(arrival).await
    }
}

/// The platform at this base address, polling or by webhook to this one.
pub(super) fn telegram(base: &str, token: &str, webhook: Option<&str>, ground: &Ground) -> Telegram {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = TelegramConfig {
        base_url: base.parse().expect("an address"),
        token: Some("env:A".parse().expect("a reference")),
        mode: if webhook.is_some() { TelegramMode::Webhook } else { TelegramMode::Polling },
        webhook_url: webhook.map(|url| url.parse().expect("an address")),
        webhook_secret: webhook.map(|_| "env:B".parse().expect("a reference")),
        ..TelegramConfig::default()
    };
    let secrets = TelegramSecrets { token: Secret::new(token), webhook: webhook.map(|_| Secret::new("agreed-upon")) };
    Telegram::new(&config, secrets, ground).expect("a platform")
}

#[test]
fn tokens_and_secrets_of_another_form_are_refused_and_not_repeated() {
    let clock = crate::model::Clock::manual(NOW.parse().expect("a time"));
    let (ground, _directory) = Ground::sample(&clock);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = TelegramConfig { token: Some("env:A".parse().expect("a reference")), ..TelegramConfig::default() };
    for odd in ["", "hunter2", "123:", "123:a/b", "x:AAtest", "123:a b"] {
        let secrets = TelegramSecrets { token: Secret::new(odd), webhook: None };
        let fault = Telegram::new(&config, secrets, &ground).expect_err("no token");
        assert!(fault.outside.starts_with("telegram.token: ") && !fault.outside.contains("hunter2"), "{fault}");
    }
    let platform = telegram("https://api.telegram.org", TOKEN, None, &ground);
    assert!(!format!("{platform:?}").contains("AAtest"));
}
