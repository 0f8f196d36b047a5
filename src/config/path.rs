//! Where in the settings something stands: `http.listen`, `subscriptions[0].place`.

use std::fmt;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a table.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// The way from the root to a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// The way to a member of the table here.
    pub(super) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The way to an element of the list here.
    pub(super) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// One step further.
    pub(super) fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The way to what holds this, and the last step.
    pub(super) fn split_last(&self) -> Option<(Self, &Step)> {
        self.0.split_last().map(|(last, rest)| (Self(rest.to_vec()), last))
    }

    /// The last key on the way.
    pub(super) fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    /// Whether this is `other` or above it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Reads what [`Display`](fmt::Display) writes; anything else is taken as it is.
    pub(super) fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            if let Some((key, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                steps.push(index.parse().map_or_else(|_| Step::Key(index.to_owned()), Step::Index));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                // A stray bracket must not hold the loop up.
                let end = if end == 0 { rest.len() } else { end };
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        Self(steps)
    }
}

/// A key as TOML writes it.
pub(super) fn written_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_' || sign == b'-');
    if bare { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => f.write_str(&written_key(key))?,
                Step::Key(key) => write!(f, ".{}", written_key(key))?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
