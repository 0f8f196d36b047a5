//! Rich text (<https://developers.notion.com/reference/rich-text>): stretches of text with looks and links, within Notion's
//! sizes (<https://developers.notion.com/reference/request-limits#limits-for-property-values>).

use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::pieces::{Piece, Style};
use crate::connectors::markdown::line;
use crate::model::{Span, Text};

/// The longest stretch of text, in UTF-16 units.
pub(super) const TEXT: usize = 2000;
/// The longest formula, in UTF-16 units.
const EQUATION: usize = 1000;
/// The longest link, in characters.
const URL: usize = 2000;

/// Whether Notion takes this as a link, and people may follow it.
#[must_use]
pub fn is_link(url: &str) -> bool {
    url.chars().count() <= URL
        && !url.chars().any(|sign| sign.is_control() || sign.is_whitespace())
        && Url::parse(url).is_ok_and(|url| match url.scheme() {
            "http" | "https" => url.host().is_some(),
            scheme => scheme == "mailto",
        })
}

/// The rich text of a plain one.
#[must_use]
pub fn rich(text: &str) -> Vec<Value> {
    write(&[Piece::plain(text)])
}

/// The rich text of a link; of a plain text, where the address is none.
#[must_use]
pub fn linked(text: &str, url: &str) -> Vec<Value> {
    write(&[Piece { link: is_link(url).then(|| url.to_owned()), ..Piece::plain(text) }])
}

/// Rich text without its looks.
#[must_use]
pub fn plain(rich_text: &[Value]) -> String {
    rich_text.iter().map(|value| read_one(value).text).collect()
}

/// Rich text as it is shown on a card, of at most this many characters.
#[must_use]
pub fn shown(rich_text: &[Value], chars: usize) -> Text {
    let mut left = chars;
    let mut text = Text::new();
    for value in rich_text {
        let piece = read_one(value);
        // `line` trims, but blanks between two stretches are part of the text.
        let words = line(&piece.text, left);
        let blank = |is: bool| if is { " " } else { "" };
        let before = blank(!text.is_empty() && piece.text.starts_with(char::is_whitespace));
        let behind = blank(piece.text.ends_with(char::is_whitespace) && !words.is_empty());
        left = left.saturating_sub(words.chars().count() + before.len() + behind.len());
        let words = format!("{before}{words}{behind}");
        if words.is_empty() {
            continue;
        }
        text = text.span(match (&piece.link, piece.style) {
            (Some(url), _) => Span::Link { text: words, url: url.clone() },
            (None, Style { code: true, .. }) => Span::Code(words),
            (None, Style { bold: true, .. }) => Span::Bold(words),
            (None, Style { italic: true, .. }) => Span::Italic(words),
            (None, Style { strike: true, .. }) => Span::Strike(words),
            (None, _) if piece.equation => Span::Code(words),
            (None, _) => Span::Text(words),
        });
        if left == 0 {
            break;
        }
    }
    text
}

/// As it is sent to Notion, in pieces that are short enough.
pub(super) fn write(pieces: &[Piece]) -> Vec<Value> {
    let mut out = Vec::new();
    for piece in pieces {
        if piece.equation && units(&piece.text) <= EQUATION {
            let content = json!({ "type": "equation", "equation": { "expression": piece.text } });
            out.push(annotated(content, piece.style));
            continue;
        }
        let style = Style { code: piece.style.code || piece.equation, ..piece.style };
        for text in cut(&piece.text, TEXT) {
            let mut content = json!({ "content": text });
            if let Some(url) = &piece.link {
                content["link"] = json!({ "url": url });
            }
            out.push(annotated(json!({ "type": "text", "text": content }), style));
        }
    }
    out
}

fn annotated(mut value: Value, style: Style) -> Value {
    let marks = [("bold", style.bold), ("italic", style.italic), ("strikethrough", style.strike), ("code", style.code)];
    let marks: Map<String, Value> =
        marks.into_iter().filter(|(_, is)| *is).map(|(name, is)| (name.to_owned(), is.into())).collect();
    if !marks.is_empty() {
        value["annotations"] = marks.into();
    }
    value
}

/// As it came from Notion, or as it would be sent there.
pub(super) fn read(rich_text: &Value) -> Vec<Piece> {
    rich_text.as_array().map(|values| values.iter().map(read_one).collect()).unwrap_or_default()
}

fn read_one(value: &Value) -> Piece {
    let string = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let is = |name: &str| value.pointer(&format!("/annotations/{name}")).and_then(Value::as_bool).unwrap_or(false);
    let expression = string("/equation/expression");
    let text = expression.or_else(|| string("/text/content")).or_else(|| string("/plain_text")).unwrap_or_default();
    // Links within Notion are given without the host.
    let link = string("/text/link/url").or_else(|| string("/href")).map(|url| match url.strip_prefix('/') {
        Some(path) => format!("https://www.notion.so/{path}"),
        None => url.to_owned(),
    });
    Piece {
        text: text.to_owned(),
        style: Style { bold: is("bold"), italic: is("italic"), strike: is("strikethrough"), code: is("code") },
        link: link.filter(|url| is_link(url)),
        equation: expression.is_some(),
    }
}

/// How long Notion takes a text to be.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text in pieces of at most so many UTF-16 units, cut between what people see as characters; one that is longer
/// itself is cut between code points. Nothing for no text.
fn cut(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut end, mut used) = (0, 0, 0);
    for (from, grapheme) in text.grapheme_indices(true) {
        let whole = units(grapheme) <= most;
        let ends = grapheme.char_indices().map(|(at, sign)| at + sign.len_utf8());
        for next in ends.filter(|at| !whole || *at == grapheme.len()).map(|at| from + at) {
            let length = units(text.get(end..next).unwrap_or_default());
            if used + length > most {
                pieces.extend(text.get(start..end));
                (start, used) = (end, 0);
            }
            used += length;
            end = next;
        }
    }
    pieces.extend(text.get(start..end).filter(|last| !last.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let family = "👩‍👩‍👧‍👦";
        let text = family.repeat(400);
        let pieces = cut(&text, TEXT);
        assert_eq!(pieces.concat(), text);
        assert!(pieces.iter().all(|piece| units(piece) <= TEXT && piece.len() % family.len() == 0));
        let hostile = format!("a{}b", "\u{301}".repeat(5000));
        assert_eq!(cut(&hostile, TEXT).concat(), hostile);
        assert!(cut(&hostile, TEXT).iter().all(|piece| units(piece) <= TEXT));
        assert!(cut("", TEXT).is_empty());
    }

    #[test]
    fn only_real_links_are_links() {
        for url in ["https://acme.example/a?b=c#d", "HTTP://x", "mailto:ana@acme.example"] {
            assert!(is_link(url), "{url}");
        }
        let long = format!("https://acme.example/{}", "a".repeat(2000));
        for url in
            ["", "javascript:alert(1)", "file:///etc/passwd", "/a", "acme.example", "https://", "https://a b", &long]
        {
            assert!(!is_link(url), "{url}");
        }
    }

    #[test]
    fn what_is_shown_has_looks_and_an_end() {
        let rich_text = [
            json!({"type": "text", "text": {"content": "Ask "}, "plain_text": "Ask "}),
            json!({"type": "mention", "mention": {"type": "user"}, "plain_text": "@Ana"}),
            json!({"type": "text", "text": {"content": " about "}, "annotations": {"bold": true}}),
            json!({"type": "text", "text": {"content": "this", "link": {"url": "/be633bf1dfa0436db259571129a590e5"}}}),
            json!({"type": "equation", "equation": {"expression": "x^2"}}),
            json!(3),
        ];
        let url = "https://www.notion.so/be633bf1dfa0436db259571129a590e5".to_owned();
        assert_eq!(
            shown(&rich_text, 100),
            Text::new().plain("Ask ").plain("@Ana").bold(" about ").link("this", url).code("x^2")
        );
        assert_eq!(shown(&rich_text, 6).to_plain(), "Ask @…");
        assert_eq!(plain(&rich_text), "Ask @Ana about thisx^2");
    }
}
