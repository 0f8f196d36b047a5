//! The two syncs that make a write durable, behind a seam so that tests can watch them and let them fail.

use std::fs::File;
use std::io;
use std::path::Path;

/// What the store asks of the disk beyond what the engine does itself.
pub(super) trait Disk: Send + Sync {
    /// Waits until the data of this file is on disk. The engine's own flush stops short of that on Linux
    /// (`sync_file_range` writes pages out, but neither the file's length nor the drive's cache).
    fn sync_data(&self, file: &File) -> io::Result<()>;

    /// Waits until this file or directory is on disk, entries included. The engine never does it for its directories.
    fn sync_path(&self, path: &Path) -> io::Result<()>;
}

/// The machine's disk.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn sync_data(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_path(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}
