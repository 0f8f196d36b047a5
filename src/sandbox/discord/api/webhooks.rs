//! Webhooks: making them, and writing through them (resources/webhook).
//!
//! The same paths with the application's id lead to interaction tokens; those are in `followups`.

use serde_json::Value;

use super::{
    super::{
        check::message,
        form::Form,
        model::{ChannelKind, Message, Webhook},
        perm, show, web,
    },
    Call, Refused, Reply, followups, forget, need, snowflake, unarchive,
};

/// Webhooks of one channel.
const MOST: usize = 15;

/// Whether the path leads to an interaction token.
fn is_interaction(call: &Call<'_>) -> bool {
    call.argument(0) == call.inner.setup.application_id
}

pub(super) fn create(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    need(bits, perm::MANAGE_WEBHOOKS)?;
    if !matches!(channel.kind, ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum) {
        return Err(Refused::wrong_channel_type());
    }
    let mut form = Form::default();
    let name = form.text(call.body, "name", (1, 80), true).unwrap_or_default().trim().to_owned();
    let lower = name.to_lowercase();
    if lower.contains("discord") || lower.contains("clyde") {
        form.error_at("name", "WEBHOOK_NAME_INVALID", "Username cannot contain \"discord\"");
    }
    form.done()?;
    if call.world.webhooks.iter().filter(|hook| hook.channel == channel.id).count() >= MOST {
        return Err(Refused::too_many_webhooks());
    }
    let hook = Webhook {
        id: call.world.snowflake(call.now),
        token: web::secret(),
        channel: channel.id.clone(),
        guild: channel.guild.unwrap_or_default(),
        name,
        application: Some(call.inner.setup.application_id.clone()),
        user: call.bot(),
    };
    call.inner.tell_webhooks(&hook.channel, &hook.guild);
    let shown = show::webhook(call.inner, call.world, &hook);
    call.world.webhooks.push(hook);
    Reply::ok(shown)
}

pub(super) fn of_channel(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let (channel, bits) = call.channel(0)?;
    need(bits, perm::MANAGE_WEBHOOKS)?;
    let found = call.world.webhooks.iter().filter(|hook| hook.channel == channel.id);
    Reply::ok(found.map(|hook| show::webhook(call.inner, call.world, hook)).collect())
}

pub(super) fn of_guild(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let id = call.guild(0)?;
    let guild = call.world.guild(&id).ok_or_else(Refused::unknown_guild)?;
    need(perm::in_guild(guild, &call.bot()), perm::MANAGE_WEBHOOKS)?;
    let found = call.world.webhooks.iter().filter(|hook| hook.guild == id);
    Reply::ok(found.map(|hook| show::webhook(call.inner, call.world, hook)).collect())
}

/// The webhook of the path; with its token where the path has one.
fn hook(call: &Call<'_>, with_token: bool) -> Result<Webhook, Refused> {
    snowflake("webhook_id", call.argument(0))?;
    let hook = call.world.webhooks.iter().find(|hook| hook.id == call.argument(0));
    let hook = hook.ok_or_else(Refused::unknown_webhook)?;
    if with_token && hook.token != call.argument(1) {
        return Err(Refused::invalid_webhook_token());
    }
    Ok(hook.clone())
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let hook = hook(call, false)?;
    Reply::ok(show::webhook(call.inner, call.world, &hook))
}

pub(super) fn get_with_token(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let hook = hook(call, true)?;
    let mut shown = show::webhook(call.inner, call.world, &hook);
    if let Some(fields) = shown.as_object_mut() {
        fields.remove("user");
    }
    Reply::ok(shown)
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let hook = hook(call, false)?;
    call.world.webhooks.retain(|one| one.id != hook.id);
    call.inner.tell_webhooks(&hook.channel, &hook.guild);
    Reply::nothing()
}

pub(super) fn delete_with_token(call: &mut Call<'_>) -> Result<Reply, Refused> {
    hook(call, true)?;
    delete(call)
}

/// Where a webhook writes: its channel, or a thread of it.
fn place(call: &Call<'_>, hook: &Webhook) -> Result<String, Refused> {
    let Some(thread) = call.query("thread_id") else { return Ok(hook.channel.clone()) };
    snowflake("thread_id", thread)?;
    let found = call.world.channel(thread).filter(|one| one.parent.as_deref() == Some(hook.channel.as_str()));
    found.map(|thread| thread.id.clone()).ok_or_else(Refused::unknown_channel)
}

pub(super) fn execute(call: &mut Call<'_>) -> Result<Reply, Refused> {
    if is_interaction(call) {
        return followups::create(call);
    }
    let hook = hook(call, true)?;
    let channel = place(call, &hook)?;
    let mut form = Form::default();
    let name = form.text(call.body, "username", (1, 80), false).map(str::to_owned);
    form.done()?;
    let draft = message::read(call.body, call.uploads, None, None)?;
    let mut message = Message::new(call.world.snowflake(call.now), &channel, &hook.id, call.now);
    message.webhook_id = Some(hook.id.clone());
    message.webhook_name = Some(name.unwrap_or_else(|| hook.name.clone()));
    call.inner.apply(call.world, &mut message, &draft, call.uploads, true)?;
    unarchive(call.inner, call.world, &channel);
    call.world.put(message.clone());
    call.inner.tell_message(call.world, "MESSAGE_CREATE", &message);
    if call.query_flag("wait") {
        return Reply::ok(show::message(call.inner, call.world, &message, false, true));
    }
    Reply::nothing()
}

/// A message that this webhook wrote.
fn written(call: &Call<'_>) -> Result<Message, Refused> {
    let hook = hook(call, true)?;
    let channel = place(call, &hook)?;
    snowflake("message_id", call.argument(2))?;
    let message = call.world.message(&channel, call.argument(2));
    let message = message.filter(|message| message.webhook_id.as_deref() == Some(hook.id.as_str()));
    message.cloned().ok_or_else(Refused::unknown_message)
}

pub(super) fn message(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let message = if is_interaction(call) { followups::find(call)? } else { written(call)? };
    Reply::ok(show::message(call.inner, call.world, &message, false, true))
}

pub(super) fn edit_message(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let message = if is_interaction(call) { followups::find(call)? } else { written(call)? };
    let after = call.inner.rewrite(call.world, &message.channel, &message.id, call.body, call.uploads, None)?;
    let shown: Value = show::message(call.inner, call.world, &after, false, true);
    Reply::ok(shown)
}

pub(super) fn delete_message(call: &mut Call<'_>) -> Result<Reply, Refused> {
    let message = if is_interaction(call) { followups::find(call)? } else { written(call)? };
    forget(call.inner, call.world, &message);
    Reply::nothing()
}
