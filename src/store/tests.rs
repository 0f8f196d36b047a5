//! The store's tests, by subject, and what they share.

mod admin;
mod crash;
mod group;
mod rules;
mod tables;
mod values;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;

use super::disk::{Disk, RealDisk};
use super::open::{self, Terms};
use super::{Raw, Store, StoreConfig, Table};
use crate::model::Fault;

pub(super) struct Numbers;
impl Table for Numbers {
    const ID: u8 = 10;
    const NAME: &'static str = "numbers";
    type Key = u64;
    type Value = String;
}

pub(super) struct Words;
impl Table for Words {
    const ID: u8 = 11;
    const NAME: &'static str = "words";
    type Key = String;
    type Value = u64;
}

pub(super) struct Bodies;
impl Table for Bodies {
    const ID: u8 = 12;
    const NAME: &'static str = "bodies";
    type Key = u64;
    type Value = Raw;
}

/// A directory, and stores opened in it.
pub(super) struct Room {
    root: TempDir,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { root: TempDir::new().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.root.path().join("store")
    }

    pub(super) fn config(&self) -> StoreConfig {
        StoreConfig { path: self.path(), ..StoreConfig::default() }
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.config()).unwrap()
    }

    pub(super) fn open_on(&self, disk: Arc<dyn Disk>) -> Store {
        open::open(&self.config(), &Terms { disk, migrations: &[], count: true }).unwrap()
    }
}

/// A store whose disk fails from the moment on when the flag is set; for other rooms' tests of what they do then.
pub(crate) fn failing(config: &StoreConfig) -> (Store, impl Fn() + use<>) {
    let disk = Arc::new(Watched::default());
    let store = open::open(config, &Terms { disk: disk.clone(), migrations: &[], count: true }).unwrap();
    (store, move || disk.fails.store(true, Ordering::SeqCst))
}

/// A disk that can be held up, can fail, and remembers what it was asked.
#[derive(Default)]
pub(super) struct Watched {
    state: Mutex<State>,
    changed: Condvar,
    pub(super) fails: AtomicBool,
    pub(super) syncs: AtomicUsize,
    /// At every sync the directory is copied here.
    pub(super) copy: Mutex<Option<(PathBuf, PathBuf)>>,
}

#[derive(Default)]
struct State {
    held: bool,
    waiting: bool,
    paths: Vec<PathBuf>,
}

impl Watched {
    pub(super) fn hold(&self) {
        self.state.lock().unwrap().held = true;
    }

    pub(super) fn release(&self) {
        self.state.lock().unwrap().held = false;
        self.changed.notify_all();
    }

    /// Waits until a sync is being held up.
    pub(super) fn reached(&self) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| !state.waiting).unwrap());
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.state.lock().unwrap().paths.clone()
    }
}

impl Disk for Watched {
    fn sync_data(&self, file: &File) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.held {
            state.waiting = true;
            self.changed.notify_all();
            state = self.changed.wait_while(state, |state| state.held).unwrap();
            state.waiting = false;
        }
        drop(state);
        if self.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is on fire"));
        }
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if let Some((from, to)) = &*self.copy.lock().unwrap() {
            let _ = std::fs::remove_dir_all(to);
            copy_dir(from, to);
        }
        RealDisk.sync_data(file)
    }

    fn sync_path(&self, path: &Path) -> io::Result<()> {
        self.state.lock().unwrap().paths.push(path.to_owned());
        RealDisk.sync_path(path)
    }
}

pub(super) fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below a directory with its bytes, but not our lock.
pub(super) fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if !path.ends_with("lock") {
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

/// Bytes that do not compress.
pub(super) fn noise(len: usize, mut seed: u64) -> Raw {
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    bytes.truncate(len);
    Raw(Bytes::from(bytes))
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Queued at the call, like every write.
pub(super) fn put(store: &Store, key: u64, value: &str) -> impl Future<Output = Result<(), Fault>> + Send + use<> {
    let value = value.to_owned();
    store.write(move |tx| tx.put::<Numbers>(&key, &value))
}

pub(super) async fn remove<T: Table<Key = u64>>(store: &Store, key: u64) {
    let removed = store.write(move |tx| {
        tx.delete::<T>(&key);
        Ok(())
    });
    removed.await.unwrap();
}

pub(super) fn blobs(dir: &Path) -> usize {
    std::fs::read_dir(dir.join("blobs")).unwrap().count()
}
