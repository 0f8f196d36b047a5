//! Quarterdeck: a chat-ops daemon. `docs/ARCHITECTURE.md` draws the rooms and walks the ways through them.

pub mod app;
pub mod chat;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod delivery;
pub mod http;
pub mod model;
pub mod operations;
pub mod routing;
pub mod sandbox;
pub mod stage;
pub mod store;
pub mod telemetry;
pub mod vault;
