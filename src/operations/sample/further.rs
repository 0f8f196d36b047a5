//! Operations with further fields, hidden parameters and previews that pin something down.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

use super::super::{Caller, Declaration, FieldKind, MoreField, Operation, Outcome, Preview, Spec, declare};
use crate::model::{Card, Choice, Effect, Fault, Tone};

/// A tracker of tickets. It may take its time, and remembers how often it was asked.
#[derive(Default)]
pub(in super::super) struct Tracker {
    pub(in super::super) asked: AtomicUsize,
    pub(in super::super) down: AtomicBool,
    pub(in super::super) slow: AtomicBool,
    pub(in super::super) answers: Notify,
}

/// File a ticket in a project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
struct FileTicket {
    /// The project's key.
    project: String,
    /// What it is about, in one line.
    title: String,
    /// A word on it.
    note: Option<String>,
    /// The project's own fields.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

fn choices(pairs: &[(&str, &str)]) -> Vec<Choice> {
    pairs.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned() }).collect()
}

impl Operation for FileTicket {
    type On = Tracker;
    const SPEC: Spec =
        Spec::new("tracker.ticket.file").positional(&["project", "title"]).effect(Effect::Change).rest().more("fields");

    async fn run(self, _: &Tracker, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::default())
    }

    async fn more(&self, tracker: &Tracker, _: &Caller) -> Result<Vec<MoreField>, Fault> {
        tracker.asked.fetch_add(1, Ordering::SeqCst);
        if tracker.slow.load(Ordering::SeqCst) {
            tracker.answers.notified().await;
        }
        if tracker.down.load(Ordering::SeqCst) {
            return Err(Fault::unavailable("The tracker does not answer."));
        }
        let severity = FieldKind::Choice(choices(&[("1", "High"), ("2", "Low")]));
        let severity = MoreField { required: true, ..MoreField::new("cf_2", "Severity", severity) };
        match self.project.as_str() {
            "ACME" => Ok(vec![
                MoreField {
                    help: "How much work it is.".into(),
                    ..MoreField::new("cf_1", "Story Points", FieldKind::Integer)
                },
                severity,
                MoreField { value: Some("true".into()), ..MoreField::new("cf_3", "Notify", FieldKind::Flag) },
                MoreField {
                    complete: Some("tracker.people".into()),
                    ..MoreField::new("cf_4", "Watchers", FieldKind::List)
                },
                MoreField {
                    required: true,
                    value: Some("web".into()),
                    ..MoreField::new("team", "Team", FieldKind::Line)
                },
            ]),
            "OPS" => Ok(vec![severity, MoreField::new("cf_9", "Region", FieldKind::Line)]),
            "PLAIN" => Ok(Vec::new()),
            other => Err(Fault::bad_input("project", format!("There is no project {other}."))),
        }
    }
}

/// Merge a change for good.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MergeChange {
    /// Which change.
    change: String,
    /// What it was when it was confirmed.
    #[schemars(extend("x-hidden" = true))]
    head: Option<String>,
}

impl Operation for MergeChange {
    type On = Tracker;
    const SPEC: Spec = Spec::new("tracker.change.merge").positional(&["change"]).effect(Effect::Destroy);

    async fn run(self, _: &Tracker, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::default())
    }

    async fn preview(&self, _: &Tracker, _: &Caller) -> Result<Option<Preview>, Fault> {
        let was = self.head.as_deref().unwrap_or("not seen yet");
        let card = Card::new(Tone::Warning, format!("Merge {} at 0123abc, {was}?", self.change));
        Ok(Some(Preview::new(card).pin("head", "0123abc")))
    }
}

/// Give a ticket to people.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
struct AssignTicket {
    /// Which ticket.
    ticket: u32,
    /// Who gets it.
    people: Vec<String>,
}

impl Operation for AssignTicket {
    type On = Tracker;
    const SPEC: Spec = Spec::new("tracker.ticket.assign").positional(&["ticket", "people"]).effect(Effect::Change);

    async fn run(self, _: &Tracker, _: &Caller) -> Result<Outcome, Fault> {
        Ok(Outcome::default())
    }
}

/// All of them.
pub(in super::super) fn declarations(tracker: &Arc<Tracker>) -> Vec<Declaration> {
    vec![declare::<FileTicket>(tracker), declare::<MergeChange>(tracker), declare::<AssignTicket>(tracker)]
}
