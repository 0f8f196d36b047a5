//! Every refusal that the API knows, with Slack's own code.

use serde_json::{Value, json};

use super::{ANA, BEN, GENERAL, Rig, modal, section};

async fn raw(rig: &Rig, method: &str, kind: &str, token: &str, body: &str) -> Value {
    let url = format!("{}/{method}", rig.fake.api_base());
    let mut request = rig.http.post(url).body(body.to_owned());
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn tokens_and_bodies() {
    let rig = Rig::new().await;
    let bot = rig.fake.setup().bot_token.clone();
    let app = rig.fake.setup().app_token.clone();
    let json = "application/json; charset=utf-8";
    for (kind, token, body, code) in [
        (json, "", "{}", "not_authed"),
        (json, "xoxb-wrong", "{}", "invalid_auth"),
        (json, app.as_str(), "{}", "not_allowed_token_type"),
        (json, bot.as_str(), "{", "invalid_json"),
        (json, bot.as_str(), "[]", "json_not_object"),
        ("text/plain", bot.as_str(), "x", "invalid_post_type"),
        ("", bot.as_str(), "x", "missing_post_type"),
    ] {
        assert_eq!(raw(&rig, "chat.postMessage", kind, token, body).await["error"], code);
    }
    // A token inside a JSON body is no token.
    let body = json!({"token": bot}).to_string();
    assert_eq!(raw(&rig, "auth.test", json, "", &body).await["error"], "not_authed");
    let form = format!("token={bot}");
    assert_eq!(raw(&rig, "auth.test", "application/x-www-form-urlencoded", "", &form).await["ok"], true);
    assert_eq!(raw(&rig, "apps.connections.open", json, &bot, "").await["error"], "not_allowed_token_type");
    assert_eq!(raw(&rig, "chat.nope", json, &bot, "{}").await["error"], "unknown_method");
    assert_eq!(rig.fake.unknown_routes(), ["chat.nope"]);
    let warned = raw(&rig, "auth.test", "application/json", &bot, "{}").await;
    assert_eq!((&warned["ok"], &warned["warning"]), (&json!(true), &json!("missing_charset")));
    let log = format!("{:?}", rig.fake.requests());
    assert!(!log.contains(&bot) && !log.contains(&app));
}

#[tokio::test]
async fn scopes() {
    let rig = Rig::with(|setup| setup.scopes = vec!["chat:write".into(), "channels:read".into()]).await;
    let answer = rig.call("reactions.add", json!({})).await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "reactions:write");
    assert_eq!(answer["provided"], "chat:write,channels:read");
    assert_eq!(rig.get("conversations.list", &[("types", "private_channel")]).await["needed"], "groups:read");
    assert_eq!(rig.get("conversations.list", &[("types", "public_channel")]).await["ok"], true);
}

#[tokio::test]
async fn places_and_messages() {
    let rig = Rig::new().await;
    let post = "chat.postMessage";
    assert_eq!(rig.error(post, json!({"text": "x"})).await, "invalid_arguments");
    assert_eq!(rig.error(post, json!({"channel": "C0NOPE", "text": "x"})).await, "channel_not_found");
    assert_eq!(rig.error(post, json!({"channel": "random", "text": "x"})).await, "not_in_channel");
    assert_eq!(rig.error(post, json!({"channel": GENERAL})).await, "no_text");
    assert_eq!(rig.error(post, json!({"channel": GENERAL, "text": " "})).await, "no_text");
    let reply = json!({"channel": GENERAL, "text": "x", "thread_ts": "1700000000.000001"});
    assert_eq!(rig.error(post, reply).await, "thread_not_found");
    let both = json!({"channel": GENERAL, "text": "x", "markdown_text": "y"});
    assert_eq!(rig.error(post, both).await, "markdown_text_conflict");
    let metadata = json!({"channel": GENERAL, "text": "x", "metadata": {"event_type": ""}});
    assert_eq!(rig.error(post, metadata).await, "invalid_metadata_format");
    assert_eq!(rig.error(post, json!({"channel": GENERAL, "blocks": "{"})).await, "invalid_blocks_format");
    let many: Vec<_> = (0..101).map(|_| json!({"text": "a"})).collect();
    assert_eq!(rig.error(post, json!({"channel": GENERAL, "attachments": many})).await, "too_many_attachments");
    rig.fake.archive("alerts").unwrap();
    assert_eq!(rig.error(post, json!({"channel": "alerts", "text": "x"})).await, "is_archived");
    let incident = json!({"channel": "C0INCIDENT5", "text": "x"});
    rig.fake.remove_app_from_channel("incident").unwrap();
    assert_eq!(rig.error(post, incident).await, "channel_not_found");

    let ephemeral = json!({"channel": "deploys", "user": "U0CLEO00003", "text": "x"});
    assert_eq!(rig.error("chat.postEphemeral", ephemeral).await, "user_not_in_channel");
    let theirs = rig.fake.say(BEN, "general", None, "hello").unwrap().ts;
    let update = json!({"channel": GENERAL, "ts": theirs, "text": "x"});
    assert_eq!(rig.error("chat.update", update.clone()).await, "cant_update_message");
    assert_eq!(rig.error("chat.delete", update).await, "cant_delete_message");
    let mine = rig.ok(post, json!({"channel": GENERAL, "text": "x"})).await["ts"].clone();
    let long = json!({"channel": GENERAL, "ts": mine, "text": "x".repeat(4001)});
    assert_eq!(rig.error("chat.update", long).await, "msg_too_long");
    assert_eq!(rig.error("chat.update", json!({"channel": GENERAL, "ts": mine})).await, "no_text");
    rig.fake.delete_message_as(ANA, mine.as_str().unwrap()).unwrap();
    let gone = json!({"channel": GENERAL, "ts": mine, "text": "x"});
    assert_eq!(rig.error("chat.update", gone.clone()).await, "message_not_found");
    assert_eq!(rig.error("chat.delete", gone).await, "message_not_found");

    let react = json!({"channel": GENERAL, "timestamp": theirs, "name": "eyes"});
    rig.ok("reactions.add", react.clone()).await;
    assert_eq!(rig.error("reactions.add", react.clone()).await, "already_reacted");
    rig.ok("reactions.remove", react.clone()).await;
    assert_eq!(rig.error("reactions.remove", react).await, "no_reaction");
    let wrong = |timestamp: &str, name: &str| json!({"channel": GENERAL, "timestamp": timestamp, "name": name});
    assert_eq!(rig.error("reactions.add", wrong("x", "eyes")).await, "bad_timestamp");
    assert_eq!(rig.error("reactions.add", wrong("1.000001", "eyes")).await, "message_not_found");
    assert_eq!(rig.error("reactions.add", wrong(&theirs, "No Such")).await, "invalid_name");

    assert_eq!(rig.get("users.info", &[("user", "U0NOPE")]).await["error"], "user_not_found");
    assert_eq!(rig.get("users.lookupByEmail", &[("email", "x@y.z")]).await["error"], "users_not_found");
    assert_eq!(rig.get("usergroups.users.list", &[("usergroup", "S0NOPE")]).await["error"], "no_such_subteam");
    assert_eq!(rig.get("conversations.history", &[("channel", "C0RANDOM004")]).await["error"], "not_in_channel");
    assert_eq!(rig.get("conversations.info", &[("channel", "general")]).await["error"], "channel_not_found");
    let replies = [("channel", GENERAL), ("ts", "1.000001")];
    assert_eq!(rig.get("conversations.replies", &replies).await["error"], "thread_not_found");
    let cursor = [("channel", GENERAL), ("cursor", "?")];
    assert_eq!(rig.get("conversations.history", &cursor).await["error"], "invalid_cursor");
    // Reading methods look past a JSON body.
    assert_eq!(rig.error("conversations.info", json!({"channel": GENERAL})).await, "invalid_arguments");
}

async fn blocks(rig: &Rig, blocks: Value) -> Vec<String> {
    let answer = rig.call("chat.postMessage", json!({"channel": GENERAL, "text": "x", "blocks": blocks})).await;
    if answer["ok"] == json!(true) {
        return Vec::new();
    }
    assert_eq!(answer["error"], "invalid_blocks", "{answer}");
    let messages = answer["response_metadata"]["messages"].as_array().unwrap().iter();
    let messages: Vec<_> = messages.map(|message| message.as_str().unwrap().to_owned()).collect();
    assert_eq!(format!("[ERROR] {}", answer["errors"][0].as_str().unwrap()), messages[0]);
    messages
}

fn button(extra: &Value) -> Value {
    let mut button = json!({"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}});
    for (name, value) in extra.as_object().unwrap() {
        button[name] = value.clone();
    }
    json!({"type": "actions", "elements": [button]})
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of limits")]
async fn block_limits() {
    let rig = Rig::new().await;
    let x = |n: usize| "x".repeat(n);
    let plain = |n: usize| json!({"type": "plain_text", "text": x(n)});
    let option = |text: usize, value: usize| json!({"text": plain(text), "value": x(value)});
    let select =
        |options: Vec<Value>| json!({"type": "actions", "elements": [{"type": "static_select", "options": options}]});
    let fields = |n: usize, size: usize| json!({"type": "section", "fields": vec![plain(size); n]});
    let context = |n: usize| json!({"type": "context", "elements": vec![plain(1); n]});
    let row = |n: usize| {
        let all: Vec<_> =
            (0..n).map(|i| json!({"type": "button", "action_id": i.to_string(), "text": plain(1)})).collect();
        json!({"type": "actions", "elements": all})
    };
    let input = |label: usize| json!({"type": "input", "label": plain(label), "element": {"type": "plain_text_input"}});
    let table = |rows: usize, cells: usize| json!({"type": "table", "rows": vec![vec![json!({"type": "raw_text", "text": "x"}); cells]; rows]});
    // What fits, and the same one too large with Slack's words.
    let cases = [
        (section(&x(3000)), section(&x(3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        (section("x"), section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (fields(10, 1), fields(11, 1), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
        (fields(1, 2000), fields(1, 2001), "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
        (
            json!({"type": "header", "text": plain(150)}),
            json!({"type": "header", "text": plain(151)}),
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (context(10), context(11), "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
        (row(25), row(26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
        (
            button(&json!({"text": plain(75)})),
            button(&json!({"text": plain(76)})),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
        ),
        (
            button(&json!({"value": x(2000)})),
            button(&json!({"value": x(2001)})),
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            button(&json!({"action_id": x(255)})),
            button(&json!({"action_id": x(256)})),
            "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            button(&json!({"url": format!("https://e.x/{}", x(2988))})),
            button(&json!({"url": format!("https://e.x/{}", x(2989))})),
            "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            button(&json!({"style": "danger"})),
            button(&json!({"style": "red"})),
            "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            select(vec![option(75, 150); 100]),
            select(vec![option(1, 1); 101]),
            "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
        ),
        (
            select(vec![option(1, 1)]),
            select(vec![option(76, 1)]),
            "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
        ),
        (
            select(vec![option(1, 1)]),
            select(vec![option(1, 151)]),
            "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
        ),
        (input(2000), input(2001), "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"),
        (table(100, 20), table(101, 1), "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
        (table(1, 20), table(1, 21), "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
        (
            json!({"type": "divider", "block_id": x(255)}),
            json!({"type": "divider", "block_id": x(256)}),
            "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
        ),
        (
            json!({"type": "divider"}),
            json!({"type": "divider", "colour": 1}),
            "invalid additional property: colour [json-pointer:/blocks/0]",
        ),
        (
            json!({"type": "divider"}),
            json!({"type": "banner"}),
            "unsupported type: banner [json-pointer:/blocks/0/type]",
        ),
        (section("x"), json!({"type": "section"}), "missing required field: text [json-pointer:/blocks/0]"),
        (
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_list", "style": "bullet", "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "x", "style": {"bold": true}}]}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}]}]}),
            json!({"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}),
            "unsupported type: text [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            json!({"type": "image", "image_url": "https://e.x/a.png", "alt_text": "a"}),
            json!({"type": "image", "alt_text": "a"}),
            "must define exactly one of image_url or slack_file [json-pointer:/blocks/0]",
        ),
    ];
    for (fits, too_large, words) in cases {
        assert_eq!(blocks(&rig, json!([fits])).await, Vec::<String>::new());
        let said = blocks(&rig, json!([too_large])).await;
        assert!(
            said.iter().any(|message| message.starts_with("[ERROR] ") && message.contains(words)),
            "{words}: {said:?}"
        );
    }
    assert_eq!(blocks(&rig, json!(vec![json!({"type": "divider"}); 50])).await.len(), 0);
    let said = blocks(&rig, json!(vec![json!({"type": "divider"}); 51])).await;
    assert_eq!(said, ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]);
    let twice = json!({"type": "divider", "block_id": "same"});
    assert!(blocks(&rig, json!([twice, twice])).await[0].contains("already exists"));
    let long = json!({"channel": GENERAL, "text": "x", "blocks": vec![section(&x(2700)); 5]});
    assert_eq!(rig.error("chat.postMessage", long).await, "msg_blocks_too_long");
    let cut = rig.ok("chat.postMessage", json!({"channel": GENERAL, "text": x(40_001)})).await;
    assert_eq!(cut["message"]["text"].as_str().unwrap().len(), 40_000);
    assert!(rig.fake.messages("general").last().unwrap().truncated);
}

#[tokio::test]
async fn view_limits() {
    let rig = Rig::new().await;
    let refuse = async |change: &dyn Fn(&mut Value), words: &str| {
        let mut view = modal();
        change(&mut view);
        let answer = rig.call("views.open", json!({"trigger_id": "1.2.3", "view": view})).await;
        assert_eq!(answer["error"], "invalid_arguments", "{words}");
        let said = answer["response_metadata"]["messages"].to_string();
        assert!(said.contains(words), "{words}: {said}");
    };
    refuse(
        &|v| v["title"]["text"] = json!("x".repeat(25)),
        "must be less than 25 characters [json-pointer:/view/title",
    )
    .await;
    refuse(&|v| v["submit"]["text"] = json!("x".repeat(25)), "must be less than 25").await;
    refuse(&|v| v["callback_id"] = json!("x".repeat(256)), "must be less than 256").await;
    refuse(&|v| v["private_metadata"] = json!("x".repeat(3001)), "must be less than 3001").await;
    refuse(&|v| v["blocks"] = json!(vec![json!({"type": "divider"}); 101]), "no more than 100 items allowed").await;
    refuse(&|v| v["blocks"][0] = json!({"type": "markdown", "text": "x"}), "unsupported type: markdown").await;
    refuse(&|v| v["colour"] = json!(1), "invalid additional property: colour [json-pointer:/view]").await;
    refuse(&|v| v["type"] = json!("dialog"), "unsupported type: dialog").await;
    refuse(
        &|v| {
            v.as_object_mut().unwrap().remove("submit");
        },
        "`submit` is required",
    )
    .await;
    let at = |trigger: &str| json!({"trigger_id": trigger, "view": modal()});
    assert_eq!(rig.error("views.open", at("1.2.3")).await, "invalid_trigger_id");
    assert_eq!(rig.error("views.open", json!({"view": modal()})).await, "invalid_arguments");
    let trigger = |sent: super::super::Delivered| sent.payload["trigger_id"].as_str().unwrap().to_owned();
    let first = trigger(rig.fake.slash(ANA, "general", "/qd", "x").unwrap());
    assert_eq!(rig.error("views.push", at(&first)).await, "not_found");
    let late = trigger(rig.fake.slash(ANA, "general", "/qd", "x").unwrap());
    rig.pass(3);
    assert_eq!(rig.error("views.open", at(&late)).await, "expired_trigger_id");
    let good = trigger(rig.fake.slash(ANA, "general", "/qd", "x").unwrap());
    let view = rig.ok("views.open", at(&good)).await["view"].clone();
    assert_eq!(rig.error("views.open", at(&good)).await, "exchanged_trigger_id");
    let update = |hash: &str| json!({"view_id": view["id"], "hash": hash, "view": modal()});
    assert_eq!(rig.error("views.update", update("old")).await, "hash_conflict");
    let newer = rig.ok("views.update", update(view["hash"].as_str().unwrap())).await;
    assert_ne!(newer["view"]["hash"], view["hash"]);
    assert_eq!(rig.error("views.update", json!({"view_id": "V0NOPE", "view": modal()})).await, "not_found");
    for _ in 0..2 {
        let next = trigger(rig.fake.slash(ANA, "general", "/qd", "x").unwrap());
        rig.ok("views.push", at(&next)).await;
    }
    let fourth = trigger(rig.fake.slash(ANA, "general", "/qd", "x").unwrap());
    assert_eq!(rig.error("views.push", at(&fourth)).await, "push_limit_reached");
}
