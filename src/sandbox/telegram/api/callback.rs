//! `answerCallbackQuery`: once, and in time.

use serde_json::json;

use super::{
    super::{lock, model::Toast, pressed::Outcome},
    Answer, Call, Refused,
};

/// `answerCallbackQuery`.
pub(super) fn answer(call: &Call<'_>) -> Answer {
    let stale = || Refused::bad("query is too old and response timeout expired or query ID is invalid");
    let text = call.args.get("text");
    let url = call.args.get("url");
    let mut world = lock(&call.inner.world);
    let id = call.args.get("callback_query_id").to_owned();
    let callback = world.callbacks.get(&id).filter(|callback| call.now < callback.expires).ok_or_else(stale)?.clone();
    if text.chars().count() > 200 {
        return Err(Refused::bad("MESSAGE_TOO_LONG"));
    }
    let bot = call.inner.setup.bot.username.as_deref().unwrap_or_default();
    let start =
        [format!("https://t.me/{bot}?start="), format!("t.me/{bot}?start="), format!("tg://resolve?domain={bot}")];
    if !url.is_empty() && !start.iter().any(|start| url.starts_with(start.as_str())) {
        return Err(Refused::bad("URL_INVALID"));
    }
    world.callbacks.remove(&id);
    let toast = Toast {
        user: callback.user,
        chat: callback.chat,
        message: callback.message,
        text: (!text.is_empty()).then(|| text.to_owned()),
        alert: call.args.flag("show_alert"),
        url: (!url.is_empty()).then(|| url.to_owned()),
        at: call.now,
    };
    let outcome = Outcome::Answered { text: toast.text.clone(), alert: toast.alert, url: toast.url.clone() };
    world.toasts.push(toast);
    drop(world);
    call.inner.settle(&id, outcome);
    Ok(json!(true).into())
}
