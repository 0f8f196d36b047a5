//! Faults that tests ask for: the next calls of a method fail in a chosen way.
//!
//! The web layer takes them; they know nothing of the workspace.

use std::collections::HashMap;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 429 with `Retry-After` of so many seconds; calls inside that window are violations.
    RateLimited(i64),
    /// This HTTP status with a body that is no JSON, as a proxy in front of Slack would send.
    Status(u16),
    /// No answer, until the caller gives up.
    Hang,
    /// The connection closes before anything was done.
    CutBeforeWork,
    /// The work is done, but the connection closes before the answer.
    DropReplyAfterWork,
    /// HTTP 200 with `ok: false` and this error code.
    OkFalse(String),
}

/// Faults still to come, by method; `*` stands for every method.
#[derive(Debug, Default)]
pub(super) struct Faults {
    planned: HashMap<String, Vec<(Failure, u32)>>,
}

impl Faults {
    pub(super) fn plan(&mut self, method: &str, failure: Failure, times: u32) {
        if times > 0 {
            self.planned.entry(method.to_owned()).or_default().push((failure, times));
        }
    }

    /// The fault for this call, in the order they were planned.
    pub(super) fn take(&mut self, method: &str) -> Option<Failure> {
        let name = [method, "*"].into_iter().find(|name| self.planned.contains_key(*name))?;
        let queue = self.planned.get_mut(name)?;
        let (failure, left) = queue.first_mut()?;
        let failure = failure.clone();
        *left -= 1;
        if *left == 0 {
            queue.remove(0);
        }
        if queue.is_empty() {
            self.planned.remove(name);
        }
        Some(failure)
    }
}
