//! Request URLs: signatures, forms, deadlines, retries and the handshake.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Uri},
    response::Response,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::form_urlencoded;

use super::{
    super::{Outcome, RequestUrls, sign},
    ANA, Rig,
};
use crate::sandbox::server::{Running, serve};

/// A request as an app saw it.
struct Got {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// An app's HTTP side: notes requests and answers from a list, or not at all.
struct App {
    running: Running,
    got: mpsc::UnboundedReceiver<Got>,
    answers: Arc<Mutex<Vec<Option<Response>>>>,
}

type Shared = (mpsc::UnboundedSender<Got>, Arc<Mutex<Vec<Option<Response>>>>);

async fn take(State((seen, answers)): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let answer =
        if let Some(challenge) = serde_json::from_str::<Value>(&body).ok().and_then(|v| v.get("challenge").cloned()) {
            Some(Response::new(Body::from(challenge.as_str().unwrap().to_owned())))
        } else {
            let mut answers = answers.lock().unwrap();
            if answers.is_empty() { Some(Response::new(Body::empty())) } else { answers.remove(0) }
        };
    seen.send(Got { path: uri.path().to_owned(), headers, body }).unwrap();
    match answer {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

impl App {
    async fn new() -> Self {
        let (seen, got) = mpsc::unbounded_channel();
        let answers = Arc::default();
        let router = Router::new().fallback(take).with_state((seen, Arc::clone(&answers)));
        let running = serve(router, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        Self { running, got, answers }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.running.addr)
    }

    fn urls(&self) -> RequestUrls {
        RequestUrls {
            events: Some(self.url("events")),
            commands: Some(self.url("commands")),
            interactivity: Some(self.url("actions")),
            options: Some(self.url("options")),
        }
    }

    fn will_answer(&self, status: u16, kind: &str, body: &str) {
        let response =
            Response::builder().status(status).header("content-type", kind).body(Body::from(body.to_owned()));
        self.answers.lock().unwrap().push(Some(response.unwrap()));
    }

    fn will_hang(&self) {
        self.answers.lock().unwrap().push(None);
    }
}

fn verified(rig: &Rig, got: &Got) {
    let timestamp: i64 = got.headers["x-slack-request-timestamp"].to_str().unwrap().parse().unwrap();
    assert_eq!(timestamp, rig.clock.lock().unwrap().as_second());
    let signature = sign(&rig.fake.setup().signing_secret, timestamp, &got.body);
    assert_eq!(got.headers["x-slack-signature"], signature.as_str());
}

#[test]
fn the_documented_signature() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
                &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let signed = sign("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body);
    assert_eq!(signed, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

#[tokio::test]
async fn commands_and_presses_are_forms() {
    let mut app = App::new().await;
    let rig = Rig::http_mode(app.urls()).await;
    app.will_answer(200, "application/json", r#"{"response_type":"in_channel","text":"done"}"#);
    let sent = rig.fake.slash(ANA, "general", "/qd", "a & b").unwrap();
    let got = app.got.recv().await.unwrap();
    verified(&rig, &got);
    assert_eq!(
        (got.path.as_str(), &got.headers["content-type"]),
        ("/commands", &"application/x-www-form-urlencoded".parse().unwrap())
    );
    let form: HashMap<_, _> = form_urlencoded::parse(got.body.as_bytes()).into_owned().collect();
    assert_eq!((form["command"].as_str(), form["text"].as_str(), form["user_id"].as_str()), ("/qd", "a & b", ANA));
    assert!(sent.outcome().await.is_acknowledged());
    assert_eq!(rig.fake.messages("general")[0].text, "done");

    app.will_answer(200, "text/plain", "plain words");
    rig.fake.slash(ANA, "general", "/qd", "").unwrap().outcome().await;
    assert_eq!(rig.fake.ephemerals(ANA)[0].text, "plain words");
    app.got.recv().await.unwrap();

    let args = json!({"channel": "general", "text": "x", "blocks": super::buttons()});
    let ts = rig.ok("chat.postMessage", args).await["ts"].as_str().unwrap().to_owned();
    let pressed = rig.fake.press(ANA, "general", &ts, "go").unwrap();
    let got = app.got.recv().await.unwrap();
    verified(&rig, &got);
    let form: HashMap<_, _> = form_urlencoded::parse(got.body.as_bytes()).into_owned().collect();
    assert_eq!(got.path, "/actions");
    assert_eq!(serde_json::from_str::<Value>(&form["payload"]).unwrap(), pressed.payload);

    app.will_answer(500, "text/plain", "no");
    let failed = rig.fake.slash(ANA, "general", "/qd", "").unwrap();
    assert_eq!(failed.outcome().await, Outcome::HttpError(500));
    app.will_hang();
    let slow = rig.fake.slash(ANA, "general", "/qd", "").unwrap();
    rig.pass(3);
    assert_eq!(slow.outcome().await, Outcome::TimedOut);
}

#[tokio::test]
async fn events_are_retried_with_headers() {
    let mut app = App::new().await;
    let rig = Rig::http_mode(app.urls()).await;
    app.will_answer(500, "text/plain", "no");
    app.will_hang();
    let said = rig.fake.mention(ANA, "general", "hello").unwrap();
    let first = app.got.recv().await.unwrap();
    verified(&rig, &first);
    assert_eq!((first.path.as_str(), first.headers.get("x-slack-retry-num")), ("/events", None));
    let second = app.got.recv().await.unwrap();
    assert_eq!(
        (&second.headers["x-slack-retry-num"], &second.headers["x-slack-retry-reason"]),
        (&"1".parse().unwrap(), &"http_error".parse().unwrap())
    );
    assert_eq!(second.body, first.body);
    rig.pass(3);
    rig.pass(60);
    let third = app.got.recv().await.unwrap();
    verified(&rig, &third);
    assert_eq!(
        (&third.headers["x-slack-retry-num"], &third.headers["x-slack-retry-reason"]),
        (&"2".parse().unwrap(), &"http_timeout".parse().unwrap())
    );
    assert!(said.delivered[0].outcome().await.is_acknowledged());

    let response = Response::builder().status(500).header("x-slack-no-retry", "1").body(Body::empty()).unwrap();
    app.answers.lock().unwrap().push(Some(response));
    let said = rig.fake.mention(ANA, "general", "hello").unwrap();
    assert_eq!(said.delivered[0].outcome().await, Outcome::HttpError(500));
    assert_eq!(rig.fake.unsettled(), 0);
}

#[tokio::test]
async fn the_handshake() {
    let app = App::new().await;
    let rig = Rig::http_mode(RequestUrls::default()).await;
    let url = app.url("events");
    rig.fake.set_events_url(&url).await.unwrap();
    assert!(rig.fake.set_events_url("http://127.0.0.1:9/").await.is_err());
    let said = rig.fake.mention(ANA, "general", "hello").unwrap();
    assert!(said.delivered[0].outcome().await.is_acknowledged());
}
