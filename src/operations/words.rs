//! Splits a line into words, as tired people on phones type it. One word after the other, so that what comes after
//! the last understood word may be any text.

use crate::model::Fault;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// What it says, without its quotes, and for an option without its dashes.
    pub(super) text: String,
    /// How it begins.
    pub(super) lead: Lead,
    /// Where it begins in the line, in bytes.
    pub(super) start: usize,
    /// Where it ends in the line, in bytes.
    pub(super) end: usize,
}

/// How a word begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// Just so.
    Plain,
    /// With a quote.
    Quoted,
    /// With one hyphen and a letter; the hyphen stays in the text.
    Hyphen,
    /// With `--` (or what phones make of it) and a letter.
    Dashes,
    /// It is `--`: no options after it.
    End,
}

/// The words of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    line: &'a str,
    at: usize,
    /// That a quote after a comma was not closed: then none is looked for again, which keeps reading linear.
    lone: bool,
}

impl<'a> Words<'a> {
    /// The words of this line.
    pub(super) fn new(line: &'a str) -> Self {
        Self { line, at: 0, lone: false }
    }

    /// The next word.
    ///
    /// # Errors
    /// A quote is never closed.
    pub(super) fn next(&mut self) -> Result<Option<Word>, Fault> {
        self.skip_blanks();
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let mut text = String::new();
        let lead = match self.dashes() {
            Some((Lead::Dashes, length)) => {
                self.at += length;
                Lead::Dashes
            }
            Some((lead, _)) => lead,
            None if Quote::of(first).is_some() => Lead::Quoted,
            None => Lead::Plain,
        };
        // A quote opens at the start of a word or of a value; elsewhere it is an apostrophe.
        let mut opens = lead == Lead::Quoted;
        while let Some(sign) = self.peek().filter(|sign| !is_blank(*sign)) {
            let after_comma = !self.lone && text.ends_with(',');
            match Quote::of(sign).filter(|_| opens || after_comma) {
                Some(quote) => match self.quoted(&quote) {
                    Some(inner) => text.push_str(&inner),
                    None if opens => return Err(self.unclosed(sign)),
                    None => {
                        self.lone = true;
                        text.push(self.step(sign));
                    }
                },
                None => self.plain(sign, &mut text),
            }
            opens = sign == '=';
        }
        Ok(Some(Word { text, lead, start, end: self.at }))
    }

    /// How the next word begins and, for an option, its name; without reading quotes.
    pub(super) fn lead(mut self) -> Option<(Lead, &'a str)> {
        self.skip_blanks();
        let (lead, length) = self.dashes()?;
        let name = &self.line[self.at + length..];
        let end = name.find(|sign: char| is_blank(sign) || sign == '=').unwrap_or(name.len());
        Some((lead, &name[..end]))
    }

    /// The rest of the line as it stands, links unwrapped. Nothing is left after it.
    pub(super) fn rest(&mut self) -> String {
        self.rest_until(usize::MAX)
    }

    /// What stands before the byte `end`, links unwrapped.
    pub(super) fn rest_until(&mut self, end: usize) -> String {
        self.skip_blanks();
        let mut text = String::new();
        while let Some(sign) = self.peek().filter(|_| self.position() < end) {
            self.plain(sign, &mut text);
        }
        text.truncate(text.trim_end_matches(is_blank).len());
        text
    }

    /// What stands in the line from a byte on to another.
    pub(super) fn between(self, start: usize, end: usize) -> &'a str {
        self.line.get(start..end).unwrap_or_default()
    }

    /// How far the line is read, in bytes.
    pub(super) fn position(self) -> usize {
        self.at
    }

    /// The place of a byte in the line, counted in characters from 1.
    pub(super) fn column(self, at: usize) -> usize {
        self.line.get(..at).map_or(1, |before| before.chars().count() + 1)
    }

    fn peek(self) -> Option<char> {
        self.line[self.at..].chars().next()
    }

    /// Goes past `sign`, which is the next one.
    fn step(&mut self, sign: char) -> char {
        self.at += sign.len_utf8();
        sign
    }

    fn skip_blanks(&mut self) {
        while let Some(sign) = self.peek().filter(|sign| is_blank(*sign)) {
            self.step(sign);
        }
    }

    /// One sign, or the link that begins with it.
    fn plain(&mut self, sign: char, text: &mut String) {
        match (sign == '<').then(|| link(&self.line[self.at..])).flatten() {
            Some((shown, length)) => {
                text.push_str(shown);
                self.at += length;
            }
            None => text.push(self.step(sign)),
        }
    }

    /// The dashes that the word begins with, and their length, if they mean something.
    fn dashes(self) -> Option<(Lead, usize)> {
        let rest = &self.line[self.at..];
        let length = rest.find(|sign: char| !is_dash(sign)).unwrap_or(rest.len());
        let (dashes, rest) = rest.split_at(length);
        match (dashes, rest.chars().next()) {
            ("", _) => None,
            ("-" | "\u{2010}" | "\u{2011}", Some(next)) if next.is_alphabetic() => Some((Lead::Hyphen, length)),
            (_, Some(next)) if next.is_alphabetic() => Some((Lead::Dashes, length)),
            ("--", next) if next.is_none_or(is_blank) => Some((Lead::End, length)),
            _ => None,
        }
    }

    /// Reads a quoted text, if it is closed: by its own kind of quote, or else by its straight or curly sister.
    fn quoted(&mut self, quote: &Quote) -> Option<String> {
        self.until(quote.closers).or_else(|| self.until(quote.sisters))
    }

    /// Reads from the opening quote here to the next closing one. Goes nowhere if there is none.
    fn until(&mut self, closers: &str) -> Option<String> {
        let mut inner = *self;
        let mut text = String::new();
        if let Some(opening) = inner.peek() {
            inner.step(opening);
        }
        while let Some(sign) = inner.peek() {
            let after = inner.line[inner.at + sign.len_utf8()..].chars().next();
            if closers.contains(sign) && closes(sign, after) {
                inner.step(sign);
                *self = inner;
                return Some(text);
            }
            match after.filter(|after| sign == '\\' && (matches!(after, '\\' | '<') || Quote::of(*after).is_some())) {
                Some(meant) => {
                    inner.step(sign);
                    text.push(inner.step(meant));
                }
                None => inner.plain(sign, &mut text),
            }
        }
        None
    }

    fn unclosed(self, sign: char) -> Fault {
        let after: String = self.line[self.at..].chars().take(20).collect();
        Fault::bad_input(
            "line",
            format!(
                "The quote {sign} at character {} is never closed: `{}`. Put {} where the text ends, or leave it out.",
                self.column(self.at),
                after.split(is_blank).collect::<Vec<_>>().join(" ").replace('`', "'"),
                match sign {
                    '“' => '”',
                    '„' => '“',
                    '‘' | '‚' => '’',
                    '«' => '»',
                    '»' => '«',
                    same => same,
                },
            ),
        )
    }
}

/// A text as one word of a line.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || "#/.:_@+%*".contains(sign);
    let hyphenated = |(at, sign): (usize, char)| plain(sign) || at > 0 && sign == '-';
    if !text.is_empty() && text.char_indices().all(hyphenated) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for sign in text.chars() {
        if matches!(sign, '\\' | '<') || Quote::of(sign).is_some() {
            quoted.push('\\');
        }
        quoted.push(sign);
    }
    quoted.push('"');
    quoted
}

/// A kind of quote.
struct Quote {
    closers: &'static str,
    sisters: &'static str,
}

impl Quote {
    /// The kind that this sign opens. Languages disagree about which curly quote opens, so each does.
    fn of(opening: char) -> Option<Self> {
        let (closers, sisters) = match opening {
            '"' => ("\"", "“”‟"),
            '“' | '”' | '„' | '‟' => ("“”‟", "\""),
            '\'' => ("'", "‘’‛"),
            '‘' | '’' | '‚' | '‛' => ("‘’‛", "'"),
            '«' => ("»", ""),
            '»' => ("«", ""),
            _ => return None,
        };
        Some(Self { closers, sisters })
    }
}

/// Whether a quote closes here. A single one inside a word is an apostrophe.
fn closes(sign: char, after: Option<char>) -> bool {
    !"'‘’‛".contains(sign) || after.is_none_or(|after| is_blank(after) || after == ',')
}

/// What separates words: also the invisible signs that copying from a page brings along.
fn is_blank(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

fn is_dash(sign: char) -> bool {
    matches!(sign, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// What a link as Slack writes it stands for, and its length: `<https://a.b/c>`, `<https://a.b/c|text>`. Where Slack made
/// a link of a bare `a.b` or of a mail address, that is what the person had typed.
fn link(text: &str) -> Option<(&str, usize)> {
    let inner = &text[1..text.find('>')?];
    let (url, label) = inner.split_once('|').map_or((inner, None), |(url, label)| (url, Some(label)));
    if !["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
        || url.contains(is_blank)
        || inner[1..].contains(['<', '\n'])
    {
        return None;
    }
    let bare = url.strip_prefix("http://").filter(|bare| Some(*bare) == label);
    let shown = url.strip_prefix("mailto:").or(bare).unwrap_or(url);
    Some((shown, inner.len() + 2))
}
