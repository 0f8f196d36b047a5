//! What the API shows of each thing, as version 2026-03-11 shows it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::data::{Column, Comment, Database, Id, Page, Parent, Source, Stamp, Upload, User, World, minute, moment};
use super::props;
use super::rich::plain;
use super::setup::UserInformation;

/// How long the address of a file works.
const FILE_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long a file may wait to be attached.
pub(super) const UPLOAD_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// A user as other objects name them.
pub(super) fn user_brief(id: &str) -> Value {
    json!({ "object": "user", "id": id })
}

/// An object with another's fields added.
pub(super) fn joined(mut value: Value, more: Value) -> Value {
    if let (Some(map), Value::Object(more)) = (value.as_object_mut(), more) {
        map.extend(more);
    }
    value
}

fn stamped(stamp: &Stamp) -> Value {
    json!({
        "created_time": minute(stamp.created),
        "last_edited_time": minute(stamp.edited),
        "created_by": user_brief(&stamp.created_by),
        "last_edited_by": user_brief(&stamp.edited_by),
    })
}

impl User {
    /// A user, as far as the integration may know them.
    pub(super) fn json(&self, sees: UserInformation) -> Value {
        let brief = user_brief(&self.id);
        if sees == UserInformation::None {
            return brief;
        }
        let named = json!({ "name": self.name, "avatar_url": null });
        let kind = match &self.email {
            Some(email) if sees == UserInformation::WithEmail => {
                json!({ "type": "person", "person": { "email": email } })
            }
            Some(_) => json!({ "type": "person", "person": {} }),
            None => json!({ "type": "bot", "bot": {} }),
        };
        joined(joined(brief, named), kind)
    }
}

impl Page {
    /// Its title.
    pub(super) fn title(&self) -> String {
        plain(self.values.get("title").unwrap_or(&Value::Null))
    }
}

impl World {
    /// The address of a page or database, with its title when it has one.
    pub(super) fn address(&self, id: &str, title: &str) -> String {
        let words: Vec<&str> =
            title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let slug = if words.is_empty() { String::new() } else { format!("{}-", words.join("-")) };
        format!("{}/{slug}{}", self.web, id.replace('-', ""))
    }

    /// The parent of a page or database.
    pub(super) fn parent_json(&self, parent: &Parent) -> Value {
        match parent {
            Parent::Workspace => json!({ "type": "workspace", "workspace": true }),
            Parent::Page(id) => json!({ "type": "page_id", "page_id": id }),
            Parent::Block(id) => json!({ "type": "block_id", "block_id": id }),
            Parent::Source(id) => {
                let database = self.sources.get(id).map(|source| &source.database);
                json!({ "type": "data_source_id", "data_source_id": id, "database_id": database })
            }
        }
    }

    /// A page; `only` names the properties that are wanted, by identifier or name.
    pub(super) fn page_json(&self, page: &Page, only: &[String], sees: UserInformation, now: Timestamp) -> Value {
        let title_only = [props::title_column()];
        let columns = self.source_of(page).map_or(title_only.as_slice(), |source| source.columns.as_slice());
        let wanted = |column: &&Column| {
            let named = |name: &String| *name == column.name || super::data::same_id(&column.id, name);
            only.is_empty() || only.iter().any(named)
        };
        let properties: Map<String, Value> = columns
            .iter()
            .filter(wanted)
            .map(|column| (column.name.clone(), props::shown(self, page, column, sees, Some(25))))
            .collect();
        let body = json!({
            "object": "page",
            "id": page.id,
            "icon": page.icon,
            "cover": page.cover,
            "parent": self.parent_json(&page.parent),
            "in_trash": self.trashed(&page.id),
            "is_archived": false,
            "is_locked": page.locked,
            "properties": properties,
            "url": self.address(&page.id, &page.title()),
            "public_url": null,
        });
        self.signed(joined(body, stamped(&page.stamp)), now)
    }

    /// A block; pages and databases are blocks too.
    pub(super) fn block_json(&self, id: &str, now: Timestamp) -> Option<Value> {
        let (kind, content, parent, stamp) = if let Some(block) = self.blocks.get(id) {
            let parent = if self.pages.contains_key(&block.parent) {
                Parent::Page(block.parent.clone())
            } else {
                Parent::Block(block.parent.clone())
            };
            (block.kind.as_str(), Value::Object(block.content.clone()), parent, &block.stamp)
        } else if let Some(page) = self.pages.get(id) {
            ("child_page", json!({ "title": page.title() }), page.parent.clone(), &page.stamp)
        } else {
            let database = self.databases.get(id)?;
            let title = plain(&database.title);
            ("child_database", json!({ "title": title }), database.parent.clone(), &database.stamp)
        };
        let body = json!({
            "object": "block",
            "id": id,
            "parent": self.parent_json(&parent),
            "has_children": !self.children(id).is_empty(),
            "in_trash": self.trashed(id),
            "type": kind,
            kind: content,
        });
        Some(self.signed(joined(body, stamped(stamp)), now))
    }

    /// A database with the data sources in it.
    pub(super) fn database_json(&self, database: &Database, now: Timestamp) -> Value {
        let sources: Vec<Value> = database
            .sources
            .iter()
            .filter_map(|id| self.sources.get(id).filter(|source| !source.trashed))
            .map(|source| json!({ "id": source.id, "name": plain(&source.title) }))
            .collect();
        let body = json!({
            "object": "database",
            "id": database.id,
            "title": database.title,
            "description": database.description,
            "parent": self.parent_json(&database.parent),
            "is_inline": database.inline,
            "in_trash": self.trashed(&database.id),
            "is_locked": database.locked,
            "data_sources": sources,
            "icon": database.icon,
            "cover": database.cover,
            "url": self.address(&database.id, ""),
            "public_url": null,
        });
        self.signed(joined(body, stamped(&database.stamp)), now)
    }

    /// A data source with its columns.
    pub(super) fn source_json(&self, source: &Source, now: Timestamp) -> Value {
        let columns: Map<String, Value> =
            source.columns.iter().map(|column| (column.name.clone(), column_json(column))).collect();
        let database = self.databases.get(&source.database);
        let body = json!({
            "object": "data_source",
            "id": source.id,
            "title": source.title,
            "description": [],
            "parent": { "type": "database_id", "database_id": source.database },
            "database_parent": database.map(|database| self.parent_json(&database.parent)),
            "is_inline": database.is_some_and(|database| database.inline),
            "in_trash": self.trashed(&source.id),
            "properties": columns,
            "icon": source.icon,
            "cover": null,
            "url": self.address(&source.database, ""),
            "public_url": null,
        });
        self.signed(joined(body, stamped(&source.stamp)), now)
    }

    /// A comment.
    pub(super) fn comment_json(&self, comment: &Comment, now: Timestamp) -> Value {
        let mut body = json!({
            "object": "comment",
            "id": comment.id,
            "parent": self.parent_json(&comment.parent),
            "discussion_id": comment.discussion,
            "created_time": minute(comment.stamp.created),
            "last_edited_time": minute(comment.stamp.edited),
            "created_by": user_brief(&comment.stamp.created_by),
            "rich_text": comment.rich_text,
            "display_name": comment.display_name,
        });
        if !comment.attachments.is_empty() {
            body["attachments"] = json!(comment.attachments);
        }
        self.signed(body, now)
    }

    /// A file upload; its addresses are only told while something is to be sent.
    pub(super) fn upload_json(&self, upload: &Upload) -> Value {
        let waits = upload.status == "pending";
        let done = upload.status == "uploaded";
        let length: usize = upload.sent.values().map(Vec::len).sum();
        let expires =
            (!upload.attached && upload.status != "expired").then(|| moment(upload.stamp.created + UPLOAD_LIFE));
        let person = self.user(&upload.stamp.created_by).is_some_and(|user| user.email.is_some());
        let mut body = json!({
            "object": "file_upload",
            "id": upload.id,
            "created_time": minute(upload.stamp.created),
            "created_by": { "id": upload.stamp.created_by, "type": if person { "person" } else { "bot" } },
            "last_edited_time": minute(upload.stamp.edited),
            "expiry_time": expires,
            "in_trash": false,
            "status": upload.status,
            "filename": upload.name,
            "content_type": upload.kind,
            "content_length": done.then_some(length),
        });
        let address = format!("{}/v1/file_uploads/{}", self.base, upload.id);
        if waits && upload.mode != "external_url" {
            body["upload_url"] = json!(format!("{address}/send"));
        }
        if upload.mode == "multi_part" {
            if waits {
                body["complete_url"] = json!(format!("{address}/complete"));
            }
            body["number_of_parts"] = json!({ "total": upload.parts, "sent": upload.sent.len() });
        }
        if !upload.import.is_null() {
            body["file_import_result"] = upload.import.clone();
        }
        body
    }

    /// The same with an address in place of each file that was uploaded.
    fn signed(&self, mut value: Value, now: Timestamp) -> Value {
        self.sign(&mut value, now);
        value
    }

    fn sign(&self, value: &mut Value, now: Timestamp) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.sign(item, now)),
            Value::Object(map) => {
                if let Some(id) = map.get("upload").and_then(Value::as_str).map(Id::from)
                    && map.len() == 1
                {
                    let expires = now + FILE_LIFE;
                    let url = format!("{}/files/{id}?expires={}", self.base, expires.as_second());
                    *value = json!({ "url": url, "expiry_time": moment(expires) });
                    return;
                }
                map.values_mut().for_each(|inner| self.sign(inner, now));
            }
            _ => {}
        }
    }
}

/// A column of a data source.
pub(super) fn column_json(column: &Column) -> Value {
    json!({
        "id": column.id,
        "name": column.name,
        "description": column.description,
        "type": column.kind,
        column.kind.as_str(): column.config,
    })
}
