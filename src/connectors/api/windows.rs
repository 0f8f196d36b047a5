//! A vendor's back-off windows, remembered: inside one, nobody is called.
//!
//! In memory only; the windows that must outlive a restart are kept by who dispatches.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::delivery::retry_after;

/// What a secondary limit covers: everything.
pub(crate) const EVERYTHING: &str = "everything";

/// The least wait where the vendor names none (GitHub's, <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>).
pub(crate) const LEAST_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// The longest wait where the vendor names none.
const MOST_WAIT: SignedDuration = SignedDuration::from_secs(15 * 60);

/// A wait that a vendor asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    /// Not before then.
    pub(crate) until: Timestamp,
    /// What it covers: a budget such as `core` or `search`, or [`EVERYTHING`].
    pub(crate) covers: String,
    /// Whether the vendor named the time; otherwise it grows with every refusal.
    pub(crate) named: bool,
}

/// The open windows.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    until: HashMap<String, Timestamp>,
    /// How often in a row the vendor refused without naming a time.
    unnamed: u32,
}

impl Windows {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when calls on `resource` must wait.
    pub(crate) fn closed_until(&self, resource: &str, now: Timestamp) -> Option<Timestamp> {
        let mut state = self.state();
        state.until.retain(|_, until| *until > now);
        state.until.get(resource).into_iter().chain(state.until.get(EVERYTHING)).max().copied()
    }

    /// Remembers a wait, and says until when it is: each unnamed one in a row is twice as long.
    pub(crate) fn close(&self, wait: &Wait, now: Timestamp) -> Timestamp {
        let mut state = self.state();
        let mut until = wait.until;
        if wait.named {
            state.unnamed = 0;
        } else {
            let doubled =
                LEAST_WAIT.saturating_mul(1_i32.checked_shl(state.unnamed.min(8)).unwrap_or(1)).min(MOST_WAIT);
            until = until.max(now.checked_add(doubled).unwrap_or(Timestamp::MAX));
            state.unnamed = state.unnamed.saturating_add(1);
        }
        let entry = state.until.entry(wait.covers.clone()).or_insert(until);
        *entry = (*entry).max(until);
        until
    }

    /// Notes an answer that was no refusal.
    pub(super) fn relax(&self) {
        self.state().unnamed = 0;
    }
}

/// The wait that a refusal's headers ask for, `Retry-After` or those of GitHub's kind; `None`: they ask for none.
pub(crate) fn asked_wait(headers: &HeaderMap, resource: &str, now: Timestamp) -> Option<Wait> {
    if let Some(until) = retry_after::header(headers, now) {
        let until = at_least_a_moment(until, now);
        return Some(Wait { until, covers: EVERYTHING.to_owned(), named: true });
    }
    let until = spent_until(headers, now)?;
    let covers = text(headers, "x-ratelimit-resource").unwrap_or(resource).to_owned();
    Some(Wait { until, covers, named: true })
}

/// Until when the budget is spent, where the headers of GitHub's kind say that nothing remains of it.
pub(crate) fn spent_until(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    if text(headers, "x-ratelimit-remaining")? != "0" {
        return None;
    }
    let reset = text(headers, "x-ratelimit-reset")?.parse().ok().and_then(|at| Timestamp::from_second(at).ok())?;
    Some(at_least_a_moment(reset, now))
}

/// Our clock may be ahead of theirs; a moment's wait is still a wait.
fn at_least_a_moment(until: Timestamp, now: Timestamp) -> Timestamp {
    until.max(now.checked_add(SignedDuration::from_secs(1)).unwrap_or(now))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_what_is_covered_waits_and_only_so_long() {
        let windows = Windows::default();
        let wait = Wait { until: at(100), covers: "search".to_owned(), named: true };
        assert_eq!(windows.close(&wait, at(0)), at(100));
        assert_eq!(windows.closed_until("search", at(99)), Some(at(100)));
        assert_eq!(windows.closed_until("core", at(99)), None);
        assert_eq!(windows.closed_until("search", at(100)), None);
        windows.close(&Wait { covers: EVERYTHING.to_owned(), ..wait }, at(0));
        assert_eq!(windows.closed_until("core", at(50)), Some(at(100)));
    }

    #[test]
    fn unnamed_waits_double_until_an_answer_comes() {
        let windows = Windows::default();
        let wait = |now| Wait { until: at(now), covers: EVERYTHING.to_owned(), named: false };
        assert_eq!(windows.close(&wait(0), at(0)), at(60));
        assert_eq!(windows.close(&wait(60), at(60)), at(180));
        assert_eq!(windows.close(&wait(180), at(180)), at(420));
        for _ in 0..20 {
            windows.close(&wait(1000), at(1000));
        }
        assert_eq!(windows.close(&wait(1000), at(1000)), at(1900), "never more than a quarter of an hour");
        windows.relax();
        assert_eq!(windows.close(&wait(2000), at(2000)), at(2060));
    }

    #[test]
    fn headers_are_read_as_github_documents_them() {
        let wait = |pairs| asked_wait(&headers(pairs), "core", at(1000)).map(|wait| (wait.until, wait.covers));
        assert_eq!(wait(&[("retry-after", "30")]), Some((at(1030), EVERYTHING.to_owned())));
        assert_eq!(
            wait(&[("retry-after", "Thu, 1 Jan 1970 00:20:00 GMT"), ("x-ratelimit-remaining", "0")]),
            Some((at(1200), EVERYTHING.to_owned()))
        );
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1500"), ("x-ratelimit-resource", "search")];
        assert_eq!(wait(&spent), Some((at(1500), "search".to_owned())));
        assert_eq!(
            wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")]),
            Some((at(1001), "core".to_owned()))
        );
        assert_eq!(wait(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "1500")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
    }
}
