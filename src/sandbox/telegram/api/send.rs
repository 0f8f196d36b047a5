//! `sendMessage`, and what all sending methods share: where a message goes and what it answers.

use serde_json::{Map, Value, json};

use super::{
    super::{
        access::{Need, Sending},
        keyboard, lock,
        model::{Attachment, Chat, ChatKind, Message, World},
        shapes,
        text::{self, Formatted},
    },
    Answer, Call, Refused,
};

/// Characters of a message.
pub(super) const LONGEST_TEXT: usize = 4096;
/// Characters of a caption.
pub(super) const LONGEST_CAPTION: usize = 1024;

/// Where a message goes.
pub(super) struct Place {
    pub(super) chat: i64,
    kind: ChatKind,
    topic: Option<i64>,
    reply_to: Option<i64>,
    /// What is answered elsewhere, or quoted.
    more: Map<String, Value>,
}

/// What is to be sent.
#[derive(Default)]
pub(super) struct Content {
    pub(super) formatted: Formatted,
    pub(super) file: Option<Attachment>,
    pub(super) extra: Map<String, Value>,
}

/// Entities as the Bot API shows them.
pub(in super::super) fn entities(world: &World, formatted: &Formatted) -> Vec<Value> {
    let user = |id: i64| world.user(id).map(shapes::user);
    formatted.entities.iter().filter_map(|entity| entity.json(user)).collect()
}

/// `sendMessage`.
pub(super) fn message(call: &Call<'_>) -> Answer {
    let mut extra = link_preview(call)?;
    if call.args.get("text").is_empty() {
        return Err(Refused::bad("message text is empty"));
    }
    let formatted = text::formatted(call.args, "text", "entities")?;
    extra.retain(|_, value| !value.is_null());
    let mut world = lock(&call.inner.world);
    let place = place(call, &world)?;
    long(&formatted, LONGEST_TEXT)?;
    post(call, &mut world, place, Content { formatted, file: None, extra }, Sending::Text)
}

/// Whether a text is of a length that can be sent.
pub(super) fn long(formatted: &Formatted, longest: usize) -> Result<(), Refused> {
    if formatted.text.is_empty() {
        return Err(Refused::bad("text must be non-empty"));
    }
    if formatted.text.chars().count() > longest { Err(Refused::bad("message is too long")) } else { Ok(()) }
}

/// Reads a caption, which may be empty.
pub(super) fn caption(call: &Call<'_>) -> Result<Formatted, Refused> {
    let formatted = text::formatted(call.args, "caption", "caption_entities")?;
    if formatted.text.chars().count() > LONGEST_CAPTION {
        return Err(Refused::bad("message caption is too long"));
    }
    Ok(formatted)
}

/// `link_preview_options` as the message shows them.
pub(super) fn link_preview(call: &Call<'_>) -> Result<Map<String, Value>, Refused> {
    let mut extra = Map::new();
    match call.args.parsed("link_preview_options", "link preview options")? {
        Some(Value::Object(options)) => {
            let known = ["is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"];
            for name in known {
                let given = options.get(name);
                let right = if name == "url" {
                    given.is_none_or(Value::is_string)
                } else {
                    given.is_none_or(Value::is_boolean)
                };
                if !right {
                    let kind = if name == "url" { "String" } else { "Boolean" };
                    return Err(Refused::bad(format!("Field \"{name}\" must be of type {kind}")));
                }
            }
            let kept: Map<_, _> = options
                .into_iter()
                .filter(|(name, value)| known.contains(&name.as_str()) && *value != json!(false) && *value != json!(""))
                .collect();
            if !kept.is_empty() {
                extra.insert("link_preview_options".to_owned(), Value::Object(kept));
            }
        }
        Some(_) => return Err(Refused::bad("object expected as link preview options")),
        None if call.args.flag("disable_web_page_preview") => {
            extra.insert("link_preview_options".to_owned(), json!({"is_disabled": true}));
        }
        None => {}
    }
    Ok(extra)
}

/// Finds out where a message goes, in the servers' order: chat, topic, answered message.
pub(super) fn place(call: &Call<'_>, world: &World) -> Result<Place, Refused> {
    let reply = reply_parameters(call)?;
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    let topic = topic(call, chat)?;
    let mut place = Place { chat: chat.id, kind: chat.kind, topic, reply_to: None, more: Map::new() };
    let Some(reply) = reply else { return Ok(place) };
    let answered_in = match &reply.chat {
        Some(other) => world.reach(call.bot(), other, Need::Read)?,
        None => chat,
    };
    match world.reach_message(call.bot(), answered_in, reply.message, "message to be replied") {
        Ok(answered) if answered.chat == chat.id => {
            place.reply_to = Some(answered.id);
            // An answer without a topic of its own goes where the answered message is.
            if place.topic.is_none() && chat.is_forum {
                place.topic = answered.topic;
            }
            if let Some(quote) = reply.quote.filter(|quote| !quote.is_empty()) {
                let Some(at) = answered.text.find(&quote) else { return Err(Refused::bad("QUOTE_TEXT_INVALID")) };
                let position = text::utf16(&answered.text[..at]);
                let shown = json!({"text": quote, "position": position, "is_manual": true});
                place.more.insert("quote".to_owned(), shown);
            }
        }
        Ok(answered) => {
            let from = answered.from.map(|id| shapes::user_by_id(world, id));
            let shown = json!({
                "origin": {"type": "user", "date": answered.date, "sender_user": from},
                "chat": shapes::chat_by_id(world, answered.chat),
                "message_id": answered.id,
            });
            place.more.insert("external_reply".to_owned(), shown);
        }
        Err(_) if reply.without => {}
        Err(refused) => return Err(refused),
    }
    Ok(place)
}

/// The topic that a call names. Where there are no topics it is looked past; General is not named.
fn topic(call: &Call<'_>, chat: &Chat) -> Result<Option<i64>, Refused> {
    let id = call.message_id("message_thread_id");
    if id == 0 {
        return Ok(None);
    }
    let missing = || Refused::bad("message thread not found");
    match chat.kind {
        ChatKind::Supergroup if chat.is_forum => match chat.topic(id) {
            Some(topic) => Ok(Some(topic.id)),
            None => Err(missing()),
        },
        ChatKind::Private => Err(missing()),
        _ => Ok(None),
    }
}

struct ReplyTo {
    message: i64,
    chat: Option<String>,
    without: bool,
    quote: Option<String>,
}

/// `reply_parameters`, or the older `reply_to_message_id`.
fn reply_parameters(call: &Call<'_>) -> Result<Option<ReplyTo>, Refused> {
    let old = call.message_id("reply_to_message_id");
    if old > 0 {
        let without = call.args.flag("allow_sending_without_reply");
        return Ok(Some(ReplyTo { message: old, chat: None, without, quote: None }));
    }
    let Some(given) = call.args.parsed("reply_parameters", "reply parameters")? else { return Ok(None) };
    let Value::Object(given) = given else { return Err(Refused::bad("object expected as reply parameters")) };
    if given.is_empty() {
        return Ok(None);
    }
    let as_text = |name: &str| match given.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let message = as_text("message_id").ok_or_else(|| Refused::bad("Can't find field \"message_id\""))?;
    let message = message.parse().map_err(|_| Refused::bad("Field \"message_id\" must be of type Number"))?;
    let without = given.get("allow_sending_without_reply") == Some(&json!(true));
    let quote = as_text("quote").map(|quote| {
        let mode = as_text("quote_parse_mode").unwrap_or_default();
        text::read(&quote, &mode, given.get("quote_entities")).map(|formatted| formatted.text)
    });
    let chat = as_text("chat_id").filter(|chat| chat != call.args.get("chat_id"));
    Ok(Some(ReplyTo { message, chat, without, quote: quote.transpose()? }))
}

/// Checks the rest and puts the message into its chat.
pub(super) fn post(call: &Call<'_>, world: &mut World, place: Place, content: Content, sending: Sending) -> Answer {
    let sent = put(call, world, place, content, sending)?;
    Ok(shapes::message(world, &sent, true).into())
}

/// Checks rights and keyboard, and makes the message.
pub(super) fn put(
    call: &Call<'_>,
    world: &mut World,
    place: Place,
    content: Content,
    sending: Sending,
) -> Result<Message, Refused> {
    let bot = call.bot();
    let chat = world.chat(place.chat).ok_or_else(|| Refused::bad("chat not found"))?;
    world.may_send(bot, chat, sending)?;
    World::may_write_in(bot, chat, place.topic)?;
    let channel = place.kind == ChatKind::Channel;
    let reply_markup = keyboard::read(call.args, place.kind, channel)?;
    let mut extra = place.more;
    extra.extend(content.extra);
    if call.args.flag("protect_content") {
        extra.insert("has_protected_content".to_owned(), json!(true));
    }
    let sent = Message {
        chat: place.chat,
        id: world.next_message(place.chat),
        date: call.now.as_second(),
        from: (!channel).then_some(bot),
        author: bot,
        sender_chat: channel.then_some(place.chat),
        entities: entities(world, &content.formatted),
        text: content.formatted.text,
        topic: place.topic,
        reply_to: place.reply_to,
        reply_markup,
        file: content.file,
        extra,
        ..Message::default()
    };
    world.put(sent.clone());
    Ok(sent)
}
