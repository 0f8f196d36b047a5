//! What continuous integration and the people who guard deployments do.

use super::super::GithubFake;
use super::super::data::Status;
use super::{Missing, repo};

/// Every method answers [`Missing`] when the repository, the commit or the run does not exist. `repo` is `owner/name`.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl GithubFake {
    /// A check starts on a branch or a commit; returns its identifier.
    pub fn start_check(&self, repo_name: &str, name: &str, reference: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            state.start_check(index, name, reference).ok_or_else(|| Missing(format!("commit {reference}")))
        })
    }

    /// A check ends: `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out`, `action_required`.
    pub fn end_check(
        &self,
        repo_name: &str,
        check: u64,
        conclusion: &'static str,
        summary: Option<&str>,
    ) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let done = state.end_check(index, check, conclusion, summary);
            if done { Ok(()) } else { Err(Missing(format!("running check {check}"))) }
        })
    }

    /// A commit gets a status: `error`, `failure`, `pending` or `success`.
    pub fn set_status(
        &self,
        user: &str,
        repo_name: &str,
        reference: &str,
        context: &str,
        state_word: &'static str,
    ) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let gone = || Missing(format!("commit {reference}"));
            let sha = state.world.repos[index].resolve(reference).map(|commit| commit.sha.clone()).ok_or_else(gone)?;
            let status = Status {
                id: 0,
                sha,
                context: context.to_owned(),
                state: state_word,
                description: None,
                target_url: None,
                creator: user.to_owned(),
                at: state.now,
            };
            Ok(state.set_status(index, status))
        })
    }

    /// A queued run starts. [`Missing`] also when it has ended, or waits for a reviewer.
    pub fn begin_run(&self, repo_name: &str, run: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            if state.begin_run(index, run) { Ok(()) } else { Err(Missing(format!("queued run {run}"))) }
        })
    }

    /// Someone stops a run.
    pub fn cancel_run(&self, repo_name: &str, run: u64) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let going = state.run(index, run).is_some_and(|run| run.conclusion.is_none());
            if going {
                state.cancel_run(index, run);
            }
            if going { Ok(()) } else { Err(Missing(format!("unfinished run {run}"))) }
        })
    }

    /// Someone lets a waiting run deploy, or ends it.
    pub fn review_deployment(
        &self,
        user: &str,
        repo_name: &str,
        run: u64,
        approve: bool,
        comment: &str,
    ) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let done = state.decide(index, run, user, approve, comment);
            done.map(|_| ()).ok_or_else(|| Missing(format!("waiting run {run}")))
        })
    }

    /// Someone deploys a branch without a workflow; returns the deployment's identifier.
    pub fn deploy(&self, user: &str, repo_name: &str, branch: &str, environment: &str) -> Result<u64, Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let gone = || Missing(format!("commit {branch}"));
            let sha = state.world.repos[index].resolve(branch).map(|commit| commit.sha.clone()).ok_or_else(gone)?;
            Ok(state.add_deployment(index, user, &sha, branch, environment, None, None))
        })
    }

    /// A deployment has a new state: `queued`, `in_progress`, `success`, `failure`, `error`, `inactive`, `pending`.
    pub fn set_deployment(
        &self,
        user: &str,
        repo_name: &str,
        deployment: u64,
        state_word: &'static str,
    ) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let done = state.set_deployment(index, deployment, user, state_word, "");
            done.map(|_| ()).ok_or_else(|| Missing(format!("deployment {deployment}")))
        })
    }
}
