//! Security alerts: dependencies, code, secrets.

use jiff::Timestamp;

/// How an alert was closed: when, by whom, why, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox::github) struct Closed {
    pub at: Timestamp,
    pub by: String,
    pub reason: &'static str,
    pub comment: Option<String>,
}

/// A Dependabot alert.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct DependencyAlert {
    pub number: u64,
    pub package: String,
    pub ecosystem: String,
    pub severity: &'static str,
    pub summary: String,
    pub ghsa: String,
    pub cve: String,
    pub patched: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub dismissed: Option<Closed>,
    pub fixed_at: Option<Timestamp>,
}

impl DependencyAlert {
    pub(in crate::sandbox::github) fn state(&self) -> &'static str {
        match (&self.dismissed, self.fixed_at) {
            (_, Some(_)) => "fixed",
            (Some(_), None) => "dismissed",
            (None, None) => "open",
        }
    }
}

/// A code scanning alert.
#[derive(Debug, Clone)]
pub(in crate::sandbox::github) struct CodeAlert {
    pub number: u64,
    pub rule: String,
    pub description: String,
    /// `none`, `note`, `warning` or `error`.
    pub severity: &'static str,
    pub security: &'static str,
    pub path: String,
    pub line: u64,
    pub commit: String,
    pub branch: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub dismissed: Option<Closed>,
    pub fixed_at: Option<Timestamp>,
}

impl CodeAlert {
    pub(in crate::sandbox::github) fn state(&self) -> &'static str {
        match (&self.dismissed, self.fixed_at) {
            (_, Some(_)) => "fixed",
            (Some(_), None) => "dismissed",
            (None, None) => "open",
        }
    }
}

/// A secret scanning alert.
#[derive(Clone)]
pub(in crate::sandbox::github) struct SecretAlert {
    pub number: u64,
    pub kind: String,
    pub kind_name: String,
    /// What was found. The API shows it, a webhook does not.
    pub secret: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub resolved: Option<Closed>,
}

impl std::fmt::Debug for SecretAlert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretAlert").field("number", &self.number).field("kind", &self.kind).finish_non_exhaustive()
    }
}
