//! The plain record that an operation is erased into. It is kept whole: every surface reads it from here.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{Caller, FieldKind, Found, Outcome, Spec};
use crate::model::{Card, Fault, Object};

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
    /// The completion that knows its values (`x-complete`).
    pub complete: Option<String>,
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
    fn preview<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Option<Card>, Fault>>;
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration").field("spec", &self.spec).field("params", &self.params).finish_non_exhaustive()
    }
}
