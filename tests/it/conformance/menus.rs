//! A menu of a card runs an operation with what was chosen, on every platform.

use quarterdeck::delivery::{Content, Destination, Minter, Origin, outbox};
use quarterdeck::model::{Action, ActionKind, Card, Choice, Clock, Object, Press, SignedDuration, Tone};
use quarterdeck::stage::StageSetup;
use serde_json::json;

use super::chat::{Who, all, card, edited, wait_for};
use crate::conversation::{Conversation, start};

/// A menu that runs an operation on the issue; the choice goes into one of its parameters.
fn menu(id: &str, label: &str, operation: &str, into: &str, choices: &[(&str, &str)]) -> Action {
    let press = Press::new(operation, Object::from_iter([("issue".to_owned(), json!("acme/api#1"))]));
    let choice = |(value, label): &(&str, &str)| Choice { value: (*value).to_owned(), label: (*label).to_owned() };
    let kind = ActionKind::Select { press, into: into.to_owned(), choices: choices.iter().map(choice).collect() };
    Action { kind, ..Action::open(id, label, "") }
}

async fn play(name: &str) {
    let on = Conversation::from(StageSetup::new(&Clock::manual(start())).with_all()).await;
    let chat = all(&on).into_iter().find(|chat| chat.name() == name).unwrap();
    chat.ask(Who::Ana, "github.issue.create", &[("title", "Login fails"), ("repository", "acme/api")]).await;
    let living = card(&*chat, "Login fails").await;
    // Assigning takes several people, and a menu gives one; closing takes one of its own choices.
    let assign = menu("assign", "Assign", "github.issue.assign", "assignees", &[("ana", "Ana"), ("ben", "Ben")]);
    let reasons = [("not-planned", "Not planned"), ("done", "Done")];
    let close = menu("close", "Close as", "github.issue.close", "reason", &reasons);
    let shown = Card::new(Tone::Neutral, "What now?").action(assign).action(close);
    let minter = Minter::new(&on.stage.clock, SignedDuration::from_hours(1));
    let (now, to) = (on.stage.clock.now(), Destination::Place(chat.room().parse().unwrap()));
    let content = Content::Card(Box::new(shown));
    let store = on.stage.running().unwrap().store();
    store.write(move |tx| outbox::stage(tx, &minter, now, to, content, &Origin::default()).map(drop)).await.unwrap();
    let asked = card(&*chat, "What now?").await;
    chat.choose(Who::Ben, &asked, "Assign", "Ben").await;
    let assigned = || {
        let issue = on.stage.github.issue("acme/api", 1)?;
        (issue["assignees"][0]["login"] == "ben").then_some(())
    };
    wait_for(&*chat, "the issue to be Ben's", assigned).await;
    on.calls_ended().await;
    chat.choose(Who::Ana, &asked, "Close as", "Not planned").await;
    edited(&*chat, &living, "not planned").await;
    assert_eq!(on.stage.github.issue("acme/api", 1).unwrap()["state_reason"], "not_planned");
    on.quiet().await;
    assert_eq!(chat.offences(), Vec::<String>::new());
    on.see_all();
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_slack() {
    play("slack").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_discord() {
    play("discord").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_telegram() {
    play("telegram").await;
}
