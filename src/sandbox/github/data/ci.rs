//! Workflows, their runs and jobs, checks, statuses and deployments.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::sandbox::github::setup::Conclusion;

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Workflow {
    pub id: u64,
    pub name: String,
    pub path: String,
    pub created_at: Timestamp,
    pub active: bool,
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Run {
    pub id: u64,
    pub workflow: u64,
    pub number: u64,
    pub attempt: u64,
    /// What set it off: `push`, `workflow_dispatch`.
    pub event: &'static str,
    pub branch: String,
    pub sha: String,
    pub suite: u64,
    /// `queued`, `waiting`, `in_progress` or `completed`.
    pub status: &'static str,
    pub conclusion: Option<Conclusion>,
    pub actor: String,
    pub triggered_by: String,
    pub created_at: Timestamp,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    pub jobs: Vec<Job>,
    /// What was given to a dispatched run.
    pub inputs: BTreeMap<String, String>,
    /// The environment it deploys to, if any.
    pub environment: Option<String>,
    /// What it waits for.
    pub wait: Option<Wait>,
    /// Who decided on its environments: state, login, comment, environment.
    pub approvals: Vec<(&'static str, String, String, String)>,
}

/// A run that waits for the reviewers of an environment.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Wait {
    pub environment: String,
    pub deployment: u64,
    pub since: Timestamp,
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Job {
    /// Its check run has the same.
    pub id: u64,
    pub name: String,
    pub steps: Vec<String>,
    pub status: &'static str,
    pub conclusion: Option<Conclusion>,
    pub created_at: Timestamp,
    pub started_at: Timestamp,
    pub completed_at: Option<Timestamp>,
}

/// A check run of some continuous integration that is not GitHub Actions.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct CheckRun {
    pub id: u64,
    pub suite: u64,
    pub name: String,
    pub sha: String,
    pub branch: Option<String>,
    pub status: &'static str,
    pub conclusion: Option<&'static str>,
    pub started_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub details_url: Option<String>,
}

/// A commit status of the older kind.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Status {
    pub id: u64,
    pub sha: String,
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: &'static str,
    pub description: Option<String>,
    pub target_url: Option<String>,
    pub creator: String,
    pub at: Timestamp,
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Environment {
    pub id: u64,
    pub name: String,
    /// Logins, any of whom must approve; nobody: no approval is needed.
    pub reviewers: Vec<String>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct Deployment {
    pub id: u64,
    pub sha: String,
    pub reference: String,
    pub task: String,
    pub environment: String,
    pub description: Option<String>,
    pub creator: String,
    pub run: Option<u64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Oldest first.
    pub statuses: Vec<DeploymentStatus>,
}

#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct DeploymentStatus {
    pub id: u64,
    pub state: &'static str,
    pub creator: String,
    pub description: String,
    pub log_url: String,
    pub environment_url: String,
    pub at: Timestamp,
}
