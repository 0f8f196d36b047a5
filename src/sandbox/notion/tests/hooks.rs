//! Webhooks: the handshake, what arrives, signed how, gathered how, and again.

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::*;

#[derive(Clone)]
struct Inbox {
    got: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    status: Arc<Mutex<u16>>,
}

impl Inbox {
    /// A receiver of webhooks, and its address.
    async fn open() -> (String, Self) {
        let inbox = Self { got: Arc::default(), status: Arc::new(Mutex::new(200)) };
        let door = async move |Extract(inbox): Extract<Inbox>, headers: HeaderMap, body: Bytes| {
            inbox.got.lock().unwrap().push((headers, body));
            StatusCode::from_u16(*inbox.status.lock().unwrap()).unwrap()
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(door).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (address, inbox)
    }

    fn bodies(&self) -> Vec<Value> {
        self.got.lock().unwrap().iter().map(|(_, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    fn kinds(&self) -> Vec<String> {
        let kind = |body: &Value| body["type"].as_str().unwrap_or_default().to_owned();
        self.bodies().iter().map(kind).collect()
    }

    fn clear(&self) {
        self.got.lock().unwrap().clear();
    }
}

const TOKEN: &str = "secret_of_the_tests";

async fn verified() -> (Stage, Inbox) {
    let (address, inbox) = Inbox::open().await;
    let stage = Stage::with(|setup| setup.hooks = vec![NotionHook::new(&address).verified(TOKEN)]).await;
    (stage, inbox)
}

#[tokio::test]
async fn the_token_comes_unsigned_and_events_only_after_it_was_pasted() {
    let (address, inbox) = Inbox::open().await;
    let stage = Stage::new().await;
    stage.fake.subscribe(&NotionHook::new(&address));
    stage.fake.settled().await;
    let token = inbox.bodies()[0]["verification_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("secret_"));
    assert!(inbox.got.lock().unwrap()[0].0.get("x-notion-signature").is_none());
    stage.fake.rename_page("ana", "Runbook", "Runbook 1").unwrap();
    stage.fake.settled().await;
    assert_eq!(inbox.bodies().len(), 1);
    assert!(!stage.fake.verify("secret_other"));
    assert!(stage.fake.verify(&token));
    assert!(!stage.fake.verify(&token), "only once");
    stage.fake.rename_page("ana", "Runbook 1", "Runbook").unwrap();
    stage.fake.settled().await;
    let (headers, body) = inbox.got.lock().unwrap()[1].clone();
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(&body);
    let wanted = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert_eq!(headers["x-notion-signature"], wanted.as_str());
}

#[tokio::test]
async fn events_name_what_changed_and_who_did_it() {
    let (stage, inbox) = verified().await;
    let task = stage.id("Fix the login page");
    stage.fake.set_property("ben", &task, "Status", "Done").unwrap();
    stage.fake.settled().await;
    let event = &inbox.bodies()[0];
    let page = stage.fake.page(&task).unwrap();
    let ben = stage.fake.user_id("ben").unwrap();
    assert_eq!(event["type"], "page.properties_updated");
    assert_eq!(event["entity"], json!({ "id": task, "type": "page" }));
    assert_eq!(event["authors"], json!([{ "id": ben, "type": "person" }]));
    assert_eq!(event["data"]["updated_properties"], json!([page["properties"]["Status"]["id"]]));
    assert_eq!(event["data"]["parent"]["data_source_id"], stage.id("Tasks"));
    assert_eq!((&event["attempt_number"], &event["api_version"]), (&json!(1), &json!("2026-03-11")));
    assert_eq!(event["timestamp"], "2026-11-20T10:00:00.000Z");
    assert!(event.get("accessible_by").is_none(), "only public integrations are told");
    inbox.clear();
    // The bot's own changes are events too.
    let body = json!({ "parent": { "page_id": stage.id("Reports") }, "properties": { "title": { "title": words("Weekly") } } });
    stage.post("/pages", body).await;
    stage.fake.settled().await;
    assert_eq!(inbox.kinds(), ["page.created", "page.content_updated"]);
    assert_eq!(inbox.bodies()[0]["authors"][0]["type"], "bot");
    inbox.clear();
    stage.fake.create_page("chris", None, "Secret", "x").unwrap();
    stage.fake.write("chris", "Board minutes", "x").unwrap();
    stage.fake.settled().await;
    assert!(inbox.kinds().is_empty(), "nobody hears of what is not shared");
}

#[tokio::test]
async fn every_kind_of_change_has_its_event() {
    let (stage, inbox) = verified().await;
    let fake = &stage.fake;
    let columns = json!({ "Name": { "title": {} } });
    fake.create_database("ana", Some("Engineering"), "Ideas", &columns).unwrap();
    fake.create_row("ana", "Ideas", &[("Name", "One")]).unwrap();
    fake.change_schema("ana", "Ideas", &json!({ "Size": { "number": {} } })).unwrap();
    fake.move_page("ana", "One", "Reports").unwrap();
    fake.lock_page("ana", "One", true).unwrap();
    fake.lock_page("ana", "One", false).unwrap();
    let comment = fake.comment("ben", "Runbook", "Hm").unwrap();
    fake.edit_comment("ben", &comment, "Hmm").unwrap();
    fake.delete_comment("ben", &comment).unwrap();
    fake.trash("ana", "Runbook").unwrap();
    fake.restore("ana", "Runbook").unwrap();
    fake.trash("ana", "Ideas").unwrap();
    fake.settled().await;
    let wanted = [
        "database.created",
        "page.content_updated",
        "page.created",
        "data_source.content_updated",
        "data_source.schema_updated",
        "page.moved",
        "page.content_updated",
        "page.locked",
        "page.unlocked",
        "comment.created",
        "comment.updated",
        "comment.deleted",
        "page.deleted",
        "page.content_updated",
        "page.undeleted",
        "page.content_updated",
        "data_source.deleted",
    ];
    assert_eq!(inbox.kinds(), wanted);
}

#[tokio::test]
async fn what_is_held_back_is_gathered_and_may_come_in_any_order() {
    let (stage, inbox) = verified().await;
    stage.fake.hold_webhooks();
    for text in ["one", "two"] {
        stage.fake.write("ana", "Reports", text).unwrap();
        stage.hand.advance(5);
    }
    stage.fake.write("ben", "Reports", "three").unwrap();
    stage.fake.set_property("ana", "Rotate the keys", "Estimate", "1").unwrap();
    stage.fake.set_property("ana", "Rotate the keys", "Due", "2026-12-02").unwrap();
    stage.fake.create_page("ana", Some("Reports"), "Short", "").unwrap();
    stage.fake.trash("ana", "Short").unwrap();
    assert_eq!(stage.fake.held_webhooks(), 2);
    stage.fake.release_webhooks_backwards();
    stage.fake.settled().await;
    assert_eq!(inbox.kinds(), ["page.properties_updated", "page.content_updated"]);
    let content = &inbox.bodies()[1];
    assert_eq!(content["authors"].as_array().unwrap().len(), 2);
    assert_eq!(content["data"]["updated_blocks"].as_array().unwrap().len(), 4);
    assert_eq!(content["timestamp"], "2026-11-20T10:00:10.000Z");
    assert_eq!(inbox.bodies()[0]["data"]["updated_properties"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_nobody_takes_comes_again_eight_times_at_most() {
    let (stage, inbox) = verified().await;
    *inbox.status.lock().unwrap() = 503;
    stage.fake.write("ana", "Reports", "x").unwrap();
    stage.fake.settled().await;
    for _ in 0..7 {
        assert_eq!(stage.fake.retry_webhooks(), 1);
        stage.fake.settled().await;
    }
    assert_eq!(stage.fake.retry_webhooks(), 0);
    let bodies = inbox.bodies();
    let attempts: Vec<u64> = bodies.iter().map(|body| body["attempt_number"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(bodies.iter().all(|body| body["id"] == bodies[0]["id"]));
    *inbox.status.lock().unwrap() = 200;
    inbox.clear();
    stage.fake.repeat_webhook(bodies[0]["id"].as_str().unwrap()).unwrap();
    stage.fake.settled().await;
    assert_eq!(inbox.bodies()[0]["id"], bodies[0]["id"]);
    assert_eq!(stage.fake.deliveries().len(), 9);
}
