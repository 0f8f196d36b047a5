//! Reads what a caller gives for a field, as strictly as Jira and with its words.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::is_id;
use super::{FieldDef, Shape};
use crate::sandbox::jira::adf;
use crate::sandbox::jira::data::{PRIORITIES, Part, Project, RESOLUTIONS, TYPES, World};
use crate::sandbox::jira::setup::Edition;

/// Most characters of a summary or another single line.
const LONGEST_LINE: usize = 255;
/// Most characters of a text.
pub(in crate::sandbox::jira) const LONGEST_TEXT: usize = 32_767;

const NOT_ADF: &str = "Operation value must be an Atlassian Document (see the Atlassian Document Format)";

/// A field's value as it is kept.
///
/// # Errors
/// Jira's words for what is wrong with it. An invalid document is `INVALID_INPUT`, as on Jira; the note tells why.
pub(in crate::sandbox::jira) fn read_field(
    world: &World,
    field: &FieldDef,
    project: &Project,
    value: &Value,
    rich: bool,
    note: &mut Vec<String>,
) -> Result<Value, String> {
    if value.is_null() && field.id != "summary" {
        let lists = matches!(field.shape, Shape::Labels | Shape::Options | Shape::Components | Shape::Versions);
        return Ok(if lists { json!([]) } else { Value::Null });
    }
    match field.shape {
        Shape::Line => line(field, value),
        Shape::Url => match value.as_str() {
            Some(text) if url::Url::parse(text).is_ok() => Ok(value.clone()),
            Some(text) => Err(format!("'{text}' is not a valid URL")),
            None => Err("Operation value must be a string".to_owned()),
        },
        Shape::Text => text(value, rich, note),
        Shape::Number if value.is_number() => Ok(value.clone()),
        Shape::Number => Err("Operation value must be a number".to_owned()),
        Shape::Option => option(field, value),
        Shape::Options => list(value)?.iter().map(|item| option(field, item)).collect(),
        Shape::Date => date(value, &field.name),
        Shape::DateTime => moment(value).map(|at| json!(at.to_string())),
        Shape::Person => read_person(world, field, project, value),
        Shape::Labels => list(value)?.iter().map(label).collect(),
        Shape::Priority => named(value, &PRIORITIES.map(|(id, name, _)| (id, name)), &field.id),
        Shape::Resolution => named(value, &RESOLUTIONS, &field.id),
        Shape::Type => named(value, &TYPES.each_ref().map(|kind| (kind.id, kind.name)), &field.id)
            .map_err(|_| "The issue type selected is invalid.".to_owned()),
        Shape::Components => {
            list(value)?.iter().map(|item| part(item, &project.components, "Component", &field.id)).collect()
        }
        Shape::Versions => {
            list(value)?.iter().map(|item| part(item, &project.versions, "Version", &field.id)).collect()
        }
        Shape::Parent => parent(world, value),
        Shape::Sprint => sprint(world, value),
        Shape::Project | Shape::Kept(..) => {
            Err(format!("Field '{}' cannot be set. It is not on the appropriate screen, or unknown.", field.id))
        }
    }
}

/// One operation of `update` on what is there now.
pub(in crate::sandbox::jira) fn read_op(
    world: &World,
    field: &FieldDef,
    project: &Project,
    now: &Value,
    (verb, value): (&str, &Value),
    rich: bool,
    note: &mut Vec<String>,
) -> Result<Value, String> {
    if !field.operations().contains(&verb) {
        return Err(format!("Field does not support update operation '{verb}'."));
    }
    if verb == "set" {
        return read_field(world, field, project, value, rich, note);
    }
    let one = read_field(world, field, project, &json!([value]), rich, note)?;
    let one = one.as_array().and_then(|items| items.first()).cloned().unwrap_or_default();
    let mut items = now.as_array().cloned().unwrap_or_default();
    items.retain(|item| *item != one);
    if verb == "add" {
        items.push(one);
    }
    Ok(Value::Array(items))
}

fn list(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().ok_or_else(|| "data was not an array".to_owned())
}

fn line(field: &FieldDef, value: &Value) -> Result<Value, String> {
    let summary = field.id == "summary";
    let text = match value {
        Value::String(text) => text,
        Value::Null => return Err("You must specify a summary of the issue.".to_owned()),
        _ => return Err("Operation value must be a string".to_owned()),
    };
    if summary && text.trim().is_empty() {
        return Err("You must specify a summary of the issue.".to_owned());
    }
    if summary && text.contains(['\n', '\r']) {
        return Err("The summary is invalid because it contains newline characters.".to_owned());
    }
    if text.chars().count() > LONGEST_LINE {
        let name = if summary { "Summary" } else { field.name.as_str() };
        return Err(format!("{name} can't exceed {LONGEST_LINE} characters."));
    }
    Ok(json!(text.trim()))
}

fn text(value: &Value, rich: bool, note: &mut Vec<String>) -> Result<Value, String> {
    if !rich {
        return match value.as_str() {
            Some(text) if text.chars().count() > LONGEST_TEXT => Err(too_long()),
            Some(_) => Ok(value.clone()),
            None => Err("Operation value must be a string".to_owned()),
        };
    }
    if !value.is_object() {
        return Err(NOT_ADF.to_owned());
    }
    if let Err(why) = adf::check(value) {
        note.push(why);
        return Err("INVALID_INPUT".to_owned());
    }
    if value.to_string().chars().count() > LONGEST_TEXT { Err(too_long()) } else { Ok(value.clone()) }
}

fn too_long() -> String {
    "The entered text is too long. It exceeds the allowed limit of 32,767 characters.".to_owned()
}

fn option(field: &FieldDef, value: &Value) -> Result<Value, String> {
    let Some(map) = value.as_object() else {
        return Err(format!("Specify a valid 'id' or 'name' for {}", field.name));
    };
    let id = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let found = match (map.get("id"), map.get("value")) {
        (Some(wanted), _) => field.options.iter().find(|(known, _)| id(wanted) == known.to_string()),
        (None, Some(wanted)) => field.options.iter().find(|(_, known)| wanted == known),
        (None, None) => return Err(format!("Specify a valid 'id' or 'name' for {}", field.name)),
    };
    let wanted = map.get("id").map(|wanted| format!("Option id '{}' is not valid", id(wanted)));
    let wanted = wanted.unwrap_or_else(|| {
        format!("Option value '{}' is not valid", map.get("value").and_then(Value::as_str).unwrap_or_default())
    });
    found.map(|(id, _)| json!(id.to_string())).ok_or(wanted)
}

fn date(value: &Value, name: &str) -> Result<Value, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    let day: Result<Date, _> = text.parse();
    match day {
        Ok(day) if text.len() == 10 => Ok(json!(day.to_string())),
        _ => Err(format!("Error parsing date string: {text} ({name}, expected \"yyyy-MM-dd\")")),
    }
}

/// A moment as Jira writes it, `2026-11-20T10:00:00.000+0000`, or with a colon or a `Z`.
pub(in crate::sandbox::jira) fn moment(value: &Value) -> Result<Timestamp, String> {
    let text = value.as_str().ok_or("Operation value must be a string")?;
    let own = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text).and_then(|parsed| parsed.to_timestamp());
    own.or_else(|_| text.parse()).map_err(|_| format!("Date value '{text}' is not valid."))
}

fn label(value: &Value) -> Result<Value, String> {
    let text = value.as_str().ok_or("string expected at index 0")?;
    if text.contains(char::is_whitespace) {
        return Err(format!("The label '{text}' contains spaces which is invalid."));
    }
    if text.is_empty() || text.chars().count() > LONGEST_LINE {
        return Err(format!("The label '{text}' exceeds the maximum length or is empty."));
    }
    Ok(value.clone())
}

fn named(value: &Value, known: &[(u64, &str)], field: &str) -> Result<Value, String> {
    let wrong = || format!("Specify a valid 'id' or 'name' for {field}");
    let map = value.as_object().ok_or_else(wrong)?;
    let found = match (map.get("id"), map.get("name")) {
        (Some(id), _) => known.iter().find(|(known, _)| is_id(id, *known) || id.as_u64() == Some(*known)),
        (None, Some(name)) => known.iter().find(|(_, known)| name == known),
        (None, None) => return Err(wrong()),
    };
    found.map(|(id, _)| json!(id.to_string())).ok_or_else(|| format!("The {field} selected is invalid."))
}

fn part(value: &Value, known: &[Part], what: &str, field: &str) -> Result<Value, String> {
    let map = value.as_object().ok_or_else(|| format!("Specify a valid 'id' or 'name' for {field}"))?;
    let (found, given) = match (map.get("id"), map.get("name")) {
        (Some(id), _) => (known.iter().find(|part| is_id(id, part.id)), format!("{what} id '{id}'")),
        (None, Some(name)) => (known.iter().find(|part| *name == part.name), format!("{what} name {name}")),
        (None, None) => return Err(format!("Specify a valid 'id' or 'name' for {field}")),
    };
    found.map(|part| json!(part.id.to_string())).ok_or_else(|| format!("{} is not valid", given.replace('"', "'")))
}

fn parent(world: &World, value: &Value) -> Result<Value, String> {
    let given = value["key"].as_str().or_else(|| value["id"].as_str()).ok_or("data was not an object")?;
    world.locate(given).map(|id| json!(id)).ok_or_else(|| "Could not find issue by id or key.".to_owned())
}

fn sprint(world: &World, value: &Value) -> Result<Value, String> {
    let id =
        value.as_u64().or_else(|| value.as_str()?.parse().ok()).ok_or("Number value expected as the Sprint id.")?;
    match world.sprints.get(&id) {
        Some(sprint) if sprint.state != "closed" => Ok(json!([id])),
        Some(_) => Err("Issue can be assigned only active or future sprints.".to_owned()),
        None => Err(format!("Sprint with id {id} does not exist.")),
    }
}

/// A person: by account id in the Cloud, by name in Data Center. `-1` is the project's default assignee.
pub(in crate::sandbox::jira) fn read_person(
    world: &World,
    field: &FieldDef,
    project: &Project,
    value: &Value,
) -> Result<Value, String> {
    let map = value.as_object().ok_or("data was not an object")?;
    let given = match world.edition {
        Edition::Cloud => map.get("accountId").or_else(|| map.get("id")),
        Edition::DataCenter => map.get("name").or_else(|| map.get("key")),
    };
    let Some(given) = given else {
        return Err(match world.edition {
            Edition::Cloud => {
                "'accountId' must be the only user identifying query parameter in GDPR strict mode.".to_owned()
            }
            Edition::DataCenter => format!("Specify a valid 'name' for {}", field.id),
        });
    };
    let Some(given) = given.as_str() else { return Ok(Value::Null) };
    if given == "-1" {
        return Ok(Value::Null);
    }
    let named = |person: &&crate::sandbox::jira::JiraPerson| match world.edition {
        Edition::Cloud => person.account == given,
        Edition::DataCenter => person.name == given,
    };
    let Some(person) = world.people.iter().find(named) else {
        return Err(match world.edition {
            Edition::Cloud => "Account ID is not valid.".to_owned(),
            Edition::DataCenter => format!("User '{given}' does not exist."),
        });
    };
    if field.id == "assignee" && !(person.active && project.seen_by(&person.account)) {
        return Err(format!("User '{given}' cannot be assigned issues."));
    }
    Ok(json!(person.account))
}
