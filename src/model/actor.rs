//! Who acts, with what rank, and how grave the act is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::PlatformId;

/// Who asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person on a chat platform.
    User {
        /// The platform.
        platform: PlatformId,
        /// The platform's own id of the person, such as `U02ABCDEF`.
        id: String,
        /// The name that the person is shown by; outside text, only ever displayed.
        name: String,
    },
    /// Who holds an API key.
    ApiKey {
        /// The key's name in the configuration.
        name: String,
    },
    /// A rule of the configuration.
    Rule {
        /// The rule's name.
        name: String,
    },
}

impl Actor {
    /// How the actor is named in permissions and logs: `slack:U02ABCDEF`, `key:ci`, `rule:retry`.
    #[must_use]
    pub fn handle(&self) -> String {
        match self {
            Self::User { platform, id, .. } => format!("{platform}:{id}"),
            Self::ApiKey { name } => format!("key:{name}"),
            Self::Rule { name } => format!("rule:{name}"),
        }
    }

    /// How the actor is named to people.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::ApiKey { name } | Self::Rule { name } => name,
        }
    }
}

/// What a member may do: each role may do all that the one before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May read: operations whose effect is `Read`.
    Viewer,
    /// May change: operations whose effect is `Change`.
    Operator,
    /// May destroy: every operation.
    Admin,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        })
    }
}

/// What an operation does to the world: decides retry, confirmation, permission and audit at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Changes nothing; repeated freely.
    Read,
    /// Changes something; never repeated blindly after an unclear failure.
    Change,
    /// Takes something away for good; asks for confirmation first.
    Destroy,
}

impl Effect {
    /// The role that may do this where nothing else is said.
    #[must_use]
    pub const fn default_role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::Change => Role::Operator,
            Self::Destroy => Role::Admin,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Destroy => "destroy",
        })
    }
}
