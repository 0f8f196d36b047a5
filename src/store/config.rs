//! The `[store]` section.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where and how state is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// The directory of the store. It is created, readable by its owner only.
    pub path: PathBuf,
    /// Memory for cached pages, in MiB.
    pub cache_mib: u64,
    /// The largest number of writes that share one fsync.
    pub group: usize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { path: PathBuf::from("quarterdeck.store"), cache_mib: 16, group: 1024 }
    }
}
