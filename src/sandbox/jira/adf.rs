//! Whether a document is an Atlassian Document: node types, what may stand in what, required attributes, marks.
//! <https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/>

use serde_json::Value;

/// An attribute's form.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Filled,
    Number(f64, f64),
    Bool,
    Word(&'static [&'static str]),
    Color,
    Any,
}

type Attr = (&'static str, Form);

/// What a node is: its children (names and groups), how few it must have, required and optional attributes.
struct Node {
    children: &'static [&'static str],
    least: usize,
    required: &'static [Attr],
    optional: &'static [Attr],
}

const LEAF: Node = Node { children: &[], least: 0, required: &[], optional: &[] };

const INLINE: &[&str] = &[
    "text",
    "hardBreak",
    "mention",
    "emoji",
    "inlineCard",
    "status",
    "date",
    "placeholder",
    "mediaInline",
    "inlineExtension",
];
const TOP: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "codeBlock",
    "blockquote",
    "panel",
    "rule",
    "table",
    "taskList",
    "decisionList",
    "mediaSingle",
    "mediaGroup",
    "expand",
    "blockCard",
    "embedCard",
    "extension",
    "bodiedExtension",
    "layoutSection",
];
const IN_CELL: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "codeBlock",
    "blockquote",
    "panel",
    "rule",
    "taskList",
    "decisionList",
    "mediaSingle",
    "mediaGroup",
    "nestedExpand",
    "blockCard",
    "embedCard",
    "extension",
];
const IN_EXPAND: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "codeBlock",
    "blockquote",
    "panel",
    "rule",
    "table",
    "taskList",
    "decisionList",
    "mediaSingle",
    "mediaGroup",
    "nestedExpand",
    "blockCard",
    "embedCard",
    "extension",
    "bodiedExtension",
];
const IN_PANEL: &[&str] = &[
    "paragraph",
    "heading",
    "bulletList",
    "orderedList",
    "blockCard",
    "mediaGroup",
    "mediaSingle",
    "codeBlock",
    "taskList",
    "rule",
    "decisionList",
    "extension",
];
const IN_ITEM: &[&str] =
    &["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "taskList", "extension"];
const IN_QUOTE: &[&str] =
    &["paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup", "extension"];
const CELL: &[Attr] = &[
    ("colspan", Form::Any),
    ("rowspan", Form::Any),
    ("colwidth", Form::Any),
    ("background", Form::Text),
    ("valign", Form::Word(&["top", "middle", "bottom"])),
];
const EXTENSION: &[Attr] = &[("extensionKey", Form::Filled), ("extensionType", Form::Filled)];
const EXTENSION_MORE: &[Attr] = &[("parameters", Form::Any), ("text", Form::Text), ("layout", Form::Text)];
const LAYOUT: &[&str] = &["wide", "full-width", "center", "wrap-right", "wrap-left", "align-end", "align-start"];
const STATE: &[&str] = &["TODO", "DONE"];

fn node(kind: &str) -> Option<Node> {
    leaf(kind).or_else(|| parent(kind))
}

/// Nodes that hold their content in attributes, and what apps add.
fn leaf(kind: &str) -> Option<Node> {
    let text = |children, least| Node { children, least, ..LEAF };
    Some(match kind {
        "hardBreak" => Node { optional: &[("text", Form::Word(&["\n"]))], ..LEAF },
        "mention" => Node {
            required: &[("id", Form::Text)],
            optional: &[
                ("text", Form::Text),
                ("accessLevel", Form::Text),
                ("userType", Form::Word(&["DEFAULT", "SPECIAL", "APP"])),
            ],
            ..LEAF
        },
        "emoji" => Node {
            required: &[("shortName", Form::Text)],
            optional: &[("id", Form::Text), ("text", Form::Text)],
            ..LEAF
        },
        "inlineCard" => Node { optional: &[("url", Form::Text), ("data", Form::Any)], ..LEAF },
        "blockCard" => Node {
            optional: &[
                ("url", Form::Text),
                ("data", Form::Any),
                ("datasource", Form::Any),
                ("width", Form::Any),
                ("layout", Form::Word(LAYOUT)),
            ],
            ..LEAF
        },
        "embedCard" => Node {
            required: &[("url", Form::Text), ("layout", Form::Word(LAYOUT))],
            optional: &[
                ("width", Form::Number(0.0, 100.0)),
                ("originalHeight", Form::Any),
                ("originalWidth", Form::Any),
            ],
            ..LEAF
        },
        "status" => Node {
            required: &[("text", Form::Filled), ("color", Form::Color)],
            optional: &[("style", Form::Text)],
            ..LEAF
        },
        "date" => Node { required: &[("timestamp", Form::Filled)], ..LEAF },
        "placeholder" => Node { required: &[("text", Form::Text)], ..LEAF },
        "text" | "rule" => LEAF,
        "media" | "mediaInline" => Node {
            optional: &[
                ("type", Form::Word(&["link", "file", "external", "image"])),
                ("id", Form::Filled),
                ("collection", Form::Text),
                ("url", Form::Text),
                ("alt", Form::Text),
                ("width", Form::Any),
                ("height", Form::Any),
                ("occurrenceKey", Form::Filled),
                ("data", Form::Any),
            ],
            ..LEAF
        },
        "extension" | "inlineExtension" => Node { required: EXTENSION, optional: EXTENSION_MORE, ..LEAF },
        "bodiedExtension" => Node { required: EXTENSION, optional: EXTENSION_MORE, ..text(IN_CELL, 1) },
        _ => return None,
    })
}

/// Nodes that hold other nodes.
fn parent(kind: &str) -> Option<Node> {
    let text = |children, least| Node { children, least, ..LEAF };
    Some(match kind {
        "paragraph" | "caption" => text(INLINE, 0),
        "heading" => Node { required: &[("level", Form::Number(1.0, 6.0))], ..text(INLINE, 0) },
        "bulletList" => text(&["listItem"], 1),
        "orderedList" => Node { optional: &[("order", Form::Number(0.0, f64::MAX))], ..text(&["listItem"], 1) },
        "listItem" => text(IN_ITEM, 1),
        "codeBlock" => Node {
            optional: &[
                ("language", Form::Text),
                ("uniqueId", Form::Text),
                ("wrap", Form::Bool),
                ("hideLineNumbers", Form::Bool),
            ],
            ..text(&["text"], 0)
        },
        "blockquote" => text(IN_QUOTE, 1),
        "panel" => Node {
            required: &[("panelType", Form::Word(&["info", "note", "tip", "warning", "error", "success", "custom"]))],
            optional: &[
                ("panelIcon", Form::Text),
                ("panelIconId", Form::Text),
                ("panelIconText", Form::Text),
                ("panelColor", Form::Text),
            ],
            ..text(IN_PANEL, 1)
        },
        "table" => Node {
            optional: &[
                ("displayMode", Form::Word(&["default", "fixed"])),
                ("isNumberColumnEnabled", Form::Bool),
                ("layout", Form::Text),
                ("width", Form::Any),
            ],
            ..text(&["tableRow"], 1)
        },
        "tableRow" => text(&["tableCell", "tableHeader"], 0),
        "tableCell" | "tableHeader" => Node { optional: CELL, ..text(IN_CELL, 1) },
        "taskList" => {
            Node { required: &[("localId", Form::Text)], ..text(&["taskItem", "taskList", "blockTaskItem"], 1) }
        }
        "taskItem" => Node { required: &[("localId", Form::Text), ("state", Form::Word(STATE))], ..text(INLINE, 0) },
        "blockTaskItem" => Node {
            required: &[("localId", Form::Text), ("state", Form::Word(STATE))],
            ..text(&["paragraph", "extension"], 1)
        },
        "decisionList" => Node { required: &[("localId", Form::Text)], ..text(&["decisionItem"], 1) },
        "decisionItem" => Node { required: &[("localId", Form::Text), ("state", Form::Text)], ..text(INLINE, 0) },
        "expand" | "nestedExpand" => {
            Node { optional: &[("title", Form::Text)], ..text(if kind == "expand" { IN_EXPAND } else { IN_PANEL }, 1) }
        }
        "mediaSingle" => Node {
            optional: &[
                ("layout", Form::Word(LAYOUT)),
                ("width", Form::Any),
                ("widthType", Form::Word(&["percentage", "pixel"])),
            ],
            ..text(&["media", "caption"], 1)
        },
        "mediaGroup" => text(&["media"], 1),
        "layoutSection" => text(&["layoutColumn"], 2),
        "layoutColumn" => Node {
            required: &[("width", Form::Number(0.0, 100.0))],
            optional: &[("valign", Form::Text)],
            ..text(IN_EXPAND, 1)
        },
        _ => return None,
    })
}

fn mark(kind: &str) -> Option<(&'static [Attr], &'static [Attr])> {
    Some(match kind {
        "strong" | "em" | "strike" | "underline" | "code" => (&[], &[]),
        "link" => (
            &[("href", Form::Text)],
            &[("title", Form::Text), ("id", Form::Text), ("collection", Form::Text), ("occurrenceKey", Form::Text)],
        ),
        "subsup" => (&[("type", Form::Word(&["sub", "sup"]))], &[]),
        "textColor" | "backgroundColor" => (&[("color", Form::Color)], &[]),
        "annotation" => (&[("id", Form::Text), ("annotationType", Form::Word(&["inlineComment"]))], &[]),
        "alignment" => (&[("align", Form::Word(&["center", "end"]))], &[]),
        "indentation" => (&[("level", Form::Number(1.0, 6.0))], &[]),
        "breakout" => (&[("mode", Form::Word(&["wide", "full-width"]))], &[("width", Form::Any)]),
        "border" => (&[("size", Form::Number(1.0, 3.0)), ("color", Form::Color)], &[]),
        "fontSize" => (&[("fontSize", Form::Word(&["small"]))], &[]),
        "dataConsumer" => (&[("sources", Form::Any)], &[]),
        "fragment" => (&[("localId", Form::Filled)], &[("name", Form::Text)]),
        _ => return None,
    })
}

/// Which marks a node may bear.
fn marks_of(kind: &str, parent: &str) -> &'static [&'static str] {
    match kind {
        "text" if parent == "codeBlock" => &[],
        "text" => &[
            "strong",
            "em",
            "strike",
            "underline",
            "code",
            "link",
            "subsup",
            "textColor",
            "backgroundColor",
            "annotation",
        ],
        "paragraph" => &["alignment", "indentation", "fontSize"],
        "heading" => &["alignment", "indentation"],
        "codeBlock" | "expand" | "layoutSection" => &["breakout"],
        "media" | "mediaInline" => &["link", "annotation", "border", "dataConsumer"],
        "mediaSingle" => &["link"],
        "table" => &["fragment"],
        "extension" | "inlineExtension" | "bodiedExtension" => &["dataConsumer", "fragment"],
        _ => &[],
    }
}

/// Checks a document.
///
/// # Errors
/// Where it is wrong, as a path of node types, and why.
pub(super) fn check(doc: &Value) -> Result<(), String> {
    let map = doc.as_object().ok_or("a document is an object")?;
    if doc["type"] != "doc" || doc["version"] != 1 {
        return Err("a document has type \"doc\" and version 1".to_owned());
    }
    if let Some(other) = map.keys().find(|key| !matches!(key.as_str(), "type" | "version" | "content")) {
        return Err(format!("doc: unknown property {other}"));
    }
    let content = doc["content"].as_array().ok_or("doc: content is missing")?;
    content.iter().try_for_each(|child| inside(child, "doc", TOP, "doc"))
}

fn inside(value: &Value, parent: &str, allowed: &[&str], path: &str) -> Result<(), String> {
    let map = value.as_object().ok_or_else(|| format!("{path}: a node is an object"))?;
    let kind = value["type"].as_str().ok_or_else(|| format!("{path}: a node has a type"))?;
    let here = format!("{path} > {kind}");
    let shape = node(kind).ok_or_else(|| format!("{here}: no such node"))?;
    if !allowed.contains(&kind) {
        return Err(format!("{here}: not allowed here"));
    }
    let known = |key: &str| matches!(key, "type" | "attrs" | "content" | "marks") || (kind == "text" && key == "text");
    if let Some(other) = map.keys().find(|key| !known(key)) {
        return Err(format!("{here}: unknown property {other}"));
    }
    if kind == "text" && value["text"].as_str().is_none_or(str::is_empty) {
        return Err(format!("{here}: a text is not empty"));
    }
    attributes(&value["attrs"], shape.required, shape.optional, &here)?;
    if matches!(kind, "inlineCard" | "blockCard") && value["attrs"].as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(format!("{here}: url or data is missing"));
    }
    marks(&value["marks"], kind, parent, &here)?;
    let content = match map.get("content") {
        None => &[][..],
        Some(Value::Array(items)) if !shape.children.is_empty() => items,
        Some(_) => return Err(format!("{here}: content is not allowed or no list")),
    };
    let has_to = shape.least > 0 || matches!(kind, "tableRow" | "layoutSection");
    if content.len() < shape.least || (has_to && !map.contains_key("content")) {
        return Err(format!("{here}: content is missing"));
    }
    if matches!(kind, "listItem" | "blockquote") && matches!(content[0]["type"].as_str(), Some("extension")) {
        return Err(format!("{here}: cannot begin with {}", content[0]["type"]));
    }
    content.iter().try_for_each(|child| inside(child, kind, shape.children, &here))
}

fn marks(value: &Value, kind: &str, parent: &str, here: &str) -> Result<(), String> {
    let list = match value {
        Value::Null => return Ok(()),
        Value::Array(list) => list,
        _ => return Err(format!("{here}: marks is a list")),
    };
    let allowed = marks_of(kind, parent);
    let code = list.iter().any(|mark| mark["type"] == "code");
    for given in list {
        let name = given["type"].as_str().unwrap_or_default();
        let (required, optional) = mark(name).ok_or_else(|| format!("{here}: no mark {name}"))?;
        if !allowed.contains(&name) || (code && !matches!(name, "code" | "link" | "annotation")) {
            return Err(format!("{here}: the mark {name} is not allowed here"));
        }
        attributes(&given["attrs"], required, optional, &format!("{here} > {name}"))?;
    }
    Ok(())
}

fn attributes(value: &Value, required: &[Attr], optional: &[Attr], here: &str) -> Result<(), String> {
    let given = match value {
        Value::Null => None,
        Value::Object(map) => Some(map),
        _ => return Err(format!("{here}: attrs is an object")),
    };
    if let Some((name, _)) = required.iter().find(|(name, _)| given.is_none_or(|map| !map.contains_key(*name))) {
        return Err(format!("{here}: the attribute {name} is missing"));
    }
    for (name, value) in given.into_iter().flatten() {
        let known = required.iter().chain(optional).find(|(known, _)| known == name).map(|(_, form)| *form);
        let form = known.or((name == "localId").then_some(Form::Text));
        if !form.ok_or_else(|| format!("{here}: unknown attribute {name}"))?.fits(value) {
            return Err(format!("{here}: the attribute {name} cannot be {value}"));
        }
    }
    Ok(())
}

impl Form {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Filled => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Number(least, most) => value.as_f64().is_some_and(|number| (least..=most).contains(&number)),
            Self::Bool => value.is_boolean(),
            Self::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Color => value.as_str().is_some_and(is_color),
            Self::Any => true,
        }
    }
}

fn is_color(text: &str) -> bool {
    let hex = |digits: &str| matches!(digits.len(), 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(text, "neutral" | "purple" | "blue" | "red" | "yellow" | "green")
        || text.strip_prefix('#').is_some_and(hex)
}
