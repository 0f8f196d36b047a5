//! Looking at chats and members, pinning, leaving, and "is typing".

use serde_json::json;

use super::{
    super::{
        access::{Need, Sending},
        lock,
        model::{ChatKind, Member, Status},
        shapes,
    },
    Answer, Call, Refused,
};

const ACTIONS: [&str; 14] = [
    "cancel",
    "typing",
    "record_video",
    "upload_video",
    "record_audio",
    "record_voice",
    "upload_audio",
    "upload_voice",
    "upload_photo",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

/// `getChat`.
pub(super) fn get(call: &Call<'_>) -> Answer {
    let world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Read)?;
    Ok(shapes::full_chat(&world, chat).into())
}

/// `getChatMember`.
pub(super) fn member(call: &Call<'_>) -> Answer {
    let user = call.message_id("user_id");
    if user == 0 {
        return Err(Refused::bad("invalid user_id specified"));
    }
    let world = lock(&call.inner.world);
    let need = if user == call.bot() { Need::Read } else { Need::Members };
    let chat = world.reach(call.bot(), call.args.get("chat_id"), need)?;
    if world.user(user).is_none() {
        return Err(Refused::bad("PARTICIPANT_ID_INVALID"));
    }
    if chat.kind == ChatKind::Channel && !chat.status(call.bot()).is_admin() {
        return Err(Refused::bad("member list is inaccessible"));
    }
    let status = if chat.kind == ChatKind::Private { Status::Member } else { chat.status(user) };
    Ok(shapes::member(&world, chat, Member { user, status }).into())
}

/// `getChatAdministrators`.
pub(super) fn administrators(call: &Call<'_>) -> Answer {
    let world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Members)?;
    if chat.kind == ChatKind::Private {
        return Err(Refused::bad("there are no administrators in the private chat"));
    }
    let bot = call.bot();
    let other_bot = |user: i64| user != bot && world.user(user).is_some_and(|user| user.is_bot);
    let admins = chat.members.iter().filter(|member| member.status.is_admin() && !other_bot(member.user));
    Ok(json!(admins.map(|member| shapes::member(&world, chat, *member)).collect::<Vec<_>>()).into())
}

/// `getChatMemberCount`.
pub(super) fn member_count(call: &Call<'_>) -> Answer {
    let world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Members)?;
    let count = match chat.kind {
        ChatKind::Private => 2,
        _ => chat.members.iter().filter(|member| member.status.is_in()).count(),
    };
    Ok(json!(count).into())
}

/// `leaveChat`.
pub(super) fn leave(call: &Call<'_>) -> Answer {
    let mut world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Read)?;
    if chat.kind == ChatKind::Private {
        return Err(Refused::bad("chat member status can't be changed in private chats"));
    }
    let chat = chat.id;
    call.inner.change_member(&mut world, chat, call.bot(), call.bot(), Status::Left);
    Ok(json!(true).into())
}

/// `sendChatAction`.
pub(super) fn action(call: &Call<'_>) -> Answer {
    let action = call.args.get("action").to_ascii_lowercase();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(Refused::bad("wrong parameter action in request"));
    }
    let mut world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    world.may_send(call.bot(), chat, Sending::Text)?;
    let chat = chat.id;
    world.actions.push((chat, action));
    Ok(json!(true).into())
}

/// Whether the bot may pin in the chat of a call.
fn pinning(call: &Call<'_>) -> Result<i64, Refused> {
    let world = lock(&call.inner.world);
    let chat = world.reach(call.bot(), call.args.get("chat_id"), Need::Write)?;
    if chat.kind == ChatKind::Private || chat.status(call.bot()).is_admin() {
        return Ok(chat.id);
    }
    Err(Refused::bad("not enough rights to manage pinned messages in the chat"))
}

/// `pinChatMessage`.
pub(super) fn pin(call: &Call<'_>) -> Answer {
    let chat = pinning(call)?;
    let id = call.message_id("message_id");
    let mut world = lock(&call.inner.world);
    let found = world.chat(chat).ok_or_else(|| Refused::bad("chat not found"))?;
    let message = world.reach_message(call.bot(), found, id, "message to pin")?;
    if message.service {
        return Err(Refused::bad("service messages can't be pinned"));
    }
    if found.pinned.last() == Some(&id) {
        return Ok(json!(true).into());
    }
    call.inner.pin(&mut world, chat, id, call.bot());
    Ok(json!(true).into())
}

/// `unpinChatMessage`: the named message, or the last one that was pinned.
pub(super) fn unpin(call: &Call<'_>) -> Answer {
    let chat = pinning(call)?;
    let id = call.message_id("message_id");
    let mut world = lock(&call.inner.world);
    let found = world.chat_mut(chat).ok_or_else(|| Refused::bad("chat not found"))?;
    if id == 0 {
        found.pinned.pop().ok_or_else(|| Refused::bad("message to unpin not found"))?;
    } else {
        let before = found.pinned.len();
        found.pinned.retain(|pinned| *pinned != id);
        let gone = before != found.pinned.len();
        if !gone && world.message(chat, id).is_none() {
            return Err(Refused::bad("message to unpin not found"));
        }
    }
    Ok(json!(true).into())
}

/// `unpinAllChatMessages`.
pub(super) fn unpin_all(call: &Call<'_>) -> Answer {
    let chat = pinning(call)?;
    if let Some(found) = lock(&call.inner.world).chat_mut(chat) {
        found.pinned.clear();
    }
    Ok(json!(true).into())
}
