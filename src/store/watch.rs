//! Who wants to hear which keys were put. The writer tells them, after the keys are on disk.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use super::Table;
use super::table::Key as _;

/// Tells a full key; `false` when nobody listens any more.
type Tell = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Everybody who watches a table.
pub(super) struct Watchers {
    watched: [AtomicBool; 256],
    list: Mutex<Vec<(u8, Tell)>>,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { watched: [const { AtomicBool::new(false) }; 256], list: Mutex::default() }
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watchers")
    }
}

impl Watchers {
    pub(super) fn add<T: Table>(&self) -> mpsc::UnboundedReceiver<T::Key> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let tell = Box::new(move |full: &[u8]| match full.get(1..).and_then(T::Key::read) {
            Some(key) => sender.send(key).is_ok(),
            None => !sender.is_closed(),
        });
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push((T::ID, tell));
        self.watched[usize::from(T::ID)].store(true, Ordering::Release);
        receiver
    }

    /// Whether anybody ever watched the table; saves noting keys that nobody wants.
    pub(super) fn watches(&self, table: u8) -> bool {
        self.watched[usize::from(table)].load(Ordering::Acquire)
    }

    /// Tells the keys, in their order.
    pub(super) fn tell(&self, keys: &[Vec<u8>]) {
        if keys.is_empty() {
            return;
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        for full in keys {
            list.retain(|(table, tell)| full.first() != Some(table) || tell(full));
        }
    }
}
