//! Opening and closing: the order of checks that keeps a crash harmless and damage loud.
//!
//! Nothing is changed before our lock is held and the files have been found whole. The engine panics on some damage,
//! quietly cuts other damage away, and does not start beside a snapshot that a crash left half written; each of these
//! is met here, before or around its `open`. A directory in which a store once was never becomes a fresh store.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::Duration;

use super::counters::Counters;
use super::damage;
use super::disk::{Disk, RealDisk};
use super::engine::Shared;
use super::keys::{self, SEGMENT};
use super::mark::{self, Mark, Seen};
use super::read::panic_text;
use super::tx::{Group, Tx};
use super::writer::Writer;
use super::{Store, StoreConfig};
use crate::model::Fault;

/// Stores with a file up to this size are counted through at every start; the largest take some tenths of a second.
const COUNT_UP_TO: u64 = 256 << 20;

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("The store {path} is in use by another process. Is Quarterdeck running already? Stop it first, or set another `store.path`.", path = .path.display())]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// Its files are damaged or incomplete.
    #[error("The store {path} is damaged: {what}. Quarterdeck does not start with less than it has acknowledged. \
        Move the directory aside whole (`mv {path} {path}.damaged`), keep it, and put a backup of the whole directory in its place, \
        or `quarterdeck store import` your last export. Only without either, start anew with an empty store.", path = .path.display())]
    Corrupt {
        /// The store's directory.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A newer version of Quarterdeck wrote it.
    #[error("The store {path} was written by a newer Quarterdeck (schema {found}; this one knows up to {known}). Run that version or a later one.", path = .path.display())]
    Newer {
        /// The store's directory.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest we know.
        known: u32,
    },
    /// It could not be brought to the present schema.
    #[error("The store {path} could not be brought from schema {from} to the present one: {fault}. Nothing was changed; run the version that wrote it, and report this.", path = .path.display())]
    Migration {
        /// The store's directory.
        path: PathBuf,
        /// The schema it has.
        from: u32,
        /// What went wrong.
        fault: Fault,
    },
    /// The disk or the permissions are in the way.
    #[error("The store {path} cannot be opened: {what} ({source}). Check that the disk has room and that the directory belongs to the user Quarterdeck runs as.", path = .path.display())]
    Io {
        /// The store's directory.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// A step from one schema to the next.
pub(super) type Migration = fn(&mut Tx<'_>) -> Result<(), Fault>;

/// The steps so far; the schema's version is one more than their number.
const MIGRATIONS: &[Migration] = &[];

/// What is not the same for everybody who opens a store.
pub(super) struct Terms {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) migrations: &'static [Migration],
    /// Whether the rows are counted through first; who verifies wants to read past what is missing.
    pub(super) count: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { disk: Arc::new(RealDisk), migrations: MIGRATIONS, count: true }
    }
}

impl Terms {
    pub(super) fn version(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// Opens or creates the store.
pub(super) fn open(config: &StoreConfig, terms: &Terms) -> Result<Store, OpenError> {
    let dir = config.path.clone();
    let failed = |what| {
        let path = dir.clone();
        move |source| OpenError::Io { path, what, source }
    };
    let corrupt = |what: String| OpenError::Corrupt { path: dir.clone(), what };
    let before = beside(&dir, "before-compact");
    if !dir.exists() && before.exists() {
        restore(&before, &dir)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(failed("its directory could not be created"))?;
    let lock = lock(&dir)?;
    let seen = Mark::see(&dir).map_err(failed("its mark could not be read"))?;
    if seen == Seen::Unreadable {
        tracing::warn!(path = %dir.display(), "the store's mark is torn; it is written anew");
    }
    if let Some(what) = damage::inspect(&dir, seen).map_err(failed("its files could not be read"))? {
        return Err(corrupt(what));
    }
    clear_leftovers(&dir).map_err(failed("what a crash left could not be cleared"))?;
    let db = start_engine(config)?;
    let file = File::options().write(true).open(dir.join("db")).map_err(failed("its data file could not be opened"))?;
    sync_entries(&*terms.disk, &dir).map_err(failed("its directory could not be synced"))?;

    let found = guard(|| survey(&db, seen, terms.count))
        .and_then(|found| found.map_err(|error| plain(&error)))
        .map_err(corrupt)?;
    let (schema, counters, names) = found.map_err(corrupt)?;
    let shared = Arc::new(Shared::new(names));
    shared.publish(&counters);
    let fresh = schema.is_none();
    let mark = Mark::open(&dir).map_err(failed("its mark could not be opened"))?;
    let mut writer = Writer {
        db,
        file,
        mark,
        disk: terms.disk.clone(),
        counters,
        names: Box::new([None; 256]),
        shared,
        group: config.group.max(1),
        lock,
    };
    let known = terms.version();
    match schema {
        Some(found) if found > known => return Err(OpenError::Newer { path: dir, found, known }),
        Some(found) if found == known => {
            writer.mark.note(writer.counters.group).map_err(failed("its mark could not be written"))?;
        }
        _ => migrate(&mut writer, schema, terms).map_err(|fault| OpenError::Migration {
            path: dir.clone(),
            from: schema.unwrap_or(0),
            fault,
        })?,
    }
    terms.disk.sync_path(&mark::path(&dir)).map_err(failed("its mark could not be synced"))?;
    terms.disk.sync_path(&dir).map_err(failed("its directory could not be synced"))?;
    if fresh {
        tracing::info!(path = %dir.display(), "a new store");
    }
    Store::start(dir.clone(), writer).map_err(failed("its thread could not be started"))
}

/// A directory beside this one.
pub(super) fn beside(dir: &Path, what: &str) -> PathBuf {
    // Through its components, so that a trailing slash does not put it inside.
    let mut name = dir.components().collect::<PathBuf>().into_os_string();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}

/// A compaction ended between its two renames: the store from before it is whole, and it is the store.
fn restore(before: &Path, dir: &Path) -> Result<(), OpenError> {
    let held = lock(before)?;
    std::fs::rename(before, dir).map_err(|source| OpenError::Io {
        path: dir.to_owned(),
        what: "a compaction was cut short, and the store from before it could not be put back",
        source,
    })?;
    tracing::warn!(path = %dir.display(), "a compaction was cut short; the store from before it is back in place");
    drop(held);
    Ok(())
}

/// Our lock. The engine has one of its own, but it must be ours before anything is cleared away.
pub(super) fn lock(dir: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Io { path: dir.to_owned(), what: "its lock could not be taken", source };
    let file = File::options().write(true).create(true).truncate(false).open(dir.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Removes snapshots that were never finished, and sets aside broken ones: the engine would not start beside them.
/// A snapshot only shortens the start; all it says is in the log as well.
fn clear_leftovers(dir: &Path) -> io::Result<()> {
    for path in damage::unfinished_snapshots(dir)? {
        tracing::warn!(path = %path.display(), "a crash left an unfinished snapshot; it is removed");
        std::fs::remove_file(path)?;
    }
    for path in damage::snapshots(dir)? {
        if !damage::is_whole(&path)? {
            tracing::warn!(path = %path.display(), "a snapshot is torn; it is set aside and the log is read instead");
            std::fs::rename(&path, dir.join("torn-snapshot"))?;
        }
    }
    Ok(())
}

fn start_engine(config: &StoreConfig) -> Result<sled::Db, OpenError> {
    let path = config.path.clone();
    let engine = sled::Config::new()
        .path(&path)
        .cache_capacity(config.cache_mib.max(1).saturating_mul(1 << 20))
        .mode(sled::Mode::HighThroughput)
        .segment_size(SEGMENT)
        // Only the writer flushes.
        .flush_every_ms(None);
    // Our lock is held, so an engine that still holds its file is about to let it go, or is none of ours.
    if let Ok(file) = File::options().write(true).open(path.join("db")) {
        is_let_go(&file, 500);
    }
    match guard(|| engine.open()) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(error))) if error.to_string().contains("could not acquire lock") => {
            Err(OpenError::Locked { path })
        }
        Ok(Err(sled::Error::Io(source))) => Err(OpenError::Io { path, what: "the storage engine failed", source }),
        Ok(Err(error)) => Err(OpenError::Corrupt { path, what: format!("the storage engine says: {}", plain(&error)) }),
        Err(panic) => Err(OpenError::Corrupt { path, what: format!("the storage engine gave up on it: {panic}") }),
    }
}

/// The engine's words without the empty backtrace at their end.
fn plain(error: &sled::Error) -> String {
    error.to_string().trim_end_matches(" backtrace ()").to_owned()
}

type Survey = (Option<u32>, Counters, BTreeMap<u8, String>);

/// Reads what the store says of itself, or why it must not be used.
fn survey(db: &sled::Db, seen: Seen, count: bool) -> sled::Result<Result<Survey, String>> {
    let schema = db.get(keys::SCHEMA)?.map(|row| row.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)));
    let counters = db.get(keys::COUNTERS)?.map(|row| Counters::read(&row));
    let (schema, counters) = match (schema, counters) {
        (Some(Some(schema)), Some(Some(counters))) => (schema, counters),
        (None, None) if db.iter().next().transpose()?.is_none() => {
            return Ok(match seen {
                Seen::Absent => Ok((None, Counters::default(), BTreeMap::new())),
                _ => Err("it was a store, and all of it is gone".to_owned()),
            });
        }
        (None, None) => return Ok(Err("its data are not Quarterdeck's".to_owned())),
        _ => return Ok(Err("the row with its counters or its schema version is missing or damaged".to_owned())),
    };
    if let Seen::Group(group) = seen
        && counters.group < group
    {
        let found = counters.group;
        return Ok(Err(format!("writes up to group {group} were acknowledged, but it holds only those up to {found}")));
    }
    if count && db.size_on_disk()? <= COUNT_UP_TO {
        let mut counted = Counters::default();
        for entry in db.iter() {
            let (full, row) = entry?;
            counted.change(&full, None, Some(&row));
        }
        let same = (counted.bytes, counted.sum) == (counters.bytes, counters.sum);
        if !same || !counted.tables().eq(counters.tables()) {
            return Ok(Err(
                "rows that were acknowledged are missing from it, or older ones stand in their place".to_owned()
            ));
        }
    }
    let mut names = BTreeMap::new();
    for entry in db.scan_prefix([keys::META, b't']) {
        let (full, name) = entry?;
        if let Some(table) = full.get(2) {
            names.insert(*table, String::from_utf8_lossy(&name).into_owned());
        }
    }
    Ok(Ok((Some(schema), counters, names)))
}

/// Brings the store to the present schema, in one transaction.
fn migrate(writer: &mut Writer, from: Option<u32>, terms: &Terms) -> Result<(), Fault> {
    let (names, group) = ([None; 256], Group::default());
    let mut tx = Tx::new(&writer.db, &group, writer.counters.clone(), &names);
    if let Some(from) = from {
        for (number, step) in (1..).zip(terms.migrations).skip_while(|(number, _)| *number < from) {
            tracing::info!(from = number, to = number + 1, "the store's schema is brought up to date");
            step(&mut tx)?;
        }
    } else {
        for filler in keys::fillers() {
            tx.set(filler.to_vec(), Some(sled::IVec::default()))?;
        }
    }
    tx.set(keys::SCHEMA.to_vec(), Some(terms.version().to_be_bytes().as_slice().into()))?;
    let own = tx.own;
    own.failed.map_or(Ok(()), Err)?;
    writer.counters = own.counters;
    writer.commit(&own.overlay)
}

/// The engine creates its files and never syncs their entries: a power cut soon after would leave none.
fn sync_entries(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    disk.sync_path(&dir.join("conf"))?;
    disk.sync_path(&dir.join("blobs"))?;
    disk.sync_path(dir)?;
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    disk.sync_path(parent)
}

/// Drops the engine and waits until it let its file go, so that the store can be opened again at once.
///
/// Its threads end their last writes after the engine itself is gone, and hold the file until then.
pub(super) fn finish(writer: Writer, dir: &Path) -> File {
    let Writer { db, file, lock, disk, .. } = writer;
    let dropped = guard(|| drop(db));
    if let Err(panic) = dropped {
        tracing::error!(%panic, "the storage engine did not close properly");
    }
    // What the engine wrote while closing holds nothing that was not durable, but let it be in order.
    if let Err(error) = disk.sync_data(&file).and_then(|()| disk.sync_path(&mark::path(dir))) {
        tracing::warn!(%error, "the store could not be synced while closing");
    }
    if !is_let_go(&file, 5000) {
        tracing::warn!(path = %dir.display(), "the storage engine still holds its file after closing");
    }
    lock
}

/// Waits until the engine let its file go, looking so many times about a millisecond apart.
fn is_let_go(file: &File, looks: u32) -> bool {
    for _ in 0..looks {
        if file.try_lock().is_ok() {
            let _ = file.unlock();
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    false
}

thread_local! {
    /// Where this thread's panics are written while the engine runs guarded.
    static HEARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the engine where its panics are expected; gives what one said, and keeps it off the terminal.
pub(super) fn guard<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let heard = HEARD.with(|heard| match &mut *heard.borrow_mut() {
                Some(text) => {
                    *text = info.payload_as_str().unwrap_or("a panic without a text").to_owned();
                    true
                }
                None => false,
            });
            if !heard {
                before(info);
            }
        }));
    });
    HEARD.with(|heard| *heard.borrow_mut() = Some(String::new()));
    let ran = std::panic::catch_unwind(AssertUnwindSafe(run));
    let heard = HEARD.with(|heard| heard.borrow_mut().take()).filter(|text| !text.is_empty());
    ran.map_err(|panic| heard.unwrap_or_else(|| panic_text(&*panic)))
}
