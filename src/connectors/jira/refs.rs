//! How people name an issue or a project: by key, by link, or by number in a channel with a linked project; and the keys
//! that stand in any text.

mod found;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;

use url::Url;

use crate::model::SubjectKey;

pub use found::{keys_in, known_keys_in};
pub use written::{IssueRef, ProjectRef};

/// The default of a place under which its project stands.
pub const DEFAULT_PROJECT: &str = "project";

/// The longest key of a project; Data Center allows up to 255 characters, of which nobody has made use.
const LONGEST: usize = 50;

/// The key of a project: `ACME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectKey(String);

impl ProjectKey {
    /// The key that is written so, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() >= 2
            && text.len() <= LONGEST
            && text.starts_with(|char: char| char.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        fits.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The source of its events.
    #[must_use]
    pub fn source(&self) -> String {
        format!("jira:{self}")
    }
}

impl fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an issue: `ACME-12`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssueKey {
    /// The project.
    pub project: ProjectKey,
    /// The number in it.
    pub number: u64,
}

impl IssueKey {
    /// The key that is written so, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (project, digits) = text.rsplit_once('-')?;
        Some(Self { project: ProjectKey::parse(project)?, number: number(digits)? })
    }

    /// The key of its living card.
    #[must_use]
    pub fn key(&self) -> SubjectKey {
        SubjectKey::new(format!("jira:{self}"))
    }

    /// Its page on the site of this address, which may have a path of its own on Data Center.
    #[must_use]
    pub fn page(&self, web: &Url) -> String {
        format!("{}/browse/{self}", web.as_str().trim_end_matches('/'))
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.project, self.number)
    }
}

fn number(digits: &str) -> Option<u64> {
    let fits = !digits.is_empty()
        && digits.len() <= 12
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}
