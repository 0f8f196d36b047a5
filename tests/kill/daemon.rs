//! The daemon as its operators know it: a program with a configuration file that is started, killed and stopped.

use std::fmt::Write as _;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quarterdeck::sandbox::github::GithubSetup;
use quarterdeck::stage::API_KEY;
use quarterdeck::vault::ApiKeyHash;
use tempfile::TempDir;

use crate::Vendors;

/// What webhooks are signed with.
pub(crate) const WEBHOOK_SECRET: &str = "kill-test-webhook-secret";
/// How long a start or a stop may take. Far above what it takes: other programs may need the machine too.
const PATIENCE: Duration = Duration::from_mins(1);

/// One subscription of the configuration.
pub(crate) struct Subscribed {
    pub(crate) place: String,
    pub(crate) source: String,
    pub(crate) events: String,
}

/// The program, its files, and the process while there is one.
pub(crate) struct Daemon {
    directory: TempDir,
    binary: PathBuf,
    address: SocketAddr,
    secrets: Vec<(&'static str, String)>,
    child: Option<Arc<Mutex<Child>>>,
    client: reqwest::Client,
    /// What is put in front of the command, such as a tracer.
    pub(crate) wrapper: Vec<String>,
}

impl Daemon {
    /// Writes the configuration.
    pub(crate) fn new(vendors: &Vendors, subscriptions: &[Subscribed]) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        // A build that goes on meanwhile must not change what is tested.
        let binary = directory.path().join("quarterdeck");
        let built =
            std::env::var("QUARTERDECK_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_quarterdeck").to_owned());
        std::fs::hard_link(&built, &binary).or_else(|_| std::fs::copy(&built, &binary).map(|_| ())).unwrap();
        let setup = vendors.slack.setup();
        let secrets = vec![
            ("KILL_SLACK_BOT", setup.bot_token.clone()),
            ("KILL_SLACK_APP", setup.app_token.clone()),
            ("KILL_GITHUB", GithubSetup::SAMPLE_TOKEN.to_owned()),
            ("KILL_WEBHOOK", WEBHOOK_SECRET.to_owned()),
        ];
        let address = free_address();
        let mut toml = format!(
            r#"
            [store]
            path = "{store}"
            [telemetry]
            level = "warn"
            [http]
            listen = "{address}"
            [slack]
            base_url = "{slack}"
            bot_token = "env:KILL_SLACK_BOT"
            app_token = "env:KILL_SLACK_APP"
            post_per_minute = 0
            [github]
            base_url = "{github}"
            token = "env:KILL_GITHUB"
            webhook_secrets = ["env:KILL_WEBHOOK"]
            [access]
            default_role = "admin"
            [[api_keys]]
            name = "kill"
            sha256 = "{key}"
            role = "admin"
            "#,
            store = directory.path().join("store").display(),
            slack = vendors.slack.api_base(),
            github = vendors.github.base(),
            key = ApiKeyHash::of(API_KEY),
        );
        for Subscribed { place, source, events } in subscriptions {
            write!(toml, "\n[[subscriptions]]\nplace = '{place}'\nsource = '{source}'\nevents = ['{events}']\n")
                .unwrap();
        }
        std::fs::write(directory.path().join("quarterdeck.toml"), toml).unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
        Self { directory, binary, address, secrets, child: None, client, wrapper: Vec::new() }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A file beside the configuration.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Its store, which nobody else may open while it runs.
    pub(crate) fn store(&self) -> PathBuf {
        self.file("store")
    }

    /// Starts the process and does not wait for it.
    pub(crate) fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.file("log")).unwrap();
        let mut line: Vec<PathBuf> = self.wrapper.iter().map(PathBuf::from).collect();
        line.extend([self.binary.clone(), "run".into(), "--config".into(), self.file("quarterdeck.toml")]);
        let child = Command::new(&line[0])
            .args(&line[1..])
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.secrets.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(Arc::new(Mutex::new(child)));
    }

    /// Waits until it answers.
    pub(crate) async fn ready(&self) {
        let since = Instant::now();
        while !self.answers("healthz", "ok").await {
            self.must_live();
            assert!(since.elapsed() < PATIENCE, "it does not answer: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until it answers and is signed in at Slack.
    pub(crate) async fn connected(&self) {
        let since = Instant::now();
        while !self.answers("readyz", "\"ready\"").await {
            self.must_live();
            assert!(since.elapsed() < PATIENCE, "it does not sign in: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn answers(&self, path: &str, part: &str) -> bool {
        let Ok(answer) = self.client.get(format!("{}/{path}", self.url())).send().await else { return false };
        answer.text().await.is_ok_and(|text| text.contains(part))
    }

    /// What waits in its outbox, as an operator is told.
    pub(crate) async fn queued(&self) -> usize {
        let url = format!("{}/api/v1/outbox?limit=1000", self.url());
        let answer = self.client.get(url).bearer_auth(API_KEY).send().await.unwrap();
        answer.json::<Vec<serde_json::Value>>().await.unwrap().len()
    }

    /// It must still be there: a start that ends by itself has failed.
    fn must_live(&self) {
        let ended = self.process().try_wait().unwrap();
        assert!(ended.is_none(), "it ended by itself ({ended:?}):\n{}", self.last_words());
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.child.as_ref().expect("a process").lock().unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.must_live();
        self.killer()();
        self.bury();
    }

    /// `kill -9`, to be done by whoever knows the moment; the dead is buried afterwards.
    pub(crate) fn killer(&self) -> impl FnOnce() + Send + 'static {
        let child = Arc::clone(self.child.as_ref().expect("a process"));
        move || child.lock().unwrap().kill().unwrap()
    }

    /// It was killed: takes note of it. One that had ended by itself was not.
    pub(crate) fn bury(&mut self) {
        let ended = self.process().wait().unwrap();
        assert_eq!(ended.signal(), Some(9), "it ended by itself:\n{}", self.last_words());
        self.child = None;
    }

    /// The daemon's own process: a tracer's child, where there is a tracer.
    fn pid(&self) -> String {
        let pid = self.process().id().to_string();
        if self.wrapper.is_empty() {
            return pid;
        }
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.split_whitespace().next().expect("the tracer's child").to_owned()
    }

    /// SIGTERM: it must end well.
    pub(crate) async fn stop(&mut self) {
        self.must_live();
        let told = Command::new("kill").arg("-TERM").arg(self.pid()).status().unwrap();
        assert!(told.success());
        let since = Instant::now();
        let ended = loop {
            let ended = self.process().try_wait().unwrap();
            if let Some(status) = ended {
                break status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not stop: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.child = None;
        assert!(ended.success(), "it did not end well ({ended}): {}", self.last_words());
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        tail(&self.file("log"), 40)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.wrapper.is_empty() {
                // A tracer that is killed lets its child go on.
                let parent = child.id().to_string();
                let _ = Command::new("pkill").args(["-KILL", "-P", &parent]).status();
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn tail(path: &Path, lines: usize) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// An address that stays ours over restarts: its port is none that the system gives to outgoing connections, and none
/// that another test of this process has.
fn free_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 10_000).unwrap();
    let next = || 20_000 + (first + TAKEN.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let mut ports = std::iter::repeat_with(next).take(1_000);
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    SocketAddr::from(([127, 0, 0, 1], free.expect("a free port")))
}
