//! What the buttons of notifications do.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::House;
use crate::model::{Effect, Event, Fault, SubjectKey};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Ask for a failed task to be run again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryTask {
    /// The task's id; below the card of its failure none of this need be said.
    pub task: String,
    /// The source of its events.
    pub source: String,
    /// Which attempt failed.
    #[serde(default)]
    pub attempt: Option<u32>,
}

impl Operation for RetryTask {
    type On = House;
    const SPEC: Spec =
        Spec::new("quarterdeck.task.retry").positional(&["task", "source"]).effect(Effect::Change).idempotent();

    async fn run(self, on: &House, by: &Caller) -> Result<Outcome, Fault> {
        let data = json!({
            "task": self.task,
            "attempt": self.attempt.unwrap_or(1),
            "requested_by": { "handle": by.actor.handle(), "name": by.actor.name() },
        });
        let mut event = Event::new(by.call.to_string(), self.source.clone(), "task.retry_requested", data);
        event.subject = Some(self.task.clone());
        event.time = Some(by.now);
        event.key = Some(SubjectKey::new(format!("task:{}/{}", self.source, self.task)));
        if !on.router.is_taken(&event) {
            return Err(Fault::misconfigured(
                "Nothing runs this task again: no outgoing webhook and no rule takes `task.retry_requested`. \
                 An operator adds one under [[webhooks]] or [[rules]].",
            ));
        }
        Ok(Outcome::default().event(event))
    }
}

/// Say that somebody looks at an alert.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeAlert {
    /// The alert's id; below the card of the alert none of this need be said.
    pub alert: String,
    /// The source of its events.
    pub source: String,
    /// Since when it fires.
    #[serde(default)]
    pub since: String,
}

impl Operation for AcknowledgeAlert {
    type On = House;
    const SPEC: Spec =
        Spec::new("quarterdeck.alert.acknowledge").positional(&["alert", "source"]).effect(Effect::Change).idempotent();

    async fn run(self, _: &House, by: &Caller) -> Result<Outcome, Fault> {
        let data = json!({
            "alert": self.alert,
            "since": self.since,
            "acknowledged_by": { "handle": by.actor.handle(), "name": by.actor.name() },
        });
        let mut event = Event::new(by.call.to_string(), self.source.clone(), "alert.acknowledged", data);
        event.subject = Some(self.alert.clone());
        event.time = Some(by.now);
        event.key = Some(SubjectKey::new(format!("alert:{}/{}", self.source, self.alert)));
        Ok(Outcome::default().event(event))
    }
}
