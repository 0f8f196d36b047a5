//! The tables of the store: no number and no name is given twice, in the whole house.

use std::collections::BTreeMap;

use crate::sources::{self, Placed, Token};

/// A table as it is declared.
#[derive(Debug, PartialEq, Eq)]
struct Declared {
    line: usize,
    id: Option<u8>,
    name: Option<String>,
}

/// Every `impl Table for X { … }` and every `table!(X = …)`.
fn declared(tokens: &[Placed]) -> Vec<Declared> {
    let word = |at: usize| match tokens.get(at) {
        Some((_, Token::Word(word))) => Some(word.as_str()),
        _ => None,
    };
    let sign = |at: usize, wanted: &str| matches!(tokens.get(at), Some((_, Token::Sign(sign))) if *sign == wanted);
    let text = |at: usize| match tokens.get(at) {
        Some((_, Token::Text(text))) => Some(text.clone()),
        _ => None,
    };
    let number = |at: usize| word(at).and_then(|word| word.parse().ok());
    let mut found = Vec::new();
    for (at, (line, _)) in tokens.iter().enumerate() {
        if word(at) == Some("table") && sign(at + 1, "!") && sign(at + 2, "(") && word(at + 3).is_some() {
            found.push(Declared { line: *line, id: number(at + 5), name: text(at + 7) });
        }
        // `$name` is the macro's own body, whose uses are counted above.
        if word(at) == Some("Table") && word(at + 1) == Some("for") && !sign(at + 2, "$") {
            let mut table = Declared { line: *line, id: None, name: None };
            let end = (at..tokens.len()).find(|end| sign(*end, "}")).unwrap_or(tokens.len());
            for at in at..end {
                match (word(at), word(at + 1)) {
                    (Some("const"), Some("ID")) => table.id = number(at + 5 - usize::from(sign(at + 3, "="))),
                    (Some("const"), Some("NAME")) => table.name = (at..end).find_map(text),
                    _ => {}
                }
            }
            found.push(table);
        }
    }
    found
}

/// What is wrong with tables that were declared in files.
fn wrong(tables: &[(String, Declared)]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut ids, mut names) = (BTreeMap::new(), BTreeMap::new());
    for (path, table) in tables {
        let place = format!("src/{path}:{}", table.line);
        match table.id {
            None => wrong.push(format!("{place}: the table's ID is no plain number, so nobody can see a clash")),
            Some(id) if !(1..=253).contains(&id) => wrong.push(format!("{place}: the ID {id} is the store's own")),
            Some(id) => {
                if let Some(other) = ids.insert(id, place.clone()) {
                    wrong.push(format!("{place}: the ID {id} is taken by {other}"));
                }
            }
        }
        match &table.name {
            None => wrong.push(format!("{place}: the table's NAME is no plain text")),
            Some(name) => {
                if let Some(other) = names.insert(name.clone(), place.clone()) {
                    wrong.push(format!("{place}: the NAME `{name}` is taken by {other}"));
                }
            }
        }
    }
    wrong
}

#[test]
fn every_table_has_a_number_and_a_name_of_its_own() {
    let sources = sources::all();
    let tables: Vec<(String, Declared)> = sources
        .iter()
        .filter(|source| !source.is_tests())
        .flat_map(|source| declared(&source.tokens).into_iter().map(|table| (source.path.clone(), table)))
        .collect();
    let wrong = wrong(&tables);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tables.len() >= 20, "the parser sees only {} tables", tables.len());
}

#[test]
fn the_parser_sees_both_ways_to_declare_a_table_and_every_clash() {
    let read = |text: &str| declared(&sources::tokens(text));
    let by_macro = "table!(\n    /// Doc, with = 9.\n    Hooks = 2, \"hooks\", u64 => Hook\n);";
    let by_hand = "impl Table for Odd {\n const ID: u8 = 30;\n const NAME: &'static str = \"odd\";\n type Key = u64; }";
    assert_eq!(read(by_macro), [Declared { line: 1, id: Some(2), name: Some("hooks".into()) }]);
    assert_eq!(read(by_hand), [Declared { line: 1, id: Some(30), name: Some("odd".into()) }]);
    assert_eq!(read("macro_rules! table { () => { impl Table for $name { const ID: u8 = $id; } } }"), []);
    let hidden = read("impl Table for Odd { const ID: u8 = Other::ID; const NAME: &'static str = \"x\"; }");
    let all = |texts: &[&str]| {
        let tables: Vec<_> = texts.iter().flat_map(|text| read(text)).map(|table| ("a.rs".to_owned(), table)).collect();
        wrong(&tables)
    };
    assert_eq!(hidden[0].id, None);
    assert!(all(&[by_macro, by_hand]).is_empty());
    assert_eq!(all(&[by_macro, by_macro]).len(), 2, "number and name");
    assert!(all(&[by_hand, &by_hand.replace("30", "31")])[0].contains("the NAME `odd` is taken"));
    assert!(all(&[by_hand, &by_hand.replace("odd", "even")])[0].contains("the ID 30 is taken"));
    assert!(all(&[&by_hand.replace("30", "255")])[0].contains("the store's own"));
}
