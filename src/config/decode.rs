//! From the tree to the settings' type, mistake by mistake.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::check::{describe, missing, rewrite};
use super::error::{Problem, Source};
use super::node::{Node, Origin, Tree};
use super::path::{Path, Step};
use super::schema::{Kind, View, to_toml};

/// Enough for any file of a person; an end for any other.
const MOST_MISTAKES: usize = 100;
/// Shorter values are not looked for in messages: they would be found in innocent words.
const SHORTEST_SECRET: usize = 4;

/// Reads the settings. What is broken already (see `problems`) is replaced by its default first; what `serde` finds
/// broken is noted and replaced, so that the next mistake is found as well.
pub(super) fn decode<T: DeserializeOwned>(
    source: &Source<'_>,
    view: &View<'_>,
    mut root: Node,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let whole = root.clone();
    let mut secrets = Vec::new();
    pasted(view, &whole, &mut secrets);
    for problem in problems.iter() {
        repair(view, &mut root, &problem.path);
    }
    let mut before: Option<(Path, usize)> = None;
    for _ in 0..MOST_MISTAKES {
        let error = match serde_path_to_error::deserialize::<_, T>(root.to_toml()) {
            Ok(settings) => return Some(settings),
            Err(error) => error,
        };
        let path = path_of(&root, error.path());
        let told = problems.iter().any(|problem| path.holds(&problem.path) || problem.path.holds(&path));
        if !told {
            problems.push(tell(source, view, &whole, &path, error.inner().message(), &secrets));
        }
        // What stays broken after its repair is repaired one step further up.
        let up = before.take().filter(|(same, _)| *same == path).map_or(0, |(_, up)| up + 1);
        if up >= path.0.len() || !repair(view, &mut root, &Path(path.0[..path.0.len() - up].to_vec())) {
            return None;
        }
        before = Some((path, up));
    }
    None
}

/// The problem in the words of whoever refused the value.
fn tell(source: &Source<'_>, top: &View<'_>, root: &Node, path: &Path, message: &str, secrets: &[String]) -> Problem {
    let (node, _) = root.nearest(path);
    let view = view_at(top, path);
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let member = view.as_ref().and_then(|view| view.member(name));
        return missing(source, member.as_ref(), node, path, name);
    }
    let mut message = message.trim().to_owned();
    for secret in secrets {
        message = message.replace(secret.as_str(), "…");
    }
    let message = plainly(message);
    let what = match (path.0.is_empty(), &node.tree) {
        (true, _) => message,
        _ if view.as_ref().is_some_and(View::is_duration) || speaks_of_duration(&message) => {
            format!("`{path}` is no duration")
        }
        _ => format!("`{path}` is not accepted: {message}"),
    };
    let (expected, fix) = match &view {
        Some(view) if !path.0.is_empty() => {
            if what.ends_with("is no duration") {
                let sample = if view.is_duration() { rewrite(view, &node.at, path) } else { duration(&node.at, path) };
                (Some("a duration such as `\"30s\"`, `\"5m\"` or `\"1h 30m\"`".to_owned()), Some(sample))
            } else if view.is_secret() {
                (None, Some(rewrite(view, &node.at, path)))
            } else if view.kinds() == [Kind::Text] && view.choices().is_none() {
                // The message says what was expected. An example helps only where somebody thought of one.
                let fix = view.example().or(view.default_value()).map(|_| rewrite(view, &node.at, path));
                (None, fix)
            } else {
                (Some(describe(view)), Some(rewrite(view, &node.at, path)))
            }
        }
        _ => (None, None),
    };
    Problem { spot: source.spot(&node.at), what, expected, fix, path: path.clone() }
}

/// What parsers say that were not written with settings in mind, in the words of settings.
fn plainly(message: String) -> String {
    if message.contains("relative URL without a base") {
        return "it is no web address; one begins with `https://`".to_owned();
    }
    if message.contains("invalid socket address") {
        return "it is no IP address with a port, such as `127.0.0.1:8080` or `[::]:8080`; names such as `localhost` \
                are not looked up"
            .to_owned();
    }
    message
}

/// Whether the message is that of the durations' parser. A field that only says "text" in its schema is known by it.
fn speaks_of_duration(message: &str) -> bool {
    message.contains("friendly") || message.contains("duration")
}

fn duration(at: &Origin, path: &Path) -> String {
    match at {
        Origin::Env(name) => format!("write {name}='30s', say"),
        _ if matches!(path.0.last(), Some(Step::Index(_))) => "write `\"30s\"` in its place, say".to_owned(),
        _ => format!("write `{} = \"30s\"`, say", path.last_key().unwrap_or_default()),
    }
}

/// Puts something that works in place of what is broken: the default by leaving it out, else a sample.
fn repair(top: &View<'_>, root: &mut Node, path: &Path) -> bool {
    let Some((parent, last)) = path.split_last() else { return false };
    let required = match last {
        Step::Key(key) => view_at(top, &parent).is_some_and(|view| view.required().contains(&key.as_str())),
        Step::Index(_) => true,
    };
    if !required {
        return root.remove(path);
    }
    let Some(sample) = view_at(top, path).and_then(|view| to_toml(&view.sample(path))) else { return false };
    let node = Node { tree: of_toml(sample), at: Origin::Root, key_at: Origin::Root };
    match (root.at_mut(path), last) {
        (Some(broken), _) => *broken = node,
        (None, Step::Key(key)) => match root.at_mut(&parent).map(|parent| &mut parent.tree) {
            Some(Tree::Table(members)) => members.push((key.clone(), node)),
            _ => return false,
        },
        (None, Step::Index(_)) => return false,
    }
    true
}

fn of_toml(value: toml::Value) -> Tree {
    let node = |value| Node { tree: of_toml(value), at: Origin::Root, key_at: Origin::Root };
    match value {
        toml::Value::String(text) => Tree::Text(text),
        toml::Value::Integer(number) => Tree::Integer(number),
        toml::Value::Float(number) => Tree::Float(number),
        toml::Value::Boolean(truth) => Tree::Boolean(truth),
        toml::Value::Datetime(date) => Tree::Date(date.to_string()),
        toml::Value::Array(items) => Tree::List(items.into_iter().map(node).collect()),
        toml::Value::Table(members) => {
            Tree::Table(members.into_iter().map(|(name, member)| (name, node(member))).collect())
        }
    }
}

/// The place in the schema at the end of the way.
fn view_at<'s>(top: &View<'s>, path: &Path) -> Option<View<'s>> {
    path.0.iter().try_fold(top.clone(), |view, step| match step {
        Step::Key(key) => view.child(key),
        Step::Index(_) => view.items(),
    })
}

/// The way that `serde` went, as far as it leads through the document.
fn path_of(root: &Node, serde: &serde_path_to_error::Path) -> Path {
    let mut path = Path::default();
    for segment in serde {
        let next = match segment {
            Segment::Map { key } => path.key(key),
            Segment::Seq { index } => path.index(*index),
            Segment::Enum { variant } => path.key(variant),
            Segment::Unknown => break,
        };
        // A variant is a step only where it is written as one.
        if root.nearest(&next).1 {
            path = next;
        }
    }
    path
}

/// What stands where a secret's reference belongs and is none: it may be the secret itself.
fn pasted(view: &View<'_>, node: &Node, found: &mut Vec<String>) {
    match &node.tree {
        Tree::Text(text) if view.is_secret() && text.len() >= SHORTEST_SECRET => found.push(text.clone()),
        Tree::Table(members) => {
            for (name, member) in members {
                if let Some(child) = view.child(name) {
                    pasted(&child, member, found);
                }
            }
        }
        Tree::List(items) => {
            if let Some(shape) = view.items() {
                for item in items {
                    pasted(&shape, item, found);
                }
            }
        }
        _ => {}
    }
}
