//! Jira, Cloud or Data Center: issues and sprints operated from chat, webhooks told as cards.
//!
//! This part needs no network: the formats of rich text ([`adf`], [`wiki`], both through [`text`]), what Jira says
//! ([`wire`]), how people name things ([`refs`]), the cards ([`cards`]) and the webhooks ([`events`]). All of it is pure.

pub mod adf;
pub mod cards;
pub mod events;
mod lax;
pub mod refs;
#[cfg(test)]
mod tests;
pub mod text;
pub mod wiki;
pub mod wire;

use super::markdown::line;

pub use events::kinds;
pub use refs::{DEFAULT_PROJECT, IssueKey, IssueRef, ProjectKey, ProjectRef};

/// Outside text as it may stand between back-ticks in an error.
fn shown(text: &str) -> String {
    line(text, 80).replace('`', "'")
}
