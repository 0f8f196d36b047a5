//! Changing what an issue says, its labels and who does it.

use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::super::Github;
use super::super::super::client::segment;
use super::super::super::refs::IssueRef;
use super::super::super::wire::Issue;
use super::super::signature::check_length;
use super::changed;
use super::create::{check_labels, check_title, logins, milestone_value};
use crate::model::{Effect, Fault, FaultKind};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// Change the title, text, labels, assignees or milestone of an issue.
///
/// What is not given stays as it is. Labels and assignees replace the ones that are there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.issues"))]
    pub issue: IssueRef,
    /// The new title.
    #[serde(default)]
    pub title: Option<String>,
    /// The new text, in GitHub's Markdown.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long"))]
    pub body: Option<String>,
    /// The labels it is to have, and no others.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.labels"))]
    pub labels: Option<Vec<String>>,
    /// The GitHub users it is to be assigned to, and no others.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.assignees"))]
    pub assignees: Option<Vec<String>>,
    /// The milestone, by its title or number; `none` takes it off.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.milestones"))]
    pub milestone: Option<String>,
}

impl Operation for UpdateIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.update").positional(&["issue"]).effect(Effect::Change).idempotent();

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let mut wanted = Map::new();
        if let Some(title) = &self.title {
            wanted.insert("title".to_owned(), check_title(title)?.into());
        }
        if let Some(body) = self.body {
            check_length("body", &body)?;
            wanted.insert("body".to_owned(), body.into());
        }
        if let Some(labels) = &self.labels {
            wanted.insert("labels".to_owned(), check_labels(labels)?.into());
        }
        let assignees = self.assignees.as_deref().map(logins).transpose()?;
        if let Some(assignees) = &assignees {
            wanted.insert("assignees".to_owned(), assignees.clone().into());
        }
        if let Some(milestone) = &self.milestone {
            wanted.insert("milestone".to_owned(), milestone_value(github, &at.repo, milestone).await?);
        }
        if wanted.is_empty() {
            return Err(Fault::new(
                FaultKind::BadInput { field: None },
                format!("Nothing is to change on {at}; give a title, body, labels, assignees or milestone."),
            ));
        }
        let issue: Issue =
            github.api.send(Method::PATCH, &at.to_string(), &at.issue_path(""), &Value::Object(wanted)).await?;
        check_assigned(&at.to_string(), assignees.as_deref().unwrap_or_default(), &issue)?;
        changed(github, &at, issue).await
    }
}

/// Put labels on an issue, or take them off.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.issues"))]
    pub issue: IssueRef,
    /// The labels.
    #[schemars(extend("x-complete" = "github.labels"))]
    pub labels: Vec<String>,
    /// Take them off instead of putting them on.
    #[serde(default)]
    pub remove: bool,
}

impl Operation for LabelIssue {
    type On = Github;

    const SPEC: Spec =
        Spec::new("github.issue.label").positional(&["issue", "labels"]).effect(Effect::Change).idempotent();

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let (what, labels) = (at.to_string(), check_labels(&self.labels)?);
        if labels.is_empty() {
            return Err(Fault::bad_input("labels", "No label is given; write one or more, with commas between."));
        }
        if self.remove {
            for label in &labels {
                let path = at.issue_path(&format!("/labels/{}", segment(label)));
                match github.api.delete(&what, &path, None).await {
                    // A label that is not on it is off; an issue that is not there shows below.
                    Ok(()) | Err(Fault { kind: FaultKind::NotFound, .. }) => {}
                    Err(fault) => return Err(fault),
                }
            }
        } else {
            let body = json!({ "labels": labels });
            let _: Value = github.api.send(Method::POST, &what, &at.issue_path("/labels"), &body).await?;
        }
        // GitHub answers with the labels alone; the card needs the whole issue.
        let issue: Issue = github.api.get(&what, &at.issue_path("")).await?;
        changed(github, &at, issue).await
    }
}

/// Assign an issue to GitHub users, or take it from them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.open_issues"))]
    pub issue: IssueRef,
    /// The GitHub users.
    #[schemars(extend("x-complete" = "github.assignees"))]
    pub assignees: Vec<String>,
    /// Take it from them instead of giving it to them.
    #[serde(default)]
    pub remove: bool,
}

impl Operation for AssignIssue {
    type On = Github;

    const SPEC: Spec =
        Spec::new("github.issue.assign").positional(&["issue", "assignees"]).effect(Effect::Change).idempotent();

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let (what, wanted) = (at.to_string(), logins(&self.assignees)?);
        if wanted.is_empty() {
            return Err(Fault::bad_input(
                "assignees",
                "Nobody is given; write one or more GitHub users, with commas between.",
            ));
        }
        let method = if self.remove { Method::DELETE } else { Method::POST };
        let body = json!({ "assignees": wanted });
        let issue: Issue = github.api.send(method, &what, &at.issue_path("/assignees"), &body).await?;
        if !self.remove {
            check_assigned(&what, &wanted, &issue)?;
        }
        changed(github, &at, issue).await
    }
}

/// GitHub says nothing of people it did not assign; who asked should not have to find out.
fn check_assigned(what: &str, wanted: &[String], issue: &Issue) -> Result<(), Fault> {
    let is_there = |wanted: &String| issue.assignees.iter().any(|user| user.login.eq_ignore_ascii_case(wanted));
    let missing: Vec<&str> = wanted.iter().filter(|wanted| !is_there(wanted)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Fault::bad_input(
        "assignees",
        format!(
            "GitHub did not assign {what} to {}: they have no access to it. Everything else was done; give them \
             access, or name somebody else.",
            missing.join(", ")
        ),
    ))
}
