//! What went over the wires, in a few words each: the page shows it, so that one sees that it really happens.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

/// How much is remembered.
const KEPT: usize = 60;

/// One message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Line {
    /// When.
    pub at: Timestamp,
    /// Who sent it.
    pub from: String,
    /// Who got it.
    pub to: String,
    /// What it was.
    pub what: String,
    /// What came back.
    pub answer: String,
    /// Whether that was good news.
    pub good: bool,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Wire {
    lines: Mutex<VecDeque<Line>>,
    changes: watch::Sender<u64>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { lines: Mutex::default(), changes: watch::Sender::new(0) }
    }
}

impl Wire {
    /// Notes a message now.
    pub(super) fn note(&self, from: &str, to: &str, what: impl Into<String>, answer: impl Into<String>, good: bool) {
        let line = Line {
            at: Timestamp::now(),
            from: from.to_owned(),
            to: to.to_owned(),
            what: what.into(),
            answer: answer.into(),
            good,
        };
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
        drop(lines);
        self.changed();
    }

    /// What was noted, oldest first.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Wakes who looks on.
    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Counts changes.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
