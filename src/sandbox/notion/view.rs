//! The reading side: what there is now, what happened, and a way to wait for it.

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::NotionFake;
use super::data::{Column, Id, Page, Source, moment};
use super::ledger::{Delivery, Recorded, Violation};
use super::props;
use super::rich::plain;
use super::setup::UserInformation;
use super::state::State;

/// How many deliveries and requests the demo's page is told of.
const RECENT: usize = 50;

impl NotionFake {
    /// A page as the API shows it; `None` when there is none of that identifier or title.
    pub fn page(&self, name: &str) -> Option<Value> {
        let state = self.shared.lock();
        let id = state.named(name).ok()?;
        let page = state.world.pages.get(&id)?;
        Some(state.world.page_json(page, &[], UserInformation::WithEmail, state.now))
    }

    /// The content of a page in markdown; empty when there is none of that identifier or title.
    pub fn text(&self, page: &str) -> String {
        let state = self.shared.lock();
        state.named(page).map(|id| state.world.markdown(&id).0).unwrap_or_default()
    }

    /// The rows of a data source, oldest first, each with what its cells say.
    pub fn rows(&self, source: &str) -> Vec<Value> {
        let state = self.shared.lock();
        let id = state.named(source).ok();
        let source = id.and_then(|id| state.world.sources.get(&id));
        source.map(|source| rows(&state, source)).unwrap_or_default()
    }

    /// The comments on a page and its blocks, oldest first, as the API shows them.
    pub fn comments(&self, page: &str) -> Vec<Value> {
        let state = self.shared.lock();
        let id = state.named(page).unwrap_or_default();
        let comments = state.world.comments.iter().filter(|comment| comment.page == id);
        comments.map(|comment| state.world.comment_json(comment, state.now)).collect()
    }

    /// Everything as one document for the demo's page: the pages with their content, the databases as tables, and what
    /// went in and out lately, newest first.
    pub fn view(&self) -> Value {
        let state = self.shared.lock();
        let world = &state.world;
        let living = |id: &&Id| !world.trashed(id);
        let plain_page = |page: &&Page| world.source_of(page).is_none();
        let pages = world.order.iter().filter(living).filter_map(|id| world.pages.get(id)).filter(plain_page);
        let pages: Vec<Value> = pages.map(|page| shown_page(&state, page)).collect();
        let databases = world.order.iter().filter(living).filter_map(|id| world.databases.get(id));
        let databases: Vec<Value> = databases
            .map(|database| {
                let sources = database.sources.iter().filter_map(|id| world.sources.get(id));
                let sources: Vec<Value> = sources.map(|source| shown_source(&state, source)).collect();
                json!({ "id": database.id, "title": plain(&database.title), "data_sources": sources })
            })
            .collect();
        json!({
            "workspace": world.name,
            "pages": pages,
            "databases": databases,
            "subscriptions": state.subscriptions.iter().map(|subscription| json!({
                "id": subscription.id, "url": subscription.url, "active": subscription.active,
            })).collect::<Vec<Value>>(),
            "deliveries": state.deliveries.iter().rev().take(RECENT).map(|delivery| json!({
                "at": moment(delivery.at), "event": delivery.event, "attempt": delivery.attempt, "status": delivery.status,
            })).collect::<Vec<Value>>(),
            "requests": state.requests.iter().rev().take(RECENT).map(|request| json!({
                "at": moment(request.at), "method": request.method, "path": request.path, "status": request.status,
            })).collect::<Vec<Value>>(),
        })
    }

    /// The webhooks that came to their end, oldest first, verifications among them.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.to_vec()
    }

    /// The requests that came in, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.lock().requests.to_vec()
    }

    /// Forgets the requests so far, so that a test sees only its own.
    pub fn forget_requests(&self) {
        self.shared.act(|state| state.requests.clear());
    }

    /// What a well-behaved client never does: coming back too early, unknown routes and parameters, other versions.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.lock().violations.to_vec()
    }

    /// A receiver that changes with everything that happens here.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How many webhooks are on their way.
    pub fn pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// Waits until no webhook is on its way.
    pub async fn settled(&self) {
        let mut pending = self.shared.pending.subscribe();
        // The sender lives as long as this handle.
        let _all_done = pending.wait_for(|pending| *pending == 0).await;
    }
}

fn shown_page(state: &State, page: &Page) -> Value {
    let world = &state.world;
    let comments = world.comments.iter().filter(|comment| comment.page == page.id);
    let comments: Vec<Value> = comments
        .map(|comment| {
            let who = world.user(&comment.stamp.created_by).map(|user| user.name.as_str());
            json!({ "by": who, "text": plain(&comment.rich_text) })
        })
        .collect();
    json!({
        "id": page.id,
        "title": page.title(),
        "url": world.address(&page.id, &page.title()),
        "parent": page.parent.id(),
        "icon": page.icon["emoji"],
        "locked": page.locked,
        "markdown": world.markdown(&page.id).0,
        "comments": comments,
    })
}

fn shown_source(state: &State, source: &Source) -> Value {
    let columns: Vec<Value> = source
        .columns
        .iter()
        .map(|column| {
            let options = column.config["options"].as_array().cloned().unwrap_or_default();
            let names: Vec<Value> = options.iter().map(|option| option["name"].clone()).collect();
            json!({ "id": column.id, "name": column.name, "type": column.kind, "options": names })
        })
        .collect();
    json!({ "id": source.id, "name": plain(&source.title), "columns": columns, "rows": rows(state, source) })
}

fn rows(state: &State, source: &Source) -> Vec<Value> {
    let world = &state.world;
    let living = |page: &&Page| !world.trashed(&page.id);
    let pages = source.rows.iter().filter_map(|id| world.pages.get(id)).filter(living);
    pages
        .map(|page| {
            let cells: Map<String, Value> =
                source.columns.iter().map(|column| (column.name.clone(), json!(cell(state, page, column)))).collect();
            json!({ "id": page.id, "url": world.address(&page.id, &page.title()), "cells": cells })
        })
        .collect()
}

/// What a cell says, as people read it.
fn cell(state: &State, page: &Page, column: &Column) -> String {
    let value = props::value(&state.world, page, column);
    let name_of = |item: &Value| {
        let id = item["id"].as_str().unwrap_or_default();
        let user = state.world.user(id).map(|user| user.name.clone());
        user.or_else(|| state.world.pages.get(id).map(Page::title)).unwrap_or_default()
    };
    let listed = |name: &dyn Fn(&Value) -> String| {
        value.as_array().into_iter().flatten().map(name).collect::<Vec<String>>().join(", ")
    };
    match column.kind.as_str() {
        "title" | "rich_text" => plain(&value),
        "select" | "status" => value["name"].as_str().unwrap_or_default().to_owned(),
        "multi_select" | "files" => listed(&|item| item["name"].as_str().unwrap_or_default().to_owned()),
        "people" | "relation" => listed(&name_of),
        "created_by" | "last_edited_by" => name_of(&value),
        "date" => match (value["start"].as_str(), value["end"].as_str()) {
            (Some(start), Some(end)) => format!("{start} → {end}"),
            (Some(start), None) => start.to_owned(),
            _ => String::new(),
        },
        "unique_id" => {
            let number = value["number"].to_string();
            value["prefix"].as_str().map_or_else(|| number.clone(), |prefix| format!("{prefix}-{number}"))
        }
        _ => match &value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(on) => on.to_string(),
            other => other[other["type"].as_str().unwrap_or_default()].to_string(),
        },
    }
}
