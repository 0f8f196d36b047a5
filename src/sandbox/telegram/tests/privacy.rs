//! What the bot sees in groups, and what clients make of typed text.

use serde_json::json;

use super::{
    super::{ANA, BEN, BOT, CLEO, DEV, NEWS, OPS, Status},
    Rig,
};

#[tokio::test]
async fn privacy_mode_hides_what_is_not_meant_for_the_bot() {
    let rig = Rig::new().await;
    let seen = |text: &str| rig.fake.say(ANA, OPS, None, text, None).unwrap().update.is_some();
    assert!(!seen("hello all"));
    assert!(seen("/status"));
    assert!(seen("/status@quarterdeck_bot now"));
    assert!(seen("/status@Quarterdeck_Bot now"));
    assert!(!seen("/status@other_bot now"));
    assert!(seen("what now, @quarterdeck_bot?"));
    assert!(!seen("ask @quarterdeck_bots"));
    assert!(rig.fake.mention_by_name(ANA, OPS, None, BOT, "hi ", "!").unwrap().update.is_some());
    assert!(rig.fake.mention_by_name(ANA, OPS, None, CLEO, "hi ", "!").unwrap().update.is_none());
    let own = rig.send(OPS, "I am here").await;
    assert!(rig.fake.say(BEN, OPS, None, "good", Some(own)).unwrap().update.is_some());
    let other = rig.fake.say(BEN, OPS, None, "x", None).unwrap().message;
    assert!(rig.fake.say(ANA, OPS, None, "y", Some(other)).unwrap().update.is_none());
    let command = rig.fake.say(BEN, OPS, None, "/status", None).unwrap().message;
    assert!(rig.fake.say(ANA, OPS, None, "me too", Some(command)).unwrap().update.is_some());
    rig.fake.pin(ANA, OPS, own).unwrap();
    assert!(rig.drain().await.last().unwrap()["message"]["pinned_message"]["text"] == "I am here");
    assert!(rig.fake.say(ANA, DEV, None, "administrators see all", None).unwrap().update.is_some());
    assert!(rig.fake.say(ANA, ANA, None, "so does a private chat", None).unwrap().update.is_some());
    assert!(rig.fake.say(ANA, NEWS, None, "and channels", None).unwrap().update.is_some());
    assert_eq!(rig.drain().await.pop().unwrap()["channel_post"]["sender_chat"]["username"], "acmenews");
    assert_eq!(rig.ok("getMe", json!({})).await["can_read_all_group_messages"], false);
    rig.fake.set_privacy(false);
    assert!(rig.fake.say(ANA, OPS, None, "hello all", None).unwrap().update.is_some());
    assert_eq!(rig.ok("getMe", json!({})).await["can_read_all_group_messages"], true);
}

#[tokio::test]
async fn clients_mark_what_they_find() {
    let rig = Rig::new().await;
    rig.fake
        .say(ANA, ANA, None, "😀 /go@quarterdeck_bot @ben_acme #tag $ACME a@example.com https://example.com/x.", None)
        .unwrap();
    rig.fake.mention_by_name(ANA, ANA, None, CLEO, "é ", " ok").unwrap();
    let got = rig.drain().await;
    let entity = |kind: &str, offset: i64, length: i64| json!({"offset": offset, "length": length, "type": kind});
    let expected = json!([
        entity("bot_command", 3, 19),
        entity("mention", 23, 9),
        entity("hashtag", 33, 4),
        entity("cashtag", 38, 5),
        entity("email", 44, 13),
        entity("url", 58, 21),
    ]);
    assert_eq!(got[0]["message"]["entities"], expected);
    let named = &got[1]["message"]["entities"][0];
    assert_eq!((&named["type"], &named["offset"], &named["length"]), (&json!("text_mention"), &json!(2), &json!(4)));
    assert_eq!(named["user"]["id"], CLEO);
}

#[tokio::test]
async fn people_are_held_to_their_client() {
    let rig = Rig::with(|setup| setup.users[2].started = false).await;
    let reason =
        |user, chat, topic, text: &str, reply| rig.fake.say(user, chat, topic, text, reply).unwrap_err().reason;
    assert_eq!(reason(ANA, OPS, None, "  ", None), "there is nothing to send");
    assert_eq!(reason(ANA, OPS, None, &"x".repeat(4097), None), "this is too long for one message");
    assert_eq!(reason(CLEO, CLEO, None, "x", None), "the client shows START instead");
    assert_eq!(reason(CLEO, super::super::INCIDENT, None, "x", None), "Cleo is not in this chat");
    assert_eq!(reason(ANA, DEV, Some(99), "x", None), "no such topic");
    assert_eq!(reason(ANA, OPS, None, "x", Some(99)), "no such message to answer");
    assert_eq!(reason(CLEO, NEWS, None, "x", None), "only administrators post here");
    let said = rig.fake.start_bot(CLEO, Some("deep-link")).unwrap();
    assert_eq!(rig.fake.message(CLEO, said.message).unwrap().text, "/start deep-link");
    rig.fake.block_bot(CLEO).unwrap();
    assert_eq!(reason(CLEO, CLEO, None, "x", None), "the client shows UNBLOCK instead");
    let ana = rig.fake.say(ANA, OPS, None, "x", None).unwrap().message;
    assert!(rig.fake.edit(BEN, OPS, ana, "y").is_err());
    assert!(rig.fake.delete_message(CLEO, OPS, ana).is_err());
    assert!(rig.fake.remove_bot(OPS, CLEO).is_err());
    assert!(rig.fake.set_bot_status(OPS, ANA, Status::Creator).is_err());
    assert!(rig.fake.create_topic(ANA, OPS, "x").is_err());
    assert!(rig.fake.migrate(OPS, ANA).is_err());
}
