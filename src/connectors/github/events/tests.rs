use std::collections::BTreeMap;
use std::path::Path;

use super::super::tests::dump;
use super::*;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vendor-data/webhooks/github");

fn headers(kind: &str) -> Headers {
    BTreeMap::from([
        ("x-github-event".to_owned(), kind.to_owned()),
        ("x-github-delivery".to_owned(), "d-1".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ])
}

fn one(kind: &str, body: &[u8]) -> Notice {
    let mut notices = read(&headers(kind), body).unwrap();
    assert_eq!(notices.len(), 1);
    notices.remove(0)
}

/// GitHub's own example, or `None` (said aloud) where the folder of examples is not at hand.
fn sample(kind: &str, name: &str) -> Option<Notice> {
    let path = Path::new(SAMPLES).join(kind).join(format!("{name}.payload.json"));
    let body = std::fs::read(&path).ok();
    if body.is_none() {
        eprintln!("skipped: no GitHub example {}", path.display());
    }
    body.map(|body| one(kind, &body))
}

fn told(notice: &Notice) -> String {
    let event = &notice.event;
    let mut lines = vec![format!(
        "{} | {} | {} | {} | {}",
        event.kind,
        event.source,
        event.subject.as_deref().unwrap_or("-"),
        event.time.map(|time| time.to_string()).unwrap_or_default(),
        event.severity.unwrap(),
    )];
    lines.extend(notice.card.iter().map(dump));
    lines.extend(notice.note.iter().map(|note| format!("note {}", dump(note))));
    lines.join("\n")
}

#[test]
fn every_example_of_github_is_read() {
    let Ok(kinds) = std::fs::read_dir(SAMPLES) else {
        eprintln!("skipped: no GitHub examples at {SAMPLES}");
        return;
    };
    let (mut read, mut cards) = (0, 0);
    for kind in kinds.map(|kind| kind.unwrap()) {
        let kind_name = kind.file_name().into_string().unwrap();
        for file in std::fs::read_dir(kind.path()).unwrap().map(|file| file.unwrap().path()) {
            let body = std::fs::read(&file).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let Notice { event, card, note, .. } = one(&kind_name, &body);
            read += 1;
            let at = file.display();
            let action = json["action"].as_str().map(|action| format!(".{action}")).unwrap_or_default();
            assert_eq!(event.kind, format!("github.{kind_name}{action}"), "{at}");
            assert_eq!(event.id, "d-1");
            if let Some(repo) = json["repository"]["full_name"].as_str() {
                assert_eq!(event.source, format!("github:{repo}"), "{at}");
                let about = json["issue"].get("number").or_else(|| json["pull_request"].get("number"));
                if let Some(number) = about.filter(|_| kind_name != "pull_request_review_thread") {
                    assert_eq!(event.subject, Some(format!("{repo}#{number}")), "{at}");
                    assert_eq!(event.key, Some(SubjectKey::new(format!("github:{repo}#{number}"))), "{at}");
                }
            }
            let told = [
                "issues",
                "issue_comment",
                "pull_request",
                "pull_request_review",
                "pull_request_review_comment",
                "push",
                "workflow_run",
                "release",
            ];
            assert_eq!(card.is_some(), told.contains(&kind_name.as_str()), "{at}");
            assert!(card.is_some() || note.is_none(), "{at}");
            for card in card.iter().chain(&note) {
                cards += 1;
                assert!(!card.title.is_empty() && !card.title.contains('\n'), "{at}");
                assert!(card.link.as_deref().is_none_or(|link| link.starts_with("https://")), "{at}: {:?}", card.link);
            }
            if let Some(card) = &card {
                assert_eq!(card.key, event.key, "{at}");
                assert!(event.time.is_some() || kind_name == "push", "{at}");
            }
        }
    }
    assert!(read > 100 && cards > 50, "{read} read, {cards} cards");
}

#[test]
fn an_issue_is_a_living_card() {
    let Some(notice) = sample("issues", "opened") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.issues.opened | github:Codertocat/Hello-World | Codertocat/Hello-World#1 | 2019-05-15T15:20:18Z | info
    Neutral | Codertocat/Hello-World#1 Spelling error in the README file | https://github.com/Codertocat/Hello-World/issues/1
    It looks like you accidently spelled 'commit' with two 't's.
    State: Open
    Author: @Codertocat
    Labels: `bug`
    Assignees: @Codertocat
    Milestone: v1.0
    _GitHub · Codertocat/Hello-World · opened 2019-05-15 15:20 UTC_
    [Close] github.issue.close {"issue":"Codertocat/Hello-World#1"} once: Closed
    [Comment] github.issue.comment {"issue":"Codertocat/Hello-World#1"}
    [Open on GitHub] -> https://github.com/Codertocat/Hello-World/issues/1
    key github:Codertocat/Hello-World#1
    "###);
}

#[test]
fn a_pull_request_is_a_living_card() {
    let Some(notice) = sample("pull_request", "synchronize") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.pull_request.synchronize | github:Codertocat/Hello-World | Codertocat/Hello-World#2 | 2019-05-15T15:20:33Z | info
    Progress | Codertocat/Hello-World#2 Update the README with new information. | https://github.com/Codertocat/Hello-World/pull/2
    This is a pretty simple change that we need to pull into master.
    State: Open
    Author: @Codertocat
    Branch: `master` ← `changes`
    Changes: +1 −1 in 1 file
    Reviewers: @octocat
    Labels: `bug`
    Assignees: @Codertocat
    _GitHub · Codertocat/Hello-World · opened 2019-05-15 15:20 UTC_
    [Comment] github.pr.comment {"pr":"Codertocat/Hello-World#2"}
    [Open on GitHub] -> https://github.com/Codertocat/Hello-World/pull/2
    key github:Codertocat/Hello-World#2
    note Neutral | @Codertocat pushed commits | https://github.com/Codertocat/Hello-World/pull/2/commits
    `f95f852` → `ec26c3e`
    "###);
    let Some(notice) = sample("pull_request", "closed") else { return };
    insta::assert_snapshot!(told(&notice).lines().next().unwrap(), @"github.pull_request.closed | github:Codertocat/Hello-World | Codertocat/Hello-World#2 | 2019-05-15T15:21:18Z | info");
    insta::assert_snapshot!(dump(&notice.note.unwrap()), @"Muted | Closed without merging by @Codertocat | https://github.com/Codertocat/Hello-World/pull/2");
}

#[test]
fn comments_and_reviews_are_follow_ups() {
    let Some(notice) = sample("issue_comment", "created.1") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.issue_comment.created | github:Codertocat/Hello-World | Codertocat/Hello-World#1 | 2019-05-15T15:20:21Z | info
    Neutral | Codertocat/Hello-World#1 Spelling error in the README file | https://github.com/Codertocat/Hello-World/issues/1
    State: Open
    Author: @Codertocat
    Labels: `bug`
    Comments: 2
    _GitHub · Codertocat/Hello-World · opened 2021-01-28 22:17 UTC_
    [Close] github.issue.close {"issue":"Codertocat/Hello-World#1"} once: Closed
    [Comment] github.issue.comment {"issue":"Codertocat/Hello-World#1"}
    [Open on GitHub] -> https://github.com/Codertocat/Hello-World/issues/1
    key github:Codertocat/Hello-World#1
    note Neutral | @Codertocat commented | https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400
    > You are totally right! I'll get this fixed right away.
    "###);
    let Some(notice) = sample("pull_request_review_comment", "created") else { return };
    insta::assert_snapshot!(dump(&notice.note.unwrap()), @r###"
    Neutral | @Codertocat commented on README.md:265 | https://github.com/Codertocat/Hello-World/pull/2#discussion_r284312630
    > Maybe you should use more emoji on this line.
    "###);
}

#[test]
fn pushes_runs_and_releases_have_cards() {
    let Some(notice) = sample("push", "with-new-branch") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.push | github:Codertocat/Hello-World | Codertocat/Hello-World@master | 2019-05-15T15:19:25Z | info
    Neutral | Codertocat/Hello-World: branch master created with 1 commit by @Codertocat | https://github.com/Codertocat/Hello-World/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246
    - [6113728](https://github.com/Codertocat/Hello-World/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246) Initial commit
    _GitHub · Codertocat/Hello-World_
    [Compare] -> https://github.com/Codertocat/Hello-World/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246
    "###);
    let Some(notice) = sample("push", "1") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.push | github:Codertocat/Hello-World | Codertocat/Hello-World@simple-tag | 2019-05-15T15:20:57Z | info
    Muted | Codertocat/Hello-World: tag simple-tag deleted by @Codertocat | -
    _GitHub · Codertocat/Hello-World_
    "###);
    let Some(notice) = sample("workflow_run", "completed") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.workflow_run.completed | github:octo-org/octo-repo | octo-org/octo-repo/run/289782451 | 2020-10-05T16:33:49Z | info
    Good | test succeeded on master | https://github.com/octo-org/octo-repo/actions/runs/289782451
    Repository: octo-org/octo-repo
    Commit: `3484a3f` build(test): check workflow run event payload
    Started by: @Codertocat (repository dispatch)
    Duration: 0 s
    _GitHub · octo-org/octo-repo · run 163_
    [Open run] -> https://github.com/octo-org/octo-repo/actions/runs/289782451
    key github:octo-org/octo-repo/run/289782451
    "###);
    let Some(notice) = sample("release", "published.with-discussion-url") else { return };
    insta::assert_snapshot!(told(&notice), @r###"
    github.release.published | github:Codertocat/Hello-World | Codertocat/Hello-World/release/0.0.1 | 2019-05-15T15:20:53Z | info
    Good | Codertocat/Hello-World 0.0.1 released | https://github.com/Codertocat/Hello-World/releases/tag/0.0.1
    By: @Codertocat
    From: master
    _GitHub · Codertocat/Hello-World · published 2019-05-15 15:20 UTC_
    [Open release] -> https://github.com/Codertocat/Hello-World/releases/tag/0.0.1
    key github:Codertocat/Hello-World/release/0.0.1
    "###);
}

fn json(kind: &str, body: &serde_json::Value) -> Notice {
    one(kind, body.to_string().as_bytes())
}

fn repository() -> serde_json::Value {
    json!({ "full_name": "acme/api", "default_branch": "main", "html_url": "https://github.com/acme/api" })
}

#[test]
fn a_push_tells_its_newest_commits_and_all_its_paths() {
    let commits: Vec<_> = (1..=7)
        .map(|i| {
            json!({ "id": format!("{i}abcdef0123"), "message": format!("Change {i}\n\nbody"), "url": format!("https://github.com/c/{i}"),
                "author": { "name": "Bo", "username": "bo" }, "added": [format!("src/{i}.rs")], "modified": ["README.md"] })
        })
        .collect();
    let body = json!({ "ref": "refs/heads/main", "repository": repository(), "sender": { "login": "ana" }, "forced": true,
        "compare": "https://github.com/acme/api/compare/a...b", "commits": commits, "head_commit": commits[6] });
    let notice = json("push", &body);
    insta::assert_snapshot!(told(&notice), @r###"
    github.push | github:acme/api | acme/api@main |  | medium
    Warning | acme/api: main force-pushed by @ana | https://github.com/acme/api/compare/a...b
    - [3abcdef](https://github.com/c/3) Change 3 · bo
    - [4abcdef](https://github.com/c/4) Change 4 · bo
    - [5abcdef](https://github.com/c/5) Change 5 · bo
    - [6abcdef](https://github.com/c/6) Change 6 · bo
    - [7abcdef](https://github.com/c/7) Change 7 · bo
    +2 more
    _GitHub · acme/api_
    [Compare] -> https://github.com/acme/api/compare/a...b
    "###);
    assert_eq!(notice.event.data["paths"].as_array().unwrap().len(), 8);
    assert_eq!(notice.event.data["branch"], "main");
}

#[test]
fn merging_reviewing_and_failing_have_their_own_words() {
    let pull = json!({ "number": 7, "title": "Fix", "state": "closed", "merged": true, "html_url": "https://github.com/acme/api/pull/7",
        "user": { "login": "ana" }, "merged_by": { "login": "bo" }, "base": { "ref": "main" }, "head": { "ref": "fix" } });
    let notice = json("pull_request", &json!({ "action": "closed", "pull_request": pull, "repository": repository() }));
    assert_eq!(notice.event.kind, "github.pull_request.merged");
    assert_eq!(notice.event.data["action"], "merged");
    assert_eq!(notice.note.unwrap().title, "Merged by @bo into main");
    assert_eq!(notice.card.unwrap().tone, Tone::Good);

    let review = json!({ "state": "changes_requested", "body": "No.", "user": { "login": "cy" } });
    let body = json!({ "action": "submitted", "review": review, "pull_request": pull, "repository": repository() });
    let notice = json("pull_request_review", &body);
    assert_eq!(notice.event.severity, Some(Severity::Low));
    assert_eq!(dump(&notice.note.unwrap()), "Warning | @cy requested changes | -\n> No.");

    let run = json!({ "id": 5, "name": "CI", "status": "completed", "conclusion": "failure", "head_branch": "main",
        "run_started_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:02:05Z", "head_sha": "abcdef012345",
        "display_title": "Fix", "event": "push", "actor": { "login": "ana" }, "html_url": "https://github.com/acme/api/actions/runs/5" });
    let notice =
        json("workflow_run", &json!({ "action": "completed", "workflow_run": run, "repository": repository() }));
    assert_eq!(notice.event.severity, Some(Severity::High));
    assert_eq!(notice.event.data["default_branch"], true);
    insta::assert_snapshot!(told(&notice), @r###"
    github.workflow_run.completed | github:acme/api | acme/api/run/5 | 2024-01-01T00:02:05Z | high
    Bad | CI failed on main | https://github.com/acme/api/actions/runs/5
    Repository: acme/api
    Commit: `abcdef0` Fix
    Started by: @ana (push)
    Duration: 2 min 5 s
    _GitHub · acme/api · run 0_
    [Open run] -> https://github.com/acme/api/actions/runs/5
    key github:acme/api/run/5
    "###);
}

#[test]
fn a_comment_on_a_pull_request_keeps_it_a_pull_request() {
    let call = crate::model::CallId::new();
    let body = json!({ "action": "created", "repository": repository(), "sender": { "login": "qd[bot]", "type": "Bot" },
        "issue": { "number": 7, "title": "Fix", "state": "open", "pull_request": { "html_url": "x" }, "user": { "login": "ana" } },
        "comment": { "id": 1, "body": format!("<!-- quarterdeck:{call} -->\n\n@here [x](javascript:1)"), "user": { "login": "qd[bot]" } } });
    let notice = json("issue_comment", &body);
    assert!(dump(notice.card.as_ref().unwrap()).contains("github.pr.comment"));
    assert_eq!(notice.event.data["comment"]["call"], call.to_string());
    assert_eq!(notice.event.data["is_bot"], true);
    assert_eq!(dump(&notice.note.unwrap()), "Neutral | @qd[bot] commented | -\n> @here x");
}

#[test]
fn what_is_unknown_is_an_event_and_what_is_broken_an_error() {
    let notice = one("ping", br#"{"zen":"x","hook_id":1}"#);
    assert_eq!((notice.event.kind.as_str(), notice.event.source.as_str()), ("github.ping", "github"));
    assert!(notice.card.is_none() && notice.note.is_none());
    let notice = json("made_up", &json!({ "action": "x y", "organization": { "login": "acme" } }));
    assert_eq!((notice.event.kind.as_str(), notice.event.source.as_str()), ("github.made_up", "github:acme"));
    // An issue event without its issue, or with fields of other types, is still an event.
    assert!(json("issues", &json!({ "action": "opened", "repository": repository() })).card.is_none());
    let odd = json!({ "action": 7, "repository": repository(), "issue": { "number": 3, "labels": null, "title": 5, "user": [] } });
    assert_eq!(json("issues", &odd).event.kind, "github.issues");
    for body in ["", "{", "[]", "null", "\"x\"", "payload={}"] {
        assert_eq!(read(&headers("issues"), body.as_bytes()).unwrap_err().policy().label, "bad_input", "{body}");
    }
    for kind in ["", " ", "a/b", "x\ny"] {
        assert!(read(&headers(kind), b"{}").unwrap_err().outside.contains("X-GitHub-Event"), "{kind:?}");
    }
    assert!(read(&BTreeMap::new(), b"{}").is_err());
}

#[test]
fn a_form_is_as_good_as_json() {
    let mut form = headers("issues");
    form.insert("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
    let json =
        json!({ "action": "opened", "repository": repository(), "issue": { "number": 3, "title": "50% & more" } });
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("payload", &json.to_string()).finish();
    let notices = read(&form, body.as_bytes()).unwrap();
    assert_eq!(notices[0].card.as_ref().unwrap().title, "acme/api#3 50% & more");
    assert!(read(&form, b"other=1").unwrap_err().outside.contains("no field `payload`"));
    form.remove("content-type");
    form.remove("x-github-delivery");
    let again = read(&form, body.as_bytes()).unwrap();
    assert_eq!(again[0].event.subject.as_deref(), Some("acme/api#3"));
    assert!(again[0].event.id.starts_with("sha256:"));
}

#[test]
fn what_is_gone_has_no_buttons() {
    let issue =
        json!({ "number": 3, "title": "Bug", "state": "open", "html_url": "https://github.com/acme/api/issues/3" });
    let notice = json(
        "issues",
        &json!({ "action": "deleted", "repository": repository(), "issue": issue, "sender": { "login": "ana" } }),
    );
    assert!(notice.card.unwrap().actions.is_empty());
    assert_eq!(notice.note.unwrap().title, "Deleted by @ana");
}

#[test]
fn the_words_of_subscriptions_fit_the_events() {
    for (word, patterns, help) in kinds() {
        assert!(is_word(word) && !help.is_empty());
        assert!(patterns.iter().all(|pattern| pattern.starts_with("github.")));
    }
}
