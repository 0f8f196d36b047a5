//! Buttons, menus and modals as people use them.

use serde_json::{Value, json};

use super::{
    super::{BEN, Outcome},
    PLAIN, Rig, Socket, buttons, github, modal,
};

async fn pressed(rig: &Rig, socket: &mut Socket, id: &str) -> Value {
    rig.fake.press("ana", "general", id, "Go").unwrap();
    socket.event("INTERACTION_CREATE").await
}

async fn ready() -> (Rig, Socket, String) {
    let rig = Rig::new().await;
    let mut socket = rig.listening(PLAIN).await;
    let id = rig.send(json!({"content": "Deploy?", "components": buttons()})).await["id"].as_str().unwrap().to_owned();
    socket.event("MESSAGE_CREATE").await;
    (rig, socket, id)
}

#[tokio::test]
async fn a_button() {
    let (rig, mut socket, id) = ready().await;
    let got = pressed(&rig, &mut socket, &id).await;
    assert_eq!(
        (&got["type"], &got["data"]["custom_id"], &got["data"]["component_type"]),
        (&json!(3), &json!("go"), &json!(2))
    );
    assert_eq!((&got["message"]["id"], &got["message"]["content"]), (&json!(id), &json!("Deploy?")));
    assert_eq!(rig.reply(&got, json!({"type": 7, "data": {"content": "Going", "components": []}})).await.0, 204);
    let after = socket.event("MESSAGE_UPDATE").await;
    assert_eq!((&after["content"], &after["components"]), (&json!("Going"), &json!([])));
    let (_, original) = rig.token("GET", &got, "/messages/@original", Value::Null).await;
    assert_eq!(original["id"], json!(id));
    assert!(rig.fake.press("ana", "general", &id, "Go").is_err(), "the button is gone");
}

#[tokio::test]
async fn other_answers() {
    let (rig, mut socket, id) = ready().await;
    let got = pressed(&rig, &mut socket, &id).await;
    assert_eq!(rig.reply(&got, json!({"type": 6})).await.0, 204);
    assert_eq!(rig.token("PATCH", &got, "/messages/@original", json!({"content": "later"})).await.0, 200);
    assert_eq!(rig.fake.messages("general")[0].content, "later");
    assert_eq!(rig.token("POST", &got, "", json!({"content": "note", "flags": 64})).await.0, 200);
    let got = {
        socket.event("MESSAGE_UPDATE").await;
        pressed(&rig, &mut socket, &id).await
    };
    assert_eq!(rig.reply(&got, json!({"type": 4, "data": {"content": "new"}})).await.0, 204);
    let new = rig.fake.messages("general").remove(1);
    assert_eq!((new.kind, new.reference.unwrap()["message_id"].as_str()), (19, Some(id.as_str())));
    for wrong in ["Docs", "Off", "nope"] {
        assert!(rig.fake.press("ana", "general", &id, wrong).is_err(), "{wrong}");
    }
    assert!(rig.fake.press("ana", "deploys", &id, "Go").is_err());
}

#[tokio::test]
async fn a_menu() {
    let (rig, mut socket, id) = ready().await;
    assert!(rig.fake.choose("ana", "general", &id, "env", &["nope"]).is_err());
    assert!(rig.fake.choose("ana", "general", &id, "env", &["stg", "prod"]).is_err());
    let sent = rig.fake.choose("ana", "general", &id, "Where", &["Production"]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(got["data"]["values"], json!(["prod"]));
    rig.pass(3);
    assert_eq!(sent.outcome().await, Outcome::TimedOut);
    assert_eq!(rig.fake.warnings()[0].error, "This interaction failed");
    let people = json!([{"type": 1, "components": [{"type": 5, "custom_id": "who", "max_values": 2}]}]);
    let id = rig.send(json!({"content": "Who?", "components": people})).await["id"].as_str().unwrap().to_owned();
    socket.event("MESSAGE_CREATE").await;
    rig.fake.choose("ana", "general", &id, "who", &["ben"]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(got["data"]["values"], json!([BEN]));
    assert_eq!(got["data"]["resolved"]["members"][BEN]["roles"], json!([]));
}

#[tokio::test]
async fn a_modal() {
    let (rig, mut socket, id) = ready().await;
    let got = pressed(&rig, &mut socket, &id).await;
    assert_eq!(rig.reply(&got, json!({"type": 9, "data": modal()})).await.0, 204);
    let open = rig.fake.modals("ana").remove(0);
    assert_eq!((open.title.as_str(), open.custom_id.as_str()), ("Close issue", "close"));
    let wrong = rig.fake.submit_modal("ana", &open.id, &[("why", json!("x".repeat(21))), ("nope", json!("x"))]);
    let fields = wrong.unwrap_err().fields;
    assert!(fields.contains_key("why") && fields.contains_key("nope"));
    assert!(rig.fake.submit_modal("ben", &open.id, &[("why", json!("x"))]).is_err());
    let sent = rig.fake.submit_modal("ana", &open.id, &[("why", json!("fixed")), ("reason", json!("Done"))]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!((&got["type"], &got["message"]["id"]), (&json!(5), &json!(id)));
    let fields = &got["data"]["components"];
    assert_eq!(fields[0]["components"][0]["value"], "fixed");
    assert_eq!(fields[1]["component"]["values"], json!(["completed"]));
    let again = rig.reply(&got, json!({"type": 9, "data": modal()})).await;
    assert_eq!(again.1["errors"]["type"]["_errors"][0]["code"], "BASE_TYPE_CHOICES");
    assert_eq!(rig.reply(&got, json!({"type": 7, "data": {"content": "Closed"}})).await.0, 204);
    assert!(sent.outcome().await.is_acknowledged());
    assert!(rig.fake.modals("ana").is_empty());
    assert_eq!(rig.fake.messages("general")[0].content, "Closed");
}

#[tokio::test]
async fn a_modal_of_a_command() {
    let rig = Rig::new().await;
    rig.register(github()).await;
    let mut socket = rig.listening(PLAIN).await;
    rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    let input = json!({"type": 4, "custom_id": "a", "label": "A", "style": 1});
    let row = json!({"type": 1, "components": [input]});
    let with = |title: &str, components: Value| json!({"custom_id": "m", "title": title, "components": components});
    for (data, place) in [
        (with(&"x".repeat(46), json!([row])), "title"),
        (with("t", json!([])), "components"),
        (with("t", json!([row, row, row, row, row, row])), "components"),
        (with("t", json!([row, row])), "components"),
        (with("t", json!([input])), "components"),
        (json!({"title": "t", "components": [row]}), "custom_id"),
    ] {
        let (status, body) = rig.reply(&got, json!({"type": 9, "data": data})).await;
        assert_eq!(status, 400, "{data}");
        assert!(body["errors"]["data"].get(place).is_some(), "{body}");
    }
    assert_eq!(rig.reply(&got, json!({"type": 9, "data": with("t", json!([row]))})).await.0, 204);
    let sent = rig.fake.submit_modal("ana", "m", &[("a", json!("x"))]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert!(got["message"].is_null());
    assert_eq!(rig.reply(&got, json!({"type": 6})).await.0, 400, "there is no message to update");
    rig.pass(3);
    assert_eq!(sent.outcome().await, Outcome::TimedOut);
    assert_eq!(rig.fake.modals("ana")[0].error.as_deref(), Some("Something went wrong. Try again."));
    rig.fake.close_modal("ana", "m").unwrap();
    assert!(rig.fake.modals("ana").is_empty());
}
