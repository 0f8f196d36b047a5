//! Completion of what is known without asking anybody: names, options, choices.

use std::collections::BTreeSet;

use super::nearest::folded;
use super::usage::{option_name, single};
use super::words::{Lead, Words};
use super::{Declaration, FieldKind, Param, Parsed, Registry, parse};
use crate::model::Choice;

/// So many are offered (the tightest platform's limit).
const MOST: usize = 25;

/// How `line` might go on. A choice's value is the whole line with its last word completed, its label that word.
pub fn complete(line: &str, registry: &Registry, allowed: &dyn Fn(&Declaration) -> bool) -> Vec<Choice> {
    let (before, last) =
        line.rsplit_once(char::is_whitespace).map_or(("", line), |(before, last)| (before.trim(), last));
    let mut words: Vec<String> = candidates(before, last, registry, allowed);
    let begun = folded(last);
    words.retain(|word| folded(word).starts_with(&begun));
    words.truncate(MOST);
    words
        .into_iter()
        .map(|word| Choice { value: format!("{before} {word}").trim_start().to_owned(), label: word })
        .collect()
}

/// What may come after `before`.
fn candidates(before: &str, last: &str, registry: &Registry, allowed: &dyn Fn(&Declaration) -> bool) -> Vec<String> {
    let lower = before.to_lowercase();
    if let Ok(Parsed::Call { operation, args, .. }) = parse(option_completed(before), registry, "") {
        if !allowed(&operation) {
            return Vec::new();
        }
        return arguments(&operation, before, last, |param| args.contains_key(&param.name));
    }
    // `parse` shows help for a group, and complains of what is no whole name yet.
    let said: Vec<&str> =
        lower.split(|sign: char| sign.is_whitespace() || sign == '.').filter(|word| !word.is_empty()).collect();
    let mut found = BTreeSet::new();
    for operation in registry.shown().filter(|operation| allowed(operation)) {
        let (service, noun, verb) = operation.parts();
        match said.as_slice() {
            [] => {
                found.insert(service);
                found.extend(operation.spec.aliases);
            }
            [one] => {
                found.extend((*one == service).then_some(noun));
                found.extend((*one == noun).then_some(verb));
            }
            [first, second] => found.extend((*first == service && *second == noun).then_some(verb)),
            _ => {}
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

/// The line without an option at its end whose value is only about to be typed.
fn option_completed(before: &str) -> &str {
    let last = before.split_whitespace().next_back().unwrap_or_default();
    match Words::new(last).lead() {
        Some((Lead::Dashes, _)) if !last.contains('=') => before.strip_suffix(last).unwrap_or(before),
        _ => before,
    }
}

fn arguments(operation: &Declaration, before: &str, last: &str, given: impl Fn(&Param) -> bool) -> Vec<String> {
    let previous = before.split_whitespace().next_back().unwrap_or_default();
    if let Some((Lead::Dashes, name)) = Words::new(previous).lead()
        && !previous.contains('=')
        && let Some(param) = operation.shown().find(|param| folded(&param.name) == folded(name))
        && param.kind != FieldKind::Flag
    {
        return values(param);
    }
    let options = || {
        let open = operation.shown().filter(|param| !given(param) || super::reader::is_many(param));
        open.map(|param| match operation.spec.more {
            Some(map) if map == param.name => format!("--{}", single(map)),
            _ => format!("--{}", option_name(&param.name)),
        })
    };
    let positional =
        operation.spec.positional.iter().filter_map(|name| operation.param(name)).find(|param| !given(param));
    if last.starts_with('-') {
        options().collect()
    } else {
        positional.map(values).unwrap_or_default().into_iter().chain(options()).collect()
    }
}

fn values(param: &Param) -> Vec<String> {
    match &param.kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
            choices.iter().map(|choice| choice.value.clone()).collect()
        }
        _ => Vec::new(),
    }
}
