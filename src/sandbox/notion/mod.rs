//! An independent, strict fake of Notion: the API in its version 2026-03-11 and the webhooks, over real HTTP on loopback.
//!
//! The demo, the tests and the benches start one with [`NotionFake::start`], point the production client at
//! [`NotionFake::base`] and the webhooks at the daemon, and act as people through the handle. It follows Notion's
//! documents (<https://developers.notion.com/reference>) and their own client's types, not this project's client; it uses
//! nothing of the rest of the project, never leaves loopback and keeps everything in memory.

mod acts;
mod check;
mod content;
mod data;
mod deliver;
mod events;
mod faults;
mod gate;
mod json;
mod ledger;
mod limits;
mod markdown;
mod props;
mod query;
mod reply;
mod rich;
mod routes;
mod sample;
mod schema;
mod setup;
mod state;
#[cfg(test)]
mod tests;
mod view;
mod web;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

pub use acts::Missing;
pub use faults::Failure;
pub use ledger::{Delivery, Recorded, Violation};
pub use limits::NotionLimits;
pub use setup::{Capabilities, NotionHook, NotionIntegration, NotionPerson, NotionSetup, Now, UserInformation};

use crate::sandbox::server::{self, Shutdown};
use ledger::Job;
use state::State;

/// A running fake. Clones are handles of the same one; it stops when the last of them is dropped.
#[derive(Clone)]
pub struct NotionFake {
    shared: Arc<Shared>,
    base: Arc<str>,
    _tasks: Arc<Tasks>,
}

/// What the server, the deliveries and the handles share.
struct Shared {
    state: Mutex<State>,
    now: Now,
    changes: watch::Sender<u64>,
    /// Deliveries on their way.
    pending: watch::Sender<usize>,
    jobs: mpsc::UnboundedSender<Job>,
}

/// Ends the tasks with the last handle.
struct Tasks {
    _server: Shutdown,
    sender: AbortHandle,
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere must not hide what happened before it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the state at the present time, sends what it caused, and tells who waits for changes.
    fn act<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        state.now = (self.now)();
        let result = act(&mut state);
        state.settle();
        let jobs = std::mem::take(&mut state.outbox);
        self.pending.send_modify(|pending| *pending += jobs.len());
        for job in jobs {
            if self.jobs.send(job).is_err() {
                self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
            }
        }
        drop(state);
        self.changes.send_modify(|changes| *changes += 1);
        result
    }

    /// Remembers a delivery that came to its end; one that nobody took can be sent again.
    fn delivered(&self, job: Job, delivery: Delivery) {
        let mut state = self.lock();
        if !delivery.taken() && job.token.is_some() && job.attempt < deliver::MOST_ATTEMPTS {
            state.failed.push(job);
        }
        state.deliveries.push(delivery);
        drop(state);
        self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl NotionFake {
    /// Starts a fake on a free port of 127.0.0.1. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// When no port can be opened or the delivering client cannot be made.
    pub async fn start(setup: NotionSetup) -> io::Result<Self> {
        let client = deliver::client().map_err(io::Error::other)?;
        let (jobs, queue) = mpsc::unbounded_channel();
        let now = (setup.now)();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(&setup, now)),
            now: Arc::clone(&setup.now),
            changes: watch::Sender::new(0),
            pending: watch::Sender::new(0),
            jobs,
        });
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let running = server::serve(web::router(Arc::clone(&shared)), anywhere).await?;
        let base = format!("http://{}", running.addr);
        shared.lock().world.base.clone_from(&base);
        let sender = tokio::spawn(deliver::dispatch(queue, client, Arc::clone(&shared))).abort_handle();
        let fake = Self { shared, base: base.into(), _tasks: Arc::new(Tasks { _server: running.shutdown, sender }) };
        if setup.sample {
            fake.shared.act(sample::fill);
        }
        for hook in &setup.hooks {
            fake.shared.act(|state| state.subscribe(hook));
        }
        Ok(fake)
    }

    /// Where the API is, without a slash at the end; its paths begin with `/v1`.
    pub fn base(&self) -> &str {
        &self.base
    }
}

impl fmt::Debug for NotionFake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotionFake").field("base", &self.base).finish_non_exhaustive()
    }
}
