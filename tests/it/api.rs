//! The API over real HTTP: who may, what is refused and how that is told, and what it says of the daemon.

use std::collections::BTreeSet;
use std::sync::Arc;

use quarterdeck::delivery::tables::{Dead, Seen};
use quarterdeck::http::ApiKeyConfig;
use quarterdeck::model::{Clock, Metric, Role};
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::slack::Failure;
use quarterdeck::stage::{API_KEY, StageSetup};
use quarterdeck::telemetry::Metrics;
use quarterdeck::vault::ApiKeyHash;
use reqwest::Method;
use serde_json::{Value, json};

use crate::conversation::{ALERTS, ANA, Conversation, GENERAL, patiently, start, text_of};
use crate::knock::{Answer, answer, client, is_too_large};

const OPERATOR: &str = "qd_operatoroperatoroperatoroperatoroperator";
const VIEWER: &str = "qd_viewerviewerviewerviewerviewerviewerview";

/// A stage with a key of every role, that tells of all events in #alerts.
async fn with_keys() -> Conversation {
    let mut setup = StageSetup::new(&Clock::manual(start()));
    let metrics = Metrics::install().unwrap();
    setup.metrics = Arc::new(move || metrics.render());
    setup.change = Box::new(|settings| {
        for (name, key, role) in [("operator", OPERATOR, Role::Operator), ("viewer", VIEWER, Role::Viewer)] {
            settings.api_keys.push(ApiKeyConfig { name: name.to_owned(), sha256: ApiKeyHash::of(key), role });
        }
        settings.subscriptions.push(SubscriptionConfig {
            place: "slack:#alerts".parse().unwrap(),
            source: "/*".to_owned(),
            events: vec!["*".to_owned()],
        });
    });
    Conversation::from(setup).await
}

fn alert(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/mon", "type": "alert.firing",
        "data": { "alert": id, "title": format!("Alert {id}"), "severity": "high" }
    })
}

async fn post(on: &Conversation, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = on.api(Method::POST, "/api/v1/events", Some(OPERATOR)).header("content-type", kind);
    answer(request.body(body)).await
}

async fn publish(on: &Conversation, event: &Value) -> Answer {
    post(on, "application/cloudevents+json", event.to_string()).await
}

fn taken(on: &Conversation) -> u64 {
    on.stage.running().unwrap().store().count::<Seen>()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_good_key_nothing_is_done_or_shown() {
    let on = with_keys().await;
    on.quiet().await;
    let before = taken(&on);
    let id = format!("msg_{}", "0".repeat(32));
    let asks = [
        (Method::POST, "/api/v1/events".to_owned(), Role::Operator),
        (Method::GET, "/api/v1/outbox".to_owned(), Role::Admin),
        (Method::GET, format!("/api/v1/outbox/{id}"), Role::Admin),
        (Method::POST, format!("/api/v1/outbox/{id}/redrive"), Role::Admin),
    ];
    for (method, path, needed) in asks {
        for key in [None, Some(""), Some("qd_wrong"), Some(&API_KEY[..API_KEY.len() - 1]), Some("é")] {
            let (status, said) = answer(on.api(method.clone(), &path, key).body("{}")).await;
            assert_eq!((status, said["error"]["class"].as_str()), (401, Some("denied")), "{path} with {key:?}");
        }
        let bad_ways = ["Basic cWQ6cWQ=", "Bearer", API_KEY, &format!("Token {API_KEY}")].map(str::to_owned);
        for way in bad_ways {
            let request = client().request(method.clone(), format!("{}{path}", on.stage.url()));
            let response = request.header("authorization", &way).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 401, "{path} with {way}");
            assert_eq!(response.headers()["www-authenticate"], "Bearer");
        }
        let (status, said) = answer(on.api(method.clone(), &path, Some(VIEWER)).body("{}")).await;
        assert_eq!(status, 403, "{path}: {said}");
        assert!(said["error"]["message"].as_str().unwrap().contains(&needed.to_string()), "{said}");
        if needed == Role::Admin {
            assert_eq!(answer(on.api(method.clone(), &path, Some(OPERATOR))).await.0, 403, "{path}");
        }
    }
    // The scheme's name is written in any case (RFC 9110).
    let request = client().get(format!("{}/api/v1/outbox", on.stage.url()));
    assert_eq!(answer(request.header("authorization", format!("bearer {API_KEY}"))).await.0, 200);
    assert_eq!(taken(&on), before);
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_event_is_refused_and_its_field_is_named() {
    let on = with_keys().await;
    on.quiet().await;
    let before = taken(&on);
    let changed = |name: &str, value: Value| {
        let mut event = alert("bad");
        event[name] = value;
        event
    };
    let without = |name: &str| {
        let mut event = alert("bad");
        event.as_object_mut().unwrap().remove(name);
        event
    };
    let cases = [
        (without("id"), "id"),
        (without("source"), "source"),
        (without("type"), "type"),
        (without("specversion"), "specversion"),
        (changed("specversion", json!("0.3")), "specversion"),
        (changed("specversion", json!(1.0)), "specversion"),
        (changed("id", json!("")), "id"),
        (changed("id", json!("a\nb")), "id"),
        (changed("source", json!("/mon\u{0}")), "source"),
        (changed("type", json!("alert\u{7f}.firing")), "type"),
        (changed("subject", json!("\u{1b}[31m")), "subject"),
        (changed("key", json!("a\tb")), "key"),
        (changed("key", json!("a".repeat(1025))), "key"),
        (changed("id", json!("a".repeat(1025))), "id"),
        (changed("id", json!(7)), "id"),
        (changed("severity", json!("catastrophic")), "severity"),
        (changed("time", json!("yesterday")), "time"),
        (changed("data_base64", json!("AAAA")), "data_base64"),
        (changed("data", json!({ "alert": 5, "title": "x" })), "data.alert"),
        (changed("data", json!({ "title": "x" })), "data"),
        (changed("data", json!("text")), "data"),
        (json!([]), "body"),
        (json!("text"), "body"),
    ];
    for (event, field) in cases {
        let (status, said) = publish(&on, &event).await;
        assert_eq!((status, said["error"]["field"].as_str()), (400, Some(field)), "{event} was answered {said}");
        let message = said["error"]["message"].as_str().unwrap();
        assert!(message.len() > 10 && !message.contains('\u{1b}') && !message.contains('\0'), "{message}");
    }
    let nested = "[".repeat(20_000);
    let bodies: [&[u8]; 6] = [b"", b"{", b"{\"id\":\"\xff\"}", nested.as_bytes(), b"\0", b"nul"];
    for body in bodies {
        let (status, said) = post(&on, "application/cloudevents+json", body.to_vec()).await;
        assert_eq!((status, said["error"]["field"].as_str()), (400, Some("body")), "{said}");
    }
    for kind in ["", "application/json", "text/plain", "application/cloudevents+xml"] {
        let (status, said) = post(&on, kind, alert("bad").to_string()).await;
        assert_eq!((status, said["error"]["field"].as_str()), (400, Some("content-type")), "{kind}: {said}");
    }
    assert_eq!(taken(&on), before, "nothing of it was taken in");
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_told_so() {
    let on = with_keys().await;
    let limit = on.stage.settings().http.event_kib * 1024;
    let sized = |length: usize| {
        let mut event = alert("large").to_string();
        event.push_str(&" ".repeat(length - event.len()));
        event
    };
    assert_eq!(post(&on, "application/cloudevents+json", sized(limit + 1)).await.0, 413);
    for length in [limit + 2, 4 * limit] {
        let request = on.api(Method::POST, "/api/v1/events", Some(OPERATOR));
        assert!(is_too_large(request.body(sized(length))).await, "{length} bytes");
    }
    assert_eq!(post(&on, "application/cloudevents+json", sized(limit)).await.0, 202);
    let card = on.message(ALERTS).await;
    assert!(text_of(&card).contains("Alert large"));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_batch_with_one_bad_event_none_is_accepted() {
    let on = with_keys().await;
    on.quiet().await;
    let before = taken(&on);
    let kind = "application/cloudevents-batch+json";
    let mut bad = alert("third");
    bad["data"]["title"] = json!(null);
    let batch = json!([alert("first"), alert("second"), bad]);
    let (status, said) = post(&on, kind, batch.to_string()).await;
    assert_eq!((status, said["error"]["field"].as_str()), (400, Some("data.title")), "{said}");
    assert!(said["error"]["message"].as_str().unwrap().starts_with("Event 3: "), "{said}");
    let many: Vec<Value> = (0..1001).map(|number| alert(&number.to_string())).collect();
    assert_eq!(post(&on, kind, json!(many).to_string()).await.0, 400);
    assert_eq!(post(&on, kind, alert("alone").to_string()).await.0, 400);
    assert_eq!(taken(&on), before);

    let (status, said) = post(&on, kind, json!([alert("a"), alert("b"), alert("a")]).to_string()).await;
    let words: Vec<&str> = said.as_array().unwrap().iter().filter_map(|one| one["status"].as_str()).collect();
    assert_eq!((status, words), (202, vec!["accepted", "accepted", "duplicate"]));
    assert_eq!(publish(&on, &alert("b")).await.1["status"], "duplicate");
    // The same id of another source is another event.
    let mut other = alert("b");
    other["source"] = json!("/other");
    assert_eq!(publish(&on, &other).await.1["status"], "accepted");
    let mut titles = BTreeSet::new();
    for _ in 0..3 {
        titles.insert(text_of(&on.message(ALERTS).await).lines().next().unwrap().to_owned());
    }
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert_eq!(post(&on, kind, "[]").await, (202, json!([])));
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_in_binary_mode_are_the_same_events() {
    let on = with_keys().await;
    let request = |source: &str| {
        on.api(Method::POST, "/api/v1/events", Some(OPERATOR))
            .header("ce-specversion", "1.0")
            .header("ce-id", "binary")
            .header("ce-type", "deploy.done")
            .header("ce-source", source)
    };
    let json = |request: reqwest::RequestBuilder| request.header("content-type", "application/json");
    let (status, _) = answer(json(request("/deploys")).body(r#"{"title":"Deployed"}"#)).await;
    assert_eq!(status, 202);
    assert!(text_of(&on.message(ALERTS).await).contains("Deployed"));
    for bad in [
        json(request("/a").header("ce-source", "/b")).body("{}"),
        json(request("/a%0Ab")).body("{}"),
        json(request("/a%ff")).body("{}"),
        json(request("/a")).body("no json"),
        request("/a").header("content-type", "application/xml").body("<a/>"),
    ] {
        let (status, said) = answer(bad).await;
        assert_eq!(status, 400, "{said}");
        assert!(said["error"]["field"].is_string(), "{said}");
    }
    on.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_is_listed_shown_and_sent_again() {
    let on = with_keys().await;
    on.stage.slack.fail_next("chat.postMessage", Failure::OkFalse("is_archived".into()), 1);
    assert_eq!(publish(&on, &alert("dying")).await.0, 202);
    let store = on.stage.running().unwrap().store();
    let died = async {
        while store.count::<Dead>() == 0 {
            tokio::task::yield_now().await;
        }
    };
    patiently("a dead letter", died).await;
    let get = async |path: String| answer(on.api(Method::GET, &path, Some(API_KEY))).await;
    assert_eq!(get("/api/v1/outbox".into()).await, (200, json!([])));
    let (status, dead) = get("/api/v1/outbox?dead=true&limit=5".into()).await;
    assert_eq!((status, dead[0]["state"].as_str()), (200, Some("dead")), "{dead}");
    let id = dead[0]["id"].as_str().unwrap().to_owned();
    let (status, details) = get(format!("/api/v1/outbox/{id}")).await;
    assert_eq!((status, details["attempts"].as_array().map(Vec::len)), (200, Some(1)), "{details}");

    for (path, wanted) in [
        ("/api/v1/outbox/nonsense", 400),
        (&format!("/api/v1/outbox/msg_{}", "0".repeat(32)), 404),
        ("/api/v1/outbox?limit=many", 400),
        ("/api/v1/outbox?limit=-1", 400),
        ("/api/v1/outbox?order=up", 400),
    ] {
        assert_eq!(get(path.to_owned()).await.0, wanted, "{path}");
    }
    let redrive = async |key| answer(on.api(Method::POST, &format!("/api/v1/outbox/{id}/redrive"), Some(key))).await;
    assert_eq!(redrive(OPERATOR).await.0, 403);
    assert_eq!(redrive(API_KEY).await, (200, json!({ "id": id, "status": "queued" })));
    assert!(text_of(&on.message(ALERTS).await).contains("Alert dying"));
    on.quiet().await;
    assert_eq!(redrive(API_KEY).await.0, 404, "it is no dead letter any more");
    on.end().await;
}

#[test]
fn every_metric_is_documented_with_its_labels() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/LOGGING.md")).unwrap();
    for metric in Metric::ALL {
        let row = format!("| `{}` | {:?} |", metric.name(), metric.kind()).to_lowercase();
        let labels: Vec<String> = metric.labels().iter().map(|label| format!("`{label}`")).collect();
        let line = page.lines().find(|line| line.to_lowercase().starts_with(&row));
        let line = line.unwrap_or_else(|| panic!("docs/LOGGING.md has no row `{row}`"));
        assert!(line.contains(&format!("| {}", labels.join(", "))), "the labels are {labels:?}: {line}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `quarterdeck_")).count();
    assert_eq!(rows, Metric::ALL.len(), "docs/LOGGING.md tells of metrics that are not there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_metrics_say_what_went_on() {
    let mut on = with_keys().await;
    on.slash(ANA, GENERAL, "github issue create Measured --repository acme/api").await;
    let card = on.message(GENERAL).await;
    assert!(text_of(&card).contains("Measured"));
    assert_eq!(publish(&on, &alert("measured")).await.0, 202);
    on.message(ALERTS).await;
    on.stage.slack.fail_next("chat.postMessage", Failure::OkFalse("is_archived".into()), 1);
    assert_eq!(publish(&on, &alert("dead")).await.0, 202);
    assert_eq!(answer(on.hook("{}", &[("x-github-delivery", "x")])).await.0, 401);
    on.quiet().await;

    let response = client().get(format!("{}/healthz", on.stage.url())).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (200, "ok\n"));
    let (status, ready) = answer(on.api(Method::GET, "/readyz", None)).await;
    assert_eq!((status, ready["status"].as_str()), (200, Some("ready")), "{ready}");
    assert_eq!(ready["broken"], json!([]));

    // A sweep sets the gauges.
    on.pass(61);
    let page = || async {
        let response = client().get(format!("{}/metrics", on.stage.url())).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        response.text().await.unwrap()
    };
    let complete = async {
        loop {
            let page = page().await;
            let missing: Vec<&str> = Metric::ALL
                .iter()
                // Nobody's breaker opened.
                .filter(|metric| **metric != Metric::BreakerOpen)
                .map(|metric| metric.name())
                .filter(|name| !page.lines().any(|line| line.starts_with(name)))
                .collect();
            if missing.is_empty() {
                return page;
            }
            assert!(missing.len() < 10, "these are not measured: {missing:?}\n{page}");
            tokio::task::yield_now().await;
        }
    };
    let page = patiently("every metric", complete).await;
    for part in [
        r#"quarterdeck_arrivals_total{door="slack",result="accepted"}"#,
        r#"quarterdeck_arrivals_total{door="api",result="accepted"}"#,
        r#"quarterdeck_signature_rejected_total{door="github",reason="missing"}"#,
        r#"quarterdeck_calls_total{operation="github.issue.create",result="done"}"#,
        // The gauge is the process's, which runs other tests' daemons too: its value is anybody's.
        r#"quarterdeck_platform_connected{platform="slack"}"#,
        r#"quarterdeck_dead_letters_total{carrier="slack"}"#,
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    on.expects_dead = true;
    on.end().await;
}
