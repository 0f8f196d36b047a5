//! Commits, branches and pushes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::sandbox::github::data::{Blob, Commit, Tree};
use crate::sandbox::github::state::State;

/// What `before` is when a branch is new, and `after` when it is gone.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl State {
    /// Adds a commit with these files to a branch, which is made when it does not exist. Returns its hash.
    pub(super) fn commit(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        message: String,
        files: Tree,
        parents: Vec<String>,
    ) -> String {
        let now = self.now;
        let (sha, tree) = (self.world.sha(&message), self.world.sha(branch));
        let home = &mut self.world.repos[repo];
        let author = actor.to_owned();
        home.commits.push(Commit { sha: sha.clone(), tree, parents, message, author, at: now, files });
        home.branches.insert(branch.to_owned(), sha.clone());
        home.pushed_at = now;
        sha
    }

    /// Adds a commit that changes some files; a file without a text is taken away.
    pub(super) fn commit_on(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        message: &str,
        changes: &[(String, Option<Blob>)],
    ) -> String {
        let home = &self.world.repos[repo];
        let parent = home.branches.get(branch).or_else(|| home.branches.get(&home.default_branch)).cloned();
        let mut files: BTreeMap<String, Blob> =
            parent.as_ref().map(|sha| home.files(sha).as_ref().clone()).unwrap_or_default();
        for (path, blob) in changes {
            match blob {
                Some(blob) => drop(files.insert(path.clone(), blob.clone())),
                None => drop(files.remove(path)),
            }
        }
        self.commit(repo, actor, branch, message.to_owned(), Arc::new(files), parent.into_iter().collect())
    }

    /// What a commit of which only the message is known does: it adds lines to the branch's own file.
    fn scribble(&self, repo: usize, branch: &str, message: &str) -> (String, Option<Blob>) {
        let home = &self.world.repos[repo];
        let path = format!("src/{}.rs", branch.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        let head = home.branches.get(branch).or_else(|| home.branches.get(&home.default_branch));
        let old = head.and_then(|sha| home.files(sha).get(&path).map(|blob| blob.text.to_string())).unwrap_or_default();
        let first = message.lines().next().unwrap_or_default();
        let more: Vec<String> = (0..=message.len() % 5).map(|line| format!("// {first} ({line})\n")).collect();
        (path, Some(Blob::text(&format!("{old}{}", more.concat()))))
    }

    /// Pushes commits to a branch and returns its head. Open pull requests from it follow.
    pub(in crate::sandbox::github) fn push(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        messages: &[String],
    ) -> Option<String> {
        self.pushing(repo, actor, branch, |state| {
            for message in messages {
                let change = state.scribble(repo, branch, message);
                state.commit_on(repo, actor, branch, message, &[change]);
            }
        })
    }

    /// Pushes one commit that changes these files.
    pub(in crate::sandbox::github) fn push_files(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        message: &str,
        changes: &[(String, Option<Blob>)],
    ) -> Option<String> {
        self.pushing(repo, actor, branch, |state| {
            state.commit_on(repo, actor, branch, message, changes);
        })
    }

    /// Does something to a branch and tells of it as of a push.
    pub(super) fn pushing(
        &mut self,
        repo: usize,
        actor: &str,
        branch: &str,
        work: impl FnOnce(&mut Self),
    ) -> Option<String> {
        let now = self.now;
        self.world.add_login(actor, now);
        let before = self.world.repos[repo].branches.get(branch).cloned();
        work(self);
        let after =
            self.world.repos[repo].branches.get(branch).cloned().filter(|after| before.as_ref() != Some(after))?;
        self.after_push(repo, actor, branch, before.as_deref(), &after);
        Some(after)
    }

    /// What follows when a branch has a new head.
    pub(super) fn after_push(&mut self, repo: usize, actor: &str, branch: &str, before: Option<&str>, after: &str) {
        self.world.repos[repo].pushed_at = self.now;
        if before.is_none() {
            self.emit_create(repo, actor, branch);
        }
        self.emit_push(repo, actor, branch, before, after);
        self.learn_workflows(repo);
        self.follow(repo, actor, branch, after);
    }

    /// Open pull requests from a branch get its new head; those into it are looked at again.
    fn follow(&mut self, repo: usize, actor: &str, branch: &str, after: &str) {
        let now = self.now;
        let mut moved = Vec::new();
        for issue in self.world.repos[repo].issues.values_mut().filter(|issue| issue.open) {
            let Some(pull) = issue.pull.as_mut() else { continue };
            if pull.base_ref == branch {
                pull.moved_at = now;
            }
            if pull.head_ref == branch && pull.head_sha != after {
                pull.moved_at = now;
                issue.updated_at = now;
                moved.push((issue.number, std::mem::replace(&mut pull.head_sha, after.to_owned())));
            }
        }
        for (number, was) in moved {
            self.emit_issue(repo, number, "synchronize", actor, json!({ "before": was, "after": after }));
        }
    }

    /// GitHub knows the workflows whose files are on the default branch.
    fn learn_workflows(&mut self, repo: usize) {
        let home = &self.world.repos[repo];
        let Some(head) = home.branches.get(&home.default_branch) else { return };
        let files = home.files(head);
        for (path, blob) in files.iter() {
            let Some(spec) = &blob.workflow else { continue };
            if self.world.repos[repo].workflows.iter().all(|known| known.path != *path) {
                let made = self.world.new_workflow(path.clone(), spec, self.now);
                self.world.repos[repo].workflows.push(made);
            }
        }
    }

    /// Makes a branch at a commit, or moves it there as `git push --force` does.
    pub(in crate::sandbox::github) fn make_branch(&mut self, repo: usize, actor: &str, branch: &str, sha: &str) {
        let sha = sha.to_owned();
        self.pushing(repo, actor, branch, |state| {
            state.world.repos[repo].branches.insert(branch.to_owned(), sha);
        });
    }

    /// Takes a branch away. False when there is none.
    pub(in crate::sandbox::github) fn delete_branch(&mut self, repo: usize, actor: &str, branch: &str) -> bool {
        let Some(sha) = self.world.repos[repo].branches.remove(branch) else { return false };
        let more = json!({ "ref": branch, "ref_type": "branch", "pusher_type": "user" });
        self.emit(repo, "delete", None, actor, more);
        self.emit_push(repo, actor, branch, Some(&sha), NOTHING);
        true
    }

    fn emit_create(&mut self, repo: usize, actor: &str, branch: &str) {
        let home = &self.world.repos[repo];
        let more = json!({
            "ref": branch,
            "ref_type": "branch",
            "master_branch": home.default_branch,
            "description": home.description,
            "pusher_type": "user",
        });
        self.emit(repo, "create", None, actor, more);
    }

    fn emit_push(&mut self, repo: usize, actor: &str, branch: &str, before: Option<&str>, after: &str) {
        let more = self.push_payload(repo, actor, branch, before, after);
        self.emit(repo, "push", None, actor, more);
    }

    /// What a `push` says beside the repository.
    pub(super) fn push_payload(
        &self,
        repo: usize,
        actor: &str,
        branch: &str,
        before: Option<&str>,
        after: &str,
    ) -> serde_json::Value {
        let home = &self.world.repos[repo];
        let sight = self.sight();
        let deleted = after == NOTHING;
        let base = before.or_else(|| home.branches.get(&home.default_branch).map(String::as_str));
        let base = base.filter(|base| *base != after);
        let mut commits: Vec<_> =
            home.history(after, base).into_iter().map(|commit| sight.pushed_commit(repo, commit)).collect();
        commits.reverse();
        let short = |sha: &str| sha.chars().take(12).collect::<String>();
        let web = format!("{}/{}", self.links.web, home.full_name());
        let compare = match before {
            Some(before) => format!("{web}/compare/{}...{}", short(before), short(after)),
            None => format!("{web}/compare/{branch}"),
        };
        let head = home.commit(after).filter(|_| !deleted).map(|commit| sight.pushed_commit(repo, commit));
        let forced = before.is_some_and(|before| !deleted && !home.reachable(after).contains(before));
        json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(NOTHING),
            "after": after,
            "created": before.is_none(),
            "deleted": deleted,
            "forced": forced,
            "base_ref": null,
            "compare": compare,
            "head_commit": head,
            "commits": if deleted { Vec::new() } else { commits },
            "pusher": sight.git_person(actor),
        })
    }
}
