//! The operations against the strict fake.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::send_tests::{Rig, described, fits, place, rig};
use super::super::tests::telegram;
use super::*;
use crate::model::{Actor, Block, CallId, Effect, Fault, Object, Place, Role};
use crate::operations::{Asked, Caller, Completer as _, Outcome, Registry};
use crate::sandbox::telegram::{ANA, BEN, BOT, CLEO, Failure, INCIDENT, NEWS, OPS};

fn person(id: i64) -> Actor {
    Actor::User { platform: super::super::platform(), id: id.to_string(), name: "Ana <b> Reyes".into() }
}

fn caller(rig: &Rig) -> Caller {
    let now = rig.clock.now();
    Caller {
        call: CallId::new(),
        actor: person(ANA),
        role: Role::Admin,
        place: Some(place(OPS)),
        accepted_at: now,
        now,
        defaults: BTreeMap::new(),
        quote: None,
    }
}

fn declaration(rig: &Rig, name: &str) -> Declaration {
    all(&rig.telegram).into_iter().find(|operation| operation.spec.name == name).expect("an operation")
}

async fn run(rig: &Rig, name: &str, args: Value) -> Result<Outcome, Fault> {
    let args: Object = serde_json::from_value(args).expect("an object");
    declaration(rig, name).run.run(&args, &caller(rig)).await
}

/// What somebody is refused who asks from the chat that everyone is in.
async fn refused(rig: &Rig, by: Actor, name: &str, args: Value) -> Option<String> {
    let args: Object = serde_json::from_value(args).expect("an object");
    let by = Caller { actor: by, ..caller(rig) };
    declaration(rig, name).run.run(&args, &by).await.err().map(|fault| fault.outside)
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
    let preview = delete.run.preview(&args, &caller(&rig)).await.expect("a preview").expect("a preview").card;
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
async fn a_reaction_is_put_on_a_message() {
    let rig = rig().await;
    let said = rig.fake.say(BEN, INCIDENT, None, "The database is down.", None).expect("said");
    let message = format!("telegram:{INCIDENT}#{}", said.message);
    let reactions = || {
        let message = rig.fake.message(INCIDENT, said.message).expect("a message");
        message.reactions.into_iter().map(|one| (one.user, one.emoji)).collect::<Vec<_>>()
    };
    for emoji in ["👀", "❤\u{fe0f}\u{200d}🔥"] {
        let done =
            run(&rig, "telegram.reaction.add", json!({ "message": message, "emoji": emoji })).await.expect("put");
        assert_eq!(done.data["message"], message.as_str());
    }
    assert_eq!(reactions(), [(BOT, "❤\u{200d}🔥".to_owned())], "the bot has one");
    for wrong in ["🦆", "thumbsup", ":tada:"] {
        let args = json!({ "message": message, "emoji": wrong });
        let fault = run(&rig, "telegram.reaction.add", args).await.expect_err("no reaction");
        assert_eq!(fault.kind, crate::model::FaultKind::BadInput { field: Some("emoji".into()) });
        assert!(fault.outside.contains("is no reaction that Telegram knows"), "{fault}");
    }
    let gone = json!({ "message": format!("telegram:{INCIDENT}#9999"), "emoji": "👍" });
    let gone = run(&rig, "telegram.reaction.add", gone).await.expect_err("no message");
    assert_eq!(gone.kind, crate::model::FaultKind::NotFound);
    let hidden =
        refused(&rig, person(CLEO), "telegram.reaction.add", json!({ "message": message, "emoji": "👍" })).await;
    assert!(hidden.is_some_and(|said| said.contains("no such chat")));
    let api = described();
    let calls: Vec<_> = rig.fake.requests().into_iter().filter(|call| call.method == "setMessageReaction").collect();
    assert_eq!(calls.len(), 4);
    for call in calls {
        assert_eq!(fits(&call.body, &api["methods"]["setMessageReaction"], &api), Ok(()), "{:#}", call.body);
    }
    let odd = json!({ "chat_id": 1, "message_id": 2, "reaction": [{ "type": "emoji", "sign": "x" }] });
    assert!(fits(&odd, &api["methods"]["setMessageReaction"], &api).is_err());
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
async fn nobody_reaches_through_the_bot_what_they_could_not_alone() {
    let rig = rig().await;
    // Ana and Ben are in the incident's group; Cleo is not, and it has no public name.
    let sent = json!({ "chat": INCIDENT.to_string(), "text": "The database is down." });
    run(&rig, "telegram.message.send", sent).await.expect("a member may");
    let there = rig.last(INCIDENT);
    let message = format!("telegram:{INCIDENT}#{}", there.id);
    let slack = Actor::User { platform: crate::model::PlatformId::new("slack"), id: "U1".into(), name: "Ana".into() };
    for (name, args) in [
        ("telegram.chat.get", json!({ "chat": INCIDENT.to_string() })),
        ("telegram.message.send", json!({ "chat": INCIDENT.to_string(), "text": "x" })),
        ("telegram.message.edit", json!({ "message": message, "text": "x" })),
        ("telegram.file.send", json!({ "chat": INCIDENT.to_string(), "name": "a.txt", "content": "x" })),
        ("telegram.message.delete", json!({ "message": message })),
    ] {
        for stranger in [person(CLEO), slack.clone()] {
            let said = refused(&rig, stranger, name, args.clone()).await.expect(name);
            assert!(said.starts_with("Telegram knows no such chat that both you and the bot are in"), "{name}: {said}");
        }
    }
    let args: Object = serde_json::from_value(json!({ "message": message })).expect("an object");
    let by = Caller { actor: person(CLEO), ..caller(&rig) };
    let preview = declaration(&rig, "telegram.message.delete").run.preview(&args, &by).await;
    assert!(preview.is_err(), "the title is no less hidden than the chat");
    assert_eq!(rig.last(INCIDENT), there);
    for rule in [Actor::Rule { name: "r".into() }, Actor::ApiKey { name: "ci".into() }] {
        assert_eq!(refused(&rig, rule, "telegram.chat.get", json!({ "chat": INCIDENT.to_string() })).await, None);
    }
    // What has a public name everyone reaches, by it and by its id.
    for chat in ["@acmenews".to_owned(), NEWS.to_string()] {
        assert_eq!(refused(&rig, slack.clone(), "telegram.chat.get", json!({ "chat": chat })).await, None);
    }
    // A person is written to, and their chat with the bot shown to nobody else.
    let dm = json!({ "chat": BEN.to_string(), "text": "hello" });
    assert_eq!(refused(&rig, person(CLEO), "telegram.message.send", dm).await, None);
    let said = rig.last(BEN);
    for (name, args) in [
        ("telegram.chat.get", json!({ "chat": BEN.to_string() })),
        ("telegram.message.delete", json!({ "message": format!("telegram:{BEN}#{}", said.id) })),
    ] {
        assert!(refused(&rig, person(CLEO), name, args.clone()).await.is_some(), "{name}");
        assert_eq!(refused(&rig, person(BEN), name, args).await, None, "{name}");
    }
    // Who wrote where nobody else is told of.
    rig.knows(INCIDENT, "Acme Incident", None, false).await;
    let again = telegram(rig.fake.base(), &rig.fake.setup().token, None, &rig.ground);
    let mut rig = rig;
    rig.telegram = Arc::new(again);
    let wrong = refused(&rig, person(CLEO), "telegram.chat.get", json!({ "chat": "@acme_incident" })).await;
    assert!(wrong.as_deref().is_some_and(|said| !said.contains("Acme Incident")), "{wrong:?}");
}

#[tokio::test]
async fn who_is_asked_whether_somebody_is_in_a_chat_is_asked_once() {
    let rig = rig().await;
    for _ in 0..3 {
        assert_eq!(
            refused(&rig, person(BEN), "telegram.chat.get", json!({ "chat": INCIDENT.to_string() })).await,
            None
        );
    }
    let asked =
        rig.fake.requests().into_iter().filter(|call| call.method.eq_ignore_ascii_case("getChatMember")).count();
    assert_eq!(asked, 1);
    // Where it cannot be told just now, it is not guessed.
    rig.clock.advance(jiff::SignedDuration::from_mins(6));
    rig.fake.fail_next("getChatMember", Failure::Status(502), 1);
    let said = refused(&rig, person(BEN), "telegram.chat.get", json!({ "chat": INCIDENT.to_string() })).await;
    assert_eq!(said.as_deref(), Some("Telegram does not answer properly just now."));
}

#[tokio::test]
async fn chats_that_are_known_are_offered_to_those_who_may_see_them() {
    let rig = rig().await;
    rig.knows(OPS, "Acme Ops", Some("acmeops"), false).await;
    rig.knows(INCIDENT, "Incident", None, false).await;
    rig.knows(BEN, "Ben Okafor", Some("ben_acme"), true).await;
    rig.knows(CLEO, "Cleo Martin", None, true).await;
    let offered_to = async |actor: Actor, what: &str, begun: &str| {
        let none = BTreeMap::new();
        let place = Place::channel(&crate::model::PlatformId::new("telegram"), "1");
        let asked = Asked { what, begun, given: &none, defaults: &none, actor: &actor, place: &place };
        let found = rig.telegram.complete(&asked).await.expect("choices");
        found.into_iter().map(|choice| format!("{} = {}", choice.label, choice.value)).collect::<Vec<_>>()
    };
    let offered = async |what: &str, begun: &str| offered_to(person(ANA), what, begun).await;
    let incident = format!("Incident = {INCIDENT}");
    assert_eq!(offered("telegram.chats", "").await, ["Acme Ops (@acmeops) = @acmeops", &incident]);
    let slack = Actor::User { platform: crate::model::PlatformId::new("slack"), id: "U1".into(), name: "Ana".into() };
    for stranger in [person(CLEO), slack] {
        assert_eq!(offered_to(stranger, "telegram.chats", "").await, ["Acme Ops (@acmeops) = @acmeops"]);
    }
    let cleo = format!("Cleo Martin = {CLEO}");
    assert_eq!(offered("telegram.chats_and_people", "cleo").await, Vec::<String>::new());
    assert_eq!(offered_to(person(CLEO), "telegram.chats_and_people", "cleo").await, [cleo]);
    assert_eq!(offered("telegram.chats", "@acme").await, ["Acme Ops (@acmeops) = @acmeops"]);
    assert_eq!(offered("telegram.chats_and_people", "ben").await, [format!("Ben Okafor (@ben_acme) = {BEN}")]);
    assert_eq!(offered("telegram.unknown", "").await, Vec::<String>::new());
}
