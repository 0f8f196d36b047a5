//! What people put into the options of a command, checked as the client does.

use serde_json::{Map, Value, json};

use super::super::{Impossible, form::length, model::Channel, perm, show, world::World};

/// Entities that values name, as interactions carry them.
#[derive(Debug, Default)]
pub(super) struct Resolved(Map<String, Value>);

impl Resolved {
    fn add(&mut self, kind: &str, id: &str, shown: Value) {
        let all = self.0.entry(kind).or_insert_with(|| json!({}));
        all[id] = shown;
    }

    /// A user, with the membership in the channel's guild.
    pub(super) fn user(&mut self, world: &World, channel: &Channel, wanted: &str) -> Option<String> {
        let user = world.user(wanted)?;
        let guild = channel.guild.as_deref().and_then(|guild| world.guild(guild));
        if let Some((guild, member)) = guild.and_then(|guild| Some((guild, guild.member(&user.id)?))) {
            let mut shown = show::partial_member(member);
            if let Some(fields) = shown.as_object_mut() {
                fields.remove("deaf");
                fields.remove("mute");
            }
            shown["permissions"] = json!(perm::in_guild(guild, &user.id).to_string());
            self.add("members", &user.id, shown);
        }
        self.add("users", &user.id, show::user(user));
        Some(user.id.clone())
    }

    /// A role of the channel's guild.
    pub(super) fn role(&mut self, world: &World, channel: &Channel, wanted: &str) -> Option<String> {
        let guild = world.guild(channel.guild.as_deref()?)?;
        let role = guild.roles.iter().find(|role| role.id == wanted || role.name == wanted)?;
        self.add("roles", &role.id, show::role(role));
        Some(role.id.clone())
    }

    /// A channel that the user sees.
    pub(super) fn channel(&mut self, world: &World, user: &str, bot: &str, wanted: &str) -> Option<(String, u8)> {
        let channel = world.channel_named(wanted).filter(|channel| perm::sees(world, user, channel))?;
        let mut shown = show::partial_channel(world, channel, user, bot);
        if let Some(fields) = shown.as_object_mut() {
            fields.remove("permission_overwrites");
        }
        self.add("channels", &channel.id, shown);
        Some((channel.id.clone(), channel.kind.number()))
    }

    /// A message of the channel.
    pub(super) fn message(&mut self, id: &str, shown: Value) {
        self.add("messages", id, shown);
    }

    /// Puts everything under `resolved`, if there is anything.
    pub(super) fn into(self, data: &mut Value) {
        if !self.0.is_empty() {
            data["resolved"] = Value::Object(self.0);
        }
    }
}

/// Who types, where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typing<'a> {
    pub(super) world: &'a World,
    pub(super) user: &'a str,
    pub(super) bot: &'a str,
    pub(super) channel: &'a Channel,
    /// The option that is still being typed.
    pub(super) focused: Option<&'a str>,
}

/// The values of a command's options, as the interaction carries them.
pub(super) fn values(
    typing: Typing<'_>,
    known: &[Value],
    given: &[(&str, Value)],
    resolved: &mut Resolved,
) -> Result<Vec<Value>, Impossible> {
    for (name, _) in given {
        if !known.iter().any(|option| option["name"] == *name) {
            return Err(Impossible::field(name, "there is no such option"));
        }
    }
    let mut made = Vec::new();
    // The client sends options in the order they were filled in.
    for (name, value) in given {
        let Some(option) = known.iter().find(|option| option["name"] == *name) else { continue };
        let kind = option["type"].as_i64().unwrap_or_default();
        if typing.focused == Some(*name) {
            // What is still being typed is text of any form.
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            made.push(json!({"type": kind, "name": name, "value": text, "focused": true}));
            continue;
        }
        let value = one(typing, option, kind, value, resolved).map_err(|why| Impossible::field(name, why))?;
        made.push(json!({"type": kind, "name": name, "value": value}));
    }
    let missing = known
        .iter()
        .find(|option| option["required"] == true && !given.iter().any(|(name, _)| option["name"] == *name));
    // Completion works before everything is filled in.
    match missing.filter(|_| typing.focused.is_none()) {
        Some(option) => Err(Impossible::field(option["name"].as_str().unwrap_or_default(), "this option is required")),
        None => Ok(made),
    }
}

fn one(typing: Typing<'_>, option: &Value, kind: i64, value: &Value, resolved: &mut Resolved) -> Result<Value, String> {
    let Typing { world, user, bot, channel, .. } = typing;
    let text = || value.as_str().ok_or_else(|| format!("{value} is no text"));
    match kind {
        3..=4 | 10 => countable(option, kind, value),
        5 => value.as_bool().map(Value::Bool).ok_or_else(|| format!("{value} is neither true nor false")),
        6 => resolved.user(world, channel, text()?).map(Value::String).ok_or_else(|| format!("no user {value}")),
        7 => {
            let (id, kind) =
                resolved.channel(world, user, bot, text()?).ok_or_else(|| format!("no channel {value}"))?;
            let types = option["channel_types"].as_array().filter(|types| !types.is_empty());
            if types.is_some_and(|types| !types.contains(&json!(kind))) {
                return Err(format!("channels of type {kind} cannot be chosen"));
            }
            Ok(Value::String(id))
        }
        8 => resolved.role(world, channel, text()?).map(Value::String).ok_or_else(|| format!("no role {value}")),
        9 => {
            let text = text()?;
            let user = resolved.user(world, channel, text);
            let found = user.or_else(|| resolved.role(world, channel, text));
            found.map(Value::String).ok_or_else(|| format!("no user or role {value}"))
        }
        _ => Err("options of this type cannot be filled in here".to_owned()),
    }
}

/// Texts and numbers: choices, ranges, lengths.
fn countable(option: &Value, kind: i64, value: &Value) -> Result<Value, String> {
    if let Some(choices) = option["choices"].as_array().filter(|choices| !choices.is_empty()) {
        let choice = choices.iter().find(|choice| choice["value"] == *value || choice["name"] == *value);
        return choice.map(|choice| choice["value"].clone()).ok_or_else(|| format!("{value} is not among the choices"));
    }
    let fits = match kind {
        3 => value.is_string(),
        4 => value.is_i64() || value.is_u64(),
        _ => value.is_number(),
    };
    if !fits {
        return Err(format!("{value} is of the wrong type"));
    }
    if let Some(text) = value.as_str() {
        let long = u64::try_from(length(text)).unwrap_or(u64::MAX);
        let most = option["max_length"].as_u64().unwrap_or(6000);
        if text.is_empty() || long < option["min_length"].as_u64().unwrap_or(0) || long > most {
            return Err("the text is too short or too long".to_owned());
        }
    }
    if let Some(number) = value.as_f64() {
        let (least, most) = (option["min_value"].as_f64(), option["max_value"].as_f64());
        if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
            return Err(format!("{value} is out of range"));
        }
    }
    Ok(value.clone())
}
