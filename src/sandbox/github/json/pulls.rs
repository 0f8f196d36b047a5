//! Pull requests, their reviews and files.

use serde_json::{Value, json};

use super::issues::reactions;
use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::diff::{FileDiff, diff};
use crate::sandbox::github::data::{Commit, Issue, Pull, Review, ReviewComment};

impl Sight<'_> {
    /// The short form, as lists and review payloads have it. An issue that is no pull request is `null`.
    pub(in crate::sandbox::github) fn pull(&self, repo: usize, issue: &Issue) -> Value {
        let Some(pull) = &issue.pull else { return Value::Null };
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let number = issue.number;
        let url = format!("{api}/pulls/{number}");
        let issue_url = format!("{api}/issues/{number}");
        let html = format!("{web}/pull/{number}");
        let assignees: Vec<Value> = issue.assignees.iter().map(|login| self.user(login)).collect();
        let reviewers: Vec<Value> = pull.reviewers.iter().map(|login| self.user(login)).collect();
        let state = json!({
            "number": number,
            "state": if issue.open { "open" } else { "closed" },
            "locked": issue.locked,
            "title": issue.title,
            "user": self.user(&issue.author),
            "body": issue.body,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp_or_null(issue.closed_at),
            "merged_at": stamp_or_null(pull.merged_at),
            "merge_commit_sha": pull.merge_sha,
            "assignee": assignees.first(),
            "assignees": assignees,
            "requested_reviewers": reviewers,
            "requested_teams": [],
            "labels": self.labels(repo, &issue.labels),
            "milestone": self.milestone_or_null(repo, issue.milestone),
            "draft": pull.draft,
            "head": self.end(repo, &pull.head_ref, &pull.head_sha),
            "base": self.end(repo, &pull.base_ref, &pull.base_sha),
            "author_association": self.association(repo, &issue.author),
            "auto_merge": null,
            "active_lock_reason": issue.lock_reason,
        });
        let links = [
            ("commits", format!("{url}/commits")),
            ("review_comments", format!("{url}/comments")),
            ("review_comment", format!("{api}/pulls/comments{{/number}}")),
            ("comments", format!("{issue_url}/comments")),
            ("statuses", format!("{api}/statuses/{}", pull.head_sha)),
        ];
        let mut hrefs = json!({ "self": { "href": url }, "html": { "href": html }, "issue": { "href": issue_url } });
        let mut value = json!({
            "url": url,
            "id": pull.id,
            "node_id": node("PR", pull.id),
            "html_url": html,
            "diff_url": format!("{html}.diff"),
            "patch_url": format!("{html}.patch"),
            "issue_url": issue_url,
        });
        for (name, address) in links {
            value[format!("{name}_url")] = json!(address);
            hrefs[name] = json!({ "href": address });
        }
        value = with(value, state);
        value["_links"] = hrefs;
        value
    }

    /// One end of a pull request.
    fn end(&self, repo: usize, branch: &str, sha: &str) -> Value {
        let owner = &self.repo(repo).owner;
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repo),
        })
    }

    /// The long form of a single pull request.
    pub(in crate::sandbox::github) fn full_pull(&self, repo: usize, issue: &Issue) -> Value {
        let Some(pull) = &issue.pull else { return Value::Null };
        let commits = self.pull_commits(repo, pull);
        let standing = self.world.standing(repo, issue, self.now, self.merge_lag);
        let files = self.changed(repo, pull);
        let talk = self.repo(repo).comments.values().filter(|comment| comment.issue == issue.number).count();
        let remarks = self.repo(repo).review_comments.values().filter(|comment| comment.pull == issue.number).count();
        with(
            self.pull(repo, issue),
            json!({
                "merged": pull.merged_at.is_some(),
                "mergeable": standing.mergeable,
                "rebaseable": standing.mergeable,
                "mergeable_state": standing.state,
                "merged_by": pull.merged_by.as_deref().map_or(Value::Null, |login| self.user(login)),
                "comments": talk,
                "review_comments": remarks,
                "maintainer_can_modify": false,
                "commits": commits.len(),
                "additions": files.iter().map(|file| file.additions).sum::<usize>(),
                "deletions": files.iter().map(|file| file.deletions).sum::<usize>(),
                "changed_files": files.len(),
            }),
        )
    }

    /// The base as it is while the pull request is open, and as it was when that was merged or closed.
    fn base_of<'a>(&'a self, repo: usize, pull: &'a Pull) -> &'a str {
        let now = self.repo(repo).branches.get(&pull.base_ref).filter(|_| pull.merged_at.is_none());
        now.map_or(pull.base_sha.as_str(), String::as_str)
    }

    /// The commits of a pull request, oldest first.
    pub(in crate::sandbox::github) fn pull_commits(&self, repo: usize, pull: &Pull) -> Vec<&Commit> {
        let mut commits = self.world.repos[repo].history(&pull.head_sha, Some(self.base_of(repo, pull)));
        commits.reverse();
        commits
    }

    /// What a pull request changes, from where it left its base.
    pub(in crate::sandbox::github) fn changed(&self, repo: usize, pull: &Pull) -> Vec<FileDiff> {
        let home = self.repo(repo);
        let before = home.merge_base(self.base_of(repo, pull), &pull.head_sha).map(|commit| commit.files.clone());
        diff(&before.unwrap_or_default(), &home.files(&pull.head_sha))
    }

    /// The files a pull request touches.
    pub(in crate::sandbox::github) fn files(&self, repo: usize, pull: &Pull) -> Vec<Value> {
        self.changed(repo, pull).iter().map(|file| self.file(repo, &pull.head_sha, file)).collect()
    }

    /// A comment on lines of a diff. Where the diff has moved on, it stands nowhere any more.
    pub(in crate::sandbox::github) fn review_comment(&self, repo: usize, comment: &ReviewComment) -> Value {
        let pull = format!("{}/pulls/{}", self.repo_api(repo), comment.pull);
        let url = format!("{}/pulls/comments/{}", self.repo_api(repo), comment.id);
        let html = format!("{}/pull/{}#discussion_r{}", self.repo_web(repo), comment.pull, comment.id);
        let found = self.repo(repo).issues.get(&comment.pull).and_then(|issue| issue.pull.as_ref());
        let files = found.map(|pull| self.changed(repo, pull)).unwrap_or_default();
        let file = files.iter().find(|file| file.path == comment.path);
        let spot = file.and_then(|file| file.spot(comment.line, comment.side));
        let spot = spot.filter(|spot| spot.hunk_text == comment.hunk);
        let current = spot.is_some();
        let mut value = json!({
            "url": url,
            "pull_request_review_id": comment.review,
            "id": comment.id,
            "node_id": node("PRRC", comment.id),
            "diff_hunk": comment.hunk,
            "path": comment.path,
            "position": spot.map(|spot| spot.position),
            "original_position": comment.position,
            "commit_id": found.filter(|_| current).map_or(&comment.commit, |pull| &pull.head_sha),
            "original_commit_id": comment.commit,
            "user": self.user(&comment.author),
            "body": comment.body,
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "html_url": html,
            "pull_request_url": pull,
            "author_association": self.association(repo, &comment.author),
            "_links": { "self": { "href": url }, "html": { "href": html }, "pull_request": { "href": pull } },
            "start_line": comment.start_line.filter(|_| current),
            "original_start_line": comment.start_line,
            "start_side": comment.start_side,
            "line": current.then_some(comment.line),
            "original_line": comment.line,
            "side": comment.side,
            "reactions": reactions(&url),
            "subject_type": "line",
        });
        if let Some(to) = comment.reply_to {
            value["in_reply_to_id"] = json!(to);
        }
        value
    }

    /// A review; payloads write its state in small letters, the API in capitals.
    pub(in crate::sandbox::github) fn review(&self, repo: usize, number: u64, review: &Review, payload: bool) -> Value {
        let html = format!("{}/pull/{number}#pullrequestreview-{}", self.repo_web(repo), review.id);
        let pull = format!("{}/pulls/{number}", self.repo_api(repo));
        json!({
            "id": review.id,
            "node_id": node("PRR", review.id),
            "user": self.user(&review.author),
            "body": if payload && review.body.is_empty() { Value::Null } else { json!(review.body) },
            "commit_id": review.commit,
            "submitted_at": stamp(review.submitted_at),
            "state": if payload { review.state.to_lowercase() } else { review.state.to_owned() },
            "html_url": html,
            "pull_request_url": pull,
            "author_association": self.association(repo, &review.author),
            "_links": { "html": { "href": html }, "pull_request": { "href": pull } },
        })
    }
}
