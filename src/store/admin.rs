//! What an operator does with a store while the daemon is stopped: verify, export, import, compact.
//!
//! The command line calls these and prints what they return. They block, and each takes the store's lock: beside a
//! running daemon they fail with [`OpenError::Locked`]. None of them ever leaves less than it found.

mod compact;
mod export;
mod verify;

use std::io;
use std::path::Path;

pub use compact::{Compacted, compact};
pub use export::{Exported, Imported, export, import};
pub use verify::{Verified, verify};

use super::open::{self, Terms};
use super::{OpenError, Store, StoreConfig};
use crate::model::Fault;

/// Why an operator's command did not work.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The store does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is no store.
    #[error("There is no store at {0}. Check `store.path`.")]
    Missing(String),
    /// The store failed while it was worked on.
    #[error("The store failed: {0}. Nothing was taken away; `quarterdeck store verify` says more.")]
    Store(#[from] Fault),
    /// Reading or writing failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// What is to be imported is no export, or not all of one.
    #[error("Line {line} cannot be imported: {what}. Delete the half-filled store before you try again.")]
    Line {
        /// Counted from one.
        line: usize,
        /// What is wrong with it and what was expected.
        what: String,
    },
    /// It must not be done here.
    #[error("{0}")]
    Refused(String),
}

fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> AdminError {
    let what = what.into();
    move |source| AdminError::Io { what, source }
}

/// Opens a store that is there; a command must not create one.
fn existing(config: &StoreConfig) -> Result<Store, AdminError> {
    existing_on(config, &Terms::default())
}

fn existing_on(config: &StoreConfig, terms: &Terms) -> Result<Store, AdminError> {
    let there = |path: &Path| path.join("db").exists() || path.join("mark").exists();
    if there(&config.path) || open::beside(&config.path, "before-compact").exists() {
        Ok(open::open(config, terms)?)
    } else {
        Err(AdminError::Missing(config.path.display().to_string()))
    }
}

/// Waits for a write; commands have no runtime.
fn wait<R>(write: impl Future<Output = Result<R, Fault>>) -> Result<R, Fault> {
    futures::executor::block_on(write)
}
