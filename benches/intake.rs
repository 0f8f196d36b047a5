//! Durable webhook intake against an endpoint that only verifies: `cargo bench --profile perf --bench intake`.
//!
//! A GitHub body of 10 KiB, signed, over 64 connections; the daemon stores it with a true fsync before its 202 and goes
//! on to read and tell of it, the floor is axum with the same verifier. The two take turns, so that a noisy machine is
//! noisy for both.

#[path = "tools/figures.rs"]
mod figures;
#[path = "tools/storm.rs"]
mod storm;
#[path = "tools/wire.rs"]
mod wire;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::serve::ListenerExt as _;
use quarterdeck::delivery::tables::Hooks;
use quarterdeck::model::Clock;
use quarterdeck::sandbox::slack::RateLimits;
use quarterdeck::stage::{Stage, StageSetup};
use quarterdeck::vault::{Scheme, Secret};
use serde_json::json;
use storm::storm;
use wire::{Make, post};

/// The secret that the stage's daemon knows.
const SECRET: &str = "sandbox-webhook-secret";
/// Where the delivery's id goes.
const HOLE: &str = "################";
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(3);

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (stage, floor) = runtime.block_on(async {
        let mut setup = StageSetup::new(&Clock::system());
        setup.slack.limits = RateLimits::Unlimited;
        Ok::<_, Failed>((Stage::open(setup).await.map_err(|fault| fault.to_string())?, floor().await?))
    })?;
    let daemon: SocketAddr = stage.url().trim_start_matches("http://").parse()?;
    let make = webhook(&stage)?;
    let (mut ratios, mut durable, mut verified) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms up.
    for round in 0..=ROUNDS {
        let span = if round == 0 { Duration::from_millis(500) } else { SPAN };
        let floor = storm(floor, &make, CONNECTIONS, span, 202)?;
        let intake = storm(daemon, &make, CONNECTIONS, span, 202)?;
        let waiting = stage.running().map_err(|fault| fault.to_string())?.store().count::<Hooks>();
        let began = Instant::now();
        while stage.running().map_err(|fault| fault.to_string())?.store().count::<Hooks>() > 0 {
            runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
        }
        if round == 0 {
            continue;
        }
        println!("round {round}: verify only {:>7.0}/s  {}", floor.a_second, floor.figures);
        println!("         durable     {:>7.0}/s  {}", intake.a_second, intake.figures);
        println!(
            "         ratio {:.2}; {waiting} still to be read, done {:.2} s later",
            intake.a_second / floor.a_second,
            began.elapsed().as_secs_f64()
        );
        ratios.push(intake.a_second / floor.a_second);
        durable.push(intake.a_second);
        verified.push(floor.a_second);
    }
    println!(
        "intake: median ratio {:.2} ({:.0}/s durable, {:.0}/s verify only)",
        median(&mut ratios),
        median(&mut durable),
        median(&mut verified)
    );
    runtime.block_on(async move {
        let mut stage = stage;
        stage.stop().await;
    });
    Ok(())
}

/// An issue as the sandbox's GitHub tells of it, with words up to 10 KiB, signed.
fn webhook(stage: &Stage) -> Result<Make, Failed> {
    let number = stage.github.open_issue("ana", "acme/api", "Login fails", "Since this morning.")?;
    let mut issue = stage.github.issue("acme/api", number).unwrap_or_default();
    let make = |issue: &serde_json::Value| {
        json!({
            "action": "labeled", "issue": issue, "repository": { "full_name": "acme/api", "html_url": "https://github.com/acme/api" },
            "sender": issue["user"],
        })
        .to_string()
    };
    let words = "It worked yesterday, and the log of the gateway says 502 for a part of the requests (trace 8f3a). ";
    let mut text = String::new();
    let mut turn = 0_u64;
    while make(&issue).len() < 10 * 1024 {
        // Words that repeat would be squeezed to nothing.
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        write!(text, "{words}{turn:x} ")?;
        issue["body"] = text.as_str().into();
    }
    let body = make(&issue);
    let headers = Scheme::GITHUB.sign(&[Secret::new(SECRET)], "", jiff::Timestamp::now(), body.as_bytes())?;
    let mut all = vec![("x-github-event", "issues"), ("x-github-delivery", HOLE), ("content-type", "application/json")];
    all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
    println!("a body of {} bytes, {CONNECTIONS} connections, {ROUNDS} rounds of {} s each", body.len(), SPAN.as_secs());
    let bytes = post("/webhooks/github", &all, &body);
    let hole = bytes.find(HOLE).ok_or("no hole")?;
    let bytes = bytes.into_bytes();
    // The signature covers the body alone, so that only the delivery's id need differ.
    Ok(Arc::new(move |number, request| {
        request.extend_from_slice(&bytes);
        request[hole..hole + HOLE.len()].copy_from_slice(format!("{number:016}").as_bytes());
    }))
}

/// What the same machine can do at all.
async fn floor() -> Result<SocketAddr, Failed> {
    let secrets = Arc::new([Secret::new(SECRET)]);
    let verify = async move |headers: HeaderMap, body: Bytes| match Scheme::GITHUB.verify(
        &*secrets,
        &headers,
        &body,
        jiff::Timestamp::now(),
    ) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::UNAUTHORIZED,
    };
    let router = axum::Router::new().route("/webhooks/github", axum::routing::post(verify));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
