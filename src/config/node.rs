//! The document as a tree that knows where each part was written.

use toml::de::{DeTable, DeValue};

use super::path::{Path, Step};

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// In the file, at this byte.
    File(usize),
    /// In this environment variable.
    Env(String),
    /// Nowhere: the root of the document.
    Root,
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The value.
    pub(super) tree: Tree,
    /// Where the value stands.
    pub(super) at: Origin,
    /// Where its key or header stands.
    pub(super) key_at: Origin,
}

/// A value of TOML.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Text(String),
    Integer(i64),
    /// A whole number that does not fit into 64 bits, as it was written.
    Huge(String),
    Float(f64),
    Boolean(bool),
    /// A date or time, as it was written; the settings read it as a text.
    Date(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    /// A table with nothing in it.
    pub(super) fn table(at: Origin) -> Self {
        Self { tree: Tree::Table(Vec::new()), key_at: at.clone(), at }
    }

    /// The tree of a parsed document.
    pub(super) fn of_document(table: DeTable<'_>) -> Self {
        Self { tree: of_table(table), at: Origin::Root, key_at: Origin::Root }
    }

    /// The tree of the value of an environment variable.
    pub(super) fn of_variable(value: DeValue<'_>, name: &str) -> Self {
        let at = Origin::Env(name.to_owned());
        let mut node = Self { tree: of_value(value), at: at.clone(), key_at: at };
        node.originate(name);
        node
    }

    fn originate(&mut self, name: &str) {
        self.at = Origin::Env(name.to_owned());
        self.key_at = self.at.clone();
        match &mut self.tree {
            Tree::List(items) => items.iter_mut().for_each(|item| item.originate(name)),
            Tree::Table(members) => members.iter_mut().for_each(|(_, member)| member.originate(name)),
            _ => {}
        }
    }

    /// What kind of value it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.tree {
            Tree::Text(_) => "a text",
            Tree::Integer(_) | Tree::Huge(_) => "a whole number",
            Tree::Float(_) => "a number with a fraction",
            Tree::Boolean(true) => "`true`",
            Tree::Boolean(false) => "`false`",
            Tree::Date(_) => "a date or time",
            Tree::List(_) => "a list",
            Tree::Table(_) => "a table",
        }
    }

    /// The member of this name.
    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        match &self.tree {
            Tree::Table(members) => members.iter().find_map(|(name, member)| (name == key).then_some(member)),
            _ => None,
        }
    }

    /// What stands at the end of the way, or the last thing on the way that is there.
    pub(super) fn nearest(&self, path: &Path) -> (&Self, bool) {
        let mut node = self;
        for step in &path.0 {
            match (step, &node.tree) {
                (Step::Key(key), Tree::Table(_)) => match node.member(key) {
                    Some(member) => node = member,
                    None => return (node, false),
                },
                (Step::Index(index), Tree::List(items)) => match items.get(*index) {
                    Some(item) => node = item,
                    None => return (node, false),
                },
                _ => return (node, false),
            }
        }
        (node, true)
    }

    /// What stands at the end of the way, to be changed.
    pub(super) fn at_mut(&mut self, path: &Path) -> Option<&mut Self> {
        let mut node = self;
        for step in &path.0 {
            node = match (step, &mut node.tree) {
                (Step::Key(key), Tree::Table(members)) => {
                    members.iter_mut().find_map(|(name, member)| (name == key).then_some(member))?
                }
                (Step::Index(index), Tree::List(items)) => items.get_mut(*index)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// Takes the member at the end of the way out of its table; whether it was there.
    pub(super) fn remove(&mut self, path: &Path) -> bool {
        let Some((parent, Step::Key(key))) = path.split_last() else { return false };
        match self.at_mut(&parent).map(|parent| &mut parent.tree) {
            Some(Tree::Table(members)) => {
                let before = members.len();
                members.retain(|(name, _)| name != key);
                members.len() < before
            }
            _ => false,
        }
    }

    /// The value without its origins, for `serde`.
    pub(super) fn to_toml(&self) -> toml::Value {
        match &self.tree {
            Tree::Text(text) | Tree::Date(text) | Tree::Huge(text) => toml::Value::String(text.clone()),
            Tree::Integer(number) => toml::Value::Integer(*number),
            Tree::Float(number) => toml::Value::Float(*number),
            Tree::Boolean(truth) => toml::Value::Boolean(*truth),
            Tree::List(items) => toml::Value::Array(items.iter().map(Self::to_toml).collect()),
            Tree::Table(members) => {
                toml::Value::Table(members.iter().map(|(name, member)| (name.clone(), member.to_toml())).collect())
            }
        }
    }
}

fn of_table(table: DeTable<'_>) -> Tree {
    let members = table.into_iter().map(|(key, value)| {
        let key_at = Origin::File(key.span().start);
        let at = Origin::File(value.span().start);
        (key.into_inner().into_owned(), Node { tree: of_value(value.into_inner()), at, key_at })
    });
    Tree::Table(members.collect())
}

fn of_value(value: DeValue<'_>) -> Tree {
    match value {
        DeValue::String(text) => Tree::Text(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Tree::Huge(number.to_string()), Tree::Integer),
        DeValue::Float(number) => number.as_str().parse().map_or_else(|_| Tree::Huge(number.to_string()), Tree::Float),
        DeValue::Boolean(truth) => Tree::Boolean(truth),
        DeValue::Datetime(date) => Tree::Date(date.to_string()),
        DeValue::Array(items) => Tree::List(
            items
                .into_iter()
                .map(|item| {
                    let at = Origin::File(item.span().start);
                    Node { tree: of_value(item.into_inner()), key_at: at.clone(), at }
                })
                .collect(),
        ),
        DeValue::Table(table) => of_table(table),
    }
}
