//! Tasks: one card each, from start to end; *Retry* sets off what somebody configured for it.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use quarterdeck::delivery::EndpointConfig;
use quarterdeck::model::{Clock, Role};
use quarterdeck::operations::RuleConfig;
use quarterdeck::stage::StageSetup;
use quarterdeck::vault::{Scheme, Secret, SecretRef};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::conversation::{ALERTS, ANA, Conversation, buttons, patiently, start, text_of};
use crate::programs::{open, publish, tell_all};

fn failed(attempt: u32) -> Value {
    json!({
        "task": "nightly-42", "name": "Nightly build", "error": "Tests fail:\n2 of 300", "log": "assert left == right",
        "url": "https://ci.example.com/42", "log_url": "https://ci.example.com/42/log", "duration_seconds": 200,
        "attempt": attempt,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_starts_fails_and_completes_on_one_card() {
    let on = open().await;
    publish(&on, "1", "task.started", json!({ "task": "nightly-42", "name": "Nightly build" })).await;
    let card = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&card), @r"
    :hourglass_flowing_sand: Nightly build is running
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    ");
    on.pass(200);
    publish(&on, "2", "task.failed", failed(1)).await;
    let card = on.edited(&card, "failed").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :red_circle: Nightly build failed
    Tests fail:
    2 of 300
    assert left == right
    *Duration*
    3 min 20 s
    /nightly ·
    <!date^1795183400^{date_short_pretty} {time}|2026-11-20 14:03 UTC>
    Retry
    View details
    View logs
    ");
    assert_eq!(buttons(&card), ["Retry", "View details", "View logs"]);
    // Nobody is there who could run it again.
    on.press(ANA, &card, "Retry").await;
    insta::assert_snapshot!(text_of(&on.whisper(ANA).await), @":red_circle: Nothing runs this task again: no outgoing webhook and no rule takes task.retry_requested. An operator adds one under [[webhooks]] or [[rules]].");
    on.quiet().await;
    on.pass(60);
    publish(&on, "3", "task.completed", json!({ "task": "nightly-42", "name": "Nightly build", "attempt": 2 })).await;
    let card = on.edited(&card, "completed").await;
    assert_eq!(buttons(&card), Vec::<String>::new());
    on.end().await;
}

/// A receiver of an outgoing webhook: what came, and whether its signature was good.
async fn receiver(clock: &Clock) -> (SocketAddr, mpsc::UnboundedReceiver<(bool, Value)>) {
    type Shared = (Clock, mpsc::UnboundedSender<(bool, Value)>);
    async fn take(State((clock, sender)): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let good = Scheme::STANDARD.verify(&[Secret::new(WEBHOOK)], &headers, &body, clock.now()).is_ok();
        sender.send((good, serde_json::from_slice(&body).unwrap())).unwrap();
        StatusCode::NO_CONTENT
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/hook", axum::routing::post(take)).with_state((clock.clone(), sender));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, receiver)
}

/// The example of the Standard Webhooks specification.
const WEBHOOK: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_task_is_retried_by_a_webhook_and_a_rule() {
    let clock = Clock::manual(start());
    let (address, mut received) = receiver(&clock).await;
    let mut setup = StageSetup::new(&clock);
    setup.more_secrets.push(("env:STAGE_RETRY".to_owned(), WEBHOOK.to_owned()));
    setup.change = Box::new(move |settings| {
        tell_all(settings);
        settings.webhooks.push(EndpointConfig {
            name: "retries".to_owned(),
            url: format!("http://{address}/hook").parse().unwrap(),
            secret: SecretRef::Env("STAGE_RETRY".to_owned()),
            events: vec!["task.retry_requested".to_owned()],
            source: "*".to_owned(),
            timeout: jiff::SignedDuration::from_secs(10),
        });
        settings.rules.push(RuleConfig {
            name: "note-retries".to_owned(),
            events: vec!["task.retry_requested".to_owned()],
            source: "*".to_owned(),
            run: "github.issue.create".to_owned(),
            with: json!({
                "title": "{{ data.task }} is run again for {{ data.requested_by.name }}", "repository": "acme/api",
            })
            .as_object()
            .unwrap()
            .clone(),
            role: Role::Operator,
            place: None,
        });
    });
    let on = Conversation::from(setup).await;
    publish(&on, "1", "task.failed", failed(1)).await;
    let card = on.message(ALERTS).await;
    on.press(ANA, &card, "Retry").await;
    let card = on.edited(&card, "Retry requested by").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :red_circle: Nightly build failed
    Tests fail:
    2 of 300
    assert left == right
    *Duration*
    3 min 20 s
    ✓ Retry requested by
    <@U0ANA000001>
    ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    View details
    View logs
    ");
    assert_eq!(buttons(&card), ["View details", "View logs"]);
    let (good, event) = patiently("the webhook", received.recv()).await.unwrap();
    assert!(good, "the signature is the one of Standard Webhooks");
    assert_eq!(event["type"], "task.retry_requested");
    assert_eq!(
        event["data"],
        json!({
            "task": "nightly-42", "attempt": 1, "requested_by": { "handle": "slack:U0ANA000001", "name": "ana" },
        })
    );
    // The rule's issue; everything is told here.
    let issue = on.message(ALERTS).await;
    assert!(text_of(&issue).contains("nightly-42 is run again for ana"), "{}", text_of(&issue));
    // The second attempt fails as well: it can be asked for again.
    on.quiet().await;
    on.pass(60);
    publish(&on, "2", "task.failed", failed(2)).await;
    let card = on.edited(&card, "Attempt*\n2").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :red_circle: Nightly build failed
    Tests fail:
    2 of 300
    assert left == right
    *Duration*
    3 min 20 s
    *Attempt*
    2
    /nightly ·
    <!date^1795183260^{date_short_pretty} {time}|2026-11-20 14:01 UTC>
    Retry
    View details
    View logs
    ");
    assert_eq!(buttons(&card), ["Retry", "View details", "View logs"]);
    on.quiet().await;
    assert!(received.try_recv().is_err(), "one click, one request");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_whose_attempts_have_no_number_can_be_retried_each_time() {
    let on = Conversation::with(|settings| {
        tell_all(settings);
        settings.rules.push(RuleConfig {
            name: "retry".to_owned(),
            events: vec!["task.retry_requested".to_owned()],
            source: "*".to_owned(),
            run: "github.repo.list".to_owned(),
            with: serde_json::Map::new(),
            role: Role::Viewer,
            place: None,
        });
    })
    .await;
    let failed = || json!({ "task": "nightly-42", "name": "Nightly build" });
    publish(&on, "1", "task.failed", failed()).await;
    let card = on.message(ALERTS).await;
    for id in ["2", "3"] {
        on.press(ANA, &card, "Retry").await;
        let card = on.edited(&card, "Retry requested by").await;
        assert_eq!(buttons(&card), Vec::<String>::new());
        on.quiet().await;
        on.pass(60);
        publish(&on, id, "task.failed", failed()).await;
        on.edited(&card, "\nRetry").await;
    }
    on.end().await;
}
