//! Rate limits, primary and secondary, for each token, as GitHub documents them:
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::faults::Failure;
use super::ledger::Violation;
use super::setup::RateLimits;

/// Which budget a request is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Core,
    Search,
    Graphql,
}

impl Resource {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::Graphql => "graphql",
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The budget is used up.
    Primary,
    /// Too much at once; seconds to wait when they are told.
    Secondary(Option<i64>),
}

/// What the `x-ratelimit-*` headers say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    pub limit: u32,
    pub used: u32,
    pub reset: Timestamp,
    pub resource: Resource,
}

impl Budget {
    pub(super) fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    fn json(&self) -> Value {
        json!({ "limit": self.limit, "used": self.used, "remaining": self.remaining(), "reset": self.reset.as_second() })
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u32,
    reset: Timestamp,
}

/// A wait that was announced.
#[derive(Debug, Clone, Copy)]
struct Wait {
    announced: Timestamp,
    until: Timestamp,
    refused: Refused,
    /// `None`: everything waits.
    resource: Option<Resource>,
}

#[derive(Debug, Default)]
struct Meter {
    core: Option<Window>,
    search: Option<Window>,
    graphql: Option<Window>,
    points: VecDeque<(Timestamp, u32)>,
    content: VecDeque<Timestamp>,
    waits: Vec<Wait>,
}

/// The meters of all callers.
#[derive(Debug, Default)]
pub(super) struct Limits {
    meters: HashMap<String, Meter>,
}

/// A request as the limits see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load<'a> {
    /// The token, or empty for a caller without one.
    pub key: &'a str,
    pub resource: Resource,
    pub writes: bool,
    /// Whether it creates something people are notified of.
    pub creates: bool,
    pub now: Timestamp,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl Limits {
    /// Whether a request may pass, and if not, why and whether its maker had been told before.
    pub(super) fn admit(&mut self, load: Load<'_>, limits: &RateLimits) -> (Option<Refused>, Option<Violation>) {
        let Load { now, resource, .. } = load;
        let meter = self.meters.entry(load.key.to_owned()).or_default();
        meter.waits.retain(|wait| wait.until > now);
        if let Some(wait) = meter.waits.iter().find(|wait| wait.resource.is_none_or(|only| only == resource)) {
            let announced = now.duration_since(wait.announced);
            let broken = Violation { at: now, until: wait.until, announced, request: String::new(), login: None };
            let refused = match wait.refused {
                Refused::Secondary(Some(_)) => Refused::Secondary(Some(whole_seconds(wait.until.duration_since(now)))),
                other => other,
            };
            return (Some(refused), Some(broken));
        }
        let budget = meter.budget(resource, now, load.key.is_empty(), limits);
        if budget.remaining() == 0 {
            meter.wait(now, budget.reset, Refused::Primary, Some(resource));
            return (Some(Refused::Primary), None);
        }
        if let Some(wait) = meter.too_much(load, limits) {
            let refused = Refused::Secondary(Some(whole_seconds(wait)));
            meter.wait(now, now + wait, refused, None);
            return (Some(refused), None);
        }
        (None, None)
    }

    /// Counts a request that passed. An answer `304 Not Modified` costs nothing and is not counted.
    pub(super) fn count(&mut self, load: Load<'_>, limits: &RateLimits) {
        let meter = self.meters.entry(load.key.to_owned()).or_default();
        let window = meter.window(load.resource, load.now);
        window.used = window.used.saturating_add(1);
        if limits.points_per_minute.is_some() {
            meter.points.push_back((load.now, load.points()));
        }
        if load.creates && (limits.content_per_minute.is_some() || limits.content_per_hour.is_some()) {
            meter.content.push_back(load.now);
        }
    }

    /// Opens a back-off window on order.
    pub(super) fn impose(&mut self, load: Load<'_>, failure: Failure, limits: &RateLimits) -> Option<Refused> {
        let meter = self.meters.entry(load.key.to_owned()).or_default();
        let (wait, refused, resource) = match failure {
            Failure::Primary { reset_in } => {
                let limit = meter.budget(load.resource, load.now, load.key.is_empty(), limits).limit;
                *meter.window(load.resource, load.now) = Window { used: limit, reset: load.now + reset_in };
                (reset_in, Refused::Primary, Some(load.resource))
            }
            Failure::Secondary { retry_after } => {
                (retry_after, Refused::Secondary(Some(whole_seconds(retry_after))), None)
            }
            Failure::SecondaryNoHeader => (MINUTE, Refused::Secondary(None), None),
            _ => return None,
        };
        meter.wait(load.now, load.now + wait, refused, resource);
        Some(refused)
    }

    /// What the headers say.
    pub(super) fn budget(&mut self, load: Load<'_>, limits: &RateLimits) -> Budget {
        self.meters.entry(load.key.to_owned()).or_default().budget(load.resource, load.now, load.key.is_empty(), limits)
    }

    /// The body of `GET /rate_limit`.
    pub(super) fn overview(&mut self, load: Load<'_>, limits: &RateLimits) -> Value {
        let mut of = |resource| self.budget(Load { resource, ..load }, limits).json();
        let core = of(Resource::Core);
        json!({ "resources": { "core": core, "search": of(Resource::Search), "graphql": of(Resource::Graphql) }, "rate": core })
    }
}

impl Load<'_> {
    const fn points(&self) -> u32 {
        if self.writes { 5 } else { 1 }
    }
}

impl Meter {
    fn wait(&mut self, announced: Timestamp, until: Timestamp, refused: Refused, resource: Option<Resource>) {
        self.waits.push(Wait { announced, until, refused, resource });
    }

    fn window(&mut self, resource: Resource, now: Timestamp) -> &mut Window {
        let (slot, length) = match resource {
            Resource::Core => (&mut self.core, HOUR),
            Resource::Search => (&mut self.search, MINUTE),
            Resource::Graphql => (&mut self.graphql, HOUR),
        };
        let window = slot.get_or_insert(Window { used: 0, reset: now + length });
        if window.reset <= now {
            *window = Window { used: 0, reset: now + length };
        }
        window
    }

    fn budget(&mut self, resource: Resource, now: Timestamp, anonymous: bool, limits: &RateLimits) -> Budget {
        let limit = match (resource, anonymous) {
            (Resource::Core | Resource::Graphql, false) => limits.core_per_hour,
            (Resource::Core | Resource::Graphql, true) => limits.anonymous_per_hour,
            (Resource::Search, _) => limits.search_per_minute,
        };
        let window = *self.window(resource, now);
        Budget { limit, used: window.used.min(limit), reset: window.reset, resource }
    }

    /// How long to wait because of a secondary limit, if one is reached.
    fn too_much(&mut self, load: Load<'_>, limits: &RateLimits) -> Option<SignedDuration> {
        let now = load.now;
        while self.points.front().is_some_and(|(at, _)| *at + MINUTE <= now) {
            self.points.pop_front();
        }
        while self.content.front().is_some_and(|at| *at + HOUR <= now) {
            self.content.pop_front();
        }
        let points: u32 = self.points.iter().map(|(_, points)| points).sum();
        if let (Some(most), Some((first, _))) = (limits.points_per_minute, self.points.front())
            && points + load.points() > most
        {
            return Some((*first + MINUTE).duration_since(now));
        }
        if !load.creates {
            return None;
        }
        let recent = |length: SignedDuration| self.content.iter().filter(move |at| **at + length > now);
        for (most, length) in [(limits.content_per_minute, MINUTE), (limits.content_per_hour, HOUR)] {
            let Some(most) = most else { continue };
            let used = recent(length).count();
            if let Some(first) = recent(length).next()
                && u32::try_from(used).unwrap_or(u32::MAX) >= most
            {
                return Some((*first + length).duration_since(now));
            }
        }
        None
    }
}

/// Whole seconds, rounded up, at least one.
fn whole_seconds(wait: SignedDuration) -> i64 {
    (wait.as_secs() + i64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(seconds: i64, creates: bool) -> Load<'static> {
        let now = Timestamp::from_second(seconds).unwrap();
        Load { key: "token", resource: Resource::Core, writes: creates, creates, now }
    }

    #[test]
    fn the_primary_limit_refuses_until_its_reset_and_notices_who_comes_back_too_early() {
        let rules = RateLimits { core_per_hour: 1, ..RateLimits::off() };
        let mut limits = Limits::default();
        assert_eq!(limits.admit(load(0, false), &rules).0, None);
        limits.count(load(0, false), &rules);
        assert_eq!(limits.admit(load(1, false), &rules), (Some(Refused::Primary), None));
        let (refused, broken) = limits.admit(load(2, false), &rules);
        assert_eq!(refused, Some(Refused::Primary));
        assert_eq!(broken.unwrap().announced, SignedDuration::from_secs(1));
        assert_eq!(limits.admit(load(3600, false), &rules), (None, None));
    }

    #[test]
    fn creating_too_much_in_a_minute_meets_the_secondary_limit() {
        let rules = RateLimits { content_per_minute: Some(2), ..RateLimits::off() };
        let mut limits = Limits::default();
        for second in [0, 10] {
            assert_eq!(limits.admit(load(second, true), &rules).0, None);
            limits.count(load(second, true), &rules);
        }
        assert_eq!(limits.admit(load(20, true), &rules).0, Some(Refused::Secondary(Some(40))));
        assert_eq!(limits.admit(load(60, true), &rules).0, None);
    }

    #[test]
    fn an_imposed_search_limit_leaves_the_rest_alone() {
        let rules = RateLimits::default();
        let mut limits = Limits::default();
        let search = Load { resource: Resource::Search, ..load(0, false) };
        let reset_in = SignedDuration::from_secs(30);
        assert_eq!(limits.impose(search, Failure::Primary { reset_in }, &rules), Some(Refused::Primary));
        assert_eq!(limits.admit(load(1, false), &rules), (None, None));
        assert!(limits.admit(Load { now: Timestamp::from_second(1).unwrap(), ..search }, &rules).1.is_some());
    }
}
