//! Rules for embeds, after docs.discord.com/developers/resources/message#embed-object-embed-limits.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::form::{Form, length};

/// Characters that all embeds of a message may hold together.
const TOTAL: usize = 6000;

/// Checks the embeds of a message; returns them as the API shows them.
pub(crate) fn check(form: &mut Form, embeds: &[Value]) -> Vec<Value> {
    let mut total = 0;
    let shown: Vec<_> = embeds
        .iter()
        .enumerate()
        .map(|(at, embed)| {
            form.within(at, |form| if form.object(embed) { one(form, embed, &mut total) } else { Value::Null })
        })
        .collect();
    if total > TOTAL {
        let message = format!("Embed size exceeds maximum size of {TOTAL}");
        form.error("MAX_EMBED_SIZE_EXCEEDED", message);
    }
    shown
}

fn one(form: &mut Form, embed: &Value, total: &mut usize) -> Value {
    let mut shown = Map::new();
    shown.insert("type".into(), json!("rich"));
    let mut text = |form: &mut Form, fields: &Value, key: &str, least: usize, most: usize, required: bool| {
        let text = form.text(fields, key, (least, most), required)?;
        *total += length(text);
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    for (key, most) in [("title", 256), ("description", 4096)] {
        if let Some(text) = text(form, embed, key, 0, most, false) {
            shown.insert(key.into(), json!(text));
        }
    }
    if let Some(url) = form.url(embed, "url", false, false) {
        shown.insert("url".into(), json!(url));
    }
    if let Some(color) = form.integer(embed, "color", (0, 0x00ff_ffff), false) {
        shown.insert("color".into(), json!(color));
    }
    if let Some(time) = form.value(embed, "timestamp", false) {
        match time.as_str().and_then(|text| text.parse::<Timestamp>().ok()) {
            Some(time) => drop(shown.insert("timestamp".into(), json!(super::super::show::time(time)))),
            None => {
                let message = format!("Could not parse {time}. Should be ISO8601.");
                form.error_at("timestamp", "DATE_TIME_TYPE_PARSE", message);
            }
        }
    }
    for (key, name) in [("footer", "text"), ("author", "name")] {
        let Some(part) = form.value(embed, key, false) else { continue };
        form.within(key, |form| {
            if !form.object(part) {
                return;
            }
            let most = if key == "footer" { 2048 } else { 256 };
            let mut made = Map::new();
            if let Some(text) = text(form, part, name, 0, most, key == "author") {
                made.insert(name.into(), json!(text));
            }
            for link in ["url", "icon_url"] {
                if let Some(url) = form.url(part, link, link == "icon_url", false) {
                    made.insert(link.into(), json!(url));
                }
            }
            shown.insert(key.into(), Value::Object(made));
        });
    }
    for key in ["image", "thumbnail"] {
        let Some(part) = form.value(embed, key, false) else { continue };
        form.within(key, |form| {
            if form.object(part)
                && let Some(url) = form.url(part, "url", true, true)
            {
                shown.insert(key.into(), json!({"url": url}));
            }
        });
    }
    if let Some(fields) = form.list(embed, "fields", (0, 25), false) {
        let made = form.within("fields", |form| {
            let field = |(at, field): (usize, &Value)| {
                form.within(at, |form| {
                    if !form.object(field) {
                        return Value::Null;
                    }
                    let name = text(form, field, "name", 1, 256, true);
                    let value = text(form, field, "value", 1, 1024, true);
                    let inline = form.flag(field, "inline").unwrap_or(false);
                    json!({"name": name, "value": value, "inline": inline})
                })
            };
            fields.iter().enumerate().map(field).collect::<Vec<_>>()
        });
        if !made.is_empty() {
            shown.insert("fields".into(), Value::Array(made));
        }
    }
    let parts = ["title", "description", "fields", "image", "thumbnail", "author", "footer"];
    if !parts.iter().any(|part| shown.contains_key(*part)) && embed["title"].is_null() {
        form.error_at("description", "BASE_TYPE_REQUIRED", "This field is required");
    }
    Value::Object(shown)
}
