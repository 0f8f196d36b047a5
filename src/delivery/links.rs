//! Related subjects: a pull request that names a ticket, a page that names an issue. Each one's card shows the other, with
//! its state, whichever of the two is heard of first.
//!
//! Called by the router, inside its transactions. What is known of the other is kept in a table, so that a subject that
//! nobody watches yet still has a state.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Origin;
use super::subjects::{self, annotate};
use super::tables::{LinkRow, Links, Subjects};
use super::tokens::Minter;
use crate::model::{Card, Fault, Field, Span, SubjectKey, Text};
use crate::store::Tx;

/// How many related subjects a card shows.
const SHOWN: usize = 5;
/// How many subjects one text may name: who names more than that means none of them.
const NAMED: usize = 50;
/// How many related subjects are kept of one; the oldest go.
const KEPT: usize = 300;
/// The longest name of a related subject on a card, in characters.
const NAME: usize = 60;
/// The name of the facts that tell of related subjects; it sorts behind those of connectors.
const RELATED: &str = "~related";

/// What is told of a subject, for the cards that it is related to.
#[derive(Debug, Clone, Default)]
pub struct Told<'a> {
    /// What it is called, where its key does not say it.
    pub title: Option<&'a str>,
    /// Where it is found.
    pub link: Option<&'a str>,
    /// Its state.
    pub state: Option<&'a Text>,
    /// The time of what said so.
    pub as_of: Option<Timestamp>,
}

/// Notes what is told of a subject and which others it names. Related cards are changed where they stand. Says whether the
/// subject's own card shows something else now.
///
/// # Errors
/// The store failed.
pub fn weave(
    tx: &mut Tx<'_>,
    minter: &Minter,
    key: &SubjectKey,
    names: &[SubjectKey],
    told: &Told<'_>,
    origin: &Origin,
) -> Result<bool, Fault> {
    let mut touched = BTreeSet::new();
    for other in names.iter().filter(|other| *other != key).take(NAMED) {
        enter(tx, minter, key, other)?;
        if enter(tx, minter, other, key)? {
            touched.insert(other.as_str().to_owned());
        }
    }
    if let Some(mut subject) = subjects::current(tx, key)?
        && !is_older(told.as_of, subject.as_of)
        && told.state.is_some()
        && subject.state.as_ref() != told.state
    {
        // For those that are related later.
        subject.state = told.state.cloned();
        tx.put_until::<Subjects>(&key.as_str().to_owned(), &subject, minter.until())?;
    }
    for ((mine, other), row) in tx.prefix::<Links>(&subjects::prefix(key), usize::MAX)? {
        // What is told of one keeps both directions alive.
        tx.put_until::<Links>(&(mine.clone(), other.clone()), &row, minter.until())?;
        let there = (other, mine);
        let Some(mut row) = tx.get::<Links>(&there)? else { continue };
        if is_older(told.as_of, row.as_of) {
            continue;
        }
        row.name = name(key, told.title).unwrap_or(row.name);
        row.link = told.link.map(str::to_owned).or(row.link);
        row.state = told.state.cloned().or(row.state);
        row.as_of = told.as_of.or(row.as_of);
        tx.put_until::<Links>(&there, &row, minter.until())?;
        touched.insert(there.0);
    }
    touched.into_iter().try_for_each(|other| show(tx, minter, &SubjectKey::new(other), origin))?;
    annotate_related(tx, minter, key)
}

/// A subject is known from now on: its card shows who named it before, and theirs where it is found.
///
/// # Errors
/// The store failed.
pub(super) fn introduce(tx: &mut Tx<'_>, minter: &Minter, key: &SubjectKey, card: &Card) -> Result<(), Fault> {
    // What was told of it while nobody knew it is its state.
    let here = tx.prefix::<Links>(&subjects::prefix(key), 1)?;
    if let Some(((mine, other), _)) = here.into_iter().next()
        && let Some(state) = tx.get::<Links>(&(other, mine))?.and_then(|row| row.state)
        && let Some(mut subject) = subjects::current(tx, key)?
    {
        subject.state = Some(state);
        tx.put_until::<Subjects>(&key.as_str().to_owned(), &subject, minter.until())?;
    }
    let told = Told { title: Some(&card.title), link: card.link.as_deref(), ..Told::default() };
    weave(tx, minter, key, &[], &told, &Origin::default()).map(|_| ())
}

/// Has the card tell of its related subjects as they are now, wherever it stands.
pub(super) fn show(tx: &mut Tx<'_>, minter: &Minter, key: &SubjectKey, origin: &Origin) -> Result<(), Fault> {
    if annotate_related(tx, minter, key)? {
        subjects::refresh(tx, minter, minter.now(), key, &[], origin)?;
    }
    Ok(())
}

/// Notes that `on` shows `other`. Says whether that is new.
fn enter(tx: &mut Tx<'_>, minter: &Minter, on: &SubjectKey, other: &SubjectKey) -> Result<bool, Fault> {
    let id = (on.as_str().to_owned(), other.as_str().to_owned());
    if tx.get::<Links>(&id)?.is_some() {
        return Ok(false);
    }
    let rows = tx.prefix::<Links>(&subjects::prefix(on), usize::MAX)?;
    if rows.len() >= KEPT
        && let Some(((on, oldest), _)) = rows.into_iter().min_by_key(|(_, row)| row.since)
    {
        tx.delete::<Links>(&(oldest.clone(), on.clone()));
        tx.delete::<Links>(&(on, oldest));
    }
    let subject = subjects::current(tx, other)?;
    let title = subject.as_ref().map(|subject| subject.card.title.as_str());
    let row = LinkRow {
        name: name(other, title).unwrap_or_else(|| other.as_str().to_owned()),
        link: subject.as_ref().and_then(|subject| subject.card.link.clone()),
        state: subject.as_ref().and_then(|subject| subject.state.clone()),
        as_of: subject.and_then(|subject| subject.as_of),
        since: minter.now(),
    };
    tx.put_until::<Links>(&id, &row, minter.until())?;
    Ok(true)
}

fn annotate_related(tx: &mut Tx<'_>, minter: &Minter, key: &SubjectKey) -> Result<bool, Fault> {
    let fields = fields(tx, key)?;
    annotate(tx, minter, key, RELATED, fields)
}

/// The related subjects as a card shows them, newest first.
fn fields(tx: &Tx<'_>, key: &SubjectKey) -> Result<Vec<Field>, Fault> {
    let mut rows = tx.prefix::<Links>(&subjects::prefix(key), usize::MAX)?;
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.since));
    let more = rows.len().saturating_sub(SHOWN);
    let mut value = Text::new();
    for (_, row) in rows.into_iter().take(SHOWN) {
        if !value.is_empty() {
            value = value.plain("\n");
        }
        value = match row.link {
            Some(url) => value.link(row.name, url),
            None => value.plain(row.name),
        };
        if let Some(Text(state)) = row.state.filter(|state| !state.is_empty()) {
            value.0.push(Span::Text(" · ".to_owned()));
            value.0.extend(state);
        }
    }
    if more > 0 {
        value = value.plain(format!("\n+{more} more"));
    }
    Ok(if value.is_empty() { Vec::new() } else { vec![Field { label: "Related".to_owned(), value }] })
}

/// What a subject is called on related cards: what stands behind its service's name, or its title where that is an id that
/// tells nobody anything. `None`: it takes a title to say it.
pub(super) fn name(key: &SubjectKey, title: Option<&str>) -> Option<String> {
    let own = key.as_str().split_once(':').map_or(key.as_str(), |(_, own)| own);
    let opaque = own.len() >= 32 && own.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !opaque {
        return Some(own.to_owned());
    }
    let title = title.map(str::trim).filter(|title| !title.is_empty())?;
    if title.chars().count() <= NAME {
        return Some(title.to_owned());
    }
    Some(title.chars().take(NAME - 1).chain(['…']).collect())
}

fn is_older(this: Option<Timestamp>, shown: Option<Timestamp>) -> bool {
    this.zip(shown).is_some_and(|(this, shown)| this < shown)
}
