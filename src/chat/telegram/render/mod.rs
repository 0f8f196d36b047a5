//! A card as a message of Telegram's: HTML and an inline keyboard. Pure: called by the sender, it calls nobody.
//!
//! The parts, from top to bottom: the title (symbol and bold link), the body, the facts, what was decided, the footer in
//! italics; below them the buttons. Sections are set apart by a blank line, because Telegram knows no other layout.
//! Everything is laid out as runs first (`page`), measured and cut there, and only then written as HTML: so a tag
//! is never cut, and text of 4,096 units stays that after Telegram has parsed it. How text is kept inert is told in
//! [`super::escape`].
//!
//! What of the body does not fit is said where it is missing. A card that is posted once is continued in a second message;
//! more than that, and what is missing of a card that will be edited, goes into a file below it.

mod body;
mod facts;
mod foot;
mod page;
mod plain;
mod rich;
#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

use super::escape::{Address, address, cut, length, one_line};
use super::keyboard::{self, Keyboard};
use super::limits::Limits;
use crate::model::{Card, Tone};
use page::{Mark, Part, Run, Unit, Wrap};
use rich::Budget;

/// A card as Telegram takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The messages, in HTML: the card, and what of it did not fit into the first.
    pub parts: Vec<String>,
    /// The buttons below the first.
    pub keyboard: Keyboard,
    /// All of the card as a file, where two messages do not hold it.
    pub attachment: Option<Attachment>,
    /// What is shown nowhere, for the log.
    pub lost: Vec<String>,
}

/// A file that goes with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub text: String,
    /// A digest of the body, which is what people open it for.
    pub digest: String,
}

/// The blank line between two sections.
const GAP: usize = 2;

/// Renders a card within these limits.
#[must_use]
pub fn render(card: &Card, limits: &Limits) -> Rendered {
    let mut lost = Vec::new();
    let mut budget = Budget::new(limits);
    let (keyboard, unlinked) = keyboard::of(&card.actions, &mut lost);
    let title = title(card, limits, &mut budget, &mut lost);
    let link = link(card).filter(|url| budget.take(2, 2 * length(url)));
    let facts = facts::facts(&card.fields, &mut budget, &mut lost);
    let decisions = foot::decisions(&card.decisions, &mut budget, &mut lost);
    let footer = card.footer.as_ref().and_then(|footer| foot::footer(footer, &mut budget));
    let pages = (!unlinked.is_empty()).then(|| pages(&unlinked, &mut budget));

    // What is short is placed first and the body gets the rest: a card without its facts is worth less than one without
    // the end of its text.
    let below: Vec<Part> = [facts, pages, decisions, footer].into_iter().flatten().collect();
    let fixed: usize = below.iter().map(|part| part.weight() + GAP).sum::<usize>() + title.weight() + GAP;
    let room = body::Room { total: limits.text.saturating_sub(fixed + body::NOTICE), each: limits.body_block };
    let fitted = body::fit(body::parts(&card.body, &mut budget), link.as_deref(), room, &mut Budget::new(limits));

    let bodied = !fitted.shown.is_empty();
    let mut parts = vec![title];
    parts.extend(fitted.shown);
    let below_at = parts.len();
    parts.extend(below);
    let first = join(&parts, |at| {
        at == 1 && !bodied || at > below_at && parts[at - 1].wrap == Wrap::Nothing && at + 1 < parts.len()
    });
    let mut rendered = Rendered { parts: vec![first], keyboard, attachment: None, lost };
    if !fitted.over.is_empty() {
        more(card, fitted.over, fitted.said, limits, &mut rendered);
    }
    rendered
}

/// What becomes of the rest of the body.
fn more(card: &Card, over: Vec<Part>, said: Vec<String>, limits: &Limits, rendered: &mut Rendered) {
    // A card that will be edited keeps one message: nobody would edit what was continued, and it would tell old news.
    let lives = card.key.is_some();
    if lives && card.link.is_some() {
        rendered.lost.extend(said);
        return;
    }
    let heading = cut(&one_line(&card.title), 120).0;
    let mut budget = Budget::new(limits);
    let heading = Part::quiet(vec![budget.run(&format!("… {heading}, continued"), Mark::Plain, None)]);
    let weight: usize = over.iter().map(|part| part.weight() + GAP).sum();
    if !lives && weight + heading.weight() <= limits.text {
        let parts: Vec<Part> = std::iter::once(heading).chain(over).collect();
        rendered.parts.push(join(&parts, |_| false));
        return;
    }
    rendered.attachment = Some(whole(card));
}

/// All of a card, as a file.
pub(super) fn whole(card: &Card) -> Attachment {
    // Texts alone can always be written.
    let body = serde_json::to_vec(&card.body).unwrap_or_default();
    let digest = hex::encode(&Sha256::digest(body)[..16]);
    Attachment { name: "details.txt", text: plain::text(card), digest }
}

/// Parts below each other; `tight` says which stand directly below the one before.
fn join(parts: &[Part], tight: impl Fn(usize) -> bool) -> String {
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            let apart = parts[at - 1].wrap.stands_out() || part.wrap.stands_out();
            out.push_str(if apart || tight(at) { "\n" } else { "\n\n" });
        }
        out.push_str(&part.html());
    }
    out
}

fn link(card: &Card) -> Option<String> {
    match card.link.as_deref().and_then(address) {
        Some(Address::Page(url)) => Some(url),
        _ => None,
    }
}

fn title(card: &Card, limits: &Limits, budget: &mut Budget, lost: &mut Vec<String>) -> Part {
    let (text, was_cut) = cut(&one_line(&card.title), limits.title);
    if was_cut {
        lost.push("the end of the title".to_owned());
    }
    let text = if text.is_empty() { "…".to_owned() } else { text };
    let mark = match card.link.as_deref().map(address) {
        Some(Some(Address::Page(url))) => Mark::BoldLink(url),
        Some(None) => {
            lost.push("the title's link, which leads nowhere a link may".to_owned());
            Mark::Bold
        }
        _ => Mark::Bold,
    };
    let mut line = Vec::new();
    if let Some(symbol) = symbol(card.tone) {
        line.push(Run::new(format!("{symbol} "), Mark::Plain));
    }
    line.push(budget.run(&text, mark, None));
    if let Some(Some(Address::Shown(to))) = card.link.as_deref().map(address) {
        line.push(Run::new("\n", Mark::Plain));
        line.push(budget.run(&to, Mark::Code, None));
    }
    Part::new(Wrap::Nothing, Unit::Text, vec![line])
}

/// Where buttons would lead that Telegram does not take as buttons.
fn pages(unlinked: &[(String, String)], budget: &mut Budget) -> Part {
    let line = |(label, to): &(String, String)| {
        vec![budget.run(&format!("{label}: "), Mark::Plain, None), budget.run(to, Mark::Code, None)]
    };
    Part::new(Wrap::Nothing, Unit::Line, unlinked.iter().map(line).collect())
}

/// The tone's symbol.
const fn symbol(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral => None,
        Tone::Progress => Some("⏳"),
        Tone::Good => Some("✅"),
        Tone::Warning => Some("⚠️"),
        Tone::Bad => Some("🔴"),
        Tone::Muted => Some("⚪"),
    }
}

/// The card in so few words that the notice that answers a press holds it; `None` where that cannot be.
pub(super) fn toast(card: &Card) -> Option<String> {
    let fits = card.actions.is_empty() && card.link.is_none();
    let text = plain::short(card);
    (fits && length(&text) <= super::limits::TOAST && !text.is_empty()).then_some(text)
}
