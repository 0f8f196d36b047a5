//! How soon the program is ready and how little it needs: `cargo bench --profile perf --bench startup`.
//!
//! The built program on an empty store, with the sandbox's Slack and GitHub in this process.

#[path = "tools/figures.rs"]
mod figures;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::Figures;
use quarterdeck::sandbox::github::{GithubFake, GithubSetup};
use quarterdeck::sandbox::slack::{RateLimits, SlackFake, SlackSetup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const STARTS: usize = 15;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it is watched doing nothing.
const IDLE: Duration = Duration::from_secs(5);

type Failed = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let slack = SlackSetup { limits: RateLimits::Unlimited, ..SlackSetup::default() };
    let slack = SlackFake::start(slack).await?;
    let github = GithubFake::start(GithubSetup::sample(Arc::new(jiff::Timestamp::now))).await?;
    let (mut ready, mut connected) = (Vec::new(), Vec::new());
    for start in 0..=STARTS {
        let directory = tempfile::tempdir()?;
        let address = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?;
        write_config(directory.path(), address, &slack, &github)?;
        let began = Instant::now();
        let mut child = spawn(directory.path(), &slack)?;
        until(address, "healthz", "ok").await?;
        let up = began.elapsed();
        until(address, "readyz", "\"ready\"").await?;
        // The first start reads the program from the disk.
        if start > 0 {
            ready.push(up);
            connected.push(began.elapsed());
        }
        if start == STARTS {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let before = ticks(&child)?;
            tokio::time::sleep(IDLE).await;
            let used = ticks(&child)? - before;
            // A tick is a hundredth of a second on Linux.
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let share = used as f64 / IDLE.as_secs_f64();
            println!("idle, signed in at Slack: {}, {share:.1} % of a CPU", memory(&child)?);
        }
        child.kill()?;
        child.wait()?;
    }
    println!("answers after start:      {}", Figures::of(ready));
    println!("connected to Slack after: {}", Figures::of(connected));
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_quarterdeck"))?.len() as f64 / f64::from(1 << 20);
    println!("the program (not stripped in this profile): {size:.1} MiB");
    Ok(())
}

fn write_config(directory: &Path, address: SocketAddr, slack: &SlackFake, github: &GithubFake) -> Result<(), Failed> {
    let toml = format!(
        "[store]\npath = '{store}'\n[http]\nlisten = '{address}'\n[slack]\nbase_url = '{slack}'\n\
         bot_token = 'env:BENCH_BOT'\napp_token = 'env:BENCH_APP'\n[github]\nbase_url = '{github}'\n\
         token = 'env:BENCH_GITHUB'\nwebhook_secrets = ['env:BENCH_HOOK']\n",
        store = directory.join("store").display(),
        slack = slack.api_base(),
        github = github.base(),
    );
    Ok(std::fs::write(directory.join("quarterdeck.toml"), toml)?)
}

fn spawn(directory: &Path, slack: &SlackFake) -> Result<Child, Failed> {
    let child = Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
        .args(["run", "--config"])
        .arg(directory.join("quarterdeck.toml"))
        .env_clear()
        .env("BENCH_BOT", &slack.setup().bot_token)
        .env("BENCH_APP", &slack.setup().app_token)
        .env("BENCH_GITHUB", GithubSetup::SAMPLE_TOKEN)
        .env("BENCH_HOOK", "bench-webhook-secret")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(child)
}

/// Asks again and again, half a millisecond apart, until the answer holds this.
async fn until(address: SocketAddr, path: &str, part: &str) -> Result<(), Failed> {
    let began = Instant::now();
    loop {
        if ask(address, path).await.is_ok_and(|answer| answer.contains(part)) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("/{path} never said {part}").into());
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

async fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Memory in use, as the system counts it.
fn memory(child: &Child) -> Result<String, Failed> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
    };
    Ok(format!("{:.1} MiB resident ({:.1} MiB of it not from files)", of("VmRSS:"), of("RssAnon:")))
}

/// Processor time used so far, in ticks.
fn ticks(child: &Child) -> Result<u64, Failed> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th field after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("an odd stat file")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).ok_or("an odd stat file");
    Ok(field(11)? + field(12)?)
}
