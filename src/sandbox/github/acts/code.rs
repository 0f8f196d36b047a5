//! Commits, workflow runs and releases.

use serde_json::json;

use crate::sandbox::github::data::{Commit, Release, Run, Workflow};
use crate::sandbox::github::setup::Conclusion;
use crate::sandbox::github::state::State;

/// What `before` is when a branch is new.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl State {
    /// Adds one commit to a branch, which is made when it does not exist. Returns its hash.
    pub(super) fn commit(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        message: String,
        merged: Option<String>,
    ) -> String {
        let now = self.now;
        let (sha, tree) = (self.world.sha(&message), self.world.sha(branch));
        let home = &mut self.world.repos[repo];
        let parent = home.branches.get(branch).or_else(|| home.branches.get(&home.default_branch)).cloned();
        let file = format!("src/{}.rs", branch.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        let added = u64::try_from(message.len() % 40).unwrap_or_default() + 1;
        let parents = parent.into_iter().chain(merged).collect();
        home.commits.push(Commit {
            sha: sha.clone(),
            tree,
            parents,
            message,
            author: actor.to_owned(),
            at: now,
            file,
            added,
        });
        home.branches.insert(branch.to_owned(), sha.clone());
        home.pushed_at = now;
        sha
    }

    /// Pushes commits to a branch and returns its head. Open pull requests from it follow.
    pub(in crate::sandbox::github) fn push(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        messages: &[String],
    ) -> Option<String> {
        let now = self.now;
        self.world.add_login(actor, now);
        let before = self.world.repos[repo].branches.get(branch).cloned();
        let mut after = None;
        for message in messages {
            after = Some(self.commit(repo, actor, branch, message.clone(), None));
        }
        let after = after?;
        self.emit_push(repo, actor, branch, before.as_deref(), &after);
        let from_branch = |issue: &&mut crate::sandbox::github::data::Issue| {
            issue.open && issue.pull.as_ref().is_some_and(|pull| pull.head_ref == branch)
        };
        let mut moved = Vec::new();
        for issue in self.world.repos[repo].issues.values_mut().filter(from_branch) {
            issue.updated_at = now;
            if let Some(pull) = issue.pull.as_mut() {
                moved.push((issue.number, std::mem::replace(&mut pull.head_sha, after.clone())));
            }
        }
        for (number, was) in moved {
            self.emit_issue(repo, number, "synchronize", actor, json!({ "before": was, "after": after }));
        }
        Some(after)
    }

    pub(super) fn emit_push(&mut self, repo: usize, actor: &str, branch: &str, before: Option<&str>, after: &str) {
        let home = &self.world.repos[repo];
        let sight = self.sight();
        let base = before
            .or_else(|| home.branches.get(&home.default_branch).map(String::as_str))
            .filter(|base| *base != after);
        let mut commits: Vec<_> =
            home.history(after, base).into_iter().map(|commit| sight.pushed_commit(repo, commit)).collect();
        commits.reverse();
        let short = |sha: &str| sha.chars().take(12).collect::<String>();
        let compare = match before {
            Some(before) => {
                format!("{}/{}/compare/{}...{}", self.links.web, home.full_name(), short(before), short(after))
            }
            None => format!("{}/{}/compare/{branch}", self.links.web, home.full_name()),
        };
        let more = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "created": before.is_none(),
            "deleted": false,
            "forced": false,
            "base_ref": null,
            "compare": compare,
            "head_commit": commits.last(),
            "commits": commits,
            "pusher": sight.git_person(actor),
        });
        self.emit(repo, "push", None, actor, more);
    }

    /// Runs a workflow on a branch from its request to its end (or leaves it queued with `None`); returns its identifier.
    pub(in crate::sandbox::github) fn run_workflow(
        &mut self,
        repo: usize,
        actor: &str,
        name: &str,
        branch: &str,
        end: Option<Conclusion>,
    ) -> u64 {
        let now = self.now;
        let workflow = self.workflow_id(repo, name);
        let (id, suite) = (self.world.id(), self.world.id());
        let home = &mut self.world.repos[repo];
        let sha =
            home.branches.get(branch).or_else(|| home.branches.get(&home.default_branch)).cloned().unwrap_or_default();
        let number =
            1 + u64::try_from(home.runs.iter().filter(|run| run.workflow == workflow).count()).unwrap_or_default();
        home.runs.push(Run {
            id,
            workflow,
            number,
            attempt: 1,
            branch: branch.to_owned(),
            sha,
            suite,
            status: "queued",
            conclusion: None,
            actor: actor.to_owned(),
            triggered_by: actor.to_owned(),
            created_at: now,
            started_at: now,
            updated_at: now,
        });
        self.emit_run(repo, id, "requested", actor);
        if let Some(end) = end {
            self.finish_run(repo, id, end);
        }
        id
    }

    fn workflow_id(&mut self, repo: usize, name: &str) -> u64 {
        if let Some(known) = self.world.repos[repo].workflows.iter().find(|workflow| workflow.name == name) {
            return known.id;
        }
        let (id, created_at) = (self.world.id(), self.now);
        let file = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let workflow =
            Workflow { id, name: name.to_owned(), path: format!(".github/workflows/{file}.yml"), created_at };
        self.world.repos[repo].workflows.push(workflow);
        id
    }

    fn run_mut(&mut self, repo: usize, id: u64) -> Option<&mut Run> {
        let now = self.now;
        let run = self.world.repos[repo].runs.iter_mut().find(|run| run.id == id)?;
        run.updated_at = now;
        Some(run)
    }

    /// Lets a run start and end. False when there is none, or when it has already ended.
    pub(in crate::sandbox::github) fn finish_run(&mut self, repo: usize, id: u64, end: Conclusion) -> bool {
        let Some(run) = self.run_mut(repo, id).filter(|run| run.status != "completed") else { return false };
        let actor = run.triggered_by.clone();
        if run.status != "in_progress" {
            run.status = "in_progress";
            self.emit_run(repo, id, "in_progress", &actor);
        }
        if let Some(run) = self.run_mut(repo, id) {
            run.status = "completed";
            run.conclusion = Some(end);
        }
        self.emit_run(repo, id, "completed", &actor);
        true
    }

    /// Starts a further attempt of a run that has ended.
    pub(in crate::sandbox::github) fn rerun(&mut self, repo: usize, id: u64, actor: &str) {
        let now = self.now;
        let Some(run) = self.run_mut(repo, id) else { return };
        run.attempt += 1;
        run.status = "queued";
        run.conclusion = None;
        run.started_at = now;
        run.triggered_by = actor.to_owned();
        self.emit_run(repo, id, "requested", actor);
        if let Some(end) = self.reruns_end {
            self.finish_run(repo, id, end);
        }
    }

    fn emit_run(&mut self, repo: usize, id: u64, action: &str, actor: &str) {
        let home = &self.world.repos[repo];
        let Some(run) = home.runs.iter().find(|run| run.id == id) else { return };
        let sight = self.sight();
        let workflow =
            home.workflows.iter().find(|workflow| workflow.id == run.workflow).map(|found| sight.workflow(repo, found));
        let more = json!({ "workflow_run": sight.run(repo, run), "workflow": workflow });
        self.emit(repo, "workflow_run", Some(action), actor, more);
    }

    /// Publishes a release of the default branch; returns its identifier.
    pub(in crate::sandbox::github) fn publish(
        &mut self,
        repo: usize,
        actor: &str,
        tag: &str,
        name: &str,
        body: &str,
    ) -> u64 {
        let (id, at) = (self.world.id(), self.now);
        self.world.add_login(actor, at);
        let target = self.world.repos[repo].default_branch.clone();
        let release = Release {
            id,
            tag: tag.to_owned(),
            name: name.to_owned(),
            body: body.to_owned(),
            author: actor.to_owned(),
            target,
            at,
        };
        let shown = self.sight().release(repo, &release);
        self.world.repos[repo].releases.push(release);
        self.emit(repo, "release", Some("published"), actor, json!({ "release": shown }));
        id
    }
}
