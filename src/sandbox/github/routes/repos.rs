//! Repositories: one, lists, new ones.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::UserKind;
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::setup::{Access, GithubRepo, Role};
use crate::sandbox::github::state::State;

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    Ok(Reply::ok(ask.sight(state).full_repo(ask.repo, ask.login())))
}

/// Repositories that the caller owns or works on.
pub(super) fn mine(state: &mut State, ask: &Ask<'_>) -> Answer {
    let login = ask.login().ok_or_else(|| ask.problem(401, "Requires authentication"))?;
    ask.no_app()?;
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

impl Ask<'_> {
    /// An app has no repositories of its own.
    fn no_app(&self) -> Result<(), Reply> {
        let app = self.token.is_some_and(|token| matches!(token.access, Access::Installation(_)));
        if app { Err(self.problem(403, "Resource not accessible by integration")) } else { Ok(()) }
    }
}

/// A name as GitHub takes it: what it does not like becomes a hyphen.
fn tidy(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    name.trim().chars().map(|c| if good(c) { c } else { '-' }).collect()
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let organization = ask.segment(0) == "orgs";
    let login = ask.actor();
    if !organization {
        ask.no_app()?;
    }
    let owner = if organization { ask.segment(1) } else { login };
    let found = state.world.user(owner).ok_or_else(|| ask.missing())?;
    if organization && found.kind != UserKind::Organization {
        return Err(ask.missing());
    }
    let owner = found.login.clone();
    let body = Body::read(ask.body, ask.doc)?;
    let name = body.text("name")?.ok_or_else(|| body.missing("name"))?;
    let visibility = body.choice("visibility", &["public", "private", "internal"])?.set();
    let private = body.flag("private")?.unwrap_or(false) || visibility.is_some_and(|word| word != "public");
    let issues = body.flag("has_issues")?.unwrap_or(true);
    let auto_init = body.flag("auto_init")?.unwrap_or(false);
    let description = body.nullable_text("description")?.set();
    let allowed = |name: &str| body.flag(name).map(|flag| flag.unwrap_or(true));
    let merges = (allowed("allow_merge_commit")?, allowed("allow_squash_merge")?, allowed("allow_rebase_merge")?);
    let mine = !organization || state.world.works_for(&owner, login) || ask.may_all();
    if !mine {
        return Err(ask.problem(403, "You need admin access to the organization before adding a repository to it."));
    }
    let mut errors = Vec::new();
    let name = tidy(&name);
    if name.is_empty() {
        errors.push(wrong("Repository", "name", "missing_field"));
    } else if name.len() > 100 {
        errors.push(wrong_because("Repository", "name", "custom", "name is too long (maximum is 100 characters)"));
    } else if state.world.find(&owner, &name).is_some() {
        errors.push(wrong_because("Repository", "name", "custom", "name already exists on this account"));
    }
    if description.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        let why = "description control characters are not allowed";
        errors.push(wrong_because("Repository", "description", "custom", why));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > 350) {
        let why = "description cannot be more than 350 characters";
        errors.push(wrong_because("Repository", "description", "custom", why));
    }
    if !errors.is_empty() {
        let address = format!("https://docs.github.com/rest/{}", ask.doc);
        let body = json!({ "message": "Repository creation failed.", "errors": errors, "documentation_url": address, "status": "422" });
        return Err(Reply::json(422, body));
    }
    let setup = GithubRepo { private, issues, description, ..GithubRepo::new(&owner, &name) };
    let setup = setup.merging(merges.0, merges.1, merges.2);
    let setup = if ask.may_all() { setup } else { setup.collaborator(login, Role::Admin) };
    let repo = state.world.add_repo(&setup, state.now);
    if !auto_init {
        let home = &mut state.world.repos[repo];
        home.branches.clear();
        home.commits.clear();
    }
    Ok(Reply::created(ask.sight(state).full_repo(repo, Some(login))))
}
