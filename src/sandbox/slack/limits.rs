//! Slack's rate limits, and a memory of who called inside an announced back-off window.
//!
//! Per method and workspace by tier, and `chat.postMessage` per channel
//! (docs.slack.dev/apis/web-api/rate-limits). The web layer asks before a method does any work.

use std::collections::HashMap;

use jiff::Timestamp;

/// How strict the fake is about the number of calls.
#[derive(Clone, Debug, PartialEq)]
pub enum RateLimits {
    /// No limits of its own; injected ones still count. For benches.
    Unlimited,
    /// Slack's documented limits.
    Slack(Budgets),
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::Slack(Budgets::default())
    }
}

/// Calls per minute and how many of them may come at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Sustained calls per minute.
    pub per_minute: f64,
    /// Calls that may come at once after a quiet time.
    pub burst: f64,
}

impl Budget {
    const fn new(per_minute: f64, burst: f64) -> Self {
        Self { per_minute, burst }
    }
}

/// The budgets of Slack's tiers and special cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Budgets {
    /// Tiers 1 to 4, per method and workspace.
    pub tiers: [Budget; 4],
    /// `chat.postMessage`, per channel.
    pub post_per_channel: Budget,
    /// `chat.postMessage`, over the whole workspace ("several hundred messages a minute").
    pub post_per_workspace: Budget,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            tiers: [
                Budget::new(1.0, 10.0),
                Budget::new(20.0, 20.0),
                Budget::new(50.0, 50.0),
                Budget::new(100.0, 100.0),
            ],
            post_per_channel: Budget::new(60.0, 5.0),
            post_per_workspace: Budget::new(300.0, 100.0),
        }
    }
}

/// How a method is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    One,
    Two,
    Three,
    Four,
    /// `chat.postMessage`.
    Post,
    /// `auth.test` and `chat.getPermalink`: hundreds a minute, not counted here.
    Special,
}

/// A call made although a 429 had said to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Method called.
    pub method: String,
    /// What the window covers: the method, and the channel where the limit is per channel.
    pub key: String,
    /// When the call came.
    pub at: Timestamp,
    /// When the window ends.
    pub until: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

/// Buckets, open windows and violations.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    buckets: HashMap<String, Bucket>,
    windows: HashMap<String, Timestamp>,
    pub(super) violations: Vec<Violation>,
}

impl Limiter {
    /// Whether `method` (on `channel`) must wait: the seconds for `Retry-After`. Notes a violation when the call
    /// comes inside a window that an earlier answer announced.
    pub(super) fn blocked(&mut self, method: &str, channel: Option<&str>, now: Timestamp) -> Option<i64> {
        for key in keys(method, channel) {
            let Some(&until) = self.windows.get(&key) else { continue };
            if now < until {
                self.violations.push(Violation { method: method.to_owned(), key, at: now, until });
                return Some(wait(now, until));
            }
            self.windows.remove(&key);
        }
        None
    }

    /// Takes one call out of every budget it falls under, or says how many seconds to wait.
    pub(super) fn take(
        &mut self,
        limits: &RateLimits,
        tier: Tier,
        method: &str,
        channel: Option<&str>,
        now: Timestamp,
    ) -> Option<i64> {
        let RateLimits::Slack(budgets) = limits else { return None };
        let keys = keys(method, channel);
        let wanted = match tier {
            Tier::One => vec![budgets.tiers[0]],
            Tier::Two => vec![budgets.tiers[1]],
            Tier::Three => vec![budgets.tiers[2]],
            Tier::Four => vec![budgets.tiers[3]],
            Tier::Post => vec![budgets.post_per_workspace, budgets.post_per_channel],
            Tier::Special => return None,
        };
        // Look at all before taking from any: a refused call costs nothing.
        let held: Vec<_> = keys.into_iter().zip(wanted).collect();
        for (key, budget) in &held {
            let bucket = self.fill(key, *budget, now);
            if bucket.tokens < 1.0 {
                let seconds = ((1.0 - bucket.tokens) * 60.0 / budget.per_minute).ceil();
                #[expect(clippy::cast_possible_truncation, reason = "a wait is at most some minutes")]
                let seconds = (seconds as i64).max(1);
                self.announce(key.clone(), seconds, now);
                return Some(seconds);
            }
        }
        for (key, _) in held {
            if let Some(bucket) = self.buckets.get_mut(&key) {
                bucket.tokens -= 1.0;
            }
        }
        None
    }

    /// Opens a window for an injected limit: the narrowest one that covers the call.
    pub(super) fn inject(&mut self, method: &str, channel: Option<&str>, seconds: i64, now: Timestamp) {
        if let Some(key) = keys(method, channel).pop() {
            self.announce(key, seconds, now);
        }
    }

    fn announce(&mut self, key: String, seconds: i64, now: Timestamp) {
        let until = now.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        self.windows.insert(key, until);
    }

    fn fill(&mut self, key: &str, budget: Budget, now: Timestamp) -> Bucket {
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket { tokens: budget.burst, filled: now });
        let passed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * budget.per_minute / 60.0).min(budget.burst);
        bucket.filled = now;
        *bucket
    }
}

/// What limits a call, widest first: the method, and for posting also the channel.
fn keys(method: &str, channel: Option<&str>) -> Vec<String> {
    match channel {
        Some(channel) if method == "chat.postMessage" => vec![method.to_owned(), format!("{method} {channel}")],
        _ => vec![method.to_owned()],
    }
}

/// Whole seconds until `until`, rounded up.
fn wait(now: Timestamp, until: Timestamp) -> i64 {
    let left = until.duration_since(now);
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
