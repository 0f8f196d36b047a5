//! Looks at the engine's files before the engine does, without changing them, and says when acknowledged writes are
//! missing.
//!
//! The engine treats a broken message in its log as the end of the log: it cuts the rest off, overwrites it with
//! zeros and comes up with less, without a word. That is right for a torn tail and wrong for everything else. Here the
//! newest segments are read as the engine would read them, until the group is found that the mark says was
//! acknowledged. `open` calls this; the format is that of sled 0.34 (`pagecache/logger.rs`, `serialization.rs`).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::counters::{Counters, MAGIC};
use super::keys::SEGMENT;
use super::mark::Seen;

const SEGMENT_HEADER: usize = 20;
const MESSAGE_HEADER_MAX: usize = 32;
/// The kind of the message before a batch; it says where the batch ends.
const BATCH: u8 = 3;

/// What is wrong with the files of this directory, in words for an operator; `None` when nothing is.
pub(super) fn inspect(dir: &Path, seen: Seen) -> io::Result<Option<String>> {
    let file = match File::open(dir.join("db")) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let len = file.as_ref().map_or(Ok(0), |file| file.metadata().map(|data| data.len()))?;
    let Some(file) = file.filter(|_| len > 0) else {
        let known = seen != Seen::Absent || !snapshots(dir)?.is_empty();
        return Ok(known.then(|| "its file `db` is missing or empty".to_owned()));
    };
    let Seen::Group(group) = seen else { return Ok(None) };
    let found = newest_group(&file, len, group)?;
    Ok(match found {
        Some(found) if found >= group => None,
        Some(found) => Some(format!(
            "writes up to group {group} were acknowledged, but its file `db` is readable only up to group {found}"
        )),
        None => Some(format!("writes up to group {group} were acknowledged, but nothing in its file `db` is readable")),
    })
}

/// The newest group in the log, newest segments first; stops looking at `enough`.
fn newest_group(file: &File, len: u64, enough: u64) -> io::Result<Option<u64>> {
    let mut segments = Vec::new();
    for offset in (0..len).step_by(SEGMENT) {
        let mut header = [0; SEGMENT_HEADER];
        if len - offset >= SEGMENT_HEADER as u64 {
            file.read_exact_at(&mut header, offset)?;
            segments.extend(segment_lsn(&header).map(|lsn| (lsn, offset)));
        }
    }
    segments.sort_unstable();
    let mut best = None;
    let mut buffer = vec![0; SEGMENT];
    for (lsn, offset) in segments.into_iter().rev() {
        let size = usize::try_from(len - offset).unwrap_or(SEGMENT).min(SEGMENT);
        file.read_exact_at(&mut buffer[..size], offset)?;
        best = best.max(newest_in_segment(&buffer[..size], lsn / SEGMENT as u64));
        if best >= Some(enough) {
            break;
        }
    }
    Ok(best)
}

/// The position in the log that a segment says it has.
fn segment_lsn(header: &[u8; SEGMENT_HEADER]) -> Option<u64> {
    let check = u32::from_le_bytes(*header.first_chunk()?) ^ u32::MAX;
    let lsn = i64::from_le_bytes(*header[4..].first_chunk()?) ^ i64::MAX;
    (check == crc32fast::hash(&header[4..])).then(|| u64::try_from(lsn).ok())?
}

/// Walks the messages of a segment as far as they are whole.
///
/// A group counts only when its batch is whole as well: the engine drops a batch whose end it cannot read. Where a
/// batch goes on in the next segment, the checks after the engine's start have to do.
fn newest_in_segment(segment: &[u8], number: u64) -> Option<u64> {
    let mut found: Vec<(u64, u64)> = Vec::new();
    let (mut at, mut batch_end) = (SEGMENT_HEADER, 0);
    while at + MESSAGE_HEADER_MAX <= SEGMENT {
        let Some((kind, body, end)) = message(segment, at, number) else { break };
        if kind == BATCH {
            batch_end = body.first_chunk().map_or(0, |lsn| u64::from_le_bytes(*lsn));
        }
        found.extend(newest_in_message(body).map(|group| (group, batch_end)));
        at = end;
    }
    let (read_to, segment_end) = (number * SEGMENT as u64 + at as u64, (number + 1) * SEGMENT as u64);
    let whole = |(_, batch_end): &(u64, u64)| *batch_end < read_to || *batch_end >= segment_end;
    found.into_iter().filter(whole).map(|(group, _)| group).max()
}

/// The kind and the body of the message here, and where the next begins.
fn message(segment: &[u8], at: usize, number: u64) -> Option<(u8, &[u8], usize)> {
    let mut rest = segment.get(at..)?;
    let check = u32::from_le_bytes(*rest.first_chunk()?) ^ u32::MAX;
    let kind = *rest.get(4)?;
    rest = rest.get(5..)?;
    let len = usize::try_from(varint(&mut rest)?).ok()?;
    let said = varint(&mut rest)?;
    let _page = varint(&mut rest)?;
    let body = rest.get(..len)?;
    let head = &segment[at..segment.len() - rest.len()];
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(body);
    hasher.update(&head[4..]);
    (kind != 0 && said == number && hasher.finalize() == check).then_some((kind, body, at + head.len() + len))
}

fn newest_in_message(body: &[u8]) -> Option<u64> {
    let mut best = None;
    let mut from = 0;
    while let Some(found) = body[from..].windows(MAGIC.len()).position(|window| window == MAGIC) {
        best = best.max(Counters::read(&body[from + found..]).map(|counters| counters.group));
        from += found + 1;
    }
    best
}

/// The engine's numbers of variable length.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first()?;
    let byte = |index: usize| after.get(index).copied().map(u64::from);
    let (number, used) = match first {
        0..=240 => (u64::from(*first), 0),
        241..=248 => (240 + 256 * (u64::from(*first) - 241) + byte(0)?, 1),
        249 => (2288 + 256 * byte(0)? + byte(1)?, 2),
        250..=255 => {
            let used = usize::from(*first - 247);
            let mut bytes = [0; 8];
            bytes[..used].copy_from_slice(after.get(..used)?);
            (u64::from_le_bytes(bytes), used)
        }
    };
    *rest = after.get(used..)?;
    Some(number)
}

/// The engine's snapshots, finished ones.
pub(super) fn snapshots(dir: &Path) -> io::Result<Vec<PathBuf>> {
    listed(dir, |name| name.starts_with("snap.") && !name.ends_with(".generating"))
}

/// Snapshots that a crash left half written. The engine would take them for whole ones and not come up.
pub(super) fn unfinished_snapshots(dir: &Path) -> io::Result<Vec<PathBuf>> {
    listed(dir, |name| name.starts_with("snap.") && name.ends_with(".generating"))
}

/// Whether a snapshot is whole by its own checksum.
pub(super) fn is_whole(snapshot: &Path) -> io::Result<bool> {
    let bytes = std::fs::read(snapshot)?;
    let Some((rest, check)) = bytes.split_last_chunk::<4>() else { return Ok(false) };
    let Some((body, _len)) = rest.split_last_chunk::<8>() else { return Ok(false) };
    Ok(!body.is_empty() && u32::from_le_bytes(*check) == crc32fast::hash(body))
}

fn listed(dir: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&wanted) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
