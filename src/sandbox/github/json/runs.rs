//! Workflows and their runs.

use serde_json::{Value, json};

use super::{Sight, node, stamp};
use crate::sandbox::github::data::{Issue, Run, Workflow};

impl Sight<'_> {
    pub(in crate::sandbox::github) fn workflow(&self, repo: usize, workflow: &Workflow) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let file = workflow.path.trim_start_matches(".github/workflows/");
        json!({
            "id": workflow.id,
            "node_id": node("W", workflow.id),
            "name": workflow.name,
            "path": workflow.path,
            "state": "active",
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
        let previous = (run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1));
        let mut value = json!({
            "id": run.id,
            "name": workflow.map(|workflow| workflow.name.as_str()),
            "node_id": node("WFR", run.id),
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": workflow.map_or("", |workflow| workflow.path.as_str()),
            "display_title": commit.map_or("", |commit| commit.message.lines().next().unwrap_or_default()),
            "run_number": run.number,
            "event": "push",
            "status": run.status,
            "conclusion": run.conclusion.map(super::super::setup::Conclusion::as_str),
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
        value["head_commit"] = commit.map_or(Value::Null, |commit| {
            let person = self.git_person(&commit.author);
            json!({
                "id": commit.sha,
                "tree_id": commit.tree,
                "message": commit.message,
                "timestamp": stamp(commit.at),
                "author": person,
                "committer": person,
            })
        });
        value
    }

    /// The very short form of an open pull request whose head this run checks.
    fn pull_of_run(&self, repo: usize, issue: &Issue, run: &Run) -> Option<Value> {
        let pull = issue.pull.as_ref().filter(|pull| issue.open && pull.head_ref == run.branch)?;
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
}
