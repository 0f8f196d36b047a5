//! Inline text as Discord's Markdown, within a room: what does not fit is left out between graphemes, and no mark stays
//! open.

use jiff::Timestamp;
use unicode_segmentation::UnicodeSegmentation as _;

use super::super::escape::{Column, JOINT, clean, is_active, length, literal, one_line, safe_url, user_id};
use crate::model::{Span, Text};

/// A text that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    out: String,
    left: usize,
    column: Column,
    /// What begins every line but the first: `> ` in a quote.
    indent: &'static str,
    /// Whether the last thing written was the end of something marked, which the next mark must not touch.
    marked: bool,
}

/// Room for the `…` of what was left out.
const END: usize = 1;

impl Writer {
    /// A writer with so much room.
    pub(super) fn new(room: usize, indent: &'static str) -> Self {
        Self { out: String::new(), left: room.saturating_sub(END), column: Column::Start, indent, marked: false }
    }

    /// Writes a text, or as much of it as fits; whether all of it did.
    pub(super) fn text(&mut self, text: &Text) -> bool {
        let all = text.0.iter().all(|span| self.span(span));
        if !all {
            self.out.push('…');
        }
        all
    }

    /// What was written, without blanks around it.
    pub(super) fn done(self) -> String {
        self.out.trim().to_owned()
    }

    fn span(&mut self, span: &Span) -> bool {
        match span {
            Span::Text(text) => self.literal(&clean(text)),
            Span::Bold(text) => self.marked("**", &clean(text)),
            Span::Italic(text) => self.marked("*", &clean(text)),
            Span::Strike(text) => self.marked("~~", &clean(text)),
            Span::Code(text) => self.code(&one_line(text)),
            Span::Link { text, url } => self.link(&one_line(text), url),
            Span::Mention { handle, name } => match user_id(handle) {
                Some(id) => self.whole(&format!("<@{id}>")),
                None => self.literal(&format!("@{}", one_line(name))),
            },
            Span::Time(at) => self.whole(&moment(*at)),
        }
    }

    /// Text in which nothing formats.
    fn literal(&mut self, text: &str) -> bool {
        for grapheme in text.graphemes(true) {
            let mut written = String::new();
            let mut column = self.column;
            for sign in grapheme.chars() {
                if is_active(sign, column) {
                    written.push('\\');
                }
                written.push(sign);
                column = column.after(sign);
                if sign == '\n' {
                    written.push_str(self.indent);
                }
            }
            if !self.push(&written) {
                return false;
            }
            self.column = column;
        }
        true
    }

    /// Text between marks. Blanks stay outside them: beside a blank, some marks mean nothing.
    fn marked(&mut self, mark: &str, text: &str) -> bool {
        let inner = text.trim();
        if inner.is_empty() {
            return self.literal(text);
        }
        let before = &text[..text.len() - text.trim_start().len()];
        let after = &text[text.trim_end().len()..];
        if !self.literal(before) || !self.begin(2 * mark.len() + 2) {
            return false;
        }
        self.left -= 2 * mark.len();
        let before_mark = self.out.len();
        self.out.push_str(mark);
        self.column = Column::Inside;
        let all = self.literal(inner);
        self.end(before_mark, mark, mark);
        all && self.literal(after)
    }

    fn code(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        // Runs of backticks are broken up, and two of them hold what has single ones.
        let mut inner = String::new();
        for sign in text.chars() {
            if sign == '`' && inner.ends_with('`') {
                inner.push(JOINT);
            }
            inner.push(sign);
        }
        // The blanks keep them apart wherever the text is cut.
        let (open, close) = if inner.contains('`') { ("`` ", " ``") } else { ("`", "`") };
        if !self.begin(open.len() + close.len() + 2) {
            return false;
        }
        self.left -= open.len() + close.len();
        let before = self.out.len();
        self.out.push_str(open);
        let all = inner.graphemes(true).all(|grapheme| self.push(grapheme));
        self.column = Column::Inside;
        self.end(before, open, close);
        all
    }

    /// A link, if it leads where a link may and fits as a whole; else its text.
    fn link(&mut self, text: &str, url: &str) -> bool {
        let Some(url) = safe_url(url) else {
            return self.literal(text);
        };
        let shown = literal(text);
        // An address as text is shown as a link by itself; as the text of another link Discord takes it for a fraud.
        let written = if text.is_empty() || text == url || text.contains("://") {
            format!("<{url}>")
        } else {
            format!("[{shown}]({url})")
        };
        if length(&written) + 1 > self.left {
            return self.literal(text);
        }
        self.begin(0) && self.whole(&written)
    }

    /// Closes what was opened at this place; marks around nothing would be read as others.
    fn end(&mut self, at: usize, open: &str, close: &str) {
        if self.out.len() == at + open.len() {
            self.out.truncate(at);
        } else {
            self.out.push_str(close);
            self.marked = true;
        }
    }

    /// Makes sure that what begins here does not touch a mark, and that there is room for so much.
    fn begin(&mut self, room: usize) -> bool {
        if self.marked && !self.push(&JOINT.to_string()) {
            return false;
        }
        self.left >= room
    }

    /// Something that is whole or not at all.
    fn whole(&mut self, written: &str) -> bool {
        let fits = self.push(written);
        if fits {
            self.column = Column::Inside;
        }
        fits
    }

    fn push(&mut self, written: &str) -> bool {
        let more = length(written);
        if more > self.left {
            return false;
        }
        self.left -= more;
        self.out.push_str(written);
        self.marked = false;
        true
    }
}

/// The text in at most `room` units; whether something was left out.
pub(super) fn inline(text: &Text, room: usize, indent: &'static str) -> (String, bool) {
    let mut writer = Writer::new(room, indent);
    let all = writer.text(text);
    (writer.done(), !all)
}

/// A moment, which Discord shows in the reader's own zone and language.
/// <https://docs.discord.com/developers/reference#message-formatting-timestamp-styles>
pub(super) fn moment(at: Timestamp) -> String {
    format!("<t:{}:f>", at.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &Text) -> String {
        let (written, was_cut) = inline(text, 1_000, "");
        assert!(!was_cut);
        written
    }

    #[test]
    fn spans_become_markdown() {
        let text =
            Text::new().plain("by ").bold(" Ana* ").span(Span::Italic("x".into())).span(Span::Strike("y".into()));
        assert_eq!(all(&text), "by  **Ana\\*** *x*\u{200b}~~y~~");
        let text = Text::new().code("a`b").plain(" ").code("``").plain(" ").code("z");
        assert_eq!(all(&text), "`` a`b `` `` `\u{200b}` `` `z`");
        let text = Text::new().link("1a2b", "https://a.example/c_(1)").plain(" ").link("x", "javascript:1");
        assert_eq!(all(&text), "[1a2b](https://a.example/c_%281%29) x");
        assert_eq!(all(&Text::new().link("https://bank.example", "https://e.example/")), "<https://e.example/>");
        let mention = |handle: &str| Span::Mention { handle: handle.into(), name: "Bo <@9>".into() };
        assert_eq!(all(&Text::new().span(mention("discord:7"))), "<@7>");
        assert_eq!(all(&Text::new().span(mention("slack:U7"))), "\\@Bo \\<\\@9>");
        assert_eq!(all(&Text::new().time(Timestamp::UNIX_EPOCH)), "<t:0:f>");
    }

    #[test]
    fn what_is_cut_leaves_no_mark_open_and_no_half_mention() {
        let tower = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(inline(&Text::new().code(&*tower), 30, ""), ("…".into(), true));
        assert_eq!(inline(&Text::new().bold(&*tower), 30, ""), ("…".into(), true));
        assert_eq!(inline(&Text::new().code("ab`cd"), 10, "").0, "`` ab` ``…");
        assert_eq!(inline(&Text::new().bold("abcdefgh"), 9, ""), ("**abcd**…".into(), true));
        assert_eq!(inline(&Text::new().plain("ab*"), 4, ""), ("ab…".into(), true));
        let mention = Span::Mention { handle: "discord:1234567890".into(), name: "Ana".into() };
        assert_eq!(inline(&Text::new().plain("by ").span(mention), 10, ""), ("by …".into(), true));
        assert_eq!(inline(&"a\n# b".into(), 100, "> ").0, "a\n> \\# b");
    }
}
