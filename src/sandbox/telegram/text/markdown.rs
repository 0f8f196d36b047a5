//! MarkdownV2 style (core.telegram.org/bots/api#markdownv2-style).
//!
//! Eighteen characters are reserved; one that is not escaped is an error, as is an entity without an end. Errors are the
//! servers' own.

use super::{
    entity::{Entity, Formatted, Kind},
    found::{emoji_or_time, link},
};

/// What is open, in the names of the servers' errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Code,
    Pre,
    PreCode,
    TextUrl,
    CustomEmoji,
    BlockQuote,
}

#[derive(Debug)]
struct Open {
    mark: Mark,
    language: String,
    offset: usize,
    /// Byte offset of the mark in the text as sent.
    byte: usize,
    /// Where its content begins in the output, in bytes.
    begins: usize,
}

#[derive(Debug)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
    out: String,
    units: usize,
    open: Vec<Open>,
    entities: Vec<Entity>,
    quoting: bool,
    line_start: bool,
}

pub(super) fn parse(text: &str) -> Result<Formatted, String> {
    let mut reader = Reader {
        text,
        at: 0,
        out: String::new(),
        units: 0,
        open: Vec::new(),
        entities: Vec::new(),
        quoting: false,
        line_start: true,
    };
    while let Some(character) = reader.peek() {
        reader.step(character)?;
    }
    if reader.quoting {
        reader.end_quote();
    }
    match reader.open.last() {
        Some(open) => Err(endless(open)),
        None => Ok(Formatted { text: reader.out, entities: reader.entities }),
    }
}

fn endless(open: &Open) -> String {
    format!("Can't find end of {:?} entity at byte offset {}", open.mark, open.byte)
}

fn reserved(character: char) -> String {
    format!("Character '{character}' is reserved and must be escaped with the preceding '\\'")
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, character: char) {
        self.units += character.len_utf16();
        self.out.push(character);
        if character != '\r' {
            self.line_start = character == '\n';
        }
    }

    /// The escaped character at `at`, if there is one.
    fn escaped(&self) -> Option<char> {
        let next = self.rest().strip_prefix('\\')?.chars().next()?;
        (next.is_ascii() && next != '\u{7f}' && next != '\0').then_some(next)
    }

    fn step(&mut self, character: char) -> Result<(), String> {
        if let Some(escaped) = self.escaped() {
            self.at += 1 + escaped.len_utf8();
            self.push(escaped);
            return Ok(());
        }
        let in_code = self.open.last().is_some_and(|open| matches!(open.mark, Mark::Code | Mark::Pre | Mark::PreCode));
        let is_reserved = if in_code { character == '`' } else { "_*[]()~`>#+-=|{}.!\n".contains(character) };
        if !is_reserved {
            self.at += character.len_utf8();
            self.push(character);
            return Ok(());
        }
        if self.ends(character) { self.end(character) } else { self.begin(character) }
    }

    fn ends(&self, character: char) -> bool {
        let Some(open) = self.open.last() else { return false };
        if self.quoting && character == '\n' && !self.rest()[1..].starts_with('>') {
            return true;
        }
        let rest = self.rest();
        match open.mark {
            Mark::Bold => character == '*',
            Mark::Italic => character == '_' && !rest.starts_with("__"),
            Mark::Underline => rest.starts_with("__"),
            Mark::Strikethrough => character == '~',
            Mark::Spoiler => rest.starts_with("||"),
            Mark::Code => character == '`',
            Mark::Pre | Mark::PreCode => rest.starts_with("```"),
            Mark::TextUrl | Mark::CustomEmoji => character == ']',
            Mark::BlockQuote => false,
        }
    }

    fn begin(&mut self, character: char) -> Result<(), String> {
        let byte = self.at;
        let rest = self.rest();
        let (mark, length) = match character {
            '_' if rest.starts_with("__") => (Mark::Underline, 2),
            '_' => (Mark::Italic, 1),
            '*' => (Mark::Bold, 1),
            '~' => (Mark::Strikethrough, 1),
            '|' if rest.starts_with("||") => (Mark::Spoiler, 2),
            '[' => (Mark::TextUrl, 1),
            '!' if rest.starts_with("![") => (Mark::CustomEmoji, 2),
            '`' if rest.starts_with("```") => (Mark::Pre, 3),
            '`' => (Mark::Code, 1),
            '\n' => {
                self.at += 1;
                self.push('\n');
                return Ok(());
            }
            '>' if self.line_start => {
                self.at += 1;
                if !self.quoting {
                    self.quoting = true;
                    self.opened(Mark::BlockQuote, String::new(), byte);
                }
                return Ok(());
            }
            other => return Err(reserved(other)),
        };
        self.at += length;
        let mut language = String::new();
        let mut mark = mark;
        if mark == Mark::Pre {
            let name: String = self.rest().chars().take_while(|c| !c.is_ascii_whitespace() && *c != '`').collect();
            let after = self.rest()[name.len()..].chars().next();
            if !name.is_empty() && after.is_some_and(|c| c != '`') {
                self.at += name.len();
                mark = Mark::PreCode;
                language = name;
            }
            let line_break = ["\r\n", "\n\r", "\n", "\r"].into_iter().find(|line| self.rest().starts_with(line));
            self.at += line_break.map_or(0, str::len);
        }
        self.opened(mark, language, byte);
        Ok(())
    }

    fn opened(&mut self, mark: Mark, language: String, byte: usize) {
        self.open.push(Open { mark, language, offset: self.units, byte, begins: self.out.len() });
    }

    fn end(&mut self, character: char) -> Result<(), String> {
        if character == '\n' {
            return self.end_of_quote_line();
        }
        let Some(open) = self.open.pop() else { return Ok(()) };
        let length = self.units - open.offset;
        let (taken, kind) = match open.mark {
            Mark::Bold => (1, Some(Kind::Bold)),
            Mark::Italic => (1, Some(Kind::Italic)),
            Mark::Underline => (2, Some(Kind::Underline)),
            Mark::Strikethrough => (1, Some(Kind::Strikethrough)),
            Mark::Spoiler => (2, Some(Kind::Spoiler)),
            Mark::Code => (1, Some(Kind::Code)),
            Mark::Pre => (3, Some(Kind::Pre(None))),
            Mark::PreCode => (3, Some(Kind::Pre(Some(open.language)))),
            Mark::TextUrl => {
                self.at += 1;
                let url = self.url()?.unwrap_or_else(|| self.out[open.begins..].to_owned());
                (0, link(&url))
            }
            Mark::CustomEmoji => {
                self.at += 1;
                let url =
                    self.url()?.ok_or_else(|| "The entity must contain a tg://emoji or tg://time URL".to_owned())?;
                let kind = emoji_or_time(&url);
                (0, Some(kind.ok_or_else(|| "Invalid tg://emoji or tg://time URL specified".to_owned())?))
            }
            Mark::BlockQuote => (0, None),
        };
        self.at += taken;
        if let Some(kind) = kind
            && length > 0
        {
            self.entities.push(Entity::new(kind, open.offset, length));
        }
        Ok(())
    }

    /// What stands in parentheses after a bracket; none when there are no parentheses.
    fn url(&mut self) -> Result<Option<String>, String> {
        if !self.rest().starts_with('(') {
            return Ok(None);
        }
        self.at += 1;
        let begin = self.at;
        let mut url = String::new();
        loop {
            if let Some(escaped) = self.escaped() {
                self.at += 1 + escaped.len_utf8();
                url.push(escaped);
                continue;
            }
            match self.peek() {
                None => return Err(format!("Can't find end of a URL at byte offset {begin}")),
                Some(')') => {
                    self.at += 1;
                    return Ok(Some(url));
                }
                Some(character) => {
                    self.at += character.len_utf8();
                    url.push(character);
                }
            }
        }
    }

    /// A line of a quote ends and the next does not belong to it: the quote is over, and nothing else may be open.
    fn end_of_quote_line(&mut self) -> Result<(), String> {
        self.close_quote(true)?;
        self.at += 1;
        Ok(())
    }

    /// The line break after a quote, where there is one, still belongs to it.
    fn close_quote(&mut self, line_break: bool) -> Result<(), String> {
        let Some(last) = self.open.last() else { return Ok(()) };
        let mut kind = Kind::Blockquote;
        if last.mark != Mark::BlockQuote {
            // A lone `||` at the end of the last line makes the quote expandable.
            let lone = last.mark == Mark::Spoiler && self.text[last.byte + 2..self.at].trim_matches('\r').is_empty();
            let below = self.open.len().checked_sub(2).and_then(|at| self.open.get(at));
            if !lone || below.is_none_or(|below| below.mark != Mark::BlockQuote) {
                return Err(endless(last));
            }
            self.open.pop();
            kind = Kind::ExpandableBlockquote;
        }
        self.quoting = false;
        if line_break {
            self.push('\n');
        }
        if let Some(quote) = self.open.pop()
            && self.units > quote.offset
        {
            self.entities.push(Entity::new(kind, quote.offset, self.units - quote.offset));
        }
        Ok(())
    }

    /// The text ends inside a quote; what else is open stays open and is told afterwards.
    fn end_quote(&mut self) {
        let _ = self.close_quote(false);
    }
}
