//! The plain record that an operation is erased into. It is kept whole: every surface reads it from here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{Caller, FieldKind, Found, MoreField, Outcome, Preview, Spec};
use crate::model::{Fault, Object, Role};

/// A registered operation.
#[derive(Clone)]
pub struct Declaration {
    /// Name, effect and grammar.
    pub spec: Spec,
    /// The first sentence of its help.
    pub summary: String,
    /// The rest of its help; may be empty.
    pub detail: String,
    /// The JSON Schema of its parameters.
    pub schema: Value,
    /// Its parameters in the order of their declaration.
    pub params: Vec<Param>,
    /// What runs it.
    pub run: Arc<dyn Run>,
}

/// One parameter, as read off the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The field's name.
    pub name: String,
    /// The field's doc comment.
    pub help: String,
    /// How it is given.
    pub kind: FieldKind,
    /// Whether it must be given.
    pub required: bool,
    /// The value that is taken where none is given.
    pub default: Option<Value>,
    /// The completion that knows its values (`x-complete`);
    /// separated by blanks where there are several.
    pub complete: Option<String>,
    /// The subjects that it can be read off (`x-subject`), see [`super::Operation`]: below the card of one it may be left
    /// out, also where it is required.
    pub subjects: Vec<String>,
    /// Which part of a message it is (`x-message`), see [`crate::model::Quote::part`].
    pub message: Option<String>,
    /// What the value is among the arguments, where the kind alone does not say.
    pub shape: Shape,
    /// The smallest whole number that is taken.
    pub minimum: Option<i64>,
    /// The greatest whole number that is taken.
    pub maximum: Option<i64>,
    /// A value as somebody might give it, from the schema's `examples`.
    pub example: Option<String>,
    /// What each choice means, by its value; only those that say so.
    pub meanings: BTreeMap<String, String>,
    /// What people call it where that is not its name: the label of a further field ([`super::MoreField`]).
    pub label: Option<String>,
    /// Whether people never see it (`x-hidden`).
    pub hidden: bool,
}

impl Param {
    /// What it is called where something is wrong with it.
    #[must_use]
    pub fn called(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }
}

/// What a value is among the arguments. The kind says how a person gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// Just what the kind says: text, a whole number, yes or no, a list of texts.
    #[default]
    Plain,
    /// A number that need not be whole, given as a line.
    Number,
    /// Whole numbers, given as a list.
    Integers,
    /// An object of texts, given as a list of `name=value`.
    Map,
    /// Any JSON, given as long text.
    Json,
}

impl Declaration {
    /// The parts of the name: service, noun and verb. A part that is not there is empty.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &'static str, &'static str) {
        let mut parts = self.spec.name.splitn(3, '.');
        let mut part = || parts.next().unwrap_or_default();
        (part(), part(), part())
    }

    /// The service that it belongs to.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.parts().0
    }

    /// The name as it is typed: `github issue close`.
    #[must_use]
    pub fn words(&self) -> String {
        self.spec.name.replace('.', " ")
    }

    /// The role that it demands.
    #[must_use]
    pub fn role(&self) -> Role {
        self.spec.role.unwrap_or_else(|| self.spec.effect.default_role())
    }

    /// The one word by which what is used on messages can be called where a command is one word (Telegram).
    #[must_use]
    pub fn short(&self) -> Option<&'static str> {
        let word = self.spec.aliases.iter().copied().find(|alias| !alias.contains(' '));
        word.filter(|_| self.spec.from_message.is_some())
    }

    /// The parameters that people see.
    pub fn shown(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| !param.hidden)
    }

    /// Whether this is how a further field is called, `<the map's name>.<the field's name>`: see [`super::Operation::more`].
    #[must_use]
    pub fn is_further(&self, name: &str) -> bool {
        self.spec.more.and_then(|map| name.strip_prefix(map)).is_some_and(|rest| rest.starts_with('.'))
    }

    /// The parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.name == name)
    }
}

/// An operation without its types.
pub trait Run: Send + Sync {
    /// Whether these arguments can be read.
    ///
    /// # Errors
    /// `BadInput` naming the field and what was expected.
    fn check(&self, args: &Object) -> Result<(), Fault>;
    /// Runs it. See [`super::Operation::run`].
    fn run<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Outcome, Fault>>;
    /// Looks it up. See [`super::Operation::find`].
    fn find<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Found, Fault>>;
    /// Previews it. See [`super::Operation::preview`].
    fn preview<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Option<Preview>, Fault>>;
    /// Tells the further fields. See [`super::Operation::more`].
    fn more<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Vec<MoreField>, Fault>>;
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration").field("spec", &self.spec).field("params", &self.params).finish_non_exhaustive()
    }
}
