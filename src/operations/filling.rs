//! Reads a form that was sent.

use std::collections::BTreeMap;

use super::grammar::is_given;
use super::reader::read;
use super::{Declaration, FieldKind, Shape};
use crate::model::Object;

/// The arguments that a sent form stands for. A form shows every parameter, so what is absent from `values` was left
/// or made empty; `known` only keeps what is no parameter a form shows.
///
/// # Errors
/// Every field that cannot be read, with what was expected of it.
pub fn read_form(
    operation: &Declaration,
    values: &BTreeMap<String, String>,
    known: &Object,
) -> Result<Object, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let mut args = Object::new();
    for param in &operation.params {
        let text = values.get(&param.name).map(|text| match (&param.kind, param.shape) {
            (FieldKind::Long, Shape::Plain) => text.trim_end(),
            _ => text.trim(),
        });
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
            errors.push((param.name.clone(), format!("`{}` is needed", param.name)));
        }
    }
    for (name, value) in known.iter().filter(|(name, _)| operation.param(name).is_none()) {
        args.insert(name.clone(), value.clone());
    }
    if errors.is_empty() { Ok(args) } else { Err(errors) }
}
