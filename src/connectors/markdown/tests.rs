use super::*;

fn dump(blocks: &[Block]) -> String {
    blocks.iter().fold(String::new(), |all, block| all + &format!("{block:?}\n"))
}

#[test]
fn the_usual_issue_reads_as_it_should() {
    let markdown = "## Steps\n\nOpen the **login** page, _wait_, see `500` and ~~cry~~ [the docs](https://x.example/a).\n\n\
        - [x] tried\n- [ ] asked\n  - deep\n\n1. one\n2. two\n\n> it said\n> no\n\n```rust\nfn main() {}\n```\n\n\
        | a | b |\n|---|---|\n| 1 | 2 |\n\n```diff\n-a\n+b\n```\n";
    insta::assert_snapshot!(dump(&blocks(markdown, Limits::FULL)), @r###"
    Text(Text([Bold("Steps")]))
    Text(Text([Text("Open the "), Bold("login"), Text(" page, "), Italic("wait"), Text(", see "), Code("500"), Text(" and "), Strike("cry"), Text(" "), Link { text: "the docs", url: "https://x.example/a" }, Text(".")]))
    List { ordered: false, items: [Text([Text("☑ tried")]), Text([Text("☐ asked")]), Text([Text("  ◦ deep")])] }
    List { ordered: true, items: [Text([Text("one")]), Text([Text("two")])] }
    Quote(Text([Text("it said\nno")]))
    Code("fn main() {}")
    Table { head: ["a", "b"], rows: [["1", "2"]] }
    Diff("-a\n+b")
    "###);
}

#[test]
fn html_comments_and_tags_vanish_and_pictures_become_links() {
    let markdown = "<!-- quarterdeck:call_1 -->\n\nSeen <!-- hidden --> here<br>and <b>there</b>.\n\n\
        <details><summary>Log</summary>\nline\n</details>\n\n<img width=\"1\" alt=\"Shot\" src=\"https://x.example/i.png\">\n\n\
        ![](https://x.example/j.png) [![build](https://x.example/b.svg)](https://x.example/ci) [bad](javascript:alert(1))\n\n<!-- open";
    insta::assert_snapshot!(dump(&blocks(markdown, Limits::FULL)), @r###"
    Text(Text([Text("Seen  here\nand there.")]))
    Text(Text([Text("Log\nline")]))
    Text(Text([Link { text: "Shot", url: "https://x.example/i.png" }]))
    Text(Text([Link { text: "image", url: "https://x.example/j.png" }, Text(" "), Link { text: "build", url: "https://x.example/ci" }, Text(" bad")]))
    "###);
}

#[test]
fn only_a_marker_is_nothing() {
    assert_eq!(blocks("<!-- quarterdeck:call_1 -->", Limits::EXCERPT), vec![]);
    assert_eq!(blocks("", Limits::EXCERPT), vec![]);
    assert_eq!(blocks("\n\n   \n", Limits::EXCERPT), vec![]);
}

#[test]
fn what_is_too_long_is_cut_between_characters_and_says_so() {
    let family = "👩‍👩‍👧‍👦".repeat(100);
    let cut = blocks(&family, Limits { blocks: 4, chars: 16 });
    assert_eq!(dump(&cut), format!("Text(Text([Text({:?})]))\n", format!("{} …", "👩‍👩‍👧‍👦".repeat(2))));
    let many = blocks(&"a\n\n".repeat(50), Limits { blocks: 3, chars: 500 });
    assert_eq!(many.len(), 3);
    assert_eq!(many.last(), Some(&Block::Text(Text::from("a …"))));
    let code = blocks(&format!("```\n{}", "x".repeat(999)), Limits { blocks: 3, chars: 5 });
    assert_eq!(code, vec![Block::Code("xxxxx\n…".to_owned())]);
    assert_eq!(line("two\nlines", 50), "two lines");
    assert_eq!(line("abcdef", 4), "abc…");
    assert_eq!(line("a\u{202e}b\u{0}c", 9), "ab c");
    assert_eq!(blocks("a\u{2066}b\u{7}", Limits::FULL), vec![Block::Text(Text::from("ab"))]);
}

#[test]
fn hostile_nesting_is_only_long() {
    let deep = 10_000;
    for markdown in [
        ">".repeat(deep) + " x",
        "- ".repeat(deep) + "x",
        "[".repeat(deep) + "x",
        "![".repeat(deep) + "x" + &"](u)".repeat(deep),
        "**".repeat(deep) + "x" + &"*_".repeat(deep),
        "<b>".repeat(deep) + "x",
        "<".repeat(deep),
        "<!--".repeat(deep),
        "`".repeat(deep),
        "|".repeat(deep) + "\n" + &"|-".repeat(deep),
        (0..deep).map(|i| " ".repeat(i % 200) + "- x\n").collect(),
        "\u{0}\u{7}\u{202e}".repeat(deep),
    ] {
        let out = blocks(&markdown, Limits::FULL);
        assert!(out.len() <= Limits::FULL.blocks);
        assert!(dump(&out).chars().count() < 60_000);
        let _ = text(&markdown, 300);
    }
}

#[test]
fn as_one_run_blocks_are_lines() {
    assert_eq!(text("Hi\n\n- a\n- b\n\n> q", 100).to_plain(), "Hi\n• a\n• b\nq");
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it_or_its_limits(markdown in "[\\PC\n<>*_`\\[\\]()!|#>-]{0,400}") {
        let out = blocks(&markdown, Limits { blocks: 5, chars: 120 });
        proptest::prop_assert!(out.len() <= 5);
    }
}
