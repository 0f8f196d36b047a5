//! The plan of the house: which room may use which, and how large a file may grow.

use crate::sources::{self, Placed, Source, Token};

/// Each room with the rooms that it may use; `*` means all.
const PLAN: [(&str, &[&str]); 18] = [
    ("main", &["*"]),
    ("lib", &["*"]),
    ("cli", &["*"]),
    ("app", &["*"]),
    ("stage", &["*"]),
    ("demo", &["*"]),
    ("http", &["operations", "routing", "delivery", "vault", "model"]),
    ("chat", &["operations", "delivery", "vault", "store", "model"]),
    ("connectors", &["operations", "routing", "delivery", "vault", "model"]),
    ("operations", &["routing", "delivery", "store", "model"]),
    ("routing", &["delivery", "store", "model"]),
    ("delivery", &["vault", "store", "model"]),
    ("vault", &["store", "config", "model"]),
    ("store", &["config", "model"]),
    ("config", &["model"]),
    ("telemetry", &["config", "model"]),
    ("model", &[]),
    ("sandbox", &[]),
];

/// The longest file, in lines.
const LONGEST: usize = 600;

/// An arrow: a place in the source that names another room.
#[derive(Debug, PartialEq, Eq)]
struct Arrow {
    line: usize,
    to: String,
}

/// Every room that these tokens name, by `crate::…`, `use crate::{…}`, or `super::…` beyond the top of their own room.
fn arrows(tokens: &[Placed], depth: usize) -> Vec<Arrow> {
    let mut found = Vec::new();
    // For each open brace, whether it is a module's.
    let mut braces: Vec<bool> = Vec::new();
    for (at, (_, token)) in tokens.iter().enumerate() {
        match token {
            Token::Sign("{") => braces.push(opens_module(&tokens[..at])),
            Token::Sign("}") => drop(braces.pop()),
            Token::Word(word) if word == "crate" || word == "quarterdeck" => {
                if let Some((_, Token::Sign("::"))) = tokens.get(at + 1) {
                    names(&tokens[at + 2..], &mut found);
                }
            }
            Token::Word(word) if word == "super" && !is_after_path(&tokens[..at]) => {
                let mut supers = 1;
                let mut next = at + 1;
                while is(tokens.get(next), "::") && word_at(tokens, next + 1) == Some("super") {
                    supers += 1;
                    next += 2;
                }
                let inside = depth + braces.iter().filter(|module| **module).count();
                if supers >= inside && is(tokens.get(next), "::") {
                    names(&tokens[next + 1..], &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// The names at the beginning: one, or all of a group at its first level.
fn names(tokens: &[Placed], found: &mut Vec<Arrow>) {
    if !is(tokens.first(), "{") {
        if let Some((line, Token::Word(to))) = tokens.first() {
            found.push(Arrow { line: *line, to: to.clone() });
        }
        return;
    }
    let (mut depth, mut first) = (0, true);
    for (line, token) in tokens {
        match token {
            Token::Sign("{") => {
                depth += 1;
                first = depth == 1;
            }
            Token::Sign("}") if depth == 1 => return,
            Token::Sign("}") => depth -= 1,
            Token::Sign(",") => first = depth == 1,
            Token::Word(to) if first => {
                found.push(Arrow { line: *line, to: to.clone() });
                first = false;
            }
            _ => {}
        }
    }
}

fn is(token: Option<&Placed>, sign: &str) -> bool {
    matches!(token, Some((_, Token::Sign(found))) if *found == sign)
}

fn word_at(tokens: &[Placed], at: usize) -> Option<&str> {
    match tokens.get(at) {
        Some((_, Token::Word(word))) => Some(word),
        _ => None,
    }
}

fn is_after_path(before: &[Placed]) -> bool {
    is(before.last(), "::")
}

/// Whether the brace after these tokens opens a module: `mod name {`.
fn opens_module(before: &[Placed]) -> bool {
    before.len() >= 2 && word_at(before, before.len() - 2) == Some("mod") && word_at(before, before.len() - 1).is_some()
}

/// What is wrong with one file's arrows, each as `file:line: …`.
fn wrong_arrows(source: &Source) -> Vec<String> {
    let room = source.room();
    let Some((_, may)) = PLAN.iter().find(|(name, _)| *name == room) else {
        return vec![format!("src/{}: the room `{room}` is not in the plan of tests/it/rooms.rs", source.path)];
    };
    if may.contains(&"*") || source.is_tests() {
        return Vec::new();
    }
    let is_room = |name: &str| PLAN.iter().any(|(room, _)| *room == name);
    arrows(&source.tokens, source.depth())
        .into_iter()
        .filter(|arrow| arrow.to != room && !may.contains(&arrow.to.as_str()))
        .map(|Arrow { line, to }| {
            let what = if is_room(&to) { "may not use" } else { "uses something at the top of the crate:" };
            let allowed = if may.is_empty() { "nothing".to_owned() } else { may.join(", ") };
            format!("src/{}:{line}: `{room}` {what} `{to}`; it may use {allowed}", source.path)
        })
        .collect()
}

#[test]
fn every_arrow_points_the_right_way() {
    let sources = sources::all();
    let wrong: Vec<String> = sources.iter().flat_map(wrong_arrows).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let seen = sources.iter().flat_map(|source| arrows(&source.tokens, source.depth())).count();
    assert!(seen > 300, "the parser sees only {seen} arrows");
}

#[test]
fn no_file_is_too_long_and_every_file_says_what_it_is() {
    let sources = sources::all();
    let length = |source: &Source| source.text.lines().count();
    let long: Vec<String> = sources
        .iter()
        .filter(|source| length(source) > LONGEST)
        .map(|source| format!("src/{} has {} lines; at most {LONGEST}", source.path, length(source)))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
    let silent = |source: &&Source| !source.is_tests() && !source.text.starts_with("//!");
    let silent: Vec<&str> = sources.iter().filter(silent).map(|source| source.path.as_str()).collect();
    assert!(silent.is_empty(), "these files do not begin with what they are (`//!`): {silent:?}");
    let mut lengths: Vec<usize> = sources.iter().map(length).collect();
    lengths.sort_unstable();
    let at = |part: usize| lengths[(lengths.len() - 1) * part / 100];
    println!("{} files: median {} lines, p90 {}, longest {}", lengths.len(), at(50), at(90), at(100));
    assert!(at(50) < 200, "most files are under 200 lines, and the median is {}", at(50));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, depth: usize) -> Vec<(usize, String)> {
        arrows(&sources::tokens(text), depth).into_iter().map(|arrow| (arrow.line, arrow.to)).collect()
    }

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned(), tokens: sources::tokens(text) }
    }

    #[test]
    fn the_parser_sees_every_way_to_name_a_room() {
        let arrow = |line, to: &str| vec![(line, to.to_owned())];
        assert_eq!(found("use crate::store::Store;", 2), arrow(1, "store"));
        assert_eq!(found("fn f() {\n    crate::vault::door();\n}", 2), arrow(2, "vault"));
        assert_eq!(found("pub(in crate::chat) fn f() {}", 2), arrow(1, "chat"));
        assert_eq!(found("use quarterdeck::cli;", 0), arrow(1, "cli"));
        let group = "use crate::{\n    model::{Card, Clock},\n    store,\n    delivery::tables::{Dead, Seen as S},\n};";
        let names: Vec<_> = found(group, 2);
        assert_eq!(names, [(2, "model".to_owned()), (3, "store".to_owned()), (4, "delivery".to_owned())]);
        assert_eq!(found("use super::super::store::Store;", 2), arrow(1, "store"));
        assert_eq!(found("use super::{store, model::Card};", 1).len(), 2);
        assert_eq!(found("mod tests {\n use super::super::store::Store;\n}", 1), arrow(2, "store"));
    }

    #[test]
    fn the_parser_sees_no_arrow_where_none_is() {
        for text in [
            "//! See [`crate::store`].\n/// And crate::vault.",
            "let text = \"use crate::store;\";",
            "let text = r#\"crate::store::\"#;",
            "use super::sibling;",
            "mod tests { use super::*; }",
            "mod tests { mod deeper { use super::super::*; } }",
            "let crate_ = 1; let store = 2;",
        ] {
            assert_eq!(found(text, 2), [], "{text}");
        }
    }

    #[test]
    fn a_wrong_arrow_is_told_with_file_and_line() {
        let wrong = wrong_arrows(&source("store/read.rs", "use crate::model::Fault;\nuse crate::routing::Router;\n"));
        assert_eq!(wrong, ["src/store/read.rs:2: `store` may not use `routing`; it may use config, model"]);
        assert_eq!(wrong_arrows(&source("model/x.rs", "use crate::Oddity;")).len(), 1);
        assert_eq!(wrong_arrows(&source("attic/x.rs", "")).len(), 1, "a room that nobody planned");
        assert!(wrong_arrows(&source("store/read.rs", "use crate::store::Tx;")).is_empty(), "within the room");
        for free in ["store/tests.rs", "store/tests/a.rs", "store/hear_tests.rs", "app/build.rs", "main.rs"] {
            assert!(wrong_arrows(&source(free, "use crate::http::Keys;")).is_empty(), "{free}");
        }
    }
}
