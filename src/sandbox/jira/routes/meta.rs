//! What there is to choose from: fields, priorities, statuses, issue types, labels, the create dialog.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::jira::data::{RESOLUTIONS, STATUSES, TYPES};
use crate::sandbox::jira::fields::FieldDef;
use crate::sandbox::jira::json::Sight;
use crate::sandbox::jira::reply::{Answer, Reply};
use crate::sandbox::jira::setup::Edition;
use crate::sandbox::jira::state::State;

pub(super) fn fields(state: &mut State, _: &Ask<'_>) -> Answer {
    Ok(Reply::ok(state.world.fields.iter().map(Sight::field).collect()))
}

pub(super) fn priorities(state: &mut State, ask: &Ask<'_>) -> Answer {
    Ok(Reply::ok(Value::Array(ask.sight(state).priorities())))
}

pub(super) fn priority_search(state: &mut State, ask: &Ask<'_>) -> Answer {
    let all = ask.sight(state).priorities();
    Ok(Reply::ok(ask.page("values", all, 50, 100)))
}

pub(super) fn resolutions(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    Ok(Reply::ok(RESOLUTIONS.iter().map(|(id, _)| sight.resolution(&id.to_string())).collect()))
}

pub(super) fn statuses(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    Ok(Reply::ok(STATUSES.iter().map(|status| sight.status(status)).collect()))
}

pub(super) fn types(state: &mut State, ask: &Ask<'_>) -> Answer {
    let sight = ask.sight(state);
    Ok(Reply::ok(TYPES.iter().map(|kind| sight.issue_type(kind)).collect()))
}

pub(super) fn labels(state: &mut State, ask: &Ask<'_>) -> Answer {
    let seen = state.world.issues.values().filter(|issue| state.world.sees(issue, ask.actor()));
    let labels = seen.flat_map(|issue| issue.value("labels").as_array().cloned().unwrap_or_default());
    let labels: BTreeSet<String> = labels.filter_map(|label| label.as_str().map(str::to_owned)).collect();
    Ok(Reply::ok(ask.page("values", labels.into_iter().map(Value::String).collect(), 1000, 1000)))
}

/// Cloud and Data Center name the list of a page differently.
fn named<'a>(state: &State, cloud: &'a str) -> &'a str {
    if state.setup.edition == Edition::Cloud { cloud } else { "values" }
}

fn dialog_page(state: &State, ask: &Ask<'_>, name: &str, items: Vec<Value>) -> Value {
    let mut page = ask.page(named(state, name), items, 50, 200);
    if state.setup.edition == Edition::Cloud
        && let Some(page) = page.as_object_mut()
    {
        page.remove("isLast");
    }
    page
}

pub(super) fn create_types(state: &mut State, ask: &Ask<'_>) -> Answer {
    let _seen = ask.project(state, ask.segment(2))?;
    let sight = ask.sight(state);
    let types = TYPES.iter().map(|kind| sight.issue_type(kind)).collect();
    Ok(Reply::ok(dialog_page(state, ask, "issueTypes", types)))
}

pub(super) fn create_fields(state: &mut State, ask: &Ask<'_>) -> Answer {
    let project = ask.project(state, ask.segment(2))?;
    let kind = TYPES.iter().find(|kind| kind.id.to_string() == ask.segment(4));
    let kind = kind.ok_or_else(|| Reply::error(400, "The issue type selected is invalid."))?;
    let sight = ask.sight(state);
    let fields = state.world.fields.iter().filter(|field| field.on_create(project, kind));
    let shown = |field: &FieldDef| {
        let mut meta = sight.field_meta(field, project, kind, field.required_for(kind));
        meta["fieldId"] = json!(field.id);
        meta
    };
    let fields: Vec<Value> = fields.map(shown).collect();
    let mut page = dialog_page(state, ask, "fields", fields);
    if state.setup.edition == Edition::DataCenter {
        // Data Center names a field only by `fieldId`.
        for field in page["values"].as_array_mut().into_iter().flatten() {
            if let Some(field) = field.as_object_mut() {
                field.remove("key");
            }
        }
    }
    Ok(Reply::ok(page))
}
