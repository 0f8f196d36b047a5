//! Interactions over the gateway: commands, completion, answers, follow-ups, deadlines.

use serde_json::{Value, json};

use super::{
    super::{APPLICATION, BEN, Choice, GENERAL, GUILD, Outcome},
    PLAIN, Rig, Socket, github,
};

/// A rig with commands and a listening app.
async fn ready() -> (Rig, Socket) {
    let rig = Rig::new().await;
    rig.register(github()).await;
    let socket = rig.listening(PLAIN).await;
    (rig, socket)
}

#[tokio::test]
async fn a_command_and_its_answer() {
    let (rig, mut socket) = ready().await;
    let options = [("repo", json!("acme/web")), ("number", json!(7)), ("who", json!("ben")), ("reason", json!("Done"))];
    let sent = rig.fake.command("ana", "general", "github issue close", &options).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(got, sent.payload);
    assert_eq!(
        (&got["type"], &got["application_id"], &got["guild_id"]),
        (&json!(2), &json!(APPLICATION), &json!(GUILD))
    );
    assert_eq!(got["member"]["user"]["username"], "ana");
    let leaf = &got["data"]["options"][0]["options"][0];
    assert_eq!((&leaf["name"], &leaf["type"]), (&json!("close"), &json!(1)));
    assert_eq!(leaf["options"][3], json!({"type": 3, "name": "reason", "value": "completed"}));
    assert_eq!(got["data"]["resolved"]["users"][BEN]["username"], "ben");
    let (status, _) = rig.token("POST", &got, "", json!({"content": "early"})).await;
    assert_eq!(status, 404, "not before the first answer");
    let (status, body) = rig.reply(&got, json!({"type": 4, "data": {"content": "Closed."}})).await;
    assert_eq!((status, body), (204, Value::Null));
    let Outcome::Acknowledged { kind, .. } = sent.outcome().await else { panic!() };
    assert_eq!(kind, 4);
    let shown = socket.event("MESSAGE_CREATE").await;
    assert_eq!((&shown["content"], &shown["type"]), (&json!("Closed."), &json!(20)));
    assert_eq!(shown["interaction_metadata"]["user"]["username"], "ana");
    assert_eq!(rig.reply(&got, json!({"type": 4, "data": {"content": "x"}})).await.1["code"], 40060);
    let (_, original) = rig.token("GET", &got, "/messages/@original", Value::Null).await;
    assert_eq!(original["id"], shown["id"]);
    let (status, _) = rig.token("PATCH", &got, "/messages/@original", json!({"content": "Closed!"})).await;
    assert_eq!(status, 200);
    let (status, follow) = rig.token("POST", &got, "?wait=false", json!({"content": "more", "flags": 64})).await;
    assert_eq!((status, &follow["flags"]), (200, &json!(64)), "wait is always true");
    assert_eq!(rig.fake.ephemerals("ana")[0].content, "more");
    let below = format!("/messages/{}", follow["id"].as_str().unwrap());
    assert_eq!(rig.token("PATCH", &got, &below, json!({"content": "less"})).await.0, 200);
    assert_eq!(rig.token("DELETE", &got, &below, Value::Null).await.0, 204);
    assert_eq!(rig.token("DELETE", &got, "/messages/@original", Value::Null).await.0, 204);
    assert_eq!(rig.token("GET", &got, "/messages/@original", Value::Null).await.1["code"], 10008);
    assert!(rig.fake.messages("general").is_empty());
    assert!(rig.fake.requests().iter().all(|request| !request.path.contains(sent.token.as_str())));
}

#[tokio::test]
async fn deferred() {
    let (rig, mut socket) = ready().await;
    rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    let id = got["id"].as_str().unwrap();
    let path = format!("/interactions/{id}/{}/callback?with_response=true", got["token"].as_str().unwrap());
    let (status, made) = rig.call("POST", &path, json!({"type": 5, "data": {"flags": 64}})).await;
    assert_eq!(status, 200);
    assert_eq!(made["interaction"]["response_message_loading"], true);
    assert_eq!(made["interaction"]["response_message_ephemeral"], true);
    assert_eq!(made["resource"]["message"]["flags"], 192);
    assert!(rig.fake.ephemerals("ana")[0].is_loading());
    // The first follow-up is the deferred answer, whatever its flags say.
    let (_, first) = rig.token("POST", &got, "", json!({"content": "done"})).await;
    assert_eq!((&first["flags"], &first["id"]), (&json!(64), &made["resource"]["message"]["id"]));
    assert_eq!(first["edited_timestamp"], Value::Null);
    let (_, second) = rig.token("POST", &got, "", json!({"content": "for all"})).await;
    assert_eq!(second["flags"], 0);
    assert_eq!((rig.fake.ephemerals("ana").len(), rig.fake.messages("general").len()), (1, 1));
    rig.pass(15 * 60);
    let (status, body) = rig.token("POST", &got, "", json!({"content": "late"})).await;
    assert_eq!((status, &body["code"]), (401, &json!(50027)));
    assert_eq!(rig.token("PATCH", &got, "/messages/@original", json!({"content": "x"})).await.1["code"], 50027);
    let channel = format!("/channels/{GENERAL}/messages/{}", second["id"].as_str().unwrap());
    assert_eq!(rig.call("PATCH", &channel, json!({"content": "by channel"})).await.0, 200);
    let hidden = format!("/channels/{GENERAL}/messages/{}", first["id"].as_str().unwrap());
    assert_eq!(rig.call("GET", &hidden, Value::Null).await.0, 404, "ephemeral messages are in no channel");
    rig.fake.dismiss("ana", first["id"].as_str().unwrap()).unwrap();
}

#[tokio::test]
async fn too_late() {
    let (rig, mut socket) = ready().await;
    let sent = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    rig.pass(2);
    assert_eq!((sent.outcome_now(), rig.fake.unsettled()), (None, 1));
    rig.pass(1);
    assert_eq!((sent.outcome().await, rig.fake.unsettled()), (Outcome::TimedOut, 0));
    assert_eq!(rig.fake.warnings()[0].error, "The application did not respond");
    let (status, body) = rig.reply(&got, json!({"type": 4, "data": {"content": "x"}})).await;
    assert_eq!((status, &body["code"]), (404, &json!(10062)));
    assert_eq!(rig.token("POST", &got, "", json!({"content": "x"})).await.1["code"], 10015);
    drop(socket);
    rig.fake.until(|fake| (fake.connections() == 0).then_some(())).await;
    let kept = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    assert_eq!(kept.outcome_now(), None, "the session may be resumed in time");
    rig.pass(121);
    let lost = rig.fake.command("ana", "general", "ping", &[]).unwrap();
    assert_eq!(lost.outcome().await, Outcome::NotReached);
}

#[tokio::test]
async fn completion() {
    let (rig, mut socket) = ready().await;
    let fake = rig.fake.clone();
    let typing = tokio::spawn(async move {
        fake.complete("ana", "general", "github issue close", &[("repo", json!("ac")), ("number", json!(1))], "repo")
            .await
    });
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(got["type"], 4);
    let focused = &got["data"]["options"][0]["options"][0]["options"][0];
    assert_eq!(*focused, json!({"type": 3, "name": "repo", "value": "ac", "focused": true}));
    let wrong = rig.reply(&got, json!({"type": 4, "data": {"content": "x"}})).await;
    assert_eq!(wrong.1["errors"]["type"]["_errors"][0]["code"], "BASE_TYPE_CHOICES");
    let many: Vec<_> = (0..26).map(|at| json!({"name": at.to_string(), "value": "x"})).collect();
    assert_eq!(rig.reply(&got, json!({"type": 8, "data": {"choices": many}})).await.0, 400);
    let choices = json!([{"name": "acme/web", "value": "acme/web"}]);
    assert_eq!(rig.reply(&got, json!({"type": 8, "data": {"choices": choices}})).await.0, 204);
    let expected = Choice { name: "acme/web".into(), value: json!("acme/web") };
    assert_eq!(typing.await.unwrap().unwrap(), [expected]);
}

#[tokio::test]
async fn from_menus() {
    let (rig, mut socket) = ready().await;
    let said = rig.fake.say("ben", "general", "it broke", None).unwrap();
    socket.event("MESSAGE_CREATE").await;
    rig.fake.message_command("ana", "general", "File issue", &said.message).unwrap();
    let got = socket.event("INTERACTION_CREATE").await;
    assert_eq!(got["data"]["target_id"], said.message);
    assert_eq!(got["data"]["resolved"]["messages"][&said.message]["content"], "it broke");
    assert_eq!(rig.reply(&got, json!({"type": 4, "data": {"content": "filed", "flags": 64}})).await.0, 204);
    assert_eq!(rig.fake.ephemerals("ana")[0].kind, 23);
    rig.fake.user_command("ana", "general", "Who is on call", "ben").unwrap();
    assert_eq!(socket.event("INTERACTION_CREATE").await["data"]["target_id"], BEN);
}
