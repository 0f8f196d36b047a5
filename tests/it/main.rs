//! The integration tests: the real daemon against the sandbox, read like conversations.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "what the modules of one test crate share")]

mod contract;
mod conversation;
mod main_job;
mod rooms;
mod sources;
mod style;
mod tables;
