//! `reply_markup`: inline keyboards, reply keyboards, their removal and forced replies.
//!
//! Checked as Telegram's servers check them and in their words (core.telegram.org/bots/api#inlinekeyboardmarkup); what
//! comes back is what a client shows.

use serde_json::{Map, Value, json};

use super::{api::Refused, args::Args, model::ChatKind, text::checked};

/// Buttons of an inline keyboard, and of one of its rows.
const MOST_BUTTONS: usize = 100;
const MOST_IN_A_ROW: usize = 8;
/// Buttons of a reply keyboard, and of one of its rows; the servers drop the rest.
const MOST_KEYS: usize = 300;
const MOST_KEYS_IN_A_ROW: usize = 12;

/// What an inline button can do: exactly one of these.
const ACTIONS: [&str; 10] = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
];

/// Reads the markup of a call. `only_inline` is for edits, and for channels.
pub(super) fn read(args: &Args, kind: ChatKind, only_inline: bool) -> Result<Option<Value>, Refused> {
    let Some(markup) = args.parsed("reply_markup", "reply keyboard markup")? else { return Ok(None) };
    let Value::Object(markup) = markup else { return Err(Refused::bad("object expected as reply markup")) };
    let keys = rows(&markup, "keyboard", "Field \"keyboard\" must be an Array of Arrays")?;
    let inline = "Field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays";
    let buttons = rows(&markup, "inline_keyboard", inline)?;
    let flag = |name: &str| markup.get(name).is_some_and(|value| value == &json!(true));
    let found = if !keys.is_empty() {
        Some(reply_keyboard(&markup, &keys, kind)?)
    } else if !buttons.is_empty() {
        return inline_keyboard(&buttons, kind);
    } else if flag("remove_keyboard") {
        Some(json!({"remove_keyboard": true, "selective": flag("selective")}))
    } else if flag("force_reply") {
        let mut markup_shown = json!({"force_reply": true, "selective": flag("selective")});
        if let Some(placeholder) = markup.get("input_field_placeholder").and_then(Value::as_str) {
            markup_shown["input_field_placeholder"] = json!(placeholder);
        }
        Some(markup_shown)
    } else {
        None
    };
    if found.is_some() && only_inline {
        return Err(Refused::bad("Inline keyboard expected"));
    }
    Ok(found)
}

fn rows(markup: &Map<String, Value>, name: &str, wrong: &str) -> Result<Vec<Vec<Value>>, Refused> {
    let Some(rows) = markup.get(name) else { return Ok(Vec::new()) };
    let rows = rows.as_array().ok_or_else(|| Refused::bad(format!("Field \"{name}\" must be of type Array")))?;
    rows.iter().map(|row| row.as_array().cloned().ok_or_else(|| Refused::bad(wrong))).collect()
}

fn reply_keyboard(markup: &Map<String, Value>, rows: &[Vec<Value>], kind: ChatKind) -> Result<Value, Refused> {
    let mut left = MOST_KEYS;
    let mut shown = Vec::new();
    for row in rows {
        let mut keys = Vec::new();
        for key in row {
            let key = match key {
                Value::String(text) => json!({"text": text}),
                Value::Object(fields) if fields.get("text").is_some_and(Value::is_string) => key.clone(),
                Value::Object(_) => return Err(Refused::bad("can't parse keyboard button: Can't find field \"text\"")),
                _ => {
                    let wrong = "can't parse keyboard button: KeyboardButton must be a String or an Object";
                    return Err(Refused::bad(wrong));
                }
            };
            let asks =
                [("request_contact", "Phone number"), ("request_location", "Location"), ("request_poll", "Poll")];
            for (name, what) in asks {
                if kind != ChatKind::Private && key.get(name).is_some_and(|value| value != &json!(false)) {
                    return Err(Refused::bad(format!("{what} can be requested in private chats only")));
                }
            }
            if key["text"] == "" || left == 0 || keys.len() == MOST_KEYS_IN_A_ROW {
                continue;
            }
            left -= 1;
            keys.push(key);
        }
        if !keys.is_empty() {
            shown.push(keys);
        }
    }
    let mut found = json!({"keyboard": shown});
    for name in ["is_persistent", "resize_keyboard", "one_time_keyboard", "selective", "input_field_placeholder"] {
        if let Some(value) = markup.get(name) {
            found[name] = value.clone();
        }
    }
    Ok(found)
}

fn inline_keyboard(rows: &[Vec<Value>], kind: ChatKind) -> Result<Option<Value>, Refused> {
    let mut shown = Vec::new();
    for row in rows {
        let mut buttons = Vec::new();
        for button in row {
            let wrong = |problem: &str| Refused::bad(format!("can't parse inline keyboard button: {problem}"));
            let Value::Object(fields) = button else {
                return Err(wrong("InlineKeyboardButton must be an Object"));
            };
            let text = fields.get("text").ok_or_else(|| wrong("Can't find field \"text\""))?;
            let text = text.as_str().ok_or_else(|| wrong("Field \"text\" must be of type String"))?;
            let button = inline_button(fields, text, kind)?;
            // Buttons without a label are dropped without a word.
            if !text.is_empty() {
                buttons.push(button);
            }
        }
        if buttons.len() > MOST_IN_A_ROW {
            return Err(Refused::bad("REPLY_MARKUP_TOO_LONG"));
        }
        if !buttons.is_empty() {
            shown.push(buttons);
        }
    }
    if shown.iter().map(Vec::len).sum::<usize>() > MOST_BUTTONS {
        return Err(Refused::bad("REPLY_MARKUP_TOO_LONG"));
    }
    Ok((!shown.is_empty()).then(|| json!({"inline_keyboard": shown})))
}

fn inline_button(fields: &Map<String, Value>, text: &str, kind: ChatKind) -> Result<Value, Refused> {
    let wrong = |problem: &str| Refused::bad(format!("can't parse inline keyboard button: {problem}"));
    let used = |name: &&&str| match fields.get(**name) {
        None | Some(Value::Null) => false,
        // An empty link or empty data counts as none.
        Some(Value::String(text)) => !text.is_empty() || name.starts_with("switch"),
        Some(_) => true,
    };
    let mut actions = ACTIONS.iter().filter(used);
    let Some(&action) = actions.next() else {
        return Err(wrong("Text buttons are unallowed in the inline keyboard"));
    };
    if actions.next().is_some() {
        return Err(Refused::bad("BUTTON_TYPE_INVALID"));
    }
    let value = &fields[action];
    let mut button = json!({"text": text});
    button[action] = match action {
        "url" => json!(address(value, "Inline keyboard button")?),
        "callback_data" => {
            let data = value.as_str().ok_or_else(|| wrong("Field \"callback_data\" must be of type String"))?;
            if data.len() > 64 {
                return Err(Refused::bad("BUTTON_DATA_INVALID"));
            }
            json!(data)
        }
        "copy_text" => {
            let copied = value["text"].as_str().unwrap_or_default();
            if !(1..=256).contains(&copied.chars().count()) {
                return Err(Refused::bad("BUTTON_COPY_TEXT_INVALID"));
            }
            json!({"text": copied})
        }
        "web_app" => {
            if kind != ChatKind::Private {
                return Err(Refused::bad("BUTTON_TYPE_INVALID"));
            }
            let url = address(&value["url"], "Inline keyboard button Web App")?;
            if !url.starts_with("https://") {
                let problem = "Only HTTPS links are allowed";
                return Err(Refused::bad(format!("Inline keyboard button Web App URL '{url}' is invalid: {problem}")));
            }
            json!({"url": url})
        }
        // The bot has no linked domain, no game and sells nothing.
        "login_url" => return Err(Refused::bad("BOT_DOMAIN_INVALID")),
        "callback_game" | "pay" => return Err(Refused::bad("BUTTON_TYPE_INVALID")),
        _ if kind == ChatKind::Channel && action != "switch_inline_query_chosen_chat" => {
            return Err(Refused::bad(format!(
                "Can't use {action} button in a channel chat, because users will not be able to use the button \
                 without knowing bot's username"
            )));
        }
        _ => value.clone(),
    };
    match fields.get("style").and_then(Value::as_str).map(str::to_lowercase).as_deref() {
        None | Some("" | "default") => {}
        Some(style @ ("primary" | "danger" | "success")) => button["style"] = json!(style),
        Some(_) => return Err(wrong("invalid button style specified")),
    }
    if let Some(icon) = fields.get("icon_custom_emoji_id") {
        button["icon_custom_emoji_id"] = icon.clone();
    }
    Ok(button)
}

fn address(value: &Value, what: &str) -> Result<String, Refused> {
    let url = value.as_str().unwrap_or_default();
    checked(url).map_err(|problem| Refused::bad(format!("{what} URL '{url}' is invalid: {problem}")))
}
