//! Reading rows: from the engine, or through a transaction's changes; and putting large values together again.

use std::panic::AssertUnwindSafe;

use sled::IVec;

use super::cell::{self, Body, Cell, Packed};
use super::keys;
use super::table::{Rows, Table, Value as _};
use crate::model::Fault;

/// Where rows are read from.
pub(super) trait Source {
    /// The bytes of a row.
    fn load(&self, full: &[u8]) -> Result<Option<IVec>, Fault>;
}

impl Source for sled::Db {
    fn load(&self, full: &[u8]) -> Result<Option<IVec>, Fault> {
        self.get(full).map_err(broken)
    }
}

/// The engine failed to read.
pub(super) fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::unavailable("Quarterdeck's store cannot be read at the moment; its log says why.")
        .inside(format!("the storage engine failed: {error}"))
}

/// Runs a read; the engine panics on some damage, and a read must not take its caller down.
pub(super) fn guarded<R>(read: impl FnOnce() -> Result<R, Fault>) -> Result<R, Fault> {
    std::panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| Err(broken(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// The value of a row; `None` when one of its pieces is not there.
pub(super) fn gather(source: &impl Source, cell: &Cell<'_>) -> Result<Option<Packed>, Fault> {
    let bytes = match cell.body {
        Body::Here(bytes) => bytes.to_vec(),
        Body::Chunks { id, len } => {
            let mut bytes = Vec::new();
            for (number, size) in cell::pieces(len) {
                match source.load(&keys::chunk(id, number))? {
                    Some(piece) if piece.len() == size => bytes.extend_from_slice(&piece),
                    _ => return Ok(None),
                }
            }
            bytes
        }
    };
    Ok(Some(Packed { squeezed: cell.squeezed, bytes }))
}

/// The value of a row that was just read, read again if it was overwritten in the meantime.
///
/// A row and its pieces are read one after the other. When a writer replaces them in between, the pieces are gone and
/// the row says something else by now. When it still says the same, it is damaged.
pub(super) fn value<T: Table>(source: &impl Source, full: &[u8], mut row: IVec) -> Result<Option<T::Value>, Fault> {
    loop {
        if let Some(packed) = gather(source, &Cell::read(&row)?)? {
            return T::Value::from_bytes(packed.unpack()?).map(Some);
        }
        match source.load(full)? {
            None => return Ok(None),
            Some(now) if now == row => {
                return Err(Fault::bug(format!("a row of table {} is damaged: pieces of it are missing", T::NAME)));
            }
            Some(now) => row = now,
        }
    }
}

/// Rows read as keys and values; those that went away in the meantime are left out.
pub(super) fn rows<T: Table>(
    source: &impl Source,
    found: impl IntoIterator<Item = Result<(impl AsRef<[u8]>, IVec), Fault>>,
    limit: usize,
) -> Result<Rows<T>, Fault> {
    let mut rows = Vec::new();
    for entry in found {
        if rows.len() >= limit {
            break;
        }
        let (full, row) = entry?;
        if let Some(value) = value::<T>(source, full.as_ref(), row)? {
            rows.push((keys::parse::<T>(full.as_ref())?, value));
        }
    }
    Ok(rows)
}
