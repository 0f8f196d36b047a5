//! GitHub's Markdown into the card's tree. Used by connectors for bodies, comments and notes from outside.
//!
//! What comes out is bounded and holds no markup: raw HTML loses its tags, comments vanish, images become links. It
//! never fails, never recurses, and never passes a string through to a platform.

mod builder;
#[cfg(test)]
mod tests;

use pulldown_cmark::{Options, Parser};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::{Block, Span, Text};
use builder::Builder;
pub(super) use builder::ellipsis;

/// How much is made of a text.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The greatest number of blocks.
    pub blocks: usize,
    /// The greatest number of characters, all blocks together.
    pub chars: usize,
}

impl Limits {
    /// A glance: what stands below the title of a card.
    pub const EXCERPT: Self = Self { blocks: 4, chars: 500 };
    /// As much as one wants to read in chat.
    pub const FULL: Self = Self { blocks: 20, chars: 2500 };
}

/// How many bytes of Markdown are looked at for each character that may come out, and at least. Markup takes space,
/// but a hostile text must not be parsed to its end only to be thrown away.
const READ_PER_CHAR: usize = 8;
const READ_AT_LEAST: usize = 8192;

/// The blocks of a Markdown text; what goes beyond the limits is cut and shown as `…`.
#[must_use]
pub fn blocks(markdown: &str, limits: Limits) -> Vec<Block> {
    let (source, cut) = head(markdown, (limits.chars.saturating_mul(READ_PER_CHAR)).max(READ_AT_LEAST));
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let mut builder = Builder::new(limits);
    for event in Parser::new_ext(source, options) {
        builder.take(event);
        if builder.is_full() {
            break;
        }
    }
    builder.finish(cut)
}

/// A Markdown text as one run of inline text, its blocks separated by line feeds: for quotes and notes.
#[must_use]
pub fn text(markdown: &str, chars: usize) -> Text {
    joined(blocks(markdown, Limits { blocks: 12, chars }))
}

/// Blocks as one run of inline text, separated by line feeds.
pub(super) fn joined(blocks: Vec<Block>) -> Text {
    let mut all = Text::new();
    for block in blocks {
        if !all.is_empty() {
            all = all.plain("\n");
        }
        all = match block {
            Block::Text(text) | Block::Quote(text) => append(all, text),
            Block::Code(code) | Block::Diff(code) => all.code(code),
            Block::List { ordered, items } => {
                for (index, item) in items.into_iter().enumerate() {
                    let lead = if ordered { format!("{}. ", index + 1) } else { "• ".to_owned() };
                    all = append(all.plain(if index == 0 { lead } else { format!("\n{lead}") }), item);
                }
                all
            }
            Block::Table { head, rows } => {
                let lines: Vec<String> = std::iter::once(head).chain(rows).map(|row| row.join(" · ")).collect();
                all.plain(lines.join("\n"))
            }
        };
    }
    all
}

fn append(mut to: Text, more: Text) -> Text {
    to.0.extend(more.0);
    to
}

/// The beginning of a text, at most `bytes` long and cut between characters, and whether it was cut.
fn head(text: &str, bytes: usize) -> (&str, bool) {
    if text.len() <= bytes {
        return (text, false);
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or_default(), true)
}

/// The beginning of a line of text, at most `chars` characters, cut between what people see as characters and ended
/// with `…`; control characters and line feeds become spaces.
#[must_use]
pub fn line(text: &str, chars: usize) -> String {
    let clean: String = head(text, chars.saturating_mul(4).saturating_add(64))
        .0
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .filter(|char| !turns(*char))
        .collect();
    let clean = clean.trim();
    if clean.chars().count() <= chars {
        return clean.to_owned();
    }
    let mut out = cut(clean, chars.saturating_sub(1)).trim_end().to_owned();
    out.push('…');
    out
}

/// Whether a character turns the direction of what follows, by which a text can show another than it holds.
fn turns(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What may be shown of a run of text: no control characters but line feeds and tabs, and nothing that turns it around.
pub(super) fn visible(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|char| (!char.is_control() || matches!(char, '\n' | '\t')) && !turns(*char))
}

/// The longest beginning of at most `chars` characters that splits no grapheme.
pub(super) fn cut(text: &str, chars: usize) -> &str {
    let (mut used, mut end) = (0, 0);
    for grapheme in text.graphemes(true) {
        used += grapheme.chars().count();
        if used > chars {
            break;
        }
        end += grapheme.len();
    }
    text.get(..end).unwrap_or_default()
}

/// Whether a link may be followed from a card.
pub(super) fn is_web(url: &str) -> bool {
    ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// With `span` at the end of `text`, joined with its neighbour where they look alike.
pub(super) fn push(text: &mut Text, span: Span) {
    match (text.0.last_mut(), span) {
        (Some(Span::Text(old)), Span::Text(new))
        | (Some(Span::Bold(old)), Span::Bold(new))
        | (Some(Span::Italic(old)), Span::Italic(new))
        | (Some(Span::Strike(old)), Span::Strike(new)) => old.push_str(&new),
        (Some(Span::Link { text: old, url }), Span::Link { text: new, url: same }) if *url == same => {
            old.push_str(&new);
        }
        (_, span) => text.0.push(span),
    }
}
