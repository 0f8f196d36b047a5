//! Deployments, environments and who may let them go on.

use serde_json::{Value, json};

use super::{Sight, node, stamp};
use crate::sandbox::github::data::{Deployment, DeploymentStatus, Environment, Job, Run};
use crate::sandbox::github::setup::Conclusion;

impl Sight<'_> {
    pub(in crate::sandbox::github) fn environment(&self, repo: usize, environment: &Environment) -> Value {
        let (id, name) = (environment.id, super::super::query::escape(&environment.name));
        json!({
            "id": id,
            "node_id": node("EN", id),
            "name": environment.name,
            "url": format!("{}/environments/{name}", self.repo_api(repo)),
            "html_url": format!("{}/deployments/activity_log?environments_filter={name}", self.repo_web(repo)),
        })
    }

    /// An environment with its times and its rules.
    pub(in crate::sandbox::github) fn full_environment(&self, repo: usize, environment: &Environment) -> Value {
        let at = stamp(environment.created_at);
        let mut value = self.environment(repo, environment);
        value["created_at"] = json!(at);
        value["updated_at"] = json!(at);
        value["protection_rules"] = json!([]);
        value["deployment_branch_policy"] = Value::Null;
        if !environment.reviewers.is_empty() {
            value["protection_rules"] = json!([{
                "id": environment.id + 1,
                "node_id": node("GA", environment.id + 1),
                "prevent_self_review": false,
                "type": "required_reviewers",
                "reviewers": self.deployment_reviewers(&environment.reviewers),
            }]);
        }
        value
    }

    pub(in crate::sandbox::github) fn deployment_reviewers(&self, logins: &[String]) -> Vec<Value> {
        logins.iter().map(|login| json!({ "type": "User", "reviewer": self.user(login) })).collect()
    }

    pub(in crate::sandbox::github) fn deployment(&self, repo: usize, deployment: &Deployment) -> Value {
        let api = self.repo_api(repo);
        let url = format!("{api}/deployments/{}", deployment.id);
        json!({
            "url": url,
            "id": deployment.id,
            "node_id": node("DE", deployment.id),
            "task": deployment.task,
            "original_environment": deployment.environment,
            "environment": deployment.environment,
            "description": deployment.description,
            "created_at": stamp(deployment.created_at),
            "updated_at": stamp(deployment.updated_at),
            "statuses_url": format!("{url}/statuses"),
            "repository_url": api,
            "creator": self.user(&deployment.creator),
            "sha": deployment.sha,
            "ref": deployment.reference,
            "payload": {},
            "transient_environment": false,
            "production_environment": deployment.environment == "production",
        })
    }

    pub(in crate::sandbox::github) fn deployment_status(
        &self,
        repo: usize,
        deployment: &Deployment,
        status: &DeploymentStatus,
    ) -> Value {
        let api = self.repo_api(repo);
        let url = format!("{api}/deployments/{}", deployment.id);
        json!({
            "url": format!("{url}/statuses/{}", status.id),
            "id": status.id,
            "node_id": node("DES", status.id),
            "state": status.state,
            "creator": self.user(&status.creator),
            "description": status.description,
            "environment": deployment.environment,
            "target_url": status.log_url,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
            "deployment_url": url,
            "repository_url": api,
            "environment_url": status.environment_url,
            "log_url": status.log_url,
        })
    }

    /// The shorter form of a run that payloads of deployments have.
    pub(in crate::sandbox::github) fn deployment_run(&self, repo: usize, run: &Run) -> Value {
        const KEPT: [&str; 22] = [
            "id",
            "name",
            "node_id",
            "head_branch",
            "head_sha",
            "path",
            "display_title",
            "run_number",
            "event",
            "status",
            "conclusion",
            "workflow_id",
            "check_suite_id",
            "check_suite_node_id",
            "url",
            "html_url",
            "pull_requests",
            "created_at",
            "updated_at",
            "actor",
            "triggering_actor",
            "run_attempt",
        ];
        let mut map = super::fields(self.run(repo, run));
        map.retain(|name, _| KEPT.contains(&name.as_str()) || name == "run_started_at");
        Value::Object(map)
    }

    /// A job as payloads of deployment reviews have it.
    pub(in crate::sandbox::github) fn job_run(&self, repo: usize, run: &Run, job: &Job, environment: &str) -> Value {
        json!({
            "id": job.id,
            "name": job.name,
            "status": job.status,
            "conclusion": job.conclusion.map(Conclusion::as_str),
            "html_url": format!("{}/actions/runs/{}/job/{}", self.repo_web(repo), run.id, job.id),
            "created_at": stamp(job.created_at),
            "updated_at": stamp(run.updated_at),
            "environment": environment,
        })
    }

    /// What a run waits for, as its reader sees it.
    pub(in crate::sandbox::github) fn pending(&self, repo: usize, run: &Run, reader: Option<&str>) -> Vec<Value> {
        let Some(wait) = &run.wait else { return Vec::new() };
        let all = &self.repo(repo).environments;
        let Some(environment) = all.iter().find(|known| known.name == wait.environment) else { return Vec::new() };
        let can =
            reader.is_some_and(|login| environment.reviewers.iter().any(|known| known.eq_ignore_ascii_case(login)));
        vec![json!({
            "environment": self.environment(repo, environment),
            "wait_timer": 0,
            "wait_timer_started_at": stamp(wait.since),
            "current_user_can_approve": can,
            "reviewers": self.deployment_reviewers(&environment.reviewers),
        })]
    }
}
