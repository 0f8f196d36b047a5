//! Who wants to hear which keys were put. The writer tells them, after the keys are on disk.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc;

use super::Table;
use super::table::Key as _;

/// Tells a full key; `false` when nobody listens any more.
type Tell = Box<dyn Fn(&[u8]) -> bool + Send>;

/// Everybody who watches a table.
#[derive(Default)]
pub(super) struct Watchers(Mutex<Vec<(u8, Tell)>>);

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((T::ID, tell));
        receiver
    }

    /// Tells the keys, in their order.
    pub(super) fn tell(&self, keys: &[Vec<u8>]) {
        if keys.is_empty() {
            return;
        }
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for full in keys {
            list.retain(|(table, tell)| full.first() != Some(table) || tell(full));
        }
    }
}
