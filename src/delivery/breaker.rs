//! A breaker: after several failures in a row nothing is sent for a while, then one parcel tries whether it works again.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::model::Clock;

/// The breaker of one carrier, shared by its lanes.
#[derive(Debug)]
pub struct Breaker {
    clock: Clock,
    failures_to_open: u32,
    pause: SignedDuration,
    state: Mutex<State>,
    closed_again: Notify,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    Trying,
}

impl Breaker {
    /// A closed breaker that opens after so many failures in a row, for `pause` each time.
    #[must_use]
    pub fn new(clock: &Clock, failures_to_open: u32, pause: SignedDuration) -> Self {
        Self {
            clock: clock.clone(),
            failures_to_open: failures_to_open.max(1),
            pause,
            state: Mutex::new(State::Closed { failures: 0 }),
            closed_again: Notify::new(),
        }
    }

    /// Waits until this parcel may go: at once while closed; after the pause one parcel goes ahead and the others wait
    /// for what becomes of it.
    pub async fn pass(&self) {
        loop {
            let closed_again = self.closed_again.notified();
            let until = {
                let mut state = self.lock();
                match *state {
                    State::Closed { .. } => return,
                    State::Open { until } if until <= self.clock.now() => {
                        *state = State::Trying;
                        return;
                    }
                    State::Open { until } => Some(until),
                    State::Trying => None,
                }
            };
            match until {
                Some(until) => self.clock.sleep_until(until).await,
                None => closed_again.await,
            }
        }
    }

    /// Whether one more may go now, without waiting. After the pause one may, to see whether it works again.
    #[must_use]
    pub fn lets_through(&self) -> bool {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => true,
            State::Open { until } if until <= self.clock.now() => {
                *state = State::Trying;
                true
            }
            State::Open { .. } | State::Trying => false,
        }
    }

    /// The carrier answered, be it with a refusal: it is there.
    pub fn works(&self) {
        *self.lock() = State::Closed { failures: 0 };
        self.closed_again.notify_waiters();
    }

    /// The carrier did not answer. Says whether this opened the breaker.
    pub fn fails(&self) -> bool {
        let mut state = self.lock();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::Trying | State::Open { .. } => self.failures_to_open,
        };
        let opens = failures >= self.failures_to_open;
        *state = if opens {
            State::Open { until: self.clock.now().checked_add(self.pause).unwrap_or(Timestamp::MAX) }
        } else {
            State::Closed { failures }
        };
        drop(state);
        self.closed_again.notify_waiters();
        opens
    }

    /// Whether parcels have to wait.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(*self.lock(), State::Closed { .. })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_opens_after_failures_in_a_row_and_one_parcel_tries_again() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let breaker = std::sync::Arc::new(Breaker::new(&clock, 2, SignedDuration::from_secs(10)));
        assert!(!breaker.fails());
        breaker.works();
        assert!(!breaker.fails(), "an answer in between starts the count anew");
        assert!(breaker.fails());
        let waiting = |breaker: &std::sync::Arc<Breaker>| {
            let breaker = std::sync::Arc::clone(breaker);
            tokio::spawn(async move { breaker.pass().await })
        };
        let (first, second) = (waiting(&breaker), waiting(&breaker));
        tokio::task::yield_now().await;
        assert!(!first.is_finished() && !second.is_finished());
        clock.advance(SignedDuration::from_secs(10));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(first.is_finished() != second.is_finished(), "exactly one tries");
        breaker.works();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(first.is_finished() && second.is_finished());
        assert!(!breaker.is_open());
    }
}
