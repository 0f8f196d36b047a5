//! GitHub Apps: who an app is, where it is installed, and its tokens. <https://docs.github.com/en/rest/apps/apps>

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Ask, META, Route, read, write};
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::{App, Installation};
use crate::sandbox::github::json::stamp;
use crate::sandbox::github::reply::{Answer, Reply};
use crate::sandbox::github::setup::{Level, Role};
use crate::sandbox::github::state::State;

/// What stands for a permission where only the app itself, with its signed claims, is let in.
pub(in crate::sandbox::github) const APP: &[&str] = &["(app)"];

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["app"]) => read(me, APP, "apps/apps#get-the-authenticated-app"),
        ("GET", ["app", "installations"]) => read(list, APP, "apps/apps#list-installations-for-the-authenticated-app"),
        ("GET", ["app", "installations", _]) => {
            read(get, APP, "apps/apps#get-an-installation-for-the-authenticated-app")
        }
        ("POST", ["app", "installations", _, "access_tokens"]) => {
            write(Role::Read, token, APP, "apps/apps#create-an-installation-access-token-for-an-app")
        }
        ("PUT", ["app", "installations", _, "suspended"]) => {
            write(Role::Read, suspend, APP, "apps/apps#suspend-an-app-installation")
        }
        ("DELETE", ["app", "installations", _, "suspended"]) => {
            write(Role::Read, unsuspend, APP, "apps/apps#unsuspend-an-app-installation")
        }
        ("GET", ["orgs", _, "installation"]) => {
            read(of_account, APP, "apps/apps#get-an-organization-installation-for-the-authenticated-app")
        }
        ("GET", ["users", _, "installation"]) => {
            read(of_account, APP, "apps/apps#get-a-user-installation-for-the-authenticated-app")
        }
        ("GET", ["installation", "repositories"]) => {
            read(repositories, META, "apps/installations#list-repositories-accessible-to-the-app-installation")
        }
        ("DELETE", ["installation", "token"]) => {
            write(Role::Read, revoke, &[], "apps/installations#revoke-an-installation-access-token")
        }
        _ => return None,
    })
}

/// `GET /repos/{owner}/{repo}/installation`.
pub(super) fn of_repo_route(method: &str, path: &[&str]) -> Option<Route> {
    let doc = "apps/apps#get-a-repository-installation-for-the-authenticated-app";
    ((method, path) == ("GET", &["installation"])).then(|| read(of_repo, APP, doc))
}

impl Ask<'_> {
    fn the_app<'s>(&self, state: &'s State) -> Result<&'s App, Reply> {
        self.app.and_then(|at| state.world.apps.get(at)).ok_or_else(|| self.missing())
    }

    fn place<'s>(&self, state: &'s State) -> Result<(&'s App, &'s Installation), Reply> {
        let (app, id) = (self.the_app(state)?, self.number(2)?);
        let found = app.installations.iter().find(|found| found.id == id);
        found.map(|found| (app, found)).ok_or_else(|| self.missing())
    }
}

fn me(state: &mut State, ask: &Ask<'_>) -> Answer {
    let app = ask.the_app(state)?;
    Ok(Reply::ok(ask.sight(state).app(app)))
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let app = ask.the_app(state)?;
    let sight = ask.sight(state);
    Ok(ask.page(app.installations.iter().map(|found| sight.installation(app, found)).collect()))
}

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (app, found) = ask.place(state)?;
    Ok(Reply::ok(ask.sight(state).installation(app, found)))
}

fn of_account(state: &mut State, ask: &Ask<'_>) -> Answer {
    let app = ask.the_app(state)?;
    let mut all = app.installations.iter();
    let found = all.find(|found| found.account.eq_ignore_ascii_case(ask.segment(1))).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).installation(app, found)))
}

fn of_repo(state: &mut State, ask: &Ask<'_>) -> Answer {
    let app = ask.the_app(state)?;
    let home = &state.world.repos[ask.repo];
    let found = app.installations.iter().find(|found| found.covers(home)).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).installation(app, found)))
}

fn token(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (app, found) = ask.place(state)?;
    if found.suspended.is_some() {
        return Err(ask.problem(403, "This installation has been suspended"));
    }
    let body = Body::read(ask.body, ask.doc)?;
    let inside = |at: &&crate::sandbox::github::data::Repo| found.covers(at);
    let mut chosen: Option<Vec<u64>> = None;
    if let Some(names) = body.texts("repositories")? {
        let id = |name: &String| state.world.repos.iter().filter(inside).find(|at| at.name.eq_ignore_ascii_case(name));
        let ids: Option<Vec<u64>> = names.iter().map(|name| id(name).map(|at| at.id)).collect();
        chosen = Some(ids.ok_or_else(|| not_there(ask))?);
    }
    if let Some(ids) = body.numbers("repository_ids")? {
        if ids.iter().any(|id| !state.world.repos.iter().filter(inside).any(|at| at.id == *id)) {
            return Err(not_there(ask));
        }
        chosen = Some(chosen.unwrap_or_default().into_iter().chain(ids).collect());
    }
    let levels = match body.map("permissions")? {
        None => app.permissions.clone(),
        Some(wanted) => narrowed(&app.permissions, &wanted)
            .ok_or_else(|| ask.problem(422, "The permissions requested are not granted to this installation."))?,
    };
    let (login, installation) = (app.login(), found.id);
    let selection = if chosen.is_some() || found.repos.is_some() { "selected" } else { "all" };
    let (value, until) = state.mint(&login, installation, chosen.clone(), levels.clone());
    let sight = ask.sight(state);
    let words = levels.iter().map(|(name, level)| (name.clone(), json!(level.as_str())));
    let mut shown = json!({
        "token": value,
        "expires_at": stamp(until),
        "permissions": Value::Object(words.collect::<Map<_, _>>()),
        "repository_selection": selection,
    });
    if let Some(ids) = chosen {
        let repos = (0..state.world.repos.len()).filter(|at| ids.contains(&state.world.repos[*at].id));
        shown["repositories"] = Value::Array(repos.map(|at| sight.repository(at)).collect());
    }
    Ok(Reply::json(201, shown))
}

fn not_there(ask: &Ask<'_>) -> Reply {
    let why = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    ask.problem(422, why)
}

/// The permissions that are asked for, if the app has all of them.
fn narrowed(has: &BTreeMap<String, Level>, wanted: &Map<String, Value>) -> Option<BTreeMap<String, Level>> {
    let mut out = BTreeMap::from([("metadata".to_owned(), Level::Read)]);
    for (name, level) in wanted {
        let level = match level.as_str()? {
            "read" => Level::Read,
            "write" => Level::Write,
            _ => return None,
        };
        if has.get(name).is_none_or(|most| *most < level) {
            return None;
        }
        out.insert(name.clone(), level);
    }
    Some(out)
}

fn suspend(state: &mut State, ask: &Ask<'_>) -> Answer {
    let (app, found) = ask.place(state)?;
    let (by, id) = (app.owner.clone(), found.id);
    state.suspend(id, Some(&by));
    Ok(Reply::empty(204))
}

fn unsuspend(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.place(state)?.1.id;
    state.suspend(id, None);
    Ok(Reply::empty(204))
}

/// Only tokens of installations may ask these two.
fn minted<'a>(ask: &Ask<'a>) -> Result<&'a crate::sandbox::github::setup::Minted, Reply> {
    let token = ask.token.and_then(|token| token.minted.as_ref());
    token.ok_or_else(|| ask.problem(403, "You must authenticate with an installation access token in order to list repositories for an installation."))
}

fn repositories(state: &mut State, ask: &Ask<'_>) -> Answer {
    let token = minted(ask)?;
    let (_, place) = state.world.installation(token.installation).ok_or_else(|| ask.missing())?;
    let sight = ask.sight(state);
    let seen = |at: &usize| {
        let repo = &state.world.repos[*at];
        place.covers(repo) && token.repos.as_ref().is_none_or(|repos| repos.contains(&repo.id))
    };
    let found = (0..state.world.repos.len()).filter(seen).map(|at| sight.repository(at)).collect();
    Ok(ask.counted_page("repositories", found))
}

fn revoke(state: &mut State, ask: &Ask<'_>) -> Answer {
    minted(ask)?;
    state.tokens.remove(ask.key);
    Ok(Reply::empty(204))
}
