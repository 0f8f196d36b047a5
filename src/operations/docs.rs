//! The page `docs/operations.md`, made from the registry.

use std::fmt::Write as _;

use super::help::effect;
use super::reader::written;
use super::usage::{option_name, single, usage};
use super::{Declaration, FieldKind, Param, Registry, Shape};

/// How the root is typed where nobody configured another.
const ROOT: &str = "/qd";

/// The page: all operations that people see, by service. The same registry always gives the same page.
#[must_use]
pub fn markdown(registry: &Registry) -> String {
    let mut page = String::from(
        "# Operations\n\nMade from the declarations; do not edit by hand.\n\n\
         Each can be typed as shown (or with dots: `github.issue.close`), or asked for in a form.\n\n",
    );
    for service in registry.services() {
        let _ = writeln!(page, "- [{service}](#{service})");
        for operation in registry.of_service(service) {
            let name = operation.spec.name;
            let _ = writeln!(page, "  - [`{name}`](#{}): {}", name.replace('.', ""), operation.summary);
        }
    }
    for service in registry.services() {
        let _ = write!(page, "\n## {service}\n");
        registry.of_service(service).for_each(|operation| section(&mut page, operation));
    }
    page
}

fn section(page: &mut String, operation: &Declaration) {
    let spec = &operation.spec;
    let _ = write!(page, "\n### {}\n\n{}\n", spec.name, operation.summary);
    if !operation.detail.is_empty() {
        let _ = write!(page, "\n{}\n", operation.detail);
    }
    let _ = write!(page, "\n```text\n{}\n```\n\n", usage(operation, ROOT));
    let _ = write!(page, "Effect: {}. Role: {}.", effect(spec.effect), operation.role());
    if spec.idempotent {
        page.push_str(" Running it twice comes to the same as once.");
    }
    if let Some(label) = spec.from_message {
        let _ = write!(page, " Used on a message, as *{label}*.");
    }
    if !spec.aliases.is_empty() {
        let aliases: Vec<String> = spec.aliases.iter().map(|alias| format!("`{ROOT} {alias}`")).collect();
        let _ = write!(page, " Also: {}.", aliases.join(", "));
    }
    page.push('\n');
    if operation.shown().next().is_none() {
        return;
    }
    page.push_str("\n| parameter | given as | needed | meaning |\n|---|---|---|---|\n");
    for param in operation.shown() {
        let given = match spec.positional.iter().position(|name| *name == param.name) {
            Some(index) if spec.rest && index + 1 == spec.positional.len() => "rest of the line".to_owned(),
            Some(index) => format!("word {}, or `--{}`", index + 1, option_name(&param.name)),
            None if operation.spec.more == Some(&*param.name) => {
                format!("`--{}` each, or each by its own name", single(&param.name))
            }
            None => format!("`--{}`", option_name(&param.name)),
        };
        let needed = if param.required { "yes" } else { "no" };
        let _ = writeln!(page, "| `{}` {} | {given} | {needed} | {} |", param.name, kind(param), cell(&meaning(param)));
    }
}

/// What is given, in a word or two.
fn kind(param: &Param) -> &'static str {
    match (&param.kind, param.shape) {
        (_, Shape::Number) => "number",
        (_, Shape::Integers) => "whole numbers",
        (_, Shape::Map) => "pairs",
        (_, Shape::Json) => "JSON",
        (FieldKind::Line, Shape::Plain) => "text",
        (FieldKind::Long, Shape::Plain) => "long text",
        (FieldKind::Integer, Shape::Plain) => "whole number",
        (FieldKind::Flag, Shape::Plain) => "yes or no",
        (FieldKind::Choice(_), Shape::Plain) => "choice",
        (FieldKind::Choices(_), Shape::Plain) => "choices",
        (FieldKind::List, Shape::Plain) => "list",
    }
}

fn meaning(param: &Param) -> String {
    let mut text = param.help.replace("\n\n", " ");
    if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &param.kind {
        let choices: Vec<String> = choices
            .iter()
            .map(|choice| match param.meanings.get(&choice.value) {
                Some(meaning) => format!("`{}` ({})", choice.value, meaning.trim_end_matches('.')),
                None => format!("`{}`", choice.value),
            })
            .collect();
        let _ = write!(text, " One of {}.", choices.join(", "));
    }
    match (param.minimum, param.maximum) {
        (Some(least), Some(most)) => {
            let _ = write!(text, " From {least} to {most}.");
        }
        (None, Some(most)) => {
            let _ = write!(text, " At most {most}.");
        }
        (Some(least), None) if least != 0 => {
            let _ = write!(text, " At least {least}.");
        }
        _ => {}
    }
    if let Some(default) = param.default.as_ref().map(written).filter(|default| !default.is_empty()) {
        let _ = write!(text, " Default: `{default}`.");
    }
    text
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
