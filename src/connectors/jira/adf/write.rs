//! A [`Doc`] as a document that Jira takes: what may not stand in a place is written as what may.

use serde_json::{Value, json};

use super::super::text::{Cell, Doc, Inline, Marks, Node, Panel, Task, bulleted, push, row_line, trim};
use crate::connectors::markdown::is_web;

/// What blocks stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Doc,
    Expand,
    NestedExpand,
    Panel,
    Quote,
    Item,
    Cell,
}

pub(super) fn write(doc: &Doc) -> Value {
    let mut writer = Writer { ids: 0 };
    let content = writer.nodes(&doc.0, Place::Doc);
    json!({ "version": 1, "type": "doc", "content": content })
}

struct Writer {
    /// How many things with an id of their own there are.
    ids: usize,
}

impl Writer {
    fn id(&mut self) -> String {
        self.ids += 1;
        self.ids.to_string()
    }

    fn nodes(&mut self, nodes: &[Node], place: Place) -> Vec<Value> {
        let mut out = Vec::new();
        for node in nodes {
            self.node(node, place, &mut out);
        }
        out
    }

    /// The blocks of a place that must not be empty.
    fn body(&mut self, nodes: &[Node], place: Place) -> Vec<Value> {
        let mut out = self.nodes(nodes, place);
        if out.is_empty() {
            out.push(json!({ "type": "paragraph", "content": [] }));
        }
        out
    }

    fn node(&mut self, node: &Node, place: Place, out: &mut Vec<Value>) {
        use Place::{Cell as InCell, Doc as InDoc, Expand, Item, NestedExpand, Panel as InPanel, Quote};
        match node {
            Node::Paragraph(text) => out.extend(paragraph(text)),
            Node::Heading(level, text) if !matches!(place, Quote | Item) => {
                let content = line(text);
                if !content.is_empty() {
                    let level = (*level).clamp(1, 6);
                    out.push(json!({ "type": "heading", "attrs": { "level": level }, "content": content }));
                }
            }
            Node::Heading(_, text) => {
                let strong = |inline: &Inline| match inline {
                    Inline::Text(text, marks) => Inline::Text(text.clone(), Marks { strong: true, ..marks.clone() }),
                    other => other.clone(),
                };
                out.extend(paragraph(&text.iter().map(strong).collect::<Vec<_>>()));
            }
            Node::Code { language, text } => out.push(code(language, text)),
            Node::Quote(body) if matches!(place, InDoc | Expand | NestedExpand | InCell) => {
                let content = self.body(body, Quote);
                out.push(json!({ "type": "blockquote", "content": content }));
            }
            Node::Panel(panel, body) if matches!(place, InDoc | Expand | NestedExpand | InCell) => {
                let content = self.body(body, InPanel);
                out.push(json!({ "type": "panel", "attrs": { "panelType": panel_type(*panel) }, "content": content }));
            }
            Node::Quote(body) | Node::Panel(_, body) => out.extend(self.nodes(body, place)),
            Node::Expand { title, body } => self.expand(title, body, place, out),
            Node::List { start, items } => {
                let items: Vec<Value> = items.iter().map(|item| self.item(item)).collect();
                match start {
                    _ if items.is_empty() => {}
                    None => out.push(json!({ "type": "bulletList", "content": items })),
                    Some(start) => {
                        out.push(json!({ "type": "orderedList", "attrs": { "order": start }, "content": items }));
                    }
                }
            }
            Node::Tasks(tasks) if place == Quote => self.node(&bulleted(tasks), place, out),
            Node::Tasks(tasks) => out.extend(self.tasks(tasks)),
            Node::Table(rows) if matches!(place, InDoc | Expand) => out.extend(self.table(rows)),
            Node::Table(rows) => out.extend(rows.iter().filter_map(|row| paragraph(&row_line(row)))),
            Node::Rule if !matches!(place, Quote | Item) => out.push(json!({ "type": "rule" })),
            Node::Rule => {}
        }
    }

    fn expand(&mut self, title: &str, body: &[Node], place: Place, out: &mut Vec<Value>) {
        let (kind, inside) = match place {
            Place::Doc => ("expand", Place::Expand),
            Place::Expand | Place::Cell => ("nestedExpand", Place::NestedExpand),
            _ => {
                let mut line = Vec::new();
                push(&mut line, title, &Marks::strong());
                out.extend(paragraph(&line));
                out.extend(self.nodes(body, place));
                return;
            }
        };
        let content = self.body(body, inside);
        out.push(json!({ "type": kind, "attrs": { "title": title }, "content": content }));
    }

    /// An item begins with a paragraph, or Jira's editor cannot place the cursor in it.
    fn item(&mut self, item: &[Node]) -> Value {
        let mut content = self.nodes(item, Place::Item);
        if content.first().is_none_or(|first| first["type"] != "paragraph") {
            content.insert(0, json!({ "type": "paragraph", "content": [] }));
        }
        json!({ "type": "listItem", "content": content })
    }

    fn tasks(&mut self, tasks: &[Task]) -> Option<Value> {
        let mut content = Vec::new();
        for task in tasks {
            let state = if task.done { "DONE" } else { "TODO" };
            content.push(json!({
                "type": "taskItem", "attrs": { "localId": self.id(), "state": state }, "content": line(&task.text),
            }));
            content.extend(self.tasks(&task.below));
        }
        (!content.is_empty())
            .then(|| json!({ "type": "taskList", "attrs": { "localId": self.id() }, "content": content }))
    }

    fn table(&mut self, rows: &[Vec<Cell>]) -> Option<Value> {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        if width == 0 {
            return None;
        }
        let mut content = Vec::new();
        for row in rows {
            let mut cells: Vec<Value> = Vec::new();
            for index in 0..width {
                let cell = row.get(index);
                let head = cell.is_some_and(|cell| cell.head);
                let body = self.body(cell.map_or(&[], |cell| &cell.body), Place::Cell);
                cells.push(
                    json!({ "type": if head { "tableHeader" } else { "tableCell" }, "attrs": {}, "content": body }),
                );
            }
            content.push(json!({ "type": "tableRow", "content": cells }));
        }
        Some(json!({ "type": "table", "content": content }))
    }
}

fn paragraph(text: &[Inline]) -> Option<Value> {
    let content = line(text);
    (!content.is_empty()).then(|| json!({ "type": "paragraph", "content": content }))
}

fn code(language: &str, text: &str) -> Value {
    let mut block = json!({ "type": "codeBlock" });
    if !language.is_empty() {
        block["attrs"] = json!({ "language": language });
    }
    if !text.is_empty() {
        block["content"] = json!([{ "type": "text", "text": text }]);
    }
    block
}

fn panel_type(panel: Panel) -> &'static str {
    match panel {
        Panel::Info => "info",
        Panel::Note => "note",
        Panel::Success => "success",
        Panel::Warning => "warning",
        Panel::Error => "error",
    }
}

fn line(inlines: &[Inline]) -> Vec<Value> {
    let mut inlines = inlines.to_vec();
    trim(&mut inlines);
    inlines.iter().filter_map(inline).collect()
}

fn inline(inline: &Inline) -> Option<Value> {
    Some(match inline {
        Inline::Text(text, _) if text.is_empty() => return None,
        Inline::Text(text, marks) => {
            let mut node = json!({ "type": "text", "text": text });
            let marks = marks_of(marks);
            if !marks.is_empty() {
                node["marks"] = Value::Array(marks);
            }
            node
        }
        Inline::Break => json!({ "type": "hardBreak" }),
        Inline::Mention(mention) if mention.name.is_empty() => {
            json!({ "type": "mention", "attrs": { "id": mention.id } })
        }
        Inline::Mention(mention) => {
            json!({ "type": "mention", "attrs": { "id": mention.id, "text": format!("@{}", mention.name) } })
        }
        Inline::Emoji { short, text } if short.is_empty() => {
            return self::inline(&Inline::Text(text.clone(), Marks::default()));
        }
        Inline::Emoji { short, text } if text.is_empty() => json!({ "type": "emoji", "attrs": { "shortName": short } }),
        Inline::Emoji { short, text } => json!({ "type": "emoji", "attrs": { "shortName": short, "text": text } }),
        // Only Jira's own editor can upload to where its media are; a link shows the same.
        Inline::File { name, url } => {
            let marks = url.as_ref().map(Marks::link).unwrap_or_default();
            return self::inline(&Inline::Text(format!("📎 {name}"), marks));
        }
    })
}

/// Code stands alone, or with a link.
fn marks_of(marks: &Marks) -> Vec<Value> {
    let mut out = Vec::new();
    if let Some(url) = marks.link.as_ref().filter(|url| is_web(url)) {
        out.push(json!({ "type": "link", "attrs": { "href": url } }));
    }
    if marks.code {
        out.push(json!({ "type": "code" }));
        return out;
    }
    for (on, name) in [(marks.strong, "strong"), (marks.em, "em"), (marks.strike, "strike")] {
        if on {
            out.push(json!({ "type": name }));
        }
    }
    out
}
