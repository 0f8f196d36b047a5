//! Text within a line: bold, italic, struck out, code, links, equations.

use serde_json::{Value, json};

use crate::sandbox::notion::rich::piece;

/// Signs that mean themselves after a backslash.
pub(super) const SIGNS: &str = "\\*~`$[]<>{}|^_";

/// A line of markdown as rich text.
pub(in crate::sandbox::notion) fn inline(text: &str) -> Value {
    let mut pieces = Vec::new();
    run(text, &[], None, &mut pieces);
    // Neighbours that look the same are one piece.
    let mut merged: Vec<Value> = Vec::new();
    for next in pieces {
        match merged.last_mut() {
            Some(last) if alike(last, &next) => {
                let text = format!("{}{}", said(last), said(&next));
                last["text"]["content"] = json!(text);
                last["plain_text"] = json!(text);
            }
            _ => merged.push(next),
        }
    }
    Value::Array(merged)
}

fn said(piece: &Value) -> &str {
    piece["plain_text"].as_str().unwrap_or_default()
}

fn alike(one: &Value, other: &Value) -> bool {
    one["type"] == "text"
        && other["type"] == "text"
        && one["annotations"] == other["annotations"]
        && one["href"] == other["href"]
}

fn run(text: &str, marks: &[&str], link: Option<&str>, pieces: &mut Vec<Value>) {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        if sign == '\\'
            && let Some(next) = rest[1..].chars().next().filter(|next| SIGNS.contains(*next))
        {
            plain.push(next);
            rest = &rest[1 + next.len_utf8()..];
            continue;
        }
        if let Some((found, after)) = special(rest, marks, link) {
            if !plain.is_empty() {
                pieces.push(piece(&std::mem::take(&mut plain), link, marks));
            }
            pieces.extend(found);
            rest = after;
            continue;
        }
        plain.push(sign);
        rest = &rest[sign.len_utf8()..];
    }
    if !plain.is_empty() {
        pieces.push(piece(&plain, link, marks));
    }
}

/// What begins here with a meaning of its own, and what comes after it.
fn special<'a>(rest: &'a str, marks: &[&str], link: Option<&str>) -> Option<(Vec<Value>, &'a str)> {
    let mut pieces = Vec::new();
    if let Some(tail) = rest.strip_prefix("<br>") {
        return Some((vec![piece("\n", link, marks)], tail));
    }
    if let Some(tail) = rest.strip_prefix("$`") {
        let (expression, after) = tail.split_once("`$")?;
        let mut equation = piece(expression, None, marks);
        equation["type"] = json!("equation");
        equation["equation"] = json!({ "expression": expression });
        equation.as_object_mut()?.remove("text");
        return Some((vec![equation], after));
    }
    if let Some(tail) = rest.strip_prefix('`') {
        let (code, after) = tail.split_once('`').filter(|(code, _)| !code.is_empty())?;
        let marks: Vec<&str> = marks.iter().copied().chain(["code"]).collect();
        return Some((vec![piece(code, link, &marks)], after));
    }
    if let Some(tail) = rest.strip_prefix('[') {
        let (label, after) = split(tail, "](")?;
        let (url, after) = after.split_once(')')?;
        run(label, marks, Some(url), &mut pieces);
        return Some((pieces, after));
    }
    for (sign, mark) in [("**", "bold"), ("~~", "strikethrough"), ("*", "italic")] {
        let Some(tail) = rest.strip_prefix(sign) else { continue };
        if tail.starts_with(' ') || (sign == "*" && tail.starts_with('*')) {
            continue;
        }
        let Some((inner, after)) = closed(tail, sign).filter(|(inner, _)| !inner.is_empty()) else { continue };
        let marks: Vec<&str> = marks.iter().copied().chain([mark]).collect();
        run(inner, &marks, link, &mut pieces);
        return Some((pieces, after));
    }
    None
}

/// Splits where a mark ends. Of three stars in a row the last two close what is bold; a single star is none of two.
fn closed<'a>(text: &'a str, sign: &str) -> Option<(&'a str, &'a str)> {
    let mut at = 0;
    while let Some(found) = text[at..].find(sign) {
        at += found;
        let stars = text[at..].bytes().take_while(|byte| *byte == b'*').count();
        let escaped = text[..at].ends_with('\\');
        match (sign, stars) {
            _ if escaped => at += 1,
            ("*", 2) => at += 2,
            ("**", 3) => return Some((&text[..=at], &text[at + 3..])),
            _ => return Some((&text[..at], &text[at + sign.len()..])),
        }
    }
    None
}

/// Splits at a sign that no backslash stands before.
fn split<'a>(text: &'a str, sign: &str) -> Option<(&'a str, &'a str)> {
    let found = text.match_indices(sign).find(|(at, _)| !text[..*at].ends_with('\\'))?;
    Some((&text[..found.0], &text[found.0 + sign.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::notion::rich::plain;

    #[test]
    fn marks_nest_and_backslashes_take_the_meaning_away() {
        let rich = inline("a **b *c*** `d*` [e](https://x.example) \\*f\\*");
        assert_eq!(plain(&rich), "a b c d* e *f*");
        assert_eq!(rich[1]["annotations"]["bold"], true);
        assert_eq!(rich[2]["annotations"]["italic"], true);
        assert_eq!(rich[4]["annotations"]["code"], true);
        assert_eq!(rich[6]["href"], "https://x.example");
    }

    #[test]
    fn bold_and_italic_at_once() {
        let rich = inline("***x*** y");
        assert_eq!(plain(&rich), "x y");
        let marks = &rich[0]["annotations"];
        assert!(marks["bold"] == true && marks["italic"] == true, "{marks}");
        assert_eq!(plain(&inline("*a **b** c*")), "a b c");
    }

    #[test]
    fn a_sign_without_its_partner_is_text() {
        assert_eq!(plain(&inline("2 * 3 ** 4 [x")), "2 * 3 ** 4 [x");
    }
}
