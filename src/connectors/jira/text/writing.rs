//! A [`super::Doc`] as Markdown: blocks. What it writes is read back as the same, as far as Markdown knows it.

mod line;

use super::{Cell, Node, Panel, Task, flat};
use line::{Place, escaped_html, line};

pub(super) fn write(nodes: &[Node]) -> String {
    let mut out = lines(nodes).join("\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The lines of blocks, with an empty line between two.
fn lines(nodes: &[Node]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut marker = false;
    let mut before: Option<&Node> = None;
    for node in nodes {
        // Of two lists in a row the second has another marker, or they would be one.
        marker = before.is_some_and(|before| same_list(before, node)) && !marker;
        let more = block(node, marker);
        if more.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(String::new());
        }
        out.extend(more);
        before = Some(node);
    }
    out
}

fn same_list(one: &Node, other: &Node) -> bool {
    let kind = |node: &Node| match node {
        Node::List { start, .. } => Some(start.is_some()),
        Node::Tasks(_) => Some(false),
        _ => None,
    };
    kind(one).is_some() && kind(one) == kind(other)
}

fn block(node: &Node, other_marker: bool) -> Vec<String> {
    match node {
        Node::Paragraph(text) => split(&line(text, Place::Text)),
        Node::Heading(level, text) => {
            let text = line(text, Place::Heading);
            if text.is_empty() {
                return Vec::new();
            }
            vec![format!("{} {text}", "#".repeat(usize::from((*level).clamp(1, 6))))]
        }
        Node::Code { language, text } => code(language, text),
        Node::Quote(body) => quoted(lines(body)),
        Node::Panel(panel, body) => {
            let mut out = lines(body);
            if !out.is_empty() {
                // A list right below the first line would be a part of it.
                if !matches!(body.first(), Some(Node::Paragraph(_))) {
                    out.insert(0, String::new());
                }
                out.insert(0, format!("[!{}]", alert(*panel)));
            }
            quoted(out)
        }
        Node::Expand { title, body } => {
            let mut out = vec![format!("<details><summary>{}</summary>", escaped_html(title)), String::new()];
            out.extend(lines(body));
            out.extend([String::new(), "</details>".to_owned()]);
            out
        }
        Node::List { start, items } => list(*start, items, other_marker),
        Node::Tasks(tasks) => self::tasks(tasks, if other_marker { '*' } else { '-' }),
        Node::Table(rows) => table(rows),
        Node::Rule => vec!["---".to_owned()],
    }
}

fn split(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split('\n').map(str::to_owned).collect() }
}

fn alert(panel: Panel) -> &'static str {
    match panel {
        Panel::Info => "NOTE",
        Panel::Note => "IMPORTANT",
        Panel::Success => "TIP",
        Panel::Warning => "WARNING",
        Panel::Error => "CAUTION",
    }
}

fn code(language: &str, text: &str) -> Vec<String> {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let language: String =
        language.chars().filter(|char| char.is_ascii_alphanumeric() || "+#._-".contains(*char)).collect();
    let mut out = vec![format!("{fence}{language}")];
    out.extend(text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()));
    out.push(fence);
    out
}

fn quoted(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") }).collect()
}

fn list(start: Option<u64>, items: &[Vec<Node>], other_marker: bool) -> Vec<String> {
    let tight = items.iter().all(|item| is_tight(item));
    let mut out = Vec::new();
    for (number, item) in (start.unwrap_or(1).min(900_000_000)..).zip(items) {
        if !tight && !out.is_empty() {
            out.push(String::new());
        }
        let lead = match (start, other_marker) {
            (Some(_), false) => format!("{number}. "),
            (Some(_), true) => format!("{number}) "),
            (None, false) => "- ".to_owned(),
            (None, true) => "* ".to_owned(),
        };
        let body = if tight { item.iter().flat_map(|node| block(node, false)).collect() } else { lines(item) };
        indented(&lead, body, &mut out);
    }
    out
}

/// Whether an item is one line, or one line and lists below it that Markdown takes as such without an empty line.
fn is_tight(item: &[Node]) -> bool {
    let [first, below @ ..] = item else { return true };
    let interrupts = |node: &Node| match node {
        Node::List { start, items } => {
            start.is_none_or(|start| start == 1)
                && items.first().and_then(|item| item.first()).is_some_and(|node| matches!(node, Node::Paragraph(_)))
        }
        Node::Tasks(_) => true,
        _ => false,
    };
    matches!(first, Node::Paragraph(_)) && below.len() < 2 && below.iter().all(interrupts)
}

fn indented(lead: &str, body: Vec<String>, out: &mut Vec<String>) {
    let blank = " ".repeat(lead.len());
    let mut body = body.into_iter();
    out.push(format!("{lead}{}", body.next().unwrap_or_default()).trim_end().to_owned());
    out.extend(body.map(|line| if line.is_empty() { line } else { format!("{blank}{line}") }));
}

fn tasks(tasks: &[Task], marker: char) -> Vec<String> {
    let mut out = Vec::new();
    for task in tasks {
        let text = line(&task.text, Place::Text);
        let mut body = split(&text);
        body.extend(self::tasks(&task.below, '-'));
        if text.is_empty() {
            // Markdown knows nothing to do without words.
            out.extend(body);
            continue;
        }
        let lead = format!("{marker} [{}] ", if task.done { 'x' } else { ' ' });
        let mut item = Vec::new();
        indented("  ", body, &mut item);
        if let Some(first) = item.first_mut() {
            *first = format!("{lead}{}", first.trim_start());
        }
        out.extend(item);
    }
    out
}

fn table(rows: &[Vec<Cell>]) -> Vec<String> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return Vec::new();
    }
    let write = |row: &[Cell]| {
        let cells = row.iter().map(|cell| line(&flat(&cell.body), Place::Cell));
        let mut cells: Vec<String> = cells.collect();
        cells.resize(width, String::new());
        format!("| {} |", cells.join(" | "))
    };
    let headed = rows.first().is_some_and(|row| row.iter().all(|cell| cell.head));
    let (head, rest) = if headed { rows.split_at(1) } else { rows.split_at(0) };
    let mut out = vec![write(head.first().map_or(&[], Vec::as_slice)), format!("|{}", " --- |".repeat(width))];
    out.extend(rest.iter().map(|row| write(row)));
    out
}
