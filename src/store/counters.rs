//! The one row that is rewritten with every group: what has been counted, and how far writing has come.

use super::keys;

/// Marks the row, so that the log can be searched for it without the engine.
pub(super) const MAGIC: [u8; 8] = *b"QDgroup\x01";

/// Counts and high-water marks, part of every batch and so exactly as durable as the rows they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counters {
    /// The number of the last group.
    pub(super) group: u64,
    /// The last number that [`Tx::sequence`](super::Tx::sequence) gave.
    pub(super) sequence: u64,
    /// The last number of a large value.
    pub(super) chunked: u64,
    /// Keys and values of all rows but the store's own of table 0, in bytes.
    pub(super) bytes: u64,
    /// The sum of the checks of all these rows: it tells when an older row stands where a newer one should.
    pub(super) sum: u64,
    rows: [u64; 256],
}

impl Default for Counters {
    fn default() -> Self {
        Self { group: 0, sequence: 0, chunked: 0, bytes: 0, sum: 0, rows: [0; 256] }
    }
}

impl Counters {
    pub(super) fn rows(&self, table: u8) -> u64 {
        self.rows[usize::from(table)]
    }

    /// Tables that have rows, in order.
    pub(super) fn tables(&self) -> impl Iterator<Item = (u8, u64)> + '_ {
        (0..=u8::MAX).zip(self.rows).filter(|(_, rows)| *rows > 0)
    }

    /// Counts that a row changed: what it was before, what it is now.
    pub(super) fn change(&mut self, full: &[u8], before: Option<&[u8]>, now: Option<&[u8]>) {
        let Some(table) = full.first().copied().filter(|table| *table != keys::META) else { return };
        let weight = |row: Option<&[u8]>| row.map_or(0, |row| (full.len() + row.len()) as u64);
        self.bytes = self.bytes.saturating_sub(weight(before)).saturating_add(weight(now));
        self.sum = self.sum.wrapping_sub(check(full, before)).wrapping_add(check(full, now));
        let rows = &mut self.rows[usize::from(table)];
        match (before, now) {
            (None, Some(_)) => *rows += 1,
            (Some(_), None) => *rows = rows.saturating_sub(1),
            _ => {}
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut row = MAGIC.to_vec();
        for number in [self.group, self.sequence, self.chunked, self.bytes, self.sum, self.tables().count() as u64] {
            row.extend_from_slice(&number.to_be_bytes());
        }
        for (table, rows) in self.tables() {
            row.push(table);
            row.extend_from_slice(&rows.to_be_bytes());
        }
        let check = crc32fast::hash(&row);
        row.extend_from_slice(&check.to_be_bytes());
        row
    }

    /// Reads the row at the beginning of `bytes`; what follows does not matter.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(&MAGIC)?;
        let mut next = || {
            let (number, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_be_bytes(*number))
        };
        let mut counters = Self {
            group: next()?,
            sequence: next()?,
            chunked: next()?,
            bytes: next()?,
            sum: next()?,
            ..Self::default()
        };
        let tables = usize::try_from(next()?).ok().filter(|tables| *tables <= 256)?;
        let end = MAGIC.len() + 6 * 8 + tables * 9;
        for entry in bytes.get(MAGIC.len() + 6 * 8..end)?.chunks_exact(9) {
            let (table, rows) = entry.split_first()?;
            counters.rows[usize::from(*table)] = u64::from_be_bytes(rows.try_into().ok()?);
        }
        let check = bytes.get(end..end + 4)?;
        (check == crc32fast::hash(&bytes[..end]).to_be_bytes()).then_some(counters)
    }
}

/// A row's part in the sum.
fn check(full: &[u8], row: Option<&[u8]>) -> u64 {
    row.map_or(0, |row| {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(full);
        hasher.update(row);
        // Spread over all bits, so that sums of many rows do not cancel out.
        (u64::from(hasher.finalize()) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}
