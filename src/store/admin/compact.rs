//! `store compact`: gives back the disk that deleted rows left behind.
//!
//! The engine reuses freed space and never shrinks its file, so the live rows are copied into a fresh store, which
//! then takes the place of the old one. A crash while copying leaves the old store where it is. A crash between the
//! two renames leaves it as `<path>.before-compact`; the next start puts it back (`open`). A crash after them leaves
//! the new store in place, and the next compaction removes what remains of the old one.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::cell::{Cell, Packed};
use super::super::counters::Counters;
use super::super::keys;
use super::super::open::beside;
use super::super::read::{Source as _, broken, gather};
use super::super::{Store, StoreConfig};
use super::{AdminError, existing, io_error, wait};
use crate::model::Fault;

/// Rows are copied in transactions of so many bytes.
const COPY_AT_ONCE: usize = 1 << 20;

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// How many rows the store holds.
    pub rows: u64,
    /// The size of the engine's file before, in bytes.
    pub before: u64,
    /// The size of the engine's file now, in bytes.
    pub after: u64,
}

impl fmt::Display for Compacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows; the store had {} bytes and has {} now.", self.rows, self.before, self.after)
    }
}

/// Copies the live rows into a fresh store and puts it in the old one's place. Needs room for both on the disk.
///
/// # Errors
/// The store does not open, a row is damaged, or the disk does not take the copy. Then the old store stays.
pub fn compact(config: &StoreConfig) -> Result<Compacted, AdminError> {
    let source = existing(config)?;
    let dir = fs::canonicalize(&config.path).map_err(io_error("the store's directory cannot be read"))?;
    let (fresh, old) = (beside(&dir, "compact"), beside(&dir, "before-compact"));
    for left in [&fresh, &old] {
        remove(left)?;
    }
    let before = source.stats()?.file_bytes;
    let target = Store::open(&StoreConfig { path: fresh.clone(), ..config.clone() })?;
    let rows = match copy(&source, &target) {
        Ok(rows) => rows,
        Err(fault) => {
            drop(target);
            remove(&fresh)?;
            return Err(fault.into());
        }
    };
    let fresh_lock = target.close_locked();
    // Held to the end: nobody may write to the old store while it is replaced.
    let old_lock = source.close_locked();
    swap(&dir, &fresh, &old)?;
    drop(fresh_lock);
    let opened = Store::open(config).map_err(AdminError::from).and_then(|store| {
        let after = store.stats()?.file_bytes;
        store.close_locked();
        Ok(after)
    });
    let after = match opened {
        Ok(after) => after,
        Err(error) => {
            swap(&dir, &old, &fresh)?;
            return Err(error);
        }
    };
    drop(old_lock);
    remove(&old)?;
    sync_parent(&dir)?;
    Ok(Compacted { rows, before, after })
}

/// Moves `dir` away to `aside` and `coming` into its place.
fn swap(dir: &Path, coming: &Path, aside: &Path) -> Result<(), AdminError> {
    fs::rename(dir, aside).map_err(io_error(format!("{} cannot be renamed; nothing was changed", dir.display())))?;
    if let Err(source) = fs::rename(coming, dir) {
        fs::rename(aside, dir).map_err(io_error(format!(
            "the store is whole at {}, but could not be put back; rename it to {} yourself",
            aside.display(),
            dir.display()
        )))?;
        let what = format!("{} cannot be renamed; the old store is still in place", coming.display());
        return Err(AdminError::Io { what, source });
    }
    sync_parent(dir)
}

fn sync_parent(dir: &Path) -> Result<(), AdminError> {
    let parent = dir.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    fs::File::open(parent)
        .and_then(|parent| parent.sync_all())
        .map_err(io_error("the directory above the store cannot be synced"))
}

fn remove(dir: &Path) -> Result<(), AdminError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(io_error(format!("{} cannot be removed; do it yourself and try again", dir.display()))(error))
        }
        _ => Ok(()),
    }
}

/// Copies rows, names and high-water marks, and counts whether all arrived.
fn copy(source: &Store, target: &Store) -> Result<u64, Fault> {
    type Rows = Vec<(Vec<u8>, Packed, Option<i64>)>;
    let write =
        |rows: Rows| {
            wait(target.write(move |tx| {
                rows.into_iter().try_for_each(|(full, packed, until)| tx.put_row(full, &packed, until))
            }))
        };
    let counters = source.reading(|db| {
        let (mut rows, mut weight) = (Rows::new(), 0);
        for entry in db.range(vec![keys::META + 1]..vec![keys::EXPIRY]) {
            let (full, row) = entry.map_err(broken)?;
            let cell = Cell::read(&row)?;
            let packed = gather(db, &cell)?
                .ok_or_else(|| Fault::bug(format!("pieces of the row {} are missing", hex::encode(&full))))?;
            weight += full.len() + packed.bytes.len();
            rows.push((full.to_vec(), packed, cell.until));
            if weight >= COPY_AT_ONCE {
                weight = 0;
                write(std::mem::take(&mut rows))?;
            }
        }
        write(rows)?;
        db.load(&keys::COUNTERS)?
            .and_then(|row| Counters::read(&row))
            .ok_or_else(|| Fault::bug("the row with the counters cannot be read"))
    })?;
    let (names, sequence) = (source.names(), counters.sequence);
    wait(target.write(move |tx| {
        for (table, name) in names {
            tx.set(keys::name(table).to_vec(), Some(name.as_bytes().into()))?;
        }
        tx.own.counters.sequence = sequence;
        Ok(())
    }))?;
    let (had, has) = (source.stats()?.tables, target.stats()?.tables);
    let count =
        |tables: &[super::super::TableStats]| tables.iter().map(|table| (table.id, table.rows)).collect::<Vec<_>>();
    if count(&had) != count(&has) {
        return Err(Fault::bug("the copy does not have the rows that the store has"));
    }
    Ok(has.iter().map(|table| table.rows).sum())
}
