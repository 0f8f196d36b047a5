//! The bytes of keys: a table's number, then the key's own bytes; and the store's own tables.
//!
//! Limits follow from the engine. It writes a page (a leaf of at most 20 rows for a moment, an index of at most 320
//! keys) as one message, and a message above a quarter of a segment becomes a file of its own that is never synced.
//! With [`SEGMENT`] bytes a segment that is 262 092 bytes: 20 × ([`CHUNK`](super::cell::CHUNK) + key + headers) is
//! under 100 KiB, 320 × ([`KEY_MAX`] + 32) under 164 KiB. A test writes the worst of both and finds no such file.

use super::Table;
use super::table::Key as _;
use crate::model::Fault;

/// The engine's segment size in bytes. It is part of the file's format: changing it takes an export and an import.
pub(super) const SEGMENT: usize = 1 << 20;
/// The longest key of a table, in bytes, without the table's number.
pub(super) const KEY_MAX: usize = 480;

/// The store's own rows: counters, schema version, names of tables.
pub(super) const META: u8 = 0;
/// The index of rows that expire: seconds, table, key.
pub(super) const EXPIRY: u8 = 254;
/// The pieces of large values.
pub(super) const CHUNKS: u8 = 255;

/// The counters, rewritten with every group.
pub(super) const COUNTERS: [u8; 2] = [META, b'c'];
/// The version of the schema.
pub(super) const SCHEMA: [u8; 2] = [META, b's'];

/// The row that holds a table's name.
pub(super) fn name(table: u8) -> [u8; 3] {
    [META, b't', table]
}

/// Empty rows behind the counters, so that the page that is rewritten with every group never holds anything large.
pub(super) fn fillers() -> impl Iterator<Item = [u8; 3]> {
    (0..40).map(|number| [META, b'~', number])
}

/// Whether rooms may have this table.
pub(super) fn is_open(table: u8) -> bool {
    !matches!(table, META | EXPIRY | CHUNKS)
}

/// The full key of a row.
pub(super) fn row<T: Table>(key: &T::Key) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32);
    bytes.push(T::ID);
    key.write(&mut bytes);
    bytes
}

/// The key in a full key.
pub(super) fn parse<T: Table>(full: &[u8]) -> Result<T::Key, Fault> {
    full.get(1..).and_then(T::Key::read).ok_or_else(|| {
        Fault::bug(format!("a key of table {} is damaged or of another version: {}", T::NAME, hex::encode(full)))
    })
}

/// Where one of the pieces of a large value lies.
pub(super) fn chunk(id: u64, number: u32) -> Vec<u8> {
    let mut bytes = vec![CHUNKS];
    bytes.extend_from_slice(&id.to_be_bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes
}

/// Where the index says that the row expires.
pub(super) fn expiry(until: i64, full: &[u8]) -> Vec<u8> {
    let mut bytes = expiry_from(until);
    bytes.extend_from_slice(full);
    bytes
}

/// Where entries of this second begin.
pub(super) fn expiry_from(until: i64) -> Vec<u8> {
    let mut bytes = vec![EXPIRY];
    // The sign turned over, so that times before 1970 sort first.
    bytes.extend_from_slice(&(until.cast_unsigned() ^ (1 << 63)).to_be_bytes());
    bytes
}

/// The second and the full key of an entry.
pub(super) fn parse_expiry(entry: &[u8]) -> Option<(i64, &[u8])> {
    let (until, full) = entry.get(1..)?.split_at_checked(8)?;
    let until = (u64::from_be_bytes(until.try_into().ok()?) ^ (1 << 63)).cast_signed();
    (!full.is_empty()).then_some((until, full))
}

/// The first key after all that begin with these bytes; `None` when there is none.
pub(super) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let cut = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=cut].to_vec();
    end[cut] += 1;
    Some(end)
}
