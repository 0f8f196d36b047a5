//! The bot itself: who it is, signing off, and its public texts.

#![expect(clippy::unnecessary_wraps, reason = "all methods have one form, those that never refuse too")]

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    super::{access::Need, lock, shapes},
    Answer, Call, Refused,
};

/// Within this time after its start an instance cannot be closed.
const CLOSABLE: SignedDuration = SignedDuration::from_mins(10);

/// `getMe`.
pub(super) fn get_me(call: &Call<'_>) -> Answer {
    let world = lock(&call.inner.world);
    let mut me = shapes::user_by_id(&world, call.bot());
    let more = [
        ("can_join_groups", true),
        ("can_read_all_group_messages", !call.inner.privacy()),
        ("supports_guest_queries", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
        ("has_topics_enabled", false),
        ("allows_users_to_create_topics", false),
        ("can_manage_bots", false),
        ("supports_join_request_queries", false),
    ];
    for (name, value) in more {
        me[name] = json!(value);
    }
    Ok(me.into())
}

/// `logOut`: afterwards this server refuses everything.
pub(super) fn log_out(call: &Call<'_>) -> Answer {
    lock(&call.inner.notes).logged_out = true;
    lock(&call.inner.queue).clear();
    Ok(json!(true).into())
}

/// `close`.
pub(super) fn close(call: &Call<'_>) -> Answer {
    let left = CLOSABLE - call.now.duration_since(call.inner.started);
    if left > SignedDuration::ZERO { Err(Refused::too_many(left.as_secs().max(1))) } else { Ok(json!(true).into()) }
}

fn text(call: &Call<'_>, name: &str) -> Answer {
    let key = format!("{name} {}", call.args.get("language_code"));
    let texts = &lock(&call.inner.notes).texts;
    let found = texts.get(&key).or_else(|| texts.get(&format!("{name} "))).cloned();
    let usual = if name == "name" { call.inner.setup.bot.first_name.clone() } else { String::new() };
    let mut shown = json!({});
    shown[name] = json!(found.unwrap_or(usual));
    Ok(shown.into())
}

fn set_text(call: &Call<'_>, name: &str, longest: usize, refused: &str) -> Answer {
    let given = call.args.get(name).to_owned();
    if given.chars().count() > longest {
        return Err(Refused::bad(refused));
    }
    let key = format!("{name} {}", call.args.get("language_code"));
    let texts = &mut lock(&call.inner.notes).texts;
    if given.is_empty() {
        texts.remove(&key)
    } else {
        texts.insert(key, given)
    };
    Ok(json!(true).into())
}

/// `setMyName`.
pub(super) fn set_name(call: &Call<'_>) -> Answer {
    set_text(call, "name", 64, "BOT_TITLE_INVALID")
}

/// `getMyName`.
pub(super) fn get_name(call: &Call<'_>) -> Answer {
    text(call, "name")
}

/// `setMyDescription`.
pub(super) fn set_description(call: &Call<'_>) -> Answer {
    set_text(call, "description", 512, "BOT_DESCRIPTION_TOO_LONG")
}

/// `getMyDescription`.
pub(super) fn get_description(call: &Call<'_>) -> Answer {
    text(call, "description")
}

/// `setMyShortDescription`.
pub(super) fn set_short_description(call: &Call<'_>) -> Answer {
    set_text(call, "short_description", 120, "BOT_SHORT_DESCRIPTION_TOO_LONG")
}

/// `getMyShortDescription`.
pub(super) fn get_short_description(call: &Call<'_>) -> Answer {
    text(call, "short_description")
}

/// `getUserProfilePhotos`: nobody has any.
pub(super) fn profile_photos(call: &Call<'_>) -> Answer {
    let id = call.message_id("user_id");
    if id == 0 {
        return Err(Refused::bad("invalid user_id specified"));
    }
    let world = lock(&call.inner.world);
    if !world.known(id, call.bot()) {
        return Err(Refused::bad("user not found"));
    }
    Ok(json!({"total_count": 0, "photos": []}).into())
}

/// `setChatMenuButton`.
pub(super) fn set_menu_button(call: &Call<'_>) -> Answer {
    let key = menu_key(call)?;
    let button = call.args.parsed("menu_button", "menu button")?;
    let kind = button.as_ref().and_then(|button| button["type"].as_str()).unwrap_or("default").to_owned();
    if !matches!(kind.as_str(), "default" | "commands") {
        return Err(Refused::bad("BUTTON_TYPE_INVALID"));
    }
    lock(&call.inner.notes).texts.insert(key, kind);
    Ok(json!(true).into())
}

/// `getChatMenuButton`.
pub(super) fn get_menu_button(call: &Call<'_>) -> Answer {
    let key = menu_key(call)?;
    let kind = lock(&call.inner.notes).texts.get(&key).cloned();
    Ok(json!({"type": kind.unwrap_or_else(|| "default".to_owned())}).into())
}

fn menu_key(call: &Call<'_>) -> Result<String, Refused> {
    let chat = call.args.get("chat_id");
    if !chat.is_empty() {
        lock(&call.inner.world).reach(call.bot(), chat, Need::Read)?;
    }
    Ok(format!("menu {chat}"))
}

/// `getMyDefaultAdministratorRights`: none were asked for.
pub(super) fn default_rights(call: &Call<'_>) -> Answer {
    let mut rights = shapes::no_rights(call.args.flag("for_channels"));
    rights["is_anonymous"] = Value::Bool(false);
    Ok(rights.into())
}
