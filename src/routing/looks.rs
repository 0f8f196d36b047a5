//! Making the looks: what webhooks only hinted at is read back at the vendor, a few at a time, and told in the transaction
//! that removes the look. A look that waits is a row, so that a restart loses none.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::look::{LookRow, LookRows, Looked, Looker, Seen};
use super::{Notice, Router};
use crate::delivery::{Limits, jitter, moves, subjects};
use crate::model::{Clock, Event, Fault, FaultKind};
use crate::store::{Store, Tx};

/// How many looks are made together at one service.
const TOGETHER: usize = 4;
/// How long one look may take.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// The first pause after a failure; each further one is three times as long.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest pause between two tries.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(30);
/// How long a service may fail before its signals are told as they came.
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);

/// Service and the connector's own key.
type Id = (String, String);

/// Makes the looks.
pub struct Looks {
    store: Store,
    clock: Clock,
    router: Router,
    limits: Arc<Limits>,
    lookers: HashMap<String, Arc<dyn Looker>>,
}

impl std::fmt::Debug for Looks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looks").field("lookers", &self.lookers.keys()).finish_non_exhaustive()
    }
}

/// The looks of one service: those that wait, in the order of their time, and those that are being made.
#[derive(Default)]
struct Queue {
    due: HashMap<String, Timestamp>,
    order: BTreeSet<(Timestamp, String)>,
    busy: HashSet<String>,
}

impl Queue {
    /// The look is to be made then. One that is being made is asked again when it ends.
    fn wait(&mut self, key: String, due: Timestamp) {
        if self.busy.contains(&key) {
            return;
        }
        if let Some(before) = self.due.insert(key.clone(), due) {
            self.order.remove(&(before, key.clone()));
        }
        self.order.insert((due, key));
    }

    /// Takes the next one that may be made.
    fn take(&mut self, now: Timestamp) -> Option<String> {
        if self.busy.len() >= TOGETHER || self.order.first().is_none_or(|(due, _)| *due > now) {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.due.remove(&key);
        self.busy.insert(key.clone());
        Some(key)
    }

    /// When there is something to do.
    fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(due, _)| *due).filter(|_| self.busy.len() < TOGETHER)
    }
}

/// The limiter that a service's looks share with its calls.
fn limiter(service: &str) -> String {
    format!("calls/{service}")
}

impl Looks {
    /// Looks at these services, by name.
    #[must_use]
    pub fn new(
        store: &Store,
        clock: &Clock,
        router: &Router,
        limits: Arc<Limits>,
        lookers: HashMap<String, Arc<dyn Looker>>,
    ) -> Self {
        Self { store: store.clone(), clock: clock.clone(), router: router.clone(), limits, lookers }
    }

    /// Makes the looks that wait and all that are entered from now on; returns when stopped. What is being read then is
    /// left, and read again at the next start.
    ///
    /// # Errors
    /// The store failed; what was not made stays.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), Fault> {
        let mut entered = self.store.watch::<LookRows>();
        let mut queues: HashMap<String, Queue> = HashMap::new();
        for ((service, key), row) in self.store.scan::<LookRows>(None, usize::MAX)? {
            queues.entry(service).or_default().wait(key, row.due);
        }
        let mut under_way = FuturesUnordered::new();
        loop {
            let now = self.clock.now();
            let mut next: Option<Timestamp> = None;
            for (service, queue) in &mut queues {
                let closed = self.limits.closed_until(&limiter(service)).unwrap_or(Timestamp::MIN);
                while closed <= now
                    && let Some(key) = queue.take(now)
                {
                    under_way.push(self.make((service.clone(), key), stop));
                }
                let then = queue.next().map(|due| due.max(closed));
                next = next.into_iter().chain(then).min();
            }
            let due = async {
                match next {
                    Some(due) => self.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some((id, made)) = under_way.next() => {
                    made?;
                    let (service, key) = id;
                    let queue = queues.entry(service.clone()).or_default();
                    queue.busy.remove(&key);
                    if let Some(row) = self.store.get::<LookRows>(&(service, key.clone()))? {
                        queue.wait(key, row.due);
                    }
                }
                id = entered.recv() => {
                    // The store is closed only after the workers have stopped.
                    let Some(id) = id else { break };
                    if let Some(row) = self.store.get::<LookRows>(&id)? {
                        queues.entry(id.0).or_default().wait(id.1, row.due);
                    }
                }
                () = due => {}
            }
        }
        while let Some((_, made)) = under_way.next().await {
            made?;
        }
        Ok(())
    }

    async fn make(&self, id: Id, stop: &CancellationToken) -> (Id, Result<(), Fault>) {
        let made = self.try_once(&id, stop).await;
        (id, made)
    }

    async fn try_once(&self, id: &Id, stop: &CancellationToken) -> Result<(), Fault> {
        let Some(row) = self.store.get::<LookRows>(id)? else { return Ok(()) };
        if row.looked.events.is_empty() && !self.is_shown(&row.looked)? {
            return self.end(id, row, Vec::new()).await;
        }
        let seen = match self.lookers.get(&id.0) {
            None => Err(Fault::not_found(format!("There is no integration `{}` any more.", id.0))),
            Some(looker) => tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                seen = looker.look(&row.looked) => seen,
                () = self.clock.sleep(PATIENCE) => Err(Fault::unavailable("The service took too long to answer.")),
            },
        };
        let fault = match seen {
            Ok(seen) => return self.end(id, row, seen).await,
            Err(fault) => fault,
        };
        let (service, key) = id;
        match fault.kind {
            FaultKind::RateLimited { until } => {
                // A vendor whose clock is behind ours must not be asked without a pause.
                let soon = self.clock.now().checked_add(PAUSE).unwrap_or(Timestamp::MAX);
                self.limits.close(&limiter(service), until.max(soon)).await
            }
            FaultKind::Unavailable | FaultKind::Unknown | FaultKind::Misconfigured if !self.is_over(&row) => {
                tracing::info!(service, key, %fault, failures = row.failures + 1, "a look failed; it is made again");
                self.again(id).await
            }
            _ => {
                tracing::warn!(service, key, %fault, "a look is given up; its signals are told as they came");
                let told = row.looked.events.iter().cloned().map(|event| Seen::Notice(Box::new(Notice::new(event))));
                let told = told.collect();
                self.end(id, row, told).await
            }
        }
    }

    /// Whether somebody's card would show what is read.
    fn is_shown(&self, looked: &Looked) -> Result<bool, Fault> {
        let Some(key) = &looked.subject else { return Ok(true) };
        Ok(subjects::get(&self.store, &moves::called(&self.store, key)?)?.is_some())
    }

    fn is_over(&self, row: &LookRow) -> bool {
        row.failing.is_some_and(|since| self.clock.now().duration_since(since) >= GIVE_UP)
    }

    /// Tells what was seen and removes the look; one that a signal reached meanwhile stays for that signal.
    async fn end(&self, id: &Id, read: LookRow, seen: Vec<Seen>) -> Result<(), Fault> {
        let (router, id) = (self.router.clone(), id.clone());
        self.store
            .write(move |tx| {
                match tx.get::<LookRows>(&id)? {
                    Some(row) if row.version != read.version => {
                        tx.put::<LookRows>(&id, &rest(row, &read.looked, router.now()))?;
                    }
                    _ => tx.delete::<LookRows>(&id),
                }
                seen.into_iter().try_for_each(|seen| router.saw(tx, seen))
            })
            .await
    }

    /// Notes that it failed, and when it is tried again.
    async fn again(&self, id: &Id) -> Result<(), Fault> {
        let (now, id) = (self.clock.now(), id.clone());
        self.store
            .write(move |tx| {
                let Some(mut row) = tx.get::<LookRows>(&id)? else { return Ok(()) };
                row.failing.get_or_insert(now);
                let pause = PAUSE.saturating_mul(3_i32.saturating_pow(row.failures.min(12))).min(LONGEST_PAUSE);
                row.failures = row.failures.saturating_add(1);
                row.due = now.checked_add(jitter(pause)).unwrap_or(Timestamp::MAX);
                tx.put::<LookRows>(&id, &row)
            })
            .await
    }
}

/// What is left of a look that a further signal reached while it was made.
fn rest(mut row: LookRow, read: &Looked, now: Timestamp) -> LookRow {
    let was_read = |event: &Event| read.events.iter().any(|other| other.id == event.id && other.kind == event.kind);
    row.looked.events.retain(|event| !was_read(event));
    row.looked.count = row.looked.count.saturating_sub(read.count);
    row.looked.since = now;
    LookRow { due: row.again, failing: None, failures: 0, ..row }
}

impl Router {
    fn saw(&self, tx: &mut Tx<'_>, seen: Seen) -> Result<(), Fault> {
        match seen {
            Seen::Notice(notice) => self.publish(tx, *notice),
            Seen::Card { key, card, as_of } => self.show(tx, &key, *card, as_of),
            Seen::Extra { key, name, fields } => self.annotate(tx, &key, &name, fields),
            Seen::State { key, title, link, state } => self.state(tx, &key, title.as_deref(), link.as_deref(), &state),
        }
    }
}

#[cfg(test)]
mod tests;
