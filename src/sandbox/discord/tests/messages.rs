//! Messages over REST: sending, rules, editing, paging, replies, nonces, files, reactions.

use serde_json::{Value, json};

use super::{
    super::{ANA, BOT, DEPLOYS, GENERAL, INCIDENT, ONCALL, RANDOM},
    Rig, buttons,
};

const MESSAGES: &str = "/channels/1100000000000000101/messages";

#[tokio::test]
async fn who_asks() {
    let rig = Rig::new().await;
    let url = format!("{}/users/@me", rig.fake.api_base());
    let (status, body) = super::answer(rig.http.get(&url)).await;
    assert_eq!((status, body), (401, json!({"message": "401: Unauthorized", "code": 0})));
    let bare = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = format!("Bot {}", rig.fake.setup().token);
    let (status, _) = super::answer(bare.get(&url).header("authorization", token)).await;
    assert_eq!(status, 403, "a user agent is needed");
    assert_eq!(rig.fake.invalid_requests(), 2);
    let me = rig.get("/users/@me").await;
    assert_eq!((&me["id"], &me["bot"], &me["username"]), (&json!(BOT), &json!(true), &json!("quarterdeck")));
    let (status, body) = rig.call("GET", "/nothing", Value::Null).await;
    assert_eq!((status, &body["message"]), (404, &json!("404: Not Found")));
    assert_eq!(rig.call("PUT", "/users/@me", Value::Null).await.0, 405);
    assert_eq!(rig.fake.unknown_routes(), ["GET /nothing"]);
    let old = rig.http.get(format!("{}/api/v7/users/@me", rig.fake.base()));
    assert_eq!(super::answer(old).await.1["code"], 50041);
}

#[tokio::test]
async fn sent_edited_deleted() {
    let rig = Rig::new().await;
    let sent = rig.send(json!({"content": "hi <@1100000000000000031> <@&1100000000000000041>"})).await;
    let id = sent["id"].as_str().unwrap();
    assert_eq!(sent["mentions"][0]["username"], "ana");
    assert_eq!(sent["mention_roles"], json!([ONCALL]));
    let quiet =
        rig.send(json!({"content": "<@1100000000000000031> @everyone", "allowed_mentions": {"parse": []}})).await;
    assert_eq!((&quiet["mentions"], &quiet["mention_everyone"]), (&json!([]), &json!(false)));
    let path = format!("{MESSAGES}/{id}");
    let (status, edited) = rig.call("PATCH", &path, json!({"content": "bye", "components": buttons()})).await;
    assert_eq!((status, &edited["content"]), (200, &json!("bye")));
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(edited["components"][0]["components"][0]["id"], 2);
    assert_eq!(rig.fake.message("general", id).unwrap().buttons()[0], ("Go".into(), Some("go".into())));
    let (status, body) = rig.call("PATCH", &path, json!({"content": "", "components": []})).await;
    assert_eq!((status, &body["code"]), (400, &json!(50006)));
    let said = rig.fake.say("ana", "general", "mine", None).unwrap();
    let (status, body) = rig.call("PATCH", &format!("{MESSAGES}/{}", said.message), json!({"content": "x"})).await;
    assert_eq!((status, &body["code"]), (403, &json!(50005)));
    assert_eq!(rig.call("DELETE", &path, Value::Null).await.0, 204);
    let (status, body) = rig.call("PATCH", &path, json!({"content": "x"})).await;
    assert_eq!((status, &body["code"]), (404, &json!(10008)));
    assert_eq!(rig.fake.messages("general").len(), 2);
    assert!(rig.fake.message("general", id).unwrap().deleted);
}

#[tokio::test]
async fn rules() {
    let rig = Rig::new().await;
    let embeds = |one: Value| json!({"embeds": [one]});
    let row = |one: Value| json!({"content": "x", "components": [{"type": 1, "components": [one]}]});
    let twice = json!({"type": 2, "style": 1, "label": "a", "custom_id": "a"});
    let many: Vec<_> = (0..4).map(|_| json!({"description": "x".repeat(1600)})).collect();
    let texts: Vec<_> = (0..41).map(|_| json!({"type": 10, "content": "x"})).collect();
    for (body, error) in [
        (json!({"content": "x".repeat(2001)}), "content: BASE_TYPE_MAX_LENGTH"),
        (embeds(json!({"title": "x".repeat(257)})), "embeds.0.title: BASE_TYPE_MAX_LENGTH"),
        (embeds(json!({"description": "x".repeat(4097)})), "embeds.0.description: BASE_TYPE_MAX_LENGTH"),
        (embeds(json!({})), "embeds.0.description: BASE_TYPE_REQUIRED"),
        (embeds(json!({"fields": [{"name": "n", "value": ""}]})), "embeds.0.fields.0.value: BASE_TYPE_REQUIRED"),
        (embeds(json!({"title": "t", "url": "ftp://x"})), "embeds.0.url: URL_TYPE_INVALID_SCHEME"),
        (embeds(json!({"title": "t", "color": 16_777_216})), "embeds.0.color: NUMBER_TYPE_MAX"),
        (json!({"embeds": many}), "embeds: MAX_EMBED_SIZE_EXCEEDED"),
        (json!({"content": "x", "components": [{"type": 10, "content": "x"}]}), "components.0: UNION_TYPE_CHOICES"),
        (
            row(json!({"type": 2, "style": 1, "label": "x".repeat(81), "custom_id": "a"})),
            "components.0.components.0.label: BASE_TYPE_MAX_LENGTH",
        ),
        (row(json!({"type": 2, "style": 1, "label": "x"})), "components.0.components.0.custom_id: BASE_TYPE_REQUIRED"),
        (
            row(json!({"type": 2, "style": 5, "label": "x", "custom_id": "a", "url": "https://e.com"})),
            "components.0.components.0: BUTTON_COMPONENT_CUSTOM_ID_AND_URL_EXCLUSIVE",
        ),
        (
            row(json!({"type": 2, "style": 9, "label": "x", "custom_id": "a"})),
            "components.0.components.0.style: BASE_TYPE_CHOICES",
        ),
        (
            row(json!({"type": 3, "custom_id": "a", "options": []})),
            "components.0.components.0.options: BASE_TYPE_REQUIRED",
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [twice, twice]}]}),
            "components: COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            json!({"content": "x", "flags": 32768, "components": [{"type": 10, "content": "x"}]}),
            "content: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (json!({"flags": 32768, "components": texts}), "components: COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
        (
            json!({"flags": 32768, "components": [{"type": 13, "file": {"url": "attachment://no.txt"}}]}),
            "components.0.file.url: UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        (
            json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": [ANA]}}),
            "allowed_mentions: MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        (json!({"content": "x", "nonce": "n".repeat(26)}), "nonce: BASE_TYPE_MAX_LENGTH"),
        (
            json!({"content": "x", "message_reference": {"message_id": "1"}}),
            "message_reference: MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
        ),
        (json!({"content": "x", "attachments": [{"id": 0, "filename": "a"}]}), "attachments.0: ATTACHMENT_NOT_FOUND"),
    ] {
        assert_eq!(rig.wrong("POST", MESSAGES, body.clone()).await, error, "{body}");
    }
    for empty in [json!({}), json!({"content": "  "}), json!({"flags": 32768})] {
        assert_eq!(rig.call("POST", MESSAGES, empty).await.1["code"], 50006);
    }
    let bad = rig.request("POST", MESSAGES).header("content-type", "application/json").body("{");
    assert_eq!(super::answer(bad).await.1["code"], 50109);
    assert!(rig.fake.messages("general").is_empty());
}

#[tokio::test]
async fn components_alone() {
    let rig = Rig::new().await;
    let body = json!({"flags": 32768, "components": [
        {"type": 17, "accent_color": 255, "components": [
            {"type": 10, "content": "# Deploy <@1100000000000000031>"},
            {"type": 14},
            {"type": 9, "components": [{"type": 10, "content": "text"}],
             "accessory": {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}},
        ]},
        {"type": 1, "components": [{"type": 5, "custom_id": "who"}]},
    ]});
    let sent = rig.send(body).await;
    assert_eq!(sent["mentions"][0]["id"], ANA);
    let message = rig.fake.messages("general").remove(0);
    assert_eq!(message.text(), "# Deploy <@1100000000000000031>\ntext");
    assert_eq!(message.buttons(), [("Go".to_owned(), Some("go".to_owned()))]);
    // The flag stays: content is refused from now on.
    let path = format!("{MESSAGES}/{}", message.id);
    let error = rig.wrong("PATCH", &path, json!({"content": "x"})).await;
    assert_eq!(error, "content: MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2");
    let (status, _) = rig.call("PATCH", &path, json!({"components": [{"type": 10, "content": "y"}]})).await;
    assert_eq!(status, 200);
    // A message of the old kind must lose its content to become one of the new.
    let old = rig.send(json!({"content": "old"})).await;
    let path = format!("{MESSAGES}/{}", old["id"].as_str().unwrap());
    let new = json!({"flags": 32768, "components": [{"type": 10, "content": "y"}]});
    assert!(rig.wrong("PATCH", &path, new.clone()).await.starts_with("content"));
    let mut new = new;
    new["content"] = Value::Null;
    assert_eq!(rig.call("PATCH", &path, new).await.0, 200);
}

#[tokio::test]
async fn a_nonce_shows_once() {
    let rig = Rig::new().await;
    let body = json!({"content": "once", "nonce": "n1", "enforce_nonce": true});
    let (first, again) = (rig.send(body.clone()).await, rig.send(body.clone()).await);
    assert_eq!((&first["id"], &first["nonce"]), (&again["id"], &json!("n1")));
    assert_eq!(rig.fake.messages("general").len(), 1);
    rig.pass(301);
    assert_ne!(rig.send(body).await["id"], first["id"]);
    rig.send(json!({"content": "once", "nonce": "n1"})).await;
    assert_eq!(rig.fake.messages("general").len(), 3, "without enforce_nonce it is only a label");
}

#[tokio::test]
async fn permissions() {
    let rig = Rig::new().await;
    let send = |channel: &str| format!("/channels/{channel}/messages");
    let text = || json!({"content": "x", "embeds": [{"title": "t"}]});
    for (channel, status, code) in [("1", 404, 10003), (RANDOM, 403, 50001), (super::super::WORK, 400, 50008)] {
        let (got, body) = rig.call("POST", &send(channel), text()).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{channel}");
    }
    assert_eq!(rig.call("POST", &send(INCIDENT), text()).await.0, 200);
    rig.fake.remove_from_channel("deploys").unwrap();
    assert_eq!(rig.call("POST", &send(DEPLOYS), text()).await.1["code"], 50001);
    rig.fake.set_bot_permissions("deploys", 1 << 10, 1 << 11).unwrap();
    assert_eq!(rig.call("POST", &send(DEPLOYS), text()).await.1["code"], 50013);
    rig.fake.set_bot_permissions("deploys", 1 << 10, 1 << 14).unwrap();
    assert_eq!(rig.call("POST", &send(DEPLOYS), text()).await.1["code"], 50013, "embeds need EMBED_LINKS");
    assert_eq!(rig.call("POST", &send(DEPLOYS), json!({"content": "x"})).await.0, 200);
    rig.fake.remove_bot("Acme").unwrap();
    assert_eq!(rig.call("POST", &send(GENERAL), text()).await.1["code"], 50001);
    rig.fake.add_bot("Acme").unwrap();
    assert_eq!(rig.call("POST", &send(GENERAL), text()).await.0, 200);
}

#[tokio::test]
async fn pages_and_replies() {
    let rig = Rig::new().await;
    let mut ids = Vec::new();
    for at in 0..7 {
        ids.push(rig.send(json!({"content": at.to_string()})).await["id"].as_str().unwrap().to_owned());
    }
    let read = async |query: &str| {
        let page = rig.get(&format!("{MESSAGES}{query}")).await;
        page.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(read("").await, "6543210");
    assert_eq!(read("?limit=2").await, "65");
    assert_eq!(read(&format!("?limit=2&before={}", ids[5])).await, "43");
    assert_eq!(read(&format!("?limit=2&after={}", ids[1])).await, "32");
    assert_eq!(read(&format!("?limit=3&around={}", ids[3])).await, "432");
    assert_eq!(rig.wrong("GET", &format!("{MESSAGES}?limit=101"), Value::Null).await, "limit: NUMBER_TYPE_MAX");
    let reply = json!({"content": "re", "message_reference": {"message_id": ids[0]}});
    let reply = rig.send(reply).await;
    assert_eq!((&reply["type"], &reply["referenced_message"]["content"]), (&json!(19), &json!("0")));
    let gone = json!({"content": "re", "message_reference": {"message_id": "1", "fail_if_not_exists": false}});
    assert_eq!(rig.send(gone).await["type"], 0);
}

#[tokio::test]
async fn files() {
    let rig = Rig::new().await;
    let part =
        reqwest::multipart::Part::bytes(b"log".to_vec()).file_name("out put.txt").mime_str("text/plain").unwrap();
    let payload = json!({
        "content": "see", "attachments": [{"id": 0, "filename": "out put.txt", "description": "the log"}],
        "embeds": [{"title": "t", "image": {"url": "attachment://out_put.txt"}}],
    });
    let form = reqwest::multipart::Form::new().text("payload_json", payload.to_string()).part("files[0]", part);
    let (status, sent) = super::answer(rig.request("POST", MESSAGES).multipart(form)).await;
    assert_eq!(status, 200, "{sent}");
    let file = &sent["attachments"][0];
    assert_eq!((&file["filename"], &file["size"]), (&json!("out_put.txt"), &json!(3)));
    assert_eq!(sent["embeds"][0]["image"]["url"], file["url"]);
    let content = rig.http.get(file["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert_eq!(content, "log");
    assert_eq!(rig.fake.attachment(file["id"].as_str().unwrap()).unwrap(), b"log");
    let path = format!("{MESSAGES}/{}", sent["id"].as_str().unwrap());
    let (_, kept) = rig.call("PATCH", &path, json!({"attachments": [{"id": file["id"]}]})).await;
    assert_eq!(kept["attachments"][0]["description"], "the log");
    let (_, dropped) = rig.call("PATCH", &path, json!({"attachments": []})).await;
    assert_eq!(dropped["attachments"], json!([]));
    let plain = reqwest::multipart::Form::new().text("content", "no payload");
    assert_eq!(super::answer(rig.request("POST", MESSAGES).multipart(plain)).await.1["content"], "no payload");
    assert_eq!(rig.fake.requests()[0].files, ["out put.txt"]);
}

#[tokio::test]
async fn reactions() {
    let rig = Rig::new().await;
    let id = rig.send(json!({"content": "x"})).await["id"].as_str().unwrap().to_owned();
    let path = |emoji: &str, who: &str| format!("{MESSAGES}/{id}/reactions/{emoji}{who}");
    assert_eq!(rig.call("PUT", &path("%F0%9F%91%8D", "/@me"), Value::Null).await.0, 204);
    rig.fake.react("ana", "general", &id, "👍").unwrap();
    assert_eq!(rig.call("PUT", &path("nope", "/@me"), Value::Null).await.1["code"], 10014);
    let shown = rig.get(&format!("{MESSAGES}/{id}")).await;
    assert_eq!((&shown["reactions"][0]["count"], &shown["reactions"][0]["me"]), (&json!(2), &json!(true)));
    let who = rig.get(&path("%F0%9F%91%8D", "")).await;
    assert_eq!(who.as_array().unwrap().len(), 2);
    assert_eq!(rig.call("DELETE", &path("%F0%9F%91%8D", "/@me"), Value::Null).await.0, 204);
    assert_eq!(rig.fake.messages("general")[0].reactions[0].users, [ANA]);
    rig.fake.unreact("ana", "general", &id, "👍").unwrap();
    assert!(rig.fake.messages("general")[0].reactions.is_empty());
}
