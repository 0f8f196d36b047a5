//! The platform against a small Slack of the test's own.

use std::sync::Mutex;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;

use super::suggest::Suggestion;
use super::*;
use crate::delivery::{Accepted, Arrival, Carrier as _, Errand, Found, Parcel};
use crate::model::{Card, DeliveryId, MessageRef, ReplyHandle, Show, Timestamp, Token, Tone};
use crate::operations::{FieldKind, Form, FormField, Forms as _};

/// An inbox that keeps what it was given, or takes nothing.
pub(super) struct Shelf {
    takes: Mutex<bool>,
    kept: Mutex<Vec<Arrival>>,
    pub(super) count: watch::Sender<usize>,
}

impl Shelf {
    pub(super) fn new(takes: bool) -> Arc<Self> {
        Arc::new(Self { takes: Mutex::new(takes), kept: Mutex::default(), count: watch::Sender::new(0) })
    }

    pub(super) fn all(&self) -> Vec<Arrival> {
        self.kept.lock().expect("a lock").clone()
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.all().into_iter().filter_map(|arrival| arrival.dedupe).collect()
    }

    pub(super) fn take_from_now_on(&self) {
        *self.takes.lock().expect("a lock") = true;
    }
}

#[async_trait]
impl Accept for Shelf {
    async fn accept(&self, arrival: Arrival) -> Result<Accepted, Fault> {
        let takes = *self.takes.lock().expect("a lock");
        if takes {
            self.kept.lock().expect("a lock").push(arrival);
        }
        self.count.send_modify(|count| *count += 1);
        if takes { Ok(Accepted::New) } else { Err(Fault::unavailable("the disk is full")) }
    }
}

/// Offers these values, whatever is typed, and remembers what was.
#[derive(Default)]
pub(super) struct Prompter {
    pub(super) values: Vec<Choice>,
    pub(super) asked: Mutex<Vec<Suggestion>>,
}

#[async_trait]
impl Suggest for Prompter {
    async fn suggest(&self, asked: &Suggestion) -> Vec<Choice> {
        self.asked.lock().expect("a lock").push(asked.clone());
        self.values.clone()
    }
}

/// The vendors' own samples and schemas, which lie beside the project or further up.
pub(super) fn vendor_data(name: &str) -> Option<std::path::PathBuf> {
    let folders = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.map(|folder| folder.join("shared/vendor-data").join(name)).find(|path| path.exists())
}

pub(super) const NOW: &str = "2026-11-20T12:00:00Z";

pub(super) fn slack(base: &str) -> Slack {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = SlackConfig {
        base_url: base.parse().expect("an address"),
        bot_token: Some("env:A".parse().expect("a reference")),
        app_token: Some("env:B".parse().expect("a reference")),
        ..SlackConfig::default()
    };
    let secrets =
        SlackSecrets { bot_token: Secret::new("xoxb-1"), app_token: Some(Secret::new("xapp-1")), signing: Vec::new() };
    let (ground, _directory) = Ground::sample(&Clock::manual(NOW.parse().expect("a time")));
    Slack::new(&config, secrets, &ground).expect("a platform")
}

/// Answers each call with the next of its answers for that method, and remembers the calls.
#[derive(Clone, Default)]
pub(super) struct Fake(Arc<Mutex<FakeState>>);

#[derive(Default)]
struct FakeState {
    answers: Vec<(String, u16, Option<&'static str>, String)>,
    calls: Vec<(String, String)>,
}

impl Fake {
    pub(super) fn answer(&self, method: &str, status: u16, retry: Option<&'static str>, body: &Value) {
        self.0.lock().expect("a lock").answers.push((method.to_owned(), status, retry, body.to_string()));
    }

    pub(super) fn calls(&self) -> Vec<(String, String)> {
        self.0.lock().expect("a lock").calls.clone()
    }

    pub(super) async fn serve(&self) -> String {
        let router = Router::new().route("/slack/api/{method}", post(call)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/slack/api")
    }
}

async fn call(
    State(fake): State<Fake>,
    Path(method): Path<String>,
    headers: axum::http::HeaderMap,
    body: String,
) -> Response {
    let mut state = fake.0.lock().expect("a lock");
    let who = headers.get("authorization").and_then(|it| it.to_str().ok()).unwrap_or_default();
    state.calls.push((format!("{method} {who}"), body));
    let at = state.answers.iter().position(|(wanted, ..)| *wanted == method);
    let Some(at) = at else {
        return (StatusCode::NOT_FOUND, r#"{"ok":false,"error":"unknown_method"}"#).into_response();
    };
    let (_, status, retry, body) = state.answers.remove(at);
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    response.headers_mut().insert("content-type", "application/json; charset=utf-8".parse().expect("a header"));
    if let Some(retry) = retry {
        response.headers_mut().insert("retry-after", retry.parse().expect("a header"));
    }
    response
}

fn parcel(errand: Errand) -> Parcel {
    Parcel { id: DeliveryId::new(), attempt: 0, queued_at: NOW.parse().expect("a time"), errand }
}

fn card() -> Box<Card> {
    Box::new(Card::new(Tone::Good, "Deployed").text("to production"))
}

fn place(text: &str) -> Place {
    text.parse().expect("a place")
}

fn message() -> MessageRef {
    MessageRef { place: place("slack:C1"), id: "1.5".into() }
}

fn post_to(text: &str) -> Parcel {
    parcel(Errand::Post { place: place(text), card: card(), only_for: None, under: None, reply: None })
}

#[tokio::test]
async fn a_post_names_its_message_and_bears_its_delivery() {
    let fake = Fake::default();
    let slack = slack(&fake.serve().await);
    fake.answer("chat.postMessage", 200, None, &json!({ "ok": true, "channel": "C1", "ts": "1.5" }));
    let parcel = post_to("slack:C1/1.0");
    let carried = slack.carry(&parcel).await.expect("carried");
    let there = carried.message.expect("a message");
    assert_eq!((there.place.to_string().as_str(), there.id.as_str()), ("slack:C1/1.0", "1.5"));
    let (call, body) = fake.calls().remove(0);
    assert_eq!(call, "chat.postMessage Bearer xoxb-1");
    let body: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(body["thread_ts"], "1.0");
    assert_eq!(body["metadata"]["event_type"], METADATA);
    assert_eq!(body["metadata"]["event_payload"]["delivery"], parcel.id.to_string());
    assert_eq!(body["text"], "✅ Deployed — to production");
}

#[tokio::test]
async fn refusals_and_lost_replies_keep_their_kinds() {
    let fake = Fake::default();
    let slack = slack(&fake.serve().await);
    fake.answer("chat.postMessage", 429, Some("7"), &json!("odd"));
    let limited = slack.carry(&post_to("slack:C1")).await.expect_err("a fault");
    let until: Timestamp = "2026-11-20T12:00:07Z".parse().expect("a time");
    assert_eq!(limited.kind, FaultKind::RateLimited { until });
    // Until then nobody calls the method: the fake hears nothing of this one.
    assert_eq!(slack.carry(&post_to("slack:C2")).await.expect_err("a fault").kind, FaultKind::RateLimited { until });
    slack.client.clock().advance(jiff::SignedDuration::from_secs(7));
    fake.answer("chat.postMessage", 200, None, &json!({ "ok": false, "error": "not_in_channel" }));
    assert_eq!(slack.carry(&post_to("slack:C1")).await.expect_err("a fault").kind, FaultKind::Denied);
    fake.answer("chat.update", 200, None, &json!({ "ok": false, "error": "cant_update_message" }));
    let edit = parcel(Errand::Edit { message: message(), card: card() });
    assert_eq!(slack.carry(&edit).await.expect_err("a fault").kind, FaultKind::NotFound);
    fake.answer("chat.update", 500, None, &json!({}));
    assert_eq!(slack.carry(&edit).await.expect_err("a fault").kind, FaultKind::Unavailable);

    // A server that reads the message and hangs up: it may have arrived. None at all: it has not.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        use tokio::io::AsyncReadExt as _;
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let _ = stream.read(&mut [0; 4096]).await;
    });
    let deaf = self::slack(&format!("http://{address}/slack/api"));
    assert_eq!(deaf.carry(&post_to("slack:C1")).await.expect_err("a fault").kind, FaultKind::Unknown);
    server.await.expect("it ends");
    assert_eq!(deaf.carry(&post_to("slack:C1")).await.expect_err("a fault").kind, FaultKind::Unavailable);
}

#[tokio::test]
async fn an_unclear_post_is_found_by_its_delivery_over_pages() {
    let fake = Fake::default();
    let slack = slack(&fake.serve().await);
    let parcel = post_to("slack:C1");
    let ours = json!({ "ts": "1.7", "metadata": {
        "event_type": METADATA, "event_payload": { "delivery": parcel.id.to_string() } } });
    let first = json!({ "ok": true, "has_more": true, "messages": [{ "ts": "1.9" }], "response_metadata": { "next_cursor": "n" } });
    fake.answer("conversations.history", 200, None, &first);
    fake.answer("conversations.history", 200, None, &json!({ "ok": true, "messages": [ours] }));
    let Found::There(carried) = slack.find(&parcel).await.expect("found") else { panic!("not found") };
    assert_eq!(carried.message.expect("a message").id, "1.7");
    assert!(fake.calls()[1].1.contains("cursor=n") && fake.calls()[1].1.contains("include_all_metadata=true"));

    fake.answer("conversations.history", 200, None, &json!({ "ok": true, "messages": [] }));
    assert_eq!(slack.find(&parcel).await, Ok(Found::Absent));
    fake.answer("conversations.replies", 200, None, &json!({ "ok": true, "messages": [], "has_more": true }));
    assert_eq!(slack.find(&post_to("slack:C1/1.0")).await, Ok(Found::CannotTell));
    fake.answer("conversations.history", 200, None, &json!({ "ok": false, "error": "missing_scope" }));
    assert_eq!(slack.find(&parcel).await, Ok(Found::CannotTell));
    fake.answer("conversations.history", 503, None, &json!({}));
    assert!(slack.find(&parcel).await.is_err());
    let edit = self::parcel(Errand::Edit { message: message(), card: card() });
    assert_eq!(slack.find(&edit).await, Ok(Found::Absent));
}

#[tokio::test]
async fn answers_go_by_their_handle_while_it_works_and_nowhere_else() {
    let fake = Fake::default();
    let base = fake.serve().await;
    let slack = slack(&base);
    let answer = |value: String, expires: &str| {
        let handle = ReplyHandle { platform: platform(), value, expires: expires.parse().expect("a time") };
        parcel(Errand::Answer { handle, card: card(), show: Show::Private, replace: false })
    };
    let later = "2026-11-20T12:30:00Z";
    fake.answer("reply", 200, None, &json!({ "ok": true }));
    let parcel = answer(format!("{base}/reply"), later);
    assert!(slack.carry(&parcel).await.is_ok());
    let (call, body) = fake.calls().remove(0);
    assert_eq!(call, "reply ", "the token does not go to a reply address");
    assert!(body.contains(r#""response_type":"ephemeral""#));
    assert_eq!(slack.find(&parcel).await, Ok(Found::CannotTell));
    fake.answer("reply", 404, None, &json!({ "ok": false, "error": "used_url" }));
    assert_eq!(slack.carry(&parcel).await.expect_err("a fault").kind, FaultKind::Conflict);
    for (url, expires) in [
        (format!("{base}/reply"), NOW),
        ("http://169.254.169.254/latest".to_owned(), later),
        ("https://hooks.slack.com.evil.example/x".to_owned(), later),
        ("http://hooks.slack.com/x".to_owned(), later),
    ] {
        let fault = slack.carry(&answer(url.clone(), expires)).await.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::NotFound, "{url}");
        assert!(!fault.to_string().contains("evil"), "an address grants rights and is not told");
    }
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn whispers_names_and_groups() {
    let fake = Fake::default();
    let slack = slack(&fake.serve().await);
    fake.answer("chat.postEphemeral", 200, None, &json!({ "ok": true, "message_ts": "1.1" }));
    let whisper = parcel(Errand::Post {
        place: place("slack:C1"),
        card: card(),
        only_for: Some("U1".into()),
        under: None,
        reply: None,
    });
    assert_eq!(slack.carry(&whisper).await.expect("carried").message, None);
    assert_eq!(slack.find(&whisper).await, Ok(Found::CannotTell));

    let page = json!({ "ok": true, "channels": [{ "id": "C7", "name": "deploys" }] });
    fake.answer("conversations.list", 200, None, &page);
    assert_eq!(slack.resolve(&place("slack:#Deploys/1.0")).await, Ok(place("slack:C7/1.0")));
    assert_eq!(slack.resolve(&place("slack:#nowhere")).await.expect_err("a fault").kind, FaultKind::NotFound);
    assert_eq!(slack.resolve(&place("slack:C9")).await, Ok(place("slack:C9")));

    fake.answer(
        "usergroups.list",
        200,
        None,
        &json!({ "ok": true, "usergroups": [{ "id": "S7", "handle": "oncall" }] }),
    );
    fake.answer("usergroups.users.list", 200, None, &json!({ "ok": true, "users": ["U1"] }));
    assert_eq!(slack.is_in_group("U1", "@oncall").await, Ok(true));
    assert_eq!(slack.is_in_group("U2", "S7").await, Ok(false), "asked once, believed for a while");
    slack.ears.clock.advance(jiff::SignedDuration::from_mins(6));
    fake.answer("usergroups.users.list", 200, None, &json!({ "ok": true, "users": ["U2"] }));
    assert_eq!(slack.is_in_group("U2", "S7").await, Ok(true), "and asked again after it");
}

#[tokio::test]
async fn a_form_opens_or_comes_too_late() {
    let fake = Fake::default();
    let slack = slack(&fake.serve().await);
    let form = form();
    fake.answer("views.open", 200, None, &json!({ "ok": true }));
    assert_eq!(slack.open("1.2", &form).await, Ok(()));
    fake.answer("views.open", 200, None, &json!({ "ok": false, "error": "expired_trigger_id" }));
    assert_eq!(slack.open("1.2", &form).await.expect_err("a fault").kind, FaultKind::Conflict);
    let view = form::view(&form);
    assert_eq!(view["private_metadata"], "tok");
    assert_eq!(view["title"]["text"].as_str(), Some("Create an issue in the …"));
    assert_eq!(view["blocks"][2]["elements"][0]["text"], "⚠️ is needed");
}

#[test]
fn a_field_whose_values_are_known_is_searched_and_holds_what_it_held() {
    let field = |kind: FieldKind, value: Option<&str>| {
        let mut form = form();
        form.fields.truncate(1);
        form.fields[0] =
            FormField { kind, value: value.map(Into::into), completes: true, error: None, ..form.fields[0].clone() };
        form::view(&form)["blocks"][1]["element"].clone()
    };
    let one = field(FieldKind::Line, Some("acme/api"));
    assert_eq!((&one["type"], &one["min_query_length"]), (&json!("external_select"), &json!(0)));
    assert_eq!(one["initial_option"]["value"], "acme/api");
    assert_eq!(field(FieldKind::Line, None).get("initial_option"), None);
    let several = field(FieldKind::List, Some("bug, idea"));
    assert_eq!(several["type"], "multi_external_select");
    assert_eq!(several["initial_options"][1]["value"], "idea");
    // What no menu can hold stays a text.
    assert_eq!(field(FieldKind::Line, Some(&"x".repeat(151)))["type"], "plain_text_input");
    assert_eq!(field(FieldKind::Long, None)["type"], "plain_text_input");
    assert_eq!(field(FieldKind::Integer, None)["type"], "number_input");
}

#[test]
fn limiters_cover_a_method_and_a_channel() {
    let slack = slack("http://127.0.0.1:1/slack/api");
    let keys =
        |parcel: &Parcel| slack.tolls(parcel).into_iter().map(|toll| (toll.key, toll.closes)).collect::<Vec<_>>();
    let both = [("slack/chat.postMessage".to_owned(), true), ("slack/chat.postMessage/C1".to_owned(), false)];
    assert_eq!(keys(&post_to("slack:C1")), both);
    let edit = parcel(Errand::Edit { message: message(), card: card() });
    assert_eq!(keys(&edit), [("slack/chat.update".to_owned(), true)]);
}

#[tokio::test]
async fn check_says_as_whom_and_a_pinned_workspace_holds() {
    let fake = Fake::default();
    let mut slack = slack(&fake.serve().await);
    let me = json!({ "ok": true, "team": "Acme\u{202e}", "team_id": "T1", "user_id": "U0BOT" });
    fake.answer("auth.test", 200, None, &me);
    fake.answer("apps.connections.open", 200, None, &json!({ "ok": true, "url": "ws://127.0.0.1:1/" }));
    assert_eq!(slack.check().await.as_deref(), Ok("signed in to Acme (T1) as U0BOT"));
    fake.answer("auth.test", 200, None, &me);
    fake.answer("apps.connections.open", 200, None, &json!({ "ok": false, "error": "invalid_auth" }));
    assert_eq!(slack.check().await.expect_err("a fault").kind, FaultKind::Misconfigured, "the other token counts, too");
    slack.ears.team = Some("T2".into());
    fake.answer("auth.test", 200, None, &me);
    assert_eq!(slack.check().await.expect_err("a fault").kind, FaultKind::Misconfigured);
}

pub(super) fn form() -> Form {
    let field = |name: &str, kind: FieldKind, value: Option<&str>, error: Option<&str>| FormField {
        name: name.into(),
        label: name.to_uppercase(),
        help: format!("What {name} is."),
        kind,
        required: true,
        value: value.map(Into::into),
        error: error.map(Into::into),
        completes: false,
        suggestions: Vec::new(),
    };
    let choices = || ["bug", "idea"].map(|it| Choice { value: it.into(), label: it.into() }).to_vec();
    Form {
        token: Token::from_wire("tok"),
        title: "Create an issue in the repository".into(),
        intro: Some("In acme/api.".into()),
        submit: "Create".into(),
        fields: vec![
            field("title", FieldKind::Line, None, Some("is needed")),
            field("body", FieldKind::Long, Some("a\nb"), None),
            field("points", FieldKind::Integer, Some("3"), None),
            field("urgent", FieldKind::Flag, Some("true"), None),
            field("kind", FieldKind::Choice(choices()), Some("idea"), None),
            field("labels", FieldKind::Choices(choices()), Some("bug, idea"), None),
            field("people", FieldKind::List, None, None),
        ],
        operation: "github.issue.create".into(),
        more: 0,
    }
}

#[test]
fn the_manifest_asks_for_what_is_used_in_both_modes() {
    let mut config = SlackConfig { commands: vec!["/qd".into(), "/github".into()], ..SlackConfig::default() };
    let socket = manifest(&config, &[], None);
    insta::assert_json_snapshot!(socket["oauth_config"]["scopes"]["bot"], @r###"
    [
      "app_mentions:read",
      "channels:history",
      "channels:manage",
      "channels:read",
      "chat:write",
      "chat:write.public",
      "commands",
      "files:write",
      "groups:history",
      "groups:read",
      "groups:write",
      "im:history",
      "im:read",
      "im:write",
      "reactions:write",
      "team:read",
      "users:read",
      "usergroups:read"
    ]
    "###);
    assert_eq!(socket["settings"]["socket_mode_enabled"], true);
    assert!(socket["settings"]["event_subscriptions"].get("request_url").is_none());
    config.mode = SlackMode::Http;
    let http = manifest(&config, &[], Some("https://qd.acme.example/"));
    insta::assert_json_snapshot!(http["settings"], @r###"
    {
      "event_subscriptions": {
        "bot_events": [
          "app_mention",
          "message.im",
          "channel_archive",
          "channel_deleted",
          "channel_left",
          "channel_unarchive",
          "group_archive",
          "group_deleted",
          "group_left",
          "group_unarchive",
          "member_joined_channel"
        ],
        "request_url": "https://qd.acme.example/slack/events"
      },
      "interactivity": {
        "is_enabled": true,
        "request_url": "https://qd.acme.example/slack/interactivity",
        "message_menu_options_url": "https://qd.acme.example/slack/options"
      },
      "org_deploy_enabled": false,
      "socket_mode_enabled": false,
      "token_rotation_enabled": false
    }
    "###);
    insta::assert_json_snapshot!(http["features"]["slash_commands"][1], @r###"
    {
      "command": "/github",
      "description": "Run github operations",
      "usage_hint": "help · issue list",
      "should_escape": false,
      "url": "https://qd.acme.example/slack/commands"
    }
    "###);
}
