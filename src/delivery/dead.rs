//! Dead letters, for the command line and for chat: look, send again, drop for good.

use super::outbox;
use super::tables::{Dead, DeadLetter};
use crate::model::{Clock, DeliveryId, Fault};
use crate::store::Store;

/// The dead letters. Clones share them.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    store: Store,
    clock: Clock,
}

impl DeadLetters {
    /// The dead letters of this store.
    #[must_use]
    pub fn new(store: &Store, clock: &Clock) -> Self {
        Self { store: store.clone(), clock: clock.clone() }
    }

    /// The newest dead letters.
    ///
    /// # Errors
    /// The store failed.
    pub fn newest(&self, limit: usize) -> Result<Vec<DeadLetter>, Fault> {
        Ok(self.store.last::<Dead>(limit)?.into_iter().map(|(_, letter)| letter).collect())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.store.count::<Dead>()
    }

    /// One dead letter.
    ///
    /// # Errors
    /// `NotFound`: there is none of this id.
    pub fn get(&self, id: DeliveryId) -> Result<DeadLetter, Fault> {
        self.store.get::<Dead>(&id)?.ok_or_else(|| missing(id))
    }

    /// Sends one again, at the end of its lane and with a fresh schedule.
    ///
    /// # Errors
    /// `NotFound`: there is none of this id.
    pub async fn redrive(&self, id: DeliveryId) -> Result<(), Fault> {
        if outbox::redrive(&self.store, id, self.clock.now()).await? { Ok(()) } else { Err(missing(id)) }
    }

    /// Drops one for good.
    ///
    /// # Errors
    /// `NotFound`: there is none of this id.
    pub async fn drop_one(&self, id: DeliveryId) -> Result<(), Fault> {
        if outbox::drop_dead(&self.store, id).await? { Ok(()) } else { Err(missing(id)) }
    }
}

fn missing(id: DeliveryId) -> Fault {
    Fault::not_found(format!("There is no dead letter {id}. `quarterdeck.delivery.list` lists them."))
}
