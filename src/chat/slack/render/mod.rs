//! A card as Block Kit. Pure: called by the sender, it calls nobody.
//!
//! The parts, from top to bottom: the title (symbol and bold link, as rich text), the body (one rich text block a
//! block), the facts (short ones two abreast, others a line each), what was decided and the footer (small print), the
//! buttons. The tone is a symbol and not an attachment's colour bar: Slack folds attachments away, shows the fallback
//! text of such a message twice, and leaves colour to those who see it. How text is kept inert is told in
//! [`super::escape`].

mod actions;
mod body;
mod facts;
mod quiet;
mod rich;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::escape::{cut, entities, length, one_line, safe_url};
use super::limits::Limits;
use crate::model::{Block, Card, Tone};

pub(super) use actions::{choice_value, press_token};

/// A card as Slack takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The fallback for notifications and screen readers; already escaped.
    pub text: String,
    /// The blocks.
    pub blocks: Vec<Value>,
    /// What did not fit or could not be shown, for the log.
    pub lost: Vec<String>,
}

/// Renders a card within these limits.
#[must_use]
pub fn render(card: &Card, limits: &Limits) -> Rendered {
    let mut lost = Vec::new();
    let title = title(card, limits, &mut lost);
    let facts = facts::facts(&card.fields, &mut lost);
    let mut foot = quiet::decisions(&card.decisions, &mut lost);
    foot.extend(card.footer.as_ref().and_then(quiet::footer));
    let actions = actions::actions(&card.actions, &mut lost);

    // What is short is placed first and the body gets the rest: a card without its buttons is worth less than one
    // without the end of its text. One block is kept for saying what was left out.
    let fixed = [vec![title], facts, foot, actions];
    let used: usize = fixed.iter().flatten().map(weight).sum();
    let count: usize = fixed.iter().map(Vec::len).sum();
    let room = body::Room {
        blocks: limits.blocks.saturating_sub(count + 1),
        total: limits.total.saturating_sub(used + NOTICE),
        each: limits.body_block,
    };
    let link = card.link.as_deref().and_then(safe_url).filter(|url| length(url) <= NOTICE_LINK);
    let body = body::body(&card.body, link.as_deref(), room, &mut lost);

    let [title, facts, foot, actions] = fixed;
    let blocks = [title, body, facts, foot, actions].concat();
    Rendered { text: fallback(card, limits), blocks, lost }
}

/// Kept free for two notices of what was left out, each with its link.
const NOTICE: usize = 2 * (200 + NOTICE_LINK);
/// A longer link is not repeated in a notice.
const NOTICE_LINK: usize = 500;

/// How much of the undocumented total a block takes: every string in it that is content.
fn weight(value: &Value) -> usize {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "type" | "style" | "name" | "format"))
            .map(|(_, value)| weight(value))
            .sum(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::String(text) => length(text),
        _ => 0,
    }
}

fn title(card: &Card, limits: &Limits, lost: &mut Vec<String>) -> Value {
    let (text, was_cut) = cut(&one_line(&card.title), limits.title);
    if was_cut {
        lost.push("the end of the title".to_owned());
    }
    let text = if text.is_empty() { "…".to_owned() } else { text };
    let link = card.link.as_deref().and_then(|link| {
        let url = safe_url(link);
        if url.is_none() {
            lost.push("the title's link, which leads nowhere a link may".to_owned());
        }
        url
    });
    let mut elements = Vec::new();
    if let Some((name, _)) = symbol(card.tone) {
        elements.push(json!({ "type": "emoji", "name": name }));
        elements.push(rich::text(" ", &[]));
    }
    elements.push(match link {
        Some(url) => json!({ "type": "link", "url": url, "text": text, "style": { "bold": true } }),
        None => rich::text(&text, &["bold"]),
    });
    rich::block(vec![rich::section(elements)])
}

/// The tone's symbol: Slack's name of it, and the character for plain text.
const fn symbol(tone: Tone) -> Option<(&'static str, &'static str)> {
    match tone {
        Tone::Neutral => None,
        Tone::Progress => Some(("hourglass_flowing_sand", "⏳")),
        Tone::Good => Some(("white_check_mark", "✅")),
        Tone::Warning => Some(("warning", "⚠️")),
        Tone::Bad => Some(("red_circle", "🔴")),
        Tone::Muted => Some(("white_circle", "⚪")),
    }
}

/// One line for a notification: the title and the beginning of the body.
fn fallback(card: &Card, limits: &Limits) -> String {
    let mut text = symbol(card.tone).map(|(_, symbol)| format!("{symbol} ")).unwrap_or_default();
    text.push_str(&one_line(&card.title));
    let first = card.body.iter().find_map(|block| match block {
        Block::Text(text) | Block::Quote(text) => Some(one_line(&text.to_plain())).filter(|text| !text.is_empty()),
        _ => None,
    });
    if let Some(first) = first {
        text.push_str(" — ");
        text.push_str(&first);
    }
    if text.trim().is_empty() {
        return "…".to_owned();
    }
    // Escaping makes it longer, at most fivefold: what is cut is the text before, and until it fits.
    let mut most = limits.fallback;
    loop {
        let escaped = entities(&cut(&text, most).0);
        if length(&escaped) <= limits.fallback || most == 0 {
            return escaped;
        }
        most = most.saturating_sub((length(&escaped) - limits.fallback).div_ceil(5).max(1));
    }
}
