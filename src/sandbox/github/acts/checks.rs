//! Checks and statuses that continuous integration elsewhere reports.

use serde_json::json;

use crate::sandbox::github::data::{CheckRun, Status};
use crate::sandbox::github::state::State;

impl State {
    /// A check starts on a commit; returns its identifier. `None` when there is no such commit.
    pub(in crate::sandbox::github) fn start_check(&mut self, repo: usize, name: &str, reference: &str) -> Option<u64> {
        let (id, suite, now) = (self.world.id(), self.world.id(), self.now);
        let home = &mut self.world.repos[repo];
        let sha = home.resolve(reference)?.sha.clone();
        let known = home.check_runs.iter().find(|run| run.sha == sha).map(|run| run.suite);
        let branch = home.branches.iter().find(|(_, head)| **head == sha).map(|(name, _)| name.clone());
        home.check_runs.push(CheckRun {
            id,
            suite: known.unwrap_or(suite),
            name: name.to_owned(),
            sha,
            branch,
            status: "in_progress",
            conclusion: None,
            started_at: now,
            completed_at: None,
            title: None,
            summary: None,
            details_url: Some(format!("https://ci.example.com/{id}")),
        });
        self.emit_check(repo, id, "created");
        Some(id)
    }

    /// A check ends; its suite ends with the last one. False when there is none that runs.
    pub(in crate::sandbox::github) fn end_check(
        &mut self,
        repo: usize,
        id: u64,
        conclusion: &'static str,
        summary: Option<&str>,
    ) -> bool {
        let now = self.now;
        let runs = &mut self.world.repos[repo].check_runs;
        let Some(run) = runs.iter_mut().find(|run| run.id == id && run.conclusion.is_none()) else { return false };
        run.status = "completed";
        run.conclusion = Some(conclusion);
        run.completed_at = Some(now);
        run.title = summary.map(|_| run.name.clone());
        run.summary = summary.map(str::to_owned);
        let suite = run.suite;
        self.emit_check(repo, id, "completed");
        if self.world.repos[repo].check_runs.iter().filter(|run| run.suite == suite).all(|run| run.conclusion.is_some())
        {
            let owner = self.world.repos[repo].owner.clone();
            if let Some(shown) = self.sight().payload_suite(repo, suite) {
                self.emit(repo, "check_suite", Some("completed"), &owner, json!({ "check_suite": shown }));
            }
        }
        true
    }

    fn emit_check(&mut self, repo: usize, id: u64, action: &str) {
        let home = &self.world.repos[repo];
        let Some(run) = home.check_runs.iter().find(|run| run.id == id) else { return };
        let shown = self.sight().payload_check_run(repo, run);
        let owner = home.owner.clone();
        self.emit(repo, "check_run", Some(action), &owner, json!({ "check_run": shown }));
    }

    /// Gives a commit a status; returns its identifier.
    pub(in crate::sandbox::github) fn set_status(&mut self, repo: usize, status: Status) -> u64 {
        let id = self.world.id();
        let status = Status { id, at: self.now, ..status };
        let actor = status.creator.clone();
        self.world.add_login(&actor, self.now);
        let payload = self.sight().payload_status(repo, &status);
        self.world.repos[repo].statuses.push(status);
        self.emit(repo, "status", None, &actor, payload);
        id
    }
}
