//! The house's own connector, `quarterdeck`: subscriptions, places, dead letters, and the events that programs publish
//! (tasks, alerts, scans).

mod alert;
mod complete;
mod data;
mod docs;
mod operations;
mod scan;
mod task;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::delivery::DeadLetters;
use crate::model::{Card, Event, Fault, Severity, Tone};
use crate::operations::{Declaration, declare};
use crate::routing::{Notice, Router, Teller, Vocabulary};

pub use alert::AlertData;
pub use docs::events_markdown;
pub use scan::{Finding, ScanData, SeverityCounts};
pub use task::TaskData;
pub(crate) use task::duration;

/// The name of the house's own connector.
pub const NAME: &str = "quarterdeck";

/// What the house's own operations work on.
#[derive(Debug)]
pub struct House {
    router: Router,
    dead: DeadLetters,
}

impl House {
    /// The house's own connector.
    #[must_use]
    pub fn new(router: &Router, dead: DeadLetters) -> Arc<Self> {
        Arc::new(Self { router: router.clone(), dead })
    }

    /// The operations.
    #[must_use]
    pub fn operations(self: &Arc<Self>) -> Vec<Declaration> {
        vec![
            declare::<operations::Subscribe>(self),
            declare::<operations::Unsubscribe>(self),
            declare::<operations::ListSubscriptions>(self),
            declare::<operations::LinkPlace>(self),
            declare::<operations::RetryTask>(self),
            declare::<operations::AcknowledgeAlert>(self),
            declare::<operations::ListDeadLetters>(self),
            declare::<operations::RedriveDeadLetter>(self),
            declare::<operations::DropDeadLetter>(self),
        ]
    }
}

/// Adds the words for the events of this connector.
pub fn teach(vocabulary: &mut Vocabulary) {
    vocabulary.add("tasks", &["task.*"], "tasks that started, completed or failed");
    vocabulary.add("alerts", &["alert.*"], "alerts that fire or are resolved");
    vocabulary.add("scans", &["scan.*"], "security scans that completed");
}

/// Tells of the events that programs publish.
#[derive(Debug, Clone, Copy, Default)]
pub struct HouseTeller;

impl Teller for HouseTeller {
    fn tell(&self, event: Event) -> Result<Notice, Fault> {
        match event.kind.as_str() {
            "task.started" | "task.completed" | "task.failed" => task::tell(event),
            "alert.firing" | "alert.resolved" => alert::tell(event),
            "scan.completed" => scan::tell(event),
            // What was asked for by a button is for machines; the button's card says so already.
            "task.retry_requested" | "alert.acknowledged" => Ok(Notice::new(event)),
            _ => Ok(data::tell(event)),
        }
    }
}

/// Reads an event's data as documented.
///
/// # Errors
/// `BadInput`, naming the member that is wrong.
fn read<T: DeserializeOwned>(event: &Event) -> Result<T, Fault> {
    if !event.data.is_object() {
        let outside =
            format!("`data` of a `{}` event must be an object. docs/events.md lists what it holds.", event.kind);
        return Err(Fault::bad_input("data", outside));
    }
    serde_path_to_error::deserialize(&event.data).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "data".to_owned() } else { format!("data.{path}") };
        let outside =
            format!("`{place}` of a `{}` event: {}. docs/events.md lists what it holds.", event.kind, error.inner());
        Fault::bad_input(&place, outside)
    })
}

/// The tone of something of this severity.
fn tone(severity: Option<Severity>) -> Tone {
    match severity {
        Some(Severity::Critical | Severity::High) => Tone::Bad,
        Some(Severity::Info) => Tone::Neutral,
        Some(Severity::Medium | Severity::Low) | None => Tone::Warning,
    }
}

/// The quiet last line: where it came from and when.
fn footed(card: Card, event: &Event) -> Card {
    let text = crate::model::Text::from(event.source.clone());
    card.footer(match event.time {
        Some(at) => text.plain(" · ").time(at),
        None => text,
    })
}
