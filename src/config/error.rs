//! What is wrong with a configuration, told so that it can be mended without asking anybody.

use std::fmt;
use std::io;

use crate::model::Fault;

use super::node::{Node, Origin};
use super::path::Path;

/// A text and what it is called.
pub(super) struct Source<'t> {
    /// The file's name; none when there is no file.
    pub(super) name: Option<&'t str>,
    /// The text.
    pub(super) text: &'t str,
}

impl Source<'_> {
    /// Where in the text or environment something is, in the terms of a person.
    pub(super) fn spot(&self, origin: &Origin) -> Spot {
        match (origin, self.name) {
            (Origin::Env(name), _) => Spot::Variable(name.clone()),
            (_, None) => Spot::Environment,
            (Origin::Root, Some(name)) => Spot::File { name: name.to_owned(), line: 0, column: 0 },
            (Origin::File(byte), Some(name)) => {
                let before = self.text.get(..*byte).unwrap_or(self.text);
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                Spot::File { name: name.to_owned(), line, column }
            }
        }
    }
}

/// Where a mistake stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// In a file. Line and column count from 1, in characters; both are 0 where it is about the file as a whole.
    File {
        /// The file's name.
        name: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// In the environment as a whole: there is no file.
    Environment,
    /// In an environment variable.
    Variable(String),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line: 0, .. } | Self::Variable(name) => f.write_str(name),
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub spot: Spot,
    /// What is wrong, with the setting's name. Repeats no secret.
    pub what: String,
    /// What was expected, where there is more to say.
    pub expected: Option<String>,
    /// What to do.
    pub fix: Option<String>,
    /// The setting.
    pub(super) path: Path,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.spot, self.what)?;
        if let Some(expected) = &self.expected {
            write!(f, "\n  expected: {expected}")?;
        }
        self.fix.as_ref().map_or(Ok(()), |fix| write!(f, "\n  fix: {fix}"))
    }
}

/// What a validation of the settings as a whole found; the loader adds where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The setting, written as `http.listen` or `subscriptions[0].place`.
    pub path: String,
    /// What is wrong with it, following the setting's name and a colon: "the platform `irc` is not set up".
    pub what: String,
    /// What to do; empty where that is said already.
    pub fix: String,
}

impl Complaint {
    /// Something wrong with a setting.
    #[must_use]
    pub fn new(path: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), fix: fix.into() }
    }

    pub(super) fn locate(self, source: &Source<'_>, root: &Node) -> Problem {
        let path = Path::parse(&self.path);
        let (node, found) = root.nearest(&path);
        let spot = source.spot(if found { &node.at } else { &node.key_at });
        let fix = Some(self.fix).filter(|fix| !fix.is_empty());
        Problem { spot, what: format!("`{path}`: {}", self.what), expected: None, fix, path }
    }
}

/// Everything that is wrong with a configuration, at least one thing. Prints as one paragraph a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// Sorts the problems into the order of the file, then of the environment.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|one, other| one.spot.cmp(&other.spot));
        Self { problems }
    }

    /// The file cannot be read.
    pub(super) fn unreadable(name: &str, error: &io::Error) -> Self {
        let fix = match error.kind() {
            io::ErrorKind::NotFound => "name the file that is meant, or write one from the example",
            io::ErrorKind::PermissionDenied => "let the user that runs Quarterdeck read it",
            io::ErrorKind::InvalidData => "save it as UTF-8",
            _ => "name a readable file",
        };
        let spot = Spot::File { name: name.to_owned(), line: 0, column: 0 };
        let what = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        Self {
            problems: vec![Problem { spot, what, expected: None, fix: Some(fix.to_owned()), path: Path::default() }],
        }
    }

    /// The problems, in the order of the file and then of the environment.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        Self::misconfigured(error.to_string())
    }
}
