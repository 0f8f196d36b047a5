//! `chat.*`: post, update, delete, ephemeral, permalink.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Content, Refused, render};
use crate::sandbox::slack::{
    Inner, lock,
    model::{ChannelKind, Edited, Message, World},
};

/// The channel the app may write to, by id, name or user id.
fn writable(call: &Call<'_>, world: &mut World, wanted: &str) -> Result<String, Refused> {
    let bot = &call.inner.setup.bot.id;
    if wanted.starts_with(['U', 'W']) && world.user(wanted).is_some() {
        return Ok(world.direct(wanted, bot));
    }
    let channel = world.channel(wanted).ok_or_else(|| Refused::new("channel_not_found"))?;
    if !channel.has(bot) {
        match channel.kind {
            ChannelKind::Public if call.inner.need_any(&["chat:write.public"]).is_ok() => {}
            ChannelKind::Public => return Err(Refused::new("not_in_channel")),
            // What the app is not in and cannot see does not exist for it.
            ChannelKind::Private | ChannelKind::Dm => return Err(Refused::new("channel_not_found")),
        }
    }
    if channel.is_archived {
        return Err(Refused::new("is_archived"));
    }
    Ok(channel.id.clone())
}

/// The thread a message goes to: the parent of whatever message was named.
fn thread(call: &Call<'_>, world: &World, channel: &str) -> Result<Option<String>, Refused> {
    let Some(ts) = call.args.str("thread_ts") else { return Ok(None) };
    let named = world.message(channel, ts).ok_or_else(|| Refused::new("thread_not_found"))?;
    if named.subtype.as_deref().is_some_and(|kind| kind.starts_with("channel_")) {
        return Err(Refused::new("cannot_reply_to_message"));
    }
    Ok(Some(named.thread_ts.clone().unwrap_or_else(|| named.ts.clone())))
}

fn dressed(call: &Call<'_>) -> Result<Option<String>, Refused> {
    if ["username", "icon_url", "icon_emoji"].iter().any(|name| call.args.str(name).is_some()) {
        call.inner.need_any(&["chat:write.customize"])?;
    }
    Ok(call.args.str("username").map(str::to_owned))
}

pub(super) fn post_message(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let content = Content::read(call.args, None)?;
    let username = dressed(call)?;
    let mut world = lock(&call.inner.world);
    let channel = writable(call, &mut world, wanted)?;
    if content.is_empty() {
        return Err(Refused::new("no_text"));
    }
    let thread_ts = thread(call, &world, &channel)?;
    let mut message = content.message(call.inner, &mut world, &channel, call.now);
    message.broadcast = thread_ts.is_some() && call.args.flag("reply_broadcast");
    if message.broadcast {
        message.subtype = Some("thread_broadcast".into());
    } else if username.is_some() {
        message.subtype = Some("bot_message".into());
    }
    message.thread_ts = thread_ts;
    message.username = username;
    let shown = render(call.inner, &world, &message, false, true);
    let ts = message.ts.clone();
    world.put(message);
    drop(world);
    tell(call.inner, &channel, &shown);
    Ok(json!({"channel": channel, "ts": ts, "message": shown}))
}

/// Sends the `message` event for a message that appeared in a channel, to whoever subscribed.
pub(in crate::sandbox::slack) fn tell(inner: &Arc<Inner>, channel: &str, shown: &Value) {
    let mut event = shown.clone();
    event["channel"] = json!(channel);
    event["event_ts"] = shown["ts"].clone();
    inner.emit_message(channel, event);
}

pub(super) fn post_ephemeral(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let user = call.args.need("user")?;
    let content = Content::read(call.args, Some(40_000))?;
    let username = dressed(call)?;
    let mut world = lock(&call.inner.world);
    let channel = writable(call, &mut world, wanted)?;
    if !world.channel(&channel).is_some_and(|channel| channel.has(user)) {
        return Err(Refused::new("user_not_in_channel"));
    }
    if content.is_empty() {
        return Err(Refused::new("no_text"));
    }
    let thread_ts = thread(call, &world, &channel)?;
    let mut message = content.message(call.inner, &mut world, &channel, call.now);
    message.ephemeral_to = Some(user.to_owned());
    message.thread_ts = thread_ts;
    message.username = username;
    let ts = message.ts.clone();
    world.put(message);
    Ok(json!({"message_ts": ts}))
}

/// The app's own message named by `channel` and `ts`.
fn own<'w>(call: &Call<'_>, world: &'w World, denied: &str) -> Result<&'w Message, Refused> {
    let wanted = call.args.need("channel")?;
    let ts = call.args.need("ts")?;
    let channel = world.channel(wanted).ok_or_else(|| Refused::new("channel_not_found"))?;
    if channel.kind != ChannelKind::Public && !channel.has(&call.inner.setup.bot.id) {
        return Err(Refused::new("channel_not_found"));
    }
    let message = world.message(&channel.id, ts).ok_or_else(|| Refused::new("message_not_found"))?;
    if message.bot_id.as_deref() != Some(&call.inner.setup.bot_id) {
        return Err(Refused::new(denied));
    }
    Ok(message)
}

pub(super) fn update(call: &Call<'_>) -> Result<Value, Refused> {
    let content = Content::read(call.args, Some(4000))?;
    let mut world = lock(&call.inner.world);
    let mut message = own(call, &world, "cant_update_message")?.clone();
    if world.channel(&message.channel).is_some_and(|channel| channel.is_archived) {
        return Err(Refused::new("is_inactive"));
    }
    if content.text.is_none() && content.blocks.is_none() && content.attachments.is_none() {
        return Err(Refused::new("no_text"));
    }
    let before = render(call.inner, &world, &message, false, false);
    content.apply(&mut world, &mut message);
    let edit = world.next_ts(call.now);
    message.edited = Some(Edited { user: call.inner.setup.bot.id.clone(), ts: edit.clone() });
    if message.text.is_empty() && message.blocks.is_empty() && message.attachments.is_empty() {
        return Err(Refused::new("no_text"));
    }
    let shown = render(call.inner, &world, &message, false, true);
    let (channel, ts, text) = (message.channel.clone(), message.ts.clone(), message.text.clone());
    world.put(message);
    drop(world);
    let event = json!({
        "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel, "ts": edit,
        "event_ts": edit, "message": shown, "previous_message": before,
    });
    call.inner.emit_message(&channel, event);
    Ok(json!({"channel": channel, "ts": ts, "text": text, "message": shown}))
}

pub(super) fn delete(call: &Call<'_>) -> Result<Value, Refused> {
    let mut world = lock(&call.inner.world);
    let message = own(call, &world, "cant_delete_message")?;
    let (channel, ts) = (message.channel.clone(), message.ts.clone());
    let event = forget(call.inner, &mut world, &channel, &ts, call.now);
    drop(world);
    if let Some(event) = event {
        call.inner.emit_message(&channel, event);
    }
    Ok(json!({"channel": channel, "ts": ts}))
}

/// Deletes a message; gives the `message_deleted` event.
pub(in crate::sandbox::slack) fn forget(
    inner: &Inner,
    world: &mut World,
    channel: &str,
    ts: &str,
    now: jiff::Timestamp,
) -> Option<Value> {
    let before = render(inner, world, world.message(channel, ts)?, false, false);
    let event_ts = world.next_ts(now);
    world.message_mut(channel, ts)?.deleted = true;
    Some(json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel, "ts": event_ts,
        "event_ts": event_ts, "deleted_ts": ts, "previous_message": before,
    }))
}

pub(super) fn get_permalink(call: &Call<'_>) -> Result<Value, Refused> {
    let wanted = call.args.need("channel")?;
    let ts = call.args.need("message_ts")?;
    let world = lock(&call.inner.world);
    let channel = world.channel(wanted).ok_or_else(|| Refused::new("channel_not_found"))?;
    let message = world.message(&channel.id, ts).ok_or_else(|| Refused::new("message_not_found"))?;
    let mut link =
        format!("https://{}.slack.com/archives/{}/p{}", call.inner.setup.team.domain, channel.id, ts.replace('.', ""));
    if let Some(parent) = &message.thread_ts {
        link = format!("{link}?thread_ts={parent}&cid={}", channel.id);
    }
    Ok(json!({"channel": channel.id, "permalink": link}))
}
