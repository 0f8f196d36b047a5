//! Discord's rules for what apps send: messages, embeds, components, modals and commands.
//!
//! Each reads a body with a [`super::form::Form`], which collects the errors, and hands back what the API will show.

pub(super) mod commands;
pub(super) mod components;
pub(super) mod embeds;
pub(super) mod message;
pub(super) mod modal;
