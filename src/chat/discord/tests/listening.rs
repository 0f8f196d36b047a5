use super::super::gateway::{Event, Hear as _};
use super::*;
use crate::model::FaultKind;
use crate::sandbox::discord::{ANA, BOT, DEPLOYS, Failure, GENERAL, GUILD, LimitScope};

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

#[tokio::test]
async fn what_a_channel_is_is_asked_once_and_not_waited_for() {
    let scene = Scene::listening().await;
    // One that knows nothing of the channels yet.
    let listener = scene.discord.listener(Arc::clone(&scene.inbox) as Arc<dyn Accept>, Arc::new(Issues));
    let said = |seq: u64, channel: &str| Event {
        session: "s".to_owned(),
        seq,
        at: scene.clock.now(),
        name: "MESSAGE_CREATE".to_owned(),
        data: json!({"id": seq.to_string(), "type": 0, "channel_id": channel, "guild_id": GUILD,
            "content": format!("<@{BOT}> help"), "author": {"id": ANA, "username": "ana"}}),
    };
    let asked = || {
        let path = format!("/channels/{GENERAL}");
        scene.fake.requests().iter().filter(|one| one.verb == "GET" && one.path == path).count()
    };
    for seq in 1..=3 {
        assert_eq!(listener.hear(&said(seq, GENERAL)).await, Ok(true));
    }
    assert_eq!(asked(), 1);
    // And where Discord does not tell, what comes after it does not wait for it.
    scene.fake.fail_next(&format!("GET /channels/{DEPLOYS}"), Failure::Hang, 1);
    let (before, event) = (scene.clock.now(), said(4, DEPLOYS));
    let mut hearing = std::pin::pin!(listener.hear(&event));
    let patience = std::time::Duration::from_millis(20);
    while tokio::time::timeout(patience, &mut hearing).await.is_err() {
        scene.clock.advance(SignedDuration::from_millis(100));
    }
    assert!(scene.clock.now().duration_since(before) <= SignedDuration::from_secs(1));
    let places: Vec<String> = scene.inbox.requests().iter().map(|request| request.place.to_string()).collect();
    let general = format!("discord:{GENERAL}");
    assert_eq!(places, [general.clone(), general.clone(), general, format!("discord:{DEPLOYS}")]);
}
