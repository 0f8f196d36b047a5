//! Looking at issues.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::super::Github;
use super::super::super::cards::{age, at_name, issue_data, object, who};
use super::super::super::client::with_query;
use super::super::super::refs::{IssueRef, Number, Repo, RepoRef};
use super::super::super::wire::Issue;
use super::super::list::{check_limit, first, per_page};
use super::super::signature::login;
use super::super::{StateFilter, ten};
use super::{card_of, named};
use crate::connectors::markdown::line;
use crate::model::{Action, Block, Card, Fault, Object, Press, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// List the issues of a repository, newest first.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListIssues {
    /// Repository as `owner/name` or its link; by default the one linked here.
    #[serde(default)]
    pub repository: Option<RepoRef>,
    /// Whether open issues are listed, closed ones, or all.
    #[serde(default)]
    pub state: StateFilter,
    /// Only issues with all of these labels.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.labels"))]
    pub labels: Vec<String>,
    /// Only issues of this GitHub user; `none` for those of nobody.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.assignees"))]
    pub assignee: Option<String>,
    /// How many are shown, from 1 to 50.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
}

impl Operation for ListIssues {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.list").positional(&["repository"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        let limit = check_limit(self.limit)?;
        let (labels, per_page) = (self.labels.join(","), per_page(limit));
        let mut query = vec![("state", self.state.as_str()), ("sort", "created"), ("direction", "desc")];
        if !labels.is_empty() {
            query.push(("labels", &labels));
        }
        let assignee = self.assignee.as_deref().map(|written| login("assignee", written)).transpose()?;
        if let Some(assignee) = &assignee {
            query.push(("assignee", assignee));
        }
        query.push(("per_page", &per_page));
        let path = with_query(&repo.path("/issues"), &query);
        let shown =
            first::<Issue>(github, &repo.to_string(), path, limit, |issue| issue.pull_request.is_none()).await?;
        let nothing = if self.labels.is_empty() && assignee.is_none() {
            format!("{repo} has no {} issues.", self.state.as_str()).replace(" all ", " ")
        } else {
            format!("No issue of {repo} fits.")
        };
        let items = shown.items.iter().map(|issue| item(issue, by)).collect::<Vec<_>>();
        let data = shown.items.iter().map(|issue| {
            let at = named(&Number { repo: repo.clone(), number: issue.number }, &issue.html_url, issue.number);
            Value::Object(issue_data(&at, issue))
        });
        let data =
            object(json!({ "issues": data.collect::<Vec<_>>(), "more": shown.more, "open_end": shown.open_end }));
        let card = listing(github, &repo, "issues", self.state, items, shown.rest(), nothing);
        let args = Object::from_iter([("repository".to_owned(), repo.to_string().into())]);
        let card = card.action(Action::run("create", "New issue", Press::new("github.issue.create", args)));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

/// `#12 title · @who · 3 d`
fn item(issue: &Issue, by: &Caller) -> Text {
    let who = match issue.assignees.first() {
        Some(first) => at_name(first.called()),
        None => who(&issue.user),
    };
    let age = issue.created_at.map(|created| format!(" · {}", age(created, by.now))).unwrap_or_default();
    Text::new()
        .link(format!("#{} {}", issue.number, line(&issue.title, 100)), &issue.html_url)
        .plain(format!(" · {who}{age}"))
}

/// The card of a list of issues or pull requests.
pub(in super::super) fn listing(
    github: &Github,
    repo: &Repo,
    kind: &str,
    state: StateFilter,
    items: Vec<Text>,
    rest: Option<String>,
    nothing: String,
) -> Card {
    let state = match state {
        StateFilter::Open => "Open ",
        StateFilter::Closed => "Closed ",
        StateFilter::All => "All ",
    };
    let called = if kind == "pulls" { "pull requests" } else { kind };
    let link = format!("{}/{repo}/{kind}", github.web.as_str().trim_end_matches('/'));
    let card = Card::new(Tone::Neutral, format!("{state}{called} of {repo}")).link(&link);
    let card = if items.is_empty() { card.text(nothing) } else { card.block(Block::List { ordered: false, items }) };
    let card = match rest {
        Some(rest) => card.text(rest),
        None => card,
    };
    card.action(Action::open("open", "Open on GitHub", link))
}

/// Show one issue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetIssue {
    /// Issue as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.issues"))]
    pub issue: IssueRef,
}

impl Operation for GetIssue {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.get").positional(&["issue"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.issue.resolve("issue", &github.web, by)?;
        let issue: Issue = github.api.get(&at.to_string(), &at.issue_path("")).await?;
        if issue.number == 0 {
            return Err(Fault::unavailable(format!(
                "GitHub's answer about {at} makes no sense. Try again in a moment."
            )));
        }
        let (card, data) = card_of(github, &at, issue).await;
        // Who looks something up asks for themselves: no living card is made of it.
        Ok(Outcome { data, ..Outcome::private(Card { key: None, ..card }) })
    }
}
