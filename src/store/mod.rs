//! Typed tables over an ordered key-value engine, with atomic transactions and a durable group commit.
//!
//! The only room that names a storage engine. Every room keeps its own tables: it implements [`Table`] and
//! reads and writes through [`Store`] and [`Tx`]. A write is done only when it is on disk (a true fsync).

mod config;
mod engine;
mod table;

pub use config::StoreConfig;
pub use engine::{OpenError, Store, Tx};
pub use table::{Key, Raw, Row, Table, Value};
