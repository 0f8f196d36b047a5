use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::{Value, json};

use super::*;
use crate::connectors::notion::tests::Judge;
use crate::model::{Block, Text};

mod requests;

/// The text of blocks in the order in which it is read.
fn words(blocks: &[Value]) -> String {
    let one = |block: &Value| {
        let (_, content) = parts(block).unwrap();
        let cells = content.get("cells").and_then(Value::as_array).cloned().unwrap_or_default();
        let cells: String = cells.iter().map(|cell| plain(cell.as_array().unwrap())).collect();
        let own = content.get("rich_text").and_then(Value::as_array).map(|pieces| plain(pieces)).unwrap_or_default();
        format!("{own}{cells}{}", words(children(block)))
    };
    blocks.iter().map(one).collect()
}

fn of(kind: &str, text: &str) -> Value {
    text_block(kind, rich(text), Vec::new())
}

#[test]
fn every_kind_of_markdown_has_its_block() {
    let blocks = from_markdown(
        "# One\n##### Five\nA *b* **c** ~~d~~ `e` [f](https://acme.example) $x^2$ <T> \nnext\n\n- a\n  - b\n- [x] c\n\n1. d\n\n\
         > quoted\n>\n> more\n\n> [!WARNING]\n> Careful\n\n```rs\nfn main() {}\n```\n\n---\n\n| a | b |\n|---|---|\n| **1** |\n\n\
         ![alt](https://acme.example/a.png)\n\n$$y$$\n",
    );
    let bold = json!({"type": "text", "text": {"content": "1"}, "annotations": {"bold": true}});
    let expected = [
        of("heading_1", "One"),
        of("heading_4", "Five"),
        text_block(
            "paragraph",
            vec![
                json!({"type": "text", "text": {"content": "A "}}),
                json!({"type": "text", "text": {"content": "b"}, "annotations": {"italic": true}}),
                json!({"type": "text", "text": {"content": " "}}),
                json!({"type": "text", "text": {"content": "c"}, "annotations": {"bold": true}}),
                json!({"type": "text", "text": {"content": " "}}),
                json!({"type": "text", "text": {"content": "d"}, "annotations": {"strikethrough": true}}),
                json!({"type": "text", "text": {"content": " "}}),
                json!({"type": "text", "text": {"content": "e"}, "annotations": {"code": true}}),
                json!({"type": "text", "text": {"content": " "}}),
                json!({"type": "text", "text": {"content": "f", "link": {"url": "https://acme.example"}}}),
                json!({"type": "text", "text": {"content": " "}}),
                json!({"type": "equation", "equation": {"expression": "x^2"}}),
                json!({"type": "text", "text": {"content": " <T>\nnext"}}),
            ],
            Vec::new(),
        ),
        text_block("bulleted_list_item", rich("a"), vec![of("bulleted_list_item", "b")]),
        block("to_do", json!({"rich_text": rich("c"), "checked": true})),
        of("numbered_list_item", "d"),
        text_block("quote", rich("quoted"), vec![of("paragraph", "more")]),
        callout("⚠️", "yellow_background", rich("Careful"), Vec::new()),
        code("fn main() {}", "rust"),
        block("divider", json!({})),
        table(vec![vec![rich("a"), rich("b")], vec![vec![bold], Vec::new()]]),
        block(
            "image",
            json!({"type": "external", "external": {"url": "https://acme.example/a.png"}, "caption": rich("alt")}),
        ),
        block("equation", json!({"expression": "y"})),
    ];
    for (block, expected) in blocks.iter().zip(&expected) {
        assert_eq!(block, expected);
    }
    assert_eq!(blocks.len(), expected.len());
}

#[test]
fn money_html_and_wild_links_stay_text() {
    for (markdown, text) in [
        ("between $5/$6 and $7", "between $5/$6 and $7"),
        ("Vec<String> <b>x</b>", "Vec<String> <b>x</b>"),
        ("a<br>b<!-- hidden -->", "a\nb"),
        ("[x](javascript:alert(1)) ![y](file:///z)", "x y"),
        ("<details>\nfoo\n</details>\n<!-- hidden\n -->", "<details>\nfoo\n</details>"),
        ("a ![b](https://acme.example/b.png) c", "a b c"),
    ] {
        assert_eq!(words(&from_markdown(markdown)), text, "{markdown}");
    }
    assert!(from_markdown("<!-- quarterdeck:call_1 -->").is_empty());
    assert!(from_markdown("- \n\n>\n\n#\n").is_empty(), "what holds nothing is nothing");
    assert_eq!(plain(&inline("a **b**\n\nc")), "a b\nc");
    assert_eq!(plain(&inline("# no")), "# no");
}

#[test]
fn what_is_hostile_is_flat_and_quick() {
    let deep = from_markdown(&">".repeat(5_000));
    assert!(deep.is_empty());
    let deep = from_markdown(&format!("{}x", "> ".repeat(3_000)));
    assert_eq!(words(&deep), "x");
    let lists = (0..300).map(|depth| format!("{}- x", "  ".repeat(depth))).collect::<Vec<_>>().join("\n");
    assert_eq!(words(&from_markdown(&lists)), "x".repeat(300));
    assert!(!to_markdown(&from_markdown(&lists)).is_empty());
}

#[test]
fn what_people_made_at_notion_is_readable() {
    let page = [
        json!({"type": "toggle", "toggle": {"rich_text": rich("Open me"), "children": [of("paragraph", "inside")]}}),
        json!({"type": "callout", "has_children": false, "callout": {"rich_text": rich("Hot"), "icon": {"type": "emoji", "emoji": "🔥"}}}),
        json!({"type": "bookmark", "bookmark": {"url": "https://acme.example", "caption": []}}),
        json!({"type": "file", "file": {"type": "file", "name": "log.txt", "file": {"url": "https://files.example/1"}, "caption": []}}),
        json!({"type": "child_page", "child_page": {"title": "Runbook *1*"}}),
        json!({"type": "column_list", "column_list": {}, "children": [
            {"type": "column", "column": {"children": [of("paragraph", "left")]}}]}),
        json!({"type": "paragraph", "paragraph": {"rich_text": []}}),
        json!({"type": "unsupported", "unsupported": {}}),
        json!({"type": "paragraph", "paragraph": {"rich_text": [
            {"type": "text", "text": {"content": "bold ", "link": null}, "annotations": {"bold": true}},
            {"type": "mention", "mention": {"type": "user", "user": {}}, "plain_text": "@Ana", "annotations": {"bold": true}},
            {"type": "text", "text": {"content": " 1. x"}}]}}),
        json!("nothing"),
    ];
    assert_eq!(
        to_markdown(&page),
        "- Open me\n\n  inside\n\n> [!NOTE]\n> 🔥 Hot\n\n[https://acme.example](https://acme.example)\n\n\
         [log.txt](https://files.example/1)\n\n📄 Runbook \\*1\\*\n\nleft\n\n**bold @Ana** 1. x\n"
    );
}

#[test]
fn a_card_shows_the_beginning() {
    let blocks =
        from_markdown("# T\n\n> [!TIP]\n> do *this*\n\n```diff\n+a\n```\n- a\n- [ ] b\n\n| a |\n|---|\n| 1 |\n");
    let shown = read(&blocks, Limits { blocks: 10, chars: 1000 });
    assert_eq!(shown[0], Block::Text(Text::new().bold("T")));
    assert_eq!(shown[1], Block::Quote(Text::new().plain("💡 do ").span(model::Span::Italic("this".into()))));
    assert_eq!(shown[2], Block::Diff("+a".to_owned()));
    assert_eq!(shown[3], Block::List { ordered: false, items: vec!["a".into(), "☐ b".into()] });
    assert!(matches!(&shown[4], Block::Table { head, .. } if head == &["a"]));
    assert!(read(&blocks, Limits { blocks: 1, chars: 3 }).len() <= 2);
}

/// A word that needs no thought, or all of it.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}",
        1 => proptest::sample::select(vec![
            "1.", "-", "#", "+x", "*", "**", "_a_", "a_b", "`", "$5", "[x]", "](y)", "<b>", "&amp;", "!", "~~", "|", "\\", "äöü", "👩‍👩‍👧",
            "=", "1)", "a.b", ":-", "http://x", "x!", "---", "> q",
        ]).prop_map(str::to_owned),
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..5).prop_map(|words| words.join(" "))
}

/// Inline text with marks, as somebody would write it.
fn inline_text() -> impl Strategy<Value = String> {
    let marked = (sentence(), 0..8_u8).prop_map(|(text, mark)| {
        let text = to_markdown(&[text_block("paragraph", rich(&text), Vec::new())]).trim().replace('\n', " ");
        match mark {
            0 => format!("**{text}**"),
            1 => format!("*{text}*"),
            2 => format!("~~{text}~~"),
            3 => format!("[{text}](https://acme.example/a_(b)?c=d&e=f;)"),
            4 => format!("***{text}***"),
            5 => format!("**a *{text}* b**"),
            6 => "`code | x`".to_owned(),
            _ => text,
        }
    });
    prop::collection::vec(marked, 1..4).prop_map(|parts| parts.join(" "))
}

/// Markdown with everything that Notion has a block for.
fn markdown() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => inline_text(),
        1 => (1..7_usize, inline_text()).prop_map(|(level, text)| format!("{} {text}", "#".repeat(level))),
        1 => prop::collection::vec("[ -~]{0,12}", 0..4).prop_map(|lines| format!("````rust\n{}\n````", lines.join("\n").replace('`', "'"))),
        1 => Just("---".to_owned()),
        1 => Just("![a *b*](https://acme.example/x.png)".to_owned()),
        1 => Just("$$a^2$$".to_owned()),
        1 => prop::collection::vec(inline_text(), 2..4).prop_map(|cells| {
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace("\\\\|", "\\|")).collect();
            let row = format!("| {} |", cells.join(" | "));
            format!("{row}\n|{}\n{row}", "---|".repeat(cells.len()))
        }),
        1 => (inline_text(), inline_text()).prop_map(|(one, other)| format!("{one}\n{other}")),
    ];
    let nested = leaf.prop_recursive(3, 24, 4, |inner| {
        (prop::collection::vec(inner, 1..4), 0..5_u8).prop_map(|(parts, kind)| {
            let inside = |marker: &str, part: &str| {
                let indent = " ".repeat(marker.len());
                let lines: Vec<String> = part
                    .lines()
                    .enumerate()
                    .map(|(at, line)| {
                        if at == 0 {
                            format!("{marker}{line}")
                        } else if line.is_empty() {
                            String::new()
                        } else {
                            format!("{indent}{line}")
                        }
                    })
                    .collect();
                lines.join("\n")
            };
            let quote = |text: String| text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n");
            match kind {
                0 => parts.iter().map(|part| inside("- ", part)).collect::<Vec<_>>().join("\n"),
                1 => parts.iter().map(|part| inside("1. ", part)).collect::<Vec<_>>().join("\n\n"),
                2 => format!(
                    "- [x] task\n\n{}",
                    parts.iter().map(|part| inside("  ", part)).collect::<Vec<_>>().join("\n\n")
                ),
                3 => quote(parts.join("\n\n")),
                _ => format!("> [!CAUTION]\n{}", quote(parts.join("\n\n"))),
            }
        })
    });
    prop::collection::vec(nested, 1..6).prop_map(|parts| parts.join("\n\n"))
}

proptest! {
    #[test]
    fn markdown_comes_back(markdown in markdown()) {
        let blocks = from_markdown(&markdown);
        let printed = to_markdown(&blocks);
        prop_assert_eq!(from_markdown(&printed), blocks, "{}\n=>\n{}", markdown, printed);
    }

    #[test]
    fn any_text_is_read(text in any::<String>(), odd in "[-*_`~>#$|\\[\\]()<>!\\\\ \\n\\ta1.&:=+]{0,60}") {
        for text in [text, odd] {
            let blocks = from_markdown(&text);
            let _ = to_markdown(&blocks);
            let _ = read(&blocks, Limits::FULL);
            let _ = inline(&text);
        }
    }

    #[test]
    fn any_text_stays_itself(text in any::<String>(), odd in "[-*_`~>#$|\\[\\]()<>!\\\\ \\na1.&:=+]{0,40}") {
        for text in [text, odd] {
            let text = text.split_whitespace().map(|word| word.chars().filter(|sign| !sign.is_control()).collect::<String>())
                .collect::<Vec<_>>().join(" ").trim().to_owned();
            let block = text_block("paragraph", rich(&text), Vec::new());
            let printed = to_markdown(&[block]);
            prop_assert_eq!(words(&from_markdown(&printed)), text, "{}", printed);
        }
    }
}

#[test]
fn what_markdown_becomes_is_what_notion_takes() {
    let judge = Judge::of("AppendBlockChildrenParameters");
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..40 {
        let text = markdown().new_tree(&mut runner).unwrap().current();
        let made = plan(from_markdown(&text));
        let requests = std::iter::once(made.first).chain(made.later.into_iter().map(|append| append.children));
        for children in requests.filter(|children| !children.is_empty()) {
            let request = json!({ "block_id": "be633bf1dfa0436db259571129a590e5", "children": children });
            assert!(judge.accepts(&request), "{request:#}");
        }
    }
}
