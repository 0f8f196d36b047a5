use axum::body::Body;
use axum::http::Request as HttpRequest;
use tower::ServiceExt as _;

use super::super::tests::{Prompter, Shelf, slack};
use super::*;
use crate::delivery::Incoming;

#[derive(Debug)]
struct Password;

impl Verify for Password {
    fn verify(&self, headers: &HeaderMap, _: &[u8]) -> Result<(), String> {
        headers.get("x-slack-signature").filter(|it| *it == "good").map(drop).ok_or_else(|| "a wrong signature".into())
    }
}

async fn knock(shelf: &Arc<Shelf>, path: &str, signature: &str, body: impl Into<Body>) -> (StatusCode, String) {
    let slack = slack("http://127.0.0.1:1/slack/api");
    let request = HttpRequest::post(path).header("x-slack-signature", signature).body(body.into()).expect("a request");
    let inbox: Arc<dyn Accept> = shelf.clone();
    let response = slack
        .open_doors(inbox, Arc::new(Prompter::default()), Arc::new(Password))
        .oneshot(request)
        .await
        .expect("an answer");
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

const COMMAND: &str = "team_id=T1&channel_id=C1&user_id=U1&command=%2Fqd&text=help&trigger_id=1.2&response_url=x";

#[tokio::test]
async fn signed_requests_are_taken_and_unsigned_ones_refused() {
    let shelf = Shelf::new(true);
    assert_eq!(knock(&shelf, "/slack/commands", "good", COMMAND).await, (StatusCode::OK, String::new()));
    assert_eq!(knock(&shelf, "/slack/commands", "bad", COMMAND).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(shelf.keys(), ["command/1.2"]);
    let challenge = r#"{"type":"url_verification","challenge":"word"}"#;
    assert_eq!(knock(&shelf, "/slack/events", "good", challenge).await, (StatusCode::OK, "word".into()));
    assert_eq!(knock(&shelf, "/slack/events", "bad", challenge).await.0, StatusCode::UNAUTHORIZED);
    let press = r#"payload={"type":"view_closed"}"#;
    assert_eq!(knock(&shelf, "/slack/interactivity", "good", press).await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_on_disk_is_not_acknowledged() {
    let shelf = Shelf::new(false);
    assert_eq!(knock(&shelf, "/slack/commands", "good", COMMAND).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_what_is_too_long_refused() {
    let shelf = Shelf::new(true);
    for body in ["", "{", "\u{0}", "[[[[", r#"{"type":"event_callback"}"#] {
        assert_eq!(knock(&shelf, "/slack/events", "good", body).await.0, StatusCode::OK, "{body:?}");
    }
    assert!(shelf.all().iter().all(|arrival| matches!(arrival.what, Incoming::Unread { .. })));
    assert_eq!(shelf.all().len(), 5);
    assert_eq!(knock(&shelf, "/slack/events", "good", vec![b' '; LARGEST + 1]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}
