//! What the doors say when nothing can be put on disk: never that it was taken.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::server::router;
use super::{ApiKeyConfig, Health, HttpConfig, Keys, ServerParts};
use crate::delivery::tables::Hooks;
use crate::delivery::{DeadLetters, DeliveryConfig, Inbox, Outgoing};
use crate::model::{Clock, Event, Fault, Role, Timestamp};
use crate::routing::{Notice, Teller};
use crate::store::tests::failing;
use crate::store::{Store, StoreConfig};
use crate::vault::{ApiKeyHash, Door, Scheme, Secret};

const KEY: &str = "qd_testtesttesttesttesttesttesttesttesttest";
const SECRET: &str = "a secret of the webhook";
const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"/a","type":"a.b","data":{}}"#;

struct Plain;

impl Teller for Plain {
    fn tell(&self, event: Event) -> Result<Notice, Fault> {
        Ok(Notice::new(event))
    }
}

/// The routes on this store.
fn routes(store: &Store, delivery: &DeliveryConfig) -> Router {
    let clock = Clock::manual(Timestamp::UNIX_EPOCH);
    let secrets = vec![Secret::new(SECRET)];
    let (scheme, kept_headers, largest) = (Scheme::GITHUB, &["x-github-event"][..], 1024);
    let door = Door::signed(scheme, secrets, "x-github-delivery", kept_headers, largest);
    let healthy = store.clone();
    let health = move || Health {
        broken: healthy.health().err().map(|fault| fault.outside).into_iter().collect(),
        degraded: Vec::new(),
    };
    router(ServerParts {
        config: HttpConfig::default(),
        clock: clock.clone(),
        inbox: Inbox::new(store, &clock, delivery),
        oauths: HashMap::new(),
        doors: HashMap::from([("github".to_owned(), door)]),
        keys: Keys::new(vec![ApiKeyConfig { name: "test".to_owned(), sha256: ApiKeyHash::of(KEY), role: Role::Admin }]),
        teller: Arc::new(Plain),
        outgoing: Outgoing::new(store),
        dead: DeadLetters::new(store, &clock),
        health: Arc::new(health),
        metrics: Arc::new(String::new),
        platforms: Router::new(),
    })
}

/// The status, the `Retry-After` and the answer.
async fn ask(routes: &Router, request: Request<Body>) -> (StatusCode, Option<String>, Value) {
    let response = routes.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let wait = response.headers().get("retry-after").map(|wait| wait.to_str().expect("text").to_owned());
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, wait, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn hook(id: &str) -> Request<Body> {
    let secret = [Secret::new(SECRET)];
    let signed = Scheme::GITHUB.sign(&secret, "", Timestamp::UNIX_EPOCH, b"{}").expect("signed");
    let request = Request::post("/webhooks/github").header("x-github-event", "ping").header("x-github-delivery", id);
    let request = signed.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(Body::from("{}")).expect("a request")
}

fn event() -> Request<Body> {
    let request = Request::post("/api/v1/events").header("authorization", format!("Bearer {KEY}"));
    request.header("content-type", "application/cloudevents+json").body(Body::from(EVENT)).expect("a request")
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn what_is_not_on_disk_is_refused_with_a_time_to_try_again() {
    let folder = TempDir::new().expect("a directory");
    let (store, fail) = failing(&StoreConfig { path: folder.path().join("store"), ..StoreConfig::default() });
    let routes = routes(&store, &DeliveryConfig::default());
    assert_eq!(ask(&routes, hook("before")).await.0, StatusCode::ACCEPTED);
    assert_eq!(ask(&routes, get("/readyz")).await.0, StatusCode::OK);
    fail();
    // The first one meets the failing disk, the others a store that has given up; a duplicate is no exception, since
    // what was seen may rest on what is lost.
    for request in [hook("after"), hook("after"), hook("before"), event(), event()] {
        let path = request.uri().path().to_owned();
        let (status, wait, said) = ask(&routes, request).await;
        assert_eq!((status, wait.as_deref()), (StatusCode::SERVICE_UNAVAILABLE, Some("5")), "{path}: {said}");
        assert_eq!(said["error"]["class"], "unavailable");
        let message = said["error"]["message"].as_str().expect("a message");
        assert!(!message.contains("fire") && !message.contains("sync"), "what happened inside is not told: {message}");
    }
    let (status, _, said) = ask(&routes, get("/readyz")).await;
    assert_eq!((status, said["status"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("broken")), "{said}");
    assert_eq!(ask(&routes, get("/healthz")).await.0, StatusCode::OK, "it lives, and says what is wrong");
    // Who is not let in hears nothing of the state of things.
    let stranger = Request::post("/webhooks/github").header("x-github-delivery", "x").body(Body::from("{}"));
    assert_eq!(ask(&routes, stranger.expect("a request")).await.0, StatusCode::UNAUTHORIZED);
    store.close().await;
}

#[tokio::test]
async fn a_full_inbox_turns_away_until_there_is_room() {
    let folder = TempDir::new().expect("a directory");
    let config = StoreConfig { path: folder.path().join("store"), ..StoreConfig::default() };
    let store = Store::open(&config).expect("a store");
    let routes = routes(&store, &DeliveryConfig { inbox_rows: 1, ..DeliveryConfig::default() });
    assert_eq!(ask(&routes, hook("first")).await.0, StatusCode::ACCEPTED);
    for request in [hook("second"), event()] {
        let (status, wait, _) = ask(&routes, request).await;
        assert_eq!((status, wait.as_deref()), (StatusCode::SERVICE_UNAVAILABLE, Some("5")));
    }
    let (number, _) = store.scan::<Hooks>(None, 1).expect("rows").remove(0);
    let made = store.write(move |tx| {
        tx.delete::<Hooks>(&number);
        Ok(())
    });
    made.await.expect("room");
    assert_eq!(ask(&routes, hook("second")).await.0, StatusCode::ACCEPTED);
    store.close().await;
}
