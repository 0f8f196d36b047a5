//! `push`: commits to a branch, and branches and tags that come and go.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::cards::{at_name, object, plural};
use super::super::refs::Repo;
use super::Told;
use super::envelope::{Commit, Envelope};
use crate::connectors::markdown::line;
use crate::model::{Action, Block, Card, Severity, Text, Tone};

/// How many commits are told; the newest.
const SHOWN: usize = 5;
/// How many changed paths are kept for filters.
const PATHS: usize = 300;

pub(super) fn pushed(repo: &Repo, envelope: &Envelope) -> Told {
    let (what, name) = match envelope.reference.split_once("refs/tags/") {
        Some(("", tag)) => ("tag", tag),
        _ => ("branch", envelope.reference.strip_prefix("refs/heads/").unwrap_or(&envelope.reference)),
    };
    let name = line(name, 120);
    let is_default = what == "branch" && !name.is_empty() && name == envelope.repository.default_branch;
    let by = match (envelope.sender.login.as_str(), envelope.pusher.called()) {
        ("", pusher) => at_name(pusher),
        (sender, _) => at_name(sender),
    };
    let commits = &envelope.commits;
    let number = commits.len() as u64;
    let some = format!("{number} commit{}", plural(number));
    let (tone, said) = match (envelope.deleted, envelope.created, envelope.forced) {
        (true, _, _) => (Tone::Muted, format!("{what} {name} deleted by {by}")),
        (_, true, _) if number == 0 => (Tone::Neutral, format!("{what} {name} created by {by}")),
        (_, true, _) => (Tone::Neutral, format!("{what} {name} created with {some} by {by}")),
        (_, _, true) => (Tone::Warning, format!("{name} force-pushed by {by}")),
        _ => (Tone::Neutral, format!("{some} pushed to {name} by {by}")),
    };
    let mut card = Card::new(tone, format!("{repo}: {said}")).footer(format!("GitHub · {repo}"));
    if !envelope.compare.is_empty() && !envelope.deleted {
        card = card.link(&envelope.compare).action(Action::open("compare", "Compare", &envelope.compare));
    }
    if number > 0 {
        let skipped = commits.len().saturating_sub(SHOWN);
        let items = commits.iter().skip(skipped).map(|commit| item(commit, &envelope.sender.login)).collect();
        card = card.block(Block::List { ordered: false, items });
        if skipped > 0 {
            card = card.text(format!("+{skipped} more"));
        }
    }
    let author = envelope.head_commit.as_ref().map(author);
    let data = object(json!({
        "ref": envelope.reference, what: name, "default_branch": is_default, "created": envelope.created,
        "deleted": envelope.deleted, "forced": envelope.forced, "before": envelope.before, "sha": envelope.after,
        "url": envelope.compare, "author": author, "commits": number, "paths": paths(commits),
        "message": envelope.head_commit.as_ref().map(|commit| line(commit.message.lines().next().unwrap_or_default(), 200)),
    }));
    let severity = if envelope.forced && is_default { Severity::Medium } else { Severity::Info };
    Told {
        subject: Some(format!("{repo}@{name}")),
        time: envelope.head_commit.as_ref().and_then(|commit| commit.timestamp).or(envelope.repository.pushed_at),
        severity: Some(severity),
        data,
        card: Some(card),
        ..Told::default()
    }
}

/// `a1b2c3d First line of the message · Ana`; the author only where somebody else pushed.
fn item(commit: &Commit, pusher: &str) -> Text {
    let sha: String = commit.id.chars().take(7).collect();
    let message = line(commit.message.lines().next().unwrap_or_default(), 100);
    let text = if commit.url.is_empty() { Text::new().code(sha) } else { Text::new().link(sha, &commit.url) };
    let text = text.plain(format!(" {message}"));
    let author = author(commit);
    if author.is_empty() || commit.author.username == pusher { text } else { text.plain(format!(" · {author}")) }
}

fn author(commit: &Commit) -> String {
    let name = if commit.author.username.is_empty() { &commit.author.name } else { &commit.author.username };
    line(name, 60)
}

/// What was touched, each path once.
fn paths(commits: &[Commit]) -> Vec<&str> {
    let all = commits.iter().flat_map(|commit| commit.added.iter().chain(&commit.modified).chain(&commit.removed));
    all.map(String::as_str).collect::<BTreeSet<_>>().into_iter().take(PATHS).collect()
}
