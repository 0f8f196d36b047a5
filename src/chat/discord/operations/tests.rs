//! The operations against the sandbox's Discord.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::Discord;
use super::super::client::Call;
use super::super::send::tests::Stage;
use crate::model::{Actor, CallId, Card, Fault, FaultKind, Object, Place, PlatformId, Role};
use crate::operations::{Asked, Caller, Completer as _, Found, Outcome, Registry};
use crate::sandbox::discord::{ALERTS, ANA, BEN, DEPLOYS, Failure, GENERAL, GUILD};
use crate::vault::Secret;

fn person(id: &str) -> Actor {
    Actor::User { platform: PlatformId::new("discord"), id: id.to_owned(), name: "Ana".to_owned() }
}

fn caller(stage: &Stage, actor: Actor) -> Caller {
    let now = stage.clock.now();
    let place: Place = format!("discord:{GENERAL}").parse().expect("a place");
    Caller {
        call: CallId::new(),
        actor,
        role: Role::Admin,
        place: Some(place),
        accepted_at: now,
        now,
        defaults: BTreeMap::new(),
        quote: None,
    }
}

fn object(value: Value) -> Object {
    super::object(value)
}

fn registry(discord: &Arc<Discord>) -> Registry {
    Registry::new(super::declarations(discord)).expect("good declarations")
}

async fn run(stage: &Stage, by: &Caller, name: &str, args: Value) -> Result<Outcome, Fault> {
    let registry = registry(&stage.discord);
    registry.get(name).expect("an operation").run.run(&object(args), by).await
}

async fn find(stage: &Stage, by: &Caller, name: &str, args: Value) -> Result<Found, Fault> {
    let registry = registry(&stage.discord);
    registry.get(name).expect("an operation").run.find(&object(args), by).await
}

fn title(outcome: &Outcome) -> &str {
    outcome.card.as_ref().map(|card| card.title.as_str()).expect("a card")
}

#[tokio::test]
async fn a_message_is_sent_once_changed_and_deleted() {
    let stage = Stage::start().await;
    let by = caller(&stage, person(ANA));
    let args = json!({ "channel": "#general", "text": format!("**Hi** <@{BEN}> @everyone https://a.example/") });
    let outcome = run(&stage, &by, "discord.message.send", args.clone()).await.expect("sent");
    assert_eq!(title(&outcome), "Sent to #general");
    let messages = stage.fake.messages(GENERAL);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].content, format!("**Hi** <@{BEN}> @everyone https://a.example/\n-# Sent by <@{ANA}>"));
    assert_eq!((messages[0].mentions.clone(), messages[0].mention_everyone), (vec![BEN.to_owned()], false));
    let link = outcome.data["url"].as_str().expect("a link").to_owned();
    assert_eq!(link, format!("https://discord.com/channels/{GUILD}/{GENERAL}/{}", messages[0].id));

    // The same call again is the same message, and is found when Discord has forgotten its nonce.
    run(&stage, &by, "discord.message.send", args.clone()).await.expect("the same");
    assert_eq!(stage.fake.messages(GENERAL).len(), 1);
    stage.clock.advance(SignedDuration::from_mins(20));
    stage.fake.tick();
    let later = Caller { now: stage.clock.now(), ..by.clone() };
    let found = find(&stage, &later, "discord.message.send", args).await.expect("looked up");
    assert!(matches!(found, Found::Happened(_)), "{found:?}");
    let other = json!({ "channel": "#general", "text": "Something else" });
    let found = find(&stage, &later, "discord.message.send", other).await.expect("looked up");
    assert!(matches!(found, Found::Absent), "{found:?}");

    let args = json!({ "message": link, "text": "Bye" });
    run(&stage, &later, "discord.message.edit", args).await.expect("changed");
    assert_eq!(stage.fake.messages(GENERAL)[0].content, format!("Bye\n-# Changed by <@{ANA}>"));
    let registry = registry(&stage.discord);
    let delete = registry.get("discord.message.delete").expect("an operation");
    let args = object(json!({ "message": link }));
    let preview: Card = delete.run.preview(&args, &later).await.expect("a preview").expect("a preview").card;
    assert_eq!(preview.title, "Delete this message in #general?");
    assert!(format!("{:?}", preview.body).contains("Bye"));
    assert!(matches!(delete.run.find(&args, &later).await, Ok(Found::Absent)));
    delete.run.run(&args, &later).await.expect("deleted");
    assert!(matches!(delete.run.find(&args, &later).await, Ok(Found::Happened(_))));
    assert!(stage.fake.messages(GENERAL).is_empty());
    assert!(stage.fake.unknown_routes().is_empty());
}

#[tokio::test]
async fn nobody_reaches_through_the_bot_what_they_cannot_reach_alone() {
    let stage = Stage::start().await;
    let refused = async |actor: Actor, channel: &str| {
        let by = caller(&stage, actor);
        let args = json!({ "channel": channel, "text": "hi" });
        run(&stage, &by, "discord.message.send", args).await.err().map(|fault| fault.kind)
    };
    let no = Some(FaultKind::BadInput { field: Some("channel".to_owned()) });
    assert_eq!(refused(person(BEN), DEPLOYS).await, None);
    assert_eq!(refused(person(BEN), ALERTS).await, no, "Ben is not in #alerts");
    let slack = Actor::User { platform: PlatformId::new("slack"), id: "U1".into(), name: "Ana".into() };
    assert_eq!(refused(slack.clone(), ALERTS).await, no, "from elsewhere, what everybody sees");
    assert_eq!(refused(slack, GENERAL).await, None);
    assert_eq!(refused(Actor::Rule { name: "r".into() }, ALERTS).await, None);
    let by = caller(&stage, person(BEN));
    let listed = run(&stage, &by, "discord.channel.list", json!({})).await.expect("a list");
    let names: Vec<&str> =
        listed.data["channels"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["deploys", "general"]);
    let wrong = run(&stage, &by, "discord.message.send", json!({ "channel": "#genral", "text": "x" })).await;
    let wrong = wrong.expect_err("no such channel").outside;
    assert!(wrong.contains("Did you mean `#general`?"), "{wrong}");
    let choices = async |begun: &str| {
        let (given, defaults) = (BTreeMap::new(), BTreeMap::new());
        let place = Place::channel(&PlatformId::new("discord"), "1");
        let (what, actor) = ("discord.channels", person(BEN));
        let asked = Asked { what, begun, given: &given, defaults: &defaults, actor: &actor, place: &place };
        stage.discord.complete(&asked).await.expect("choices").into_iter().map(|one| one.label).collect::<Vec<_>>()
    };
    assert_eq!(choices("gen").await, ["#general"]);
    assert!(choices("alerts").await.is_empty(), "who types is not told what not everybody sees");
}

#[tokio::test]
async fn peoples_messages_and_cards_are_left_alone() {
    let stage = Stage::start().await;
    let by = caller(&stage, person(ANA));
    let said = stage.fake.say(BEN, GENERAL, "mine", None).expect("said");
    for (operation, args) in [
        ("discord.message.delete", json!({ "message": said.message })),
        ("discord.message.edit", json!({ "message": said.message, "text": "x" })),
    ] {
        let fault = run(&stage, &by, operation, args).await.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::BadInput { field: Some("message".to_owned()) }, "{operation}");
    }
    run(&stage, &by, "discord.reaction.add", json!({ "message": said.message, "emoji": "👍" })).await.expect("reacted");
    let reactions = stage.fake.message(GENERAL, &said.message).expect("there").reactions;
    assert_eq!(reactions.len(), 1);
    let fault = run(&stage, &by, "discord.reaction.add", json!({ "message": said.message, "emoji": "x" })).await;
    assert!(fault.expect_err("no emoji").outside.contains("is no emoji"));
}

#[tokio::test]
async fn a_file_and_a_webhooks_message_arrive_and_an_unclear_send_is_found() {
    let mut stage = Stage::start().await;
    let hook = Call::post("/channels/{}/webhooks", &[DEPLOYS]).json(json!({ "name": "Releases" }));
    let hook = stage.discord.client.call(hook).await.expect("a webhook");
    let address = format!(
        "{}/webhooks/{}/{}",
        stage.fake.api_base(),
        hook["id"].as_str().expect("an id"),
        hook["token"].as_str().expect("a token")
    );
    let discord = Arc::get_mut(&mut stage.discord).expect("the only one");
    discord.webhooks.insert("releases".to_owned(), Secret::new(&address));
    let by = caller(&stage, person(ANA));
    let args = json!({ "channel": "general", "name": "report.csv", "content": "a,b\n1,2\n", "comment": "Today's" });
    run(&stage, &by, "discord.file.send", args).await.expect("sent");
    let message = stage.fake.messages(GENERAL).pop().expect("a message");
    assert_eq!(message.content, format!("Today's\n-# Sent by <@{ANA}>"));
    assert_eq!(stage.fake.attachment(&message.attachments[0].id).expect("content"), b"a,b\n1,2\n");

    let args = json!({ "webhook": "releases", "text": "v1.2 is out" });
    run(&stage, &by, "discord.webhook.send", args.clone()).await.expect("sent");
    let message = stage.fake.messages(DEPLOYS).pop().expect("a message");
    assert_eq!(message.content, format!("v1.2 is out\n-# Sent by <@{ANA}>"));
    let found = find(&stage, &by, "discord.webhook.send", args.clone()).await.expect("looked up");
    assert!(matches!(found, Found::Happened(_)), "{found:?}");
    stage.fake.fail_next("POST /webhooks/*", Failure::DropReplyAfterWork, 1);
    let unclear = run(&stage, &by, "discord.webhook.send", args).await.expect_err("lost");
    assert_eq!(unclear.kind, FaultKind::Unknown);
    let wrong = run(&stage, &by, "discord.webhook.send", json!({ "webhook": "release", "text": "x" })).await;
    assert!(wrong.expect_err("none").outside.contains("did you mean releases?"));
}
