//! Reads parameters off a JSON Schema, as schemars 1 writes it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::prose::{humanise, prose};
use super::{FieldKind, Param, Shape};
use crate::model::Choice;

/// The parameters that the root schema of a struct describes, in its order.
pub(super) fn params(root: &Value) -> Vec<Param> {
    let required: Vec<&str> = list(root, "required").iter().filter_map(Value::as_str).collect();
    let Some(properties) = root.get("properties").and_then(Value::as_object) else { return Vec::new() };
    properties.iter().map(|(name, field)| param(root, name, field, required.contains(&name.as_str()))).collect()
}

fn param(root: &Value, name: &str, field: &Value, required: bool) -> Param {
    let inner = resolve(root, field);
    let said = |key: &str| field.get(key).or_else(|| inner.get(key));
    let text = |key: &str| said(key).and_then(Value::as_str);
    let (kind, shape) = kind(root, inner, text("x-widget") == Some("long"));
    let whole = |key: &str| inner.get(key).and_then(Value::as_f64).and_then(whole);
    Param {
        name: name.to_owned(),
        help: prose(field.get("description").and_then(Value::as_str).unwrap_or_default()),
        kind,
        required,
        default: field.get("default").filter(|default| !default.is_null()).cloned(),
        complete: text("x-complete").map(str::to_owned),
        subjects: match said("x-subject") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        },
        message: text("x-message").map(str::to_owned),
        shape,
        minimum: whole("minimum"),
        maximum: whole("maximum"),
        example: said("examples").and_then(Value::as_array).and_then(|all| all.first()).map(|example| match example {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }),
        meanings: meanings(root, inner),
        label: None,
        hidden: said("x-hidden").and_then(Value::as_bool).unwrap_or(false),
    }
}

/// A bound of a whole number; what no `i64` holds is no bound of ours.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and checked to be in range")]
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

/// Follows references, and looks through `null` beside one other possibility.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    // A chain of references is short; a circle of them must end too.
    for _ in 0..16 {
        if let Some(target) = at.get("$ref").and_then(Value::as_str) {
            let Some(found) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else { return at };
            at = found;
            continue;
        }
        let only = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| match real(list(at, key)).as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        match only {
            Some(inner) => at = inner,
            None => return at,
        }
    }
    at
}

/// The members of a list of schemas that are not `null`.
fn real(schemas: &[Value]) -> Vec<&Value> {
    schemas.iter().filter(|schema| schema.get("type").and_then(Value::as_str) != Some("null")).collect()
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The type beside `null`.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|one| *one != "null"),
        _ => None,
    }
}

fn kind(root: &Value, schema: &Value, long: bool) -> (FieldKind, Shape) {
    if let Some(values) = values(schema) {
        return (FieldKind::Choice(choices(values)), Shape::Plain);
    }
    match type_of(schema) {
        Some("string") => (if long { FieldKind::Long } else { FieldKind::Line }, Shape::Plain),
        Some("integer") => (FieldKind::Integer, Shape::Plain),
        Some("boolean") => (FieldKind::Flag, Shape::Plain),
        Some("number") => (FieldKind::Line, Shape::Number),
        Some("array") => items(root, schema),
        Some("object") => {
            let text =
                schema.get("additionalProperties").is_some_and(|each| type_of(resolve(root, each)) == Some("string"));
            if text && schema.get("properties").is_none() {
                (FieldKind::List, Shape::Map)
            } else {
                (FieldKind::Long, Shape::Json)
            }
        }
        _ => {
            let several = real(list(schema, "anyOf")).into_iter().chain(real(list(schema, "oneOf")));
            if several.into_iter().any(|one| type_of(resolve(root, one)) == Some("string")) {
                (if long { FieldKind::Long } else { FieldKind::Line }, Shape::Plain)
            } else {
                (FieldKind::Long, Shape::Json)
            }
        }
    }
}

fn items(root: &Value, schema: &Value) -> (FieldKind, Shape) {
    let Some(each) = schema.get("items").map(|each| resolve(root, each)) else { return (FieldKind::Long, Shape::Json) };
    if let Some(values) = values(each) {
        return (FieldKind::Choices(choices(values)), Shape::Plain);
    }
    match type_of(each) {
        Some("string") => (FieldKind::List, Shape::Plain),
        Some("integer") => (FieldKind::List, Shape::Integers),
        _ => (FieldKind::Long, Shape::Json),
    }
}

/// The texts of an enumeration, if the schema is one: `enum`, `const`, or several of them where some are documented.
fn values(schema: &Value) -> Option<Vec<&str>> {
    if let Some(only) = schema.get("const") {
        return only.as_str().map(|only| vec![only]);
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array) {
        return all.iter().filter(|one| !one.is_null()).map(Value::as_str).collect();
    }
    let several = real(list(schema, "oneOf"));
    if several.is_empty() {
        return None;
    }
    several.into_iter().map(values).collect::<Option<Vec<_>>>().map(|all| all.concat())
}

fn choices(values: Vec<&str>) -> Vec<Choice> {
    values.into_iter().map(|value| Choice { value: value.to_owned(), label: humanise(value) }).collect()
}

/// What the documented values of an enumeration (or of a list of them) mean.
fn meanings(root: &Value, schema: &Value) -> BTreeMap<String, String> {
    let of = if type_of(schema) == Some("array") {
        schema.get("items").map_or(schema, |each| resolve(root, each))
    } else {
        schema
    };
    list(of, "oneOf")
        .iter()
        .filter_map(|one| {
            let value = one.get("const").and_then(Value::as_str)?;
            let meaning = prose(one.get("description").and_then(Value::as_str)?);
            (!meaning.is_empty()).then(|| (value.to_owned(), meaning))
        })
        .collect()
}
