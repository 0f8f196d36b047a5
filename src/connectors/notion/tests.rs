//! What the tests of the parts share: Notion's own description of its requests.

use std::sync::LazyLock;

use serde_json::{Value, json};

static SLICE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../tests/data/notion/requests-slice.json")).unwrap());

/// Checks a value against a definition of Notion's (`tests/data/notion/requests-slice.json`).
pub(super) struct Judge(jsonschema::Validator);

impl Judge {
    pub(super) fn of(definition: &str) -> Self {
        assert!(SLICE["definitions"].get(definition).is_some(), "no definition {definition}");
        let schema = json!({
            "$schema": SLICE["$schema"], "$ref": format!("#/definitions/{definition}"),
            "definitions": SLICE["definitions"],
        });
        Self(jsonschema::validator_for(&schema).unwrap())
    }

    pub(super) fn accepts(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }
}

#[test]
fn the_judge_refuses_what_is_wrong() {
    let judge = Judge::of("AppendBlockChildrenParameters");
    let request = |block: Value| json!({ "block_id": "x", "children": [block] });
    assert!(judge.accepts(&request(json!({ "divider": {} }))));
    assert!(!judge.accepts(&request(json!({ "divider": { "color": "red" } }))));
    assert!(!judge.accepts(&request(json!({ "paragraph": { "rich_text": "text" } }))));
    assert!(!judge.accepts(&request(json!({ "code": { "rich_text": [], "language": "brainfuck" } }))));
}
