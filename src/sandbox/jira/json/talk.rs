//! What hangs on an issue: comments, work, files, links, history.

use serde_json::{Value, json};

use super::{Sight, stamp};
use crate::sandbox::jira::data::{Attachment, Comment, History, Issue, LINK_TYPES, Link, Remote, Worklog};
use crate::sandbox::jira::text;

impl Sight<'_> {
    pub(in crate::sandbox::jira) fn comment(&self, issue: &Issue, comment: &Comment) -> Value {
        json!({
            "self": self.api(&format!("issue/{}/comment/{}", issue.id, comment.id)),
            "id": comment.id.to_string(),
            "author": self.user(&comment.author),
            "body": self.text(&comment.body),
            "updateAuthor": self.user(&comment.editor),
            "created": stamp(comment.created),
            "updated": stamp(comment.updated),
            "jsdPublic": true,
        })
    }

    /// A comment with what `expand` asks for.
    pub(in crate::sandbox::jira) fn comment_with(&self, issue: &Issue, comment: &Comment, expand: &[String]) -> Value {
        let mut value = self.comment(issue, comment);
        if expand.iter().any(|name| name == "renderedBody") {
            value["renderedBody"] = json!(text::html(&comment.body));
        }
        if expand.iter().any(|name| name == "properties") {
            let one = |(key, value): (&String, &Value)| json!({ "key": key, "value": value });
            value["properties"] = comment.properties.iter().map(one).collect();
        }
        value
    }

    pub(super) fn comment_page(&self, issue: &Issue) -> Value {
        let total = issue.comments.len();
        json!({
            "comments": issue.comments.iter().map(|comment| self.comment(issue, comment)).collect::<Vec<_>>(),
            "self": self.api(&format!("issue/{}/comment", issue.id)),
            "maxResults": total,
            "total": total,
            "startAt": 0,
        })
    }

    pub(in crate::sandbox::jira) fn worklog(&self, issue: &Issue, log: &Worklog) -> Value {
        json!({
            "self": self.api(&format!("issue/{}/worklog/{}", issue.id, log.id)),
            "author": self.user(&log.author),
            "updateAuthor": self.user(&log.author),
            "comment": self.text(&log.comment),
            "created": stamp(log.created),
            "updated": stamp(log.created),
            "started": stamp(log.started),
            "timeSpent": duration(log.seconds),
            "timeSpentSeconds": log.seconds,
            "id": log.id.to_string(),
            "issueId": issue.id.to_string(),
        })
    }

    pub(in crate::sandbox::jira) fn worklog_page(&self, issue: &Issue) -> Value {
        let total = issue.worklogs.len();
        let logs: Vec<Value> = issue.worklogs.iter().map(|log| self.worklog(issue, log)).collect();
        json!({ "startAt": 0, "maxResults": total.max(20), "total": total, "worklogs": logs })
    }

    pub(in crate::sandbox::jira) fn attachment(&self, file: &Attachment) -> Value {
        let content = if self.data_center() {
            format!("{}/secure/attachment/{}/{}", self.root, file.id, file.name)
        } else {
            self.api(&format!("attachment/content/{}", file.id))
        };
        json!({
            "self": self.api(&format!("attachment/{}", file.id)),
            "id": file.id.to_string(),
            "filename": file.name,
            "author": self.user(&file.author),
            "created": stamp(file.created),
            "size": file.bytes.len(),
            "mimeType": file.mime,
            "content": content,
        })
    }

    pub(super) fn links_of(&self, issue: &Issue) -> Value {
        let mine = self.world.links.values().filter(|link| link.from == issue.id || link.to == issue.id);
        mine.map(|link| self.link(link, issue.id)).collect()
    }

    /// A link seen from one of its issues: the other one stands in it.
    fn link(&self, link: &Link, from: u64) -> Value {
        let mut value = json!({
            "id": link.id.to_string(),
            "self": self.api(&format!("issueLink/{}", link.id)),
            "type": self.link_type(link.kind),
        });
        let (name, other) = if link.from == from { ("outwardIssue", link.to) } else { ("inwardIssue", link.from) };
        if let Some(other) = self.world.issues.get(&other) {
            value[name] = self.linked(other);
        }
        value
    }

    /// A link by itself: both issues stand in it.
    pub(in crate::sandbox::jira) fn full_link(&self, link: &Link) -> Value {
        let mut value = self.link(link, link.from);
        if let Some(from) = self.world.issues.get(&link.from) {
            value["inwardIssue"] = self.linked(from);
        }
        value
    }

    /// A link as webhooks tell of it.
    pub(in crate::sandbox::jira) fn link_event(link: &Link) -> Value {
        let kind = LINK_TYPES.iter().find(|(id, ..)| *id == link.kind);
        json!({
            "id": link.id,
            "sourceIssueId": link.from,
            "destinationIssueId": link.to,
            "issueLinkType": kind.map(|(id, name, outward, inward)| json!({
                "id": id,
                "name": name,
                "outwardName": outward,
                "inwardName": inward,
                "isSubTaskLinkType": false,
                "isSystemLinkType": false,
            })),
            "systemLink": false,
        })
    }

    pub(in crate::sandbox::jira) fn remote(&self, issue: &Issue, remote: &Remote) -> Value {
        let mut value = json!({
            "id": remote.id,
            "self": self.api(&format!("issue/{}/remotelink/{}", issue.key, remote.id)),
            "application": if remote.application.is_null() { json!({}) } else { remote.application.clone() },
            "object": remote.object,
        });
        if let Some(id) = &remote.global_id {
            value["globalId"] = json!(id);
        }
        if let Some(relationship) = &remote.relationship {
            value["relationship"] = json!(relationship);
        }
        value
    }

    pub(in crate::sandbox::jira) fn history(&self, entry: &History) -> Value {
        json!({
            "id": entry.id.to_string(),
            "author": self.user(&entry.author),
            "created": stamp(entry.at),
            "items": entry.items,
        })
    }
}

/// Time spent as Jira writes it, with eight hours to a day: `1d 2h 30m`.
pub(super) fn duration(seconds: u64) -> String {
    let minutes = seconds / 60;
    let (weeks, days, hours, rest) = (minutes / 2400, minutes / 480 % 5, minutes / 60 % 8, minutes % 60);
    let parts = [(weeks, 'w'), (days, 'd'), (hours, 'h'), (rest, 'm')];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if said.is_empty() { "0m".to_owned() } else { said.join(" ") }
}
