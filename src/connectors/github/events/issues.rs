//! `issues` and `issue_comment`.

use serde_json::json;

use super::super::cards::{issue_card, issue_data, note, object, pull_card, pull_data, who};
use super::super::refs::{Number, Repo};
use super::super::wire::{Issue, Pull};
use super::envelope::Envelope;
use super::{Told, about, call, comment_data, quote};
use crate::model::{Card, Object, Tone};

pub(super) fn changed(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let issue = envelope.issue.as_ref().filter(|issue| issue.number > 0)?;
    let at = Number { repo: repo.clone(), number: issue.number };
    let mut data = issue_data(&at, issue);
    if let Some(label) = &envelope.label {
        data.insert("label".to_owned(), label.name.as_str().into());
    }
    if let Some(assignee) = &envelope.assignee {
        data.insert("assignee".to_owned(), assignee.called().into());
    }
    if let Some(call) = call(issue.body.as_deref()) {
        data.insert("call".to_owned(), call.into());
    }
    let card = issue_card(&at, issue);
    let by = who(&envelope.sender);
    let note = |tone, what: String| Some(note(tone, what, &issue.html_url));
    let (card, note) = match envelope.action.as_str() {
        "closed" => {
            let why = match issue.state_reason.as_deref() {
                Some("not_planned") => " as not planned",
                Some("duplicate") => " as duplicate",
                Some("completed") => " as completed",
                _ => "",
            };
            (card.clone(), note(card.tone, format!("Closed by {by}{why}")))
        }
        "reopened" => (card, note(Tone::Neutral, format!("Reopened by {by}"))),
        "transferred" => (gone(card), note(Tone::Muted, format!("Transferred to another repository by {by}"))),
        "deleted" => (gone(card), note(Tone::Muted, format!("Deleted by {by}"))),
        _ => (card, None),
    };
    Some(Told { time: issue.updated_at, card: Some(card), note, ..about(&at, data) })
}

pub(super) fn commented(repo: &Repo, envelope: &Envelope) -> Option<Told> {
    let issue = envelope.issue.as_ref().filter(|issue| issue.number > 0)?;
    let comment = envelope.comment.as_ref()?;
    let at = Number { repo: repo.clone(), number: issue.number };
    let (card, mut data) = card_of(&at, issue);
    data.insert("on_pull_request".to_owned(), issue.pull_request.is_some().into());
    data.extend(object(json!({ "comment": comment_data(comment) })));
    let title = format!("{} commented", who(&comment.user));
    // An edited or deleted comment changes the count at most; the old words stay in the thread as they were said.
    let note =
        (envelope.action == "created").then(|| quote(Tone::Neutral, title, &comment.html_url, comment.body.as_deref()));
    let sparse = issue.pull_request.is_some();
    Some(Told { time: comment.updated_at.or(comment.created_at), card: Some(card), sparse, note, ..about(&at, data) })
}

/// A comment's issue may be a pull request, of which only the half that is an issue is told.
fn card_of(at: &Number, issue: &Issue) -> (Card, Object) {
    if issue.pull_request.is_some() {
        let pull = Pull::of_issue(issue.clone());
        (pull_card(at, &pull), pull_data(at, &pull))
    } else {
        (issue_card(at, issue), issue_data(at, issue))
    }
}

/// The card of what is no longer there: nothing can be done with it.
fn gone(mut card: Card) -> Card {
    card.tone = Tone::Muted;
    card.actions.clear();
    card.fields.retain(|field| field.label != "State");
    card
}
