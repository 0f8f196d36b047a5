//! The writer's thread: takes what is queued, runs it, and makes it durable in groups.
//!
//! It is the only one that writes to the engine. Each group is one batch, one flush and one sync of our own; only then
//! are its callers answered and its watchers told. After a failure nothing is acknowledged any more until a restart:
//! what the kernel dropped after a failed sync cannot be asked for again.

use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};

use super::counters::Counters;
use super::disk::Disk;
use super::engine::Shared;
use super::keys;
use super::mark::Mark;
use super::read::panic_text;
use super::tx::{Group, Names, Overlay, Tx};
use crate::model::{Fault, Metric, SignedDuration, observe};

/// A group ends when it holds so many bytes: a batch is kept in memory, and others wait.
const GROUP_BYTES: usize = 8 << 20;

/// What the writer receives.
pub(super) enum Message {
    /// A transaction to run.
    Job(Job),
    /// Finish what is queued before this, then end.
    Stop,
}

/// A transaction, or why it is not run; says whether its changes are kept and how it is answered.
pub(super) type Job = Box<dyn for<'t, 'a> FnOnce(Result<&'t mut Tx<'a>, Fault>) -> Ran + Send>;

/// A job that ran.
pub(super) struct Ran {
    pub(super) keep: bool,
    pub(super) answer: Box<dyn FnOnce(Result<(), Fault>) + Send>,
}

/// What belongs to an open store besides the engine; given back when the writer ends.
pub(super) struct Writer {
    pub(super) db: sled::Db,
    /// Our own handle of the engine's file, for the sync that the engine leaves out.
    pub(super) file: File,
    pub(super) mark: Mark,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) counters: Counters,
    pub(super) names: Box<Names>,
    pub(super) shared: Arc<Shared>,
    pub(super) group: usize,
    /// Held until the store is closed.
    pub(super) lock: File,
}

impl Writer {
    /// Runs until it is stopped or nobody can send any more.
    pub(super) fn run(mut self, jobs: &Receiver<Message>) -> Self {
        while let Ok(Message::Job(job)) = jobs.recv() {
            if self.run_group(job, jobs) {
                break;
            }
        }
        self
    }

    /// Runs a group; `true` when it was the last.
    fn run_group(&mut self, first: Job, jobs: &Receiver<Message>) -> bool {
        let mut group = Group::default();
        let mut answers = Vec::new();
        let mut next = Some(first);
        let mut last = false;
        while let Some(job) = next.take() {
            self.shared.queued.fetch_sub(1, Ordering::Relaxed);
            answers.push(self.run_job(job, &mut group));
            if answers.len() < self.group && group.weight < GROUP_BYTES {
                next = match jobs.try_recv() {
                    Ok(Message::Job(job)) => Some(job),
                    Err(TryRecvError::Empty) => None,
                    Ok(Message::Stop) | Err(TryRecvError::Disconnected) => {
                        last = true;
                        None
                    }
                };
            }
        }
        let durable = self.commit(&group.overlay);
        if durable.is_ok() {
            self.shared.watchers.tell(&group.told);
        }
        for answer in answers {
            answer(durable.clone());
        }
        last
    }

    fn run_job(&mut self, job: Job, group: &mut Group) -> Box<dyn FnOnce(Result<(), Fault>) + Send> {
        if let Some(fault) = self.shared.poison.get() {
            return job(Err(fault.clone())).answer;
        }
        let mut tx = Tx::new(&self.db, group, self.counters.clone(), &self.names);
        let ran = job(Ok(&mut tx));
        let own = tx.own;
        // Numbers that were given stay given, whatever became of the transaction.
        self.counters.sequence = own.counters.sequence;
        if ran.keep {
            self.counters = own.counters;
            for (table, name) in own.named {
                self.names[usize::from(table)] = Some(name);
                self.shared.name(table, name);
            }
            let there = |full: &Vec<u8>| matches!(own.overlay.get(full), Some(Some(_)));
            group.told.extend(own.told.into_iter().filter(there));
            for (full, row) in own.overlay {
                group.weight += full.len() + row.as_ref().map_or(0, |row| row.len());
                group.overlay.insert(full, row);
            }
        }
        ran.answer
    }

    /// Makes the changes durable: one batch, one flush, one sync.
    pub(super) fn commit(&mut self, overlay: &Overlay) -> Result<(), Fault> {
        if let Some(fault) = self.shared.poison.get() {
            return Err(fault.clone());
        }
        if overlay.is_empty() && self.counters.sequence == self.shared.sequence.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.counters.group += 1;
        let began = std::time::Instant::now();
        let done = std::panic::catch_unwind(AssertUnwindSafe(|| self.write(overlay)));
        let done = done.unwrap_or_else(|panic| Err(format!("the storage engine panicked: {}", panic_text(&*panic))));
        if let Err(cause) = done {
            tracing::error!(%cause, "the store failed; nothing is acknowledged until a restart");
            let fault = Fault::unavailable(
                "Quarterdeck cannot store anything at the moment. Its operators have to look at the disk and restart it.",
            );
            return Err(self.shared.poison.get_or_init(|| fault.inside(cause)).clone());
        }
        let took = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::MAX);
        observe(Metric::StoreCommitSeconds, took, &[]);
        if let Err(error) = self.mark.note(self.counters.group) {
            tracing::warn!(%error, "the store's mark could not be written; damage may go unnoticed at the next start");
        }
        Ok(())
    }

    fn write(&self, overlay: &Overlay) -> Result<(), String> {
        let mut batch = sled::Batch::default();
        for (full, row) in overlay {
            match row {
                Some(row) => batch.insert(full.as_slice(), row.clone()),
                None => batch.remove(full.as_slice()),
            }
        }
        batch.insert(&keys::COUNTERS, self.counters.write());
        self.db.apply_batch(batch).map_err(|error| format!("the batch was not taken: {error}"))?;
        self.shared.publish(&self.counters);
        self.db.flush().map_err(|error| format!("the flush failed: {error}"))?;
        self.disk.sync_data(&self.file).map_err(|error| format!("the sync failed: {error}"))
    }
}
