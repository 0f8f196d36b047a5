//! From the text to the tree.

use toml::de::DeTable;

use super::error::{ConfigError, Problem, Source};
use super::node::{Node, Origin};
use super::path::Path;

/// Parses the text.
///
/// # Errors
/// The mistakes in the grammar, the first one of each line: what follows in a line is mostly an echo.
pub(super) fn parse(source: &Source<'_>) -> Result<Node, ConfigError> {
    let (table, errors) = DeTable::parse_recoverable(source.text);
    if errors.is_empty() {
        return Ok(Node::of_document(table.into_inner()));
    }
    let mut problems: Vec<Problem> = Vec::new();
    for error in errors {
        let origin = error.span().map_or(Origin::Root, |span| Origin::File(span.start));
        let there = error.span().and_then(|span| source.text.get(span)).unwrap_or_default();
        let (what, expected, fix) = explain(error.message(), there.trim());
        problems.push(Problem { spot: source.spot(&origin), what, expected, fix: Some(fix), path: Path::default() });
    }
    problems.sort_by(|one, other| one.spot.cmp(&other.spot));
    problems.dedup_by_key(|problem| match &problem.spot {
        super::Spot::File { line, .. } => *line,
        _ => 0,
    });
    Err(ConfigError::new(problems))
}

/// The parser's message in our words, and what to do. What stands there is repeated only where it is a name: a value may be
/// a secret.
fn explain(message: &str, there: &str) -> (String, Option<String>, String) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, "nothing"));
    if what == "duplicate key" {
        let fix = "keep one of the two; a section may be written only once, too";
        return (format!("`{there}` is there a second time"), None, fix.to_owned());
    }
    let is = |starts: &[&str]| starts.iter().any(|start| what.starts_with(start));
    let mut rest = None;
    let fix = if ["yes", "no", "on", "off", "True", "False", "TRUE", "FALSE"].contains(&there) {
        "write `true` or `false`".to_owned()
    } else if is(&["string values must be quoted"]) && there.is_empty() {
        "write a value behind the `=`, or remove the line".to_owned()
    } else if is(&["string values must be quoted", "invalid float", "invalid integer", "invalid date", "invalid time"])
    {
        "put a text between quotes; write a number with digits only".to_owned()
    } else if is(&["missing escaped value", "invalid escape"]) {
        "write a backslash as `\\\\`, or put the text between single quotes".to_owned()
    } else if is(&["invalid basic string"]) {
        "close the quotes on the same line".to_owned()
    } else if is(&["key with no value", "invalid key-value pair", "invalid unquoted key"]) {
        "write `name = value`, or `[section]`".to_owned()
    } else if expected.starts_with('`') && !expected.contains(", ") {
        format!("write {expected} here")
    } else {
        rest = Some(expected.to_owned()).filter(|expected| expected != "nothing");
        "write one `name = value` a line; https://toml.io shows the form".to_owned()
    };
    (format!("this is not TOML: {what}"), rest, fix)
}
