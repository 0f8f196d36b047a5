use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::super::tests::{Fake, Prompter, Shelf, slack};
use super::*;
use crate::delivery::Incoming;

type Socket = WebSocketStream<TcpStream>;

/// A Slack that opens sockets on this port.
async fn vendor() -> (Fake, String, TcpListener) {
    let fake = Fake::default();
    let base = fake.serve().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("ws://{}/link", listener.local_addr().expect("an address"));
    fake.answer("auth.test", 200, None, &json!({ "ok": true, "team_id": "T1", "user_id": "U0BOT" }));
    for _ in 0..20 {
        fake.answer("apps.connections.open", 200, None, &json!({ "ok": true, "url": url }));
    }
    (fake, base, listener)
}

async fn accept(listener: &TcpListener) -> Socket {
    let (stream, _) = listener.accept().await.expect("a caller");
    let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a socket");
    send(&mut socket, &json!({ "type": "hello", "num_connections": 1 })).await;
    socket
}

async fn send(socket: &mut Socket, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.expect("sent");
}

/// The next answer; pings are not answers.
async fn reply(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("a frame").expect("no error") {
            Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
            Message::Close(_) => return Value::Null,
            _ => {}
        }
    }
}

fn command(envelope: &str) -> Value {
    json!({ "type": "slash_commands", "envelope_id": envelope, "accepts_response_payload": true, "payload": {
        "team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/qd", "text": "help",
        "response_url": "https://hooks.slack.com/x", "trigger_id": envelope,
    } })
}

#[tokio::test]
async fn frames_are_acknowledged_when_they_are_on_disk_and_not_before() {
    let (_fake, base, listener) = vendor().await;
    let slack = Arc::new(slack(&base));
    let shelf = Shelf::new(false);
    let mut connected = slack.connected.subscribe();
    let listening = tokio::spawn({
        let (slack, inbox) = (Arc::clone(&slack), Arc::clone(&shelf));
        async move { slack.listen_into(inbox, Arc::new(Prompter::default())).await }
    });
    let mut socket = accept(&listener).await;
    connected.wait_for(|there| *there).await.expect("connected");

    // Refused by the inbox: no answer. The next one is answered, and first.
    send(&mut socket, &command("e1")).await;
    shelf.count.subscribe().wait_for(|count| *count == 1).await.expect("tried");
    shelf.take_from_now_on();
    send(&mut socket, &command("e2")).await;
    assert_eq!(reply(&mut socket).await, json!({ "envelope_id": "e2" }));
    assert_eq!(shelf.keys(), ["command/e2"]);

    // What cannot be read is kept, then acknowledged; so is what is of no interest, without being kept.
    send(&mut socket, &json!({ "type": "of_tomorrow", "envelope_id": "e3", "payload": { "x": 1 } })).await;
    assert_eq!(reply(&mut socket).await, json!({ "envelope_id": "e3" }));
    assert!(matches!(&shelf.all()[1].what, Incoming::Unread { body, .. } if body.starts_with(b"{")));
    send(&mut socket, &json!({ "type": "interactive", "envelope_id": "e4", "payload": { "type": "view_closed" } }))
        .await;
    assert_eq!(reply(&mut socket).await, json!({ "envelope_id": "e4" }));
    socket.send(Message::text("no JSON")).await.expect("sent");
    send(&mut socket, &command("e5")).await;
    assert_eq!(reply(&mut socket).await, json!({ "envelope_id": "e5" }));
    assert_eq!(shelf.all().len(), 4);

    // Slack renews the connection: another one comes, and works.
    send(&mut socket, &json!({ "type": "disconnect", "reason": "refresh_requested" })).await;
    let mut next = accept(&listener).await;
    send(&mut next, &command("e6")).await;
    assert_eq!(reply(&mut next).await, json!({ "envelope_id": "e6" }));

    listening.abort();
    assert!(listening.await.expect_err("ended").is_cancelled());
    connected.wait_for(|there| !*there).await.expect("disconnected");
    send(&mut next, &command("e7")).await;
    assert_eq!(reply(&mut next).await, Value::Null, "what comes after the end is not taken");
}

#[tokio::test]
async fn a_token_that_is_no_good_ends_the_listening() {
    for (method, error) in [("auth.test", "token_revoked"), ("apps.connections.open", "invalid_auth")] {
        let fake = Fake::default();
        let slack = slack(&fake.serve().await);
        fake.answer(method, 200, None, &json!({ "ok": false, "error": error }));
        fake.answer("auth.test", 200, None, &json!({ "ok": true, "team_id": "T1", "user_id": "U0BOT" }));
        let fault = slack.listen_into(Shelf::new(true), Arc::new(Prompter::default())).await.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{method}");
    }
}

#[test]
fn connections_that_die_young_are_replaced_ever_more_slowly() {
    let pauses: Vec<i64> = (0..9).map(|young| pause(young).as_secs()).collect();
    assert_eq!(pauses, [0, 0, 1, 2, 4, 8, 16, 30, 30]);
    assert_eq!(pause(u32::MAX).as_secs(), 30);
}

#[tokio::test]
async fn what_somebody_types_is_answered_at_once_and_kept_nowhere() {
    let (_fake, base, listener) = vendor().await;
    let slack = Arc::new(slack(&base));
    let shelf = Shelf::new(true);
    let choice = |value: &str| crate::model::Choice { value: value.into(), label: value.into() };
    let prompter = Arc::new(Prompter { values: vec![choice("#general")], ..Prompter::default() });
    let listening = tokio::spawn({
        let (slack, inbox, prompter) = (Arc::clone(&slack), Arc::clone(&shelf), Arc::clone(&prompter));
        async move { slack.listen_into(inbox, prompter).await }
    });
    let mut socket = accept(&listener).await;
    let payload = json!({
        "type": "block_suggestion", "user": { "id": "U1" }, "block_id": "channel", "value": "gen",
        "view": { "callback_id": "qd:form", "private_metadata": "tok", "state": { "values": {} } },
    });
    send(&mut socket, &json!({ "type": "interactive", "envelope_id": "e1", "payload": payload })).await;
    let answer = reply(&mut socket).await;
    assert_eq!(answer["envelope_id"], "e1");
    assert_eq!(answer["payload"]["options"][0]["value"], "#general");
    assert_eq!(answer["payload"]["options"][1]["value"], "gen");
    assert!(shelf.all().is_empty());
    assert_eq!(prompter.asked.lock().expect("a lock")[0].field, "channel");
    listening.abort();
}
