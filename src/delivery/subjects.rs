//! Living cards: one record a subject, one message a place, and what the messages are found by.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::resolve::Standing;
use super::tables::{Messages, Shown, ShownRow, Subject, Subjects};
use super::tokens::Minter;
use super::{Content, Destination, Origin, links, moves, outbox};
use crate::model::{Action, ActionKind, Card, Decision, Fault, Field, MessageRef, Place, SubjectKey};
use crate::store::{Store, Tx};

/// Sets what a subject's card shows. An event older than what it shows changes nothing (vendors deliver out of order).
/// Decisions stay; buttons that stay keep their tokens. Returns the subject as it is now.
///
/// # Errors
/// The store failed.
pub fn update(
    tx: &mut Tx<'_>,
    minter: &Minter,
    key: &SubjectKey,
    mut card: Card,
    as_of: Option<Timestamp>,
) -> Result<Subject, Fault> {
    let before = tx.get::<Subjects>(&key.as_str().to_owned())?;
    if let Some(before) = &before
        && before.as_of.zip(as_of).is_some_and(|(shown, this)| this < shown)
    {
        return Ok(before.clone());
    }
    card.key = Some(key.clone());
    if card.decisions.is_empty()
        && let Some(before) = &before
    {
        card.decisions = before.card.decisions.clone();
    }
    keep_decided(&mut card);
    minter.mint(tx, &mut card, before.as_ref().map(|before| &before.card))?;
    let fresh = before.is_none();
    let subject = match before {
        Some(before) => Subject { card, revision: before.revision + 1, as_of: as_of.or(before.as_of), ..before },
        None => Subject { card, revision: 1, as_of, extras: BTreeMap::new(), state: None },
    };
    tx.put_until::<Subjects>(&key.as_str().to_owned(), &subject, minter.until())?;
    if !fresh {
        return Ok(subject);
    }
    // Others may have named it before anybody knew it.
    links::introduce(tx, minter, key, &subject.card)?;
    Ok(current(tx, key)?.unwrap_or(subject))
}

/// Sets the facts of one name that come from elsewhere than the card itself; none takes them away. Does nothing when there
/// is no such subject. Says whether the card shows something else now.
///
/// # Errors
/// The store failed.
pub fn annotate(
    tx: &mut Tx<'_>,
    minter: &Minter,
    key: &SubjectKey,
    name: &str,
    fields: Vec<Field>,
) -> Result<bool, Fault> {
    let Some(mut subject) = current(tx, key)? else { return Ok(false) };
    let (now, before) = if fields.is_empty() {
        (None, subject.extras.remove(name))
    } else {
        (Some(fields.clone()), subject.extras.insert(name.to_owned(), fields))
    };
    if now == before {
        return Ok(false);
    }
    subject.revision += 1;
    tx.put_until::<Subjects>(&key.as_str().to_owned(), &subject, minter.until())?;
    Ok(true)
}

/// Adds what somebody decided by a button of the card. Does nothing when there is no such subject.
///
/// # Errors
/// The store failed.
pub fn decide(tx: &mut Tx<'_>, minter: &Minter, key: &SubjectKey, decision: Decision) -> Result<(), Fault> {
    const SHOWN: usize = 3;
    let name = moves::called(tx, key)?.as_str().to_owned();
    let Some(mut subject) = tx.get::<Subjects>(&name)? else { return Ok(()) };
    // What was decided once is not offered again.
    subject.card.actions.retain(
        |action| !matches!(&action.kind, ActionKind::Run(press) if press.once && press.deed() == decision.deed),
    );
    subject.card.decisions.push(decision);
    let surplus = subject.card.decisions.len().saturating_sub(SHOWN);
    subject.card.decisions.drain(..surplus);
    subject.revision += 1;
    tx.put_until::<Subjects>(&name, &subject, minter.until())
}

/// A button whose deed was decided for all stays away; any other button that is offered again takes its decision back,
/// also the one that was made with other arguments (an earlier incident, an earlier attempt).
fn keep_decided(card: &mut Card) {
    let Card { actions, decisions, .. } = card;
    let offered = |actions: &[Action], deed: &str| {
        actions.iter().any(|action| matches!(&action.kind, ActionKind::Run(press) if press.deed() == deed))
    };
    for decision in decisions.iter_mut() {
        // The task ran again, the alert was resolved: when its button comes back, it is to be decided anew.
        decision.over |= !offered(actions, &decision.deed);
    }
    actions.retain(|action| match &action.kind {
        ActionKind::Run(press) if press.once => {
            let deed = press.deed();
            if press.sticky && decisions.iter().any(|decision| decision.deed == deed && !decision.over) {
                return false;
            }
            decisions.retain(|decision| !decision.deed.starts_with(&format!("{} ", press.operation)));
            true
        }
        _ => true,
    });
}

/// Stages the living card for every place it stands in, and for `also` where it does not stand yet.
///
/// # Errors
/// The store failed.
pub fn refresh(
    tx: &mut Tx<'_>,
    minter: &Minter,
    now: Timestamp,
    key: &SubjectKey,
    also: &[Destination],
    origin: &Origin,
) -> Result<(), Fault> {
    let key = &moves::called(tx, key)?;
    let standing: Vec<Place> = places(tx, key)?;
    for place in &standing {
        outbox::stage(tx, minter, now, Destination::Place(place.clone()), Content::Living(key.clone()), origin)?;
    }
    for to in also {
        let place = match to {
            Destination::Place(place) | Destination::Answer { place, .. } => place.room(),
            Destination::Reply { to, .. } => to.place.room(),
            Destination::Endpoint(_) => continue,
        };
        if !standing.contains(&place) {
            outbox::stage(tx, minter, now, to.clone(), Content::Living(key.clone()), origin)?;
        }
    }
    Ok(())
}

/// The places in which the subject's card stands.
///
/// # Errors
/// The store failed.
pub fn places(tx: &Tx<'_>, key: &SubjectKey) -> Result<Vec<Place>, Fault> {
    let rows = tx.prefix::<Shown>(&prefix(&moves::called(tx, key)?), usize::MAX)?;
    Ok(rows.into_iter().map(|(_, row)| row.message.place.room()).collect())
}

/// Notes that the subject's card stands in the place, showing this.
///
/// # Errors
/// The store failed.
pub(super) fn note_shown(
    tx: &mut Tx<'_>,
    key: &SubjectKey,
    place: &Place,
    message: &MessageRef,
    standing: Standing,
    until: Timestamp,
) -> Result<(), Fault> {
    let key = &moves::called(tx, key)?;
    let Standing { revision, digest } = standing;
    tx.put_until::<Shown>(&shown_key(key, place), &ShownRow { message: message.clone(), revision, digest }, until)?;
    belongs(tx, key, message, until)
}

/// Notes that a message belongs to the subject, so that it is found from the message.
///
/// # Errors
/// The store failed.
pub fn belongs(tx: &mut Tx<'_>, key: &SubjectKey, message: &MessageRef, until: Timestamp) -> Result<(), Fault> {
    let key = moves::called(tx, key)?;
    let place = message.place.without_thread().to_string();
    tx.put_until::<Messages>(&(place, message.id.clone()), &key.as_str().to_owned(), until)
}

/// Forgets the subject's message in a place; the next one is posted anew.
pub(super) fn forget_shown(tx: &mut Tx<'_>, key: &SubjectKey, place: &Place) {
    tx.delete::<Shown>(&shown_key(key, place));
}

/// Takes the cards that stand in one place over to another that it has become. What stood there stays behind, and its ids
/// may be those of other messages now: the next change posts the card anew, and until then nothing goes below it.
///
/// # Errors
/// The store failed.
pub fn moved(tx: &mut Tx<'_>, minter: &Minter, from: &Place, to: &Place) -> Result<(), Fault> {
    let (name, new) = (from.to_string(), to.to_string());
    for (key, mut row) in tx.prefix::<Shown>(&[], usize::MAX)? {
        if key.1 == name {
            tx.delete::<Shown>(&key);
            let there = (key.0, new.clone());
            // A card that came before the news stands there already.
            if tx.get::<Shown>(&there)?.is_none() {
                row.message = MessageRef { place: to.clone(), id: String::new() };
                tx.put_until::<Shown>(&there, &row, minter.until())?;
            }
        }
    }
    Ok(())
}

/// The subject's message in a place.
///
/// # Errors
/// The store failed.
pub fn shown(store: &Store, key: &SubjectKey, place: &Place) -> Result<Option<ShownRow>, Fault> {
    store.get::<Shown>(&shown_key(key, place))
}

/// Whose card a message is.
///
/// # Errors
/// The store failed.
pub fn of_message(store: &Store, message: &MessageRef) -> Result<Option<SubjectKey>, Fault> {
    let place = message.place.without_thread().to_string();
    Ok(store.get::<Messages>(&(place, message.id.clone()))?.map(SubjectKey::new))
}

/// Whether the subject is known: an event on it is told even where nobody subscribed to it.
///
/// # Errors
/// The store failed.
pub fn is_known(tx: &Tx<'_>, key: &SubjectKey) -> Result<bool, Fault> {
    Ok(current(tx, key)?.is_some())
}

/// The subject as this transaction sees it.
///
/// # Errors
/// The store failed.
pub fn current(tx: &Tx<'_>, key: &SubjectKey) -> Result<Option<Subject>, Fault> {
    tx.get::<Subjects>(&key.as_str().to_owned())
}

/// Whether the subject has changed since this revision.
///
/// # Errors
/// The store failed.
pub(super) fn is_newer(tx: &Tx<'_>, key: &SubjectKey, revision: u64) -> Result<bool, Fault> {
    Ok(current(tx, &moves::called(tx, key)?)?.is_some_and(|subject| subject.revision > revision))
}

/// The subject as it is now.
///
/// # Errors
/// The store failed.
pub fn get(store: &Store, key: &SubjectKey) -> Result<Option<Subject>, Fault> {
    store.get::<Subjects>(&key.as_str().to_owned())
}

fn shown_key(key: &SubjectKey, place: &Place) -> (String, String) {
    (key.as_str().to_owned(), place.room().to_string())
}

pub(super) fn prefix(key: &SubjectKey) -> Vec<u8> {
    let mut bytes = key.as_str().as_bytes().to_vec();
    bytes.push(0);
    bytes
}
