//! What interactive elements hold, and what Slack's client checks before it submits a modal.
//!
//! State has Slack's form: block id → action id → `{type, value | selected_option | …}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    blocks::{self, kind},
    model::{Offered, View},
};

/// What kind of thing an element holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Option,
    Options,
    Id,
    Ids,
    Number,
    RichText,
}

/// The state field of an element type, and what may set its first value.
fn slot(element: &str) -> Option<(&'static str, &'static str, Holds)> {
    Some(match element {
        "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" => {
            ("value", "initial_value", Holds::Text)
        }
        "rich_text_input" => ("rich_text_value", "initial_value", Holds::RichText),
        "static_select" | "external_select" | "radio_buttons" => ("selected_option", "initial_option", Holds::Option),
        "multi_static_select" | "multi_external_select" | "checkboxes" => {
            ("selected_options", "initial_options", Holds::Options)
        }
        "users_select" => ("selected_user", "initial_user", Holds::Id),
        "conversations_select" => ("selected_conversation", "initial_conversation", Holds::Id),
        "channels_select" => ("selected_channel", "initial_channel", Holds::Id),
        "datepicker" => ("selected_date", "initial_date", Holds::Id),
        "timepicker" => ("selected_time", "initial_time", Holds::Id),
        "datetimepicker" => ("selected_date_time", "initial_date_time", Holds::Number),
        "multi_users_select" => ("selected_users", "initial_users", Holds::Ids),
        "multi_conversations_select" => ("selected_conversations", "initial_conversations", Holds::Ids),
        "multi_channels_select" => ("selected_channels", "initial_channels", Holds::Ids),
        _ => return None,
    })
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The state of freshly shown blocks.
pub(super) fn initial(all: &[Value]) -> Map<String, Value> {
    let mut state = Map::new();
    for (block, element) in blocks::elements(all) {
        let Some((field, first, holds)) = slot(kind(element)) else { continue };
        let empty = if matches!(holds, Holds::Options | Holds::Ids) { json!([]) } else { Value::Null };
        let value = element.get(first).cloned().unwrap_or(empty);
        put(&mut state, block, element, json!({"type": kind(element), field: value}));
    }
    state
}

fn put(state: &mut Map<String, Value>, block: &Value, element: &Value, value: Value) {
    let place = state.entry(text(block, "block_id")).or_insert_with(|| json!({}));
    place[text(element, "action_id")] = value;
}

/// Carries over what was filled in where block, action and type stayed the same.
pub(super) fn keep(fresh: &mut Map<String, Value>, old: &Map<String, Value>) {
    for (block, actions) in fresh.iter_mut() {
        for (action, value) in actions.as_object_mut().into_iter().flatten() {
            if let Some(before) = old.get(block).and_then(|actions| actions.get(action))
                && before.get("type") == value.get("type")
            {
                *value = before.clone();
            }
        }
    }
}

/// Fills an element with a person's choice: a text, an option's value or label, an id, or a list of those.
pub(super) fn fill(
    state: &mut Map<String, Value>,
    block: &Value,
    element: &Value,
    choice: &Value,
) -> Result<Value, String> {
    let Some((field, _, holds)) = slot(kind(element)) else {
        return Err(format!("a {} holds no value", kind(element)));
    };
    let one = |choice: &Value| option(element, choice);
    let several = || match choice {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    };
    let value = match holds {
        Holds::Text | Holds::Id => match choice {
            Value::String(text) if text.is_empty() => Value::Null,
            Value::String(_) | Value::Null => choice.clone(),
            Value::Number(number) => json!(number.to_string()),
            _ => return Err("expected one text".into()),
        },
        Holds::Number => choice.as_i64().map(Value::from).ok_or("expected seconds since 1970")?,
        Holds::Option if choice.is_null() => Value::Null,
        Holds::Option => one(choice)?,
        Holds::Options => Value::Array(several().iter().map(one).collect::<Result<_, _>>()?),
        Holds::Ids => Value::Array(several()),
        Holds::RichText => json!({
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": choice}]}],
        }),
    };
    let filled = json!({"type": kind(element), field: value});
    put(state, block, element, filled.clone());
    Ok(filled)
}

/// The same menu as the person sees it who was offered these options: for an external select those that the app
/// answered with, and what it holds already.
pub(super) fn as_offered(block: &Value, element: &Value, offered: &Offered, state: &Map<String, Value>) -> Value {
    let mut element = element.clone();
    if kind(&element).ends_with("external_select") {
        let menu = (text(block, "block_id").to_owned(), text(&element, "action_id").to_owned());
        let held = state.get(&menu.0).and_then(|actions| actions.get(&menu.1));
        let one = held.and_then(|held| held.get("selected_option")).filter(|option| option.is_object());
        let several = held.and_then(|held| held.get("selected_options")).and_then(Value::as_array);
        let held = one.into_iter().chain(several.into_iter().flatten());
        let all: Vec<Value> = offered.get(&menu).into_iter().flatten().chain(held).cloned().collect();
        element["options"] = Value::Array(all);
    }
    element
}

/// The option a person means by its value or label, or as a whole.
pub(super) fn option(element: &Value, choice: &Value) -> Result<Value, String> {
    let wanted = if choice.is_object() { choice.get("value").unwrap_or(choice) } else { choice };
    let wanted = wanted.as_str().unwrap_or_default();
    let grouped = element.get("option_groups").and_then(Value::as_array).into_iter().flatten();
    let grouped = grouped.filter_map(|group| group.get("options"));
    let mut offered = element.get("options").into_iter().chain(grouped).filter_map(Value::as_array).flatten();
    let found = offered.find(|option| text(option, "value") == wanted || label(option) == wanted);
    found.cloned().ok_or_else(|| format!("no option {wanted:?} in this menu"))
}

/// The `text.text` of a button or option.
pub(super) fn label(value: &Value) -> &str {
    value.get("text").map_or("", |inside| text(inside, "text"))
}

/// What Slack's client refuses to submit, by block id.
pub(super) fn complaints(view: &View) -> BTreeMap<String, String> {
    let mut complaints = BTreeMap::new();
    for (block, element) in blocks::elements(view.blocks()).filter(|(block, _)| kind(block) == "input") {
        let Some((field, _, _)) = slot(kind(element)) else { continue };
        let id = text(block, "block_id");
        let state = view.values.get(id).and_then(|actions| actions.get(text(element, "action_id")));
        let value = state.and_then(|state| state.get(field)).unwrap_or(&Value::Null);
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        let optional = block.get("optional").and_then(Value::as_bool) == Some(true);
        let complaint = if empty {
            (!optional).then(|| "Please complete this required field.".to_owned())
        } else {
            wrong(element, value)
        };
        if let Some(complaint) = complaint {
            complaints.insert(id.to_owned(), complaint);
        }
    }
    complaints
}

/// What is wrong with a value that is there.
fn wrong(element: &Value, value: &Value) -> Option<String> {
    let number = |name: &str| element.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    if let Some(most) = number("max_selected_items")
        && value.as_array().is_some_and(|chosen| chosen.len() > most)
    {
        return Some(format!("Select at most {most}."));
    }
    let typed = value.as_str().unwrap_or_default();
    let length = typed.chars().count();
    match kind(element) {
        "plain_text_input" => {
            let (least, most) = (number("min_length").unwrap_or(0), number("max_length").unwrap_or(3000));
            if length < least {
                return Some(format!("Enter at least {least} characters."));
            }
            (length > most).then(|| format!("Enter at most {most} characters."))
        }
        "email_text_input" => {
            let fine = typed.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            (!fine).then(|| "Enter a valid email address.".into())
        }
        "url_text_input" => url::Url::parse(typed).is_err().then(|| "Enter a valid URL.".into()),
        "number_input" => {
            let decimal = element.get("is_decimal_allowed").and_then(Value::as_bool) == Some(true);
            let Ok(number) = typed.parse::<f64>() else { return Some("Enter a number.".into()) };
            let bound = |name: &str| text(element, name).parse::<f64>().ok();
            if !decimal && number.fract() != 0.0 {
                return Some("Enter a whole number.".into());
            }
            let low = bound("min_value").is_some_and(|least| number < least);
            let high = bound("max_value").is_some_and(|most| number > most);
            (low || high).then(|| "Enter a number in the allowed range.".into())
        }
        _ => None,
    }
}
