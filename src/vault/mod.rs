//! Secret references to secret values, and the signatures that are made and checked with them.
//!
//! A secret is written in the configuration as a reference and lives in memory as a [`Secret`], which prints as
//! `[secret]`. Only the room that hands it to a vendor exposes it.

mod reference;

pub use reference::{Secret, SecretRef};
