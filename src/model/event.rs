//! Something that happened, as a CloudEvents 1.0 record.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event in CloudEvents 1.0 structured form (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>),
/// with two extension attributes of ours: `severity` and `key`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique together with `source`; the idempotency key.
    pub id: String,
    /// Where it happened, such as `github/acme/api` or `/ci/nightly`.
    pub source: String,
    /// What happened, such as `github.issues.opened` or `task.failed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about, in the source's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When it happened; when it was accepted, where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The type of `data`; only JSON is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    /// The schema that `data` follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataschema: Option<String>,
    /// How grave it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// What makes a later event edit an earlier card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SubjectKey>,
    /// What happened, in detail.
    #[serde(default)]
    pub data: Value,
}

impl Event {
    /// An event of our own making.
    #[must_use]
    pub fn new(id: impl Into<String>, source: impl Into<String>, kind: impl Into<String>, data: Value) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: id.into(),
            source: source.into(),
            kind: kind.into(),
            subject: None,
            time: None,
            datacontenttype: Some("application/json".to_owned()),
            dataschema: None,
            severity: None,
            key: None,
            data,
        }
    }
}

/// How grave an event is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Info,
    /// Minor.
    Low,
    /// Worth a look.
    Medium,
    /// Worth a look today.
    High,
    /// Now.
    Critical,
}

impl Severity {
    /// All of them, gravest first.
    pub const GRAVEST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// "The same thing again": `github:acme/api#12`, `task:nightly-42`. Events with one key share one card.
///
/// A key that is long or holds control characters is shortened to its beginning and a digest of the whole, because keys
/// are parts of keys in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SubjectKey(String);

impl From<String> for SubjectKey {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<SubjectKey> for String {
    fn from(key: SubjectKey) -> Self {
        key.0
    }
}

impl SubjectKey {
    /// The longest key, in bytes.
    const LONGEST: usize = 200;

    /// The key of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.len() <= Self::LONGEST && !text.chars().any(char::is_control) {
            return Self(text);
        }
        Self(shortened(&text, Self::LONGEST))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The beginning of a text without its control characters, then a digest of the whole: two texts never become one.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> String {
    use sha2::Digest as _;
    let digest = hex::encode(&sha2::Sha256::digest(text.as_bytes())[..16]);
    let mut short: String = text.chars().filter(|sign| !sign.is_control()).collect();
    let mut end = short.len().min(longest.saturating_sub(digest.len() + 1));
    while !short.is_char_boundary(end) {
        end -= 1;
    }
    short.truncate(end);
    format!("{short}~{digest}")
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_odd_key_is_shortened_and_stays_its_own() {
        let long = |end: &str| SubjectKey::new("ä".repeat(500) + end);
        assert!(long("1").as_str().len() <= 200 && long("1") != long("2"));
        assert_eq!(long("1"), long("1"));
        let odd = SubjectKey::new("task:\u{0}a");
        assert!(odd != SubjectKey::new("task:a") && !odd.as_str().contains('\u{0}'));
        let read: SubjectKey = serde_json::from_str(&format!("{:?}", "x".repeat(900))).unwrap();
        assert_eq!(read, SubjectKey::new("x".repeat(900)), "also when it is read");
        assert_eq!(SubjectKey::new(odd.as_str()), odd, "a shortened key stays as it is");
    }
}
