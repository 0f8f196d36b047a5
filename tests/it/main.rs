//! The integration tests: the real daemon against the sandbox, read like conversations.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "what the modules of one test crate share")]

mod buttons;
mod commands;
mod contract;
mod conversation;
mod forms;
mod github_faults;
mod github_hooks;
mod hostile;
mod main_job;
mod places;
mod programs;
mod roles;
mod rooms;
mod slack_faults;
mod sockets;
mod sources;
mod style;
mod subscriptions;
mod tables;
mod tasks;
