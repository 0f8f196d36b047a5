//! Blocks as Markdown. Walks at most so deep, whatever it is given.

use serde_json::{Map, Value};

use super::inline::{Place, text};
use super::rich::{is_link, plain, read};
use super::{children, language, parts};

/// What the Markdown is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To be read as Markdown again: callouts are alerts, and numbers count on.
    Markdown,
    /// To be shown on a card: callouts are quotes that begin with their emoji.
    Card,
}

/// How deep blocks may stand in one another; what is deeper is left out.
const DEEPEST: usize = 40;

pub(super) fn print(blocks: &[Value], purpose: For) -> String {
    let lines = Printer { purpose }.all(blocks, 0);
    let mut out = lines.join("\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

struct Printer {
    purpose: For,
}

/// Which list a block belongs to; blocks of one list follow each other without a line between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Series {
    None,
    Bullets,
    Numbers,
}

impl Printer {
    fn all(&self, blocks: &[Value], depth: usize) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let (mut before, mut loose, mut number) = (Series::None, false, 0);
        if depth > DEEPEST {
            return out;
        }
        for block in blocks {
            let Some((kind, content)) = parts(block) else { continue };
            let series = match kind {
                "bulleted_list_item" | "to_do" | "toggle" => Series::Bullets,
                "numbered_list_item" => Series::Numbers,
                _ => Series::None,
            };
            number = if series == Series::Numbers && before == series { number + 1 } else { 1 };
            let lines = self.one(block, kind, content, number, depth);
            if lines.is_empty() {
                continue;
            }
            if !out.is_empty() && (series == Series::None || series != before || loose) {
                out.push(String::new());
            }
            loose = lines.iter().any(String::is_empty);
            out.extend(lines);
            before = series;
        }
        out
    }

    fn one(&self, block: &Value, kind: &str, content: &Map<String, Value>, number: usize, depth: usize) -> Vec<String> {
        let inside = || self.all(children(block), depth + 1);
        let words = |place| text(read(content.get("rich_text").unwrap_or(&Value::Null)), place);
        let string = |name: &str| content.get(name).and_then(Value::as_str).unwrap_or_default();
        let level = match kind {
            "heading_1" => 1,
            "heading_2" => 2,
            "heading_3" => 3,
            "heading_4" => 4,
            _ => 0,
        };
        match kind {
            "paragraph" | "template" => below(words(Place::Block), inside()),
            _ if level > 0 => {
                let title = words(Place::Line).concat();
                let title = if title.is_empty() { Vec::new() } else { vec![format!("{} {title}", "#".repeat(level))] };
                below(title, inside())
            }
            "bulleted_list_item" | "toggle" => item("- ", words(Place::Block), inside()),
            "numbered_list_item" => item(&format!("{number}. "), words(Place::Block), inside()),
            "to_do" => {
                let done = content.get("checked").and_then(Value::as_bool).unwrap_or(false);
                let lines = item("- ", words(Place::Block), inside());
                let marked = |line: &str| line.replacen("- ", if done { "- [x] " } else { "- [ ] " }, 1);
                lines.iter().enumerate().map(|(at, line)| if at == 0 { marked(line) } else { line.clone() }).collect()
            }
            "quote" => quoted(below(words(Place::Block), inside())),
            "callout" => self.callout(content, below(words(Place::Block), inside())),
            "code" => fence(content),
            "equation" => match string("expression") {
                "" => Vec::new(),
                expression => vec![format!("$${}$$", expression.replace(['\n', '\r'], " "))],
            },
            "divider" => vec!["***".to_owned()],
            "table" => table(children(block)),
            "image" => match address(content) {
                Some(url) => vec![format!("!{}", link(&caption(content), url))],
                None => text(read(content.get("caption").unwrap_or(&Value::Null)), Place::Block),
            },
            "video" | "audio" | "file" | "pdf" | "bookmark" | "embed" | "link_preview" => {
                let Some(url) = address(content) else { return Vec::new() };
                let called = [caption(content), string("name").to_owned(), kind.replace('_', " ")];
                let called = called.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default();
                // A bookmark is called by its address.
                let called = if matches!(kind, "bookmark" | "embed" | "link_preview") && caption(content).is_empty() {
                    url.to_owned()
                } else {
                    called
                };
                vec![link(&called, url)]
            }
            "child_page" | "child_database" => {
                let title = escaped(string("title"));
                if title.is_empty() { Vec::new() } else { vec![format!("📄 {title}")] }
            }
            // What only arranges other blocks: columns, tabs, synced blocks, and whatever comes.
            _ => inside(),
        }
    }

    fn callout(&self, content: &Map<String, Value>, inside: Vec<String>) -> Vec<String> {
        let emoji = content.get("icon").and_then(|icon| icon.get("emoji")).and_then(Value::as_str).unwrap_or_default();
        let name = match emoji.trim_end_matches('\u{fe0f}') {
            "💡" => "TIP",
            "❗" => "IMPORTANT",
            "⚠" => "WARNING",
            "🛑" => "CAUTION",
            _ => "NOTE",
        };
        let mut lines = inside;
        if lines.is_empty() {
            return lines;
        }
        let shown = self.purpose == For::Card || (name == "NOTE" && !emoji.is_empty() && !emoji.starts_with('ℹ'));
        if let Some(first) = lines.first_mut().filter(|_| shown && !emoji.is_empty()) {
            *first = format!("{} {first}", escaped(emoji));
        }
        if self.purpose == For::Markdown {
            lines.insert(0, format!("[!{name}]"));
        }
        quoted(lines)
    }
}

/// Lines, and others below them as paragraphs of their own.
fn below(mut lines: Vec<String>, more: Vec<String>) -> Vec<String> {
    if !lines.is_empty() && !more.is_empty() {
        lines.push(String::new());
    }
    lines.extend(more);
    lines
}

/// An item of a list: its text, and what stands in it indented.
fn item(marker: &str, words: Vec<String>, inside: Vec<String>) -> Vec<String> {
    let nested = inside.first().is_some_and(|line| {
        let digits = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
        line.starts_with("- ") || (digits.len() < line.len() && digits.starts_with(". "))
    });
    let lines = if nested && !words.is_empty() { [words, inside].concat() } else { below(words, inside) };
    let indent = " ".repeat(marker.len());
    let indented = lines.into_iter().enumerate().map(|(at, line)| match (at, line.is_empty()) {
        (0, _) => format!("{marker}{line}"),
        (_, true) => line,
        (_, false) => format!("{indent}{line}"),
    });
    indented.collect()
}

fn quoted(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") }).collect()
}

fn fence(content: &Map<String, Value>) -> Vec<String> {
    let code = content.get("rich_text").and_then(Value::as_array).map(|pieces| plain(pieces)).unwrap_or_default();
    let language = content.get("language").and_then(Value::as_str).unwrap_or_default();
    let longest = code.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut lines = vec![format!("{fence}{}", language::fenced(language))];
    if !code.is_empty() {
        lines.extend(code.split('\n').map(|line| line.replace('\r', "")));
    }
    lines.push(fence);
    lines
}

fn table(rows: &[Value]) -> Vec<String> {
    let cells = |row: &Value| -> Vec<String> {
        let cells = row.pointer("/table_row/cells").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        cells.iter().map(|cell| text(read(cell), Place::Cell).concat()).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return Vec::new();
    }
    let line = |mut cells: Vec<String>| {
        cells.resize(width, String::new());
        format!("| {} |", cells.join(" | "))
    };
    let mut lines: Vec<String> = rows.into_iter().map(line).collect();
    lines.insert(1, line(vec!["---".to_owned(); width]));
    lines
}

/// Where the file, picture or page of a block is.
fn address(content: &Map<String, Value>) -> Option<&str> {
    let inner = |name: &str| content.get(name).and_then(|file| file.get("url"));
    let url = inner("external").or_else(|| inner("file")).or_else(|| content.get("url"));
    url.and_then(Value::as_str).filter(|url| is_link(url))
}

fn caption(content: &Map<String, Value>) -> String {
    content.get("caption").and_then(Value::as_array).map(|pieces| plain(pieces)).unwrap_or_default()
}

/// A text that stands for itself.
fn escaped(words: &str) -> String {
    text(vec![super::pieces::Piece::plain(words)], Place::Line).concat()
}

fn link(called: &str, url: &str) -> String {
    format!("[{}]({})", escaped(called), super::inline::destination(url, Place::Line))
}
