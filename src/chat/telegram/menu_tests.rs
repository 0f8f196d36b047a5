//! The lists of commands, against a small Telegram of the test's own.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::tables::Acquaintance;
use super::super::tests::{Fake, NOW, client, offer, offer_of};
use super::*;
use crate::chat::Ground;
use crate::model::Clock;

fn names(list: &[BotCommand]) -> Vec<&str> {
    list.iter().map(|one| one.command.as_str()).collect()
}

#[tokio::test]
async fn each_scope_shows_what_may_be_used_there_and_is_set_where_it_differs() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _folder) = Ground::sample(&clock);
    let directory = Directory::open(&ground.store).expect("a directory");
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    // Strangers may read; 7 may change; 8 has a handle and never wrote to the bot.
    let offer = offer(&ground, "viewer", &[("telegram:7", "operator")], &["telegram:8"]);
    let menus = MenuKeeper::new(&client, &ground.store, &directory, &offer, 1, "qd");
    let stranger = menus.wanted(List::Groups).await;
    assert_eq!(names(&stranger), ["qd", "sample", "help", "cancel"]);
    assert_eq!(stranger[1].description, "thing");
    assert_eq!(menus.wanted(List::Of(7)).await[1].description, "thing, change");
    let has = |list: &[BotCommand]| json!({"ok": true, "result": list});
    let fine = json!({"ok": true, "result": true});
    // Everywhere it is so already; in groups and private chats there is nothing yet.
    fake.answer("GetMyCommands", 200, &has(&stranger));
    fake.answer("GetMyCommands", 200, &has(&[]));
    fake.answer("GetMyCommands", 200, &has(&[]));
    fake.answer("GetMyCommands", 200, &has(&[]));
    let missing = json!({"ok": false, "error_code": 400, "description": "Bad Request: chat not found"});
    fake.answer("GetMyCommands", 400, &missing);
    for _ in 0..3 {
        fake.answer("SetMyCommands", 200, &fine);
    }
    menus.all().await.expect("all set");
    let set: Vec<_> = fake.calls().into_iter().filter(|(method, _)| method == "SetMyCommands").collect();
    let scopes: Vec<_> = set.iter().map(|(_, body)| body["scope"].clone()).collect();
    assert_eq!(
        scopes,
        [
            json!({"type": "all_group_chats"}),
            json!({"type": "all_private_chats"}),
            json!({"type": "chat", "chat_id": 7})
        ]
    );
    assert_eq!(ground.store.count::<Listening>(), 1, "whose list it is, is written down");
    // Nothing changed: nobody is asked but who could not be set before.
    let before = fake.calls().len();
    fake.answer("GetMyCommands", 400, &missing);
    menus.all().await.expect("all set");
    assert_eq!(fake.calls().len(), before + 1);
}

#[tokio::test]
async fn groups_and_people_in_them_have_lists_of_their_own_where_these_differ() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _folder) = Ground::sample(&clock);
    let directory = Directory::open(&ground.store).expect("a directory");
    let group = |name: &str| Acquaintance { name: name.into(), username: None, person: false };
    directory.learn(vec![("-5".into(), group("Known")), ("-6".into(), group("Granted"))]);
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    // Everyone may change in -6; 7 may change everywhere; 8 is named and may no more than everyone.
    let everyone = json!({"who": ["telegram:*"], "role": "operator", "places": ["telegram:-6"]});
    let seven = json!({"who": ["telegram:7"], "role": "operator"});
    let offer = offer_of(&ground, &json!({"default_role": "viewer", "members": [everyone, seven]}), &["telegram:8"]);
    let menus = MenuKeeper::new(&client, &ground.store, &directory, &offer, 1, "qd");
    let lists = menus.in_groups().await;
    let member = List::Member { chat: -5, person: 7 };
    assert_eq!(lists, [List::Of(-6), member], "in -6 all see what 7 sees");
    assert_eq!(menus.wanted(List::Of(-6)).await[1].description, "thing, change");

    // The bot is not in -6 any more: that is found out once, and keeps nothing else back.
    let missing = json!({"ok": false, "error_code": 400, "description": "Bad Request: chat not found"});
    fake.answer("GetMyCommands", 400, &missing);
    fake.answer("GetMyCommands", 200, &json!({"ok": true, "result": []}));
    fake.answer("SetMyCommands", 200, &json!({"ok": true, "result": true}));
    for _ in 0..2 {
        for list in &lists {
            menus.try_set(*list).await.expect("set, or refused");
        }
    }
    assert_eq!(fake.calls().len(), 3);
    assert_eq!(fake.calls()[2].1["scope"], json!({"type": "chat_member", "chat_id": -5, "user_id": 7}));
    // What they may use everywhere else is what everyone may, by now: the list goes.
    fake.answer("DeleteMyCommands", 200, &json!({"ok": true, "result": true}));
    menus.forget(&[List::Of(-6)]).await.expect("taken away");
    assert_eq!(fake.calls()[3].1["scope"], json!({"type": "chat_member", "chat_id": -5, "user_id": 7}));
    assert_eq!(ground.store.count::<Listening>(), 0);
}

#[tokio::test]
async fn who_is_no_longer_named_loses_their_list() {
    let clock = Clock::manual(NOW.parse().expect("a time"));
    let (ground, _folder) = Ground::sample(&clock);
    let directory = Directory::open(&ground.store).expect("a directory");
    let fake = Fake::default();
    let client = client(&fake.serve().await, &ground);
    let offer = offer(&ground, "none", &[], &[]);
    let menus = MenuKeeper::new(&client, &ground.store, &directory, &offer, 1, "qd");
    assert_eq!(names(&menus.wanted(List::Groups).await), ["qd", "help", "cancel"], "strangers may do nothing");
    let rows = ["menu/1/7", "menu/2/7"].map(str::to_owned);
    let written =
        ground.store.write(move |tx| rows.iter().try_for_each(|row| tx.put::<Listening>(row, &Listened::Menu)));
    written.await.expect("written");
    fake.answer("DeleteMyCommands", 200, &json!({"ok": true, "result": true}));
    menus.forget(&[]).await.expect("taken away");
    assert_eq!(fake.calls()[0].1, json!({"scope": {"type": "chat", "chat_id": 7}}));
    assert_eq!(ground.store.count::<Listening>(), 1, "another bot's list is not ours to take away");
}

#[test]
fn lists_keep_telegrams_rules() {
    let list = commands("qd", &[]);
    assert_eq!(names(&list), ["qd", "help", "cancel"]);
    assert!(is_command("on_call") && !is_command("On") && !is_command("a-b") && !is_command("help"));
    let nouns: Vec<String> = (0..200).map(|number| format!("noun{number}")).collect();
    let nouns: Vec<&str> = nouns.iter().map(String::as_str).collect();
    assert!(description(&nouns).chars().count() <= LONGEST);
    let distinct: BTreeSet<_> = names(&list).into_iter().collect();
    assert_eq!(distinct.len(), list.len());
}
