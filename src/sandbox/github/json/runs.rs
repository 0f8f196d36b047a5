//! Workflows and their runs.

use serde_json::{Value, json};

use super::{Sight, node, stamp, stamp_or_null};
use crate::sandbox::github::data::{Issue, Job, Run, Workflow};
use crate::sandbox::github::setup::Conclusion;

impl Sight<'_> {
    pub(in crate::sandbox::github) fn workflow(&self, repo: usize, workflow: &Workflow) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let file = workflow.path.trim_start_matches(".github/workflows/");
        json!({
            "id": workflow.id,
            "node_id": node("W", workflow.id),
            "name": workflow.name,
            "path": workflow.path,
            "state": if workflow.active { "active" } else { "disabled_manually" },
            "created_at": stamp(workflow.created_at),
            "updated_at": stamp(workflow.created_at),
            "url": format!("{api}/actions/workflows/{}", workflow.id),
            "html_url": format!("{web}/blob/{}/{}", self.repo(repo).default_branch, workflow.path),
            "badge_url": format!("{web}/actions/workflows/{file}/badge.svg"),
        })
    }

    pub(in crate::sandbox::github) fn run(&self, repo: usize, run: &Run) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let found = self.repo(repo);
        let workflow = found.workflows.iter().find(|workflow| workflow.id == run.workflow);
        let commit = found.commit(&run.sha);
        let url = format!("{api}/actions/runs/{}", run.id);
        let pulls: Vec<Value> = found.issues.values().filter_map(|issue| self.pull_of_run(repo, issue, run)).collect();
        let title = match (run.event, workflow) {
            ("workflow_dispatch", Some(workflow)) => workflow.name.as_str(),
            _ => commit.map_or("", |commit| commit.message.lines().next().unwrap_or_default()),
        };
        let previous = (run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1));
        let mut value = json!({
            "id": run.id,
            "name": workflow.map(|workflow| workflow.name.as_str()),
            "node_id": node("WFR", run.id),
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": workflow.map_or("", |workflow| workflow.path.as_str()),
            "display_title": title,
            "run_number": run.number,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion.map(Conclusion::as_str),
            "workflow_id": run.workflow,
            "check_suite_id": run.suite,
            "check_suite_node_id": node("CS", run.suite),
            "url": url,
            "html_url": format!("{web}/actions/runs/{}", run.id),
            "pull_requests": pulls,
            "created_at": stamp(run.created_at),
            "updated_at": stamp(run.updated_at),
            "actor": self.user(&run.actor),
            "run_attempt": run.attempt,
            "referenced_workflows": [],
            "run_started_at": stamp(run.started_at),
            "triggering_actor": self.user(&run.triggered_by),
            "check_suite_url": format!("{api}/check-suites/{}", run.suite),
            "workflow_url": format!("{api}/actions/workflows/{}", run.workflow),
            "previous_attempt_url": previous,
            "repository": self.repo_lite(repo),
            "head_repository": self.repo_lite(repo),
        });
        for (field, rest) in
            [("jobs", "jobs"), ("logs", "logs"), ("artifacts", "artifacts"), ("cancel", "cancel"), ("rerun", "rerun")]
        {
            value[format!("{field}_url")] = json!(format!("{url}/{rest}"));
        }
        value["head_commit"] = commit.map_or(Value::Null, |commit| self.head_commit(commit));
        value
    }

    /// The very short form of an open pull request whose head this run checks.
    fn pull_of_run(&self, repo: usize, issue: &Issue, run: &Run) -> Option<Value> {
        issue.pull.as_ref().filter(|pull| issue.open && pull.head_ref == run.branch)?;
        self.brief_pull(repo, issue)
    }

    /// The very short form of a pull request.
    pub(super) fn brief_pull(&self, repo: usize, issue: &Issue) -> Option<Value> {
        let pull = issue.pull.as_ref()?;
        let api = self.repo_api(repo);
        let home = json!({ "id": self.repo(repo).id, "url": api, "name": self.repo(repo).name });
        Some(json!({
            "url": format!("{api}/pulls/{}", issue.number),
            "id": pull.id,
            "number": issue.number,
            "head": { "ref": pull.head_ref, "sha": pull.head_sha, "repo": home },
            "base": { "ref": pull.base_ref, "sha": pull.base_sha, "repo": home },
        }))
    }

    /// A job with its steps. Payloads also tell of which attempt it is.
    pub(in crate::sandbox::github) fn workflow_job(&self, repo: usize, run: &Run, job: &Job) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let workflow = self.repo(repo).workflows.iter().find(|workflow| workflow.id == run.workflow);
        let runs_on = job.conclusion.is_some() || job.status == "in_progress";
        json!({
            "id": job.id,
            "run_id": run.id,
            "run_url": format!("{api}/actions/runs/{}", run.id),
            "run_attempt": run.attempt,
            "node_id": node("CR", job.id),
            "head_sha": run.sha,
            "url": format!("{api}/actions/jobs/{}", job.id),
            "html_url": format!("{web}/actions/runs/{}/job/{}", run.id, job.id),
            "status": job.status,
            "conclusion": job.conclusion.map(Conclusion::as_str),
            "created_at": stamp(job.created_at),
            "started_at": stamp(job.started_at),
            "completed_at": stamp_or_null(job.completed_at),
            "name": job.name,
            "steps": steps(job),
            "check_run_url": format!("{api}/check-runs/{}", job.id),
            "labels": ["ubuntu-latest"],
            "runner_id": runs_on.then_some(1),
            "runner_name": runs_on.then_some("GitHub Actions 1"),
            "runner_group_id": runs_on.then_some(2),
            "runner_group_name": runs_on.then_some("GitHub Actions"),
            "workflow_name": workflow.map(|workflow| workflow.name.as_str()),
            "head_branch": run.branch,
        })
    }
}

/// The steps as far as the job has come; when it failed, the last one did.
fn steps(job: &Job) -> Vec<Value> {
    let last = job.steps.len().saturating_sub(1);
    let started = stamp(job.started_at);
    let step = |(at, name): (usize, &String)| {
        let state = match (job.status, job.conclusion) {
            (_, Some(Conclusion::Failure)) if at == last => ("completed", json!("failure")),
            (_, Some(Conclusion::Success | Conclusion::Failure)) => ("completed", json!("success")),
            (_, Some(Conclusion::Skipped)) => ("completed", json!("skipped")),
            (_, Some(_)) => ("completed", json!("cancelled")),
            ("in_progress", None) if at == 0 => ("in_progress", Value::Null),
            _ => ("queued", Value::Null),
        };
        let began = if state.0 == "queued" { Value::Null } else { json!(started) };
        json!({
            "name": name,
            "status": state.0,
            "conclusion": state.1,
            "number": at + 1,
            "started_at": began,
            "completed_at": stamp_or_null(job.completed_at),
        })
    };
    job.steps.iter().enumerate().map(step).collect()
}
