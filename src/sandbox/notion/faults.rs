//! Faults on order: what the next requests to a route meet instead of an answer.

use jiff::SignedDuration;

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// `429 rate_limited` with `Retry-After`, and refusals until then.
    RateLimited {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// `529 service_overload` with `Retry-After`, and refusals until then.
    Overloaded {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// `409 conflict_error`, before any work.
    Conflict,
    /// This status with Notion's body for it, before any work.
    Status(u16),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn a_pattern_matches_its_route_only_and_runs_out() {
        let mut faults = Faults::default();
        faults.order("POST /v1/blocks/*/children", Failure::Hang, 2);
        assert_eq!(faults.next("GET", &segments("/v1/blocks/a/children")), None);
        assert_eq!(faults.next("POST", &segments("/v1/blocks/a/children/b")), None);
        assert_eq!(faults.next("POST", &segments("/v1/blocks/a/children")), Some(Failure::Hang));
        assert_eq!(faults.next("POST", &segments("/v1/blocks/a/children")), Some(Failure::Hang));
        assert_eq!(faults.next("POST", &segments("/v1/blocks/a/children")), None);
    }

    #[test]
    fn two_stars_stand_for_the_rest() {
        let mut faults = Faults::default();
        faults.order("/v1/pages/**", Failure::Status(502), 1);
        assert_eq!(faults.next("DELETE", &segments("/v1/pages/a/properties/b")), Some(Failure::Status(502)));
    }
}
