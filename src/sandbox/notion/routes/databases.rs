//! Databases, the containers of data sources: <https://developers.notion.com/reference/database>.

use serde_json::Value;

use super::Ask;
use crate::sandbox::notion::check::normal;
use crate::sandbox::notion::content::{ARCHIVED, picture};
use crate::sandbox::notion::data::Parent;
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::rich;
use crate::sandbox::notion::state::State;

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "database_id")?;
    let database = state.database(ask, &id)?;
    Ok(Reply::ok(state.world.database_json(database, state.now)))
}

/// The parent that a body names. A plain integration has no private pages, so the workspace is none.
fn parent(state: &State, ask: &Ask<'_>, given: &Value) -> Result<Parent, Reply> {
    let Some(id) = given["page_id"].as_str().and_then(normal) else {
        return Err(Reply::invalid("Provided parent.workspace is not supported for internal integrations."));
    };
    state.living_page(ask, &id)?;
    Ok(Parent::Page(id))
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = &ask.body;
    let parent = parent(state, ask, &body["parent"])?;
    let icon = picture(&state.world, &body["icon"])?;
    let cover = picture(&state.world, &body["cover"])?;
    let title = rich::build(&state.world, &body["title"]);
    let description = rich::build(&state.world, &body["description"]);
    let id = state.add_database(&parent, title, &body["initial_data_source"]["properties"], &ask.bot)?;
    if let Some(database) = state.world.databases.get_mut(&id) {
        database.description = description;
        database.inline = body["is_inline"] == true;
        (database.icon, database.cover) = (icon, cover);
    }
    let database = state.database(ask, &id)?;
    Ok(ask.seen(state.world.database_json(database, state.now)))
}

pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "database_id")?;
    state.database(ask, &id)?;
    let body = &ask.body;
    let trash = body["in_trash"].as_bool();
    if state.world.trashed(&id) && trash != Some(false) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let to = body.get("parent").map(|given| parent(state, ask, given)).transpose()?;
    let icon = body.get("icon").map(|icon| picture(&state.world, icon)).transpose()?;
    let cover = body.get("cover").map(|cover| picture(&state.world, cover)).transpose()?;
    let title = body.get("title").map(|title| rich::build(&state.world, title));
    let description = body.get("description").map(|text| rich::build(&state.world, text));
    if let Some(database) = state.world.databases.get_mut(&id) {
        database.title = title.unwrap_or_else(|| database.title.take());
        database.description = description.unwrap_or_else(|| database.description.take());
        database.icon = icon.unwrap_or_else(|| database.icon.take());
        database.cover = cover.unwrap_or_else(|| database.cover.take());
        database.inline = body["is_inline"].as_bool().unwrap_or(database.inline);
        database.locked = body["is_locked"].as_bool().unwrap_or(database.locked);
    }
    if let Some(to) = to {
        state.move_database(&id, to, &ask.bot);
    }
    if let Some(trashed) = trash {
        state.trash(&id, trashed, &ask.bot);
    }
    let (bot, now) = (ask.bot.as_str(), state.now);
    state.world.touch(&id, bot, now);
    let database = state.database(ask, &id)?;
    Ok(ask.seen(state.world.database_json(database, now)))
}

impl State {
    /// Moves a database below another page.
    fn move_database(&mut self, id: &str, to: Parent, who: &str) {
        let old = self.world.databases.get(id).and_then(|database| database.parent.id().cloned());
        if let Some(children) = old.and_then(|old| self.world.children_mut(&old)) {
            children.retain(|child| child != id);
        }
        if let Some(children) = to.id().cloned().and_then(|to| self.world.children_mut(&to)) {
            children.push(id.to_owned());
        }
        if let Some(database) = self.world.databases.get_mut(id) {
            database.parent = to;
        }
        self.tell_database("database.moved", id, who);
    }
}
