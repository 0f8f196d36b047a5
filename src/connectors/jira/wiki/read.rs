//! Wiki markup into a [`Doc`]: blocks, line by line.

use super::super::text::{Cell, DEEPEST, Doc, Marks, Node, Panel, push, trim};
use super::line::line;

/// The deepest macro in a macro that is still read as one.
const MACROS: usize = 6;

pub(super) fn read(markup: &str) -> Doc {
    let markup = markup.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = markup.split('\n').collect();
    Doc(nodes(&lines, 0))
}

/// A macro that holds text: its name, what stands after the colon, and what stands after it on the line.
struct Macro<'a> {
    name: &'a str,
    options: &'a str,
    rest: &'a str,
}

const BLOCKS: [&str; 8] = ["code", "noformat", "quote", "panel", "info", "note", "tip", "warning"];

fn macro_of(line: &str) -> Option<Macro<'_>> {
    let inner = line.trim_start().strip_prefix('{')?;
    let (inner, rest) = inner.split_once('}')?;
    let (name, options) = inner.split_once(':').unwrap_or((inner, ""));
    BLOCKS.contains(&name).then_some(Macro { name, options, rest })
}

fn nodes(lines: &[&str], deep: usize) -> Vec<Node> {
    let mut out = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(current) = lines.get(at).copied() {
        at += 1;
        let bare = current.trim();
        if bare.is_empty() {
            paragraph(&mut words, &mut out);
            continue;
        }
        if let Some(found) = macro_of(current).filter(|_| deep < MACROS) {
            paragraph(&mut words, &mut out);
            let (body, next, after) = body_of(&found, lines, at);
            at = next;
            out.extend(block(&found, &body, deep));
            if !after.trim().is_empty() {
                words.push(after);
            }
            continue;
        }
        if let Some((level, text)) = heading(bare) {
            paragraph(&mut words, &mut out);
            out.push(Node::Heading(level, trimmed(text)));
        } else if let Some(text) = bare.strip_prefix("bq. ") {
            paragraph(&mut words, &mut out);
            out.push(Node::Quote(vec![Node::Paragraph(trimmed(text))]));
        } else if bare.len() >= 4 && bare.len() <= 5 && bare.bytes().all(|byte| byte == b'-') {
            paragraph(&mut words, &mut out);
            out.push(Node::Rule);
        } else if bullet(current).is_some() {
            paragraph(&mut words, &mut out);
            let first = at - 1;
            while lines.get(at).is_some_and(|line| !line.trim().is_empty() && !starts_block(line)) {
                at += 1;
            }
            out.extend(lists(lines.get(first..at).unwrap_or_default()));
        } else if bare.starts_with('|') {
            paragraph(&mut words, &mut out);
            let first = at - 1;
            while lines.get(at).is_some_and(|line| line.trim().starts_with('|')) {
                at += 1;
            }
            let rows = lines.get(first..at).unwrap_or_default().iter().map(|line| row(line.trim()));
            out.push(Node::Table(rows.filter(|row| !row.is_empty()).collect()));
        } else {
            words.push(current);
        }
    }
    paragraph(&mut words, &mut out);
    out.retain(|node| !matches!(node, Node::Table(rows) if rows.is_empty()));
    out.retain(|node| !matches!(node, Node::Heading(_, line) if line.is_empty()));
    out
}

/// What stands in a macro, the next line, and what stands behind its end.
fn body_of<'a>(found: &Macro<'a>, lines: &[&'a str], from: usize) -> (Vec<&'a str>, usize, &'a str) {
    let end = format!("{{{}}}", found.name);
    let mut body = Vec::new();
    if let Some((inside, after)) = found.rest.split_once(&end) {
        return (vec![inside], from, after);
    }
    if !found.rest.trim().is_empty() {
        body.push(found.rest);
    }
    for (index, line) in lines.iter().enumerate().skip(from) {
        if let Some((inside, after)) = line.split_once(&end) {
            if !inside.trim().is_empty() {
                body.push(inside);
            }
            return (body, index + 1, after);
        }
        body.push(line);
    }
    (body, lines.len(), "")
}

fn block(found: &Macro<'_>, body: &[&str], deep: usize) -> Option<Node> {
    let inside = || nodes(body, deep + 1);
    let panel = |panel| {
        Some(Node::Panel(panel, inside())).filter(|node| !matches!(node, Node::Panel(_, body) if body.is_empty()))
    };
    match found.name {
        "code" | "noformat" => {
            let language = found.options.split('|').find(|option| !option.contains('=')).unwrap_or_default().trim();
            let text = body.join("\n").trim_end().to_owned();
            (!text.is_empty()).then(|| Node::Code { language: language.to_owned(), text })
        }
        "quote" => Some(inside()).filter(|body| !body.is_empty()).map(Node::Quote),
        "note" => panel(Panel::Note),
        "tip" => panel(Panel::Success),
        "warning" => panel(Panel::Warning),
        "panel" => {
            let title = found.options.split('|').find_map(|option| option.trim().strip_prefix("title="));
            let colour = found.options.split('|').find_map(|option| option.trim().strip_prefix("bgColor="));
            let mut body = inside();
            if let Some(title) = title.map(str::trim).filter(|title| !title.is_empty()) {
                let mut line = Vec::new();
                push(&mut line, title, &Marks::strong());
                body.insert(0, Node::Paragraph(line));
            }
            (!body.is_empty()).then(|| Node::Panel(colour.map_or(Panel::Info, super::write::panel_of), body))
        }
        _ => panel(Panel::Info),
    }
}

fn paragraph(words: &mut Vec<&str>, out: &mut Vec<Node>) {
    let text = words.join("\n");
    words.clear();
    let line = trimmed(&text);
    if !line.is_empty() {
        out.push(Node::Paragraph(line));
    }
}

fn trimmed(text: &str) -> Vec<super::super::text::Inline> {
    let mut out = line(text);
    trim(&mut out);
    out
}

fn heading(line: &str) -> Option<(u8, &str)> {
    let (level, text) = line.strip_prefix('h')?.split_once(". ")?;
    let level = level.parse().ok().filter(|level| (1..=6).contains(level))?;
    Some((level, text))
}

/// The signs before an item, and its text.
fn bullet(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let signs = line.bytes().take_while(|byte| b"*#-".contains(byte)).count();
    let (signs, text) = line.split_at(signs);
    let fits =
        !signs.is_empty() && text.starts_with(' ') && !text.trim().is_empty() && (signs == "-" || !signs.contains('-'));
    fits.then_some((signs, text.trim()))
}

fn starts_block(line: &str) -> bool {
    macro_of(line).is_some() || heading(line.trim()).is_some() || line.trim().starts_with('|') || line.trim() == "----"
}

/// The items of lists that follow each other; a line without a sign belongs to the item before it.
fn lists(lines: &[&str]) -> Vec<Node> {
    let mut items: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (bullet(line), items.last_mut()) {
            (Some((signs, text)), _) => {
                let signs = signs.chars().take(DEEPEST / 2).collect();
                items.push((signs, text.to_owned()));
            }
            (None, Some((_, text))) => {
                text.push('\n');
                text.push_str(line.trim());
            }
            (None, None) => {}
        }
    }
    level(&items, 1)
}

/// The lists whose items have this many signs.
fn level(items: &[(String, String)], deep: usize) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    let mut at = 0;
    while let Some((signs, text)) = items.get(at) {
        let numbered = signs.chars().nth(deep - 1) == Some('#');
        at += 1;
        let first = at;
        while items.get(at).is_some_and(|(signs, _)| signs.chars().count() > deep) {
            at += 1;
        }
        let mut item = Vec::new();
        let below = items.get(first..at).unwrap_or_default();
        if signs.chars().count() > deep {
            // A list that begins deeper than its place.
            item.extend(level(items.get(first - 1..at).unwrap_or_default(), deep + 1));
        } else {
            let line = trimmed(text);
            if !line.is_empty() {
                item.push(Node::Paragraph(line));
            }
            item.extend(level(below, deep + 1));
        }
        match out.last_mut() {
            Some(Node::List { start, items }) if start.is_some() == numbered => items.push(item),
            _ => out.push(Node::List { start: numbered.then_some(1), items: vec![item] }),
        }
    }
    out
}

fn row(line: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.strip_prefix('|') {
        let (head, start) = start.strip_prefix('|').map_or((false, start), |start| (true, start));
        let end = cell_end(start);
        let (text, after) = start.split_at(end);
        if after.is_empty() && text.trim().is_empty() {
            break;
        }
        let line = trimmed(text);
        let body = if line.is_empty() { Vec::new() } else { vec![Node::Paragraph(line)] };
        cells.push(Cell { head, body });
        rest = after;
    }
    cells
}

/// Where a cell ends: at the next `|` that is neither escaped nor within a link.
fn cell_end(text: &str) -> usize {
    let mut in_link = false;
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_link = text[at..].contains(']'),
            ']' => in_link = false,
            '|' if !in_link => return at,
            _ => {}
        }
    }
    text.len()
}
