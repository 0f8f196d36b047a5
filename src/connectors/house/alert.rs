//! Alerts: `alert.firing` and `alert.resolved` on one card, with *Acknowledge*.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{footed, read, tone};
use crate::model::{Action, Card, Event, Fault, Object, Press, Severity, Style, SubjectKey, Text, Tone};
use crate::routing::Notice;

/// How many labels are shown.
const LABELS: usize = 8;

/// What `alert.firing` and `alert.resolved` hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertData {
    /// The alert's id; events of one source with one id share a card.
    #[schemars(example = &"api-latency")]
    pub alert: String,
    /// One line that says what is wrong.
    #[schemars(example = &"API latency above 2 s")]
    pub title: String,
    /// How grave it is; the event's own `severity` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// A few sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Labels, such as service and region.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// A page with the details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook_url: Option<String>,
    /// Since when it fires; another moment is another incident, to be acknowledged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub starts_at: Option<Timestamp>,
    /// Since when it does not fire any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub ends_at: Option<Timestamp>,
}

pub(super) fn tell(mut event: Event) -> Result<Notice, Fault> {
    let data: AlertData = read(&event)?;
    let key = event.key.clone().unwrap_or_else(|| SubjectKey::new(format!("alert:{}/{}", event.source, data.alert)));
    let severity = data.severity.or(event.severity);
    let firing = event.kind == "alert.firing";
    let (tone, title) =
        if firing { (tone(severity), data.title.clone()) } else { (Tone::Good, format!("Resolved: {}", data.title)) };
    let mut card = Card::new(tone, title).key(key.clone());
    if let Some(url) = &data.url {
        card = card.link(url.clone());
    }
    if let Some(summary) = data.summary {
        card = card.text(summary);
    }
    if let Some(severity) = severity {
        card = card.field("Severity", severity.to_string());
    }
    if let Some(at) = data.starts_at {
        card = card.field("Since", Text::new().time(at));
    }
    if let Some(at) = data.ends_at.filter(|_| !firing) {
        card = card.field("Until", Text::new().time(at));
    }
    for (name, value) in data.labels.iter().take(LABELS) {
        card = card.field(name.clone(), value.clone());
    }
    if firing {
        let args = Object::from_iter([
            ("alert".to_owned(), json!(data.alert)),
            ("source".to_owned(), json!(event.source)),
            ("since".to_owned(), json!(data.starts_at.map(|at| at.to_string()).unwrap_or_default())),
        ]);
        let press = Press::new("quarterdeck.alert.acknowledge", args).once_for_all("Acknowledged");
        card = card.action(Action::run("acknowledge", "Acknowledge", press).style(Style::Primary));
    }
    if let Some(url) = data.runbook_url {
        card = card.action(Action::open("runbook", "Runbook", url));
    }
    if let Some(url) = data.url {
        card = card.action(Action::open("details", "View details", url));
    }
    event.severity = severity;
    event.key = Some(key);
    let card = footed(card, &event);
    Ok(Notice::new(event).card(card))
}
