//! Closing and reopening.

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::super::Github;
use super::super::super::refs::IssueRef;
use super::super::super::wire::Issue;
use super::super::signature::{Sought, sought_comment};
use super::{changed, post_comment};
use crate::model::{Effect, Fault};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Why an issue is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Reason {
    /// It is done.
    #[default]
    #[serde(alias = "done")]
    Completed,
    /// It will not be done.
    NotPlanned,
    /// There is another one for it.
    Duplicate,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::NotPlanned => "not_planned",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Close an issue, optionally saying why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.open_issues"))]
    pub issue: IssueRef,
    /// Why it is closed.
    #[serde(default)]
    pub reason: Reason,
    /// Text to post before closing, in GitHub's Markdown.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long"))]
    pub comment: Option<String>,
}

impl Operation for CloseIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.close").positional(&["issue"]).effect(Effect::Change).idempotent();

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        if let Some(comment) = self.comment.as_deref().filter(|comment| !comment.trim().is_empty()) {
            // A call that is run again must not say the same thing again, so it looks before it speaks.
            match sought_comment(github, &at, by).await? {
                Sought::Found(_) => {}
                Sought::Absent => {
                    post_comment(github, &at, "comment", comment, by).await?;
                }
                Sought::TooMany => {
                    return Err(Fault::conflict(format!(
                        "{at} has so many new comments that I cannot tell whether this one is there already. \
                         Close it without a comment, or comment first."
                    )));
                }
            }
        }
        let body = json!({ "state": "closed", "state_reason": self.reason.as_str() });
        let issue: Issue = github.api.send(Method::PATCH, &at.to_string(), &at.issue_path(""), &body).await?;
        changed(github, &at, issue).await
    }
}

/// Reopen a closed issue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.closed_issues"))]
    pub issue: IssueRef,
}

impl Operation for ReopenIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.reopen").positional(&["issue"]).effect(Effect::Change).idempotent();

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let body = json!({ "state": "open", "state_reason": "reopened" });
        let issue: Issue = github.api.send(Method::PATCH, &at.to_string(), &at.issue_path(""), &body).await?;
        changed(github, &at, issue).await
    }
}
