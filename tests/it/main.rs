//! The integration tests: the real daemon against the sandbox, read like conversations.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "what the modules of one test crate share")]

mod about;
mod api;
mod bad_configs;
mod buttons;
mod canaries;
mod commands;
mod conformance;
mod contract;
mod conversation;
mod doors;
mod forms;
mod github_faults;
mod github_hooks;
mod hostile;
mod knock;
mod main_job;
mod messages;
mod payloads;
mod places;
mod programs;
mod roles;
mod rooms;
mod slack_door;
mod slack_faults;
mod slack_services;
mod sockets;
mod sources;
mod style;
mod subscriptions;
mod tables;
mod tasks;
mod telegram;
