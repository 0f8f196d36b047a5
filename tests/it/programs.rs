//! What programs publish: tasks, alerts, scans and anything else, as cards; and what their buttons set off.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use quarterdeck::app::Settings;
use quarterdeck::delivery::EndpointConfig;
use quarterdeck::model::{Clock, Role};
use quarterdeck::operations::RuleConfig;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::stage::{API_KEY, StageSetup};
use quarterdeck::vault::{Scheme, Secret, SecretRef};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::conversation::{ALERTS, ANA, CLEO, Conversation, buttons, patiently, start, text_of};

fn tell_all(settings: &mut Settings) {
    settings.subscriptions.push(SubscriptionConfig {
        place: "slack:#alerts".parse().unwrap(),
        source: "*".to_owned(),
        events: vec!["*".to_owned()],
    });
}

async fn open() -> Conversation {
    Conversation::with(tell_all).await
}

/// Publishes an event of this type and data.
async fn publish(on: &Conversation, id: &str, kind: &str, data: Value) {
    let event = json!({ "specversion": "1.0", "id": id, "source": "/nightly", "type": kind, "data": data });
    let (status, answer) = on.publish(&event).await;
    assert_eq!(status, 202, "{answer}");
}

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
    at
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
        on.pass(60);
        publish(&on, id, "task.failed", failed()).await;
        on.edited(&card, "\nRetry").await;
    }
    on.end().await;
}

fn alert(since: &str) -> Value {
    json!({
        "alert": "latency", "title": "API latency above 2 s", "severity": "critical", "summary": "p99 is 3.1 s",
        "labels": { "service": "api", "region": "eu" }, "starts_at": since,
        "url": "https://mon.example.com/a/1", "runbook_url": "https://wiki.example.com/latency",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_fires_is_acknowledged_resolved_and_fires_again() {
    let on = open().await;
    publish(&on, "1", "alert.firing", alert("2026-11-20T13:59:00Z")).await;
    let card = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&card), @r"
    :red_circle: API latency above 2 s
    p99 is 3.1 s
    *Severity*
    critical
    *Since*
    <!date^1795183140^{date_short_pretty} {time}|2026-11-20 13:59 UTC>
    *region*
    eu
    *service*
    api
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Acknowledge
    Runbook
    View details
    ");
    on.press(ANA, &card, "Acknowledge").await;
    let card = on.edited(&card, "Acknowledged by").await;
    assert_eq!(buttons(&card), ["Runbook", "View details"]);
    // The monitor repeats itself: it stays acknowledged.
    on.pass(60);
    let mut again = alert("2026-11-20T13:59:00Z");
    again["summary"] = json!("p99 is 3.3 s");
    publish(&on, "2", "alert.firing", again).await;
    let card = on.edited(&card, "3.3 s").await;
    assert!(text_of(&card).contains("Acknowledged by"), "{}", text_of(&card));
    assert_eq!(buttons(&card), ["Runbook", "View details"]);
    on.pass(60);
    let mut over = alert("2026-11-20T13:59:00Z");
    over["ends_at"] = json!("2026-11-20T14:02:00Z");
    publish(&on, "3", "alert.resolved", over).await;
    let card = on.edited(&card, "Resolved").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :white_check_mark: Resolved: API latency above 2 s
    p99 is 3.1 s
    *Severity*
    critical
    *Since*
    <!date^1795183140^{date_short_pretty} {time}|2026-11-20 13:59 UTC>
    *Until*
    <!date^1795183320^{date_short_pretty} {time}|2026-11-20 14:02 UTC>
    *region*
    eu
    *service*
    api
    ✓ Acknowledged by
    <@U0ANA000001>
    at
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    /nightly ·
    <!date^1795183320^{date_short_pretty} {time}|2026-11-20 14:02 UTC>
    Runbook
    View details
    ");
    // Another incident is to be acknowledged anew.
    on.pass(600);
    publish(&on, "4", "alert.firing", alert("2026-11-20T14:12:00Z")).await;
    on.quiet().await;
    let card = on.stage.slack.message(ALERTS, &card.ts).unwrap();
    insta::assert_snapshot!(text_of(&card), @r"
    :red_circle: API latency above 2 s
    p99 is 3.1 s
    *Severity*
    critical
    *Since*
    <!date^1795183920^{date_short_pretty} {time}|2026-11-20 14:12 UTC>
    *region*
    eu
    *service*
    api
    /nightly ·
    <!date^1795183920^{date_short_pretty} {time}|2026-11-20 14:12 UTC>
    Acknowledge
    Runbook
    View details
    ");
    assert_eq!(buttons(&card), ["Acknowledge", "Runbook", "View details"]);
    on.press(CLEO, &card, "Acknowledge").await;
    on.edited(&card, "Acknowledged by").await;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_shows_its_gravest_findings() {
    let on = open().await;
    let finding = |id: &str, severity: &str| json!({ "id": id, "severity": severity });
    let mut findings: Vec<Value> = (1..=5).map(|n| finding(&format!("CVE-2026-000{n}"), "low")).collect();
    findings.push(json!({
        "id": "CVE-2026-9999", "severity": "critical", "title": "Remote code execution in <libfoo>",
        "location": "libfoo 1.2", "fixed_in": "1.3", "url": "https://cve.example.com/9999",
    }));
    findings.push(finding("CVE-2026-8888", "high"));
    let data = json!({
        "target": "registry.example.com/api:1.4.2", "tool": "trivy", "findings": findings, "duration_seconds": 4.2,
        "url": "https://scan.example.com/1",
    });
    publish(&on, "1", "scan.completed", data).await;
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    :red_circle: registry.example.com/api:1.4.2: 7 findings
    Critical CVE-2026-9999 Remote code execution in <libfoo> in libfoo 1.2, mended in 1.3
    High CVE-2026-8888
    Low CVE-2026-0001
    Low CVE-2026-0002
    Low CVE-2026-0003
    +2 more
    *Critical*
    1
    *High*
    1
    *Low*
    5
    *Scanner*
    trivy
    *Duration*
    4.2 s
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    View report
    ");
    publish(&on, "2", "scan.completed", json!({ "target": "acme/api" })).await;
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    :white_check_mark: acme/api: nothing found
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    ");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_ones_own_gets_a_plain_card() {
    let on = open().await;
    let data = json!({ "title": "Backup done", "size": "3 GB", "files": 1200, "parts": ["a", "b"] });
    publish(&on, "1", "backup.done", data).await;
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    Backup done
    *Event*
    `backup.done`
    *size*
    3 GB
    *files*
    1200
    /nightly ·
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    ");
    // Events of one key share a card.
    let event = |id: &str, title: &str| {
        json!({ "specversion": "1.0", "id": id, "source": "/b", "type": "backup.step", "key": "backup:1",
                "data": { "title": title } })
    };
    on.publish(&event("1", "Backup runs")).await;
    let card = on.message(ALERTS).await;
    on.pass(1);
    on.publish(&event("2", "Backup ends")).await;
    on.edited(&card, "Backup ends").await;
    // The same event twice is one.
    let (status, answer) = on.publish(&event("2", "Backup ends")).await;
    assert_eq!((status, &answer["status"]), (202, &json!("duplicate")));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_every_mode_of_cloudevents() {
    let on = open().await;
    let client = reqwest::Client::new();
    let post = || client.post(format!("{}/api/v1/events", on.stage.url())).bearer_auth(API_KEY);
    let binary = post()
        .header("ce-specversion", "1.0")
        .header("ce-id", "b1")
        .header("ce-source", "/bin")
        .header("ce-type", "backup.done")
        .header("ce-subject", "Caf%C3%A9")
        .header("content-type", "application/json")
        .body(r#"{"size":"3 GB"}"#);
    assert_eq!(binary.send().await.unwrap().status(), 202);
    let card = on.message(ALERTS).await;
    assert!(text_of(&card).contains("Café"), "{}", text_of(&card));

    let one = |id: &str| json!({ "specversion": "1.0", "id": id, "source": "/batch", "type": "x.y", "subject": id });
    let batch =
        |events: Value| post().header("content-type", "application/cloudevents-batch+json").body(events.to_string());
    let answer = batch(json!([one("first"), one("second")])).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let statuses: Value = answer.json().await.unwrap();
    assert_eq!(statuses, json!([{ "id": "first", "status": "accepted" }, { "id": "second", "status": "accepted" }]));
    on.message(ALERTS).await;
    on.message(ALERTS).await;
    // One bad event, and none is taken.
    let mut bad = one("third");
    bad["type"] = json!("task.failed");
    let answer = batch(json!([one("fourth"), bad])).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let problem: Value = answer.json().await.unwrap();
    insta::assert_snapshot!(problem["error"]["message"].as_str().unwrap(), @"Event 2: `data` of a `task.failed` event must be an object. docs/events.md lists what it holds.");
    assert_eq!(post().body("{}").send().await.unwrap().status(), 400);
    let stranger = client.post(format!("{}/api/v1/events", on.stage.url())).body("{}");
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    on.end().await;
}
