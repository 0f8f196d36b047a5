//! The house's own operations.

mod delivery;
mod notification;
mod subscription;

pub(super) use delivery::{DropDeadLetter, ListDeadLetters, RedriveDeadLetter};
pub(super) use notification::{AcknowledgeAlert, RetryTask};
pub(super) use subscription::{LinkPlace, ListSubscriptions, Subscribe, Unsubscribe};
