//! `views.*`: modals on a person's screen, and the rules of their stack.
//!
//! The person side uses the same functions for a `response_action` of `update` or `push`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Call, Refused, content::complete, missing};
use crate::sandbox::slack::{
    Inner, blocks, form, lock,
    model::{View, World},
};

/// Views in one stack.
const DEEPEST: usize = 3;
/// Bytes of a view's JSON.
const LARGEST: usize = 250 * 1024;

fn view(call: &Call<'_>) -> Result<Map<String, Value>, Refused> {
    let wrong = |reason: &str| Refused::because("invalid_arguments", &[reason.to_owned()]);
    match call.args.data("view") {
        Ok(None) => Err(missing("view")),
        Ok(Some(Value::Object(view))) => Ok(view),
        Ok(Some(_)) => Err(wrong("must provide an object [json-pointer:/view]")),
        Err(()) => Err(wrong("must be a valid JSON object [json-pointer:/view]")),
    }
}

/// The person who gave the trigger, which this uses up.
fn exchange(call: &Call<'_>, world: &mut World) -> Result<String, Refused> {
    let id = call.args.str("trigger_id").or(call.args.str("interactivity_pointer"));
    let id = id.ok_or_else(|| missing("trigger_id"))?;
    let trigger = world.triggers.get_mut(id).ok_or_else(|| Refused::new("invalid_trigger_id"))?;
    if call.now >= trigger.expires {
        return Err(Refused::new("expired_trigger_id"));
    }
    if std::mem::replace(&mut trigger.used, true) {
        return Err(Refused::new("exchanged_trigger_id"));
    }
    Ok(trigger.user.clone())
}

pub(super) fn open(call: &Call<'_>) -> Result<Value, Refused> {
    let body = view(call)?;
    check(&body)?;
    let mut world = lock(&call.inner.world);
    let user = exchange(call, &mut world)?;
    world.close_views(&user, true);
    let id = open_on(&mut world, &user, body, call.now)?;
    Ok(json!({"view": shown(call.inner, &world.views[&id])}))
}

pub(super) fn push(call: &Call<'_>) -> Result<Value, Refused> {
    let body = view(call)?;
    check(&body)?;
    let mut world = lock(&call.inner.world);
    let user = exchange(call, &mut world)?;
    if world.screens.get(&user).is_none_or(Vec::is_empty) {
        return Err(Refused::new("not_found"));
    }
    let id = open_on(&mut world, &user, body, call.now)?;
    Ok(json!({"view": shown(call.inner, &world.views[&id])}))
}

pub(super) fn update(call: &Call<'_>) -> Result<Value, Refused> {
    let body = view(call)?;
    check(&body)?;
    let mut world = lock(&call.inner.world);
    let found = match (call.args.str("view_id"), call.args.str("external_id")) {
        (Some(id), _) => world.views.get(id),
        (None, Some(external)) => world.views.values().find(|view| view.open && view.field("external_id") == external),
        (None, None) => return Err(missing("view_id")),
    };
    let found = found.filter(|view| view.open).ok_or_else(|| Refused::new("not_found"))?;
    if call.args.str("hash").is_some_and(|hash| hash != found.hash) {
        return Err(Refused::new("hash_conflict"));
    }
    let id = found.id.clone();
    replace(&mut world, &id, body, call.now)?;
    Ok(json!({"view": shown(call.inner, &world.views[&id])}))
}

fn check(body: &Map<String, Value>) -> Result<(), Refused> {
    blocks::check_view(body).map_err(|reasons| Refused::because("invalid_arguments", &reasons))?;
    if serde_json::to_string(body).map_or(0, |text| text.len()) > LARGEST {
        return Err(Refused::new("view_too_large"));
    }
    Ok(())
}

fn unique(world: &World, body: &Map<String, Value>, besides: Option<&str>) -> Result<(), Refused> {
    let external = body.get("external_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    let taken = |external: &str| {
        world.views.values().any(|v| v.open && Some(v.id.as_str()) != besides && v.field("external_id") == external)
    };
    if external.is_some_and(taken) { Err(Refused::new("duplicate_external_id")) } else { Ok(()) }
}

/// Puts a view on top of a person's stack; gives its id.
pub(in crate::sandbox::slack) fn open_on(
    world: &mut World,
    user: &str,
    mut body: Map<String, Value>,
    now: Timestamp,
) -> Result<String, Refused> {
    check(&body)?;
    unique(world, &body, None)?;
    let stack = world.screens.get(user).cloned().unwrap_or_default();
    if stack.len() >= DEEPEST {
        return Err(Refused::new("push_limit_reached"));
    }
    let id = world.next_id('V');
    if let Some(Value::Array(blocks)) = body.get_mut("blocks") {
        complete(world, blocks);
    }
    let hash = hash(world, now);
    let mut view = View {
        id: id.clone(),
        user: user.to_owned(),
        root_id: stack.first().unwrap_or(&id).clone(),
        previous_id: stack.last().cloned(),
        hash,
        body,
        values: Map::new(),
        errors: BTreeMap::new(),
        open: true,
        offered: BTreeMap::new(),
    };
    view.values = form::initial(view.blocks());
    world.views.insert(id.clone(), view);
    world.screens.entry(user.to_owned()).or_default().push(id.clone());
    Ok(id)
}

/// Puts a new body into an open view. What was filled in stays where block id and action id stay the same.
pub(in crate::sandbox::slack) fn replace(
    world: &mut World,
    id: &str,
    mut body: Map<String, Value>,
    now: Timestamp,
) -> Result<(), Refused> {
    check(&body)?;
    unique(world, &body, Some(id))?;
    if let Some(Value::Array(blocks)) = body.get_mut("blocks") {
        complete(world, blocks);
    }
    let hash = hash(world, now);
    let view = world.views.get_mut(id).ok_or_else(|| Refused::new("not_found"))?;
    view.body = body;
    view.hash = hash;
    view.errors.clear();
    let mut values = form::initial(view.blocks());
    form::keep(&mut values, &view.values);
    view.values = values;
    Ok(())
}

fn hash(world: &mut World, now: Timestamp) -> String {
    let tail = world.next_id('h').to_ascii_lowercase();
    format!("{}.{}", now.as_second(), &tail[tail.len() - 8..])
}

/// A view as the API and payloads show it.
pub(in crate::sandbox::slack) fn shown(inner: &Inner, view: &View) -> Value {
    let part = |name: &str, or: Value| view.body.get(name).cloned().unwrap_or(or);
    json!({
        "id": view.id,
        "team_id": inner.setup.team.id,
        "type": "modal",
        "blocks": part("blocks", json!([])),
        "private_metadata": part("private_metadata", json!("")),
        "callback_id": part("callback_id", json!("")),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": part("title", Value::Null),
        "clear_on_close": part("clear_on_close", json!(false)),
        "notify_on_close": part("notify_on_close", json!(false)),
        "close": part("close", Value::Null),
        "submit": part("submit", Value::Null),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": inner.setup.app_id,
        "external_id": part("external_id", json!("")),
        "app_installed_team_id": inner.setup.team.id,
        "bot_id": inner.setup.bot_id,
    })
}
