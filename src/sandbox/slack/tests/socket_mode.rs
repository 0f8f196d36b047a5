//! Socket Mode: hello, envelopes, acknowledgements, redelivery, goodbyes.

use serde_json::json;
use slack_morphism::events::{SlackCommandEvent, SlackEventCallbackBody, SlackPushEventCallback};

use super::{
    super::{Disconnect, Outcome},
    ANA, Rig, Socket,
};

#[tokio::test]
async fn a_command_and_its_answer() {
    let rig = Rig::new().await;
    let url = rig.socket_url().await;
    let mut socket = Socket::open(&url).await;
    let hello = socket.next().await;
    assert_eq!((&hello["type"], &hello["num_connections"]), (&json!("hello"), &json!(1)));
    assert_eq!(hello["connection_info"]["app_id"], "A0QUARTER01");
    assert_eq!(hello["debug_info"]["approximate_connection_time"], 18060);
    assert!(Socket::try_open(&url).await.is_err(), "an address works once");

    let sent = rig.fake.slash("ana", "general", "/qd", "help").unwrap();
    let envelope = socket.next().await;
    assert_eq!(envelope["type"], "slash_commands");
    assert_eq!(envelope["accepts_response_payload"], true);
    assert_eq!(envelope["payload"], sent.payload);
    let event = serde_json::from_value::<SlackCommandEvent>(envelope["payload"].clone()).unwrap();
    assert_eq!(event.text.as_deref(), Some("help"));
    socket.ack(&envelope, Some(json!({"text": "here you are"}))).await;
    assert!(sent.outcome().await.is_acknowledged());
    assert_eq!(rig.fake.ephemerals(ANA)[0].text, "here you are");
    // The same acknowledgement again counts for nothing.
    socket.ack(&envelope, None).await;
    rig.fake.slash("ana", "general", "/qd", "x").unwrap();
    let next = socket.next().await;
    socket.ack(&next, Some(json!({"response_type": "in_channel", "text": "all"}))).await;
    rig.fake.until(|fake| (fake.messages("general").len() == 1).then_some(())).await;
    assert_eq!(rig.fake.late_acknowledgements(), 1);
    assert!(rig.fake.slash("ana", "general", "/nope", "").is_err());
    assert!(rig.fake.slash("cleo", "deploys", "/qd", "").is_err());
}

#[tokio::test]
async fn a_command_without_an_app() {
    let rig = Rig::new().await;
    let sent = rig.fake.slash(ANA, "general", "/qd", "help").unwrap();
    assert_eq!(sent.outcome().await, Outcome::NotReached);
    assert_eq!(rig.fake.ephemerals(ANA)[0].text, "/qd failed with the error \"dispatch_failed\"");
    let mut socket = rig.socket().await;
    let sent = rig.fake.slash(ANA, "general", "/qd", "help").unwrap();
    let envelope = socket.next().await;
    rig.pass(2);
    assert_eq!(sent.outcome_now(), None);
    rig.pass(1);
    assert_eq!(sent.outcome().await, Outcome::TimedOut);
    assert_eq!(rig.fake.warnings()[1].error, "operation_timeout");
    socket.ack(&envelope, None).await;
    rig.fake.slash(ANA, "general", "/qd", "again").unwrap();
    assert_eq!(socket.next().await["payload"]["text"], "again", "commands are never sent twice");
}

#[tokio::test]
async fn events_are_sent_again() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    let said = rig.fake.mention("ana", "general", "hello").unwrap();
    let [sent] = &said.delivered[..] else { panic!("{said:?}") };
    let first = socket.next().await;
    assert_eq!((&first["retry_attempt"], &first["retry_reason"]), (&json!(0), &json!("")));
    assert_eq!(first["payload"]["event"]["text"], "<@U0QUARTERBOT> hello");
    let event = serde_json::from_value::<SlackPushEventCallback>(first["payload"].clone()).unwrap();
    assert!(matches!(event.event, SlackEventCallbackBody::AppMention(_)));
    rig.pass(3);
    let second = socket.next().await;
    assert_eq!((&second["retry_attempt"], &second["retry_reason"]), (&json!(1), &json!("timeout")));
    assert_eq!(second["payload"]["event_id"], first["payload"]["event_id"]);
    assert_ne!(second["envelope_id"], first["envelope_id"]);
    rig.pass(3);
    rig.pass(60);
    assert_eq!(socket.next().await["retry_attempt"], 2);
    rig.pass(3);
    rig.pass(300);
    let last = socket.next().await;
    assert_eq!(last["retry_attempt"], 3);
    socket.ack(&last, None).await;
    let Outcome::Acknowledged { retries, .. } = sent.outcome().await else { panic!() };
    assert_eq!(retries, 3);
    assert_eq!(rig.fake.unsettled(), 0);

    let lost = rig.fake.direct_message("ana", "hello").unwrap();
    for wait in [3, 3, 60, 3, 300, 3] {
        rig.pass(wait);
    }
    assert_eq!(lost.delivered[0].outcome().await, Outcome::Lost);
    assert_eq!(rig.fake.lost_events().len(), 1);
}

#[tokio::test]
async fn events_wait_for_a_connection() {
    let rig = Rig::new().await;
    let said = rig.fake.direct_message("ana", "anyone?").unwrap();
    assert_eq!(rig.fake.unsettled(), 1);
    let mut socket = rig.socket().await;
    let envelope = socket.next().await;
    assert_eq!((&envelope["retry_attempt"], &envelope["payload"]["event"]["channel_type"]), (&json!(1), &json!("im")));
    socket.ack(&envelope, None).await;
    assert!(said.delivered[0].outcome().await.is_acknowledged());
}

#[tokio::test]
async fn connections_take_turns() {
    let rig = Rig::new().await;
    let mut one = rig.socket().await;
    let mut two = rig.socket().await;
    rig.fake.until(|fake| (fake.connections() == 2).then_some(())).await;
    for _ in 0..2 {
        rig.fake.slash(ANA, "general", "/qd", "x").unwrap();
    }
    let (a, b) = (one.next().await, two.next().await);
    one.ack(&a, None).await;
    two.ack(&b, None).await;
    rig.fake.until(|fake| (fake.unsettled() == 0).then_some(())).await;
    for _ in 2..10 {
        let url = rig.socket_url().await;
        let mut more = Socket::open(&url).await;
        assert_eq!(more.next().await["type"], "hello");
        Box::leak(Box::new(more));
    }
    rig.fake.until(|fake| (fake.connections() == 10).then_some(())).await;
    let mut eleventh = Socket::open(&rig.socket_url().await).await;
    assert_eq!(eleventh.next().await["reason"], "too_many_websockets");
}

#[tokio::test]
async fn goodbyes() {
    let rig = Rig::new().await;
    let mut socket = rig.socket().await;
    rig.fake.disconnect_sockets(Disconnect::Warning);
    let warning = socket.next().await;
    assert_eq!((&warning["type"], &warning["reason"]), (&json!("disconnect"), &json!("warning")));
    assert!(warning["debug_info"]["host"].is_string());
    let sent = rig.fake.slash(ANA, "general", "/qd", "still here").unwrap();
    let envelope = socket.next().await;
    rig.fake.disconnect_sockets(Disconnect::RefreshRequested);
    assert_eq!(socket.next().await["reason"], "refresh_requested");
    socket.ack(&envelope, None).await;
    assert!(sent.outcome().await.is_acknowledged(), "an acknowledgement under way counts");
    assert!(socket.ended().await);
    for kind in [Disconnect::Close, Disconnect::Cut] {
        let mut socket = rig.socket().await;
        rig.fake.disconnect_sockets(kind);
        assert!(socket.ended().await);
        rig.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
    }
    let mut socket = rig.socket().await;
    rig.fake.disconnect_sockets(Disconnect::LinkDisabled);
    assert_eq!(socket.next().await["reason"], "link_disabled");
}
