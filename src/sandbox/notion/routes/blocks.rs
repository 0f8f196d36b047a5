//! Blocks: <https://developers.notion.com/reference/block>.

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::notion::check::{blocks, refuse};
use crate::sandbox::notion::content::{self, ARCHIVED};
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::state::State;

fn shown(state: &State, id: &str) -> Value {
    state.world.block_json(id, state.now).unwrap_or_default()
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "block_id")?;
    state.block(ask, &id)?;
    Ok(Reply::ok(shown(state, &id)))
}

pub(super) fn children(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "block_id")?;
    state.block(ask, &id)?;
    let items = state.world.children(&id).into_iter().map(|id| {
        let block = shown(state, &id);
        (id, block)
    });
    ask.list("block", items.collect())
}

/// <https://developers.notion.com/reference/patch-block-children>
pub(super) fn append(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "block_id")?;
    state.block(ask, &id)?;
    if state.world.trashed(&id) {
        return Err(Reply::invalid(ARCHIVED));
    }
    if state.world.databases.contains_key(&id) {
        return Err(Reply::invalid("Block type child_database does not support children."));
    }
    let list = ask.body["children"].as_array().map_or(&[][..], Vec::as_slice);
    super::pages::most(list)?;
    let ready = state.world.read_blocks(list)?;
    state.world.takes(&id, &ready)?;
    let position = &ask.body["position"];
    let at = match position["type"].as_str() {
        Some("start") => 0,
        Some("after_block") => state.after(&id, &position["after_block"]["id"])?,
        _ => usize::MAX,
    };
    let made = state.put_blocks(&id, ready, at, &ask.bot);
    let items: Vec<(String, Value)> = made.into_iter().map(|id| (id.clone(), shown(state, &id))).collect();
    if ask.capabilities.read {
        return ask.list("block", items);
    }
    let brief = |(id, _): (String, Value)| (id.clone(), json!({ "object": "block", "id": id }));
    ask.list("block", items.into_iter().map(brief).collect())
}

/// <https://developers.notion.com/reference/update-a-block>
pub(super) fn update(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "block_id")?;
    state.block(ask, &id)?;
    let trash = ask.body.get("in_trash");
    let kind = state.world.blocks.get(&id).map(|block| block.kind.clone());
    let map = ask.body.as_object().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    if let Some(trash) = trash.filter(|trash| !trash.is_boolean()) {
        wrong.push(format!("body.in_trash should be a boolean, instead was `{trash}`"));
    }
    for (name, value) in &map {
        match name.as_str() {
            "in_trash" => {}
            "type" if kind.as_deref() == value.as_str() => {}
            name if Some(name) == kind.as_deref() => blocks::look_change(name, value, &mut wrong),
            _ => wrong.push(format!("body.{name} should be not present, instead was `{value}`")),
        }
    }
    let content = kind.as_deref().and_then(|kind| map.get(kind).map(|content| (kind, content)));
    if content.is_none() && trash.is_none() {
        wrong
            .push(format!("body.{} should be defined, instead was `undefined`", kind.as_deref().unwrap_or("in_trash")));
    }
    refuse("body", &wrong)?;
    let trash = trash.and_then(Value::as_bool);
    if state.world.trashed(&id) && trash != Some(false) {
        return Err(Reply::invalid(ARCHIVED));
    }
    let kept = content.map(|(kind, content)| content::content(&state.world, kind, content)).transpose()?;
    if trash == Some(false) {
        state.trash(&id, false, &ask.bot);
    }
    if let Some(kept) = kept {
        state.change_block(&id, kept, &ask.bot);
    }
    if trash == Some(true) {
        state.trash(&id, true, &ask.bot);
    }
    Ok(ask.seen(shown(state, &id)))
}

/// <https://developers.notion.com/reference/delete-a-block>
pub(super) fn delete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "block_id")?;
    state.block(ask, &id)?;
    if state.world.trashed(&id) {
        return Err(Reply::invalid(ARCHIVED));
    }
    state.trash(&id, true, &ask.bot);
    Ok(ask.seen(shown(state, &id)))
}
