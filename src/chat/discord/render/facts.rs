//! The labelled facts of a card and what was decided as fields of an embed, and the footer.

use jiff::Timestamp;

use super::super::escape::{JOINT, cut, length, literal, one_line, user_id};
use super::super::limits;
use super::inline::{inline, moment};
use crate::model::{Decision, Field, Span, Text};

/// Longer facts read better on a line of their own.
const SHORT: usize = 40;
/// All facts of a card together, in units of text.
const TOTAL: usize = 2_200;
/// The label; it is one or two words.
const LABEL: usize = 60;
/// The fact.
const VALUE: usize = 600;
/// Decisions that are shown; the oldest make room.
const DECISIONS: usize = 5;
/// What was done, and by whom.
const WORDS: usize = 100;
/// The footer's text; it is one quiet line.
const FOOTER: usize = 400;

/// A field of an embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// What stands above.
    pub name: String,
    /// What stands below.
    pub value: String,
    /// Whether it stands beside others.
    pub inline: bool,
}

impl Fact {
    /// How much of the total it takes.
    pub(super) fn weight(&self) -> usize {
        length(&self.name) + length(&self.value)
    }
}

/// The facts and, below them, the decisions.
pub(super) fn facts(fields: &[Field], decided: &[Decision], lost: &mut Vec<String>) -> Vec<Fact> {
    let decided = decisions(decided, lost);
    // One is kept for saying what was left out.
    let most = limits::FIELDS - decided.len() - 1;
    let mut out = Vec::new();
    let mut room = TOTAL;
    let mut left = fields.len();
    for field in fields {
        let Some(fact) = fact(field, lost) else {
            left -= 1;
            continue;
        };
        if out.len() == most || fact.weight() > room {
            break;
        }
        room -= fact.weight();
        left -= 1;
        out.push(fact);
    }
    if left > 0 {
        lost.push(format!("{left} facts"));
        out.push(Fact { name: "…".to_owned(), value: format!("+{left} more"), inline: false });
    }
    out.extend(decided);
    out
}

fn fact(field: &Field, lost: &mut Vec<String>) -> Option<Fact> {
    let label = cut(&one_line(&field.label), LABEL).0;
    let (value, was_cut) = inline(&field.value, VALUE, "");
    if was_cut {
        lost.push(format!("the end of the fact `{label}`"));
    }
    if label.is_empty() && value.is_empty() {
        return None;
    }
    let short = field.value.to_plain();
    let inline = length(&short) <= SHORT && length(&label) <= SHORT && !short.trim().contains('\n');
    let blank = || JOINT.to_string();
    Some(Fact {
        name: if label.is_empty() { blank() } else { literal(&label) },
        value: if value.is_empty() { blank() } else { value },
        inline,
    })
}

/// One field a decision, oldest first.
fn decisions(decisions: &[Decision], lost: &mut Vec<String>) -> Vec<Fact> {
    let dropped = decisions.len().saturating_sub(DECISIONS);
    let mut out = Vec::new();
    if dropped > 0 {
        lost.push(format!("the {dropped} oldest decisions"));
        out.push(Fact { name: "✓".to_owned(), value: format!("+{dropped} earlier"), inline: false });
    }
    out.extend(decisions[dropped..].iter().map(|decision| {
        let what = cut(&one_line(&decision.what), WORDS).0;
        let who = match user_id(&decision.handle) {
            Some(id) => format!("<@{id}>"),
            None => literal(&cut(&one_line(&decision.name), WORDS).0),
        };
        let name = format!("✓ {}", literal(&what));
        Fact { name, value: format!("by {who} · {}", moment(decision.at)), inline: false }
    }));
    out
}

/// The footer: its text, and the moment at its end, which Discord shows beside it in the reader's own zone. A footer is
/// plain: nothing in it can be pressed, and nothing in it formats.
pub(super) fn footer(text: &Text) -> (String, Option<Timestamp>) {
    let (spans, at) = match text.0.split_last() {
        Some((Span::Time(at), spans)) => (spans, Some(*at)),
        _ => (text.0.as_slice(), None),
    };
    let plain = one_line(&Text(spans.to_vec()).to_plain());
    let plain = if at.is_some() { plain.trim_end_matches([' ', '·', '—', '-', '|']) } else { &plain };
    (cut(plain, FOOTER).0, at)
}
