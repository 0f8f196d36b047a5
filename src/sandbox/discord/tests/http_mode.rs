//! Interactions over HTTP: signatures, PING, answers in the body.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use serde_json::{Value, json};

use super::{
    super::{DiscordFake, Outcome},
    Rig, github,
};
use crate::sandbox::server::{Running, serve};

/// An app behind an URL: its key, whether it looks at signatures, and what it answers with.
struct App {
    key: VerifyingKey,
    careful: bool,
    answer: (u16, Value),
    got: Vec<Value>,
}

type Shared = Arc<Mutex<App>>;

async fn receive(State(app): State<Shared>, headers: HeaderMap, body: Bytes) -> (StatusCode, axum::Json<Value>) {
    let mut app = app.lock().unwrap();
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signature: [u8; 64] = hex::decode(text("x-signature-ed25519")).unwrap().try_into().unwrap();
    let signed = [text("x-signature-timestamp").as_bytes(), &body].concat();
    let good = app.key.verify(&signed, &Signature::from_bytes(&signature)).is_ok();
    if app.careful && !good {
        return (StatusCode::UNAUTHORIZED, axum::Json(json!("invalid request signature")));
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    if body["type"] == 1 {
        return (StatusCode::OK, axum::Json(json!({"type": 1})));
    }
    app.got.push(body);
    (StatusCode::from_u16(app.answer.0).unwrap(), axum::Json(app.answer.1.clone()))
}

async fn app(fake: &DiscordFake, careful: bool) -> (Shared, Running, String) {
    let key: [u8; 32] = hex::decode(fake.public_key()).unwrap().try_into().unwrap();
    let key = VerifyingKey::from_bytes(&key).unwrap();
    let app = Arc::new(Mutex::new(App { key, careful, answer: (200, Value::Null), got: Vec::new() }));
    let router = Router::new().route("/discord", post(receive)).with_state(Arc::clone(&app));
    let running = serve(router, ([127, 0, 0, 1], 0).into()).await.unwrap();
    let url = format!("http://{}/discord", running.addr);
    (app, running, url)
}

#[tokio::test]
async fn signed_and_answered() {
    let rig = Rig::new().await;
    rig.register(github()).await;
    let (careless, _keep, url) = app(&rig.fake, false).await;
    assert!(rig.fake.set_interactions_url(&url).await.unwrap_err().reason.contains("401"));
    drop(careless);
    let (app, _keep, url) = app(&rig.fake, true).await;
    rig.fake.set_interactions_url(&url).await.unwrap();
    app.lock().unwrap().answer.1 = json!({"type": 4, "data": {"content": "pong"}});
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let Outcome::Acknowledged { kind: 4, .. } = sent.outcome().await else { panic!() };
    assert_eq!(rig.fake.messages("general")[0].content, "pong");
    assert_eq!(app.lock().unwrap().got[0], sent.payload);
    let payload = app.lock().unwrap().got[0].clone();
    assert_eq!(rig.token("POST", &payload, "", json!({"content": "more"})).await.0, 200);
    app.lock().unwrap().answer = (500, Value::Null);
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    assert_eq!(sent.outcome().await, Outcome::HttpError(500));
    app.lock().unwrap().answer = (200, json!({"type": 4, "data": {"content": ""}}));
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let Outcome::Refused(error) = sent.outcome().await else { panic!() };
    assert_eq!(error["code"], 50006);
    // 202: the callback comes by itself.
    app.lock().unwrap().answer = (202, Value::Null);
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    assert_eq!(rig.reply(&sent.payload, json!({"type": 5})).await.0, 204);
    assert!(sent.outcome().await.is_acknowledged());
    rig.fake.use_gateway();
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    assert_eq!(sent.outcome().await, Outcome::NotReached);
}
