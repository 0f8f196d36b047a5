use super::samples::{doc, resolve};
use super::*;

fn read(markdown: &str) -> Doc {
    Doc::from_markdown(markdown, &|name| {
        (name == "ana" || name == "ben@acme.example")
            .then(|| Mention { id: format!("id-{name}"), name: "Ana".to_owned() })
    })
}

fn one(markdown: &str) -> Node {
    let Doc(mut nodes) = read(markdown);
    assert_eq!(nodes.len(), 1, "{nodes:?}");
    nodes.remove(0)
}

fn line_of(markdown: &str) -> Vec<Inline> {
    let Node::Paragraph(line) = one(markdown) else { panic!("no paragraph") };
    line
}

#[test]
fn people_are_mentioned_where_somebody_knows_them() {
    for (written, id) in [
        ("@ana", "id-ana"),
        ("(@ana)", "id-ana"),
        ("hey @ana, look", "id-ana"),
        ("[~ana]", "id-ana"),
        ("[~accountid:ana]", "id-ana"),
        ("cc @ben@acme.example.", "id-ben@acme.example"),
        ("[@Ana W](jira-user:ana)", "id-ana"),
        ("**@ana**", "id-ana"),
    ] {
        let found = Doc(vec![Node::Paragraph(line_of(written))]).mentions();
        assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [id], "{written}");
    }
    for written in [
        "@nobody",
        "ana@acme.example",
        "\\@ana",
        "&#64;ana",
        "`@ana`",
        "a@ana",
        "[@Eve](jira-user:eve)",
        "[@ana](https://x.example)",
    ] {
        assert!(read(written).mentions().is_empty(), "{written}");
    }
    assert_eq!(Doc::mentioned("@ana [~x] @ana `@c` @b."), ["ana", "x", "b"]);
}

#[test]
fn bare_links_and_emoji_are_seen_and_times_are_not() {
    let url = |url: &str| Inline::Text(url.to_owned(), Marks::link(url));
    assert!(line_of("see https://x.example/a_(b), ok").contains(&url("https://x.example/a_(b)")));
    assert!(line_of("(https://x.example/a).").contains(&url("https://x.example/a")));
    assert!(line_of("<https://x.example>").contains(&url("https://x.example")));
    let smile = Inline::Emoji { short: ":smile:".to_owned(), text: String::new() };
    assert!(line_of("well :smile: then").contains(&smile));
    assert!(line_of(":+1:").iter().any(|one| matches!(one, Inline::Emoji { .. })));
    for plain in ["10:30:45", "std::vec::Vec", "a:b:c", "\\:smile:", "`:smile:`"] {
        assert!(!line_of(plain).iter().any(|one| matches!(one, Inline::Emoji { .. })), "{plain}");
    }
}

#[test]
fn blocks_are_what_they_look_like() {
    assert!(matches!(one("> [!WARNING]\n> hot"), Node::Panel(Panel::Warning, _)));
    assert!(matches!(one("> hot"), Node::Quote(_)));
    assert!(
        matches!(one("- [x] a\n- [ ] b\n  - [x] c"), Node::Tasks(tasks) if tasks.len() == 2 && tasks[1].below.len() == 1)
    );
    assert!(matches!(one("- [x] a\n- b"), Node::List { start: None, .. }));
    assert!(matches!(one("3. a\n4. b"), Node::List { start: Some(3), items } if items.len() == 2));
    assert!(matches!(one("```rust\nfn\n```"), Node::Code { language, text } if language == "rust" && text == "fn"));
    let expand = one("<details><summary>Log &amp; more</summary>\n\n- a\n\n</details>");
    assert!(matches!(expand, Node::Expand { title, body } if title == "Log & more" && body.len() == 1));
    let closed_late = one("> <details><summary>T</summary>\n>\n> x");
    assert!(matches!(closed_late, Node::Quote(body) if matches!(&body[0], Node::Expand { .. })));
    let Node::Table(rows) = one("| a | b |\n|---|---|\n| 1 | x \\| y |") else { panic!("no table") };
    assert!(rows[0][0].head && !rows[1][0].head);
    assert_eq!(rows[1][1].body, [Node::Paragraph(vec![Inline::Text("x | y".to_owned(), Marks::default())])]);
    assert!(read("<!-- quarterdeck:call_1 -->").is_empty());
}

#[test]
fn hostile_nesting_is_only_long() {
    let deep = 5_000;
    for markdown in [
        ">".repeat(deep) + " x",
        "- ".repeat(deep) + "x",
        "> - ".repeat(deep) + "x",
        "[".repeat(deep) + "x" + &"](u)".repeat(deep),
        "**".repeat(deep) + "x" + &"*_".repeat(deep),
        "<details><summary>".repeat(deep) + "x",
        "</details>".repeat(deep),
        "<details>\n\n".repeat(deep),
        "@".repeat(deep),
        ":".repeat(deep),
        "[~".repeat(deep),
        "https://".repeat(deep),
    ] {
        let doc = read(&markdown);
        let _ = (doc.to_markdown(), doc.blocks(Limits::FULL), crate::connectors::jira::wiki::write(&doc));
    }
}

#[test]
fn what_is_too_long_is_cut() {
    let blocks = read(&"word ".repeat(1_000)).blocks(Limits::EXCERPT);
    assert!(format!("{blocks:?}").contains(" …") && format!("{blocks:?}").len() < 700);
    assert_eq!(read(&"a\n\n".repeat(50)).blocks(Limits { blocks: 3, chars: 99 }).len(), 3);
}

proptest::proptest! {
    #[test]
    fn markdown_loses_nothing(doc in doc()) {
        let markdown = doc.to_markdown();
        let again = Doc::from_markdown(&markdown, &resolve);
        proptest::prop_assert_eq!(again, doc, "{}", markdown);
    }

    #[test]
    fn no_text_breaks_it(markdown in "[\\PC\n<>*_`\\[\\]()!|#>~:@&;-]{0,300}") {
        let doc = read(&markdown);
        let _ = doc.to_markdown();
        let blocks = doc.blocks(Limits { blocks: 5, chars: 120 });
        proptest::prop_assert!(blocks.len() <= 5);
    }
}
