//! Opening an issue, once.

use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::super::client::with_query;
use super::super::super::refs::{Number, Repo, RepoRef};
use super::super::super::wire::{Issue, Milestone};
use super::super::super::{Github, shown};
use super::super::signature::{carries, check_length, iso, login, signed, since};
use super::changed;
use crate::connectors::markdown::line;
use crate::model::{Effect, Fault};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// The longest title that GitHub takes, in characters.
const LONGEST_TITLE: usize = 256;
/// How many pages of a hundred issues a look-up reads.
const PAGES: usize = 5;

/// Create an issue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateIssue {
    /// What it is about, in one line.
    pub title: String,
    /// Repository as `owner/name` or its link; by default the one linked here.
    #[serde(default)]
    pub repository: Option<RepoRef>,
    /// The details, in GitHub's Markdown.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long"))]
    pub body: Option<String>,
    /// Labels to put on it.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.labels"))]
    pub labels: Vec<String>,
    /// GitHub users to assign it to.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.assignees"))]
    pub assignees: Vec<String>,
    /// Milestone, by its title or number.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.milestones"))]
    pub milestone: Option<String>,
}

impl Operation for CreateIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.create").positional(&["title"]).rest().effect(Effect::Change);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        let draft = Draft {
            title: &self.title,
            body: ("body", self.body.as_deref().unwrap_or_default()),
            labels: &self.labels,
            assignees: &self.assignees,
            milestone: self.milestone.as_deref(),
        };
        draft.create(github, repo, by).await
    }

    async fn find(&self, github: &Github, by: &Caller) -> Result<Found, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        find_created(github, repo, by).await
    }
}

/// An issue that is to be opened.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub title: &'a str,
    /// The text in GitHub's Markdown, and the parameter that it came from.
    pub body: (&'a str, &'a str),
    pub labels: &'a [String],
    pub assignees: &'a [String],
    pub milestone: Option<&'a str>,
}

impl Draft<'_> {
    /// Opens it, with the marker of this call.
    pub(super) async fn create(self, github: &Github, repo: Repo, by: &Caller) -> Result<Outcome, Fault> {
        let title = check_title(self.title)?;
        let (field, body) = self.body;
        check_length(field, body)?;
        let mut wanted = json!({ "title": title, "body": signed(body, by) });
        if !self.labels.is_empty() {
            wanted["labels"] = check_labels(self.labels)?.into();
        }
        if !self.assignees.is_empty() {
            wanted["assignees"] = logins(self.assignees)?.into();
        }
        if let Some(milestone) = self.milestone {
            wanted["milestone"] = milestone_number(github, &repo, milestone).await?.into();
        }
        let what = format!("{repo}");
        let issue: Issue = github.api.send(Method::POST, &what, &repo.path("/issues"), &wanted).await?;
        let at = Number { repo, number: issue.number };
        changed(github, &at, issue).await
    }
}

/// Looks for the issue that this call may have opened.
pub(super) async fn find_created(github: &Github, repo: Repo, by: &Caller) -> Result<Found, Fault> {
    let (what, marker, since) = (repo.to_string(), by.marker(), since(by));
    let mut path = with_query(
        &repo.path("/issues"),
        &[("state", "all"), ("sort", "created"), ("direction", "desc"), ("since", &iso(since)), ("per_page", "100")],
    );
    for _ in 0..PAGES {
        let page = github.api.page::<Issue>(&what, &path).await?;
        // Newest first: behind the first older one there are only older ones.
        let over = page.items.iter().any(|issue| issue.created_at.is_some_and(|created| created < since));
        if let Some(issue) = page.items.into_iter().find(|issue| carries(issue.body.as_deref(), &marker)) {
            let at = Number { repo, number: issue.number };
            return Ok(Found::Happened(Box::new(changed(github, &at, issue).await?)));
        }
        match page.next {
            Some(next) if !over => path = next,
            _ => return Ok(Found::Absent),
        }
    }
    Ok(Found::CannotTell)
}

/// A title that GitHub takes.
pub(super) fn check_title(title: &str) -> Result<String, Fault> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = title.chars().count();
    if title.is_empty() {
        return Err(Fault::bad_input("title", "The title is empty; say in one line what it is about."));
    }
    if length > LONGEST_TITLE {
        return Err(Fault::bad_input(
            "title",
            format!(
                "The title has {length} characters, GitHub takes {LONGEST_TITLE}; shorten it and put the rest in the body."
            ),
        ));
    }
    Ok(title)
}

/// Labels that could exist.
pub(super) fn check_labels(labels: &[String]) -> Result<Vec<String>, Fault> {
    let mut wanted: Vec<String> = Vec::new();
    for label in labels {
        let label = label.trim();
        if label.is_empty() || label.chars().count() > 50 {
            return Err(Fault::bad_input(
                "labels",
                format!("`{}` is no label; a label has 1 to 50 characters.", shown(label)),
            ));
        }
        if !wanted.iter().any(|other| other.eq_ignore_ascii_case(label)) {
            wanted.push(label.to_owned());
        }
    }
    Ok(wanted)
}

/// GitHub users as GitHub writes them, each once.
pub(super) fn logins(written: &[String]) -> Result<Vec<String>, Fault> {
    let mut wanted: Vec<String> = Vec::new();
    for written in written {
        let login = login("assignees", written)?;
        if !wanted.iter().any(|other| other.eq_ignore_ascii_case(&login)) {
            wanted.push(login);
        }
    }
    Ok(wanted)
}

/// The number of a milestone, which GitHub wants; people know its title.
pub(super) async fn milestone_number(github: &Github, repo: &Repo, written: &str) -> Result<u64, Fault> {
    let written = written.trim();
    let path = with_query(&repo.path("/milestones"), &[("state", "all"), ("per_page", "100")]);
    let page = github.api.page::<Milestone>(&repo.to_string(), &path).await?;
    let by_title = page.items.iter().find(|milestone| milestone.title.eq_ignore_ascii_case(written));
    let by_number = || page.items.iter().find(|milestone| milestone.number.to_string() == written);
    if let Some(milestone) = by_title.or_else(by_number) {
        return Ok(milestone.number);
    }
    // Beyond the first hundred only a number can be meant.
    if let (Some(_), Ok(number)) = (&page.next, written.parse()) {
        return Ok(number);
    }
    let known =
        page.items.iter().take(10).map(|milestone| format!("`{}`", line(&milestone.title, 60))).collect::<Vec<_>>();
    let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    Err(Fault::bad_input("milestone", format!("{repo} has no milestone `{}`; {known}.", shown(written))))
}

/// For an update: `null` where there is to be none.
pub(super) async fn milestone_value(github: &Github, repo: &Repo, written: &str) -> Result<Value, Fault> {
    if written.trim().eq_ignore_ascii_case("none") {
        return Ok(Value::Null);
    }
    milestone_number(github, repo, written).await.map(Value::from)
}
