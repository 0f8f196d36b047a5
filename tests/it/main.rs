//! The integration tests: the real daemon against the sandbox, read like conversations.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "what the modules of one test crate share")]

mod api;
mod bad_configs;
mod canaries;
mod contract;
mod conversation;
mod doors;
mod knock;
mod main_job;
mod payloads;
mod rooms;
mod slack_door;
mod sources;
mod style;
mod tables;
