//! Formatting, against examples of the documents and the servers' errors.

use serde_json::{Value, json};

use super::{Formatted, read};

fn parsed(text: &str, mode: &str) -> (String, Value) {
    let Formatted { text, entities } = read(text, mode, None).unwrap_or_else(|refused| panic!("{refused:?}"));
    let shown: Vec<_> = entities.iter().filter_map(|entity| entity.json(|id| Some(json!({"id": id})))).collect();
    (text, json!(shown))
}

fn wrong(text: &str, mode: &str) -> String {
    let refused = read(text, mode, None).expect_err("it must not parse").description;
    refused.strip_prefix("Bad Request: can't parse entities: ").unwrap_or(&refused).to_owned()
}

fn at(kind: &str, offset: usize, length: usize) -> Value {
    json!({"offset": offset, "length": length, "type": kind})
}

#[test]
fn html_as_documented() {
    let (text, entities) =
        parsed("<b>bold <i>italic bold <s>both</s></i></b> <u>u</u><tg-spoiler>s</tg-spoiler>", "HTML");
    assert_eq!(text, "bold italic bold both us");
    assert_eq!(
        entities,
        json!([
            at("bold", 0, 21),
            at("italic", 5, 16),
            at("strikethrough", 17, 4),
            at("underline", 22, 1),
            at("spoiler", 23, 1)
        ])
    );
    let (text, entities) =
        parsed("<pre><code class=\"language-rust\">let x;</code></pre>\n<pre>a</pre><code>b</code>", "html");
    assert_eq!(text, "let x;\nab");
    assert_eq!(entities[0], json!({"offset": 0, "length": 6, "type": "pre", "language": "rust"}));
    assert_eq!((&entities[1], &entities[2]), (&at("pre", 7, 1), &at("code", 8, 1)));
    let (text, entities) =
        parsed("<blockquote expandable>a\nb</blockquote><span class=\"tg-spoiler\">c</span>", "HTML");
    assert_eq!((text.as_str(), &entities[0]), ("a\nbc", &at("expandable_blockquote", 0, 3)));
    let (_, entities) =
        parsed("<a href='https://example.com/?a=1&amp;b=2'>x</a> <a href=\"tg://user?id=5\">y</a>", "HTML");
    assert_eq!(entities[0]["url"], "https://example.com/?a=1&b=2");
    assert_eq!((&entities[1]["type"], &entities[1]["user"]["id"]), (&json!("text_mention"), &json!(5)));
    assert_eq!(
        parsed("a &lt;b&gt; &amp;amp; &#39; &#x1F600; &nbsp; & &quot", "HTML").0,
        "a <b> &amp; ' 😀 &nbsp; & \""
    );
    let (text, entities) = parsed("  <b>😀é</b> x \n", "HTML");
    assert_eq!((text.as_str(), entities), ("😀é x", json!([at("bold", 0, 3)])), "offsets in UTF-16, ends trimmed");
    assert_eq!(parsed("<b>a</b><b>b</b>", "HTML").1, json!([at("bold", 0, 2)]), "neighbours join");
    assert_eq!(
        parsed("<b>a<code>b</code>c</b>", "HTML").1,
        json!([at("bold", 0, 1), at("code", 1, 1), at("bold", 2, 1)])
    );
    assert_eq!(parsed("<a href=\"nowhere\">x</a>", "HTML").1, json!([]), "a link that is none is only text");
    assert_eq!(parsed("<code>/cmd @name</code>", "HTML").1, json!([at("code", 0, 10)]), "nothing is found in code");
}

#[test]
fn html_errors_name_the_byte() {
    assert_eq!(wrong("é <x>", "HTML"), "Unsupported start tag \"x\" at byte offset 3");
    assert_eq!(wrong("<b>x", "HTML"), "Can't find end tag corresponding to start tag \"b\"");
    assert_eq!(wrong("a<b", "HTML"), "Unclosed start tag at byte offset 1");
    assert_eq!(wrong("a < b", "HTML"), "Unsupported start tag \"\" at byte offset 2");
    assert_eq!(wrong("x</b>", "HTML"), "Unexpected end tag at byte offset 1");
    assert_eq!(wrong("<b>x</i>", "HTML"), "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"");
    assert_eq!(wrong("<b>x</b", "HTML"), "Unclosed end tag at byte offset 4");
    assert_eq!(wrong("<br/>", "HTML"), "Unsupported start tag \"br/\" at byte offset 0");
    assert_eq!(wrong("<p>x</p>", "HTML"), "Unsupported start tag \"p\" at byte offset 0");
    assert_eq!(wrong("<span>x</span>", "HTML"), "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0");
    assert_eq!(wrong("<a href=x/y>z</a>", "HTML"), "Unexpected end of name token at byte offset 8");
    assert_eq!(wrong("<a =\"x\">z</a>", "HTML"), "Empty attribute name in the tag \"a\" at byte offset 0");
    assert_eq!(wrong("<a href=\"x>z</a>", "HTML"), "Unclosed start tag at byte offset 0");
}

#[test]
fn markdown_as_documented() {
    let (text, entities) = parsed("*bold _italic bold ~s~_* __u__ ||sp||", "MarkdownV2");
    assert_eq!(text, "bold italic bold s u sp");
    assert_eq!(
        entities,
        json!([
            at("bold", 0, 18),
            at("italic", 5, 13),
            at("strikethrough", 17, 1),
            at("underline", 19, 1),
            at("spoiler", 21, 2)
        ])
    );
    let (text, entities) = parsed("```rust\nlet x;``` `a*b` [x](https://example.com/a\\)b)", "markdownv2");
    assert_eq!(text, "let x; a*b x");
    assert_eq!(entities[0], json!({"offset": 0, "length": 6, "type": "pre", "language": "rust"}));
    assert_eq!((&entities[1], &entities[2]["url"]), (&at("code", 7, 3), &json!("https://example.com/a)b")));
    let (text, entities) = parsed(">a\n>b\nc\n>d||", "MarkdownV2");
    assert_eq!(text, "a\nb\nc\nd");
    assert_eq!((&entities[0], &entities[1]), (&at("blockquote", 0, 4), &at("expandable_blockquote", 6, 1)));
    assert_eq!(parsed("1\\. a\\-b \\(x\\)\\!", "MarkdownV2").0, "1. a-b (x)!");
}

#[test]
fn markdown_errors() {
    for character in ['.', '-', '!', '(', '=', '{', '+', '#', '|'] {
        let expected = format!("Character '{character}' is reserved and must be escaped with the preceding '\\'");
        assert_eq!(wrong(&format!("a{character}b"), "MarkdownV2"), expected);
    }
    assert_eq!(wrong("é *b", "MarkdownV2"), "Can't find end of Bold entity at byte offset 3");
    assert_eq!(wrong("`b", "MarkdownV2"), "Can't find end of Code entity at byte offset 0");
    assert_eq!(wrong("```x\nb", "MarkdownV2"), "Can't find end of PreCode entity at byte offset 0");
    assert_eq!(wrong("[b", "MarkdownV2"), "Can't find end of TextUrl entity at byte offset 0");
    assert_eq!(wrong("[b](x", "MarkdownV2"), "Can't find end of a URL at byte offset 4");
    assert_eq!(wrong("a>b", "MarkdownV2"), "Character '>' is reserved and must be escaped with the preceding '\\'");
    assert_eq!(wrong("*a", "Markdown"), "Can't find end of the entity starting at byte offset 0");
    assert_eq!(parsed("*a* _b_ `c` [d](example.com) e\\_f", "Markdown").0, "a b c d e_f");
}

#[test]
fn given_entities_lie_inside_the_text() {
    let with = |text: &str, entities: Value| read(text, "", Some(&entities));
    let bold = |offset: i64, length: i64| json!([{"type": "bold", "offset": offset, "length": length}]);
    assert!(with("😀x", bold(0, 2)).is_ok());
    let refused = |text: &str, entities: Value| with(text, entities).expect_err("refused").description;
    assert_eq!(
        refused("😀x", bold(1, 1)),
        "Bad Request: entity begins in a middle of a UTF-16 symbol at byte offset 4"
    );
    assert_eq!(refused("ab", bold(5, 1)), "Bad Request: entity begins after the end of the text at UTF-16 offset 5");
    assert_eq!(
        refused("ab", bold(1, 5)),
        "Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 6"
    );
    assert_eq!(refused("ab", bold(-1, 1)), "Bad Request: receive an entity with incorrect offset -1");
    assert_eq!(
        refused("ab", json!([{"type": "shiny", "offset": 0, "length": 1}])),
        "Bad Request: can't parse MessageEntity: Unsupported type specified"
    );
    let found = with("@someone x", json!([{"type": "mention", "offset": 0, "length": 3}])).unwrap();
    assert_eq!(found.entities[0].length, 8, "mentions are found, not given");
}
