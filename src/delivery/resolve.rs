//! From a stored delivery to the errand of this moment: a living card is posted or edited, a note finds its thread,
//! an answer takes its handle or its place.

use jiff::Timestamp;

use super::tables::ShownRow;
use super::{Content, Delivery, Destination, Errand, Progress, moves, subjects};
use crate::model::{Card, Fault, MessageRef, Place, ReplyHandle, Show, SubjectKey};
use crate::store::Store;

/// What is to be done now.
#[derive(Debug)]
pub(super) enum Step {
    /// Carry this.
    Go(Box<Errand>, Target),
    /// Nothing: what it would show is shown already.
    Superseded,
    /// It can never be carried.
    Dead(Fault),
}

/// What the message that arrives is to be remembered as.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// The living card of a subject in a place, at this revision.
    pub(super) living: Option<(SubjectKey, Place, Standing)>,
    /// A follow-up on a subject.
    pub(super) note: Option<SubjectKey>,
    /// Whether the errand edits a message that may be gone.
    pub(super) edits: bool,
}

/// What a living card's message shows.
#[derive(Debug)]
pub(super) struct Standing {
    /// The subject's revision.
    pub(super) revision: u64,
    /// The card's digest.
    pub(super) digest: String,
}

fn digest(card: &Card) -> Result<String, Fault> {
    use sha2::Digest as _;
    let bytes = serde_json::to_vec(card).map_err(|error| Fault::bug(format!("a card cannot be written: {error}")))?;
    Ok(hex::encode(&sha2::Sha256::digest(&bytes)[..16]))
}

impl Target {
    /// The same for a message that was found: what it shows may be older than what would be sent now.
    pub(super) fn of_unknown_age(self) -> Self {
        let unknown = || Standing { revision: 0, digest: String::new() };
        Self { living: self.living.map(|(key, place, _)| (key, place, unknown())), ..self }
    }
}

/// Looks everything up that the errand needs.
///
/// # Errors
/// The store failed.
pub(super) fn resolve(store: &Store, delivery: &Delivery, progress: &Progress, now: Timestamp) -> Result<Step, Fault> {
    let odd = || Ok(Step::Dead(Fault::bug("a delivery whose content does not fit its destination")));
    match (&delivery.to, &delivery.content) {
        (Destination::Endpoint(endpoint), Content::Event(event)) => Ok(Step::Go(
            Box::new(Errand::Event { endpoint: endpoint.clone(), event: event.clone() }),
            Target::default(),
        )),
        (Destination::Endpoint(_), _) | (_, Content::Event(_)) => odd(),
        (Destination::Reply { to, .. }, Content::Mark) => {
            Ok(Step::Go(Box::new(Errand::Mark { message: to.clone() }), Target::default()))
        }
        // The message stayed behind in a place that goes on under another id.
        (_, Content::Mark) => Ok(Step::Superseded),
        (Destination::Reply { to, .. }, Content::Note { about, card }) => note(store, about, &to.place, card),
        (Destination::Reply { to, handle }, Content::Card(card)) => {
            Ok(match alive(handle.as_ref(), now).filter(|_| progress.fell_back) {
                Some(handle) => answer(handle, card, Show::Public, false),
                None => Step::Go(reply(to, alive(handle.as_ref(), now), card), Target::default()),
            })
        }
        (Destination::Reply { to, handle }, Content::Living(key)) => {
            let handle = alive(handle.as_ref(), now);
            match (handle.filter(|_| progress.fell_back), subjects::get(store, key)?) {
                (Some(handle), Some(subject)) => Ok(answer(handle, &subject.shown(), Show::Public, false)),
                _ => living(store, key, &to.place, |card| reply(to, handle, card)),
            }
        }
        (Destination::Place(place), Content::Card(card)) => Ok(post(place, card, None, None)),
        (Destination::Place(place) | Destination::Answer { place, .. }, Content::Note { about, card }) => {
            note(store, about, place, card)
        }
        (Destination::Answer { handle, place, user, show, replace }, Content::Card(card)) => {
            Ok(match alive(handle.as_ref(), now).filter(|_| !progress.fell_back) {
                Some(handle) => answer(handle, card, *show, *replace),
                None => post(place, card, reader(*show, user), None),
            })
        }
        (Destination::Answer { handle, place, .. }, Content::Living(key)) if progress.fell_back => {
            let Some(subject) = subjects::get(store, &moves::called(store, key)?)? else {
                return Ok(Step::Superseded);
            };
            Ok(match alive(handle.as_ref(), now) {
                Some(handle) => answer(handle, &subject.shown(), Show::Public, false),
                None => post(place, &subject.shown(), None, None),
            })
        }
        (Destination::Place(place), Content::Living(key)) => living(store, key, place, |card| anew(place, card, None)),
        (Destination::Answer { place, handle, .. }, Content::Living(key)) => {
            living(store, key, place, |card| anew(place, card, alive(handle.as_ref(), now)))
        }
    }
}

/// A living card that stands nowhere in the place yet.
fn anew(place: &Place, card: &Card, reply: Option<&ReplyHandle>) -> Box<Errand> {
    let (place, card, reply) = (place.clone(), Box::new(card.clone()), reply.cloned());
    Box::new(Errand::Post { place, card, only_for: None, under: None, reply })
}

fn reply(to: &MessageRef, handle: Option<&ReplyHandle>, card: &Card) -> Box<Errand> {
    Box::new(Errand::Reply { to: to.clone(), handle: handle.cloned(), card: Box::new(card.clone()) })
}

fn living(
    store: &Store,
    key: &SubjectKey,
    place: &Place,
    first: impl FnOnce(&Card) -> Box<Errand>,
) -> Result<Step, Fault> {
    let key = &moves::called(store, key)?;
    let Some(subject) = subjects::get(store, key)? else { return Ok(Step::Superseded) };
    let card = Box::new(subject.shown());
    let digest = digest(&card)?;
    let target = |edits| {
        let standing = Standing { revision: subject.revision, digest: digest.clone() };
        Target { living: Some((key.clone(), place.clone(), standing)), edits, ..Target::default() }
    };
    let shown = subjects::shown(store, key, place)?;
    if shown.as_ref().is_some_and(|row| row.revision >= subject.revision || row.digest == digest) {
        return Ok(Step::Superseded);
    }
    Ok(match shown.as_ref().and_then(ShownRow::standing) {
        Some(message) => Step::Go(Box::new(Errand::Edit { message: message.clone(), card }), target(true)),
        None => Step::Go(first(&card), target(false)),
    })
}

fn note(store: &Store, about: &SubjectKey, place: &Place, card: &Card) -> Result<Step, Fault> {
    let about = &moves::called(store, about)?;
    let (place, under) = match subjects::shown(store, about, place)?.as_ref().and_then(ShownRow::standing) {
        Some(message) => (message.place.clone(), Some(message.id.clone())),
        None => (place.clone(), None),
    };
    let target = Target { note: Some(about.clone()), ..Target::default() };
    let card = Box::new(card.clone());
    Ok(Step::Go(Box::new(Errand::Post { place, card, only_for: None, under, reply: None }), target))
}

fn post(place: &Place, card: &Card, only_for: Option<String>, reply: Option<ReplyHandle>) -> Step {
    let (place, card) = (place.clone(), Box::new(card.clone()));
    let target = Target { note: card.key.clone(), ..Target::default() };
    Step::Go(Box::new(Errand::Post { place, card, only_for, under: None, reply }), target)
}

fn answer(handle: &ReplyHandle, card: &Card, show: Show, replace: bool) -> Step {
    let errand = Errand::Answer { handle: handle.clone(), card: Box::new(card.clone()), show, replace };
    // Who replies to it means what it is about.
    let note = card.key.clone().filter(|_| show == Show::Public && !replace);
    Step::Go(Box::new(errand), Target { note, ..Target::default() })
}

fn alive(handle: Option<&ReplyHandle>, now: Timestamp) -> Option<&ReplyHandle> {
    handle.filter(|handle| handle.expires > now)
}

/// Only a private answer names its reader.
fn reader(show: Show, user: &str) -> Option<String> {
    (show == Show::Private).then(|| user.to_owned())
}
