//! Issues and projects as parameters of operations.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::super::shown;
use super::{DEFAULT_PROJECT, IssueKey, ProjectKey, number};
use crate::model::Fault;
use crate::operations::Caller;

/// A project as it was written. [`ProjectRef::resolve`] makes a [`ProjectKey`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRef {
    host: Option<String>,
    project: ProjectKey,
}

/// An issue as it was written. [`IssueRef::resolve`] makes an [`IssueKey`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRef {
    host: Option<String>,
    project: Option<ProjectKey>,
    number: u64,
}

const PROJECT_HELP: &str = "write its key, such as `ACME`, or paste its link";
const ISSUE_HELP: &str =
    "write its key, such as `ACME-12`, paste its link, or write `#12` in a channel with a linked project";

impl FromStr for ProjectRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || format!("`{}` is no Jira project; {PROJECT_HELP}", shown(text));
        if let Some((url, host)) = link(text) {
            let segments = segments(&url);
            let after = |word: &str| segments.iter().position(|part| part == word).and_then(|at| segments.get(at + 1));
            let said = after("projects").or_else(|| after("browse")).ok_or_else(wrong)?;
            let issue = IssueKey::parse(said).map(|key| key.project);
            let project = issue.or_else(|| ProjectKey::parse(said)).ok_or_else(wrong)?;
            return Ok(Self { host: Some(host), project });
        }
        Ok(Self { host: None, project: ProjectKey::parse(text).ok_or_else(wrong)? })
    }
}

impl FromStr for IssueRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || format!("`{}` is no Jira issue; {ISSUE_HELP}", shown(text));
        if let Some((url, host)) = link(text) {
            let key = of_link(&url).ok_or_else(wrong)?;
            return Ok(Self { host: Some(host), project: Some(key.project), number: key.number });
        }
        if let Some(key) = IssueKey::parse(text) {
            return Ok(Self { host: None, project: Some(key.project), number: key.number });
        }
        let number = number(text.strip_prefix('#').unwrap_or(text)).ok_or_else(wrong)?;
        Ok(Self { host: None, project: None, number })
    }
}

/// The issue that a link leads to: the one that is selected on a board, else the one of the page.
fn of_link(url: &Url) -> Option<IssueKey> {
    let selected = url.query_pairs().find(|(name, _)| name == "selectedIssue");
    if let Some((_, key)) = selected {
        return IssueKey::parse(&key);
    }
    let segments = segments(url);
    let named = segments.iter().position(|part| matches!(part.as_str(), "browse" | "issues" | "issue" | "queues"))?;
    segments.get(named + 1..)?.iter().find_map(|part| IssueKey::parse(part))
}

fn segments(url: &Url) -> Vec<String> {
    let parts = url.path_segments().into_iter().flatten();
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A link and its host. Chat platforms wrap links in `<…>`, with the shown text after a `|`.
fn link(text: &str) -> Option<(Url, String)> {
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let text = text.split('|').next().unwrap_or(text);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = host(&url)?;
    Some((url, host))
}

fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Refuses a link that leads to another Jira than ours.
fn check_host(field: &str, given: Option<&str>, web: &Url) -> Result<(), Fault> {
    let ours = host(web).unwrap_or_default();
    match given {
        Some(given) if given != ours => Err(Fault::bad_input(
            field,
            format!("This link leads to {}, but I work on {ours}; use a link from there.", shown(given)),
        )),
        _ => Ok(()),
    }
}

fn default_project(field: &str, by: &Caller, meant: &str) -> Result<ProjectKey, Fault> {
    let Some(linked) = by.defaults.get(DEFAULT_PROJECT) else {
        let example = meant.strip_prefix('#').unwrap_or("12");
        return Err(Fault::bad_input(
            field,
            format!(
                "No Jira project is linked here, so I cannot tell which one {meant} is in. Write the whole key, such as \
                 `ACME-{example}`, or link a project here."
            ),
        ));
    };
    linked.parse::<ProjectRef>().map(|linked| linked.project).map_err(|_| {
        Fault::bad_input(field, format!("What is linked here, `{}`, is no Jira project; link another.", shown(linked)))
    })
}

impl ProjectRef {
    /// What is meant, whatever site it is on.
    #[must_use]
    pub fn plain(&self) -> &ProjectKey {
        &self.project
    }

    /// The project that is meant; where none is given, the one that the place is linked to.
    ///
    /// # Errors
    /// `BadInput`: a link of another site, or none given and none linked.
    pub fn resolve(given: Option<&Self>, field: &str, web: &Url, by: &Caller) -> Result<ProjectKey, Fault> {
        match given {
            Some(given) => {
                check_host(field, given.host.as_deref(), web)?;
                Ok(given.project.clone())
            }
            None => default_project(field, by, "this"),
        }
    }
}

impl IssueRef {
    /// What is meant, whatever site it is on; `None` for a bare number.
    #[must_use]
    pub fn plain(&self) -> Option<IssueKey> {
        Some(IssueKey { project: self.project.clone()?, number: self.number })
    }

    /// The issue that is meant; a bare number is one of the place's linked project.
    ///
    /// # Errors
    /// `BadInput`: a link of another site, or a bare number where no project is linked.
    pub fn resolve(&self, field: &str, web: &Url, by: &Caller) -> Result<IssueKey, Fault> {
        check_host(field, self.host.as_deref(), web)?;
        let project = match &self.project {
            Some(project) => project.clone(),
            None => default_project(field, by, &format!("#{}", self.number))?,
        };
        Ok(IssueKey { project, number: self.number })
    }
}

impl From<IssueKey> for IssueRef {
    fn from(key: IssueKey) -> Self {
        Self { host: None, project: Some(key.project), number: key.number }
    }
}

impl fmt::Display for ProjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "https://{host}/browse/{}", self.project),
            None => self.project.fmt(f),
        }
    }
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, &self.project) {
            (Some(host), Some(project)) => write!(f, "https://{host}/browse/{project}-{}", self.number),
            (_, Some(project)) => write!(f, "{project}-{}", self.number),
            (_, None) => write!(f, "#{}", self.number),
        }
    }
}

impl Serialize for ProjectRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for IssueRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A bare number is as good as its text: a form or the API may send either.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a Jira issue as text, such as `ACME-12`")]
enum Written {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for IssueRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ProjectRef {
    fn schema_name() -> Cow<'static, str> {
        "JiraProjectRef".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A Jira project by its key, such as `ACME`, or its link.",
            "x-complete": "jira.projects",
            "x-subject": "jira:(*)-*",
        })
    }
}

impl JsonSchema for IssueRef {
    fn schema_name() -> Cow<'static, str> {
        "JiraIssueRef".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A Jira issue as `ACME-12`, its link, or `#12` in a channel with a linked project.",
            "x-complete": "jira.issues",
            "x-subject": "jira:(*-*)",
        })
    }
}
