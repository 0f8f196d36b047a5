//! Repositories: one, lists, new ones.

use serde_json::Value;

use super::Ask;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::UserKind;
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::setup::{GithubRepo, Role};
use crate::sandbox::github::state::State;

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    Ok(Reply::ok(ask.sight(state).full_repo(ask.repo, ask.login())))
}

/// Repositories that the caller owns or works on.
pub(super) fn mine(state: &mut State, ask: &Ask<'_>) -> Answer {
    let login = ask.login().ok_or_else(|| ask.problem(401, "Requires authentication"))?;
    let visibility = ask.query.choice("visibility", &["all", "public", "private"], "all");
    let shown = (0..state.world.repos.len())
        .filter(|&repo| state.world.assignable(repo, login))
        .filter(|&repo| visibility == "all" || (visibility == "private") == state.world.repos[repo].private)
        .collect();
    Ok(list(state, ask, shown, "full_name"))
}

/// Repositories of one user or organisation, as far as the caller may see them.
pub(super) fn of_owner(state: &mut State, ask: &Ask<'_>) -> Answer {
    let owner = state.world.user(ask.segment(1)).ok_or_else(|| ask.missing())?;
    if (ask.segment(0) == "orgs") != (owner.kind == UserKind::Organization) {
        return Err(ask.missing());
    }
    let organization = ask.segment(0) == "orgs";
    let kind = ask.query.choice("type", &["all", "public", "private"], "all");
    let shown = (0..state.world.repos.len())
        .filter(|&repo| state.world.repos[repo].owner == owner.login && state.world.role(repo, ask.login()).is_some())
        // The list of a person shows what is public only.
        .filter(|&repo| organization || !state.world.repos[repo].private)
        .filter(|&repo| kind == "all" || (kind == "private") == state.world.repos[repo].private)
        .collect();
    let by = if organization { "created" } else { "full_name" };
    Ok(list(state, ask, shown, by))
}

fn list(state: &State, ask: &Ask<'_>, mut shown: Vec<usize>, by: &str) -> Reply {
    let by = ask.query.choice("sort", &["created", "updated", "pushed", "full_name"], by);
    let direction = ask.query.choice("direction", &["asc", "desc"], if by == "full_name" { "asc" } else { "desc" });
    let repos = &state.world.repos;
    match by {
        "created" => shown.sort_by_key(|&repo| repos[repo].created_at),
        "updated" => shown.sort_by_key(|&repo| repos[repo].updated_at),
        "pushed" => shown.sort_by_key(|&repo| repos[repo].pushed_at),
        _ => shown.sort_by_key(|&repo| repos[repo].full_name().to_lowercase()),
    }
    if direction == "desc" {
        shown.reverse();
    }
    let sight = ask.sight(state);
    let items: Vec<Value> = shown.into_iter().map(|repo| sight.listed_repo(repo, ask.login())).collect();
    ask.page(items)
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let organization = ask.segment(0) == "orgs";
    let login = ask.actor();
    let owner = if organization { ask.segment(1) } else { login };
    let found = state.world.user(owner).ok_or_else(|| ask.missing())?;
    if organization && found.kind != UserKind::Organization {
        return Err(ask.missing());
    }
    let owner = found.login.clone();
    let body = Body::read(ask.body, ask.doc)?;
    let name = body.text("name")?.ok_or_else(|| body.missing("name"))?;
    let private = body.flag("private")?.unwrap_or(false);
    let issues = body.flag("has_issues")?.unwrap_or(true);
    let description = body.nullable_text("description")?.set();
    if name.is_empty() {
        return Err(Reply::invalid(ask.doc, &[wrong("Repository", "name", "missing_field")]));
    }
    if state.world.find(&owner, &name).is_some() {
        let taken = wrong_because("Repository", "name", "custom", "name already exists on this account");
        return Err(Reply::invalid(ask.doc, &[taken]));
    }
    let setup = GithubRepo { private, issues, description, ..GithubRepo::new(&owner, &name) };
    let repo = state.world.add_repo(&setup.collaborator(login, Role::Admin), state.now);
    Ok(Reply::created(ask.sight(state).full_repo(repo, Some(login))))
}
