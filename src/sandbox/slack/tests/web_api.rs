//! What the Web API does when nothing is wrong, read back by a Slack library's own models.

use serde_json::{Value, json};
use slack_morphism::prelude::{
    SlackApiAuthTestResponse, SlackApiChatPostMessageResponse, SlackApiChatUpdateResponse,
    SlackApiConversationsHistoryResponse, SlackApiConversationsListResponse, SlackApiTeamInfoResponse,
    SlackApiUsersListResponse,
};

use super::{ANA, GENERAL, Rig, buttons, section};

fn reads<T: serde::de::DeserializeOwned>(answer: &Value) {
    if let Err(error) = serde_json::from_value::<T>(answer.clone()) {
        panic!("{error}: {answer}");
    }
}

#[tokio::test]
async fn a_message_from_post_to_delete() {
    let rig = Rig::new().await;
    let metadata = json!({"event_type": "delivery", "event_payload": {"id": "d1"}});
    let args = json!({"channel": "#general", "text": "hi", "blocks": buttons(), "metadata": metadata});
    let posted = rig.ok("chat.postMessage", args).await;
    reads::<SlackApiChatPostMessageResponse>(&posted);
    assert_eq!(posted["channel"], GENERAL);
    assert_eq!(posted["message"]["blocks"][0]["block_id"].as_str().unwrap().len(), 5);
    assert_eq!(posted["message"]["blocks"][1]["elements"][0]["text"]["emoji"], true);
    let ts = posted["ts"].as_str().unwrap().to_owned();

    let reply = rig.ok("chat.postMessage", json!({"channel": GENERAL, "text": "re", "thread_ts": ts})).await;
    let thread = rig.get("conversations.replies", &[("channel", GENERAL), ("ts", &ts)]).await;
    assert_eq!(thread["messages"][0]["reply_count"], 1);
    assert_eq!(thread["messages"][1]["ts"], reply["ts"]);
    assert_eq!(rig.fake.thread("general", &ts).len(), 2);

    let updated = rig.ok("chat.update", json!({"channel": GENERAL, "ts": ts, "text": "new"})).await;
    reads::<SlackApiChatUpdateResponse>(&updated);
    assert_eq!(updated["message"]["blocks"].as_array().unwrap().len(), 2, "blocks not given are kept");
    let cleared = json!({"channel": GENERAL, "ts": ts, "text": "new", "blocks": []});
    assert_eq!(rig.ok("chat.update", cleared).await["message"].get("blocks"), None);

    let history = rig.get("conversations.history", &[("channel", GENERAL), ("include_all_metadata", "true")]).await;
    reads::<SlackApiConversationsHistoryResponse>(&history);
    assert_eq!(history["messages"].as_array().unwrap().len(), 1, "replies are not in the history");
    assert_eq!(history["messages"][0]["metadata"], metadata);
    let plain = rig.get("conversations.history", &[("channel", GENERAL)]).await;
    assert_eq!(plain["messages"][0].get("metadata"), None);

    let link = rig.get("chat.getPermalink", &[("channel", GENERAL), ("message_ts", &ts)]).await;
    assert!(link["permalink"].as_str().unwrap().starts_with("https://acme.slack.com/archives/C0GENERAL01/p"));
    rig.ok("chat.delete", json!({"channel": GENERAL, "ts": ts})).await;
    assert!(rig.fake.message("general", &ts).unwrap().deleted);
    assert_eq!(rig.get("conversations.history", &[("channel", GENERAL)]).await["messages"], json!([]));
}

#[tokio::test]
async fn timestamps_rise_even_when_time_stands_still() {
    let rig = Rig::new().await;
    let mut last = String::new();
    for _ in 0..20 {
        let ts = rig.ok("chat.postMessage", json!({"channel": GENERAL, "text": "x"})).await["ts"].clone();
        assert!(ts.as_str().unwrap() > last.as_str());
        last = ts.as_str().unwrap().to_owned();
    }
    let page = rig.get("conversations.history", &[("channel", GENERAL), ("limit", "15")]).await;
    assert_eq!((page["messages"].as_array().unwrap().len(), &page["has_more"]), (15, &json!(true)));
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap();
    let rest = rig.get("conversations.history", &[("channel", GENERAL), ("limit", "15"), ("cursor", cursor)]).await;
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["has_more"]), (5, &json!(false)));
    let since = page["messages"][9]["ts"].as_str().unwrap();
    let newer = rig.get("conversations.history", &[("channel", GENERAL), ("oldest", since)]).await;
    assert_eq!(newer["messages"].as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn forms_carry_json_texts() {
    let rig = Rig::new().await;
    let blocks = json!([section("x")]).to_string();
    let form = [("channel", GENERAL), ("text", "hi"), ("blocks", &blocks)];
    let base = rig.fake.base();
    let request = rig.http.post(format!("{base}/api/chat.postMessage")).form(&form);
    let answer = request.bearer_auth(&rig.fake.setup().bot_token).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(answer.headers()["x-accepted-oauth-scopes"], "chat:write");
    assert_eq!(answer.json::<Value>().await.unwrap()["message"]["blocks"][0]["type"], "section");
}

#[tokio::test]
async fn people_and_places() {
    let rig = Rig::new().await;
    let me = rig.ok("auth.test", json!({})).await;
    reads::<SlackApiAuthTestResponse>(&me);
    reads::<SlackApiTeamInfoResponse>(&rig.get("team.info", &[]).await);
    reads::<SlackApiUsersListResponse>(&rig.get("users.list", &[]).await);
    let channels = rig.get("conversations.list", &[("types", "public_channel,private_channel")]).await;
    reads::<SlackApiConversationsListResponse>(&channels);
    assert_eq!(channels["channels"].as_array().unwrap().len(), 5);
    assert_eq!(rig.get("users.lookupByEmail", &[("email", "ANA@example.com")]).await["user"]["id"], ANA);
    assert_eq!(rig.get("usergroups.users.list", &[("usergroup", "S0ONCALL001")]).await["users"][0], ANA);
    assert_eq!(rig.get("usergroups.list", &[]).await["usergroups"][0]["handle"], "oncall");
    assert_eq!(rig.get("conversations.members", &[("channel", GENERAL)]).await["members"][0], ANA);
    let open = rig.ok("conversations.open", json!({"users": ANA})).await["channel"]["id"].clone();
    let direct = rig.ok("chat.postMessage", json!({"channel": ANA, "text": "psst"})).await;
    assert_eq!(direct["channel"], open);
    let joined = rig.ok("conversations.join", json!({"channel": "C0RANDOM004"})).await;
    assert_eq!(joined["channel"]["is_member"], true);
    let again = rig.ok("conversations.join", json!({"channel": "C0RANDOM004"})).await;
    assert_eq!(again["warning"], "already_in_channel");
    rig.ok("chat.postMessage", json!({"channel": "random", "text": "hello"})).await;
    let ephemeral = json!({"channel": GENERAL, "user": ANA, "text": "only you"});
    rig.ok("chat.postEphemeral", ephemeral).await;
    assert_eq!(rig.fake.ephemerals("ana")[0].text, "only you");
    let state = rig.fake.state();
    assert_eq!(state["channels"][3]["messages"][0]["text"], "hello");
    assert_eq!(state["ephemerals"][0]["ephemeral_to"], ANA);
}

#[tokio::test]
async fn files() {
    let rig = Rig::new().await;
    let ask = [("filename", "log.txt"), ("length", "5")];
    let place = rig.get("files.getUploadURLExternal", &ask).await;
    let url = place["upload_url"].as_str().unwrap();
    let short = rig.http.post(url).body("abc").send().await.unwrap();
    assert_eq!(short.status(), 400);
    let files = json!([{"id": place["file_id"], "title": "Log"}]);
    let share = json!({"files": files, "channel_id": GENERAL, "initial_comment": "see"});
    assert_eq!(rig.error("files.completeUploadExternal", share.clone()).await, "file_not_found");
    let part = reqwest::multipart::Part::bytes(b"12345".to_vec()).file_name("log.txt");
    let form = reqwest::multipart::Form::new().part("file", part);
    assert_eq!(rig.http.post(url).multipart(form).send().await.unwrap().status(), 200);
    rig.ok("files.completeUploadExternal", share).await;
    assert_eq!(rig.fake.files()[0].content.as_deref(), Some(&b"12345"[..]));
    assert_eq!(rig.fake.messages("general")[0].files.len(), 1);
    let history = rig.get("conversations.history", &[("channel", GENERAL)]).await;
    assert_eq!(history["messages"][0]["files"][0]["title"], "Log");
}

#[tokio::test]
async fn channels_are_created_and_filled() {
    let rig = Rig::new().await;
    let made = rig.ok("conversations.create", json!({"name": "incident-42", "is_private": true})).await;
    let channel = &made["channel"];
    assert_eq!((&channel["is_private"], &channel["is_member"]), (&json!(true), &json!(true)));
    assert_eq!(channel["creator"], rig.fake.setup().bot.id.as_str());
    let id = channel["id"].as_str().unwrap();
    let invited = rig.ok("conversations.invite", json!({"channel": id, "users": ANA})).await;
    assert_eq!(invited["channel"]["num_members"], 2);
    for (users, code) in [
        (ANA, "already_in_channel"),
        ("U0QUARTERBOT", "cant_invite_self"),
        ("UNOBODY", "user_not_found"),
        ("", "no_user"),
    ] {
        assert_eq!(rig.error("conversations.invite", json!({"channel": id, "users": users})).await, code);
    }
    assert_eq!(
        rig.error("conversations.invite", json!({"channel": "C0RANDOM004", "users": ANA})).await,
        "not_in_channel"
    );
    for (name, code) in [
        ("", "invalid_name_required"),
        ("Deploys", "invalid_name_specials"),
        ("a b", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("deploys", "name_taken"),
        ("incident-42", "name_taken"),
        (&"x".repeat(81), "invalid_name_maxlength"),
    ] {
        assert_eq!(rig.error("conversations.create", json!({"name": name})).await, code, "{name}");
    }
    let poor = Rig::with(|setup| setup.scopes.retain(|scope| scope != "groups:write")).await;
    let refused = poor.call("conversations.create", json!({"name": "x", "is_private": true})).await;
    assert_eq!((&refused["error"], &refused["needed"]), (&json!("missing_scope"), &json!("groups:write")));
    poor.ok("conversations.create", json!({"name": "x"})).await;
}

#[tokio::test]
async fn reactions_are_read_back() {
    let rig = Rig::new().await;
    let ts = rig.ok("chat.postMessage", json!({"channel": GENERAL, "text": "x"})).await["ts"].clone();
    let ts = ts.as_str().unwrap();
    rig.ok("reactions.add", json!({"channel": GENERAL, "timestamp": ts, "name": "rocket"})).await;
    rig.fake.react("ana", "general", ts, "rocket").unwrap();
    let got = rig.get("reactions.get", &[("channel", GENERAL), ("timestamp", ts)]).await;
    assert_eq!(got["message"]["reactions"][0]["count"], 2);
    let twice = json!({"channel": GENERAL, "timestamp": ts, "name": "rocket"});
    assert_eq!(rig.error("reactions.add", twice).await, "already_reacted");
    for (args, code) in [
        (vec![("channel", GENERAL)], "no_item_specified"),
        (vec![("channel", GENERAL), ("timestamp", "x")], "bad_timestamp"),
        (vec![("channel", GENERAL), ("timestamp", "1.1")], "message_not_found"),
        (vec![("channel", "C0RANDOM004"), ("timestamp", ts)], "channel_not_found"),
    ] {
        assert_eq!(rig.get("reactions.get", &args).await["error"], code);
    }
}
