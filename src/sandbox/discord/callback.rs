//! First answers to interactions, whether they come to the callback route or as the body of an HTTP response.
//!
//! Judges the callback type and its data, does what it says, and settles the interaction.

use serde_json::{Value, json};

use super::{
    Inner,
    body::Upload,
    check::{commands::value_of, message, modal},
    form::Form,
    interactions::{AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, State},
    model::{EPHEMERAL, LOADING, Message, Modal},
    perm,
    refused::Refused,
    world::World,
};

impl Inner {
    /// Takes the first answer to an interaction; returns the interaction callback response.
    pub(super) fn callback(
        &self,
        world: &mut World,
        id: &str,
        body: &Value,
        uploads: &[Upload],
    ) -> Result<Value, Refused> {
        let now = self.now();
        let interaction = world.interaction(id).ok_or_else(Refused::unknown_interaction)?;
        match interaction.state {
            State::Answered(_) => return Err(Refused::acknowledged()),
            State::Dead => return Err(Refused::unknown_interaction()),
            State::Waiting if now >= interaction.deadline => return Err(Refused::unknown_interaction()),
            State::Waiting => {}
        }
        let allowed: &[i64] = match (interaction.kind, &interaction.source) {
            (COMMAND, _) => &[4, 5, 9],
            (COMPONENT, _) => &[4, 5, 6, 7, 9],
            (AUTOCOMPLETE, _) => &[8],
            (MODAL_SUBMIT, Some(_)) => &[4, 5, 6, 7],
            (_, _) => &[4, 5],
        };
        let mut form = Form::default();
        let kind = if form.object(body) { form.choice(body, "type", allowed, true) } else { None };
        form.done()?;
        let kind = u8::try_from(kind.unwrap_or_default()).unwrap_or_default();
        let data = &body["data"];
        let made = match kind {
            4 => Some(self.answer(world, id, data, uploads)?),
            5 => Some(self.defer(world, id, data)?),
            7 => Some(self.update(world, id, data, uploads)?),
            8 => {
                choices(data, interaction.focus)?;
                None
            }
            9 => {
                Self::open_modal(world, id, data)?;
                None
            }
            _ => None,
        };
        let Some(interaction) = world.interaction_mut(id) else { return Err(Refused::unknown_interaction()) };
        interaction.original = match (kind, &made) {
            (6 | 7, _) => interaction.source.clone(),
            (_, Some(message)) => Some(message.id.clone()),
            _ => None,
        };
        let mut response = json!({
            "interaction": {"id": id, "type": interaction.kind},
            "resource": {"type": kind},
        });
        if let Some(message) = made {
            let about = &mut response["interaction"];
            about["response_message_id"] = json!(message.id);
            about["response_message_loading"] = json!(message.is_loading());
            about["response_message_ephemeral"] = json!(message.is_ephemeral());
            response["resource"]["message"] = self.shown(world, &message);
        }
        self.answered(world, id, kind, body.get("data"));
        Ok(response)
    }

    /// An empty message that answers this interaction.
    pub(super) fn blank_answer(&self, world: &mut World, id: &str, flags: u64) -> Result<Message, Refused> {
        let now = self.now();
        let own = world.snowflake(now);
        let interaction = world.interaction(id).ok_or_else(Refused::unknown_interaction)?;
        let mut message = Message::new(own, &interaction.channel, &self.setup.bot.id, now);
        message.webhook_id = Some(self.setup.application_id.clone());
        message.webhook_name = Some(self.setup.bot.username.clone());
        message.interaction = Some(interaction.metadata.clone());
        message.token = Some(interaction.token.clone());
        message.flags = flags & EPHEMERAL;
        message.ephemeral_to = (flags & EPHEMERAL != 0).then(|| interaction.user.clone());
        message.kind = interaction.answer_kind;
        if interaction.answer_kind == 19
            && let Some(source) = &interaction.source
        {
            let guild = world.channel(&interaction.channel).and_then(|channel| channel.guild.clone());
            let mut reference = json!({"type": 0, "message_id": source, "channel_id": interaction.channel});
            if let Some(guild) = guild {
                reference["guild_id"] = json!(guild);
            }
            message.reference = Some(reference);
        }
        Ok(message)
    }

    fn answer(&self, world: &mut World, id: &str, data: &Value, uploads: &[Upload]) -> Result<Message, Refused> {
        let draft = message::read(data, uploads, None, Some("data"))?;
        let mut message = self.blank_answer(world, id, draft.flags.unwrap_or_default())?;
        let everyone = self.may(world, &message.channel, perm::MENTION_EVERYONE);
        self.apply(world, &mut message, &draft, uploads, everyone)?;
        world.put(message.clone());
        self.tell_message(world, "MESSAGE_CREATE", &message);
        Ok(message)
    }

    fn defer(&self, world: &mut World, id: &str, data: &Value) -> Result<Message, Refused> {
        let flags = data["flags"].as_u64().unwrap_or_default();
        if flags & !EPHEMERAL != 0 {
            let message = "Only the flag EPHEMERAL can be set on a deferred response";
            return Err(Refused::form(json!({"data": {"flags": {
                "_errors": [{"code": "MESSAGE_FLAGS_INVALID", "message": message}],
            }}})));
        }
        let mut message = self.blank_answer(world, id, flags)?;
        message.flags |= LOADING;
        world.put(message.clone());
        self.tell_message(world, "MESSAGE_CREATE", &message);
        Ok(message)
    }

    fn update(&self, world: &mut World, id: &str, data: &Value, uploads: &[Upload]) -> Result<Message, Refused> {
        let interaction = world.interaction(id).ok_or_else(Refused::unknown_interaction)?;
        let (channel, source) = (interaction.channel.clone(), interaction.source.clone());
        let source = source.ok_or_else(Refused::unknown_message)?;
        self.rewrite(world, &channel, &source, data, uploads, Some("data"))
    }

    fn open_modal(world: &mut World, id: &str, data: &Value) -> Result<(), Refused> {
        let components = modal::check(data)?;
        let interaction = world.interaction(id).ok_or_else(Refused::unknown_interaction)?;
        let modal = Modal {
            id: id.to_owned(),
            user: interaction.user.clone(),
            channel: interaction.channel.clone(),
            custom_id: data["custom_id"].as_str().unwrap_or_default().to_owned(),
            title: data["title"].as_str().unwrap_or_default().to_owned(),
            components,
            error: None,
            message: interaction.source.clone(),
        };
        // A client shows one modal at a time.
        world.modals.retain(|open| open.user != modal.user);
        world.modals.push(modal);
        Ok(())
    }

    /// Edits a message of the app by a body, telling the gateway. Ephemeral and deferred ones too.
    pub(super) fn rewrite(
        &self,
        world: &mut World,
        channel: &str,
        id: &str,
        body: &Value,
        uploads: &[Upload],
        under: Option<&str>,
    ) -> Result<Message, Refused> {
        let before = world.message(channel, id).cloned().ok_or_else(Refused::unknown_message)?;
        let draft = message::read(body, uploads, Some(&before), under)?;
        let mut after = before.clone();
        let everyone = self.may(world, channel, perm::MENTION_EVERYONE);
        self.apply(world, &mut after, &draft, uploads, everyone)?;
        // The first edit of a deferred answer is that answer, and no edit.
        if before.is_loading() {
            after.flags &= !LOADING;
        } else {
            after.edited_at = Some(self.now());
        }
        if let Some(slot) = world.message_mut(channel, id) {
            *slot = after.clone();
        }
        self.tell_message(world, "MESSAGE_UPDATE", &after);
        Ok(after)
    }

    /// Whether the bot may do this in a channel.
    pub(super) fn may(&self, world: &World, channel: &str, bit: u64) -> bool {
        let channel = world.channel(channel);
        channel.is_some_and(|channel| perm::in_channel(world, &self.setup.bot.id, channel) & bit != 0)
    }
}

/// Choices of an autocompletion, of the type of the option that is completed.
fn choices(data: &Value, focus: i64) -> Result<(), Refused> {
    let mut form = Form::default();
    form.within("data", |form| {
        if !form.object(data) {
            return;
        }
        let list = form.list(data, "choices", (0, 25), false);
        if list.is_none() && data["choices"].is_null() {
            form.error_at("choices", "BASE_TYPE_REQUIRED", "This field is required");
        }
        form.within("choices", |form| {
            for (at, choice) in list.unwrap_or_default().iter().enumerate() {
                form.within(at, |form| {
                    if form.object(choice) {
                        form.text(choice, "name", (1, 100), true);
                        value_of(form, choice, focus);
                    }
                });
            }
        });
    });
    form.done()
}
