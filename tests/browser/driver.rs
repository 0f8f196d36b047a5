//! As much of WebDriver (<https://www.w3.org/TR/webdriver2/>) as these tests need, over chromedriver.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

/// How long a test waits for something to appear.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(50);
/// The key of an element's reference, as the specification has it.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A process that is ended with the test, and the lines it prints.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program and gives what stands after `mark` in the first line that holds it.
    pub(crate) fn start(command: Command, mark: &str) -> (Self, String) {
        Self::try_start(command, mark).unwrap_or_else(|| panic!("it never said {mark:?}"))
    }

    /// As [`Process::start`]; `None` when the program ended without saying so.
    fn try_start(mut command: Command, mark: &str) -> Option<(Self, String)> {
        let mut child = command.stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let found = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split_once(mark).map(|(_, rest)| rest.trim().to_owned()));
        // Somebody has to read on, or the program would wait for it.
        std::thread::spawn(move || lines.for_each(drop));
        found.map(|found| (Self { child }, found))
    }

    /// Interrupts it as Ctrl-C does, and gives its exit code.
    pub(crate) async fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("it did not end after an interrupt")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // With what it started: a browser outlives its driver, and goes on asking for its page at a port that by then is
        // another program's.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

/// The first of these programs that is installed.
pub(crate) fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// A browser with one window.
pub(crate) struct Browser {
    session: String,
    http: reqwest::Client,
    _driver: Process,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a browser without a screen.
    pub(crate) async fn open(chromium: &Path, chromedriver: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // It takes a free port for one protocol and ends when another program has it for the other.
        let driver = (0..5).find_map(|_| {
            let mut command = Command::new(chromedriver);
            command.arg("--port=0").stderr(Stdio::null());
            Process::try_start(command, "was started successfully on port ")
        });
        let (driver, port) = driver.unwrap_or_else(|| panic!("chromedriver does not start"));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
        let base = format!("http://127.0.0.1:{}/session", port.trim_end_matches('.'));
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--lang=en-GB",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "binary": chromium, "args": args });
        let wanted = json!({
            "capabilities": { "alwaysMatch": {
                "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
            } },
        });
        let answer: Value = http.post(&base).json(&wanted).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no browser: {answer}"));
        Self { session: format!("{base}/{id}"), http, _driver: driver, _profile: profile }
    }

    /// Closes it.
    pub(crate) async fn close(self) {
        assert!(self.http.delete(&self.session).send().await.unwrap().status().is_success());
    }

    async fn send(&self, path: &str, body: Value) -> Result<Value, Value> {
        let answer = self.http.post(format!("{}{path}", self.session)).json(&body).send().await.unwrap();
        let good = answer.status().is_success();
        let value: Value = answer.json().await.unwrap();
        if good { Ok(value["value"].clone()) } else { Err(value["value"].clone()) }
    }

    /// Goes to an address.
    pub(crate) async fn go(&self, url: &str) {
        self.send("/url", json!({ "url": url })).await.unwrap();
    }

    /// Makes the window this large, in CSS pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params });
        self.send("/goog/cdp/execute", command).await.unwrap();
    }

    /// Runs a script in the page and gives what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.send("/execute/sync", json!({ "script": script, "args": [] })).await.unwrap()
    }

    async fn find(&self, xpath: &str) -> Option<String> {
        let found = self.send("/element", json!({ "using": "xpath", "value": xpath })).await.ok()?;
        found[ELEMENT].as_str().map(str::to_owned)
    }

    /// Waits for an element, and then does something with it until that works: the page may be renewing it.
    async fn patiently(&self, xpath: &str, path: &str, body: Value) {
        let until = Instant::now() + PATIENCE;
        let mut last = json!("it is not there");
        while Instant::now() < until {
            if let Some(element) = self.find(xpath).await {
                match self.send(&format!("/element/{element}/{path}"), body.clone()).await {
                    Ok(_) => return,
                    Err(error) => last = error,
                }
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("{path} {xpath}: {last}\n{}", self.text().await);
    }

    /// Waits until there is such an element.
    pub(crate) async fn see(&self, xpath: &str) {
        let until = Instant::now() + PATIENCE;
        while self.find(xpath).await.is_none() {
            assert!(Instant::now() < until, "never seen: {xpath}\n{}", self.text().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until there is no such element.
    pub(crate) async fn gone(&self, xpath: &str) {
        let until = Instant::now() + PATIENCE;
        while self.find(xpath).await.is_some() {
            assert!(Instant::now() < until, "still there: {xpath}\n{}", self.text().await);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Clicks an element.
    pub(crate) async fn click(&self, xpath: &str) {
        self.patiently(xpath, "click", json!({})).await;
    }

    /// Types into an element.
    pub(crate) async fn type_into(&self, xpath: &str, text: &str) {
        self.patiently(xpath, "value", json!({ "text": text })).await;
    }

    /// All text of the page.
    pub(crate) async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// What the page complained about.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.send("/se/log", json!({ "type": "browser" })).await.unwrap_or_default();
        log.as_array().into_iter().flatten().map(|entry| entry["message"].to_string()).collect()
    }

    /// Saves a picture of the window.
    pub(crate) async fn picture(&self, file: &Path) {
        let answer: Value =
            self.http.get(format!("{}/screenshot", self.session)).send().await.unwrap().json().await.unwrap();
        let picture = base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, picture).unwrap();
    }
}
