//! Pages and their properties: <https://developers.notion.com/reference/page>.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::acts::NewPage;
use crate::sandbox::notion::check::{blocks, normal};
use crate::sandbox::notion::content::{ARCHIVED, Ready, picture};
use crate::sandbox::notion::data::{Id, Parent};
use crate::sandbox::notion::markdown::{What, read};
use crate::sandbox::notion::props;
use crate::sandbox::notion::reply::{Answer, Content, Reply};
use crate::sandbox::notion::state::State;

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    let page = state.page(ask, &id)?;
    Ok(Reply::ok(state.world.page_json(page, &ask.wanted(), ask.capabilities.users, state.now)))
}

/// The parent that a body names: a page, a data source, or a database that has only one.
fn parent(state: &State, ask: &Ask<'_>, given: &Value) -> Result<Parent, Reply> {
    let id = |name: &str| given[name].as_str().and_then(normal);
    let parent = if let Some(id) = id("page_id") {
        state.living_page(ask, &id)?;
        Parent::Page(id)
    } else if let Some(id) = id("data_source_id") {
        state.source(ask, &id)?;
        Parent::Source(id)
    } else if let Some(id) = id("database_id") {
        let database = state.database(ask, &id)?;
        let sources: Vec<&Id> = database.sources.iter().filter(|id| !state.world.trashed(id)).collect();
        match sources.as_slice() {
            [only] => Parent::Source((*only).clone()),
            [] => return Err(ask.not_found("data source", &id)),
            many => {
                let message = "Databases with multiple data sources are not supported as a page's parent. Use a data_source_id parent instead.";
                let data = json!({ "error_type": "multiple_data_sources_for_database", "child_data_source_ids": many });
                return Err(Reply::invalid(message).with_data(data));
            }
        }
    } else {
        let message = "Provided parent.workspace is not supported for internal integrations. Use a page_id or data_source_id parent instead.";
        return Err(Reply::invalid(message));
    };
    if parent.id().is_some_and(|id| state.world.trashed(id)) {
        return Err(Reply::invalid(ARCHIVED));
    }
    Ok(parent)
}

/// The blocks of a body: only one of its ways to say them may be used.
fn content(state: &State, body: &Value) -> Result<Vec<Ready>, Reply> {
    let given: Vec<&str> = ["children", "content", "markdown", "template"]
        .into_iter()
        .filter(|name| body.get(*name).is_some_and(|value| value["type"] != "none"))
        .collect();
    if given.len() > 1 {
        let message = format!(
            "body failed validation: body.{} should be not present when body.{} is defined.",
            given[1], given[0]
        );
        return Err(Reply::invalid(&message));
    }
    if let Some(text) = body["markdown"].as_str() {
        let new = |item: crate::sandbox::notion::markdown::Item| match item.what {
            What::New(ready) => Some(ready),
            What::Stays(_) => None,
        };
        return Ok(read(text).into_iter().filter_map(new).collect());
    }
    let list = body["children"].as_array().or_else(|| body["content"].as_array());
    let list = list.map_or(&[][..], Vec::as_slice);
    most(list)?;
    state.world.read_blocks(list)
}

/// Refuses more blocks than one request may have.
pub(super) fn most(list: &[Value]) -> Result<(), Reply> {
    let count = blocks::count(list);
    if count <= blocks::MOST_BLOCKS {
        return Ok(());
    }
    let most = blocks::MOST_BLOCKS;
    Err(Reply::invalid(&format!(
        "body failed validation: body.children total block count should be ≤ `{most}`, instead was `{count}`."
    )))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = &ask.body;
    let parent = parent(state, ask, &body["parent"])?;
    let source = match &parent {
        Parent::Source(id) => Some(id.clone()),
        _ => None,
    };
    let values = state.world.read_properties(source.as_ref(), &body["properties"], &ask.bot, &ask.app)?;
    let blocks = content(state, body)?;
    let template = template(state, source.as_ref(), &body["template"])?;
    let new = NewPage {
        icon: picture(&state.world, &body["icon"])?,
        cover: picture(&state.world, &body["cover"])?,
        values: Some(values),
        blocks,
        template,
        after: position(state, &parent, &body["position"])?,
        ..NewPage::below(parent)
    };
    let id = state.add_page(new, &ask.bot);
    let page = state.page(ask, &id)?;
    Ok(ask.seen(state.world.page_json(page, &ask.wanted(), ask.capabilities.users, state.now)))
}

/// The template that a body names.
fn template(state: &State, source: Option<&Id>, given: &Value) -> Result<Option<Id>, Reply> {
    let source = source.and_then(|id| state.world.sources.get(id));
    match given["type"].as_str() {
        Some("default") => {
            let default = source.and_then(|source| source.default_template.clone());
            default.map(Some).ok_or_else(|| Reply::invalid("The data source does not have a default template."))
        }
        Some("template_id") => {
            let id = given["template_id"].as_str().and_then(normal).unwrap_or_default();
            let known = source.is_some_and(|source| source.templates.contains(&id));
            if known { Ok(Some(id)) } else { Err(Reply::invalid(&format!("Could not find template with ID: {id}."))) }
        }
        _ => Ok(None),
    }
}

/// Where a new page is put among the children of its parent.
fn position(state: &State, parent: &Parent, given: &Value) -> Result<Option<usize>, Reply> {
    let Some(kind) = given["type"].as_str() else { return Ok(None) };
    let Parent::Page(parent) = parent else {
        return Err(Reply::invalid("body failed validation: body.position is only supported for a page_id parent."));
    };
    match kind {
        "page_start" => Ok(Some(0)),
        "after_block" => state.after(parent, &given["after_block"]["id"]).map(Some),
        _ => Ok(None),
    }
}

impl State {
    /// The place after a child.
    pub(super) fn after(&self, parent: &str, child: &Value) -> Result<usize, Reply> {
        let id = child.as_str().and_then(normal).unwrap_or_default();
        let page = self.world.pages.get(parent).map(|page| &page.children);
        let children = page.or_else(|| self.world.blocks.get(parent).map(|block| &block.children));
        let at = children.and_then(|children| children.iter().position(|child| *child == id));
        at.map(|at| at + 1).ok_or_else(|| {
            Reply::invalid(&format!("Block ID ({id}) to append children after is not parented by {parent}."))
        })
    }
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    let body = &ask.body;
    let page = state.page(ask, &id)?;
    let source = match &page.parent {
        Parent::Source(source) => Some(source.clone()),
        _ => None,
    };
    let trash = body["in_trash"].as_bool();
    if state.world.trashed(&id) && trash != Some(false) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let values = state.world.read_properties(source.as_ref(), &body["properties"], &ask.bot, &ask.app)?;
    let template = template(state, source.as_ref(), &body["template"])?;
    let icon = body.get("icon").map(|icon| picture(&state.world, icon)).transpose()?;
    let cover = body.get("cover").map(|cover| picture(&state.world, cover)).transpose()?;
    if trash == Some(false) {
        state.trash(&id, false, &ask.bot);
    }
    state.set_values(&id, values, &ask.bot);
    if let Some(page) = state.world.pages.get_mut(&id) {
        page.icon = icon.unwrap_or_else(|| page.icon.take());
        page.cover = cover.unwrap_or_else(|| page.cover.take());
    }
    if body["erase_content"] == true {
        state.erase(&id, &ask.bot);
    }
    if let Some(template) = template {
        state.copy_content(&template, &id, &ask.bot);
    }
    if let Some(locked) = body["is_locked"].as_bool() {
        state.set_locked(&id, locked, &ask.bot);
    }
    if trash == Some(true) {
        state.trash(&id, true, &ask.bot);
    }
    let (bot, now) = (ask.bot.as_str(), state.now);
    state.world.touch(&id, bot, now);
    let page = state.page(ask, &id)?;
    Ok(ask.seen(state.world.page_json(page, &ask.wanted(), ask.capabilities.users, now)))
}

pub(super) fn move_page(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    state.living_page(ask, &id)?;
    let to = parent(state, ask, &ask.body["parent"])?;
    if to.id().is_some_and(|to| state.world.line(to).any(|above| above == id)) {
        return Err(Reply::invalid("Cannot move a page into itself or one of its descendants."));
    }
    state.move_to(&id, &to, &ask.bot);
    let page = state.page(ask, &id)?;
    Ok(ask.seen(state.world.page_json(page, &[], ask.capabilities.users, state.now)))
}

/// One property; what can be long comes as a list: <https://developers.notion.com/reference/retrieve-a-page-property>.
pub(super) fn property(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "page_id")?;
    let page = state.page(ask, &id)?;
    let name = ask.segments.get(4).map_or("", String::as_str);
    let title_only = [props::title_column()];
    let columns = state.world.source_of(page).map_or(title_only.as_slice(), |source| source.columns.as_slice());
    let found = columns.iter().find(|column| crate::sandbox::notion::data::same_id(&column.id, name));
    let column = found.ok_or_else(|| Reply::invalid(&format!("{name} is not a property that exists.")))?;
    let kind = column.kind.as_str();
    let value = props::value(&state.world, page, column);
    let item = |inner: Value| json!({ "object": "property_item", "id": column.id, "type": kind, kind: inner });
    if !matches!(kind, "title" | "rich_text" | "people" | "relation") {
        let mut shown = props::shown(&state.world, page, column, ask.capabilities.users, None);
        shown["object"] = json!("property_item");
        return Ok(Reply::ok(shown));
    }
    let items = value.as_array().into_iter().flatten().enumerate().map(|(at, inner)| {
        let inner = match kind {
            "people" => props::person(&state.world, inner, ask.capabilities.users),
            _ => inner.clone(),
        };
        (crate::sandbox::notion::data::uuid(&format!("{} {} {at}", page.id, column.id)), item(inner))
    });
    let mut reply = ask.list("property_item", items.collect())?;
    if let Content::Json(body) = &mut reply.body {
        let next = body["next_cursor"].as_str().map(|cursor| {
            format!("https://api.notion.com/v1/pages/{id}/properties/{}?start_cursor={cursor}", column.id)
        });
        body["property_item"] = json!({ "id": column.id, "next_url": next, "type": kind, kind: {} });
    }
    Ok(reply)
}
