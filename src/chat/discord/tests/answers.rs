use super::super::interactions::Seen;
use super::*;
use crate::delivery::{self, Carrier as _, Errand, Parcel};
use crate::model::{Ask, DeliveryId, FaultKind, Show};
use crate::sandbox::discord::{ANA, BEN, DEPLOYS, Delivered, GENERAL, Outcome};

async fn asked(scene: &Scene) -> Delivered {
    let before = scene.inbox.requests().len();
    let given = options(&[("issue", "acme/api#12")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    scene.inbox.wait(before + 1).await;
    sent
}

/// Whether the newest request was answered with this.
async fn find(scene: &Scene, text: &str) -> Result<Seen, Fault> {
    let handle = scene.inbox.requests().pop().and_then(|request| request.reply).expect("a handle").value;
    scene.discord.interactions.find(&handle, &saying(text, true, false)).await
}

fn kind(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Acknowledged { kind, .. } => *kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_takes_long_is_deferred_and_then_answered() {
    let scene = Scene::listening().await;
    let sent = asked(&scene).await;
    scene.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(kind(&sent.outcome().await), 5);
    let said = scene.answer("For you.", true, false).await.expect("answered").expect("a message");
    assert!(said.ephemeral);
    let own = scene.fake.ephemerals(ANA);
    assert_eq!(own.iter().map(|message| message.content.as_str()).collect::<Vec<_>>(), ["For you."]);

    let sent = asked(&scene).await;
    scene.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(kind(&sent.outcome().await), 5);
    let said = scene.answer("For all.", false, false).await.expect("answered").expect("a message");
    assert!(!said.ephemeral, "who sees it does not follow from that it took long");
    assert_eq!(scene.fake.message(GENERAL, &said.message).map(|message| message.content), Some("For all.".to_owned()));
    let loading = scene.fake.ephemerals(ANA).iter().filter(|message| message.is_loading()).count();
    assert_eq!(loading, 0, "\"thinking…\" is gone");
    assert_eq!(scene.fake.warnings().len(), 0);
}

#[tokio::test]
async fn a_restart_finds_out_what_was_answered() {
    let mut scene = Scene::listening().await;
    // Young and unanswered: it takes a first answer.
    asked(&scene).await;
    scene.restart().await;
    let said = scene.answer("At once.", false, false).await.expect("answered").expect("a message");
    assert!(scene.fake.message(GENERAL, &said.message).is_some());
    assert!(matches!(find(&scene, "At once.").await, Ok(Seen::There(_))));
    // Deferred before the restart.
    scene.listen();
    scene.connected().await;
    let sent = asked(&scene).await;
    scene.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(kind(&sent.outcome().await), 5);
    scene.restart().await;
    scene.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(find(&scene, "Later.").await, Ok(Seen::Absent));
    scene.answer("Later.", true, false).await.expect("answered");
    assert!(scene.fake.ephemerals(ANA).iter().any(|message| message.content == "Later."));
    // Too old for any answer.
    scene.clock.advance(SignedDuration::from_mins(16));
    scene.fake.tick();
    let fault = scene.answer("Too late.", true, false).await.expect_err("too late");
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert!(!fault.to_string().contains("aW50ZXJhY3Rpb246"), "no token is told: {fault}");
}

#[tokio::test]
async fn an_answer_that_got_lost_is_not_said_twice() {
    let scene = Scene::listening().await;
    asked(&scene).await;
    let failure = crate::sandbox::discord::Failure::DropReplyAfterWork;
    scene.fake.fail_next("POST /interactions/*", failure, 1);
    let said = scene.answer("Once.", false, false).await.expect("answered").expect("a message");
    let shown = scene.fake.messages(GENERAL);
    assert_eq!(shown.iter().map(|message| message.content.as_str()).collect::<Vec<_>>(), ["Once."]);
    assert_eq!(shown[0].id, said.message);
}

/// A message of the bot's with a button, by which Ana pressed it.
async fn pressed(scene: &Scene) -> (String, Delivered) {
    let button = json!({"type": 1, "components": [
        {"type": 2, "style": 1, "label": "Close", "custom_id": "p:abc"}]});
    let call = super::super::client::Call::post("/channels/{}/messages", &[DEPLOYS])
        .json(json!({"content": "An issue.", "components": [button]}));
    let message = scene.discord.client.call(call).await.expect("posted");
    let id = message["id"].as_str().expect("an id").to_owned();
    let before = scene.inbox.requests().len();
    let sent = scene.fake.press(BEN, DEPLOYS, &id, "Close").expect("pressed");
    scene.inbox.wait(before + 1).await;
    (id, sent)
}

#[tokio::test]
async fn a_press_is_let_go_and_its_message_replaced() {
    let scene = Scene::listening().await;
    let (id, sent) = pressed(&scene).await;
    let request = scene.inbox.requests().pop().expect("a request");
    assert!(matches!(&request.ask, Ask::Press { token, choice: None } if token.as_str() == "abc"));
    assert_eq!(request.message.as_ref().map(|message| message.id.as_str()), Some(id.as_str()));
    scene.discord.interactions.taken(request.trigger.as_deref().expect("a trigger")).await;
    assert_eq!(kind(&sent.outcome().await), 6);
    scene.answer("Only for Ben.", true, false).await.expect("answered");
    assert!(scene.fake.ephemerals(BEN).iter().any(|message| message.content == "Only for Ben."));
    let said = scene.answer("Replaced.", false, true).await.expect("answered").expect("a message");
    assert_eq!(
        (said.message.as_str(), scene.fake.message(DEPLOYS, &id).expect("it").content.as_str()),
        (&*id, "Replaced.")
    );

    let (id, sent) = pressed(&scene).await;
    scene.answer("At once.", false, true).await.expect("answered");
    assert_eq!(kind(&sent.outcome().await), 7);
    assert_eq!(scene.fake.message(DEPLOYS, &id).expect("it").content, "At once.");
}

#[tokio::test]
async fn a_form_opens_only_as_a_first_answer() {
    let scene = Scene::listening().await;
    let modal = || {
        json!({"custom_id": "f:abc", "title": "Close", "components": [
            {"type": 18, "label": "Why", "component": {"type": 4, "custom_id": "comment", "style": 1}}]})
    };
    let sent = asked(&scene).await;
    let trigger = |scene: &Scene| scene.inbox.requests().pop().and_then(|request| request.trigger).expect("a trigger");
    scene.discord.interactions.modal(&trigger(&scene), modal()).await.expect("open");
    assert_eq!(kind(&sent.outcome().await), 9);
    let open = scene.fake.modals(ANA).pop().expect("a form");
    scene.fake.submit_modal(ANA, &open.id, &[("comment", json!("It is done."))]).expect("sent");
    let requests = scene.inbox.wait(2).await;
    let Ask::Submit { values, .. } = &requests[1].ask else { panic!("{:?}", requests[1].ask) };
    assert_eq!(values["comment"], "It is done.");
    let fault = scene.discord.interactions.modal(&trigger(&scene), modal()).await.expect_err("a form to a form");
    assert_eq!(fault.kind, FaultKind::Conflict);
    scene.answer("Thanks.", true, false).await.expect("answered");

    asked(&scene).await;
    scene.pass(2).await;
    let fault = scene.discord.interactions.modal(&trigger(&scene), modal()).await.expect_err("too late");
    assert_eq!(fault.kind, FaultKind::Conflict);
}

#[tokio::test]
async fn what_the_inbox_does_not_take_is_not_answered() {
    let scene = Scene::listening().await;
    scene.inbox.refuse.store(true, Ordering::Relaxed);
    let given = options(&[("issue", "acme/api#12")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    scene.discord.connected.subscribe().wait_for(|connected| !*connected).await.expect("it stays");
    assert_eq!(sent.outcome_now().map(|outcome| kind(&outcome)), None);
    scene.inbox.refuse.store(false, Ordering::Relaxed);
    // Discord tells of it once more, and now it is taken.
    scene.pass(2).await;
    scene.inbox.wait(1).await;
    // The three seconds began when it was made: it is deferred at once.
    assert_eq!(kind(&sent.outcome().await), 5);
}

#[tokio::test]
async fn what_was_thought_about_and_said_to_all_is_not_said_twice() {
    let mut scene = Scene::listening().await;
    let sent = asked(&scene).await;
    scene.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(kind(&sent.outcome().await), 5);
    let handle = scene.inbox.requests().pop().and_then(|request| request.reply).expect("a handle");
    let card = Box::new(Card::new(Tone::Good, "For all.").text("All is well"));
    let errand = Errand::Answer { handle, card, show: Show::Public, replace: false };
    let parcel = Parcel { id: DeliveryId::new(), attempt: 0, queued_at: scene.clock.now(), errand };
    assert_eq!(scene.discord.find(&parcel).await, Ok(delivery::Found::Absent));
    let said = scene.discord.carry(&parcel).await.expect("answered").message;
    scene.restart().await;
    let there = delivery::Found::There(delivery::Carried { message: said, ..delivery::Carried::default() });
    assert_eq!(scene.discord.find(&parcel).await, Ok(there));
    assert_eq!(scene.fake.messages(GENERAL).len(), 1);
}
