//! `github.issue.*`

mod comment;
mod create;
mod edit;
mod from_message;
mod read;
mod state;

use super::super::Github;
use super::super::cards::{issue_card, issue_data, pull_card, pull_data};
use super::super::refs::{IssueRef, Number};
use super::super::wire::{Issue, Pull};
use crate::model::{Card, Fault, Object};
use crate::operations::Outcome;

pub use comment::CommentIssue;
pub(super) use comment::{commented, find_comment, post_comment};
pub use create::CreateIssue;
pub use edit::{AssignIssue, LabelIssue, UpdateIssue};
pub(super) use from_message::CreateFromMessage;
pub(super) use read::listing;
pub use read::{GetIssue, ListIssues};
pub use state::{CloseIssue, Reason, ReopenIssue};

/// The issue as GitHub itself names it: people write `Acme/API#12`, and the living card has but one key.
pub(super) fn named(asked: &Number, html_url: &str, number: u64) -> Number {
    html_url
        .parse::<IssueRef>()
        .ok()
        .and_then(|link| link.plain())
        .filter(|link| link.number == number)
        .unwrap_or_else(|| asked.clone())
}

/// The living card of what an issue's number stands for: GitHub's pull requests are issues, too.
async fn card_of(github: &Github, asked: &Number, issue: Issue) -> (Card, Object) {
    let at = named(asked, &issue.html_url, issue.number);
    if issue.pull_request.is_none() {
        return (issue_card(&at, &issue), issue_data(&at, &issue));
    }
    let path = at.repo.path(&format!("/pulls/{}", at.number));
    if let Ok(pull) = github.api.get::<Pull>(&at.to_string(), &path).await {
        return (pull_card(&at, &pull), pull_data(&at, &pull));
    }
    // What was done is done; a card with half the facts must only not replace the living one.
    let pull = Pull::of_issue(issue);
    (Card { key: None, ..pull_card(&at, &pull) }, pull_data(&at, &pull))
}

/// The outcome of a change: the living card.
async fn changed(github: &Github, asked: &Number, issue: Issue) -> Result<Outcome, Fault> {
    if issue.number == 0 {
        return Err(Fault::unknown(format!(
            "GitHub's answer about {asked} makes no sense, so it may have happened. Look there before doing it again."
        )));
    }
    let as_of = issue.updated_at;
    let (card, data) = card_of(github, asked, issue).await;
    Ok(Outcome { as_of, data, ..Outcome::public(card) })
}
