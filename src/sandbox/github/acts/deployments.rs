//! Deployments and environments.

use serde_json::{Value, json};

use crate::sandbox::github::data::{Deployment, DeploymentStatus, Environment};
use crate::sandbox::github::state::State;

impl State {
    /// The environment of that name, made without guards when it does not exist: GitHub does the same.
    pub(in crate::sandbox::github) fn environment(&mut self, repo: usize, name: &str) -> Environment {
        if let Some(known) = self.world.repos[repo].environments.iter().find(|known| known.name == name) {
            return known.clone();
        }
        let made = self.world.new_environment(name, &[], self.now);
        self.world.repos[repo].environments.push(made.clone());
        made
    }

    /// Makes a deployment; returns its identifier.
    #[expect(clippy::too_many_arguments, reason = "a deployment is all of these")]
    pub(in crate::sandbox::github) fn add_deployment(
        &mut self,
        repo: usize,
        actor: &str,
        sha: &str,
        reference: &str,
        environment: &str,
        description: Option<String>,
        run: Option<u64>,
    ) -> u64 {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        self.environment(repo, environment);
        let deployment = Deployment {
            id,
            sha: sha.to_owned(),
            reference: reference.to_owned(),
            task: "deploy".to_owned(),
            environment: environment.to_owned(),
            description,
            creator: actor.to_owned(),
            run,
            created_at: now,
            updated_at: now,
            statuses: Vec::new(),
        };
        self.world.repos[repo].deployments.push(deployment.clone());
        let (workflow, shown) = self.run_behind(repo, run);
        let deployment = self.sight().deployment(repo, &deployment);
        let more = json!({ "deployment": deployment, "workflow": workflow, "workflow_run": shown });
        self.emit(repo, "deployment", Some("created"), actor, more);
        id
    }

    /// The workflow and the run that a deployment comes from, as its payloads have them.
    fn run_behind(&self, repo: usize, run: Option<u64>) -> (Value, Value) {
        let found = run.and_then(|id| self.run(repo, id));
        found.map_or((Value::Null, Value::Null), |run| {
            (self.workflow_of(repo, run), self.sight().deployment_run(repo, run))
        })
    }

    /// Gives a deployment a new state; returns the status' identifier. `None` when there is no such deployment.
    pub(in crate::sandbox::github) fn set_deployment(
        &mut self,
        repo: usize,
        id: u64,
        actor: &str,
        state: &'static str,
        description: &str,
    ) -> Option<u64> {
        let (status_id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        let log_url = format!("{}/{}/deployments/{id}", self.links.web, self.world.repos[repo].full_name());
        let deployment = self.world.repos[repo].deployments.iter_mut().find(|found| found.id == id)?;
        deployment.updated_at = now;
        deployment.statuses.push(DeploymentStatus {
            id: status_id,
            state,
            creator: actor.to_owned(),
            description: description.to_owned(),
            log_url,
            environment_url: String::new(),
            at: now,
        });
        let deployment = deployment.clone();
        let sight = self.sight();
        let status = deployment.statuses.last()?;
        let (workflow, shown) = self.run_behind(repo, deployment.run);
        let more = json!({
            "deployment_status": sight.deployment_status(repo, &deployment, status),
            "deployment": sight.deployment(repo, &deployment),
            "check_run": null,
            "workflow": workflow,
            "workflow_run": shown,
        });
        self.emit(repo, "deployment_status", Some("created"), actor, more);
        Some(status_id)
    }
}
