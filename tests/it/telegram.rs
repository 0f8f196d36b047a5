//! What only Telegram has: topics of forums, groups that become supergroups, and questions that end.

use quarterdeck::delivery::tables::Dead;
use quarterdeck::model::Clock;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::telegram::{ALERTS, ANA, BOT, DEPLOYS, DEV, INCIDENT, Message, OPS, TelegramFake};
use quarterdeck::stage::StageSetup;
use serde_json::json;

use crate::conversation::{Conversation, patiently, start};
use crate::knock::client;

async fn told_in(places: &'static [&'static str]) -> (Conversation, TelegramFake) {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.change = Box::new(move |settings| {
        for place in places {
            settings.subscriptions.push(SubscriptionConfig {
                place: place.parse().unwrap(),
                source: "github:acme/api".to_owned(),
                events: vec!["issues".to_owned()],
            });
        }
    });
    let on = Conversation::from(setup).await;
    let telegram = on.stage.telegram.clone().unwrap();
    (on, telegram)
}

/// The bot's first message of the chat that reads so.
async fn card(telegram: &TelegramFake, chat: i64, topic: Option<i64>, part: &str) -> Message {
    let mut changes = telegram.changes();
    let wait = async {
        loop {
            changes.borrow_and_update();
            let all = telegram.messages(chat).into_iter();
            let mut ours = all.filter(|message| message.from == Some(BOT) && message.topic == topic);
            if let Some(found) = ours.find(|message| message.text.contains(part)) {
                return found;
            }
            changes.changed().await.unwrap();
        }
    };
    patiently(&format!("{part:?} in {chat} {topic:?}"), wait).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_deleted_silences_no_other_topic() {
    const PLACES: [&str; 2] = ["telegram:-1001000000003/2", "telegram:-1001000000003/3"];
    let (mut on, telegram) = told_in(&PLACES).await;
    on.expects_dead = true;
    let url = format!("{}/bot{}/deleteForumTopic", telegram.base(), telegram.setup().token);
    let gone = client().post(url).json(&json!({ "chat_id": DEV, "message_thread_id": ALERTS })).send().await.unwrap();
    assert!(gone.status().is_success());
    for (number, title) in ["Login fails", "Logout fails", "Nothing works"].into_iter().enumerate() {
        // Not faster than a chat bears.
        on.pass(10);
        on.stage.github.open_issue("ben", "acme/api", title, "").unwrap();
        card(&telegram, DEV, Some(DEPLOYS), title).await;
        on.quiet().await;
        let dead = on.stage.running().unwrap().store().count::<Dead>();
        assert_eq!(dead, u64::try_from(number).unwrap() + 1, "what the other topic missed stays missed");
    }
    let degraded = on.stage.running().unwrap().health().degraded;
    assert_eq!(degraded.len(), 1, "{degraded:?}");
    assert!(degraded[0].starts_with(&format!("{}: cannot be told there", PLACES[1])), "{degraded:?}");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_becomes_a_supergroup_gets_its_cards_anew() {
    let (on, telegram) = told_in(&["telegram:-4000002"]).await;
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    let old = card(&telegram, INCIDENT, None, "Login fails").await;
    on.quiet().await;
    let new = telegram.migrate(INCIDENT, ANA).unwrap();
    on.quiet().await;
    // A supergroup counts its messages from the beginning: another card of ours gets the number of the old one.
    while telegram.say(ANA, new, None, "Hello", None).unwrap().message + 1 < old.id {}
    on.stage.github.open_issue("ben", "acme/api", "Logout fails", "").unwrap();
    let other = card(&telegram, new, None, "Logout fails").await;
    assert_eq!(other.id, old.id);
    on.quiet().await;
    on.pass(10);
    on.stage.github.close_issue("ben", "acme/api", 1).unwrap();
    let anew = card(&telegram, new, None, "Closed").await;
    assert!(anew.text.contains("Login fails") && anew.id != old.id, "{anew:?}");
    on.quiet().await;
    let now = telegram.message(new, other.id).unwrap();
    assert_eq!((now.text, now.edit_date), (other.text, None), "nothing else is overwritten");
    assert_eq!(telegram.message(INCIDENT, old.id).unwrap().edit_date, None);
    assert!(telegram.messages(new).iter().all(|message| message.reply_to != Some(other.id)), "nor answered");
    // From then on it is edited where it stands.
    on.pass(10);
    on.stage.github.reopen_issue("ben", "acme/api", 1).unwrap();
    on.quiet().await;
    let again = telegram.message(new, anew.id).unwrap();
    assert!(again.edit_date.is_some() && again.text.contains("Open"), "{again:?}");
    on.end().await;
}

/// Ana says something in a chat; resolves when the bot has taken it.
async fn say(telegram: &TelegramFake, chat: i64, topic: Option<i64>, text: &str, reply_to: Option<i64>) {
    let update = telegram.say(ANA, chat, topic, text, reply_to).unwrap().update.unwrap();
    let taken = telegram.until(|telegram| (telegram.confirmed_offset() > update).then_some(()));
    patiently("the update to be taken", taken).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_is_a_room_of_its_own() {
    let (on, telegram) = told_in(&[]).await;
    say(&telegram, DEV, Some(DEPLOYS), "/qd subscribe acme/api issues", None).await;
    on.quiet().await;
    let before = telegram.messages(DEV).len();
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    card(&telegram, DEV, Some(DEPLOYS), "Login fails").await;
    on.quiet().await;
    assert_eq!(telegram.messages(DEV).len(), before + 1, "told there and nowhere else");
    // Who asks in another topic is told what counts there.
    say(&telegram, DEV, Some(ALERTS), "/qd subscriptions", None).await;
    let told = telegram.until(|telegram| {
        let all = telegram.messages(ANA).into_iter().chain(telegram.messages(DEV));
        all.filter(|one| one.from == Some(BOT)).find(|one| one.text.contains("told of nothing yet")).map(drop)
    });
    patiently("an answer", told).await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_ends_by_cancel_or_when_its_time_is_up() {
    let (on, telegram) = told_in(&[]).await;
    for (end, passes) in [("Cancelled. Nothing was done.", 0), ("Timed out – nothing was done.", 601)] {
        say(&telegram, OPS, None, "/qd github issue create --repository acme/api", None).await;
        let asked = patiently("a question", telegram.until(|telegram| telegram.prompt(ANA, OPS))).await;
        on.quiet().await;
        if passes == 0 {
            say(&telegram, OPS, None, "/cancel@quarterdeck_bot", None).await;
        } else {
            on.pass(passes);
        }
        card(&telegram, OPS, None, end).await;
        // An answer that comes after that is none.
        let still = telegram.message(OPS, asked.message).filter(|asked| !asked.deleted).map(|asked| asked.id);
        telegram.say(ANA, OPS, None, "Login fails", still).unwrap();
        on.quiet().await;
        assert!(on.stage.github.issue("acme/api", 1).is_none(), "{end}");
    }
    on.end().await;
}
