//! Comments, work and files on an issue.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::jira::data::{Attachment, Comment, Worklog};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;

impl State {
    /// Comments on an issue; returns the comment's id.
    pub(in crate::sandbox::jira) fn add_comment(
        &mut self,
        issue: u64,
        actor: &str,
        body: Value,
        properties: BTreeMap<String, Value>,
    ) -> u64 {
        let id = self.world.id();
        let now = self.touch(issue);
        let actor = actor.to_owned();
        let comment =
            Comment { id, author: actor.clone(), editor: actor.clone(), body, created: now, updated: now, properties };
        if let Some(issue) = self.world.issues.get_mut(&issue) {
            issue.comments.push(comment.clone());
        }
        self.emit_comment("comment_created", issue, &comment, &actor, false);
        id
    }

    /// Rewrites a comment; false when there is none.
    pub(in crate::sandbox::jira) fn edit_comment(&mut self, issue: u64, id: u64, actor: &str, body: Value) -> bool {
        let now = self.touch(issue);
        let comments = self.world.issues.get_mut(&issue).map(|issue| issue.comments.iter_mut());
        let Some(comment) = comments.and_then(|mut all| all.find(|comment| comment.id == id)) else { return false };
        comment.body = body;
        comment.editor = actor.to_owned();
        comment.updated = now;
        let comment = comment.clone();
        self.emit_comment("comment_updated", issue, &comment, actor, false);
        true
    }

    /// Takes a comment away; false when there is none.
    pub(in crate::sandbox::jira) fn delete_comment(&mut self, issue: u64, id: u64, actor: &str) -> bool {
        self.touch(issue);
        let Some(known) = self.world.issues.get_mut(&issue) else { return false };
        let Some(at) = known.comments.iter().position(|comment| comment.id == id) else { return false };
        let comment = known.comments.remove(at);
        self.emit_comment("comment_deleted", issue, &comment, actor, false);
        true
    }

    /// Tells of a comment; Data Center tells of it once more as a change of the issue.
    pub(super) fn emit_comment(&mut self, event: &str, issue: u64, comment: &Comment, actor: &str, secondary: bool) {
        let Some(known) = self.world.issues.get(&issue) else { return };
        let sight = self.told();
        let names = ["summary", "issuetype", "project", "assignee", "priority", "status"].map(str::to_owned);
        let brief = json!({
            "id": known.id.to_string(),
            "self": sight.api(&format!("issue/{}", known.id)),
            "key": known.key,
            "fields": sight.fields(known, &names),
        });
        let shown = sight.comment(known, comment);
        self.emit_plain(event, Some(issue), json!({ "comment": shown, "issue": brief }), secondary);
        if self.setup.edition == Edition::DataCenter {
            let kind = match event {
                "comment_created" => "issue_commented",
                "comment_updated" => "issue_comment_edited",
                _ => "issue_comment_deleted",
            };
            let more = json!({ "issue_event_type_name": kind, "comment": shown });
            self.emit_issue("jira:issue_updated", issue, actor, more, secondary);
        }
    }

    /// Someone logs work; returns the entry's id.
    pub(in crate::sandbox::jira) fn log_work(
        &mut self,
        issue: u64,
        actor: &str,
        seconds: u64,
        comment: Value,
        started: Option<Timestamp>,
    ) -> u64 {
        let id = self.world.id();
        let now = self.touch(issue);
        let author = actor.to_owned();
        let log = Worklog { id, author, comment, started: started.unwrap_or(now), seconds, created: now };
        let Some(known) = self.world.issues.get_mut(&issue) else { return id };
        known.worklogs.push(log.clone());
        let Some(known) = self.world.issues.get(&issue) else { return id };
        let shown = self.told().worklog(known, &log);
        self.emit_plain("worklog_created", Some(issue), json!({ "worklog": shown }), false);
        id
    }

    /// Someone takes a work entry away; false when there is none.
    pub(in crate::sandbox::jira) fn delete_work(&mut self, issue: u64, id: u64) -> bool {
        self.touch(issue);
        let Some(known) = self.world.issues.get_mut(&issue) else { return false };
        let Some(at) = known.worklogs.iter().position(|log| log.id == id) else { return false };
        let log = known.worklogs.remove(at);
        let Some(known) = self.world.issues.get(&issue) else { return false };
        let shown = self.told().worklog(known, &log);
        self.emit_plain("worklog_deleted", Some(issue), json!({ "worklog": shown }), false);
        true
    }

    /// Someone attaches a file; returns its id.
    pub(in crate::sandbox::jira) fn attach(
        &mut self,
        issue: u64,
        actor: &str,
        name: String,
        mime: String,
        bytes: Bytes,
    ) -> u64 {
        let id = self.world.id();
        let created = self.touch(issue);
        let file = Attachment { id, author: actor.to_owned(), name, mime, created, bytes };
        let shown = self.told().attachment(&file);
        if let Some(issue) = self.world.issues.get_mut(&issue) {
            issue.attachments.push(file);
        }
        self.emit_plain("attachment_created", Some(issue), json!({ "attachment": shown }), false);
        id
    }
}
