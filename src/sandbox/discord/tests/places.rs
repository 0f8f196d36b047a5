//! Guilds, channels, threads, direct messages and webhooks.

use serde_json::{Value, json};

use super::{
    super::{ANA, APPLICATION, BOT, GENERAL, GUILD, WORK},
    PLAIN, Rig,
};

#[tokio::test]
async fn looking_around() {
    let rig = Rig::new().await;
    assert_eq!(rig.get("/applications/@me").await["id"], APPLICATION);
    assert_eq!(rig.get("/oauth2/applications/@me").await["verify_key"], rig.fake.public_key());
    assert_eq!(rig.get("/users/@me/guilds").await[0]["id"], GUILD);
    assert_eq!(rig.get(&format!("/users/{ANA}")).await["global_name"], "Ana Reyes");
    assert_eq!(rig.call("GET", "/users/1", Value::Null).await.1["code"], 10013);
    assert_eq!(rig.get(&format!("/guilds/{GUILD}")).await["owner_id"], ANA);
    assert_eq!(rig.get(&format!("/guilds/{GUILD}/channels")).await.as_array().unwrap().len(), 6);
    assert_eq!(rig.get(&format!("/guilds/{GUILD}/roles")).await[0]["name"], "@everyone");
    assert_eq!(rig.get(&format!("/guilds/{GUILD}/members/{BOT}")).await["user"]["bot"], true);
    assert_eq!(rig.call("GET", &format!("/guilds/{GUILD}/members?limit=9"), Value::Null).await.0, 403);
    assert_eq!(rig.call("GET", "/guilds/5", Value::Null).await.1["code"], 10004);
    let general = rig.get(&format!("/channels/{GENERAL}")).await;
    assert_eq!((&general["name"], &general["parent_id"]), (&json!("general"), &json!(WORK)));
    assert_eq!(rig.call("PATCH", &format!("/channels/{GENERAL}"), json!({"name": "x"})).await.1["code"], 50013);
    assert_eq!(rig.call("POST", &format!("/channels/{GENERAL}/typing"), Value::Null).await.0, 204);
}

#[tokio::test]
async fn threads() {
    let rig = Rig::new().await;
    let mut socket = rig.listening(PLAIN).await;
    let sent = rig.send(json!({"content": "topic"})).await;
    socket.event("MESSAGE_CREATE").await;
    let id = sent["id"].as_str().unwrap();
    let path = format!("/channels/{GENERAL}/messages/{id}/threads");
    let (status, thread) = rig.call("POST", &path, json!({"name": "talk", "auto_archive_duration": 60})).await;
    assert_eq!((status, &thread["id"], &thread["type"]), (201, &sent["id"], &json!(11)));
    assert_eq!(socket.event("THREAD_CREATE").await["newly_created"], true);
    assert_eq!(socket.event("MESSAGE_UPDATE").await["thread"]["id"], sent["id"]);
    assert_eq!(rig.call("POST", &path, json!({"name": "again"})).await.1["code"], 160_004);
    rig.post(&format!("/channels/{id}/messages"), json!({"content": "in it"})).await;
    rig.fake.say("ben", id, "me too", None).unwrap();
    let texts: Vec<_> = rig.fake.messages(id).into_iter().map(|message| message.content).collect();
    assert_eq!(texts, ["in it", "me too"]);
    assert_eq!(rig.get(&format!("/guilds/{GUILD}/threads/active")).await["threads"][0]["message_count"], 2);
    assert_eq!(rig.call("PUT", &format!("/channels/{id}/thread-members/{ANA}"), Value::Null).await.0, 204);
    assert_eq!(rig.fake.threads("general")[0].thread.as_ref().unwrap().members.len(), 3);
    // Quiet for an hour: archived. Writing opens it again, unless it is locked.
    rig.pass(3600);
    assert!(rig.fake.channel(id).unwrap().thread.unwrap().archived);
    let first = rig.fake.messages(id)[0].id.clone();
    let edit = format!("/channels/{id}/messages/{first}");
    assert_eq!(rig.call("PATCH", &edit, json!({"content": "x"})).await.1["code"], 50083);
    let archived = rig.get(&format!("/channels/{GENERAL}/threads/archived/public")).await;
    assert_eq!((archived["threads"].as_array().unwrap().len(), &archived["has_more"]), (1, &json!(false)));
    rig.post(&format!("/channels/{id}/messages"), json!({"content": "awake"})).await;
    assert!(!rig.fake.channel(id).unwrap().thread.unwrap().archived);
    let (status, _) = rig.call("PATCH", &format!("/channels/{id}"), json!({"archived": true, "name": "done"})).await;
    assert_eq!((status, rig.fake.channel(id).unwrap().name.as_str()), (200, "done"));
    let (_, private) = rig.call("POST", &format!("/channels/{GENERAL}/threads"), json!({"name": "quiet"})).await;
    assert_eq!(private["type"], 12, "private by default");
    assert!(rig.fake.say("ben", private["id"].as_str().unwrap(), "x", None).is_err());
    let made = rig.fake.create_thread("ana", "general", None, "people").unwrap();
    assert_eq!(rig.call("DELETE", &format!("/channels/{made}"), Value::Null).await.0, 200);
    assert!(rig.fake.channel(&made).is_none());
}

#[tokio::test]
async fn direct_messages() {
    let rig = Rig::new().await;
    let open = rig.post("/users/@me/channels", json!({"recipient_id": ANA})).await;
    assert_eq!((&open["type"], &open["recipients"][0]["username"]), (&json!(1), &json!("ana")));
    let id = open["id"].as_str().unwrap();
    assert_eq!(rig.fake.direct_channel("ana").unwrap(), id);
    rig.post(&format!("/channels/{id}/messages"), json!({"content": "psst"})).await;
    rig.fake.set_dms_open("ana", false).unwrap();
    let (status, body) = rig.call("POST", &format!("/channels/{id}/messages"), json!({"content": "psst"})).await;
    assert_eq!((status, &body["code"]), (403, &json!(50007)));
    assert_eq!(rig.call("POST", "/users/@me/channels", json!({"recipient_id": "1"})).await.1["code"], 50033);
    assert!(rig.fake.say("ben", id, "not mine", None).is_err());
}

#[tokio::test]
async fn webhooks() {
    let rig = Rig::new().await;
    let made = rig.post(&format!("/channels/{GENERAL}/webhooks"), json!({"name": "ci"})).await;
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let path = format!("/webhooks/{id}/{token}");
    assert_eq!(rig.call("POST", &path, json!({"content": "quiet"})).await, (204, Value::Null));
    let sent = rig.post(&format!("{path}?wait=true"), json!({"content": "loud", "username": "CI"})).await;
    assert_eq!((&sent["author"]["username"], &sent["webhook_id"]), (&json!("CI"), &json!(id)));
    let message = format!("{path}/messages/{}", sent["id"].as_str().unwrap());
    assert_eq!(rig.call("PATCH", &message, json!({"content": "louder"})).await.1["content"], "louder");
    assert_eq!(rig.get(&message).await["content"], "louder");
    assert_eq!(rig.call("DELETE", &message, Value::Null).await.0, 204);
    assert_eq!(rig.call("POST", &format!("/webhooks/{id}/wrong"), json!({"content": "x"})).await.1["code"], 50027);
    assert_eq!(rig.get(&format!("/channels/{GENERAL}/webhooks")).await.as_array().unwrap().len(), 1);
    let unversioned = rig.http.post(made["url"].as_str().unwrap()).json(&json!({"content": "by url"}));
    assert_eq!(super::answer(unversioned).await.0, 204);
    assert_eq!(rig.call("DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(rig.call("POST", &path, json!({"content": "x"})).await.1["code"], 10015);
    assert_eq!(rig.fake.messages("general").len(), 2);
    assert!(rig.fake.requests().iter().all(|request| !request.path.contains(token)));
}
