//! The ledger: every call is a row, from `accepted` to its end; the audit log is this table.

use jiff::{SignedDuration, Timestamp};

use crate::model::{Call, CallId, Fault};
use crate::store::{Row, Store, Table, Tx};

/// Calls that have not ended.
#[derive(Debug)]
pub struct OpenCalls;

impl Table for OpenCalls {
    const ID: u8 = 40;
    const NAME: &'static str = "open-calls";
    type Key = CallId;
    type Value = Call;
}

/// Calls that have ended.
#[derive(Debug)]
pub struct EndedCalls;

impl Table for EndedCalls {
    const ID: u8 = 41;
    const NAME: &'static str = "ended-calls";
    type Key = CallId;
    type Value = Call;
}

impl Row for Call {}

/// Enters a call, or notes how far it is.
///
/// # Errors
/// The store failed.
pub fn enter(tx: &mut Tx<'_>, call: &Call) -> Result<(), Fault> {
    tx.put::<OpenCalls>(&call.id, call)
}

/// Notes that a call has ended.
///
/// # Errors
/// The store failed.
pub fn end(tx: &mut Tx<'_>, call: &Call, keep: SignedDuration) -> Result<(), Fault> {
    tx.delete::<OpenCalls>(&call.id);
    let until = call.ended_at.and_then(|at| at.checked_add(keep).ok()).unwrap_or(Timestamp::MAX);
    tx.put_until::<EndedCalls>(&call.id, call, until)
}

/// The call of this id, open or ended.
///
/// # Errors
/// The store failed.
pub fn find(store: &Store, id: CallId) -> Result<Option<Call>, Fault> {
    match store.get::<OpenCalls>(&id)? {
        Some(call) => Ok(Some(call)),
        None => store.get::<EndedCalls>(&id),
    }
}
