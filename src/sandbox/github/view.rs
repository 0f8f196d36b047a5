//! The reading side: what there is now, what happened, and a way to wait for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::GithubFake;
use super::json::{Sight, delivery_json};
use super::ledger::{Delivery, Recorded, Violation};
use super::state::State;

/// How many deliveries and requests the demo's page is told of.
const RECENT: usize = 50;

impl GithubFake {
    fn in_repo<T: Default>(&self, name: &str, read: impl FnOnce(Sight<'_>, usize) -> T) -> T {
        let state = self.shared.lock();
        let (owner, repo) = name.split_once('/').unwrap_or((name, ""));
        state.world.find(owner, repo).map(|index| read(state.sight(), index)).unwrap_or_default()
    }

    /// The issues of a repository (no pull requests) as the API shows them, oldest first; none for an unknown repository.
    pub fn issues(&self, repo: &str) -> Vec<Value> {
        self.in_repo(repo, |sight, index| {
            let issues = sight.world.repos[index].issues.values().filter(|issue| issue.pull.is_none());
            issues.map(|issue| sight.full_issue(index, issue)).collect()
        })
    }

    /// One issue or pull request, seen as an issue.
    pub fn issue(&self, repo: &str, number: u64) -> Option<Value> {
        self.in_repo(repo, |sight, index| {
            sight.world.repos[index].issues.get(&number).map(|issue| sight.full_issue(index, issue))
        })
    }

    /// The comments on an issue or a pull request, oldest first.
    pub fn comments(&self, repo: &str, number: u64) -> Vec<Value> {
        self.in_repo(repo, |sight, index| {
            let comments = sight.world.repos[index].comments.values().filter(|comment| comment.issue == number);
            comments.map(|comment| sight.comment(index, comment)).collect()
        })
    }

    /// The pull requests of a repository in their long form, oldest first.
    pub fn pulls(&self, repo: &str) -> Vec<Value> {
        self.in_repo(repo, |sight, index| {
            let pulls = sight.world.repos[index].issues.values().filter(|issue| issue.pull.is_some());
            pulls.map(|issue| sight.full_pull(index, issue)).collect()
        })
    }

    /// The workflow runs of a repository, oldest first.
    pub fn runs(&self, repo: &str) -> Vec<Value> {
        self.in_repo(repo, |sight, index| {
            sight.world.repos[index].runs.iter().map(|run| sight.run(index, run)).collect()
        })
    }

    /// What a run was given when somebody started it, defaults included; none for an unknown run.
    pub fn run_inputs(&self, repo: &str, run: u64) -> BTreeMap<String, String> {
        self.in_repo(repo, |sight, index| {
            let found = sight.world.repos[index].runs.iter().find(|known| known.id == run);
            found.map(|run| run.inputs.clone()).unwrap_or_default()
        })
    }

    /// The comments on lines of a pull request's diff, oldest first.
    pub fn review_comments(&self, repo: &str, number: u64) -> Vec<Value> {
        self.in_repo(repo, |sight, index| {
            let all = sight.world.repos[index].review_comments.values().filter(|comment| comment.pull == number);
            all.map(|comment| sight.review_comment(index, comment)).collect()
        })
    }

    /// The heads of a repository's branches by name.
    pub fn branches(&self, repo: &str) -> BTreeMap<String, String> {
        self.in_repo(repo, |sight, index| sight.world.repos[index].branches.clone())
    }

    /// Everything as one document for the demo's page: repositories with their issues, pulls, runs and releases, and what
    /// went in and out lately, newest first.
    pub fn state(&self) -> Value {
        let state = self.shared.lock();
        let repos: Vec<Value> = (0..state.world.repos.len()).map(|index| shown_repo(state.sight(), index)).collect();
        json!({ "repositories": repos, "deliveries": recent_deliveries(&state), "requests": recent_requests(&state) })
    }

    /// The deliveries that came to their end, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.to_vec()
    }

    /// The requests that came in, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.to_vec()
    }

    /// Requests to routes that do not exist here, as `METHOD /path`.
    pub fn unknown_routes(&self) -> Vec<String> {
        self.shared.lock().unknown.to_vec()
    }

    /// Requests made although their maker had been told to wait.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.lock().violations.to_vec()
    }

    /// Counts what happens: every request, every human act, every delivery that ends.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How many deliveries are on their way.
    pub fn pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// Waits until no delivery is on its way.
    pub async fn settled(&self) {
        let mut pending = self.shared.pending.subscribe();
        // The sender lives in the handle, so this cannot fail while the handle is borrowed.
        let _settled = pending.wait_for(|pending| *pending == 0).await;
    }
}

fn shown_repo(sight: Sight<'_>, index: usize) -> Value {
    let repo = &sight.world.repos[index];
    let issues = repo.issues.values().rev();
    let talk = |number: u64| {
        repo.comments.values().filter(|c| c.issue == number).map(|c| sight.comment(index, c)).collect::<Vec<_>>()
    };
    let with_comments = |mut value: Value, number: u64| {
        value["conversation"] = Value::Array(talk(number));
        value
    };
    let pulls = issues.clone().filter(|issue| issue.pull.is_some());
    let plain = issues.filter(|issue| issue.pull.is_none());
    json!({
        "full_name": repo.full_name(),
        "private": repo.private,
        "description": repo.description,
        "branches": repo.branches,
        "issues": plain.map(|issue| with_comments(sight.full_issue(index, issue), issue.number)).collect::<Vec<_>>(),
        "pulls": pulls.map(|issue| with_comments(sight.full_pull(index, issue), issue.number)).collect::<Vec<_>>(),
        "deployments": repo.deployments.iter().rev().map(|found| sight.deployment(index, found)).collect::<Vec<_>>(),
        "runs": repo.runs.iter().rev().map(|run| sight.run(index, run)).collect::<Vec<_>>(),
        "releases": repo.releases.iter().rev().map(|release| sight.release(index, release)).collect::<Vec<_>>(),
        "hooks": repo.hooks.iter().map(|hook| sight.hook(index, hook)).collect::<Vec<_>>(),
    })
}

fn recent_deliveries(state: &State) -> Vec<Value> {
    state.deliveries.iter().rev().take(RECENT).map(|delivery| delivery_json(delivery, false)).collect()
}

fn recent_requests(state: &State) -> Vec<Value> {
    let brief = |record: &Recorded| json!({ "at": record.at, "method": record.method, "path": record.path, "login": record.login, "status": record.status });
    state.requests.iter().rev().take(RECENT).map(brief).collect()
}
