//! Branches, references, commits and files.

use jiff::Timestamp;
use serde_json::Value;

use super::{ADMIN, Ask, CODE, META, Route, read, write};
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::diff::diff;
use crate::sandbox::github::data::{Commit, Repo};
use crate::sandbox::github::reply::{Answer, Reply, wrong};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["branches"]) => read(branches, CODE, "branches/branches#list-branches"),
        ("GET", ["branches", _, .., "protection"]) => {
            Route { role: Role::Admin, ..read(protection, ADMIN, "branches/branch-protection#get-branch-protection") }
        }
        ("GET", ["branches", _, ..]) => read(branch, CODE, "branches/branches#get-a-branch"),
        ("GET", ["commits"]) => read(commits, CODE, "commits/commits#list-commits"),
        ("GET", ["commits", _]) => read(commit, CODE, "commits/commits#get-a-commit"),
        ("GET", ["git", "ref", _, ..]) => read(reference, CODE, "git/refs#get-a-reference"),
        ("GET", ["git", "matching-refs", _, ..]) => read(matching, CODE, "git/refs#list-matching-references"),
        ("POST", ["git", "refs"]) => write(Role::Write, create, CODE, "git/refs#create-a-reference"),
        ("PATCH", ["git", "refs", _, ..]) => write(Role::Write, update, CODE, "git/refs#update-a-reference"),
        ("DELETE", ["git", "refs", _, ..]) => write(Role::Write, delete, CODE, "git/refs#delete-a-reference"),
        ("GET", ["contents", ..]) => read(contents, CODE, "repos/contents#get-repository-content"),
        ("GET", ["collaborators"]) => read(people, META, "collaborators/collaborators#list-repository-collaborators"),
        ("GET", ["collaborators", _, "permission"]) => {
            read(permission, META, "collaborators/collaborators#get-repository-permissions-for-a-user")
        }
        _ => return None,
    })
}

impl Ask<'_> {
    fn home<'s>(&self, state: &'s State) -> &'s Repo {
        &state.world.repos[self.repo]
    }

    /// Everything in the path from there on.
    fn tail(&self, from: usize) -> String {
        self.segments.get(from..).unwrap_or_default().join("/")
    }

    /// A repository without commits has nothing to show.
    fn not_empty(&self, state: &State) -> Result<(), Reply> {
        if self.home(state).branches.is_empty() { Err(self.problem(409, "Git Repository is empty.")) } else { Ok(()) }
    }
}

fn branches(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let home = ask.home(state);
    let wanted = ask.query.get("protected").map(|word| word == "true");
    let all =
        home.branches.iter().filter(|(name, _)| wanted.is_none_or(|on| on == home.protections.contains_key(*name)));
    Ok(ask.page(all.map(|(name, sha)| sight.branch(ask.repo, name, sha)).collect()))
}

fn branch(state: &mut State, ask: &Ask<'_>) -> Answer {
    let name = ask.tail(4);
    let home = ask.home(state);
    let found = home.branches.get(&name).and_then(|sha| home.commit(sha));
    let commit = found.ok_or_else(|| ask.problem(404, "Branch not found"))?;
    Ok(Reply::ok(ask.sight(state).full_branch(ask.repo, &name, commit)))
}

fn protection(state: &mut State, ask: &Ask<'_>) -> Answer {
    let tail = ask.tail(4);
    let name = tail.strip_suffix("/protection").unwrap_or(&tail);
    let home = ask.home(state);
    if !home.branches.contains_key(name) {
        return Err(ask.problem(404, "Branch not found"));
    }
    let rules = home.protections.get(name).ok_or_else(|| ask.problem(404, "Branch not protected"))?;
    Ok(Reply::ok(ask.sight(state).protection(ask.repo, name, rules)))
}

fn commits(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.not_empty(state)?;
    let home = ask.home(state);
    let from = ask.query.get("sha").unwrap_or(&home.default_branch);
    let head = home.resolve(from).ok_or_else(|| ask.missing())?;
    let time = |name: &str| -> Result<Option<Timestamp>, Reply> {
        let bad = || Reply::invalid(ask.doc, &[wrong("Commit", name, "invalid")]);
        ask.query.get(name).map(|text| text.parse().map_err(|_| bad())).transpose()
    };
    let (since, until) = (time("since")?, time("until")?);
    let touches = |commit: &Commit, path: &str| {
        let before = commit.parents.first().map(|sha| home.files(sha)).unwrap_or_default();
        diff(&before, &commit.files).iter().any(|file| file.path == path || file.path.starts_with(&format!("{path}/")))
    };
    let fits = |commit: &&Commit| {
        let by = |name: &str| ask.query.get(name).is_none_or(|who| commit.author.eq_ignore_ascii_case(mailbox(who)));
        by("author")
            && by("committer")
            && since.is_none_or(|since| commit.at >= since)
            && until.is_none_or(|until| commit.at <= until)
            && ask.query.get("path").is_none_or(|path| touches(commit, path.trim_matches('/')))
    };
    let sight = ask.sight(state);
    let found = home.history(&head.sha, None).into_iter().filter(fits);
    Ok(ask.page(found.map(|commit| sight.commit(ask.repo, commit)).collect()))
}

/// The login in an address of this fake's commits; anything else is a login itself.
fn mailbox(who: &str) -> &str {
    who.strip_suffix("@users.noreply.github.com").unwrap_or(who)
}

fn commit(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.not_empty(state)?;
    let commit = named(state, ask)?;
    Ok(Reply::ok(ask.sight(state).full_commit(ask.repo, commit)))
}

/// The commit that the fifth part of the path names.
pub(super) fn named<'s>(state: &'s State, ask: &Ask<'_>) -> Result<&'s Commit, Reply> {
    let name = ask.segment(4);
    let found = state.world.repos[ask.repo].resolve(name);
    found.ok_or_else(|| ask.problem(422, &format!("No commit found for SHA: {name}")))
}

/// The name of a branch in a path like `heads/feature/x`.
fn head(ask: &Ask<'_>) -> Option<String> {
    ask.tail(5).strip_prefix("heads/").map(str::to_owned)
}

fn reference(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.not_empty(state)?;
    let name = head(ask).ok_or_else(|| ask.missing())?;
    let sha = ask.home(state).branches.get(&name).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).reference(ask.repo, &name, sha)))
}

fn matching(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.not_empty(state)?;
    let wanted = ask.tail(5);
    let sight = ask.sight(state);
    let found = ask.home(state).branches.iter().filter(|(name, _)| format!("heads/{name}").starts_with(&wanted));
    let found: Vec<Value> = found.map(|(name, sha)| sight.reference(ask.repo, name, sha)).collect();
    Ok(Reply::ok(Value::Array(found)))
}

/// What git takes for the name of a reference: <https://git-scm.com/docs/git-check-ref-format>. Tags are made by releases.
fn well_formed(name: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    let locked = |part: &str| part.strip_suffix(".lock").is_some();
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !locked(part) && !part.ends_with('.');
    name.strip_prefix("refs/heads/").is_some_and(|branch| {
        !branch.contains(bad) && !branch.contains("..") && !branch.contains("@{") && branch.split('/').all(part)
    })
}

fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    ask.not_empty(state)?;
    let body = Body::read(ask.body, ask.doc)?;
    let name = body.text("ref")?.ok_or_else(|| body.missing("ref"))?;
    let sha = body.text("sha")?.ok_or_else(|| body.missing("sha"))?;
    if !well_formed(&name) {
        return Err(ask.problem(422, &format!("{name} is not a valid ref name.")));
    }
    let branch = name.trim_start_matches("refs/heads/");
    if ask.home(state).branches.contains_key(branch) {
        return Err(ask.problem(422, "Reference already exists"));
    }
    if ask.home(state).commit(&sha).is_none() {
        return Err(ask.problem(422, "Object does not exist"));
    }
    state.make_branch(ask.repo, ask.actor(), branch, &sha);
    Ok(Reply::created(ask.sight(state).reference(ask.repo, branch, &sha)))
}

fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let name = head(ask).ok_or_else(|| ask.missing())?;
    let body = Body::read(ask.body, ask.doc)?;
    let sha = body.text("sha")?.ok_or_else(|| body.missing("sha"))?;
    let force = body.flag("force")?.unwrap_or(false);
    let home = ask.home(state);
    let before = home.branches.get(&name).ok_or_else(|| ask.problem(422, "Reference does not exist"))?;
    if home.commit(&sha).is_none() {
        return Err(ask.problem(422, "Object does not exist"));
    }
    if !force && !home.reachable(&sha).contains(before.as_str()) {
        return Err(ask.problem(422, "Update is not a fast forward"));
    }
    state.make_branch(ask.repo, ask.actor(), &name, &sha);
    Ok(Reply::ok(ask.sight(state).reference(ask.repo, &name, &sha)))
}

fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let name = head(ask).ok_or_else(|| ask.problem(422, "Reference does not exist"))?;
    if ask.home(state).protections.contains_key(&name) {
        return Err(ask.problem(422, "Cannot delete this protected branch"));
    }
    if state.delete_branch(ask.repo, ask.actor(), &name) {
        Ok(Reply::empty(204))
    } else {
        Err(ask.problem(422, "Reference does not exist"))
    }
}

/// A file with what it holds, or the list of a folder.
fn contents(state: &mut State, ask: &Ask<'_>) -> Answer {
    let home = ask.home(state);
    let wanted = ask.query.get("ref").unwrap_or(&home.default_branch);
    let no_ref = || ask.problem(404, &format!("No commit found for the ref {wanted}"));
    let files = &home.resolve(wanted).ok_or_else(no_ref)?.files;
    let sight = ask.sight(state);
    let path = ask.tail(4);
    if let Some(blob) = files.get(&path) {
        return Ok(Reply::ok(sight.content(ask.repo, wanted, &path, blob)));
    }
    let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
    let inside = files.iter().filter(|(name, _)| name.strip_prefix(&folder).is_some_and(|rest| !rest.contains('/')));
    let inside: Vec<Value> = inside.map(|(name, blob)| sight.entry(ask.repo, wanted, name, blob)).collect();
    if inside.is_empty() { Err(ask.missing()) } else { Ok(Reply::ok(Value::Array(inside))) }
}

fn people(state: &mut State, ask: &Ask<'_>) -> Answer {
    if !ask.may(Role::Write) {
        return Err(ask.problem(403, "Must have push access to view repository collaborators."));
    }
    let sight = ask.sight(state);
    let known = ask.home(state).roles.iter();
    Ok(ask.page(known.map(|(login, role)| sight.collaborator(login, *role)).collect()))
}

fn permission(state: &mut State, ask: &Ask<'_>) -> Answer {
    let user = state.world.user(ask.segment(4)).ok_or_else(|| ask.missing())?;
    let role = state.world.role(ask.repo, Some(&user.login));
    Ok(Reply::ok(ask.sight(state).permission(&user.login, role)))
}
