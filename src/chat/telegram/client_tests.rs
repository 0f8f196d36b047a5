//! Calls against a small Telegram of the test's own.

use serde_json::json;
use teloxide_core::payloads::GetMe;

use super::super::tests::{Fake, NOW, TOKEN, client};
use super::*;
use crate::chat::Ground;

fn ground() -> (Clock, Ground, tempfile::TempDir) {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, directory) = Ground::sample(&clock);
    (clock, ground, directory)
}

#[tokio::test]
async fn a_wait_closes_one_window_for_all_calls_and_over_a_restart() {
    let (clock, ground, _directory) = ground();
    let fake = Fake::default();
    let base = fake.serve().await;
    let client_one = client(&base, &ground);
    let slow = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 30",
        "parameters": {"retry_after": 30}});
    fake.answer("sendMessage", 429, &slow);
    fake.answer("GetMe", 200, &json!({"ok": true, "result": {"id": 1}}));
    let first = client_one.call("sendMessage", Twice::Seen, &json!({"chat_id": 5, "text": "x"})).await;
    let FaultKind::RateLimited { until } = first.expect_err("a refusal").fault.kind else { panic!("no wait") };
    // Another method, another client after a restart: nobody calls before the time.
    let restarted = Arc::new(Limits::open(&ground.store, &clock).expect("the limits"));
    let client_two = client(&base, &Ground { limits: restarted, ..ground.clone() });
    for client in [&client_one, &client_two] {
        let refused = client.send(Twice::Harmless, &GetMe::new()).await.expect_err("a refusal");
        assert_eq!((refused.fault.kind, refused.code), (FaultKind::RateLimited { until }, 429));
    }
    assert_eq!(fake.calls().len(), 1);
    clock.advance(SignedDuration::from_secs(30));
    assert_eq!(client_two.send(Twice::Harmless, &GetMe::new()).await, Ok(json!({"id": 1})));
}

#[tokio::test]
async fn no_error_shows_the_token() {
    let (_, ground, _directory) = ground();
    let fake = Fake::default();
    let here = client(&fake.serve().await, &ground);
    // A proxy that repeats the address; a hang-up; nobody there; an address that is none.
    let echo = json!({"ok": false, "error_code": 400, "description": format!("no route /bot{TOKEN}/x")});
    fake.answer("x", 400, &echo);
    let nobody = client("http://127.0.0.1:9", &ground);
    let odd = client("http://[", &ground);
    for client in [&here, &nobody, &odd] {
        let refusal = client.call("x", Twice::Seen, &json!({})).await.expect_err("a refusal");
        let text = format!("{refusal:?} {} {client:?}", refusal.fault);
        assert!(!text.contains(TOKEN) && !text.contains("AAtest"), "{text}");
    }
}

#[tokio::test]
async fn files_go_beside_their_arguments() {
    let (_, ground, _directory) = ground();
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    fake.answer("sendDocument", 200, &json!({"ok": true, "result": {"message_id": 4}}));
    let file = FilePart {
        field: "document".into(),
        name: "log.txt".into(),
        mime: "text/plain".into(),
        content: Bytes::from_static(b"line"),
    };
    let args = json!({"chat_id": -5, "caption": "a \"log\"", "reply_parameters": {"message_id": 3}});
    let sent = client.upload("sendDocument", Twice::Seen, &args, vec![file]).await;
    assert_eq!(sent, Ok(json!({"message_id": 4})));
    let (_, body) = fake.calls().remove(0);
    let body = body.as_str().expect("no JSON").to_owned();
    for part in ["name=\"chat_id\"", "-5", "a \"log\"", "{\"message_id\":3}", "filename=\"log.txt\"", "line"] {
        assert!(body.contains(part), "{part} in {body}");
    }
}
