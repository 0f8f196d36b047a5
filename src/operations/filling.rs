//! Reads a form that was sent.

use std::collections::BTreeMap;

use super::desk::whole;
use super::grammar::is_given;
use super::reader::read;
use super::{Declaration, FieldKind, Shape};
use crate::model::Object;

/// The arguments that a sent form stands for, see `fill_in`.
///
/// # Errors
/// Every field that cannot be read, with what was expected of it.
pub fn read_form(
    operation: &Declaration,
    values: &BTreeMap<String, String>,
    known: &Object,
    shown: &[String],
) -> Result<Object, Vec<(String, String)>> {
    let (args, errors) = fill_in(operation, values, known, shown);
    if errors.is_empty() { Ok(args) } else { Err(errors) }
}

/// The arguments that a sent form stands for, and every field that cannot be read, with what was expected of it. What the
/// form showed (`shown`; all, where that is empty) and is absent from `values` was left or made empty; of what it did not
/// show, `known` stands.
pub(super) fn fill_in(
    operation: &Declaration,
    values: &BTreeMap<String, String>,
    known: &Object,
    shown: &[String],
) -> (Object, Vec<(String, String)>) {
    let mut errors = Vec::new();
    let mut args = Object::new();
    let is_shown = |name: &str| shown.is_empty() || shown.iter().any(|one| one == name);
    for param in operation.shown().filter(|param| is_shown(&param.name)) {
        let text = values.get(&param.name).map(|text| match (&param.kind, param.shape) {
            (FieldKind::Long, Shape::Plain) => text.trim_end(),
            _ => text.trim(),
        });
        let all = text.filter(|_| param.kind == FieldKind::Long).and_then(|text| whole(known, &param.name, text));
        let text = all.as_deref().or(text);
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => match read(param, text) {
                Ok(value) => {
                    args.insert(param.name.clone(), value);
                }
                Err(error) => errors.push((param.name.clone(), error)),
            },
            // A flag that was filled in and is taken away again says no.
            None if param.kind == FieldKind::Flag => {
                let was = known.get(&param.name).or(param.default.as_ref());
                if param.required || was.is_some_and(|was| *was == true) {
                    args.insert(param.name.clone(), false.into());
                }
            }
            None => {}
        }
        if param.required && !is_given(&args, &param.name) && errors.iter().all(|(name, _)| *name != param.name) {
            errors.push((param.name.clone(), format!("`{}` is needed", param.called())));
        }
    }
    let asked = |name: &str| is_shown(name) && operation.param(name).is_some_and(|param| !param.hidden);
    for (name, value) in known.iter().filter(|(name, _)| !asked(name)) {
        args.insert(name.clone(), value.clone());
    }
    (args, errors)
}

/// The arguments that the options of a native command stand for; what is absent was not given.
///
/// # Errors
/// Every option that cannot be read, with what was expected of it.
pub(super) fn read_options(
    operation: &Declaration,
    values: &BTreeMap<String, String>,
) -> Result<Object, Vec<(String, String)>> {
    let (mut args, mut errors) = (Object::new(), Vec::new());
    for (name, text) in values.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let Some(param) = operation.param(name).filter(|param| !param.hidden) else {
            errors.push((name.clone(), format!("{} has no option `{name}` any more", operation.words())));
            continue;
        };
        match read(param, text.trim()) {
            Ok(value) => {
                args.insert(name.clone(), value);
            }
            Err(error) => errors.push((name.clone(), error)),
        }
    }
    if errors.is_empty() { Ok(args) } else { Err(errors) }
}
