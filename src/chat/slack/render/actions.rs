//! Buttons and menus: what they carry, and what is read back off them.
//!
//! A button carries its token as `value`. A menu has no value beside the choice's, so its `action_id` carries the token:
//! `qd:<id>:<token>`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::escape::{cut, length, one_line, safe_url};
use super::super::limits;
use crate::model::{Action, ActionKind, Style, Token};

/// All actions of a card together, in units of text.
const TOTAL: usize = 3_500;
/// What every `action_id` of ours begins with.
const OURS: &str = "qd:";

/// The actions block, if there are actions.
pub(super) fn actions(actions: &[Action], lost: &mut Vec<String>) -> Vec<Value> {
    let mut elements = Vec::new();
    let mut taken = BTreeSet::new();
    let mut room = TOTAL;
    for action in actions {
        if elements.len() == limits::ACTIONS {
            lost.push(format!("the action `{}` (more than {})", action.id, limits::ACTIONS));
            continue;
        }
        match element(action, &mut taken, lost) {
            Ok(element) if super::weight(&element) > room => {
                lost.push(format!("the action `{}`: the others take all the room", action.id));
            }
            Ok(element) => {
                room -= super::weight(&element);
                elements.push(element);
            }
            Err(why) => lost.push(format!("the action `{}`: {why}", action.id)),
        }
    }
    if elements.is_empty() { Vec::new() } else { vec![json!({ "type": "actions", "elements": elements })] }
}

fn element(action: &Action, taken: &mut BTreeSet<String>, lost: &mut Vec<String>) -> Result<Value, String> {
    let label = label(&action.label, limits::BUTTON, &action.id);
    let token = || {
        let token = action.token.as_ref().map(Token::as_str).ok_or("it has no token yet")?;
        if token.is_empty() || token.len() > 100 { Err("its token is none of ours") } else { Ok(token) }
    };
    match &action.kind {
        ActionKind::Run(_) => {
            let value = token()?;
            let id = unique(&action_id(&action.id, None), taken);
            let mut button = json!({ "type": "button", "action_id": id, "text": label, "value": value });
            style(&mut button, action.style);
            Ok(button)
        }
        ActionKind::Open(url) => {
            let url = safe_url(url).ok_or("its address leads nowhere a link may")?;
            let id = unique(&action_id(&action.id, None), taken);
            let mut button = json!({ "type": "button", "action_id": id, "text": label, "url": url });
            style(&mut button, action.style);
            Ok(button)
        }
        ActionKind::Select { choices, .. } => {
            let id = action_id(&action.id, Some(token()?));
            let placeholder = self::label(&action.label, limits::PLACEHOLDER, &action.id);
            let mut values = BTreeSet::new();
            let mut options = Vec::new();
            for choice in choices {
                let fits = !choice.value.is_empty() && length(&choice.value) <= limits::OPTION_VALUE;
                if !fits || options.len() == limits::OPTIONS || !values.insert(&choice.value) {
                    lost.push(format!("a choice of the menu `{}`", action.id));
                    continue;
                }
                let shown = self::label(&choice.label, limits::BUTTON, &choice.value);
                options.push(json!({ "text": shown, "value": choice.value }));
            }
            if options.is_empty() {
                return Err("it has no choices".to_owned());
            }
            if !taken.insert(id.clone()) {
                return Err("another menu bears the same token".to_owned());
            }
            Ok(json!({ "type": "static_select", "action_id": id, "placeholder": placeholder, "options": options }))
        }
    }
}

fn style(button: &mut Value, style: Style) {
    match style {
        Style::Default => {}
        Style::Primary => button["style"] = "primary".into(),
        Style::Danger => button["style"] = "danger".into(),
    }
}

/// A `plain_text` object; never empty, which Slack refuses.
fn label(text: &str, most: usize, instead: &str) -> Value {
    let mut shown = cut(&one_line(text), most).0;
    if shown.is_empty() {
        shown = cut(&one_line(instead), most).0;
    }
    if shown.is_empty() {
        shown = "…".to_owned();
    }
    json!({ "type": "plain_text", "text": shown, "emoji": false })
}

fn action_id(id: &str, token: Option<&str>) -> String {
    // `:` parts the token off.
    let id = cut(&one_line(id).replace(':', "."), 100).0;
    token.map_or_else(|| format!("{OURS}{id}"), |token| format!("{OURS}{id}:{token}"))
}

fn unique(id: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = id.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{id}.{number}");
        number += 1;
    }
    candidate
}

/// The token of a used button or menu: `None` where it carries none (a button that opened a page).
pub(in super::super) fn press_token(action: &Value) -> Option<Token> {
    let text = |key: &str| action.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    match text("type") {
        Some("button") => text("value").map(Token::from_wire),
        Some("static_select") => {
            text("action_id")?.strip_prefix(OURS)?.rsplit_once(':').map(|(_, token)| Token::from_wire(token))
        }
        _ => None,
    }
}

/// The choice made in a menu.
pub(in super::super) fn choice_value(action: &Value) -> Option<String> {
    action.pointer("/selected_option/value").and_then(Value::as_str).map(str::to_owned)
}
