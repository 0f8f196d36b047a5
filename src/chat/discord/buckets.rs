//! Discord's rate limits, read from its own answers: a bucket a route (shared by the routes that Discord says share it)
//! and top-level id, a pace for all calls together, and the count of refused calls that gets an address blocked.
//! <https://docs.discord.com/developers/topics/rate-limits>
//!
//! A bucket that is used up and a "wait" of Discord's become windows of [`Limits`], on disk, so that none is called into
//! after a restart either. Called by [`super::client`] around every call. Nothing here is hard-coded but the pace.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Notify;

use super::faults::BAD_TOKEN;
use crate::delivery::{Limits, Toll};
use crate::model::{Clock, Fault, FaultKind};

/// Calls in one second; Discord bears 50 of a bot.
const PACE: usize = 45;
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// The window of everything.
const GLOBAL: &str = "discord/global";
/// Refused calls (401, 403, 429) in ten minutes after which nothing is called; Discord blocks the address at 10,000.
const REFUSED: u32 = 8_000;
/// The minutes in which they are counted.
const MINUTES: i64 = 10;
/// How long nothing is called after that many.
const PENANCE: SignedDuration = SignedDuration::from_mins(10);
/// How long a token that Discord does not accept is not tried again.
const BAD: SignedDuration = SignedDuration::from_mins(5);
/// The longest wait of a caller who rather waits than hears of it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// Waited for where Discord says "wait" but not how long.
const UNTOLD: SignedDuration = SignedDuration::from_secs(30);
/// The longest wait that is believed.
const LONGEST: f64 = 7.0 * 24.0 * 3600.0;
/// Buckets that are remembered before those that are full again are forgotten.
const REMEMBERED: usize = 2_000;

/// What a call is counted under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    /// The verb and the path with its ids left out, such as `POST /channels/{}/messages`.
    pub route: String,
    /// The top-level id, such as the channel's; nothing secret.
    pub major: String,
    /// Whether it is made with the bot token, and so counts for the bot's pace.
    pub bot: bool,
}

impl Spot {
    fn window(&self) -> String {
        format!("discord/route/{} {}", self.route, self.major)
    }
}

/// All buckets of a bot.
#[derive(Debug)]
pub(super) struct Buckets {
    clock: Clock,
    limits: Arc<Limits>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The bucket of each route, as Discord calls it.
    hashes: HashMap<String, String>,
    /// By route (while its bucket is not known) or bucket, and top-level id.
    buckets: HashMap<String, Bucket>,
    recent: VecDeque<Timestamp>,
    refused: BTreeMap<i64, u32>,
    bad_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default)]
struct Bucket {
    in_flight: u32,
    /// What Discord told last: how many there are, how many are left, and until when.
    told: Option<(u32, u32, Timestamp)>,
}

/// Whether a call may be made.
enum Look {
    Go(String),
    /// Not before then.
    Until(Timestamp),
    /// In less than a second, when the bot has a call left.
    Soon(Timestamp),
    /// As soon as another call has ended.
    Busy,
    Never(Fault),
}

/// A call that is under way.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    buckets: &'a Buckets,
    key: String,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.buckets.state();
        if let Some(bucket) = state.buckets.get_mut(&self.key) {
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
        }
        drop(state);
        self.buckets.changed.notify_waiters();
    }
}

impl Buckets {
    pub(super) fn new(clock: Clock, limits: Arc<Limits>) -> Self {
        Self { clock, limits, state: Mutex::default(), changed: Notify::new() }
    }

    /// Lets a call through. Who is patient waits up to a minute; who is not hears `RateLimited` at once.
    ///
    /// # Errors
    /// `RateLimited` until when; `Misconfigured` while the token is known to be bad.
    pub(super) async fn enter(&self, spot: &Spot, patient: bool) -> Result<Permit<'_>, Fault> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = self.clock.now();
            match self.look(spot, now) {
                Look::Go(key) => return Ok(Permit { buckets: self, key }),
                Look::Busy => changed.await,
                Look::Soon(until) => self.clock.sleep_until(until).await,
                Look::Until(until) if patient && until.duration_since(now) <= PATIENCE => {
                    self.clock.sleep_until(until).await;
                }
                Look::Until(until) => {
                    return Err(Fault::new(
                        FaultKind::RateLimited { until },
                        "Discord asked to wait before this is tried again.",
                    ));
                }
                Look::Never(fault) => return Err(fault),
            }
        }
    }

    /// The limiters that cover a call, for a lane.
    pub(super) fn tolls(&self, spot: &Spot) -> Vec<Toll> {
        let window = |key: String| Toll { key, quota: None, closes: false };
        let mut tolls = vec![window(GLOBAL.to_owned()), window(spot.window())];
        if let Some(hash) = self.state().hashes.get(&spot.route) {
            tolls.push(window(bucket_window(hash, &spot.major)));
        }
        tolls
    }

    /// Takes in what an answer says, and says until when not to call again where it is a 429.
    pub(super) async fn learn(&self, spot: &Spot, status: u16, headers: &HeaderMap, body: &[u8]) -> Option<Timestamp> {
        let now = self.clock.now();
        let told = Told::read(headers, status, body, now);
        let mut windows = Vec::new();
        {
            let mut state = self.state();
            state.count(spot, status, told.shared, now);
            if state.refused.values().sum::<u32>() >= REFUSED {
                tracing::error!("Discord refused {REFUSED} calls in ten minutes; none is made for a while");
                windows.push((GLOBAL.to_owned(), later(now, PENANCE)));
                state.refused.clear();
            }
            if let Some(hash) = &told.bucket {
                state.hashes.insert(spot.route.clone(), hash.clone());
                state.note(format!("{hash} {}", spot.major), &told, now);
            }
            match told.until {
                Some(until) if told.global => windows.push((GLOBAL.to_owned(), until)),
                Some(until) => windows.extend(state.windows(spot, until)),
                None => {
                    if let (Some(0), Some(reset)) = (told.remaining, told.reset) {
                        windows.extend(state.windows(spot, reset));
                    }
                }
            }
        }
        for (key, until) in windows {
            if let Err(fault) = self.limits.close(&key, until).await {
                tracing::error!(%fault, key, "a window of Discord's is not on disk");
            }
        }
        told.until
    }

    fn look(&self, spot: &Spot, now: Timestamp) -> Look {
        let mut state = self.state();
        if spot.bot && state.bad_until.is_some_and(|until| until > now) {
            return Look::Never(Fault::misconfigured(BAD_TOKEN));
        }
        let hash = state.hashes.get(&spot.route).cloned();
        let mut keys = vec![spot.window()];
        keys.extend(hash.as_deref().map(|hash| bucket_window(hash, &spot.major)));
        if spot.bot {
            keys.push(GLOBAL.to_owned());
        }
        let closed = keys.iter().filter_map(|key| self.limits.closed_until(key)).max();
        if let Some(until) = closed.filter(|until| *until > now) {
            return Look::Until(until);
        }
        state.recent.retain(|at| now.duration_since(*at) < SECOND);
        if spot.bot && state.recent.len() >= PACE {
            let first = state.recent.front().copied().unwrap_or(now);
            return Look::Soon(later(first, SECOND));
        }
        state.forget(now);
        let key = format!("{} {}", hash.as_deref().unwrap_or(&spot.route), spot.major);
        let bucket = state.buckets.entry(key.clone()).or_default();
        let left = match bucket.told {
            // One call finds out.
            None => 1,
            Some((_, remaining, reset)) if now < reset => {
                if remaining == 0 {
                    return Look::Until(reset);
                }
                remaining
            }
            Some((limit, ..)) => limit.max(1),
        };
        if bucket.in_flight >= left {
            return Look::Busy;
        }
        bucket.in_flight += 1;
        if spot.bot {
            state.recent.push_back(now);
        }
        Look::Go(key)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, spot: &Spot, status: u16, shared: bool, now: Timestamp) {
        let minute = now.as_second().div_euclid(60);
        self.refused.retain(|at, _| minute - at <= MINUTES);
        if matches!(status, 401 | 403) || (status == 429 && !shared) {
            *self.refused.entry(minute).or_default() += 1;
        }
        if spot.bot {
            match status {
                401 => self.bad_until = Some(later(now, BAD)),
                200..=299 => self.bad_until = None,
                _ => {}
            }
        }
    }

    fn note(&mut self, key: String, told: &Told, now: Timestamp) {
        let (Some(limit), Some(remaining), Some(reset)) = (told.limit, told.remaining, told.reset) else { return };
        let bucket = self.buckets.entry(key).or_default();
        let remaining = match bucket.told {
            // Answers overtake each other: within a window, what is left only becomes less.
            Some((_, before, until)) if now < until && reset.duration_since(until).abs() < SECOND / 4 => {
                remaining.min(before)
            }
            _ => remaining,
        };
        bucket.told = Some((limit, remaining, reset));
    }

    /// The windows of a call's bucket: its own, and those of all routes that share it, by which it is known after a
    /// restart.
    fn windows(&self, spot: &Spot, until: Timestamp) -> Vec<(String, Timestamp)> {
        let Some(hash) = self.hashes.get(&spot.route) else { return vec![(spot.window(), until)] };
        let sharing = self.hashes.iter().filter(|(_, other)| *other == hash);
        let routes = sharing.map(|(route, _)| (Spot { route: route.clone(), ..spot.clone() }.window(), until));
        std::iter::once((bucket_window(hash, &spot.major), until)).chain(routes).collect()
    }

    fn forget(&mut self, now: Timestamp) {
        if self.buckets.len() > REMEMBERED {
            self.buckets.retain(|_, bucket| bucket.in_flight > 0 || bucket.told.is_some_and(|(.., reset)| reset > now));
        }
    }
}

fn bucket_window(hash: &str, major: &str) -> String {
    format!("discord/bucket/{hash} {major}")
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// What an answer says of limits.
struct Told {
    bucket: Option<String>,
    limit: Option<u32>,
    remaining: Option<u32>,
    reset: Option<Timestamp>,
    /// Where it is a 429: until when not to call again.
    until: Option<Timestamp>,
    global: bool,
    shared: bool,
}

impl Told {
    fn read(headers: &HeaderMap, status: u16, body: &[u8], now: Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let number = |name: &str| text(name).and_then(|text| text.parse().ok());
        // Relative times: nothing is assumed of whose clock is right.
        let after = |seconds: f64| {
            let millis = (seconds.clamp(0.0, LONGEST) * 1000.0).ceil();
            #[expect(clippy::cast_possible_truncation, reason = "it is at most a week")]
            later(now, SignedDuration::from_millis(millis as i64))
        };
        let seconds =
            |name: &str| text(name).and_then(|text| text.parse::<f64>().ok()).filter(|value| value.is_finite());
        let bucket = text("x-ratelimit-bucket")
            .filter(|hash| !hash.is_empty() && hash.len() <= 100 && hash.bytes().all(|c| c.is_ascii_graphic()));
        let mut told = Self {
            bucket: bucket.map(str::to_owned),
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            reset: seconds("x-ratelimit-reset-after").map(after),
            until: None,
            global: false,
            shared: text("x-ratelimit-scope") == Some("shared"),
        };
        if status == 429 {
            let json: Option<Value> = serde_json::from_slice(body).ok();
            let wait = json.as_ref().and_then(|json| json.get("retry_after")).and_then(Value::as_f64);
            // The header is the same, rounded up.
            let wait = wait.or_else(|| seconds("retry-after"));
            told.until = Some(wait.map_or_else(|| later(now, UNTOLD), after));
            // An answer that is not even JSON is of what stands before Discord, and is about all of us.
            told.global = text("x-ratelimit-global") == Some("true")
                || text("x-ratelimit-scope") == Some("global")
                || json.as_ref().is_none_or(|json| json.get("global").and_then(Value::as_bool) == Some(true));
            if !told.global {
                told.remaining = Some(0);
                told.reset = told.until;
                told.limit = told.limit.or(Some(1));
            }
        }
        told
    }
}

#[cfg(test)]
#[path = "buckets_tests.rs"]
mod tests;
