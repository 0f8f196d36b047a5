//! Pull requests: opening, reviewing, merging.

use serde_json::json;

use super::IssueEdit;
use crate::sandbox::github::data::{Pull, Review};
use crate::sandbox::github::setup::Verdict;
use crate::sandbox::github::state::State;

/// What changes on a pull request; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox::github) struct PullEdit {
    pub issue: IssueEdit,
    pub base: Option<String>,
}

impl State {
    /// Opens a pull request from `branch` into the default branch; a branch that does not exist is made with one commit.
    pub(in crate::sandbox::github) fn open_pull(
        &mut self,
        repo: usize,
        actor: &str,
        title: &str,
        body: Option<String>,
        branch: &str,
        draft: bool,
    ) -> u64 {
        let now = self.now;
        self.world.add_login(actor, now);
        if !self.world.repos[repo].branches.contains_key(branch) {
            self.push(repo, actor, branch, &[title.to_owned()]);
        }
        let number = self.add_issue(repo, actor, title.to_owned(), body);
        let id = self.world.id();
        let home = &mut self.world.repos[repo];
        let base_ref = home.default_branch.clone();
        let pull = Pull {
            id,
            head_ref: branch.to_owned(),
            head_sha: home.branches.get(branch).cloned().unwrap_or_default(),
            base_sha: home.branches.get(&base_ref).cloned().unwrap_or_default(),
            base_ref,
            draft,
            merged_at: None,
            merged_by: None,
            merge_sha: None,
            reviewers: Vec::new(),
            reviews: Vec::new(),
        };
        if let Some(issue) = home.issues.get_mut(&number) {
            issue.pull = Some(pull);
        }
        self.emit_issue(repo, number, "opened", actor, json!({}));
        number
    }

    fn pull_mut(&mut self, repo: usize, number: u64) -> Option<&mut Pull> {
        let now = self.now;
        let issue = self.world.repos[repo].issues.get_mut(&number)?;
        issue.updated_at = now;
        issue.pull.as_mut()
    }

    /// Changes a pull request.
    pub(in crate::sandbox::github) fn edit_pull(&mut self, repo: usize, number: u64, actor: &str, edit: PullEdit) {
        if let Some(base) = edit.base {
            let sha = self.world.repos[repo].branches.get(&base).cloned().unwrap_or_default();
            let Some(pull) = self.pull_mut(repo, number) else { return };
            if pull.base_ref != base {
                let from = (std::mem::replace(&mut pull.base_ref, base), std::mem::replace(&mut pull.base_sha, sha));
                let changes = json!({ "base": { "ref": { "from": from.0 }, "sha": { "from": from.1 } } });
                self.emit_issue(repo, number, "edited", actor, json!({ "changes": changes }));
            }
        }
        self.edit_issue(repo, number, actor, edit.issue);
    }

    /// Takes a pull request out of its draft state.
    pub(in crate::sandbox::github) fn ready(&mut self, repo: usize, number: u64, actor: &str) {
        let Some(pull) = self.pull_mut(repo, number) else { return };
        if std::mem::replace(&mut pull.draft, false) {
            self.emit_issue(repo, number, "ready_for_review", actor, json!({}));
        }
    }

    /// Asks someone for a review.
    pub(in crate::sandbox::github) fn request_review(&mut self, repo: usize, number: u64, actor: &str, reviewer: &str) {
        let Some(pull) = self.pull_mut(repo, number) else { return };
        if !pull.reviewers.iter().any(|login| login == reviewer) {
            pull.reviewers.push(reviewer.to_owned());
        }
        let reviewer = self.sight().user(reviewer);
        self.emit_issue(repo, number, "review_requested", actor, json!({ "requested_reviewer": reviewer }));
    }

    /// Reviews a pull request. `None` when there is none of that number.
    pub(in crate::sandbox::github) fn add_review(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        verdict: Verdict,
        body: String,
    ) -> Option<u64> {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        let state = match verdict {
            Verdict::Approve => "APPROVED",
            Verdict::Changes => "CHANGES_REQUESTED",
            Verdict::Comment => "COMMENTED",
        };
        let pull = self.pull_mut(repo, number)?;
        pull.reviewers.retain(|login| login != actor);
        let review =
            Review { id, author: actor.to_owned(), body, state, commit: pull.head_sha.clone(), submitted_at: now };
        pull.reviews.push(review.clone());
        let issue = self.world.repos[repo].issues.get(&number)?;
        let sight = self.sight();
        let more =
            json!({ "review": sight.review(repo, number, &review, true), "pull_request": sight.pull(repo, issue) });
        self.emit(repo, "pull_request_review", Some("submitted"), actor, more);
        Some(id)
    }

    /// Merges a pull request that can be merged; returns the merge commit.
    pub(in crate::sandbox::github) fn merge(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        message: Option<String>,
    ) -> Option<String> {
        let now = self.now;
        self.world.add_login(actor, now);
        let issue = self.world.repos[repo].issues.get(&number).filter(|issue| issue.open)?;
        let pull = issue.pull.as_ref().filter(|pull| !pull.draft && pull.merged_at.is_none())?;
        let owner = &self.world.repos[repo].owner;
        let default = format!("Merge pull request #{number} from {owner}/{}\n\n{}", pull.head_ref, issue.title);
        let (base, head) = (pull.base_ref.clone(), pull.head_sha.clone());
        let before = self.world.repos[repo].branches.get(&base).cloned();
        let sha = self.commit(repo, actor, &base, message.unwrap_or(default), Some(head));
        let issue = self.world.repos[repo].issues.get_mut(&number)?;
        issue.open = false;
        issue.closed_at = Some(now);
        issue.closed_by = Some(actor.to_owned());
        issue.updated_at = now;
        let pull = issue.pull.as_mut()?;
        pull.merged_at = Some(now);
        pull.merged_by = Some(actor.to_owned());
        pull.merge_sha = Some(sha.clone());
        self.emit_issue(repo, number, "closed", actor, json!({}));
        self.emit_push(repo, actor, &base, before.as_deref(), &sha);
        Some(sha)
    }
}
