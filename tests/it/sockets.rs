//! The ways in: sockets that are renewed, closed or cut, and signed HTTP requests; what comes twice happens once.

use std::net::{SocketAddr, TcpListener};

use quarterdeck::model::Clock;
use quarterdeck::sandbox::slack::{Delivery, Disconnect, sign};
use quarterdeck::stage::{StageSetup, request_urls};
use serde_json::Value;

use crate::conversation::{ANA, Conversation, GENERAL, buttons, patiently, start, text_of};

/// Connections that go like this come back, and what is asked for then is done.
async fn come_back_after(kind: Disconnect) {
    let on = Conversation::open().await;
    let both = on.stage.slack.until(|slack| (slack.connections() == 2).then_some(()));
    patiently("both connections", both).await;
    for number in 1..=3 {
        // Connections that have lived for a while are replaced at once.
        on.pass(60);
        on.stage.slack.disconnect_sockets(kind);
        // Both of them: Slack has another one while one is renewed.
        patiently("both connections", on.stage.slack.until(|slack| (slack.connections() == 2).then_some(()))).await;
        on.slash(ANA, GENERAL, &format!("github issue create Login {number} --repository acme/api")).await;
        let card = on.message(GENERAL).await;
        assert!(text_of(&card).contains(&format!("Login {number}")), "{}", text_of(&card));
    }
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_slack_renews_come_back() {
    come_back_after(Disconnect::RefreshRequested).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_slack_closes_come_back() {
    come_back_after(Disconnect::Close).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_come_back() {
    come_back_after(Disconnect::Cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_while_nobody_listened_is_heard_afterwards() {
    let mut on = Conversation::open().await;
    on.stage.stop().await;
    patiently("the end", on.stage.slack.until(|slack| (slack.connections() == 0).then_some(()))).await;
    let line = format!("{} github issue create Login fails --repository acme/api", on.mention());
    on.stage.slack.say(ANA, GENERAL, None, &line).unwrap();
    on.stage.start().await.unwrap();
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Login fails"));
    on.end().await;
}

/// A stage whose Slack sends signed requests.
async fn over_http() -> Conversation {
    // Slack must know the address before the daemon has it.
    let address: SocketAddr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut setup = StageSetup::new(&Clock::manual(start()));
    setup.slack.delivery = Delivery::Http(request_urls(&format!("http://{address}")));
    setup.change = Box::new(move |settings| settings.http.listen = address);
    Conversation::from(setup).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_main_job_over_http() {
    let on = over_http().await;
    on.slash(ANA, GENERAL, "github issue create Login fails --repository acme/api").await;
    let card = on.message(GENERAL).await;
    on.press(ANA, &card, "Close").await;
    let card = on.edited(&card, "Closed by").await;
    assert_eq!(buttons(&card), ["Reopen", "Comment", "Open on GitHub"]);
    on.message(GENERAL).await;
    on.say(ANA, GENERAL, None, &format!("{} help issue", on.mention())).await;
    on.whisper(ANA).await;
    on.slash(ANA, GENERAL, "github issue create --repository acme/api").await;
    on.submit(ANA, &serde_json::json!({ "title": "Logout fails" })).await;
    on.message(GENERAL).await;
    on.end().await;
}

/// Sends a request as Slack does; gives the status.
async fn post(on: &Conversation, door: &str, body: &str, kind: &str, secret: &str, at: i64) -> u16 {
    let request = reqwest::Client::new()
        .post(format!("{}/slack/{door}", on.stage.url()))
        .header("content-type", kind)
        .header("x-slack-request-timestamp", at.to_string())
        .header("x-slack-signature", sign(secret, at, body));
    request.body(body.to_owned()).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_delivered_twice_happens_once() {
    let on = over_http().await;
    let (secret, now) = (on.stage.slack.setup().signing_secret.clone(), on.stage.clock.now().as_second());
    let form = "application/x-www-form-urlencoded";
    let line = "github issue create Login fails --repository acme/api";
    let command = on.stage.slack.slash(ANA, GENERAL, "/qd", line).unwrap();
    let card = on.message(GENERAL).await;
    let pairs = command.payload.as_object().unwrap().iter();
    let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    assert_eq!(post(&on, "commands", &body, form, &secret, now).await, 200);

    let said = on.stage.slack.mention(ANA, GENERAL, "github issue create Logout fails --repository acme/api").unwrap();
    on.message(GENERAL).await;
    let body = said.delivered[0].payload.to_string();
    assert_eq!(post(&on, "events", &body, "application/json", &secret, now).await, 200);

    let press = on.stage.slack.press(ANA, GENERAL, &card.ts, "Close").unwrap();
    on.edited(&card, "Closed by").await;
    on.message(GENERAL).await;
    let payload = press.payload.to_string();
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload).finish();
    assert_eq!(post(&on, "interactivity", &body, form, &secret, now).await, 200);
    on.quiet().await;
    assert_eq!(on.stage.github.issues("acme/api").len(), 2);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_poses_as_slack() {
    let on = over_http().await;
    let secret = on.stage.slack.setup().signing_secret.clone();
    let now = on.stage.clock.now().as_second();
    let body = r#"{"type":"url_verification","challenge":"abc"}"#;
    let json = "application/json";
    assert_eq!(post(&on, "events", body, json, &secret, now).await, 200);
    assert_eq!(post(&on, "events", body, json, "another secret", now).await, 401);
    assert_eq!(post(&on, "events", body, json, "", now).await, 401);
    assert_eq!(post(&on, "events", body, json, &secret, now - 301).await, 401);
    assert_eq!(post(&on, "events", body, json, &secret, now + 301).await, 401);
    for door in ["events", "commands", "interactivity"] {
        let bare = reqwest::Client::new().post(format!("{}/slack/{door}", on.stage.url())).body(body).send().await;
        assert_eq!(bare.unwrap().status(), 401, "{door}");
    }
    let answer = reqwest::get(format!("{}/readyz", on.stage.url())).await.unwrap();
    let _: Value = answer.json().await.unwrap();
    on.end().await;
}
