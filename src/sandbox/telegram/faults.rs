//! Faults that tests ask for: the next calls of a method fail in a chosen way.
//!
//! The web layer takes them; they know nothing of the company.

use std::collections::HashMap;

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 429 with `parameters.retry_after` of so many seconds; every call of the bot inside that window is a violation.
    RateLimited(i64),
    /// This HTTP status with a body that is no JSON, as a proxy in front of Telegram sends.
    Status(u16),
    /// No answer, until the caller gives up.
    Hang,
    /// The connection closes before anything was done.
    CutBeforeWork,
    /// The work is done, but the connection closes before the answer.
    DropReplyAfterWork,
    /// This error code and description in Telegram's form, before anything was done.
    Refused(u16, String),
}

/// Faults still to come, by method in lower case; `*` stands for every method.
#[derive(Debug, Default)]
pub(super) struct Faults {
    planned: HashMap<String, Vec<(Failure, u32)>>,
}

impl Faults {
    pub(super) fn plan(&mut self, method: &str, failure: Failure, times: u32) {
        if times > 0 {
            self.planned.entry(method.to_ascii_lowercase()).or_default().push((failure, times));
        }
    }

    /// The fault for this call, in the order they were planned.
    pub(super) fn take(&mut self, method: &str) -> Option<Failure> {
        let method = method.to_ascii_lowercase();
        let name = [method.as_str(), "*"].into_iter().find(|name| self.planned.contains_key(*name))?;
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
