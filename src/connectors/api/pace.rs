//! A steady pace of our own, where a vendor names one: so many at once, so many a second after that.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::model::Clock;

/// A pace: `burst` calls at once, and one more every `every`.
#[derive(Debug)]
pub(crate) struct Pace {
    every: SignedDuration,
    burst: i32,
    /// When the next call would be due if they all kept the pace (the theoretical arrival time of the generic cell rate
    /// algorithm).
    due: Mutex<Option<Timestamp>>,
}

impl Pace {
    /// The pace of `burst` calls at once, and one more every `every`.
    pub(crate) fn new(burst: i32, every: SignedDuration) -> Self {
        Self { every, burst, due: Mutex::new(None) }
    }

    /// Waits until one more call keeps the pace.
    pub(crate) async fn keep(&self, clock: &Clock) {
        let until = self.next(clock.now());
        clock.sleep_until(until).await;
    }

    /// From when on the next call may be made; it counts as made.
    fn next(&self, now: Timestamp) -> Timestamp {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let slack = self.every.saturating_mul(self.burst.saturating_sub(1));
        let this = due.unwrap_or(now).max(now);
        *due = this.checked_add(self.every).ok();
        this.checked_sub(slack).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_the_pace_is_kept() {
        let pace = Pace::new(3, SignedDuration::from_secs(1));
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let starts: Vec<i64> = (0..6).map(|_| pace.next(at(100)).as_second()).collect();
        assert_eq!(starts, [100, 100, 100, 101, 102, 103]);
        assert_eq!(pace.next(at(104)).as_second(), 104);
        assert_eq!((0..4).map(|_| pace.next(at(200)).as_second()).collect::<Vec<_>>(), [200, 200, 200, 201]);
    }
}
