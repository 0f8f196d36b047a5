//! The store's face to the other rooms: typed reads, queued writes, watching, closing.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::JoinHandle;

use jiff::Timestamp;
use sled::IVec;
use tokio::sync::{mpsc, oneshot};

use super::counters::Counters;
use super::open::{self, OpenError};
use super::read::{self, Source as _, broken, guarded, panic_text};
use super::stats::{Stats, TableStats};
use super::watch::Watchers;
use super::writer::{Message, Ran, Writer};
use super::{Rows, StoreConfig, Table, Tx, keys};
use crate::model::Fault;

/// So many writes may wait. More means that the disk does not keep up, and memory should not pay for it.
const QUEUE_MAX: usize = 65_536;
/// Sweeping is cut into transactions of so many rows, so that others get their turn.
const SWEEP_AT_ONCE: usize = 256;

/// An open store. Clones share it; it is closed by [`Store::close`] or when the last clone goes.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    /// Gone when the store is closed.
    db: RwLock<Option<sled::Db>>,
    jobs: Sender<Message>,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<Writer>>>,
}

/// What the writer tells everybody.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) rows: [AtomicU64; 256],
    pub(super) bytes: AtomicU64,
    pub(super) sequence: AtomicU64,
    pub(super) queued: AtomicUsize,
    /// Why nothing is acknowledged any more.
    pub(super) poison: OnceLock<Fault>,
    pub(super) watchers: Watchers,
    pub(super) names: Mutex<BTreeMap<u8, String>>,
}

impl Shared {
    pub(super) fn new(names: BTreeMap<u8, String>) -> Self {
        Self {
            rows: [const { AtomicU64::new(0) }; 256],
            bytes: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            queued: AtomicUsize::new(0),
            poison: OnceLock::new(),
            watchers: Watchers::default(),
            names: Mutex::new(names),
        }
    }

    /// Shows the counters to everybody. What grew is shown first: a row that moved from one table to another may be seen
    /// twice for a moment, but never nowhere, so that who sees only zeros knows that nothing waits.
    pub(super) fn publish(&self, counters: &Counters) {
        for growing in [true, false] {
            for table in 0..=u8::MAX {
                let (shown, rows) = (&self.rows[usize::from(table)], counters.rows(table));
                if (rows > shown.load(Ordering::Relaxed)) == growing {
                    shown.store(rows, Ordering::Release);
                }
            }
        }
        self.bytes.store(counters.bytes, Ordering::Relaxed);
        self.sequence.store(counters.sequence, Ordering::Relaxed);
    }

    pub(super) fn name(&self, table: u8, name: &str) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(table, name.to_owned());
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.inner.dir).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or creates the store. Blocks: about a second for every gigabyte in its file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(config: &StoreConfig) -> Result<Self, OpenError> {
        open::open(config, &open::Terms::default())
    }

    /// Starts the writer's thread.
    pub(super) fn start(dir: PathBuf, writer: Writer) -> std::io::Result<Self> {
        let (jobs, queue) = std::sync::mpsc::channel();
        let (db, shared) = (writer.db.clone(), writer.shared.clone());
        let thread =
            std::thread::Builder::new().name("quarterdeck-store".to_owned()).spawn(move || writer.run(&queue))?;
        let inner = Inner { dir, db: RwLock::new(Some(db)), jobs, shared, writer: Mutex::new(Some(thread)) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Queues `work` at once (the order of calls is the order of transactions) and resolves when it is on disk.
    /// When `work` fails or panics, nothing of it is written. Dropping the future does not take the work back.
    ///
    /// # Errors
    /// What `work` said, or `Unavailable` when the store does not acknowledge.
    pub fn write<R, F>(&self, work: F) -> impl Future<Output = Result<R, Fault>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<R, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = move |tx: Result<&mut Tx<'_>, Fault>| {
            let tx = match tx {
                Ok(tx) => tx,
                Err(fault) => {
                    let _ = reply.send(Err(fault));
                    return Ran { keep: false, answer: Box::new(|_| ()) };
                }
            };
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| work(tx)));
            let result = result
                .unwrap_or_else(|panic| Err(Fault::bug(format!("a transaction panicked: {}", panic_text(&*panic)))));
            let result = tx.own.failed.take().map_or(result, Err);
            // A failure waits for the sync as well: it may rest on what others wrote in the same group.
            Ran { keep: result.is_ok(), answer: Box::new(move |durable| drop(reply.send(durable.and(result)))) }
        };
        let shared = &self.inner.shared;
        let queued = if shared.queued.fetch_add(1, Ordering::Relaxed) < QUEUE_MAX {
            self.inner.jobs.send(Message::Job(Box::new(job))).map_err(|_| closed())
        } else {
            Err(Fault::unavailable("Quarterdeck has more to store than its disk can take. Please try again soon.")
                .inside(format!("{QUEUE_MAX} writes wait for the disk")))
        };
        if queued.is_err() {
            shared.queued.fetch_sub(1, Ordering::Relaxed);
        }
        async move {
            queued?;
            answer.await.unwrap_or_else(|_| Err(closed()))
        }
    }

    /// One row, as last written (perhaps not on disk yet).
    ///
    /// # Errors
    /// The engine failed or the row is damaged.
    pub fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Value>, Fault> {
        let full = keys::row::<T>(key);
        self.reading(|db| db.load(&full)?.map_or(Ok(None), |row| read::value::<T>(db, &full, row)))
    }

    /// Up to `limit` rows from `from` (inclusive; the beginning when `None`) on, in the order of keys.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn scan<T: Table>(&self, from: Option<&T::Key>, limit: usize) -> Result<Rows<T>, Fault> {
        let from = from.map_or_else(|| vec![T::ID], keys::row::<T>);
        self.reading(|db| read::rows::<T>(db, entries(db.range(from.as_slice()..&[T::ID + 1])), limit))
    }

    /// Up to `limit` rows, last key first.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn last<T: Table>(&self, limit: usize) -> Result<Rows<T>, Fault> {
        self.reading(|db| read::rows::<T>(db, entries(db.range([T::ID]..[T::ID + 1]).rev()), limit))
    }

    /// The rows whose key bytes begin with these bytes, in the order of keys.
    ///
    /// # Errors
    /// The engine failed or a row is damaged.
    pub fn prefix<T: Table>(&self, prefix: &[u8], limit: usize) -> Result<Rows<T>, Fault> {
        let from = [&[T::ID], prefix].concat();
        let to = keys::after(&from).unwrap_or_default();
        self.reading(|db| read::rows::<T>(db, entries(db.range(from..to)), limit))
    }

    /// How many rows the table holds, kept up to date in memory.
    #[must_use]
    pub fn count<T: Table>(&self) -> u64 {
        self.inner.shared.rows[usize::from(T::ID)].load(Ordering::Acquire)
    }

    /// The keys put into the table from now on, each after it is on disk. Put by whichever room.
    #[must_use]
    pub fn watch<T: Table>(&self) -> mpsc::UnboundedReceiver<T::Key> {
        self.inner.shared.watchers.add::<T>()
    }

    /// Whether writes are acknowledged; after a failed fsync they are not any more.
    ///
    /// # Errors
    /// Why not.
    pub fn health(&self) -> Result<(), Fault> {
        self.inner.shared.poison.get().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// Removes rows whose time has come, at most `limit`; says how many.
    ///
    /// # Errors
    /// The engine failed.
    pub async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let mut swept = 0;
        while swept < limit {
            let at_once = (limit - swept).min(SWEEP_AT_ONCE);
            let (rows, looked_at) = self.write(move |tx| tx.sweep(now, at_once)).await?;
            swept += rows;
            if looked_at < at_once {
                break;
            }
        }
        Ok(swept)
    }

    /// How much the store holds.
    ///
    /// # Errors
    /// The size of the file cannot be read.
    pub fn stats(&self) -> Result<Stats, Fault> {
        let shared = &self.inner.shared;
        let names = shared.names.lock().unwrap_or_else(PoisonError::into_inner);
        let tables = (0..=u8::MAX)
            .filter(|id| keys::is_open(*id))
            .map(|id| TableStats {
                id,
                name: names.get(&id).cloned(),
                rows: shared.rows[usize::from(id)].load(Ordering::Relaxed),
            })
            .filter(|table| table.rows > 0)
            .collect();
        Ok(Stats {
            tables,
            live_bytes: shared.bytes.load(Ordering::Relaxed),
            file_bytes: std::fs::metadata(self.inner.dir.join("db")).map_err(broken)?.len(),
            queued: shared.queued.load(Ordering::Relaxed),
        })
    }

    /// Waits for queued writes, closes the file and lets the lock go. What other clones ask for afterwards fails.
    pub async fn close(self) {
        let (done, closed) = oneshot::channel();
        let inner = self.inner.clone();
        // A thread of its own: closing blocks, and must work without any runtime.
        let thread = std::thread::Builder::new().name("quarterdeck-close".to_owned()).spawn(move || {
            inner.shut();
            let _ = done.send(());
        });
        match thread {
            Ok(_) => drop(closed.await),
            Err(_) => self.inner.shut(),
        }
    }

    /// The names of tables, as they last wrote.
    pub(super) fn names(&self) -> BTreeMap<u8, String> {
        self.inner.shared.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the engine and keeps the directory locked; `None` when it is closed already.
    pub(super) fn close_locked(self) -> Option<std::fs::File> {
        self.inner.shut_locked()
    }

    /// Reads straight from the engine.
    pub(super) fn reading<R>(&self, read: impl FnOnce(&sled::Db) -> Result<R, Fault>) -> Result<R, Fault> {
        let db = self.inner.db.read().unwrap_or_else(PoisonError::into_inner);
        let db = db.as_ref().ok_or_else(closed)?;
        guarded(|| read(db))
    }
}

impl Inner {
    fn shut(&self) {
        drop(self.shut_locked());
    }

    /// Lets the writer finish, then drops the engine.
    fn shut_locked(&self) -> Option<std::fs::File> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let _ = self.jobs.send(Message::Stop);
        if writer.thread().id() == std::thread::current().id() {
            // A transaction held the last clone. The writer ends by itself and drops the engine.
            return None;
        }
        let writer = writer.join().ok()?;
        self.db.write().unwrap_or_else(PoisonError::into_inner).take();
        Some(open::finish(writer, &self.dir))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut();
    }
}

fn closed() -> Fault {
    Fault::unavailable("Quarterdeck is stopping. Please try again when it is back.").inside("the store is closed")
}

fn entries(
    range: impl Iterator<Item = sled::Result<(IVec, IVec)>>,
) -> impl Iterator<Item = Result<(IVec, IVec), Fault>> {
    range.map(|entry| entry.map_err(broken))
}
