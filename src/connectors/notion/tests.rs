//! What the tests of the parts share: Notion's own description of its requests.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::properties::Schema;
use super::wire::Page;
use crate::model::{Block, Card, Text};

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

/// The columns of a data source with every type of property, as Notion sends them.
pub(super) fn tasks() -> Schema {
    let option = |id: &str, name: &str| json!({ "id": id, "name": name, "color": "default" });
    let columns = json!({
        "Status": {"id": "sT%40", "name": "Status", "type": "status", "status": {
            "options": [option("1", "To do"), option("2", "Doing"), option("3", "Done")],
            "groups": [
                {"id": "a", "name": "To-do", "option_ids": ["1"]}, {"id": "b", "name": "In progress", "option_ids": ["2"]},
                {"id": "c", "name": "Complete", "option_ids": ["3"]}]}},
        "Assignee": {"id": "as", "type": "people", "people": {}},
        "Due": {"id": "du", "type": "date", "date": {}},
        "Due date": {"id": "dd", "type": "date", "date": {}},
        "Priority": {"id": "pr", "type": "select", "select": {"options": [option("h", "High"), option("l", "Low")]}},
        "Tags": {"id": "ta", "type": "multi_select", "multi_select": {"options": [option("b", "Bug"), option("d", "Docs")]}},
        "Estimate": {"id": "es", "type": "number", "number": {"format": "number"}},
        "Name": {"id": "title", "type": "title", "title": {}},
        "Progress": {"id": "pg", "type": "number", "number": {"format": "percent"}},
        "Urgent": {"id": "ur", "type": "checkbox", "checkbox": {}},
        "Notes": {"id": "no", "type": "rich_text", "rich_text": {}},
        "Mail": {"id": "ma", "type": "email", "email": {}},
        "Phone": {"id": "ph", "type": "phone_number", "phone_number": {}},
        "Link": {"id": "li", "type": "url", "url": {}},
        "Related": {"id": "re", "type": "relation", "relation": {"data_source_id": "0ef104cd-477e-80e1-8571-cfd10e92339a"}},
        "Files": {"id": "fi", "type": "files", "files": {}},
        "Where": {"id": "wh", "type": "place", "place": {}},
        "Score": {"id": "sc", "type": "formula", "formula": {"expression": "1"}},
        "Sum": {"id": "su", "type": "rollup", "rollup": {}},
        "Created": {"id": "cr", "type": "created_time", "created_time": {}},
        "Author": {"id": "au", "type": "created_by", "created_by": {}},
        "ID": {"id": "id", "type": "unique_id", "unique_id": {"prefix": "TASK"}},
        "Press": {"id": "bu", "type": "button", "button": {}},
        "Checked": {"id": "ve", "type": "verification", "verification": {}},
    });
    Schema::of(columns.as_object().unwrap())
}

/// An entry of [`tasks`].
pub(super) fn entry() -> Page {
    serde_json::from_value(json!({
        "object": "page", "id": "153104cd-477e-809d-8dc4-ff2d96ae3090", "url": "https://www.notion.so/Fix-it-153104cd477e809d8dc4ff2d96ae3090",
        "icon": {"type": "emoji", "emoji": "🐞"}, "last_edited_time": "2026-11-21T17:30:00.000Z",
        "parent": {"type": "data_source_id", "data_source_id": "0ef104cd-477e-80e1-8571-cfd10e92339a",
            "database_id": "1ef104cd-477e-80e1-8571-cfd10e92339a"},
        "properties": {
            "Estimate": {"id": "es", "type": "number", "number": 3},
            "Due": {"id": "du", "type": "date", "date": {"start": "2026-11-30", "end": null}},
            "Tags": {"id": "ta", "type": "multi_select", "multi_select": []},
            "Status": {"id": "sT%40", "type": "status", "status": {"id": "2", "name": "Doing"}},
            "Assignee": {"id": "as", "type": "people", "people": [{"object": "user", "id": "5ff924f1-7658-4f1c-b585-d1daa56b2927", "name": "Ana", "type": "person"}]},
            "Name": {"id": "title", "type": "title", "title": [{"type": "text", "text": {"content": "Fix *it*"}, "plain_text": "Fix *it*"}]},
        },
    }))
    .unwrap()
}

/// Everything a card shows, as text.
pub(super) fn dump(card: &Card) -> String {
    let mut lines = vec![format!("{:?} {}", card.tone, card.title)];
    lines.extend(card.body.iter().map(|block| match block {
        Block::Text(text) => text.to_plain(),
        Block::Quote(text) => format!("> {}", text.to_plain()),
        Block::List { items, .. } => {
            items.iter().map(|item| format!("- {}", item.to_plain())).collect::<Vec<_>>().join("\n")
        }
        other => format!("{other:?}"),
    }));
    lines.extend(card.fields.iter().map(|field| format!("{}: {}", field.label, field.value.to_plain())));
    lines.extend(card.actions.iter().map(|action| format!("[{}]", action.label)));
    lines.extend(card.footer.iter().map(Text::to_plain));
    lines.join("\n")
}
