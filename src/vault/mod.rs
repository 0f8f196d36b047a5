//! Secret references to secret values, and the signatures that are made and checked with them.
//!
//! A secret is written in the configuration as a reference and lives in memory as a [`Secret`], which prints as
//! `[secret]`. Only the room that hands it to a vendor exposes it. Signatures of incoming webhooks are checked by
//! [`Scheme::verify`]; API keys are kept as [`ApiKeyHash`]es. Nothing here logs, and no error here repeats a value.

mod api_key;
mod door;
mod reference;
mod signature;

pub use api_key::{ApiKey, ApiKeyHash, ApiKeyHashError};
pub use door::Door;
pub use reference::{Secret, SecretRef, watch_secrets};
pub use signature::{PublicKey, Rejected, Scheme};
