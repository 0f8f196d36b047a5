//! Reads what a person wrote for one parameter, the same for lines and forms, and says in plain words what is wrong
//! with a value.

use serde_json::{Value, json};

use super::nearest::{did_you_mean, folded};
use super::prose::shown;
use super::{FieldKind, Param, Shape};
use crate::model::{Choice, Object};

/// So many choices are told to who gave none of them.
const TOLD: usize = 30;

/// The value that `text` stands for, or what was expected instead.
pub(super) fn read(param: &Param, text: &str) -> Result<Value, String> {
    match (&param.kind, param.shape) {
        (FieldKind::Line, Shape::Number) => {
            let number = text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number).ok_or_else(|| complaint(param, text))
        }
        (FieldKind::Long | FieldKind::Line, Shape::Json) => {
            serde_json::from_str(text).map_err(|_| complaint(param, text))
        }
        (FieldKind::Line | FieldKind::Long, _) => Ok(Value::String(text.to_owned())),
        (FieldKind::Integer, _) => {
            whole(text).filter(|number| in_bounds(param, number)).ok_or_else(|| complaint(param, text))
        }
        (FieldKind::Flag, _) => flag(text).map(Value::Bool).ok_or_else(|| complaint(param, text)),
        (FieldKind::Choice(choices), _) => {
            choose(choices, text).map(|choice| json!(choice.value)).ok_or_else(|| complaint(param, text))
        }
        (FieldKind::Choices(choices), _) => {
            let chosen = pieces(text).map(|piece| choose(choices, piece).ok_or_else(|| complaint(param, piece)));
            chosen.map(|choice| choice.map(|choice| json!(choice.value))).collect()
        }
        (FieldKind::List, Shape::Map) => {
            let pairs = pieces(text).map(|piece| match piece.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), json!(value.trim()))),
                _ => Err(complaint(param, piece)),
            });
            pairs.collect::<Result<Object, _>>().map(Value::Object)
        }
        (FieldKind::List, Shape::Integers) => {
            pieces(text).map(|piece| whole(piece).ok_or_else(|| complaint(param, piece))).collect()
        }
        (FieldKind::List, _) => Ok(pieces(text).map(Value::from).collect()),
    }
}

/// Whether a parameter is given by several values.
pub(super) fn is_many(param: &Param) -> bool {
    matches!(param.kind, FieldKind::List | FieldKind::Choices(_))
}

/// Adds a value to what was given before. Only for parameters of several values.
pub(super) fn add(args: &mut Object, name: &str, value: Value) {
    match (args.get_mut(name), value) {
        (Some(Value::Array(before)), Value::Array(more)) => {
            for one in more {
                if !before.contains(&one) {
                    before.push(one);
                }
            }
        }
        (Some(Value::Object(before)), Value::Object(more)) => before.extend(more),
        (_, value) => {
            args.insert(name.to_owned(), value);
        }
    }
}

/// A value as a person would write it, and as a form or a native command would give it.
#[must_use]
pub fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(several) if several.iter().all(|one| !one.is_array() && !one.is_object()) => {
            several.iter().map(written).collect::<Vec<_>>().join(", ")
        }
        Value::Object(pairs) if !pairs.is_empty() && pairs.values().all(Value::is_string) => {
            let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", written(value))).collect();
            pairs.join(", ")
        }
        other => other.to_string(),
    }
}

/// What is wrong with `given`, naming the field, what was expected, and the fix.
pub(super) fn complaint(param: &Param, given: &str) -> String {
    let name = param.called();
    let got = if given.trim().is_empty() { "got nothing".to_owned() } else { format!("got {}", shown(given)) };
    match (&param.kind, param.shape) {
        (FieldKind::Choice(choices), _) => format!(
            "`{name}` must be one of {}; {got}{}",
            values(param, choices),
            did_you_mean(given, choices.iter().map(|choice| called(param, choice)))
        ),
        (FieldKind::Choices(choices), _) => format!(
            "`{name}` takes any of {}, with commas between; {got}{}",
            values(param, choices),
            did_you_mean(given, choices.iter().map(|choice| called(param, choice)))
        ),
        (FieldKind::Integer, _) => format!("`{name}` must be a whole number{}; {got}", bounds(param)),
        (FieldKind::Flag, _) => format!("`{name}` must be yes or no; {got}"),
        (FieldKind::List, Shape::Map) => format!("`{name}` takes pairs such as name=value, with commas between; {got}"),
        (FieldKind::List, Shape::Integers) => format!("`{name}` takes whole numbers, with commas between; {got}"),
        (FieldKind::List, _) => format!("`{name}` must be a list of texts; {got}"),
        (_, Shape::Number) => format!("`{name}` must be a number, such as 2.5; {got}"),
        (_, Shape::Json) => format!("`{name}` must be JSON, such as {{\"name\": \"value\"}}; {got}"),
        (FieldKind::Line | FieldKind::Long, _) => format!("`{name}` must be text; {got}"),
    }
}

fn values(param: &Param, choices: &[Choice]) -> String {
    let mut all: Vec<&str> = choices.iter().take(TOLD).map(|choice| called(param, choice)).collect();
    if choices.len() > TOLD {
        all.push("…");
    }
    all.join(", ")
}

/// What a choice is called: a further field's value may be a number of the vendor's that says nothing.
fn called<'a>(param: &Param, choice: &'a Choice) -> &'a str {
    if param.label.is_some() { &choice.label } else { &choice.value }
}

fn bounds(param: &Param) -> String {
    match (param.minimum, param.maximum) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(0), None) => ", 0 or more".to_owned(),
        (Some(least), None) => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => ", such as 10".to_owned(),
    }
}

fn in_bounds(param: &Param, number: &Value) -> bool {
    number.as_i64().is_none_or(|number| {
        param.minimum.is_none_or(|least| number >= least) && param.maximum.is_none_or(|most| number <= most)
    })
}

/// A whole number; `#12` is one too, for that is how issues are written.
fn whole(text: &str) -> Option<Value> {
    let text = text.trim();
    let text = text.strip_prefix('#').unwrap_or(text);
    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// Yes or no, as people write it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The choice of this value or label, or the only one that begins so.
fn choose<'a>(choices: &'a [Choice], text: &str) -> Option<&'a Choice> {
    let wanted = folded(text.trim());
    if wanted.is_empty() {
        return None;
    }
    let exact = choices.iter().find(|choice| folded(&choice.value) == wanted);
    let labelled = || choices.iter().find(|choice| folded(&choice.label) == wanted);
    exact.or_else(labelled).or_else(|| {
        let starts = |text: &str| folded(text).starts_with(&wanted);
        let mut begins = choices.iter().filter(|choice| starts(&choice.value) || starts(&choice.label));
        begins.next().filter(|_| begins.next().is_none())
    })
}

/// What stands between the commas.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n', '，', '、']).map(str::trim).filter(|piece| !piece.is_empty())
}
