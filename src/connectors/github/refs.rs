//! How people name a repository, an issue or a pull request: short, by link, or by number in a linked channel.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use crate::model::{Fault, SubjectKey};
use crate::operations::Caller;

/// The default of a place under which its repository stands.
pub const DEFAULT_REPOSITORY: &str = "repository";

/// A repository: `acme/api`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repo {
    /// The person or organisation it belongs to.
    pub owner: String,
    /// Its own name.
    pub name: String,
}

impl Repo {
    /// The repository of this full name, `owner/name`.
    #[must_use]
    pub fn parse(full: &str) -> Option<Self> {
        let (owner, name) = full.split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        let owner_fits = !owner.is_empty()
            && owner.len() <= 100
            && owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let name_fits = !name.is_empty()
            && name.len() <= 100
            && !matches!(name, "." | "..")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        (owner_fits && name_fits).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// The path of the API below this repository. Owner and name hold no character that must be escaped.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/repos/{}/{}{below}", self.owner, self.name)
    }
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// An issue or pull request: `acme/api#12`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    /// The repository.
    pub repo: Repo,
    /// The number in it.
    pub number: u64,
}

impl Number {
    /// The key of its living card.
    #[must_use]
    pub fn key(&self) -> SubjectKey {
        SubjectKey::new(format!("github:{self}"))
    }

    pub(crate) fn issue_path(&self, below: &str) -> String {
        self.repo.path(&format!("/issues/{}{below}", self.number))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repo, self.number)
    }
}

/// A repository as it was written. [`RepoRef::resolve`] makes a [`Repo`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoRef {
    host: Option<String>,
    repo: Repo,
}

/// An issue or pull request as it was written. [`IssueRef::resolve`] makes a [`Number`] of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRef {
    host: Option<String>,
    repo: Option<Repo>,
    number: u64,
}

const REPO_HELP: &str = "write `owner/name`, such as `acme/api`, or paste the repository's link";
const ISSUE_HELP: &str = "write `owner/name#12`, paste the link of the issue or pull request, or write `#12` in a channel with a linked repository";

impl FromStr for RepoRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || format!("`{}` is no repository; {REPO_HELP}", super::shown(text));
        if let Some((host, segments)) = link(text) {
            let [owner, name, ..] = segments.as_slice() else { return Err(wrong()) };
            let repo = Repo::parse(&format!("{owner}/{name}")).ok_or_else(wrong)?;
            return Ok(Self { host: Some(host), repo });
        }
        Ok(Self { host: None, repo: Repo::parse(text).ok_or_else(wrong)? })
    }
}

impl FromStr for IssueRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || format!("`{}` is no issue or pull request; {ISSUE_HELP}", super::shown(text));
        let number = |digits: &str| {
            (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| digits.parse().ok())
                .flatten()
                .filter(|number| *number > 0)
        };
        if let Some((host, segments)) = link(text) {
            let [owner, name, kind, digits, ..] = segments.as_slice() else { return Err(wrong()) };
            if !matches!(kind.as_str(), "issues" | "pull" | "pulls") {
                return Err(wrong());
            }
            let repo = Repo::parse(&format!("{owner}/{name}")).ok_or_else(wrong)?;
            return Ok(Self { host: Some(host), repo: Some(repo), number: number(digits).ok_or_else(wrong)? });
        }
        let (repo, digits) = text.rsplit_once('#').unwrap_or(("", text));
        let repo = match repo {
            "" => None,
            repo => Some(Repo::parse(repo).ok_or_else(wrong)?),
        };
        Ok(Self { host: None, repo, number: number(digits).ok_or_else(wrong)? })
    }
}

/// Host and path of a link. Chat platforms wrap links in `<…>`, with the shown text after a `|`.
fn link(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    let text = text.split('|').next().unwrap_or(text);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = host(&url)?;
    Some((host, url.path_segments()?.filter(|part| !part.is_empty()).map(str::to_owned).collect()))
}

fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_start_matches("www.");
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Refuses a link that leads to another GitHub than ours.
fn check_host(field: &str, given: Option<&str>, web: &Url) -> Result<(), Fault> {
    let ours = host(web).unwrap_or_default();
    match given {
        Some(given) if given != ours => Err(Fault::bad_input(
            field,
            format!("This link leads to {}, but I work on {ours}; use a link from there.", super::shown(given)),
        )),
        _ => Ok(()),
    }
}

fn default_repo(field: &str, by: &Caller, meant: &str) -> Result<Repo, Fault> {
    let Some(full) = by.defaults.get(DEFAULT_REPOSITORY) else {
        return Err(Fault::bad_input(
            field,
            format!(
                "No repository is linked here, so I cannot tell which one {meant} is in. Write `owner/name{}`, or \
                 link one with `/qd link owner/name`.",
                if meant.starts_with('#') { meant } else { "" }
            ),
        ));
    };
    full.parse::<RepoRef>().map(|linked| linked.repo).map_err(|_| {
        Fault::bad_input(
            field,
            format!(
                "What is linked here, `{}`, is no repository; link one with `/qd link owner/name`.",
                super::shown(full)
            ),
        )
    })
}

impl RepoRef {
    /// What is meant, whatever GitHub it is on.
    pub(crate) fn plain(&self) -> Repo {
        self.repo.clone()
    }

    /// The repository that is meant; where none is given, the one that the place is linked to.
    ///
    /// # Errors
    /// `BadInput`: a link of another GitHub, or none given and none linked.
    pub fn resolve(given: Option<&Self>, field: &str, web: &Url, by: &Caller) -> Result<Repo, Fault> {
        match given {
            Some(given) => {
                check_host(field, given.host.as_deref(), web)?;
                Ok(given.repo.clone())
            }
            None => default_repo(field, by, "this"),
        }
    }
}

impl IssueRef {
    /// What is meant, whatever GitHub it is on; `None` for a bare number.
    pub(crate) fn plain(&self) -> Option<Number> {
        Some(Number { repo: self.repo.clone()?, number: self.number })
    }

    /// The issue or pull request that is meant; a bare number is one of the place's linked repository.
    ///
    /// # Errors
    /// `BadInput`: a link of another GitHub, or a bare number where no repository is linked.
    pub fn resolve(&self, field: &str, web: &Url, by: &Caller) -> Result<Number, Fault> {
        check_host(field, self.host.as_deref(), web)?;
        let repo = match &self.repo {
            Some(repo) => repo.clone(),
            None => default_repo(field, by, &format!("#{}", self.number))?,
        };
        Ok(Number { repo, number: self.number })
    }
}

impl fmt::Display for RepoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "https://{host}/{}", self.repo),
            None => self.repo.fmt(f),
        }
    }
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, &self.repo) {
            (Some(host), Some(repo)) => write!(f, "https://{host}/{repo}/issues/{}", self.number),
            (_, Some(repo)) => write!(f, "{repo}#{}", self.number),
            (_, None) => write!(f, "#{}", self.number),
        }
    }
}

impl Serialize for RepoRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for IssueRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RepoRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A bare number is as good as its text: a form or the API may send either.
#[derive(Deserialize)]
#[serde(untagged, expecting = "an issue or pull request as text, such as `acme/api#12`")]
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

impl JsonSchema for RepoRef {
    fn schema_name() -> Cow<'static, str> {
        "RepoRef".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A repository as `owner/name`, or its link.",
            "x-complete": "github.repositories",
            "x-subject": ["github:(*/*)#*", "github:(*/*)/run/*", "github:(*/*)/release/**"],
        })
    }
}

impl JsonSchema for IssueRef {
    fn schema_name() -> Cow<'static, str> {
        "IssueRef".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An issue or pull request as `owner/name#12`, its link, or `#12` in a linked channel.",
            "x-subject": "github:(*/*#*)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::caller;
    use super::*;

    fn web() -> Url {
        Url::parse("https://github.com").unwrap()
    }

    #[test]
    fn issues_are_understood_however_they_are_written() {
        for (written, meant) in [
            ("acme/api#12", "acme/api#12"),
            (" acme/api#12 ", "acme/api#12"),
            ("acme/api.js#1", "acme/api.js#1"),
            ("https://github.com/acme/api/issues/12", "acme/api#12"),
            ("https://github.com/acme/api/issues/12#issuecomment-3", "acme/api#12"),
            ("https://github.com/acme/api/pull/7/files?w=1", "acme/api#7"),
            ("http://www.github.com/acme/api/pull/7", "acme/api#7"),
            ("<https://github.com/acme/api/pull/7|acme/api#7>", "acme/api#7"),
            ("#12", "acme/linked#12"),
            ("12", "acme/linked#12"),
        ] {
            let mut by = caller();
            by.defaults.insert("repository".to_owned(), "acme/linked".to_owned());
            let issue: IssueRef = serde_json::from_value(written.into()).unwrap();
            assert_eq!(issue.resolve("issue", &web(), &by).unwrap().to_string(), meant, "{written}");
        }
        assert_eq!(serde_json::from_str::<IssueRef>("12").unwrap().to_string(), "#12");
        for written in [
            "",
            "#",
            "#0",
            "#-1",
            "#+1",
            "abc",
            "acme#12",
            "acme/#1",
            "/api#1",
            "a b/c#1",
            "acme/../x#1",
            "acme/..#1",
            "https://github.com/acme/api",
            "https://github.com/acme/api/tree/12",
            "acme/api#99999999999999999999",
            "acme/api/x#1",
            "javascript:alert(1)#1",
        ] {
            let error = serde_json::from_value::<IssueRef>(written.into()).unwrap_err().to_string();
            assert!(error.contains("is no issue or pull request; write `owner/name#12`"), "{written}: {error}");
        }
    }

    #[test]
    fn repositories_are_understood_however_they_are_written() {
        for (written, meant) in [
            ("acme/api", "acme/api"),
            ("https://github.com/acme/api", "acme/api"),
            ("https://github.com/acme/api.git", "acme/api"),
            ("https://github.com/acme/api/tree/main/src", "acme/api"),
        ] {
            let repo: RepoRef = serde_json::from_value(written.into()).unwrap();
            assert_eq!(RepoRef::resolve(Some(&repo), "repository", &web(), &caller()).unwrap().to_string(), meant);
        }
        for written in ["", "api", "/api", "acme/", "acme/a/b", "https://github.com/acme", "a%2fb/c", "acme/api?x"] {
            let error = written.parse::<RepoRef>().unwrap_err();
            assert!(error.contains("is no repository; write `owner/name`"), "{written}: {error}");
        }
    }

    #[test]
    fn a_bare_number_without_a_linked_repository_says_how_to_link_one() {
        let fault = "#12".parse::<IssueRef>().unwrap().resolve("issue", &web(), &caller()).unwrap_err();
        assert_eq!(
            fault.outside,
            "No repository is linked here, so I cannot tell which one #12 is in. Write `owner/name#12`, or link one \
             with `/qd link owner/name`."
        );
        assert!(RepoRef::resolve(None, "repository", &web(), &caller()).is_err());
    }

    #[test]
    fn a_link_of_another_github_is_refused() {
        let issue: IssueRef = "https://ghe.example.com/acme/api/issues/1".parse().unwrap();
        assert!(issue.resolve("issue", &web(), &caller()).unwrap_err().outside.contains("leads to ghe.example.com"));
        let theirs = Url::parse("https://ghe.example.com").unwrap();
        assert!(issue.resolve("issue", &theirs, &caller()).is_ok());
    }
}
