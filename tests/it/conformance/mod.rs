//! What a chat platform must do, in sentences; each is played on every platform, as its own people would play it.
//! `docs/platforms.md` says what a vendor does not allow and what happens instead.

mod chat;
mod discord;
mod gallery;
mod killed;
mod mentions;
mod menus;
mod sentences;
mod services;
mod slack;
mod telegram;
mod together;
