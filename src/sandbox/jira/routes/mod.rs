//! The routes: which method and path is answered by what, and which scopes an app needs for it.

#![expect(clippy::unnecessary_wraps, reason = "handlers have one signature, also those that cannot fail")]

mod account;
mod agile;
mod comments;
mod edit;
mod files;
mod hooks;
mod issues;
mod links;
mod meta;
mod projects;
mod properties;
mod search;
mod sprints;
mod steps;
mod work;

use http::HeaderMap;
use serde_json::{Value, json};

use super::data::{Issue, Project};
use super::json::Sight;
use super::query::Query;
use super::reply::{Answer, Reply};
use super::signin::Caller;
use super::state::State;

/// Which part of the API a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `/rest/api/{2,3}`
    Api,
    /// `/rest/agile/1.0`
    Agile,
    /// Where attachments are fetched from: `/media` (Cloud), `/secure/attachment` (Data Center).
    Files,
}

/// A request that was let in.
pub(super) struct Ask<'a> {
    /// The path after `/rest/api/3`.
    pub segments: &'a [String],
    pub query: &'a Query,
    pub body: &'a [u8],
    pub headers: &'a HeaderMap,
    /// What stands before `/rest`.
    pub root: &'a str,
    pub version: u8,
    pub caller: &'a Caller,
    /// Method and path, for the ledger.
    pub request: String,
}

impl<'a> Ask<'a> {
    fn actor(&self) -> &'a str {
        &self.caller.account
    }

    /// Whether rich text is ADF.
    fn rich(&self) -> bool {
        self.version == 3
    }

    fn segment(&self, at: usize) -> &'a str {
        self.segments.get(at).map_or("", String::as_str)
    }

    fn sight<'b>(&'b self, state: &'b State) -> Sight<'b> {
        Sight { world: &state.world, root: self.root, version: self.version, viewer: &self.caller.account }
    }

    /// The id of the issue in the path, when the caller sees it.
    fn issue_id(&self, state: &State) -> Result<u64, Reply> {
        self.issue_named(state, self.segment(1))
    }

    fn issue_named(&self, state: &State, name: &str) -> Result<u64, Reply> {
        let found = state.world.locate(name).and_then(|id| state.world.issues.get(&id));
        let seen = found.filter(|issue| state.world.sees(issue, self.actor()));
        seen.map(|issue| issue.id).ok_or_else(Reply::no_issue)
    }

    /// The issue in the path with its project.
    fn issue<'s>(&self, state: &'s State) -> Result<(&'s Issue, &'s Project), Reply> {
        let issue = state.world.issues.get(&self.issue_id(state)?).ok_or_else(Reply::no_issue)?;
        Ok((issue, state.world.project(issue.project).ok_or_else(Reply::no_issue)?))
    }

    /// The body as a JSON object that has only properties of these names.
    fn object(&self, known: &[&str]) -> Result<Value, Reply> {
        let bad = || Reply::error(400, "Invalid request payload. Refer to the REST API documentation and try again.");
        let body: Value = serde_json::from_slice(self.body).map_err(|_| bad())?;
        let map = body.as_object().ok_or_else(bad)?;
        if map.keys().any(|key| !known.contains(&key.as_str())) { Err(bad()) } else { Ok(body) }
    }

    /// One page as most lists have it.
    fn page(&self, name: &str, items: Vec<Value>, default: usize, most: usize) -> Value {
        let (start, size) = self.query.window(default, most);
        let total = items.len();
        let shown: Vec<Value> = items.into_iter().skip(start).take(size).collect();
        json!({ "startAt": start, "maxResults": size, "total": total, "isLast": start + shown.len() >= total, name: shown })
    }
}

type Handler = fn(&mut State, &Ask<'_>) -> Answer;

/// One route.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub handler: Handler,
    /// What an app needs, all of them.
    pub scopes: &'static [&'static str],
    /// The content type of a body.
    pub takes: &'static str,
    pub cloud_only: bool,
    /// Whether it answers without a sign-in.
    pub open: bool,
}

const JSON: &str = "application/json";

const fn route(scopes: &'static [&'static str], handler: Handler) -> Route {
    Route { handler, scopes, takes: JSON, cloud_only: false, open: false }
}

const fn read(handler: Handler) -> Route {
    route(&["read:jira-work"], handler)
}

const fn write(handler: Handler) -> Route {
    route(&["write:jira-work"], handler)
}

const fn user(handler: Handler) -> Route {
    route(&["read:jira-user"], handler)
}

const fn hook(handler: Handler) -> Route {
    Route { cloud_only: true, ..route(&["read:jira-work", "manage:jira-webhook"], handler) }
}

const fn cloud(route: Route) -> Route {
    Route { cloud_only: true, ..route }
}

/// The route of a request, if Jira (as far as it is built here) has one.
pub(super) fn find(method: &str, family: Family, path: &[&str]) -> Option<Route> {
    match (family, path) {
        (Family::Files, _) if method == "GET" => Some(Route { open: true, ..route(&[], files::media) }),
        (Family::Files, _) => None,
        (Family::Agile, path) => boards(method, path),
        (Family::Api, ["issue", "createmeta", ..]) => meta_of_create(method, path),
        (Family::Api, ["issue", rest @ ..]) => issue(method, rest),
        (Family::Api, ["comment", rest @ ..]) => comment_properties(method, rest),
        (Family::Api, ["issueLink" | "issueLinkType" | "attachment", ..]) => hanging(method, path),
        (Family::Api, ["webhook", rest @ ..]) => webhook(method, rest),
        (Family::Api, path) => global(method, path),
    }
}

fn global(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["serverInfo"]) => Route { open: true, ..read(account::server) },
        ("GET", ["myself"]) => user(account::myself),
        ("GET", ["mypermissions"]) => read(account::permissions),
        ("GET", ["user"]) => user(account::user),
        ("GET", ["user", "search"]) => user(account::search),
        ("GET", ["user", "assignable", "search"]) => user(account::assignable),
        ("GET", ["project"]) => read(projects::list),
        ("GET", ["project", "search"]) => cloud(read(projects::search)),
        ("GET", ["project", _]) => read(projects::get),
        ("GET", ["project", _, "versions"]) => read(projects::versions),
        ("GET", ["project", _, "components"]) => read(projects::components),
        ("GET", ["project", _, "statuses"]) => read(projects::statuses),
        ("GET", ["field"]) => read(meta::fields),
        ("GET", ["priority"]) => read(meta::priorities),
        ("GET", ["priority", "search"]) => cloud(read(meta::priority_search)),
        ("GET", ["resolution"]) => read(meta::resolutions),
        ("GET", ["status"]) => read(meta::statuses),
        ("GET", ["issuetype"]) => read(meta::types),
        ("GET", ["label"]) => cloud(read(meta::labels)),
        ("GET" | "POST", ["search", "jql"]) => cloud(read(search::enhanced)),
        ("GET" | "POST", ["search"]) => read(search::classic),
        _ => return None,
    })
}

fn meta_of_create(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["issue", "createmeta", _, "issuetypes"]) => read(meta::create_types),
        ("GET", ["issue", "createmeta", _, "issuetypes", _]) => read(meta::create_fields),
        _ => return None,
    })
}

fn issue(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("POST", []) => write(issues::create),
        ("GET", [_]) => read(issues::get),
        ("PUT", [_]) => write(issues::update),
        ("DELETE", [_]) => write(issues::delete),
        ("PUT", [_, "assignee"]) => write(issues::assign),
        ("GET", [_, "editmeta"]) => read(issues::edit_meta),
        ("GET", [_, "changelog"]) => cloud(read(issues::changelog)),
        ("GET", [_, "transitions"]) => read(steps::list),
        ("POST", [_, "transitions"]) => write(steps::take),
        ("GET", [_, "comment"]) => read(comments::list),
        ("POST", [_, "comment"]) => write(comments::create),
        ("GET", [_, "comment", _]) => read(comments::get),
        ("PUT", [_, "comment", _]) => write(comments::update),
        ("DELETE", [_, "comment", _]) => write(comments::delete),
        ("POST", [_, "attachments"]) => Route { takes: "multipart/form-data", ..write(files::upload) },
        ("GET", [_, "properties"]) => read(properties::list),
        ("GET", [_, "properties", _]) => read(properties::get),
        ("PUT", [_, "properties", _]) => write(properties::put),
        ("DELETE", [_, "properties", _]) => write(properties::delete),
        ("GET", [_, "remotelink"]) => read(links::remote_list),
        ("POST", [_, "remotelink"]) => write(links::remote_put),
        ("DELETE", [_, "remotelink"]) => write(links::remote_delete_global),
        ("DELETE", [_, "remotelink", _]) => write(links::remote_delete),
        ("GET", [_, "watchers"]) => read(work::watchers),
        ("POST", [_, "watchers"]) => write(work::watch),
        ("DELETE", [_, "watchers"]) => write(work::unwatch),
        ("GET", [_, "worklog"]) => read(work::list),
        ("POST", [_, "worklog"]) => write(work::create),
        ("DELETE", [_, "worklog", _]) => write(work::delete),
        _ => return None,
    })
}

fn comment_properties(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", [_, "properties"]) => read(properties::list),
        ("GET", [_, "properties", _]) => read(properties::get),
        ("PUT", [_, "properties", _]) => write(properties::put),
        ("DELETE", [_, "properties", _]) => write(properties::delete),
        _ => return None,
    })
}

fn hanging(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("POST", ["issueLink"]) => write(links::create),
        ("GET", ["issueLink", _]) => read(links::get),
        ("DELETE", ["issueLink", _]) => write(links::delete),
        ("GET", ["issueLinkType"]) => read(links::types),
        ("GET", ["attachment", "content", _]) => cloud(read(files::content)),
        ("GET", ["attachment", _]) => read(files::get),
        ("DELETE", ["attachment", _]) => write(files::delete),
        _ => return None,
    })
}

fn webhook(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", []) => hook(hooks::list),
        ("POST", []) => hook(hooks::register),
        ("DELETE", []) => hook(hooks::delete),
        ("PUT", ["refresh"]) => hook(hooks::refresh),
        _ => return None,
    })
}

/// <https://developer.atlassian.com/cloud/jira/software/scopes-for-oauth-2-3LO-and-forge-apps/>
fn boards(method: &str, path: &[&str]) -> Option<Route> {
    const BOARD: &[&str] = &["read:board-scope:jira-software", "read:project:jira"];
    const ISSUES: &[&str] = &["read:board-scope:jira-software", "read:issue-details:jira"];
    const SPRINT: &[&str] = &["read:sprint:jira-software"];
    const CHANGE: &[&str] = &["write:sprint:jira-software"];
    Some(match (method, path) {
        ("GET", ["board"]) => route(BOARD, agile::list),
        ("GET", ["board", _]) => route(BOARD, agile::get),
        ("GET", ["board", _, "configuration"]) => route(BOARD, agile::configuration),
        ("GET", ["board", _, "issue"]) => route(ISSUES, agile::issues),
        ("GET", ["board", _, "backlog"]) => route(ISSUES, agile::backlog),
        ("GET", ["board", _, "sprint"]) => route(SPRINT, sprints::of_board),
        ("POST", ["backlog", "issue"]) => route(&["write:board-scope:jira-software"], sprints::to_backlog),
        ("POST", ["sprint"]) => route(CHANGE, sprints::create),
        ("GET", ["sprint", _]) => route(SPRINT, sprints::get),
        ("PUT" | "POST", ["sprint", _]) => route(CHANGE, sprints::update),
        ("DELETE", ["sprint", _]) => route(&["delete:sprint:jira-software"], sprints::delete),
        ("GET", ["sprint", _, "issue"]) => route(SPRINT, sprints::issues),
        ("POST", ["sprint", _, "issue"]) => route(CHANGE, sprints::add),
        _ => return None,
    })
}
