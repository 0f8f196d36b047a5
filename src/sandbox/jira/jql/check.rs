//! Whether a query names what exists: fields, operators, values.

use super::parse::{Clause, Operand, Query, Term, Verb};
use super::run::Key;
use super::when;
use crate::sandbox::jira::data::{PRIORITIES, RESOLUTIONS, STATUSES, TYPES};
use crate::sandbox::jira::state::State;

/// Everything that is wrong with a query.
pub(super) fn check(state: &State, query: &Query, viewer: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(clause) = &query.clause {
        walk(state, clause, viewer, &mut wrong);
    }
    for order in &query.order {
        let known = Key::of(state, &order.field).is_some() || order.field.eq_ignore_ascii_case("rank");
        if !known {
            wrong.push(no_field(&order.field));
        }
    }
    wrong
}

fn no_field(name: &str) -> String {
    format!("Field '{name}' does not exist or you do not have permission to view it.")
}

fn walk(state: &State, clause: &Clause, viewer: &str, wrong: &mut Vec<String>) {
    match clause {
        Clause::And(parts) | Clause::Or(parts) => parts.iter().for_each(|part| walk(state, part, viewer, wrong)),
        Clause::Not(part) => walk(state, part, viewer, wrong),
        Clause::Term(term) => match Key::of(state, &term.field) {
            None => wrong.push(no_field(&term.field)),
            Some(key) => fits(state, term, &key, viewer, wrong),
        },
    }
}

fn fits(state: &State, term: &Term, key: &Key, viewer: &str, wrong: &mut Vec<String>) {
    let verb = term.verb;
    let allowed = match verb {
        Verb::Contains | Verb::Lacks => key.is_text(),
        Verb::Less | Verb::LessOrEqual | Verb::Greater | Verb::GreaterOrEqual => key.is_ordered(),
        Verb::Is | Verb::IsNot => !matches!(key, Key::Text),
        _ => !key.is_text() || matches!(key, Key::Property(..)),
    };
    if !allowed {
        wrong.push(format!("The operator '{}' is not supported by the '{}' field.", verb.said(), term.field));
        return;
    }
    for value in &term.values {
        match value {
            Operand::Empty => {}
            _ if matches!(verb, Verb::Is | Verb::IsNot) => {
                wrong.push(format!("The operator '{}' only supports the 'EMPTY' value.", verb.said()));
            }
            Operand::Call(name, _) => {
                if !known_function(key, &name.to_lowercase(), value, state) {
                    wrong.push(format!("Unable to find JQL function '{name}({})'.", arguments(value)));
                }
            }
            Operand::Text(text) => wrong.extend(known_value(state, term, key, text, viewer)),
        }
    }
}

fn arguments(value: &Operand) -> String {
    match value {
        Operand::Call(_, arguments) => arguments.join(", "),
        _ => String::new(),
    }
}

fn known_function(key: &Key, name: &str, value: &Operand, state: &State) -> bool {
    match key {
        Key::Assignee | Key::Reporter | Key::Creator | Key::Watcher => name == "currentuser",
        Key::Sprint => matches!(name, "opensprints" | "closedsprints" | "futuresprints"),
        key if key.is_date() => when::moment(value, state.now).is_some(),
        Key::FixVersion => matches!(name, "releasedversions" | "unreleasedversions"),
        _ => false,
    }
}

fn known_value(state: &State, term: &Term, key: &Key, text: &str, viewer: &str) -> Option<String> {
    let same = |known: &str| known.eq_ignore_ascii_case(text);
    let world = &state.world;
    let projects = || world.projects.iter().filter(|project| project.seen_by(viewer) && !project.archived);
    let known = match key {
        Key::Project => projects().any(|one| same(&one.key) || same(&one.name) || same(&one.id.to_string())),
        Key::Status => STATUSES.iter().any(|one| same(one.name) || same(&one.id.to_string())),
        Key::Category => {
            ["new", "indeterminate", "done", "To Do", "In Progress", "2", "3", "4"].iter().any(|one| same(one))
        }
        Key::Type => TYPES.iter().any(|one| same(one.name) || same(&one.id.to_string())),
        Key::Priority => PRIORITIES.iter().any(|(id, name, _)| same(name) || same(&id.to_string())),
        Key::Resolution => {
            same("Unresolved") || RESOLUTIONS.iter().any(|(id, name)| same(name) || same(&id.to_string()))
        }
        Key::Assignee | Key::Reporter | Key::Creator | Key::Watcher => world
            .people
            .iter()
            .any(|one| same(&one.account) || same(&one.display) || same(&one.name) || same(&one.email)),
        Key::Component => {
            projects().flat_map(|one| &one.components).any(|one| same(&one.name) || same(&one.id.to_string()))
        }
        Key::FixVersion => {
            projects().flat_map(|one| &one.versions).any(|one| same(&one.name) || same(&one.id.to_string()))
        }
        Key::Issue | Key::Parent => {
            let seen =
                world.locate(text).and_then(|id| world.issues.get(&id)).is_some_and(|one| world.sees(one, viewer));
            if !seen {
                return Some(format!("An issue with key '{text}' does not exist for field '{}'.", term.field));
            }
            true
        }
        Key::Sprint => {
            let found = world.sprints.values().any(|one| same(&one.name) || same(&one.id.to_string()));
            if !found {
                return Some(format!(
                    "Sprint with name '{text}' does not exist or you do not have permission to view it."
                ));
            }
            true
        }
        key if key.is_date() => {
            if when::moment(&Operand::Text(text.to_owned()), state.now).is_none() {
                return Some(format!(
                    "Date value '{text}' for field '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
                    term.field
                ));
            }
            true
        }
        Key::Number(_) => {
            if text.parse::<f64>().is_err() {
                return Some(format!("'{text}' is an invalid number for the field '{}'.", term.field));
            }
            true
        }
        Key::Custom(id) => {
            let options = world.field(id).map_or(&[][..], |field| &field.options);
            if !options.is_empty() && !options.iter().any(|(id, name)| same(name) || same(&id.to_string())) {
                return Some(format!("The option '{text}' for field '{}' does not exist.", term.field));
            }
            true
        }
        key if key.is_text() && text.starts_with(['*', '?']) => {
            return Some(format!(
                "The text query '{text}' for field '{}' is not allowed to start with '{}'.",
                term.field,
                &text[..1]
            ));
        }
        _ => true,
    };
    (!known).then(|| format!("The value '{text}' does not exist for the field '{}'.", term.field))
}
