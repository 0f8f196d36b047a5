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
use quarterdeck::sandbox::github::{self, GithubFake, GithubSetup, GithubToken, HookTarget};
use quarterdeck::sandbox::slack::{Failure, SlackFake, SlackSetup};
use quarterdeck::store::StoreConfig;
use quarterdeck::store::admin::export;
use quarterdeck::vault::ApiKeyHash;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::conversation::{ANA, GENERAL, patiently};
use crate::knock::{client, signature};

/// One secret for every slot there is. The odd signs make the encoded spellings differ from the plain one.
const CANARIES: [(&str, &str); 7] = [
    ("bot token", "xoxb-canary/bot+7Qe=21-aGVsbG8"),
    ("app token", "xapp-canary/app+8Rf=32-d29ybGQ"),
    ("GitHub token", "ghp_canary/git+9Sg=43-Zm9vYmFy"),
    ("webhook secret", "canary/hook+1Th=54-YmF6cXV4"),
    ("old webhook secret", "canary/old+2Ui=65-cXV1eHF1"),
    ("outgoing webhook secret", "whsec_Y2FuYXJ5L291dGdvaW5nKzNWaj03Ng=="),
    ("API key", "qd_canary4Wk87canary4Wk87canary4Wk87canary4Wk"),
];
const BOT: &str = CANARIES[0].1;
const APP: &str = CANARIES[1].1;
const GITHUB: &str = CANARIES[2].1;
const WEBHOOK: &str = CANARIES[3].1;
const OLD_WEBHOOK: &str = CANARIES[4].1;
const OUTGOING: &str = CANARIES[5].1;
const KEY: &str = CANARIES[6].1;

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

/// The secrets that are in a text.
fn found_in(text: &str) -> Vec<&'static str> {
    let within = |secret: &str| spellings(secret).iter().any(|spelling| text.contains(spelling.as_str()));
    CANARIES.iter().filter(|(_, secret)| within(secret)).map(|(name, _)| *name).collect()
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
    async fn start(folder: &Path, config: &str) -> Self {
        let (file, log) = (folder.join("quarterdeck.toml"), folder.join("log"));
        fs::write(&file, config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
            .args(["--config", file.to_str().unwrap(), "run"])
            .env_clear()
            .envs([("C_BOT", BOT), ("C_APP", APP), ("C_GITHUB", GITHUB), ("C_HOOK", WEBHOOK)])
            .envs([("C_OLD", OLD_WEBHOOK), ("C_OUT", OUTGOING)])
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

fn config(slack: &SlackFake, github: &GithubFake, store: &Path) -> String {
    format!(
        r#"
[telemetry]
format = "json"
level = "trace,hyper=trace,hyper_util=trace,h2=trace,reqwest=trace,rustls=trace,octocrab=trace,tower=trace,slack_morphism=trace,tungstenite=trace,tokio_tungstenite=trace"

[store]
path = "{}"

[http]
listen = "127.0.0.1:0"

[slack]
base_url = "{}"
bot_token = "env:C_BOT"
app_token = "env:C_APP"
timeout = "1s"

[github]
base_url = "{}"
token = "env:C_GITHUB"
webhook_secrets = ["env:C_HOOK", "env:C_OLD"]
timeout = "1s"

[access]
default_role = "admin"

[[api_keys]]
name = "canary"
sha256 = "{}"
role = "admin"

[[subscriptions]]
place = "slack:#general"
events = ["*"]

[[webhooks]]
name = "nobody"
url = "http://127.0.0.1:9/refused"
secret = "env:C_OUT"
events = ["*"]
"#,
        store.display(),
        slack.api_base(),
        github.base(),
        ApiKeyHash::of(KEY),
    )
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

async fn provoke_slack(slack: &SlackFake, github: &GithubFake) {
    let failures = [
        Failure::OkFalse("invalid_auth".into()),
        Failure::OkFalse("token_revoked".into()),
        Failure::Status(401),
        Failure::Status(500),
        Failure::CutBeforeWork,
        Failure::Hang,
    ];
    for (number, failure) in failures.into_iter().enumerate() {
        slack.fail_next("chat.postMessage", failure, 1);
        let before = slack.requests().len();
        github.open_issue("ben", "acme/api", &format!("Trouble {number}"), "A text").unwrap();
        let tried = slack.until(|slack| {
            let posts =
                slack.requests().into_iter().skip(before).filter(|request| request.method == "chat.postMessage");
            (posts.count() > 0).then_some(())
        });
        patiently("a post", tried).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_to_be_read_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let slack = SlackSetup { bot_token: BOT.into(), app_token: APP.into(), ..SlackSetup::default() };
    let slack = SlackFake::start(slack).await.unwrap();
    let mut github = GithubSetup::sample(Arc::new(jiff::Timestamp::now));
    github.tokens = vec![GithubToken::classic(GITHUB, "ana", &["repo", "admin:repo_hook"])];
    let github = GithubFake::start(github).await.unwrap();
    // The first sign-in fails, too.
    slack.fail_next("apps.connections.open", Failure::Status(503), 1);
    let mut daemon = Daemon::start(folder.path(), &config(&slack, &github, &store)).await;
    daemon.logged("connected to Slack").await;
    let hook = HookTarget::new(&format!("{}/webhooks/github", daemon.address), WEBHOOK);
    github.add_hook("acme/api", &hook).unwrap();

    provoke_github(&daemon, &slack, &github).await;
    provoke_slack(&slack, &github).await;
    slack.disconnect_sockets(quarterdeck::sandbox::slack::Disconnect::Cut);
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

    let log = daemon.log();
    assert!(log.contains("TRACE") && log.contains("DEBUG"), "the log was not at its loudest");
    assert_eq!(found_in(&log), Vec::<&str>::new(), "in the log");
    for part in ["ticket=", "hooks.slack", "/slack/response/", "response_url"] {
        assert!(!log.contains(part), "{part} is in the log: {}", log.lines().find(|line| line.contains(part)).unwrap());
    }
    assert_eq!(found_in(&fs::read_to_string(folder.path().join("out")).unwrap()), Vec::<&str>::new(), "in its output");
    assert_eq!(found_in(&answers.0), Vec::<&str>::new(), "in its answers and metrics");
    assert!(answers.0.contains("quarterdeck_arrivals_total"), "the metrics were asked for");
    assert_eq!(found_in(&slack.state().to_string()), Vec::<&str>::new(), "in Slack's messages");
    let written = github.state()["repositories"].to_string();
    assert_eq!(found_in(&written), Vec::<&str>::new(), "on GitHub");
    let mut rows = Vec::new();
    export(&StoreConfig { path: store, ..StoreConfig::default() }, &mut rows).unwrap();
    let rows = String::from_utf8_lossy(&rows);
    assert!(rows.lines().count() > 10, "the store was exported");
    assert_eq!(found_in(&rows), Vec::<&str>::new(), "in the store");
}
