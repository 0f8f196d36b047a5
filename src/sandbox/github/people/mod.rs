//! The human side: what people do on the website, and what goes wrong on order.

mod alerts;
mod code;
mod delivery;
mod repos;

use super::acts::{Lock, Method, NewIssue, NewRelease};
use super::faults::Failure;
use super::setup::{Conclusion, HookTarget, Verdict};
use super::state::State;
use super::{GithubFake, GithubToken};

/// Something was named that does not exist here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox GitHub has no {0}")]
pub struct Missing(String);

fn repo(state: &State, name: &str) -> Result<usize, Missing> {
    let (owner, repo) = name.split_once('/').unwrap_or((name, ""));
    state.world.find(owner, repo).ok_or_else(|| Missing(format!("repository {name}")))
}

fn issue(state: &State, name: &str, number: u64) -> Result<usize, Missing> {
    let index = repo(state, name)?;
    let known = state.world.repos[index].issues.contains_key(&number);
    if known { Ok(index) } else { Err(Missing(format!("issue or pull request {name}#{number}"))) }
}

fn pull(state: &State, name: &str, number: u64) -> Result<usize, Missing> {
    let index = issue(state, name, number)?;
    let known = state.world.repos[index].issues.get(&number).is_some_and(|issue| issue.pull.is_some());
    if known { Ok(index) } else { Err(Missing(format!("pull request {name}#{number}"))) }
}

/// Every method answers [`Missing`] when the repository, the number or the run does not exist. `repo` is `owner/name`.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl GithubFake {
    /// Someone opens an issue; returns its number.
    pub fn open_issue(&self, user: &str, repo_name: &str, title: &str, body: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let body = (!body.is_empty()).then(|| body.to_owned());
            Ok(state.open_issue(index, user, NewIssue { title: title.to_owned(), body, ..NewIssue::default() }))
        })
    }

    /// Someone comments on an issue or a pull request; returns the comment's identifier.
    pub fn comment(&self, user: &str, repo_name: &str, number: u64, text: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = issue(state, repo_name, number)?;
            state
                .add_comment(index, number, user, text.to_owned())
                .ok_or_else(|| Missing(format!("issue {repo_name}#{number}")))
        })
    }

    /// Someone closes an issue or a pull request.
    pub fn close_issue(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared
            .act(|state| issue(state, repo_name, number).map(|index| state.set_open(index, number, user, false, None)))
    }

    /// Someone reopens an issue or a pull request.
    pub fn reopen_issue(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared
            .act(|state| issue(state, repo_name, number).map(|index| state.set_open(index, number, user, true, None)))
    }

    /// Someone makes the labels of an issue exactly these.
    pub fn label_issue(&self, user: &str, repo_name: &str, number: u64, labels: &[&str]) -> Result<(), Missing> {
        let names: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        self.shared
            .act(|state| issue(state, repo_name, number).map(|index| state.set_labels(index, number, user, &names)))
    }

    /// Someone makes the assignees of an issue exactly these.
    pub fn assign_issue(&self, user: &str, repo_name: &str, number: u64, logins: &[&str]) -> Result<(), Missing> {
        let logins: Vec<String> = logins.iter().map(|&login| login.to_owned()).collect();
        self.shared
            .act(|state| issue(state, repo_name, number).map(|index| state.set_assignees(index, number, user, &logins)))
    }

    /// The owner locks an issue: only who may push can comment then.
    pub fn lock_issue(&self, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = issue(state, repo_name, number)?;
            let owner = state.world.repos[index].owner.clone();
            state.set_locked(index, number, &owner, Some(Lock(None)));
            Ok(())
        })
    }

    /// Someone deletes an issue: `410` from now on.
    pub fn delete_issue(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared.act(|state| issue(state, repo_name, number).map(|index| state.delete_issue(index, number, user)))
    }

    /// Someone moves an issue to another repository; returns its number there. The old one answers `301`.
    pub fn transfer_issue(&self, user: &str, repo_name: &str, number: u64, to: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let (index, to) = (issue(state, repo_name, number)?, repo(state, to)?);
            let gone = || Missing(format!("issue {repo_name}#{number}"));
            state.transfer_issue(index, number, user, to).ok_or_else(gone)
        })
    }

    /// Someone opens a pull request from a branch, which is made with one commit when it does not exist; returns its number.
    pub fn open_pull(&self, user: &str, repo_name: &str, title: &str, branch: &str) -> Result<u64, Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.open_pull(index, user, title, branch, false)))
    }

    /// Someone opens a draft pull request; returns its number.
    pub fn open_draft(&self, user: &str, repo_name: &str, title: &str, branch: &str) -> Result<u64, Missing> {
        self.shared.act(|state| repo(state, repo_name).map(|index| state.open_pull(index, user, title, branch, true)))
    }

    /// Someone takes a pull request out of its draft state.
    pub fn ready_for_review(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared.act(|state| pull(state, repo_name, number).map(|index| state.set_draft(index, number, user, false)))
    }

    /// Someone puts a pull request back into its draft state.
    pub fn convert_to_draft(&self, user: &str, repo_name: &str, number: u64) -> Result<(), Missing> {
        self.shared.act(|state| pull(state, repo_name, number).map(|index| state.set_draft(index, number, user, true)))
    }

    /// Someone asks someone for a review.
    pub fn request_review(&self, user: &str, repo_name: &str, number: u64, reviewer: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            pull(state, repo_name, number).map(|index| state.request_review(index, number, user, reviewer))
        })
    }

    /// Someone reviews a pull request; returns the review's identifier.
    pub fn review(
        &self,
        user: &str,
        repo_name: &str,
        number: u64,
        verdict: Verdict,
        text: &str,
    ) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = pull(state, repo_name, number)?;
            let gone = || Missing(format!("pull request {repo_name}#{number}"));
            state.add_review(index, number, user, verdict, text.to_owned(), Vec::new()).ok_or_else(gone)
        })
    }

    /// Someone takes the force out of a review.
    pub fn dismiss_review(&self, user: &str, repo_name: &str, number: u64, review: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = pull(state, repo_name, number)?;
            let done = state.dismiss_review(index, number, review, user);
            if done { Ok(()) } else { Err(Missing(format!("review {review} that can be dismissed"))) }
        })
    }

    /// Someone merges a pull request; returns the merge commit. [`Missing`] also when it cannot be merged.
    pub fn merge(&self, user: &str, repo_name: &str, number: u64) -> Result<String, Missing> {
        self.shared.act(|state| {
            let index = pull(state, repo_name, number)?;
            let gone = || Missing(format!("pull request {repo_name}#{number} that can be merged"));
            state.merge(index, number, user, None, Method::Merge).ok_or_else(gone)
        })
    }

    /// Someone pushes commits to a branch, which is made when it does not exist; returns the branch's head.
    pub fn push(&self, user: &str, repo_name: &str, branch: &str, messages: &[&str]) -> Result<String, Missing> {
        let messages: Vec<String> = messages.iter().map(|&message| message.to_owned()).collect();
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            state.push(index, user, branch, &messages).ok_or_else(|| Missing("commits to push".to_owned()))
        })
    }

    /// A workflow runs on a branch and ends like this; returns the run's identifier.
    pub fn run_workflow(&self, repo_name: &str, name: &str, branch: &str, end: Conclusion) -> Result<u64, Missing> {
        self.started(repo_name, name, branch, Some(end))
    }

    /// A workflow run is requested and stays queued until [`GithubFake::finish_run`]; returns its identifier.
    pub fn start_workflow(&self, repo_name: &str, name: &str, branch: &str) -> Result<u64, Missing> {
        self.started(repo_name, name, branch, None)
    }

    fn started(&self, repo_name: &str, name: &str, branch: &str, end: Option<Conclusion>) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let home = &state.world.repos[index];
            // Whoever pushed last set it off.
            let head = home.branches.get(branch).and_then(|sha| home.commit(sha));
            let actor = head.map_or_else(|| home.owner.clone(), |commit| commit.author.clone());
            Ok(state.run_workflow(index, &actor, name, branch, end))
        })
    }

    /// A queued run starts and ends like this. [`Missing`] also when it has ended before.
    pub fn finish_run(&self, repo_name: &str, run: u64, end: Conclusion) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            if state.finish_run(index, run, end) { Ok(()) } else { Err(Missing(format!("unfinished run {run}"))) }
        })
    }

    /// Someone publishes a release of the default branch; returns its identifier.
    pub fn publish_release(
        &self,
        user: &str,
        repo_name: &str,
        tag: &str,
        name: &str,
        body: &str,
    ) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let target = state.world.repos[index].default_branch.clone();
            let (tag, name, body) = (tag.to_owned(), Some(name.to_owned()), Some(body.to_owned()));
            let new = NewRelease { tag, name, body, target, draft: false, prerelease: false };
            Ok(state.publish(index, user, new))
        })
    }

    /// Someone adds a webhook to a repository, which is pinged; returns its identifier.
    pub fn add_hook(&self, repo_name: &str, target: &HookTarget) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let owner = state.world.repos[index].owner.clone();
            Ok(state.add_hook(index, &owner, target))
        })
    }

    /// Someone presses *Redeliver*: the last delivery of that GUID goes out once more.
    pub fn redeliver(&self, guid: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            if state.redeliver(|delivery| delivery.guid == guid) {
                Ok(())
            } else {
                Err(Missing(format!("delivery {guid}")))
            }
        })
    }

    /// A token is made.
    pub fn add_token(&self, token: GithubToken) {
        self.shared.act(|state| {
            let now = state.now;
            state.world.add_login(&token.login, now);
            state.tokens.insert(token.value.clone(), token);
        });
    }

    /// A token is revoked: `401 Bad credentials` from now on.
    pub fn revoke_token(&self, value: &str) {
        self.shared.act(|state| state.tokens.remove(value));
    }

    /// The next `times` requests to a route meet a failure. The pattern is `METHOD /path` or `/path`, where `*` stands for
    /// one segment or any method and `**` for the rest, for example `POST /repos/*/*/issues`.
    pub fn fail_next(&self, pattern: &str, failure: Failure, times: u32) {
        self.shared.act(|state| state.faults.order(pattern, failure, times));
    }

    /// Forgets the failures that were not met yet.
    pub fn fail_no_more(&self) {
        self.shared.act(|state| state.faults.clear());
    }
}
