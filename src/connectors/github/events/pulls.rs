//! `pull_request`, `pull_request_review` and `pull_request_review_comment`.

use serde_json::json;

use super::super::cards::{mention, note, object, pull_card, pull_data, who};
use super::super::refs::{Number, Repo};
use super::super::wire::Pull;
use super::envelope::Envelope;
use super::{Told, about, comment_data, quote};
use crate::connectors::markdown::line;
use crate::model::{Severity, Span, Text, Tone};

fn pull_of<'a>(repo: &Repo, envelope: &'a Envelope) -> Option<(Number, &'a Pull)> {
    let pull = envelope.pull_request.as_ref().filter(|pull| pull.number > 0)?;
    Some((Number { repo: repo.clone(), number: pull.number }, pull))
}

pub(super) fn changed(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let (at, pull) = pull_of(repo, envelope)?;
    let mut data = pull_data(&at, pull);
    if let Some(label) = &envelope.label {
        data.insert("label".to_owned(), label.name.as_str().into());
    }
    let by = who(&envelope.sender);
    let note = |tone, what: String| Some(note(tone, what, &pull.html_url));
    let (action, note) = match envelope.action.as_str() {
        "closed" if pull.is_merged() => {
            let by = pull.merged_by.as_ref().map_or(by, who);
            (Some("merged"), note(Tone::Good, format!("Merged by {by} into {}", line(&pull.base.name, 80))))
        }
        "closed" => (None, note(Tone::Muted, format!("Closed without merging by {by}"))),
        "reopened" => (None, note(Tone::Progress, format!("Reopened by {by}"))),
        "ready_for_review" => (None, note(Tone::Progress, format!("Marked as ready for review by {by}"))),
        "converted_to_draft" => (None, note(Tone::Neutral, format!("Made a draft again by {by}"))),
        "synchronize" => (None, Some(synchronized(envelope, pull, &by))),
        // The card stands there already, and its edit tells nobody: the follow-up tells who is asked.
        "review_requested" => (
            None,
            requested(envelope).and_then(|of| {
                let note = note(Tone::Neutral, format!("{by} asked for a review"))?;
                Some(note.field("Reviewer", Text::new().span(of)))
            }),
        ),
        _ => (None, None),
    };
    let card = Some(pull_card(&at, pull));
    Some(Told { action, time: pull.updated_at, card, note, ..about(&at, data) })
}

fn synchronized(envelope: &Envelope, pull: &Pull, by: &str) -> crate::model::Card {
    let card = note(Tone::Neutral, format!("{by} pushed commits"), &format!("{}/commits", pull.html_url));
    let short = |sha: &str| sha.chars().filter(char::is_ascii_hexdigit).take(7).collect::<String>();
    let (before, after) = (short(&envelope.before), short(&envelope.after));
    if before.is_empty() || after.is_empty() {
        return card;
    }
    card.text(Text::new().code(before).plain(" → ").code(after))
}

fn requested(envelope: &Envelope) -> Option<Span> {
    let team = || envelope.requested_team.as_ref().map(|team| Span::Text(line(&team.name, 60)));
    envelope.requested_reviewer.as_ref().map(mention).or_else(team)
}

pub(super) fn reviewed(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let (at, pull) = pull_of(repo, envelope)?;
    let review = envelope.review.as_ref()?;
    let state = review.state.to_ascii_lowercase();
    let mut data = pull_data(&at, pull);
    data.extend(object(json!({ "review": {
        "state": state, "author": review.user.called(), "url": review.html_url, "is_bot": review.user.is_bot(),
    } })));
    let by = who(&review.user);
    let is_empty = review.body.as_deref().is_none_or(|body| body.trim().is_empty());
    let quote = |tone, title| Some(quote(tone, title, &review.html_url, review.body.as_deref()));
    let (severity, note) = match (envelope.action.as_str(), state.as_str()) {
        ("submitted", "approved") => (Severity::Info, quote(Tone::Good, format!("{by} approved"))),
        ("submitted", "changes_requested") => (Severity::Low, quote(Tone::Warning, format!("{by} requested changes"))),
        // A review without words of its own only holds line comments, and those come by themselves.
        ("submitted", _) if is_empty => (Severity::Info, None),
        ("submitted", _) => (Severity::Info, quote(Tone::Neutral, format!("{by} reviewed"))),
        ("dismissed", _) => {
            let title = format!("{} dismissed the review of {by}", who(&envelope.sender));
            (Severity::Info, Some(note(Tone::Muted, title, &review.html_url)))
        }
        _ => (Severity::Info, None),
    };
    let (time, card) = (review.submitted_at, Some(pull_card(&at, pull)));
    Some(Told { time, severity: Some(severity), card, sparse: true, note, ..about(&at, data) })
}

pub(super) fn line_commented(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let (at, pull) = pull_of(repo, envelope)?;
    let comment = envelope.comment.as_ref()?;
    let mut data = pull_data(&at, pull);
    data.extend(object(json!({ "comment": comment_data(comment) })));
    let place = match (comment.path.as_deref(), comment.line) {
        (Some(path), Some(number)) => format!(" on {}:{number}", line(path, 100)),
        (Some(path), None) => format!(" on {}", line(path, 100)),
        (None, _) => String::new(),
    };
    let title = format!("{} commented{place}", who(&comment.user));
    let note =
        (envelope.action == "created").then(|| quote(Tone::Neutral, title, &comment.html_url, comment.body.as_deref()));
    let time = comment.updated_at.or(comment.created_at);
    Some(Told { time, card: Some(pull_card(&at, pull)), sparse: true, note, ..about(&at, data) })
}
