//! The kill test and the fsync trace: the built program against the sandbox, killed at random moments and judged from
//! the outside.
//!
//! `cargo test --test kill`. `QUARTERDECK_KILLS` says how often it is killed (20), `QUARTERDECK_SEED` which moments are
//! chosen; the seed of a run is printed. `QUARTERDECK_BINARY` names another build of the program. Unlike all other tests these let time pass: a kill is a moment.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod daemon;
mod judge;
mod load;
mod trace;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::sandbox::github::{GithubFake, GithubSetup, RateLimits as GithubLimits};
use quarterdeck::sandbox::slack::{Channel, RateLimits, SlackFake, SlackSetup};

use daemon::{Daemon, Subscribed};
use load::Load;

/// Channels in which webhooks are told, each of a repository of its own.
const HOOK_CHANNELS: [&str; 4] = ["C0HOOKS0000", "C0HOOKS0001", "C0HOOKS0002", "C0HOOKS0003"];
/// Channels in which events are told, each of a source of its own.
const EVENT_CHANNELS: [&str; 2] = ["C0EVENTS000", "C0EVENTS001"];
/// The channel of alerts.
const ALERTS: &str = "C0ALERTS000";
/// The channel in which commands are typed.
const COMMANDS: &str = "C0COMMAND00";
/// Who types and clicks.
const ANA: &str = "U0ANA000001";

/// Both fakes, without limits, with the channels of this test.
struct Vendors {
    slack: SlackFake,
    github: GithubFake,
}

impl Vendors {
    async fn open() -> Self {
        let usual = SlackSetup::default();
        let bot = usual.bot.id.clone();
        let all = HOOK_CHANNELS.iter().chain(&EVENT_CHANNELS).chain([&ALERTS, &COMMANDS]);
        let channel = |id: &&str| Channel::public(id, &id.to_lowercase(), &[ANA, &bot]);
        let channels = all.map(channel).collect();
        let slack = SlackSetup { channels, limits: RateLimits::Unlimited, ..usual };
        let github = GithubSetup::sample(Arc::new(jiff::Timestamp::now));
        let github = GithubSetup { limits: GithubLimits::off(), ..github };
        Self { slack: SlackFake::start(slack).await.unwrap(), github: GithubFake::start(github).await.unwrap() }
    }

    /// Who is told what.
    fn subscriptions() -> Vec<Subscribed> {
        let told = |channel: &str, source: String, events: &str| Subscribed {
            place: format!("slack:{channel}"),
            source,
            events: events.to_owned(),
        };
        let hooks = HOOK_CHANNELS.iter().zip(0..).map(|(id, lane)| told(id, load::hook_source(lane), "issues"));
        let events = EVENT_CHANNELS.iter().zip(0..).map(|(id, lane)| told(id, load::event_source(lane), "deploy.*"));
        hooks.chain(events).chain([told(ALERTS, load::ALERT_SOURCE.to_owned(), "alerts")]).collect()
    }
}

/// Chance that can be had again: SplitMix64.
struct Dice(u64);

impl Dice {
    /// The seed that was asked for, or that of this moment.
    fn thrown() -> Self {
        let now = || u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or(1);
        Self(number("QUARTERDECK_SEED").unwrap_or_else(now))
    }

    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % most.max(1)
    }
}

impl fmt::Display for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number; it is {text:?}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_every_kill() {
    let kills = number("QUARTERDECK_KILLS").unwrap_or(20);
    let mut dice = Dice::thrown();
    println!("seed {dice}, {kills} kills");
    let vendors = Vendors::open().await;
    let mut daemon = Daemon::new(&vendors, &Vendors::subscriptions());
    let load = Load::start(&vendors, daemon.url());
    let (mut starting, mut acknowledging, mut working) = (0, 0, 0);
    for _ in 0..kills {
        daemon.start();
        match dice.below(8) {
            0 | 1 => {
                starting += 1;
                tokio::time::sleep(Duration::from_millis(dice.below(300))).await;
                daemon.kill();
            }
            2..5 => {
                acknowledging += 1;
                daemon.ready().await;
                tokio::time::sleep(Duration::from_millis(dice.below(2000))).await;
                load.at_an_acknowledgement(daemon.killer()).await;
                daemon.bury();
            }
            _ => {
                working += 1;
                daemon.ready().await;
                tokio::time::sleep(Duration::from_millis(50 + dice.below(2500))).await;
                daemon.kill();
            }
        }
    }
    daemon.start();
    daemon.ready().await;
    let said = load.end().await;
    println!("killed {starting} times in start-up, {acknowledging} at an acknowledgement, {working} at work; {said}");
    judge::drained(&vendors, &daemon, &said).await;
    let mut complaints = judge::outside(&vendors, &said, kills);
    daemon.stop().await;
    complaints.extend(judge::books(&daemon, &said).await);
    assert!(complaints.is_empty(), "{}\nThe daemon said at last:\n{}", complaints.join("\n"), daemon.last_words());
    assert!(said.is_a_load(), "there was hardly any load: {said}");
}
