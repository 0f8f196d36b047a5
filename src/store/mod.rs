//! Typed tables over an ordered key-value engine, with atomic transactions and a durable group commit.
//!
//! The only room that names a storage engine. Every room keeps its own tables: it implements [`Table`] and
//! reads and writes through [`Store`] and [`Tx`]. A write is done only when it is on disk (a true fsync).
//!
//! ```text
//! write(work) ──► queue ──► the writer's thread: run up to `group` works, one batch, flush, fdatasync ──► answers
//! get, scan … ──► the engine, as last applied
//! ```
//!
//! The engine is sled 0.34, and the guards around it are what this room is for: one writer, a sync of our own after
//! every flush (`disk`), pages small enough that no value becomes an unsynced blob file (`cell`, `keys`),
//! leftovers of a crash cleared and damage told before the engine may touch the files (`open`, `damage`, `mark`).

pub mod admin;
mod cell;
mod config;
mod counters;
mod damage;
mod disk;
mod engine;
mod keys;
mod mark;
mod open;
mod read;
mod stats;
mod table;
mod tx;
mod watch;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

pub use cell::Encoded;
pub use config::StoreConfig;
pub use engine::Store;
pub use open::OpenError;
pub use stats::{Stats, TableStats};
pub use table::{Key, Raw, Row, Rows, Table, Value};
pub use tx::Tx;
