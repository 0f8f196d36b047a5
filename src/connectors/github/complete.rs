//! How what somebody types for GitHub might go on: repositories, issues, pull requests, labels, people and the like.
//!
//! It asks little: one page a list, kept and asked for anew only after a moment, and then only whether it changed. What is
//! not on that page is searched for, once enough of it was typed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::Github;
use super::client::with_query;
use super::refs::{DEFAULT_REPOSITORY, IssueRef, Repo, RepoRef};
use super::wire::{Issue, Label, Milestone, Pull, Repository, User};
use crate::connectors::markdown::line;
use crate::model::{Choice, Fault};
use crate::operations::{Asked, Completer, likeliest, likeliest_of_several};

/// A list is not asked for again so soon: people type several letters a second.
const FRESH: SignedDuration = SignedDuration::from_secs(15);
/// So many lists are kept.
const KEPT: usize = 200;
/// With fewer letters a search finds anything.
const LEAST_SEARCHED: usize = 3;

/// What can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Repositories,
    Owners,
    /// Issues in this state.
    Issues(&'static str),
    /// Pull requests in this state.
    Pulls(&'static str),
    Branches,
    Labels,
    Assignees,
    Milestones,
}

impl What {
    /// By the name after `github.`.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "repositories" => Self::Repositories,
            "owners" => Self::Owners,
            "issues" => Self::Issues("all"),
            "open_issues" => Self::Issues("open"),
            "closed_issues" => Self::Issues("closed"),
            "pulls" => Self::Pulls("all"),
            "open_pulls" => Self::Pulls("open"),
            "branches" => Self::Branches,
            "labels" => Self::Labels,
            "assignees" => Self::Assignees,
            "milestones" => Self::Milestones,
            _ => return None,
        })
    }

    /// The list that it is in; the newest or the whole of it, in one page.
    fn path(self, repo: Option<&Repo>) -> Option<String> {
        let newest = |below: &str, state: &str| {
            let query = [("state", state), ("sort", "updated"), ("direction", "desc"), ("per_page", "100")];
            Some(with_query(&repo?.path(below), &query))
        };
        let whole = |below: &str| Some(with_query(&repo?.path(below), &[("per_page", "100")]));
        match self {
            Self::Repositories | Self::Owners => {
                Some(with_query("/user/repos", &[("sort", "pushed"), ("direction", "desc"), ("per_page", "100")]))
            }
            Self::Issues(state) => newest("/issues", state),
            Self::Pulls(state) => newest("/pulls", state),
            Self::Branches => whole("/branches"),
            Self::Labels => whole("/labels"),
            Self::Assignees => whole("/assignees"),
            Self::Milestones => Some(with_query(&repo?.path("/milestones"), &[("state", "open"), ("per_page", "100")])),
        }
    }

    /// One entry of the list as a choice.
    fn choice(self, repo: Option<&Repo>, entry: Value) -> Option<Choice> {
        let plain = |text: String| Choice { label: line(&text, 90), value: text };
        let numbered = |number: u64, title: &str| Choice {
            value: repo.map_or_else(String::new, |repo| format!("{repo}#{number}")),
            label: format!("#{number} {}", line(title, 80)),
        };
        let choice = match self {
            Self::Repositories => plain(read::<Repository>(entry)?.full_name),
            Self::Owners => plain(read::<Repository>(entry)?.full_name.split('/').next()?.to_owned()),
            Self::Issues(_) => {
                let issue = read::<Issue>(entry).filter(|issue| issue.pull_request.is_none() && issue.number > 0)?;
                numbered(issue.number, &issue.title)
            }
            Self::Pulls(_) => {
                let pull = read::<Pull>(entry).filter(|pull| pull.number > 0)?;
                numbered(pull.number, &pull.title)
            }
            // A branch of the list is called by `name`, as a label is.
            Self::Branches | Self::Labels => plain(read::<Label>(entry)?.name),
            Self::Assignees => {
                let login = read::<User>(entry)?.login;
                Choice { label: format!("@{}", line(&login, 60)), value: login }
            }
            Self::Milestones => plain(read::<Milestone>(entry)?.title),
        };
        Some(choice).filter(|choice| !choice.value.is_empty())
    }

    /// The search for what is not on the page.
    fn search(self, repo: Option<&Repo>, begun: &str) -> Option<String> {
        let (kind, state) = match self {
            Self::Issues(state) => ("issue", state),
            Self::Pulls(state) => ("pr", state),
            _ => return None,
        };
        let words = begun.replace(['"', '\\'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() < LEAST_SEARCHED || words.bytes().all(|sign| sign.is_ascii_digit()) {
            return None;
        }
        let state = if state == "all" { String::new() } else { format!(" state:{state}") };
        let query = format!("repo:{} is:{kind}{state} in:title \"{words}\"", repo?);
        Some(with_query("/search/issues", &[("q", &query), ("sort", "updated"), ("per_page", "25")]))
    }
}

fn read<T: serde::de::DeserializeOwned>(entry: Value) -> Option<T> {
    serde_json::from_value(entry).ok()
}

/// A list as it was last read.
#[derive(Debug, Clone)]
struct Kept {
    at: Timestamp,
    mark: Option<String>,
    choices: Vec<Choice>,
    /// Whether there is more than one page of it.
    more: bool,
}

/// The lists that were read, by path.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<HashMap<String, Kept>>);

impl Lists {
    fn get(&self, path: &str) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn keep(&self, path: String, kept: Kept) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= KEPT
            && let Some(oldest) = lists.iter().min_by_key(|(_, kept)| kept.at).map(|(path, _)| path.clone())
        {
            lists.remove(&oldest);
        }
        lists.insert(path, kept);
    }
}

/// What a search finds.
#[derive(Debug, Deserialize)]
struct Results {
    #[serde(default)]
    items: Vec<Value>,
}

#[async_trait]
impl Completer for Github {
    async fn complete(&self, asked: &Asked<'_>) -> Result<Vec<Choice>, Fault> {
        let what = asked.what.strip_prefix("github.").and_then(What::named);
        let what = what.ok_or_else(|| Fault::bug(format!("there is no completion `{}`", asked.what)))?;
        let numbered = matches!(what, What::Issues(_) | What::Pulls(_));
        let linked = asked.defaults.get(DEFAULT_REPOSITORY).and_then(|linked| Repo::parse(linked));
        let (named, begun) = if numbered { split(asked.begun) } else { (None, asked.begun) };
        let repo = named.or_else(|| given(asked)).or_else(|| linked.clone());
        let Some(path) = what.path(repo.as_ref()) else { return Ok(Vec::new()) };
        let list = self.list(what, repo.as_ref(), &path).await?;
        let mut found = match what {
            What::Labels | What::Assignees => likeliest_of_several(list.choices, begun),
            _ => likeliest(list.choices, begun),
        };
        if found.is_empty()
            && list.more
            && let Some(search) = what.search(repo.as_ref(), begun)
        {
            let results: Results = self.api.get("the search", &search).await?;
            found = results.items.into_iter().filter_map(|item| what.searched(repo.as_ref(), item)).collect();
        }
        // Of another repository than the place's own the whole name is said.
        if numbered && repo != linked {
            for choice in &mut found {
                choice.label = format!("{}{}", repo.iter().map(ToString::to_string).collect::<String>(), choice.label);
            }
        }
        Ok(found)
    }
}

impl What {
    /// What a search found; pull requests are found as issues.
    fn searched(self, repo: Option<&Repo>, mut item: Value) -> Option<Choice> {
        let is_pull = item.as_object_mut().and_then(|item| item.remove("pull_request")).is_some();
        let wanted = is_pull == matches!(self, Self::Pulls(_));
        wanted.then(|| Self::Issues("all").choice(repo, item)).flatten()
    }
}

impl Github {
    /// The list at this path; as it was a moment ago will do.
    async fn list(&self, what: What, repo: Option<&Repo>, path: &str) -> Result<Kept, Fault> {
        // Two completions may be of one list, and each makes other choices of it.
        let key = format!("{what:?} {path}");
        let (now, known) = (self.clock.now(), self.lists.get(&key));
        if let Some(known) = known.as_ref().filter(|known| now.duration_since(known.at) < FRESH) {
            return Ok(known.clone());
        }
        let mark = known.as_ref().and_then(|known| known.mark.as_deref());
        let name = repo.map_or_else(|| "the list".to_owned(), ToString::to_string);
        let kept = match (self.api.page_since::<Value>(&name, path, mark).await?, known) {
            (Some((page, mark)), _) => {
                let choices = page.items.into_iter().filter_map(|entry| what.choice(repo, entry)).collect();
                Kept { at: now, mark, choices, more: page.next.is_some() }
            }
            (None, Some(known)) => Kept { at: now, ..known },
            (None, None) => {
                return Err(Fault::unavailable("GitHub said that nothing changed where nothing was known."));
            }
        };
        self.lists.keep(key, kept.clone());
        Ok(kept)
    }
}

/// The repository that was given with another value: as such, or in an issue or pull request.
fn given(asked: &Asked<'_>) -> Option<Repo> {
    let repository =
        asked.given.get("repository").and_then(|text| text.parse::<RepoRef>().ok()).map(|given| given.plain());
    let numbered = || {
        let texts = ["issue", "pr"].iter().filter_map(|name| asked.given.get(*name));
        texts.filter_map(|text| text.parse::<IssueRef>().ok()?.plain()).map(|number| number.repo).next()
    };
    repository.or_else(numbered)
}

/// `acme/api#12` as the repository and what was typed of the number or title.
fn split(begun: &str) -> (Option<Repo>, &str) {
    match begun.trim().rsplit_once('#') {
        Some((repo, rest)) if !repo.is_empty() => match Repo::parse(repo) {
            Some(repo) => (Some(repo), rest),
            None => (None, begun),
        },
        _ => (Repo::parse(begun.trim()), if Repo::parse(begun.trim()).is_some() { "" } else { begun }),
    }
}

#[cfg(test)]
mod tests;
