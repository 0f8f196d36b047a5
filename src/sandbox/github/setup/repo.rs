//! Repositories to start with, and the rules of their branches.

use super::{GithubWorkflow, Role};
use crate::sandbox::github::data::{Blob, Merges};

/// A repository to start with. It has the branch `main` with one commit and GitHub's nine labels.
#[derive(Debug, Clone)]
pub struct GithubRepo {
    pub(in crate::sandbox::github) owner: String,
    pub(in crate::sandbox::github) name: String,
    pub(in crate::sandbox::github) private: bool,
    pub(in crate::sandbox::github) issues: bool,
    pub(in crate::sandbox::github) archived: bool,
    pub(in crate::sandbox::github) description: Option<String>,
    pub(in crate::sandbox::github) roles: Vec<(String, Role)>,
    pub(in crate::sandbox::github) milestones: Vec<String>,
    pub(in crate::sandbox::github) labels: Vec<(String, String)>,
    pub(in crate::sandbox::github) files: Vec<(String, Blob)>,
    pub(in crate::sandbox::github) protections: Vec<(String, Protection)>,
    pub(in crate::sandbox::github) environments: Vec<(String, Vec<String>)>,
    pub(in crate::sandbox::github) merges: Merges,
}

impl GithubRepo {
    /// A public repository with issues switched on.
    pub fn new(owner: &str, name: &str) -> Self {
        Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            private: false,
            issues: true,
            archived: false,
            description: None,
            roles: Vec::new(),
            milestones: Vec::new(),
            labels: Vec::new(),
            files: Vec::new(),
            protections: Vec::new(),
            environments: Vec::new(),
            merges: Merges { merge: true, squash: true, rebase: true },
        }
    }

    /// The same, private: `404` for everyone who is no collaborator.
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// The same with issues switched off: `410 Gone` for issue calls.
    pub fn without_issues(mut self) -> Self {
        self.issues = false;
        self
    }

    /// The same, archived: everything that writes is answered `403`.
    pub fn archived(mut self) -> Self {
        self.archived = true;
        self
    }

    /// The same with a description.
    pub fn described(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// The same with someone who may do something there. Whoever has any role can be assigned.
    pub fn collaborator(mut self, login: &str, role: Role) -> Self {
        self.roles.push((login.to_owned(), role));
        self
    }

    /// The same with a milestone.
    pub fn milestone(mut self, title: &str) -> Self {
        self.milestones.push(title.to_owned());
        self
    }

    /// The same with one more label; the colour is six hex digits.
    pub fn label(mut self, name: &str, color: &str) -> Self {
        self.labels.push((name.to_owned(), color.to_owned()));
        self
    }

    /// The same with a file in its first commit.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), Blob::text(text)));
        self
    }

    /// The same with a workflow in its first commit.
    pub fn workflow(mut self, workflow: &GithubWorkflow) -> Self {
        self.files.push((workflow.path(), Blob::workflow(workflow)));
        self
    }

    /// The same with a protected branch.
    pub fn protected(mut self, branch: &str, rules: Protection) -> Self {
        self.protections.push((branch.to_owned(), rules));
        self
    }

    /// The same with an environment; deployments to it wait for one of the reviewers, if there are any.
    pub fn environment(mut self, name: &str, reviewers: &[&str]) -> Self {
        self.environments.push((name.to_owned(), reviewers.iter().map(|&login| login.to_owned()).collect()));
        self
    }

    /// The same with only some ways of merging allowed.
    pub fn merging(mut self, merge: bool, squash: bool, rebase: bool) -> Self {
        self.merges = Merges { merge, squash, rebase };
        self
    }
}

/// What a branch asks for before something is merged into it:
/// <https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Approving reviews of people who may write; 0: none needed.
    pub reviews: u32,
    /// Names of checks or contexts of statuses that have to have succeeded.
    pub checks: Vec<String>,
    /// Whether the head has to hold all of the base.
    pub strict: bool,
    /// Whether administrators are bound, too.
    pub admins: bool,
}

impl Protection {
    /// Protection that binds administrators, too, and asks for nothing yet.
    pub fn new() -> Self {
        Self { reviews: 0, checks: Vec::new(), strict: false, admins: true }
    }

    /// The same with approving reviews.
    pub fn reviews(mut self, count: u32) -> Self {
        self.reviews = count;
        self
    }

    /// The same with one more required check.
    pub fn check(mut self, name: &str) -> Self {
        self.checks.push(name.to_owned());
        self
    }

    /// The same, asking for heads that are up to date.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The same, without binding administrators.
    pub fn without_admins(mut self) -> Self {
        self.admins = false;
        self
    }
}

impl Default for Protection {
    fn default() -> Self {
        Self::new()
    }
}
