//! Where secrets come from: the environment and files, or, in the sandbox, made up on the spot.

use std::collections::HashMap;

use crate::model::Fault;
use crate::vault::{Secret, SecretRef};

/// Fetches secrets.
#[derive(Debug, Clone, Default)]
pub enum Keyring {
    /// From where the references lead.
    #[default]
    Real,
    /// From this list, by the text of the reference; for the sandbox.
    Given(HashMap<String, Secret>),
}

impl Keyring {
    /// The secret of this reference; `setting` is the name of the setting that refers to it.
    ///
    /// # Errors
    /// `Misconfigured`: it is not there or empty.
    pub fn fetch(&self, reference: &SecretRef, setting: &str) -> Result<Secret, Fault> {
        match self {
            Self::Real => reference.fetch(setting),
            Self::Given(secrets) => secrets
                .get(&reference.to_string())
                .cloned()
                .ok_or_else(|| Fault::misconfigured(format!("{setting}: there is no secret `{reference}`"))),
        }
    }

    /// The secrets of these references.
    ///
    /// # Errors
    /// `Misconfigured`: one of them is not there or empty.
    pub fn fetch_all(&self, references: &[SecretRef], setting: &str) -> Result<Vec<Secret>, Fault> {
        references.iter().map(|reference| self.fetch(reference, setting)).collect()
    }
}
