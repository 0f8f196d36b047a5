//! One delivery, from its turn in the lane to its end: wait, look up, carry, record; and what each class of failure means.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::breaker::Breaker;
use super::lanes::Inner;
use super::resolve::{Step, Target, resolve};
use super::tables::{Attempt, Attempts, Dead, DeadLetter, Finished, FinishedState, History, Outbox, Progressing};
use super::{Carried, Carrier, Delivery, Destination, Found, Parcel, Progress, Reach, subjects};
use crate::model::{DeliveryId, Fault, FaultKind, MessageRef, Metric, Place, Retry, count, gauge, observe};
use crate::store::Tx;

/// A place that took nothing is tried again once in so long, to see whether it does now.
const TRIED_AGAIN: SignedDuration = SignedDuration::from_secs(60);

impl Inner {
    /// Works a delivery off; says whether it has ended, one way or the other. It has not when we were stopped while it
    /// waited for its turn; an attempt that was begun is always seen through.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn work_off(&self, number: u64, unclear: bool) -> Result<bool, Fault> {
        let Some(delivery) = self.store.get::<Outbox>(&number)? else { return Ok(true) };
        let delivery = self.forwarded(delivery)?;
        let mut progress = self.store.get::<Progressing>(&number)?.unwrap_or_default();
        progress.unclear |= unclear;
        let name = carrier_name(&delivery);
        let Some(way) = self.ways.get(&name) else {
            let fault =
                Fault::misconfigured(format!("Nothing carries to `{name}`; its section is not in the configuration."));
            progress.fault = Some(fault);
            return self.bury(number, delivery, progress, &name, false).await.map(|()| true);
        };
        let breaker = self.breaker(&breaker_name(&delivery));
        loop {
            if let Some(until) = progress.not_before
                && self.stopped_before(self.clock.sleep_until(until)).await
            {
                return Ok(false);
            }
            if delivery.expires_at.is_some_and(|at| at <= self.clock.now()) {
                return self.finish(number, &delivery, &progress, FinishedState::Expired).await.map(|()| true);
            }
            let (errand, target) = match resolve(&self.store, &delivery, &progress, self.clock.now())? {
                Step::Go(errand, target) => (errand, target),
                Step::Superseded => {
                    return self.finish(number, &delivery, &progress, FinishedState::Superseded).await.map(|()| true);
                }
                Step::Dead(fault) => {
                    progress.fault = Some(fault);
                    return self.bury(number, delivery, progress, &name, false).await.map(|()| true);
                }
            };
            if let Some(fault) = self.untold(&delivery, &target, &progress)? {
                progress.fault = Some(fault);
                return self.bury(number, delivery, progress, &name, false).await.map(|()| true);
            }
            let posts = !target.edits;
            let errand = if progress.out_of_thread { errand.out_of_thread() } else { *errand };
            let errand = errand.read_by(&self.people());
            let parcel = Parcel { id: delivery.id, attempt: progress.attempts, queued_at: delivery.queued_at, errand };
            // The limits come first: who tries a broken carrier again must not keep the others waiting for its own turn.
            let tolls = way.tolls(&parcel);
            let turn = async {
                self.limits.pay(&tolls).await;
                breaker.pass().await;
            };
            if self.stopped_before(turn).await {
                return Ok(false);
            }
            let began = self.clock.now();
            let (result, looked_up) = try_once(way.as_ref(), &parcel, progress.unclear).await;
            let now = self.clock.now();
            let took = now.duration_since(began);
            note_health(&breaker, &breaker_name(&delivery), &result);
            observe(Metric::DeliverySeconds, took, &[("carrier", &name)]);
            let (row, carried) = attempt_row(began, took, &result);
            count(Metric::Attempts, &[("carrier", &name), ("class", &row.result)]);
            let attempt = progress.attempts;
            progress.attempts += 1;
            match result {
                Ok((_, found)) => {
                    let target = if found { target.of_unknown_age() } else { target };
                    (progress.unclear, progress.not_before, progress.fault) = (false, None, None);
                    if self.arrive(number, &delivery, &progress, row, target, carried).await? {
                        return Ok(true);
                    }
                }
                Err(fault) => {
                    // What was found out by looking only is that nothing is known yet.
                    let unclear = looked_up && progress.unclear;
                    let next =
                        self.after(&fault, &delivery, &mut progress, &target, way.as_ref(), &parcel, now).await?;
                    progress.unclear |= unclear;
                    progress.fault = Some(fault);
                    self.record(number, &delivery, attempt, row, &progress, next == Next::Forget, target).await?;
                    if next == Next::Bury {
                        return self.bury(number, delivery, progress, &name, posts).await.map(|()| true);
                    }
                }
            }
        }
    }

    /// What a failure means for this delivery.
    #[expect(clippy::too_many_arguments, reason = "one decision that needs to see all of it")]
    async fn after(
        &self,
        fault: &Fault,
        delivery: &Delivery,
        progress: &mut Progress,
        target: &Target,
        way: &dyn Carrier,
        parcel: &Parcel,
        now: Timestamp,
    ) -> Result<Next, Fault> {
        match fault.policy().retry {
            Retry::At(until) => {
                // A vendor that names no time, or one that is past, is given a moment all the same.
                let until = until.max(now + SignedDuration::from_millis(100));
                for toll in way.tolls(parcel).iter().filter(|toll| toll.closes) {
                    self.limits.close(&toll.key, until).await?;
                }
                progress.not_before = Some(until);
                progress.unclear = false;
                Ok(Next::Again)
            }
            Retry::Schedule | Retry::AfterLookup => {
                progress.unclear |= fault.kind == FaultKind::Unknown;
                let schedule = &self.config.schedule;
                let Some(wait) = usize::try_from(progress.failures).ok().and_then(|turn| schedule.get(turn)) else {
                    return Ok(Next::Bury);
                };
                progress.failures += 1;
                progress.not_before = Some(now.checked_add(jitter(*wait)).unwrap_or(Timestamp::MAX));
                Ok(Next::Again)
            }
            Retry::Never => {
                progress.not_before = None;
                progress.unclear = false;
                if target.edits && fault.kind == FaultKind::NotFound {
                    // Somebody deleted the message: the card is posted anew.
                    return Ok(Next::Forget);
                }
                let refused = matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound);
                if refused && !progress.out_of_thread && parcel.errand.is_in_thread() {
                    // The thread may be gone or locked while the channel goes on; if it is the channel, it says so now.
                    progress.out_of_thread = true;
                    return Ok(Next::Again);
                }
                if other_way(delivery, progress, now) {
                    progress.fell_back = true;
                    return Ok(Next::Again);
                }
                Ok(Next::Bury)
            }
        }
    }

    /// Records an attempt that did not end the delivery.
    #[expect(clippy::too_many_arguments, reason = "the columns of one record")]
    async fn record(
        &self,
        number: u64,
        delivery: &Delivery,
        attempt: u32,
        row: Attempt,
        progress: &Progress,
        forget: bool,
        target: Target,
    ) -> Result<(), Fault> {
        let (id, progress, until) = (delivery.id, progress.clone(), self.until(self.config.keep_history));
        if let Some(fault) = &row.fault {
            tracing::info!(delivery = %id, lane = %delivery.lane, attempt, %fault, "an attempt failed");
        }
        self.store
            .write(move |tx| {
                tx.put_until::<Attempts>(&(id, attempt), &row, until)?;
                tx.put::<Progressing>(&number, &progress)?;
                if forget && let Some((key, place, _)) = &target.living {
                    subjects::forget_shown(tx, key, place);
                }
                Ok(())
            })
            .await
    }

    /// Records that it arrived. Says whether that is its end: a living card that changed before it stood anywhere goes
    /// round again, because whoever changed it did not know of this place.
    async fn arrive(
        &self,
        number: u64,
        delivery: &Delivery,
        progress: &Progress,
        row: Attempt,
        target: Target,
        carried: Carried,
    ) -> Result<bool, Fault> {
        let (until, card_until) = (self.until(self.config.keep_history), self.until(self.config.keep_buttons));
        let finished = self.finished(delivery, progress, FinishedState::Delivered, carried.message.clone());
        let (id, progress) = (delivery.id, progress.clone());
        let (watch, place) = (Arc::clone(&self.watch), told_place(delivery));
        let ended = self
            .store
            .write(move |tx| {
                tx.put_until::<Attempts>(&(id, progress.attempts.saturating_sub(1)), &row, until)?;
                if let Some(place) = &place {
                    match &carried.moved {
                        Some(to) => watch.moved(tx, &place.without_thread(), to)?,
                        // Some platforms let us edit what we wrote where we may not write any more.
                        None if carried.message.is_some() && !target.edits => {
                            watch.found(tx, place, Reach::Room)?;
                        }
                        None => {}
                    }
                }
                if let Some(message) = carried.message {
                    match (target.living, target.note) {
                        (Some((key, place, standing)), _) => {
                            let place = if carried.moved.is_some() { message.place.clone() } else { place };
                            let revision = standing.revision;
                            subjects::note_shown(tx, &key, &place, &message, standing, card_until)?;
                            // What changes a card that stands somewhere stages its edit itself.
                            if !target.edits && subjects::is_newer(tx, &key, revision)? {
                                tx.put::<Progressing>(&number, &progress)?;
                                return Ok(false);
                            }
                        }
                        (None, Some(key)) => subjects::belongs(tx, &key, &message, card_until)?,
                        (None, None) => {}
                    }
                }
                end(tx, number, id, &finished, until)?;
                Ok(true)
            })
            .await?;
        if ended {
            count_end(delivery, FinishedState::Delivered);
        }
        Ok(ended)
    }

    /// Records that it ended without arriving.
    async fn finish(
        &self,
        number: u64,
        delivery: &Delivery,
        progress: &Progress,
        state: FinishedState,
    ) -> Result<(), Fault> {
        count_end(delivery, state);
        let until = self.until(self.config.keep_history);
        let (id, finished) = (delivery.id, self.finished(delivery, progress, state, None));
        self.store.write(move |tx| end(tx, number, id, &finished, until)).await
    }

    fn finished(
        &self,
        delivery: &Delivery,
        progress: &Progress,
        state: FinishedState,
        message: Option<MessageRef>,
    ) -> Finished {
        Finished {
            state,
            at: self.clock.now(),
            lane: delivery.lane.clone(),
            attempts: progress.attempts,
            message,
            origin: delivery.origin.clone(),
        }
    }

    /// The delivery, to where its place goes on now.
    fn forwarded(&self, mut delivery: Delivery) -> Result<Delivery, Fault> {
        if let Destination::Place(place) | Destination::Answer { place, .. } = &mut delivery.to {
            let now = self.watch.current(&place.without_thread())?;
            *place = Place { thread: place.thread.take(), ..now };
        }
        if let Destination::Reply { to, .. } = &delivery.to {
            let channel = to.place.without_thread();
            let now = self.watch.current(&channel)?;
            // The message stayed behind where the place goes on under another id.
            if now != channel {
                delivery.to = Destination::Place(now);
            }
        }
        Ok(delivery)
    }

    /// Why it is not even tried: the place takes nothing, as was seen a moment ago. Vendors do not like to be asked the
    /// same again and again; all that waits for the place is sent when it takes something again.
    fn untold(&self, delivery: &Delivery, target: &Target, progress: &Progress) -> Result<Option<Fault>, Fault> {
        let Some(place) = told_place(delivery).filter(|_| !target.edits && !progress.insists) else { return Ok(None) };
        let trouble = self.watch.trouble(&place)?;
        let fresh = |tried: Timestamp| self.clock.now().duration_since(tried) < TRIED_AGAIN;
        Ok(trouble.filter(|trouble| fresh(trouble.tried)).map(|trouble| Fault::denied(trouble.why).inside("not tried")))
    }

    /// Gives a delivery up. `posted`: it was tried to post it, so that a refusal tells of the place.
    async fn bury(
        &self,
        number: u64,
        delivery: Delivery,
        progress: Progress,
        carrier: &str,
        posted: bool,
    ) -> Result<(), Fault> {
        let why = progress.fault.as_ref().map_or_else(String::new, ToString::to_string);
        tracing::warn!(delivery = %delivery.id, lane = %delivery.lane, attempts = progress.attempts, why, "a delivery became a dead letter");
        count(Metric::DeadLetters, &[("carrier", carrier)]);
        count(Metric::Deliveries, &[("carrier", carrier), ("result", "dead")]);
        let until = self.until(self.config.keep_dead);
        // What may not be written to any more is told to who listens there, not only to who reads dead letters.
        let lost =
            progress.fault.as_ref().filter(|fault| matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound));
        let lost = lost.filter(|_| posted).map(|fault| fault.outside.clone()).zip(told_place(&delivery));
        let (watch, clock) = (Arc::clone(&self.watch), self.clock.clone());
        self.store
            .write(move |tx| {
                if let Some((why, place)) = &lost {
                    watch.lost(tx, place, Reach::Room, why)?;
                }
                // Not before it is known since when: what was missed since then is sent again some day.
                let at = clock.now();
                tx.delete::<Outbox>(&number);
                tx.delete::<Progressing>(&number);
                tx.put_until::<Dead>(&delivery.id.clone(), &DeadLetter { delivery, progress, at }, until)
            })
            .await
    }

    /// Waits for `what`, unless we are stopped first; says whether we were.
    async fn stopped_before(&self, what: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => true,
            () = what => false,
        }
    }

    /// Gives up a delivery that cannot even be worked off, so that its lane moves on.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn give_up(&self, number: u64, fault: Fault) -> Result<(), Fault> {
        let Some(delivery) = self.store.get::<Outbox>(&number)? else { return Ok(()) };
        let name = carrier_name(&delivery);
        self.bury(number, delivery, Progress { fault: Some(fault), ..Progress::default() }, &name, false).await
    }

    fn until(&self, keep: SignedDuration) -> Timestamp {
        self.clock.now().checked_add(keep).unwrap_or(Timestamp::MAX)
    }
}

/// Takes a delivery off the outbox and into the history.
fn end(tx: &mut Tx<'_>, number: u64, id: DeliveryId, finished: &Finished, until: Timestamp) -> Result<(), Fault> {
    tx.delete::<Outbox>(&number);
    tx.delete::<Progressing>(&number);
    tx.put_until::<History>(&id, finished, until)
}

fn count_end(delivery: &Delivery, state: FinishedState) {
    let label = match state {
        FinishedState::Delivered => "delivered",
        FinishedState::Superseded => "superseded",
        FinishedState::Expired => "expired",
    };
    count(Metric::Deliveries, &[("carrier", &carrier_name(delivery)), ("result", label)]);
}

/// How it goes on after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another attempt, when its time has come.
    Again,
    /// Another attempt, as a new message: the old one is gone.
    Forget,
    /// No further attempt.
    Bury,
}

/// What came of an attempt: what was carried and whether it was only found; or what went wrong.
type Tried = Result<(Carried, bool), Fault>;

/// Looks up where that is due, and carries where the look-up did not find it. Says whether it was the look-up that failed.
async fn try_once(way: &dyn Carrier, parcel: &Parcel, unclear: bool) -> (Tried, bool) {
    if unclear {
        match way.find(parcel).await {
            Ok(Found::There(carried)) => return (Ok((carried, true)), false),
            // A channel's message that cannot be looked up is sent again: late twice beats never.
            Ok(Found::Absent | Found::CannotTell) => {}
            Err(fault) if fault.policy().retry == Retry::Never => {}
            Err(fault) => return (Err(fault), true),
        }
    }
    (way.carry(parcel).await.map(|carried| (carried, false)), false)
}

fn attempt_row(at: Timestamp, took: SignedDuration, result: &Tried) -> (Attempt, Carried) {
    let (label, fault, carried) = match result {
        Ok((carried, found)) => (if *found { "found" } else { "delivered" }, None, carried.clone()),
        Err(fault) => (fault.policy().label, Some(fault.clone()), Carried::default()),
    };
    let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    (Attempt { at, took_ms, result: label.to_owned(), fault, lost: carried.lost.clone() }, carried)
}

fn note_health(breaker: &Breaker, name: &str, result: &Tried) {
    match result {
        Err(Fault { kind: FaultKind::Unavailable | FaultKind::Unknown, .. }) => {
            if breaker.fails() {
                tracing::warn!(carrier = name, "does not answer; deliveries to it wait");
                gauge(Metric::BreakerOpen, 1.0, &[("carrier", name)]);
            }
        }
        _ => {
            breaker.works();
            gauge(Metric::BreakerOpen, 0.0, &[("carrier", name)]);
        }
    }
}

/// Whether an answer that failed for good has another way to go.
fn other_way(delivery: &Delivery, progress: &Progress, now: Timestamp) -> bool {
    if let Destination::Reply { handle: Some(handle), .. } = &delivery.to {
        return !progress.fell_back && handle.expires > now && !matches!(delivery.content, super::Content::Mark);
    }
    let Destination::Answer { handle: Some(handle), .. } = &delivery.to else { return false };
    // A living card goes by place first and then by a handle that still works; everything else by handle first, and by
    // place once the handle has failed or expired.
    !progress.fell_back && (handle.expires > now || !matches!(delivery.content, super::Content::Living(_)))
}

/// Full jitter: a random part of the wait, but at least a tenth of it.
#[must_use]
pub fn jitter(wait: SignedDuration) -> SignedDuration {
    let part = rand::random_range(0.1..=1.0);
    SignedDuration::try_from_secs_f64(wait.as_secs_f64() * part).unwrap_or(wait)
}

/// The place that is told something; an answer goes to a person.
fn told_place(delivery: &Delivery) -> Option<Place> {
    match &delivery.to {
        Destination::Place(place) => Some(place.clone()),
        Destination::Answer { .. } | Destination::Reply { .. } | Destination::Endpoint(_) => None,
    }
}

fn carrier_name(delivery: &Delivery) -> String {
    match &delivery.to {
        Destination::Place(place) | Destination::Answer { place, .. } => place.platform.as_str().to_owned(),
        Destination::Reply { to, .. } => to.place.platform.as_str().to_owned(),
        Destination::Endpoint(_) => "webhook".to_owned(),
    }
}

/// Each platform has one breaker, and each outgoing webhook its own: they fail apart.
fn breaker_name(delivery: &Delivery) -> String {
    match &delivery.to {
        Destination::Endpoint(name) => format!("webhook/{name}"),
        _ => carrier_name(delivery),
    }
}
