//! The `[access]` section: who has which role where. The check itself is in `permission`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::registry::is_name;
use crate::model::{Place, PlatformId, Role};

/// Who may do what. Roles only ever add up: the highest that somebody has counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// The role of everyone in a connected workspace: `viewer` if not said, `none` for nobody who is not listed. On
    /// Discord the workspace is the servers that are served, on Telegram the chats of `telegram.chats`; strangers who find
    /// the bot have no role.
    pub default_role: DefaultRole,
    /// Roles for people, groups, API keys and rules.
    pub members: Vec<Member>,
}

/// The role of people who are not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DefaultRole {
    /// No role: nothing is allowed.
    None,
    /// May read.
    #[default]
    Viewer,
    /// May also change.
    Operator,
    /// May do everything.
    Admin,
}

impl DefaultRole {
    /// The role, if it is one.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::None => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Operator => Some(Role::Operator),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// A role for some, in some places, for some operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who: `slack:U02ABCDEF`, `slack:group:S02ABCDEF`, `slack:*` (everyone there), `key:ci`, `rule:retry`.
    pub who: Vec<Grantee>,
    /// The role that they have.
    pub role: Role,
    /// Only in these places, such as `slack:#deploys`; a channel includes its threads. Everywhere if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<Place>>,
    /// Only for these operations, such as `github.issue.*`. For all if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<Pattern>>,
}

/// A person with their handles on the chat platforms and services: one person wherever they act. What is granted to one
/// handle holds for all of them, and cards mention the person by the handle of the platform that they are on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonConfig {
    /// What they are called on cards.
    pub name: String,
    /// Their handles, each as `platform:id`: `slack:U02ABCDEF`, `discord:80351110224678912`, `telegram:1042`, `github:ana`,
    /// `jira:5b10a2844c20165700ede21g`. On chat platforms it is the id that counts and not the name.
    pub handles: Vec<String>,
}

/// Who a role is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grantee {
    /// One actor, by its handle.
    Actor(String),
    /// The members of a group of a platform.
    Group(PlatformId, String),
    /// Everyone on a platform.
    Everyone(PlatformId),
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Actor(handle) => f.write_str(handle),
            Self::Group(platform, group) => write!(f, "{platform}:group:{group}"),
            Self::Everyone(platform) => write!(f, "{platform}:*"),
        }
    }
}

impl FromStr for Grantee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` names nobody; write `slack:U02ABCDEF`, `slack:group:S02ABCDEF`, `slack:*`, `key:name` or `rule:name`"
            )
        };
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let group = id.strip_prefix("group:");
        let blank = |part: &str| part.is_empty() || part.contains(|sign: char| sign.is_whitespace() || sign == ':');
        if blank(kind) || blank(group.unwrap_or(id)) {
            return Err(wrong());
        }
        let of_platform = !matches!(kind, "key" | "rule");
        match group {
            Some(group) if of_platform => Ok(Self::Group(PlatformId::new(kind), group.to_owned())),
            None if of_platform && id == "*" => Ok(Self::Everyone(PlatformId::new(kind))),
            // A name begins with a sign, an id never does: who writes a name believes that it works.
            None if !id.starts_with(['@', '#']) && id != "*" => Ok(Self::Actor(text.to_owned())),
            _ => Err(wrong()),
        }
    }
}

/// Operations by name; `*` stands for any one part, and at the end for all that follows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// Whether the operation of this name is meant.
    #[must_use]
    pub fn matches(&self, operation: &str) -> bool {
        let mut parts = operation.split('.');
        let mut wanted = self.0.split('.').peekable();
        while let Some(want) = wanted.next() {
            if want == "*" && wanted.peek().is_none() {
                return parts.next().is_some();
            }
            match parts.next() {
                Some(part) if want == "*" || want == part => {}
                _ => return false,
            }
        }
        parts.next().is_none()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('.').collect();
        let whole = parts.len() == 3 || parts.len() < 3 && parts.last() == Some(&"*");
        if whole && parts.iter().all(|part| *part == "*" || is_name(part)) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{text}` names no operations; write `github.issue.close`, `github.issue.*`, `github.*` or `github.*.list`"
        ))
    }
}

/// Values that are written as text.
macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    };
}

as_text!(Grantee);
as_text!(Pattern);

impl AccessConfig {
    /// The places it names, for those written by name to be exchanged for the platform's own ids: a place matches only
    /// by its id.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.members.iter_mut().filter_map(|member| member.places.as_mut()).flatten()
    }
}
