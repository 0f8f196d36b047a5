//! Check runs, check suites and statuses.

use serde_json::{Value, json};

use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::{CheckRun, Job, Run, Status};
use crate::sandbox::github::setup::Conclusion;

/// GitHub's own app that runs workflows.
const ACTIONS: u64 = 15_368;
/// The app of the continuous integration elsewhere.
const ELSEWHERE: u64 = 29_310;

/// The check that a job is.
pub(in crate::sandbox::github) fn check_of_job(run: &Run, job: &Job) -> CheckRun {
    CheckRun {
        id: job.id,
        suite: run.suite,
        name: job.name.clone(),
        sha: run.sha.clone(),
        branch: Some(run.branch.clone()),
        status: job.status,
        conclusion: job.conclusion.map(Conclusion::as_str),
        started_at: job.started_at,
        completed_at: job.completed_at,
        title: None,
        summary: None,
        details_url: None,
    }
}

/// A suite as all its forms need it.
struct Suite {
    id: u64,
    app: u64,
    sha: String,
    branch: Option<String>,
    runs: Vec<CheckRun>,
}

impl Suite {
    fn state(&self) -> (&'static str, Option<&'static str>) {
        if self.runs.iter().any(|run| run.conclusion.is_none()) {
            return (if self.runs.iter().all(|run| run.status == "queued") { "queued" } else { "in_progress" }, None);
        }
        let bad = self.runs.iter().filter_map(|run| run.conclusion);
        let bad = bad.into_iter().find(|end| !matches!(*end, "success" | "neutral" | "skipped"));
        ("completed", Some(bad.unwrap_or("success")))
    }
}

impl Sight<'_> {
    fn check_app(&self, id: u64, repo: usize) -> Value {
        let (slug, name, owner) = match id {
            ACTIONS => ("github-actions", "GitHub Actions", self.user("github")),
            _ => ("acme-ci", "Acme CI", self.user(&self.repo(repo).owner)),
        };
        json!({
            "id": id,
            "slug": slug,
            "node_id": node("A", id),
            "owner": owner,
            "name": name,
            "description": "",
            "external_url": format!("https://{slug}.example.com"),
            "html_url": format!("{}/apps/{slug}", self.links.web),
            "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2024-04-10T20:33:16Z",
            "permissions": { "checks": "write", "contents": "read", "metadata": "read" },
            "events": [],
        })
    }

    fn pulls_at(&self, repo: usize, sha: &str) -> Vec<Value> {
        let at = |issue: &&crate::sandbox::github::data::Issue| {
            issue.open && issue.pull.as_ref().is_some_and(|pull| pull.head_sha == sha)
        };
        self.repo(repo).issues.values().filter(at).filter_map(|issue| self.brief_pull(repo, issue)).collect()
    }

    fn check_core(&self, repo: usize, run: &CheckRun) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let job = self.repo(repo).runs.iter().find(|known| known.suite == run.suite);
        let html = match job {
            Some(found) => format!("{web}/actions/runs/{}/job/{}", found.id, run.id),
            None => format!("{web}/runs/{}", run.id),
        };
        json!({
            "id": run.id,
            "node_id": node("CR", run.id),
            "head_sha": run.sha,
            "external_id": "",
            "url": format!("{api}/check-runs/{}", run.id),
            "html_url": html,
            "details_url": run.details_url.clone().unwrap_or(html),
            "status": run.status,
            "conclusion": run.conclusion,
            "started_at": stamp(run.started_at),
            "completed_at": stamp_or_null(run.completed_at),
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": null,
                "annotations_count": 0,
                "annotations_url": format!("{api}/check-runs/{}/annotations", run.id),
            },
            "name": run.name,
            "app": self.check_app(if job.is_some() { ACTIONS } else { ELSEWHERE }, repo),
            "pull_requests": self.pulls_at(repo, &run.sha),
        })
    }

    pub(in crate::sandbox::github) fn check_run(&self, repo: usize, run: &CheckRun) -> Value {
        with(self.check_core(repo, run), json!({ "check_suite": { "id": run.suite } }))
    }

    /// A check run in a payload: with all of its suite.
    pub(in crate::sandbox::github) fn payload_check_run(&self, repo: usize, run: &CheckRun) -> Value {
        let suite = self.find_suite(repo, run.suite);
        let suite = suite.map_or(Value::Null, |suite| self.suite_core(repo, &suite));
        with(self.check_core(repo, run), json!({ "check_suite": suite }))
    }

    /// All check runs on a commit, jobs of workflows among them; newest last.
    pub(in crate::sandbox::github) fn checks_at(&self, repo: usize, sha: &str) -> Vec<CheckRun> {
        let home = self.repo(repo);
        let runs = home.runs.iter().filter(|run| run.sha == sha);
        let jobs = runs.flat_map(|run| run.jobs.iter().map(move |job| check_of_job(run, job)));
        jobs.chain(home.check_runs.iter().filter(|run| run.sha == sha).cloned()).collect()
    }

    fn find_suite(&self, repo: usize, id: u64) -> Option<Suite> {
        let home = self.repo(repo);
        if let Some(run) = home.runs.iter().find(|run| run.suite == id) {
            let runs = run.jobs.iter().map(|job| check_of_job(run, job)).collect();
            return Some(Suite { id, app: ACTIONS, sha: run.sha.clone(), branch: Some(run.branch.clone()), runs });
        }
        let runs: Vec<CheckRun> = home.check_runs.iter().filter(|run| run.suite == id).cloned().collect();
        let first = runs.first()?.clone();
        Some(Suite { id, app: ELSEWHERE, sha: first.sha, branch: first.branch, runs })
    }

    fn suite_core(&self, repo: usize, suite: &Suite) -> Value {
        let (status, conclusion) = suite.state();
        let before = self.repo(repo).commit(&suite.sha).and_then(|commit| commit.parents.first().cloned());
        let first = suite.runs.iter().map(|run| run.started_at).min();
        let last = suite.runs.iter().filter_map(|run| run.completed_at).max().or(first);
        json!({
            "id": suite.id,
            "node_id": node("CS", suite.id),
            "head_branch": suite.branch,
            "head_sha": suite.sha,
            "status": status,
            "conclusion": conclusion,
            "url": format!("{}/check-suites/{}", self.repo_api(repo), suite.id),
            "before": before,
            "after": suite.sha,
            "pull_requests": self.pulls_at(repo, &suite.sha),
            "app": self.check_app(suite.app, repo),
            "created_at": stamp_or_null(first),
            "updated_at": stamp_or_null(last),
        })
    }

    fn whole_suite(&self, repo: usize, suite: &Suite) -> Value {
        let head = self.repo(repo).commit(&suite.sha).map_or(Value::Null, |commit| self.head_commit(commit));
        with(
            self.suite_core(repo, suite),
            json!({
                "latest_check_runs_count": suite.runs.len(),
                "check_runs_url": format!("{}/check-suites/{}/check-runs", self.repo_api(repo), suite.id),
                "head_commit": head,
            }),
        )
    }

    /// A suite in a payload.
    pub(in crate::sandbox::github) fn payload_suite(&self, repo: usize, id: u64) -> Option<Value> {
        self.find_suite(repo, id).map(|suite| self.whole_suite(repo, &suite))
    }

    pub(in crate::sandbox::github) fn payload_suite_of_run(&self, repo: usize, run: &Run) -> Value {
        self.payload_suite(repo, run.suite).unwrap_or_default()
    }

    /// The suites on a commit as the API shows them.
    pub(in crate::sandbox::github) fn suites_at(&self, repo: usize, sha: &str) -> Vec<Value> {
        let mut ids: Vec<u64> = self.checks_at(repo, sha).into_iter().map(|run| run.suite).collect();
        ids.sort_unstable();
        ids.dedup();
        let suites = ids.into_iter().filter_map(|id| self.find_suite(repo, id));
        suites
            .map(|suite| with(self.whole_suite(repo, &suite), json!({ "repository": self.repo_lite(repo) })))
            .collect()
    }

    pub(in crate::sandbox::github) fn status(&self, repo: usize, status: &Status, with_creator: bool) -> Value {
        let brief = json!({
            "url": format!("{}/statuses/{}", self.repo_api(repo), status.sha),
            "avatar_url": self.user(&status.creator)["avatar_url"],
            "id": status.id,
            "node_id": node("SC", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
        });
        if with_creator { with(brief, json!({ "creator": self.user(&status.creator) })) } else { brief }
    }

    /// What a `status` says beside the repository.
    pub(in crate::sandbox::github) fn payload_status(&self, repo: usize, status: &Status) -> Value {
        let home = self.repo(repo);
        let commit = home.commit(&status.sha).map_or(Value::Null, |commit| self.commit(repo, commit));
        let branches = home.branches.iter().filter(|(_, sha)| home.reachable(sha).contains(status.sha.as_str()));
        let branches: Vec<Value> = branches.map(|(name, sha)| self.branch(repo, name, sha)).collect();
        json!({
            "id": status.id,
            "sha": status.sha,
            "name": home.full_name(),
            "avatar_url": self.user(&status.creator)["avatar_url"],
            "target_url": status.target_url,
            "context": status.context,
            "description": status.description,
            "state": status.state,
            "commit": commit,
            "branches": branches,
            "created_at": stamp(status.at),
            "updated_at": stamp(status.at),
        })
    }
}
