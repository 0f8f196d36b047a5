//! A few operations for this room's tests.

pub(super) mod further;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Caller, Declaration, Found, Operation, Outcome, Preview, Registry, Spec, declare};
use crate::model::{Card, Effect, Fault, Object, Tone};

/// What the sample operations work on: it remembers nothing and answers everything.
pub(super) struct Desk;

/// An issue as people write it. Not what a field says of itself.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct IssueRef(#[expect(dead_code, reason = "only its reading matters")] String);

impl TryFrom<String> for IssueRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('#') || text.starts_with("https://") {
            return Ok(Self(text));
        }
        Err(format!("`{text}` is no issue; write `owner/name#12`"))
    }
}

impl JsonSchema for IssueRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IssueRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "An issue.", "x-subject": "github:(*/*#*)" })
    }
}

/// Why something is closed.
#[derive(Debug, Default, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    /// It is finished.
    #[default]
    Done,
    /// Nobody will do it.
    NotPlanned,
    /// Another issue says the same.
    Duplicate,
}

/// How grave.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    High,
    /// Some day.
    Low,
}

macro_rules! runs {
    ($name:ident, $spec:expr) => {
        impl Operation for $name {
            type On = Desk;
            const SPEC: Spec = $spec;

            async fn run(self, _: &Desk, by: &Caller) -> Result<Outcome, Fault> {
                Ok(Outcome::public(Card::new(Tone::Good, format!("{} for {}", Self::SPEC.name, by.actor.name()))))
            }

            async fn find(&self, _: &Desk, _: &Caller) -> Result<Found, Fault> {
                Ok(Found::Absent)
            }

            async fn preview(&self, _: &Desk, _: &Caller) -> Result<Option<Preview>, Fault> {
                Ok(Some(Preview::new(Card::new(Tone::Warning, Self::SPEC.name))))
            }
        }
    };
}

/// Close an issue, optionally saying why. It can be opened again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct CloseIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.open_issues"))]
    pub(super) issue: IssueRef,
    /// Why it is closed.
    #[serde(default)]
    pub(super) reason: Reason,
    /// Text to post before closing.
    #[schemars(extend("x-widget" = "long"))]
    pub(super) comment: Option<String>,
}
runs!(CloseIssue, Spec::new("github.issue.close").positional(&["issue"]).effect(Effect::Change).idempotent());

/// Create an issue in a repository.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct CreateIssue {
    /// What it is about, in one line.
    title: String,
    /// Repository as `owner/name`; the channel's own if not said.
    repository: Option<String>,
    /// What happened,
    /// in detail.
    #[schemars(extend("x-widget" = "long"))]
    body: Option<String>,
    /// Labels to put on it.
    #[serde(default)]
    labels: Vec<String>,
    /// How grave it is.
    grade: Option<Grade>,
    /// Milestone by number.
    #[schemars(range(min = 1, max = 500))]
    milestone: Option<u32>,
    /// Whether it is a draft.
    #[serde(default)]
    draft: bool,
    /// Whether those named in it hear of it.
    #[serde(default = "yes")]
    notify: bool,
}
runs!(CreateIssue, Spec::new("github.issue.create").positional(&["title"]).effect(Effect::Change));

fn yes() -> bool {
    true
}

/// List issues.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct ListIssues {
    /// Repository as `owner/name`.
    repository: Option<String>,
    /// Only those of these grades.
    #[serde(default)]
    grades: Vec<Grade>,
    /// How many.
    limit: Option<u8>,
}
runs!(ListIssues, Spec::new("github.issue.list").positional(&["repository"]));

/// Put labels on an issue.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct LabelIssue {
    /// Issue as `owner/name#12`.
    issue: IssueRef,
    /// The labels.
    labels: Vec<String>,
}
runs!(LabelIssue, Spec::new("github.issue.label").positional(&["issue", "labels"]).effect(Effect::Change));

/// Run a workflow.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct RunWorkflow {
    /// The workflow's file, such as `deploy.yml`.
    workflow: String,
    /// Its inputs.
    #[serde(default)]
    inputs: std::collections::BTreeMap<String, String>,
    /// How long to wait at most, in hours.
    hours: Option<f64>,
    /// Runs to cancel first.
    #[serde(default)]
    cancel: Vec<u64>,
    /// Anything else.
    extra: Option<Object>,
}
runs!(RunWorkflow, Spec::new("github.workflow.run").positional(&["workflow"]).effect(Effect::Change));

/// Delete a branch for good.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct DeleteBranch {
    /// The branch's name.
    branch: String,
}
runs!(DeleteBranch, Spec::new("github.branch.delete").positional(&["branch"]).effect(Effect::Destroy));

/// List the issues of a project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListTickets {}
runs!(ListTickets, Spec::new("jira.issue.list"));

/// Tell this channel of events.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema and its reading matter")]
pub(super) struct Subscribe {
    /// Which events, such as `github.issues.* repository=acme/api`.
    filter: String,
    /// Whether threads are kept quiet.
    #[serde(default)]
    quiet: bool,
}
runs!(
    Subscribe,
    Spec::new("quarterdeck.subscription.create")
        .positional(&["filter"])
        .effect(Effect::Change)
        .rest()
        .aliases(&["subscribe", "sub"])
);

/// Take a press. Only for buttons.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Hidden {}
runs!(Hidden, Spec::new("quarterdeck.press.take").hidden());

/// All of them.
pub(super) fn declarations() -> Vec<Declaration> {
    let desk = Arc::new(Desk);
    vec![
        declare::<CloseIssue>(&desk),
        declare::<CreateIssue>(&desk),
        declare::<ListIssues>(&desk),
        declare::<LabelIssue>(&desk),
        declare::<RunWorkflow>(&desk),
        declare::<DeleteBranch>(&desk),
        declare::<ListTickets>(&desk),
        declare::<Subscribe>(&desk),
        declare::<Hidden>(&desk),
    ]
}

/// A registry of all of them.
pub(super) fn registry() -> Registry {
    Registry::new(declarations()).expect("the sample operations are sound")
}
