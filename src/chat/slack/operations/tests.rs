//! The operations against the sandbox: what they do there, whom they obey, and what they say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Slack, SlackConfig, SlackSecrets};
use super::*;
use crate::chat::{Ground, Platform as _};
use crate::model::{Actor, CallId, Card, Clock, Effect, Fault, FaultKind, Place, PlatformId, Role, SignedDuration};
use crate::operations::{Asked, Caller, Completer as _, Found, Operation, Outcome};
use crate::sandbox::slack::{Channel, Failure, RateLimits, SlackFake, SlackSetup, User};
use crate::vault::Secret;

const ANA: &str = "U0ANA000001";
const BEN: &str = "U0BEN000002";
const GENERAL: &str = "C0GENERAL01";

struct Rig {
    fake: SlackFake,
    slack: Arc<Slack>,
    clock: Clock,
    ground: Ground,
    _directory: tempfile::TempDir,
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SlackSetup)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().expect("a time"));
        let hand = clock.clone();
        let mut setup =
            SlackSetup { now: Arc::new(move || hand.now()), limits: RateLimits::Unlimited, ..SlackSetup::default() };
        change(&mut setup);
        let fake = SlackFake::start(setup).await.expect("a workspace");
        let (ground, directory) = Ground::sample(&clock);
        let slack = signed_in(&fake, &ground).await;
        Self { fake, slack, clock, ground, _directory: directory }
    }

    fn requests(&self, method: &str) -> Vec<Value> {
        self.fake.requests().into_iter().filter(|one| one.method == method).map(|one| one.body).collect()
    }
}

async fn signed_in(fake: &SlackFake, ground: &Ground) -> Arc<Slack> {
    let config = SlackConfig {
        base_url: fake.api_base().parse().expect("an address"),
        bot_token: Some("env:A".parse().expect("a reference")),
        app_token: Some("env:B".parse().expect("a reference")),
        ..SlackConfig::default()
    };
    let setup = fake.setup();
    let (bot_token, app_token) = (Secret::new(&setup.bot_token), Some(Secret::new(&setup.app_token)));
    let secrets = SlackSecrets { bot_token, app_token, signing: Vec::new() };
    let slack = Arc::new(Slack::new(&config, secrets, ground).expect("a platform"));
    slack.check().await.expect("signed in");
    slack
}

/// Somebody who asks in `#general`.
fn by(user: &str) -> Caller {
    let slack = PlatformId::new("slack");
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let name = user.trim_start_matches("U0")[..3].to_lowercase();
    Caller {
        call: CallId::new(),
        actor: Actor::User { platform: slack.clone(), id: user.to_owned(), name },
        role: Role::Admin,
        place: Some(Place::channel(&slack, GENERAL)),
        accepted_at: now,
        now,
        defaults: std::collections::BTreeMap::new(),
        quote: None,
    }
}

fn op<T: Operation>(args: Value) -> T {
    serde_json::from_value(args).expect("arguments")
}

async fn run<T: Operation<On = Slack>>(rig: &Rig, by: &Caller, args: Value) -> Result<Outcome, Fault> {
    op::<T>(args).run(&rig.slack, by).await
}

fn told(outcome: &Outcome) -> String {
    dump(outcome.card.as_ref().expect("a card"))
}

fn dump(card: &Card) -> String {
    let mut lines = vec![format!("{:?} | {}", card.tone, card.title)];
    for block in &card.body {
        lines.push(match block {
            crate::model::Block::List { items, .. } => {
                items.iter().map(|item| format!("- {}", item.to_plain())).collect::<Vec<_>>().join("\n")
            }
            crate::model::Block::Text(text) => text.to_plain(),
            crate::model::Block::Quote(text) => format!("> {}", text.to_plain()),
            other => format!("{other:?}"),
        });
    }
    lines.extend(card.fields.iter().map(|field| format!("{}: {}", field.label, field.value.to_plain())));
    lines.extend(card.footer.iter().map(crate::model::Text::to_plain));
    lines.extend(card.actions.iter().map(|action| format!("[{}]", action.label)));
    lines.join("\n")
}

#[tokio::test]
async fn a_message_is_sent_changed_and_deleted() {
    let rig = Rig::new().await;
    let ana = by(ANA);
    let text = "*Deploy* at noon, @ben & <!channel>";
    let sent = run::<SendMessage>(&rig, &ana, json!({ "channel": "#general", "text": text })).await.expect("sent");
    assert_eq!(told(&sent), "Good | Sent to #general");
    let message = rig.fake.messages("general").remove(0);
    assert_eq!(message.blocks[0]["text"]["text"], "*Deploy* at noon, <@U0BEN000002> &amp; &lt;!channel&gt;");
    assert_eq!(message.blocks[1]["elements"][0]["text"], "— ana");
    assert_eq!(message.metadata.expect("metadata")["event_payload"]["call"], ana.call.to_string());
    let link = sent.data["url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with("https://acme.slack.com/archives/C0GENERAL01/p"));

    let change = json!({ "message": link, "text": "Deploy at one" });
    run::<UpdateMessage>(&rig, &by(BEN), change).await.expect("changed");
    let message = rig.fake.messages("general").remove(0);
    assert_eq!(message.blocks[0]["text"]["text"], "Deploy at one");
    assert_eq!(message.blocks[1]["elements"][0]["text"], "— ben");

    let delete = || op::<DeleteMessage>(json!({ "message": sent.data["message"] }));
    let preview = delete().preview(&rig.slack, &ana).await.expect("a preview").expect("a preview").card;
    assert_eq!(
        dump(&preview),
        "Warning | Delete this message in #general?\n> Deploy at one\nThis cannot be undone.\nSent: 2026-11-20 12:00 UTC"
    );
    assert!(matches!(delete().find(&rig.slack, &ana).await, Ok(Found::Absent)));
    delete().run(&rig.slack, &ana).await.expect("deleted");
    assert!(rig.fake.messages("general").is_empty());
    assert!(matches!(delete().find(&rig.slack, &ana).await, Ok(Found::Happened(_))));
    let again = delete().run(&rig.slack, &ana).await.expect_err("a fault");
    assert_eq!(again.kind, FaultKind::NotFound);
    const { assert!(matches!(DeleteMessage::SPEC.effect, Effect::Destroy)) };
}

#[tokio::test]
async fn an_unclear_message_is_found_by_its_call_and_not_by_another() {
    let rig = Rig::new().await;
    let ana = by(ANA);
    let send = || op::<SendMessage>(json!({ "channel": "#general", "text": "hello" }));
    assert!(matches!(send().find(&rig.slack, &ana).await, Ok(Found::Absent)));
    rig.fake.fail_next("chat.postMessage", Failure::DropReplyAfterWork, 1);
    assert_eq!(send().run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Unknown);
    let Ok(Found::Happened(outcome)) = send().find(&rig.slack, &ana).await else { panic!("not found") };
    assert_eq!(told(&outcome), "Good | Sent to #general");
    assert!(matches!(send().find(&rig.slack, &by(ANA)).await, Ok(Found::Absent)), "another call is another message");

    // In a thread, and to a person.
    let root = rig.fake.messages("general").remove(0).ts;
    let reply = || op::<SendMessage>(json!({ "channel": "general", "text": "re", "thread": root }));
    reply().run(&rig.slack, &ana).await.expect("sent");
    assert_eq!(rig.fake.thread("general", &root).len(), 2);
    assert!(matches!(reply().find(&rig.slack, &ana).await, Ok(Found::Happened(_))));
    let direct = || op::<SendMessage>(json!({ "channel": "@ben", "text": "psst" }));
    assert_eq!(told(&direct().run(&rig.slack, &ana).await.expect("sent")), "Good | Sent to @ben");
    assert!(matches!(direct().find(&rig.slack, &ana).await, Ok(Found::Happened(_))));
    // Where the bot is not, it cannot look; the sandbox's bot may not write there either.
    let random = op::<SendMessage>(json!({ "channel": "#random", "text": "x" }));
    assert!(matches!(random.clone().find(&rig.slack, &ana).await, Ok(Found::CannotTell)));
    assert_eq!(random.run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Denied);
}

#[tokio::test]
async fn only_what_was_sent_so_can_be_changed() {
    let rig = Rig::new().await;
    let said = rig.fake.say("ana", "general", None, "mine").expect("said");
    let change = json!({ "message": said.ts, "text": "yours" });
    assert_eq!(run::<UpdateMessage>(&rig, &by(ANA), change).await.expect_err("a fault").kind, FaultKind::Denied);
    let delete = op::<DeleteMessage>(json!({ "message": said.ts }));
    assert_eq!(delete.preview(&rig.slack, &by(ANA)).await.expect_err("a fault").kind, FaultKind::Denied);
    let nothing = json!({ "message": "1700000000.000100", "text": "x" });
    assert_eq!(run::<UpdateMessage>(&rig, &by(ANA), nothing).await.expect_err("a fault").kind, FaultKind::NotFound);
}

#[tokio::test]
async fn a_person_reaches_what_they_could_reach_themselves() {
    let rig = Rig::new().await;
    let secret = json!({ "channel": "#incident", "text": "x" });
    let fault = run::<SendMessage>(&rig, &by(BEN), secret.clone()).await.expect_err("Ben is not in it");
    assert_eq!(fault.kind, FaultKind::NotFound);
    run::<SendMessage>(&rig, &by(ANA), secret.clone()).await.expect("Ana is");
    let key = Caller { actor: Actor::ApiKey { name: "ci".into() }, place: None, ..by(ANA) };
    run::<SendMessage>(&rig, &key, secret).await.expect("a program reaches what the bot does");
    let elsewhere = Caller {
        actor: Actor::User { platform: PlatformId::new("discord"), id: "1".into(), name: "Ana".into() },
        ..by(ANA)
    };
    let get = json!({ "channel": "C0INCIDENT5" });
    assert!(run::<GetChannel>(&rig, &elsewhere, get).await.is_err(), "from elsewhere only what all may see");

    let list = |outcome: Outcome| told(&outcome);
    let seen = list(run::<ListChannels>(&rig, &by(ANA), json!({})).await.expect("a list"));
    assert!(seen.contains("#incident · private"), "{seen}");
    let seen = list(run::<ListChannels>(&rig, &by(BEN), json!({})).await.expect("a list"));
    assert!(!seen.contains("#incident"), "{seen}");
    // Another person's direct messages are theirs.
    let direct = rig.fake.direct_channel("ana").expect("a channel");
    let ts = rig.fake.say("ana", &direct, None, "psst").expect("said").ts;
    let peek = op::<DeleteMessage>(json!({ "message": format!("slack:{direct}/{ts}") }));
    assert_eq!(peek.preview(&rig.slack, &by(BEN)).await.expect_err("a fault").kind, FaultKind::NotFound);
    // No name of a private channel is given away by guessing.
    let fault = run::<GetChannel>(&rig, &by(BEN), json!({ "channel": "#incidnet" })).await.expect_err("a fault");
    assert!(!fault.outside.contains("`#incident`"), "{fault}");
}

#[tokio::test]
async fn names_that_are_nearly_right_are_mended() {
    let rig = Rig::new().await;
    let send = json!({ "channel": "#deplyos", "text": "x" });
    let fault = run::<SendMessage>(&rig, &by(ANA), send).await.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::BadInput { field: Some("channel".into()) });
    assert!(fault.outside.contains("Did you mean `#deploys`?"), "{fault}");
    let fault = run::<GetUser>(&rig, &by(ANA), json!({ "user": "@anna" })).await.expect_err("a fault");
    assert!(fault.outside.contains("Did you mean `@ana`?"), "{fault}");
    let place: Place = "slack:#genral".parse().expect("a place");
    let fault = rig.slack.resolve(&place).await.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::NotFound);
    assert!(fault.outside.contains("Did you mean `#general`?"), "{fault}");
}

#[tokio::test]
async fn lists_are_paged_by_us_and_by_slack() {
    let rig = Rig::with(|setup| {
        let many = (0..230).map(|at| Channel::public(&format!("C0MANY{at:05}"), &format!("many-{at:03}"), &[]));
        setup.channels.extend(many.map(|channel| channel.about("a <b> & c")));
        setup
            .users
            .extend((0..1_500).map(|at| User::person(&format!("U0MANY{at:05}"), &format!("p{at:04}"), "Person")));
    })
    .await;
    let page = run::<ListChannels>(&rig, &by(ANA), json!({ "filter": "#many", "limit": 2 })).await.expect("a list");
    insta::assert_snapshot!(told(&page), @r"
    Neutral | Channels
    - #many-000 · 0 members · a <b> & c
    - #many-001 · 0 members · a <b> & c
    +228 more
    [Show more]
    ");
    assert_eq!(page.data["more"], 228);
    let last = run::<ListChannels>(&rig, &by(ANA), json!({ "filter": "many", "limit": 50, "skip": 200 })).await;
    assert_eq!(last.expect("a list").data["channels"].as_array().expect("channels").len(), 30);
    assert_eq!(rig.requests("conversations.list").len(), 2, "two pages, read once");
    let people = run::<ListUsers>(&rig, &by(ANA), json!({ "limit": 1 })).await.expect("a list");
    assert_eq!(people.data["more"], 1_502, "nobody is left out, and no bot is among them");
    assert_eq!(rig.requests("users.list").len(), 2);
    let fault = run::<ListUsers>(&rig, &by(ANA), json!({ "limit": 51 })).await.expect_err("a fault");
    assert_eq!(fault.kind, FaultKind::BadInput { field: Some("limit".into()) });
    insta::assert_snapshot!(
        told(&run::<ListUsers>(&rig, &by(ANA), json!({ "filter": "Cleo" })).await.expect("a list")),
        @r"
    Neutral | People
    - @cleo · Cleo Martin
    "
    );
}

#[tokio::test]
async fn a_channel_a_person_and_the_workspace_are_shown() {
    let rig = Rig::new().await;
    insta::assert_snapshot!(
        told(&run::<GetChannel>(&rig, &by(ANA), json!({ "channel": "<#C0DEPLOYS02|deploys>" })).await.expect("a card")),
        @r"
    Neutral | #deploys
    Seen by: Public
    Members: 3
    Quarterdeck: Is in it
    Created: 2023-11-14 22:13 UTC
    Slack · C0DEPLOYS02
    "
    );
    insta::assert_snapshot!(
        told(&run::<GetUser>(&rig, &by(BEN), json!({ "user": "slack:U0ANA000001" })).await.expect("a card")),
        @r"
    Neutral | Ana Reyes
    User name: @ana
    Time zone: Etc/UTC
    Account: Admin of the workspace
    Slack · U0ANA000001
    "
    );
    insta::assert_snapshot!(
        told(&run::<GetTeam>(&rig, &by(ANA), json!({})).await.expect("a card")),
        @r"
    Neutral | Acme
    Address: acme.slack.com
    Slack · T0ACME00001
    "
    );
}

#[tokio::test]
async fn a_channel_is_created_once_with_who_asked_in_it() {
    let rig = Rig::new().await;
    let ana = by(ANA);
    let create = || op::<CreateChannel>(json!({ "name": "Incident 42", "private": true, "invite": ["@cleo"] }));
    assert!(matches!(create().find(&rig.slack, &ana).await, Ok(Found::Absent)));
    rig.fake.fail_next("conversations.create", Failure::DropReplyAfterWork, 1);
    assert_eq!(create().run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Unknown);
    let Ok(Found::Happened(outcome)) = create().find(&rig.slack, &ana).await else { panic!("not found") };
    assert_eq!(told(&outcome).lines().next(), Some("Good | Created the private channel #incident-42"));
    let state = rig.fake.state();
    let channels = state["channels"].as_array().expect("channels");
    let made: Vec<_> = channels.iter().filter(|channel| channel["name"] == "incident-42").collect();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["members"], json!(["U0QUARTERBOT", ANA, "U0CLEO00003"]));
    assert_eq!(create().run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Conflict);
    for name in ["", "#", "a/b", "---"] {
        let fault = run::<CreateChannel>(&rig, &ana, json!({ "name": name })).await.expect_err("a fault");
        assert_eq!(fault.kind, FaultKind::BadInput { field: Some("name".into()) }, "{name:?}");
    }
    // One who cannot be invited does not undo the channel.
    rig.fake.fail_next("conversations.invite", Failure::OkFalse("user_is_restricted".into()), 1);
    let outcome = run::<CreateChannel>(&rig, &ana, json!({ "name": "open" })).await.expect("created");
    assert!(told(&outcome).contains("@ana could not be invited:"), "{}", told(&outcome));
}

#[tokio::test]
async fn a_file_is_uploaded_and_shown() {
    let rig = Rig::new().await;
    let ana = by(ANA);
    let args = json!({ "channel": "#general", "name": "report.csv", "content": "a,b\n1,2\n", "comment": "for @ben" });
    let upload = || op::<UploadFile>(args.clone());
    assert!(matches!(upload().find(&rig.slack, &ana).await, Ok(Found::CannotTell)));
    let outcome = upload().run(&rig.slack, &ana).await.expect("uploaded");
    assert_eq!(told(&outcome), "Good | Uploaded report.csv to #general");
    let file = rig.fake.files().remove(0);
    assert_eq!((file.content.as_deref(), file.complete), (Some(&b"a,b\n1,2\n"[..]), true));
    let message = rig.fake.messages("general").remove(0);
    assert_eq!((message.text.as_str(), message.files), ("for <@U0BEN000002>\n— ana", vec![file.id]));
    assert!(matches!(upload().find(&rig.slack, &ana).await, Ok(Found::Happened(_))));
    rig.fake.fail_next("files.completeUploadExternal", Failure::Status(500), 1);
    assert_eq!(upload().run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Unknown);
    rig.fake.fail_next("files.getUploadURLExternal", Failure::Status(500), 1);
    assert_eq!(upload().run(&rig.slack, &ana).await.expect_err("a fault").kind, FaultKind::Unavailable);
    // To a person, and where the bot is not.
    let direct = json!({ "channel": "@ben", "name": "x.txt", "content": "x" });
    run::<UploadFile>(&rig, &ana, direct).await.expect("uploaded");
    let random = json!({ "channel": "#random", "name": "x.txt", "content": "x" });
    assert_eq!(run::<UploadFile>(&rig, &ana, random).await.expect_err("a fault").kind, FaultKind::Denied);
    let token = &rig.fake.setup().bot_token;
    assert!(rig.fake.requests().iter().all(|request| !request.body.to_string().contains(token.as_str())));
}

#[tokio::test]
async fn a_reaction_is_put_once_and_a_whisper_is_heard_by_one() {
    let rig = Rig::new().await;
    let ts = rig.fake.say("ana", "general", None, "done").expect("said").ts;
    let react = json!({ "message": ts, "emoji": ":rocket:" });
    run::<AddReaction>(&rig, &by(BEN), react.clone()).await.expect("put");
    run::<AddReaction>(&rig, &by(BEN), react).await.expect("it is there");
    let reactions = rig.fake.message("general", &ts).expect("a message").reactions;
    assert_eq!((reactions.len(), reactions[0].name.as_str()), (1, "rocket"));
    rig.fake.fail_next("reactions.add", Failure::OkFalse("invalid_name".into()), 1);
    let fault = run::<AddReaction>(&rig, &by(BEN), json!({ "message": ts, "emoji": "nosuch" })).await;
    assert_eq!(fault.expect_err("a fault").kind, FaultKind::BadInput { field: Some("emoji".into()) });

    let whisper = json!({ "channel": "general", "user": "@ben", "text": "psst" });
    let outcome = run::<SendEphemeral>(&rig, &by(ANA), whisper.clone()).await.expect("shown");
    assert_eq!(told(&outcome), "Good | Shown to @ben in #general");
    assert_eq!(rig.fake.ephemerals(BEN).len(), 1);
    assert!(matches!(op::<SendEphemeral>(whisper).find(&rig.slack, &by(ANA)).await, Ok(Found::CannotTell)));
    let outside = json!({ "channel": "#deploys", "user": "@cleo", "text": "psst" });
    assert_eq!(run::<SendEphemeral>(&rig, &by(ANA), outside).await.expect_err("a fault").kind, FaultKind::NotFound);
}

#[tokio::test]
async fn a_window_is_kept_over_a_restart() {
    let rig = Rig::new().await;
    rig.fake.fail_next("users.list", Failure::RateLimited(30), 1);
    let until = rig.clock.now().checked_add(SignedDuration::from_secs(30)).expect("a time");
    let limited = |fault: Fault| assert_eq!(fault.kind, FaultKind::RateLimited { until });
    limited(run::<ListUsers>(&rig, &by(ANA), json!({})).await.expect_err("a fault"));
    // The process ends; what is on disk is all that is left.
    let limits = Arc::new(crate::delivery::Limits::open(&rig.ground.store, &rig.clock).expect("the limits"));
    let ground = Ground { limits, ..rig.ground.clone() };
    let anew = signed_in(&rig.fake, &ground).await;
    limited(op::<ListUsers>(json!({})).run(&anew, &by(ANA)).await.expect_err("a fault"));
    assert!(rig.fake.violations().is_empty());
    rig.clock.advance(SignedDuration::from_secs(31));
    op::<ListUsers>(json!({})).run(&anew, &by(ANA)).await.expect("a list");
}

#[tokio::test]
async fn names_are_completed_and_private_ones_are_not() {
    let rig = Rig::new().await;
    let nothing = std::collections::BTreeMap::new();
    let values = async |what: &str, begun: &str| {
        let place = Place::channel(&PlatformId::new("slack"), "C1");
        let actor = Actor::Rule { name: "r".into() };
        let asked = Asked { what, begun, given: &nothing, defaults: &nothing, actor: &actor, place: &place };
        let found = rig.slack.complete(&asked).await.expect("values");
        found.into_iter().map(|choice| choice.value).collect::<Vec<_>>()
    };
    assert_eq!(values("slack.channels", "").await, ["#alerts", "#deploys", "#general", "#random"]);
    assert_eq!(values("slack.channels", "#de").await, ["#deploys"]);
    assert_eq!(values("slack.channels", "incid").await, [""; 0]);
    assert_eq!(values("slack.users", "@a").await, ["@ana", "@ben", "@cleo"], "who begins so comes first");
    assert_eq!(values("slack.users", "okafor").await, ["@ben"]);
    assert_eq!(values("slack.emoji", "x").await, [""; 0]);
    assert_eq!(rig.requests("conversations.list").len(), 1);
}

#[test]
fn each_operation_is_declared_with_help_and_example() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let slack = Arc::new(super::super::tests::slack("http://127.0.0.1:1/slack/api"));
    let all = slack.operations();
    let names: Vec<_> = all.iter().map(|one| (one.spec.name, one.spec.effect)).collect();
    assert_eq!(names.len(), 12);
    for declaration in &all {
        assert!(!declaration.summary.is_empty(), "{}", declaration.spec.name);
        assert!(declaration.params.iter().all(|param| !param.help.is_empty()), "{}", declaration.spec.name);
    }
    assert!(crate::operations::Registry::new(all).is_ok());
}
