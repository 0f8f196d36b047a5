//! The demo's page in a real browser: one types commands, presses buttons, fills in forms, and sees what comes of it.
//!
//! Needs `chromium` and `chromedriver` (Debian: `chromium`, `chromium-driver`); says so and passes where they are not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod driver;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use driver::{Browser, Process, installed};

const COMPOSER: &str = "//textarea[@id='composer-text']";
const ENTER: &str = "\u{e007}";

/// The browser and its driver, where they are installed.
fn programs() -> Option<(PathBuf, PathBuf)> {
    let found = installed(&["chromium", "chromium-browser", "google-chrome"]).zip(installed(&["chromedriver"]));
    if found.is_none() {
        // Not by a macro, whose output is shown of failed tests only.
        let _ = writeln!(std::io::stderr(), "SKIPPED: the browser test needs chromium and chromedriver in the path.");
    }
    found
}

/// Starts the demo, and gives the page's address.
fn demo() -> (Process, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quarterdeck"));
    command.args(["demo", "--port", "0"]);
    Process::start(command, "The page     ")
}

/// A message of the channel that shows both texts.
fn message(part: &str, more: &str) -> String {
    format!("//div[@id='messages']//article[contains(., {part:?}) and contains(., {more:?})]")
}

fn button(of: &str, label: &str) -> String {
    format!("{of}//button[normalize-space()='{label}']")
}

fn channel(name: &str) -> String {
    format!("//ul[@id='channels']//button[contains(., '{name}')]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_does_what_it_shows() {
    let Some((chromium, chromedriver)) = programs() else { return };
    let (demo, page) = demo();
    let browser = Browser::open(&chromium, &chromedriver).await;
    browser.resize(1400, 900).await;
    browser.go(&page).await;

    // A command opens an issue; a viewer may not close it; the admin may.
    browser.type_into(COMPOSER, "/qd github issue create \"Login fails\" --repository acme/api").await;
    browser.type_into(COMPOSER, ENTER).await;
    let card = message("acme/api#1", "Login fails");
    browser.see(&card).await;
    browser.see("//div[@id='github']//article[contains(., 'Login fails')]//span[.='Open']").await;
    browser.click("//select[@id='me']/option[contains(., 'Cleo')]").await;
    browser.click(&button(&card, "Close")).await;
    browser.see(&message("Only visible to you", "operator")).await;
    browser.click("//select[@id='me']/option[contains(., 'Ana')]").await;
    browser.gone(&message("Only visible to you", "operator")).await;
    browser.click(&button(&card, "Close")).await;
    browser.see(&message("acme/api#1", "Closed by")).await;
    browser.see(&message("@Ana", "(edited)")).await;

    // What is missing is asked for in a form, which complains about what is not filled in.
    browser.type_into(COMPOSER, "/qd github issue create").await;
    browser.type_into(COMPOSER, ENTER).await;
    browser.see("//dialog[@open]//h2[contains(., 'issue')]").await;
    browser.click("//dialog//button[@type='submit']").await;
    browser.see("//dialog//p[contains(., 'required')]").await;
    browser.type_into("//dialog//*[@id='field-title']", "Document the rate limits").await;
    browser.type_into("//dialog//*[@id='field-body']", "People ask <b>every</b> week & more.").await;
    browser.picture(&target("form.png")).await;
    browser.click("//dialog//button[@type='submit']").await;
    browser.gone("//dialog[@open]").await;
    browser.see(&message("acme/api#2", "Document the rate limits")).await;

    // What happens on GitHub is told, and edits the card.
    browser.type_into("//input[@id='github-title']", "Cache the session lookup").await;
    browser.click("//button[.='Open a PR']").await;
    browser.see(&message("acme/api#3", "Open")).await;
    browser.click("//div[@id='github']//button[.='Merge']").await;
    browser.see(&message("acme/api#3", "Merged")).await;

    // A thread.
    browser.type_into(COMPOSER, "I look at the login.").await;
    browser.type_into(COMPOSER, ENTER).await;
    let said = message("I look at the login.", "Ana Reyes");
    browser.see(&said).await;
    browser.run("document.querySelector('#messages article:last-child .reply').click()").await;
    browser.type_into("//textarea[@id='thread-text']", "Found it.").await;
    browser.type_into("//textarea[@id='thread-text']", ENTER).await;
    browser.see(&message("I look at the login.", "1 reply")).await;
    browser.picture(&target("thread.png")).await;
    browser.click("//button[@id='thread-close']").await;

    // Notifications, and their buttons; the daemon is restarted in between.
    browser.click("//button[@data-event='alert.firing']").await;
    browser.click(&channel("alerts")).await;
    let alert = message("API latency", "Severity");
    browser.see(&alert).await;
    browser.click("//button[@id='restart']").await;
    browser.see("//button[@id='restart'][not(@disabled)]").await;
    browser.see("//*[@id='health'][contains(., 'ready')]").await;
    browser.click(&button(&alert, "Acknowledge")).await;
    browser.see(&message("Acknowledged by", "@Ana")).await;
    browser.click("//button[@data-event='task.failed']").await;
    let task = message("Nightly tests", "failed");
    browser.click(&button(&task, "Retry")).await;
    browser.see(&message("Nightly tests", "completed")).await;
    browser.see("//ol[@id='wire']/li[contains(., 'signature verified')]").await;
    browser.click("//button[@data-event='scan.completed']").await;
    browser.see(&message("CVE-2026-1234", "Critical")).await;
    browser.picture(&target("alerts.png")).await;

    // Mentions, and help.
    browser.click(&channel("general")).await;
    browser.click("//button[.='Fail CI']").await;
    browser.see(&message("CI failed on main", "run 1")).await;
    browser.click("//button[.='Open an issue']").await;
    browser.see(&message("acme/api#4", "The login page is slow")).await;
    browser.picture(&target("demo.png")).await;

    // On a phone nothing is wider than the screen.
    browser.resize(390, 844).await;
    browser.picture(&target("phone.png")).await;
    let wide = browser.run("return document.documentElement.scrollWidth").await;
    assert_eq!(wide, 390, "the page is wider than a phone");
    browser.resize(1400, 900).await;

    // Text from outside is only text.
    browser.type_into("//input[@id='github-title']", "<img src=x onerror=alert(1)> *b* <!channel>").await;
    browser.click("//button[.='Open an issue']").await;
    browser.see(&message("acme/api#5", "<img src=x onerror=alert(1)> *b* <!channel>")).await;
    assert_eq!(browser.run("return document.querySelectorAll('img, #messages .loud').length").await, 0);

    // Help, lists and refusals.
    browser.type_into(COMPOSER, "@quarterdeck help").await;
    browser.type_into(COMPOSER, ENTER).await;
    browser.see(&message("@Quarterdeck", "help")).await;
    browser.see("//div[@id='messages']//article[last()][contains(., 'APP') and contains(., 'github')]").await;
    for command in ["/qd github issue list", "/qd subscriptions", "/qd github issue crate x"] {
        browser.type_into(COMPOSER, command).await;
        browser.type_into(COMPOSER, ENTER).await;
    }
    browser.see(&message("Only visible to you", "Did you mean")).await;
    browser.picture(&target("answers.png")).await;
    browser.type_into(COMPOSER, "/nonsense").await;
    browser.type_into(COMPOSER, ENTER).await;
    browser.see("//p[@id='composer-error'][contains(., 'not a valid command')]").await;

    discord_reads_what_is_typed(&browser).await;

    let complaints = browser.complaints().await;
    let odd: Vec<_> = complaints.iter().filter(|line| !line.contains("422")).collect();
    assert!(odd.is_empty(), "the browser complains: {odd:#?}");
    browser.close().await;
    assert_eq!(demo.interrupt().await, Some(0), "Ctrl-C ends it cleanly");
}

/// On Discord, what is typed is read as the real client reads it: a name is a mention, and the first text the option.
async fn discord_reads_what_is_typed(browser: &Browser) {
    for (typed, shown) in [
        ("/qd help", "//article[contains(., 'Only you can see this') and contains(., 'github')]"),
        ("@Quarterdeck help", "//span[@class='mention'][.='@quarterdeck']"),
    ] {
        browser.type_into("//textarea[@id='discord-text']", typed).await;
        browser.type_into("//textarea[@id='discord-text']", ENTER).await;
        browser.see(&format!("//div[@id='discord-messages']{shown}")).await;
    }
    browser.see("//ul[@id='discord-rooms']//button[contains(., 'Quarterdeck') and contains(@class, 'unread')]").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_page_can_drive_it() {
    let (_demo, page) = demo();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let act = |host: &'static str, origin: Option<&'static str>| {
        let mut request = http.post(format!("{page}act")).header("host", host).json(&serde_json::json!({
            "do": "event", "kind": "scan.completed"
        }));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(act("localhost", Some("http://localhost")).await, 200);
    assert_eq!(act("localhost", Some("http://evil.example")).await, 403);
    assert_eq!(act("localhost", None).await, 403);
    assert_eq!(act("evil.example", Some("http://evil.example")).await, 403);
    for path in ["", "state", "changes", "assets/page.js"] {
        let answer = http.get(format!("{page}{path}")).header("host", "evil.example").send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
    }
    // The runner believes nothing that is not signed.
    let answer = http.post(format!("{page}hooks/runner")).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let answer = http.get(&page).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn the_story_plays() {
    let output = Command::new(env!("CARGO_BIN_EXE_quarterdeck")).args(["demo", "--script"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{complained}");
    assert_eq!(complained, "", "nothing to warn of");
    assert!(said.contains("all of them happened"), "{said}");
}

/// A file below the build's folder.
fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name)
}
