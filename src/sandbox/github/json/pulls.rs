//! Pull requests, their reviews and files.

use serde_json::{Value, json};

use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::{Commit, Issue, Pull, Review};

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
            "active_lock_reason": null,
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
        let open = issue.open && pull.merged_at.is_none();
        let state = match (open, pull.draft) {
            (false, _) => "unknown",
            (true, true) => "draft",
            (true, false) => "clean",
        };
        let talk = self.repo(repo).comments.values().filter(|comment| comment.issue == issue.number).count();
        let mergeable = if open { json!(true) } else { Value::Null };
        with(
            self.pull(repo, issue),
            json!({
                "merged": pull.merged_at.is_some(),
                "mergeable": mergeable,
                "rebaseable": mergeable,
                "mergeable_state": state,
                "merged_by": pull.merged_by.as_deref().map_or(Value::Null, |login| self.user(login)),
                "comments": talk,
                "review_comments": 0,
                "maintainer_can_modify": false,
                "commits": commits.len(),
                "additions": commits.iter().map(|commit| commit.added).sum::<u64>(),
                "deletions": 0,
                "changed_files": self.files(repo, pull).len(),
            }),
        )
    }

    /// The commits of a pull request, oldest first.
    pub(in crate::sandbox::github) fn pull_commits(&self, repo: usize, pull: &Pull) -> Vec<&Commit> {
        let mut commits = self.world.repos[repo].history(&pull.head_sha, Some(&pull.base_sha));
        commits.reverse();
        commits
    }

    /// The files a pull request touches.
    pub(in crate::sandbox::github) fn files(&self, repo: usize, pull: &Pull) -> Vec<Value> {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let mut files: Vec<(&str, &str, u64)> = Vec::new();
        for commit in self.pull_commits(repo, pull) {
            match files.iter_mut().find(|(name, ..)| *name == commit.file) {
                Some((_, sha, added)) => (*sha, *added) = (&commit.tree, *added + commit.added),
                None => files.push((&commit.file, &commit.tree, commit.added)),
            }
        }
        let head = &pull.head_sha;
        let entry = |(name, sha, added): (&str, &str, u64)| {
            json!({
                "sha": sha,
                "filename": name,
                "status": "modified",
                "additions": added,
                "deletions": 0,
                "changes": added,
                "blob_url": format!("{web}/blob/{head}/{name}"),
                "raw_url": format!("{web}/raw/{head}/{name}"),
                "contents_url": format!("{api}/contents/{name}?ref={head}"),
                "patch": format!("@@ -1 +1,{} @@\n{}", added + 1, "+a line\n".repeat(usize::try_from(added).unwrap_or(1))),
            })
        };
        files.into_iter().map(entry).collect()
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
