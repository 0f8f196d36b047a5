//! Erases an operation's type into the plain record that the registry keeps.

use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::nearest::did_you_mean;
use super::prose::{first_sentence, prose};
use super::reader::{complaint, written};
use super::{Caller, Declaration, FieldKind, Found, MoreField, Operation, Outcome, Param, Preview, Run, Shape, schema};
use crate::model::{Fault, Object};

/// The record of the operation `T`, which runs on `on`.
#[must_use]
pub fn declare<T: Operation>(on: &Arc<T::On>) -> Declaration {
    let settings = || SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    // With references, a field's own doc comment can be told from that of its type.
    let root = settings().into_generator().into_root_schema_for::<T>().to_value();
    let inlined = settings().with(|settings| settings.inline_subschemas = true);
    let params = schema::params(&root);
    let (summary, detail) = first_sentence(&prose(root.get("description").and_then(Value::as_str).unwrap_or_default()));
    Declaration {
        spec: T::SPEC,
        summary,
        detail,
        schema: inlined.into_generator().into_root_schema_for::<T>().to_value(),
        params: params.clone(),
        run: Arc::new(Erased::<T> { on: Arc::clone(on), params, operation: PhantomData }),
    }
}

/// An operation whose type is forgotten.
struct Erased<T: Operation> {
    on: Arc<T::On>,
    params: Vec<Param>,
    operation: PhantomData<fn() -> T>,
}

impl<T: Operation> Erased<T> {
    fn read(&self, args: &Object) -> Result<T, Fault> {
        serde_path_to_error::deserialize(args).map_err(|error| {
            let path = error.path().to_string();
            explain(&self.params, args, &path, &error.into_inner().to_string())
        })
    }
}

impl<T: Operation> Run for Erased<T> {
    fn check(&self, args: &Object) -> Result<(), Fault> {
        self.read(args).map(drop)
    }

    fn run<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Outcome, Fault>> {
        Box::pin(async move { self.read(args)?.run(&self.on, by).await })
    }

    fn find<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Found, Fault>> {
        Box::pin(async move { self.read(args)?.find(&self.on, by).await })
    }

    fn preview<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Option<Preview>, Fault>> {
        Box::pin(async move { self.read(args)?.preview(&self.on, by).await })
    }

    fn more<'a>(&'a self, args: &'a Object, by: &'a Caller) -> BoxFuture<'a, Result<Vec<MoreField>, Fault>> {
        Box::pin(async move { self.read(args)?.more(&self.on, by).await })
    }
}

/// Says in plain words why these arguments could not be read. `path` and `message` are what serde says of it.
fn explain(params: &[Param], args: &Object, path: &str, message: &str) -> Fault {
    let names = || params.iter().map(|param| param.name.as_str());
    let shown = || params.iter().filter(|param| !param.hidden).map(|param| param.name.as_str());
    if message.starts_with("unknown field")
        && let Some(name) = args.keys().find(|name| names().all(|known| known != name.as_str()))
    {
        let known = shown().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "it takes none".to_owned() } else { format!("it takes {known}") };
        return Fault::bad_input(name, format!("There is no field `{name}`; {known}{}", did_you_mean(name, shown())));
    }
    if message.starts_with("missing field")
        && let Some(param) = params.iter().find(|param| param.required && !args.contains_key(&param.name))
    {
        return Fault::bad_input(&param.name, format!("`{}` is missing. {}", param.name, param.help));
    }
    let field = path.split(['.', '[']).next().unwrap_or_default();
    let Some(param) = params.iter().find(|param| param.name == field) else {
        return Fault::bad_input("arguments", format!("The arguments cannot be read: {message}"));
    };
    if param.shape == Shape::Json {
        return Fault::bad_input(&param.name, format!("`{path}` is not as it should be: {message}"));
    }
    let given = args.get(&param.name).unwrap_or(&Value::Null);
    // serde's own messages speak of Rust; those of a type's own reading say what it expects.
    let own = !["invalid type", "invalid value", "invalid length", "unknown variant", "missing field", "unknown field"]
        .iter()
        .any(|start| message.starts_with(start));
    let text = if own && !matches!(param.kind, FieldKind::Choice(_) | FieldKind::Choices(_)) {
        format!("`{}`: {message}", param.name)
    } else {
        complaint(param, &culprit(param, given))
    };
    Fault::bad_input(&param.name, text)
}

/// The part of a value that is to blame: of several choices, the one that is none.
fn culprit(param: &Param, given: &Value) -> String {
    match (&param.kind, given) {
        (FieldKind::Choices(choices), Value::Array(several)) => several
            .iter()
            .find(|one| choices.iter().all(|choice| one.as_str() != Some(&choice.value)))
            .map_or_else(|| written(given), written),
        (FieldKind::List, Value::Array(several)) => {
            several.iter().find(|one| !one.is_string()).map_or_else(|| written(given), written)
        }
        _ => written(given),
    }
}
