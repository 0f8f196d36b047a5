//! A form as a modal, and what was filled in. Pure but for the trait that opens it.
//! <https://docs.slack.dev/surfaces/modals>

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Slack;
use super::escape::{clean, cut, length, one_line};
use super::limits;
use crate::chat::web::Twice;
use crate::model::{Choice, Fault, Quote, Request};
use crate::operations::{FieldKind, Form, FormField, Forms};

/// What the modals of ours are called.
pub(super) const CALLBACK: &str = "qd:form";
/// What the one input of a block is called; the block itself bears the field's name.
const INPUT: &str = "value";

#[async_trait]
impl Forms for Slack {
    async fn open(&self, trigger: &str, form: &Form) -> Result<(), Fault> {
        let args = json!({ "trigger_id": trigger, "view": view(form) });
        // A trigger works once, so a second attempt opens no second form.
        self.client.post("views.open", Twice::Harmless, &args).await.map(drop)
    }

    fn on_message(&self, label: &str, typed: &str, _short: Option<&str>) -> String {
        let typed = typed.split_once(' ').map_or(typed, |(_, rest)| rest);
        format!(
            "Open the message's menu (⋯, More actions), and choose `{label}` there. Or, in the thread below it, \
             write `@quarterdeck {typed}`."
        )
    }

    async fn quote(&self, request: &Request) -> Option<Quote> {
        self.root_of(request).await
    }
}

/// The modal of a form.
pub(super) fn view(form: &Form) -> Value {
    let mut blocks = Vec::new();
    if let Some(intro) = form.intro.as_deref().map(clean).filter(|intro| !intro.trim().is_empty()) {
        blocks.push(json!({ "type": "section", "text": plain(&cut(&intro, limits::SECTION).0) }));
    }
    for field in &form.fields {
        // An input takes one block, its error another.
        if blocks.len() + 2 > limits::VIEW_BLOCKS {
            break;
        }
        blocks.push(input(field));
        if let Some(error) = field.error.as_deref().map(one_line).filter(|error| !error.is_empty()) {
            let text = cut(&format!("⚠️ {error}"), limits::SECTION).0;
            blocks.push(json!({ "type": "context", "elements": [plain(&text)] }));
        }
    }
    if blocks.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain("There is nothing to fill in.") }));
    }
    json!({
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": form.token.as_str(),
        "title": line(&form.title, limits::VIEW_TITLE, "Quarterdeck"),
        "submit": line(&form.submit, limits::VIEW_TITLE, "Send"),
        "close": plain("Cancel"),
        "blocks": blocks,
    })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn line(text: &str, most: usize, instead: &str) -> Value {
    let text = cut(&one_line(text), most).0;
    plain(if text.is_empty() { instead } else { &text })
}

fn input(field: &FormField) -> Value {
    let mut block = json!({
        "type": "input",
        "block_id": cut(&field.name, limits::ID).0,
        "label": line(&field.label, limits::LABEL, &field.name),
        "element": element(field),
        // A box that is not ticked is an answer, so Slack must not insist on it.
        "optional": !field.required || field.kind == FieldKind::Flag,
    });
    // A hint is plain text: marks for code would only stand in the way.
    let help = cut(&clean(&field.help.replace('`', "")), limits::LABEL).0;
    if !help.trim().is_empty() {
        block["hint"] = plain(&help);
    }
    block
}

fn element(field: &FormField) -> Value {
    let value = field.value.as_deref().filter(|value| !value.is_empty());
    if field.completes
        && let Some(element) = search(&field.kind, value)
    {
        return element;
    }
    match &field.kind {
        FieldKind::Line => text(value, false),
        FieldKind::Long => text(value, true),
        FieldKind::List => {
            let mut element = text(value, false);
            element["placeholder"] = plain("one, two, three");
            element
        }
        FieldKind::Integer => {
            let mut element = json!({ "type": "number_input", "action_id": INPUT, "is_decimal_allowed": false });
            if let Some(value) = value.filter(|value| value.parse::<i64>().is_ok()) {
                element["initial_value"] = value.into();
            }
            element
        }
        FieldKind::Flag => {
            let yes = json!({ "text": plain("Yes"), "value": "true" });
            let mut element = json!({ "type": "checkboxes", "action_id": INPUT, "options": [yes] });
            if value.is_some_and(|value| matches!(value, "true" | "yes" | "1" | "on")) {
                element["initial_options"] = json!([yes]);
            }
            element
        }
        FieldKind::Choice(choices) | FieldKind::Choices(choices) if !can_be_menu(choices) => text(value, false),
        FieldKind::Choice(choices) => {
            let mut element = json!({ "type": "static_select", "action_id": INPUT, "options": options(choices) });
            if let Some(chosen) = choices.iter().find(|choice| Some(choice.value.as_str()) == value) {
                element["initial_option"] = option(chosen);
            }
            element
        }
        FieldKind::Choices(choices) => {
            let mut element = json!({ "type": "multi_static_select", "action_id": INPUT, "options": options(choices) });
            let wanted: Vec<&str> = value.unwrap_or_default().split(',').map(str::trim).collect();
            let chosen: Vec<Value> =
                choices.iter().filter(|choice| wanted.contains(&choice.value.as_str())).map(option).collect();
            if !chosen.is_empty() {
                element["initial_options"] = chosen.into();
            }
            element
        }
    }
}

/// A menu that asks us for its options while somebody types; what they typed is one of them, so that every value can be
/// given. None where what is in the field already is more than a menu can hold.
fn search(kind: &FieldKind, value: Option<&str>) -> Option<Value> {
    let held = |value: &str| option_of(&Choice { value: value.to_owned(), label: value.to_owned() });
    let mut element = json!({ "action_id": INPUT, "min_query_length": 0, "placeholder": plain("Type to search") });
    match kind {
        FieldKind::Line => {
            element["type"] = "external_select".into();
            if let Some(value) = value {
                element["initial_option"] = held(value)?;
            }
        }
        FieldKind::List => {
            element["type"] = "multi_external_select".into();
            let pieces = value.unwrap_or_default().split(',').map(str::trim).filter(|piece| !piece.is_empty());
            let chosen = pieces.map(held).collect::<Option<Vec<_>>>()?;
            if !chosen.is_empty() {
                element["initial_options"] = chosen.into();
            }
        }
        _ => return None,
    }
    Some(element)
}

fn text(value: Option<&str>, multiline: bool) -> Value {
    let mut element = json!({
        "type": "plain_text_input", "action_id": INPUT, "multiline": multiline, "max_length": limits::INPUT,
    });
    if let Some(value) = value {
        let value = if multiline { clean(value) } else { one_line(value) };
        element["initial_value"] = cut(&value, limits::INPUT).0.into();
    }
    element
}

/// Whether a menu of Slack's can show these choices: else they are typed.
fn can_be_menu(choices: &[Choice]) -> bool {
    let fits = |choice: &Choice| !choice.value.is_empty() && length(&choice.value) <= limits::OPTION_VALUE;
    !choices.is_empty() && choices.len() <= limits::OPTIONS && choices.iter().all(fits)
}

fn options(choices: &[Choice]) -> Vec<Value> {
    choices.iter().map(option).collect()
}

/// The choice as an option; none where Slack's menus cannot hold its value as it is.
pub(super) fn option_of(choice: &Choice) -> Option<Value> {
    let whole = one_line(&choice.value) == choice.value;
    (whole && !choice.value.is_empty() && length(&choice.value) <= limits::OPTION_VALUE).then(|| option(choice))
}

fn option(choice: &Choice) -> Value {
    let label = line(&choice.label, limits::BUTTON, &cut(&choice.value, limits::BUTTON).0);
    json!({ "text": label, "value": choice.value })
}

/// What was filled in, by the fields' names: a multiple choice joined by commas, an empty field absent, a box `true` or
/// `false`. `values` is the view's `state.values`.
pub(super) fn submitted(values: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (name, inputs) in values.as_object().into_iter().flatten() {
        let Some(input) = inputs.get(INPUT) else { continue };
        let chosen = || {
            let options = input.get("selected_options").and_then(Value::as_array).into_iter().flatten();
            options.filter_map(|option| option.get("value")?.as_str()).collect::<Vec<_>>()
        };
        let value = match input.get("type").and_then(Value::as_str) {
            Some("checkboxes") => Some((!chosen().is_empty()).to_string()),
            Some("multi_static_select" | "multi_external_select") => Some(chosen().join(",")),
            Some("static_select" | "external_select") => {
                input.pointer("/selected_option/value").and_then(Value::as_str).map(str::to_owned)
            }
            _ => match input.get("value") {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            },
        };
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            out.insert(name.clone(), value);
        }
    }
    out
}
