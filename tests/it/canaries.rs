//! Secrets stay secret. The built daemon runs as a process of its own, with its log at its loudest, against vendors that
//! fail in every way; then every place that somebody could read is searched for every spelling of every secret.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use quarterdeck::sandbox::discord::{self, DiscordFake, DiscordSetup};
use quarterdeck::sandbox::github::{self, GithubFake, GithubSetup, GithubToken, HookTarget};
use quarterdeck::sandbox::slack::{self, Failure, SlackFake, SlackSetup};
use quarterdeck::sandbox::telegram::{self, TelegramFake, TelegramSetup};
use quarterdeck::store::StoreConfig;
use quarterdeck::store::admin::export;
use quarterdeck::vault::ApiKeyHash;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::conversation::{ANA, GENERAL, patiently};
use crate::knock::{client, signature};

/// One secret for every slot there is. The odd signs make the encoded spellings differ from the plain one.
const CANARIES: [(&str, &str); 11] = [
    ("bot token", "xoxb-canary/bot+7Qe=21-aGVsbG8"),
    ("app token", "xapp-canary/app+8Rf=32-d29ybGQ"),
    ("GitHub token", "ghp_canary/git+9Sg=43-Zm9vYmFy"),
    ("webhook secret", "canary/hook+1Th=54-YmF6cXV4"),
    ("old webhook secret", "canary/old+2Ui=65-cXV1eHF1"),
    ("outgoing webhook secret", "whsec_Y2FuYXJ5L291dGdvaW5nKzNWaj03Ng=="),
    ("API key", "qd_canary4Wk87canary4Wk87canary4Wk87canary4Wk"),
    ("Discord token", "MTEwMDAwcanary.GxDisc.5Xl-98_canaryZGlzY29yZA"),
    ("Telegram token", "7100000001:AAcanary_6Ym-09_dGVsZWdyYW1jYW5hcnk"),
    ("Telegram webhook secret", "canary-door_7Zn-10_dGVsZWdyYW1kb29y"),
    ("Slack signing secret", "canary/sign+8Ao=21-c2xhY2tzaWdu"),
];
const BOT: &str = CANARIES[0].1;
const APP: &str = CANARIES[1].1;
const GITHUB: &str = CANARIES[2].1;
const WEBHOOK: &str = CANARIES[3].1;
const OLD_WEBHOOK: &str = CANARIES[4].1;
const OUTGOING: &str = CANARIES[5].1;
const KEY: &str = CANARIES[6].1;
const DISCORD: &str = CANARIES[7].1;
const TELEGRAM: &str = CANARIES[8].1;
const DOOR: &str = CANARIES[9].1;
const SIGNING: &str = CANARIES[10].1;

/// Every way in which a secret might be written.
fn spellings(secret: &str) -> Vec<String> {
    let mut found = vec![
        secret.to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ];
    // In base64 at each of the three places within something longer; the signs at the ends depend on the neighbours.
    for offset in 0..3 {
        let padded = [&b"\0\0"[..offset], secret.as_bytes()].concat();
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            found.push(text[4..text.len() - 2].to_owned());
        }
    }
    found
}

fn is_in(text: &str, secret: &str) -> bool {
    spellings(secret).iter().any(|spelling| text.contains(spelling.as_str()))
}

/// The secrets that are in a text.
fn found_in(text: &str) -> Vec<&'static str> {
    CANARIES.iter().filter(|(_, secret)| is_in(text, secret)).map(|(name, _)| *name).collect()
}

#[test]
fn the_search_finds_every_spelling() {
    for (name, secret) in CANARIES {
        let spelt = [
            format!("Bearer {secret}"),
            format!("x{}x", hex::encode(secret)),
            STANDARD_NO_PAD.encode(format!("ab{secret}")),
            URL_SAFE_NO_PAD.encode(format!("user:{secret}:x")),
            url::form_urlencoded::Serializer::new(String::new()).append_pair("token", secret).finish(),
        ];
        for text in spelt {
            assert_eq!(found_in(&text), [name], "{text}");
        }
    }
    assert!(found_in("xoxb-canary, said the log; canary/hook").is_empty());
}

/// The daemon as a process.
struct Daemon {
    child: Child,
    log: std::path::PathBuf,
    address: String,
}

impl Daemon {
    /// `hook` is the address of Discord's webhook.
    async fn start(folder: &Path, config: &str, hook: &str) -> Self {
        let (file, log) = (folder.join("quarterdeck.toml"), folder.join("log"));
        fs::write(&file, config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
            .args(["--config", file.to_str().unwrap(), "run"])
            .env_clear()
            .envs([("C_BOT", BOT), ("C_APP", APP), ("C_GITHUB", GITHUB), ("C_HOOK", WEBHOOK)])
            .envs([("C_OLD", OLD_WEBHOOK), ("C_OUT", OUTGOING), ("C_DISCORD", DISCORD), ("C_TELEGRAM", TELEGRAM)])
            .envs([("C_DOOR", DOOR), ("C_SIGN", SIGNING), ("C_DHOOK", hook)])
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("out")).unwrap())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut daemon = Self { child, log, address: String::new() };
        daemon.logged("\"message\":\"ready\"").await;
        let line = daemon.log();
        let line = line.lines().find(|line| line.contains("\"message\":\"ready\"")).unwrap();
        let line: Value = serde_json::from_str(line).unwrap();
        daemon.address = format!("http://{}", line["address"].as_str().unwrap());
        daemon
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// Waits until the log holds this.
    async fn logged(&mut self, part: &str) {
        let wait = async {
            while !self.log().contains(part) {
                let ended = self.child.try_wait().unwrap();
                assert!(ended.is_none(), "the daemon ended: {}", self.log());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently(part, wait).await;
    }

    async fn stop(&mut self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let ended = async {
            while self.child.try_wait().unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently("the end of the daemon", ended).await;
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the daemon talks to.
struct Vendors {
    slack: SlackFake,
    discord: DiscordFake,
    telegram: TelegramFake,
    github: GithubFake,
    /// The address of a webhook of Discord's, and the secret in it.
    hook: (String, String),
}

impl Vendors {
    /// With Slack's and Telegram's requests at this address, where one is given.
    async fn open(http: Option<&str>) -> Self {
        let mut slack = SlackSetup { bot_token: BOT.into(), app_token: APP.into(), ..SlackSetup::default() };
        slack.signing_secret = SIGNING.into();
        if let Some(address) = http {
            slack.delivery = slack::Delivery::Http(quarterdeck::stage::request_urls(address));
        }
        let mut github = GithubSetup::sample(Arc::new(jiff::Timestamp::now));
        github.tokens = vec![GithubToken::classic(GITHUB, "ana", &["repo", "admin:repo_hook"])];
        let telegram = TelegramSetup { token: TELEGRAM.into(), http_webhooks: true, ..TelegramSetup::default() };
        let discord =
            DiscordFake::start(DiscordSetup { token: DISCORD.into(), ..DiscordSetup::default() }).await.unwrap();
        // The bot may set up webhooks there, and one is.
        discord.set_bot_permissions(discord::GENERAL, 1 << 29, 0).unwrap();
        let request = client().post(format!("{}/channels/{}/webhooks", discord.api_base(), discord::GENERAL));
        let request = request.header("authorization", format!("Bot {DISCORD}"));
        let made = request.header("user-agent", "DiscordBot (https://example.com, 1)").json(&json!({ "name": "news" }));
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap().to_owned());
        let hook = (format!("{}/webhooks/{id}/{token}", discord.api_base()), token);
        let slack = SlackFake::start(slack).await.unwrap();
        let telegram = TelegramFake::start(telegram).await.unwrap();
        Self { slack, discord, telegram, github: GithubFake::start(github).await.unwrap(), hook }
    }

    /// A daemon's configuration; `ways` is how Slack and Telegram reach it.
    fn config(&self, store: &Path, listen: &str, ways: (&str, &str)) -> String {
        format!(
            r#"
[telemetry]
format = "json"
level = "trace,hyper=trace,hyper_util=trace,h2=trace,reqwest=trace,rustls=trace,octocrab=trace,tower=trace,slack_morphism=trace,tungstenite=trace,tokio_tungstenite=trace,teloxide_core=trace,serenity=trace"

[store]
path = "{store}"

[http]
listen = "{listen}"

[slack]
base_url = "{slack}"
bot_token = "env:C_BOT"
{ways_of_slack}
timeout = "1s"

[discord]
base_url = "{discord}"
bot_token = "env:C_DISCORD"
timeout = "1s"

[discord.webhooks]
news = "env:C_DHOOK"

[telegram]
base_url = "{telegram}"
token = "env:C_TELEGRAM"
{ways_of_telegram}
timeout = "1s"

[github]
base_url = "{github}"
token = "env:C_GITHUB"
webhook_secrets = ["env:C_HOOK", "env:C_OLD"]
timeout = "1s"

[access]
default_role = "admin"

[[api_keys]]
name = "canary"
sha256 = "{key}"
role = "admin"

[[subscriptions]]
place = "slack:#general"
events = ["*"]

[[subscriptions]]
place = "discord:#general"
events = ["*"]

[[subscriptions]]
place = "telegram:@acmeops"
events = ["*"]

[[webhooks]]
name = "nobody"
url = "http://127.0.0.1:9/refused"
secret = "env:C_OUT"
events = ["*"]
"#,
            store = store.display(),
            slack = self.slack.api_base(),
            ways_of_slack = ways.0,
            discord = self.discord.api_base(),
            telegram = self.telegram.base(),
            ways_of_telegram = ways.1,
            github = self.github.base(),
            key = ApiKeyHash::of(KEY),
        )
    }

    /// Nothing that anybody could read shows a secret: the log, the output, the answers, what was said, the store.
    fn judge(&self, daemon: &Daemon, folder: &Path, answers: &Answers) {
        let log = daemon.log();
        assert!(log.contains("TRACE") && log.contains("DEBUG"), "the log was not at its loudest");
        let own = ["ticket=", "hooks.slack", "/slack/response/", "response_url"];
        for part in own {
            let line = log.lines().find(|line| line.contains(part));
            assert_eq!(line, None, "{part} is in the log");
        }
        let mut rows = Vec::new();
        export(&StoreConfig { path: folder.join("store"), ..StoreConfig::default() }, &mut rows).unwrap();
        let rows = String::from_utf8_lossy(&rows).into_owned();
        assert!(rows.lines().count() > 10, "the store was exported");
        for (what, text) in [
            ("the log", log),
            ("its output", fs::read_to_string(folder.join("out")).unwrap()),
            ("its answers and metrics", answers.0.clone()),
            ("Slack's messages", self.slack.state().to_string()),
            ("Discord's messages", self.discord.state().to_string()),
            ("Telegram's messages", self.telegram.state().to_string()),
            ("GitHub", self.github.state()["repositories"].to_string()),
            ("the store", rows),
        ] {
            assert_eq!(found_in(&text), Vec::<&str>::new(), "in {what}");
            assert!(!is_in(&text, &self.hook.1), "the address of Discord's webhook is in {what}");
        }
    }
}

/// All that the daemon answered over HTTP, with the answers' headers.
#[derive(Default)]
struct Answers(String);

impl Answers {
    async fn ask(&mut self, request: RequestBuilder) -> u16 {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let _ = writeln!(self.0, "{:?}", response.headers());
        self.0.push_str(&response.text().await.unwrap());
        status
    }
}

async fn provoke_github(daemon: &Daemon, slack: &SlackFake, github: &GithubFake) {
    let failures = [
        github::Failure::Status(401),
        github::Failure::Status(502),
        github::Failure::CutBeforeWork,
        github::Failure::Hang,
        github::Failure::SecondaryNoHeader,
    ];
    for failure in failures {
        let seen = slack.ephemerals(ANA).len() + slack.messages(GENERAL).len();
        github.fail_next("/repos/**", failure, 1);
        let said = slack.slash(ANA, GENERAL, "/qd", "github repo get acme/api").unwrap();
        assert!(patiently("the acknowledgement", said.outcome()).await.is_acknowledged());
        let answered =
            slack.until(|slack| (slack.ephemerals(ANA).len() + slack.messages(GENERAL).len() > seen).then_some(()));
        patiently(&format!("an answer after {failure:?}: {}", daemon.address), answered).await;
        github.fail_no_more();
    }
}

/// A command, and a card that fails in every way, on each platform.
async fn provoke_chats(vendors: &Vendors) {
    let Vendors { slack, discord, telegram, github, .. } = vendors;
    let failures = [
        (
            Failure::OkFalse("invalid_auth".into()),
            discord::Failure::Refused(400, 50006, "Cannot send an empty message".into()),
            telegram::Failure::Refused(400, "Bad Request: message text is empty".into()),
        ),
        (
            Failure::OkFalse("token_revoked".into()),
            discord::Failure::Refused(400, 50035, "Invalid Form Body".into()),
            telegram::Failure::Refused(400, "Bad Request: something new".into()),
        ),
        (Failure::Status(401), discord::Failure::CutBeforeWork, telegram::Failure::CutBeforeWork),
        (Failure::Status(500), discord::Failure::Status(500), telegram::Failure::Status(502)),
        (Failure::CutBeforeWork, discord::Failure::DropReplyAfterWork, telegram::Failure::DropReplyAfterWork),
        (Failure::Hang, discord::Failure::Hang, telegram::Failure::Hang),
    ];
    let posts = || {
        let slack = slack.requests().into_iter().filter(|request| request.method == "chat.postMessage").count();
        let discord = discord.requests().into_iter().filter(|request| is_post(&request.verb, &request.path)).count();
        let telegram = telegram.requests().into_iter().filter(|request| request.method == "sendMessage").count();
        [slack, discord, telegram]
    };
    for (number, (of_slack, of_discord, of_telegram)) in failures.into_iter().enumerate() {
        slack.fail_next("chat.postMessage", of_slack, 1);
        discord.fail_next("POST /channels/*/messages", of_discord, 1);
        telegram.fail_next("sendMessage", of_telegram, 1);
        let before = posts();
        github.open_issue("ben", "acme/api", &format!("Trouble {number}"), "A text").unwrap();
        let tried = async {
            while posts().iter().zip(before).any(|(now, before)| *now == before) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently(&format!("post {number} on every platform, after {before:?}"), tried).await;
    }
}

/// The tokens are taken for wrong. Last, because a platform may be left alone after it.
async fn refuse_tokens(vendors: &Vendors) {
    let Vendors { discord, telegram, .. } = vendors;
    let hook = vendors.hook.0.rsplit('/').nth(1).unwrap();
    let refused = discord::Failure::Refused(401, 0, "401: Unauthorized".into());
    discord.fail_next(&format!("POST /webhooks/{hook}/*"), refused, 1);
    let typed = [("line", json!("discord webhook send news Once more"))];
    discord.command(discord::ANA, discord::GENERAL, "qd", &typed).unwrap();
    telegram.fail_next("sendMessage", telegram::Failure::Refused(401, "Unauthorized".into()), 1);
    telegram.say(telegram::ANA, telegram::ANA, None, "/qd help issue", None).unwrap();
    let refused = async {
        let on_discord = || discord.requests().iter().any(|request| request.status == 401);
        let on_telegram = || telegram.requests().iter().any(|request| request.status == 401);
        while !on_discord() || !on_telegram() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    patiently("refusals", refused).await;
}

fn is_post(verb: &str, path: &str) -> bool {
    verb == "POST" && path.starts_with("/channels/") && path.ends_with("/messages")
}

/// A command on Discord and Telegram, and a message through Discord's webhook that goes wrong, and one that arrives.
async fn command_all(vendors: &Vendors) {
    let Vendors { discord, telegram, .. } = vendors;
    let commands = discord.until(|discord| discord.commands(None).iter().any(|one| one["name"] == "qd").then_some(()));
    patiently("the commands", commands).await;
    let shown = |part: &'static str| discord.messages(discord::GENERAL).iter().any(|one| one.text().contains(part));
    let hook = vendors.hook.0.rsplit('/').nth(1).unwrap();
    discord.fail_next(&format!("POST /webhooks/{hook}/*"), discord::Failure::Status(502), 1);
    for line in ["help issue", "discord webhook send news Through a webhook", "discord webhook send news Again"] {
        let typed = [("line", json!(line))];
        let said = discord.command(discord::ANA, discord::GENERAL, "qd", &typed).unwrap();
        assert!(patiently("the answer", said.outcome()).await.is_acknowledged(), "{line}");
    }
    patiently("what the webhook says", discord.until(|_| shown("Again").then_some(()))).await;
    let before = telegram.messages(telegram::ANA).len();
    telegram.say(telegram::ANA, telegram::ANA, None, "/qd help issue", None).unwrap();
    let answered = telegram.until(|telegram| (telegram.messages(telegram::ANA).len() > before + 1).then_some(()));
    patiently("an answer on Telegram", answered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_to_be_read_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let vendors = Vendors::open(None).await;
    let Vendors { slack, discord, telegram, github, .. } = &vendors;
    // The first sign-in fails, too.
    slack.fail_next("apps.connections.open", Failure::Status(503), 1);
    discord.fail_next("GET /gateway/bot", discord::Failure::Status(503), 1);
    telegram.fail_next("getUpdates", telegram::Failure::Status(502), 1);
    let config = vendors.config(&folder.path().join("store"), "127.0.0.1:0", ("app_token = \"env:C_APP\"", ""));
    let mut daemon = Daemon::start(folder.path(), &config, &vendors.hook.0).await;
    for platform in ["connected to Slack", "connected to Discord", "connected to Telegram"] {
        daemon.logged(platform).await;
    }
    let hook = HookTarget::new(&format!("{}/webhooks/github", daemon.address), WEBHOOK);
    github.add_hook("acme/api", &hook).unwrap();

    provoke_github(&daemon, slack, github).await;
    command_all(&vendors).await;
    discord.disconnect(discord::Goodbye::Cut);
    patiently("another connection", discord.until(|discord| (discord.connections() > 0).then_some(()))).await;
    provoke_chats(&vendors).await;
    refuse_tokens(&vendors).await;
    slack.disconnect_sockets(slack::Disconnect::Cut);
    patiently("another connection", slack.until(|slack| (slack.connections() > 0).then_some(()))).await;

    let mut answers = Answers::default();
    let address = daemon.address.clone();
    let url = |path: &str| format!("{address}{path}");
    let body = r#"{"action":"opened"}"#;
    let wrong = signature("another secret", body.as_bytes());
    let knock = client().post(url("/webhooks/github")).header("x-hub-signature-256", wrong).body(body);
    assert_eq!(answers.ask(knock).await, 401);
    let old = client().post(url("/webhooks/github")).header("x-hub-signature-256", signature(OLD_WEBHOOK, b"{}"));
    assert_eq!(answers.ask(old.header("x-github-delivery", "old").body("{}")).await, 202);
    let event = json!({ "specversion": "1.0", "id": "1", "source": "/mon", "type": "deploy.done", "data": {} });
    let publish = || {
        let request = client().post(url("/api/v1/events")).header("content-type", "application/cloudevents+json");
        request.body(event.to_string())
    };
    assert_eq!(answers.ask(publish().bearer_auth(KEY)).await, 202);
    assert_eq!(answers.ask(publish().bearer_auth(&KEY[1..])).await, 401);
    daemon.logged("127.0.0.1:9").await;
    for path in ["/healthz", "/readyz", "/metrics", "/nowhere", "/api/v1/outbox", "/api/v1/outbox?dead=true"] {
        answers.ask(client().get(url(path)).bearer_auth(KEY)).await;
    }
    daemon.stop().await;

    assert!(answers.0.contains("quarterdeck_arrivals_total"), "the metrics were asked for");
    vendors.judge(&daemon, folder.path(), &answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_the_doors_is_to_be_read_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    // A free port, so that Telegram and Slack can be told of it before the daemon listens there.
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let address = format!("http://{listen}");
    let vendors = Vendors::open(Some(&address)).await;
    let Vendors { slack, telegram, github, .. } = &vendors;
    telegram.fail_next("setWebhook", telegram::Failure::Status(502), 1);
    let of_telegram =
        format!("mode = \"webhook\"\nwebhook_url = \"{address}/telegram/webhook\"\nwebhook_secret = \"env:C_DOOR\"");
    let of_slack = "mode = \"http\"\nsigning_secrets = [\"env:C_SIGN\"]";
    let config = vendors.config(&folder.path().join("store"), &listen, (of_slack, &of_telegram));
    let mut daemon = Daemon::start(folder.path(), &config, &vendors.hook.0).await;
    slack.set_events_url(&format!("{address}/slack/events")).await.unwrap();
    let signed_up = telegram.until(|telegram| (telegram.webhook_info()["url"] != "").then_some(()));
    patiently("the webhook", signed_up).await;
    github.add_hook("acme/api", &HookTarget::new(&format!("{address}/webhooks/github"), WEBHOOK)).unwrap();

    provoke_github(&daemon, slack, github).await;
    command_all(&vendors).await;
    provoke_chats(&vendors).await;
    refuse_tokens(&vendors).await;
    let mut answers = Answers::default();
    let url = |path: &str| format!("{address}{path}");
    let wrong = |path: &str| {
        let request = client().post(url(path)).header("x-telegram-bot-api-secret-token", &DOOR[1..]);
        request.header("x-slack-signature", "v0=00").header("x-slack-request-timestamp", "1").body("{}")
    };
    for path in ["/telegram/webhook", "/slack/events", "/slack/commands", "/slack/interactivity"] {
        assert_eq!(answers.ask(wrong(path)).await, 401, "{path}");
    }
    let odd = client().post(url("/telegram/webhook")).header("x-telegram-bot-api-secret-token", DOOR);
    answers.ask(odd.header("content-type", "application/json").body("{\"update_id\":")).await;
    for path in ["/readyz", "/metrics", "/api/v1/outbox?dead=true"] {
        answers.ask(client().get(url(path)).bearer_auth(KEY)).await;
    }
    daemon.stop().await;
    vendors.judge(&daemon, folder.path(), &answers);
}
