//! Limits are kept: a steady pace of our own, and the windows in which a vendor said "wait", restart or not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{NotUntil, RateLimiter};
use jiff::{SignedDuration, Timestamp};

use super::tables::{Window, Windows};
use super::{Quota, Toll};
use crate::model::{Clock, Fault};
use crate::store::Store;

type Pace = RateLimiter<String, DefaultKeyedStateStore<String>, PaceClock, NoOpMiddleware<Nanos>>;

/// All limiters. One a process.
pub struct Limits {
    clock: Clock,
    store: Store,
    start: Timestamp,
    closed: Mutex<HashMap<String, Timestamp>>,
    paces: Mutex<HashMap<(u32, u32), Arc<Pace>>>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

impl Limits {
    /// The limits, with the windows that were closed before the last stop.
    ///
    /// # Errors
    /// The store failed.
    pub fn open(store: &Store, clock: &Clock) -> Result<Self, Fault> {
        let closed = store.scan::<Windows>(None, usize::MAX)?;
        Ok(Self {
            clock: clock.clone(),
            store: store.clone(),
            start: clock.now(),
            closed: Mutex::new(closed.into_iter().map(|(key, window)| (key, window.until)).collect()),
            paces: Mutex::default(),
        })
    }

    /// Waits until every one of the limiters lets one more through.
    pub async fn pay(&self, tolls: &[Toll]) {
        loop {
            let now = self.clock.now();
            let closed = tolls.iter().filter_map(|toll| self.closed_until(&toll.key)).max();
            if let Some(until) = closed.filter(|until| *until > now) {
                self.clock.sleep_until(until).await;
                continue;
            }
            match tolls.iter().find_map(|toll| self.pace(toll)) {
                Some(until) => self.clock.sleep_until(until).await,
                None => return,
            }
        }
    }

    /// Until when a vendor closed this limiter.
    #[must_use]
    pub fn closed_until(&self, key: &str) -> Option<Timestamp> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// Closes a limiter until the time the vendor named. On disk when it resolves, so that a restart keeps it.
    ///
    /// # Errors
    /// The store failed; the window is closed in memory all the same.
    pub async fn close(&self, key: &str, until: Timestamp) -> Result<(), Fault> {
        let until = {
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            let window = closed.entry(key.to_owned()).or_insert(until);
            *window = until.max(*window);
            *window
        };
        let key = key.to_owned();
        self.store.write(move |tx| tx.put_until::<Windows>(&key, &Window { until }, until)).await
    }

    /// Takes one from the pace; when it is used up, says when to come again.
    fn pace(&self, toll: &Toll) -> Option<Timestamp> {
        let Quota { per_minute, burst } = toll.quota?;
        let pace = {
            let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
            let pace = paces.entry((per_minute, burst)).or_insert_with(|| Arc::new(self.new_pace(per_minute, burst)));
            Arc::clone(pace)
        };
        // Keys that are back at their full burst hold no information.
        if pace.len() > 10_000 {
            pace.retain_recent();
        }
        let now = PaceClock { clock: self.clock.clone(), start: self.start }.now();
        let refused: NotUntil<Nanos> = pace.check_key(&toll.key).err()?;
        let wait = SignedDuration::try_from(refused.wait_time_from(now)).unwrap_or(SignedDuration::ZERO);
        Some(self.clock.now().checked_add(wait.max(SignedDuration::from_millis(1))).unwrap_or(Timestamp::MAX))
    }

    fn new_pace(&self, per_minute: u32, burst: u32) -> Pace {
        let one = std::num::NonZeroU32::MIN;
        let quota = governor::Quota::per_minute(std::num::NonZeroU32::new(per_minute).unwrap_or(one))
            .allow_burst(std::num::NonZeroU32::new(burst).unwrap_or(one));
        RateLimiter::new(
            quota,
            DefaultKeyedStateStore::default(),
            PaceClock { clock: self.clock.clone(), start: self.start },
        )
    }
}

/// Our clock, as the pace keeper wants it: time since the start.
#[derive(Debug, Clone)]
struct PaceClock {
    clock: Clock,
    start: Timestamp,
}

impl GovernorClock for PaceClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let passed = self.clock.now().duration_since(self.start).max(SignedDuration::ZERO);
        // A day ahead, because the pace keeper looks back by a burst and counts without a sign.
        Nanos::from(passed.unsigned_abs() + std::time::Duration::from_hours(24))
    }
}
