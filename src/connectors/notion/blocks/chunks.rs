//! A tree of blocks as requests that Notion takes (<https://developers.notion.com/reference/request-limits>,
//! <https://developers.notion.com/reference/patch-block-children>).
//!
//! A request may hold 100 blocks side by side, two levels below them, 1000 blocks and 500 KB in all; a text 100 pieces.
//! What does not fit is put off: its block is made first, and what stands in it is appended under the id that came back.

use std::collections::VecDeque;

use serde_json::Value;

use super::{children, parts, text_block};

/// The greatest number of blocks side by side, and of pieces of a text.
const ARRAY: usize = 100;
/// The greatest number of blocks in a request.
const BLOCKS: usize = 1000;
/// The greatest size of the blocks of a request, in bytes; the rest of the 500 KB is for the page's properties.
const BYTES: usize = 450_000;
/// The greatest size of one text, in bytes, so that a block always fits.
const TEXT_BYTES: usize = 200_000;
/// How many levels of blocks may stand in a block of the request.
const NESTED: usize = 2;

/// The requests that make a tree of blocks, in order. The first is number 0, those of `later` are 1, 2, ….
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The blocks that go along where the page is created (or that are appended first).
    pub first: Vec<Value>,
    /// What is appended afterwards, one request each, in this order.
    pub later: Vec<Append>,
}

impl Plan {
    /// Whether an append refers to a block of request 0. Creating a page does not tell the ids of its blocks: then they
    /// have to be listed.
    #[must_use]
    pub fn needs_first_ids(&self) -> bool {
        self.later.iter().any(|append| matches!(append.under, Under::Block { request: 0, .. }))
    }
}

/// One request that appends blocks at the end of what stands under something.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// Under what.
    pub under: Under,
    /// The blocks.
    pub children: Vec<Value>,
}

/// Under what blocks are appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// The page itself.
    Page,
    /// A block that an earlier request made. It is always one of those that stood directly in the request, whose ids come
    /// back in order.
    Block {
        /// The number of the request; 0 is the first.
        request: usize,
        /// Which of its blocks, from 0.
        index: usize,
    },
}

/// The requests that make these blocks.
#[must_use]
pub fn plan(blocks: Vec<Value>) -> Plan {
    let mut waiting = VecDeque::from([(Under::Page, blocks)]);
    let mut requests: Vec<Append> = Vec::new();
    while let Some((under, blocks)) = waiting.pop_front() {
        let mut request = Append { under, children: Vec::new() };
        let (mut count, mut bytes) = (0, 0);
        for block in blocks.into_iter().flat_map(|block| short(block, 0)) {
            let (made, rest) = apart(block);
            let (its_count, its_bytes) = (amount(&made), size(&made));
            let full = request.children.len() >= ARRAY || count + its_count > BLOCKS || bytes + its_bytes > BYTES;
            if full && !request.children.is_empty() {
                requests.push(std::mem::replace(&mut request, Append { under, children: Vec::new() }));
                (count, bytes) = (0, 0);
            }
            if !rest.is_empty() {
                let made = Under::Block { request: requests.len(), index: request.children.len() };
                waiting.push_back((made, rest));
            }
            count += its_count;
            bytes += its_bytes;
            request.children.push(made);
        }
        if !request.children.is_empty() {
            requests.push(request);
        }
    }
    let mut requests = requests.into_iter();
    Plan { first: requests.next().map(|first| first.children).unwrap_or_default(), later: requests.collect() }
}

/// A block as it goes into a request, and what has to be appended under it afterwards.
fn apart(mut block: Value) -> (Value, Vec<Value>) {
    if levels(&block) <= NESTED && narrow(&block) && amount(&block) <= BLOCKS && size(&block) <= BYTES {
        return (block, Vec::new());
    }
    let is_table = parts(&block).is_some_and(|(kind, _)| kind == "table");
    let Some(inside) = inside(&mut block) else { return (block, Vec::new()) };
    // A table cannot be made without rows: it takes along those that fit.
    let keep = if is_table {
        let mut bytes = 0;
        let fits = inside.iter().take(ARRAY).take_while(|row| {
            bytes += size(row);
            bytes <= BYTES / 2
        });
        fits.count().max(1)
    } else {
        0
    };
    let rest = inside.split_off(keep.min(inside.len()));
    if inside.is_empty() {
        strip(&mut block);
    }
    (block, rest)
}

/// The blocks that a block becomes whose texts are too long for one.
fn short(mut block: Value, depth: usize) -> Vec<Value> {
    if depth < 100
        && let Some(inside) = inside(&mut block)
    {
        let whole = std::mem::take(inside);
        *inside = whole.into_iter().flat_map(|child| short(child, depth + 1)).collect();
    }
    let Some(kind) = parts(&block).map(|(kind, _)| kind.to_owned()) else { return vec![block] };
    if kind == "table_row" {
        return short_row(block);
    }
    let Some(text) =
        block.get_mut(&kind).and_then(|content| content.get_mut("rich_text")).and_then(Value::as_array_mut)
    else {
        return vec![block];
    };
    let mut runs = runs(std::mem::take(text), TEXT_BYTES);
    let more = runs.split_off(1.min(runs.len()));
    text.extend(runs.into_iter().flatten());
    if more.is_empty() {
        return vec![block];
    }
    let contains =
        matches!(kind.as_str(), "bulleted_list_item" | "numbered_list_item" | "to_do" | "toggle" | "quote" | "callout");
    if contains {
        // The text goes on in paragraphs below it, before what stands there.
        let more = more.into_iter().map(|run| text_block("paragraph", run, Vec::new()));
        let old = inside(&mut block).map(std::mem::take).unwrap_or_default();
        block[&kind]["children"] = more.chain(old).collect();
        return vec![block];
    }
    // What stands in it stays below the last part.
    let old = inside(&mut block).map(std::mem::take).unwrap_or_default();
    strip(&mut block);
    let as_text = if kind == "code" { kind.as_str() } else { "paragraph" };
    let mut all: Vec<Value> = Vec::new();
    for run in more {
        let mut part = text_block(as_text, run, Vec::new());
        if let Some(language) = block.pointer("/code/language") {
            part["code"]["language"] = language.clone();
        }
        all.push(part);
    }
    if let Some(last) = all.last_mut().filter(|_| !old.is_empty() && as_text == "paragraph") {
        last["paragraph"]["children"] = old.into();
    }
    all.insert(0, block);
    all
}

/// The rows that a row becomes whose cells are too long for one: the text goes on in the cell below.
fn short_row(mut row: Value) -> Vec<Value> {
    let Some(cells) = row.pointer_mut("/table_row/cells").and_then(Value::as_array_mut) else { return vec![row] };
    let most = TEXT_BYTES / cells.len().max(1);
    let mut columns: Vec<VecDeque<Vec<Value>>> = cells
        .iter_mut()
        .map(|cell| cell.as_array_mut().map(|cell| runs(std::mem::take(cell), most).into()).unwrap_or_default())
        .collect();
    let height = columns.iter().map(VecDeque::len).max().unwrap_or(0).max(1);
    let row = |_| {
        let cells: Vec<Vec<Value>> = columns.iter_mut().map(|column| column.pop_front().unwrap_or_default()).collect();
        super::block("table_row", serde_json::json!({ "cells": cells }))
    };
    (0..height).map(row).collect()
}

/// Pieces of a text in runs that a block may hold.
fn runs(pieces: Vec<Value>, most: usize) -> Vec<Vec<Value>> {
    let mut runs: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    for piece in pieces {
        let length = size(&piece);
        match runs.last_mut().filter(|run| run.len() < ARRAY && bytes + length <= most) {
            Some(run) => run.push(piece),
            None => {
                runs.push(vec![piece]);
                bytes = 0;
            }
        }
        bytes += length;
    }
    runs
}

/// The list of what stands in a block.
fn inside(block: &mut Value) -> Option<&mut Vec<Value>> {
    let kind = parts(block)?.0.to_owned();
    block.get_mut(&kind)?.get_mut("children")?.as_array_mut()
}

/// Without an empty list of children, which some blocks are refused with.
fn strip(block: &mut Value) {
    let Some(kind) = parts(block).map(|(kind, _)| kind.to_owned()) else { return };
    if let Some(content) = block.get_mut(&kind).and_then(Value::as_object_mut) {
        content.remove("children");
    }
}

/// How many levels of blocks stand in a block.
fn levels(block: &Value) -> usize {
    children(block).iter().map(|child| 1 + levels(child)).max().unwrap_or(0)
}

/// Whether nowhere in a block too many stand side by side.
fn narrow(block: &Value) -> bool {
    children(block).len() <= ARRAY && children(block).iter().all(narrow)
}

/// How many blocks a block is, with all that stand in it.
fn amount(block: &Value) -> usize {
    1 + children(block).iter().map(amount).sum::<usize>()
}

fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX / 4, |bytes| bytes.len() + 1)
}
