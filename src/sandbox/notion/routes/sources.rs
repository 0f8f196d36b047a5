//! Data sources, the tables in databases: <https://developers.notion.com/reference/data-source>.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::check::normal;
use crate::sandbox::notion::content::{ARCHIVED, picture};
use crate::sandbox::notion::data::Page;
use crate::sandbox::notion::query::Look;
use crate::sandbox::notion::reply::{Answer, Content, Reply};
use crate::sandbox::notion::rich;
use crate::sandbox::notion::state::State;

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "data_source_id")?;
    let source = state.source(ask, &id)?;
    Ok(Reply::ok(state.world.source_json(source, state.now)))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = &ask.body;
    let database = body["parent"]["database_id"].as_str().and_then(normal).unwrap_or_default();
    state.database(ask, &database)?;
    if state.world.trashed(&database) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let icon = picture(&state.world, &body["icon"])?;
    let title = rich::build(&state.world, &body["title"]);
    let id = state.add_source(&database, title, &body["properties"], &ask.bot)?;
    if let Some(source) = state.world.sources.get_mut(&id) {
        source.icon = icon;
    }
    state.tell_source("data_source.created", &id, &ask.bot);
    let source = state.source(ask, &id)?;
    Ok(ask.seen(state.world.source_json(source, state.now)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "data_source_id")?;
    state.source(ask, &id)?;
    let body = &ask.body;
    let trash = body["in_trash"].as_bool();
    if state.world.trashed(&id) && trash != Some(false) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let to = body["parent"]["database_id"].as_str().and_then(normal);
    if let Some(to) = &to {
        state.database(ask, to)?;
    }
    let icon = body.get("icon").map(|icon| picture(&state.world, icon)).transpose()?;
    let title = body.get("title").map(|title| rich::build(&state.world, title));
    if let Some(changes) = body.get("properties") {
        state.change_schema(&id, changes, &ask.bot)?;
    }
    let indexed = state.now + state.search_lag;
    if let Some(source) = state.world.sources.get_mut(&id) {
        if let Some(title) = title {
            source.title = title;
            source.indexed = indexed;
        }
        source.icon = icon.unwrap_or_else(|| source.icon.take());
    }
    if let Some(to) = to {
        state.move_source(&id, &to, &ask.bot);
    }
    if let Some(trashed) = trash {
        state.trash(&id, trashed, &ask.bot);
    }
    let (bot, now) = (ask.bot.as_str(), state.now);
    state.world.touch(&id, bot, now);
    let source = state.source(ask, &id)?;
    Ok(ask.seen(state.world.source_json(source, now)))
}

/// The rows that pass a filter: <https://developers.notion.com/reference/query-a-data-source>.
pub(super) fn query(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "data_source_id")?;
    let source = state.source(ask, &id)?;
    let wanted = ask.wanted();
    if let Some(unknown) = wanted.iter().find(|name| source.column(name).is_none()) {
        return Err(Reply::invalid(&format!("Could not find property with name or id: {unknown}")));
    }
    let look = Look { world: &state.world, source, bot: &ask.bot, now: state.now };
    let filter = ask.body.get("filter");
    filter.map_or(Ok(()), |filter| look.check(filter))?;
    let trashed = ask.body["in_trash"] == true;
    let fits = |page: &&Page| {
        state.world.trashed(&page.id) == trashed && filter.is_none_or(|filter| look.passes(page, filter))
    };
    let mut rows: Vec<&Page> = source.rows.iter().filter_map(|id| state.world.pages.get(id)).filter(fits).collect();
    look.sort(&mut rows, ask.body["sorts"].as_array().map_or(&[][..], Vec::as_slice))?;
    if ask.body["result_type"] == "data_source" {
        rows.clear();
    }
    let sees = ask.capabilities.users;
    let shown = rows.into_iter().map(|page| (page.id.clone(), state.world.page_json(page, &wanted, sees, state.now)));
    let mut reply = ask.list("page_or_data_source", shown.collect())?;
    if let Content::Json(body) = &mut reply.body {
        body["request_status"] = json!({ "type": "complete" });
    }
    Ok(reply)
}

/// The templates of a data source.
pub(super) fn templates(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "data_source_id")?;
    let source = state.source(ask, &id)?;
    let name = ask.parameter("name").unwrap_or_default().to_lowercase();
    let pages = source.templates.iter().filter_map(|id| state.world.pages.get(id));
    let shown = pages.map(|page| (page, page.title())).filter(|(_, title)| title.to_lowercase().contains(&name)).map(
        |(page, title)| {
            let default = source.default_template.as_ref() == Some(&page.id);
            (page.id.clone(), json!({ "id": page.id, "name": title, "is_default": default }))
        },
    );
    let mut reply = ask.list("template", shown.collect())?;
    // This list has a form of its own.
    if let Content::Json(body) = &mut reply.body {
        let list = body.take();
        *body =
            json!({ "templates": list["results"], "has_more": list["has_more"], "next_cursor": list["next_cursor"] });
    }
    Ok(reply)
}

impl State {
    /// Changes columns and tells of it.
    pub(in crate::sandbox::notion) fn change_schema(
        &mut self,
        id: &str,
        changes: &Value,
        who: &str,
    ) -> Result<(), Reply> {
        let changed = self.world.change_columns(&id.to_owned(), changes)?;
        self.tell_schema(id, &changed, who);
        Ok(())
    }

    fn move_source(&mut self, id: &str, to: &str, who: &str) {
        let Some(source) = self.world.sources.get_mut(id) else { return };
        let old = std::mem::replace(&mut source.database, to.to_owned());
        if let Some(database) = self.world.databases.get_mut(&old) {
            database.sources.retain(|source| source != id);
        }
        if let Some(database) = self.world.databases.get_mut(to) {
            database.sources.push(id.to_owned());
        }
        self.tell_source("data_source.moved", id, who);
    }
}
