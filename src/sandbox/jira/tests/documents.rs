//! The check of documents against Atlassian's own schema of the format (see `tests/data/ORIGINS.md`).

use super::*;
use crate::sandbox::jira::adf;

fn schema() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/jira/adf-full.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft4::options().build(&schema).unwrap()
}

fn text(text: &str, marks: Value) -> Value {
    let mut node = json!({ "type": "text", "text": text });
    if !marks.is_null() {
        node["marks"] = marks;
    }
    node
}

#[expect(clippy::needless_pass_by_value, reason = "documents are written as they nest")]
fn paragraph(content: Value) -> Value {
    json!({ "type": "paragraph", "content": content })
}

#[expect(clippy::needless_pass_by_value, reason = "documents are written as they nest")]
fn whole(content: Value) -> Value {
    json!({ "type": "doc", "version": 1, "content": content })
}

#[test]
fn documents_that_the_schema_takes_are_taken() {
    let schema = schema();
    let item = json!({ "type": "listItem", "content": [paragraph(json!([text("a", json!(null))]))] });
    let good = [
        whole(json!([])),
        doc("x"),
        whole(json!([paragraph(json!([
            text("a", json!([{ "type": "strong" }, { "type": "em" }, { "type": "strike" }])),
            text("b", json!([{ "type": "code" }, { "type": "link", "attrs": { "href": "https://x" } }])),
            text("c", json!([{ "type": "textColor", "attrs": { "color": "#97a0af" } }])),
            { "type": "hardBreak" },
            { "type": "mention", "attrs": { "id": "712020:a", "text": "@Ana" } },
            { "type": "emoji", "attrs": { "shortName": ":smile:" } },
            { "type": "inlineCard", "attrs": { "url": "https://x" } },
            { "type": "status", "attrs": { "text": "DONE", "color": "green" } },
            { "type": "date", "attrs": { "timestamp": "1582152559" } },
        ]))])),
        whole(json!([
            { "type": "heading", "attrs": { "level": 3 }, "content": [text("h", json!(null))] },
            { "type": "bulletList", "content": [item] },
            { "type": "orderedList", "attrs": { "order": 3 }, "content": [item] },
            { "type": "codeBlock", "attrs": { "language": "rust" }, "content": [text("let x;", json!(null))] },
            { "type": "blockquote", "content": [paragraph(json!([]))] },
            { "type": "panel", "attrs": { "panelType": "info" }, "content": [paragraph(json!([]))] },
            { "type": "rule" },
            { "type": "table", "content": [{ "type": "tableRow", "content": [
                { "type": "tableHeader", "attrs": {}, "content": [paragraph(json!([]))] },
                { "type": "tableCell", "attrs": { "colspan": 2 }, "content": [paragraph(json!([]))] },
            ] }] },
            { "type": "taskList", "attrs": { "localId": "1" }, "content": [
                { "type": "taskItem", "attrs": { "localId": "2", "state": "TODO" }, "content": [text("do", json!(null))] },
            ] },
            { "type": "expand", "attrs": { "title": "more" }, "content": [paragraph(json!([]))] },
        ])),
    ];
    for document in good {
        assert_eq!(
            schema.iter_errors(&document).map(|error| error.to_string()).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{document}"
        );
        assert_eq!(adf::check(&document), Ok(()), "{document}");
    }
}

#[test]
fn documents_that_the_schema_refuses_are_refused() {
    let schema = schema();
    let bad = [
        json!({ "type": "doc", "content": [] }),
        whole(json!([text("a", json!(null))])),
        whole(json!([paragraph(json!([text("", json!(null))]))])),
        whole(json!([paragraph(json!([{ "type": "nonsense" }]))])),
        whole(json!([paragraph(json!([paragraph(json!([]))]))])),
        whole(json!([paragraph(json!([text("a", json!([{ "type": "bold" }]))]))])),
        whole(json!([paragraph(json!([text("a", json!([{ "type": "code" }, { "type": "strong" }]))]))])),
        whole(json!([paragraph(json!([text("a", json!([{ "type": "link" }]))]))])),
        whole(json!([paragraph(json!([{ "type": "mention", "attrs": {} }]))])),
        whole(json!([paragraph(json!([{ "type": "inlineCard", "attrs": {} }]))])),
        whole(json!([{ "type": "heading", "content": [] }])),
        whole(json!([{ "type": "heading", "attrs": { "level": 7 }, "content": [] }])),
        whole(json!([{ "type": "bulletList", "content": [] }])),
        whole(json!([{ "type": "bulletList", "content": [paragraph(json!([]))] }])),
        whole(json!([{ "type": "codeBlock", "content": [text("a", json!([{ "type": "strong" }]))] }])),
        whole(json!([{ "type": "codeBlock", "content": [{ "type": "hardBreak" }] }])),
        whole(json!([{ "type": "blockquote", "content": [{ "type": "heading", "attrs": { "level": 1 } }] }])),
        whole(json!([{ "type": "panel", "attrs": { "panelType": "loud" }, "content": [paragraph(json!([]))] }])),
        whole(json!([{ "type": "paragraph", "attrs": { "class": "x" } }])),
        whole(json!([{ "type": "paragraph", "extra": 1 }])),
        whole(json!([{ "type": "listItem", "content": [paragraph(json!([]))] }])),
        whole(json!([{ "type": "taskList", "content": [] }])),
        whole(json!([{ "type": "table", "content": [{ "type": "tableCell", "content": [] }] }])),
    ];
    for document in bad {
        assert!(!schema.is_valid(&document), "the schema takes {document}");
        assert!(adf::check(&document).is_err(), "{document}");
    }
}

#[tokio::test]
async fn a_document_that_is_none_is_refused_and_the_ledger_tells_why() {
    let stage = Stage::new().await;
    let bad = whole(json!([{ "type": "heading", "content": [] }]));
    let (status, body) = stage.post("/rest/api/3/issue/ACME-1/comment", json!({ "body": bad })).await;
    assert_eq!((status, said(&body)), (400, "INVALID_INPUT"));
    let (_, body) = stage.put("/rest/api/3/issue/ACME-1", json!({ "fields": { "description": bad } })).await;
    assert_eq!(body["errors"]["description"], "INVALID_INPUT");
    let what: Vec<String> = stage.fake.violations().into_iter().map(|violation| violation.what).collect();
    assert_eq!(what, ["no ADF: doc > heading: the attribute level is missing"; 2]);
}
