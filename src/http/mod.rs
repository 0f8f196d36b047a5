//! The HTTP listener: webhook doors, the event API, the outbox for operators, health and metrics.
//!
//! Started by the app. Everything that comes in is verified on its raw bytes and handed to the inbox; a 2xx is sent
//! only when it is on disk.

mod auth;
mod config;
mod events;
mod outbox;
mod problem;
mod server;
mod set_up;
#[cfg(test)]
mod tests;
mod webhooks;

pub use auth::{ApiKeyConfig, Keys};
pub use config::HttpConfig;
pub use server::{Health, Server, ServerParts};
