//! The shape of a query's filter: <https://developers.notion.com/reference/filter-data-source-entries>.

use serde_json::Value;

use super::shape::{Field, Shape, Tagged, expected, may, need, object};

const ANY_TEXT: Shape = Shape::Text(0, 2_000);
const TRUE: Shape = Shape::True;
const ONE_OR_MANY: Shape = Shape::Either(&[&ANY_TEXT, &Shape::List(&ANY_TEXT, 100)]);
const EMPTY: Shape = Shape::Object(&[]);
const PERSON: Shape = Shape::Either(&[&Shape::Id, &Shape::Words(&["me"])]);
const DAY: Shape = Shape::Either(&[
    &Shape::Date,
    &Shape::Words(&[
        "today",
        "tomorrow",
        "yesterday",
        "one_week_ago",
        "one_week_from_now",
        "one_month_ago",
        "one_month_from_now",
    ]),
]);

/// A condition is an object with exactly one of these keys.
const fn condition(variants: &'static [(&'static str, &'static Shape)]) -> Tagged {
    Tagged { variants, bare: &[], common: &[], typed: false }
}

const TEXT: Shape = Shape::Tagged(&condition(&[
    ("equals", &ANY_TEXT),
    ("does_not_equal", &ANY_TEXT),
    ("contains", &ANY_TEXT),
    ("does_not_contain", &ANY_TEXT),
    ("starts_with", &ANY_TEXT),
    ("ends_with", &ANY_TEXT),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const NUMBER: Shape = Shape::Tagged(&condition(&[
    ("equals", &Shape::Number),
    ("does_not_equal", &Shape::Number),
    ("greater_than", &Shape::Number),
    ("less_than", &Shape::Number),
    ("greater_than_or_equal_to", &Shape::Number),
    ("less_than_or_equal_to", &Shape::Number),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const CHECKBOX: Shape = Shape::Tagged(&condition(&[("equals", &Shape::Bool), ("does_not_equal", &Shape::Bool)]));
const CHOICE: Shape = Shape::Tagged(&condition(&[
    ("equals", &ONE_OR_MANY),
    ("does_not_equal", &ONE_OR_MANY),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const CHOICES: Shape = Shape::Tagged(&condition(&[
    ("contains", &ONE_OR_MANY),
    ("does_not_contain", &ONE_OR_MANY),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const DATE: Shape = Shape::Tagged(&condition(&[
    ("equals", &DAY),
    ("before", &DAY),
    ("after", &DAY),
    ("on_or_before", &DAY),
    ("on_or_after", &DAY),
    ("this_week", &EMPTY),
    ("past_week", &EMPTY),
    ("past_month", &EMPTY),
    ("past_year", &EMPTY),
    ("next_week", &EMPTY),
    ("next_month", &EMPTY),
    ("next_year", &EMPTY),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const PEOPLE: Shape = Shape::Tagged(&condition(&[
    ("contains", &PERSON),
    ("does_not_contain", &PERSON),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const RELATION: Shape = Shape::Tagged(&condition(&[
    ("contains", &Shape::Id),
    ("does_not_contain", &Shape::Id),
    ("is_empty", &TRUE),
    ("is_not_empty", &TRUE),
]));
const EXISTS: Shape = Shape::Tagged(&condition(&[("is_empty", &TRUE), ("is_not_empty", &TRUE)]));
const FORMULA: Shape =
    Shape::Tagged(&condition(&[("string", &TEXT), ("checkbox", &CHECKBOX), ("number", &NUMBER), ("date", &DATE)]));

const PROPERTY: [Field; 1] = [need("property", &Shape::Text(1, 200))];
const BY_PROPERTY: Shape = Shape::Tagged(&Tagged {
    variants: &[
        ("title", &TEXT),
        ("rich_text", &TEXT),
        ("url", &TEXT),
        ("email", &TEXT),
        ("phone_number", &TEXT),
        ("number", &NUMBER),
        ("unique_id", &NUMBER),
        ("checkbox", &CHECKBOX),
        ("select", &CHOICE),
        ("status", &CHOICE),
        ("multi_select", &CHOICES),
        ("date", &DATE),
        ("created_time", &DATE),
        ("last_edited_time", &DATE),
        ("people", &PEOPLE),
        ("created_by", &PEOPLE),
        ("last_edited_by", &PEOPLE),
        ("files", &EXISTS),
        ("relation", &RELATION),
        ("formula", &FORMULA),
    ],
    bare: &[],
    common: &PROPERTY,
    typed: false,
});
const BY_TIME: Shape = Shape::Tagged(&Tagged {
    variants: &[("created_time", &DATE), ("last_edited_time", &DATE)],
    bare: &[],
    common: &[need("timestamp", &Shape::Words(&["created_time", "last_edited_time"])), may("type", &ANY_TEXT)],
    typed: false,
});

/// Holds a filter against its shape: groups may stand in a group, but no deeper.
pub(super) fn look(value: &Value, path: &str, wrong: &mut Vec<String>) {
    level(value, 2, path, wrong);
}

fn level(value: &Value, deeper: u8, path: &str, wrong: &mut Vec<String>) {
    let Some(map) = object(value, path, wrong) else { return };
    let Some(group) = ["and", "or"].into_iter().find(|group| map.contains_key(*group)) else {
        let shape = if map.contains_key("timestamp") { &BY_TIME } else { &BY_PROPERTY };
        return shape.look(value, path, wrong);
    };
    let here = format!("{path}.{group}");
    if deeper == 0 {
        return expected(&here, "not present", &map[group], wrong);
    }
    map.iter().filter(|(name, _)| *name != group).for_each(|(name, value)| {
        expected(&format!("{path}.{name}"), "not present", value, wrong);
    });
    let Some(items) = map[group].as_array() else { return expected(&here, "an array", &map[group], wrong) };
    if items.len() > 100 {
        wrong.push(format!("{here}.length should be ≤ `100`, instead was `{}`", items.len()));
    }
    for (at, item) in items.iter().enumerate() {
        level(item, deeper - 1, &format!("{here}[{at}]"), wrong);
    }
}
