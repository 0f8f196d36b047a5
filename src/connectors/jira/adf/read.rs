//! A document into a [`Doc`]. Bounded in depth and in the number of nodes.

use jiff::Timestamp;
use serde_json::Value;

use super::super::text::{Cell, DEEPEST, Doc, Inline, Marks, Mention, Node, Panel, Task, push, trim};

/// The greatest number of nodes that are looked at; Jira's own limit for a text is 32,767 characters.
const NODES: usize = 50_000;

pub(super) fn read(adf: &Value) -> Doc {
    let mut reader = Reader { left: NODES };
    let nodes = match adf {
        Value::Array(nodes) => reader.nodes(nodes, 0),
        Value::Object(node) if node.get("type").and_then(Value::as_str) == Some("doc") => reader.nodes(content(adf), 0),
        Value::Object(_) => reader.nodes(std::slice::from_ref(adf), 0),
        Value::String(text) => reader.nodes(&[serde_json::json!({ "type": "text", "text": text })], 0),
        _ => Vec::new(),
    };
    Doc(nodes)
}

struct Reader {
    left: usize,
}

impl Reader {
    fn is_spent(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0
    }

    fn nodes(&mut self, values: &[Value], deep: usize) -> Vec<Node> {
        let mut out = Vec::new();
        let mut line = Vec::new();
        for value in values {
            if self.is_spent() {
                break;
            }
            if inline(value, &Marks::default(), &mut line) {
                continue;
            }
            end(&mut line, &mut out);
            self.node(value, deep, &mut out);
        }
        end(&mut line, &mut out);
        out
    }

    fn node(&mut self, value: &Value, deep: usize, out: &mut Vec<Node>) {
        if deep >= DEEPEST {
            self.flat(value, out);
            return;
        }
        let body = |reader: &mut Self| reader.nodes(content(value), deep + 1);
        match kind(value) {
            "paragraph" | "caption" => {
                let mut line = self.line(content(value));
                end(&mut line, out);
            }
            "heading" => {
                let mut line = self.line(content(value));
                trim(&mut line);
                if !line.is_empty() {
                    let level = attr(value, "level").as_u64().unwrap_or(1).clamp(1, 6);
                    out.push(Node::Heading(u8::try_from(level).unwrap_or(6), line));
                }
            }
            "codeBlock" => {
                let text = content(value).iter().filter_map(|node| node.get("text")?.as_str()).collect();
                let language = text_attr(value, "language").unwrap_or_default().to_owned();
                out.push(Node::Code { language, text });
            }
            "blockquote" => some(Node::Quote, body(self), out),
            "panel" => {
                let panel = panel(text_attr(value, "panelType").unwrap_or_default());
                some(|body| Node::Panel(panel, body), body(self), out);
            }
            "expand" | "nestedExpand" => {
                let title = text_attr(value, "title").unwrap_or_default().trim().to_owned();
                some(|body| Node::Expand { title, body }, body(self), out);
            }
            "bulletList" | "decisionList" => self.list(None, value, deep, out),
            "orderedList" => {
                let start = attr(value, "order").as_u64().unwrap_or(1);
                self.list(Some(start), value, deep, out);
            }
            "taskList" => {
                let tasks = self.tasks(content(value), deep + 1);
                if !tasks.is_empty() {
                    out.push(Node::Tasks(tasks));
                }
            }
            "table" => self.table(value, deep, out),
            "rule" => out.push(Node::Rule),
            "mediaSingle" | "mediaGroup" => out.extend(body(self)),
            // Columns of a layout, extensions with a body, and whatever comes in later versions.
            _ => {
                let inner = body(self);
                if inner.is_empty() {
                    let mut line = Vec::new();
                    let said = value.get("text").and_then(Value::as_str).or_else(|| text_attr(value, "text"));
                    push(&mut line, said.unwrap_or_default(), &Marks::default());
                    end(&mut line, out);
                }
                out.extend(inner);
            }
        }
    }

    fn list(&mut self, start: Option<u64>, value: &Value, deep: usize, out: &mut Vec<Node>) {
        let mut items = Vec::new();
        for item in content(value) {
            if self.is_spent() {
                break;
            }
            items.push(match kind(item) {
                "listItem" | "decisionItem" => self.nodes(content(item), deep + 1),
                _ => self.nodes(std::slice::from_ref(item), deep + 1),
            });
        }
        items.retain(|item| !item.is_empty());
        if !items.is_empty() {
            out.push(Node::List { start, items });
        }
    }

    fn tasks(&mut self, values: &[Value], deep: usize) -> Vec<Task> {
        let mut out: Vec<Task> = Vec::new();
        for value in values {
            if self.is_spent() {
                break;
            }
            if kind(value) == "taskList" && deep < DEEPEST {
                let mut below = self.tasks(content(value), deep + 1);
                match out.last_mut() {
                    Some(last) => last.below.append(&mut below),
                    None => out.append(&mut below),
                }
                continue;
            }
            // An item holds one line; blocks in it are flattened.
            let nodes = match kind(value) {
                "taskItem" | "blockTaskItem" => self.nodes(content(value), DEEPEST),
                _ => self.nodes(std::slice::from_ref(value), DEEPEST),
            };
            let mut text = super::super::text::flat(&nodes);
            trim(&mut text);
            if !text.is_empty() {
                let done = text_attr(value, "state") == Some("DONE");
                out.push(Task { done, text, below: Vec::new() });
            }
        }
        out
    }

    fn table(&mut self, value: &Value, deep: usize, out: &mut Vec<Node>) {
        let mut rows = Vec::new();
        for row in content(value) {
            let mut cells = Vec::new();
            for cell in content(row) {
                if self.is_spent() {
                    break;
                }
                let body = self.nodes(content(cell), deep + 1);
                cells.push(Cell { head: kind(cell) == "tableHeader", body });
            }
            if !cells.is_empty() {
                rows.push(cells);
            }
        }
        if !rows.is_empty() {
            out.push(Node::Table(rows));
        }
    }

    fn line(&mut self, values: &[Value]) -> Vec<Inline> {
        let mut line = Vec::new();
        for value in values {
            if self.is_spent() {
                break;
            }
            if !inline(value, &Marks::default(), &mut line) {
                let mut nodes = Vec::new();
                self.flat(value, &mut nodes);
                line.extend(super::super::text::flat(&nodes));
            }
        }
        line
    }

    /// The text of what is too deep, or stands where it may not.
    fn flat(&mut self, value: &Value, out: &mut Vec<Node>) {
        let mut line = Vec::new();
        let mut todo = vec![value];
        while let Some(value) = todo.pop() {
            if self.is_spent() {
                break;
            }
            if !inline(value, &Marks::default(), &mut line) {
                if !line.is_empty() {
                    line.push(Inline::Break);
                }
                todo.extend(content(value).iter().rev());
            }
        }
        end(&mut line, out);
    }
}

/// Puts a stretch of a line on it; `false` where it is a block.
fn inline(value: &Value, marks: &Marks, line: &mut Vec<Inline>) -> bool {
    match kind(value) {
        "text" => {
            let text = value.get("text").and_then(Value::as_str).unwrap_or_default();
            push(line, text, &with_marks(value, marks));
        }
        "hardBreak" => line.push(Inline::Break),
        "mention" => {
            let name = text_attr(value, "text").unwrap_or_default().trim().trim_start_matches('@').to_owned();
            match text_attr(value, "id").filter(|id| !id.trim().is_empty()) {
                Some(id) => line.push(Inline::Mention(Mention { id: id.to_owned(), name })),
                None => push(line, &format!("@{name}"), marks),
            }
        }
        "emoji" => {
            let short = text_attr(value, "shortName").unwrap_or_default().to_owned();
            let text = text_attr(value, "text").filter(|text| *text != short).unwrap_or_default().to_owned();
            if !short.is_empty() || !text.is_empty() {
                line.push(Inline::Emoji { short, text });
            }
        }
        "date" => push(line, &date(attr(value, "timestamp")), marks),
        "status" => push(line, text_attr(value, "text").unwrap_or_default().trim(), &Marks::code()),
        "placeholder" | "inlineExtension" | "extension" => {
            push(line, text_attr(value, "text").unwrap_or_default(), marks);
        }
        "inlineCard" | "blockCard" | "embedCard" => {
            let url = text_attr(value, "url").or_else(|| attr(value, "data").get("url").and_then(Value::as_str));
            let url = url.map(str::trim).unwrap_or_default();
            push(line, url, &Marks::link(url));
        }
        "media" | "mediaInline" => {
            let name = text_attr(value, "alt").map(str::trim).filter(|alt| !alt.is_empty()).unwrap_or("attachment");
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            line.push(Inline::File { name, url: text_attr(value, "url").map(str::to_owned) });
        }
        _ => return false,
    }
    true
}

fn some(make: impl FnOnce(Vec<Node>) -> Node, body: Vec<Node>, out: &mut Vec<Node>) {
    if !body.is_empty() {
        out.push(make(body));
    }
}

fn end(line: &mut Vec<Inline>, out: &mut Vec<Node>) {
    let mut line = std::mem::take(line);
    trim(&mut line);
    if !line.is_empty() {
        out.push(Node::Paragraph(line));
    }
}

fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn content(value: &Value) -> &[Value] {
    value.get("content").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn attr<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get("attrs").and_then(|attrs| attrs.get(name)).unwrap_or(&Value::Null)
}

fn text_attr<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    attr(value, name).as_str()
}

fn panel(kind: &str) -> Panel {
    match kind {
        "note" => Panel::Note,
        "success" | "tip" => Panel::Success,
        "warning" => Panel::Warning,
        "error" => Panel::Error,
        _ => Panel::Info,
    }
}

fn with_marks(value: &Value, outer: &Marks) -> Marks {
    let mut marks = outer.clone();
    for mark in value.get("marks").and_then(Value::as_array).into_iter().flatten() {
        match kind(mark) {
            "strong" => marks.strong = true,
            "em" => marks.em = true,
            "strike" => marks.strike = true,
            "code" => marks.code = true,
            "link" => marks.link = text_attr(mark, "href").map(str::to_owned).filter(|url| !url.trim().is_empty()),
            _ => {}
        }
    }
    if marks.code { Marks { code: true, link: marks.link, ..Marks::default() } } else { marks }
}

/// A day, given in milliseconds since 1970.
fn date(timestamp: &Value) -> String {
    let millis = timestamp.as_i64().or_else(|| timestamp.as_str()?.trim().parse().ok());
    let at = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
