//! API keys: who may call the API, and as what. The configuration holds hashes only.

use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::model::{Fault, Role};
use crate::vault::ApiKeyHash;

/// One API key: `[[api_keys]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// The key's name; its calls are made by `key:<name>`.
    #[schemars(example = &"ci")]
    pub name: String,
    /// The SHA-256 hash of the key, in hex. `quarterdeck key` makes a key and prints this line.
    #[schemars(example = &"0000000000000000000000000000000000000000000000000000000000000000")]
    pub sha256: ApiKeyHash,
    /// What the key may do: `operator` publishes events, `admin` also sees to the outbox.
    #[serde(default = "operator")]
    pub role: Role,
}

fn operator() -> Role {
    Role::Operator
}

/// The keys that are valid now. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<RwLock<Vec<ApiKeyConfig>>>);

impl Keys {
    /// These keys.
    #[must_use]
    pub fn new(keys: Vec<ApiKeyConfig>) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    /// Takes over new keys.
    pub fn set(&self, keys: Vec<ApiKeyConfig>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The name of the key that the request bears, if it may act in this role.
    pub(super) fn admit(&self, headers: &HeaderMap, needed: Role) -> Result<String, Problem> {
        let unknown = |text: &str| Problem::status(Fault::denied(text), StatusCode::UNAUTHORIZED);
        let shown = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key)
            .ok_or_else(|| {
                unknown("An API key is needed: `Authorization: Bearer qd_…`. `quarterdeck key` makes one.")
            })?;
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // Every key is compared, so that the time taken says nothing about which one came close.
        let found = keys.iter().filter(|key| key.sha256.matches(shown.trim())).collect::<Vec<_>>();
        let Some(key) = found.first() else { return Err(unknown("This API key is not known.")) };
        if key.role < needed {
            let text = format!("This needs an API key of the role {needed}; `{}` is {}.", key.name, key.role);
            return Err(Fault::denied(text).into());
        }
        Ok(key.name.clone())
    }
}
