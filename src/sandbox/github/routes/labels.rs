//! Labels and milestones. <https://docs.github.com/en/rest/issues/labels>

use serde_json::Value;

use super::Ask;
use crate::sandbox::github::body::{Body, label_names};
use crate::sandbox::github::reply::{Answer, Reply, wrong, wrong_because};
use crate::sandbox::github::state::State;

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    Ok(ask.page(state.world.repos[ask.repo].labels.iter().map(|label| sight.label(ask.repo, label)).collect()))
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let label = state.world.repos[ask.repo].label(ask.segment(4)).ok_or_else(|| ask.missing())?;
    Ok(Reply::ok(ask.sight(state).label(ask.repo, label)))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = Body::read(ask.body, ask.doc)?;
    let name = body.text("name")?.ok_or_else(|| body.missing("name"))?;
    let color = body.text("color")?.unwrap_or_else(|| "ededed".to_owned());
    let description = body.nullable_text("description")?.set();
    let mut errors = Vec::new();
    if name.trim().is_empty() {
        errors.push(wrong("Label", "name", "missing_field"));
    }
    if state.world.repos[ask.repo].label(&name).is_some() {
        errors.push(wrong("Label", "name", "already_exists"));
    }
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        errors.push(wrong("Label", "color", "invalid"));
    }
    if description.as_ref().is_some_and(|text| text.chars().count() > 100) {
        errors.push(wrong_because(
            "Label",
            "description",
            "custom",
            "description is too long (maximum is 100 characters)",
        ));
    }
    if !errors.is_empty() {
        return Err(Reply::invalid(ask.doc, &errors));
    }
    let label = state.world.new_label(&name, &color, description.as_deref());
    let shown = ask.sight(state).label(ask.repo, &label);
    state.world.repos[ask.repo].labels.push(label);
    Ok(Reply::created(shown))
}

pub(super) fn of_issue(state: &mut State, ask: &Ask<'_>) -> Answer {
    Ok(ask.page(shown(state, ask)?))
}

fn shown(state: &State, ask: &Ask<'_>) -> Result<Vec<Value>, Reply> {
    let issue = ask.issue(state)?;
    Ok(ask.sight(state).labels(ask.repo, &issue.labels))
}

/// The names of the issue's labels.
fn names(state: &State, ask: &Ask<'_>) -> Result<Vec<String>, Reply> {
    let issue = ask.issue(state)?;
    let labels = &state.world.repos[ask.repo].labels;
    Ok(issue
        .labels
        .iter()
        .filter_map(|id| labels.iter().find(|label| label.id == *id))
        .map(|label| label.name.clone())
        .collect())
}

fn change(state: &mut State, ask: &Ask<'_>, names: &[String]) -> Answer {
    let number = ask.issue(state)?.number;
    state.set_labels(ask.repo, number, ask.actor(), names);
    Ok(Reply::ok(Value::Array(shown(state, ask)?)))
}

pub(super) fn add(state: &mut State, ask: &Ask<'_>) -> Answer {
    let mut all = names(state, ask)?;
    all.extend(label_names(ask.body, ask.doc)?);
    change(state, ask, &all)
}

pub(super) fn set(state: &mut State, ask: &Ask<'_>) -> Answer {
    let all = label_names(ask.body, ask.doc)?;
    change(state, ask, &all)
}

pub(super) fn clear(state: &mut State, ask: &Ask<'_>) -> Answer {
    change(state, ask, &[])?;
    Ok(Reply::empty(204))
}

pub(super) fn remove(state: &mut State, ask: &Ask<'_>) -> Answer {
    let mut all = names(state, ask)?;
    let before = all.len();
    all.retain(|name| !name.eq_ignore_ascii_case(ask.segment(6)));
    if all.len() == before {
        return Err(ask.problem(404, "Label does not exist"));
    }
    change(state, ask, &all)
}

pub(super) fn milestones(state: &mut State, ask: &Ask<'_>) -> Answer {
    let wanted = ask.query.choice("state", &["open", "closed", "all"], "open");
    let sight = ask.sight(state);
    let all = state.world.repos[ask.repo].milestones.iter();
    let found = all.filter(|milestone| wanted == "all" || (wanted == "open") == milestone.open);
    Ok(ask.page(found.map(|milestone| sight.milestone(ask.repo, milestone)).collect()))
}
