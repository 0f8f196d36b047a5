//! Jira's three rate limits, told apart by `RateLimit-Reason`:
//! <https://developer.atlassian.com/cloud/jira/platform/rate-limiting/>.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::faults::Failure;
use super::setup::JiraLimits;

/// A request as the limits see it.
#[derive(Debug, Clone)]
pub(super) struct Load {
    /// Method and path with its ids blotted out.
    pub endpoint: String,
    /// Whose budget it is, of OAuth callers only.
    pub app: Option<String>,
    /// The issue that it writes to.
    pub issue: Option<String>,
    pub now: Timestamp,
}

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Endpoint(String),
    All,
    Issue(String),
}

#[derive(Debug)]
struct Wait {
    scope: Scope,
    reason: &'static str,
    until: Timestamp,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub reason: &'static str,
    pub until: Timestamp,
    /// Whether its maker had been told to wait and did not.
    pub told: bool,
}

/// What the `X-RateLimit-*` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    pub limit: u32,
    pub remaining: u32,
}

/// The meters of all callers.
#[derive(Debug, Default)]
pub(super) struct Limits {
    bursts: HashMap<String, VecDeque<Timestamp>>,
    writes: HashMap<String, VecDeque<Timestamp>>,
    points: HashMap<String, (u32, Timestamp)>,
    waits: Vec<Wait>,
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// The window of writes to one issue.
const ISSUE_WINDOW: SignedDuration = SignedDuration::from_secs(2);

pub(super) const BURST: &str = "jira-burst-based";
pub(super) const QUOTA: &str = "jira-quota-based";
pub(super) const PER_ISSUE: &str = "jira-per-issue-on-write";

impl Limits {
    /// Whether a request may pass; counts it when it may.
    pub(super) fn admit(&mut self, load: &Load, rules: &JiraLimits) -> Result<(), Refused> {
        let now = load.now;
        self.waits.retain(|wait| wait.until > now);
        if let Some(wait) = self.waits.iter().find(|wait| wait.scope.covers(load)) {
            return Err(Refused { reason: wait.reason, until: wait.until, told: true });
        }
        let full = |times: &mut VecDeque<Timestamp>, window: SignedDuration, most: u32| {
            while times.front().is_some_and(|at| *at + window <= now) {
                times.pop_front();
            }
            let used = u32::try_from(times.len()).unwrap_or(u32::MAX);
            times.front().filter(|_| used >= most).map(|first| *first + window)
        };
        if let Some(most) = rules.burst_per_second {
            let times = self.bursts.entry(load.endpoint.clone()).or_default();
            if let Some(until) = full(times, SECOND, most) {
                return Err(self.wait(Scope::Endpoint(load.endpoint.clone()), BURST, until));
            }
            times.push_back(now);
        }
        if let (Some(most), Some(issue)) = (rules.writes_per_issue, &load.issue) {
            let times = self.writes.entry(issue.clone()).or_default();
            if let Some(until) = full(times, ISSUE_WINDOW, most) {
                return Err(self.wait(Scope::Issue(issue.clone()), PER_ISSUE, until));
            }
            times.push_back(now);
        }
        if let (Some(most), Some(app)) = (rules.points_per_hour, &load.app) {
            let (used, reset) = self.points.entry(app.clone()).or_insert((0, now + HOUR));
            if *reset <= now {
                (*used, *reset) = (0, now + HOUR);
            }
            let cost = 1 + u32::from(load.issue.is_some());
            if *used + cost > most {
                let until = *reset;
                return Err(self.wait(Scope::All, QUOTA, until));
            }
            *used += cost;
        }
        Ok(())
    }

    fn wait(&mut self, scope: Scope, reason: &'static str, until: Timestamp) -> Refused {
        self.waits.push(Wait { scope, reason, until });
        Refused { reason, until, told: false }
    }

    /// Opens a wait on order.
    pub(super) fn impose(&mut self, load: &Load, failure: Failure) -> Option<Refused> {
        let (scope, reason, wait) = match failure {
            Failure::Burst { retry_after } => (Scope::Endpoint(load.endpoint.clone()), BURST, retry_after),
            Failure::Quota { retry_after } => (Scope::All, QUOTA, retry_after),
            Failure::PerIssue { retry_after } => {
                (Scope::Issue(load.issue.clone().unwrap_or_default()), PER_ISSUE, retry_after)
            }
            _ => return None,
        };
        Some(self.wait(scope, reason, load.now + wait))
    }

    /// What is left, when a limit is set.
    pub(super) fn budget(&self, load: &Load, rules: &JiraLimits) -> Option<Budget> {
        if let (Some(limit), Some(app)) = (rules.points_per_hour, &load.app) {
            let used = self.points.get(app).map_or(0, |(used, _)| *used);
            return Some(Budget { limit, remaining: limit.saturating_sub(used) });
        }
        let limit = rules.burst_per_second?;
        let used = self.bursts.get(&load.endpoint).map_or(0, VecDeque::len);
        Some(Budget { limit, remaining: limit.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)) })
    }
}

impl Scope {
    fn covers(&self, load: &Load) -> bool {
        match self {
            Self::All => true,
            Self::Endpoint(endpoint) => *endpoint == load.endpoint,
            Self::Issue(issue) => load.issue.as_ref() == Some(issue),
        }
    }
}

/// Whole seconds until then, rounded up, at least one.
pub(super) fn seconds(now: Timestamp, until: Timestamp) -> i64 {
    let wait = until.duration_since(now);
    (wait.as_secs() + i64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(millis: i64, issue: Option<&str>) -> Load {
        let now = Timestamp::from_millisecond(millis).unwrap();
        Load { endpoint: "PUT /issue/*".to_owned(), app: Some("app".to_owned()), issue: issue.map(str::to_owned), now }
    }

    #[test]
    fn writes_to_one_issue_wait_and_those_to_another_do_not() {
        let rules = JiraLimits { writes_per_issue: Some(1), ..JiraLimits::default() };
        let mut limits = Limits::default();
        assert_eq!(limits.admit(&load(0, Some("1")), &rules), Ok(()));
        let refused = limits.admit(&load(500, Some("1")), &rules).unwrap_err();
        assert_eq!((refused.reason, seconds(load(500, None).now, refused.until), refused.told), (PER_ISSUE, 2, false));
        assert!(limits.admit(&load(600, Some("1")), &rules).unwrap_err().told);
        assert_eq!(limits.admit(&load(600, Some("2")), &rules), Ok(()));
        assert_eq!(limits.admit(&load(2000, Some("1")), &rules), Ok(()));
    }

    #[test]
    fn the_quota_is_of_the_hour_and_a_burst_of_the_second() {
        let rules = JiraLimits { points_per_hour: Some(3), burst_per_second: Some(1), ..JiraLimits::default() };
        let mut limits = Limits::default();
        assert_eq!(limits.admit(&load(0, None), &rules), Ok(()));
        assert_eq!(limits.admit(&load(1, None), &rules).unwrap_err().reason, BURST);
        assert_eq!(limits.admit(&load(1000, Some("1")), &rules), Ok(()));
        let refused = limits.admit(&load(2000, None), &rules).unwrap_err();
        assert_eq!((refused.reason, refused.until.as_second()), (QUOTA, 3600));
        assert_eq!(limits.admit(&load(3_600_000, None), &rules), Ok(()));
    }
}
