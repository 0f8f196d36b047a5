//! Releases. <https://docs.github.com/en/rest/releases/releases>

use super::{Ask, CODE, Route, create as creating, read};
use crate::sandbox::github::acts::NewRelease;
use crate::sandbox::github::body::Body;
use crate::sandbox::github::data::Release;
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::setup::Role;
use crate::sandbox::github::state::State;

pub(super) fn route(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["releases"]) => read(list, CODE, "releases/releases#list-releases"),
        ("POST", ["releases"]) => creating(Role::Write, create, CODE, "releases/releases#create-a-release"),
        ("GET", ["releases", "latest"]) => read(latest, CODE, "releases/releases#get-the-latest-release"),
        ("GET", ["releases", "tags", _]) => read(by_tag, CODE, "releases/releases#get-a-release-by-tag-name"),
        ("GET", ["releases", _]) => read(get, CODE, "releases/releases#get-a-release"),
        _ => return None,
    })
}

/// Drafts are shown to who may push only.
fn seen(ask: &Ask<'_>, release: &Release) -> bool {
    !release.draft || ask.may(Role::Write)
}

fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].releases.iter().rev().filter(|release| seen(ask, release));
    Ok(ask.page(all.map(|release| sight.release(ask.repo, release)).collect()))
}

fn one(state: &State, ask: &Ask<'_>, wanted: impl Fn(&Release) -> bool) -> Answer {
    let found = state.world.repos[ask.repo].releases.iter().rev().find(|release| wanted(release));
    Ok(Reply::ok(ask.sight(state).release(ask.repo, found.ok_or_else(|| ask.missing())?)))
}

fn latest(state: &mut State, ask: &Ask<'_>) -> Answer {
    one(state, ask, |release| !release.draft && !release.prerelease)
}

fn by_tag(state: &mut State, ask: &Ask<'_>) -> Answer {
    one(state, ask, |release| !release.draft && release.tag == ask.segment(5))
}

fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.number(4)?;
    one(state, ask, |release| release.id == id && seen(ask, release))
}

fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = Body::read(ask.body, ask.doc)?;
    let tag = body.text("tag_name")?.ok_or_else(|| body.missing("tag_name"))?;
    let name = body.nullable_text("name")?.set();
    let text = body.nullable_text("body")?.set();
    let draft = body.flag("draft")?.unwrap_or(false);
    let prerelease = body.flag("prerelease")?.unwrap_or(false);
    let notes = body.flag("generate_release_notes")?.unwrap_or(false);
    body.choice("make_latest", &["true", "false", "legacy"])?;
    let home = &state.world.repos[ask.repo];
    let target = body.text("target_commitish")?.unwrap_or_else(|| home.default_branch.clone());
    let mut errors = Vec::new();
    if tag.trim().is_empty() {
        errors.push(wrong("Release", "tag_name", "missing_field"));
    } else if tag.contains(|c: char| c.is_whitespace() || "~^:?*[\\".contains(c)) {
        errors.push(wrong_because("Release", "tag_name", "custom", "tag_name is not a valid tag"));
    } else if home.releases.iter().any(|release| !release.draft && release.tag == tag) {
        errors.push(wrong("Release", "tag_name", "already_exists"));
    }
    if home.resolve(&target).is_none() {
        errors.push(wrong("Release", "target_commitish", "invalid"));
    }
    if !errors.is_empty() {
        return Err(Reply::invalid(ask.doc, &errors));
    }
    let generated = || format!("**Full Changelog**: {}/{}/commits/{tag}", state.links.web, home.full_name());
    let text =
        if notes { Some(format!("{}{}", text.map_or(String::new(), |text| text + "\n\n"), generated())) } else { text };
    let name = name.or_else(|| notes.then(|| tag.clone()));
    let id = state.publish(ask.repo, ask.actor(), NewRelease { tag, name, body: text, target, draft, prerelease });
    let found = state.world.repos[ask.repo].releases.iter().find(|release| release.id == id);
    Ok(Reply::created(ask.sight(state).release(ask.repo, found.ok_or_else(|| ask.missing())?)))
}
