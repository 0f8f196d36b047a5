//! GitHub's webhooks as cards: one card an object, edited as it changes, with what happened in the thread below.

use http::HeaderMap;
use quarterdeck::delivery::tables::{Hooks, Unread};
use quarterdeck::routing::{Events, SubscriptionConfig};
use quarterdeck::sandbox::github::{Conclusion, Delivery, Verdict};
use serde_json::{Value, json};

use crate::conversation::{ALERTS, ANA, Conversation, text_of};

/// A stage whose `#alerts` hears of all that GitHub says.
async fn open() -> Conversation {
    Conversation::with(|settings| {
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#alerts".parse().unwrap(),
            source: "github:acme/*".to_owned(),
            events: vec!["*".to_owned()],
        });
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issue_lives_on_one_card() {
    let on = open().await;
    let github = &on.stage.github;
    github.open_issue("ben", "acme/api", "Login fails", "It says **no**.\n\n- once\n- twice").unwrap();
    let card = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&card), @r"
    acme/api#1 Login fails
    It says no.
    once
    twice
    *State*
    Open
    *Author*
    @ben
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Close
    Comment
    Open on GitHub
    ");
    on.pass(60);
    github.label_issue("ana", "acme/api", 1, &["bug"]).unwrap();
    github.assign_issue("ana", "acme/api", 1, &["kim"]).unwrap();
    on.edited(&card, "@kim").await;
    github.comment("kim", "acme/api", 1, "I look at it.\n\n> It says **no**.").unwrap();
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    @kim commented
    I look at it.
    It says no.
    ");
    on.pass(60);
    github.close_issue("kim", "acme/api", 1).unwrap();
    let note = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&note), @":white_check_mark: Closed by @kim as completed");
    assert_eq!(note.thread_ts.as_deref(), Some(card.ts.as_str()));
    let card = on.edited(&card, "Closed as completed").await;
    insta::assert_snapshot!(text_of(&card), @r"
    :white_check_mark: acme/api#1 Login fails
    It says no.
    once
    twice
    *State*
    Closed as completed
    *Author*
    @ben
    *Labels*
    `bug`
    *Assignees*
    @kim
    *Comments*
    1
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Reopen
    Comment
    Open on GitHub
    ");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_request_lives_on_one_card() {
    let on = open().await;
    let github = &on.stage.github;
    github.open_pull("kim", "acme/api", "Mend the login", "mend-login").unwrap();
    // Making the branch is a push of its own.
    let push = on.message(ALERTS).await;
    insta::assert_snapshot!(mended(&text_of(&push)), @r"
    acme/api: branch mend-login created with 1 commit by @kim
    0000000 Mend the login
    GitHub · acme/api
    Compare
    ");
    let card = on.message(ALERTS).await;
    insta::assert_snapshot!(mended(&text_of(&card)), @r"
    :hourglass_flowing_sand: acme/api#1 Mend the login
    *State*
    Open
    *Author*
    @kim
    Branch  main ← mend-login
    *Changes*
    +5 −0 in 1 file
    *Mergeable*
    Yes
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Comment
    Open on GitHub
    ");
    on.pass(60);
    github.request_review("kim", "acme/api", 1, "ben").unwrap();
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    @kim asked for a review
    *Reviewer*
    @ben
    ");
    on.edited(&card, "@ben").await;
    on.pass(60);
    github.review("ben", "acme/api", 1, Verdict::Changes, "Please add a test.").unwrap();
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    :warning: @ben requested changes
    Please add a test.
    ");
    on.pass(60);
    github.push("kim", "acme/api", "mend-login", &["Add a test"]).unwrap();
    on.message(ALERTS).await;
    let note = on.message(ALERTS).await;
    assert!(text_of(&note).contains("@kim pushed commits"), "{}", text_of(&note));
    on.pass(60);
    github.review("ben", "acme/api", 1, Verdict::Approve, "").unwrap();
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @":white_check_mark: @ben approved");
    on.pass(60);
    github.merge("ana", "acme/api", 1).unwrap();
    let note = on.message(ALERTS).await;
    insta::assert_snapshot!(text_of(&note), @":white_check_mark: Merged by @ana into main");
    assert_eq!(note.thread_ts.as_deref(), Some(card.ts.as_str()));
    on.message(ALERTS).await;
    insta::assert_snapshot!(mended(&text_of(&on.edited(&card, "Merged").await)), @r"
    :white_check_mark: acme/api#1 Mend the login
    *State*
    Merged
    *Author*
    @kim
    Branch  main ← mend-login
    *Changes*
    +6 −0 in 1 file
    GitHub · acme/api · opened
    <!date^1795183200^{date_short_pretty} {time}|2026-11-20 14:00 UTC>
    Comment
    Open on GitHub
    ");
    on.end().await;
}

/// Without the hashes, which no two runs share.
fn mended(text: &str) -> String {
    let hash = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| {
        line.split(' ').map(|word| if hash(word) { "0000000" } else { word }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_runs_and_releases_are_told() {
    let on = open().await;
    let github = &on.stage.github;
    github.push("kim", "acme/api", "main", &["Mend the login", "Add a test"]).unwrap();
    insta::assert_snapshot!(mended(&text_of(&on.message(ALERTS).await)), @r"
    acme/api: 2 commits pushed to main by @kim
    0000000 Mend the login
    0000000 Add a test
    GitHub · acme/api
    Compare
    ");
    let run = github.start_workflow("acme/api", "CI", "main").unwrap();
    let card = on.message(ALERTS).await;
    assert!(text_of(&card).contains("CI is queued on main"), "{}", text_of(&card));
    on.pass(125);
    github.finish_run("acme/api", run, Conclusion::Failure).unwrap();
    let card = on.edited(&card, "CI failed on main").await;
    insta::assert_snapshot!(mended(&text_of(&card)), @r"
    :red_circle: CI failed on main
    *Repository*
    acme/api
    Commit  0000000 Add a test
    *Started by*
    @kim (push)
    *Duration*
    2 min 5 s
    GitHub · acme/api · run 1
    Open run
    ");
    github.publish_release("ana", "acme/api", "v1.1", "Logins that work", "## Changes\n\n- Login works").unwrap();
    insta::assert_snapshot!(text_of(&on.message(ALERTS).await), @r"
    :white_check_mark: acme/api v1.1 released
    Changes
    Login works
    *Name*
    Logins that work
    *By*
    @ana
    *From*
    main
    GitHub · acme/api · published
    <!date^1795183325^{date_short_pretty} {time}|2026-11-20 14:02 UTC>
    Open release
    ");
    on.end().await;
}

/// Sends a delivery of GitHub's, perhaps changed, once more by hand; gives the status.
async fn send(on: &Conversation, delivery: &Delivery, guid: &str, change: impl Fn(&mut Value)) -> u16 {
    let mut payload = Value::clone(&delivery.payload);
    change(&mut payload);
    post(on, &delivery.event, guid, &payload.to_string()).await
}

async fn post(on: &Conversation, event: &str, guid: &str, body: &str) -> u16 {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"sandbox-webhook-secret").unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-github-event", event), ("x-github-delivery", guid), ("x-hub-signature-256", &signature)] {
        headers.insert(name, value.parse().unwrap());
    }
    let request = reqwest::Client::new().post(format!("{}/webhooks/github", on.stage.url())).headers(headers);
    let request = request.header("content-type", "application/json").body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_redelivered_or_comes_late_changes_nothing() {
    let on = open().await;
    on.stage.github.open_issue("ben", "acme/api", "Login fails", "").unwrap();
    let card = on.message(ALERTS).await;
    on.pass(60);
    on.stage.github.close_issue("kim", "acme/api", 1).unwrap();
    on.message(ALERTS).await;
    on.edited(&card, "Closed as completed").await;
    on.quiet().await;
    let deliveries = on.stage.github.deliveries();
    let of = |action: &str| deliveries.iter().find(|one| one.action.as_deref() == Some(action)).unwrap().clone();
    // Pressed by somebody on the website.
    on.stage.github.redeliver(&of("closed").guid).unwrap();
    on.stage.github.redeliver(&of("opened").guid).unwrap();
    on.quiet().await;
    assert!(text_of(&on.stage.slack.message(ALERTS, &card.ts).unwrap()).contains("Closed as completed"));
    // One that was held up on its way.
    let status = send(&on, &of("opened"), "late", |payload| payload["action"] = json!("edited")).await;
    assert_eq!(status, 202);
    on.quiet().await;
    let now = on.stage.slack.message(ALERTS, &card.ts).unwrap();
    assert!(text_of(&now).contains("Closed as completed"), "{}", text_of(&now));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kinds_that_nobody_knows_are_kept_and_told_to_nobody() {
    let mut on = open().await;
    let body = json!({ "action": "created", "repository": { "full_name": "acme/api" }, "sender": { "login": "kim" } });
    assert_eq!(post(&on, "star", "1", &body.to_string()).await, 202);
    assert_eq!(post(&on, "quantum_leap", "2", &body.to_string()).await, 202);
    on.quiet().await;
    let store = on.stage.running().unwrap().store();
    let kinds: Vec<String> =
        store.scan::<Events>(None, 20).unwrap().into_iter().map(|(_, row)| row.event.kind).collect();
    assert!(kinds.contains(&"github.star.created".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"github.quantum_leap.created".to_owned()), "{kinds:?}");
    // What cannot be read at all is kept for a better reader.
    assert_eq!(post(&on, "issues", "3", "[1, 2]").await, 202);
    on.quiet().await;
    let store = on.stage.running().unwrap().store();
    assert_eq!((store.count::<Hooks>(), store.scan::<Unread>(None, 5).unwrap().len()), (0, 1));
    on.expects_dead = true;
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_within_the_same_second_is_shown() {
    let on = Conversation::open().await;
    on.stage.clock.advance(jiff::SignedDuration::from_millis(700));
    on.slash(ANA, ALERTS, "github issue create Login fails --repository acme/api").await;
    let card = on.message(ALERTS).await;
    on.quiet().await;
    // GitHub tells its times in whole seconds.
    on.stage.clock.advance(jiff::SignedDuration::from_millis(200));
    on.stage.github.close_issue("kim", "acme/api", 1).unwrap();
    on.message(ALERTS).await;
    on.edited(&card, "Closed as completed").await;
    on.end().await;
}
