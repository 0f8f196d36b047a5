//! Sprints and versions.

use url::Url;

use super::super::wire::{Sprint, Version};
use crate::connectors::markdown::{Limits, blocks, line};
use crate::model::{Action, Card, SubjectKey, Text, Tone};

/// The key of a sprint's living card.
#[must_use]
pub fn sprint_key(sprint: &Sprint) -> SubjectKey {
    SubjectKey::new(format!("jira:sprint/{}", sprint.id))
}

/// The key of a version's living card.
#[must_use]
pub fn version_key(version: &Version) -> SubjectKey {
    SubjectKey::new(format!("jira:version/{}", version.id))
}

/// The living card of a sprint. `web` is the site as people open it.
#[must_use]
pub fn sprint_card(sprint: &Sprint, web: Option<&Url>) -> Card {
    let (tone, state) = match sprint.state.as_str() {
        "active" => (Tone::Progress, "Active"),
        "closed" => (Tone::Good, "Completed"),
        "future" => (Tone::Neutral, "Planned"),
        _ => (Tone::Neutral, ""),
    };
    let time = |at: Option<jiff::Timestamp>| at.map(|at| Text::new().time(at)).unwrap_or_default();
    let mut card = Card::new(tone, title("Sprint", &sprint.name))
        .key(sprint_key(sprint))
        .field("State", state)
        .field("Start", time(sprint.start_date))
        .field("End", time(if sprint.complete_date.is_some() { sprint.complete_date } else { sprint.end_date }))
        .footer("Jira");
    card.body = blocks(&sprint.goal, Limits::EXCERPT);
    let site = web.cloned().or_else(|| super::site(&sprint.address));
    if let Some(site) = site.filter(|_| !sprint.origin_board_id.is_empty()) {
        let board: String = sprint.origin_board_id.chars().filter(char::is_ascii_digit).collect();
        let url = format!("{}/secure/RapidBoard.jspa?rapidView={board}", site.as_str().trim_end_matches('/'));
        card = card.link(&url).action(Action::open("open", "Open board", url));
    }
    card
}

/// The living card of a version.
#[must_use]
pub fn version_card(version: &Version) -> Card {
    let (tone, state) = match (version.archived, version.released, version.overdue) {
        (true, _, _) => (Tone::Muted, "Archived"),
        (_, true, _) => (Tone::Good, "Released"),
        (_, _, true) => (Tone::Warning, "Overdue"),
        _ => (Tone::Neutral, "Planned"),
    };
    let mut card = Card::new(tone, title("Version", &version.name))
        .key(version_key(version))
        .field("State", state)
        .field("Start", line(&version.start_date, 20))
        .field("Release", line(&version.release_date, 20))
        .footer("Jira");
    card.body = blocks(&version.description, Limits::EXCERPT);
    card
}

/// The name, with the word that says what it is, unless it says so itself.
fn title(kind: &str, name: &str) -> String {
    let name = line(name, 120);
    if name.to_lowercase().contains(&kind.to_lowercase()) {
        name
    } else {
        format!("{kind} {name}").trim_end().to_owned()
    }
}
