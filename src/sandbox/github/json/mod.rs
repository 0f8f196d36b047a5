//! Turns the data model into GitHub's JSON. Field names and nullability follow GitHub's OpenAPI description and its
//! webhook schemas; what both know is rendered once here and only widened for one of them.

mod alerts;
mod apps;
mod checks;
mod code;
mod deployments;
mod hooks;
mod issues;
mod people;
mod pulls;
mod repos;
mod runs;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::data::{Repo, World};

pub(super) use checks::check_of_job;
pub(super) use hooks::delivery_json;

/// Where links lead: the API's own address and the website's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Links {
    /// Without a slash at the end.
    pub api: String,
    /// Without a slash at the end.
    pub web: String,
}

/// The world as someone sees it who follows these links.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub world: &'a World,
    pub links: &'a Links,
    /// The present time, and how long GitHub takes to find out whether a pull request can be merged.
    pub now: Timestamp,
    pub merge_lag: SignedDuration,
}

impl<'a> Sight<'a> {
    fn repo(&self, repo: usize) -> &'a Repo {
        &self.world.repos[repo]
    }

    /// `https://api…/repos/acme/api`.
    fn repo_api(&self, repo: usize) -> String {
        format!("{}/repos/{}", self.links.api, self.repo(repo).full_name())
    }

    /// `https://github.com/acme/api`.
    fn repo_web(&self, repo: usize) -> String {
        format!("{}/{}", self.links.web, self.repo(repo).full_name())
    }
}

/// A time as GitHub writes it: UTC, whole seconds.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn stamp_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(stamp(at)))
}

/// A global node id of the newer kind.
fn node(prefix: &str, id: u64) -> String {
    format!("{prefix}_kwDO{id:010X}")
}

/// The identifier in such a node id.
pub(super) fn of_node(prefix: &str, text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix(prefix)?.strip_prefix("_kwDO")?, 16).ok()
}

/// The fields of an object; empty for anything else.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `base` with more fields.
fn with(base: Value, more: Value) -> Value {
    let mut map = fields(base);
    map.extend(fields(more));
    Value::Object(map)
}

/// Takes away what the newer API version no longer sends:
/// <https://docs.github.com/en/rest/about-the-rest-api/breaking-changes>.
pub(super) fn modernise(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(modernise),
        Value::Object(map) => {
            if map.contains_key("assignees") {
                map.remove("assignee");
            }
            if map.get("resources").is_some_and(|resources| resources.get("core").is_some()) {
                map.remove("rate");
            }
            for gone in ["merge_commit_sha", "has_downloads", "use_squash_pr_title_as_default", "master_branch"] {
                map.remove(gone);
            }
            map.values_mut().for_each(modernise);
        }
        _ => {}
    }
}
