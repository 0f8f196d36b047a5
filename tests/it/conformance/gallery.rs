//! What people meet, on every platform: real payloads of GitHub, events of programs, and answers to commands, as they
//! stand in the room at the end. The snapshots are there to be read: `snapshots/it__conformance__gallery__*.snap`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use quarterdeck::model::Clock;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::{discord, slack, telegram};
use quarterdeck::stage::StageSetup;
use serde_json::json;

use super::chat::{Chat, Seen, Who, all};
use crate::conversation::{Conversation, start};
use crate::knock::answer;
use crate::programs::publish;

/// Webhooks of GitHub's, in the order of a day.
const HOOKS: [(&str, &str); 11] = [
    ("issues", "opened.with-organization"),
    ("issue_comment", "created.with-installation"),
    ("issues", "assigned"),
    ("pull_request", "opened.with-organization"),
    ("pull_request_review", "submitted.with-organization"),
    ("pull_request", "closed"),
    ("push", "1"),
    ("push", "with-new-branch"),
    ("workflow_run", "requested"),
    ("workflow_run", "completed"),
    ("release", "published.with-discussion-url"),
];

/// What is typed, by Ana.
const LINES: [&str; 7] = [
    "help",
    "github issue list acme/api",
    "github repo get acme/api",
    "subscriptions",
    "github isue list",
    "github issue comment acme/api#77 Hello",
    "github issue create It says `no` to *everyone* --repository acme/api --labels bug --assignees ben",
];

/// A stage that tells three rooms of everything, as fast as it comes.
async fn open() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start())).with_all();
    setup.slack.limits = slack::RateLimits::Unlimited;
    setup.discord.as_mut().unwrap().limits = discord::RateLimits::Unlimited;
    setup.telegram.as_mut().unwrap().limits = telegram::RateLimits::Unlimited;
    setup.change = Box::new(|settings| {
        settings.slack.as_mut().unwrap().post_per_minute = 0;
        let telegram = settings.telegram.as_mut().unwrap();
        (telegram.post_per_minute, telegram.post_per_minute_group) = (0, 0);
        for place in ["slack:#general", "discord:#general", "telegram:@acmeops"] {
            settings.subscriptions.push(SubscriptionConfig {
                place: place.parse().unwrap(),
                source: "*".to_owned(),
                events: vec!["*".to_owned()],
            });
        }
    });
    Conversation::from(setup).await
}

/// Everything happens: to every room the same.
async fn play(on: &Conversation, chats: &[std::sync::Arc<dyn Chat>]) {
    for (event, name) in HOOKS {
        let file = format!("tests/data/github/webhooks/{event}/{name}.payload.json");
        let body = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let (status, said) = answer(on.signed_hook(event, &format!("{event}-{name}"), body)).await;
        assert_eq!(status, 202, "{said}");
        on.quiet().await;
    }
    let task = |id: &str| json!({ "task": id, "name": "Nightly tests", "url": "https://ci.example.com/42" });
    publish(on, "1", "task.started", task("41")).await;
    let mut failed = task("42");
    failed["error"] = json!("2 of 412 tests failed");
    failed["log"] = json!("test login::expired_session ... FAILED\nexpected 302 Found, got 500");
    failed["log_url"] = json!("https://ci.example.com/42/log");
    failed["duration_seconds"] = json!(184.2);
    publish(on, "2", "task.failed", failed).await;
    let mut done = task("43");
    done["summary"] = json!("412 tests passed.");
    done["duration_seconds"] = json!(176.9);
    publish(on, "3", "task.completed", done).await;
    let alert = |id: &str| {
        json!({
            "alert": id, "title": "API latency above 2 s", "severity": "critical", "summary": "p99 is 3.1 s",
            "labels": { "Service": "api", "Region": "eu-west" }, "starts_at": "2026-11-20T13:50:00Z",
            "url": "https://mon.example.com/a/1", "runbook_url": "https://wiki.example.com/latency",
        })
    };
    publish(on, "4", "alert.firing", alert("latency")).await;
    let mut over = alert("disk");
    over["title"] = json!("Disk is full on db-1");
    over["ends_at"] = json!("2026-11-20T13:59:00Z");
    publish(on, "5", "alert.resolved", over).await;
    let scan = json!({
        "target": "registry.example.com/api:1.4.2", "tool": "image scanner", "duration_seconds": 42.0,
        "url": "https://scanner.example.com/reports/1", "counts": { "critical": 1, "high": 1, "medium": 5, "low": 11 },
        "findings": [
            { "id": "CVE-2026-1234", "severity": "critical", "title": "Out-of-bounds write in libpng",
              "location": "libpng16 1.6.39", "fixed_in": "1.6.44" },
            { "id": "CVE-2025-4711", "severity": "high", "title": "Path traversal in the archive reader",
              "location": "libarchive 3.6.2" },
        ],
    });
    publish(on, "6", "scan.completed", scan).await;
    publish(on, "7", "com.example.deploy", json!({ "service": "api", "version": "1.4.2", "by": "ana" })).await;
    on.quiet().await;
    for chat in chats {
        for line in LINES {
            chat.line(Who::Ana, line).await;
            on.quiet().await;
        }
    }
    // The alert is acknowledged on the last of them.
    let chat = chats.last().unwrap();
    let firing = chat.said().into_iter().find(|seen| seen.text.contains("API latency")).unwrap();
    chat.press(Who::Ana, &firing, "Acknowledge").await;
    on.quiet().await;
}

fn sketch(seen: &Seen) -> String {
    let mut out = seen.text.clone();
    if !seen.buttons.is_empty() {
        let _ = write!(out, "\n[{}]", seen.buttons.join("] ["));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_meet_reads_well_on_every_platform() {
    let on = open().await;
    let chats = all(&on);
    play(&on, &chats).await;
    for chat in &chats {
        let said = chat.said();
        assert!(said.len() >= 15, "{} shows only {} cards", chat.name(), said.len());
        let whispered = chat.whispered(Who::Ana);
        let all: Vec<String> =
            said.iter().chain(whispered.iter().filter(|one| !said.contains(one))).map(sketch).collect();
        insta::assert_snapshot!(chat.name(), all.join("\n\n----\n\n"));
        assert_eq!(chat.offences(), Vec::<String>::new(), "{}", chat.name());
    }
    on.see_all();
    on.end().await;
}
