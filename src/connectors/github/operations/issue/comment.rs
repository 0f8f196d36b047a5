//! Commenting on an issue or pull request, once.

use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::super::super::Github;
use super::super::super::cards::object;
use super::super::super::refs::{IssueRef, Number};
use super::super::super::wire::Comment;
use super::super::signature::{Sought, check_length, signed, sought_comment};
use super::named;
use crate::connectors::markdown;
use crate::model::{Block, Card, Effect, Fault, Tone};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// Comment on an issue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.issues"))]
    pub issue: IssueRef,
    /// What to say, in GitHub's Markdown.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for CommentIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.comment").positional(&["issue", "text"]).rest().effect(Effect::Change);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let comment = post_comment(github, &at, "text", &self.text, by).await?;
        Ok(commented(&at, &comment))
    }

    async fn find(&self, github: &Github, by: &Caller) -> Result<Found, Fault> {
        find_comment(github, &self.issue.resolve("issue", &github.web, by)?, by).await
    }
}

/// Posts a comment, signed with the call's marker.
pub(in super::super) async fn post_comment(
    github: &Github,
    at: &Number,
    field: &str,
    text: &str,
    by: &Caller,
) -> Result<Comment, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::bad_input(field, "The comment is empty; write what to say."));
    }
    check_length(field, text)?;
    let body = json!({ "body": signed(text, by) });
    let comment: Comment = github.api.send(Method::POST, &at.to_string(), &at.issue_path("/comments"), &body).await?;
    if comment.id == 0 {
        return Err(Fault::unknown(format!(
            "GitHub's answer about {at} makes no sense, so the comment may be there. Look before writing it again."
        )));
    }
    Ok(comment)
}

/// Looks up whether this call has commented already.
pub(in super::super) async fn find_comment(github: &Github, at: &Number, by: &Caller) -> Result<Found, Fault> {
    Ok(match sought_comment(github, at, by).await? {
        Sought::Found(comment) => Found::Happened(Box::new(commented(at, &comment))),
        Sought::Absent => Found::Absent,
        Sought::TooMany => Found::CannotTell,
    })
}

/// The answer to who commented. The others learn of it from GitHub's webhook.
pub(in super::super) fn commented(at: &Number, comment: &Comment) -> Outcome {
    let at = named(at, comment.html_url.split('#').next().unwrap_or_default(), at.number);
    let card = Card::new(Tone::Good, format!("Commented on {at}"));
    let card = if comment.html_url.is_empty() { card } else { card.link(&comment.html_url) };
    let said = markdown::text(comment.body.as_deref().unwrap_or_default(), 300);
    let card = if said.is_empty() { card } else { card.block(Block::Quote(said)) };
    let data = object(json!({ "issue": at.to_string(), "comment": comment.id, "url": comment.html_url }));
    Outcome { data, ..Outcome::private(card) }
}
