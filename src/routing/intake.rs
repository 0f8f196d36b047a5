//! The intake: takes webhooks and events off the inbox, has them read, and tells of them. Taking a row off the inbox
//! and putting its consequences on the outbox is one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::{Notice, Reader, Router};
use crate::delivery::tables::{Bodies, Hook, Hooks, Unread, UnreadRow};
use crate::model::{Clock, Event, Fault};
use crate::store::{Raw, Store};

/// How many transactions may be on their way to the disk at once.
const UNDER_WAY: usize = 256;

/// Says how an event of the API is told. Implemented by the house's own connector.
pub trait Teller: Send + Sync {
    /// The event with its card.
    ///
    /// # Errors
    /// `BadInput`: the data of a known type is not as documented.
    fn tell(&self, event: Event) -> Result<Notice, Fault>;
}

/// Takes webhooks and events off the inbox.
pub struct Intake {
    store: Store,
    clock: Clock,
    router: Router,
    readers: HashMap<String, Arc<dyn Reader>>,
    teller: Arc<dyn Teller>,
    keep_unread: SignedDuration,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("readers", &self.readers.keys()).finish_non_exhaustive()
    }
}

impl Intake {
    /// An intake with these readers, by door.
    #[must_use]
    pub fn new(
        store: &Store,
        clock: &Clock,
        router: &Router,
        readers: HashMap<String, Arc<dyn Reader>>,
        teller: Arc<dyn Teller>,
        keep_unread: SignedDuration,
    ) -> Self {
        Self { store: store.clone(), clock: clock.clone(), router: router.clone(), readers, teller, keep_unread }
    }

    /// Takes up what waits and all that comes in from now on, in order; returns when stopped.
    ///
    /// # Errors
    /// The store failed; what was not taken off stays in the inbox.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), Fault> {
        let mut arrived = self.store.watch::<Hooks>();
        let mut under_way = FuturesUnordered::new();
        let mut newest = 0;
        let mut from: Option<u64> = None;
        loop {
            let rows = self.store.scan::<Hooks>(from.as_ref(), UNDER_WAY)?;
            let Some(last) = rows.last().map(|(number, _)| *number) else { break };
            for (number, hook) in rows {
                under_way.push(self.take(number, hook)?);
            }
            while let Some(done) = under_way.next().await {
                self.see_off(done).await?;
            }
            if stop.is_cancelled() {
                return Ok(());
            }
            newest = last;
            from = Some(last + 1);
        }
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = under_way.next() => self.see_off(done).await?,
                number = arrived.recv(), if under_way.len() < UNDER_WAY => {
                    let Some(number) = number else { break };
                    if number > newest && let Some(hook) = self.store.get::<Hooks>(&number)? {
                        under_way.push(self.take(number, hook)?);
                    }
                }
            }
        }
        while let Some(done) = under_way.next().await {
            self.see_off(done).await?;
        }
        Ok(())
    }

    /// A row that the store does not take although it is well (it breaks a limit of the store's, say) must not hold up
    /// all that come after it: it is kept as unread.
    async fn see_off(&self, done: Result<(), (u64, Hook, Fault)>) -> Result<(), Fault> {
        let Err((number, hook, fault)) = done else { return Ok(()) };
        self.store.health()?;
        tracing::error!(door = hook.door, row = number, %fault, "what came in cannot be worked off; it is kept as unread");
        let (at, until) = (self.clock.now(), self.clock.now().checked_add(self.keep_unread).unwrap_or(Timestamp::MAX));
        let Hook { door, headers, event, .. } = hook;
        let event = event.and_then(|event| serde_json::to_vec(&event).ok());
        self.store
            .write(move |tx| {
                tx.delete::<Hooks>(&number);
                let body = match event {
                    Some(event) => Raw(event.into()),
                    None => tx.get::<Bodies>(&number)?.unwrap_or(Raw(bytes::Bytes::new())),
                };
                tx.put_until::<Bodies>(&number, &body, until)?;
                tx.put_until::<Unread>(&number, &UnreadRow { door, at, reason: fault.to_string(), headers }, until)
            })
            .await
    }

    /// Reads one row and queues the transaction that works it off; queued in order, finished together.
    fn take(
        &self,
        number: u64,
        hook: Hook,
    ) -> Result<impl Future<Output = Result<(), (u64, Hook, Fault)>> + Send + use<>, Fault> {
        let kept = hook.clone();
        let (door, headers) = (hook.door.clone(), hook.headers.clone());
        let read = self.read(number, hook)?;
        let (router, until) = (self.router.clone(), self.clock.now().checked_add(self.keep_unread));
        let (at, until) = (self.clock.now(), until.unwrap_or(Timestamp::MAX));
        if let Err((fault, _)) = &read {
            tracing::warn!(door, row = number, %fault, "what came in cannot be read; it is kept as unread");
        }
        let written = self.store.write(move |tx| {
            tx.delete::<Hooks>(&number);
            match read {
                Ok(notices) => {
                    tx.delete::<Bodies>(&number);
                    notices.into_iter().try_for_each(|notice| router.publish(tx, notice))
                }
                Err((fault, body)) => {
                    tx.put_until::<Bodies>(&number, &body, until)?;
                    tx.put_until::<Unread>(&number, &UnreadRow { door, at, reason: fault.to_string(), headers }, until)
                }
            }
        });
        Ok(async move { written.await.map_err(|fault| (number, kept, fault)) })
    }

    fn read(&self, number: u64, hook: Hook) -> Result<Result<Vec<Notice>, (Fault, Raw)>, Fault> {
        if let Some(event) = hook.event {
            let kept = Raw(serde_json::to_vec(&event).unwrap_or_default().into());
            return Ok(self.teller.tell(*event).map(|notice| vec![notice]).map_err(|fault| (fault, kept)));
        }
        let body = self.store.get::<Bodies>(&number)?.unwrap_or(Raw(bytes::Bytes::new()));
        let Some(reader) = self.readers.get(&hook.door) else {
            let fault = Fault::misconfigured(format!("There is no integration `{}` any more.", hook.door));
            return Ok(Err((fault, body)));
        };
        Ok(reader.read(&hook.headers, &body.0).map_err(|fault| (fault, body)))
    }
}
