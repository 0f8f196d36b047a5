//! The routes: which method and path is answered by what, what it needs, and what its query and body may hold.

#![expect(clippy::unnecessary_wraps, reason = "handlers have one signature, also those that cannot fail")]

mod blocks;
mod comments;
mod databases;
mod markdown;
mod pages;
mod search;
mod sources;
mod uploads;
mod users;

use serde_json::{Value, json};

use super::check::{self, Shape, bodies, normal};
use super::content::ARCHIVED;
use super::data::Id;
use super::reply::{Answer, Reply};
use super::setup::Capabilities;
use super::state::State;

/// Whole files are sent from here, without a token.
mod files {
    use super::super::reply::{Content, Reply};
    use super::State;

    impl State {
        /// The bytes of an uploaded file.
        pub(in crate::sandbox::notion) fn file(&self, id: &str) -> Result<Reply, Reply> {
            let found = self.world.uploads.iter().find(|upload| upload.id == id && upload.status == "uploaded");
            let upload = found.ok_or_else(|| Reply::problem(404, "object_not_found", "No such file."))?;
            let kind = upload.kind.clone().unwrap_or_else(|| "application/octet-stream".to_owned());
            let bytes = upload.sent.values().flatten().copied().collect();
            Ok(Reply { status: 200, headers: Vec::new(), body: Content::Bytes(bytes, kind) })
        }
    }
}

/// A capability that a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    Read,
    Update,
    Insert,
    ReadComments,
    InsertComments,
    Users,
}

/// A request that was let in.
pub(super) struct Ask<'a> {
    pub segments: &'a [String],
    pub query: &'a [(String, String)],
    pub body: Value,
    pub raw: &'a [u8],
    pub content_type: &'a str,
    /// The bot that asks.
    pub bot: Id,
    /// The integration's name.
    pub app: String,
    pub capabilities: Capabilities,
}

impl Ask<'_> {
    /// An identifier in the path.
    fn id(&self, at: usize, name: &str) -> Result<Id, Reply> {
        let given = self.segments.get(at).map_or("", String::as_str);
        let mut wrong = Vec::new();
        Shape::Id.look(&json!(given), &format!("path.{name}"), &mut wrong);
        check::refuse("path", &wrong)?;
        Ok(normal(given).unwrap_or_default())
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The properties that are wanted; none: all of them.
    fn wanted(&self) -> Vec<String> {
        let named = self.query.iter().filter(|(key, _)| key.trim_end_matches("[]") == "filter_properties");
        named.map(|(_, value)| value.clone()).collect()
    }

    fn not_found(&self, what: &str, id: &str) -> Reply {
        Reply::not_found(what, id, &self.app)
    }

    /// One page of a list, whose size and start stand in the query or in the body.
    fn list(&self, kind: &str, items: Vec<(String, Value)>) -> Answer {
        let size = match self.parameter("page_size") {
            Some(text) => check::whole("page_size", text, 1, 100)?,
            None => self.body["page_size"].as_i64().unwrap_or(100),
        };
        let size = usize::try_from(size).unwrap_or(100);
        let cursor = self.parameter("start_cursor").or_else(|| self.body["start_cursor"].as_str());
        let start = match cursor.filter(|cursor| !cursor.is_empty()) {
            None => 0,
            Some(cursor) => {
                let wanted = normal(cursor).unwrap_or_else(|| cursor.to_owned());
                let found = items.iter().position(|(id, _)| *id == wanted);
                found.ok_or_else(|| Reply::invalid(&format!("The start_cursor provided is invalid: {cursor}")))?
            }
        };
        let next = items.get(start + size).map(|(id, _)| id.clone());
        let results: Vec<Value> = items.into_iter().skip(start).take(size).map(|(_, item)| item).collect();
        Ok(Reply::ok(json!({
            "object": "list",
            "results": results,
            "has_more": next.is_some(),
            "next_cursor": next,
            "type": kind,
            kind: {},
        })))
    }

    /// The whole object, or only its name for an integration that may not read.
    fn seen(&self, whole: Value) -> Reply {
        if self.capabilities.read {
            return Reply::ok(whole);
        }
        Reply::ok(json!({ "object": whole["object"], "id": whole["id"] }))
    }
}

impl State {
    /// A page that the integration may see.
    fn page(&self, ask: &Ask<'_>, id: &str) -> Result<&super::data::Page, Reply> {
        if self.world.visible(id, &ask.bot) {
            if let Some(page) = self.world.pages.get(id) {
                return Ok(page);
            }
            let other = match () {
                () if self.world.databases.contains_key(id) => Some("database"),
                () if self.world.blocks.contains_key(id) => Some("block"),
                () => None,
            };
            if let Some(other) = other {
                let advice = format!("Use the retrieve {other} API instead.");
                return Err(Reply::invalid(&format!("Provided ID {id} is a {other}, not a page. {advice}")));
            }
        }
        Err(ask.not_found("page", id))
    }

    /// A page that can be changed.
    fn living_page(&self, ask: &Ask<'_>, id: &str) -> Result<&super::data::Page, Reply> {
        let page = self.page(ask, id)?;
        if self.world.trashed(id) { Err(Reply::invalid(ARCHIVED)) } else { Ok(page) }
    }

    /// A database that the integration may see.
    fn database(&self, ask: &Ask<'_>, id: &str) -> Result<&super::data::Database, Reply> {
        if self.world.visible(id, &ask.bot) {
            if let Some(database) = self.world.databases.get(id) {
                return Ok(database);
            }
            if self.world.pages.contains_key(id) {
                let advice = "Use the retrieve page API instead.";
                return Err(Reply::invalid(&format!("Provided ID {id} is a page, not a database. {advice}")));
            }
        }
        Err(ask.not_found("database", id))
    }

    /// A data source that the integration may see. Notion's words for a database's identifier name the database.
    fn source(&self, ask: &Ask<'_>, id: &str) -> Result<&super::data::Source, Reply> {
        let known = self.world.sources.get(id).filter(|_| self.world.visible(id, &ask.bot));
        let what = if self.world.databases.contains_key(id) { "database" } else { "data source" };
        known.ok_or_else(|| ask.not_found(what, id))
    }

    /// Whether there is a block (a page or database too) that the integration may see.
    fn block(&self, ask: &Ask<'_>, id: &str) -> Result<(), Reply> {
        let world = &self.world;
        let known = world.blocks.contains_key(id) || world.pages.contains_key(id) || world.databases.contains_key(id);
        if known && world.visible(id, &ask.bot) { Ok(()) } else { Err(ask.not_found("block", id)) }
    }
}

type Handler = fn(&mut State, &Ask<'_>) -> Answer;

/// One route.
pub(super) struct Route {
    pub handler: Handler,
    pub need: Need,
    /// Names that the query may have.
    pub query: &'static [&'static str],
    pub body: Option<Shape>,
}

const PAGED: &[&str] = &["start_cursor", "page_size"];
const FILTERED: &[&str] = &["filter_properties"];

const fn read(need: Need, handler: Handler, query: &'static [&'static str]) -> Route {
    Route { handler, need, query, body: None }
}

const fn write(need: Need, handler: Handler, body: Shape) -> Route {
    Route { handler, need, query: &[], body: Some(body) }
}

/// The route of a request, if Notion (as far as it is built here) has one.
pub(super) fn find(method: &str, segments: &[String]) -> Option<Route> {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (&"v1", path) = path.split_first()? else { return None };
    match path.first() {
        Some(&("pages" | "blocks")) => content(method, path),
        Some(&("databases" | "data_sources")) => tables(method, path),
        _ => rest(method, path),
    }
}

fn content(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("POST", ["pages"]) => Route { query: FILTERED, ..write(Need::Insert, pages::create, bodies::CREATE_PAGE) },
        ("GET", ["pages", _]) => read(Need::Read, pages::get, FILTERED),
        ("PATCH", ["pages", _]) => Route { query: FILTERED, ..write(Need::Update, pages::update, bodies::UPDATE_PAGE) },
        ("POST", ["pages", _, "move"]) => write(Need::Update, pages::move_page, bodies::MOVE_PAGE),
        ("GET", ["pages", _, "properties", _]) => read(Need::Read, pages::property, PAGED),
        ("GET", ["pages", _, "markdown"]) => read(Need::Read, markdown::get, &["include_transcript"]),
        ("PATCH", ["pages", _, "markdown"]) => write(Need::Update, markdown::update, bodies::UPDATE_MARKDOWN),
        ("GET", ["blocks", _]) => read(Need::Read, blocks::get, &[]),
        ("PATCH", ["blocks", _]) => write(Need::Update, blocks::update, Shape::Map(&Shape::Any)),
        ("DELETE", ["blocks", _]) => read(Need::Update, blocks::delete, &[]),
        ("GET", ["blocks", _, "children"]) => read(Need::Read, blocks::children, PAGED),
        ("PATCH", ["blocks", _, "children"]) => write(Need::Insert, blocks::append, bodies::APPEND),
        _ => return None,
    })
}

fn tables(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("POST", ["databases"]) => write(Need::Insert, databases::create, bodies::CREATE_DATABASE),
        ("GET", ["databases", _]) => read(Need::Read, databases::get, &[]),
        ("PATCH", ["databases", _]) => write(Need::Update, databases::update, bodies::UPDATE_DATABASE),
        ("POST", ["data_sources"]) => write(Need::Insert, sources::create, bodies::CREATE_SOURCE),
        ("GET", ["data_sources", _]) => read(Need::Read, sources::get, &[]),
        ("PATCH", ["data_sources", _]) => write(Need::Update, sources::update, bodies::UPDATE_SOURCE),
        ("POST", ["data_sources", _, "query"]) => {
            Route { query: FILTERED, ..write(Need::Read, sources::query, bodies::QUERY) }
        }
        ("GET", ["data_sources", _, "templates"]) => {
            read(Need::Read, sources::templates, &["name", "start_cursor", "page_size"])
        }
        _ => return None,
    })
}

fn rest(method: &str, path: &[&str]) -> Option<Route> {
    Some(match (method, path) {
        ("GET", ["users", "me"]) => read(Need::Nothing, users::me, &[]),
        ("GET", ["users"]) => read(Need::Users, users::list, PAGED),
        ("GET", ["users", _]) => read(Need::Users, users::get, &[]),
        ("POST", ["search"]) => write(Need::Read, search::search, bodies::SEARCH),
        ("GET", ["comments"]) => read(Need::ReadComments, comments::list, &["block_id", "start_cursor", "page_size"]),
        ("POST", ["comments"]) => write(Need::InsertComments, comments::create, bodies::CREATE_COMMENT),
        ("GET", ["comments", _]) => read(Need::ReadComments, comments::get, &[]),
        ("PATCH", ["comments", _]) => write(Need::InsertComments, comments::update, bodies::UPDATE_COMMENT),
        ("DELETE", ["comments", _]) => read(Need::InsertComments, comments::delete, &[]),
        ("POST", ["file_uploads"]) => write(Need::Insert, uploads::create, bodies::CREATE_UPLOAD),
        ("GET", ["file_uploads"]) => read(Need::Nothing, uploads::list, &["status", "start_cursor", "page_size"]),
        ("GET", ["file_uploads", _]) => read(Need::Nothing, uploads::get, &[]),
        ("POST", ["file_uploads", _, "send"]) => read(Need::Insert, uploads::send, &[]),
        ("POST", ["file_uploads", _, "complete"]) => read(Need::Insert, uploads::complete, &[]),
        _ => return None,
    })
}
