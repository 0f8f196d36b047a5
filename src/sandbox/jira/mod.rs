//! An independent, strict fake of Jira over real HTTP on loopback: Jira Cloud (REST v3 and v2, Agile 1.0, OAuth 2.0) and,
//! by a switch of the setup, Jira Data Center (REST v2).
//!
//! The demo, the tests and the benches start one with [`JiraFake::start`], point the production client at
//! [`JiraFake::base`] (which stands for the site, for `api.atlassian.com` and for `auth.atlassian.com`) and the hooks at the
//! daemon, and act as people through the handle. It follows Atlassian's documents
//! (<https://developer.atlassian.com/cloud/jira/platform/rest/v3/>) and their OpenAPI description, not this project's client;
//! it never leaves loopback and keeps everything in memory.
//!
//! | file | what |
//! |---|---|
//! | `setup`, `state`, `data` | what it starts with, what it knows |
//! | `serve`, `gate`, `signin`, `oauth`, `limits`, `faults` | what every request passes |
//! | `routes/`, `json/` | the API |
//! | `fields/`, `adf`, `text` | what fields take and show |
//! | `jql/` | the search |
//! | `acts/`, `hooks`, `deliver` | what happens, and who is told |
//! | `people`, `view`, `ledger` | what people do, and what tests and the demo page look at |

mod acts;
mod adf;
mod data;
mod deliver;
mod faults;
mod fields;
mod gate;
mod hooks;
mod jql;
mod json;
mod ledger;
mod limits;
mod oauth;
mod people;
mod query;
mod reply;
mod routes;
mod serve;
mod setup;
mod signin;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

pub use faults::Failure;
pub use ledger::{Delivery, Recorded, Violation};
pub use people::Missing;
pub use setup::{
    Edition, FieldKind, JiraApp, JiraField, JiraHook, JiraLimits, JiraPerson, JiraProject, JiraSetup, JiraToken, Now,
};

use super::server::{Running, serve as run};
use ledger::Job;
use state::State;

/// A running fake. Clones are handles of the same one; it stops when the last of them is dropped.
#[derive(Clone)]
pub struct JiraFake {
    shared: Arc<Shared>,
    _guard: Arc<Guard>,
}

/// What the server, the deliveries and the handles share.
struct Shared {
    state: Mutex<State>,
    now: Now,
    base: OnceLock<String>,
    setup: JiraSetup,
    changes: watch::Sender<u64>,
    /// Deliveries on their way; what waits for another attempt is not.
    pending: watch::Sender<usize>,
    jobs: mpsc::UnboundedSender<Job>,
}

/// Ends the server and the deliveries with the last handle.
struct Guard {
    _running: Running,
    sender: AbortHandle,
}

impl Drop for Guard {
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
        self.send(&mut state);
        drop(state);
        self.changes.send_modify(|changes| *changes += 1);
        result
    }

    fn send(&self, state: &mut State) {
        let jobs = std::mem::take(&mut state.outbox);
        self.pending.send_modify(|pending| *pending += jobs.len());
        for job in jobs {
            if self.jobs.send(job).is_err() {
                self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
            }
        }
    }

    /// Sends again what is due.
    fn look(&self) {
        let mut state = self.lock();
        state.now = (self.now)();
        if state.parked.iter().any(|job| job.due <= state.now) {
            state.unpark(false);
            self.send(&mut state);
        }
    }

    /// Remembers an attempt, and plans the next one when it was in vain.
    fn delivered(&self, job: Job, delivery: Delivery) {
        let mut state = self.lock();
        state.now = (self.now)();
        if deliver::again(delivery.status) {
            state.park(job);
        }
        state.deliveries.push(delivery);
        drop(state);
        self.pending.send_modify(|pending| *pending = pending.saturating_sub(1));
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl JiraFake {
    /// Starts a fake on loopback. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound or the delivering client cannot be made.
    pub async fn start(setup: JiraSetup) -> io::Result<Self> {
        let client = deliver::client().map_err(io::Error::other)?;
        let (jobs, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(&setup, (setup.now)())),
            now: Arc::clone(&setup.now),
            base: OnceLock::new(),
            changes: watch::Sender::new(0),
            pending: watch::Sender::new(0),
            jobs,
            setup,
        });
        let running = run(serve::router(Arc::clone(&shared)), shared.setup.listen).await?;
        let base = shared.base.get_or_init(|| format!("http://{}", running.addr)).clone();
        shared.lock().base = base;
        let sender = tokio::spawn(deliver::dispatch(queue, client, Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, _guard: Arc::new(Guard { _running: running, sender }) })
    }

    /// The address, without a slash at the end: of the site, of the gateway (`/ex/jira/{cloud_id}`) and of the sign-in
    /// (`/authorize`, `/oauth/token`).
    pub fn base(&self) -> &str {
        self.shared.base.get().map_or("", String::as_str)
    }

    /// What it was started with.
    pub fn setup(&self) -> &JiraSetup {
        &self.shared.setup
    }
}

impl fmt::Debug for JiraFake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JiraFake").field("base", &self.base()).finish_non_exhaustive()
    }
}
