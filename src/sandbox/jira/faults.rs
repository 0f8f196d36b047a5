//! Faults on order: what the next requests to a route meet instead of an answer.

use jiff::SignedDuration;

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// `429` with `RateLimit-Reason: jira-burst-based`: this endpoint with this method waits.
    Burst {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// `429` with `RateLimit-Reason: jira-quota-based`: everything waits.
    Quota {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// `429` with `RateLimit-Reason: jira-per-issue-on-write`: writes to this issue wait.
    PerIssue {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// This status with an error page, before any work.
    Status(u16),
    /// `503` with `Retry-After`, before any work.
    Unavailable {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// No answer, ever; the connection stays open until the caller hangs up.
    Hang,
    /// The connection is cut before any work.
    CutBeforeWork,
    /// The work is done, then the connection is cut: the caller cannot know.
    DropReplyAfterWork,
}

#[derive(Debug)]
struct Order {
    method: Option<String>,
    path: Vec<String>,
    failure: Failure,
    left: u32,
}

/// The faults that are still on order.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Order>);

impl Faults {
    /// `pattern` is `METHOD /path` or only `/path`; `*` stands for one segment (or any method), `**` for the rest.
    pub(super) fn order(&mut self, pattern: &str, failure: Failure, times: u32) {
        let (method, path) = match pattern.split_once(' ') {
            Some((method, path)) => (Some(method).filter(|method| *method != "*"), path),
            None => (None, pattern),
        };
        let path = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        self.0.push(Order { method: method.map(str::to_uppercase), path, failure, left: times });
    }

    /// Forgets every order.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The failure that this request meets, if any; counts it.
    pub(super) fn next(&mut self, method: &str, segments: &[String]) -> Option<Failure> {
        let order = self.0.iter_mut().find(|order| order.matches(method, segments))?;
        order.left = order.left.saturating_sub(1);
        let failure = order.failure;
        self.0.retain(|order| order.left > 0);
        Some(failure)
    }
}

impl Order {
    fn matches(&self, method: &str, segments: &[String]) -> bool {
        if self.left == 0 || self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return false;
        }
        for (at, part) in self.path.iter().enumerate() {
            match (part.as_str(), segments.get(at)) {
                ("**", _) => return true,
                ("*", Some(_)) => {}
                (wanted, Some(is)) if wanted == is => {}
                _ => return false,
            }
        }
        self.path.len() == segments.len()
    }
}
