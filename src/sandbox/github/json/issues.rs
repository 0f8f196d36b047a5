//! Issues, comments, labels and milestones.

use serde_json::{Value, json};

use super::{Sight, node, stamp, stamp_or_null, with};
use crate::sandbox::github::data::{Comment, Issue, Label, Milestone};

impl Sight<'_> {
    /// The form of an issue (or of a pull request seen as one) that the API and the webhooks have in common.
    pub(in crate::sandbox::github) fn issue(&self, repo: usize, issue: &Issue) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let number = issue.number;
        let url = format!("{api}/issues/{number}");
        let path = if issue.pull.is_some() { "pull" } else { "issues" };
        let comments = self.repo(repo).comments.values().filter(|comment| comment.issue == number).count();
        let assignees: Vec<Value> = issue.assignees.iter().map(|login| self.user(login)).collect();
        let mut value = json!({
            "url": url,
            "repository_url": api,
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "html_url": format!("{web}/{path}/{number}"),
            "id": issue.id,
            "node_id": issue.pull.as_ref().map_or_else(|| node("I", issue.id), |pull| node("PR", pull.id)),
            "number": number,
            "title": issue.title,
            "user": self.user(&issue.author),
            "labels": self.labels(repo, &issue.labels),
            "state": if issue.open { "open" } else { "closed" },
            "locked": issue.locked,
            "assignee": assignees.first(),
            "assignees": assignees,
            "milestone": self.milestone_or_null(repo, issue.milestone),
            "comments": comments,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp_or_null(issue.closed_at),
            "author_association": self.association(repo, &issue.author),
            "active_lock_reason": issue.lock_reason,
            "body": issue.body,
            "reactions": reactions(&url),
            "timeline_url": format!("{url}/timeline"),
            "performed_via_github_app": null,
            "state_reason": issue.state_reason,
        });
        if let Some(pull) = &issue.pull {
            let more = json!({
                "draft": pull.draft,
                "pull_request": {
                    "url": format!("{api}/pulls/{number}"),
                    "html_url": format!("{web}/pull/{number}"),
                    "diff_url": format!("{web}/pull/{number}.diff"),
                    "patch_url": format!("{web}/pull/{number}.patch"),
                    "merged_at": stamp_or_null(pull.merged_at),
                },
            });
            value = with(value, more);
        }
        value
    }

    /// A single issue as the API answers it.
    pub(in crate::sandbox::github) fn full_issue(&self, repo: usize, issue: &Issue) -> Value {
        let closed_by = issue.closed_by.as_deref().map_or(Value::Null, |login| self.user(login));
        with(self.issue(repo, issue), json!({ "closed_by": closed_by }))
    }

    pub(in crate::sandbox::github) fn comment(&self, repo: usize, comment: &Comment) -> Value {
        let (api, web) = (self.repo_api(repo), self.repo_web(repo));
        let (id, number) = (comment.id, comment.issue);
        let pull = self.repo(repo).issues.get(&number).is_some_and(|issue| issue.pull.is_some());
        let url = format!("{api}/issues/comments/{id}");
        json!({
            "url": url,
            "html_url": format!("{web}/{}/{number}#issuecomment-{id}", if pull { "pull" } else { "issues" }),
            "issue_url": format!("{api}/issues/{number}"),
            "id": id,
            "node_id": node("IC", id),
            "user": self.user(&comment.author),
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "author_association": self.association(repo, &comment.author),
            "body": comment.body,
            "reactions": reactions(&url),
            "performed_via_github_app": null,
        })
    }

    pub(in crate::sandbox::github) fn labels(&self, repo: usize, ids: &[u64]) -> Vec<Value> {
        let known = &self.repo(repo).labels;
        ids.iter()
            .filter_map(|id| known.iter().find(|label| label.id == *id))
            .map(|label| self.label(repo, label))
            .collect()
    }

    pub(in crate::sandbox::github) fn label(&self, repo: usize, label: &Label) -> Value {
        // A label's name stands in its own address, so spaces have to be escaped there.
        let name = super::super::query::escape(&label.name);
        json!({
            "id": label.id,
            "node_id": node("LA", label.id),
            "url": format!("{}/labels/{name}", self.repo_api(repo)),
            "name": label.name,
            "color": label.color,
            "default": label.default,
            "description": label.description,
        })
    }

    pub(in crate::sandbox::github) fn milestone_or_null(&self, repo: usize, number: Option<u64>) -> Value {
        let found = number.and_then(|number| self.repo(repo).milestone(number));
        found.map_or(Value::Null, |milestone| self.milestone(repo, milestone))
    }

    pub(in crate::sandbox::github) fn milestone(&self, repo: usize, milestone: &Milestone) -> Value {
        let number = milestone.number;
        let url = format!("{}/milestones/{number}", self.repo_api(repo));
        let within = |open: bool| {
            self.repo(repo).issues.values().filter(|i| i.milestone == Some(number) && i.open == open).count()
        };
        json!({
            "url": url,
            "html_url": format!("{}/milestone/{number}", self.repo_web(repo)),
            "labels_url": format!("{url}/labels"),
            "id": milestone.id,
            "node_id": node("MI", milestone.id),
            "number": number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(&milestone.creator),
            "open_issues": within(true),
            "closed_issues": within(false),
            "state": if milestone.open { "open" } else { "closed" },
            "created_at": stamp(milestone.created_at),
            "updated_at": stamp(milestone.created_at),
            "due_on": null,
            "closed_at": null,
        })
    }

    /// How an author stands to the repository.
    pub(super) fn association(&self, repo: usize, login: &str) -> &'static str {
        let repo = self.repo(repo);
        match repo.owner.eq_ignore_ascii_case(login) {
            true => "OWNER",
            false if !repo.roles.contains_key(&login.to_lowercase()) => "NONE",
            false if self.organization(&repo.owner).is_some() => "MEMBER",
            false => "COLLABORATOR",
        }
    }
}

pub(super) fn reactions(url: &str) -> Value {
    json!({
        "url": format!("{url}/reactions"),
        "total_count": 0,
        "+1": 0,
        "-1": 0,
        "laugh": 0,
        "hooray": 0,
        "confused": 0,
        "heart": 0,
        "rocket": 0,
        "eyes": 0,
    })
}
