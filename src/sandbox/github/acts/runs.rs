//! Workflow runs: asked for, waiting, going, ended, run again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::github::data::{Job, Run, Wait, Workflow};
use crate::sandbox::github::json::stamp;
use crate::sandbox::github::setup::Conclusion;
use crate::sandbox::github::state::State;

/// A run to be made.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct NewRun<'a> {
    pub workflow: u64,
    pub branch: &'a str,
    pub event: &'static str,
    pub inputs: BTreeMap<String, String>,
}

impl State {
    /// Runs a workflow on a branch from its request to its end (or leaves it queued with `None`); returns its identifier.
    pub(in crate::sandbox::github) fn run_workflow(
        &mut self,
        repo: usize,
        actor: &str,
        name: &str,
        branch: &str,
        end: Option<Conclusion>,
    ) -> u64 {
        let workflow = self.workflow_id(repo, name);
        let inputs = BTreeMap::new();
        let id = self.start_run(repo, actor, NewRun { workflow, branch, event: "push", inputs });
        if let Some(end) = end {
            self.finish_run(repo, id, end);
        }
        id
    }

    /// Makes a run. Where it deploys to an environment that somebody guards, it waits.
    pub(in crate::sandbox::github) fn start_run(&mut self, repo: usize, actor: &str, new: NewRun<'_>) -> u64 {
        let now = self.now;
        self.world.add_login(actor, now);
        let (id, suite) = (self.world.id(), self.world.id());
        let home = &self.world.repos[repo];
        let sha = home.resolve(new.branch).or_else(|| home.resolve(&home.default_branch));
        let sha = sha.map(|commit| commit.sha.clone()).unwrap_or_default();
        let path = home.workflows.iter().find(|known| known.id == new.workflow).map(|known| known.path.as_str());
        let spec = path.and_then(|path| home.files(&sha).get(path)?.workflow.clone());
        let names = spec.as_ref().map_or_else(|| vec!["build".to_owned()], |spec| spec.jobs.clone());
        let environment = spec.and_then(|spec| {
            let named = spec.environment.clone()?;
            named.strip_prefix("inputs.").map_or(Some(named.clone()), |input| new.inputs.get(input).cloned())
        });
        let number = home.runs.iter().filter(|run| run.workflow == new.workflow).count() + 1;
        let jobs = self.jobs(&names);
        let run = Run {
            id,
            workflow: new.workflow,
            number: u64::try_from(number).unwrap_or_default(),
            attempt: 1,
            event: new.event,
            branch: new.branch.trim_start_matches("refs/heads/").to_owned(),
            sha,
            suite,
            status: "queued",
            conclusion: None,
            actor: actor.to_owned(),
            triggered_by: actor.to_owned(),
            created_at: now,
            started_at: now,
            updated_at: now,
            jobs,
            inputs: new.inputs,
            environment,
            wait: None,
            approvals: Vec::new(),
        };
        self.world.repos[repo].runs.push(run);
        self.emit_run(repo, id, "requested", actor);
        self.emit_jobs(repo, id, "queued");
        self.deploy(repo, id, actor);
        id
    }

    fn jobs(&mut self, names: &[String]) -> Vec<Job> {
        let now = self.now;
        let job = |name: &String| Job {
            id: self.world.id(),
            name: name.clone(),
            steps: vec!["Set up job".to_owned(), "Run actions/checkout@v4".to_owned(), format!("Run ./{name}.sh")],
            status: "queued",
            conclusion: None,
            created_at: now,
            started_at: now,
            completed_at: None,
        };
        names.iter().map(job).collect()
    }

    fn workflow_id(&mut self, repo: usize, name: &str) -> u64 {
        if let Some(known) = self.world.repos[repo].workflows.iter().find(|workflow| workflow.name == name) {
            return known.id;
        }
        let (id, created_at) = (self.world.id(), self.now);
        let file = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let path = format!(".github/workflows/{file}.yml");
        self.world.repos[repo].workflows.push(Workflow { id, name: name.to_owned(), path, created_at, active: true });
        id
    }

    pub(super) fn run_mut(&mut self, repo: usize, id: u64) -> Option<&mut Run> {
        let now = self.now;
        let run = self.world.repos[repo].runs.iter_mut().find(|run| run.id == id)?;
        run.updated_at = now;
        Some(run)
    }

    pub(in crate::sandbox::github) fn run(&self, repo: usize, id: u64) -> Option<&Run> {
        self.world.repos[repo].runs.iter().find(|run| run.id == id)
    }

    /// Lets a run start. False when there is none, when it has already ended, or while it waits for reviewers.
    pub(in crate::sandbox::github) fn begin_run(&mut self, repo: usize, id: u64) -> bool {
        let Some(run) = self.run_mut(repo, id).filter(|run| run.conclusion.is_none() && run.wait.is_none()) else {
            return false;
        };
        if run.status == "in_progress" {
            return true;
        }
        run.status = "in_progress";
        for job in run.jobs.iter_mut().filter(|job| job.conclusion.is_none()) {
            job.status = "in_progress";
        }
        let actor = run.triggered_by.clone();
        self.emit_run(repo, id, "in_progress", &actor);
        self.emit_jobs(repo, id, "in_progress");
        self.deployed(repo, id, "in_progress", &actor);
        true
    }

    /// Lets a run start and end. False when there is none, when it has already ended, or while it waits for reviewers.
    pub(in crate::sandbox::github) fn finish_run(&mut self, repo: usize, id: u64, end: Conclusion) -> bool {
        if !self.begin_run(repo, id) {
            return false;
        }
        self.end_run(repo, id, end);
        true
    }

    /// Stops a run.
    pub(in crate::sandbox::github) fn cancel_run(&mut self, repo: usize, id: u64) {
        self.end_run(repo, id, Conclusion::Cancelled);
    }

    /// Ends a run, whatever it was doing.
    pub(super) fn end_run(&mut self, repo: usize, id: u64, end: Conclusion) {
        let now = self.now;
        let Some(run) = self.run_mut(repo, id) else { return };
        let actor = run.triggered_by.clone();
        run.status = "completed";
        run.conclusion = Some(end);
        run.wait = None;
        let last = run.jobs.len().saturating_sub(1);
        for (at, job) in run.jobs.iter_mut().enumerate().filter(|(_, job)| job.conclusion.is_none()) {
            job.status = "completed";
            job.completed_at = Some(now);
            // The last job is the one that goes wrong.
            job.conclusion = Some(if at == last || end != Conclusion::Failure { end } else { Conclusion::Success });
        }
        self.emit_jobs(repo, id, "completed");
        self.emit_run(repo, id, "completed", &actor);
        let state = if end == Conclusion::Success { "success" } else { "failure" };
        self.deployed(repo, id, state, &actor);
    }

    /// Starts a further attempt of a run that has ended: of all of its jobs, or only of those that failed.
    pub(in crate::sandbox::github) fn rerun(&mut self, repo: usize, id: u64, actor: &str, failed_only: bool) {
        let now = self.now;
        let Some(run) = self.run(repo, id) else { return };
        let kept = run.jobs.iter().filter(|job| failed_only && job.conclusion == Some(Conclusion::Success)).cloned();
        let kept: Vec<Job> = kept.collect();
        let names: Vec<String> = run.jobs.iter().map(|job| job.name.clone()).collect();
        let fresh = self.jobs(&names).into_iter();
        let jobs = fresh.map(|job| kept.iter().find(|kept| kept.name == job.name).cloned().unwrap_or(job)).collect();
        let Some(run) = self.run_mut(repo, id) else { return };
        run.attempt += 1;
        run.status = "queued";
        run.conclusion = None;
        run.started_at = now;
        run.triggered_by = actor.to_owned();
        run.jobs = jobs;
        self.emit_run(repo, id, "requested", actor);
        self.emit_jobs(repo, id, "queued");
        self.deploy(repo, id, actor);
        if let Some(end) = self.reruns_end {
            self.finish_run(repo, id, end);
        }
    }

    pub(super) fn emit_run(&mut self, repo: usize, id: u64, action: &str, actor: &str) {
        let home = &self.world.repos[repo];
        let Some(run) = home.runs.iter().find(|run| run.id == id) else { return };
        let sight = self.sight();
        let more = json!({ "workflow_run": sight.run(repo, run), "workflow": self.workflow_of(repo, run) });
        self.emit(repo, "workflow_run", Some(action), actor, more);
    }

    pub(super) fn workflow_of(&self, repo: usize, run: &Run) -> Value {
        let found = self.world.repos[repo].workflows.iter().find(|workflow| workflow.id == run.workflow);
        found.map_or(Value::Null, |found| self.sight().workflow(repo, found))
    }

    /// Tells of a run's jobs and of the checks that they are, where that is wanted.
    fn emit_jobs(&mut self, repo: usize, id: u64, action: &'static str) {
        let Some(run) = self.run(repo, id).filter(|_| self.job_events).cloned() else { return };
        for job in run.jobs.iter().filter(|job| job.status == action) {
            let shown = self.sight().workflow_job(repo, &run, job);
            self.emit(repo, "workflow_job", Some(action), &run.triggered_by, json!({ "workflow_job": shown }));
            let check = match action {
                "queued" => "created",
                "completed" => "completed",
                _ => continue,
            };
            let shown = self.sight().payload_check_run(repo, &crate::sandbox::github::json::check_of_job(&run, job));
            self.emit(repo, "check_run", Some(check), &run.triggered_by, json!({ "check_run": shown }));
        }
        if action == "completed" {
            let shown = self.sight().payload_suite_of_run(repo, &run);
            self.emit(repo, "check_suite", Some("completed"), &run.triggered_by, json!({ "check_suite": shown }));
        }
    }

    /// Asks for a deployment when the run has an environment; it waits when somebody guards that.
    fn deploy(&mut self, repo: usize, id: u64, actor: &str) {
        let now = self.now;
        let Some(run) = self.run(repo, id) else { return };
        let Some(environment) = run.environment.clone() else { return };
        let (sha, reference) = (run.sha.clone(), run.branch.clone());
        let guard = self.environment(repo, &environment);
        let deployment = self.add_deployment(repo, actor, &sha, &reference, &environment, None, Some(id));
        if guard.reviewers.is_empty() {
            self.set_deployment(repo, deployment, actor, "queued", "");
            return;
        }
        let wait = Wait { environment: environment.clone(), deployment, since: now };
        let Some(run) = self.run_mut(repo, id) else { return };
        run.status = "waiting";
        run.wait = Some(wait);
        for job in &mut run.jobs {
            job.status = "waiting";
        }
        self.set_deployment(repo, deployment, actor, "waiting", "");
        self.emit_jobs(repo, id, "waiting");
        self.emit_review(repo, id, "requested", actor, "", &environment);
    }

    /// The deployment of a run has a new state.
    fn deployed(&mut self, repo: usize, run: u64, state: &'static str, actor: &str) {
        let all = self.world.repos[repo].deployments.iter().rev();
        let found = all.clone().find(|deployment| deployment.run == Some(run)).map(|deployment| deployment.id);
        if let Some(id) = found {
            self.set_deployment(repo, id, actor, state, "");
        }
    }

    /// A reviewer lets a waiting run go on, or ends it. Returns the deployment.
    pub(in crate::sandbox::github) fn decide(
        &mut self,
        repo: usize,
        id: u64,
        actor: &str,
        approve: bool,
        comment: &str,
    ) -> Option<u64> {
        let run = self.run_mut(repo, id)?;
        let wait = run.wait.take()?;
        let state = if approve { "approved" } else { "rejected" };
        run.approvals.push((state, actor.to_owned(), comment.to_owned(), wait.environment.clone()));
        run.status = "queued";
        for job in &mut run.jobs {
            job.status = "queued";
        }
        self.emit_review(repo, id, state, actor, comment, &wait.environment);
        if approve {
            self.set_deployment(repo, wait.deployment, actor, "queued", "");
        } else {
            self.end_run(repo, id, Conclusion::Failure);
        }
        Some(wait.deployment)
    }

    fn emit_review(&mut self, repo: usize, id: u64, action: &str, actor: &str, comment: &str, environment: &str) {
        let Some(run) = self.run(repo, id) else { return };
        let sight = self.sight();
        let guard = self.world.repos[repo].environments.iter().find(|known| known.name == environment);
        let reviewers = guard.map(|guard| sight.deployment_reviewers(&guard.reviewers)).unwrap_or_default();
        let since = stamp(self.now);
        let jobs: Vec<Value> = run.jobs.iter().map(|job| sight.job_run(repo, run, job, environment)).collect();
        let mut more = json!({ "workflow_run": sight.run(repo, run), "since": since, "reviewers": reviewers });
        if action == "requested" {
            more["environment"] = json!(environment);
            more["requestor"] = sight.user(actor);
            more["workflow_job_run"] = jobs.first().cloned().unwrap_or_default();
        } else {
            more["approver"] = sight.user(actor);
            more["comment"] = json!(comment);
            more["workflow_job_runs"] = json!(jobs);
        }
        self.emit(repo, "deployment_review", Some(action), actor, more);
    }
}
