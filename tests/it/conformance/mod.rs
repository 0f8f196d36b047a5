//! What a chat platform must do, in sentences; each is played on every platform, as its own people would play it.
//! `docs/platforms.md` says what a vendor does not allow and what happens instead.

pub mod chat;
pub mod discord;
mod gallery;
mod killed;
mod mentions;
mod menus;
mod sentences;
mod services;
mod slack;
pub mod telegram;
mod together;
