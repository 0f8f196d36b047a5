//! Secret references to secret values, and the signatures that are made and checked with them.
//!
//! A secret is written in the configuration as a reference and lives in memory as a [`Secret`], which prints as
//! `[secret]`. Only the room that hands it to a vendor exposes it. Signatures of incoming webhooks are checked by
//! [`Scheme::verify`]; API keys are kept as [`ApiKeyHash`]es. What vendors give us while we run ([`Oauth`] grants, the token
//! of a [`Handshake`]) lies sealed in the [`Safe`]. No line of the log and no error here repeats a value.

mod api_key;
mod door;
mod handshake;
mod jwt;
mod oauth;
mod reference;
mod safe;
mod signature;

pub use api_key::{ApiKey, ApiKeyHash, ApiKeyHashError};
pub use door::{DeliveryKey, Door, Knock, Lock};
pub use handshake::{Handshake, HandshakeState};
pub use jwt::RsaKey;
pub use oauth::{Oauth, OauthApp};
pub use reference::{Secret, SecretRef, watch_secrets};
pub use safe::{Safe, Sealed, VaultConfig};
pub use signature::{PublicKey, Rejected, Scheme};
