use super::*;
use crate::chat::discord::http;
use crate::model::Ask;
use crate::sandbox::discord::{ANA, GENERAL, Outcome};

/// A scene in `http` mode, whose door Discord was shown.
async fn open() -> Scene {
    let mut scene = Scene::new(DiscordMode::Http, |_| {}).await;
    let listener = scene.discord.listener(Arc::clone(&scene.inbox) as _, Arc::new(Issues));
    let routes = http::doors(listener, scene.discord.key.expect("a key"));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(socket, routes).await });
    scene.listen();
    scene.connected().await;
    scene.registered().await;
    let url = format!("http://{address}/discord/interactions");
    scene.fake.set_interactions_url(&url).await.expect("PING is answered, a bad signature is refused");
    scene
}

#[tokio::test]
async fn a_command_over_http_is_taken_and_answered() {
    let scene = open().await;
    let given = options(&[("issue", "acme/api#12")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    let requests = scene.inbox.wait(1).await;
    assert!(matches!(requests[0].ask, Ask::Operation { .. }));
    let said = scene.answer("Closed.", false, false).await.expect("answered").expect("a message");
    assert!(sent.outcome().await.is_acknowledged());
    assert!(scene.fake.message(GENERAL, &said.message).is_some());
    let choices = scene.fake.complete(ANA, GENERAL, "github issue close", &given, "issue").await.expect("choices");
    assert_eq!(choices.len(), 1);
}

#[tokio::test]
async fn what_takes_long_over_http_is_deferred() {
    let scene = open().await;
    let given = options(&[("issue", "acme/api#12")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    scene.inbox.wait(1).await;
    scene.clock.advance(SignedDuration::from_secs(2));
    assert!(matches!(sent.outcome().await, Outcome::Acknowledged { kind: 5, .. }));
    scene.answer("Closed.", true, false).await.expect("answered");
    assert!(scene.fake.ephemerals(ANA).iter().any(|message| message.content == "Closed."));
}

#[tokio::test]
async fn what_the_inbox_does_not_take_is_refused() {
    let scene = open().await;
    scene.inbox.refuse.store(true, Ordering::Relaxed);
    let given = options(&[("issue", "acme/api#12")]);
    let sent = scene.fake.command(ANA, GENERAL, "github issue close", &given).expect("sent");
    assert!(matches!(sent.outcome().await, Outcome::HttpError(503)));
}
