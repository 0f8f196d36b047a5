//! Faults that tests ask for: the next calls of a route fail in a chosen way.
//!
//! The web layer takes them; they know nothing of the guilds.

use wildmatch::WildMatch;

/// Whose limit a 429 tells of (`X-RateLimit-Scope`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    /// This bot on this route.
    User,
    /// This bot on every route.
    Global,
    /// The resource, for everyone together; such a 429 is no invalid request.
    Shared,
}

/// How a call fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// 429; calls inside its window are violations.
    RateLimited {
        /// Seconds to wait.
        retry_after: f64,
        /// What the window covers.
        scope: LimitScope,
    },
    /// This HTTP status with a body that is no JSON, as a proxy in front of Discord would send.
    Status(u16),
    /// No answer, until the caller gives up.
    Hang,
    /// The connection closes before anything was done.
    CutBeforeWork,
    /// The work is done, but the connection closes before the answer.
    DropReplyAfterWork,
    /// This HTTP status with this JSON error code and message.
    Refused(u16, u64, String),
}

/// Faults still to come, in the order they were planned.
#[derive(Debug, Default)]
pub(super) struct Faults {
    planned: Vec<(WildMatch, Failure, u32)>,
}

impl Faults {
    pub(super) fn plan(&mut self, route: &str, failure: Failure, times: u32) {
        if times > 0 {
            self.planned.push((WildMatch::new(route), failure, times));
        }
    }

    /// The fault for this call: `VERB /path`.
    pub(super) fn take(&mut self, call: &str) -> Option<Failure> {
        let at = self.planned.iter().position(|(route, _, _)| route.matches(call))?;
        let (_, failure, left) = &mut self.planned[at];
        let failure = failure.clone();
        *left -= 1;
        if *left == 0 {
            self.planned.remove(at);
        }
        Some(failure)
    }
}
