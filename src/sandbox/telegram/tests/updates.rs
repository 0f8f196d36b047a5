//! `getUpdates`: offsets, waiting, kinds, and who may poll.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{ANA, BEN, DEV, OPS},
    Rig,
};

fn ids(updates: &[Value]) -> Vec<i64> {
    updates.iter().map(|update| update["update_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn offsets_confirm() {
    let rig = Rig::new().await;
    for text in ["a", "b", "c"] {
        rig.fake.say(ANA, ANA, None, text, None).unwrap();
    }
    let first = ids(&rig.updates(0).await);
    assert_eq!(first.len(), 3);
    assert_eq!(ids(&rig.updates(0).await), first, "nothing is confirmed without an offset");
    assert_eq!(rig.fake.confirmed_offset(), 0);
    assert_eq!(ids(&rig.updates(first[1]).await), first[1..]);
    assert_eq!((rig.fake.confirmed_offset(), rig.fake.unsettled()), (first[1], 2));
    let one = rig.ok("getUpdates", json!({"offset": 0, "limit": 1})).await;
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(ids(&rig.updates(-1).await), first[2..], "a negative offset forgets all but the last");
    assert_eq!(rig.fake.pending_updates().len(), 1);
    rig.updates(first[2] + 1).await;
    assert_eq!((rig.fake.confirmed_offset(), rig.fake.unsettled()), (first[2] + 1, 0));
    let next = rig.fake.say(ANA, ANA, None, "d", None).unwrap().update.unwrap();
    assert_eq!(next, first[2] + 1);
}

#[tokio::test]
async fn a_poll_waits_for_news() {
    let rig = Arc::new(Rig::new().await);
    let poll = |args: Value| {
        let rig = Arc::clone(&rig);
        tokio::spawn(async move { rig.call("getUpdates", args).await })
    };
    let waiting = poll(json!({"timeout": 50}));
    rig.fake.until(|fake| fake.polling().then_some(())).await;
    rig.fake.say(ANA, ANA, None, "news", None).unwrap();
    assert_eq!(waiting.await.unwrap()["result"][0]["message"]["text"], "news");
    let last = rig.updates(0).await[0]["update_id"].as_i64().unwrap();

    let waiting = poll(json!({"timeout": 30, "offset": last + 1}));
    rig.fake.until(|fake| fake.polling().then_some(())).await;
    rig.pass(29);
    assert!(!waiting.is_finished());
    rig.pass(1);
    assert_eq!(waiting.await.unwrap()["result"], json!([]));

    let first = poll(json!({"timeout": 30, "offset": last + 1}));
    rig.fake.until(|fake| fake.polling().then_some(())).await;
    let second = poll(json!({"timeout": 30, "offset": last + 1}));
    let ended = first.await.unwrap();
    assert_eq!(ended["error_code"], 409);
    assert_eq!(
        ended["description"],
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    );
    rig.ok("setWebhook", json!({"url": "https://example.com/hook"})).await;
    assert_eq!(second.await.unwrap()["description"], "Conflict: terminated by setWebhook request");
    let barred = rig.call("getUpdates", json!({})).await;
    assert_eq!(
        barred["description"],
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    );
    rig.ok("deleteWebhook", json!({})).await;
    rig.ok("getUpdates", json!({})).await;
}

#[tokio::test]
async fn kinds_are_kept_between_calls() {
    let rig = Rig::new().await;
    let said = rig.fake.say(ANA, DEV, None, "x", None).unwrap().message;
    rig.fake.react(BEN, DEV, said, Some("👍")).unwrap();
    assert_eq!(rig.drain().await.len(), 1, "reactions are told only when asked for");
    rig.ok("getUpdates", json!({"allowed_updates": ["message_reaction", "callback_query"]})).await;
    rig.fake.react(BEN, DEV, said, Some("🎉")).unwrap();
    assert_eq!(rig.fake.say(ANA, DEV, None, "y", None).unwrap().update, None);
    let got = rig.drain().await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["message_reaction"]["old_reaction"], json!([{"type": "emoji", "emoji": "👍"}]));
    assert_eq!(got[0]["message_reaction"]["new_reaction"], json!([{"type": "emoji", "emoji": "🎉"}]));
    rig.ok("getUpdates", json!({"allowed_updates": []})).await;
    assert!(rig.fake.say(ANA, DEV, None, "z", None).unwrap().update.is_some());
    assert!(rig.fake.react(BEN, DEV, said, Some("not one")).is_err());
}

#[tokio::test]
async fn nothing_is_kept_for_ever() {
    let rig = Rig::new().await;
    let id = rig.ok("sendMessage", json!({"chat_id": OPS, "text": "?", "reply_markup": super::buttons(&["Go"])})).await;
    rig.fake.say(ANA, ANA, None, "x", None).unwrap();
    rig.fake.press(ANA, OPS, id["message_id"].as_i64().unwrap(), "Go").unwrap();
    assert_eq!(rig.fake.unsettled(), 2);
    rig.pass(150);
    assert_eq!(rig.fake.unsettled(), 1, "a press is told for two and a half minutes");
    rig.pass(24 * 3600);
    assert_eq!(rig.fake.unsettled(), 0);
}

#[tokio::test]
async fn kinds_from_the_future_arrive() {
    let rig = Rig::new().await;
    let id = rig.fake.send_unknown_update(&json!({"telepathy": {"from": {"id": ANA}, "thought": "?"}}));
    assert_eq!(rig.drain().await, [json!({"update_id": id, "telepathy": {"from": {"id": ANA}, "thought": "?"}})]);
    rig.fake.edit(ANA, ANA, rig.fake.say(ANA, ANA, None, "a", None).unwrap().message, "b").unwrap();
    let got = rig.drain().await;
    assert_eq!(got[1]["edited_message"]["text"], "b");
    assert_eq!(got[0]["message"]["from"]["language_code"], "en");
}
