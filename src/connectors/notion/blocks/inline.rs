//! Inline text as Markdown: marks that open and close in order, and everything else escaped.

use super::pieces::{Piece, tidy};

/// Where a text stands, which says what must be escaped in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A paragraph of its own.
    Block,
    /// On one line, as in a heading.
    Line,
    /// In a table.
    Cell,
}

/// A mark around text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Link(String),
    Strike,
    Bold,
    Italic,
}

impl Mark {
    fn opening(&self) -> &'static str {
        match self {
            Self::Link(_) => "[",
            Self::Strike => "~~",
            Self::Bold => "**",
            Self::Italic => "*",
        }
    }

    fn is_on(&self, piece: &Piece) -> bool {
        match self {
            Self::Link(url) => piece.link.as_ref() == Some(url),
            Self::Strike => piece.style.strike,
            Self::Bold => piece.style.bold,
            Self::Italic => piece.style.italic,
        }
    }
}

/// The lines of a text; none for no text.
pub(super) fn text(pieces: Vec<Piece>, place: Place) -> Vec<String> {
    let pieces = if place == Place::Block {
        pieces
    } else {
        pieces.into_iter().map(|piece| Piece { text: piece.text.replace(['\n', '\r'], " "), ..piece }).collect()
    };
    let pieces = tidy(pieces);
    let mut writer = Writer { out: String::new(), open: Vec::new(), place };
    for at in 0..pieces.len() {
        writer.piece(&pieces, at);
    }
    while let Some(mark) = writer.open.pop() {
        writer.close(&mark);
    }
    if writer.out.is_empty() { Vec::new() } else { lines(&writer.out) }
}

/// The lines of what was written. A line without text would end the paragraph.
fn lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').map(|line| line.trim_matches([' ', '\t'])).collect();
    let is_empty = |at: usize| lines.get(at).is_some_and(|line| line.is_empty());
    let line = |(at, line): (usize, &&str)| {
        if is_empty(at) || is_empty(at + 1) { format!("{line}\\") } else { (*line).to_owned() }
    };
    lines.iter().enumerate().map(line).collect()
}

struct Writer {
    out: String,
    open: Vec<Mark>,
    place: Place,
}

impl Writer {
    fn piece(&mut self, pieces: &[Piece], at: usize) {
        let piece = &pieces[at];
        // Marks close in the order in which they were opened, backwards; those above one that ends are opened again.
        let keep = self.open.iter().take_while(|mark| mark.is_on(piece)).count();
        while self.open.len() > keep {
            if let Some(mark) = self.open.pop() {
                self.close(&mark);
            }
        }
        let link = piece.link.clone().map(Mark::Link);
        let new = link.into_iter().chain([Mark::Strike, Mark::Bold, Mark::Italic]);
        let mut new: Vec<Mark> = new.filter(|mark| mark.is_on(piece) && !self.open.contains(mark)).collect();
        // What goes on for longest is opened first.
        let length = |mark: &Mark| pieces[at..].iter().take_while(|piece| mark.is_on(piece)).count();
        new.sort_by_key(|mark| std::cmp::Reverse(length(mark)));
        for mark in new {
            self.out.push_str(mark.opening());
            self.open.push(mark);
        }
        if piece.style.code || piece.equation {
            self.verbatim(piece);
        } else {
            let image = pieces.get(at + 1).is_some_and(|next| next.link.is_some());
            self.escape(&piece.text, image);
        }
    }

    fn close(&mut self, mark: &Mark) {
        match mark {
            Mark::Link(url) => {
                let destination = destination(url, self.place);
                self.out.push_str("](");
                self.out.push_str(&destination);
                self.out.push(')');
            }
            mark => self.out.push_str(mark.opening()),
        }
    }

    /// Code, or a formula where it can be written as one.
    fn verbatim(&mut self, piece: &Piece) {
        let mut text = piece.text.replace(['\n', '\r'], " ");
        let odd = text.contains(['$', '|']) || text.ends_with('\\') || text.trim() != text || text.is_empty();
        if piece.equation && !odd {
            self.out.push('$');
            self.out.push_str(&text);
            self.out.push('$');
            return;
        }
        if self.place == Place::Cell {
            text = text.replace('|', "\\|");
        }
        let longest = text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
        let ticks = "`".repeat(longest + 1);
        let blanks = text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty();
        let pad = if blanks || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        self.out.extend([ticks.as_str(), pad, text.as_str(), pad, ticks.as_str()]);
    }

    fn escape(&mut self, text: &str, before_link: bool) {
        let mut signs = text.chars().peekable();
        while let Some(sign) = signs.next() {
            let next = signs.peek().copied();
            let before = self.out.chars().next_back();
            let starts_line = self.place != Place::Cell && matches!(before, None | Some('\n'));
            let escaped = match sign {
                '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '~' | '$' => true,
                // Between letters it marks nothing.
                '_' => !(before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)),
                '|' => self.place == Place::Cell || starts_line,
                '#' => self.place == Place::Line || starts_line,
                '&' => next.is_some_and(|next| next.is_alphanumeric() || next == '#'),
                '!' => next.is_none() && before_link,
                '+' | '-' | '=' => starts_line,
                ':' => starts_line && next == Some('-'),
                // A line that begins with a number would be a list.
                '.' | ')' => {
                    let line = self.out.rsplit('\n').next().unwrap_or_default();
                    self.place != Place::Cell && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
                }
                _ => false,
            };
            if escaped {
                self.out.push('\\');
            }
            match sign {
                '\r' => {}
                sign => self.out.push(sign),
            }
        }
    }
}

/// Where a link leads, as it is written between brackets.
pub(super) fn destination(url: &str, place: Place) -> String {
    let mut out = String::new();
    let odd = url.contains(['(', ')', '<', '>', ' ']);
    for sign in url.chars() {
        match sign {
            '\\' | '<' | '>' => out.push('\\'),
            '|' if place == Place::Cell => out.push('\\'),
            '&' if url.contains(';') => {
                out.push_str("&amp;");
                continue;
            }
            _ => {}
        }
        out.push(sign);
    }
    if odd { format!("<{out}>") } else { out }
}
