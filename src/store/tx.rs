//! Transactions: reads that see their own changes, and changes that wait for the group's batch.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use sled::IVec;

use super::cell::{self, Body, CHUNK, Cell, Encoded, Packed};
use super::counters::Counters;
use super::keys;
use super::read::{self, Source, broken};
use super::{Rows, Table};
use crate::model::Fault;

/// Changes that are not in the engine yet; `None` removes.
pub(super) type Overlay = BTreeMap<Vec<u8>, Option<IVec>>;

/// What the transactions of a group have done so far.
#[derive(Default)]
pub(super) struct Group {
    pub(super) overlay: Overlay,
    /// Stored bytes in the overlay.
    pub(super) weight: usize,
    /// Keys to tell, in order.
    pub(super) told: Vec<Vec<u8>>,
}

/// Which table wrote under a number in this run of the program.
pub(super) type Names = [Option<&'static str>; 256];

/// A transaction, run on the writer's thread: alone, in order, atomic. Keep it short and free of I/O.
pub struct Tx<'a> {
    db: &'a sled::Db,
    group: &'a Group,
    names: &'a Names,
    pub(super) own: Own,
}

/// What one transaction changes.
pub(super) struct Own {
    pub(super) overlay: Overlay,
    pub(super) counters: Counters,
    pub(super) told: Vec<Vec<u8>>,
    pub(super) named: Vec<(u8, &'static str)>,
    /// A failure that its method could not return.
    pub(super) failed: Option<Fault>,
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({} changes)", self.own.overlay.len())
    }
}

impl Source for Tx<'_> {
    fn load(&self, full: &[u8]) -> Result<Option<IVec>, Fault> {
        match self.own.overlay.get(full).or_else(|| self.group.overlay.get(full)) {
            Some(changed) => Ok(changed.clone()),
            None => self.db.load(full),
        }
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(db: &'a sled::Db, group: &'a Group, counters: Counters, names: &'a Names) -> Self {
        let own = Own { overlay: Overlay::new(), counters, told: Vec::new(), named: Vec::new(), failed: None };
        Self { db, group, names, own }
    }

    /// One row, with this transaction's own changes.
    ///
    /// # Errors
    /// The engine failed or the row is damaged.
    pub fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, Fault> {
        let full = keys::row::<T>(key);
        self.load(&full)?.map_or(Ok(None), |row| read::value::<T>(self, &full, row))
    }

    /// Writes a row. A large value is better encoded ahead: see [`Encoded`].
    ///
    /// # Errors
    /// The value cannot be written or is too large (64 MiB), or the key is too long (480 bytes).
    pub fn put<T: Table>(&mut self, key: &T::Key, value: &T::Value) -> Result<(), Fault> {
        self.put_encoded(key, Encoded::<T>::new(value)?)
    }

    /// Writes a row that is swept away after `until`.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_until<T: Table>(&mut self, key: &T::Key, value: &T::Value, until: Timestamp) -> Result<(), Fault> {
        self.put_encoded_until(key, Encoded::<T>::new(value)?, until)
    }

    /// Writes a row whose value was encoded ahead.
    ///
    /// # Errors
    /// The key is too long, or the engine failed.
    pub fn put_encoded<T: Table>(&mut self, key: &T::Key, value: Encoded<T>) -> Result<(), Fault> {
        self.put_typed::<T>(key, value, None)
    }

    /// Writes a row whose value was encoded ahead, and that is swept away after `until`.
    ///
    /// # Errors
    /// As [`put_encoded`](Self::put_encoded).
    pub fn put_encoded_until<T: Table>(
        &mut self,
        key: &T::Key,
        value: Encoded<T>,
        until: Timestamp,
    ) -> Result<(), Fault> {
        // Rounded up: a row must not go before its time.
        let part = i64::from(until.subsec_nanosecond() > 0);
        self.put_typed::<T>(key, value, Some(until.as_second() + part))
    }

    /// Removes a row, if it is there.
    pub fn delete<T: Table>(&mut self, key: &T::Key) {
        let removed = self.remove_row(&keys::row::<T>(key));
        self.keep(removed);
    }

    /// The rows whose key bytes begin with these bytes, with this transaction's own changes.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn prefix<T: Table>(&self, prefix: &[u8], limit: usize) -> Result<Rows<T>, Fault> {
        let from = [&[T::ID], prefix].concat();
        let to = keys::after(&from).unwrap_or_default();
        self.rows::<T>(&from, &to, limit)
    }

    /// Up to `limit` rows from `from` (inclusive; the beginning when `None`) on, with this transaction's own changes.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn scan<T: Table>(&self, from: Option<&T::Key>, limit: usize) -> Result<Rows<T>, Fault> {
        let from = from.map_or_else(|| vec![T::ID], keys::row::<T>);
        self.rows::<T>(&from, &[T::ID + 1], limit)
    }

    /// How many rows the table holds, with this transaction's own changes.
    #[must_use]
    pub fn count<T: Table>(&self) -> u64 {
        self.own.counters.rows(T::ID)
    }

    /// A number greater than every one given before, also by earlier runs of the program. Numbers may be left out.
    pub fn sequence(&mut self) -> u64 {
        self.own.counters.sequence += 1;
        self.own.counters.sequence
    }

    fn rows<T: Table>(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Rows<T>, Fault> {
        read::rows::<T>(self, self.range(from, to, limit)?.into_iter().map(Ok), limit)
    }

    /// Up to `limit` raw rows from `from` to before `to`.
    pub(super) fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, IVec)>, Fault> {
        let bounds = (std::ops::Bound::Included(from), std::ops::Bound::Excluded(to));
        if from >= to {
            return Ok(Vec::new());
        }
        let mut changed: BTreeMap<&[u8], Option<&IVec>> = BTreeMap::new();
        for overlay in [&self.group.overlay, &self.own.overlay] {
            changed.extend(overlay.range::<[u8], _>(bounds).map(|(full, row)| (full.as_slice(), row.as_ref())));
        }
        let mut changed = changed.into_iter().peekable();
        let mut stored = self.db.range::<&[u8], _>(from..to).peekable();
        let mut found = Vec::new();
        while found.len() < limit {
            let stored_first = match (stored.peek(), changed.peek()) {
                (None, None) => break,
                (None, Some(_)) => false,
                (Some(Err(_)), _) | (Some(_), None) => true,
                (Some(Ok((full, _))), Some((key, _))) => {
                    if full.as_ref() == *key {
                        stored.next();
                        continue;
                    }
                    full.as_ref() < *key
                }
            };
            if stored_first {
                if let Some(entry) = stored.next() {
                    let (full, row) = entry.map_err(broken)?;
                    found.push((full.to_vec(), row));
                }
            } else if let Some((full, Some(row))) = changed.next() {
                found.push((full.to_vec(), row.clone()));
            }
        }
        Ok(found)
    }

    fn put_typed<T: Table>(&mut self, key: &T::Key, value: Encoded<T>, until: Option<i64>) -> Result<(), Fault> {
        self.claim(T::ID, T::NAME)?;
        let Encoded { packed, .. } = value;
        self.put_row(keys::row::<T>(key), &packed, until)
    }

    /// Sees to it that one number means one table, and that its name is known to exports.
    fn claim(&mut self, id: u8, name: &'static str) -> Result<(), Fault> {
        if !keys::is_open(id) {
            return Err(Fault::bug(format!("table {name} has the number {id}, which is the store's own")));
        }
        let named = || self.own.named.iter().find(|(table, _)| *table == id).map(|(_, name)| *name);
        match self.names[usize::from(id)].or_else(named) {
            Some(known) if known == name => Ok(()),
            Some(known) => Err(Fault::bug(format!("tables {known} and {name} have the same number, {id}"))),
            None => {
                self.own.named.push((id, name));
                let full = keys::name(id);
                if self.load(&full)?.as_deref() != Some(name.as_bytes()) {
                    self.set(full.to_vec(), Some(name.as_bytes().into()))?;
                }
                Ok(())
            }
        }
    }

    /// Writes a row of an open table, with its pieces and its place in the index.
    pub(super) fn put_row(&mut self, full: Vec<u8>, packed: &Packed, until: Option<i64>) -> Result<(), Fault> {
        if full.len() > keys::KEY_MAX + 1 {
            let text =
                format!("This is too long: as a key it has {} bytes, at most {} are taken.", full.len(), keys::KEY_MAX);
            return Err(Fault::bad_input("key", text));
        }
        let before = self.load(&full)?;
        if let Some(row) = &before {
            self.forget(&full, row)?;
        }
        let body = if packed.bytes.len() <= CHUNK {
            Body::Here(&packed.bytes)
        } else {
            self.own.counters.chunked += 1;
            let id = self.own.counters.chunked;
            for (number, piece) in (0..).zip(packed.bytes.chunks(CHUNK)) {
                self.exchange(keys::chunk(id, number), None, Some(piece.into()));
            }
            let len = u32::try_from(packed.bytes.len()).map_err(|_| Fault::bug("a value of more than 4 GiB"))?;
            Body::Chunks { id, len }
        };
        if let Some(until) = until {
            self.exchange(keys::expiry(until, &full), None, Some(IVec::default()));
        }
        // Whether somebody watches is asked only when the key is on disk: who begins to watch now and reads the table
        // before this batch is applied must still hear of it.
        self.own.told.push(full.clone());
        let row = Cell { squeezed: packed.squeezed, until, body }.write();
        self.exchange(full, before.as_deref(), Some(row.into()));
        Ok(())
    }

    fn remove_row(&mut self, full: &[u8]) -> Result<(), Fault> {
        if let Some(row) = self.load(full)? {
            self.forget(full, &row)?;
            self.exchange(full.to_vec(), Some(&row), None);
        }
        Ok(())
    }

    /// Removes what belongs to a row: its pieces and its place in the index.
    fn forget(&mut self, full: &[u8], row: &[u8]) -> Result<(), Fault> {
        // A damaged row may be overwritten and removed; what belonged to it cannot be known.
        let Ok(cell) = Cell::read(row) else { return Ok(()) };
        if let Body::Chunks { id, len } = cell.body {
            for (number, _) in cell::pieces(len) {
                self.set(keys::chunk(id, number), None)?;
            }
        }
        cell.until.map_or(Ok(()), |until| self.set(keys::expiry(until, full), None))
    }

    /// Sets or removes any row.
    pub(super) fn set(&mut self, full: Vec<u8>, row: Option<IVec>) -> Result<(), Fault> {
        let before = self.load(&full)?;
        if before.is_some() || row.is_some() {
            self.exchange(full, before.as_deref(), row);
        }
        Ok(())
    }

    fn exchange(&mut self, full: Vec<u8>, before: Option<&[u8]>, row: Option<IVec>) {
        self.own.counters.change(&full, before, row.as_deref());
        self.own.overlay.insert(full, row);
    }

    fn keep(&mut self, result: Result<(), Fault>) {
        if let Err(fault) = result {
            self.own.failed.get_or_insert(fault);
        }
    }

    /// Removes rows that are due; says how many rows went and how many entries were looked at.
    pub(super) fn sweep(&mut self, now: Timestamp, limit: usize) -> Result<(usize, usize), Fault> {
        let due = self.range(&[keys::EXPIRY], &keys::expiry_from(now.as_second().saturating_add(1)), limit)?;
        let mut swept = 0;
        for (entry, _) in &due {
            let Some((until, full)) = keys::parse_expiry(entry) else { continue };
            let row = self.load(full)?;
            // The row says itself when it goes: an old entry must not take away what was written since.
            let goes = row.is_some_and(|row| Cell::read(&row).is_ok_and(|cell| cell.until == Some(until)));
            if goes {
                self.remove_row(full)?;
                swept += 1;
            } else {
                self.set(entry.clone(), None)?;
            }
        }
        Ok((swept, due.len()))
    }
}
