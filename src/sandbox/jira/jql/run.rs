//! Runs a checked query.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::parse::{Clause, Operand, Order, Term, Verb};
use super::when;
use crate::sandbox::jira::data::{Issue, PRIORITIES, RESOLUTIONS, Sprint, status_of, type_of};
use crate::sandbox::jira::fields::Shape;
use crate::sandbox::jira::state::State;
use crate::sandbox::jira::text;

/// What a field name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Project,
    Status,
    Category,
    Assignee,
    Reporter,
    Creator,
    Watcher,
    Labels,
    Text,
    Summary,
    Description,
    Comment,
    Issue,
    Created,
    Updated,
    Resolved,
    Due,
    Resolution,
    Sprint,
    Type,
    Priority,
    FixVersion,
    Component,
    Parent,
    /// A custom field with options, people or labels, by its id.
    Custom(String),
    /// A custom field with text.
    Words(String),
    /// A custom field with a number.
    Number(String),
    /// A custom field with a day.
    Day(String),
    /// An entity property that is indexed: its key and the path in it.
    Property(String, String),
}

impl Key {
    /// The field of that name.
    pub(super) fn of(state: &State, name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        if let Some(rest) = lower.strip_prefix("issue.property[") {
            let (key, path) = rest.split_once(']')?;
            let path = path.strip_prefix('.').unwrap_or_default();
            let same = |(one, other): &&(String, String)| one.to_lowercase() == key && other.to_lowercase() == path;
            return state.setup.indexed.iter().find(same).map(|(key, path)| Self::Property(key.clone(), path.clone()));
        }
        Some(match lower.as_str() {
            "project" => Self::Project,
            "status" => Self::Status,
            "statuscategory" => Self::Category,
            "assignee" => Self::Assignee,
            "reporter" => Self::Reporter,
            "creator" => Self::Creator,
            "watcher" => Self::Watcher,
            "labels" => Self::Labels,
            "text" => Self::Text,
            "summary" => Self::Summary,
            "description" => Self::Description,
            "comment" => Self::Comment,
            "key" | "issuekey" | "id" | "issue" => Self::Issue,
            "created" | "createddate" => Self::Created,
            "updated" | "updateddate" => Self::Updated,
            "resolved" | "resolutiondate" => Self::Resolved,
            "due" | "duedate" => Self::Due,
            "resolution" => Self::Resolution,
            "sprint" => Self::Sprint,
            "issuetype" | "type" => Self::Type,
            "priority" => Self::Priority,
            "fixversion" => Self::FixVersion,
            "component" => Self::Component,
            "parent" => Self::Parent,
            _ => return Self::custom(state, &lower),
        })
    }

    fn custom(state: &State, lower: &str) -> Option<Self> {
        let named = |clause: String| clause.to_lowercase() == lower;
        let mut custom = state.world.fields.iter().filter(|field| field.custom.is_some());
        let field = custom.find(|field| field.clauses().into_iter().any(named))?;
        let id = field.id.clone();
        Some(match field.shape {
            Shape::Number => Self::Number(id),
            Shape::Date | Shape::DateTime => Self::Day(id),
            Shape::Line | Shape::Text | Shape::Url => Self::Words(id),
            Shape::Sprint => Self::Sprint,
            _ => Self::Custom(id),
        })
    }

    pub(super) const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text | Self::Summary | Self::Description | Self::Comment | Self::Words(_) | Self::Property(..)
        )
    }

    pub(super) const fn is_date(&self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Resolved | Self::Due | Self::Day(_))
    }

    pub(super) const fn is_ordered(&self) -> bool {
        self.is_date() || matches!(self, Self::Priority | Self::Number(_) | Self::Issue)
    }
}

/// Whether a clause holds for an issue.
pub(super) fn holds(state: &State, clause: &Clause, viewer: &str, issue: &Issue) -> bool {
    match clause {
        Clause::And(parts) => parts.iter().all(|part| holds(state, part, viewer, issue)),
        Clause::Or(parts) => parts.iter().any(|part| holds(state, part, viewer, issue)),
        Clause::Not(part) => !holds(state, part, viewer, issue),
        Clause::Term(term) => {
            Key::of(state, &term.field).is_some_and(|key| term_holds(state, term, &key, viewer, issue))
        }
    }
}

fn term_holds(state: &State, term: &Term, key: &Key, viewer: &str, issue: &Issue) -> bool {
    match term.verb {
        Verb::Contains | Verb::Lacks => {
            let Some(Operand::Text(wanted)) = term.values.first() else { return false };
            texts(state, key, issue).iter().any(|text| contains(text, wanted)) == (term.verb == Verb::Contains)
        }
        Verb::Less | Verb::LessOrEqual | Verb::Greater | Verb::GreaterOrEqual => {
            let Some(order) = term.values.first().and_then(|value| compare(state, key, issue, value)) else {
                return false;
            };
            match term.verb {
                Verb::Less => order.is_lt(),
                Verb::LessOrEqual => order.is_le(),
                Verb::Greater => order.is_gt(),
                _ => order.is_ge(),
            }
        }
        _ => {
            let values = values(state, key, issue);
            let hit = term.values.iter().any(|operand| match operand {
                Operand::Empty => values.is_empty(),
                operand => matches(state, key, issue, &values, operand, viewer),
            });
            match term.verb {
                Verb::Is | Verb::Equals | Verb::In => hit,
                // An empty field differs from nothing: Jira leaves it out.
                Verb::IsNot => !hit,
                _ => !hit && (!values.is_empty() || term.values.contains(&Operand::Empty)),
            }
        }
    }
}

fn matches(state: &State, key: &Key, issue: &Issue, values: &[Vec<String>], operand: &Operand, viewer: &str) -> bool {
    match operand {
        Operand::Empty => false,
        operand if key.is_date() => compare(state, key, issue, operand) == Some(Ordering::Equal),
        Operand::Text(text) => {
            let text = if *key == Key::Issue { text.to_uppercase() } else { text.clone() };
            values.iter().flatten().any(|value| value.eq_ignore_ascii_case(&text))
        }
        Operand::Call(name, _) => match name.to_lowercase().as_str() {
            "currentuser" => values.iter().flatten().any(|value| value == viewer),
            "releasedversions" | "unreleasedversions" => {
                let released = name.eq_ignore_ascii_case("releasedVersions");
                let versions = state.world.projects.iter().flat_map(|project| &project.versions);
                let fitting = versions.filter(|part| part.released.is_some() == released);
                fitting.into_iter().any(|part| values.iter().flatten().any(|value| *value == part.id.to_string()))
            }
            function => {
                let wanted = match function {
                    "opensprints" => "active",
                    "closedsprints" => "closed",
                    _ => "future",
                };
                sprints(state, issue).iter().any(|sprint| sprint.state == wanted)
            }
        },
    }
}

fn sprints<'a>(state: &'a State, issue: &Issue) -> Vec<&'a Sprint> {
    state.world.sprints_of(issue).iter().filter_map(|id| state.world.sprints.get(id)).collect()
}

/// The values of a field, each with all the words that name it.
fn values(state: &State, key: &Key, issue: &Issue) -> Vec<Vec<String>> {
    let world = &state.world;
    let words = |items: &[&str]| vec![items.iter().map(|&item| item.to_owned()).collect::<Vec<String>>()];
    let person = |account: &str| {
        let person = world.person(account);
        vec![person.map_or_else(Vec::new, |one| {
            vec![one.account.clone(), one.display.clone(), one.name.clone(), one.email.clone()]
        })]
    };
    let parts = |field: &str| {
        let ids: Vec<&str> = issue.value(field).as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let known = world.projects.iter().flat_map(|one| one.components.iter().chain(&one.versions));
        let mine = known.filter(|part| ids.contains(&part.id.to_string().as_str()));
        mine.map(|part| vec![part.id.to_string(), part.name.clone()]).collect()
    };
    let status = status_of(issue.status);
    match key {
        Key::Project => {
            let project = world.project(issue.project);
            project.map_or_else(Vec::new, |one| vec![vec![one.key.clone(), one.name.clone(), one.id.to_string()]])
        }
        Key::Status => words(&[status.name, &status.id.to_string()]),
        Key::Category => match status.category {
            "new" => words(&["new", "To Do", "2"]),
            "done" => words(&["done", "3"]),
            _ => words(&["indeterminate", "In Progress", "4"]),
        },
        Key::Assignee => issue.text("assignee").map_or_else(Vec::new, person),
        Key::Reporter => issue.text("reporter").map_or_else(Vec::new, person),
        Key::Creator => person(&issue.creator),
        Key::Watcher => issue.watchers.iter().flat_map(|account| person(account)).collect(),
        Key::Labels => list(issue.value("labels")),
        Key::Issue => words(&[&issue.key, &issue.id.to_string()])
            .into_iter()
            .map(|mut names| {
                names.extend(world.former.iter().filter(|(_, id)| **id == issue.id).map(|(key, _)| key.clone()));
                names
            })
            .collect(),
        Key::Type => words(&[type_of(issue.kind).name, &issue.kind.to_string()]),
        Key::Priority => named(issue.text("priority"), &PRIORITIES.map(|(id, name, _)| (id, name))),
        Key::Resolution => match issue.text("resolution") {
            None => words(&["Unresolved"]),
            some => named(some, &RESOLUTIONS),
        },
        Key::Component => parts("components"),
        Key::FixVersion => parts("fixVersions"),
        Key::Sprint => sprints(state, issue).iter().map(|one| vec![one.id.to_string(), one.name.clone()]).collect(),
        Key::Parent => {
            let parent = issue.value("parent").as_u64().and_then(|id| world.issues.get(&id));
            parent.map_or_else(Vec::new, |one| vec![vec![one.id.to_string(), one.key.clone()]])
        }
        Key::Custom(id) => {
            let options = world.field(id).map_or(&[][..], |field| &field.options);
            let spoken = |mut names: Vec<String>| {
                let found = options.iter().find(|(id, _)| names.contains(&id.to_string()));
                names.extend(found.map(|(_, name)| name.clone()));
                names
            };
            let value = issue.value(id);
            let items = if value.is_array() { list(value) } else { single(value) };
            items.into_iter().map(spoken).collect()
        }
        Key::Number(id) | Key::Day(id) | Key::Words(id) => single(issue.value(id)),
        Key::Property(key, path) => {
            let value = issue.properties.get(key);
            value.map_or_else(Vec::new, |value| single(path.split('.').fold(value, |value, part| &value[part])))
        }
        Key::Due => single(issue.value("duedate")),
        Key::Resolved => issue.resolved.map_or_else(Vec::new, |at| vec![vec![at.to_string()]]),
        Key::Created => vec![vec![issue.created.to_string()]],
        Key::Updated => vec![vec![issue.updated.to_string()]],
        Key::Text | Key::Summary | Key::Comment | Key::Description => {
            let texts = texts(state, key, issue);
            texts.into_iter().filter(|text| !text.is_empty()).map(|text| vec![text]).collect()
        }
    }
}

fn list(value: &Value) -> Vec<Vec<String>> {
    value.as_array().into_iter().flatten().flat_map(single).collect()
}

fn single(value: &Value) -> Vec<Vec<String>> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![vec![text.clone()]],
        other => vec![vec![other.to_string()]],
    }
}

fn named(id: Option<&str>, known: &[(u64, &str)]) -> Vec<Vec<String>> {
    let found = id.and_then(|id| known.iter().find(|(known, _)| known.to_string() == id));
    found.map_or_else(Vec::new, |(id, name)| vec![vec![id.to_string(), (*name).to_owned()]])
}

fn texts(state: &State, key: &Key, issue: &Issue) -> Vec<String> {
    let description = || text::plain(issue.value("description"));
    let comments = || issue.comments.iter().map(|comment| text::plain(&comment.body));
    let custom = || {
        let fields = state.world.fields.iter().filter(|field| field.custom.is_some());
        let spoken = fields.filter(|field| matches!(field.shape, Shape::Line | Shape::Text));
        spoken.map(|field| text::plain(issue.value(&field.id))).collect::<Vec<String>>()
    };
    match key {
        Key::Summary => vec![issue.summary().to_owned()],
        Key::Description => vec![description()],
        Key::Comment => comments().collect(),
        Key::Words(id) => vec![text::plain(issue.value(id))],
        Key::Property(..) => values(state, key, issue).into_iter().flatten().collect(),
        _ => {
            let mut all = vec![issue.summary().to_owned(), description()];
            all.extend(comments());
            all.extend(custom());
            all
        }
    }
}

/// Whether a text holds every word that is looked for, in any order; a star at the end of one stands for the rest, and what
/// stands in quotation marks stands together.
fn contains(text: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    let wanted = wanted.to_lowercase();
    if let Some(phrase) = wanted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return text.contains(phrase);
    }
    let cut = |sign: char| !sign.is_alphanumeric();
    let words: Vec<&str> = text.split(cut).filter(|word| !word.is_empty()).collect();
    wanted.split_whitespace().all(|part| {
        let open = part.ends_with('*');
        let mut pieces = part.split(cut).filter(|piece| !piece.is_empty()).peekable();
        let mut all = true;
        while let Some(piece) = pieces.next() {
            let last = pieces.peek().is_none();
            all &= words.iter().any(|word| if open && last { word.starts_with(piece) } else { *word == piece });
        }
        all
    })
}

fn compare(state: &State, key: &Key, issue: &Issue, operand: &Operand) -> Option<Ordering> {
    if key.is_date() {
        let at = when::moment(operand, state.now)?;
        return Some(date(key, issue)?.cmp(&at));
    }
    let Operand::Text(text) = operand else { return None };
    match key {
        Key::Number(id) => issue.value(id).as_f64()?.partial_cmp(&text.parse().ok()?),
        Key::Priority => {
            let known = |wanted: &str| {
                PRIORITIES
                    .iter()
                    .position(|(id, name, _)| name.eq_ignore_ascii_case(wanted) || id.to_string() == wanted)
            };
            // The highest priority is the greatest, and stands first.
            Some(known(text)?.cmp(&known(issue.text("priority")?)?))
        }
        Key::Issue => {
            let other = state.world.issues.get(&state.world.locate(text)?)?;
            (other.project == issue.project).then(|| number(&issue.key).cmp(&number(&other.key)))
        }
        _ => None,
    }
}

fn number(key: &str) -> u64 {
    key.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn date(key: &Key, issue: &Issue) -> Option<Timestamp> {
    let day = |field: &str| {
        let text = issue.text(field)?;
        let day = text.parse::<Date>().ok().and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        day.map(|at| at.timestamp()).or_else(|| text.parse().ok())
    };
    match key {
        Key::Created => Some(issue.created),
        Key::Updated => Some(issue.updated),
        Key::Resolved => issue.resolved,
        Key::Due => day("duedate"),
        Key::Day(id) => day(id),
        _ => None,
    }
}

/// Sorts issues; without an order the newest stand first.
pub(super) fn sort(state: &State, issues: &mut [&Issue], order: &[Order]) {
    issues.sort_by(|one, other| {
        for by in order {
            let ordering = side_by_side(state, &by.field, one, other);
            let ordering = if by.descending { ordering.reverse() } else { ordering };
            if ordering.is_ne() {
                return ordering;
            }
        }
        other.id.cmp(&one.id)
    });
}

fn side_by_side(state: &State, field: &str, one: &Issue, other: &Issue) -> Ordering {
    let Some(key) = Key::of(state, field) else { return one.id.cmp(&other.id) };
    let project = |issue: &Issue| state.world.project(issue.project).map(|project| project.key.clone());
    match &key {
        Key::Issue => project(one).cmp(&project(other)).then(number(&one.key).cmp(&number(&other.key))),
        Key::Priority => {
            let rank = |issue: &Issue| issue.text("priority").and_then(|id| id.parse::<u64>().ok()).unwrap_or(u64::MAX);
            rank(other).cmp(&rank(one))
        }
        Key::Number(id) => {
            let value = |issue: &Issue| issue.value(id).as_f64().unwrap_or(f64::MIN);
            value(one).total_cmp(&value(other))
        }
        key if key.is_date() => date(key, one).cmp(&date(key, other)),
        key => {
            let word =
                |issue: &Issue| values(state, key, issue).into_iter().next().and_then(|names| names.into_iter().next());
            word(one).cmp(&word(other))
        }
    }
}
