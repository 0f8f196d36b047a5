//! Pull requests: opening, changing, merging.

use serde_json::json;

use super::IssueEdit;
use crate::sandbox::github::data::Pull;
use crate::sandbox::github::state::State;

/// What changes on a pull request; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox::github) struct PullEdit {
    pub issue: IssueEdit,
    pub base: Option<String>,
}

/// A pull request to be opened between branches that exist.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct NewPull {
    pub title: String,
    pub body: Option<String>,
    pub head: String,
    pub base: String,
    pub draft: bool,
}

/// How the commits come into the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox::github) enum Method {
    Merge,
    Squash,
    Rebase,
}

impl State {
    /// Opens a pull request from `branch` into the default branch; a branch that does not exist is made with one commit.
    pub(in crate::sandbox::github) fn open_pull(
        &mut self,
        repo: usize,
        actor: &str,
        title: &str,
        branch: &str,
        draft: bool,
    ) -> u64 {
        if !self.world.repos[repo].branches.contains_key(branch) {
            self.push(repo, actor, branch, &[title.to_owned()]);
        }
        let base = self.world.repos[repo].default_branch.clone();
        let new = NewPull { title: title.to_owned(), body: None, head: branch.to_owned(), base, draft };
        self.new_pull(repo, actor, new)
    }

    /// Opens a pull request.
    pub(in crate::sandbox::github) fn new_pull(&mut self, repo: usize, actor: &str, new: NewPull) -> u64 {
        let number = self.add_issue(repo, actor, new.title, new.body);
        let (id, moved_at) = (self.world.id(), self.now);
        let home = &mut self.world.repos[repo];
        let sha = |branch: &str| home.branches.get(branch).cloned().unwrap_or_default();
        let pull = Pull {
            id,
            head_sha: sha(&new.head),
            base_sha: sha(&new.base),
            head_ref: new.head,
            base_ref: new.base,
            draft: new.draft,
            merged_at: None,
            merged_by: None,
            merge_sha: None,
            reviewers: Vec::new(),
            reviews: Vec::new(),
            moved_at,
        };
        if let Some(issue) = home.issues.get_mut(&number) {
            issue.pull = Some(pull);
        }
        self.emit_issue(repo, number, "opened", actor, json!({}));
        number
    }

    pub(super) fn pull_mut(&mut self, repo: usize, number: u64) -> Option<&mut Pull> {
        let now = self.now;
        let issue = self.world.repos[repo].issues.get_mut(&number)?;
        issue.updated_at = now;
        issue.pull.as_mut()
    }

    /// Changes a pull request.
    pub(in crate::sandbox::github) fn edit_pull(&mut self, repo: usize, number: u64, actor: &str, edit: PullEdit) {
        if let Some(base) = edit.base {
            let now = self.now;
            let sha = self.world.repos[repo].branches.get(&base).cloned().unwrap_or_default();
            let Some(pull) = self.pull_mut(repo, number) else { return };
            if pull.base_ref != base {
                pull.moved_at = now;
                let from = (std::mem::replace(&mut pull.base_ref, base), std::mem::replace(&mut pull.base_sha, sha));
                let changes = json!({ "base": { "ref": { "from": from.0 }, "sha": { "from": from.1 } } });
                self.emit_issue(repo, number, "edited", actor, json!({ "changes": changes }));
            }
        }
        self.edit_issue(repo, number, actor, edit.issue);
    }

    /// Takes a pull request out of its draft state, or puts it back there; nothing happens when it already is so.
    pub(in crate::sandbox::github) fn set_draft(&mut self, repo: usize, number: u64, actor: &str, draft: bool) {
        let Some(pull) = self.pull_mut(repo, number) else { return };
        if std::mem::replace(&mut pull.draft, draft) != draft {
            let action = if draft { "converted_to_draft" } else { "ready_for_review" };
            self.emit_issue(repo, number, action, actor, json!({}));
        }
    }

    /// Merges a pull request that can be merged; returns the new head of its base. Whether the rules of the branch allow
    /// it is for the caller to ask.
    pub(in crate::sandbox::github) fn merge(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        message: Option<String>,
        method: Method,
    ) -> Option<String> {
        let now = self.now;
        self.world.add_login(actor, now);
        let home = &self.world.repos[repo];
        let issue = home.issues.get(&number).filter(|issue| issue.open)?;
        let pull = issue.pull.as_ref().filter(|pull| !pull.draft && pull.merged_at.is_none())?;
        let (base, head) = (pull.base_ref.clone(), pull.head_sha.clone());
        let before = home.branches.get(&base).cloned()?;
        let files = home.merged(&before, &head).ok()?;
        let new: Vec<_> = home.history(&head, Some(&before)).into_iter().rev().cloned().collect();
        let default = match method {
            Method::Merge => {
                format!("Merge pull request #{number} from {}/{}\n\n{}", home.owner, pull.head_ref, issue.title)
            }
            Method::Squash | Method::Rebase => format!("{} (#{number})", issue.title),
        };
        let message = message.unwrap_or(default);
        let sha = match method {
            Method::Merge => self.commit(repo, actor, &base, message, files, vec![before.clone(), head]),
            Method::Squash => self.commit(repo, actor, &base, message, files, vec![before.clone()]),
            Method::Rebase => {
                let mut tip = before.clone();
                let last = new.len().saturating_sub(1);
                for (at, commit) in new.into_iter().enumerate() {
                    let files = if at == last { files.clone() } else { commit.files.clone() };
                    tip = self.commit(repo, &commit.author, &base, commit.message, files, vec![tip]);
                }
                tip
            }
        };
        let issue = self.world.repos[repo].issues.get_mut(&number)?;
        issue.open = false;
        issue.closed_at = Some(now);
        issue.closed_by = Some(actor.to_owned());
        issue.updated_at = now;
        let pull = issue.pull.as_mut()?;
        pull.base_sha.clone_from(&before);
        pull.merged_at = Some(now);
        pull.merged_by = Some(actor.to_owned());
        pull.merge_sha = Some(sha.clone());
        self.emit_issue(repo, number, "closed", actor, json!({}));
        self.after_push(repo, actor, &base, Some(&before), &sha);
        Some(sha)
    }
}
