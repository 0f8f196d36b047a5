//! Words: nothing panics, and what is quoted comes back.

use proptest::prelude::*;

use super::super::words::{Lead, Words, quoted};
use super::super::{complete, help, parse, sample};

/// All words of a line, if it can be split.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Words::new(line);
    let mut all = Vec::new();
    while let Some(word) = words.next().ok()? {
        all.push(word.text);
    }
    Some(all)
}

#[test]
fn words_keep_their_place_and_lead() {
    let mut line = Words::new("ä --b=c —d -e “f g” --");
    let mut seen = Vec::new();
    while let Ok(Some(word)) = line.next() {
        seen.push((word.text, word.lead, line.column(word.start)));
    }
    let expected = [
        ("ä", Lead::Plain, 1),
        ("b=c", Lead::Dashes, 3),
        ("d", Lead::Dashes, 9),
        ("-e", Lead::Hyphen, 12),
        ("f g", Lead::Quoted, 15),
        ("--", Lead::End, 21),
    ];
    assert_eq!(seen, expected.map(|(text, lead, column)| (text.to_owned(), lead, column)));
}

#[test]
fn apostrophes_and_dashes_inside_words_are_just_signs() {
    for (line, expected) in [
        ("don't rock'n'roll 5\" x—y - — …", vec!["don't", "rock'n'roll", "5\"", "x—y", "-", "—", "…"]),
        ("'a'b' c", vec!["a'b", "c"]),
        ("”both ends” “mixed\"", vec!["both ends", "mixed"]),
        ("a,\"b c\",d", vec!["a,b c,d"]),
        ("a,\"b", vec!["a,\"b"]),
        ("\"\" ''", vec!["", ""]),
        ("<https://a b> <https://a\n>", vec!["<https://a", "b>", "<https://a", ">"]),
    ] {
        assert_eq!(words(line), Some(expected.into_iter().map(str::to_owned).collect()), "{line:?}");
    }
    assert_eq!(words("'til friday"), None);
}

/// Signs that mean something, among others that do not.
fn lines() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zäß0-9 \\n]{0,6}",
        "[-—–=,.#<>|\"'“”‘’«»„\\\\`?*:/]{0,3}",
        Just("github issue create ".to_owned()),
        Just("subscribe ".to_owned()),
        Just(" --labels ".to_owned()),
        Just(" --no-notify".to_owned()),
        Just("<https://a.b|c d>".to_owned()),
        "\\PC{0,4}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_panics(line in lines()) {
        let registry = sample::registry();
        let _ = words(&line);
        let _ = Words::new(&line).rest();
        let _ = parse(&line, &registry, "/qd");
        let _ = complete(&line, &registry, &|_| true);
        let _ = help(&registry, &line, &|_| true, "/qd");
    }

    #[test]
    fn what_is_quoted_comes_back(texts in proptest::collection::vec(prop_oneof![lines(), any::<String>()], 0..5)) {
        let line = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(words(&line), Some(texts));
    }

    #[test]
    fn a_quoted_value_of_an_option_comes_back(text in lines()) {
        let line = format!("github issue create x --body={} --draft", quoted(&text));
        let args = match parse(&line, &sample::registry(), "/qd") {
            Ok(super::super::Parsed::Call { args, .. }) => args,
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        };
        prop_assert_eq!(args.get("body").and_then(serde_json::Value::as_str), Some(text.as_str()));
        prop_assert_eq!(args.get("draft"), Some(&true.into()));
    }
}
