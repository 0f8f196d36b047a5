//! Chats, members, topics, pins, and a group that becomes a supergroup.

use serde_json::json;

use super::{
    super::{ANA, BEN, BOT, CLEO, DEPLOYS, DEV, INCIDENT, NEWS, OPS, RANDOM, Status},
    Rig,
};

#[tokio::test]
async fn looking_around() {
    let rig = Rig::new().await;
    let chat = rig.ok("getChat", json!({"chat_id": "@acmeops"})).await;
    assert_eq!((&chat["id"], &chat["type"], &chat["title"]), (&json!(OPS), &json!("supergroup"), &json!("Acme Ops")));
    assert_eq!(rig.ok("getChat", json!({"chat_id": ANA})).await["first_name"], "Ana");
    assert_eq!(rig.ok("getChat", json!({"chat_id": DEV})).await["is_forum"], true);
    let me = rig.ok("getChatMember", json!({"chat_id": OPS, "user_id": BOT})).await;
    assert_eq!((&me["status"], &me["user"]["username"]), (&json!("member"), &json!("quarterdeck_bot")));
    let admins = rig.ok("getChatAdministrators", json!({"chat_id": OPS})).await;
    assert_eq!((admins.as_array().unwrap().len(), &admins[0]["status"]), (2, &json!("creator")));
    assert_eq!(rig.ok("getChatMemberCount", json!({"chat_id": OPS})).await, 4);
    let private = rig.error("getChatAdministrators", json!({"chat_id": ANA})).await;
    assert_eq!(private, "Bad Request: there are no administrators in the private chat");
    let none = rig.error("getChatMember", json!({"chat_id": OPS, "user_id": 5})).await;
    assert_eq!(none, "Bad Request: PARTICIPANT_ID_INVALID");
    rig.ok("sendChatAction", json!({"chat_id": OPS, "action": "typing"})).await;
    assert_eq!(rig.fake.actions(), [(OPS, "typing".to_owned())]);
    let odd = rig.error("sendChatAction", json!({"chat_id": OPS, "action": "sleeping"})).await;
    assert_eq!(odd, "Bad Request: wrong parameter action in request");
}

#[tokio::test]
async fn coming_and_going() {
    let rig = Rig::new().await;
    rig.fake.add_bot(RANDOM, CLEO).unwrap();
    rig.fake.set_bot_status(RANDOM, ANA, Status::Administrator).unwrap();
    rig.fake.leave(RANDOM, CLEO).unwrap();
    rig.fake.remove_bot(RANDOM, ANA).unwrap();
    rig.fake.block_bot(ANA).unwrap();
    rig.fake.unblock_bot(ANA).unwrap();
    let got = rig.drain().await;
    let change = |at: usize| {
        let change = &got[at]["my_chat_member"];
        let side = |name: &str| change[name]["status"].as_str().unwrap_or_default().to_owned();
        (side("old_chat_member"), side("new_chat_member"))
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(change(0), pair("left", "member"));
    assert_eq!(got[1]["message"]["new_chat_members"][0]["id"], BOT);
    assert_eq!(change(2), pair("member", "administrator"));
    assert_eq!(got[3]["message"]["left_chat_member"]["id"], CLEO);
    assert_eq!(change(4), pair("administrator", "kicked"));
    assert_eq!(got[5]["message"]["left_chat_member"]["id"], BOT);
    assert_eq!(change(6), pair("member", "kicked"));
    assert_eq!(got[6]["my_chat_member"]["chat"]["type"], "private");
    assert_eq!(change(7), pair("kicked", "member"));
    assert!(rig.fake.add_bot(RANDOM, BEN).is_err(), "only administrators bring back whom they banned");
    rig.ok("leaveChat", json!({"chat_id": OPS})).await;
    assert_eq!(rig.drain().await[0]["my_chat_member"]["new_chat_member"]["status"], "left");
    let gone = rig.error("sendMessage", json!({"chat_id": OPS, "text": "x"})).await;
    assert_eq!(gone, "Forbidden: bot is not a member of the supergroup chat");
}

#[tokio::test]
async fn a_group_becomes_a_supergroup() {
    let rig = Rig::new().await;
    let old = rig.send(INCIDENT, "before").await;
    assert!(rig.fake.migrate(INCIDENT, BEN).is_err());
    let new = rig.fake.migrate(INCIDENT, ANA).unwrap();
    let got = rig.drain().await;
    assert_eq!(
        (&got[0]["message"]["chat"]["id"], &got[0]["message"]["migrate_to_chat_id"]),
        (&json!(INCIDENT), &json!(new))
    );
    assert_eq!(
        (&got[1]["message"]["chat"]["id"], &got[1]["message"]["migrate_from_chat_id"]),
        (&json!(new), &json!(INCIDENT))
    );
    let refused = rig.call("sendMessage", json!({"chat_id": INCIDENT, "text": "x"})).await;
    assert_eq!(refused["description"], "Bad Request: group chat was upgraded to a supergroup chat");
    assert_eq!((&refused["error_code"], &refused["parameters"]), (&json!(400), &json!({"migrate_to_chat_id": new})));
    let edit = json!({"chat_id": INCIDENT, "message_id": old, "text": "x"});
    assert_eq!(rig.error("editMessageText", edit).await, "Bad Request: message can't be edited");
    rig.send(new, "after").await;
    assert!(rig.fake.say(ANA, INCIDENT, None, "x", None).is_err());
    rig.fake.say(BEN, new, None, "/status", None).unwrap().update.unwrap();
    assert_eq!(rig.fake.chat(new).unwrap().migrated_from, Some(INCIDENT));
}

#[tokio::test]
async fn topics_open_and_close() {
    let rig = Rig::new().await;
    let made = rig.ok("createForumTopic", json!({"chat_id": DEV, "name": "Release 7", "icon_color": 16_478_047})).await;
    let id = made["message_thread_id"].as_i64().unwrap();
    assert_eq!(rig.drain().await[0]["message"]["forum_topic_created"]["name"], "Release 7");
    let at = json!({"chat_id": DEV, "message_thread_id": id});
    rig.ok("closeForumTopic", at.clone()).await;
    assert_eq!(rig.error("closeForumTopic", at.clone()).await, "Bad Request: TOPIC_NOT_MODIFIED");
    assert_eq!(rig.fake.say(CLEO, DEV, Some(id), "x", None).unwrap_err().reason, "this topic is closed");
    rig.ok("reopenForumTopic", at.clone()).await;
    rig.ok("editForumTopic", json!({"chat_id": DEV, "message_thread_id": id, "name": "Release 8"})).await;
    assert_eq!(rig.fake.chat(DEV).unwrap().topic(id).unwrap().name, "Release 8");
    let said = rig.fake.say(CLEO, DEV, Some(id), "x", None).unwrap();
    let update = rig.drain().await.pop().unwrap();
    assert_eq!(
        (&update["message"]["message_thread_id"], &update["update_id"]),
        (&json!(id), &json!(said.update.unwrap()))
    );
    let theirs = rig.fake.create_topic(ANA, DEV, "Ana's").unwrap();
    assert_eq!(rig.drain().await[0]["message"]["message_thread_id"], theirs);
    rig.ok("deleteForumTopic", at.clone()).await;
    assert_eq!(rig.error("reopenForumTopic", at).await, "Bad Request: TOPIC_ID_INVALID");
    assert_eq!(
        rig.error("createForumTopic", json!({"chat_id": OPS, "name": "x"})).await,
        "Bad Request: the chat is not a forum"
    );
    assert_eq!(rig.error("createForumTopic", json!({"chat_id": DEV})).await, "Bad Request: name must be non-empty");
    rig.fake.set_bot_status(DEV, ANA, Status::Member).unwrap();
    let rights = rig.error("createForumTopic", json!({"chat_id": DEV, "name": "x"})).await;
    assert_eq!(rights, "Bad Request: not enough rights to create a topic");
}

#[tokio::test]
async fn pins_and_reactions() {
    let rig = Rig::new().await;
    let id = rig.send(DEV, "plan").await;
    rig.ok("pinChatMessage", json!({"chat_id": DEV, "message_id": id})).await;
    assert_eq!(rig.drain().await[0]["message"]["pinned_message"]["message_id"], id);
    assert_eq!(rig.ok("getChat", json!({"chat_id": DEV})).await["pinned_message"]["text"], "plan");
    rig.ok("unpinChatMessage", json!({"chat_id": DEV})).await;
    assert_eq!(rig.error("unpinChatMessage", json!({"chat_id": DEV})).await, "Bad Request: message to unpin not found");
    let ops = rig.send(OPS, "plan").await;
    let rights = rig.error("pinChatMessage", json!({"chat_id": OPS, "message_id": ops})).await;
    assert_eq!(rights, "Bad Request: not enough rights to manage pinned messages in the chat");
    let react =
        |emoji: &str| json!({"chat_id": OPS, "message_id": ops, "reaction": [{"type": "emoji", "emoji": emoji}]});
    rig.ok("setMessageReaction", react("👀")).await;
    rig.ok("setMessageReaction", react("❤\u{fe0f}")).await;
    let reactions = rig.fake.message(OPS, ops).unwrap().reactions;
    assert_eq!((reactions.len(), reactions[0].emoji.as_str(), reactions[0].user), (1, "❤", BOT));
    assert_eq!(rig.error("setMessageReaction", react("🧀")).await, "Bad Request: REACTION_INVALID");
    let none = json!({"chat_id": OPS, "message_id": 999, "reaction": []});
    assert_eq!(rig.error("setMessageReaction", none).await, "Bad Request: message to react not found");
    rig.send(NEWS, "to the channel").await;
    let posted = &rig.fake.messages(NEWS)[0];
    assert_eq!((posted.from, posted.sender_chat, posted.author), (None, Some(NEWS), BOT));
    let topic = rig.fake.say(ANA, DEV, Some(DEPLOYS), "x", None).unwrap().message;
    rig.fake.pin(ANA, DEV, topic).unwrap();
    assert_eq!(rig.drain().await.pop().unwrap()["message"]["message_thread_id"], DEPLOYS);
}
