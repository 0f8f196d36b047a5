//! Rules for the components of messages, after docs.discord.com/developers/components/reference.
//!
//! Without the flag `IS_COMPONENTS_V2` only action rows are taken; with it layouts, texts and media too.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::{
    form::{Form, length},
    model::walk,
};

/// Components a message of the second version may hold in all.
const MOST: usize = 40;
/// Characters all its texts may hold together.
const MOST_TEXT: usize = 4000;

/// What a check needs to know beyond the components themselves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// Whether `IS_COMPONENTS_V2` is set.
    pub(crate) v2: bool,
    /// Names of the files that `attachment://` can mean.
    pub(crate) files: &'a [String],
}

/// Checks the components of a message; returns them as the API shows them, each with its id.
pub(crate) fn check(form: &mut Form, components: &[Value], frame: Frame<'_>) -> Vec<Value> {
    if !frame.v2 && components.len() > 5 {
        form.error("BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.");
    }
    let top: &[i64] = if frame.v2 { &[1, 9, 10, 12, 13, 14, 17] } else { &[1] };
    for (at, component) in components.iter().enumerate() {
        form.within(at, |form| one(form, component, top, frame));
    }
    unique(form, components);
    if frame.v2 {
        let (mut count, mut text) = (0, 0);
        walk(components, &mut |component| {
            count += 1;
            text += component["content"].as_str().map_or(0, length);
        });
        if count > MOST {
            let message = format!("The total number of components cannot exceed {MOST}");
            form.error("COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", message);
        }
        if text > MOST_TEXT {
            let message = format!("The total displayable text size exceeds maximum size of {MOST_TEXT}");
            form.error("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message);
        }
    }
    numbered(components)
}

/// Custom ids and ids must not come twice.
pub(crate) fn unique(form: &mut Form, components: &[Value]) {
    let (mut custom, mut ids) = (HashSet::new(), HashSet::new());
    let (mut doubled, mut doubled_id) = (false, false);
    walk(components, &mut |component| {
        if let Some(id) = component["custom_id"].as_str() {
            doubled |= !custom.insert(id.to_owned());
        }
        if let Some(id) = component["id"].as_u64().filter(|id| *id > 0) {
            doubled_id |= !ids.insert(id);
        }
    });
    if doubled {
        form.error("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
    }
    if doubled_id {
        form.error("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
    }
}

/// The components with the missing ids filled in, in reading order.
pub(crate) fn numbered(components: &[Value]) -> Vec<Value> {
    let mut taken = HashSet::new();
    walk(components, &mut |component| {
        taken.extend(component["id"].as_u64().filter(|id| *id > 0));
    });
    let mut next = 0;
    components.iter().map(|component| number(component, &taken, &mut next)).collect()
}

fn number(component: &Value, taken: &HashSet<u64>, next: &mut u64) -> Value {
    let mut shown = component.clone();
    let Some(fields) = shown.as_object_mut() else { return shown };
    if fields.get("id").and_then(Value::as_u64).is_none_or(|id| id == 0) {
        *next += 1;
        while taken.contains(next) {
            *next += 1;
        }
        fields.insert("id".into(), json!(*next));
    }
    for (key, value) in defaults(&component["type"]) {
        if fields.get(key).is_none_or(Value::is_null) {
            fields.insert(key.into(), value);
        }
    }
    if let Some(Value::Array(items)) = fields.get_mut("items") {
        for item in items.iter_mut().filter(|item| item.is_object()) {
            for (key, value) in defaults(&json!(11)) {
                if item[key].is_null() {
                    item[key] = value;
                }
            }
        }
    }
    if let Some(Value::Array(inside)) = fields.get("components").cloned() {
        let inside: Vec<_> = inside.iter().map(|one| number(one, taken, next)).collect();
        fields.insert("components".into(), Value::Array(inside));
    }
    for single in ["component", "accessory"] {
        if let Some(inside @ Value::Object(_)) = fields.get(single).cloned() {
            fields.insert(single.into(), number(&inside, taken, next));
        }
    }
    shown
}

/// What the API shows where nothing was given.
fn defaults(kind: &Value) -> Vec<(&'static str, Value)> {
    match kind.as_u64() {
        Some(3 | 5..=8) => vec![("min_values", json!(1)), ("max_values", json!(1))],
        Some(11) => vec![("description", Value::Null), ("spoiler", json!(false))],
        Some(13) => vec![("spoiler", json!(false))],
        Some(14) => vec![("divider", json!(true)), ("spacing", json!(1))],
        Some(17) => vec![("accent_color", Value::Null), ("spoiler", json!(false))],
        _ => Vec::new(),
    }
}

/// The type, if it is one of these.
pub(crate) fn kind(form: &mut Form, component: &Value, known: &[i64]) -> Option<i64> {
    if !form.object(component) {
        return None;
    }
    form.value(component, "type", true)?;
    form.integer(component, "id", (0, i64::from(i32::MAX)), false);
    let kind = component["type"].as_i64().filter(|kind| known.contains(kind));
    if kind.is_none() {
        let shown: Vec<_> = known.iter().map(i64::to_string).collect();
        let comma = if known.len() == 1 { "," } else { "" };
        let message = format!("Value of field \"type\" must be one of ({}{comma}).", shown.join(", "));
        form.error("UNION_TYPE_CHOICES", message);
    }
    kind
}

fn one(form: &mut Form, component: &Value, known: &[i64], frame: Frame<'_>) {
    match kind(form, component, known) {
        Some(1) => row(form, component),
        Some(9) => section(form, component, frame),
        Some(10) => drop(form.text(component, "content", (1, MOST_TEXT), true)),
        Some(11) => picture(form, component, "media", frame),
        Some(12) => {
            let items = form.list(component, "items", (1, 10), true).unwrap_or_default();
            form.within("items", |form| {
                for (at, item) in items.iter().enumerate() {
                    form.within(at, |form| {
                        if form.object(item) {
                            picture(form, item, "media", frame);
                        }
                    });
                }
            });
        }
        Some(13) => file(form, component, frame),
        Some(14) => {
            form.flag(component, "divider");
            form.choice(component, "spacing", &[1, 2], false);
        }
        Some(17) => {
            form.integer(component, "accent_color", (0, 0x00ff_ffff), false);
            form.flag(component, "spoiler");
            let inside = form.list(component, "components", (1, MOST), true).unwrap_or_default();
            form.within("components", |form| {
                for (at, component) in inside.iter().enumerate() {
                    form.within(at, |form| one(form, component, &[1, 9, 10, 12, 13, 14], frame));
                }
            });
        }
        _ => {}
    }
}

fn row(form: &mut Form, row: &Value) {
    let inside = form.list(row, "components", (1, 5), true).unwrap_or_default();
    let selects = inside.iter().filter(|component| component["type"] != 2).count();
    form.within("components", |form| {
        for (at, component) in inside.iter().enumerate() {
            form.within(at, |form| match kind(form, component, &[2, 3, 5, 6, 7, 8]) {
                Some(2) => button(form, component),
                Some(_) => select(form, component),
                None => {}
            });
        }
        if selects > 0 && inside.len() > 1 {
            form.within(1, |form| {
                let message = "The specified component exceeds the maximum width";
                form.error("COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
            });
        }
    });
}

fn button(form: &mut Form, button: &Value) {
    let style = form.choice(button, "style", &[1, 2, 3, 4, 5, 6], true);
    form.text(button, "label", (0, 80), false);
    form.flag(button, "disabled");
    emoji(form, button);
    let given = |key: &str| button.get(key).is_some_and(|value| !value.is_null());
    match style {
        Some(5) => {
            if given("custom_id") {
                let message = "A custom id and url cannot both be specified";
                form.error("BUTTON_COMPONENT_CUSTOM_ID_AND_URL_EXCLUSIVE", message);
            }
            if form.url(button, "url", false, true).is_some_and(|url| length(&url) > 512) {
                form.error_at("url", "BASE_TYPE_MAX_LENGTH", "Must be 512 or fewer in length.");
            }
        }
        Some(6) => drop(form.snowflake(button, "sku_id", true)),
        Some(_) => {
            if given("url") {
                let message = "A custom id and url cannot both be specified";
                form.error("BUTTON_COMPONENT_CUSTOM_ID_AND_URL_EXCLUSIVE", message);
            }
            form.text(button, "custom_id", (1, 100), true);
        }
        None => {}
    }
    let empty = button["label"].as_str().is_none_or(str::is_empty) && !given("emoji");
    if style.is_some_and(|style| style != 6) && empty {
        form.error_at("label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required");
    }
}

fn emoji(form: &mut Form, holder: &Value) {
    let Some(emoji) = form.value(holder, "emoji", false) else { return };
    form.within("emoji", |form| {
        if !form.object(emoji) {
            return;
        }
        let id = form.snowflake(emoji, "id", false);
        let name = form.text(emoji, "name", (0, 32), false).unwrap_or_default();
        if id.is_none() && (name.is_empty() || name.is_ascii()) {
            form.error_at("name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
        }
    });
}

/// A select of any kind; modals use it too.
pub(crate) fn select(form: &mut Form, select: &Value) {
    form.text(select, "custom_id", (1, 100), true);
    form.text(select, "placeholder", (0, 150), false);
    form.flag(select, "disabled");
    let least = form.integer(select, "min_values", (0, 25), false).unwrap_or(1);
    let most = form.integer(select, "max_values", (1, 25), false).unwrap_or(1);
    if least > most && select["max_values"].is_number() {
        form.error_at("max_values", "SELECT_COMPONENT_MAX_VALUE_TOO_SMALL", "max_values must be at least min_values");
    }
    if select["type"] != 3 {
        return;
    }
    let options = form.list(select, "options", (1, 25), true).unwrap_or_default();
    form.within("options", |form| {
        let (mut values, mut chosen) = (HashSet::new(), 0);
        for (at, option) in options.iter().enumerate() {
            form.within(at, |form| {
                if !form.object(option) {
                    return;
                }
                form.text(option, "label", (1, 100), true);
                form.text(option, "description", (0, 100), false);
                emoji(form, option);
                chosen += i64::from(form.flag(option, "default") == Some(true));
                let value = form.text(option, "value", (1, 100), true);
                if value.is_some_and(|value| !values.insert(value)) {
                    let message = "The specified option value is already used";
                    form.error_at("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
                }
            });
        }
        if chosen > most {
            let message = "The number of default options exceeds max_values";
            form.error("SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", message);
        }
    });
}

fn section(form: &mut Form, section: &Value, frame: Frame<'_>) {
    let texts = form.list(section, "components", (1, 3), true).unwrap_or_default();
    form.within("components", |form| {
        for (at, text) in texts.iter().enumerate() {
            form.within(at, |form| one(form, text, &[10], frame));
        }
    });
    let Some(accessory) = form.value(section, "accessory", true) else { return };
    form.within("accessory", |form| {
        if accessory["type"] == 2 {
            form.integer(accessory, "id", (0, i64::from(i32::MAX)), false);
            button(form, accessory);
        } else {
            one(form, accessory, &[2, 11], frame);
        }
    });
}

fn picture(form: &mut Form, holder: &Value, key: &str, frame: Frame<'_>) {
    form.text(holder, "description", (0, 1024), false);
    form.flag(holder, "spoiler");
    media(form, holder, key, frame);
}

fn file(form: &mut Form, component: &Value, frame: Frame<'_>) {
    form.flag(component, "spoiler");
    let url = media(form, component, "file", frame);
    if url.is_some_and(|url| !url.starts_with("attachment://")) {
        form.within("file", |form| {
            form.error_at("url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).");
        });
    }
}

fn media(form: &mut Form, holder: &Value, key: &str, frame: Frame<'_>) -> Option<String> {
    let media = form.value(holder, key, true)?;
    form.within(key, |form| {
        if !form.object(media) {
            return None;
        }
        let url = form.url(media, "url", true, true)?;
        if let Some(name) = url.strip_prefix("attachment://")
            && !frame.files.iter().any(|file| file == name)
        {
            let message = format!("The referenced attachment {name} was not found");
            form.error_at("url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message);
        }
        Some(url)
    })
}
