//! What people do with branches and files.

use super::super::GithubFake;
use super::super::data::Blob;
use super::super::setup::{GithubWorkflow, Protection};
use super::{Missing, repo};

/// Every method answers [`Missing`] when the repository or the branch does not exist. `repo` is `owner/name`.
#[expect(clippy::missing_errors_doc, reason = "the one error of all of them is told once, above")]
impl GithubFake {
    /// Someone pushes one commit with these files (path, and text or `None` to delete it); returns the branch's head. Two
    /// branches that change the same file conflict.
    pub fn push_files(
        &self,
        user: &str,
        repo_name: &str,
        branch: &str,
        message: &str,
        files: &[(&str, Option<&str>)],
    ) -> Result<String, Missing> {
        let changes: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), text.map(Blob::text))).collect();
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let pushed = state.push_files(index, user, branch, message, &changes);
            pushed.ok_or_else(|| Missing("commits to push".to_owned()))
        })
    }

    /// Someone pushes a workflow file; returns the branch's head.
    pub fn push_workflow(
        &self,
        user: &str,
        repo_name: &str,
        branch: &str,
        workflow: &GithubWorkflow,
    ) -> Result<String, Missing> {
        let change = [(workflow.path(), Some(Blob::workflow(workflow)))];
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let message = format!("Change {}", workflow.path());
            let pushed = state.push_files(index, user, branch, &message, &change);
            pushed.ok_or_else(|| Missing("commits to push".to_owned()))
        })
    }

    /// Someone deletes a branch.
    pub fn delete_branch(&self, user: &str, repo_name: &str, branch: &str) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let gone = || Missing(format!("branch {branch}"));
            if state.delete_branch(index, user, branch) { Ok(()) } else { Err(gone()) }
        })
    }

    /// An administrator changes what a branch asks for; `None` takes the protection away.
    pub fn protect(&self, repo_name: &str, branch: &str, rules: Option<Protection>) -> Result<(), Missing> {
        self.shared.act(|state| {
            let index = repo(state, repo_name)?;
            let all = &mut state.world.repos[index].protections;
            match rules {
                Some(rules) => drop(all.insert(branch.to_owned(), rules)),
                None => drop(all.remove(branch)),
            }
            Ok(())
        })
    }
}
