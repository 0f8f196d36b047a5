//! One line of Markdown: marks in the right order, and everything escaped that would mean something.

use super::super::reading::PERSON;
use super::super::tokens::{self, Kind};
use super::super::{Inline, Marks};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Heading,
    Cell,
}

/// A mark that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Link(String),
    Strong,
    Em,
    Strike,
}

pub(super) fn line(inlines: &[Inline], place: Place) -> String {
    let mut writer = Writer { place, out: String::new(), gap: String::new(), open: Vec::new(), wary: false };
    for (index, inline) in inlines.iter().enumerate() {
        let next = inlines.get(index + 1);
        match inline {
            Inline::Text(text, marks) if marks.code => writer.code(text, marks),
            Inline::Text(text, marks) => writer.text(text, marks, next),
            Inline::Break => writer.gap.push('\n'),
            Inline::Mention(mention) => {
                let label = format!("@{}", mention.called());
                let url = format!("{PERSON}{}", mention.id);
                writer.atom(&Marks::default(), |place| {
                    format!("[{}]({})", escaped(&label, place, false, true), address(&url))
                });
            }
            Inline::Emoji { short, text } => {
                let word = |char: char| char.is_alphanumeric() || char == ':';
                let after_word = writer.gap.is_empty() && writer.out.ends_with(word);
                let before_word = matches!(next, Some(Inline::Text(next, _)) if next.starts_with(word));
                let name = match (after_word || before_word, tokens::is_emoji(short)) {
                    (true, _) if !text.is_empty() => text.clone(),
                    (_, true) => short.clone(),
                    _ => escaped(if text.is_empty() { short } else { text }, place, false, true),
                };
                writer.atom(&Marks::default(), |_| name);
            }
            Inline::File { name, url } => writer.atom(&Marks::default(), |place| {
                let name = escaped(&format!("📎 {name}"), place, false, true);
                url.as_ref().map_or(name.clone(), |url| format!("[{name}]({})", address(url)))
            }),
        }
    }
    writer.finish()
}

struct Writer {
    place: Place,
    out: String,
    /// White space and line breaks that are yet to be written: marks end before them and begin after them.
    gap: String,
    open: Vec<Mark>,
    /// Whether a mark was just closed after a sign, so that a letter right behind it would undo the closing.
    wary: bool,
}

impl Writer {
    fn text(&mut self, text: &str, marks: &Marks, next: Option<&Inline>) {
        let body = text.trim();
        if body.is_empty() {
            self.gap.push_str(text);
            return;
        }
        let start = text.len() - text.trim_start().len();
        self.gap.push_str(&text[..start]);
        let bare = |url: &String| url == body && tokens::url(url, None) == Some(url.len());
        if let Some(url) = marks.link.as_ref().filter(|url| bare(url)) {
            let rest = Marks { link: None, ..marks.clone() };
            self.atom(&rest, |_| format!("<{url}>"));
        } else {
            self.marked(marks, body.chars().next());
            let at_start = self.out.is_empty() || self.out.ends_with('\n');
            let image = text.ends_with('!') && !matches!(next, None | Some(Inline::Break));
            let mut body = escaped(body, self.place, at_start, marks.link.is_some());
            if image {
                body.truncate(body.len() - 1);
                body.push_str("\\!");
            }
            if self.wary && body.starts_with(char::is_alphanumeric) {
                let first = body.remove(0);
                body.insert_str(0, &entity(first));
            }
            self.wary = false;
            self.out.push_str(&body);
        }
        self.gap.push_str(&text[start + body.len()..]);
    }

    fn code(&mut self, text: &str, marks: &Marks) {
        if text.is_empty() {
            return;
        }
        let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
        let ticks = "`".repeat(longest + 1);
        let pad = text.starts_with('`')
            || text.ends_with('`')
            || (text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty());
        let pad = if pad { " " } else { "" };
        let link = Marks { link: marks.link.clone(), ..Marks::default() };
        self.atom(&link, |place| {
            let text = if place == Place::Cell { text.replace('|', "\\|") } else { text.to_owned() };
            format!("{ticks}{pad}{text}{pad}{ticks}")
        });
    }

    /// Something that is no text.
    fn atom(&mut self, marks: &Marks, write: impl FnOnce(Place) -> String) {
        let body = write(self.place);
        self.marked(marks, body.chars().next());
        self.wary = false;
        self.out.push_str(&body);
    }

    /// Closes and opens marks, with the gap between.
    fn marked(&mut self, marks: &Marks, next: Option<char>) {
        let wanted = wanted(marks);
        let keep = self.open.iter().take_while(|mark| wanted.contains(mark)).count();
        self.close(keep);
        self.fill();
        let fresh: Vec<Mark> = wanted.into_iter().filter(|mark| !self.open.contains(mark)).collect();
        let signs: String = fresh.iter().map(sign).collect();
        // What follows the first run of signs decides, with what stands before it, whether it opens anything.
        let after = signs.chars().find(|char| !signs.starts_with(*char)).or(next);
        let letter_before = self.out.chars().next_back().filter(|char| char.is_alphanumeric());
        if let Some(letter) = letter_before
            && !signs.is_empty()
            && !signs.starts_with('[')
            && after.is_some_and(|after| !after.is_alphanumeric())
        {
            self.out.pop();
            self.out.push_str(&entity(letter));
        }
        if !signs.is_empty() {
            self.wary = false;
        }
        self.out.push_str(&signs);
        self.open.extend(fresh);
    }

    fn close(&mut self, keep: usize) {
        while self.open.len() > keep {
            match self.open.pop() {
                Some(Mark::Link(url)) => {
                    self.out.extend(["](", &address(&url), ")"]);
                    self.wary = false;
                }
                Some(mark) => {
                    self.wary |= self.out.ends_with(|char: char| !char.is_alphanumeric());
                    self.out.push_str(&sign(&mark));
                }
                None => {}
            }
        }
    }

    /// Writes the gap.
    fn fill(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if gap.is_empty() || self.out.is_empty() {
            return;
        }
        self.wary = false;
        let breaks = gap.matches('\n').count();
        match self.place {
            _ if breaks == 0 => self.out.push_str(&gap),
            Place::Heading => self.out.push(' '),
            Place::Cell => self.out.push_str(&"<br>".repeat(breaks)),
            // An empty line would end the paragraph.
            Place::Text if breaks == 1 => self.out.push('\n'),
            Place::Text => self.out.push_str(&"\\\n".repeat(breaks)),
        }
    }

    fn finish(mut self) -> String {
        self.close(0);
        self.out
    }
}

fn wanted(marks: &Marks) -> Vec<Mark> {
    let mut wanted: Vec<Mark> = marks.link.iter().cloned().map(Mark::Link).collect();
    for (on, mark) in [(marks.strong, Mark::Strong), (marks.em, Mark::Em), (marks.strike, Mark::Strike)] {
        if on {
            wanted.push(mark);
        }
    }
    wanted
}

fn sign(mark: &Mark) -> String {
    match mark {
        Mark::Link(_) => "[",
        Mark::Strong => "**",
        Mark::Em => "*",
        Mark::Strike => "~~",
    }
    .to_owned()
}

fn entity(char: char) -> String {
    format!("&#{};", u32::from(char))
}

/// Where a link leads, as Markdown takes it whatever is in it.
fn address(url: &str) -> String {
    let url: String = url.chars().filter(|char| !char.is_control()).collect();
    let plain = |char: char| char.is_ascii_alphanumeric() || "-._~:/?#@!$'+,;=%".contains(char);
    if !url.is_empty() && url.chars().all(plain) {
        return url;
    }
    let mut out = String::from("<");
    for char in url.chars() {
        match char {
            '<' | '>' | '\\' | '&' | '|' => out.push_str(&entity(char)),
            _ => out.push(char),
        }
    }
    out.push('>');
    out
}

/// Text that is only text.
fn escaped(text: &str, place: Place, at_start: bool, in_link: bool) -> String {
    let mut tokens = if in_link { Vec::new() } else { tokens::scan(text) }.into_iter().peekable();
    let mut out = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let token = tokens.next_if(|token| token.at.start == at);
        let at_break = at_start && at == 0;
        let numbers = at_start && digits > 0 && at == digits && matches!(char, '.' | ')');
        let inside_word = before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric);
        match (char, token.map(|token| token.kind)) {
            // Only one letter of the link: it is shown as it was written and leads nowhere.
            ('h', Some(Kind::Url)) | (':', Some(Kind::Emoji)) | ('@', Some(Kind::Name)) => out.push_str(&entity(char)),
            ('\\' | '`' | '*' | '[' | ']' | '<' | '~' | '|', _) => out.extend(['\\', char]),
            ('_', _) if !inside_word => out.push_str("\\_"),
            ('&', _) if next.is_some_and(|next| next.is_ascii_alphabetic() || next == '#') => out.push_str("\\&"),
            ('#' | '>' | '+' | '-' | '=' | ':', _) if at_break => out.extend(['\\', char]),
            ('#', _) if place == Place::Heading => out.push_str("\\#"),
            _ if numbers => out.extend(['\\', char]),
            _ => out.push(char),
        }
        before = Some(char);
    }
    out
}

/// Text as it stands in HTML.
pub(super) fn escaped_html(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
