//! The operations as Discord's native commands: service → group → subcommand, and the one that takes whole lines. Pure.
//! <https://docs.discord.com/developers/interactions/application-commands>
//!
//! All operations are registered; who may run which is checked when it is run. [`super::register`] writes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::hear::LINE;
use crate::operations::{Declaration, FieldKind, Param, Registry};

/// All names, descriptions and values of a command together.
const LARGEST: usize = 8_000;
/// Options of a command, a group or a subcommand; choices of an option.
const MOST: usize = 25;
/// A description, and a choice's name and value.
const LONGEST: usize = 100;
/// The greatest whole number that Discord takes.
const GREATEST: i64 = 1 << 53;
/// The descriptions of a command that is too large are cut to these lengths, until it fits.
const STEPS: [usize; 8] = [LONGEST, 80, 64, 50, 40, 30, 20, 1];

/// Kinds of commands: <https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-types>
const SLASH: u64 = 1;
const ON_MESSAGE: u64 = 3;
const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const BOOLEAN: u64 = 5;

/// The commands for these operations. `global` ones can be used in direct messages, too.
pub(super) fn commands(registry: &Registry, root: &str, global: bool) -> Vec<Value> {
    let services = registry.services();
    // A service that is called like the command for lines is reached by lines.
    let mut all: Vec<Value> = services
        .into_iter()
        .filter(|service| *service != root)
        .map(|service| {
            // What is used on a message has a command there, and needs nothing that could be typed here.
            let typed = registry.of_service(service).filter(|operation| operation.spec.from_message.is_none());
            let operations: Vec<&Declaration> = typed.map(AsRef::as_ref).collect();
            of_service(service, &operations)
        })
        .collect();
    all.push(of_lines(root));
    for command in &mut all {
        command["type"] = SLASH.into();
    }
    all.extend(registry.on_messages().map(|(label, _)| json!({ "type": ON_MESSAGE, "name": label })));
    for command in &mut all {
        if global {
            // In servers and with the bot itself; installed in a server, not by a person.
            command["contexts"] = json!([0, 1]);
            command["integration_types"] = json!([0]);
        }
    }
    all
}

fn of_lines(root: &str) -> Value {
    json!({
        "name": root,
        "description": "Any operation as one line, such as `help` or `github issue list`.".replace('`', "\""),
        "options": [{
            "type": STRING,
            "name": LINE,
            "description": "The line; \"help\" says what there is.",
            "required": true,
            "autocomplete": true,
        }],
    })
}

fn of_service(service: &str, operations: &[&Declaration]) -> Value {
    let fitting = STEPS.iter().map(|longest| build(service, operations, *longest));
    if let Some(command) = fitting.into_iter().find(|command| size(command) <= LARGEST) {
        return command;
    }
    // Too many even so: as many as there is room for. The others work by a line.
    let shortest = STEPS.last().copied().unwrap_or(LONGEST);
    let counts: Vec<usize> = (0..=operations.len()).collect();
    let room = counts.partition_point(|many| size(&build(service, &operations[..*many], shortest)) <= LARGEST);
    let many = room.saturating_sub(1);
    tracing::warn!(
        service,
        left_out = operations.len() - many,
        "a service has more operations than a command can hold"
    );
    build(service, &operations[..many], shortest)
}

fn build(service: &str, operations: &[&Declaration], longest: usize) -> Value {
    let mut nouns: BTreeMap<&str, Vec<&Declaration>> = BTreeMap::new();
    for operation in operations {
        nouns.entry(operation.parts().1).or_default().push(operation);
    }
    let names: Vec<&str> = nouns.keys().copied().collect();
    let groups = nouns.iter().take(MOST).map(|(noun, operations)| {
        let verbs: Vec<&str> = operations.iter().map(|operation| operation.parts().2).collect();
        let subcommands: Vec<Value> =
            operations.iter().take(MOST).map(|operation| subcommand(operation, longest)).collect();
        json!({
            "type": GROUP,
            "name": noun,
            "description": describe(&verbs.join(", "), noun, longest),
            "options": subcommands,
        })
    });
    let groups: Vec<Value> = groups.collect();
    json!({ "name": service, "description": describe(&names.join(", "), service, LONGEST), "options": groups })
}

fn subcommand(operation: &Declaration, longest: usize) -> Value {
    let verb = operation.parts().2;
    // What must be given comes first, as Discord demands; each part in the order of the declaration.
    let (needed, rest): (Vec<&Param>, Vec<&Param>) = operation.shown().partition(|param| is_demanded(param));
    let options: Vec<Value> = needed.into_iter().chain(rest).take(MOST).map(|param| option(param, longest)).collect();
    json!({
        "type": SUBCOMMAND,
        "name": verb,
        "description": describe(&operation.summary, verb, longest),
        "options": options,
    })
}

fn option(param: &Param, longest: usize) -> Value {
    let kind = match param.kind {
        FieldKind::Integer => INTEGER,
        FieldKind::Flag => BOOLEAN,
        _ => STRING,
    };
    let mut option = json!({
        "type": kind,
        "name": param.name,
        "description": describe(&param.help, &param.name, longest),
    });
    if is_demanded(param) {
        option["required"] = true.into();
    }
    match &param.kind {
        FieldKind::Choice(choices) if fits(choices) => {
            let choices =
                choices.iter().map(|choice| json!({ "name": cut(&choice.label, LONGEST), "value": choice.value }));
            option["choices"] = choices.collect();
        }
        FieldKind::Choice(_) | FieldKind::Choices(_) => option["autocomplete"] = true.into(),
        FieldKind::Flag => {}
        _ if param.complete.is_some() => option["autocomplete"] = true.into(),
        _ => {}
    }
    if kind == INTEGER {
        let bounded = |bound: Option<i64>| bound.filter(|bound| bound.abs() <= GREATEST);
        if let Some(least) = bounded(param.minimum) {
            option["min_value"] = least.into();
        }
        if let Some(most) = bounded(param.maximum) {
            option["max_value"] = most.into();
        }
    }
    option
}

/// Whether Discord's client insists on it. Long text it does not: an option has one line, and the form that asks for
/// what is missing has several.
fn is_demanded(param: &Param) -> bool {
    param.required && param.kind != FieldKind::Long
}

fn fits(choices: &[crate::model::Choice]) -> bool {
    let length = |text: &str| (1..=LONGEST).contains(&text.chars().count());
    choices.len() <= MOST && choices.iter().all(|choice| length(&choice.value) && !choice.label.is_empty())
}

/// A description of at most `longest` characters; the name, where there is nothing to say.
fn describe(text: &str, name: &str, longest: usize) -> String {
    // Descriptions are plain text: marks for code would only stand in the way.
    let line = text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let line = cut(&line, longest.min(LONGEST));
    if line.is_empty() { cut(name, LONGEST) } else { line }
}

/// At most `most` characters; what is cut ends with "…", between words where that is possible.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    let at = kept.rfind(' ').filter(|at| *at > kept.len() / 2).unwrap_or(kept.len());
    format!("{}…", kept[..at].trim_end_matches([' ', ',', ';', ':', '.']))
}

/// What Discord counts of a command.
fn size(command: &Value) -> usize {
    let text = |key: &str| match command.get(key) {
        Some(Value::String(text)) => text.chars().count(),
        Some(Value::Number(number)) => number.to_string().len(),
        _ => 0,
    };
    let inner = ["options", "choices"].iter().filter_map(|key| command.get(*key)?.as_array()).flatten();
    text("name") + text("description") + text("value") + inner.map(size).sum::<usize>()
}

/// Which command it is among those of one scope: the kinds have names of their own. None for a kind that we never register.
pub(super) fn identity(command: &Value) -> Option<(u64, &str)> {
    let kind = command.get("type").and_then(Value::as_u64).unwrap_or(SLASH);
    Some((kind, command.get("name")?.as_str()?)).filter(|(kind, _)| matches!(*kind, SLASH | ON_MESSAGE))
}

/// What of a command counts for whether it is the same: what Discord adds, and what it fills in, left out. In one order.
pub(super) fn normal(command: &Value, global: bool) -> Value {
    const KEPT: [&str; 12] = [
        "type",
        "name",
        "description",
        "required",
        "autocomplete",
        "min_value",
        "max_value",
        "value",
        "default_member_permissions",
        "nsfw",
        "contexts",
        "integration_types",
    ];
    let mut out = Map::new();
    // A command on messages has no description, which Discord gives as an empty one.
    let blank = |value: &Value| value.as_str().is_some_and(str::is_empty);
    for key in KEPT {
        let scope = matches!(key, "contexts" | "integration_types");
        match command.get(key) {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(text) if blank(text) => {}
            Some(_) if scope && !global => {}
            Some(Value::Array(several)) => {
                let mut several = several.clone();
                several.sort_by_key(ToString::to_string);
                out.insert(key.to_owned(), several.into());
            }
            // 5 and 5.0 are the same bound.
            Some(Value::Number(number)) => {
                out.insert(key.to_owned(), number.as_f64().into());
            }
            Some(other) => {
                out.insert(key.to_owned(), other.clone());
            }
        }
    }
    for key in ["options", "choices"] {
        if let Some(inner) = command.get(key).and_then(Value::as_array).filter(|inner| !inner.is_empty()) {
            out.insert(key.to_owned(), inner.iter().map(|one| normal(one, global)).collect());
        }
    }
    Value::Object(out)
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
