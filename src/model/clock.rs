//! The one source of time. Production reads the machine's clock; tests move theirs by hand.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Tells the time and waits for it. Cheap to clone; clones of a manual clock move together.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<ManualClock>>);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> Self {
        Self(Some(Arc::new(ManualClock { now: watch::Sender::new(start) })))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            None => Timestamp::now(),
            Some(manual) => *manual.now.borrow(),
        }
    }

    /// Moves a manual clock forward and wakes who waited for that time. The machine's clock does not move.
    pub fn advance(&self, by: SignedDuration) {
        if let Some(manual) = &self.0 {
            manual.now.send_modify(|now| *now = now.checked_add(by).unwrap_or(Timestamp::MAX));
        }
    }

    /// Waits until the clock shows `when` or later; returns at once when it already does.
    pub async fn sleep_until(&self, when: Timestamp) {
        match &self.0 {
            None => {
                // In steps, so that a machine clock that is set forward is noticed.
                loop {
                    let left = when.duration_since(Timestamp::now());
                    if left <= SignedDuration::ZERO {
                        return;
                    }
                    tokio::time::sleep(left.min(SignedDuration::from_secs(30)).unsigned_abs()).await;
                }
            }
            Some(manual) => {
                let mut now = manual.now.subscribe();
                // The sender lives as long as `self`, so waiting cannot fail.
                let _ = now.wait_for(|now| *now >= when).await;
            }
        }
    }

    /// Waits for `span` to pass on this clock.
    pub async fn sleep(&self, span: SignedDuration) {
        self.sleep_until(self.now().checked_add(span).unwrap_or(Timestamp::MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_only_when_moved_far_enough() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(SignedDuration::from_secs(60)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(SignedDuration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(SignedDuration::from_secs(1));
        assert!(sleeper.await.is_ok());
    }
}
