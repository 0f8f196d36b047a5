//! How much the store holds, for metrics and for whoever watches the disk.

/// A store's sizes at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The tables of the rooms that have rows.
    pub tables: Vec<TableStats>,
    /// Keys and values of all rows, in bytes, as they are stored (compressed, with indexes).
    pub live_bytes: u64,
    /// The size of the engine's file in bytes. It does not shrink by itself; compaction gives the rest back.
    pub file_bytes: u64,
    /// Writes that wait for their turn.
    pub queued: usize,
}

/// One table's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStats {
    /// The table's number.
    pub id: u8,
    /// The table's name, as it last wrote.
    pub name: Option<String>,
    /// How many rows it holds.
    pub rows: u64,
}
