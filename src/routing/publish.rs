//! Telling of an event: it is kept, its subject's card changes, and what is to be said is staged, in one transaction with
//! its cause. What else follows from a notice (looks, facts, related subjects, names) goes into the same transaction.

use jiff::Timestamp;

use super::router::Router;
use super::{EventRow, Events, Look, Notice, Subscription, look};
use crate::delivery::links::Told;
use crate::delivery::{Content, Destination, Origin, links, moves, outbox, subjects};
use crate::model::{Card, Event, Fault, Field, Metric, SubjectKey, Text, count};
use crate::store::Tx;

impl Router {
    /// Tells of an event: keeps it, changes its card, stages what is to be said and to whom, and enters what is to be
    /// looked at because of it.
    ///
    /// # Errors
    /// The store failed.
    pub fn publish(&self, tx: &mut Tx<'_>, mut notice: Notice) -> Result<(), Fault> {
        if let Some(id) = notice.source_id.take() {
            self.known_as(tx, &id, &mut notice)?;
        }
        if let (Some(before), Some(key)) = (notice.formerly.take(), &notice.event.key) {
            moves::rename(tx, self.minter(), &before, key)?;
        }
        let (kind, key, id) = (notice.event.kind.clone(), notice.event.key.clone(), notice.event.id.clone());
        let looks = std::mem::take(&mut notice.looks);
        if looks.iter().any(|look| look.event.as_ref().is_some_and(|event| event.id == id && event.kind == kind)) {
            self.weave(tx, &notice)?;
        } else {
            self.tell(tx, notice)?;
        }
        let service = kind.split('.').next().unwrap_or_default();
        looks.into_iter().try_for_each(|look| self.enter(tx, service, key.as_ref(), look))
    }

    /// Enters a look, where somebody wants what it may bring.
    fn enter(&self, tx: &mut Tx<'_>, service: &str, about: Option<&SubjectKey>, mut look: Look) -> Result<(), Fault> {
        let own = look.event.as_ref().and_then(|event| event.key.clone());
        let subject = look.subject.take().or(own).or_else(|| about.cloned());
        let known = subject.as_ref().map(|key| subjects::is_known(tx, key)).transpose()?;
        match look.event.take_if(|event| known != Some(true) && !self.is_wanted(event)) {
            // Nobody's card would show what is read back.
            Some(event) => self.tell(tx, Notice::new(event)),
            None if look.event.is_none() && known == Some(false) => Ok(()),
            None => {
                let service = look.service.take().unwrap_or_else(|| service.to_owned());
                look::enter(tx, self.now(), service, subject, look)
            }
        }
    }

    fn tell(&self, tx: &mut Tx<'_>, mut notice: Notice) -> Result<(), Fault> {
        let (minter, now) = (self.minter(), self.now());
        count(Metric::Events, &[("type", family(&notice.event.kind))]);
        let number = tx.sequence();
        let until = now.checked_add(self.keep_events()).unwrap_or(Timestamp::MAX);
        tx.put_until::<Events>(&number, &EventRow { at: now, event: notice.event.clone() }, until)?;

        let (subscriptions, endpoints) = self.wanting(&notice.event);
        let (card, note) = (notice.card.take(), notice.note.take());
        if let Some(key) = notice.event.key.clone() {
            self.tell_of(tx, &key, card, note, &notice, &subscriptions)?;
        } else if let Some(card) = card {
            for subscription in &subscriptions {
                let content = Content::Card(Box::new(card.clone()));
                let to = Destination::Place(subscription.place.clone());
                outbox::stage(tx, minter, now, to, content, &origin(&notice.event, Some(subscription)))?;
            }
        }
        for endpoint in endpoints {
            let content = Content::Event(Box::new(notice.event.clone()));
            outbox::stage(tx, minter, now, Destination::Endpoint(endpoint), content, &origin(&notice.event, None))?;
        }
        self.follower().map_or(Ok(()), |follower| follower.follow(tx, &notice.event))
    }

    /// Changes the living card of a subject, where it is known or somebody wants to hear of it.
    fn tell_of(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        card: Option<Card>,
        note: Option<Card>,
        notice: &Notice,
        subscriptions: &[Subscription],
    ) -> Result<(), Fault> {
        let (minter, now, event) = (self.minter(), self.now(), &notice.event);
        let known = subjects::is_known(tx, key)?;
        let told = known || !subscriptions.is_empty();
        let link = card.as_ref().map(|card| (card.title.clone(), card.link.clone()));
        let refreshed = told && card.is_some();
        if let Some(card) = card.filter(|_| told && !(notice.sparse && known)) {
            subjects::update(tx, minter, key, card, event.time)?;
        }
        let (title, link) = link.unzip();
        let changed = self.weave_in(tx, key, title.as_deref(), link.flatten().as_deref(), notice)?;
        if refreshed {
            let places = subscriptions.iter().map(|subscription| Destination::Place(subscription.place.clone()));
            let places: Vec<Destination> = places.collect();
            subjects::refresh(tx, minter, now, key, &places, &origin(event, subscriptions.first()))?;
        } else if changed {
            subjects::refresh(tx, minter, now, key, &[], &origin(event, None))?;
        }
        match note.filter(|_| told) {
            Some(note) => self.tell_below(tx, key, &note, subscriptions, &origin(event, None)),
            None => Ok(()),
        }
    }

    /// What a notice brings to the card of its subject, where its event itself is told later.
    fn weave(&self, tx: &mut Tx<'_>, notice: &Notice) -> Result<(), Fault> {
        let Some(key) = &notice.event.key else { return Ok(()) };
        if self.weave_in(tx, key, None, None, notice)? {
            subjects::refresh(tx, self.minter(), self.now(), key, &[], &origin(&notice.event, None))?;
        }
        Ok(())
    }

    /// Facts from elsewhere, related subjects and the subject's state. Says whether its own card shows something else now.
    fn weave_in(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        title: Option<&str>,
        link: Option<&str>,
        notice: &Notice,
    ) -> Result<bool, Fault> {
        let (minter, origin) = (self.minter(), origin(&notice.event, None));
        let mut changed = false;
        for extra in &notice.extras {
            changed |= subjects::annotate(tx, minter, key, &extra.name, extra.fields.clone())?;
        }
        if notice.state.is_some() || !notice.related.is_empty() {
            let told = Told { title, link, state: notice.state.as_ref(), as_of: notice.event.time };
            changed |= links::weave(tx, minter, key, &notice.related, &told, &origin)?;
        }
        Ok(changed)
    }

    /// Sets what a subject's card shows, where it is known.
    pub(super) fn show(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        card: Card,
        as_of: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let key = &moves::called(tx, key)?;
        if !subjects::is_known(tx, key)? {
            return Ok(());
        }
        subjects::update(tx, self.minter(), key, card, as_of)?;
        subjects::refresh(tx, self.minter(), self.now(), key, &[], &Origin::default())
    }

    /// Sets facts on a subject's card, where it is known.
    pub(super) fn annotate(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        name: &str,
        fields: Vec<Field>,
    ) -> Result<(), Fault> {
        let key = &moves::called(tx, key)?;
        if subjects::annotate(tx, self.minter(), key, name, fields)? {
            subjects::refresh(tx, self.minter(), self.now(), key, &[], &Origin::default())?;
        }
        Ok(())
    }

    /// Has related cards show a subject's state, as it was read just now.
    pub(super) fn state(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        title: Option<&str>,
        link: Option<&str>,
        state: &Text,
    ) -> Result<(), Fault> {
        let key = &moves::called(tx, key)?;
        let told = Told { title, link, state: Some(state), as_of: None };
        links::weave(tx, self.minter(), key, &[], &told, &Origin::default()).map(|_| ())
    }

    /// A follow-up goes below the card wherever it stands or is about to.
    fn tell_below(
        &self,
        tx: &mut Tx<'_>,
        key: &SubjectKey,
        note: &Card,
        subscriptions: &[Subscription],
        origin: &Origin,
    ) -> Result<(), Fault> {
        let mut places = subjects::places(tx, key)?;
        for subscription in subscriptions {
            if !places.contains(&subscription.place) {
                places.push(subscription.place.clone());
            }
        }
        for place in places {
            let content = Content::Note { about: key.clone(), card: Box::new(note.clone()) };
            outbox::stage(tx, self.minter(), self.now(), Destination::Place(place), content, origin)?;
        }
        Ok(())
    }

    /// Whether anybody wants the event: a place, an outgoing webhook or a rule.
    fn is_wanted(&self, event: &Event) -> bool {
        !self.wanting(event).0.is_empty() || self.is_taken(event)
    }
}

fn origin(event: &Event, subscription: Option<&Subscription>) -> Origin {
    let subscription = subscription.map(|subscription| subscription.id);
    Origin { event: Some(event.id.clone()), subscription, call: None }
}

/// The first word of a type: a metric's label must not grow with what outsiders send.
fn family(kind: &str) -> &str {
    const KNOWN: [&str; 6] = ["github", "jira", "notion", "task", "alert", "scan"];
    let first = kind.split('.').next().unwrap_or_default();
    if KNOWN.contains(&first) { first } else { "other" }
}

#[cfg(test)]
mod tests;
