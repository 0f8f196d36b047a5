//! From an event to its message at the platform, durable in between: `cargo bench --profile perf --bench notify`.
//!
//! 50 events a second, and a burst of 2,000 over 8 channels. The sandbox's Slack stamps each message with the time at
//! which it came (that is what a message's `ts` is), the event's title says when it was sent. No limits on either side.

#[path = "tools/figures.rs"]
mod figures;
#[path = "tools/wire.rs"]
mod wire;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use figures::Figures;
use jiff::Timestamp;
use quarterdeck::model::Clock;
use quarterdeck::routing::SubscriptionConfig;
use quarterdeck::sandbox::slack::{Channel, Message, RateLimits};
use quarterdeck::stage::{API_KEY, Stage, StageSetup};
use tokio::task::JoinSet;
use wire::{Make, Wire, post};

const CHANNELS: u64 = 8;
const PACED: u64 = 500;
const PACE: Duration = Duration::from_millis(20);
const BURST: u64 = 2_000;
const CONNECTIONS: u64 = 64;
const PATIENCE: Duration = Duration::from_secs(30);

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut stage = open().await?;
        // A few that nobody counts, so that connections are open.
        paced(&stage, 0, 20).await?;
        let began = Timestamp::now();
        paced(&stage, 20, PACED).await?;
        let (figures, double) = arrived(&stage, 20, PACED, began)?;
        println!("notify, 50 a second: {figures}; {double} double");
        let (accepted, done) = burst(&stage, 20 + PACED).await?;
        let (figures, double) = arrived(&stage, 20 + PACED, BURST, began)?;
        println!(
            "notify, burst of {BURST} over {CHANNELS} channels: all accepted after {:.2} s, all there after {:.2} s; {figures}; {double} double",
            accepted.as_secs_f64(),
            done.as_secs_f64()
        );
        stage.stop().await;
        Ok(())
    })
}

async fn open() -> Result<Stage, Failed> {
    let mut setup = StageSetup::new(&Clock::system());
    setup.slack.limits = RateLimits::Unlimited;
    let bot = setup.slack.bot.id.clone();
    setup.slack.channels = (0..CHANNELS).map(|n| Channel::public(&id(n), &format!("bench-{n}"), &[&bot])).collect();
    let subscriptions: Result<Vec<_>, String> = (0..CHANNELS)
        .map(|n| {
            let place = format!("slack:{}", id(n)).parse().map_err(|error| format!("{error:?}"))?;
            Ok(SubscriptionConfig { place, source: format!("/bench/{n}"), events: vec!["deploy.*".to_owned()] })
        })
        .collect();
    let subscriptions = subscriptions?;
    setup.change = Box::new(move |settings| {
        settings.subscriptions.clone_from(&subscriptions);
        if let Some(slack) = &mut settings.slack {
            slack.post_per_minute = 0;
        }
    });
    Stage::open(setup).await.map_err(|fault| fault.to_string().into())
}

fn id(channel: u64) -> String {
    format!("C0BENCH{channel:04}")
}

/// Events whose title is their number and the moment of their sending.
fn event() -> Make {
    Arc::new(|number, request| {
        let now = Timestamp::now().as_microsecond();
        let body = format!(
            r#"{{"specversion":"1.0","id":"{number}","source":"/bench/{}","type":"deploy.finished","data":{{"title":"bench {number} {now} end"}}}}"#,
            number % CHANNELS
        );
        let key = format!("Bearer {API_KEY}");
        let headers = [("content-type", "application/cloudevents+json"), ("authorization", key.as_str())];
        request.extend_from_slice(post("/api/v1/events", &headers, &body).as_bytes());
    })
}

fn address(stage: &Stage) -> Result<SocketAddr, Failed> {
    Ok(stage.url().trim_start_matches("http://").parse()?)
}

async fn paced(stage: &Stage, first: u64, count: u64) -> Result<(), Failed> {
    let (make, mut wire) = (event(), Wire::open(address(stage)?).await?);
    let mut ticks = tokio::time::interval(PACE);
    for number in first..first + count {
        ticks.tick().await;
        let status = wire.send(&make, number).await?;
        assert_eq!(status, 202);
    }
    all_there(stage, first + count).await
}

/// All at once; says when all were accepted and when all were there.
async fn burst(stage: &Stage, first: u64) -> Result<(Duration, Duration), Failed> {
    let address = address(stage)?;
    let began = std::time::Instant::now();
    let mut tasks = JoinSet::new();
    for connection in 0..CONNECTIONS {
        tasks.spawn(async move {
            let (make, mut wire) = (event(), Wire::open(address).await?);
            for number in (first..first + BURST).filter(|number| number % CONNECTIONS == connection) {
                let status = wire.send(&make, number).await?;
                assert_eq!(status, 202);
            }
            Ok::<_, std::io::Error>(())
        });
    }
    tasks.join_all().await.into_iter().collect::<Result<(), _>>()?;
    let accepted = began.elapsed();
    all_there(stage, first + BURST).await?;
    Ok((accepted, began.elapsed()))
}

/// Waits until so many messages were posted in all.
async fn all_there(stage: &Stage, count: u64) -> Result<(), Failed> {
    let began = std::time::Instant::now();
    let store = stage.running().map_err(|fault| fault.to_string())?.store().clone();
    while store.count::<quarterdeck::delivery::tables::History>() < count {
        if began.elapsed() > PATIENCE {
            return Err("not everything arrived".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// How long the messages of these numbers took, and how many came twice. One that is missing is an error.
fn arrived(stage: &Stage, first: u64, count: u64, since: Timestamp) -> Result<(Figures, usize), Failed> {
    let mut seen = BTreeSet::new();
    let (mut took, mut double) = (Vec::new(), 0);
    for message in (0..CHANNELS).flat_map(|channel| stage.slack.messages(&id(channel))) {
        let Some((number, sent)) = stamp(&message) else { continue };
        if !(first..first + count).contains(&number) {
            continue;
        }
        if !seen.insert(number) {
            double += 1;
        }
        let came: i64 = message.ts.replace('.', "").parse()?;
        let micros = came - sent;
        assert!(micros > 0 && sent >= since.as_microsecond(), "a message from before: {}", message.text);
        took.push(Duration::from_micros(micros.unsigned_abs()));
    }
    let missing = count - u64::try_from(seen.len())?;
    if missing > 0 {
        return Err(format!("{missing} messages are missing").into());
    }
    Ok((Figures::of(took), double))
}

fn stamp(message: &Message) -> Option<(u64, i64)> {
    let (_, rest) = message.text.split_once("bench ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}
