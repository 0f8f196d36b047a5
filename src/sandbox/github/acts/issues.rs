//! Issues, labels, assignees and comments.

use serde_json::{Value, json};

use crate::sandbox::github::body::Field;
use crate::sandbox::github::data::{Comment, Gone, Issue};
use crate::sandbox::github::json::fields;
use crate::sandbox::github::state::State;

/// An issue to be opened.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox::github) struct NewIssue {
    pub title: String,
    pub body: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub milestone: Option<u64>,
}

/// What changes on an issue; `None` and `Absent` leave it as it is.
#[derive(Debug, Clone, Default)]
pub(in crate::sandbox::github) struct IssueEdit {
    pub title: Option<String>,
    pub body: Field<String>,
    pub open: Option<bool>,
    pub reason: Option<&'static str>,
    pub labels: Option<Vec<String>>,
    pub assignees: Option<Vec<String>>,
    pub milestone: Field<u64>,
}

/// That a conversation is locked, and the reason that was given.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox::github) struct Lock(pub(in crate::sandbox::github) Option<&'static str>);

impl State {
    fn issue_mut(&mut self, repo: usize, number: u64) -> Option<&mut Issue> {
        let now = self.now;
        let issue = self.world.repos[repo].issues.get_mut(&number)?;
        issue.updated_at = now;
        Some(issue)
    }

    /// Tells the hooks about an issue or a pull request, whichever this number is.
    pub(super) fn emit_issue(&mut self, repo: usize, number: u64, action: &str, sender: &str, more: Value) {
        let Some(issue) = self.world.repos[repo].issues.get(&number) else { return };
        let sight = self.sight();
        let (event, subject) = match issue.pull {
            None => ("issues", json!({ "issue": sight.issue(repo, issue) })),
            Some(_) => ("pull_request", json!({ "number": number, "pull_request": sight.full_pull(repo, issue) })),
        };
        let mut all = fields(subject);
        all.extend(fields(more));
        self.emit(repo, event, Some(action), sender, Value::Object(all));
    }

    /// Opens an issue and returns its number.
    pub(in crate::sandbox::github) fn open_issue(&mut self, repo: usize, actor: &str, new: NewIssue) -> u64 {
        let number = self.add_issue(repo, actor, new.title, new.body);
        let labels: Vec<u64> = new.labels.iter().map(|name| self.label_id(repo, name)).collect();
        if let Some(issue) = self.issue_mut(repo, number) {
            issue.labels = labels.clone();
            issue.assignees = new.assignees.clone();
            issue.milestone = new.milestone;
        }
        self.emit_issue(repo, number, "opened", actor, json!({}));
        for label in labels {
            self.emit_label(repo, number, "labeled", actor, label);
        }
        for login in new.assignees {
            let assignee = self.sight().user(&login);
            self.emit_issue(repo, number, "assigned", actor, json!({ "assignee": assignee }));
        }
        number
    }

    /// Puts an issue into the repository without telling anyone.
    pub(super) fn add_issue(&mut self, repo: usize, actor: &str, title: String, body: Option<String>) -> u64 {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        let home = &mut self.world.repos[repo];
        home.last_number += 1;
        let number = home.last_number;
        let issue = Issue {
            id,
            number,
            title,
            body,
            author: actor.to_owned(),
            open: true,
            state_reason: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            milestone: None,
            locked: false,
            lock_reason: None,
            created_at: now,
            updated_at: now,
            closed_at: None,
            closed_by: None,
            pull: None,
        };
        home.issues.insert(number, issue);
        number
    }

    /// The label of that name, made when it does not exist: GitHub does the same.
    fn label_id(&mut self, repo: usize, name: &str) -> u64 {
        if let Some(label) = self.world.repos[repo].label(name) {
            return label.id;
        }
        let label = self.world.new_label(name, "ededed", None);
        let id = label.id;
        self.world.repos[repo].labels.push(label);
        id
    }

    fn emit_label(&mut self, repo: usize, number: u64, action: &str, actor: &str, label: u64) {
        let label = self.sight().labels(repo, &[label]).pop();
        self.emit_issue(repo, number, action, actor, json!({ "label": label }));
    }

    /// Changes an issue or a pull request; each change is told by itself.
    pub(in crate::sandbox::github) fn edit_issue(&mut self, repo: usize, number: u64, actor: &str, edit: IssueEdit) {
        self.reword(repo, number, actor, edit.title, edit.body);
        self.set_milestone(repo, number, actor, edit.milestone);
        if let Some(names) = edit.labels {
            self.set_labels(repo, number, actor, &names);
        }
        if let Some(logins) = edit.assignees {
            self.set_assignees(repo, number, actor, &logins);
        }
        if let Some(open) = edit.open {
            self.set_open(repo, number, actor, open, edit.reason);
        }
    }

    fn set_milestone(&mut self, repo: usize, number: u64, actor: &str, milestone: Field<u64>) {
        let Some(wanted) = milestone.change() else { return };
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let before = std::mem::replace(&mut issue.milestone, wanted);
        if before == wanted {
            return;
        }
        for (action, milestone) in [("demilestoned", before), ("milestoned", wanted)] {
            if milestone.is_some() {
                let shown = self.sight().milestone_or_null(repo, milestone);
                self.emit_issue(repo, number, action, actor, json!({ "milestone": shown }));
            }
        }
    }

    /// Locks the talk on an issue, or lets it go on.
    pub(in crate::sandbox::github) fn set_locked(&mut self, repo: usize, number: u64, actor: &str, lock: Option<Lock>) {
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let before = std::mem::replace(&mut issue.locked, lock.is_some());
        issue.lock_reason = lock.and_then(|lock| lock.0);
        if before != lock.is_some() {
            self.emit_issue(repo, number, if lock.is_some() { "locked" } else { "unlocked" }, actor, json!({}));
        }
    }

    /// Takes an issue away for good.
    pub(in crate::sandbox::github) fn delete_issue(&mut self, repo: usize, number: u64, actor: &str) {
        self.emit_issue(repo, number, "deleted", actor, json!({}));
        let home = &mut self.world.repos[repo];
        home.issues.remove(&number);
        home.comments.retain(|_, comment| comment.issue != number);
        home.gone.insert(number, Gone::Deleted);
    }

    /// Moves an issue to another repository; returns its number there. Labels that are not there stay behind.
    pub(in crate::sandbox::github) fn transfer_issue(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        to: usize,
    ) -> Option<u64> {
        let issue = self.world.repos[repo].issues.get(&number)?.clone();
        let new = self.add_issue(to, &issue.author, issue.title.clone(), issue.body.clone());
        let names = self.world.repos[repo].labels.iter().filter(|label| issue.labels.contains(&label.id));
        let kept = names.filter_map(|label| self.world.repos[to].label(&label.name).map(|label| label.id)).collect();
        let assignees = issue.assignees.iter().filter(|login| self.world.assignable(to, login)).cloned().collect();
        let moved = self.world.repos[to].issues.get_mut(&new)?;
        (moved.labels, moved.assignees) = (kept, assignees);
        (moved.created_at, moved.open, moved.state_reason) = (issue.created_at, issue.open, issue.state_reason);
        (moved.closed_at, moved.closed_by) = (issue.closed_at, issue.closed_by.clone());
        let sight = self.sight();
        let shown = sight.issue(to, self.world.repos[to].issues.get(&new)?);
        let changes = json!({ "new_issue": shown, "new_repository": sight.repository(to) });
        let old = json!({ "old_issue": sight.issue(repo, &issue), "old_repository": sight.repository(repo) });
        self.emit_issue(repo, number, "transferred", actor, json!({ "changes": changes }));
        let home = &mut self.world.repos[repo];
        home.issues.remove(&number);
        home.gone.insert(number, Gone::Transferred(to, new));
        let (talk, rest) =
            std::mem::take(&mut home.comments).into_iter().partition(|(_, comment)| comment.issue == number);
        home.comments = rest;
        let talk: std::collections::BTreeMap<u64, Comment> = talk;
        let talk = talk.into_iter().map(|(id, comment)| (id, Comment { issue: new, ..comment }));
        self.world.repos[to].comments.extend(talk);
        self.emit_issue(to, new, "opened", actor, json!({ "changes": old }));
        Some(new)
    }

    fn reword(&mut self, repo: usize, number: u64, actor: &str, title: Option<String>, body: Field<String>) {
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let mut changes = json!({});
        if let Some(title) = title.filter(|title| *title != issue.title) {
            changes["title"] = json!({ "from": std::mem::replace(&mut issue.title, title) });
        }
        if let Some(body) = body.change().filter(|body| *body != issue.body) {
            changes["body"] = json!({ "from": std::mem::replace(&mut issue.body, body).unwrap_or_default() });
        }
        if changes != json!({}) {
            self.emit_issue(repo, number, "edited", actor, json!({ "changes": changes }));
        }
    }

    /// Closes or reopens; nothing happens when it already is so.
    pub(in crate::sandbox::github) fn set_open(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        open: bool,
        reason: Option<&'static str>,
    ) {
        let now = self.now;
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let is_pull = issue.pull.is_some();
        let merged = issue.pull.as_ref().is_some_and(|pull| pull.merged_at.is_some());
        if issue.open == open || merged {
            return;
        }
        issue.open = open;
        issue.closed_at = (!open).then_some(now);
        issue.closed_by = (!open).then(|| actor.to_owned());
        issue.state_reason = match (is_pull, open) {
            (true, _) => None,
            (false, true) => Some("reopened"),
            (false, false) => Some(reason.unwrap_or("completed")),
        };
        self.emit_issue(repo, number, if open { "reopened" } else { "closed" }, actor, json!({}));
    }

    /// Makes the labels exactly these.
    pub(in crate::sandbox::github) fn set_labels(&mut self, repo: usize, number: u64, actor: &str, names: &[String]) {
        let mut wanted = Vec::new();
        for name in names {
            let id = self.label_id(repo, name);
            if !wanted.contains(&id) {
                wanted.push(id);
            }
        }
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let before = issue.labels.clone();
        for gone in before.iter().filter(|id| !wanted.contains(id)) {
            if let Some(issue) = self.issue_mut(repo, number) {
                issue.labels.retain(|id| id != gone);
            }
            self.emit_label(repo, number, "unlabeled", actor, *gone);
        }
        for new in wanted.into_iter().filter(|id| !before.contains(id)) {
            if let Some(issue) = self.issue_mut(repo, number) {
                issue.labels.push(new);
            }
            self.emit_label(repo, number, "labeled", actor, new);
        }
    }

    /// Makes the assignees exactly these, ten at most.
    pub(in crate::sandbox::github) fn set_assignees(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        logins: &[String],
    ) {
        let mut wanted: Vec<String> = Vec::new();
        for login in logins.iter().filter_map(|login| self.world.user(login)).map(|user| user.login.clone()) {
            if !wanted.contains(&login) {
                wanted.push(login);
            }
        }
        wanted.truncate(10);
        let Some(issue) = self.issue_mut(repo, number) else { return };
        let before = std::mem::replace(&mut issue.assignees, wanted.clone());
        let gone = before.iter().filter(|login| !wanted.contains(login)).map(|login| ("unassigned", login));
        let new = wanted.iter().filter(|login| !before.contains(login)).map(|login| ("assigned", login));
        for (action, login) in gone.chain(new) {
            let assignee = self.sight().user(login);
            self.emit_issue(repo, number, action, actor, json!({ "assignee": assignee }));
        }
    }

    /// Comments on an issue or a pull request. `None` when there is no such number.
    pub(in crate::sandbox::github) fn add_comment(
        &mut self,
        repo: usize,
        number: u64,
        actor: &str,
        body: String,
    ) -> Option<u64> {
        let (id, now) = (self.world.id(), self.now);
        self.world.add_login(actor, now);
        self.issue_mut(repo, number)?;
        let comment = Comment { id, issue: number, author: actor.to_owned(), body, created_at: now, updated_at: now };
        self.world.repos[repo].comments.insert(id, comment);
        self.emit_comment(repo, id, "created", actor, json!({}));
        Some(id)
    }

    /// Rewrites a comment.
    pub(in crate::sandbox::github) fn edit_comment(&mut self, repo: usize, id: u64, actor: &str, body: String) {
        let now = self.now;
        let Some(comment) = self.world.repos[repo].comments.get_mut(&id) else { return };
        if comment.body == body {
            return;
        }
        let from = std::mem::replace(&mut comment.body, body);
        comment.updated_at = now;
        self.emit_comment(repo, id, "edited", actor, json!({ "changes": { "body": { "from": from } } }));
    }

    /// Takes a comment away.
    pub(in crate::sandbox::github) fn delete_comment(&mut self, repo: usize, id: u64, actor: &str) {
        // The payload shows the comment, and the issue already without it.
        let Some(comment) = self.world.repos[repo].comments.remove(&id) else { return };
        let shown = self.sight().comment(repo, &comment);
        self.emit_about_comment(repo, comment.issue, &shown, "deleted", actor, json!({}));
    }

    fn emit_comment(&mut self, repo: usize, id: u64, action: &str, actor: &str, more: Value) {
        let Some(comment) = self.world.repos[repo].comments.get(&id) else { return };
        let (number, shown) = (comment.issue, self.sight().comment(repo, comment));
        self.emit_about_comment(repo, number, &shown, action, actor, more);
    }

    fn emit_about_comment(
        &mut self,
        repo: usize,
        number: u64,
        comment: &Value,
        action: &str,
        actor: &str,
        more: Value,
    ) {
        let Some(issue) = self.world.repos[repo].issues.get(&number) else { return };
        let mut all = fields(json!({ "issue": self.sight().issue(repo, issue), "comment": comment }));
        all.extend(fields(more));
        self.emit(repo, "issue_comment", Some(action), actor, Value::Object(all));
    }
}
