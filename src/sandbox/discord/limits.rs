//! Rate limits as docs.discord.com/developers/topics/rate-limits has them, by the fake's clock.
//!
//! A bucket is a group of routes; it is counted per top-level resource (channel, guild, webhook with token). The quotas
//! are the fake's own, since Discord publishes none: clients must read them from the headers.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use wildmatch::WildMatch;

use super::faults::LimitScope;

/// A quota: so many calls in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Calls in one window.
    pub calls: u32,
    /// Length of the window, which begins with its first call.
    pub per: SignedDuration,
}

impl Budget {
    /// So many calls in so many milliseconds.
    pub const fn new(calls: u32, millis: i64) -> Self {
        Self { calls, per: SignedDuration::from_millis(millis) }
    }
}

/// The quotas of every bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Quotas by route, as `VERB /path` with wildcards; the first that matches counts.
    pub routes: Vec<(String, Budget)>,
    /// Every other route.
    pub other: Budget,
    /// All routes but those of interactions.
    pub global: Budget,
}

impl Default for Budgets {
    /// What Discord's headers have been seen to say, and 50 calls a second in all.
    fn default() -> Self {
        let routes = [
            ("* /channels/*/messages/*/reactions/*", Budget::new(1, 250)),
            ("POST /channels/*/messages", Budget::new(5, 5_000)),
            ("PATCH /channels/*/messages/*", Budget::new(5, 5_000)),
            ("DELETE /channels/*/messages/*", Budget::new(5, 1_000)),
            ("POST /channels/*/threads", Budget::new(50, 300_000)),
            ("PATCH /channels/*", Budget::new(5, 15_000)),
            ("* /webhooks/*", Budget::new(5, 2_000)),
            ("PUT /applications/*/commands", Budget::new(5, 20_000)),
            ("GET /applications/@me", Budget::new(10, 10_000)),
            ("* /applications/*", Budget::new(5, 20_000)),
            ("POST /users/@me/channels", Budget::new(10, 60_000)),
            ("GET /gateway/bot", Budget::new(2, 5_000)),
        ];
        Self {
            routes: routes.into_iter().map(|(route, budget)| (route.to_owned(), budget)).collect(),
            other: Budget::new(10, 10_000),
            global: Budget::new(50, 1_000),
        }
    }
}

/// Whether and how calls are limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RateLimits {
    /// Only limits that tests inject.
    Unlimited,
    /// With these quotas.
    Discord(Budgets),
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::Discord(Budgets::default())
    }
}

/// A call made although a 429 had said to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Verb and path template.
    pub route: String,
    /// The bucket with its top-level resource, or `global`.
    pub bucket: String,
    /// When the call came.
    pub at: Timestamp,
    /// When the window ends.
    pub until: Timestamp,
}

/// What the headers of an answer tell.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) bucket: String,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: Timestamp,
}

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Over {
    pub(super) until: Timestamp,
    pub(super) scope: LimitScope,
    pub(super) told: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    reset: Timestamp,
}

/// Which counters a call falls under.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// Verb and path template.
    pub(super) route: String,
    /// Verb and path, which quotas match.
    pub(super) call: String,
    /// Top-level resource.
    pub(super) top: String,
    /// Whether the global limit leaves it alone.
    pub(super) exempt: bool,
    /// Whether it has no bucket at all, as interaction callbacks.
    pub(super) bare: bool,
}

const GLOBAL: &str = "global";

/// Counters, open 429 windows and violations.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    windows: HashMap<String, Window>,
    closed: HashMap<String, (Timestamp, LimitScope)>,
    pub(super) violations: Vec<Violation>,
}

/// A stable opaque name for a bucket, as Discord's are.
fn name(group: &str) -> String {
    format!("{:08x}{:08x}", crc32fast::hash(group.as_bytes()), crc32fast::hash(group.to_uppercase().as_bytes()))
}

impl Limiter {
    fn quota(limits: &RateLimits, key: &Key) -> Option<(String, Budget)> {
        let RateLimits::Discord(budgets) = limits else { return None };
        let fitting = budgets.routes.iter().find(|(route, _)| WildMatch::new(route).matches(&key.call));
        Some(match fitting {
            Some((route, budget)) => (name(route), *budget),
            None => (name(&key.route), budgets.other),
        })
    }

    fn full(bucket: &str, key: &Key) -> String {
        format!("{bucket}:{}", key.top)
    }

    /// Counts the call, or says that it must wait.
    pub(super) fn take(&mut self, limits: &RateLimits, key: &Key, now: Timestamp) -> Result<Option<Told>, Over> {
        let quota = if key.bare { None } else { Self::quota(limits, key) };
        let bucket = quota.as_ref().map_or_else(|| name(&key.route), |(bucket, _)| bucket.clone());
        let full = Self::full(&bucket, key);
        for (closed, counts) in [(GLOBAL, !key.exempt), (full.as_str(), true)] {
            let Some(&(until, scope)) = self.closed.get(closed).filter(|_| counts) else { continue };
            if now < until {
                let (route, bucket) = (key.route.clone(), closed.to_owned());
                self.violations.push(Violation { route, bucket, at: now, until });
                return Err(Over { until, scope, told: self.told(quota.as_ref(), &full, now) });
            }
            self.closed.remove(closed);
        }
        let RateLimits::Discord(budgets) = limits else { return Ok(None) };
        // Look at both before taking from either: a refused call costs nothing.
        let global = (!key.exempt).then(|| self.window(GLOBAL, budgets.global, now));
        if let Some(global) = global.filter(|window| window.used >= budgets.global.calls) {
            self.closed.insert(GLOBAL.to_owned(), (global.reset, LimitScope::Global));
            return Err(Over { until: global.reset, scope: LimitScope::Global, told: None });
        }
        let Some((bucket, budget)) = quota else {
            self.count(GLOBAL, global.is_some());
            return Ok(None);
        };
        let window = self.window(&full, budget, now);
        if window.used >= budget.calls {
            self.closed.insert(full.clone(), (window.reset, LimitScope::User));
            let told = Told { bucket, limit: budget.calls, remaining: 0, reset: window.reset };
            return Err(Over { until: window.reset, scope: LimitScope::User, told: Some(told) });
        }
        self.count(GLOBAL, global.is_some());
        self.count(&full, true);
        let remaining = budget.calls - window.used - 1;
        Ok(Some(Told { bucket, limit: budget.calls, remaining, reset: window.reset }))
    }

    /// Opens a 429 window for an injected limit.
    pub(super) fn inject(
        &mut self,
        limits: &RateLimits,
        key: &Key,
        seconds: f64,
        scope: LimitScope,
        now: Timestamp,
    ) -> Over {
        let quota = Self::quota(limits, key);
        let bucket = quota.as_ref().map_or_else(|| name(&key.route), |(bucket, _)| bucket.clone());
        let full = Self::full(&bucket, key);
        let wait = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO);
        let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let closed = if scope == LimitScope::Global { GLOBAL.to_owned() } else { full.clone() };
        self.closed.insert(closed, (until, scope));
        Over { until, scope, told: self.told(quota.as_ref(), &full, now) }
    }

    fn told(&mut self, quota: Option<&(String, Budget)>, full: &str, now: Timestamp) -> Option<Told> {
        let (bucket, budget) = quota?;
        let window = self.window(full, *budget, now);
        let remaining = budget.calls.saturating_sub(window.used);
        Some(Told { bucket: bucket.clone(), limit: budget.calls, remaining, reset: window.reset })
    }

    fn window(&mut self, key: &str, budget: Budget, now: Timestamp) -> Window {
        let reset = now.saturating_add(budget.per).unwrap_or(Timestamp::MAX);
        let window = self.windows.entry(key.to_owned()).or_insert(Window { used: 0, reset });
        if now >= window.reset {
            *window = Window { used: 0, reset };
        }
        *window
    }

    fn count(&mut self, key: &str, counts: bool) {
        if let Some(window) = self.windows.get_mut(key).filter(|_| counts) {
            window.used += 1;
        }
    }
}
