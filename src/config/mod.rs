//! The loader: one TOML file and environment variables to typed settings.
//!
//! `app.rs` owns the settings' type, each room owns its section; [`load`] reads them and [`example()`] writes the
//! commented file to start from. All mistakes are told at once, each with file, line, column (or the variable's name),
//! the setting, what was expected and the fix. A secret that was pasted where its reference belongs is not repeated.
//!
//! What a type's schema says is checked by walking the document along it; what only the type itself knows (a duration, a
//! place) is found by `serde`, mistake by mistake, with the broken part replaced by its default in between.

mod check;
mod decode;
mod env;
mod error;
mod example;
mod node;
mod path;
mod schema;
mod syntax;
#[cfg(test)]
mod tests;

use std::path::Path as FilePath;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

pub use error::{Complaint, ConfigError, Problem, Spot};
pub use example::{example, uncomment};

use error::Source;
use node::Node;
use schema::View;

/// What the names of environment variables that are settings begin with.
pub const ENV_PREFIX: &str = "QUARTERDECK__";

/// Reads the settings from `file` (none: from the environment alone), with variables such as
/// `QUARTERDECK__HTTP__LISTEN` in place of what the file says. Other variables are not looked at.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn load<T: DeserializeOwned + JsonSchema>(
    file: Option<&FilePath>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    load_with(file, env, |_| Vec::new())
}

/// Like [`load`], then asks `validate` what is wrong with the settings as a whole; its complaints are told with file and
/// line, too.
///
/// # Errors
/// Everything that is wrong, in the order of the file.
pub fn load_with<T: DeserializeOwned + JsonSchema>(
    file: Option<&FilePath>,
    env: impl IntoIterator<Item = (String, String)>,
    validate: impl FnOnce(&T) -> Vec<Complaint>,
) -> Result<T, ConfigError> {
    let Some(file) = file else {
        return read(&Source { name: None, text: "" }, env, validate);
    };
    let name = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => read(&Source { name: Some(&name), text: &text }, env, validate),
        Err(error) => Err(ConfigError::unreadable(&name, &error)),
    }
}

/// Like [`load`], from a text that is called `name` in errors.
///
/// # Errors
/// Everything that is wrong, in the order of the text.
pub fn check_text<T: DeserializeOwned + JsonSchema>(
    name: &str,
    text: &str,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    check_text_with(name, text, env, |_| Vec::new())
}

/// Like [`load_with`], from a text that is called `name` in errors.
///
/// # Errors
/// Everything that is wrong, in the order of the text.
pub fn check_text_with<T: DeserializeOwned + JsonSchema>(
    name: &str,
    text: &str,
    env: impl IntoIterator<Item = (String, String)>,
    validate: impl FnOnce(&T) -> Vec<Complaint>,
) -> Result<T, ConfigError> {
    read(&Source { name: Some(name), text }, env, validate)
}

/// Like [`check_text`], for settings without environment variables.
///
/// # Errors
/// Everything that is wrong, in the order of the text.
pub fn load_text<T: DeserializeOwned + JsonSchema>(text: &str) -> Result<T, ConfigError> {
    check_text("quarterdeck.toml", text, std::iter::empty())
}

fn read<T: DeserializeOwned + JsonSchema>(
    source: &Source<'_>,
    env: impl IntoIterator<Item = (String, String)>,
    validate: impl FnOnce(&T) -> Vec<Complaint>,
) -> Result<T, ConfigError> {
    let mut root: Node = syntax::parse(source)?;
    let schema = schemars::schema_for!(T).to_value();
    let view = View::of(&schema);
    let mut problems = env::merge(&mut root, &view, env);
    check::check(source, &view, &root, &mut problems);
    let settings = decode::decode::<T>(source, &view, root.clone(), &mut problems);
    if let (Some(settings), true) = (&settings, problems.is_empty()) {
        problems.extend(validate(settings).into_iter().map(|complaint| complaint.locate(source, &root)));
    }
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(ConfigError::new(problems)),
    }
}
