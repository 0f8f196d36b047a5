//! Buttons, prompts, reply keyboards and the command menu.

use serde_json::{Value, json};

use super::{
    super::{ANA, BEN, CLEO, DEPLOYS, DEV, INCIDENT, OPS, Outcome},
    Rig, buttons,
};

const STALE: &str = "Bad Request: query is too old and response timeout expired or query ID is invalid";

async fn card(rig: &Rig, chat: i64) -> i64 {
    let sent =
        rig.ok("sendMessage", json!({"chat_id": chat, "text": "Deploy?", "reply_markup": buttons(&["Go", "No"])}));
    sent.await["message_id"].as_i64().unwrap()
}

#[tokio::test]
async fn a_press_is_answered_once() {
    let rig = Rig::new().await;
    let message = card(&rig, OPS).await;
    let pressed = rig.fake.press(BEN, OPS, message, "Go").unwrap();
    assert_eq!((pressed.data.as_str(), rig.fake.unanswered_callbacks().len()), ("go", 1));
    let update = rig.drain().await.pop().unwrap();
    let query = &update["callback_query"];
    assert_eq!((&query["id"], &query["data"], &query["from"]["id"]), (&json!(pressed.id), &json!("go"), &json!(BEN)));
    assert_eq!(query["message"]["message_id"], message);
    assert!(query["chat_instance"].is_string());
    assert_eq!(pressed.outcome_now(), None);
    let long = json!({"callback_query_id": pressed.id, "text": "x".repeat(201)});
    assert_eq!(rig.error("answerCallbackQuery", long).await, "Bad Request: MESSAGE_TOO_LONG");
    let answer = json!({"callback_query_id": pressed.id, "text": "Going", "show_alert": true});
    rig.ok("answerCallbackQuery", answer.clone()).await;
    assert_eq!(pressed.outcome().await, Outcome::Answered { text: Some("Going".into()), alert: true, url: None });
    assert_eq!(rig.error("answerCallbackQuery", answer).await, STALE);
    let toast = &rig.fake.toasts(BEN)[0];
    assert_eq!((toast.chat, toast.message, toast.text.as_deref(), toast.alert), (OPS, message, Some("Going"), true));
    assert!(rig.fake.unanswered_callbacks().is_empty());
    assert_eq!(rig.error("answerCallbackQuery", json!({"callback_query_id": "5"})).await, STALE);
}

#[tokio::test]
async fn a_press_that_nobody_answers_grows_old() {
    let rig = Rig::new().await;
    let message = card(&rig, ANA).await;
    let pressed = rig.fake.press(ANA, ANA, message, "no").unwrap();
    rig.pass(15);
    assert_eq!(pressed.outcome().await, Outcome::NotAnswered);
    assert_eq!(rig.error("answerCallbackQuery", json!({"callback_query_id": pressed.id})).await, STALE);
    assert!(rig.fake.press(ANA, ANA, message, "Maybe").is_err());
    assert!(rig.fake.press(CLEO, INCIDENT, message, "Go").is_err());
    let link = json!({"inline_keyboard": [[{"text": "Open", "url": "https://example.com/a b"}]]});
    let bad = json!({"chat_id": ANA, "text": "x", "reply_markup": link});
    assert!(rig.error("sendMessage", bad).await.contains("is invalid"));
    let link = json!({"inline_keyboard": [[{"text": "Open", "url": "example.com"}]]});
    let sent = rig.ok("sendMessage", json!({"chat_id": ANA, "text": "x", "reply_markup": link})).await;
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["url"], "http://example.com/");
    assert!(rig.fake.press(ANA, ANA, sent["message_id"].as_i64().unwrap(), "Open").is_err());
}

#[tokio::test]
async fn questions_open_an_answer() {
    let rig = Rig::new().await;
    let asks = rig.fake.say(BEN, OPS, None, "/close", None).unwrap().message;
    let markup = json!({"force_reply": true, "selective": true, "input_field_placeholder": "Why?"});
    let asked =
        json!({"chat_id": OPS, "text": "Why?", "reply_markup": markup, "reply_parameters": {"message_id": asks}});
    let asked = rig.ok("sendMessage", asked).await;
    assert_eq!(asked.get("reply_markup"), None, "only inline keyboards are part of a message");
    assert_eq!(rig.fake.prompt(ANA, OPS), None);
    let prompt = rig.fake.prompt(BEN, OPS).unwrap();
    assert_eq!((json!(prompt.message), prompt.placeholder.as_deref()), (asked["message_id"].clone(), Some("Why?")));
    assert_eq!(rig.fake.state()["prompts"][0]["user"], BEN);
    let said = rig.fake.answer_prompt(BEN, OPS, "because").unwrap();
    assert!(said.update.is_some(), "an answer to the bot is seen");
    assert_eq!(rig.fake.prompt(BEN, OPS), None);
    assert!(rig.fake.answer_prompt(BEN, OPS, "again").is_err());
    let named =
        json!({"chat_id": DEV, "message_thread_id": DEPLOYS, "text": "@ana_acme which?", "reply_markup": markup});
    rig.ok("sendMessage", named).await;
    let said = rig.fake.answer_prompt(ANA, DEV, "this").unwrap();
    assert_eq!(rig.fake.message(DEV, said.message).unwrap().topic, Some(DEPLOYS));
}

#[tokio::test]
async fn reply_keyboards_send_their_label() {
    let rig = Rig::new().await;
    let markup = json!({"keyboard": [["Yes", {"text": "No"}]], "one_time_keyboard": true});
    rig.ok("sendMessage", json!({"chat_id": OPS, "text": "?", "reply_markup": markup})).await;
    let said = rig.fake.press_key(ANA, OPS, "No").unwrap();
    assert!(said.update.is_some());
    assert!(rig.fake.press_key(ANA, OPS, "Maybe").is_err());
    rig.ok("sendMessage", json!({"chat_id": OPS, "text": "ok", "reply_markup": {"remove_keyboard": true}})).await;
    assert!(rig.fake.press_key(ANA, OPS, "No").is_err());
    let contact = json!({"keyboard": [[{"text": "Phone", "request_contact": true}]]});
    let asked = json!({"chat_id": OPS, "text": "?", "reply_markup": contact});
    assert_eq!(
        rig.error("sendMessage", asked).await,
        "Bad Request: phone number can be requested in private chats only"
    );
}

fn names(list: &[(String, String)]) -> Vec<&str> {
    list.iter().map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn the_narrowest_command_list_counts() {
    let rig = Rig::new().await;
    let set = async |name: &str, scope: Value, language: &str| {
        let commands = json!([{"command": name, "description": "d"}]);
        rig.ok("setMyCommands", json!({"commands": commands, "scope": scope, "language_code": language})).await
    };
    set("default", json!({"type": "default"}), "").await;
    set("groups", json!({"type": "all_group_chats"}), "").await;
    set("admins", json!({"type": "all_chat_administrators"}), "").await;
    set("private", json!({"type": "all_private_chats"}), "").await;
    set("privat", json!({"type": "all_private_chats"}), "de").await;
    set("ops", json!({"type": "chat", "chat_id": "@acmeops"}), "").await;
    set("opsadmins", json!({"type": "chat_administrators", "chat_id": OPS}), "").await;
    set("ben", json!({"type": "chat_member", "chat_id": OPS, "user_id": BEN}), "").await;
    let shown = |user, chat| names(&rig.fake.commands_for(user, chat)).join(" ");
    assert_eq!(shown(ANA, ANA), "private");
    assert_eq!(shown(ANA, DEV), "admins");
    assert_eq!(shown(CLEO, DEV), "groups");
    assert_eq!(shown(CLEO, OPS), "ops");
    assert_eq!(shown(ANA, OPS), "opsadmins");
    assert_eq!(shown(BEN, OPS), "ben");
    let ben = json!({"scope": {"type": "chat_member", "chat_id": OPS, "user_id": BEN}});
    assert_eq!(rig.ok("getMyCommands", ben.clone()).await, json!([{"command": "ben", "description": "d"}]));
    rig.ok("deleteMyCommands", ben.clone()).await;
    assert_eq!(rig.ok("getMyCommands", ben).await, json!([]));
    assert_eq!(shown(BEN, OPS), "opsadmins");
    assert_eq!(rig.fake.state()["commands"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn commands_are_checked() {
    let rig = Rig::new().await;
    let error = async |commands: Value, scope: Value| {
        rig.error("setMyCommands", json!({"commands": commands, "scope": scope})).await
    };
    let one = |name: &str, text: &str| json!([{"command": name, "description": text}]);
    let default = || json!({"type": "default"});
    assert_eq!(error(one("Deploy", "x"), default()).await, "Bad Request: BOT_COMMAND_INVALID");
    assert_eq!(error(one("", "x"), default()).await, "Bad Request: command must be non-empty");
    assert_eq!(error(one(&"x".repeat(33), "x"), default()).await, "Bad Request: command length must not exceed 32");
    assert_eq!(error(one("x", " "), default()).await, "Bad Request: command description must be non-empty");
    let long = one("x", &"x".repeat(257));
    assert_eq!(error(long, default()).await, "Bad Request: command description length must not exceed 256");
    let many: Vec<_> = (0..101).map(|n| json!({"command": format!("c{n}"), "description": "x"})).collect();
    assert_eq!(error(json!(many), default()).await, "Bad Request: BOT_COMMANDS_TOO_MUCH");
    assert_eq!(
        error(json!([{}]), default()).await,
        "Bad Request: can't parse BotCommand: Can't find field \"command\""
    );
    let private = json!({"type": "chat_administrators", "chat_id": ANA});
    assert_eq!(error(one("x", "x"), private).await, "Bad Request: can't use specified scope in private chats");
    assert_eq!(
        error(one("x", "x"), json!({"type": "moon"})).await,
        "Bad Request: can't parse BotCommandScope: Unsupported type specified"
    );
    assert_eq!(error(one("x", "x"), json!({"type": "chat", "chat_id": 5})).await, "Bad Request: chat not found");
    let language = json!({"commands": one("x", "x"), "language_code": "deu"});
    assert_eq!(rig.error("setMyCommands", language).await, "Bad Request: invalid language code specified");
}
