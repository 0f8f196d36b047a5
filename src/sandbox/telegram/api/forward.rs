//! `forwardMessage` and `copyMessage`.

use serde_json::{Map, Value, json};

use super::{
    super::{
        access::{Need, Sending},
        lock,
        model::{FileKind, Message, World},
        shapes,
        text::Formatted,
    },
    Answer, Call, Refused,
    send::{self, Content},
};

/// The message that a call takes from elsewhere.
fn source(call: &Call<'_>, world: &World, what: &str) -> Result<Message, Refused> {
    let from = call.args.required("from_chat_id")?;
    let chat = world.reach(call.bot(), from, Need::Read)?;
    let message = world.reach_message(call.bot(), chat, call.message_id("message_id"), what)?;
    Ok(message.clone())
}

fn sending(message: &Message) -> Sending {
    match message.file.as_ref().map(|file| file.kind) {
        Some(FileKind::Document) => Sending::Document,
        Some(FileKind::Photo) => Sending::Photo,
        None => Sending::Text,
    }
}

/// Whether a message may leave its chat.
fn free(message: &Message, refused: &str) -> Result<(), Refused> {
    let protected = message.extra.contains_key("has_protected_content");
    if message.service || protected { Err(Refused::bad(refused)) } else { Ok(()) }
}

/// `forwardMessage`.
pub(super) fn forward(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let message = source(call, &world, "message to forward")?;
    let place = send::place(call, &world)?;
    free(&message, "message can't be forwarded")?;
    let origin = message.extra.get("forward_origin").cloned().unwrap_or_else(|| origin(&world, &message));
    let content = Content {
        formatted: Formatted { text: message.text.clone(), entities: Vec::new() },
        file: message.file.clone(),
        extra: Map::from_iter([("forward_origin".to_owned(), origin)]),
    };
    let mut sent = send::put(call, &mut world, place, content, sending(&message))?;
    sent.entities.clone_from(&message.entities);
    sent.reply_markup = message.reply_markup.filter(|markup| markup.get("inline_keyboard").is_some());
    let shown = shapes::message(&world, &sent, true);
    world.put(sent);
    Ok(shown.into())
}

/// `MessageOrigin`.
fn origin(world: &World, message: &Message) -> Value {
    match message.sender_chat {
        Some(chat) => json!({
            "type": "channel", "date": message.date, "chat": shapes::chat_by_id(world, chat), "message_id": message.id,
        }),
        None => {
            let sender = message.from.map(|id| shapes::user_by_id(world, id));
            json!({"type": "user", "date": message.date, "sender_user": sender})
        }
    }
}

/// `copyMessage`.
pub(super) fn copy(call: &Call<'_>) -> Answer {
    let caption = call.args.has("caption").then(|| send::caption(call)).transpose()?;
    let mut world = lock(&call.inner.world);
    let message = source(call, &world, "message to copy")?;
    let place = send::place(call, &world)?;
    free(&message, "message can't be copied")?;
    let mut entities = message.entities.clone();
    let mut text = message.text.clone();
    if let Some(caption) = caption.filter(|_| message.file.is_some()) {
        entities = send::entities(&world, &caption);
        text = caption.text;
    }
    let content =
        Content { formatted: Formatted { text, entities: Vec::new() }, file: message.file.clone(), extra: Map::new() };
    let mut sent = send::put(call, &mut world, place, content, sending(&message))?;
    sent.entities = entities;
    let id = sent.id;
    world.put(sent);
    Ok(json!({"message_id": id}).into())
}
