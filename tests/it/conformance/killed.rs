//! The built daemon, killed in the middle: of a form, of a confirmation, of an edit, of a send. Nothing is lost, nothing
//! is shown twice where the vendor knows a delivery by its id, and at most once more where it does not.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use quarterdeck::sandbox::discord::{self, DiscordFake, DiscordSetup};
use quarterdeck::sandbox::github::{GithubFake, GithubSetup, HookTarget};
use quarterdeck::sandbox::slack::{self, SlackFake, SlackSetup};
use quarterdeck::sandbox::telegram::{self, TelegramFake, TelegramSetup};
use quarterdeck::stage::API_KEY;
use quarterdeck::vault::ApiKeyHash;
use serde_json::json;
use tempfile::TempDir;

use super::chat::{Chat, Trouble, Who, card, edited, question, wait_for};
use super::discord::OnDiscord;
use super::slack::OnSlack;
use super::telegram::OnTelegram;
use crate::conversation::patiently;

const SECRET: &str = "killed-in-the-middle";

/// The vendors, without limits of pace, and the daemon as a process.
struct World {
    slack: SlackFake,
    discord: DiscordFake,
    telegram: TelegramFake,
    github: GithubFake,
    folder: TempDir,
    child: Option<Child>,
    starts: usize,
}

impl World {
    async fn open() -> Self {
        let slack = SlackSetup { limits: slack::RateLimits::Unlimited, ..SlackSetup::default() };
        let discord = DiscordSetup { limits: discord::RateLimits::Unlimited, ..DiscordSetup::default() };
        let telegram = TelegramSetup { limits: telegram::RateLimits::Unlimited, ..TelegramSetup::default() };
        let mut world = Self {
            slack: SlackFake::start(slack).await.unwrap(),
            discord: DiscordFake::start(discord).await.unwrap(),
            telegram: TelegramFake::start(telegram).await.unwrap(),
            github: GithubFake::start(GithubSetup::sample(std::sync::Arc::new(jiff::Timestamp::now))).await.unwrap(),
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            child: None,
            starts: 0,
        };
        let address = world.start().await;
        let target = HookTarget::new(&format!("{address}/webhooks/github"), SECRET);
        world.github.add_hook("acme/api", &target).unwrap();
        world
    }

    fn chat(&self, name: &str) -> Box<dyn Chat> {
        match name {
            "slack" => Box::new(OnSlack::of(&self.slack)),
            "discord" => Box::new(OnDiscord::of(&self.discord)),
            _ => Box::new(OnTelegram::of(&self.telegram)),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.file("log")).unwrap_or_default()).into_owned()
    }

    /// Starts the daemon on the port it had before; says where it listens.
    async fn start(&mut self) -> String {
        let listen = fs::read_to_string(self.file("address")).unwrap_or_else(|_| "127.0.0.1:0".to_owned());
        let config = format!(
            r#"
store.path = "{store}"
http.listen = "{listen}"
telemetry = {{ format = "json", level = "info" }}
slack = {{ base_url = "{slack}", bot_token = "env:K_SLACK", app_token = "env:K_APP", timeout = "2s" }}
discord = {{ base_url = "{discord}", bot_token = "env:K_DISCORD", timeout = "2s" }}
telegram = {{ base_url = "{telegram}", token = "env:K_TELEGRAM", chats = ["@acmeops"], timeout = "2s" }}
github = {{ base_url = "{github}", token = "env:K_GITHUB", webhook_secrets = ["env:K_HOOK"] }}
access.default_role = "admin"
api_keys = [{{ name = "k", sha256 = "{key}", role = "admin" }}]
subscriptions = [{{ place = "slack:C0RANDOM004", source = "/nowhere", events = ["*"] }}]
delivery.schedule = ["200ms", "400ms", "800ms", "1s", "1s", "1s", "1s", "1s"]
"#,
            store = self.file("store").display(),
            slack = self.slack.api_base(),
            discord = self.discord.api_base(),
            telegram = self.telegram.base(),
            github = self.github.base(),
            key = ApiKeyHash::of(API_KEY),
        );
        fs::write(self.file("quarterdeck.toml"), config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
            .args(["--config", self.file("quarterdeck.toml").to_str().unwrap(), "run"])
            .env_clear()
            .envs([("K_SLACK", &self.slack.setup().bot_token), ("K_APP", &self.slack.setup().app_token)])
            .envs([("K_DISCORD", &self.discord.setup().token), ("K_TELEGRAM", &self.telegram.setup().token)])
            .envs([("K_GITHUB", GithubSetup::SAMPLE_TOKEN), ("K_HOOK", SECRET)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::options().create(true).append(true).open(self.file("log")).unwrap())
            .spawn()
            .unwrap();
        self.child = Some(child);
        self.starts += 1;
        let ready = async {
            loop {
                let log = self.log();
                let lines: Vec<&str> = log.lines().filter(|line| line.contains("\"message\":\"ready\"")).collect();
                if lines.len() == self.starts {
                    let line: serde_json::Value = serde_json::from_str(lines[self.starts - 1]).unwrap();
                    return line["address"].as_str().unwrap().to_owned();
                }
                assert!(self.child.as_mut().unwrap().try_wait().unwrap().is_none(), "the daemon ended: {log}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let address = patiently("the daemon", ready).await;
        fs::write(self.file("address"), &address).unwrap();
        let connected = async {
            while self.slack.connections() == 0 || self.discord.connections() == 0 || !self.telegram.polling() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently("every platform", connected).await;
        format!("http://{address}")
    }

    /// Resolves when nothing is on its way out.
    async fn idle(&self, http: &reqwest::Client) {
        let address = fs::read_to_string(self.file("address")).unwrap();
        let empty = async {
            loop {
                let asked = http.get(format!("http://{address}/api/v1/outbox")).bearer_auth(API_KEY).send().await;
                let waiting: serde_json::Value = asked.unwrap().json().await.unwrap();
                if waiting.as_array().is_some_and(Vec::is_empty) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently("an empty outbox", empty).await;
    }

    /// Kills it, without a word, and starts it again.
    async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.start().await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How often the card of the issue stands in the room.
fn stands(chat: &dyn Chat, part: &str) -> usize {
    chat.said().iter().filter(|seen| seen.text.contains(part) && !seen.buttons.is_empty()).count()
}

/// How often Ana reads this, in private or in the room.
fn told(chat: &dyn Chat, part: &str) -> usize {
    chat.whispered(Who::Ana).iter().chain(&chat.said()).filter(|seen| seen.text.contains(part)).count()
}

async fn play(name: &str) {
    let mut world = World::open().await;
    let chat = world.chat(name);
    let most = if chat.never_doubles() { 1 } else { 2 };

    // In the middle of a form.
    chat.line(Who::Ana, "github issue create --repository acme/api").await;
    wait_for(&*chat, "a form", || chat.is_asked(Who::Ana).then_some(())).await;
    world.kill().await;
    chat.fill(Who::Ana, &[("Title", "Login fails")]).await;

    // The moment its card stands there: whether that was recorded, nobody knows.
    let first = card(&*chat, "#1 Login fails").await;
    world.kill().await;

    // In the middle of an edit.
    chat.trouble_with_edits(Trouble::Hangs);
    world.github.close_issue("ben", "acme/api", 1).unwrap();
    // It is on disk; whether the edit is under way, nobody knows.
    world.github.settled().await;
    world.kill().await;
    let closed =
        || chat.said().into_iter().find(|seen| seen.text.contains("#1 Login fails") && seen.text.contains("Closed"));
    wait_for(&*chat, "the edit", closed).await;
    assert!((1..=most).contains(&stands(&*chat, "#1 Login fails")), "{:?}", chat.said());
    assert!(most == 2 || edited(&*chat, &first, "Closed").await.id == first.id);

    // In the middle of a confirmation.
    let event = json!({ "specversion": "1.0", "id": "1", "source": "/nowhere", "type": "x.y" });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = fs::read_to_string(world.file("address")).unwrap();
    let publish = http.post(format!("http://{address}/api/v1/events")).bearer_auth(API_KEY).body(event.to_string());
    let publish = publish.header("content-type", "application/cloudevents+json");
    assert_eq!(publish.send().await.unwrap().status().as_u16(), 202);
    let dead = async {
        loop {
            let letters =
                http.get(format!("http://{address}/api/v1/outbox?dead=true")).bearer_auth(API_KEY).send().await;
            let letters: serde_json::Value = letters.unwrap().json().await.unwrap();
            let first = letters.pointer("/0/id");
            if let Some(id) = first.and_then(|id| id.as_str()) {
                return id.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let id = patiently("a dead letter", dead).await;
    chat.ask(Who::Ana, "quarterdeck.delivery.drop", &[("delivery", &id)]).await;
    let asked = question(&*chat, Who::Ana, "Drop this delivery for good?", None).await;
    world.kill().await;
    world.idle(&http).await;
    // Discord shows an answer to who asks for it; what stands at an address of Slack's nobody can look up.
    let answers = if name == "discord" { 1 } else { 2 };
    assert!((1..=answers).contains(&told(&*chat, "Drop this delivery for good?")), "{:?}", chat.whispered(Who::Ana));
    chat.press(Who::Ana, &asked, "Yes, do it").await;
    question(&*chat, Who::Ana, "Dropped for good", None).await;
    world.kill().await;
    world.idle(&http).await;
    assert!((1..=answers).contains(&told(&*chat, "Dropped for good")), "{:?}", chat.whispered(Who::Ana));

    // In the middle of a send: it arrives, and the answer is lost together with who waits for it.
    chat.line(Who::Ana, "subscribe acme/api issues").await;
    card(&*chat, "Subscribed").await;
    world.idle(&http).await;
    chat.trouble(Trouble::AnswerLost);
    world.github.open_issue("ben", "acme/api", "Logout fails", "").unwrap();
    card(&*chat, "#2 Logout fails").await;
    world.kill().await;
    world.idle(&http).await;
    assert!((1..=most).contains(&stands(&*chat, "#2 Logout fails")), "{:?}", chat.said());
    assert_eq!(chat.offences(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_slack() {
    play("slack").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_discord() {
    play("discord").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_telegram() {
    play("telegram").await;
}
