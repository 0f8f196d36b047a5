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
        let (what, fix) = explain(error.message());
        let what = error.span().and_then(|span| source.text.get(span)).filter(|_| what == "duplicate key").map_or_else(
            || format!("this is not TOML: {what}"),
            |key| format!("`{}` is there a second time", key.trim()),
        );
        let problem = Problem {
            spot: source.spot(&origin),
            what,
            expected: None,
            fix: fix.map(str::to_owned),
            path: Path::default(),
        };
        problems.push(problem);
    }
    problems.sort_by(|one, other| one.spot.cmp(&other.spot));
    problems.dedup_by_key(|problem| match &problem.spot {
        super::Spot::File { line, .. } => *line,
        _ => 0,
    });
    Err(ConfigError::new(problems))
}

/// The parser's message, and what to do about the most common mistakes.
fn explain(message: &str) -> (&str, Option<&'static str>) {
    let fix = if message.contains("duplicate key") {
        "keep one of the two; a section may be written only once, too"
    } else if message.contains("string values must be quoted") {
        "put the value between quotes"
    } else if message.contains("invalid basic string") || message.contains("missing closing quote") {
        "close the quotes on the same line"
    } else if message.contains("extra") || message.contains("key with no value") {
        "write one `name = value` a line"
    } else {
        return (message, None);
    };
    (message, Some(fix))
}
