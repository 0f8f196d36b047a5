//! How people, chats, members and messages look in the Bot API.
//!
//! Methods and updates use the same shapes (core.telegram.org/bots/api#available-types).

use serde_json::{Map, Value, json};

use super::model::{Attachment, Chat, ChatKind, FileKind, Member, Message, Status, Topic, User, World};

/// Rights of an administrator, and whether groups and channels know them.
const ADMIN_RIGHTS: [(&str, bool, bool); 15] = [
    ("can_manage_chat", true, true),
    ("can_delete_messages", true, true),
    ("can_manage_video_chats", true, true),
    ("can_restrict_members", true, true),
    ("can_promote_members", true, true),
    ("can_change_info", true, true),
    ("can_invite_users", true, true),
    ("can_post_stories", true, true),
    ("can_edit_stories", true, true),
    ("can_delete_stories", true, true),
    ("can_post_messages", false, true),
    ("can_edit_messages", false, true),
    ("can_manage_direct_messages", false, true),
    ("can_pin_messages", true, false),
    ("can_manage_topics", true, false),
];

/// What an ordinary member may do.
const PERMISSIONS: [&str; 16] = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
];

/// `User`.
pub(super) fn user(user: &User) -> Value {
    let mut shown = json!({"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name});
    let more = [("last_name", &user.last_name), ("username", &user.username), ("language_code", &user.language_code)];
    for (name, value) in more {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    }
    shown
}

/// `Chat`.
pub(super) fn chat(world: &World, chat: &Chat) -> Value {
    let mut shown = json!({"id": chat.id});
    if chat.kind == ChatKind::Private {
        if let Some(person) = world.user(chat.id) {
            shown["first_name"] = json!(person.first_name);
            for (name, value) in [("last_name", &person.last_name), ("username", &person.username)] {
                if let Some(value) = value {
                    shown[name] = json!(value);
                }
            }
        }
    } else {
        shown["title"] = json!(chat.title);
        if let Some(username) = &chat.username {
            shown["username"] = json!(username);
        }
        if chat.is_forum {
            shown["is_forum"] = json!(true);
        }
    }
    shown["type"] = json!(chat.kind.name());
    shown
}

/// `Chat`, by id.
pub(super) fn chat_by_id(world: &World, id: i64) -> Value {
    world.chat(id).map_or(Value::Null, |found| chat(world, found))
}

/// `User`, by id.
pub(super) fn user_by_id(world: &World, id: i64) -> Value {
    if id == ANONYMOUS {
        return user(&User::bot(ANONYMOUS, "Group", "GroupAnonymousBot"));
    }
    world.user(id).map_or(Value::Null, user)
}

/// Who stands for administrators that write in their group's name (core.telegram.org/bots/api#message, `from`).
pub(super) const ANONYMOUS: i64 = 1_087_968_824;

/// `ChatFullInfo`.
pub(super) fn full_chat(world: &World, found: &Chat) -> Value {
    let mut shown = chat(world, found);
    shown["accent_color_id"] = json!(found.id.rem_euclid(7));
    shown["max_reaction_count"] = json!(11);
    let regular = found.kind == ChatKind::Private;
    shown["accepted_gift_types"] = json!({
        "unlimited_gifts": regular, "limited_gifts": regular, "unique_gifts": regular, "premium_subscription": regular,
        "gifts_from_channels": regular,
    });
    let username = match found.kind {
        ChatKind::Private => world.user(found.id).and_then(|person| person.username.as_ref()),
        _ => found.username.as_ref(),
    };
    if let Some(username) = username {
        shown["active_usernames"] = json!([username]);
    }
    if found.is_group() {
        shown["permissions"] = permissions(found.can_send);
    }
    if let Some(pinned) = found.pinned.iter().rev().find_map(|id| world.message(found.id, *id)) {
        shown["pinned_message"] = message(world, pinned, false);
    }
    shown
}

fn permissions(can_send: bool) -> Value {
    // Pins, topics and the chat itself are left to administrators.
    let kept = ["can_change_info", "can_pin_messages", "can_manage_topics"];
    PERMISSIONS.iter().map(|name| ((*name).to_owned(), json!(can_send && !kept.contains(name)))).collect()
}

/// `ChatMember`.
pub(super) fn member(world: &World, chat: &Chat, member: Member) -> Value {
    let mut shown = json!({"user": user_by_id(world, member.user), "status": member.status.name()});
    match member.status {
        Status::Creator => shown["is_anonymous"] = json!(false),
        Status::Administrator => {
            shown["can_be_edited"] = json!(false);
            shown["is_anonymous"] = json!(false);
            let channel = chat.kind == ChatKind::Channel;
            for (name, in_groups, in_channels) in ADMIN_RIGHTS {
                let known = if channel { in_channels } else { in_groups };
                if known && (name != "can_manage_topics" || chat.is_forum) {
                    shown[name] = json!(name != "can_promote_members");
                }
            }
        }
        Status::Restricted => {
            shown["is_member"] = json!(true);
            shown["until_date"] = json!(0);
            if let (Some(fields), Value::Object(rights)) = (shown.as_object_mut(), permissions(false)) {
                fields.extend(rights);
            }
        }
        Status::Kicked => shown["until_date"] = json!(0),
        Status::Member | Status::Left => {}
    }
    shown
}

/// `ForumTopic`.
pub(super) fn topic(topic: &Topic) -> Value {
    let mut shown = json!({"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color});
    if let Some(icon) = &topic.icon_custom_emoji_id {
        shown["icon_custom_emoji_id"] = json!(icon);
    }
    shown
}

/// The field of a message that holds its file.
fn file(file: &Attachment) -> (&'static str, Value) {
    let mut shown = json!({"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size});
    match file.kind {
        FileKind::Document => {
            for (name, value) in [("file_name", &file.name), ("mime_type", &file.mime)] {
                if let Some(value) = value {
                    shown[name] = json!(value);
                }
            }
            ("document", shown)
        }
        FileKind::Photo => {
            let (width, height) = file.pixels.unwrap_or((1, 1));
            shown["width"] = json!(width);
            shown["height"] = json!(height);
            ("photo", json!([shown]))
        }
    }
}

/// `Message`; with the message that it answers when `with_reply`.
pub(super) fn message(world: &World, message: &Message, with_reply: bool) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("message_id", json!(message.id));
    if let Some(from) = message.from {
        put("from", user_by_id(world, from));
    }
    if let Some(sender) = message.sender_chat {
        put("sender_chat", chat_by_id(world, sender));
    }
    put("chat", chat_by_id(world, message.chat));
    put("date", json!(message.date));
    if let Some(date) = message.edit_date {
        put("edit_date", json!(date));
    }
    if let Some(topic) = message.topic {
        put("message_thread_id", json!(topic));
        put("is_topic_message", json!(true));
    }
    // Whatever is said in a topic answers the message that opened it, unless it answers something else.
    let answered = message.reply_to.or(message.topic.filter(|root| *root < message.id));
    if let Some(answered) = answered.filter(|_| with_reply).and_then(|id| world.message(message.chat, id)) {
        put("reply_to_message", self::message(world, answered, false));
    }
    let (text, entities) = match &message.file {
        Some(found) => {
            let (name, found) = file(found);
            put(name, found);
            ("caption", "caption_entities")
        }
        None => ("text", "entities"),
    };
    if !message.text.is_empty() {
        put(text, json!(message.text));
        if !message.entities.is_empty() {
            put(entities, json!(message.entities));
        }
    }
    for (name, value) in &message.extra {
        put(name, value.clone());
    }
    // Only inline keyboards belong to the message; the others belong to the person's client.
    if let Some(markup) = message.reply_markup.as_ref().filter(|markup| markup.get("inline_keyboard").is_some()) {
        put("reply_markup", markup.clone());
    }
    Value::Object(shown)
}

/// `ChatAdministratorRights` with none of them given.
pub(super) fn no_rights(channel: bool) -> Value {
    let known = ADMIN_RIGHTS.iter().filter(|(_, groups, channels)| if channel { *channels } else { *groups });
    known.map(|(name, ..)| ((*name).to_owned(), json!(false))).collect()
}
