//! `store verify`: reads everything once and says what does not fit.

use std::fmt::{self, Write as _};

use super::super::cell::{self, Body, CHUNK, Cell};
use super::super::counters::Counters;
use super::super::keys;
use super::super::open::{Terms, guard};
use super::super::read::{Source as _, gather};
use super::super::{Stats, StoreConfig};
use super::{AdminError, existing_on, io_error};
use crate::model::Fault;

/// Problems beyond these are only counted.
const PROBLEMS_SHOWN: usize = 50;

/// What a verification found.
#[derive(Debug)]
pub struct Verified {
    /// The store's sizes.
    pub stats: Stats,
    /// What is wrong, in words; at most fifty.
    pub problems: Vec<String>,
    /// How much is wrong.
    pub found: usize,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.found == 0
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.stats.tables {
            let name = table.name.as_deref().unwrap_or("(no name)");
            writeln!(f, "{:>4}  {name:<24} {:>12} rows", table.id, table.rows)?;
        }
        writeln!(f, "{} bytes live in a file of {} bytes", self.stats.live_bytes, self.stats.file_bytes)?;
        for problem in &self.problems {
            writeln!(f, "PROBLEM: {problem}")?;
        }
        match self.found {
            0 => f.write_str("The store is whole."),
            found => write!(f, "{found} problems. Export what can be read, and keep the directory."),
        }
    }
}

/// Reads every row, its pieces and its place in the indexes, compares the counts, and lets the engine check its tree.
///
/// # Errors
/// The store does not open. What is wrong inside is in the report.
pub fn verify(config: &StoreConfig) -> Result<Verified, AdminError> {
    let store = existing_on(config, &Terms { count: false, ..Terms::default() })?;
    let stats = store.stats()?;
    let mut walk = Walk::default();
    store.reading(|db| {
        if let Err(panic) = guard(|| walk.run(db)) {
            walk.problem(format!("the storage engine gave up: {panic}"));
        }
        // Not on a damaged tree: the engine may walk it in circles for ever.
        if walk.found == 0
            && let Err(panic) = guard(|| check_tree(db))
        {
            walk.problem(format!("the storage engine's tree is broken: {panic}"));
        }
        Ok(())
    })?;
    let blobs = config.path.join("blobs");
    for entry in std::fs::read_dir(&blobs).map_err(io_error("the directory `blobs` cannot be read"))? {
        let entry = entry.map_err(io_error("the directory `blobs` cannot be read"))?;
        walk.problem(format!("{} should not exist: values are kept small enough", entry.path().display()));
    }
    Ok(Verified { stats, problems: walk.problems, found: walk.found })
}

/// The engine checks its tree while it writes it out; this lets it write to nowhere.
fn check_tree(db: &sled::Db) {
    struct Nowhere;
    impl fmt::Write for Nowhere {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            Ok(())
        }
    }
    let tree: &sled::Tree = db;
    let _ = write!(Nowhere, "{tree:?}");
}

#[derive(Default)]
struct Walk {
    counted: Counters,
    pieces_named: u64,
    problems: Vec<String>,
    found: usize,
}

impl Walk {
    fn problem(&mut self, text: String) {
        self.found += 1;
        if self.problems.len() < PROBLEMS_SHOWN {
            self.problems.push(text);
        }
    }

    fn run(&mut self, db: &sled::Db) {
        for entry in db.iter() {
            match entry {
                Ok((full, row)) => {
                    self.counted.change(&full, None, Some(&row));
                    let checked = match full.first() {
                        None | Some(&keys::META) => Ok(()),
                        Some(&keys::EXPIRY) => check_entry(db, &full),
                        Some(&keys::CHUNKS) => check_piece(&full, &row),
                        Some(_) => self.check_row(db, &full, &row),
                    };
                    if let Err(fault) = checked {
                        let key = hex::encode(&full);
                        self.problem(format!("row {key}: {}", fault.inside.unwrap_or(fault.outside)));
                    }
                }
                Err(error) => {
                    self.problem(format!("the rest cannot be read: {error}"));
                    return;
                }
            }
        }
        self.check_counts(db);
    }

    fn check_row(&mut self, db: &sled::Db, full: &[u8], row: &[u8]) -> Result<(), Fault> {
        let cell = Cell::read(row)?;
        if let Body::Chunks { len, .. } = cell.body {
            self.pieces_named += cell::pieces(len).count() as u64;
        }
        if let Some(until) = cell.until
            && db.load(&keys::expiry(until, full))?.is_none()
        {
            return Err(Fault::bug("it expires, but the index does not say so"));
        }
        let packed = gather(db, &cell)?.ok_or_else(|| Fault::bug("pieces of its value are missing"))?;
        packed.unpack().map(drop)
    }

    fn check_counts(&mut self, db: &sled::Db) {
        match db.get(keys::COUNTERS).ok().flatten().and_then(|row| Counters::read(&row)) {
            None => self.problem("the row with the counters cannot be read".to_owned()),
            Some(said) => {
                for table in 1..=u8::MAX {
                    let (said, counted) = (said.rows(table), self.counted.rows(table));
                    if said != counted {
                        self.problem(format!("table {table} should have {said} rows and has {counted}"));
                    }
                }
                if said.bytes != self.counted.bytes {
                    let text =
                        format!("there should be {} bytes live, and there are {}", said.bytes, self.counted.bytes);
                    self.problem(text);
                } else if said.sum != self.counted.sum {
                    self.problem("rows differ from what was last written; older ones stand in their place".to_owned());
                }
            }
        }
        let there = self.counted.rows(keys::CHUNKS);
        if there != self.pieces_named {
            self.problem(format!("rows name {} pieces of values, and there are {there}", self.pieces_named));
        }
    }
}

fn check_entry(db: &sled::Db, entry: &[u8]) -> Result<(), Fault> {
    let (until, full) =
        keys::parse_expiry(entry).ok_or_else(|| Fault::bug("an entry of the index of expiry makes no sense"))?;
    let row = db.load(full)?.ok_or_else(|| Fault::bug("the index of expiry names a row that is not there"))?;
    if Cell::read(&row)?.until == Some(until) {
        Ok(())
    } else {
        Err(Fault::bug("the index of expiry and the row differ"))
    }
}

fn check_piece(full: &[u8], piece: &[u8]) -> Result<(), Fault> {
    if full.len() == 13 && (1..=CHUNK).contains(&piece.len()) {
        Ok(())
    } else {
        Err(Fault::bug("a piece of a value makes no sense"))
    }
}
