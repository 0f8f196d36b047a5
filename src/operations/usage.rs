//! The usage line of an operation, and an example of it.

use super::words::quoted;
use super::{Declaration, FieldKind, Param, Shape};

/// Up to so many choices are written out.
const FEW: usize = 5;

/// How an operation is typed: `/qd github issue close <issue> [--reason done|duplicate]`. `root` is `/qd`.
#[must_use]
pub fn usage(operation: &Declaration, root: &str) -> String {
    let mut line = typed(root, &operation.words());
    let positional = operation.spec.positional;
    for (index, param) in positional.iter().filter_map(|name| operation.param(name)).enumerate() {
        let last = index + 1 == positional.len();
        let more = if last && (operation.spec.rest || super::reader::is_many(param)) { "…" } else { "" };
        let shown = format!("<{}{more}>", option_name(&param.name));
        push(&mut line, &shown, param.required);
    }
    let named = || operation.shown().filter(|param| !positional.contains(&param.name.as_str()));
    for param in named().filter(|param| param.required).chain(named().filter(|param| !param.required)) {
        if operation.spec.more == Some(&*param.name) {
            push(&mut line, &format!("--{} <name=value>", single(&param.name)), false);
            line.push('…');
            continue;
        }
        let name = option_name(&param.name);
        let shown = match &param.kind {
            FieldKind::Flag if param.default == Some(true.into()) => format!("--no-{name}"),
            FieldKind::Flag => format!("--{name}"),
            _ => format!("--{name} {}", placeholder(param)),
        };
        push(&mut line, &shown, param.required);
    }
    line
}

/// How an operation might be typed, with made-up values.
#[must_use]
pub fn example(operation: &Declaration, root: &str) -> String {
    let mut line = typed(root, &operation.words());
    let positional = operation.spec.positional;
    for (index, param) in positional.iter().filter_map(|name| operation.param(name)).enumerate() {
        if param.required || index == 0 {
            let value = sample(param);
            let last = index + 1 == positional.len();
            push(&mut line, &if operation.spec.rest && last { value } else { quoted(&value) }, true);
        }
    }
    // After the rest of the line no option can stand; before it they would only confuse.
    if operation.spec.rest {
        return line;
    }
    let named = || operation.shown().filter(|param| !positional.contains(&param.name.as_str()));
    let optional = named().find(|param| !param.required && matches!(param.kind, FieldKind::Choice(_)));
    for param in named().filter(|param| param.required).chain(optional) {
        let name = option_name(&param.name);
        let shown = match param.kind {
            FieldKind::Flag => format!("--{name}"),
            _ => format!("--{name} {}", quoted(&sample(param))),
        };
        push(&mut line, &shown, true);
    }
    line
}

/// The name of an option as it is typed.
pub(super) fn option_name(name: &str) -> String {
    name.replace('_', "-")
}

/// The option that takes one further field of the map called `name`: `--field` of `fields`.
pub(super) fn single(name: &str) -> String {
    option_name(name.strip_suffix('s').unwrap_or(name))
}

/// What is typed after the root, where there is one.
pub(super) fn typed(root: &str, words: &str) -> String {
    format!("{root} {words}").trim().to_owned()
}

fn push(line: &mut String, part: &str, required: bool) {
    line.push(' ');
    if required {
        line.push_str(part);
    } else {
        line.extend(["[", part, "]"]);
    }
}

fn placeholder(param: &Param) -> String {
    match (&param.kind, param.shape) {
        (FieldKind::Choice(choices), _) if choices.len() <= FEW => {
            choices.iter().map(|choice| choice.value.as_str()).collect::<Vec<_>>().join("|")
        }
        (FieldKind::Choice(_), _) => format!("<{}>", option_name(&param.name)),
        (FieldKind::Choices(_) | FieldKind::List, Shape::Plain) => "<a,b>".to_owned(),
        (_, Shape::Integers) => "<1,2>".to_owned(),
        (_, Shape::Map) => "<name=value,…>".to_owned(),
        (_, Shape::Json) => "<json>".to_owned(),
        (FieldKind::Integer, _) | (_, Shape::Number) => "<number>".to_owned(),
        _ => "<text>".to_owned(),
    }
}

/// A value as somebody might give it: the schema's example, the code in its help, or something of its kind.
fn sample(param: &Param) -> String {
    if let Some(example) = &param.example {
        return example.clone();
    }
    match (&param.kind, param.shape) {
        (FieldKind::Choice(choices) | FieldKind::Choices(choices), _) => {
            let other = |value: &str| param.default.as_ref().and_then(serde_json::Value::as_str) != Some(value);
            let chosen = choices.iter().find(|choice| other(&choice.value)).or_else(|| choices.first());
            return chosen.map(|choice| choice.value.clone()).unwrap_or_default();
        }
        (FieldKind::Integer, _) => {
            let default = param.default.as_ref().map(ToString::to_string);
            return default.unwrap_or_else(|| param.minimum.unwrap_or(10).max(1).to_string());
        }
        (FieldKind::Flag, _) => return "yes".to_owned(),
        (_, Shape::Number) => return "2.5".to_owned(),
        (_, Shape::Integers) => return "1,2".to_owned(),
        (_, Shape::Map) => return "name=value".to_owned(),
        (_, Shape::Json) => return "{\"name\": \"value\"}".to_owned(),
        _ => {}
    }
    let code = param.help.split('`').nth(1).filter(|code| !code.is_empty());
    let name = || option_name(&param.name).replace('-', " ");
    // What takes several words shows that they need quotes.
    let several =
        param.kind == FieldKind::Long || ["title", "summary", "subject", "text", "message"].contains(&&*param.name);
    code.map_or_else(|| if several { format!("some {}", name()) } else { name() }, str::to_owned)
}
