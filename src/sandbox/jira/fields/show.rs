//! A field's value as the change log tells of it: reference and words.

use serde_json::{Value, json};

use super::is_id;
use super::{FieldDef, Shape};
use crate::sandbox::jira::data::{PRIORITIES, Part, RESOLUTIONS, World, type_of};
use crate::sandbox::jira::text;

/// `from` and `fromString` (or `to` and `toString`) of a value.
pub(in crate::sandbox::jira) fn shown(world: &World, field: &FieldDef, value: &Value) -> (Value, Value) {
    if value.is_null() {
        return (Value::Null, Value::Null);
    }
    let id = value.as_str().and_then(|id| id.parse::<u64>().ok()).or_else(|| value.as_u64()).unwrap_or_default();
    match field.shape {
        Shape::Person => {
            let display = value.as_str().and_then(|account| world.person(account)).map(|person| person.display.clone());
            (value.clone(), json!(display))
        }
        Shape::Priority => {
            (value.clone(), json!(PRIORITIES.iter().find(|(known, ..)| *known == id).map(|(_, name, _)| name)))
        }
        Shape::Resolution => {
            (value.clone(), json!(RESOLUTIONS.iter().find(|(known, _)| *known == id).map(|(_, name)| name)))
        }
        Shape::Type => (value.clone(), json!(type_of(id).name)),
        Shape::Parent => (json!(id.to_string()), json!(world.issues.get(&id).map(|issue| issue.key.clone()))),
        Shape::Option => (value.clone(), json!(option(field, value))),
        Shape::Options => (json!(ids(value)), json!(words(value, |item| option(field, item)))),
        Shape::Components => parts(value, &world.projects.iter().flat_map(|project| &project.components)),
        Shape::Versions => parts(value, &world.projects.iter().flat_map(|project| &project.versions)),
        Shape::Sprint => {
            let name = |item: &Value| Some(world.sprints.get(&item.as_u64()?)?.name.clone());
            (json!(ids(value)), json!(words(value, name)))
        }
        Shape::Labels => {
            let labels: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            (Value::Null, json!(labels.join(" ")))
        }
        Shape::Text => (Value::Null, text::wiki(value)),
        Shape::Date | Shape::DateTime => (value.clone(), value.clone()),
        _ => (Value::Null, value.as_str().map_or_else(|| json!(value.to_string()), |text| json!(text))),
    }
}

fn option(field: &FieldDef, value: &Value) -> Option<String> {
    field.options.iter().find(|(id, _)| is_id(value, *id)).map(|(_, name)| name.clone())
}

fn ids(value: &Value) -> String {
    let ids = value.as_array().into_iter().flatten();
    ids.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
}

fn words(value: &Value, name: impl Fn(&Value) -> Option<String>) -> String {
    value.as_array().into_iter().flatten().filter_map(name).collect::<Vec<_>>().join(", ")
}

fn parts<'a>(value: &Value, known: &(impl Iterator<Item = &'a Part> + Clone)) -> (Value, Value) {
    let name = |item: &Value| known.clone().find(|part| is_id(item, part.id)).map(|part| part.name.clone());
    (json!(ids(value)), json!(words(value, name)))
}
