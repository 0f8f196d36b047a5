//! Topics of forum supergroups.

#![expect(clippy::unnecessary_wraps, reason = "all methods have one form, those that never refuse too")]

use serde_json::{Value, json};

use super::{
    super::{
        access::Need,
        lock,
        model::{Chat, ChatKind, Topic, World},
        shapes,
    },
    Answer, Call, Refused,
};

/// Icon colours that Telegram knows.
const COLORS: [i64; 6] = [7_322_096, 16_766_590, 13_338_331, 9_367_192, 16_749_490, 16_478_047];

/// The forum of a call.
fn forum<'w>(call: &Call<'_>, world: &'w World) -> Result<&'w Chat, Refused> {
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    if chat.kind == ChatKind::Supergroup && chat.is_forum {
        Ok(chat)
    } else {
        Err(Refused::bad("the chat is not a forum"))
    }
}

fn may(call: &Call<'_>, chat: &Chat, refused: &str) -> Result<(), Refused> {
    if chat.status(call.bot()).is_admin() { Ok(()) } else { Err(Refused::bad(refused)) }
}

fn name(call: &Call<'_>) -> Result<String, Refused> {
    let name = call.args.get("name").trim();
    if name.is_empty() {
        return Err(Refused::bad("name must be non-empty"));
    }
    // Longer names are cut, as the servers do.
    Ok(name.chars().take(128).collect())
}

/// The topic that a call names.
fn topic<'w>(call: &Call<'_>, chat: &'w Chat) -> Result<&'w Topic, Refused> {
    let id = call.message_id("message_thread_id");
    if id == 0 {
        return Err(Refused::bad("invalid forum topic identifier specified"));
    }
    chat.topic(id).ok_or_else(|| Refused::bad("TOPIC_ID_INVALID"))
}

/// `createForumTopic`.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = forum(call, &world)?;
    may(call, chat, "not enough rights to create a topic")?;
    let name = name(call)?;
    let color = call.args.number("icon_color").unwrap_or_default();
    if color != 0 && !COLORS.contains(&color) {
        return Err(Refused::bad("invalid icon color specified"));
    }
    let chat = chat.id;
    let icon = call.args.get("icon_custom_emoji_id");
    let mut topic = Topic::new(0, &name);
    if color != 0 {
        topic.icon_color = color;
    }
    topic.icon_custom_emoji_id = (!icon.is_empty()).then(|| icon.to_owned());
    let topic = call.inner.open_topic(&mut world, chat, topic, call.bot());
    Ok(shapes::topic(&topic).into())
}

/// `editForumTopic`.
pub(super) fn edit(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = forum(call, &world)?;
    may(call, chat, "not enough rights to edit the topic")?;
    let (chat, old) = (chat.id, topic(call, chat)?.clone());
    let mut new = old.clone();
    if !call.args.get("name").trim().is_empty() {
        new.name = name(call)?;
    }
    if call.args.has("icon_custom_emoji_id") {
        let icon = call.args.get("icon_custom_emoji_id");
        new.icon_custom_emoji_id = (!icon.is_empty()).then(|| icon.to_owned());
    }
    if new == old {
        return Err(Refused::bad("TOPIC_NOT_MODIFIED"));
    }
    let mut told = json!({});
    if new.name != old.name {
        told["name"] = json!(new.name);
    }
    if new.icon_custom_emoji_id != old.icon_custom_emoji_id {
        told["icon_custom_emoji_id"] = json!(new.icon_custom_emoji_id.clone().unwrap_or_default());
    }
    let id = new.id;
    if let Some(topic) = world.chat_mut(chat).and_then(|chat| chat.topic_mut(id)) {
        *topic = new;
    }
    call.inner.service(&mut world, chat, Some(id), call.bot(), "forum_topic_edited", told);
    Ok(json!(true).into())
}

fn toggle(call: &Call<'_>, closed: bool) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = forum(call, &world)?;
    may(call, chat, "not enough rights to close or open the topic")?;
    let (chat, topic) = (chat.id, topic(call, chat)?);
    if topic.closed == closed {
        return Err(Refused::bad("TOPIC_NOT_MODIFIED"));
    }
    let id = topic.id;
    call.inner.close_topic(&mut world, chat, id, call.bot(), closed);
    Ok(json!(true).into())
}

/// `closeForumTopic`.
pub(super) fn close(call: &Call<'_>) -> Answer {
    toggle(call, true)
}

/// `reopenForumTopic`.
pub(super) fn reopen(call: &Call<'_>) -> Answer {
    toggle(call, false)
}

/// `deleteForumTopic`: its messages go with it.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = forum(call, &world)?;
    may(call, chat, "not enough rights to delete the topic")?;
    let (chat, id) = (chat.id, topic(call, chat)?.id);
    if let Some(chat) = world.chat_mut(chat) {
        chat.topics.retain(|topic| topic.id != id);
    }
    for message in world.messages.entry(chat).or_default().values_mut() {
        message.deleted |= message.topic == Some(id) || message.id == id;
    }
    Ok(json!(true).into())
}

fn toggle_general(call: &Call<'_>, closed: bool) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = forum(call, &world)?;
    may(call, chat, "not enough rights to close or open the topic")?;
    if chat.general_closed == closed {
        return Err(Refused::bad("TOPIC_NOT_MODIFIED"));
    }
    let chat = chat.id;
    if let Some(chat) = world.chat_mut(chat) {
        chat.general_closed = closed;
    }
    let name = if closed { "forum_topic_closed" } else { "forum_topic_reopened" };
    call.inner.service(&mut world, chat, None, call.bot(), name, json!({}));
    Ok(json!(true).into())
}

/// `closeGeneralForumTopic`.
pub(super) fn close_general(call: &Call<'_>) -> Answer {
    toggle_general(call, true)
}

/// `reopenGeneralForumTopic`.
pub(super) fn reopen_general(call: &Call<'_>) -> Answer {
    toggle_general(call, false)
}

/// `getForumTopicIconStickers`: the fake offers none.
pub(super) fn icons(_: &Call<'_>) -> Answer {
    Ok(Value::Array(Vec::new()).into())
}
