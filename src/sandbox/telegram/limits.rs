//! Telegram's rate limits, and a memory of who called while a 429 said to wait.
//!
//! One message a second and chat, twenty a minute and group, thirty a second over all
//! (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). The web layer asks before a method does
//! any work. A 429 holds the whole bot back, whatever it calls.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// What a bucket may be short of one message: who waited as long as told must not fail by the last bit.
const ROUNDING: f64 = 1e-6;

/// How strict the fake is about the number of messages.
#[derive(Clone, Debug, PartialEq)]
pub enum RateLimits {
    /// No limits of its own; injected ones still count. For benches.
    Unlimited,
    /// Telegram's documented limits.
    Telegram(Budgets),
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::Telegram(Budgets::default())
    }
}

/// Messages per minute and how many of them may come at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Sustained messages per minute.
    pub per_minute: f64,
    /// Messages that may come at once after a quiet time.
    pub burst: f64,
}

/// The budgets that a message falls under.
#[derive(Clone, Debug, PartialEq)]
pub struct Budgets {
    /// To one chat of any kind.
    pub per_chat: Budget,
    /// To one group or supergroup.
    pub per_group: Budget,
    /// To all chats together; edits count too.
    pub overall: Budget,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            per_chat: Budget { per_minute: 60.0, burst: 5.0 },
            per_group: Budget { per_minute: 20.0, burst: 20.0 },
            overall: Budget { per_minute: 1800.0, burst: 30.0 },
        }
    }
}

/// A call made although a 429 had said to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Method called.
    pub method: String,
    /// When the call came.
    pub at: Timestamp,
    /// When the window ends.
    pub until: Timestamp,
}

/// What a call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Nothing that is counted.
    Free,
    /// A message to this chat, and whether the chat is a group.
    Message(i64, bool),
    /// An edit.
    Edit,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

/// Buckets, the open window and violations.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    buckets: HashMap<String, Bucket>,
    window: Option<Timestamp>,
    pub(super) violations: Vec<Violation>,
}

impl Limiter {
    /// Whether the bot must wait: the seconds still to go. Notes a violation then.
    pub(super) fn blocked(&mut self, method: &str, now: Timestamp) -> Option<i64> {
        let until = self.window?;
        if now < until {
            self.violations.push(Violation { method: method.to_owned(), at: now, until });
            return Some(wait(now, until));
        }
        self.window = None;
        None
    }

    /// Takes one call out of every budget it falls under, or says how many seconds to wait.
    pub(super) fn take(&mut self, limits: &RateLimits, cost: Cost, now: Timestamp) -> Option<i64> {
        let RateLimits::Telegram(budgets) = limits else { return None };
        let held = match cost {
            Cost::Free => return None,
            Cost::Edit => vec![("overall".to_owned(), budgets.overall)],
            Cost::Message(chat, group) => {
                let mut held =
                    vec![("overall".to_owned(), budgets.overall), (format!("chat {chat}"), budgets.per_chat)];
                if group {
                    held.push((format!("group {chat}"), budgets.per_group));
                }
                held
            }
        };
        // Look at all before taking from any: a refused call costs nothing.
        for (key, budget) in &held {
            let bucket = self.fill(key, *budget, now);
            if bucket.tokens < 1.0 - ROUNDING {
                let seconds = ((1.0 - bucket.tokens) * 60.0 / budget.per_minute).ceil();
                #[expect(clippy::cast_possible_truncation, reason = "a wait is at most some minutes")]
                let seconds = (seconds as i64).max(1);
                self.announce(seconds, now);
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

    /// Opens a window in which every call is refused.
    pub(super) fn announce(&mut self, seconds: i64, now: Timestamp) {
        self.window = Some(now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX));
    }

    fn fill(&mut self, key: &str, budget: Budget, now: Timestamp) -> Bucket {
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket { tokens: budget.burst, filled: now });
        let passed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * budget.per_minute / 60.0).min(budget.burst);
        bucket.filled = now;
        *bucket
    }
}

/// Whole seconds until `until`, rounded up.
fn wait(now: Timestamp, until: Timestamp) -> i64 {
    let left = until.duration_since(now);
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
