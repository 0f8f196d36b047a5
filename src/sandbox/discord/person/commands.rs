//! Application commands as people use them: typed, completed, or chosen from the menu of a user or message.

use serde_json::{Value, json};

use super::{
    super::{
        Choice, Delivered, DiscordFake, Impossible, Outcome,
        interactions::{AUTOCOMPLETE, Ask, COMMAND},
        lock,
        model::Channel,
        perm, show,
        world::World,
    },
    message,
    options::{Resolved, Typing, values},
    seen,
};

/// The command of this name and type that the user is offered in the channel. A guild's own hides a global one.
fn offered(world: &World, user: &str, channel: &Channel, name: &str, kind: u8) -> Result<Value, Impossible> {
    let none = || Impossible::new(format!("/{name} is not a command here"));
    let scopes = [channel.guild.as_deref().unwrap_or_default(), ""];
    let all = scopes.iter().filter_map(|scope| world.commands.get(*scope)).flatten();
    let found = all.into_iter().find(|command| command["name"] == name && command["type"] == kind);
    let command = found.ok_or_else(none)?;
    match channel.guild.as_deref().and_then(|guild| world.guild(guild)) {
        Some(guild) if !guild.has_bot => return Err(none()),
        None if command["guild_id"].is_string() || command["dm_permission"] == false => return Err(none()),
        _ => {}
    }
    let bits = perm::in_channel(world, user, channel);
    if channel.guild.is_some() && bits & perm::USE_APPLICATION_COMMANDS == 0 {
        return Err(Impossible::new("commands are not allowed here"));
    }
    if let Some(wanted) = command["default_member_permissions"].as_str().and_then(|text| text.parse::<u64>().ok()) {
        let admin = bits & perm::ADMINISTRATOR != 0;
        if channel.guild.is_some() && !admin && (wanted == 0 || bits & wanted != wanted) {
            return Err(none());
        }
    }
    Ok(command.clone())
}

/// A command's data with nothing in it yet.
fn data(command: &Value) -> Value {
    let mut data = json!({"id": command["id"], "name": command["name"], "type": command["type"]});
    if command["guild_id"].is_string() {
        data["guild_id"] = command["guild_id"].clone();
    }
    data
}

impl DiscordFake {
    fn typed(
        &self,
        user: &str,
        channel: &str,
        path: &str,
        options: &[(&str, Value)],
        focused: Option<&str>,
    ) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let path = path.trim_start_matches('/');
        let mut words = path.split_whitespace();
        let name = words.next().unwrap_or_default();
        let command = offered(&world, &user, &channel, name, 1)?;
        let mut known = command["options"].as_array().cloned().unwrap_or_default();
        let mut steps = Vec::new();
        for word in words {
            let step = known.iter().find(|one| one["name"] == word && matches!(one["type"].as_i64(), Some(1 | 2)));
            let step = step.cloned().ok_or_else(|| Impossible::new(format!("/{path}: there is no {word}")))?;
            known = step["options"].as_array().cloned().unwrap_or_default();
            steps.push(step);
        }
        if known.iter().any(|one| matches!(one["type"].as_i64(), Some(1 | 2))) {
            return Err(Impossible::new(format!("/{path}: choose a subcommand")));
        }
        let mut focus = 0;
        if let Some(focused) = focused {
            let option = known.iter().find(|one| one["name"] == focused && one["autocomplete"] == true);
            let option = option.ok_or_else(|| Impossible::field(focused, "this option is not completed"))?;
            focus = option["type"].as_i64().unwrap_or_default();
        }
        let mut resolved = Resolved::default();
        let bot = inner.setup.bot.id.as_str();
        let typing = Typing { world: &world, user: &user, bot, channel: &channel, focused };
        let mut filled = values(typing, &known, options, &mut resolved)?;
        for step in steps.iter().rev() {
            let mut one = json!({"type": step["type"], "name": step["name"]});
            one["options"] = Value::Array(filled);
            filled = vec![one];
        }
        let mut data = data(&command);
        if !filled.is_empty() {
            data["options"] = Value::Array(filled);
        }
        resolved.into(&mut data);
        let ask = Ask {
            kind: if focused.is_some() { AUTOCOMPLETE } else { COMMAND },
            user,
            channel: channel.id,
            what: format!("/{path}"),
            data,
            source: None,
            modal: None,
            focus,
            answer_kind: 20,
        };
        Ok(inner.ask(&mut world, ask))
    }

    /// Types a slash command, such as `github issue close`, with its options by name.
    ///
    /// Values are texts, numbers and booleans; users, channels and roles go by id or name.
    ///
    /// # Errors
    /// When Discord's client would not send it: no such command or option, a value that does not fit, a required one
    /// missing, or the person may not use it there.
    pub fn command(
        &self,
        user: &str,
        channel: &str,
        path: &str,
        options: &[(&str, Value)],
    ) -> Result<Delivered, Impossible> {
        self.typed(user, channel, path, options, None)
    }

    /// Begins to type an option, which asks the app for choices. `options` has what is typed so far.
    ///
    /// # Errors
    /// As [`Self::command`], and when the option is not completed by the app.
    pub fn type_option(
        &self,
        user: &str,
        channel: &str,
        path: &str,
        options: &[(&str, Value)],
        focused: &str,
    ) -> Result<Delivered, Impossible> {
        let typed = options.iter().any(|(name, _)| *name == focused);
        let empty = [(focused, json!(""))];
        let all: Vec<_> = options.iter().chain(empty.iter().filter(|_| !typed)).cloned().collect();
        self.typed(user, channel, path, &all, Some(focused))
    }

    /// Types an option and waits for the choices the app offers.
    ///
    /// # Errors
    /// As [`Self::type_option`], and when no choices came ("Loading options failed").
    pub async fn complete(
        &self,
        user: &str,
        channel: &str,
        path: &str,
        options: &[(&str, Value)],
        focused: &str,
    ) -> Result<Vec<Choice>, Impossible> {
        let sent = self.type_option(user, channel, path, options, focused)?;
        match sent.outcome().await {
            outcome @ Outcome::Acknowledged { .. } => Ok(outcome.choices()),
            other => Err(Impossible::new(format!("Loading options failed: {other:?}"))),
        }
    }

    /// Chooses a command from the menu of a user.
    ///
    /// # Errors
    /// When there is no such command or user, or the person does not see them.
    pub fn user_command(&self, user: &str, channel: &str, name: &str, target: &str) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let command = offered(&world, &user, &channel, name, 2)?;
        let (mut resolved, mut data) = (Resolved::default(), data(&command));
        let target = resolved.user(&world, &channel, target);
        data["target_id"] = json!(target.ok_or_else(|| Impossible::new("no such user"))?);
        resolved.into(&mut data);
        Ok(inner.ask(&mut world, chosen(user, channel.id, name, data)))
    }

    /// Chooses a command from the menu of a message.
    ///
    /// # Errors
    /// When there is no such command or message, or the person does not see them.
    pub fn message_command(
        &self,
        user: &str,
        channel: &str,
        name: &str,
        target: &str,
    ) -> Result<Delivered, Impossible> {
        let inner = &self.inner;
        let mut world = lock(&inner.world);
        let (user, channel) = seen(&world, user, channel)?;
        let command = offered(&world, &user, &channel, name, 3)?;
        let target = message(&world, &user, &channel, target)?;
        let (mut resolved, mut data) = (Resolved::default(), data(&command));
        // The one message that a command is about comes whole, whatever the intents.
        resolved.message(&target.id, show::message(inner, &world, &target, false, true));
        data["target_id"] = json!(target.id);
        resolved.into(&mut data);
        Ok(inner.ask(&mut world, chosen(user, channel.id, name, data)))
    }
}

fn chosen(user: String, channel: String, name: &str, data: Value) -> Ask {
    let what = name.to_owned();
    Ask { kind: COMMAND, user, channel, what, data, source: None, modal: None, focus: 0, answer_kind: 23 }
}
