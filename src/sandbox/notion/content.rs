//! Blocks: made out of requests, placed, changed, thrown away and brought back.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::check::normal;
use super::data::{Block, Id, Stamp, World};
use super::reply::Reply;
use super::rich;

/// Notion's words when something in the trash is to be changed.
pub(super) const ARCHIVED: &str = "Can't edit block that is archived. You must unarchive the block before editing.";

/// A block that is ready to be placed.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub kind: String,
    pub content: Map<String, Value>,
    pub children: Vec<Ready>,
}

impl Ready {
    pub(super) fn new(kind: &str, content: Value) -> Self {
        let content = match content {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Self { kind: kind.to_owned(), content, children: Vec::new() }
    }
}

/// A file of a request as it is kept, and the name that it was uploaded with.
pub(super) fn file(world: &World, given: &Value) -> Result<(Value, Option<String>), Reply> {
    if let Some(external) = given.get("external") {
        return Ok((json!({ "type": "external", "external": { "url": external["url"] } }), None));
    }
    if let Some(file) = given.get("file") {
        return Ok((json!({ "type": "file", "file": file }), None));
    }
    let id = given["file_upload"]["id"].as_str().and_then(normal).unwrap_or_default();
    let Some(upload) = world.uploads.iter().find(|upload| upload.id == id) else {
        return Err(Reply::invalid(&format!("Could not find file_upload with ID: {id}.")));
    };
    if upload.status != "uploaded" {
        let status = upload.status;
        return Err(Reply::invalid(&format!(
            "File upload with ID {id} has status `{status}`. Only file uploads with status `uploaded` can be attached."
        )));
    }
    Ok((json!({ "type": "file", "file": { "upload": id } }), upload.name.clone()))
}

/// An icon or cover of a request as it is kept.
pub(super) fn picture(world: &World, given: &Value) -> Result<Value, Reply> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    match given.get("emoji") {
        Some(emoji) => Ok(json!({ "type": "emoji", "emoji": emoji })),
        None => file(world, given).map(|(kept, _)| kept),
    }
}

/// The kinds that hold text with a colour.
fn has_color(kind: &str) -> bool {
    matches!(
        kind,
        "paragraph"
            | "bulleted_list_item"
            | "numbered_list_item"
            | "to_do"
            | "toggle"
            | "quote"
            | "callout"
            | "table_of_contents"
    ) || kind.starts_with("heading_")
}

/// The kinds that blocks can be appended to.
fn holds_children(kind: &str) -> bool {
    matches!(
        kind,
        "paragraph"
            | "bulleted_list_item"
            | "numbered_list_item"
            | "to_do"
            | "toggle"
            | "quote"
            | "callout"
            | "column"
            | "column_list"
            | "table"
            | "synced_block"
            | "template"
            | "tab"
            | "heading_1"
            | "heading_2"
            | "heading_3"
            | "heading_4"
    )
}

/// The content of a block of a request as it is kept.
pub(super) fn content(world: &World, kind: &str, given: &Value) -> Result<Map<String, Value>, Reply> {
    let mut kept = Map::new();
    if given.get("external").is_some() || given.get("file_upload").is_some() {
        let (found, name) = file(world, given)?;
        kept.extend(found.as_object().cloned().unwrap_or_default());
        kept.insert("caption".to_owned(), json!([]));
        if kind == "file" {
            kept.insert("name".to_owned(), json!(name.unwrap_or_default()));
        }
    }
    for (name, value) in given.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "children" | "external" | "file_upload" | "type" => continue,
            "rich_text" | "caption" => rich::build(world, value),
            "cells" => value.as_array().into_iter().flatten().map(|cell| rich::build(world, cell)).collect(),
            "icon" => picture(world, value)?,
            _ => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    if kind == "link_to_page" {
        let target = ["page_id", "database_id", "comment_id"].into_iter().find(|name| given.get(*name).is_some());
        kept.insert("type".to_owned(), json!(target));
    }
    Ok(kept)
}

/// What a block has when nothing is said of it.
fn defaults(kind: &str, kept: &mut Map<String, Value>) {
    let mut default = |name: &str, value: Value| {
        kept.entry(name).or_insert(value);
    };
    if has_color(kind) {
        default("color", json!("default"));
    }
    match kind {
        "heading_1" | "heading_2" | "heading_3" | "heading_4" => default("is_toggleable", json!(false)),
        "to_do" => default("checked", json!(false)),
        "code" | "bookmark" | "embed" => default("caption", json!([])),
        "callout" => default("icon", json!({ "type": "emoji", "emoji": "💡" })),
        "table" => {
            default("has_column_header", json!(false));
            default("has_row_header", json!(false));
        }
        _ => {}
    }
}

impl World {
    /// Blocks of a request, ready to be placed.
    pub(super) fn read_blocks(&self, given: &[Value]) -> Result<Vec<Ready>, Reply> {
        given.iter().map(|block| self.read_block(block)).collect()
    }

    fn read_block(&self, given: &Value) -> Result<Ready, Reply> {
        let key = || given.as_object()?.keys().find(|key| !matches!(key.as_str(), "object" | "type"));
        let kind = given["type"].as_str().or_else(|| key().map(String::as_str)).unwrap_or("paragraph");
        let inner = &given[kind];
        if kind == "synced_block" {
            let from = inner["synced_from"]["block_id"].as_str().and_then(normal);
            if let Some(id) = from.filter(|id| !self.blocks.contains_key(id)) {
                return Err(Reply::invalid(&format!("Could not find block with ID: {id}.")));
            }
        }
        let children = inner["children"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(Ready { kind: kind.to_owned(), content: content(self, kind, inner)?, children: self.read_blocks(children)? })
    }

    /// Whether blocks of these kinds can be put below something.
    pub(super) fn takes(&self, parent: &str, blocks: &[Ready]) -> Result<(), Reply> {
        let Some(block) = self.blocks.get(parent) else { return Ok(()) };
        if !holds_children(&block.kind) {
            return Err(Reply::invalid(&format!("Block type {} does not support children.", block.kind)));
        }
        let only = match block.kind.as_str() {
            "table" => "table_row",
            "column_list" => "column",
            _ => return Ok(()),
        };
        if let Some(other) = blocks.iter().find(|child| child.kind != only) {
            return Err(Reply::invalid(&format!("Block type {} cannot be a child of {}.", other.kind, block.kind)));
        }
        let width = block.content.get("table_width").and_then(Value::as_u64);
        let cells = |row: &Ready| row.content.get("cells").and_then(Value::as_array).map_or(0, Vec::len);
        if only == "table_row" && blocks.iter().any(|row| u64::try_from(cells(row)).ok() != width) {
            return Err(Reply::invalid("Number of cells in table row must match the table width of the parent table"));
        }
        Ok(())
    }

    /// Puts blocks below a page or block, at a place among its children. Returns the outermost of them.
    pub(super) fn place(&mut self, parent: &str, blocks: Vec<Ready>, at: usize, who: &str, now: Timestamp) -> Vec<Id> {
        let mut made = Vec::new();
        for ready in blocks {
            let id = self.fresh();
            let mut content = ready.content;
            defaults(&ready.kind, &mut content);
            self.attach(&Value::Object(content.clone()));
            let block = Block {
                id: id.clone(),
                kind: ready.kind,
                content,
                parent: parent.to_owned(),
                children: Vec::new(),
                trashed: false,
                stamp: Stamp::new(who, now),
            };
            self.blocks.insert(id.clone(), block);
            self.place(&id, ready.children, 0, who, now);
            made.push(id);
        }
        if let Some(children) = self.children_mut(parent) {
            let at = at.min(children.len());
            children.splice(at..at, made.iter().cloned());
        }
        made
    }

    /// Notes that the files in something are attached now, so that they are kept.
    pub(super) fn attach(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.attach(item)),
            Value::Object(map) => {
                if let Some(id) = map.get("upload").and_then(Value::as_str)
                    && let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id)
                {
                    upload.attached = true;
                }
                map.values().for_each(|inner| self.attach(inner));
            }
            _ => {}
        }
    }

    /// Throws something away or brings it back. False: it was so already.
    pub(super) fn set_trashed(&mut self, id: &str, trashed: bool) -> bool {
        let flag = if let Some(page) = self.pages.get_mut(id) {
            &mut page.trashed
        } else if let Some(block) = self.blocks.get_mut(id) {
            &mut block.trashed
        } else if let Some(database) = self.databases.get_mut(id) {
            &mut database.trashed
        } else if let Some(source) = self.sources.get_mut(id) {
            &mut source.trashed
        } else {
            return false;
        };
        std::mem::replace(flag, trashed) != trashed
    }
}
