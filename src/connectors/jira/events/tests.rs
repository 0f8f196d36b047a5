use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::super::tests::dump;
use super::super::wire::Issue;
use super::*;
use crate::model::SubjectKey;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jira/webhooks");

fn headers() -> Headers {
    BTreeMap::from([("x-atlassian-webhook-identifier".to_owned(), "d-1".to_owned())])
}

fn hook(json: &Value) -> Notice {
    let mut notices = read(&headers(), json.to_string().as_bytes()).unwrap();
    assert_eq!(notices.len(), 1, "{json}");
    notices.remove(0)
}

fn sample(name: &str) -> Notice {
    let body = std::fs::read(Path::new(SAMPLES).join(format!("webhook-{name}.json"))).unwrap();
    read(&headers(), &body).unwrap().remove(0)
}

fn told(notice: &Notice) -> String {
    let event = &notice.event;
    let mut lines = vec![format!(
        "{} | {} | {} | {} | {}{}",
        event.kind,
        event.source,
        event.subject.as_deref().unwrap_or("-"),
        event.time.map(|time| time.to_string()).unwrap_or_default(),
        event.severity.unwrap(),
        if notice.sparse { " | sparse" } else { "" },
    )];
    lines.extend(notice.card.iter().map(dump));
    lines.extend(notice.note.iter().map(|note| format!("note {}", dump(note))));
    lines.extend(notice.state.iter().map(|state| format!("state {}", state.to_plain())));
    lines.extend(notice.looks.iter().map(|look| format!("look {}", look.key)));
    lines.join("\n")
}

#[test]
fn every_example_of_jira_is_read() {
    let mut files: Vec<_> = std::fs::read_dir(SAMPLES).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 28);
    let mut lines = Vec::new();
    for file in files {
        let body = std::fs::read(&file).unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap();
        for notice in read(&headers(), &body).unwrap() {
            let event = &notice.event;
            if let Some(key) = json["issue"]["key"].as_str() {
                assert_eq!(event.subject.as_deref(), Some(key));
                assert_eq!(event.key, Some(SubjectKey::new(format!("jira:{key}"))));
                assert_eq!(notice.card.as_ref().unwrap().key, event.key);
            }
            let title = notice.card.as_ref().map_or("-", |card| card.title.as_str());
            lines.push(format!(
                "{}\n  {} {} {title}",
                file.file_stem().unwrap().display(),
                event.kind,
                event.subject.as_deref().unwrap_or("-")
            ));
            let Some(note) = &notice.note else { continue };
            lines.push(format!(
                "  note {}",
                dump(note)
                    .lines()
                    .map(|line| line.split(" | http").next().unwrap())
                    .collect::<Vec<_>>()
                    .join("\n       ")
            ));
        }
    }
    insta::assert_snapshot!("every_example", lines.join("\n"));
}

#[test]
fn an_issue_is_a_living_card() {
    insta::assert_snapshot!("created", told(&sample("cloud-issue-created-many-fields")));
    insta::assert_snapshot!("resolved", told(&sample("server-issue-updated-resolved")));
    insta::assert_snapshot!("commented", told(&sample("cloud-comment-created-mention-user")));
}

fn issue() -> Value {
    json!({ "id": "10013", "key": "OPS-5", "self": "https://acme.atlassian.net/rest/api/2/issue/10013", "fields": {
        "summary": "Login *fails*", "status": { "name": "To Do", "statusCategory": { "key": "new" } },
        "project": { "id": "10000", "key": "OPS" }, "priority": { "name": "Highest" }, "updated": "2024-01-01T00:00:00.000+0000",
        "description": "see [^log.txt] [~accountid:557058:1]",
        "assignee": { "accountId": "557058:1", "displayName": "Ana W" },
        "attachment": [{ "filename": "log.txt", "content": "https://acme.atlassian.net/rest/api/3/attachment/content/1" }],
        "issuelinks": [
            { "type": { "inward": "is blocked by", "outward": "blocks" }, "outwardIssue": { "id": "10014", "key": "OPS-6", "fields": { "summary": "Other" } } },
            { "inwardIssue": { "key": "OPS-6" } }, { "inwardIssue": { "key": "no key" } },
        ],
        "parent": { "key": "OPS-1", "fields": { "summary": "Epic" } },
    } })
}

#[test]
fn a_moved_issue_says_what_it_was_and_what_it_names() {
    let notice = hook(&json!({
        "timestamp": 1_704_067_200_000_u64, "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_moved",
        "user": { "displayName": "Ben" }, "issue": issue(),
        "changelog": { "items": [
            { "field": "Key", "fieldtype": "jira", "fromString": "ACME-12", "toString": "OPS-5" },
            { "field": "project", "fieldId": "project", "fromString": "Acme", "toString": "Ops" },
            { "field": "status", "fieldId": "status", "fromString": "Backlog", "toString": "To Do" },
        ] },
    }));
    assert_eq!(notice.formerly, Some(SubjectKey::new("jira:ACME-12")));
    assert_eq!(notice.related, [SubjectKey::new("jira:OPS-6"), SubjectKey::new("jira:OPS-1")]);
    assert_eq!(notice.source_id.as_deref(), Some("jira:10000"));
    insta::assert_snapshot!("moved", told(&notice));
}

#[test]
fn a_deleted_issue_has_no_buttons() {
    let notice =
        hook(&json!({ "webhookEvent": "jira:issue_deleted", "user": { "displayName": "Ben" }, "issue": issue() }));
    assert_eq!(notice.event.kind, "jira.issue.deleted");
    assert!(notice.card.unwrap().actions.is_empty());
    assert_eq!(notice.note.unwrap().title, "Deleted by Ben");
}

#[test]
fn a_change_with_a_comment_is_two_events() {
    let body = json!({
        "webhookEvent": "jira:issue_updated", "issue_event_type_name": "issue_resolved", "issue": issue(),
        "changelog": { "items": [{ "field": "status", "fromString": "To Do", "toString": "Done" }] },
        "comment": { "id": "7", "author": { "name": "ben" }, "body": "done *now*", "jsdPublic": false },
    });
    let notices = read(&headers(), body.to_string().as_bytes()).unwrap();
    let kinds: Vec<&str> = notices.iter().map(|notice| notice.event.kind.as_str()).collect();
    assert_eq!(kinds, ["jira.issue.transitioned", "jira.comment.created"]);
    assert_eq!((notices[0].event.id.as_str(), notices[1].event.id.as_str()), ("d-1", "d-1/comment"));
    let said = told(&notices[1]);
    assert!(said.contains("It is not for everybody") && !said.contains("now"), "{said}");
    assert!(!notices[1].event.data.to_string().contains("now"));
}

#[test]
fn what_is_named_by_number_is_told_once_it_was_read() {
    let read_back: Issue = serde_json::from_value(issue()).unwrap();
    let at = IssueKey::parse("OPS-5").unwrap();
    let mut lines = Vec::new();
    for (name, body) in [
        (
            "worklog_created",
            json!({ "worklog": { "id": "3", "issueId": "10013", "timeSpent": "2h", "author": { "displayName": "Ben" }, "comment": "fixed it" } }),
        ),
        (
            "issuelink_created",
            json!({ "issueLink": { "id": 9, "sourceIssueId": 10013, "destinationIssueId": 10014, "issueLinkType": { "name": "Blocks" } } }),
        ),
        (
            "comment_created",
            json!({ "comment": { "id": "4", "self": "https://j.example/rest/api/2/issue/10013/comment/4", "author": { "name": "ben" }, "body": "hi" } }),
        ),
    ] {
        let mut body = body;
        body["webhookEvent"] = name.into();
        let notice = hook(&body);
        assert!(notice.card.is_none() && notice.looks[0].event.is_some(), "{name}");
        assert_eq!(notice.looks[0].key, "issue:10013");
        lines.push(told(&notice));
        let placed = placed(notice.event, &at, &read_back, None);
        assert_eq!((placed.event.source.as_str(), placed.event.subject.as_deref()), ("jira:OPS", Some("OPS-5")));
        lines.push(dump(&placed.note.unwrap()));
    }
    let project = ProjectKey::parse("OPS").unwrap();
    for (name, body) in [
        (
            "sprint_started",
            json!({ "sprint": { "id": 37, "self": "https://acme.atlassian.net/rest/agile/1.0/sprint/37", "name": "Sprint 4", "state": "active", "originBoardId": 5, "goal": "Ship", "startDate": "2024-01-01T09:00:00.000Z" } }),
        ),
        (
            "jira:version_released",
            json!({ "version": { "id": "10000", "name": "v1", "released": true, "projectId": 10000, "releaseDate": "2024-02-01" } }),
        ),
    ] {
        let mut body = body;
        body["webhookEvent"] = name.into();
        let notice = hook(&body);
        lines.push(told(&notice));
        lines.push(told(&placed_in(notice.event, &project, None)));
    }
    insta::assert_snapshot!("signals", lines.join("\n"));
}

#[test]
fn what_is_not_known_is_still_an_event() {
    for (body, kind) in [
        (
            json!({ "webhookEvent": "attachment_created", "attachment": { "id": "1", "filename": "a.txt" } }),
            "jira.attachment.created",
        ),
        (json!({ "webhookEvent": "jira:worklog_updated", "issue": issue() }), "jira.worklog.updated"),
        (json!({ "webhookEvent": "project_archived", "project": { "key": "ACME" } }), "jira.project.archived"),
        (json!({ "webhookEvent": "issue_property_set" }), "jira.issue_property.set"),
        (json!({ "webhookEvent": "jira:issue_updated" }), "jira.issue.updated"),
        (json!({ "webhookEvent": "sprint_started", "sprint": 7 }), "jira.sprint.started"),
        (json!({ "webhookEvent": "holograms" }), "jira.holograms"),
    ] {
        let notice = hook(&body);
        assert_eq!(notice.event.kind, kind);
        assert!(notice.card.is_none() && notice.looks.is_empty());
    }
    for body in ["", "[]", "{", "7", "{}", r#"{"webhookEvent":"no word!"}"#, r#"{"webhookEvent":7}"#] {
        assert!(
            read(&headers(), body.as_bytes()).unwrap_err().outside.starts_with("This webhook cannot be read"),
            "{body}"
        );
    }
    let unsigned = read(&Headers::new(), br#"{"webhookEvent":"a_b"}"#).unwrap();
    assert!(unsigned[0].event.id.starts_with("sha256:"));
}

#[test]
fn the_words_of_subscriptions_fit_the_events() {
    for (word, patterns, help) in kinds() {
        assert!(is_word(word) && !help.is_empty());
        assert!(patterns.iter().all(|pattern| pattern.starts_with("jira.")));
    }
}

proptest::proptest! {
    #[test]
    fn no_body_breaks_it(name in "(jira:)?(issue|comment|sprint|version|worklog)_[a-z]{1,8}", text in "\\PC{0,40}", number in proptest::num::i64::ANY) {
        let odd = [json!(text), json!(number), json!([text]), json!({ "key": text, "id": number, "fields": { "summary": text, "status": number } })];
        for odd in odd {
            let body = json!({
                "webhookEvent": name, "timestamp": odd, "issue": odd, "comment": odd, "sprint": odd, "version": odd, "worklog": odd,
                "changelog": odd, "user": odd,
            });
            proptest::prop_assert!(read(&headers(), body.to_string().as_bytes()).is_ok());
        }
    }
}
