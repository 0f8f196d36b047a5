//! The dispatch: runs the calls of the ledger, and sees to it that each ends as done, failed or unknown.
//!
//! Before a call that changes something is started, the ledger says so on disk: after a crash it is looked up at the
//! vendor by its marker, never blindly run again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::desk::CALL_TIMEOUT;
use super::ledger::OpenCalls;
use super::settle::{End, Settle};
use super::{Caller, Declaration, Found, Registry, ledger};
use crate::delivery::{Breaker, DeliveryConfig, Limits, jitter};
use crate::model::{Call, CallId, CallState, Clock, Effect, Fault, FaultKind, Metric, Retry, gauge, observe};
use crate::store::Store;

/// How many calls of one service run together.
const TOGETHER: usize = 64;

/// Runs calls.
pub struct Dispatch {
    pub(super) store: Store,
    clock: Clock,
    schedule: Vec<SignedDuration>,
    breaker_terms: (u32, SignedDuration),
    services: Mutex<HashMap<String, Service>>,
    registry: Arc<Registry>,
    limits: Arc<Limits>,
    settle: Settle,
    under_way: Mutex<HashSet<CallId>>,
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatch").finish_non_exhaustive()
    }
}

impl Dispatch {
    /// A dispatch of this registry's operations.
    #[must_use]
    pub fn new(
        store: &Store,
        clock: &Clock,
        config: &DeliveryConfig,
        registry: Arc<Registry>,
        limits: Arc<Limits>,
        settle: Settle,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            clock: clock.clone(),
            schedule: config.call_schedule.clone(),
            breaker_terms: (config.breaker_failures, config.breaker_pause),
            services: Mutex::default(),
            registry,
            limits,
            settle,
            under_way: Mutex::default(),
        })
    }

    /// Takes up the open calls and all that are entered from now on; returns when stopped and what runs has ended.
    ///
    /// # Errors
    /// The store failed.
    pub async fn run(self: &Arc<Self>, stop: &CancellationToken) -> Result<(), Fault> {
        let mut entered = self.store.watch::<OpenCalls>();
        let tasks = TaskTracker::new();
        let mut waiting = self.store.scan::<OpenCalls>(None, usize::MAX)?.into_iter().map(|(id, _)| id);
        loop {
            let id = match waiting.next() {
                Some(_) if stop.is_cancelled() => break,
                Some(id) => id,
                None => tokio::select! {
                    () = stop.cancelled() => break,
                    id = entered.recv() => match id {
                        Some(id) => id,
                        None => break,
                    },
                },
            };
            // A row is entered again at each step of its own call.
            if !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
                continue;
            }
            let (dispatch, stop) = (Arc::clone(self), stop.clone());
            tasks.spawn(async move {
                if let Err(fault) = dispatch.see_through(id, &stop).await {
                    tracing::error!(call = %id, %fault, "a call stays open; the next start takes it up");
                }
                dispatch.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            });
        }
        tasks.close();
        tasks.wait().await;
        Ok(())
    }

    /// Sees one call through to its end.
    async fn see_through(&self, id: CallId, stop: &CancellationToken) -> Result<(), Fault> {
        let Some(mut call) = self.store.get::<OpenCalls>(&id)? else { return Ok(()) };
        let Some(declaration) = self.registry.get(&call.operation) else {
            let gone = format!("There is no operation `{}` any more; its integration may be gone.", call.operation);
            return self.settle.end(call, None, End::Failed(Fault::misconfigured(gone))).await;
        };
        if let Some(why) = call.broken.take() {
            return self.settle.end(call, Some(declaration), End::Failed(Fault::misconfigured(why))).await;
        }
        // Found running at the start: an earlier run of the program began it and nobody knows how it ended.
        let mut unclear = call.state == CallState::Running;
        let mut tries = 0;
        loop {
            if let Some(until) = call.not_before.take() {
                tokio::select! {
                    () = self.clock.sleep_until(until) => {}
                    () = stop.cancelled() => return Ok(()),
                }
            }
            let end = {
                let places = self.places(declaration.service());
                let Ok(_place) = places.acquire().await else { return Ok(()) };
                self.try_once(declaration, &mut call, unclear).await?
            };
            let fault = match end {
                Attempted::Ended(end) => return self.settle.end(call, Some(declaration), end).await,
                // It was not run: what was unclear before is so still.
                Attempted::Waits(fault) => fault,
                Attempted::Again(fault) => {
                    unclear = fault.kind == FaultKind::Unknown;
                    fault
                }
            };
            let now = self.clock.now();
            let until = match fault.policy().retry {
                Retry::At(until) => {
                    self.settle.say_wait(&call, until, &fault).await?;
                    until
                }
                _ => match self.schedule.get(tries) {
                    Some(pause) => {
                        tries += 1;
                        now.checked_add(jitter(*pause)).unwrap_or(Timestamp::MAX)
                    }
                    None if unclear => return self.settle.end(call, Some(declaration), End::Unknown(fault)).await,
                    None => return self.settle.end(call, Some(declaration), End::Failed(fault)).await,
                },
            };
            call.not_before = Some(until);
            if !unclear {
                call.state = CallState::Accepted;
            }
            let row = call.clone();
            self.store.write(move |tx| ledger::enter(tx, &row)).await?;
        }
    }

    /// Looks up where that is due, and runs where the look-up found nothing.
    async fn try_once(&self, declaration: &Declaration, call: &mut Call, unclear: bool) -> Result<Attempted, Fault> {
        let by = self.caller(call);
        // A service that said "wait" is not called until then, by whichever call and after whichever restart.
        let limiter = format!("calls/{}", declaration.service());
        if let Some(until) = self.limits.closed_until(&limiter).filter(|until| *until > self.clock.now()) {
            let text = format!("{} asked to wait.", declaration.service());
            return Ok(Attempted::Waits(Fault::new(FaultKind::RateLimited { until }, text)));
        }
        let breaker = self.breaker(declaration.service());
        if !breaker.lets_through() {
            let text = format!("{} does not answer at the moment. Try again in a minute.", declaration.service());
            return Ok(Attempted::Waits(Fault::unavailable(text)));
        }
        if unclear && !declaration.spec.idempotent && declaration.spec.effect != Effect::Read {
            match declaration.run.find(&call.args, &by).await {
                Ok(Found::Happened(outcome)) => return Ok(Attempted::Ended(End::Done(outcome))),
                Ok(Found::Absent) => {}
                Ok(Found::CannotTell) => {
                    let fault = Fault::unknown("Nobody can tell whether this happened.");
                    return Ok(Attempted::Ended(End::Unknown(fault)));
                }
                // The look-up failed: what is unclear stays unclear.
                Err(fault) if fault.policy().retry == Retry::Never => return Ok(Attempted::Ended(End::Unknown(fault))),
                Err(fault) => {
                    if let FaultKind::RateLimited { until } = fault.kind {
                        self.limits.close(&limiter, until).await?;
                    }
                    return Ok(Attempted::Waits(fault));
                }
            }
        }
        call.runs += 1;
        if declaration.spec.effect != Effect::Read {
            call.state = CallState::Running;
            let row = call.clone();
            self.store.write(move |tx| ledger::enter(tx, &row)).await?;
        }
        let began = self.clock.now();
        let result = tokio::select! {
            result = declaration.run.run(&call.args, &by) => result,
            () = self.clock.sleep(CALL_TIMEOUT) => Err(match declaration.spec.effect {
                Effect::Read => Fault::unavailable("The service took too long to answer."),
                Effect::Change | Effect::Destroy => Fault::unknown("The service took too long to answer."),
            }),
        };
        let took = self.clock.now().duration_since(began);
        observe(Metric::CallSeconds, took, &[("operation", declaration.spec.name)]);
        match &result {
            Err(Fault { kind: FaultKind::RateLimited { until }, .. }) => self.limits.close(&limiter, *until).await?,
            Err(Fault { kind: FaultKind::Unavailable | FaultKind::Unknown, .. }) => {
                if breaker.fails() {
                    tracing::warn!(
                        service = declaration.service(),
                        "does not answer; its operations are not tried for a while"
                    );
                    gauge(Metric::BreakerOpen, 1.0, &[("carrier", declaration.service())]);
                }
            }
            _ => {
                breaker.works();
                gauge(Metric::BreakerOpen, 0.0, &[("carrier", declaration.service())]);
            }
        }
        Ok(match result {
            Ok(outcome) => Attempted::Ended(End::Done(Box::new(outcome))),
            Err(fault) if fault.policy().retry == Retry::Never => Attempted::Ended(End::Failed(fault)),
            Err(fault) => Attempted::Again(fault),
        })
    }

    /// The breaker of a service.
    fn breaker(&self, service: &str) -> Arc<Breaker> {
        Arc::clone(&self.service(service).breaker)
    }

    /// The places for calls of a service: one that hangs must not hold up the others.
    fn places(&self, service: &str) -> Arc<Semaphore> {
        Arc::clone(&self.service(service).places)
    }

    fn service(&self, name: &str) -> Service {
        let (failures, pause) = self.breaker_terms;
        let new = || Service {
            places: Arc::new(Semaphore::new(TOGETHER)),
            breaker: Arc::new(Breaker::new(&self.clock, failures, pause)),
        };
        self.services.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_insert_with(new).clone()
    }

    fn caller(&self, call: &Call) -> Caller {
        Caller {
            call: call.id,
            actor: call.actor.clone(),
            role: call.role,
            place: call.place.clone(),
            accepted_at: call.accepted_at,
            now: self.clock.now(),
            defaults: call.defaults.clone(),
            quote: call.quote.clone(),
        }
    }
}

/// What the calls of one service share.
#[derive(Clone)]
struct Service {
    places: Arc<Semaphore>,
    breaker: Arc<Breaker>,
}

/// What came of an attempt.
enum Attempted {
    /// The call has ended.
    Ended(End),
    /// It was run and failed for the moment.
    Again(Fault),
    /// It was not run: a limit, a breaker or a look-up that failed.
    Waits(Fault),
}
