//! Buttons and menus: what they carry. Each carries its token in its `custom_id`: `p:<token>`; a menu's choice comes back
//! beside it.

use std::collections::BTreeSet;

use serenity::all::ButtonStyle;
use serenity::builder::{
    CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::super::escape::{cut, length, one_line, safe_url};
use super::super::hear::PRESS;
use super::super::limits;
use crate::model::{Action, ActionKind, Choice, Style, Token};

/// What became of a card's actions.
#[derive(Debug, Default)]
pub(super) struct Actions {
    /// The rows below the message: the buttons, in their order, and below them the menus.
    pub rows: Vec<CreateActionRow>,
    /// The labels and addresses of buttons whose address is too long for one.
    pub links: Vec<(String, String)>,
}

/// The rows of components. `link` is where the card leads: it gets a button of its own, where none leads there yet.
pub(super) fn actions(actions: &[Action], link: Option<&str>, lost: &mut Vec<String>) -> Actions {
    let mut out = Actions::default();
    let mut buttons = Vec::new();
    let mut menus = Vec::new();
    let mut taken = BTreeSet::new();
    let mut leads_there = false;
    for action in actions {
        let rows = |buttons: usize, menus: usize| buttons.div_ceil(limits::BUTTONS) + menus;
        let full = match action.kind {
            ActionKind::Select { .. } => rows(buttons.len(), menus.len() + 1),
            _ => rows(buttons.len() + 1, menus.len()),
        };
        let found = match &action.kind {
            ActionKind::Open(url) => match safe_url(url) {
                Some(url) if length(&url) > limits::BUTTON_URL => {
                    leads_there |= link == Some(url.as_str());
                    out.links.push((label(&action.label, limits::BUTTON, &action.id), url));
                    continue;
                }
                Some(url) if full <= limits::ROWS => {
                    leads_there |= link == Some(url.as_str());
                    buttons.push(CreateButton::new_link(url).label(label(&action.label, limits::BUTTON, &action.id)));
                    continue;
                }
                Some(_) => Err("there is no room for more"),
                None => Err("its address leads nowhere a link may"),
            },
            _ if full > limits::ROWS => Err("there is no room for more"),
            ActionKind::Run(_) => press_id(action.token.as_ref(), &mut taken).map(|id| {
                let label = label(&action.label, limits::BUTTON, &action.id);
                buttons.push(CreateButton::new(id).style(style(action.style)).label(label));
            }),
            ActionKind::Select { choices, .. } => {
                let options = options(choices, &action.id, lost);
                if options.is_empty() {
                    Err("it has no choices")
                } else {
                    press_id(action.token.as_ref(), &mut taken).map(|id| {
                        let kind = CreateSelectMenuKind::String { options };
                        let placeholder = label(&action.label, limits::PLACEHOLDER, &action.id);
                        menus
                            .push(CreateSelectMenu::new(id, kind).placeholder(placeholder).min_values(1).max_values(1));
                    })
                }
            }
        };
        if let Err(why) = found {
            lost.push(format!("the action `{}`: {why}", one_line(&action.id)));
        }
    }
    if let Some(url) = link.filter(|url| !leads_there && length(url) <= limits::BUTTON_URL)
        && (buttons.len() + 1).div_ceil(limits::BUTTONS) + menus.len() <= limits::ROWS
    {
        buttons.push(CreateButton::new_link(url).label("Open"));
        leads_there = true;
    }
    if let Some(url) = link.filter(|_| !leads_there) {
        out.links.insert(0, ("Open".to_owned(), url.to_owned()));
    }
    out.rows.extend(buttons.chunks(limits::BUTTONS).map(|row| CreateActionRow::Buttons(row.to_vec())));
    out.rows.extend(menus.into_iter().map(CreateActionRow::SelectMenu));
    out
}

fn press_id(token: Option<&Token>, taken: &mut BTreeSet<String>) -> Result<String, &'static str> {
    let token = token.map(Token::as_str).ok_or("it has no token yet")?;
    let id = format!("{PRESS}{token}");
    if token.is_empty() || length(&id) > limits::ID {
        return Err("its token is none of ours");
    }
    if taken.insert(id.clone()) { Ok(id) } else { Err("another one bears the same token") }
}

const fn style(style: Style) -> ButtonStyle {
    match style {
        Style::Default => ButtonStyle::Secondary,
        Style::Primary => ButtonStyle::Primary,
        Style::Danger => ButtonStyle::Danger,
    }
}

fn options(choices: &[Choice], id: &str, lost: &mut Vec<String>) -> Vec<CreateSelectMenuOption> {
    let mut values = BTreeSet::new();
    let mut out = Vec::new();
    for choice in choices {
        let fits = !choice.value.trim().is_empty() && length(&choice.value) <= limits::OPTION;
        if !fits || out.len() == limits::OPTIONS || !values.insert(&choice.value) {
            lost.push(format!("a choice of the menu `{}`", one_line(id)));
            continue;
        }
        let shown = label(&choice.label, limits::OPTION, &choice.value);
        out.push(CreateSelectMenuOption::new(shown, &choice.value));
    }
    out
}

/// What stands on something; never empty, which Discord refuses.
pub(in super::super) fn label(text: &str, most: usize, instead: &str) -> String {
    [text, instead].iter().map(|text| cut(&one_line(text), most).0).find(|text| !text.is_empty()).unwrap_or("…".into())
}
