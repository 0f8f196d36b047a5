//! From a slash command to its acknowledgement, durable in between: `cargo bench --profile perf --bench command`.
//!
//! Over Socket Mode (the sandbox's Slack measures) and over HTTP, at 50 a second and as fast as possible. Over HTTP the
//! fast run is made by a cheap client of our own, because the sandbox's would cost more than the daemon.

#[path = "tools/figures.rs"]
mod figures;
#[path = "tools/storm.rs"]
mod storm;
#[path = "tools/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use figures::Figures;
use quarterdeck::delivery::tables::{Outbox, Requests};
use quarterdeck::model::Clock;
use quarterdeck::sandbox::slack::{Delivery, Outcome, RateLimits, sign};
use quarterdeck::stage::{Stage, StageSetup, request_urls};
use storm::storm;
use tokio::task::JoinSet;
use wire::{Make, post};

const ANA: &str = "U0ANA000001";
const GENERAL: &str = "C0GENERAL01";
const PACED: u32 = 400;
const PACE: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 64;
const FAST: Duration = Duration::from_secs(5);
/// How long the answers are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is typed: it costs no vendor anything, and is answered.
const LINE: &str = "help";

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut stage = open(false).await?;
        println!("socket, 50 a second:  {}", paced(&stage).await?);
        let (a_second, took) = fast(&stage).await?;
        println!("socket, {AT_ONCE} at once:   {a_second:.0} a second, {took}");
        settle(&stage).await?;
        stage.stop().await;
        Ok::<_, Failed>(())
    })?;
    let mut stage = runtime.block_on(open(true))?;
    println!("http, 50 a second:    {}", runtime.block_on(paced(&stage))?);
    let address: SocketAddr = stage.url().trim_start_matches("http://").parse()?;
    let run = storm(address, &signed(&stage), AT_ONCE, FAST, 200)?;
    println!("http, {AT_ONCE} at once:     {:.0} a second, {}", run.a_second, run.figures);
    runtime.block_on(async {
        settle(&stage).await?;
        stage.stop().await;
        Ok(())
    })
}

/// A daemon whose address Slack knows beforehand.
async fn open(http: bool) -> Result<Stage, Failed> {
    let address = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?;
    let mut setup = StageSetup::new(&Clock::system());
    setup.slack.limits = RateLimits::Unlimited;
    if http {
        setup.slack.delivery = Delivery::Http(request_urls(&format!("http://{address}")));
    }
    setup.change = Box::new(move |settings| {
        settings.http.listen = address;
        if let Some(slack) = &mut settings.slack {
            slack.post_per_minute = 0;
        }
    });
    Stage::open(setup).await.map_err(|fault| fault.to_string().into())
}

/// One command every 20 ms; each is timed by the sandbox from its sending to its acknowledgement.
async fn paced(stage: &Stage) -> Result<Figures, Failed> {
    let mut ticks = tokio::time::interval(PACE);
    let mut waiting = JoinSet::new();
    for _ in 0..PACED {
        ticks.tick().await;
        let delivered = stage.slack.slash(ANA, GENERAL, "/qd", LINE)?;
        waiting.spawn(async move { delivered.outcome().await });
    }
    let took: Result<Vec<Duration>, Failed> = waiting.join_all().await.into_iter().map(took).collect();
    Ok(Figures::of(took?))
}

/// As fast as they are acknowledged, so many at once.
async fn fast(stage: &Stage) -> Result<(f64, Figures), Failed> {
    let began = Instant::now();
    let mut waiting = JoinSet::new();
    let mut all = Vec::new();
    loop {
        while waiting.len() < AT_ONCE && began.elapsed() < FAST {
            let delivered = stage.slack.slash(ANA, GENERAL, "/qd", LINE)?;
            waiting.spawn(async move { delivered.outcome().await });
        }
        let Some(outcome) = waiting.join_next().await else { break };
        all.push(took(outcome?)?);
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let a_second = all.len() as f64 / seconds;
    Ok((a_second, Figures::of(all)))
}

fn took(outcome: Outcome) -> Result<Duration, Failed> {
    match outcome {
        Outcome::Acknowledged { took, .. } => Ok(took),
        other => Err(format!("a command was not acknowledged: {other:?}").into()),
    }
}

/// Signed commands, as Slack sends them; the daemon knows each by its trigger.
fn signed(stage: &Stage) -> Make {
    let setup = stage.slack.setup();
    let (secret, team) = (setup.signing_secret.clone(), setup.team.id.clone());
    Arc::new(move |number, request| {
        let body = format!(
            "team_id={team}&channel_id={GENERAL}&user_id={ANA}&user_name=ana&command=%2Fqd&text={LINE}&trigger_id=bench.{number}"
        );
        let time = jiff::Timestamp::now().as_second();
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-slack-request-timestamp", &time.to_string()),
            ("x-slack-signature", &sign(&secret, time, &body)),
        ];
        request.extend_from_slice(post("/slack/commands", &headers, &body).as_bytes());
    })
}

/// Waits until everything is answered, and says how long that took: an acknowledgement is only the beginning.
async fn settle(stage: &Stage) -> Result<(), Failed> {
    let store = stage.running().map_err(|fault| fault.to_string())?.store().clone();
    let (asked, began) = (store.count::<Requests>() + store.count::<Outbox>(), Instant::now());
    while store.count::<Requests>() + store.count::<Outbox>() > 0 && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let left = store.count::<Requests>() + store.count::<Outbox>();
    println!("        {asked} waited for an answer, {left} still do {:.1} s later", began.elapsed().as_secs_f64());
    Ok(())
}
