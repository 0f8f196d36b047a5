use super::*;
use crate::model::FaultKind;
use crate::sandbox::discord::{ANA, BOT, DEPLOYS, Failure, GENERAL, LimitScope};

#[tokio::test]
async fn a_mention_in_a_thread_is_in_its_channel() {
    let scene = Scene::listening().await;
    let post =
        super::super::client::Call::post("/channels/{}/messages", &[DEPLOYS]).json(json!({"content": "A card."}));
    let message = scene.discord.client.call(post).await.expect("posted");
    let root = message["id"].as_str().expect("an id");
    let thread = scene.fake.create_thread(ANA, DEPLOYS, Some(root), "Talk").expect("a thread");
    scene.fake.say(ANA, &thread, &format!("<@{BOT}>, close"), None).expect("said");
    let requests = scene.inbox.wait(1).await;
    assert_eq!(requests[0].place.to_string(), format!("discord:{DEPLOYS}/{thread}"));
    assert_eq!(requests[0].message.as_ref().map(|message| message.id.as_str()), Some(root));
    assert_eq!(scene.inbox.lines(), ["close"]);
}

#[tokio::test]
async fn a_direct_message_needs_no_mention_and_a_reply_names_its_message() {
    let scene = Scene::listening().await;
    let direct = scene.fake.direct_channel(ANA).expect("a channel");
    scene.fake.say(ANA, &direct, "github issue list", None).expect("said");
    scene.fake.say(ANA, GENERAL, "nothing for a bot", None).expect("said");
    scene.inbox.wait(1).await;
    let first = scene.fake.messages(&direct).pop().expect("a message").id;
    scene.fake.say(ANA, &direct, "close", Some(&first)).expect("said");
    let requests = scene.inbox.wait(2).await;
    assert_eq!(scene.inbox.lines(), ["github issue list", "close"]);
    assert_eq!(requests[1].message.as_ref().map(|message| &message.id), Some(&first));
}

#[tokio::test]
async fn a_throttled_bucket_is_left_alone_and_slows_no_other() {
    let mut scene = Scene::new(DiscordMode::Gateway, |_| {}).await;
    let limited = Failure::RateLimited { retry_after: 2.5, scope: LimitScope::User };
    scene.fake.fail_next(&format!("POST /channels/{GENERAL}/messages"), limited, 1);
    let post = |scene: &Scene, channel: &'static str| {
        let client = scene.discord.client.clone();
        async move {
            let call = super::super::client::Call::post("/channels/{}/messages", &[channel]);
            client.call(call.json(json!({"content": "Hello."}))).await.map(drop).map_err(|trouble| trouble.fault.kind)
        }
    };
    let until = scene.clock.now().checked_add(SignedDuration::from_millis(2_500)).expect("a time");
    let refused = Err(FaultKind::RateLimited { until });
    assert_eq!(post(&scene, GENERAL).await, refused);
    scene.restart().await;
    assert_eq!(post(&scene, GENERAL).await, refused, "not called inside the window, restart or not");
    assert_eq!(post(&scene, DEPLOYS).await, Ok(()));
    scene.clock.advance(SignedDuration::from_millis(2_500));
    assert_eq!(post(&scene, GENERAL).await, Ok(()));
    // And as many as the bucket holds, without a single refusal.
    for _ in 0..12 {
        while post(&scene, DEPLOYS).await.is_err() {
            scene.clock.advance(SignedDuration::from_millis(500));
        }
    }
    assert_eq!((scene.fake.violations().len(), scene.fake.invalid_requests()), (0, 1));
}
