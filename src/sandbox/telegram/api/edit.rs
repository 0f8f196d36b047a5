//! Changing and deleting messages.
//!
//! A bot edits its own messages only, and only those without a keyboard or with an inline one.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    super::{
        access::Need,
        keyboard, lock,
        model::{Chat, ChatKind, Message, World},
        shapes,
        text::{self, Formatted},
    },
    Answer, Call, Refused, send,
};

/// How long others' messages, and the bot's own for everyone, can be deleted.
const DELETABLE: SignedDuration = SignedDuration::from_hours(48);

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the \
                            same as a current content and reply markup of the message";

/// The message of a call, if the bot may edit it.
fn editable<'w>(call: &Call<'_>, world: &'w World) -> Result<(&'w Chat, &'w Message), Refused> {
    if call.args.get("chat_id").is_empty() && call.message_id("message_id") == 0 {
        let inline = call.args.get("inline_message_id");
        // The fake has no inline mode, so there are no such messages.
        return Err(Refused::bad(if inline.is_empty() {
            "message identifier is not specified"
        } else {
            "MESSAGE_ID_INVALID"
        }));
    }
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Edit)?;
    let message = world.reach_message(call.bot(), chat, call.message_id("message_id"), "message to edit")?;
    let other_markup = message.reply_markup.as_ref().is_some_and(|markup| markup.get("inline_keyboard").is_none());
    let forwarded = message.extra.contains_key("forward_origin");
    if message.author != call.bot() || message.service || other_markup || forwarded || chat.migrated_to.is_some() {
        return Err(Refused::bad("message can't be edited"));
    }
    Ok((chat, message))
}

/// `editMessageText`.
pub(super) fn text(call: &Call<'_>) -> Answer {
    let preview = send::link_preview(call)?;
    if call.args.get("text").is_empty() {
        return Err(Refused::bad("message text is empty"));
    }
    let formatted = text::formatted(call.args, "text", "entities")?;
    let mut world = lock(&call.inner.world);
    let (chat, message) = editable(call, &world)?;
    if message.file.is_some() {
        return Err(Refused::bad("there is no text in the message to edit"));
    }
    send::long(&formatted, send::LONGEST_TEXT)?;
    let markup = keyboard::read(call.args, chat.kind, true)?;
    let mut edited = message.clone();
    edited.extra.remove("link_preview_options");
    edited.extra.extend(preview);
    change(call, &mut world, edited, Some(formatted), markup)
}

/// `editMessageCaption`.
pub(super) fn caption(call: &Call<'_>) -> Answer {
    let formatted = send::caption(call)?;
    let mut world = lock(&call.inner.world);
    let (chat, message) = editable(call, &world)?;
    if message.file.is_none() {
        return Err(Refused::bad("there is no caption in the message to edit"));
    }
    let markup = keyboard::read(call.args, chat.kind, true)?;
    let edited = message.clone();
    change(call, &mut world, edited, Some(formatted), markup)
}

/// `editMessageReplyMarkup`.
pub(super) fn markup(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let (chat, message) = editable(call, &world)?;
    let markup = keyboard::read(call.args, chat.kind, true)?;
    let edited = message.clone();
    change(call, &mut world, edited, None, markup)
}

/// Puts the new content in place. A keyboard that is not sent again is gone.
fn change(
    call: &Call<'_>,
    world: &mut World,
    mut edited: Message,
    content: Option<Formatted>,
    markup: Option<Value>,
) -> Answer {
    if let Some(content) = content {
        edited.entities = send::entities(world, &content);
        edited.text = content.text;
    }
    edited.reply_markup = markup;
    let same = world.message(edited.chat, edited.id) == Some(&edited);
    if same {
        return Err(Refused::bad(NOT_MODIFIED));
    }
    edited.edit_date = Some(call.now.as_second());
    let shown = shapes::message(world, &edited, true);
    world.put(edited);
    Ok(shown.into())
}

/// Whether the bot may delete a message.
fn deletable(call: &Call<'_>, chat: &Chat, message: &Message) -> Result<(), Refused> {
    let admin = chat.status(call.bot()).is_admin();
    let creation = ["forum_topic_created", "supergroup_chat_created", "channel_chat_created"];
    if creation.iter().any(|name| message.extra.contains_key(*name)) {
        return Err(Refused::bad("message can't be deleted"));
    }
    let own = message.author == call.bot();
    if !own && !admin && chat.kind != ChatKind::Private {
        return Err(Refused::bad("message can't be deleted"));
    }
    let age = SignedDuration::from_secs(call.now.as_second() - message.date);
    let any_age = admin && chat.kind != ChatKind::Private;
    if age >= DELETABLE && !any_age { Err(Refused::bad("message can't be deleted for everyone")) } else { Ok(()) }
}

fn remove(world: &mut World, chat: i64, id: i64) {
    if let Some(message) = world.message_mut(chat, id) {
        message.deleted = true;
    }
    if let Some(chat) = world.chat_mut(chat) {
        chat.pinned.retain(|pinned| *pinned != id);
    }
}

/// `deleteMessage`.
pub(super) fn delete(call: &Call<'_>) -> Answer {
    if call.args.get("chat_id").is_empty() {
        return Err(Refused::bad("chat identifier is not specified"));
    }
    let id = call.message_id("message_id");
    if id == 0 {
        return Err(Refused::bad("message identifier is not specified"));
    }
    let mut world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    let message = world.reach_message(call.bot(), chat, id, "message to delete")?;
    deletable(call, chat, message)?;
    let chat = chat.id;
    remove(&mut world, chat, id);
    Ok(json!(true).into())
}

/// `deleteMessages`: what is not there is looked past.
pub(super) fn delete_many(call: &Call<'_>) -> Answer {
    if call.args.get("message_ids").is_empty() {
        return Err(Refused::bad("message identifiers are not specified"));
    }
    let Some(Value::Array(ids)) = call.args.parsed("message_ids", "message_ids")? else {
        return Err(Refused::bad("expected an Array of message identifiers"));
    };
    if ids.len() > 100 {
        return Err(Refused::bad("too many message identifiers specified"));
    }
    if ids.is_empty() {
        return Err(Refused::bad("message identifiers are not specified"));
    }
    let mut wanted = Vec::new();
    for id in &ids {
        let id = id.as_i64().or_else(|| id.as_str().and_then(|text| text.parse().ok()));
        let id = id.ok_or_else(|| Refused::bad("message identifier must be a Number"))?;
        if id <= 0 {
            return Err(Refused::bad("invalid message identifier specified"));
        }
        wanted.push(id);
    }
    let mut world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    wanted.retain(|id| world.message(chat.id, *id).is_some());
    for id in &wanted {
        if let Some(message) = world.message(chat.id, *id) {
            deletable(call, chat, message)?;
        }
    }
    let chat = chat.id;
    for id in wanted {
        remove(&mut world, chat, id);
    }
    Ok(json!(true).into())
}
