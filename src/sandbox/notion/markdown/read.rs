//! Blocks out of markdown.

use serde_json::{Value, json};

use super::inline::inline;
use crate::sandbox::notion::check::normal;
use crate::sandbox::notion::content::Ready;

/// A piece of a text: one outermost block with its children.
#[derive(Debug)]
pub(in crate::sandbox::notion) struct Item {
    /// The lines it was read from.
    pub source: String,
    /// What it is.
    pub what: What,
}

#[derive(Debug)]
pub(in crate::sandbox::notion) enum What {
    /// A new block.
    New(Ready),
    /// A page or database that is there already.
    Stays(String),
}

/// The blocks of a text.
pub(in crate::sandbox::notion) fn read(text: &str) -> Vec<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let mut items = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].trim().is_empty() {
            at += 1;
            continue;
        }
        let start = at;
        let what = one(&lines, &mut at);
        items.push(Item { source: lines[start..at].join("\n"), what });
    }
    items
}

/// Only the new blocks of lines, for children.
fn blocks(lines: &[&str]) -> Vec<Ready> {
    let new = |item: Item| match item.what {
        What::New(ready) => Some(ready),
        What::Stays(_) => None,
    };
    read(&lines.join("\n")).into_iter().filter_map(new).collect()
}

/// Lines up to the one that closes, at the same depth, without one tab each.
fn inside(lines: &[&str], at: &mut usize, close: &str) -> Vec<String> {
    let mut found = Vec::new();
    while *at < lines.len() {
        let line = lines[*at];
        *at += 1;
        if line == close {
            break;
        }
        found.push(line.strip_prefix('\t').unwrap_or(line).to_owned());
    }
    found
}

fn refs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// An attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The block that begins at a line.
fn one(lines: &[&str], at: &mut usize) -> What {
    let line = lines[*at].trim_start_matches('\t');
    *at += 1;
    for tag in ["<page ", "<database "] {
        if let Some(id) = line.strip_prefix(tag).and_then(|rest| attribute(rest, "url")).and_then(last_id) {
            return What::Stays(id);
        }
    }
    let mut ready = match fenced(line, lines, at) {
        Some(ready) => return What::New(ready),
        None => simple(line),
    };
    // What is indented below belongs to it.
    let start = *at;
    while *at < lines.len() && lines[*at].starts_with('\t') {
        *at += 1;
    }
    let below: Vec<&str> = lines[start..*at].iter().map(|line| &line[1..]).collect();
    ready.children = blocks(&below);
    What::New(ready)
}

/// The identifier at the end of an address.
fn last_id(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let tail = path.rsplit('/').next()?;
    let from = tail.len().checked_sub(32)?;
    tail.get(from..).and_then(normal).or_else(|| normal(tail))
}

/// Blocks of several lines.
fn fenced(line: &str, lines: &[&str], at: &mut usize) -> Option<Ready> {
    if let Some(language) = line.strip_prefix("```") {
        let text = inside_raw(lines, at, "```");
        let language = if language.is_empty() { "plain text" } else { language };
        let pieces = [crate::sandbox::notion::rich::piece(&text, None, &[])];
        return Some(Ready::new("code", json!({ "rich_text": pieces, "language": language, "caption": [] })));
    }
    if line == "$$" {
        return Some(Ready::new("equation", json!({ "expression": inside_raw(lines, at, "$$") })));
    }
    if line == "<details>" {
        let below = inside(lines, at, "</details>");
        let summary = below.first().and_then(|line| line.strip_prefix("<summary>"));
        let summary = summary.and_then(|line| line.strip_suffix("</summary>")).unwrap_or_default();
        let mut ready = Ready::new("toggle", json!({ "rich_text": inline(summary) }));
        ready.children = blocks(refs(&below).get(1..).unwrap_or_default());
        return Some(ready);
    }
    if let Some(tag) = line.strip_prefix("<callout") {
        let below = inside(lines, at, "</callout>");
        let icon = attribute(tag, "icon").unwrap_or("💡");
        let first = below.first().map_or("", String::as_str);
        let icon = json!({ "type": "emoji", "emoji": icon });
        let mut ready = Ready::new("callout", json!({ "rich_text": inline(first), "icon": icon }));
        ready.children = blocks(refs(&below).get(1..).unwrap_or_default());
        return Some(ready);
    }
    if line == "<columns>" {
        let below = inside(lines, at, "</columns>");
        let lines = refs(&below);
        let (mut inner, mut ready) = (0, Ready::new("column_list", json!({})));
        while inner < lines.len() {
            inner += 1;
            if lines[inner - 1] == "<column>" {
                let mut column = Ready::new("column", json!({}));
                column.children = blocks(&refs(&inside(&lines, &mut inner, "</column>")));
                ready.children.push(column);
            }
        }
        return Some(ready);
    }
    if let Some(tag) = line.strip_prefix("<table").filter(|_| !line.starts_with("<table_of_contents")) {
        return Some(table(tag, &inside(lines, at, "</table>")));
    }
    // A table as other dialects write it.
    if line.starts_with('|') && lines.get(*at).is_some_and(|next| next.starts_with('|') && next.contains("---")) {
        let cells = |line: &str| line.trim().trim_matches('|').split('|').map(|cell| inline(cell.trim())).collect();
        let mut rows: Vec<Vec<Value>> = vec![cells(line)];
        *at += 1;
        while *at < lines.len() && lines[*at].starts_with('|') {
            rows.push(cells(lines[*at]));
            *at += 1;
        }
        return Some(table_of(true, rows));
    }
    None
}

fn inside_raw(lines: &[&str], at: &mut usize, close: &str) -> String {
    let start = *at;
    while *at < lines.len() && lines[*at].trim() != close {
        *at += 1;
    }
    let text = lines[start..*at].join("\n");
    *at += 1;
    text
}

fn table(tag: &str, lines: &[String]) -> Ready {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for line in lines {
        let line = line.trim();
        if line == "<tr>" {
            rows.push(Vec::new());
        } else if let (Some(cell), Some(row)) =
            (line.strip_prefix("<td>").and_then(|line| line.strip_suffix("</td>")), rows.last_mut())
        {
            row.push(inline(cell));
        }
    }
    table_of(attribute(tag, "header-row") == Some("true"), rows)
}

fn table_of(header: bool, rows: Vec<Vec<Value>>) -> Ready {
    let width = rows.iter().map(Vec::len).max().unwrap_or(1);
    let content = json!({ "table_width": width, "has_column_header": header, "has_row_header": false });
    let mut ready = Ready::new("table", content);
    ready.children = rows
        .into_iter()
        .map(|mut cells| {
            cells.resize(width, json!([]));
            Ready::new("table_row", json!({ "cells": cells }))
        })
        .collect();
    ready
}

/// Blocks of one line.
fn simple(line: &str) -> Ready {
    let text = |kind: &str, rest: &str| Ready::new(kind, json!({ "rich_text": inline(rest) }));
    for (sign, kind) in [("# ", "heading_1"), ("## ", "heading_2"), ("### ", "heading_3"), ("#### ", "heading_4")] {
        if let Some(rest) = line.strip_prefix(sign) {
            return text(kind, rest);
        }
    }
    for (sign, checked) in [("- [ ] ", false), ("- [x] ", true)] {
        if let Some(rest) = line.strip_prefix(sign) {
            return Ready::new("to_do", json!({ "rich_text": inline(rest), "checked": checked }));
        }
    }
    for (sign, kind) in [("- ", "bulleted_list_item"), ("* ", "bulleted_list_item"), ("> ", "quote")] {
        if let Some(rest) = line.strip_prefix(sign) {
            return text(kind, rest);
        }
    }
    if let Some((number, rest)) = line.split_once(". ")
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return text("numbered_list_item", rest);
    }
    match line {
        "---" => return Ready::new("divider", json!({})),
        "<empty-block/>" => return text("paragraph", ""),
        "<table_of_contents/>" => return Ready::new("table_of_contents", json!({})),
        _ => {}
    }
    if let Some(rest) = line.strip_prefix("![")
        && let Some((caption, rest)) = rest.split_once("](")
        && let Some(url) = rest.strip_suffix(')')
    {
        let content = json!({ "type": "external", "external": { "url": url }, "caption": inline(caption) });
        return Ready::new("image", content);
    }
    text("paragraph", line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let name = |item: Item| match item.what {
            What::New(ready) => format!("{}/{}", ready.kind, ready.children.len()),
            What::Stays(id) => id,
        };
        read(text).into_iter().map(name).collect()
    }

    #[test]
    fn lines_are_blocks_and_tabs_are_children() {
        let text = "# Title\none\ntwo\n- a\n\t- b\n\t- c\n- [x] d\n1. e\n> f\n---\n```rust\nfn f() {}\n\n```\nend";
        let wanted = [
            "heading_1/0",
            "paragraph/0",
            "paragraph/0",
            "bulleted_list_item/2",
            "to_do/0",
            "numbered_list_item/0",
            "quote/0",
            "divider/0",
            "code/0",
            "paragraph/0",
        ];
        assert_eq!(kinds(text), wanted);
    }

    #[test]
    fn tags_are_blocks_too() {
        let table = "<table header-row=\"true\">\n<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n</table>";
        assert_eq!(kinds(table), ["table/1"]);
        assert_eq!(kinds("<details>\n<summary>More</summary>\n\tinner\n</details>"), ["toggle/1"]);
        assert_eq!(kinds("<callout icon=\"🔥\">\n\thot\n\tmore\n</callout>"), ["callout/1"]);
        let page = "<page url=\"https://www.notion.so/Runbook-0123456789abcdef0123456789abcdef\">Runbook</page>";
        assert_eq!(kinds(page), ["01234567-89ab-cdef-0123-456789abcdef"]);
    }
}
