//! An independent, strict fake of GitHub: the REST API and the webhooks over real HTTP on loopback.
//!
//! The demo, the tests and the benches start one with [`GithubFake::start`], point the production client at
//! [`GithubFake::base`] and the hooks at the daemon, and act as people through the handle. It follows GitHub's documents
//! (<https://docs.github.com/en/rest>, <https://docs.github.com/en/webhooks>) and their OpenAPI description, not this
//! project's client; it uses nothing of the rest of the project, never leaves loopback and keeps everything in memory.

mod acts;
mod body;
mod data;
mod deliver;
mod faults;
mod gate;
mod gql;
mod json;
mod jwt;
mod ledger;
mod limits;
mod people;
mod query;
mod reply;
mod routes;
mod serve;
mod setup;
mod state;
#[cfg(test)]
mod tests;
mod view;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

pub use faults::Failure;
pub use ledger::{Delivery, Recorded, Violation};
pub use people::Missing;
pub use setup::{
    Conclusion, GithubApp, GithubInstallation, GithubRepo, GithubSetup, GithubToken, GithubUser, GithubWorkflow,
    HookTarget, Level, Now, Protection, RateLimits, Role, Verdict, WorkflowInput,
};

use json::Links;
use ledger::Job;
use state::State;

/// A running fake. Clones are handles of the same one; it stops when the last of them is dropped.
#[derive(Clone)]
pub struct GithubFake {
    shared: Arc<Shared>,
    _tasks: Arc<Tasks>,
}

/// What the server, the deliveries and the handles share.
struct Shared {
    state: Mutex<State>,
    now: Now,
    base: String,
    /// The links of callers under `/api/v3`.
    enterprise: Links,
    changes: watch::Sender<u64>,
    /// Deliveries on their way.
    pending: watch::Sender<usize>,
    jobs: mpsc::UnboundedSender<Job>,
}

/// Ends the tasks with the last handle.
struct Tasks(Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
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

    /// Remembers a delivery that came to its end.
    fn delivered(&self, repo: usize, delivery: Delivery) {
        let mut state = self.lock();
        let known = state.world.repos.get_mut(repo).map(|repo| repo.hooks.iter_mut());
        if let Some(hook) = known.and_then(|mut hooks| hooks.find(|hook| hook.id == delivery.hook_id)) {
            hook.last = Some((delivery.status_code, delivery.status.clone()));
        }
        state.deliveries.push(delivery);
        drop(state);
        self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl GithubFake {
    /// Starts a fake on a free port of 127.0.0.1. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// When no port can be opened or the delivering client cannot be made.
    pub async fn start(setup: GithubSetup) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base = format!("http://{}", listener.local_addr()?);
        let client = deliver::client().map_err(io::Error::other)?;
        let (jobs, queue) = mpsc::unbounded_channel();
        let state = State::new(&setup, base.clone(), (setup.now)());
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            now: Arc::clone(&setup.now),
            enterprise: Links { api: format!("{base}/api/v3"), web: base.clone() },
            base,
            changes: watch::Sender::new(0),
            pending: watch::Sender::new(0),
            jobs,
        });
        let server = tokio::spawn(serve::listen(listener, Arc::clone(&shared)));
        let sender = tokio::spawn(deliver::dispatch(queue, client, Arc::clone(&shared)));
        let tasks = Tasks(vec![server.abort_handle(), sender.abort_handle()]);
        // The pings of the hooks that are there from the start.
        shared.act(|_| ());
        Ok(Self { shared, _tasks: Arc::new(tasks) })
    }

    /// Where the API is, without a slash at the end. Below `/api/v3` it answers like an Enterprise Server.
    pub fn base(&self) -> &str {
        &self.shared.base
    }
}

impl fmt::Debug for GithubFake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubFake").field("base", &self.shared.base).finish_non_exhaustive()
    }
}
