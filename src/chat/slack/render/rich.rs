//! Inline text as elements of rich text: taken literally by Slack, so nothing needs escaping.
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::escape::{clean, cut, length, safe_url, user_id};
use crate::model::{Span, Text};

/// How a date is written where the reader's client writes it.
pub(super) const DATE: &str = "{date_short_pretty} {time}";

/// The date as text, for clients that cannot write it.
pub(super) fn date_fallback(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A rich text block of these parts.
pub(super) fn block(elements: Vec<Value>) -> Value {
    json!({ "type": "rich_text", "elements": Value::Array(elements) })
}

/// A paragraph of these elements.
pub(super) fn section(elements: Vec<Value>) -> Value {
    json!({ "type": "rich_text_section", "elements": Value::Array(elements) })
}

/// A stretch of text.
pub(super) fn text(text: &str, styles: &[&str]) -> Value {
    let mut element = json!({ "type": "text", "text": text });
    if !styles.is_empty() {
        let styles: Map<String, Value> = styles.iter().map(|style| ((*style).to_owned(), Value::Bool(true))).collect();
        element["style"] = Value::Object(styles);
    }
    element
}

/// Makes an element of the text that there was room for.
type Make = Box<dyn Fn(&str) -> Value>;

/// The text's elements, none empty, of at most `most` units of text; whether something was cut.
pub(super) fn spans(content: &Text, most: usize) -> (Vec<Value>, bool) {
    let mut out = Vec::new();
    let mut left = most;
    for span in &content.0 {
        let (shown, make): (String, Make) = match span {
            Span::Text(shown) => (clean(shown), Box::new(|shown| text(shown, &[]))),
            Span::Bold(shown) => (clean(shown), Box::new(|shown| text(shown, &["bold"]))),
            Span::Italic(shown) => (clean(shown), Box::new(|shown| text(shown, &["italic"]))),
            Span::Strike(shown) => (clean(shown), Box::new(|shown| text(shown, &["strike"]))),
            Span::Code(shown) => (clean(shown), Box::new(|shown| text(shown, &["code"]))),
            Span::Link { text: shown, url } => {
                let shown = clean(shown);
                match safe_url(url) {
                    // The address is content too: a paragraph of links must not outgrow its room.
                    Some(url) if length(&url) < left => {
                        left -= length(&url);
                        let shown = if shown.trim().is_empty() { url.clone() } else { shown };
                        (shown, Box::new(move |shown| json!({ "type": "link", "url": url, "text": shown })))
                    }
                    _ => (shown, Box::new(|shown| text(shown, &[]))),
                }
            }
            Span::Mention { handle, name } => match user_id(handle) {
                Some(id) => {
                    let id = id.to_owned();
                    (id.clone(), Box::new(move |_| json!({ "type": "user", "user_id": id })))
                }
                None => (format!("@{}", clean(name)), Box::new(|shown| text(shown, &[]))),
            },
            Span::Time(at) => {
                let (stamp, fallback) = (at.as_second(), date_fallback(*at));
                let make =
                    move |shown: &str| json!({ "type": "date", "timestamp": stamp, "format": DATE, "fallback": shown });
                (fallback, Box::new(make))
            }
        };
        if shown.is_empty() {
            continue;
        }
        let whole = matches!(span, Span::Mention { .. } | Span::Time(_));
        let (part, was_cut) = cut(&shown, left);
        if was_cut {
            // Half a mention or half a date would be another one.
            let end = if whole || part.is_empty() { "…".to_owned() } else { part };
            out.push(if whole { text(&end, &[]) } else { make(&end) });
            return (out, true);
        }
        left -= length(&part);
        out.push(make(&part));
    }
    (out, false)
}
