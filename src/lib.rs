//! Quarterdeck: a chat-ops daemon. `docs/ARCHITECTURE.md` draws the rooms and walks the ways through them.

pub mod chat;
pub mod connectors;
pub mod delivery;
pub mod model;
pub mod operations;
pub mod routing;
pub mod sandbox;
pub mod store;
pub mod vault;
