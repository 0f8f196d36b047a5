//! Presses that wait for their answer: every callback query is answered once, with a word or without.
//! <https://core.telegram.org/bots/api#answercallbackquery>
//!
//! Until it is answered, the button turns. The listening opens a query; who has something short to say to the person
//! says it with [`Callbacks::say`]; a call that began lets it go with [`Callbacks::taken`]; and what nobody answered in
//! [`PATIENCE`] is answered without a word by [`Callbacks::run`], those of an earlier run of the program too.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use teloxide_core::payloads::{AnswerCallbackQuery, AnswerCallbackQuerySetters as _};
use teloxide_core::types::CallbackQueryId;
use tokio::sync::Notify;

use super::client::Client;
use super::tables::{Listened, Listening};
use crate::chat::web::Twice;
use crate::model::{Clock, Fault, FaultKind, Retry};
use crate::store::{Store, Tx};

/// How long a press may wait for a word before it is let go.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_secs(2);
/// How long a query that cannot be answered now is tried again; Telegram forgets it after that.
const LIFE: SignedDuration = SignedDuration::from_mins(5);
/// How many answered queries are remembered, so that one that comes again is not answered again.
const REMEMBERED: usize = 1_000;

/// The open callback queries. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Callbacks {
    client: Client,
    store: Store,
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// When each came, and when it is let go.
    open: HashMap<String, (Timestamp, Timestamp)>,
    answered: VecDeque<String>,
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The person sees it.
    Shown,
    /// The query was answered before, or is too old: the word has to go another way.
    TooLate,
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Callbacks {
    /// No open queries yet.
    pub(super) fn new(client: &Client, store: &Store) -> Self {
        Self { client: client.clone(), store: store.clone(), inner: Arc::default() }
    }

    /// A query came in. The same one again changes nothing.
    pub(super) fn open(&self, query: &str) {
        let now = self.clock().now();
        let mut state = self.inner.state();
        if state.open.contains_key(query) || state.answered.iter().any(|answered| answered == query) {
            return;
        }
        state.open.insert(query.to_owned(), (now, after(now, PATIENCE)));
        drop(state);
        self.inner.changed.notify_one();
    }

    /// Writes down those of the queries that are still open, for the next run of the program.
    ///
    /// # Errors
    /// The store failed.
    pub(super) fn keep(&self, tx: &mut Tx<'_>, queries: &[String]) -> Result<(), Fault> {
        let state = self.inner.state();
        for query in queries {
            if let Some((at, _)) = state.open.get(query) {
                tx.put_until::<Listening>(&row(query), &Listened::Query { at: *at }, after(*at, LIFE))?;
            }
        }
        Ok(())
    }

    /// What was pressed goes its way: the button need not turn any longer. Answered by [`Callbacks::run`], at once.
    pub(super) fn taken(&self, query: &str) {
        let now = self.clock().now();
        if let Some((_, until)) = self.inner.state().open.get_mut(query) {
            *until = now;
        }
        self.inner.changed.notify_one();
    }

    /// Shows a short text (at most [`super::limits::TOAST`] characters) to who pressed, and to nobody else: for a moment at the
    /// top of the chat, or as an alert that has to be closed.
    ///
    /// # Errors
    /// It was not shown and may be tried again: the query is open again.
    pub(super) async fn say(&self, query: &str, text: &str, alert: bool) -> Result<Said, Fault> {
        let Some(at) = self.take(query) else { return Ok(Said::TooLate) };
        let payload = AnswerCallbackQuery::new(CallbackQueryId(query.to_owned())).text(text).show_alert(alert);
        match self.client.send(Twice::Harmless, &payload).await {
            Ok(_) => {
                self.done(query).await;
                Ok(Said::Shown)
            }
            Err(refusal) if refusal.fault.policy().retry == Retry::Never => {
                self.done(query).await;
                if refusal.fault.kind == FaultKind::NotFound { Ok(Said::TooLate) } else { Err(refusal.fault) }
            }
            Err(refusal) => {
                self.put_back(query, at, &refusal.fault);
                Err(refusal.fault)
            }
        }
    }

    /// Answers what nobody answers in time, until dropped; first what the last run of the program left open.
    pub(super) async fn run(&self) {
        self.recover();
        let mut going = FuturesUnordered::new();
        loop {
            let now = self.clock().now();
            let due: Vec<String> = {
                let state = self.inner.state();
                let due = state.open.iter().filter(|(_, (_, until))| *until <= now);
                due.map(|(query, _)| query.clone()).collect()
            };
            for query in due {
                if let Some(at) = self.take(&query) {
                    going.push(self.let_go(query, at));
                }
            }
            let next = self.inner.state().open.values().map(|(_, until)| *until).min();
            let waited = async {
                match next {
                    Some(until) => self.clock().sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = waited => {}
                () = self.inner.changed.notified() => {}
                Some(()) = going.next() => {}
            }
        }
    }

    /// How many queries are open.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.inner.state().open.len()
    }

    fn clock(&self) -> &Clock {
        self.client.clock()
    }

    /// What an earlier run left open is let go at once: what it led to is told in other ways.
    fn recover(&self) {
        let rows = match self.store.prefix::<Listening>(b"query/", usize::MAX) {
            Ok(rows) => rows,
            Err(fault) => {
                tracing::error!(%fault, "the presses that wait for an answer cannot be read");
                return;
            }
        };
        let mut state = self.inner.state();
        for (key, row) in rows {
            if let (Some(query), Listened::Query { at }) = (key.strip_prefix("query/"), row)
                && !state.answered.iter().any(|answered| answered == query)
            {
                state.open.entry(query.to_owned()).or_insert((at, at));
            }
        }
    }

    /// Answers without a word.
    async fn let_go(&self, query: String, at: Timestamp) {
        let payload = AnswerCallbackQuery::new(CallbackQueryId(query.clone()));
        match self.client.send(Twice::Harmless, &payload).await {
            Ok(_) => self.done(&query).await,
            Err(refusal) => {
                let over = self.clock().now() >= after(at, LIFE);
                if over || refusal.fault.policy().retry == Retry::Never {
                    tracing::debug!(fault = %refusal.fault, "a press is left without an answer");
                    self.done(&query).await;
                } else {
                    self.put_back(&query, at, &refusal.fault);
                }
            }
        }
    }

    /// Takes the right to answer; when the query came.
    fn take(&self, query: &str) -> Option<Timestamp> {
        let mut state = self.inner.state();
        let (at, _) = state.open.remove(query)?;
        state.answered.push_back(query.to_owned());
        if state.answered.len() > REMEMBERED {
            state.answered.pop_front();
        }
        Some(at)
    }

    /// Gives the right to answer back: after a while, or when Telegram says, it is tried again.
    fn put_back(&self, query: &str, at: Timestamp, fault: &Fault) {
        let until = match fault.kind {
            FaultKind::RateLimited { until } => until,
            _ => after(self.clock().now(), PATIENCE),
        };
        let mut state = self.inner.state();
        state.answered.retain(|answered| answered != query);
        state.open.insert(query.to_owned(), (at, until));
        drop(state);
        self.inner.changed.notify_one();
    }

    async fn done(&self, query: &str) {
        let key = row(query);
        let removed = self.store.write(move |tx| {
            tx.delete::<Listening>(&key);
            Ok(())
        });
        if let Err(fault) = removed.await {
            tracing::error!(%fault, "an answered press stays written down");
        }
    }
}

fn row(query: &str) -> String {
    format!("query/{}", query.chars().take(100).collect::<String>())
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "callbacks_tests.rs"]
mod tests;
