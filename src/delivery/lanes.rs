//! The lanes: each takes the deliveries of one destination, one after the other, oldest first.
//!
//! A lane lives in memory only while it holds something; what it holds are row numbers, so that a long backlog costs
//! little. A slow or throttled destination delays nobody but itself.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::breaker::Breaker;
use super::tables::Outbox;
use super::{Carrier, DeliveryConfig, Limits, PlaceWatch};
use crate::model::{Clock, Fault, Metric, People, gauge};
use crate::store::Store;

/// The lanes of all carriers. Clones share them.
#[derive(Clone)]
pub struct Lanes(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) config: DeliveryConfig,
    pub(super) limits: Arc<Limits>,
    pub(super) ways: HashMap<String, Arc<dyn Carrier>>,
    pub(super) watch: Arc<dyn PlaceWatch>,
    people: RwLock<Arc<People>>,
    breakers: Mutex<HashMap<String, Arc<Breaker>>>,
    waiting: Mutex<Waiting>,
    /// The newest row that an earlier run of the program left.
    left: u64,
    pub(super) stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Waiting {
    lanes: HashMap<String, VecDeque<u64>>,
    /// Heads of lanes that an earlier run of the program may have sent without recording it.
    unclear: HashSet<u64>,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes").field("carriers", &self.0.ways.keys()).finish_non_exhaustive()
    }
}

impl Lanes {
    /// Lanes over these carriers, by the platform's name or `webhook`.
    ///
    /// # Errors
    /// The store failed.
    pub fn new(
        store: &Store,
        clock: &Clock,
        config: &DeliveryConfig,
        limits: Arc<Limits>,
        carriers: HashMap<String, Arc<dyn Carrier>>,
        watch: Arc<dyn PlaceWatch>,
    ) -> Result<Self, Fault> {
        Ok(Self(Arc::new(Inner {
            store: store.clone(),
            clock: clock.clone(),
            config: config.clone(),
            limits,
            ways: carriers,
            watch,
            people: RwLock::default(),
            breakers: Mutex::default(),
            waiting: Mutex::default(),
            left: store.last::<Outbox>(1)?.first().map_or(0, |(number, _)| *number),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })))
    }

    /// Takes over who is who, for mentions.
    pub fn set_people(&self, people: Arc<People>) {
        *self.0.people.write().unwrap_or_else(PoisonError::into_inner) = people;
    }

    /// Takes up what waits and all that is staged from now on; returns when stopped.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(&self) -> Result<(), Fault> {
        let mut staged = self.0.store.watch::<Outbox>();
        let mut newest = 0;
        let mut from: Option<u64> = None;
        loop {
            // In steps, so that a long backlog is never in memory at once.
            let rows = self.0.store.scan::<Outbox>(from.as_ref(), 1_000)?;
            let Some(last) = rows.last().map(|(number, _)| *number) else { break };
            for (number, delivery) in rows {
                self.enter(number, &delivery.lane);
            }
            newest = last;
            from = Some(last + 1);
        }
        loop {
            let number = tokio::select! {
                () = self.0.stop.cancelled() => return Ok(()),
                number = staged.recv() => number,
            };
            // The store is closed only after the lanes have stopped.
            let Some(number) = number else { return Ok(()) };
            if number > newest
                && let Some(delivery) = self.0.store.get::<Outbox>(&number)?
            {
                self.enter(number, &delivery.lane);
            }
        }
    }

    /// Starts nothing new, and resolves when what is under way has ended.
    pub async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// How many lanes hold something.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.0.lock().lanes.len()
    }

    /// The carriers and outgoing webhooks whose breaker is open.
    #[must_use]
    pub fn broken(&self) -> Vec<String> {
        let breakers = self.0.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        breakers.iter().filter(|(_, breaker)| breaker.is_open()).map(|(name, _)| name.clone()).collect()
    }

    fn enter(&self, number: u64, lane: &str) {
        let mut waiting = self.0.lock();
        if let Some(queue) = waiting.lanes.get_mut(lane) {
            queue.push_back(number);
            return;
        }
        // Of what an earlier run left, only the head of a lane can have been under way when it ended.
        if number <= self.0.left {
            waiting.unclear.insert(number);
        }
        waiting.lanes.insert(lane.to_owned(), VecDeque::from([number]));
        drop(waiting);
        let (inner, lane) = (Arc::clone(&self.0), lane.to_owned());
        self.0.tasks.spawn(async move { inner.drain(&lane).await });
    }
}

impl Inner {
    /// Who is who now.
    pub(super) fn people(&self) -> Arc<People> {
        Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn drain(&self, lane: &str) {
        while let Some((number, unclear)) = self.head(lane) {
            if self.stop.is_cancelled() {
                return;
            }
            let ended = match self.work_off(number, unclear).await {
                // The store is well and it is this one delivery that it does not take.
                Err(fault) if self.store.health().is_ok() => self.give_up(number, fault).await.map(|()| true),
                ended => ended,
            };
            match ended {
                Ok(true) => self.shift(lane),
                Ok(false) => return,
                Err(fault) => {
                    // The store does not take the record: stop here, the next start takes the lane up again.
                    tracing::error!(lane, %fault, "a lane stops because its progress cannot be recorded");
                    return;
                }
            }
        }
    }

    /// The number at the head; removes the lane when it is empty.
    fn head(&self, lane: &str) -> Option<(u64, bool)> {
        let mut waiting = self.lock();
        let head = waiting.lanes.get(lane).and_then(|queue| queue.front().copied());
        match head {
            Some(number) => Some((number, waiting.unclear.remove(&number))),
            None => {
                waiting.lanes.remove(lane);
                None
            }
        }
    }

    fn shift(&self, lane: &str) {
        if let Some(queue) = self.lock().lanes.get_mut(lane) {
            queue.pop_front();
        }
        gauge(Metric::OutboxRows, count_as_f64(self.store.count::<Outbox>()), &[]);
    }

    /// The breaker of this name, made when it is first asked for.
    pub(super) fn breaker(&self, name: &str) -> Arc<Breaker> {
        let mut breakers = self.breakers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Breaker::new(&self.clock, self.config.breaker_failures, self.config.breaker_pause));
        Arc::clone(breakers.entry(name.to_owned()).or_insert_with(new))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge; nobody counts past 2^53 rows")]
fn count_as_f64(count: u64) -> f64 {
    count as f64
}
