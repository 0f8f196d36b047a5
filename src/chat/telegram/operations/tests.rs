//! The operations against the strict fake.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::send_tests::{Rig, place, rig};
use super::*;
use crate::model::{Actor, Block, CallId, Effect, Object, Role};
use crate::operations::{Asked, Completer as _, Outcome, Registry};
use crate::sandbox::telegram::{ANA, BEN, OPS};

fn caller(rig: &Rig) -> Caller {
    let now = rig.clock.now();
    Caller {
        call: CallId::new(),
        actor: Actor::User { platform: super::super::platform(), id: ANA.to_string(), name: "Ana <b> Reyes".into() },
        role: Role::Admin,
        place: Some(place(OPS)),
        accepted_at: now,
        now,
        defaults: BTreeMap::new(),
    }
}

fn declaration(rig: &Rig, name: &str) -> Declaration {
    all(&rig.telegram).into_iter().find(|operation| operation.spec.name == name).expect("an operation")
}

async fn run(rig: &Rig, name: &str, args: Value) -> Result<Outcome, Fault> {
    let args: Object = serde_json::from_value(args).expect("an object");
    declaration(rig, name).run.run(&args, &caller(rig)).await
}

#[tokio::test]
async fn all_of_them_can_be_registered() {
    let rig = rig().await;
    let all = all(&rig.telegram);
    let destroy: Vec<&str> = all
        .iter()
        .filter(|operation| operation.spec.effect == Effect::Destroy)
        .map(|operation| operation.spec.name)
        .collect();
    assert_eq!(destroy, ["telegram.message.delete"]);
    assert_eq!(Registry::new(all).map(|_| ()), Ok(()));
}

#[tokio::test]
async fn a_message_is_sent_changed_and_deleted() {
    let rig = rig().await;
    let text = "@ben_acme please look <at> https://a.example/x";
    let sent = run(&rig, "telegram.message.send", json!({ "chat": "@acmeops", "text": text })).await.expect("sent");
    let shown = rig.last(OPS);
    assert_eq!(shown.text, format!("{text}\n\nSent by Ana <b> Reyes"));
    assert_eq!(shown.entities[0]["type"], "mention", "a person wrote it");
    let message = format!("telegram:{OPS}#{}", shown.id);
    assert_eq!(sent.data["message"], message.as_str());

    run(&rig, "telegram.message.edit", json!({ "message": message, "text": "Never mind." })).await.expect("changed");
    assert_eq!(rig.last(OPS).text, "Never mind.\n\nSent by Ana <b> Reyes");
    // A card changes by itself.
    let key = (place(OPS).to_string(), shown.id.to_string());
    let index = rig.ground.store.write(move |tx| tx.put::<crate::delivery::tables::Messages>(&key, &"x:1".to_owned()));
    index.await.expect("written");
    let denied = run(&rig, "telegram.message.edit", json!({ "message": shown.id.to_string(), "text": "x" })).await;
    assert!(denied.is_err_and(|fault| fault.outside.contains("is a card")));

    let args: Object = serde_json::from_value(json!({ "message": message })).expect("an object");
    let delete = declaration(&rig, "telegram.message.delete");
    let preview = delete.run.preview(&args, &caller(&rig)).await.expect("a preview").expect("a card");
    assert!(
        preview.title.starts_with("Delete message ")
            && matches!(&preview.body[1], Block::Text(text) if text.to_plain() == "Look at it first")
    );
    delete.run.run(&args, &caller(&rig)).await.expect("deleted");
    assert!(rig.fake.messages(OPS).is_empty());
    let again = delete.run.run(&args, &caller(&rig)).await.expect_err("gone");
    assert_eq!(again.kind, crate::model::FaultKind::NotFound);
}

#[tokio::test]
async fn wrong_values_say_what_to_do() {
    let rig = rig().await;
    for (args, part) in [
        (json!({ "chat": "#ops", "text": "x" }), "is no chat; write `@name`"),
        (json!({ "chat": "@acmeops", "text": "  " }), "`text` is empty"),
        (json!({ "chat": "@acmeops", "text": "x".repeat(4_090) }), "has 4090 characters; Telegram shows 4000"),
        (json!({ "chat": "@acmeops", "text": "x", "reply_to": "telegram:-1001#3" }), "is not in"),
    ] {
        let fault = run(&rig, "telegram.message.send", args).await.expect_err("refused");
        assert!(fault.outside.contains(part), "{fault}");
    }
    let fault = run(&rig, "telegram.file.send", json!({ "chat": "@acmeops", "name": "../x", "content": "y" })).await;
    assert!(fault.is_err_and(|fault| fault.outside.contains("a file's name")));
}

#[tokio::test]
async fn a_file_is_sent_and_a_chat_is_shown() {
    let rig = rig().await;
    let args =
        json!({ "chat": ANA.to_string(), "name": "report.csv", "content": "a,b\n1,2\n", "caption": "The <numbers>" });
    run(&rig, "telegram.file.send", args).await.expect("sent");
    let shown = rig.last(ANA);
    assert_eq!(shown.text, "The <numbers>\n\nSent by Ana <b> Reyes");
    let file = shown.file.expect("a file");
    assert_eq!(
        (file.name.as_deref(), rig.fake.file(&file.file_id).as_deref()),
        (Some("report.csv"), Some(&b"a,b\n1,2\n"[..]))
    );
    let chat = run(&rig, "telegram.chat.get", json!({})).await.expect("shown");
    let card = chat.card.expect("a card");
    assert_eq!((card.title.as_str(), card.link.as_deref()), ("Acme Ops", Some("https://t.me/acmeops")));
    assert_eq!((chat.data["kind"].as_str(), chat.data["chat"].as_i64()), (Some("supergroup"), Some(OPS)));
    assert!(chat.data["members"].as_u64().is_some_and(|members| members > 2));
}

#[tokio::test]
async fn chats_that_are_known_are_offered() {
    let rig = rig().await;
    rig.knows(OPS, "Acme Ops", Some("acmeops"), false).await;
    rig.knows(-7, "Incident", None, false).await;
    rig.knows(BEN, "Ben Okafor", Some("ben_acme"), true).await;
    let offered = async |what: &str, begun: &str| {
        let none = BTreeMap::new();
        let place = Place::channel(&crate::model::PlatformId::new("telegram"), "1");
        let asked = Asked { what, begun, given: &none, defaults: &none, place: &place };
        let found = rig.telegram.complete(&asked).await.expect("choices");
        found.into_iter().map(|choice| format!("{} = {}", choice.label, choice.value)).collect::<Vec<_>>()
    };
    assert_eq!(offered("telegram.chats", "").await, ["Acme Ops (@acmeops) = @acmeops", "Incident = -7"]);
    assert_eq!(offered("telegram.chats", "@acme").await, ["Acme Ops (@acmeops) = @acmeops"]);
    assert_eq!(offered("telegram.chats_and_people", "ben").await, [format!("Ben Okafor (@ben_acme) = {BEN}")]);
    assert_eq!(offered("telegram.unknown", "").await, Vec::<String>::new());
}
