//! The outbox: what is to go out is staged in the same transaction as what caused it.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::tables::{Dead, DeadLetter, Outbox, Progressing};
use super::tokens::Minter;
use super::{Content, Delivery, Destination, Origin, Progress};
use crate::model::{DeliveryId, Fault, FaultKind, Place};
use crate::store::{Store, Tx};

/// Stages a delivery. Its card's buttons get their tokens here.
///
/// # Errors
/// The store failed.
pub fn stage(
    tx: &mut Tx<'_>,
    minter: &Minter,
    now: Timestamp,
    to: Destination,
    mut content: Content,
    origin: &Origin,
) -> Result<DeliveryId, Fault> {
    if let Content::Card(card) | Content::Note { card, .. } = &mut content {
        minter.mint(tx, card, None)?;
    }
    let delivery = Delivery {
        id: DeliveryId::new(),
        lane: lane(&to, &content, origin),
        expires_at: expiry(&to, &content, now),
        to,
        content,
        origin: origin.clone(),
        queued_at: now,
    };
    let number = tx.sequence();
    tx.put::<Outbox>(&number, &delivery)?;
    Ok(delivery.id)
}

/// The lane: all that goes to one channel shares one, so that it arrives in order. An answer by handle has one of its
/// own, so that a person never waits behind a channel's backlog; but not a living card, which is posted once a place.
fn lane(to: &Destination, content: &Content, origin: &Origin) -> String {
    match (to, origin.call) {
        (Destination::Answer { place, handle: Some(_), .. }, Some(call)) if !matches!(content, Content::Living(_)) => {
            format!("{}/{call}", place.platform)
        }
        (Destination::Place(place) | Destination::Answer { place, .. }, _) => {
            format!("{}/{}", place.platform, place.channel)
        }
        (Destination::Reply { to, .. }, _) => format!("{}/{}", to.place.platform, to.place.channel),
        (Destination::Endpoint(name), _) => format!("webhook/{name}"),
    }
}

/// An answer that only one person sees is of no use a day later, and so is a mere sign; all else never expires.
fn expiry(to: &Destination, content: &Content, now: Timestamp) -> Option<Timestamp> {
    match (to, content) {
        (Destination::Answer { show: crate::model::Show::Private, .. }, _) | (_, Content::Mark) => {
            now.checked_add(SignedDuration::from_hours(24)).ok()
        }
        _ => None,
    }
}

/// Puts a dead letter back at the end of its lane, with a fresh schedule. Says whether there was one.
///
/// # Errors
/// The store failed.
pub async fn redrive(store: &Store, id: DeliveryId, now: Timestamp) -> Result<bool, Fault> {
    store
        .write(move |tx| {
            let Some(letter) = tx.get::<Dead>(&id)? else { return Ok(false) };
            tx.delete::<Dead>(&id);
            let number = tx.sequence();
            // It may have arrived before it was given up: the look-up decides.
            let progress = Progress { unclear: letter.progress.unclear, insists: true, ..Progress::default() };
            tx.put::<Progressing>(&number, &progress)?;
            tx.put::<Outbox>(
                &number,
                &Delivery { expires_at: None, queued_at: letter.delivery.queued_at.min(now), ..letter.delivery },
            )?;
            Ok(true)
        })
        .await
}

/// Puts back what was given up because a place did not take it, in the old order and at most the newest `most`; of each
/// living card once a room. `missed` says of a place and the time of giving up whether it counts. Says how many.
///
/// # Errors
/// The store failed.
pub fn redrive_missed(
    tx: &mut Tx<'_>,
    most: usize,
    missed: impl Fn(&Place, Timestamp) -> bool,
) -> Result<usize, Fault> {
    let missed = |letter: &DeadLetter| {
        let refused = letter.progress.fault.as_ref();
        let refused = refused.is_some_and(|fault| matches!(fault.kind, FaultKind::Denied | FaultKind::NotFound));
        refused && matches!(&letter.delivery.to, Destination::Place(to) if missed(to, letter.at))
    };
    let letters = tx.scan::<Dead>(None, usize::MAX)?;
    let mut letters: Vec<_> = letters.into_iter().filter(|(_, letter)| missed(letter)).collect();
    letters.sort_by_key(|(id, letter)| std::cmp::Reverse((letter.delivery.queued_at, *id)));
    let (mut cards, mut put) = (HashSet::new(), Vec::new());
    for (id, letter) in letters {
        let repeats = match (&letter.delivery.content, &letter.delivery.to) {
            (Content::Living(key), Destination::Place(to)) => !cards.insert((key.clone(), to.room())),
            _ => false,
        };
        if repeats {
            // The newest of them shows all that this one would have shown.
            tx.delete::<Dead>(&id);
        } else if put.len() < most {
            put.push((id, letter));
        }
    }
    let count = put.len();
    for (id, letter) in put.into_iter().rev() {
        tx.delete::<Dead>(&id);
        let number = tx.sequence();
        let progress = Progress { unclear: letter.progress.unclear, ..Progress::default() };
        tx.put::<Progressing>(&number, &progress)?;
        tx.put::<Outbox>(&number, &letter.delivery)?;
    }
    Ok(count)
}

/// Drops a dead letter for good. Says whether there was one.
///
/// # Errors
/// The store failed.
pub async fn drop_dead(store: &Store, id: DeliveryId) -> Result<bool, Fault> {
    store
        .write(move |tx| {
            let there = tx.get::<Dead>(&id)?.is_some();
            tx.delete::<Dead>(&id);
            Ok(there)
        })
        .await
}
