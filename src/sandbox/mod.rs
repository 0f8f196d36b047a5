//! The vendors, faked as servers on loopback: plain data models behind real HTTP and WebSocket routes.
//!
//! Tests, benches and `quarterdeck demo` start them and point the production clients at them. Nothing in
//! here uses any other room: a fake follows its vendor's documents, never the habits of our own client.

pub mod discord;
pub mod github;
pub mod jira;
mod multipart;
pub mod notion;
pub mod server;
pub mod slack;
pub mod telegram;
