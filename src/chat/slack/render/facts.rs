//! The labelled facts of a card.
//!
//! Only sections show two abreast, and their text is mrkdwn: so a fact goes there when it is short and tame. Every
//! other one becomes a line of rich text, where nothing can be forged.

use serde_json::{Value, json};

use super::super::escape::{clean, cut, entities, is_tame, length, one_line, safe_url, user_id};
use super::super::limits;
use super::rich;
use crate::model::{Field, Span, Text};

/// Longer facts read better on a line of their own.
const SHORT: usize = 60;
/// Facts of a card; more are a table.
const MOST: usize = 30;
/// All facts of a card together, in units of text.
const TOTAL: usize = 2_500;
/// The label; it is one or two words.
const LABEL: usize = 60;

/// Renders the facts, in their order.
pub(super) fn facts(fields: &[Field], lost: &mut Vec<String>) -> Vec<Value> {
    let mut left = fields.len();
    let mut room = TOTAL;
    let mut out = Vec::new();
    let mut pairs: Vec<Value> = Vec::new();
    let mut lines: Vec<Value> = Vec::new();
    for field in fields.iter().take(MOST) {
        let short = short(field);
        let line = if short.is_none() { line(field, lost) } else { None };
        let taken = short.as_deref().map(length).or_else(|| line.as_ref().map(super::weight)).unwrap_or(0);
        if taken > room {
            break;
        }
        room -= taken;
        left -= 1;
        if let Some(text) = short {
            flush_lines(&mut out, &mut lines);
            pairs.push(json!({ "type": "mrkdwn", "text": text, "verbatim": true }));
            if pairs.len() == limits::FIELDS {
                flush_pairs(&mut out, &mut pairs);
            }
        } else {
            flush_pairs(&mut out, &mut pairs);
            lines.extend(line);
        }
    }
    flush_pairs(&mut out, &mut pairs);
    flush_lines(&mut out, &mut lines);
    if left > 0 {
        let said = format!("+{left} more facts");
        lost.push(format!("{left} facts"));
        out.push(rich::block(vec![rich::section(vec![rich::text(&said, &["italic"])])]));
    }
    out
}

fn flush_pairs(out: &mut Vec<Value>, pairs: &mut Vec<Value>) {
    if !pairs.is_empty() {
        out.push(json!({ "type": "section", "fields": std::mem::take(pairs) }));
    }
}

fn flush_lines(out: &mut Vec<Value>, lines: &mut Vec<Value>) {
    if !lines.is_empty() {
        // Sections of one rich text block follow each other without a break of the line.
        let mut elements = Vec::new();
        for (at, line) in std::mem::take(lines).into_iter().enumerate() {
            if at > 0 {
                elements.push(rich::text("\n", &[]));
            }
            if let Value::Array(parts) = line {
                elements.extend(parts);
            }
        }
        out.push(rich::block(vec![rich::section(elements)]));
    }
}

/// The fact in mrkdwn, if it is short and nothing in it could format.
fn short(field: &Field) -> Option<String> {
    let label = one_line(&field.label);
    if label.is_empty() || !is_tame(&label) || length(&label) > LABEL || length(&field.value.to_plain()) > SHORT {
        return None;
    }
    let value = mrkdwn(&field.value)?;
    let text = format!("*{}*\n{value}", entities(&label));
    (length(&text) <= limits::FIELD).then_some(text)
}

fn mrkdwn(value: &Text) -> Option<String> {
    // The pieces are judged together too: two tame ones can make a wild one (`:` and `smile:`).
    let whole: String = value.0.iter().map(plain).collect();
    if whole.trim().is_empty() || !is_tame(&whole) {
        return None;
    }
    let mut out = String::new();
    for span in &value.0 {
        let shown = plain(span);
        if !is_tame(&shown) {
            return None;
        }
        let shown = match span {
            Span::Mention { handle, .. } => match user_id(handle) {
                Some(id) => format!("<@{id}>"),
                None => entities(&shown),
            },
            Span::Time(at) => format!("<!date^{}^{}|{}>", at.as_second(), rich::DATE, rich::date_fallback(*at)),
            Span::Link { url, .. } => match safe_url(url) {
                Some(url) if !shown.contains('|') => format!("<{}|{}>", entities(&url), entities(&shown)),
                _ => entities(&shown),
            },
            // Formatting needs a word's edge on both sides, which a neighbour may take away.
            Span::Bold(_) | Span::Italic(_) | Span::Strike(_) | Span::Code(_) if value.0.len() > 1 => return None,
            Span::Code(_) if !shown.is_empty() => format!("`{}`", entities(&shown)),
            _ => entities(&shown),
        };
        out.push_str(&shown);
    }
    Some(out)
}

fn plain(span: &Span) -> String {
    match span {
        Span::Mention { name, .. } => format!("@{}", clean(name)),
        // The time's own text has colons, which are ours.
        Span::Time(_) => String::from("time"),
        Span::Text(text)
        | Span::Bold(text)
        | Span::Italic(text)
        | Span::Strike(text)
        | Span::Code(text)
        | Span::Link { text, .. } => clean(text),
    }
}

/// The fact as the elements of a line.
fn line(field: &Field, lost: &mut Vec<String>) -> Option<Value> {
    let (label, _) = cut(&one_line(&field.label), LABEL);
    let (value, was_cut) = rich::spans(&field.value, limits::FIELD / 4);
    if was_cut {
        lost.push(format!("the end of the fact `{label}`"));
    }
    if value.is_empty() && label.is_empty() {
        return None;
    }
    let mut elements = Vec::new();
    if !label.is_empty() {
        elements.push(rich::text(&label, &["bold"]));
        elements.push(rich::text("  ", &[]));
    }
    elements.extend(value);
    Some(Value::Array(elements))
}
