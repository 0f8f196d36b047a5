//! Rate limits for each connection and for the workspace: a budget of requests in a window that starts with the first
//! of them. <https://developers.notion.com/reference/request-limits>

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Failure;
use super::ledger::Violation;
use super::reply::Reply;

/// How many requests are allowed.
#[derive(Debug, Clone)]
pub struct NotionLimits {
    /// Requests of one connection in a window; `None` switches it off.
    pub per_connection: Option<u32>,
    /// Requests of all connections together in a window; `None` switches it off.
    pub per_workspace: Option<u32>,
    /// Length of a window.
    pub window: SignedDuration,
}

impl NotionLimits {
    /// Three requests a second on average: 180 for each connection in a minute, spent at any pace.
    pub fn documented() -> Self {
        Self { per_connection: Some(180), per_workspace: None, window: SignedDuration::from_secs(60) }
    }

    /// Three requests in each second, no bursts: stricter than Notion is.
    pub fn strict() -> Self {
        Self { per_connection: Some(3), per_workspace: None, window: SignedDuration::from_secs(1) }
    }

    /// Limits nobody reaches.
    pub fn off() -> Self {
        Self { per_connection: None, per_workspace: None, window: SignedDuration::from_secs(60) }
    }
}

/// Why a request has to wait, in `additional_data.rate_limit_reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Connection,
    Workspace,
    Overload,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    announced: Timestamp,
    until: Timestamp,
    reason: Reason,
}

#[derive(Debug, Default)]
struct Meter {
    window: Option<(Timestamp, u32)>,
    wait: Option<Wait>,
}

/// The meters of all connections, and of the workspace under the empty name.
#[derive(Debug, Default)]
pub(super) struct Limits {
    meters: HashMap<String, Meter>,
}

impl Limits {
    /// Whether a request may pass; when its maker had been told to wait, that is a violation too.
    pub(super) fn admit(
        &mut self,
        who: &str,
        now: Timestamp,
        request: &str,
        rules: &NotionLimits,
    ) -> (Option<Reply>, Option<Violation>) {
        let meter = self.meters.entry(who.to_owned()).or_default();
        meter.wait = meter.wait.filter(|wait| wait.until > now);
        if let Some(wait) = meter.wait {
            let announced = now.duration_since(wait.announced);
            let broken = Violation::TooEarly { at: now, until: wait.until, announced, request: request.to_owned() };
            return (Some(refusal(wait, now)), Some(broken));
        }
        for (name, most, reason) in
            [(who, rules.per_connection, Reason::Connection), ("", rules.per_workspace, Reason::Workspace)]
        {
            let meter = self.meters.entry(name.to_owned()).or_default();
            let (until, used) = meter.window.filter(|(until, _)| *until > now).unwrap_or((now + rules.window, 0));
            meter.window = Some((until, used));
            if most.is_some_and(|most| used >= most) {
                let wait = Wait { announced: now, until, reason };
                self.meters.entry(who.to_owned()).or_default().wait = Some(wait);
                return (Some(refusal(wait, now)), None);
            }
        }
        for name in [who, ""] {
            if let Some((_, used)) = self.meters.get_mut(name).and_then(|meter| meter.window.as_mut()) {
                *used += 1;
            }
        }
        (None, None)
    }

    /// Opens a back-off window on order.
    pub(super) fn impose(&mut self, who: &str, now: Timestamp, failure: Failure) -> Option<Reply> {
        let (retry_after, reason) = match failure {
            Failure::RateLimited { retry_after } => (retry_after, Reason::Connection),
            Failure::Overloaded { retry_after } => (retry_after, Reason::Overload),
            _ => return None,
        };
        let wait = Wait { announced: now, until: now + retry_after, reason };
        self.meters.entry(who.to_owned()).or_default().wait = Some(wait);
        Some(refusal(wait, now))
    }
}

fn refusal(wait: Wait, now: Timestamp) -> Reply {
    let left = wait.until.duration_since(now);
    let seconds = (left.as_secs() + i64::from(left.subsec_nanos() > 0)).max(1);
    let reply = match wait.reason {
        Reason::Connection => limited("integration"),
        Reason::Workspace => limited("workspace"),
        Reason::Overload => {
            Reply::problem(529, "service_overload", "Notion is temporarily overloaded. Please try again later.")
        }
    };
    reply.header("retry-after", seconds.to_string())
}

fn limited(reason: &str) -> Reply {
    let data: Value = json!({ "rate_limit_reason": reason });
    let message = "You have been rate limited. Please try again in a few minutes.";
    Reply::problem(429, "rate_limited", message).with_data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn the_budget_comes_back_with_the_next_window_and_impatience_is_noticed() {
        let rules = NotionLimits { per_connection: Some(2), ..NotionLimits::documented() };
        let mut limits = Limits::default();
        assert!(limits.admit("a", at(0), "x", &rules).0.is_none());
        assert!(limits.admit("a", at(10), "x", &rules).0.is_none());
        let (refused, broken) = limits.admit("a", at(20), "x", &rules);
        let refused = refused.unwrap();
        assert_eq!((refused.status, refused.headers[0].1.as_str()), (429, "40"));
        assert_eq!(broken, None);
        assert!(limits.admit("b", at(20), "x", &rules).0.is_none(), "another connection has its own budget");
        let (_, broken) = limits.admit("a", at(30), "GET /v1/users", &rules);
        let announced = SignedDuration::from_secs(10);
        let request = "GET /v1/users".to_owned();
        assert_eq!(broken, Some(Violation::TooEarly { at: at(30), until: at(60), announced, request }));
        assert!(limits.admit("a", at(60), "x", &rules).0.is_none());
    }

    #[test]
    fn the_workspace_has_a_limit_of_its_own() {
        let rules = NotionLimits { per_workspace: Some(1), ..NotionLimits::documented() };
        let mut limits = Limits::default();
        assert!(limits.admit("a", at(0), "x", &rules).0.is_none());
        assert_eq!(limits.admit("b", at(1), "x", &rules).0.unwrap().status, 429);
    }
}
