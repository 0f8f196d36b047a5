//! The routes: which method and path is answered by what, what it needs, and where GitHub describes it.

#![expect(clippy::unnecessary_wraps, reason = "handlers have one signature, also those that cannot fail")]

mod account;
mod actions;
mod alerts;
mod apps;
mod checks;
mod code;
mod comments;
mod deployments;
mod dispatch;
mod graphql;
mod hooks;
mod issues;
mod labels;
mod pulls;
mod releases;
mod repos;
mod reviews;
mod search;

use serde_json::{Value, json};

pub(super) use apps::APP;

use super::json::{Links, Sight};
use super::query::Query;
use super::reply::{Answer, Reply};
use super::setup::{Access, GithubToken, Level, Role};
use super::state::State;

/// A request that was let in.
pub(super) struct Ask<'a> {
    pub segments: &'a [String],
    pub query: &'a Query,
    pub body: &'a [u8],
    pub links: &'a Links,
    /// The request's own address without its query.
    pub url: String,
    pub doc: &'static str,
    pub token: Option<&'a GithubToken>,
    /// The repository, for routes below `/repos/{owner}/{repo}`.
    pub repo: usize,
    /// What the caller is there.
    pub role: Role,
    /// Whether the caller speaks the API version of 2026-03-10.
    pub modern: bool,
    /// The meter's name.
    pub key: &'a str,
    /// The app that signed the request, by its place in the world.
    pub app: Option<usize>,
}

impl<'a> Ask<'a> {
    pub(super) fn login(&self) -> Option<&'a str> {
        self.token.map(|token| token.login.as_str())
    }

    /// Who acts. Changes without a token were refused before.
    fn actor(&self) -> &'a str {
        self.login().unwrap_or("ghost")
    }

    fn sight<'b>(&'b self, state: &'b State) -> Sight<'b> {
        Sight { world: &state.world, links: self.links, now: state.now, merge_lag: state.merge_lag }
    }

    fn segment(&self, at: usize) -> &'a str {
        self.segments.get(at).map_or("", String::as_str)
    }

    /// A number in the path; anything else is nowhere to be found.
    fn number(&self, at: usize) -> Result<u64, Reply> {
        self.segment(at).parse().map_err(|_| self.missing())
    }

    fn missing(&self) -> Reply {
        Reply::not_found(self.doc)
    }

    fn problem(&self, status: u16, message: &str) -> Reply {
        Reply::problem(status, message, self.doc)
    }

    fn page(&self, items: Vec<Value>) -> Reply {
        let (shown, link) = self.query.paged(&self.url, items);
        linked(Reply::ok(Value::Array(shown)), link)
    }

    /// A page inside an object that also tells how many there are.
    fn counted_page(&self, name: &str, items: Vec<Value>) -> Reply {
        let total = items.len();
        let (shown, link) = self.query.paged(&self.url, items);
        let mut body = json!({ "total_count": total });
        body[name] = Value::Array(shown);
        linked(Reply::ok(body), link)
    }

    /// Whether the caller may do what needs this role; an app installation may do what its permissions allow.
    fn may(&self, role: Role) -> bool {
        self.role >= role || matches!(self.token.map(|token| &token.access), Some(Access::Installation(_)))
    }

    /// Whether the caller is an app installation, which may do what its permissions allow.
    fn may_all(&self) -> bool {
        matches!(self.token.map(|token| &token.access), Some(Access::Installation(_)))
    }

    /// Whether the caller's installation has to do with a repository.
    fn reaches(&self, state: &State, repo: usize) -> bool {
        self.token.is_none_or(|token| state.reaches(token, repo))
    }

    fn admin_only(&self) -> Reply {
        self.problem(403, "Must have admin rights to Repository.")
    }
}

fn linked(reply: Reply, link: Option<String>) -> Reply {
    match link {
        Some(link) => reply.header("link", link),
        None => reply,
    }
}

type Handler = fn(&mut State, &Ask<'_>) -> Answer;

/// One route.
#[derive(Clone, Copy)]
pub(super) struct Route {
    pub handler: Handler,
    /// What follows `https://docs.github.com/rest/`.
    pub doc: &'static str,
    /// Permissions of a fine-grained token, any of which is enough; none: a token without any permission will do.
    pub permissions: &'static [&'static str],
    pub level: Level,
    pub role: Role,
    /// Whether it creates something that people are notified of, which has its own limit.
    pub creates: bool,
}

const fn read(handler: Handler, permissions: &'static [&'static str], doc: &'static str) -> Route {
    Route { handler, doc, permissions, level: Level::Read, role: Role::Read, creates: false }
}

const fn write(role: Role, handler: Handler, permissions: &'static [&'static str], doc: &'static str) -> Route {
    Route { handler, doc, permissions, level: Level::Write, role, creates: false }
}

const fn create(role: Role, handler: Handler, permissions: &'static [&'static str], doc: &'static str) -> Route {
    Route { handler, doc, permissions, level: Level::Write, role, creates: true }
}

const META: &[&str] = &["metadata"];
const ISSUES: &[&str] = &["issues"];
const TALK: &[&str] = &["issues", "pull_requests"];
const PULLS: &[&str] = &["pull_requests"];
const CODE: &[&str] = &["contents"];
const RUNS: &[&str] = &["actions"];
const HOOKS: &[&str] = &["repository_hooks"];
const ADMIN: &[&str] = &["administration"];

/// The route of a request, if GitHub (as far as it is built here) has one.
pub(super) fn find(method: &str, segments: &[String]) -> Option<Route> {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["repos", _, _, rest @ ..] => repository(method, rest),
        rest => global(method, rest),
    }
}

fn global(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["user"]) => read(account::me, &[], "users/users#get-the-authenticated-user"),
        ("GET", ["users", _]) => read(account::profile, &[], "users/users#get-a-user"),
        ("GET", ["rate_limit"]) => {
            read(account::rate_limit, &[], "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user")
        }
        ("GET", ["meta"]) => read(account::meta, &[], "meta/meta#get-github-meta-information"),
        ("GET", ["user", "repos"]) => {
            read(repos::mine, META, "repos/repos#list-repositories-for-the-authenticated-user")
        }
        ("GET", ["orgs", _, "repos"]) => read(repos::of_owner, META, "repos/repos#list-organization-repositories"),
        ("GET", ["users", _, "repos"]) => read(repos::of_owner, META, "repos/repos#list-repositories-for-a-user"),
        ("POST", ["user", "repos"]) => {
            create(Role::Read, repos::create, ADMIN, "repos/repos#create-a-repository-for-the-authenticated-user")
        }
        ("POST", ["orgs", _, "repos"]) => {
            create(Role::Read, repos::create, ADMIN, "repos/repos#create-an-organization-repository")
        }
        ("POST", ["graphql"]) => read(graphql::answer, &[], "graphql"),
        ("GET", ["_logs", _]) => read(actions::log, &[], ""),
        ("GET", ["search", "issues"]) => read(search::issues, TALK, "search/search#search-issues-and-pull-requests"),
        _ => return apps::route(method, path),
    })
}

fn repository(method: &str, path: &[&str]) -> Option<Route> {
    match path.first() {
        Some(&("issues" | "labels" | "milestones" | "assignees")) => tracker(method, path),
        Some(&"pulls") => reviews::route(method, path).or_else(|| pulls::route(method, path)),
        Some(&"hooks") => hooking(method, path),
        _ => rest(method, path),
    }
}

fn tracker(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["issues"]) => read(issues::list, TALK, "issues/issues#list-repository-issues"),
        ("POST", ["issues"]) => create(Role::Read, issues::create, ISSUES, "issues/issues#create-an-issue"),
        ("GET", ["issues", "comments"]) => {
            read(comments::list_all, TALK, "issues/comments#list-issue-comments-for-a-repository")
        }
        ("GET", ["issues", "comments", _]) => read(comments::get, TALK, "issues/comments#get-an-issue-comment"),
        ("PATCH", ["issues", "comments", _]) => {
            write(Role::Read, comments::update, TALK, "issues/comments#update-an-issue-comment")
        }
        ("DELETE", ["issues", "comments", _]) => {
            write(Role::Read, comments::delete, TALK, "issues/comments#delete-an-issue-comment")
        }
        ("GET", ["issues", _]) => read(issues::get, TALK, "issues/issues#get-an-issue"),
        ("PATCH", ["issues", _]) => write(Role::Read, issues::update, TALK, "issues/issues#update-an-issue"),
        ("GET", ["issues", _, "comments"]) => read(comments::list, TALK, "issues/comments#list-issue-comments"),
        ("POST", ["issues", _, "comments"]) => {
            create(Role::Read, comments::create, TALK, "issues/comments#create-an-issue-comment")
        }
        ("GET", ["issues", _, "labels"]) => read(labels::of_issue, TALK, "issues/labels#list-labels-for-an-issue"),
        ("POST", ["issues", _, "labels"]) => {
            write(Role::Triage, labels::add, TALK, "issues/labels#add-labels-to-an-issue")
        }
        ("PUT", ["issues", _, "labels"]) => {
            write(Role::Triage, labels::set, TALK, "issues/labels#set-labels-for-an-issue")
        }
        ("DELETE", ["issues", _, "labels"]) => {
            write(Role::Triage, labels::clear, TALK, "issues/labels#remove-all-labels-from-an-issue")
        }
        ("DELETE", ["issues", _, "labels", _]) => {
            write(Role::Triage, labels::remove, TALK, "issues/labels#remove-a-label-from-an-issue")
        }
        ("POST", ["issues", _, "assignees"]) => {
            write(Role::Read, issues::assign, TALK, "issues/assignees#add-assignees-to-an-issue")
        }
        ("DELETE", ["issues", _, "assignees"]) => {
            write(Role::Read, issues::unassign, TALK, "issues/assignees#remove-assignees-from-an-issue")
        }
        ("PUT", ["issues", _, "lock"]) => write(Role::Write, issues::lock, TALK, "issues/issues#lock-an-issue"),
        ("DELETE", ["issues", _, "lock"]) => write(Role::Write, issues::unlock, TALK, "issues/issues#unlock-an-issue"),
        ("GET", ["labels"]) => read(labels::list, TALK, "issues/labels#list-labels-for-a-repository"),
        ("POST", ["labels"]) => write(Role::Write, labels::create, TALK, "issues/labels#create-a-label"),
        ("GET", ["labels", _]) => read(labels::get, TALK, "issues/labels#get-a-label"),
        ("GET", ["milestones"]) => read(labels::milestones, TALK, "issues/milestones#list-milestones"),
        ("GET", ["assignees"]) => read(issues::assignees, TALK, "issues/assignees#list-assignees"),
        ("GET", ["assignees", _]) => read(issues::assignable, TALK, "issues/assignees#check-if-a-user-can-be-assigned"),
        _ => return None,
    })
}

fn hooking(method: &str, path: &[&str]) -> Option<Route> {
    const WRITE: Role = Role::Admin;
    let route = match (method, path) {
        ("GET", ["hooks"]) => read(hooks::list, HOOKS, "repos/webhooks#list-repository-webhooks"),
        ("POST", ["hooks"]) => write(WRITE, hooks::create, HOOKS, "repos/webhooks#create-a-repository-webhook"),
        ("GET", ["hooks", _]) => read(hooks::get, HOOKS, "repos/webhooks#get-a-repository-webhook"),
        ("PATCH", ["hooks", _]) => write(WRITE, hooks::update, HOOKS, "repos/webhooks#update-a-repository-webhook"),
        ("DELETE", ["hooks", _]) => write(WRITE, hooks::delete, HOOKS, "repos/webhooks#delete-a-repository-webhook"),
        ("POST", ["hooks", _, "pings"]) => write(WRITE, hooks::ping, HOOKS, "repos/webhooks#ping-a-repository-webhook"),
        ("POST", ["hooks", _, "tests"]) => {
            write(WRITE, hooks::test, HOOKS, "repos/webhooks#test-the-push-repository-webhook")
        }
        ("GET", ["hooks", _, "deliveries"]) => {
            read(hooks::deliveries, HOOKS, "repos/webhooks#list-deliveries-for-a-repository-webhook")
        }
        ("GET", ["hooks", _, "deliveries", _]) => {
            read(hooks::delivery, HOOKS, "repos/webhooks#get-a-delivery-for-a-repository-webhook")
        }
        ("POST", ["hooks", _, "deliveries", _, "attempts"]) => {
            write(WRITE, hooks::redeliver, HOOKS, "repos/webhooks#redeliver-a-delivery-for-a-repository-webhook")
        }
        _ => return None,
    };
    Some(Route { role: Role::Admin, ..route })
}

fn rest(method: &str, path: &[&str]) -> Option<Route> {
    if (method, path) == ("GET", &[]) {
        return Some(read(repos::get, META, "repos/repos#get-a-repository"));
    }
    // The first that knows the path.
    let tables = [
        checks::route,
        code::route,
        releases::route,
        deployments::route,
        dispatch::route,
        actions::route,
        alerts::route,
        apps::of_repo_route,
    ];
    tables.iter().find_map(|table| table(method, path))
}
