//! What can go wrong, as a closed class that stays typed until the policy has read it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tone;

/// A failure with two texts: one for the person (what happened, what to do), one for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The class.
    pub kind: FaultKind,
    /// For the person. Holds no secret and no address of ours.
    pub outside: String,
    /// For the log. Holds no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
}

/// The classes of failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// What was given is wrong; the field says which part.
    BadInput {
        /// The field's name, where it is one.
        field: Option<String>,
    },
    /// Not allowed, by us or by the vendor.
    Denied,
    /// It is not there, or must not be seen.
    NotFound,
    /// It is not in the state that was expected.
    Conflict,
    /// The vendor says wait.
    RateLimited {
        /// Not before then.
        until: Timestamp,
    },
    /// It certainly did not happen, and may work later.
    Unavailable,
    /// It may or may not have happened.
    Unknown,
    /// An operator has to change a setting.
    Misconfigured,
    /// Our own mistake.
    Bug,
}

/// How a failed attempt goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again.
    Never,
    /// By the schedule.
    Schedule,
    /// At the time the vendor named; does not count as a failed attempt.
    At(Timestamp),
    /// Only after it was looked up whether it happened.
    AfterLookup,
}

/// What a class of failure means everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultPolicy {
    /// The HTTP status of an answer.
    pub status: u16,
    /// The tone of a card.
    pub tone: Tone,
    /// How it goes on.
    pub retry: Retry,
    /// The value of the metric's `class` label.
    pub label: &'static str,
    /// Whether an operator should hear of it (`warn` rather than `info` in the log).
    pub alarming: bool,
}

impl FaultKind {
    /// The one table that says what a class means.
    #[must_use]
    pub fn policy(&self) -> FaultPolicy {
        let row = |status, tone, retry, label, alarming| FaultPolicy { status, tone, retry, label, alarming };
        match self {
            Self::BadInput { .. } => row(400, Tone::Warning, Retry::Never, "bad_input", false),
            Self::Denied => row(403, Tone::Warning, Retry::Never, "denied", false),
            Self::NotFound => row(404, Tone::Warning, Retry::Never, "not_found", false),
            Self::Conflict => row(409, Tone::Warning, Retry::Never, "conflict", false),
            Self::RateLimited { until } => row(429, Tone::Warning, Retry::At(*until), "rate_limited", false),
            Self::Unavailable => row(503, Tone::Bad, Retry::Schedule, "unavailable", true),
            Self::Unknown => row(502, Tone::Warning, Retry::AfterLookup, "unknown", true),
            Self::Misconfigured => row(500, Tone::Bad, Retry::Never, "misconfigured", true),
            Self::Bug => row(500, Tone::Bad, Retry::Never, "bug", true),
        }
    }
}

impl Fault {
    /// A failure of this class with a text for the person.
    #[must_use]
    pub fn new(kind: FaultKind, outside: impl Into<String>) -> Self {
        Self { kind, outside: outside.into(), inside: None }
    }

    /// A wrong value of a field: say what was expected and how to mend it.
    #[must_use]
    pub fn bad_input(field: &str, outside: impl Into<String>) -> Self {
        Self::new(FaultKind::BadInput { field: Some(field.to_owned()) }, outside)
    }

    /// Not allowed.
    #[must_use]
    pub fn denied(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::Denied, outside)
    }

    /// Not there.
    #[must_use]
    pub fn not_found(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::NotFound, outside)
    }

    /// Not in the expected state.
    #[must_use]
    pub fn conflict(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::Conflict, outside)
    }

    /// Certainly did not happen, may work later.
    #[must_use]
    pub fn unavailable(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::Unavailable, outside)
    }

    /// May or may not have happened.
    #[must_use]
    pub fn unknown(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::Unknown, outside)
    }

    /// An operator has to change a setting.
    #[must_use]
    pub fn misconfigured(outside: impl Into<String>) -> Self {
        Self::new(FaultKind::Misconfigured, outside)
    }

    /// Our own mistake; the person hears only that it is one.
    #[must_use]
    pub fn bug(inside: impl Into<String>) -> Self {
        Self::new(FaultKind::Bug, "Something went wrong inside Quarterdeck; its log says what.").inside(inside)
    }

    /// With a text for the log.
    #[must_use]
    pub fn inside(mut self, inside: impl Into<String>) -> Self {
        self.inside = Some(inside.into());
        self
    }

    /// What the class means.
    #[must_use]
    pub fn policy(&self) -> FaultPolicy {
        self.kind.policy()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.outside)?;
        self.inside.as_ref().map_or(Ok(()), |inside| write!(f, " ({inside})"))
    }
}

impl std::error::Error for Fault {}
