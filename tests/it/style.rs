//! Words that must not stand in the source: unfinished work, leftovers of debugging, silenced lints without a reason,
//! and output that goes round the log with its redactor.

use crate::sources::{self, Placed, Token};

/// Macros that nobody may leave behind.
const LEFTOVERS: [&str; 3] = ["todo", "unimplemented", "dbg"];
/// Macros that write to the terminal; only what is made for a terminal may.
const LOUD: [&str; 4] = ["print", "println", "eprint", "eprintln"];
/// The rooms made for a terminal.
const TERMINAL: [&str; 3] = ["cli", "main", "demo"];

/// What is wrong, with the line.
fn wrong(room: &str, tests: bool, tokens: &[Placed]) -> Vec<(usize, String)> {
    let sign = |at: usize, wanted: &str| matches!(tokens.get(at), Some((_, Token::Sign(sign))) if *sign == wanted);
    let mut found = Vec::new();
    for (at, (line, token)) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let word = word.as_str();
        if sign(at + 1, "!") && LEFTOVERS.contains(&word) {
            found.push((*line, format!("`{word}!` was left behind")));
        }
        if sign(at + 1, "!") && LOUD.contains(&word) && !tests && !TERMINAL.contains(&room) {
            found.push((*line, format!("`{word}!` goes round the log; use `tracing`")));
        }
        if word == "unsafe" {
            found.push((*line, "`unsafe` is forbidden".to_owned()));
        }
        let attribute = at > 0 && sign(at - 1, "[");
        if attribute && matches!(word, "allow" | "expect") && sign(at + 1, "(") {
            let end = (at..tokens.len()).find(|end| sign(*end, "]")).unwrap_or(tokens.len());
            if !tokens[at..end].iter().any(|(_, token)| *token == Token::Word("reason".to_owned())) {
                found.push((*line, format!("`#[{word}(…)]` gives no reason")));
            }
        }
    }
    found
}

#[test]
fn the_source_holds_no_leftovers() {
    let found: Vec<String> = sources::all()
        .iter()
        .flat_map(|source| {
            wrong(source.room(), source.is_tests(), &source.tokens)
                .into_iter()
                .map(|(line, what)| format!("src/{}:{line}: {what}", source.path))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_leftover_is_seen_and_nothing_else() {
    let found = |room: &str, text: &str| wrong(room, false, &sources::tokens(text)).len();
    for text in [
        "fn f() { todo!() }",
        "unimplemented!(\"later\")",
        "dbg!(x)",
        "println!(\"x\")",
        "#[allow(dead_code)] fn f() {}",
        "#![allow(\n    dead_code\n)]",
        "#[expect(dead_code)] fn f() {}",
        "unsafe { f() }",
    ] {
        assert_eq!(found("store", text), 1, "{text}");
    }
    for text in [
        "// todo!()",
        "\"dbg!(x)\"",
        "#[expect(dead_code, reason = \"x\")] fn f() {}",
        "result.expect(\"x\")",
        "let todo = 1;",
        "writeln!(out)",
    ] {
        assert_eq!(found("store", text), 0, "{text}");
    }
    assert_eq!(found("cli", "println!()"), 0);
}
