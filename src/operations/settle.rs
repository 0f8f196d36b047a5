//! How a call ends: ledger, button, card, answer, events and metric, all in one transaction.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::desk::{carrying, fault_card, mending};
use super::{Declaration, Outcome, check, ledger};
use crate::delivery::{Content, Destination, Minter, Origin, moves, outbox, subjects, tokens};
use crate::model::{
    Action, Actor, Call, CallState, Card, Clock, Decision, Effect, Fault, FaultKind, Metric, Object, Place, Press,
    Show, Style, SubjectKey, Tone, count,
};
use crate::routing::{Router, Teller};
use crate::store::{Store, Tx};

/// Settles calls. Cheap to clone.
#[derive(Clone)]
pub struct Settle {
    store: Store,
    clock: Clock,
    minter: Minter,
    router: Router,
    teller: Arc<dyn Teller>,
    keep: SignedDuration,
}

impl std::fmt::Debug for Settle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settle").finish_non_exhaustive()
    }
}

/// How a call came out.
pub(super) enum End {
    /// It happened.
    Done(Box<Outcome>),
    /// It did not happen.
    Failed(Fault),
    /// Nobody can tell.
    Unknown(Fault),
}

impl Settle {
    /// What settles calls, and keeps ended ones for `keep`.
    #[must_use]
    pub fn new(
        store: &Store,
        clock: &Clock,
        minter: &Minter,
        router: &Router,
        teller: Arc<dyn Teller>,
        keep: SignedDuration,
    ) -> Self {
        let (store, clock, minter, router) = (store.clone(), clock.clone(), minter.clone(), router.clone());
        Self { store, clock, minter, router, teller, keep }
    }

    /// Ends a call.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn end(&self, mut call: Call, declaration: Option<&Declaration>, end: End) -> Result<(), Fault> {
        let now = self.clock.now();
        call.ended_at = Some(now);
        (call.state, call.result) = match &end {
            End::Done(outcome) => (CallState::Done, outcome.card.as_ref().map(|card| card.title.clone())),
            End::Failed(fault) => (CallState::Failed, Some(fault.outside.clone())),
            End::Unknown(fault) => (CallState::Unknown, Some(fault.outside.clone())),
        };
        note(&call, &end);
        let idempotent = declaration.is_some_and(|declaration| declaration.spec.idempotent);
        let effect = declaration.map_or(Effect::Change, |declaration| declaration.spec.effect);
        let (this, declaration) = (self.clone(), declaration.cloned());
        self.store
            .write(move |tx| {
                ledger::end(tx, &call, this.keep)?;
                match end {
                    End::Done(outcome) => this.done(tx, &call, *outcome, effect, now),
                    End::Failed(fault) => this.failed(tx, &call, declaration.as_ref(), &fault, now),
                    End::Unknown(fault) => this.unknown(tx, &call, &fault, idempotent, now),
                }
            })
            .await
    }

    fn done(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        outcome: Outcome,
        effect: Effect,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if let Some(pressed) = call.pressed.as_ref().filter(|pressed| pressed.once) {
            tokens::settle(tx, &pressed.token)?;
        }
        let origin = Origin { call: Some(call.id), ..Origin::default() };
        for event in outcome.events {
            // An event of our own that cannot be told is a bug of ours; the call happened all the same.
            match self.teller.tell(event) {
                Ok(notice) => self.router.publish(tx, notice)?,
                Err(fault) => tracing::error!(call = %call.id, %fault, "an event of a call cannot be told"),
            }
        }
        let pressed = call.pressed.as_ref().and_then(|pressed| pressed.subject.clone());
        let mut told = false;
        if let Some(card) = outcome.card {
            if let Some(key) = card.key.clone() {
                let subject = subjects::update(tx, &self.minter, &key, card, outcome.as_of)?;
                // Where the card stands already it is edited; where it does not, or cannot, it is the answer.
                let here: Vec<Destination> =
                    below(call).or_else(|| self.answer(call, Show::Public)).into_iter().collect();
                let place = call.place.as_ref().map(Place::room);
                let stands =
                    place.is_some_and(|place| subjects::places(tx, &key).is_ok_and(|all| all.contains(&place)));
                // The pressed card itself is replaced below, where it does not stand but came by a reply address.
                let decides = call.pressed.as_ref().is_some_and(|by| !by.done.is_empty() && !by.typed);
                let replaced = !stands && decides && call.reply.is_some() && pressed.as_ref() == Some(&key);
                let here = if replaced { &[] } else { here.as_slice() };
                subjects::refresh(tx, &self.minter, now, &key, here, &origin)?;
                told = true;
                // Who typed it may not see that far up: the edit alone would be silence.
                if let Some(to) = below(call).filter(|_| stands) {
                    let mut said = Card::new(subject.card.tone, subject.card.title.clone());
                    said.link = subject.card.link;
                    outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(said)), &origin)?;
                } else if stands
                    && call.pressed.as_ref().is_none_or(|pressed| pressed.typed)
                    && let Some(to) = self.answer(call, Show::Private)
                {
                    let mut said =
                        Card::new(subject.card.tone, subject.card.title.clone()).text("Done; its card here shows it.");
                    said.link = subject.card.link;
                    outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(said)), &origin)?;
                }
            } else if let Some(to) =
                below(call).filter(|_| outcome.show == Show::Public).or_else(|| self.answer(call, outcome.show))
            {
                outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(card)), &origin)?;
                told = true;
            }
        }
        if let (Some(key), Some(by)) = (&pressed, call.pressed.as_ref().filter(|pressed| !pressed.done.is_empty())) {
            let (what, deed) = (by.done.clone(), by.deed.clone());
            let (handle, name) = (call.actor.handle(), call.actor.name().to_owned());
            subjects::decide(tx, &self.minter, key, Decision { what, deed, over: false, handle, name, at: now })?;
            subjects::refresh(tx, &self.minter, now, key, &[], &origin)?;
            // Who typed it pressed nothing that could be replaced: the address is that of their own message.
            if !by.typed {
                self.replace_pressed(tx, call, key, &origin, now)?;
            }
            // Who typed it is told, too; who pressed sees it on the card.
            told |= !by.typed;
        }
        if let Some(to) = below(call).filter(|_| effect != Effect::Read) {
            outbox::stage(tx, &self.minter, now, to, Content::Mark, &origin)?;
            // The answer stands elsewhere than the card whose button was pressed for it.
            if told
                && call.pressed.as_ref().is_some_and(|pressed| pressed.replace)
                && let Some(to) = self.answer(call, Show::Private)
            {
                let card = Card::new(Tone::Good, "Done; the answer is below the message.");
                outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(card)), &origin)?;
            }
        }
        if !told
            && effect != Effect::Read
            && let Some(to) = self.answer(call, Show::Private)
        {
            let card = Card::new(Tone::Good, "Done.");
            outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(card)), &origin)?;
        }
        Ok(())
    }

    /// A card that came by a reply address (the bot is not in that channel) stands nowhere that we could edit: the
    /// press on it brought an address that replaces it.
    fn replace_pressed(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        key: &SubjectKey,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some(Destination::Answer { handle: Some(handle), place, user, .. }) = self.answer(call, Show::Public)
        else {
            return Ok(());
        };
        if subjects::places(tx, key)?.contains(&place.room()) {
            return Ok(());
        }
        let Some(subject) = subjects::current(tx, &moves::called(tx, key)?)? else { return Ok(()) };
        let to = Destination::Answer { handle: Some(handle), place, user, show: Show::Public, replace: true };
        outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(subject.shown())), origin).map(|_| ())
    }

    fn failed(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        declaration: Option<&Declaration>,
        fault: &Fault,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if let Some(pressed) = call.pressed.as_ref().filter(|pressed| pressed.once) {
            tokens::give_back(tx, &pressed.token)?;
        }
        let again = Press::new(&call.operation, call.args.clone());
        let quote = call.quote.as_deref();
        let mut card = fault_card(fault);
        if let FaultKind::BadInput { field } = &fault.kind {
            let known = |field: &&String| {
                declaration
                    .is_some_and(|one| one.param(field).is_some_and(|param| !param.hidden) || one.is_further(field))
            };
            let wrong = field.iter().filter(known).cloned().collect();
            let press = declaration.map_or(Press { ask: true, ..again }, |one| mending(one, &call.args, wrong));
            card = card.action(Action::run("mend", "Correct it in a form", press));
        } else if fault.policy().retry != crate::model::Retry::Never {
            card = card.action(Action::run("again", "Try again", again.once("Tried again")));
        }
        self.say(tx, call, carrying(card, &call.operation, quote), now)
    }

    fn unknown(
        &self,
        tx: &mut Tx<'_>,
        call: &Call,
        fault: &Fault,
        idempotent: bool,
        now: Timestamp,
    ) -> Result<(), Fault> {
        // What may be done twice without harm may be pressed again.
        if let Some(pressed) = call.pressed.as_ref().filter(|pressed| pressed.once && idempotent) {
            tokens::give_back(tx, &pressed.token)?;
        }
        let args = Object::from_iter([("call".to_owned(), call.id.to_string().into())]);
        let card = Card::new(Tone::Warning, "This may have happened, or not.")
            .text(fault.outside.clone())
            .text("Nothing is sent twice on a guess. Check looks whether it is there.")
            .field("What", call.operation.clone())
            .action(Action::run("check", "Check", Press::new(check::CHECK, args)).style(Style::Primary));
        self.say(tx, call, card, now)
    }

    /// Says, once, that a vendor asked to wait and that the call runs then.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn say_wait(&self, call: &Call, until: Timestamp, fault: &Fault) -> Result<(), Fault> {
        let now = self.clock.now();
        // A short wait needs no words; and once is enough.
        if until.duration_since(now) < SignedDuration::from_secs(5) || call.runs > 1 {
            return Ok(());
        }
        let card = Card::new(Tone::Warning, fault.outside.clone())
            .text(crate::model::Text::new().plain("This runs at ").time(until).plain("."));
        let (this, call) = (self.clone(), call.clone());
        self.store.write(move |tx| this.say(tx, &call, card, now)).await
    }

    fn say(&self, tx: &mut Tx<'_>, call: &Call, card: Card, now: Timestamp) -> Result<(), Fault> {
        let Some(to) = self.answer(call, Show::Private) else { return Ok(()) };
        let origin = Origin { call: Some(call.id), ..Origin::default() };
        outbox::stage(tx, &self.minter, now, to, Content::Card(Box::new(card)), &origin).map(|_| ())
    }

    /// Where the call is answered; a rule without a place has nobody to answer.
    #[expect(clippy::unused_self, reason = "reads as one of the ways to answer")]
    fn answer(&self, call: &Call, show: Show) -> Option<Destination> {
        let place = call.place.clone()?;
        match &call.actor {
            Actor::User { id, .. } => {
                let replace = call.pressed.as_ref().is_some_and(|pressed| pressed.replace);
                Some(Destination::Answer { handle: call.reply.clone(), place, user: id.clone(), show, replace })
            }
            Actor::ApiKey { .. } | Actor::Rule { .. } => Some(Destination::Place(place)),
        }
    }
}

/// Where what was made of a message is told: at that message.
fn below(call: &Call) -> Option<Destination> {
    let to = call.quote.as_ref()?.message.clone();
    Some(Destination::Reply { to, handle: call.reply.clone() })
}

fn note(call: &Call, end: &End) {
    let (label, fault) = match end {
        End::Done(_) => ("done", None),
        End::Failed(fault) => ("failed", Some(fault)),
        End::Unknown(fault) => ("unknown", Some(fault)),
    };
    count(Metric::Calls, &[("operation", &call.operation), ("result", label)]);
    let (operation, actor) = (&call.operation, call.actor.handle());
    match fault {
        Some(fault) if fault.policy().alarming => {
            tracing::warn!(call = %call.id, operation, actor, label, %fault, "a call ended");
        }
        Some(fault) => tracing::info!(call = %call.id, operation, actor, label, %fault, "a call ended"),
        None => tracing::info!(call = %call.id, operation, actor, label, "a call ended"),
    }
}
