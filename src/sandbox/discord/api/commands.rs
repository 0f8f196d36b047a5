//! Registering application commands, globally and per guild (interactions/application-commands#endpoints).

use serde_json::{Map, Value, json};

use super::{
    super::{check::commands, form::Form, lock},
    Call, Refused, Reply,
};

/// Commands of one type and scope: `CHAT_INPUT`, `USER`, `MESSAGE`.
const MOST: [usize; 3] = [100, 15, 15];

/// The scope of the path: a guild, or empty for global commands.
fn scope(call: &Call<'_>) -> Result<String, Refused> {
    if call.argument(0) != call.inner.setup.application_id {
        return Err(match call.argument(0).parse::<u64>() {
            Ok(_) => Refused::wrong_application(),
            Err(_) => Refused::unknown_application(),
        });
    }
    if call.template.contains("{guild}") { call.guild(1) } else { Ok(String::new()) }
}

/// The command of the path, always its last argument.
fn wanted<'c>(call: &'c Call<'_>) -> &'c str {
    call.path.last().map_or("", String::as_str)
}

fn without_localizations(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !key.ends_with("_localizations"));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_localizations(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_localizations).collect(),
        other => other.clone(),
    }
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let all = Value::Array(call.world.commands.get(&scope).cloned().unwrap_or_default());
    Reply::ok(if call.query_flag("with_localizations") { all } else { without_localizations(&all) })
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let all = call.world.commands.get(&scope).into_iter().flatten();
    let found = all.into_iter().find(|command| command["id"] == wanted(call));
    Reply::ok(found.cloned().ok_or_else(Refused::unknown_command)?)
}

fn written(call: &Call<'_>) {
    lock(&call.inner.notes).registrations += 1;
}

fn same(one: &Value, other: &Map<String, Value>) -> bool {
    Some(&one["name"]) == other.get("name") && Some(&one["type"]) == other.get("type")
}

/// Puts ids and version to what was checked. What did not change keeps its version.
fn finished(call: &mut Call<'_>, scope: &str, shown: Map<String, Value>, old: Option<&Value>) -> Value {
    let mut made = Map::new();
    let id = old.and_then(|old| old["id"].as_str()).map(str::to_owned);
    let id = id.unwrap_or_else(|| call.world.snowflake(call.now));
    made.insert("id".into(), json!(id));
    made.insert("application_id".into(), json!(call.inner.setup.application_id));
    if !scope.is_empty() {
        made.insert("guild_id".into(), json!(scope));
    }
    made.extend(shown);
    let unchanged = old.is_some_and(|old| made.iter().all(|(key, value)| old.get(key) == Some(value)));
    let version = old.filter(|_| unchanged).and_then(|old| old["version"].as_str()).map(str::to_owned);
    let version = version.unwrap_or_else(|| call.world.snowflake(call.now));
    made.insert("version".into(), json!(version));
    Value::Object(made)
}

/// Refuses more commands of a type than a scope may hold.
fn count(all: &[Value]) -> Result<(), Refused> {
    for (at, most) in MOST.iter().enumerate() {
        if all.iter().filter(|command| command["type"] == at + 1).count() > *most {
            return Err(Refused::too_many_commands());
        }
    }
    Ok(())
}

/// Makes a command, or overwrites the one of the same name and type.
pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let mut form = Form::default();
    let shown = commands::check(&mut form, call.body, scope.is_empty());
    form.done()?;
    let mut all = call.world.commands.get(&scope).cloned().unwrap_or_default();
    let old = all.iter().position(|command| same(command, &shown));
    let made = finished(call, &scope, shown, old.map(|at| all[at].clone()).as_ref());
    match old {
        Some(at) => all[at] = made.clone(),
        None => all.push(made.clone()),
    }
    count(&all)?;
    if !call.world.count_creates(&scope, usize::from(old.is_none()), call.now) {
        return Err(Refused::too_many_creates());
    }
    call.world.commands.insert(scope, all);
    written(call);
    if old.is_some() { Reply::ok(made) } else { Reply::created(made) }
}

/// Replaces all commands of a scope.
pub(super) fn overwrite(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let mut form = Form::default();
    let Some(list) = call.body.as_array() else {
        form.error("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        form.done()?;
        return Reply::nothing();
    };
    let mut checked: Vec<Map<String, Value>> = Vec::new();
    for (at, command) in list.iter().enumerate() {
        form.within(at, |form| {
            let shown = commands::check(form, command, scope.is_empty());
            let twice =
                |one: &Map<String, Value>| one.get("name") == shown.get("name") && one.get("type") == shown.get("type");
            if checked.iter().any(twice) {
                let message = "Application command names must be unique";
                form.error("APPLICATION_COMMANDS_DUPLICATE_NAME", message);
            }
            checked.push(shown);
        });
    }
    form.done()?;
    let old = call.world.commands.get(&scope).cloned().unwrap_or_default();
    let mut made = Vec::new();
    for shown in checked {
        let before = old.iter().find(|command| same(command, &shown)).cloned();
        made.push(finished(call, &scope, shown, before.as_ref()));
    }
    count(&made)?;
    let new = made.iter().filter(|one| old.iter().all(|old| old["id"] != one["id"])).count();
    if !call.world.count_creates(&scope, new, call.now) {
        return Err(Refused::too_many_creates());
    }
    call.world.commands.insert(scope, made.clone());
    written(call);
    Reply::ok(Value::Array(made))
}

pub(super) fn edit(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let mut all = call.world.commands.get(&scope).cloned().unwrap_or_default();
    let at = all.iter().position(|command| command["id"] == wanted(call)).ok_or_else(Refused::unknown_command)?;
    let mut body = all[at].clone();
    for (key, value) in call.body.as_object().into_iter().flatten() {
        if key != "type" {
            body[key.as_str()] = value.clone();
        }
    }
    let mut form = Form::default();
    let shown = commands::check(&mut form, &body, scope.is_empty());
    form.done()?;
    if all.iter().enumerate().any(|(other, command)| other != at && same(command, &shown)) {
        return Err(Refused::name_taken());
    }
    let old = all[at].clone();
    all[at] = finished(call, &scope, shown, Some(&old));
    let made = all[at].clone();
    call.world.commands.insert(scope, all);
    written(call);
    Reply::ok(made)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let scope = scope(call)?;
    let id = wanted(call).to_owned();
    let all = call.world.commands.entry(scope).or_default();
    let before = all.len();
    all.retain(|command| command["id"] != id.as_str());
    if all.len() == before {
        return Err(Refused::unknown_command());
    }
    written(call);
    Reply::nothing()
}
