//! What programs publish: alerts, scans and anything else, as cards. Tasks are next door.

use quarterdeck::app::Settings;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::stage::API_KEY;
use serde_json::{Value, json};

use crate::conversation::{ALERTS, ANA, CLEO, Conversation, buttons, text_of};

/// Tells `#alerts` of everything.
pub fn tell_all(settings: &mut Settings) {
    settings.subscriptions.push(SubscriptionConfig {
        place: "slack:#alerts".parse().unwrap(),
        source: "*".to_owned(),
        events: vec!["*".to_owned()],
    });
}

pub async fn open() -> Conversation {
    Conversation::with(tell_all).await
}

/// Publishes an event of this type and data.
pub async fn publish(on: &Conversation, id: &str, kind: &str, data: Value) {
    let event = json!({ "specversion": "1.0", "id": id, "source": "/nightly", "type": kind, "data": data });
    let (status, answer) = on.publish(&event).await;
    assert_eq!(status, 202, "{answer}");
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
    ·
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
    Critical CVE-2026-9999 Remote code execution in <libfoo> in libfoo 1.2, fixed in 1.3
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
