//! The store's face to the other rooms. (Interface; the engine behind it is being built.)

use std::future::Future;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{StoreConfig, Table};
use crate::model::Fault;

/// An open store. Clones share it.
#[derive(Debug, Clone)]
pub struct Store {}

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {}

/// A transaction, run on the writer's thread: alone, in order, atomic. Keep it short and free of I/O.
#[derive(Debug)]
pub struct Tx<'a> {
    _store: &'a (),
}

impl Store {
    /// Opens or creates the store.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(_config: &StoreConfig) -> Result<Self, OpenError> {
        todo!()
    }

    /// Queues `work` at once (the order of calls is the order of transactions) and resolves when it is on disk.
    /// When `work` fails, nothing of it is written.
    ///
    /// # Errors
    /// What `work` said, or `Unavailable` when the store does not acknowledge.
    pub fn write<R, F>(&self, _work: F) -> impl Future<Output = Result<R, Fault>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<R, Fault> + Send + 'static,
    {
        async { todo!() }
    }

    /// One row, as last written (perhaps not on disk yet).
    ///
    /// # Errors
    /// The engine failed or the row is damaged.
    pub fn get<T: Table>(&self, _key: &T::Key) -> Result<Option<T::Value>, Fault> {
        todo!()
    }

    /// Up to `limit` rows from `from` (inclusive; the beginning when `None`) on, in the order of keys.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn scan<T: Table>(&self, _from: Option<&T::Key>, _limit: usize) -> Result<Vec<(T::Key, T::Value)>, Fault> {
        todo!()
    }

    /// Up to `limit` rows, last key first.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn last<T: Table>(&self, _limit: usize) -> Result<Vec<(T::Key, T::Value)>, Fault> {
        todo!()
    }

    /// The rows whose key bytes begin with these bytes, in the order of keys.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn prefix<T: Table>(&self, _prefix: &[u8], _limit: usize) -> Result<Vec<(T::Key, T::Value)>, Fault> {
        todo!()
    }

    /// How many rows the table holds, kept up to date in memory.
    #[must_use]
    pub fn count<T: Table>(&self) -> u64 {
        todo!()
    }

    /// The keys put into the table from now on, each after it is on disk. Put by whichever room.
    #[must_use]
    pub fn watch<T: Table>(&self) -> mpsc::UnboundedReceiver<T::Key> {
        todo!()
    }

    /// Whether writes are acknowledged; after a failed fsync they are not any more.
    ///
    /// # Errors
    /// Why not.
    pub fn health(&self) -> Result<(), Fault> {
        todo!()
    }

    /// Removes rows whose time has come, at most `limit`; says how many.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn sweep(&self, _now: Timestamp, _limit: usize) -> Result<usize, Fault> {
        todo!()
    }

    /// Waits for queued writes, closes the file and lets the lock go.
    pub async fn close(self) {
        todo!()
    }
}

impl Tx<'_> {
    /// One row, with this transaction's own changes.
    ///
    /// # Errors
    /// The engine failed or the row is damaged.
    pub fn get<T: Table>(&self, _key: &T::Key) -> Result<Option<T::Value>, Fault> {
        todo!()
    }

    /// Writes a row.
    ///
    /// # Errors
    /// The value cannot be written.
    pub fn put<T: Table>(&mut self, _key: &T::Key, _value: &T::Value) -> Result<(), Fault> {
        todo!()
    }

    /// Writes a row that is swept away after `until`.
    ///
    /// # Errors
    /// The value cannot be written.
    pub fn put_until<T: Table>(&mut self, _key: &T::Key, _value: &T::Value, _until: Timestamp) -> Result<(), Fault> {
        todo!()
    }

    /// Removes a row, if it is there.
    pub fn delete<T: Table>(&mut self, _key: &T::Key) {
        todo!()
    }

    /// The rows whose key bytes begin with these bytes, with this transaction's own changes.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn prefix<T: Table>(&self, _prefix: &[u8], _limit: usize) -> Result<Vec<(T::Key, T::Value)>, Fault> {
        todo!()
    }

    /// A number greater than every one given before, also by earlier runs of the program.
    pub fn sequence(&mut self) -> u64 {
        todo!()
    }
}
