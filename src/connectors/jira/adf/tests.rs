use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::super::text::samples::{doc, resolve};
use super::*;

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jira/adf-full.json"));
    jsonschema::draft4::new(&serde_json::from_str(schema).unwrap()).unwrap()
});

fn valid(adf: &Value) -> Result<(), String> {
    SCHEMA.validate(adf).map_err(|error| format!("{error} at {}: {adf}", error.instance_path()))
}

fn sample() -> Value {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let marked = |text: &str, marks: Value| json!({ "type": "text", "text": text, "marks": marks });
    let paragraph = |content: Value| json!({ "type": "paragraph", "content": content });
    json!({ "type": "doc", "version": 1, "content": [
        { "type": "heading", "attrs": { "level": 2 }, "content": [text("Steps")] },
        paragraph(json!([
            text("Ask "), { "type": "mention", "attrs": { "id": "557058:1", "text": "@Ana W" } }, text(" on "),
            { "type": "date", "attrs": { "timestamp": "1706659200000" } }, text(" "),
            { "type": "status", "attrs": { "text": "IN PROGRESS", "color": "blue" } }, { "type": "hardBreak" },
            { "type": "emoji", "attrs": { "shortName": ":tada:", "text": "🎉" } }, text(" "),
            marked("red", json!([{ "type": "textColor", "attrs": { "color": "#ff0000" } }, { "type": "strong" }])),
            text(" "), { "type": "inlineCard", "attrs": { "url": "https://acme.atlassian.net/browse/ACME-1" } },
        ])),
        { "type": "panel", "attrs": { "panelType": "warning" }, "content": [paragraph(json!([text("Careful")]))] },
        { "type": "layoutSection", "content": [
            { "type": "layoutColumn", "attrs": { "width": 50 }, "content": [paragraph(json!([text("left")]))] },
            { "type": "layoutColumn", "attrs": { "width": 50 }, "content": [paragraph(json!([text("right")]))] },
        ] },
        { "type": "taskList", "attrs": { "localId": "1" }, "content": [
            { "type": "taskItem", "attrs": { "localId": "2", "state": "DONE" }, "content": [text("done")] },
            { "type": "taskList", "attrs": { "localId": "3" }, "content": [
                { "type": "taskItem", "attrs": { "localId": "4", "state": "TODO" }, "content": [text("part")] },
            ] },
        ] },
        { "type": "decisionList", "attrs": { "localId": "5" }, "content": [
            { "type": "decisionItem", "attrs": { "localId": "6", "state": "DECIDED" }, "content": [text("we go")] },
        ] },
        { "type": "mediaSingle", "attrs": { "layout": "center" }, "content": [
            { "type": "media", "attrs": { "type": "file", "id": "x", "collection": "", "alt": "shot.png" } },
        ] },
        { "type": "expand", "attrs": { "title": "Log" }, "content": [
            { "type": "codeBlock", "attrs": { "language": "rust" }, "content": [text("fn main() {}")] },
        ] },
        { "type": "table", "content": [
            { "type": "tableRow", "content": [{ "type": "tableHeader", "content": [paragraph(json!([text("a")]))] }] },
            { "type": "tableRow", "content": [{ "type": "tableCell", "content": [
                paragraph(json!([text("1")])), paragraph(json!([text("2")])),
            ] }] },
        ] },
        { "type": "blockCard", "attrs": { "url": "https://x.example/b" } },
        { "type": "hologram", "content": [paragraph(json!([text("from the future")]))] },
        { "type": "extension", "attrs": { "extensionKey": "k", "extensionType": "t", "text": "a macro" } },
    ] })
}

#[test]
fn everything_jira_writes_is_read() {
    let files = |name: &str| (name == "shot.png").then(|| "https://acme.atlassian.net/file/1".to_owned());
    let doc = parse(&sample()).with_files(&files);
    insta::assert_snapshot!("sample_as_markdown", doc.to_markdown());
    let blocks: Vec<String> = doc.blocks(Limits::FULL).iter().map(|block| format!("{block:?}")).collect();
    insta::assert_snapshot!("sample_as_blocks", blocks.join("\n"));
    assert_eq!(doc.mentions(), [Mention { id: "557058:1".to_owned(), name: "Ana W".to_owned() }]);
    valid(&write(&doc)).unwrap();
}

#[test]
fn what_may_not_stand_in_a_place_is_written_as_what_may() {
    for markdown in [
        "- # heading in an item\n- > quote in it\n- ```\n  code first\n  ```",
        "> # heading\n>\n> > quote in quote\n>\n> ---\n>\n> | a |\n> |---|\n> | b |",
        "> [!NOTE]\n> > quoted\n>\n> | a |\n> |---|\n> | b |",
        "<details><summary>a</summary>\n\n<details><summary>b</summary>\n\n<details><summary>c</summary>\n\nx\n\n</details>\n\n</details>\n\n</details>",
        "- [ ] do\n  > why\n- [x] done",
        "1. a\n\n   - [ ] b\n\n   ---\n\n2. c",
        "| `a` **b** |\n|---|\n| x<br>y |",
        "[text](/relative) [bad](javascript:alert(1)) ![](https://x.example/i.png) ***`code`***",
        "-\n-\n\n1.",
        "",
    ] {
        let adf = from_markdown(markdown, &|_| None);
        valid(&adf).unwrap_or_else(|error| panic!("{markdown}\n{error}"));
    }
    let item = from_markdown("- ```\n  x\n  ```", &|_| None);
    assert_eq!(item["content"][0]["content"][0]["content"][0]["type"], "paragraph", "an item begins with a paragraph");
    let code = from_markdown("**`a`** [`b`](https://x.example)", &|_| None).to_string();
    assert!(!code.contains("strong") && code.contains("link"), "{code}");
}

#[test]
fn what_is_no_document_is_read_as_it_looks() {
    for adf in
        [json!(null), json!(7), json!([]), json!({}), json!({ "type": "doc" }), json!({ "type": 7, "content": 8 })]
    {
        assert!(parse(&adf).is_empty(), "{adf}");
    }
    assert_eq!(to_markdown(&json!("only text")), "only text\n");
    assert_eq!(to_markdown(&json!({ "type": "paragraph", "content": [{ "type": "text", "text": "p" }] })), "p\n");
}

#[test]
fn hostile_depth_is_flattened() {
    for kind in ["blockquote", "bulletList", "panel", "table", "expand", "unknown", "taskList", "paragraph", "heading"]
    {
        let mut adf = json!({ "type": "text", "text": "deep" });
        for _ in 0..400 {
            adf = json!({ "type": kind, "content": [adf] });
        }
        let doc = parse(&adf);
        assert!(doc.to_markdown().contains("deep"), "{kind}");
        valid(&write(&doc)).unwrap();
    }
}

#[test]
fn a_long_hostile_line_is_read_at_once() {
    let mut content = vec![json!({ "type": "hardBreak" }); 40_000];
    content.push(json!({ "type": "text", "text": format!("https://x{}", ")".repeat(30_000)) }));
    let doc = parse(&json!({ "type": "doc", "content": [{ "type": "paragraph", "content": content }] }));
    assert!(doc.to_markdown().len() > 30_000);
}

/// Anything that looks like a document, or nearly.
fn any_value() -> impl Strategy<Value = Value> {
    let kinds = [
        "doc",
        "paragraph",
        "text",
        "heading",
        "bulletList",
        "orderedList",
        "listItem",
        "codeBlock",
        "blockquote",
        "panel",
        "expand",
        "nestedExpand",
        "table",
        "tableRow",
        "tableCell",
        "tableHeader",
        "taskList",
        "taskItem",
        "decisionList",
        "rule",
        "mention",
        "emoji",
        "date",
        "status",
        "media",
        "mediaSingle",
        "inlineCard",
        "hardBreak",
        "layoutSection",
        "what",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\PC\n]{0,12}".prop_map(Value::from),
    ];
    let attr = prop::sample::select(vec![
        "level",
        "id",
        "text",
        "shortName",
        "url",
        "title",
        "timestamp",
        "state",
        "order",
        "panelType",
        "language",
        "alt",
    ]);
    let attrs = prop::collection::hash_map(attr, leaf.clone(), 0..4).prop_map(|attrs| json!(attrs));
    let mark =
        (prop::sample::select(vec!["strong", "em", "strike", "code", "link", "subsup"]), "(https://x\\.example|x|)");
    let marks =
        prop::collection::vec(mark.prop_map(|(kind, href)| json!({ "type": kind, "attrs": { "href": href } })), 0..3);
    let head = (prop::sample::select(kinds.to_vec()), attrs, marks, "[\\PC\n]{0,9}");
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            6 => (head.clone(), prop::collection::vec(inner, 0..5)).prop_map(|((kind, attrs, marks, text), content)| {
                json!({ "type": kind, "attrs": attrs, "marks": marks, "text": text, "content": content })
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_value_is_read_within_limits_and_written_right(adf in any_value()) {
        let doc = parse(&adf);
        let blocks = doc.blocks(Limits { blocks: 5, chars: 100 });
        prop_assert!(blocks.len() <= 5);
        let _ = doc.to_markdown();
        prop_assert_eq!(valid(&write(&doc)), Ok(()));
    }

    #[test]
    fn any_markdown_becomes_a_valid_document(markdown in "[\\PC\n<>*_`\\[\\]()!|#>~:@&;-]{0,200}") {
        let adf = from_markdown(&markdown, &|name| Some(Mention { id: name.to_owned(), name: name.to_owned() }));
        prop_assert_eq!(valid(&adf), Ok(()));
    }

    #[test]
    fn documents_survive_markdown(doc in doc()) {
        let adf = write(&doc);
        prop_assert_eq!(valid(&adf), Ok(()));
        prop_assert_eq!(parse(&adf), doc);
        prop_assert_eq!(from_markdown(&to_markdown(&adf), &resolve), adf);
    }
}
