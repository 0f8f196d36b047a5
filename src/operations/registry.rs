//! The registry: every operation by its name. It refuses to start on what no surface could show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::nearest::folded;
use super::{Declaration, FieldKind, Param, Shape};
use crate::model::Quote;

/// Discord's limits (<https://docs.discord.com/developers/interactions/application-commands>), the tightest of all.
const LONGEST_NAME: usize = 32;
const LONGEST_SUMMARY: usize = 100;
const MOST_OPTIONS: usize = 25;
const MOST_CHOICES: usize = 25;
const MOST_SUBCOMMANDS: usize = 25;
/// What Slack takes of message shortcuts (<https://docs.slack.dev/reference/app-manifest>): so long a name, so many of them.
/// Discord's message commands may be longer (32) and more (15).
const LONGEST_LABEL: usize = 24;
const MOST_LABELS: usize = 10;

/// Words of the grammar that no operation may take.
const RESERVED: [&str; 1] = ["help"];

/// Every operation, by name and in the order of registration.
#[derive(Debug, Clone)]
pub struct Registry {
    operations: Vec<Arc<Declaration>>,
    by_name: BTreeMap<&'static str, usize>,
}

impl Registry {
    /// The registry of these operations.
    ///
    /// # Errors
    /// Everything that is wrong with them, one text each.
    pub fn new(operations: Vec<Declaration>) -> Result<Self, Vec<String>> {
        let mut problems: Vec<String> = operations.iter().flat_map(problems_of).collect();
        problems.extend(clashes(&operations));
        if !problems.is_empty() {
            return Err(problems);
        }
        let by_name = operations.iter().enumerate().map(|(index, operation)| (operation.spec.name, index)).collect();
        Ok(Self { operations: operations.into_iter().map(Arc::new).collect(), by_name })
    }

    /// The operation of this full name, hidden or not.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Declaration>> {
        self.by_name.get(name).and_then(|index| self.operations.get(*index))
    }

    /// All operations.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Declaration>> {
        self.operations.iter()
    }

    /// All operations that people see.
    pub fn shown(&self) -> impl Iterator<Item = &Arc<Declaration>> {
        self.operations.iter().filter(|operation| !operation.spec.hidden)
    }

    /// The services of which people see operations, in order.
    #[must_use]
    pub fn services(&self) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        self.shown().map(|operation| operation.service()).filter(|service| seen.insert(*service)).collect()
    }

    /// The operations that are used on messages, each with what it is called there.
    pub fn on_messages(&self) -> impl Iterator<Item = (&'static str, &Arc<Declaration>)> {
        self.shown().filter_map(|operation| Some((operation.spec.from_message?, operation)))
    }

    /// The operations of a service that people see.
    pub fn of_service<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Arc<Declaration>> {
        self.shown().filter(move |operation| operation.service() == service)
    }
}

/// What is wrong with one operation by itself.
fn problems_of(operation: &Declaration) -> Vec<String> {
    let mut problems = Vec::new();
    let spec = &operation.spec;
    let parts: Vec<&str> = spec.name.split('.').collect();
    if parts.len() != 3 || !parts.iter().all(|part| is_name(part)) {
        problems.push(format!(
            "the name must be `service.noun.verb`, each a-z, 0-9 and `-`, beginning with a letter, at most {LONGEST_NAME} long"
        ));
    }
    if parts.first().is_some_and(|service| RESERVED.contains(service)) {
        problems.push("`help` cannot be a service: `help` asks for help".to_owned());
    }
    if operation.summary.is_empty() {
        problems.push("the struct has no doc comment; its first sentence is the operation's help".to_owned());
    }
    let length = operation.summary.chars().count();
    if length > LONGEST_SUMMARY {
        problems.push(format!(
            "the first sentence of its doc comment has {length} characters; at most {LONGEST_SUMMARY} are shown"
        ));
    }
    for alias in spec.aliases {
        let words: Vec<&str> = alias.split(' ').collect();
        if words.len() > 3 || !words.iter().all(|word| is_name(word)) || RESERVED.contains(alias) {
            problems.push(format!("the alias `{alias}` must be one to three words like a name's, and not `help`"));
        }
    }
    let shown = operation.shown().count();
    if shown > MOST_OPTIONS {
        problems.push(format!("it has {shown} fields; at most {MOST_OPTIONS} can be offered"));
    }
    if let Some(label) = spec.from_message {
        let length = label.chars().count();
        if length == 0 || length > LONGEST_LABEL || label != label.split_whitespace().collect::<Vec<_>>().join(" ") {
            problems.push(format!(
                "the label `{label}` must have 1 to {LONGEST_LABEL} characters, and single blanks between its words"
            ));
        }
        if spec.hidden {
            problems.push("what is used on messages is for people, and cannot be hidden".to_owned());
        }
    }
    problems.extend(problems_of_params(operation));
    if let Some(map) = spec.more {
        let takes = |param: &Param| param.shape == Shape::Map && !param.required && !param.hidden;
        if !operation.param(map).is_some_and(takes) || spec.positional.contains(&map) {
            problems
                .push(format!("`{map}` takes its further fields, so it must be a map of texts that can be left out"));
        }
    }
    problems.extend(problems_of_positionals(operation));
    problems.into_iter().map(|problem| format!("{}: {problem}", spec.name)).collect()
}

fn problems_of_params(operation: &Declaration) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for param in &operation.params {
        let name = &param.name;
        let plain = name.chars().all(|sign| matches!(sign, 'a'..='z' | '0'..='9' | '_' | '-'));
        if name.is_empty() || name.len() > LONGEST_NAME || !plain {
            problems.push(format!(
                "the field `{name}` must be named by a-z, 0-9, `_` and `-`, at most {LONGEST_NAME} long"
            ));
        }
        if RESERVED.contains(&name.as_str()) || !seen.insert(folded(name)) {
            problems
                .push(format!("the field `{name}` is named like another, or `help`; `_` and `-` count as the same"));
        }
        if param.hidden && (param.required || operation.spec.positional.contains(&name.as_str())) {
            problems.push(format!("the field `{name}` is hidden, so nobody could give it, and yet it is asked for"));
        }
        if param.help.is_empty() {
            problems.push(format!("the field `{name}` has no doc comment"));
        }
        if let Some(part) = &param.message {
            let text = matches!(param.kind, FieldKind::Line | FieldKind::Long) && param.shape == Shape::Plain;
            if !Quote::PARTS.contains(&part.as_str()) || !text || operation.spec.from_message.is_none() {
                problems.push(format!(
                    "the field `{name}` has `x-message = {part}`; it may be {}, on a text of what is used on messages",
                    Quote::PARTS.join(", ")
                ));
            }
        }
        if let FieldKind::Choice(choices) | FieldKind::Choices(choices) = &param.kind
            && choices.len() > MOST_CHOICES
        {
            problems.push(format!(
                "the field `{name}` has {} choices; at most {MOST_CHOICES} can be offered",
                choices.len()
            ));
        }
    }
    problems
}

fn problems_of_positionals(operation: &Declaration) -> Vec<String> {
    let mut problems = Vec::new();
    let mut optional: Option<&str> = None;
    let mut seen = BTreeSet::new();
    for name in operation.spec.positional {
        let Some(param) = operation.param(name) else {
            problems.push(format!("the positional `{name}` is no field"));
            continue;
        };
        if !seen.insert(*name) {
            problems.push(format!("the positional `{name}` is listed twice"));
        }
        match optional {
            Some(before) if param.required => {
                problems.push(format!("the positional `{name}` is required but comes after `{before}`, which is not"));
            }
            None if !param.required => optional = Some(name),
            _ => {}
        }
    }
    if operation.spec.rest && operation.spec.positional.is_empty() {
        problems.push("`rest` needs a positional that takes the rest of the line".to_owned());
    }
    problems
}

/// What is wrong with the operations together.
fn clashes(operations: &[Declaration]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    let services: BTreeSet<&str> = operations.iter().map(Declaration::service).collect();
    let mut aliases: BTreeMap<&str, &str> = BTreeMap::new();
    let mut nouns: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut verbs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for operation in operations {
        let name = operation.spec.name;
        let (service, noun, _) = operation.parts();
        if !names.insert(name) {
            problems.push(format!("{name}: there are two operations of this name"));
        }
        for alias in operation.spec.aliases {
            if let Some(other) = aliases.insert(alias, name) {
                problems.push(format!("{name}: the alias `{alias}` is taken by {other}"));
            }
            if services.contains(alias) {
                problems.push(format!("{name}: the alias `{alias}` is the name of a service"));
            }
        }
        if !operation.spec.hidden {
            nouns.entry(service).or_default().insert(noun);
            *verbs.entry((service, noun)).or_default() += 1;
        }
    }
    let labels: Vec<(&str, &str)> =
        operations.iter().filter_map(|one| Some((one.spec.from_message?, one.spec.name))).collect();
    for (at, (label, name)) in labels.iter().enumerate() {
        if let Some((_, other)) = labels[..at].iter().find(|(known, _)| known.eq_ignore_ascii_case(label)) {
            problems.push(format!("{name}: the label `{label}` is taken by {other}"));
        }
    }
    if labels.len() > MOST_LABELS {
        problems
            .push(format!("{} operations are used on messages; at most {MOST_LABELS} can be offered", labels.len()));
    }
    for (service, nouns) in nouns.iter().filter(|(_, nouns)| nouns.len() > MOST_SUBCOMMANDS) {
        problems.push(format!("{service}: it has {} nouns; at most {MOST_SUBCOMMANDS} can be offered", nouns.len()));
    }
    for ((service, noun), count) in verbs.iter().filter(|(_, count)| **count > MOST_SUBCOMMANDS) {
        problems.push(format!("{service}.{noun}: it has {count} verbs; at most {MOST_SUBCOMMANDS} can be offered"));
    }
    problems
}

/// Whether this can be a part of an operation's name.
pub(super) fn is_name(part: &str) -> bool {
    part.len() <= LONGEST_NAME
        && part.starts_with(|sign: char| sign.is_ascii_lowercase())
        && part.chars().all(|sign| matches!(sign, 'a'..='z' | '0'..='9' | '-'))
}
