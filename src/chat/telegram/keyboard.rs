//! Inline keyboards: what stands on buttons, and how they stand. Pure. What buttons carry is told in [`super::wire`].
//!
//! Telegram knows no menus, so a menu is one button whose press turns the keyboard into its choices, page by page; how it
//! was before is kept by [`super::menus`]. Styles are Telegram's own (red and blue buttons).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::escape::{Address, address, cut, length, one_line};
use super::limits;
use super::wire::{Data, Key, Pick, Turn};
use crate::model::{Action, ActionKind, Choice, Style, Token};

/// So much of a row a phone shows unbroken, in units over all its buttons.
const ROW: usize = 30;
/// Buttons of a row.
const ABREAST: usize = 3;
/// Choices of one page of a menu.
pub(super) const PAGE: usize = 8;

/// The buttons of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Keyboard(pub(super) Vec<Button>);

/// One button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Button {
    pub(super) label: String,
    #[serde(default)]
    pub(super) style: Style,
    pub(super) does: Does,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Does {
    /// Sends this back.
    Send(String),
    /// Opens a page.
    Open(String),
    /// Turns the keyboard into choices.
    Menu { token: Token, choices: Vec<Choice> },
}

/// A button that answers a question.
pub(super) fn answering(token: &Token, key: Key, label: &str, style: Style) -> Button {
    let does = Does::Send(Data::Form { token: token.clone(), key }.write());
    Button { label: shown(label, "…"), style, does }
}

/// The buttons of these actions, and labels and addresses of those that Telegram takes no button for.
pub(super) fn of(actions: &[Action], lost: &mut Vec<String>) -> (Keyboard, Vec<(String, String)>) {
    let (mut buttons, mut unlinked) = (Vec::new(), Vec::new());
    for action in actions {
        if buttons.len() == limits::BUTTONS {
            lost.push(format!("the action `{}` (more than {})", action.id, limits::BUTTONS));
            continue;
        }
        match button(action, lost) {
            Ok(Button { label, does: Does::Open(url), style }) => match address(&url) {
                Some(Address::Page(url)) => buttons.push(Button { label, does: Does::Open(url), style }),
                Some(Address::Shown(to)) if unlinked.len() < 5 && length(&to) <= 300 => unlinked.push((label, to)),
                Some(Address::Shown(_)) => {
                    lost.push(format!("the action `{}`: Telegram links to no host without a dot", action.id));
                }
                None => lost.push(format!("the action `{}`: its address leads nowhere a link may", action.id)),
            },
            Ok(button) => buttons.push(button),
            Err(why) => lost.push(format!("the action `{}`: {why}", action.id)),
        }
    }
    (Keyboard(buttons), unlinked)
}

fn button(action: &Action, lost: &mut Vec<String>) -> Result<Button, String> {
    let label = shown(&action.label, &action.id);
    let token = || {
        let token = action.token.as_ref().ok_or("it has no token yet")?;
        let press = Data::Press { token: token.clone(), choice: None };
        if Data::read(&press.write()) == Some(press) { Ok(token.clone()) } else { Err("its token is none of ours") }
    };
    let does = match &action.kind {
        ActionKind::Run(_) => Does::Send(Data::Press { token: token()?, choice: None }.write()),
        ActionKind::Open(url) => Does::Open(url.clone()),
        ActionKind::Select { choices, .. } => {
            let token = token()?;
            let mut kept: Vec<Choice> = Vec::new();
            for choice in choices {
                if choice.value.is_empty() || kept.iter().any(|other| other.value == choice.value) {
                    lost.push(format!("a choice of the menu `{}`", action.id));
                    continue;
                }
                kept.push(Choice { value: choice.value.clone(), label: shown(&choice.label, &choice.value) });
            }
            if kept.is_empty() {
                return Err("it has no choices".to_owned());
            }
            Does::Menu { token, choices: kept }
        }
    };
    Ok(Button { label, style: action.style, does })
}

/// What stands on a button; never empty, such a button Telegram drops.
fn shown(label: &str, instead: &str) -> String {
    let shown = cut(&one_line(label), limits::BUTTON).0;
    let shown = if shown.is_empty() { cut(&one_line(instead), limits::BUTTON).0 } else { shown };
    if shown.is_empty() { "…".to_owned() } else { shown }
}

impl Keyboard {
    /// Whether there is no button.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The menus: label, token and choices.
    pub(super) fn menus(&self) -> impl Iterator<Item = (&str, &Token, &[Choice])> {
        self.0.iter().filter_map(|button| match &button.does {
            Does::Menu { token, choices } => Some((button.label.as_str(), token, choices.as_slice())),
            _ => None,
        })
    }

    /// The `reply_markup` of the card's own buttons; `None` without buttons.
    #[must_use]
    pub fn markup(&self) -> Option<Value> {
        (!self.is_empty()).then(|| markup(&rows(&self.0)))
    }

    /// The `reply_markup` of a page of a menu; `None` where there is no such menu any more.
    pub(super) fn menu(&self, menu: &Token, page: usize) -> Option<Value> {
        let (_, _, choices) = self.menus().find(|(_, token, _)| *token == menu)?;
        let (page, pages) = (page.min((choices.len() - 1) / PAGE), choices.len().div_ceil(PAGE));
        let send = |data: Data| Does::Send(data.write());
        let button = |(at, choice): (usize, &Choice)| Button {
            label: choice.label.clone(),
            style: Style::Default,
            does: send(Data::Press { token: menu.clone(), choice: Some(Pick::new(at, &choice.value)) }),
        };
        let turn = |label: &str, turn: Turn| Button {
            label: label.to_owned(),
            style: Style::Default,
            does: send(Data::Menu { token: menu.clone(), turn }),
        };
        let shown: Vec<Button> = choices.iter().enumerate().skip(page * PAGE).take(PAGE).map(button).collect();
        let mut rows = rows(&shown);
        let mut last = Vec::new();
        if page > 0 {
            last.push(turn("‹", Turn::Page(page - 1)));
        }
        last.push(turn("Back", Turn::Close));
        if page + 1 < pages {
            last.push(turn("›", Turn::Page(page + 1)));
        }
        rows.push(last);
        Some(markup(&rows))
    }
}

/// Buttons in rows: as many abreast as a phone shows whole.
pub(super) fn rows(buttons: &[Button]) -> Vec<Vec<Button>> {
    let mut rows: Vec<Vec<Button>> = Vec::new();
    for button in buttons {
        let widest = |row: &[Button]| row.iter().map(face).map(|face| length(&face)).max().unwrap_or(0);
        match rows.last_mut() {
            Some(row) if row.len() < ABREAST && (row.len() + 1) * widest(row).max(length(&face(button))) <= ROW => {
                row.push(button.clone());
            }
            _ => rows.push(vec![button.clone()]),
        }
    }
    rows
}

/// What is read on it.
fn face(button: &Button) -> String {
    match &button.does {
        Does::Menu { .. } => format!("{} ▾", button.label),
        Does::Send(_) | Does::Open(_) => button.label.clone(),
    }
}

/// The `reply_markup` of these rows.
pub(super) fn markup(rows: &[Vec<Button>]) -> Value {
    let button = |button: &Button| {
        let mut written = json!({ "text": face(button) });
        match &button.does {
            Does::Send(data) => written["callback_data"] = data.as_str().into(),
            Does::Open(url) => written["url"] = url.as_str().into(),
            Does::Menu { token, .. } => {
                let data = Data::Menu { token: token.clone(), turn: Turn::Page(0) };
                written["callback_data"] = data.write().into();
            }
        }
        match button.style {
            Style::Default => {}
            Style::Primary => written["style"] = "primary".into(),
            Style::Danger => written["style"] = "danger".into(),
        }
        written
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    json!({ "inline_keyboard": rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Object, Press};

    fn menu(count: usize) -> (Keyboard, Token) {
        let token = Token::new();
        let choices =
            (0..count).map(|at| Choice { value: format!("v{at}"), label: format!("Choice number {at}") }).collect();
        let press = Press::new("x.y.z", Object::new());
        let mut action = Action::run("assign", "Assign", press.clone());
        action.kind = ActionKind::Select { press, into: "who".into(), choices };
        action.token = Some(token.clone());
        (of(&[action], &mut Vec::new()).0, token)
    }

    fn labels(markup: &Value) -> Vec<Vec<&str>> {
        let rows = markup["inline_keyboard"].as_array().expect("rows");
        rows.iter()
            .map(|row| {
                row.as_array().expect("a row").iter().map(|button| button["text"].as_str().expect("a label")).collect()
            })
            .collect()
    }

    #[test]
    fn a_menu_turns_the_keyboard_into_its_choices() {
        let (keyboard, token) = menu(20);
        assert_eq!(labels(&keyboard.markup().expect("buttons")), [["Assign ▾"]]);
        let first = keyboard.menu(&token, 0).expect("a page");
        assert_eq!(labels(&first).last().expect("a row"), &["Back", "›"]);
        let last = keyboard.menu(&token, 9).expect("a page");
        let last = labels(&last);
        assert_eq!(last[0], ["Choice number 16"]);
        assert_eq!(last.last().expect("a row"), &["‹", "Back"]);
        assert!(keyboard.menu(&Token::new(), 0).is_none());
        for button in
            first["inline_keyboard"].as_array().expect("rows").iter().flat_map(|row| row.as_array().expect("a row"))
        {
            assert!(
                button["callback_data"]
                    .as_str()
                    .is_some_and(|data| data.len() <= limits::CALLBACK_DATA && Data::read(data).is_some())
            );
        }
    }

    #[test]
    fn short_labels_stand_abreast() {
        let button =
            |label: &str| Button { label: label.to_owned(), style: Style::Default, does: Does::Send("p:x".to_owned()) };
        let widths = |labels: &[&str]| -> Vec<usize> {
            rows(&labels.iter().map(|label| button(label)).collect::<Vec<_>>()).iter().map(Vec::len).collect()
        };
        assert_eq!(widths(&["Close", "Reopen", "Open", "Comment"]), [3, 1]);
        assert_eq!(widths(&["Acknowledge", "Silence 1 h", "Escalate to the second line"]), [2, 1]);
    }
}
