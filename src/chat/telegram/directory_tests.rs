//! Look-ups against a small Telegram of the test's own.

use serde_json::json;

use super::super::tests::{Fake, NOW, client};
use super::*;
use crate::chat::Ground;
use crate::model::Clock;

fn place(text: &str) -> Place {
    text.parse().expect("a place")
}

fn known(name: &str, username: Option<&str>, person: bool) -> Acquaintance {
    Acquaintance { name: name.into(), username: username.map(str::to_owned), person }
}

#[tokio::test]
async fn names_are_looked_up_once_and_strangers_get_a_hint() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _directory) = Ground::sample(&clock);
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    let directory = Directory::open(&ground.store).expect("a directory");
    let met = vec![
        ("-100".to_owned(), known("Acme Ops", Some("acmeops"), false)),
        ("7".to_owned(), known("Ana Reyes", Some("ana_acme"), true)),
    ];
    assert_eq!(directory.learn(met.clone()).len(), 2);
    assert_eq!(directory.learn(met), [], "known already");
    assert_eq!(directory.person("ANA_acme").as_deref(), Some("7"));
    assert_eq!(directory.person("acmeops"), None, "a group is no person");
    fake.answer("GetChat", 200, &json!({"ok": true, "result": {"id": -100, "type": "supergroup"}}));
    for _ in 0..2 {
        let found = directory.resolve(&client, &place("telegram:@AcmeOps/3")).await;
        assert_eq!(found, Ok(place("telegram:-100/3")));
    }
    assert_eq!(directory.resolve(&client, &place("telegram:-5")).await, Ok(place("telegram:-5")));
    let missing = json!({"ok": false, "error_code": 400, "description": "Bad Request: chat not found"});
    fake.answer("GetChat", 400, &missing);
    let stranger = directory.resolve(&client, &place("telegram:@acmeop")).await.expect_err("no such chat");
    assert!(stranger.outside.contains("Did you mean `@acmeops`?"), "{stranger}");
    let title = directory.resolve(&client, &place("telegram:#acme-ops")).await.expect_err("no such chat");
    assert!(title.outside.contains("`telegram:-100`"), "{title}");
    assert_eq!(directory.name_of(&client, "7").await.as_deref(), Ok("Ana Reyes"));
    fake.answer("GetChat", 200, &json!({"ok": true, "result": {"id": 8, "first_name": "Ben", "last_name": "Okafor"}}));
    for _ in 0..2 {
        assert_eq!(directory.name_of(&client, "8").await.as_deref(), Ok("Ben Okafor"));
    }
    assert_eq!(fake.calls().len(), 3);
}

#[tokio::test]
async fn members_of_a_chat_are_a_group_of_people() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _directory) = Ground::sample(&clock);
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    let directory = Directory::open(&ground.store).expect("a directory");
    let member = |status: &str| json!({"ok": true, "result": {"status": status, "user": {"id": 7}}});
    fake.answer("GetChatMember", 200, &member("member"));
    for _ in 0..2 {
        assert_eq!(directory.is_in_group(&client, "7", "-100").await, Ok(true));
    }
    assert_eq!(fake.calls()[0].1, json!({"chat_id": -100, "user_id": 7}));
    fake.answer("GetChatMember", 200, &member("member"));
    assert_eq!(directory.is_in_group(&client, "7", "-100/administrators").await, Ok(false));
    clock.advance(SignedDuration::from_mins(6));
    fake.answer("GetChatMember", 200, &member("left"));
    assert_eq!(directory.is_in_group(&client, "7", "-100").await, Ok(false), "asked again after a while");
    let stranger = json!({"ok": false, "error_code": 400, "description": "Bad Request: user not found"});
    fake.answer("GetChatMember", 400, &stranger);
    assert_eq!(directory.is_in_group(&client, "9", "-100").await, Ok(false));
    let denied =
        json!({"ok": false, "error_code": 403, "description": "Forbidden: bot was kicked from the group chat"});
    fake.answer("GetChatMember", 403, &denied);
    assert!(directory.is_in_group(&client, "8", "-100").await.is_err(), "nobody can say");
    let chats = ["-100".to_owned(), "-200".to_owned()];
    directory.met("8", "-200", clock.now());
    fake.answer("GetChatMember", 403, &denied);
    assert_eq!(directory.is_in_any(&client, "8", &chats).await, Ok(true), "one who wrote there need not be asked for");
    assert_eq!(directory.is_in_any(&client, "9", &chats[..1]).await, Ok(false), "remembered");
    assert_eq!(directory.is_in_any(&client, "9", &[]).await, Ok(false));
    fake.answer("GetChatMember", 403, &denied);
    assert_eq!(directory.is_in_any(&client, "8", &["-300".to_owned()]).await, Ok(false), "the bot is not there");
}
