//! Subjects that go on under another key: a moved issue, a transferred one, all of a repository that was renamed. Their
//! cards go on being edited where they stand, and who answers to an old message means the new subject.
//!
//! Called by the router, inside its transactions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Origin;
use super::links;
use super::subjects;
use super::tables::{Links, Messages, MovedSubjects, Shown, Subject, Subjects, Tokens};
use super::tokens::Minter;
use crate::model::{ActionKind, Fault, Object, Press, SubjectKey};
use crate::store::{Store, Table, Tx};

/// Where rows are looked up: in the store, or as a transaction sees it.
pub trait Lookup {
    /// The row, if it is there.
    ///
    /// # Errors
    /// The store failed.
    fn row<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, Fault>;
}

impl Lookup for Store {
    fn row<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, Fault> {
        self.get::<T>(key)
    }
}

impl Lookup for Tx<'_> {
    fn row<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, Fault> {
        self.get::<T>(key)
    }
}

/// The key under which the subject goes on, for what was noted under the old one: deliveries on their way, calls, buttons.
///
/// # Errors
/// The store failed.
pub fn called(at: &impl Lookup, key: &SubjectKey) -> Result<SubjectKey, Fault> {
    let mut name = key.as_str().to_owned();
    // An issue moves once or twice in its life; a circle would be a vendor's joke.
    for _ in 0..8 {
        if at.row::<Subjects>(&name)?.is_some() {
            break;
        }
        let Some(next) = at.row::<MovedSubjects>(&name)? else { break };
        name = next;
    }
    Ok(SubjectKey::new(name))
}

/// One subject goes on under another key. Where both have a card, the newer one is shown from now on.
///
/// # Errors
/// The store failed.
pub fn rename(tx: &mut Tx<'_>, minter: &Minter, from: &SubjectKey, to: &SubjectKey) -> Result<(), Fault> {
    if from != to {
        let renamed = BTreeMap::from([(from.as_str().to_owned(), to.as_str().to_owned())]);
        apply(tx, minter, &renamed)?;
    }
    Ok(())
}

/// All subjects of a source go on under its new name: `github:acme/api#12` as `github:acme/core#12`. The buttons that stand
/// on their cards mean the new name, too.
///
/// # Errors
/// The store failed.
pub fn rename_source(tx: &mut Tx<'_>, minter: &Minter, from: &str, to: &str) -> Result<(), Fault> {
    let mut renamed = BTreeMap::new();
    for (key, _) in tx.prefix::<Subjects>(from.as_bytes(), usize::MAX)? {
        if let Some(new) = under(&key, from, to) {
            renamed.insert(key, new);
        }
    }
    // A related subject may be known by its key alone.
    for ((on, _), _) in tx.prefix::<Links>(from.as_bytes(), usize::MAX)? {
        if let Some(new) = under(&on, from, to) {
            renamed.insert(on, new);
        }
    }
    apply(tx, minter, &renamed)?;
    let own = |source: &str| source.split_once(':').map_or(source, |(_, own)| own).to_owned();
    renamed.values().try_for_each(|key| press_under(tx, minter, key, &own(from), &own(to)))
}

/// Forgets what once went on elsewhere from under this source's name: the name is another's now.
///
/// # Errors
/// The store failed.
pub fn forget(tx: &mut Tx<'_>, source: &str) -> Result<(), Fault> {
    for (key, _) in tx.prefix::<MovedSubjects>(source.as_bytes(), usize::MAX)? {
        if under(&key, source, source).is_some() {
            tx.delete::<MovedSubjects>(&key);
        }
    }
    Ok(())
}

/// What something of the source `from` is called under the source `to`; `None` when it is another source's. Not every key
/// that begins alike belongs to it: `acme/api-2` is another repository, `ACME-2` an issue of its project.
#[must_use]
pub fn under(key: &str, from: &str, to: &str) -> Option<String> {
    let rest = key.strip_prefix(from)?;
    let mut signs = rest.chars();
    let belongs = match signs.next() {
        None | Some('#' | '/' | '@') => true,
        Some('-') => !from.contains('/') && !signs.as_str().is_empty() && signs.all(|sign| sign.is_ascii_digit()),
        _ => false,
    };
    belongs.then(|| format!("{to}{rest}"))
}

fn apply(tx: &mut Tx<'_>, minter: &Minter, renamed: &BTreeMap<String, String>) -> Result<(), Fault> {
    if renamed.is_empty() {
        return Ok(());
    }
    let until = minter.until();
    for (old, new) in renamed {
        move_card(tx, minter, old, new)?;
        for ((_, place), row) in tx.prefix::<Shown>(&subjects::prefix(&SubjectKey::new(old.clone())), usize::MAX)? {
            tx.delete::<Shown>(&(old.clone(), place.clone()));
            let there = (new.clone(), place);
            // Where both stand, the card of the new key goes on; the other stays as it is.
            if tx.get::<Shown>(&there)?.is_none() {
                tx.put_until::<Shown>(&there, &row, until)?;
            }
        }
        tx.delete::<MovedSubjects>(new);
        tx.put_until::<MovedSubjects>(old, new, until)?;
    }
    for (message, key) in tx.scan::<Messages>(None, usize::MAX)? {
        if let Some(new) = renamed.get(&key) {
            tx.put_until::<Messages>(&message, new, until)?;
        }
    }
    move_links(tx, minter, renamed)
}

fn move_card(tx: &mut Tx<'_>, minter: &Minter, old: &String, new: &String) -> Result<(), Fault> {
    let Some(mut moved) = tx.get::<Subjects>(old)? else { return Ok(()) };
    tx.delete::<Subjects>(old);
    if let Some(there) = tx.get::<Subjects>(new)? {
        let newer = moved.as_of >= there.as_of;
        let revision = moved.revision.max(there.revision);
        let (kept, other) = if newer { (moved, there) } else { (there, moved) };
        let extras = other.extras.into_iter().chain(kept.extras).collect();
        moved = Subject { revision, extras, state: kept.state.or(other.state), ..kept };
    }
    moved.card.key = Some(SubjectKey::new(new.clone()));
    moved.revision += 1;
    tx.put_until::<Subjects>(new, &moved, minter.until())
}

fn move_links(tx: &mut Tx<'_>, minter: &Minter, renamed: &BTreeMap<String, String>) -> Result<(), Fault> {
    let mut touched = BTreeSet::new();
    for ((on, other), mut row) in tx.scan::<Links>(None, usize::MAX)? {
        let (here, there) = (renamed.get(&on), renamed.get(&other));
        if here.is_none() && there.is_none() {
            continue;
        }
        tx.delete::<Links>(&(on.clone(), other.clone()));
        let id = (here.unwrap_or(&on).clone(), there.unwrap_or(&other).clone());
        touched.insert(id.0.clone());
        if id.0 != id.1 && tx.get::<Links>(&id)?.is_none() {
            // Its title is not told again; a name that came from the key follows the key.
            row.name = links::name(&SubjectKey::new(id.1.clone()), None).unwrap_or(row.name);
            tx.put_until::<Links>(&id, &row, minter.until())?;
        }
    }
    touched.into_iter().try_for_each(|key| links::show(tx, minter, &SubjectKey::new(key), &Origin::default()))
}

/// Has the buttons of a card run with the source's new name.
fn press_under(tx: &mut Tx<'_>, minter: &Minter, key: &str, from: &str, to: &str) -> Result<(), Fault> {
    let key = key.to_owned();
    let Some(mut subject) = tx.get::<Subjects>(&key)? else { return Ok(()) };
    for action in &mut subject.card.actions {
        let (ActionKind::Run(press) | ActionKind::Select { press, .. }) = &mut action.kind else { continue };
        rewrite(&mut press.args, from, to);
        if let Some(token) = &action.token
            && let Some(mut record) = tx.get::<Tokens>(token)?
        {
            rewrite(&mut record.press.args, from, to);
            record.subject = Some(SubjectKey::new(key.clone()));
            let until = record.until;
            tx.put_until::<Tokens>(token, &record, until)?;
        }
    }
    for decision in &mut subject.card.decisions {
        let Some((operation, args)) = decision.deed.split_once(' ') else { continue };
        if let Ok(mut args) = serde_json::from_str::<Object>(args) {
            rewrite(&mut args, from, to);
            decision.deed = Press::new(operation, args).deed();
        }
    }
    tx.put_until::<Subjects>(&key, &subject, minter.until())
}

fn rewrite(args: &mut Object, from: &str, to: &str) {
    for value in args.values_mut() {
        if let Value::String(text) = value
            && let Some(new) = under(text, from, to)
        {
            *text = new;
        }
    }
}
