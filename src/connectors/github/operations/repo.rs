//! `github.repo.*`

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Github;
use super::super::cards::{age, object};
use super::super::client::{segment, with_query};
use super::super::refs::RepoRef;
use super::super::wire::Repository;
use super::list::{check_limit, first, per_page};
use super::signature::login;
use super::ten;
use crate::connectors::markdown::line;
use crate::model::{Action, Block, Card, Fault, FaultKind, Object, Press, Text, Tone};
use crate::operations::{Caller, Operation, Outcome, Spec};

/// List the repositories that I can see, last changed first.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRepos {
    /// Only those of this organisation or user.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.owners"))]
    pub owner: Option<String>,
    /// How many are shown, from 1 to 50.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: u32,
}

impl Operation for ListRepos {
    type On = Github;

    const SPEC: Spec = Spec::new("github.repo.list").positional(&["owner"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let limit = check_limit(self.limit)?;
        let per_page = per_page(limit);
        let query = [("sort", "pushed"), ("direction", "desc"), ("per_page", per_page.as_str())];
        let owner = self.owner.as_deref().map(|owner| login("owner", owner)).transpose()?;
        let shown = match &owner {
            None => {
                first::<Repository>(github, "The repositories", with_query("/user/repos", &query), limit, |_| true)
                    .await?
            }
            Some(owner) => {
                let of = |kind: &str| with_query(&format!("/{kind}/{}/repos", segment(owner)), &query);
                match first(github, owner, of("orgs"), limit, |_| true).await {
                    Err(Fault { kind: FaultKind::NotFound, .. }) => {
                        first(github, owner, of("users"), limit, |_| true).await?
                    }
                    other => other?,
                }
            }
        };
        let title = owner.map_or_else(|| "Repositories".to_owned(), |owner| format!("Repositories of {owner}"));
        let items: Vec<Text> = shown.items.iter().map(|repo| item(repo, by)).collect();
        let card = Card::new(Tone::Neutral, title);
        let card = if items.is_empty() {
            card.text("There are none that the token may see.")
        } else {
            card.block(Block::List { ordered: false, items })
        };
        let card = match shown.rest() {
            Some(rest) => card.text(rest),
            None => card,
        };
        let repositories: Vec<Value> = shown.items.iter().map(|repo| Value::Object(data(repo))).collect();
        let data = object(json!({ "repositories": repositories, "more": shown.more, "open_end": shown.open_end }));
        Ok(Outcome { data, ..Outcome::private(card) })
    }
}

fn item(repo: &Repository, by: &Caller) -> Text {
    let mut rest = String::new();
    if let Some(description) = repo.description.as_deref().filter(|text| !text.is_empty()) {
        rest = format!(" · {}", line(description, 80));
    }
    if let Some(at) = repo.pushed_at.or(repo.updated_at) {
        rest = format!("{rest} · {}", age(at, by.now));
    }
    if repo.archived {
        rest.push_str(" · archived");
    }
    Text::new().link(line(&repo.full_name, 120), &repo.html_url).plain(rest)
}

/// Show one repository.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetRepo {
    /// Repository as `owner/name` or its link; by default the one linked here.
    #[serde(default)]
    pub repository: Option<RepoRef>,
}

impl Operation for GetRepo {
    type On = Github;

    const SPEC: Spec = Spec::new("github.repo.get").positional(&["repository"]);

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let at = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        let repo: Repository = github.api.get(&at.to_string(), &at.path("")).await?;
        if repo.full_name.is_empty() {
            return Err(Fault::unavailable(format!(
                "GitHub's answer about {at} makes no sense. Try again in a moment."
            )));
        }
        let tone = if repo.archived { Tone::Muted } else { Tone::Neutral };
        let visibility = if repo.private { "Private" } else { "Public" };
        let state = if repo.archived { format!("{visibility}, archived") } else { visibility.to_owned() };
        let mut card = Card::new(tone, line(&repo.full_name, 200)).link(&repo.html_url);
        if let Some(description) = repo.description.as_deref().filter(|text| !text.trim().is_empty()) {
            card = card.text(line(description, 350));
        }
        let args = Object::from_iter([("repository".to_owned(), at.to_string().into())]);
        let card = card
            .field("Visibility", state)
            .field("Language", repo.language.as_deref().map(|text| line(text, 40)).unwrap_or_default())
            .field("Default branch", line(&repo.default_branch, 80))
            .field("Open issues and pull requests", repo.open_issues_count.to_string())
            .field("Stars", repo.stargazers_count.to_string())
            .field("Topics", repo.topics.iter().take(8).map(|topic| line(topic, 50)).collect::<Vec<_>>().join(", "))
            .field("Last push", repo.pushed_at.map(|at| Text::new().time(at)).unwrap_or_default())
            .action(Action::run("issues", "Issues", Press::new("github.issue.list", args.clone())))
            .action(Action::run("pulls", "Pull requests", Press::new("github.pr.list", args.clone())))
            .action(Action::run("create", "New issue", Press::new("github.issue.create", args)))
            .action(Action::open("open", "Open on GitHub", &repo.html_url));
        Ok(Outcome { data: data(&repo), ..Outcome::private(card) })
    }
}

fn data(repo: &Repository) -> Object {
    object(json!({
        "repository": repo.full_name, "url": repo.html_url, "description": repo.description, "private": repo.private,
        "archived": repo.archived, "default_branch": repo.default_branch, "language": repo.language,
        "stars": repo.stargazers_count, "open": repo.open_issues_count, "topics": repo.topics,
    }))
}
