//! Sending, editing and deleting, and what is refused.

use serde_json::{Value, json};

use super::{
    super::{ALERTS, ANA, CLEO, DEPLOYS, DEV, NEWS, OPS, Status, TelegramSetup, User},
    Rig, buttons,
};

#[tokio::test]
async fn every_way_to_pass_arguments_is_read() {
    let rig = Rig::new().await;
    let url = rig.url("sEnDmEsSaGe");
    let get = rig.http.get(&url).query(&[("chat_id", ANA.to_string().as_str()), ("text", "a b")]);
    let got: Value = get.send().await.unwrap().json().await.unwrap();
    assert_eq!(got["result"]["text"], "a b");
    let markup = buttons(&["Go"]).to_string();
    let form = [("chat_id", "@acmeops"), ("text", "x"), ("reply_markup", markup.as_str())];
    let got: Value = rig.http.post(&url).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(got["result"]["chat"]["id"], OPS);
    assert_eq!(got["result"]["reply_markup"], buttons(&["Go"]));
    let got = rig.ok("sendMessage", json!({"chat_id": ANA.to_string(), "text": "x", "reply_markup": markup})).await;
    assert_eq!(got["reply_markup"], buttons(&["Go"]), "objects come as JSON or as its text");
    let form = reqwest::multipart::Form::new().text("chat_id", ANA.to_string()).text("text", "multi\r\npart");
    let got: Value = rig.http.post(&url).multipart(form).send().await.unwrap().json().await.unwrap();
    assert_eq!(got["result"]["text"], "multi\npart");
    let request = &rig.fake.requests()[2];
    assert_eq!((request.method.as_str(), request.chat, request.status), ("sendMessage", Some(ANA), 200));
}

#[tokio::test]
async fn doors_that_do_not_open() {
    let rig = Rig::new().await;
    let base = rig.fake.base();
    let ask = async |path: &str| {
        let answer = rig.http.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let answer: Value = answer.json().await.unwrap();
        (answer["error_code"].as_i64().unwrap(), answer["description"].as_str().unwrap().to_owned())
    };
    assert_eq!(ask("/bot7100000001:wrong/getMe").await, (401, "Unauthorized".into()));
    assert_eq!(ask("/botnonsense/getMe").await, (401, "Unauthorized: invalid token specified".into()));
    assert_eq!(ask("/elsewhere").await, (404, "Not Found".into()));
    let token = rig.fake.setup().token.clone();
    assert_eq!(ask(&format!("/bot{token}/getYou")).await, (404, "Not Found: method not found".into()));
    let quoted = token.replace(':', "%3A");
    let me = rig.http.get(format!("{base}/bot{quoted}/getMe")).send().await.unwrap();
    assert_eq!(me.json::<Value>().await.unwrap()["result"]["username"], "quarterdeck_bot");
    assert_eq!(
        rig.fake.unknown_routes(),
        ["/elsewhere", "getYou"].map(|p| if p.starts_with('/') { format!("GET {p}") } else { p.into() })
    );
    rig.call("sendMessage", json!({"chat_id": ANA, "text": token})).await;
    let log = format!("{:?}{:?}", rig.fake.requests(), rig.fake.unknown_routes());
    assert!(!log.contains(&token), "the token is nowhere in the log");
}

#[tokio::test]
async fn texts_have_their_limits() {
    let rig = Rig::new().await;
    let to = |text: &str| json!({"chat_id": ANA, "text": text});
    assert_eq!(rig.error("sendMessage", to("")).await, "Bad Request: message text is empty");
    assert_eq!(rig.error("sendMessage", to(" \n ")).await, "Bad Request: text must be non-empty");
    let html = json!({"chat_id": ANA, "text": "<b></b>", "parse_mode": "HTML"});
    assert_eq!(rig.error("sendMessage", html).await, "Bad Request: text must be non-empty");
    assert_eq!(rig.error("sendMessage", to(&"é".repeat(4097))).await, "Bad Request: message is too long");
    assert_eq!(rig.error("sendMessage", to(&"x".repeat(40_000))).await, "Bad Request: text is too long");
    rig.ok("sendMessage", to(&"😀".repeat(4096))).await;
    let formatted = format!("<b>{}</b>", "x".repeat(4096));
    rig.ok("sendMessage", json!({"chat_id": ANA, "text": formatted, "parse_mode": "html"})).await;
    let odd = json!({"chat_id": ANA, "text": "x", "parse_mode": "rtf"});
    assert_eq!(rig.error("sendMessage", odd).await, "Bad Request: unsupported parse_mode");
    let markup = json!({"chat_id": ANA, "text": "x", "reply_markup": "{"});
    assert_eq!(rig.error("sendMessage", markup).await, "Bad Request: can't parse reply keyboard markup JSON object");
}

#[tokio::test]
async fn places_that_cannot_be_reached() {
    let rig = Rig::with(|setup| {
        setup.users[2].started = false;
        setup.users.push(User { started: false, ..User::person(77, "Stranger", "Danger", None) });
    })
    .await;
    let error = async |chat: Value| rig.error("sendMessage", json!({"chat_id": chat, "text": "x"})).await;
    assert_eq!(error(json!("")).await, "Bad Request: chat_id is empty");
    assert_eq!(error(json!(12_345)).await, "Bad Request: chat not found");
    assert_eq!(error(json!(77)).await, "Bad Request: chat not found", "the bot has never seen this person");
    assert_eq!(error(json!("@nowhere")).await, "Bad Request: chat not found");
    assert_eq!(error(json!(CLEO)).await, "Forbidden: bot can't initiate conversation with a user");
    assert_eq!(error(json!(super::super::RANDOM)).await, "Forbidden: bot is not a member of the supergroup chat");
    rig.fake.block_bot(ANA).unwrap();
    assert_eq!(error(json!(ANA)).await, "Forbidden: bot was blocked by the user");
    rig.fake.start_bot(ANA, None).unwrap();
    rig.send(ANA, "back again").await;
    rig.fake.remove_bot(OPS, ANA).unwrap();
    assert_eq!(error(json!(OPS)).await, "Forbidden: bot was kicked from the supergroup chat");
    rig.fake.add_bot(OPS, ANA).unwrap();
    rig.fake.set_bot_status(OPS, ANA, Status::Restricted).unwrap();
    assert_eq!(error(json!(OPS)).await, "Bad Request: not enough rights to send text messages to the chat");
    rig.fake.set_bot_status(NEWS, ANA, Status::Member).unwrap();
    assert_eq!(error(json!(NEWS)).await, "Bad Request: need administrator rights in the channel chat");
}

#[tokio::test]
async fn keyboards_are_checked() {
    let rig = Rig::new().await;
    let send = async |rows: Value| {
        let markup = json!({"inline_keyboard": rows});
        rig.call("sendMessage", json!({"chat_id": OPS, "text": "x", "reply_markup": markup})).await
    };
    let error = async |rows: Value| send(rows).await["description"].as_str().unwrap_or_default().to_owned();
    let data = |data: String| json!([[{"text": "Go", "callback_data": data}]]);
    assert_eq!(send(data("é".repeat(32))).await["ok"], true);
    assert_eq!(error(data("é".repeat(32) + "x")).await, "Bad Request: BUTTON_DATA_INVALID");
    let none = "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard";
    assert_eq!(error(json!([[{"text": "Go"}]])).await, none);
    assert_eq!(error(data(String::new())).await, none);
    let both = json!([[{"text": "Go", "callback_data": "x", "url": "https://example.com"}]]);
    assert_eq!(error(both).await, "Bad Request: BUTTON_TYPE_INVALID");
    let local = "Bad Request: inline keyboard button URL 'http://localhost:1/x' is invalid: Wrong HTTP URL";
    assert_eq!(error(json!([[{"text": "Go", "url": "http://localhost:1/x"}]])).await, local);
    let many: Vec<_> = (0..9).map(|n| json!({"text": "k", "callback_data": n.to_string()})).collect();
    assert_eq!(error(json!([many])).await, "Bad Request: REPLY_MARKUP_TOO_LONG");
    let rows =
        |count| json!((0..count).map(|_| json!({"text": "k", "callback_data": "k"})).map(|b| [b]).collect::<Vec<_>>());
    assert_eq!(send(rows(100)).await["ok"], true);
    assert_eq!(error(rows(101)).await, "Bad Request: REPLY_MARKUP_TOO_LONG");
    assert_eq!(
        error(json!([{"text": "Go"}])).await,
        "Bad Request: field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays"
    );
    let force = json!({"chat_id": NEWS, "text": "x", "reply_markup": {"force_reply": true}});
    assert_eq!(rig.error("sendMessage", force).await, "Bad Request: inline keyboard expected");
}

#[tokio::test]
async fn answers_and_topics_must_exist() {
    let rig = Rig::new().await;
    let first = rig.send(OPS, "first").await;
    let reply = json!({"chat_id": OPS, "text": "re", "reply_parameters": {"message_id": first}});
    assert_eq!(rig.ok("sendMessage", reply).await["reply_to_message"]["text"], "first");
    let gone = json!({"message_id": 9999});
    let lost = json!({"chat_id": OPS, "text": "re", "reply_parameters": gone});
    assert_eq!(rig.error("sendMessage", lost).await, "Bad Request: message to be replied not found");
    let free = json!({"message_id": 9999, "allow_sending_without_reply": true});
    let sent = rig.ok("sendMessage", json!({"chat_id": OPS, "text": "re", "reply_parameters": free})).await;
    assert_eq!(sent.get("reply_to_message"), None);

    let topic = |id: i64| json!({"chat_id": DEV, "text": "t", "message_thread_id": id});
    let sent = rig.ok("sendMessage", topic(DEPLOYS)).await;
    assert_eq!((&sent["message_thread_id"], &sent["is_topic_message"]), (&json!(DEPLOYS), &json!(true)));
    assert_eq!(sent["reply_to_message"]["forum_topic_created"]["name"], "Deploys");
    assert_eq!(rig.error("sendMessage", topic(99)).await, "Bad Request: message thread not found");
    assert_eq!(rig.error("sendMessage", topic(1)).await, "Bad Request: message thread not found");
    let general = rig.ok("sendMessage", json!({"chat_id": DEV, "text": "general"})).await;
    assert_eq!(general.get("message_thread_id"), None);
    rig.ok("sendMessage", json!({"chat_id": OPS, "text": "no topics here", "message_thread_id": 5})).await;
    rig.fake.set_bot_status(DEV, ANA, Status::Member).unwrap();
    rig.fake.close_topic(ANA, DEV, ALERTS).unwrap();
    assert_eq!(rig.error("sendMessage", topic(ALERTS)).await, "Bad Request: TOPIC_CLOSED");
}

#[tokio::test]
async fn edits() {
    let rig = Rig::new().await;
    let id = rig.ok("sendMessage", json!({"chat_id": OPS, "text": "one", "reply_markup": buttons(&["Go"])})).await;
    let id = id["message_id"].as_i64().unwrap();
    let edit = |text: &str, markup: Option<Value>| {
        let mut args = json!({"chat_id": OPS, "message_id": id, "text": text});
        if let Some(markup) = markup {
            args["reply_markup"] = markup;
        }
        args
    };
    let same = rig.error("editMessageText", edit("one", Some(buttons(&["Go"])))).await;
    assert_eq!(
        same,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as \
         a current content and reply markup of the message"
    );
    rig.pass(5);
    let edited = rig.ok("editMessageText", edit("two", None)).await;
    assert_eq!(edited.get("reply_markup"), None, "a keyboard that is not sent again is gone");
    assert_eq!(edited["edit_date"].as_i64().unwrap() - edited["date"].as_i64().unwrap(), 5);
    let markup = json!({"chat_id": OPS, "message_id": id, "reply_markup": buttons(&["A", "B"])});
    rig.ok("editMessageReplyMarkup", markup.clone()).await;
    assert!(rig.error("editMessageReplyMarkup", markup).await.contains("message is not modified"));
    assert_eq!(rig.fake.message(OPS, id).unwrap().buttons().len(), 2);
    let force = json!({"chat_id": OPS, "message_id": id, "reply_markup": {"force_reply": true}});
    assert_eq!(rig.error("editMessageReplyMarkup", force).await, "Bad Request: inline keyboard expected");
    let caption = json!({"chat_id": OPS, "message_id": id, "caption": "c"});
    assert_eq!(
        rig.error("editMessageCaption", caption).await,
        "Bad Request: there is no caption in the message to edit"
    );
    let said = rig.fake.say(ANA, OPS, None, "hers", None).unwrap().message;
    let other = json!({"chat_id": OPS, "message_id": said, "text": "mine"});
    assert_eq!(rig.error("editMessageText", other).await, "Bad Request: message can't be edited");
    let none = json!({"chat_id": OPS, "message_id": 9999, "text": "mine"});
    assert_eq!(rig.error("editMessageText", none).await, "Bad Request: message to edit not found");
    rig.fake.delete_message(ANA, OPS, id).unwrap();
    assert_eq!(rig.error("editMessageText", edit("three", None)).await, "Bad Request: message to edit not found");
    let asked =
        rig.ok("sendMessage", json!({"chat_id": OPS, "text": "?", "reply_markup": {"force_reply": true}})).await;
    let asked = json!({"chat_id": OPS, "message_id": asked["message_id"], "text": "!"});
    assert_eq!(rig.error("editMessageText", asked).await, "Bad Request: message can't be edited");
}

#[tokio::test]
async fn deletions() {
    let rig = Rig::new().await;
    let at = |chat: i64, id: i64| json!({"chat_id": chat, "message_id": id});
    let id = rig.send(OPS, "x").await;
    assert_eq!(rig.ok("deleteMessage", at(OPS, id)).await, json!(true));
    assert_eq!(rig.error("deleteMessage", at(OPS, id)).await, "Bad Request: message to delete not found");
    let hers = rig.fake.say(ANA, OPS, None, "hers", None).unwrap().message;
    assert_eq!(rig.error("deleteMessage", at(OPS, hers)).await, "Bad Request: message can't be deleted");
    let hers = rig.fake.say(ANA, DEV, None, "hers", None).unwrap().message;
    rig.ok("deleteMessage", at(DEV, hers)).await;
    let topic = rig.error("deleteMessage", at(DEV, DEPLOYS)).await;
    assert_eq!(topic, "Bad Request: message can't be deleted");
    let old = rig.send(OPS, "old").await;
    rig.pass(48 * 3600);
    assert_eq!(rig.error("deleteMessage", at(OPS, old)).await, "Bad Request: message can't be deleted for everyone");
    let (a, b) = (rig.send(OPS, "a").await, rig.send(OPS, "b").await);
    rig.ok("deleteMessages", json!({"chat_id": OPS, "message_ids": [a, 9999, b]})).await;
    assert!(rig.fake.message(OPS, b).unwrap().deleted);
    assert_eq!(
        rig.error("deleteMessages", json!({"chat_id": OPS, "message_ids": []})).await,
        "Bad Request: message identifiers are not specified"
    );
}

#[tokio::test]
async fn files_go_up_and_come_down() {
    let rig = Rig::with(|setup: &mut TelegramSetup| setup.privacy = false).await;
    let send = async |method: &str, field: &'static str, content: Vec<u8>, caption: &str| {
        let part = reqwest::multipart::Part::bytes(content).file_name("a \"log\".txt").mime_str("text/plain").unwrap();
        let form = reqwest::multipart::Form::new().text("chat_id", OPS.to_string()).text("caption", caption.to_owned());
        let form = form.part(field, part);
        rig.http.post(rig.url(method)).multipart(form).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let sent = send("sendDocument", "document", b"one\r\n--two".to_vec(), "see").await["result"].clone();
    assert_eq!((&sent["caption"], &sent["document"]["file_size"]), (&json!("see"), &json!(10)));
    assert_eq!(sent["document"]["mime_type"], "text/plain");
    let id = sent["document"]["file_id"].as_str().unwrap();
    let file = rig.ok("getFile", json!({"file_id": id})).await;
    let path = file["file_path"].as_str().unwrap();
    let url = format!("{}/file/bot{}/{path}", rig.fake.base(), rig.fake.setup().token);
    let bytes = rig.http.get(&url).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"one\r\n--two");
    let again = rig.ok("sendDocument", json!({"chat_id": ANA, "document": id})).await;
    assert_eq!(again["document"]["file_id"], id);
    let edit = json!({"chat_id": OPS, "message_id": sent["message_id"], "caption": "<b>new</b>", "parse_mode": "HTML"});
    assert_eq!(rig.ok("editMessageCaption", edit).await["caption_entities"][0]["type"], "bold");
    let text = json!({"chat_id": OPS, "message_id": sent["message_id"], "text": "x"});
    assert_eq!(rig.error("editMessageText", text).await, "Bad Request: there is no text in the message to edit");
    let long = send("sendDocument", "document", b"x".to_vec(), &"x".repeat(1025)).await;
    assert_eq!(long["description"], "Bad Request: message caption is too long");
    assert_eq!(
        send("sendDocument", "document", vec![], "").await["description"],
        "Bad Request: file must be non-empty"
    );
    assert_eq!(
        send("sendPhoto", "photo", b"no".to_vec(), "").await["description"],
        "Bad Request: IMAGE_PROCESS_FAILED"
    );
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend([0, 0, 1, 0, 0, 0, 0, 128]);
    let photo = send("sendPhoto", "photo", png, "").await["result"]["photo"][0].clone();
    assert_eq!((&photo["width"], &photo["height"]), (&json!(256), &json!(128)));
    let big = send("sendDocument", "document", vec![0; (50 << 20) + 1], "").await;
    assert_eq!((&big["error_code"], &big["description"]), (&json!(413), &json!("Request Entity Too Large")));
    let bad = json!({"chat_id": OPS, "document": "nonsense"});
    assert_eq!(rig.error("sendDocument", bad).await, "Bad Request: wrong file identifier/HTTP URL specified");
    rig.fake.send_file(ANA, OPS, None, "trace.log", b"trace", "look").unwrap();
    let update = rig.drain().await.pop().unwrap();
    assert_eq!(update["message"]["document"]["file_name"], "trace.log");
}

#[tokio::test]
async fn forwards_and_copies() {
    let rig = Rig::new().await;
    let said = rig.fake.say(ANA, ANA, None, "see *this* https://example.com", None).unwrap().message;
    let from = json!({"chat_id": OPS, "from_chat_id": ANA, "message_id": said});
    let sent = rig.ok("forwardMessage", from.clone()).await;
    assert_eq!(sent["forward_origin"]["sender_user"]["first_name"], "Ana");
    assert_eq!(sent["entities"][0]["type"], "url");
    let copy = rig.ok("copyMessage", from).await;
    let copied = rig.fake.message(OPS, copy["message_id"].as_i64().unwrap()).unwrap();
    assert!(copied.text.starts_with("see") && copied.extra.is_empty());
    let none = json!({"chat_id": OPS, "from_chat_id": ANA, "message_id": 9999});
    assert_eq!(rig.error("forwardMessage", none.clone()).await, "Bad Request: message to forward not found");
    assert_eq!(rig.error("copyMessage", none).await, "Bad Request: message to copy not found");
}

#[tokio::test]
async fn formatting_reaches_the_message() {
    let rig = Rig::new().await;
    let html =
        json!({"chat_id": ANA, "text": "<b>Hi</b> <a href=\"tg://user?id=500000001\">Ana</a>", "parse_mode": "HTML"});
    let sent = rig.ok("sendMessage", html).await;
    assert_eq!(sent["entities"][1]["user"]["first_name"], "Ana");
    let wrong = json!({"chat_id": ANA, "text": "é <b>x", "parse_mode": "HTML"});
    let refused = rig.error("sendMessage", wrong).await;
    assert_eq!(refused, "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"");
    let preview = json!({"chat_id": ANA, "text": "https://example.com", "link_preview_options": {"is_disabled": true}});
    assert_eq!(rig.ok("sendMessage", preview).await["link_preview_options"]["is_disabled"], true);
    let preview = json!({"chat_id": ANA, "text": "x", "link_preview_options": 5});
    assert_eq!(rig.error("sendMessage", preview).await, "Bad Request: object expected as link preview options");
}
