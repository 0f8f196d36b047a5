//! What changed on an issue, in words: `Status: To Do → In Progress`.

use super::super::wire::{Change, Changelog};
use crate::connectors::markdown::line;
use crate::model::Text;

/// Fields that change by themselves, or with another that is told.
const SILENT: &[&str] = &[
    "rank",
    "worklogid",
    "timespent",
    "timeestimate",
    "workratio",
    "lastviewed",
    "project",
    "key",
    "epic child",
    "development",
    "workflow",
    "statuscategorychangedate",
];
/// Fields whose whole text would be too much.
const LONG: &[&str] = &["description", "environment", "comment"];

/// The changes that people want to hear of, each as a line; at most 10.
#[must_use]
pub fn changes(log: &Changelog) -> Vec<Text> {
    log.items.iter().filter_map(change_words).take(10).collect()
}

/// A change in words; `None` for what changes by itself.
#[must_use]
pub fn change_words(change: &Change) -> Option<Text> {
    let name = label(&change.field);
    let lower = change.field.to_lowercase();
    if name.is_empty() || SILENT.contains(&lower.as_str()) {
        return None;
    }
    let words = |value: &Option<String>| value.as_deref().map(|value| line(value, 100)).unwrap_or_default();
    let (from, to) = (words(&change.from_string), words(&change.to_words));
    let text = Text::new().bold(format!("{name}:")).plain(" ");
    if LONG.contains(&lower.as_str()) {
        return Some(Text::new().bold(format!("{name}:")).plain(if to.is_empty() { " removed" } else { " changed" }));
    }
    match (from.is_empty(), to.is_empty()) {
        (true, true) => None,
        (true, false) => Some(text.plain(to)),
        (false, true) => Some(text.plain(format!("{from} removed"))),
        (false, false) if from == to => None,
        (false, false) => Some(text.plain(format!("{from} → {to}"))),
    }
}

/// The name of a field as a label: `assignee` is `Assignee`, `RemoteIssueLink` is `Remote issue link`.
fn label(field: &str) -> String {
    let mut out = String::new();
    let mut before: Option<char> = None;
    for char in line(field, 60).chars() {
        let starts_word = char.is_uppercase() && before.is_some_and(char::is_lowercase);
        if starts_word {
            out.push(' ');
            out.extend(char.to_lowercase());
        } else if out.is_empty() {
            out.extend(char.to_uppercase());
        } else {
            out.push(char);
        }
        before = Some(char);
    }
    out
}
