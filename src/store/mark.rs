//! A small file beside the engine's: that here is a store, and up to which group it was acknowledged.
//!
//! It is written after the group it names is durable and never synced itself, so it may lag behind and never runs
//! ahead. An engine that comes up with less than the mark has lost acknowledged writes: then the store does not open.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The mark of an open store.
pub(super) struct Mark {
    file: File,
}

/// What a directory's mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// There is none: no store was ever finished here.
    Absent,
    /// A store is here; how far it was written cannot be read.
    Unreadable,
    /// Up to this group all was acknowledged.
    Group(u64),
}

const INTRO: &str = "This directory is a store of Quarterdeck. Move or copy it only whole.\n";

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join("mark")
}

impl Mark {
    /// Reads the mark of a directory.
    pub(super) fn see(dir: &Path) -> io::Result<Seen> {
        match std::fs::read(path(dir)) {
            // A crash of the very first start may leave it without a word in it.
            Ok(bytes) if bytes.is_empty() => Ok(Seen::Absent),
            Ok(bytes) => Ok(parse(&bytes).map_or(Seen::Unreadable, Seen::Group)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::Absent),
            Err(error) => Err(error),
        }
    }

    /// Opens or creates the mark for writing.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let file = File::options().write(true).create(true).truncate(false).open(path(dir))?;
        Ok(Self { file })
    }

    /// Notes that this group is durable.
    pub(super) fn note(&self, group: u64) -> io::Result<()> {
        self.file.write_all_at(text(group).as_bytes(), 0)
    }
}

fn text(group: u64) -> String {
    let line = format!("{INTRO}Written up to group {group:020}\n");
    let check = crc32fast::hash(line.as_bytes());
    format!("{line}{check:08x}\n")
}

fn parse(bytes: &[u8]) -> Option<u64> {
    let found = std::str::from_utf8(bytes).ok()?;
    let group = found.lines().nth(1)?.rsplit(' ').next()?.parse().ok()?;
    (text(group) == found).then_some(group)
}
