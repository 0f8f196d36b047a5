//! Notion's blocks (<https://developers.notion.com/reference/block>): from Markdown, to Markdown, onto cards, into requests.
//!
//! Blocks stay JSON, as they are sent and received; the children of a block stand in its content, under `children`, also
//! where they were read one request at a time. Pure, and nothing here fails: what is not understood is passed over or
//! stays text.

mod builder;
pub mod chunks;
mod inline;
mod language;
mod pieces;
mod print;
mod rich;
#[cfg(test)]
mod tests;

use pulldown_cmark::{Options, Parser};
use serde_json::{Map, Value, json};

use crate::connectors::markdown::{self, Limits};
use crate::model;

pub use chunks::{Append, Plan, Under, plan};
pub use rich::{is_link, linked, plain, rich, shown};

/// The blocks of a Markdown text, as they are appended to a page. They may be too many for one request: see [`plan`].
#[must_use]
pub fn from_markdown(markdown: &str) -> Vec<Value> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_MATH;
    let mut builder = builder::Builder::new(markdown);
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        builder.take(event, range);
    }
    builder.finish()
}

/// The rich text of a line of Markdown, for properties and comments. A text with more than paragraphs in it stays as it is.
#[must_use]
pub fn inline(markdown: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for block in from_markdown(markdown) {
        let content = block.get("paragraph").filter(|content| content.get("children").is_none());
        let Some(pieces) = content.and_then(|content| content.get("rich_text")).and_then(Value::as_array) else {
            return rich(markdown.trim());
        };
        if !all.is_empty() {
            all.extend(rich("\n"));
        }
        all.extend(pieces.iter().cloned());
    }
    all
}

/// The Markdown of blocks, which [`from_markdown`] reads to the same ones where Markdown has a word for them.
#[must_use]
pub fn to_markdown(blocks: &[Value]) -> String {
    print::print(blocks, print::For::Markdown)
}

/// Blocks as they are shown on a card; what goes beyond the limits is cut and shown as `…`.
#[must_use]
pub fn read(blocks: &[Value], limits: Limits) -> Vec<model::Block> {
    markdown::blocks(&print::print(blocks, print::For::Card), limits)
}

/// A block of this type and content.
#[must_use]
pub fn block(kind: &str, content: Value) -> Value {
    let mut block = Map::new();
    block.insert("object".to_owned(), "block".into());
    block.insert("type".to_owned(), kind.into());
    block.insert(kind.to_owned(), content);
    Value::Object(block)
}

/// A block of this type with text and, where there are any, children.
#[must_use]
pub fn text_block(kind: &str, rich_text: Vec<Value>, children: Vec<Value>) -> Value {
    let mut content = Map::from_iter([("rich_text".to_owned(), Value::Array(rich_text))]);
    if !children.is_empty() {
        content.insert("children".to_owned(), children.into());
    }
    block(kind, content.into())
}

/// A block of code; the language by its name at Notion or as it is written behind a fence.
#[must_use]
pub fn code(text: &str, language: &str) -> Value {
    block("code", json!({ "rich_text": rich(text), "language": language::notions(language) }))
}

/// A box with an emoji.
#[must_use]
pub fn callout(emoji: &str, color: &str, rich_text: Vec<Value>, children: Vec<Value>) -> Value {
    let mut block = text_block("callout", rich_text, children);
    block["callout"]["icon"] = json!({ "type": "emoji", "emoji": emoji });
    block["callout"]["color"] = color.into();
    block
}

/// A table whose first row is its head. Each row is made as wide as the head.
#[must_use]
pub fn table(rows: Vec<Vec<Vec<Value>>>) -> Value {
    let width = rows.first().map_or(1, Vec::len).max(1);
    let rows = rows.into_iter().map(|mut cells| {
        cells.resize(width, Vec::new());
        block("table_row", json!({ "cells": cells }))
    });
    let rows: Vec<Value> = rows.collect();
    block(
        "table",
        json!({ "table_width": width, "has_column_header": true, "has_row_header": false, "children": rows }),
    )
}

/// The type of a block and its content; nothing for what is none.
fn parts(block: &Value) -> Option<(&str, &Map<String, Value>)> {
    let kind = block.get("type").and_then(Value::as_str);
    // A request may leave the type out, as the content's name says it.
    let kind = kind.or_else(|| {
        let named = block.as_object()?.iter().find(|(name, value)| *name != "parent" && value.is_object());
        named.map(|(name, _)| name.as_str())
    })?;
    Some((kind, block.get(kind)?.as_object()?))
}

/// The children of a block, as far as they were read.
fn children(block: &Value) -> &[Value] {
    let inside = parts(block).and_then(|(_, content)| content.get("children"));
    inside.or_else(|| block.get("children")).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
