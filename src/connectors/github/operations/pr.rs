//! `github.pr.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Github;
use super::super::cards::{age, object, pull_card, pull_data, who};
use super::super::client::with_query;
use super::super::refs::{IssueRef, Number, RepoRef};
use super::super::wire::Pull;
use super::issue::{commented, find_comment, listing, named, post_comment};
use super::list::{check_limit, first, per_page};
use super::{StateFilter, ten};
use crate::connectors::markdown::line;
use crate::model::{Card, Effect, Fault, Text};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// List the pull requests of a repository, newest first.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListPulls {
    /// Repository as `owner/name` or its link; by default the one linked here.
    #[serde(default)]
    pub repository: Option<RepoRef>,
    /// Whether open pull requests are listed, closed ones, or all.
    #[serde(default)]
    pub state: StateFilter,
    /// Only pull requests into this branch.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.branches"))]
    pub base: Option<String>,
    /// How many are shown, from 1 to 50.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
}

impl Operation for ListPulls {
    type On = Github;

    const SPEC: Spec = Spec::new("github.pr.list").positional(&["repository"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        let limit = check_limit(self.limit)?;
        let per_page = per_page(limit);
        let mut query = vec![("state", self.state.as_str()), ("sort", "created"), ("direction", "desc")];
        if let Some(base) = self.base.as_deref() {
            query.push(("base", base));
        }
        query.push(("per_page", &per_page));
        let path = with_query(&repo.path("/pulls"), &query);
        let shown = first::<Pull>(github, &repo.to_string(), path, limit, |_| true).await?;
        let items = shown.items.iter().map(|pull| item(pull, by)).collect();
        let data = shown.items.iter().map(|pull| {
            let at = named(&Number { repo: repo.clone(), number: pull.number }, &pull.html_url, pull.number);
            Value::Object(pull_data(&at, pull))
        });
        let data = object(json!({ "pulls": data.collect::<Vec<_>>(), "more": shown.more, "open_end": shown.open_end }));
        let nothing = format!("No pull request of {repo} fits.");
        let card = listing(github, &repo, "pulls", self.state, items, shown.rest(), nothing);
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

fn item(pull: &Pull, by: &Caller) -> Text {
    let age = pull.created_at.map(|created| format!(" · {}", age(created, by.now))).unwrap_or_default();
    let state = match (pull.is_merged(), pull.state.as_str(), pull.draft) {
        (true, _, _) => " · merged",
        (false, "closed", _) => " · closed",
        (false, _, true) => " · draft",
        _ => "",
    };
    Text::new()
        .link(format!("#{} {}", pull.number, line(&pull.title, 100)), &pull.html_url)
        .plain(format!(" · {}{age}{state}", who(&pull.user)))
}

/// Show one pull request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPull {
    /// Pull request as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.pulls"))]
    pub pr: IssueRef,
}

impl Operation for GetPull {
    type On = Github;

    const SPEC: Spec = Spec::new("github.pr.get").positional(&["pr"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let asked = self.pr.resolve("pr", &github.web, by)?;
        let path = asked.repo.path(&format!("/pulls/{}", asked.number));
        let pull: Pull = github.api.get(&format!("The pull request {asked}"), &path).await?;
        if pull.number == 0 {
            return Err(Fault::unavailable(format!(
                "GitHub's answer about {asked} makes no sense. Try again in a moment."
            )));
        }
        let at = named(&asked, &pull.html_url, pull.number);
        // Who looks something up asks for themselves: no living card is made of it.
        let card = Card { key: None, ..pull_card(&at, &pull) };
        Ok(Outcome { data: pull_data(&at, &pull), ..Outcome::private(card) })
    }
}

/// Comment on a pull request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentPull {
    /// Pull request as `owner/name#12`, its link, or `#12` in a linked channel.
    #[schemars(extend("x-complete" = "github.open_pulls"))]
    pub pr: IssueRef,
    /// What to say, in GitHub's Markdown.
    #[schemars(extend("x-widget" = "long"))]
    pub text: String,
}

impl Operation for CommentPull {
    type On = Github;

    const SPEC: Spec = Spec::new("github.pr.comment").positional(&["pr", "text"]).rest().effect(Effect::Change);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = self.pr.resolve("pr", &github.web, by)?;
        let comment = post_comment(github, &at, "text", &self.text, by).await?;
        Ok(commented(&at, &comment))
    }

    async fn find(&self, github: &Github, by: &Caller) -> Result<Found, Fault> {
        find_comment(github, &self.pr.resolve("pr", &github.web, by)?, by).await
    }
}
