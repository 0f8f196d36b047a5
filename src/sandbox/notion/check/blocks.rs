//! Blocks in requests: which types there are, what each holds, and how deep they may be nested.
//!
//! <https://developers.notion.com/reference/block>. A request may nest two levels of children.

use serde_json::Value;

use super::parts::{COLORS, EMPTY, ICON, MEDIA, NAMED_MEDIA, RICH};
use super::shape::{Field, Shape, Tagged, choices, expected, fields, may, missing, need, object};

/// Most blocks in one request, children counted.
pub(in crate::sandbox::notion) const MOST_BLOCKS: usize = 1_000;

/// Languages of code blocks.
pub(super) const LANGUAGES: Shape = Shape::Words(&[
    "abap",
    "abc",
    "agda",
    "arduino",
    "ascii art",
    "assembly",
    "bash",
    "basic",
    "bnf",
    "c",
    "c#",
    "c++",
    "clojure",
    "coffeescript",
    "coq",
    "css",
    "dart",
    "dhall",
    "diff",
    "docker",
    "ebnf",
    "elixir",
    "elm",
    "erlang",
    "f#",
    "flow",
    "fortran",
    "gherkin",
    "glsl",
    "go",
    "graphql",
    "groovy",
    "haskell",
    "hcl",
    "html",
    "idris",
    "java",
    "javascript",
    "json",
    "julia",
    "kotlin",
    "latex",
    "less",
    "lisp",
    "livescript",
    "llvm ir",
    "lua",
    "makefile",
    "markdown",
    "markup",
    "matlab",
    "mathematica",
    "mermaid",
    "nix",
    "notion formula",
    "objective-c",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "plain text",
    "powershell",
    "prolog",
    "protobuf",
    "purescript",
    "python",
    "r",
    "racket",
    "reason",
    "ruby",
    "rust",
    "sass",
    "scala",
    "scheme",
    "scss",
    "shell",
    "smalltalk",
    "solidity",
    "sql",
    "swift",
    "toml",
    "typescript",
    "vb.net",
    "verilog",
    "vhdl",
    "visual basic",
    "webassembly",
    "xml",
    "yaml",
    "java/c/c++/c#",
]);

const TEXT: [Field; 2] = [need("rich_text", &RICH), may("color", &COLORS)];
const LINKED: [Field; 2] = [need("url", &Shape::Url), may("caption", &RICH)];
const CELLS: Shape = Shape::List(&RICH, 100);
/// Where a link to a page points.
const TARGET: Shape = Shape::Tagged(&Tagged {
    variants: &[("page_id", &Shape::Id), ("database_id", &Shape::Id), ("comment_id", &Shape::Id)],
    bare: &[],
    common: &[],
    typed: false,
});
const SYNCED_FROM: Shape =
    Shape::OrNull(&Shape::Object(&[need("block_id", &Shape::Id), may("type", &Shape::Words(&["block_id"]))]));

/// What a type of block holds.
enum Holds {
    /// These fields, and children when nesting allows.
    Parent(&'static [Field]),
    /// These fields only.
    Leaf(&'static [Field]),
    /// What another shape says.
    Shaped(&'static Shape),
}

/// Every type that can be made.
const TYPES: [&str; 31] = [
    "paragraph",
    "heading_1",
    "heading_2",
    "heading_3",
    "heading_4",
    "bulleted_list_item",
    "numbered_list_item",
    "to_do",
    "toggle",
    "quote",
    "callout",
    "synced_block",
    "code",
    "equation",
    "divider",
    "breadcrumb",
    "table_of_contents",
    "link_to_page",
    "table",
    "table_row",
    "column_list",
    "column",
    "embed",
    "bookmark",
    "image",
    "video",
    "pdf",
    "file",
    "audio",
    "template",
    "tab",
];

fn holds(kind: &str) -> Option<Holds> {
    const HEADING: [Field; 3] = [need("rich_text", &RICH), may("color", &COLORS), may("is_toggleable", &Shape::Bool)];
    const WITH_ICON: [Field; 3] = [need("rich_text", &RICH), may("color", &COLORS), may("icon", &ICON)];
    const TO_DO: [Field; 3] = [need("rich_text", &RICH), may("color", &COLORS), may("checked", &Shape::Bool)];
    const CODE: [Field; 3] = [need("rich_text", &RICH), need("language", &LANGUAGES), may("caption", &RICH)];
    const TABLE: [Field; 3] = [
        need("table_width", &Shape::Whole(1, 100)),
        may("has_column_header", &Shape::Bool),
        may("has_row_header", &Shape::Bool),
    ];
    Some(match kind {
        "paragraph" | "callout" => Holds::Parent(&WITH_ICON),
        "heading_1" | "heading_2" | "heading_3" | "heading_4" => Holds::Parent(&HEADING),
        "bulleted_list_item" | "numbered_list_item" | "toggle" | "quote" => Holds::Parent(&TEXT),
        "to_do" => Holds::Parent(&TO_DO),
        "template" => Holds::Parent(const { &[need("rich_text", &RICH)] }),
        "synced_block" => Holds::Parent(const { &[need("synced_from", &SYNCED_FROM)] }),
        "table" => Holds::Parent(&TABLE),
        "column_list" | "column" | "tab" => Holds::Parent(&[]),
        "code" => Holds::Leaf(&CODE),
        "equation" => Holds::Leaf(const { &[need("expression", &Shape::Text(0, 1_000))] }),
        "table_of_contents" => Holds::Leaf(const { &[may("color", &COLORS)] }),
        "table_row" => Holds::Leaf(const { &[need("cells", &CELLS)] }),
        "embed" | "bookmark" => Holds::Leaf(&LINKED),
        "divider" | "breadcrumb" => Holds::Shaped(&EMPTY),
        "link_to_page" => Holds::Shaped(&TARGET),
        "image" | "video" | "pdf" | "audio" => Holds::Shaped(&MEDIA),
        "file" => Holds::Shaped(&NAMED_MEDIA),
        _ => return None,
    })
}

/// Holds a block of a request against its shape. `depth`: how many levels of children it may have.
pub(super) fn look(value: &Value, depth: u8, path: &str, wrong: &mut Vec<String>) {
    let Some(map) = object(value, path, wrong) else { return };
    let named = match map.get("type") {
        None => None,
        Some(given) => match given.as_str().filter(|word| TYPES.contains(word)) {
            Some(word) => Some(word),
            None => return expected(&format!("{path}.type"), &choices(&TYPES), given, wrong),
        },
    };
    let Some(kind) = named.or_else(|| TYPES.into_iter().find(|kind| map.contains_key(*kind))) else {
        return TYPES.iter().for_each(|kind| missing(path, kind, wrong));
    };
    fields(map, path, &[const { &[may("object", &Shape::Words(&["block"]))] }], &["type", kind], wrong);
    let Some(content) = map.get(kind) else { return missing(path, kind, wrong) };
    let inner = format!("{path}.{kind}");
    let too_deep = match kind {
        "column_list" | "column" => depth < 2,
        "table" | "tab" => depth < 1,
        _ => false,
    };
    if too_deep {
        return expected(&inner, "not present", content, wrong);
    }
    match holds(kind) {
        Some(Holds::Shaped(shape)) => shape.look(content, &inner, wrong),
        Some(Holds::Leaf(of)) => {
            if let Some(map) = object(content, &inner, wrong) {
                fields(map, &inner, &[of], &[], wrong);
            }
        }
        Some(Holds::Parent(of)) => {
            if let Some(map) = object(content, &inner, wrong) {
                fields(map, &inner, &[of], &["children"], wrong);
                children(kind, map.get("children"), depth, &inner, wrong);
                if kind == "table" {
                    rows(content, &inner, wrong);
                }
            }
        }
        None => {}
    }
}

fn children(kind: &str, given: Option<&Value>, depth: u8, path: &str, wrong: &mut Vec<String>) {
    let needed = matches!(kind, "table" | "column_list" | "column" | "tab");
    let Some(given) = given else {
        if needed {
            missing(path, "children", wrong);
        }
        return;
    };
    let here = format!("{path}.children");
    if depth == 0 {
        return expected(&here, "not present", given, wrong);
    }
    let Some(items) = given.as_array() else { return expected(&here, "an array", given, wrong) };
    let least = match kind {
        "column_list" => 2,
        "table" | "column" => 1,
        _ => 0,
    };
    if items.len() < least {
        wrong.push(format!("{here}.length should be ≥ `{least}`, instead was `{}`", items.len()));
    }
    if items.len() > 100 {
        return wrong.push(format!("{here}.length should be ≤ `100`, instead was `{}`", items.len()));
    }
    // Columns are part of their list: they use up no level.
    let inner = if kind == "column_list" { depth } else { depth - 1 };
    let only = match kind {
        "table" => Some("table_row"),
        "column_list" => Some("column"),
        "tab" => Some("paragraph"),
        _ => None,
    };
    for (at, item) in items.iter().enumerate() {
        let path = format!("{here}[{at}]");
        match only {
            Some(only) if item.get(only).is_none() => missing(&path, only, wrong),
            _ => look(item, inner, &path, wrong),
        }
    }
}

fn rows(table: &Value, path: &str, wrong: &mut Vec<String>) {
    let width = table["table_width"].as_u64().unwrap_or_default();
    for (at, row) in table["children"].as_array().into_iter().flatten().enumerate() {
        let cells = row["table_row"]["cells"].as_array().map_or(0, Vec::len);
        if u64::try_from(cells).ok() != Some(width) {
            wrong.push(format!(
                "{path}.children[{at}].table_row.cells.length should be equal to `{width}`, instead was `{cells}`"
            ));
        }
    }
}

/// How many blocks these are, with all their children.
pub(in crate::sandbox::notion) fn count(blocks: &[Value]) -> usize {
    let inner = |block: &Value| {
        let contents = block.as_object().into_iter().flat_map(|map| map.values());
        contents.filter_map(|content| content["children"].as_array()).map(|children| count(children)).sum::<usize>()
    };
    blocks.iter().map(|block| 1 + inner(block)).sum()
}

/// The change of a block: the same content, none of it needed, no children.
pub(in crate::sandbox::notion) fn look_change(kind: &str, content: &Value, wrong: &mut Vec<String>) {
    let path = format!("body.{kind}");
    let Some(map) = object(content, &path, wrong) else { return };
    let mut found = Vec::new();
    match holds(kind) {
        Some(Holds::Parent(of) | Holds::Leaf(of)) if kind != "table" => fields(map, &path, &[of], &[], &mut found),
        Some(Holds::Parent(_) | Holds::Leaf(_)) => fields(
            map,
            &path,
            &[const { &[may("has_column_header", &Shape::Bool), may("has_row_header", &Shape::Bool)] }],
            &[],
            &mut found,
        ),
        Some(Holds::Shaped(shape)) => shape.look(content, &path, &mut found),
        None => found.push(format!("{path} should be not present, instead was `{content}`")),
    }
    // What is not named stays as it is.
    found.retain(|line| !line.ends_with("should be defined, instead was `undefined`"));
    wrong.extend(found);
}
