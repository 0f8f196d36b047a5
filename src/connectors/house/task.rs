//! Tasks: `task.started`, `task.completed`, `task.failed`, one card each, with *Retry*.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{footed, read};
use crate::model::{Action, Block, Card, Event, Fault, Object, Press, Severity, Style, SubjectKey, Tone};
use crate::routing::Notice;

/// What `task.started`, `task.completed` and `task.failed` hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskData {
    /// The task's id; events of one source with one id share a card.
    #[schemars(example = &"nightly-42")]
    pub task: String,
    /// What people call it; the id if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// One or two sentences on what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The last lines of its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// A page with the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A page with the whole log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_url: Option<String>,
    /// How long it took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Which attempt this is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Whether *Retry* is offered when it failed.
    #[serde(default = "yes")]
    pub retryable: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn tell(mut event: Event) -> Result<Notice, Fault> {
    let data: TaskData = read(&event)?;
    let name = data.name.clone().unwrap_or_else(|| data.task.clone());
    let key = event.key.clone().unwrap_or_else(|| SubjectKey::new(format!("task:{}/{}", event.source, data.task)));
    let failed = event.kind == "task.failed";
    let (tone, what) = match event.kind.as_str() {
        "task.started" => (Tone::Progress, "is running"),
        "task.failed" => (Tone::Bad, "failed"),
        _ => (Tone::Good, "completed"),
    };
    let mut card = Card::new(tone, format!("{name} {what}")).key(key.clone());
    if let Some(url) = &data.url {
        card = card.link(url.clone());
    }
    if let Some(summary) = data.summary {
        card = card.text(summary);
    }
    if let Some(error) = data.error {
        card = card.block(Block::Quote(error.into()));
    }
    if let Some(log) = data.log {
        card = card.block(Block::Code(log));
    }
    if let Some(seconds) = data.duration_seconds {
        card = card.field("Duration", duration(seconds));
    }
    if let Some(attempt) = data.attempt.filter(|attempt| *attempt > 1) {
        card = card.field("Attempt", attempt.to_string());
    }
    if failed && data.retryable {
        let args = Object::from_iter([
            ("task".to_owned(), json!(data.task)),
            ("source".to_owned(), json!(event.source)),
            ("attempt".to_owned(), json!(data.attempt.unwrap_or(1))),
        ]);
        let press = Press::new("quarterdeck.task.retry", args);
        // Without a number nobody can tell whether it is the failure that was decided on; each is taken for a new one.
        let press = match data.attempt {
            Some(_) => press.once_for_all("Retry requested"),
            None => press.once("Retry requested"),
        };
        card = card.action(Action::run("retry", "Retry", press).style(Style::Primary));
    }
    if let Some(url) = data.url {
        card = card.action(Action::open("details", "View details", url));
    }
    if let Some(url) = data.log_url {
        card = card.action(Action::open("logs", "View logs", url));
    }
    if failed {
        event.severity.get_or_insert(Severity::High);
    }
    event.key = Some(key);
    let card = footed(card, &event);
    Ok(Notice::new(event).card(card))
}

/// Seconds as a person says them: `4.2 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return String::new();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite and not negative; it saturates"
    )]
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}
