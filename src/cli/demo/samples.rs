//! The events that the company's systems publish: its nightly tests, its monitoring, its image scanner.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::model::Event;

/// Where tasks run.
const CI: &str = "/ci/nightly";
const MONITORING: &str = "/monitoring";
const SCANNER: &str = "/scanner";

/// What the systems remember from one event to the next.
#[derive(Debug, Default)]
pub(super) struct Samples(Mutex<Memory>);

#[derive(Debug)]
struct Memory {
    /// When these systems began.
    run: i64,
    task: u64,
    attempt: u64,
    /// Whether the task came to its end.
    done: bool,
    firing_since: Option<Timestamp>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { run: Timestamp::now().as_second(), task: 41, attempt: 1, done: true, firing_since: None }
    }
}

impl Samples {
    /// The next event of this type, if it is one that these systems publish.
    pub(super) fn next(&self, kind: &str) -> Option<Event> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kind {
            "task.started" | "task.failed" | "task.completed" => {
                if kind == "task.started" || memory.done {
                    memory.task += 1;
                    memory.attempt = 1;
                }
                memory.done = kind != "task.started";
                // A store that was kept knows the tasks of earlier demos.
                let id = format!("nightly-{}-{}", memory.task, memory.run);
                Some(task(kind, CI, &id, memory.attempt))
            }
            "alert.firing" => {
                let since = *memory.firing_since.get_or_insert_with(Timestamp::now);
                Some(alert(kind, since))
            }
            "alert.resolved" => {
                let minutes = SignedDuration::from_mins(4);
                let before = Timestamp::now().checked_sub(minutes).unwrap_or_else(|_| Timestamp::now());
                Some(alert(kind, memory.firing_since.take().unwrap_or(before)))
            }
            "scan.completed" => Some(scan()),
            _ => None,
        }
    }
}

fn event(kind: &str, source: &str, subject: &str, data: Value) -> Event {
    let mut event = Event::new(uuid::Uuid::now_v7().to_string(), source, kind, data);
    event.subject = Some(subject.to_owned());
    event.time = Some(Timestamp::now());
    event
}

/// A task's event.
pub(super) fn task(kind: &str, source: &str, task: &str, attempt: u64) -> Event {
    let number = task.split('-').nth(1).unwrap_or(task);
    let mut data = json!({
        "task": task,
        "name": format!("Nightly tests #{number}"),
        "url": format!("https://ci.example.com/runs/{number}"),
        "attempt": attempt,
    });
    match kind {
        "task.failed" => {
            data["error"] = json!("2 of 412 tests failed");
            data["log"] = json!(
                "test login::expired_session ... FAILED\n\
                 test login::two_tabs ... FAILED\n\
                 expected 302 Found, got 500 Internal Server Error"
            );
            data["log_url"] = json!(format!("https://ci.example.com/runs/{number}/log"));
            data["duration_seconds"] = json!(184.2);
        }
        "task.completed" => {
            data["summary"] = json!("412 tests passed.");
            data["duration_seconds"] = json!(176.9);
        }
        _ => {}
    }
    event(kind, source, task, data)
}

fn alert(kind: &str, since: Timestamp) -> Event {
    let mut data = json!({
        "alert": "api-latency",
        "title": "API latency above 2 s",
        "severity": "critical",
        "summary": "One request in twenty to /v1/orders takes longer than 3.4 s.",
        "labels": { "Service": "api", "Region": "eu-west" },
        "url": "https://monitoring.example.com/alerts/api-latency",
        "runbook_url": "https://runbooks.example.com/api-latency",
        "starts_at": since,
    });
    if kind == "alert.resolved" {
        data["ends_at"] = json!(Timestamp::now());
    }
    event(kind, MONITORING, "api-latency", data)
}

fn scan() -> Event {
    let finding = |id: &str, severity: &str, title: &str, location: &str, fixed: Option<&str>| {
        let mut finding = json!({ "id": id, "severity": severity, "title": title, "location": location });
        if let Some(fixed) = fixed {
            finding["fixed_in"] = json!(fixed);
        }
        finding
    };
    let data = json!({
        "target": "registry.example.com/api:1.4.2",
        "tool": "image scanner",
        "duration_seconds": 42.0,
        "url": "https://scanner.example.com/reports/api-1.4.2",
        "counts": { "critical": 1, "high": 2, "medium": 5, "low": 11, "info": 0 },
        "findings": [
            finding("CVE-2026-1234", "critical", "Out-of-bounds write in libpng", "libpng16 1.6.39", Some("1.6.44")),
            finding("CVE-2026-0815", "high", "Request smuggling in the HTTP parser", "llhttp 9.1.2", Some("9.1.3")),
            finding("CVE-2025-4711", "high", "Path traversal in the archive reader", "libarchive 3.6.2", None),
        ],
    });
    event("scan.completed", SCANNER, "api:1.4.2", data)
}
