//! Environment variables in place of what the file says.

use toml::de::DeValue;

use super::ENV_PREFIX;
use super::check::{describe, rewrite, unknown_hints, variable};
use super::error::{Problem, Spot};
use super::node::{Node, Origin, Tree};
use super::path::Path;
use super::schema::{Kind, View};

/// Puts the variables that are settings into the document, in the order of their names.
pub(super) fn merge(root: &mut Node, view: &View<'_>, env: impl IntoIterator<Item = (String, String)>) -> Vec<Problem> {
    let mut variables: Vec<(String, String)> =
        env.into_iter().filter(|(name, _)| name.starts_with(ENV_PREFIX)).collect();
    variables.sort();
    let mut problems = Vec::new();
    for (name, value) in &variables {
        let variable = Variable { name, value, top: view };
        let steps: Vec<&str> = name[ENV_PREFIX.len()..].split("__").collect();
        let placed = if steps.iter().any(|step| step.is_empty()) {
            let fix = format!("write two underscores between the parts, as in `{ENV_PREFIX}HTTP__LISTEN`");
            Err(variable.problem(&Path::default(), "the name has an empty part".to_owned(), None, Some(fix)))
        } else {
            variable.place(root, view, &steps, &Path::default())
        };
        problems.extend(placed.err().map(|problem| *problem));
    }
    problems
}

struct Variable<'v, 's> {
    name: &'v str,
    value: &'v str,
    top: &'v View<'s>,
}

impl Variable<'_, '_> {
    fn problem(&self, path: &Path, what: String, expected: Option<String>, fix: Option<String>) -> Box<Problem> {
        Box::new(Problem { spot: Spot::Variable(self.name.to_owned()), what, expected, fix, path: path.clone() })
    }

    fn origin(&self) -> Origin {
        Origin::Env(self.name.to_owned())
    }

    /// Goes down one step; makes tables on the way where there are none.
    fn place(&self, node: &mut Node, view: &View<'_>, steps: &[&str], path: &Path) -> Result<(), Box<Problem>> {
        let Some((step, rest)) = steps.split_first() else {
            *node = self.read(view, path)?;
            return Ok(());
        };
        match &mut node.tree {
            Tree::List(items) => {
                let index = step.parse::<usize>().ok().filter(|index| *index <= items.len());
                let (Some(index), Some(shape)) = (index, view.items()) else {
                    let what = format!("`{path}` is a list, and `{step}` is no place in it");
                    let expected = "the number of an element, the first one being 0".to_owned();
                    let fix = format!("write {} to add an element", items.len());
                    return Err(self.problem(path, what, Some(expected), Some(fix)));
                };
                if index == items.len() {
                    items.push(Node::table(self.origin()));
                }
                self.place(&mut items[index], &shape, rest, &path.index(index))
            }
            Tree::Table(members) => {
                let known: Vec<&str> = view.members().into_iter().map(|(name, _)| name).collect();
                let there = members.iter().map(|(name, _)| name.as_str());
                let key = known
                    .into_iter()
                    .chain(there)
                    .find(|name| plain(name) == plain(step))
                    .map_or_else(|| step.to_lowercase(), str::to_owned);
                let at = path.key(&key);
                let Some(child) = view.child(&key) else {
                    let (expected, fix) = unknown_hints(self.top, view, &key);
                    // The meant name as a variable, since that is what has to be changed.
                    let fix = match fix.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?")) {
                        Some(meant) => match variable(&path.key(meant)) {
                            Some(meant) => format!("did you mean {}?", [&[meant.as_str()], rest].concat().join("__")),
                            None => fix.clone(),
                        },
                        None => "unset it".to_owned(),
                    };
                    return Err(self.problem(&at, format!("`{at}` is no setting"), expected, Some(fix)));
                };
                if let (Some(part), false, false) = (rest.first(), child.admits(Kind::Table), child.admits(Kind::List))
                {
                    return Err(self.no_parts(&child, &at, part));
                }
                let index = members.iter().position(|(name, _)| *name == key);
                let index = index.unwrap_or_else(|| {
                    let new = if child.kinds() == [Kind::List] {
                        Node { tree: Tree::List(Vec::new()), at: self.origin(), key_at: self.origin() }
                    } else {
                        Node::table(self.origin())
                    };
                    members.push((key, new));
                    members.len() - 1
                });
                let placed = self.place(&mut members[index].1, &child, rest, &at);
                if placed.is_err() && members[index].1.at == self.origin() {
                    // What this variable alone began must not look like a setting that somebody made.
                    members.remove(index);
                }
                placed
            }
            _ => Err(self.no_parts(view, path, step)),
        }
    }

    fn no_parts(&self, view: &View<'_>, path: &Path, part: &str) -> Box<Problem> {
        let what = format!("`{path}` has no parts, so there is no `{}` in it", part.to_lowercase());
        let fix = variable(path).map(|name| format!("set {name} itself"));
        self.problem(path, what, Some(describe(view)), fix)
    }

    /// The value: as it stands where a text is wanted, else as TOML.
    fn read(&self, view: &View<'_>, path: &Path) -> Result<Node, Box<Problem>> {
        let origin = self.origin();
        let kinds = view.kinds();
        let text = || Node { tree: Tree::Text(self.value.to_owned()), at: origin.clone(), key_at: origin.clone() };
        if view.choices().is_some() || (!kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Text)) {
            return Ok(text());
        }
        match DeValue::parse(self.value.trim()) {
            Ok(value) => Ok(Node::of_variable(value.into_inner(), self.name)),
            Err(_) if view.admits(Kind::Text) => Ok(text()),
            Err(_) => {
                let what = format!("`{path}` cannot be read from this value");
                Err(self.problem(path, what, Some(describe(view)), Some(rewrite(view, &origin, path))))
            }
        }
    }
}

/// A name without what variables cannot say.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}
