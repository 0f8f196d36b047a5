//! Webhooks, as a receiver meets them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;

/// What came in, and what is answered.
#[derive(Clone)]
struct Inbox {
    seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    answer: Arc<Mutex<StatusCode>>,
    url: String,
    _running: Arc<Running>,
}

async fn take(Shared((seen, answer)): Shared<Kept>, headers: HeaderMap, body: Bytes) -> StatusCode {
    seen.lock().unwrap().push((headers, body));
    *answer.lock().unwrap()
}

type Kept = (Arc<Mutex<Vec<(HeaderMap, Bytes)>>>, Arc<Mutex<StatusCode>>);

impl Inbox {
    async fn open() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(StatusCode::OK));
        let router = Router::new().fallback(take).with_state((Arc::clone(&seen), Arc::clone(&answer)));
        let running = run(router, ([127, 0, 0, 1], 0).into()).await.unwrap();
        Self { seen, answer, url: format!("http://{}/webhooks/jira", running.addr), _running: Arc::new(running) }
    }

    fn bodies(&self) -> Vec<Value> {
        self.seen.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    fn events(&self) -> Vec<String> {
        self.bodies().iter().map(|body| body["webhookEvent"].as_str().unwrap().to_owned()).collect()
    }
}

async fn stage() -> (Stage, Inbox) {
    let inbox = Inbox::open().await;
    let stage = Stage::new().await;
    stage.fake.add_hook(&JiraHook::new(&inbox.url, "key"));
    (stage, inbox)
}

#[tokio::test]
async fn what_people_do_is_told_in_order_and_signed() {
    let (stage, inbox) = stage().await;
    let fake = &stage.fake;
    let key = fake.create_issue("ben", "ACME", "Task", "New", &[("Story Points", "2"), ("priority", "High")]).unwrap();
    fake.edit_issue("ana", &key, "summary", "Newer").unwrap();
    fake.assign("ana", &key, "chris").unwrap();
    fake.drag("chris", &key, "In Progress").unwrap();
    let comment = fake.comment("ben", &key, "hm").unwrap();
    fake.edit_comment("ben", &key, comment, "so").unwrap();
    fake.delete_comment("ben", &key, comment).unwrap();
    fake.log_work("ben", &key, 30, "").unwrap();
    fake.attach("ben", &key, "a.txt", "text/plain", b"x").unwrap();
    fake.link("Blocks", &key, "ACME-1").unwrap();
    fake.complete_sprint("ACME Sprint 1").unwrap();
    fake.start_sprint("ACME Sprint 2").unwrap();
    fake.create_sprint("ACME", "ACME Sprint 3").unwrap();
    fake.release_version("ACME", "1.0", true).unwrap();
    fake.move_issue("ana", &key, "OPS").unwrap();
    fake.delete_issue("ana", &key).unwrap();
    fake.settled().await;
    assert_eq!(
        inbox.events(),
        [
            "jira:issue_created",
            "jira:issue_updated",
            "jira:issue_updated",
            "jira:issue_updated",
            "comment_created",
            "comment_updated",
            "comment_deleted",
            "worklog_created",
            "attachment_created",
            "issuelink_created",
            "sprint_closed",
            "sprint_started",
            "sprint_created",
            "jira:version_released",
            "jira:issue_updated",
            "jira:issue_deleted",
            "issuelink_deleted",
        ]
    );
    let bodies = inbox.bodies();
    assert_eq!(bodies[0]["issue_event_type_name"], "issue_created");
    assert_eq!(bodies[0]["issue"]["fields"]["customfield_10016"], 2.0);
    assert_eq!(bodies[2]["issue_event_type_name"], "issue_assigned");
    let status = &bodies[3]["changelog"]["items"][0];
    assert_eq!(
        (&status["fieldId"], &status["from"], &status["toString"]),
        (&json!("status"), &json!("10000"), &json!("In Progress"))
    );
    assert_eq!(
        (&bodies[3]["issue_event_type_name"], &bodies[3]["user"]["displayName"]),
        (&json!("issue_generic"), &json!("Chris Meyer"))
    );
    assert_eq!((&bodies[4]["comment"]["body"], &bodies[4]["issue"]["key"]), (&json!("hm"), &json!("ACME-4")));
    assert_eq!(bodies[7]["worklog"]["timeSpentSeconds"], 1800);
    assert_eq!(bodies[11]["sprint"]["state"], "active");
    let moved = &bodies[14]["changelog"]["items"][1];
    assert_eq!(
        (&moved["field"], &moved["fromString"], &moved["toString"]),
        (&json!("Key"), &json!("ACME-4"), &json!("OPS-1"))
    );
    let seen = inbox.seen.lock().unwrap();
    for (headers, body) in &*seen {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        mac.update(body);
        let wanted = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        assert_eq!(headers["x-hub-signature"], wanted.as_str());
        assert!(!headers.contains_key("x-atlassian-webhook-retry"));
    }
    assert_eq!(seen[15].0["x-atlassian-webhook-flow"], "Primary");
    assert_eq!(seen[16].0["x-atlassian-webhook-flow"], "Secondary");
}

#[tokio::test]
async fn what_is_not_taken_comes_five_times_more_under_the_same_name() {
    let (stage, inbox) = stage().await;
    *inbox.answer.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    stage.fake.comment("ben", "ACME-1", "hm").unwrap();
    stage.fake.settled().await;
    for _ in 0..6 {
        stage.fake.retry_now();
        stage.fake.settled().await;
    }
    let seen = inbox.seen.lock().unwrap().clone();
    let retries: Vec<Option<&str>> = seen
        .iter()
        .map(|(headers, _)| headers.get("x-atlassian-webhook-retry").map(|value| value.to_str().unwrap()))
        .collect();
    assert_eq!(retries, [None, Some("1"), Some("2"), Some("3"), Some("4"), Some("5")]);
    let names: std::collections::BTreeSet<&str> =
        seen.iter().map(|(headers, _)| headers["x-atlassian-webhook-identifier"].to_str().unwrap()).collect();
    assert_eq!((names.len(), stage.fake.parked()), (1, 0));
    *inbox.answer.lock().unwrap() = StatusCode::BAD_REQUEST;
    stage.fake.comment("ben", "ACME-1", "hm").unwrap();
    stage.fake.settled().await;
    assert_eq!(stage.fake.parked(), 0);
}

#[tokio::test]
async fn a_retry_comes_by_itself_when_its_time_has_come() {
    let (stage, inbox) = stage().await;
    *inbox.answer.lock().unwrap() = StatusCode::BAD_GATEWAY;
    stage.fake.comment("ben", "ACME-1", "hm").unwrap();
    stage.fake.settled().await;
    *inbox.answer.lock().unwrap() = StatusCode::OK;
    stage.hand.advance(300);
    let mut changes = stage.fake.changes();
    changes.wait_for(|_| stage.fake.deliveries().len() == 2).await.unwrap();
    assert_eq!((inbox.events().len(), stage.fake.parked()), (2, 0));
}

#[tokio::test]
async fn a_hook_hears_only_of_its_events_and_its_issues() {
    let inbox = Inbox::open().await;
    let stage = Stage::with(|mut setup| {
        let hook = JiraHook::unsigned(&inbox.url).events(&["comment_created", "sprint_started"]);
        setup.hooks = vec![hook.filter("project = ACME AND issuetype = Bug")];
        setup
    })
    .await;
    stage.fake.comment("ben", "ACME-1", "no").unwrap();
    stage.fake.comment("ben", "ACME-2", "yes").unwrap();
    stage.fake.assign("ben", "ACME-2", "").unwrap();
    stage.fake.start_sprint("ACME Sprint 2").unwrap();
    stage.fake.settled().await;
    assert_eq!(inbox.events(), ["comment_created", "sprint_started"]);
    assert!(!inbox.seen.lock().unwrap()[0].0.contains_key("x-hub-signature"));
}

/// A delivery of a real site (see `tests/data/ORIGINS.md`).
fn recorded(name: &str) -> Value {
    let path = format!("{}/tests/data/jira/webhooks/webhook-{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The recorded deliveries hold what ours hold; where both have a field, it is of the same kind.
#[tokio::test]
async fn a_change_looks_like_a_recorded_one() {
    let (stage, inbox) = stage().await;
    stage.fake.drag("ben", "ACME-1", "In Progress").unwrap();
    stage.fake.comment("ben", "ACME-1", "hm").unwrap();
    stage.fake.settled().await;
    let bodies = inbox.bodies();
    for (ours, name) in
        [(&bodies[0], "issue-updated-started-working"), (&bodies[1], "cloud-comment-created-mention-user")]
    {
        let mut found = Vec::new();
        compare(&recorded(name), ours, name, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

/// Every key of the recording is there, and of the same kind unless one of them is null: but for the custom fields of that
/// site, and for `name` and `key` of people, which Atlassian has not sent since 2019.
fn compare(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let person = theirs.contains_key("accountId");
            for (key, value) in theirs {
                if key.starts_with("customfield_") || (person && matches!(key.as_str(), "name" | "key")) {
                    continue;
                }
                match ours.get(key) {
                    Some(mine) => compare(value, mine, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key} is missing")),
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            if let (Some(theirs), Some(ours)) = (theirs.first(), ours.first()) {
                compare(theirs, ours, &format!("{path}[0]"), found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (theirs, ours) => {
            if std::mem::discriminant(theirs) != std::mem::discriminant(ours) {
                found.push(format!("{path}: {theirs} and {ours}"));
            }
        }
    }
}
