//! The cards of issues and pull requests: the same from an answer of the API and from the body of a webhook.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::refs::Number;
use super::wire::{Branch, Issue, Label, Pull, User, logins};
use crate::connectors::markdown::{Limits, blocks, line};
use crate::model::{Action, Card, Object, Press, Span, Style, Text, Tone};

/// The longest title on a card, in characters.
pub(crate) const TITLE: usize = 200;

/// The living card of an issue.
pub(crate) fn issue_card(at: &Number, issue: &Issue) -> Card {
    let closed = issue.state == "closed";
    let (tone, state) = match (closed, issue.state_reason.as_deref()) {
        (false, _) => (Tone::Neutral, "Open".to_owned()),
        (true, Some("not_planned")) => (Tone::Muted, "Closed as not planned".to_owned()),
        (true, Some("duplicate")) => (Tone::Muted, "Closed as duplicate".to_owned()),
        (true, Some("completed")) => (Tone::Good, "Closed as completed".to_owned()),
        (true, _) => (Tone::Good, "Closed".to_owned()),
    };
    let card = Card::new(tone, title(at, &issue.title))
        .key(at.key())
        .field("State", state)
        .field("Author", who(&issue.user))
        .field("Labels", labels(&issue.labels))
        .field("Assignees", people(&issue.assignees))
        .field("Milestone", milestone(issue.milestone.as_ref()))
        .field("Comments", count(issue.comments));
    let card = with_body(card, issue.body.as_deref());
    let args = arguments("issue", at);
    let card = if closed {
        card.action(Action::run("reopen", "Reopen", Press::new("github.issue.reopen", args.clone()).once("Reopened")))
    } else {
        let close = Press::new("github.issue.close", args.clone()).once("Closed");
        card.action(Action::run("close", "Close", close).style(Style::Danger))
    };
    finish(
        card.action(Action::run("comment", "Comment", Press::new("github.issue.comment", args))),
        at,
        &issue.html_url,
        issue.created_at,
    )
}

/// The living card of a pull request.
pub(crate) fn pull_card(at: &Number, pull: &Pull) -> Card {
    let (tone, state) = match (pull.is_merged(), pull.state.as_str(), pull.draft) {
        (true, _, _) => (Tone::Good, "Merged"),
        (false, "closed", _) => (Tone::Muted, "Closed without merging"),
        (false, _, true) => (Tone::Neutral, "Draft"),
        (false, _, false) => (Tone::Progress, "Open"),
    };
    let mut reviewers: Vec<Span> = pull.requested_reviewers.iter().map(mention).collect();
    reviewers.extend(pull.requested_teams.iter().map(|team| Span::Text(line(&team.name, 60))));
    let card = Card::new(tone, title(at, &pull.title))
        .key(at.key())
        .field("State", state)
        .field("Author", who(&pull.user))
        .field("Branch", branches(&pull.base, &pull.head))
        .field("Changes", changes(pull))
        .field("Reviewers", few(reviewers))
        .field("Mergeable", if pull.state == "open" { mergeable(pull.mergeable_state.as_deref()) } else { "" })
        .field("Labels", labels(&pull.labels))
        .field("Assignees", people(&pull.assignees))
        .field("Milestone", milestone(pull.milestone.as_ref()));
    let card = with_body(card, pull.body.as_deref());
    let comment = Press::new("github.pr.comment", arguments("pr", at));
    finish(card.action(Action::run("comment", "Comment", comment)), at, &pull.html_url, pull.created_at)
}

/// A small card for the quiet thread below the living one.
pub(crate) fn note(tone: Tone, title: String, link: &str) -> Card {
    let card = Card::new(tone, title);
    if link.is_empty() { card } else { card.link(link) }
}

/// What is kept of an issue as data.
pub(crate) fn issue_data(at: &Number, issue: &Issue) -> Object {
    object(json!({
        "issue": at.to_string(), "repository": at.repo.to_string(), "number": at.number, "title": issue.title,
        "url": issue.html_url, "state": issue.state, "state_reason": issue.state_reason, "author": issue.user.called(),
        "labels": names(&issue.labels), "assignees": logins(&issue.assignees),
        "milestone": issue.milestone.as_ref().map(|milestone| &milestone.title), "comments": issue.comments,
    }))
}

/// What is kept of a pull request as data.
pub(crate) fn pull_data(at: &Number, pull: &Pull) -> Object {
    object(json!({
        "pull": at.to_string(), "repository": at.repo.to_string(), "number": at.number, "title": pull.title,
        "url": pull.html_url, "state": pull.state, "draft": pull.draft, "merged": pull.is_merged(),
        "author": pull.user.called(), "base": pull.base.name, "head": pull.head.name, "sha": pull.head.sha,
        "labels": names(&pull.labels), "assignees": logins(&pull.assignees),
        "reviewers": logins(&pull.requested_reviewers),
        "milestone": pull.milestone.as_ref().map(|milestone| &milestone.title),
        "additions": pull.additions, "deletions": pull.deletions, "changed_files": pull.changed_files,
    }))
}

pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// The argument of a button: always the full reference, whatever channel it is pressed in.
pub(crate) fn arguments(name: &str, at: &Number) -> Object {
    Object::from_iter([(name.to_owned(), at.to_string().into())])
}

pub(crate) fn title(at: &Number, title: &str) -> String {
    format!("{at} {}", line(title, TITLE))
}

pub(crate) fn who(user: &User) -> String {
    at_name(user.called())
}

/// Somebody who is asked to act: those are mentioned, so that they hear of it where they are; who only did something is
/// named. Platforms tell who is mentioned when a card is posted, and not when it is edited.
pub(crate) fn mention(user: &User) -> Span {
    let called = user.called();
    if user.login.is_empty() {
        return Span::Text(at_name(called));
    }
    Span::Mention { handle: format!("github:{}", user.login), name: line(called, 60) }
}

pub(crate) fn at_name(login: &str) -> String {
    format!("@{}", line(login, 60))
}

/// How long ago something was, in one unit: `3 d`.
pub(crate) fn age(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    match minutes {
        ..1 => "now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..43_200 => format!("{} d", minutes / 1440),
        43_200..525_600 => format!("{} mo", minutes / 43_200),
        _ => format!("{} y", minutes / 525_600),
    }
}

/// How long something took: `2 min 5 s`.
pub(crate) fn span(took: SignedDuration) -> String {
    let seconds = took.as_secs().max(0);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

pub(crate) fn names(labels: &[Label]) -> Vec<&str> {
    labels.iter().map(|label| label.name.as_str()).collect()
}

fn with_body(mut card: Card, body: Option<&str>) -> Card {
    // Who asked for it stands last, where a long text is cut.
    let (text, asked) = signed_by(body.unwrap_or_default());
    card.body = blocks(text, Limits::EXCERPT);
    card.body.extend(asked.into_iter().flat_map(|line| blocks(line, Limits::EXCERPT)));
    card
}

/// A text of ours, and the line that says who asked for it.
fn signed_by(body: &str) -> (&str, Option<&str>) {
    let whole = body.trim_end();
    match whole.rsplit_once('\n') {
        Some((text, last)) if last.starts_with("— asked by ") => (text, Some(last)),
        _ => (body, None),
    }
}

fn finish(card: Card, at: &Number, url: &str, created: Option<Timestamp>) -> Card {
    let card = if url.is_empty() { card } else { card.link(url).action(Action::open("open", "Open on GitHub", url)) };
    let footer = Text::from(format!("GitHub · {}", at.repo));
    card.footer(match created {
        Some(created) => footer.plain(" · opened ").time(created),
        None => footer,
    })
}

fn labels(labels: &[Label]) -> Text {
    let mut text = Text::new();
    for (index, label) in labels.iter().filter(|label| !label.name.is_empty()).take(8).enumerate() {
        text = if index == 0 { text } else { text.plain(" ") };
        text = text.code(line(&label.name, 50));
    }
    if labels.len() > 8 { text.plain(format!(" +{} more", labels.len() - 8)) } else { text }
}

fn people(users: &[User]) -> Text {
    few(users.iter().map(mention).collect())
}

fn few(names: Vec<Span>) -> Text {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let mut text = Text::new();
    for name in names.into_iter().take(SHOWN) {
        text = if text.is_empty() { text } else { text.plain(", ") };
        text = text.span(name);
    }
    if more > 0 { text.plain(format!(" +{more} more")) } else { text }
}

fn milestone(milestone: Option<&super::wire::Milestone>) -> String {
    milestone.map(|milestone| line(&milestone.title, 80)).unwrap_or_default()
}

fn count(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

fn branches(base: &Branch, head: &Branch) -> Text {
    if base.name.is_empty() || head.name.is_empty() {
        return Text::new();
    }
    Text::new().code(line(&base.name, 80)).plain(" ← ").code(line(&head.name, 80))
}

fn changes(pull: &Pull) -> String {
    let (Some(additions), Some(deletions)) = (pull.additions, pull.deletions) else { return String::new() };
    let files = pull.changed_files.map(|files| format!(" in {files} file{}", plural(files))).unwrap_or_default();
    format!("+{additions} −{deletions}{files}")
}

pub(crate) fn plural(number: u64) -> &'static str {
    if number == 1 { "" } else { "s" }
}

/// GitHub's word for whether a pull request can be merged; nothing while it has not made up its mind.
fn mergeable(state: Option<&str>) -> &'static str {
    match state {
        Some("clean" | "has_hooks") => "Yes",
        Some("unstable") => "Yes, but checks fail",
        Some("dirty") => "No, there are conflicts",
        Some("blocked") => "Not yet: a review or check is missing",
        Some("behind") => "Not yet: it is behind its base",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_who_asked_for_it() {
        let long = format!("{}\n\n— asked by Ana on Slack", "word ".repeat(2_000));
        let card = with_body(Card::new(Tone::Neutral, "x"), Some(&long));
        let text = super::super::tests::dump(&card);
        assert!(text.contains('…') && text.contains("— asked by Ana on Slack"), "{text}");
        assert_eq!(signed_by("— asked by nobody\nat all"), ("— asked by nobody\nat all", None));
    }
}
