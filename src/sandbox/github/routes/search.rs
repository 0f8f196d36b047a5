//! The issue search with its commonest qualifiers. <https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests>

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::github::data::{Issue, Repo};
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::state::State;

/// Nobody sees more results than this.
const MOST: usize = 1_000;

pub(super) fn issues(state: &mut State, ask: &Ask<'_>) -> Answer {
    let Some(text) = ask.query.get("q") else {
        return Err(Reply::invalid(ask.doc, &[wrong("Search", "q", "missing")]));
    };
    let terms = terms(text);
    for name in terms.iter().filter_map(|term| term.value("repo")) {
        let (owner, repo) = name.split_once('/').unwrap_or((name, ""));
        let seen = state.world.find(owner, repo).is_some_and(|repo| state.world.role(repo, ask.login()).is_some());
        if !seen {
            let why = "The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.";
            return Err(Reply::invalid(ask.doc, &[wrong_because("Search", "q", "invalid", why)]));
        }
    }
    let (now, lag) = (state.now, state.search_lag);
    let mut found: Vec<(usize, &Issue)> = Vec::new();
    for (index, repo) in state.world.repos.iter().enumerate() {
        let seen = state.world.role(index, ask.login()).is_some();
        let issues = repo.issues.values().filter(|issue| seen && issue.created_at + lag <= now);
        found.extend(issues.filter(|issue| fits(repo, issue, &terms)).map(|issue| (index, issue)));
    }
    let by_update = ask.query.choice("sort", &["created", "updated"], "created") == "updated";
    found.sort_by_key(|(_, issue)| (if by_update { issue.updated_at } else { issue.created_at }, issue.id));
    if ask.query.choice("order", &["asc", "desc"], "desc") == "desc" {
        found.reverse();
    }
    let total = found.len();
    found.truncate(MOST);
    let sight = ask.sight(state);
    let item = |(repo, issue): (usize, &Issue)| {
        let mut value = sight.issue(repo, issue);
        value["score"] = json!(1.0);
        if value["body"].is_null() {
            value["body"] = json!("");
        }
        value
    };
    let (shown, link) = ask.query.paged(&ask.url, found);
    let items: Vec<Value> = shown.into_iter().map(item).collect();
    Ok(super::linked(
        Reply::ok(
            json!({ "total_count": total, "incomplete_results": false, "items": items, "search_type": "lexical" }),
        ),
        link,
    ))
}

/// A word, a phrase or a qualifier; a leading `-` turns it round.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    key: Option<String>,
    value: String,
}

impl Term {
    fn value(&self, key: &str) -> Option<&str> {
        (self.key.as_deref() == Some(key) && !self.not).then_some(self.value.as_str())
    }
}

const QUALIFIERS: [&str; 10] = ["repo", "org", "user", "is", "state", "type", "in", "author", "assignee", "label"];

fn terms(text: &str) -> Vec<Term> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let not = rest.starts_with('-');
        rest = rest.strip_prefix('-').unwrap_or(rest);
        let key = QUALIFIERS.iter().find(|key| rest.strip_prefix(**key).is_some_and(|after| after.starts_with(':')));
        rest = key.map_or(rest, |key| rest.get(key.len() + 1..).unwrap_or_default());
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        if key.is_some() || !value.is_empty() {
            out.push(Term { not, key: key.map(|key| (*key).to_owned()), value: value.to_lowercase() });
        }
        rest = after.trim_start();
    }
    out
}

fn fits(repo: &Repo, issue: &Issue, terms: &[Term]) -> bool {
    let scopes: Vec<&str> =
        terms.iter().filter_map(|term| term.value("in")).flat_map(|value| value.split(',')).collect();
    let repos: Vec<&str> = terms.iter().filter_map(|term| term.value("repo")).collect();
    let here = repos.is_empty() || repos.iter().any(|name| repo.full_name().eq_ignore_ascii_case(name));
    here && terms.iter().all(|term| holds(repo, issue, term, &scopes) != term.not)
}

fn holds(repo: &Repo, issue: &Issue, term: &Term, scopes: &[&str]) -> bool {
    let value = term.value.as_str();
    match term.key.as_deref() {
        // Where to look, and repositories as alternatives, were dealt with before.
        Some("in") => !term.not,
        Some("repo") => !term.not || repo.full_name().eq_ignore_ascii_case(value),
        Some("org" | "user") => repo.owner.eq_ignore_ascii_case(value),
        Some("author") => issue.author.eq_ignore_ascii_case(value),
        Some("assignee") => issue.assignees.iter().any(|login| login.eq_ignore_ascii_case(value)),
        Some("label") => repo.label(value).is_some_and(|label| issue.labels.contains(&label.id)),
        Some(_) => match value {
            "issue" => issue.pull.is_none(),
            "pr" | "pull-request" => issue.pull.is_some(),
            "open" => issue.open,
            "closed" => !issue.open,
            "merged" => issue.pull.as_ref().is_some_and(|pull| pull.merged_at.is_some()),
            "unmerged" => issue.pull.as_ref().is_some_and(|pull| pull.merged_at.is_none()),
            "draft" => issue.pull.as_ref().is_some_and(|pull| pull.draft),
            "public" => !repo.private,
            "private" => repo.private,
            _ => false,
        },
        None => {
            let within = |scope: &str| scopes.is_empty() || scopes.contains(&scope);
            let has = |text: &str| text.to_lowercase().contains(value);
            let said = || repo.comments.values().any(|comment| comment.issue == issue.number && has(&comment.body));
            (within("title") && has(&issue.title))
                || (within("body") && issue.body.as_deref().is_some_and(has))
                || (within("comments") && said())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_cut_into_words_phrases_and_qualifiers() {
        let plain =
            |not, key: Option<&str>, value: &str| Term { not, key: key.map(str::to_owned), value: value.to_owned() };
        assert_eq!(
            terms("repo:acme/api is:open -label:\"good first issue\" \"a phrase\" word"),
            [
                plain(false, Some("repo"), "acme/api"),
                plain(false, Some("is"), "open"),
                plain(true, Some("label"), "good first issue"),
                plain(false, None, "a phrase"),
                plain(false, None, "word"),
            ]
        );
    }
}
