//! HTML style (core.telegram.org/bots/api#html-style): its tags, attributes and four named references.
//!
//! Errors are the servers' own, with byte offsets into the text as it was sent.

use super::{
    entity::{Entity, Formatted, Kind},
    found::link,
};

/// Tags that may be opened.
const TAGS: [&str; 17] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "tg-time",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// A tag that is still open.
#[derive(Debug)]
struct Open {
    tag: String,
    argument: String,
    time: i64,
    offset: usize,
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
}

pub(super) fn parse(text: &str) -> Result<Formatted, String> {
    let mut reader = Reader { text, at: 0, out: String::new(), units: 0, open: Vec::new(), entities: Vec::new() };
    while let Some(character) = reader.peek() {
        match character {
            '<' if reader.text[reader.at..].starts_with("</") => reader.end_tag()?,
            '<' => reader.start_tag()?,
            _ => reader.plain(),
        }
    }
    if let Some(open) = reader.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag));
    }
    Ok(Formatted { text: reader.out, entities: reader.entities })
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|character| character.is_ascii_whitespace()) {
            self.skip();
        }
    }

    /// Text up to the first character that `stop` names, or the end.
    fn until(&mut self, stop: impl Fn(char) -> bool) -> &str {
        let from = self.at;
        while self.peek().is_some_and(|character| !stop(character)) {
            self.skip();
        }
        &self.text[from..self.at]
    }

    /// One character of the text itself, or a reference to one.
    fn plain(&mut self) {
        let character = match reference(&self.text[self.at..]) {
            Some((character, length)) => {
                self.at += length;
                character
            }
            None => {
                let Some(character) = self.peek() else { return };
                self.skip();
                character
            }
        };
        self.units += character.len_utf16();
        self.out.push(character);
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.skip();
        let tag = self.until(|c| c.is_ascii_whitespace() || c == '>').to_ascii_lowercase();
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.contains(&tag.as_str()) {
            return Err(format!("Unsupported start tag \"{tag}\" at byte offset {begin}"));
        }
        let mut open = Open { tag, argument: String::new(), time: 0, offset: self.units, begins: self.out.len() };
        loop {
            self.skip_space();
            match self.peek() {
                Some('>') => break,
                None => return Err(format!("Unclosed start tag \"{}\" at byte offset {begin}", open.tag)),
                Some(_) => self.attribute(&mut open, begin)?,
            }
        }
        self.skip();
        if open.tag == "span" && open.argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(open);
        Ok(())
    }

    fn attribute(&mut self, open: &mut Open, begin: usize) -> Result<(), String> {
        let stop = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/' | '"' | '\'');
        let name = self.until(stop).to_owned();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{}\" at byte offset {begin}", open.tag));
        }
        self.skip_space();
        let unclosed = || format!("Unclosed start tag \"{}\" at byte offset {begin}", open.tag);
        match self.peek() {
            None => return Err(unclosed()),
            Some('=') => {}
            Some(_) => {
                if open.tag == "blockquote" && name == "expandable" {
                    open.argument = "1".to_owned();
                }
                return Ok(());
            }
        }
        self.skip();
        self.skip_space();
        let value = match self.peek() {
            None => return Err(unclosed()),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(_) => {
                let from = self.at;
                let token = self.until(|c| !(c.is_ascii_alphanumeric() || c == '.' || c == '-')).to_ascii_lowercase();
                if self.peek().is_some_and(|c| !c.is_ascii_whitespace() && c != '>') {
                    return Err(format!("Unexpected end of name token at byte offset {from}"));
                }
                token
            }
        };
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        match (open.tag.as_str(), name.as_str()) {
            ("a", "href") | ("tg-emoji", "emoji-id") | ("tg-time", "format") => open.argument = value,
            ("code", "class") => {
                if let Some(language) = value.strip_prefix("language-") {
                    open.argument = language.to_owned();
                }
            }
            ("span", "class") => {
                if let Some(class) = value.strip_prefix("tg-") {
                    open.argument = class.to_owned();
                }
            }
            ("blockquote", "expandable") => open.argument = "1".to_owned(),
            ("tg-time", "unix") => open.time = value.parse().unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> String {
        self.skip();
        let mut value = String::new();
        while let Some(character) = self.peek() {
            if character == quote {
                self.skip();
                break;
            }
            match reference(&self.text[self.at..]) {
                Some((character, length)) => {
                    self.at += length;
                    value.push(character);
                }
                None => {
                    self.skip();
                    value.push(character);
                }
            }
        }
        value
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 2;
        let name = self.until(|c| c.is_ascii_whitespace() || c == '>').to_ascii_lowercase();
        self.skip_space();
        if self.peek() != Some('>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.skip();
        if !name.is_empty() && name != open.tag {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{name}>\"",
                open.tag
            ));
        }
        if self.units > open.offset { self.close(open) } else { Ok(()) }
    }

    fn close(&mut self, open: Open) -> Result<(), String> {
        let length = self.units - open.offset;
        let here = |entity: &Entity| entity.offset == open.offset && entity.length == length;
        let kind = match open.tag.as_str() {
            "i" | "em" => Kind::Italic,
            "b" | "strong" => Kind::Bold,
            "s" | "strike" | "del" => Kind::Strikethrough,
            "u" | "ins" => Kind::Underline,
            "tg-spoiler" | "span" => Kind::Spoiler,
            "blockquote" if open.argument.is_empty() => Kind::Blockquote,
            "blockquote" => Kind::ExpandableBlockquote,
            "tg-emoji" => match open.argument.parse::<i64>() {
                Ok(id) if id != 0 => Kind::CustomEmoji(open.argument),
                _ => return Err("Invalid custom emoji identifier specified".to_owned()),
            },
            "tg-time" if open.time > 0 => Kind::DateTime(open.time, open.argument),
            "tg-time" => return Ok(()),
            "pre" => {
                // `<pre><code class="language-…">` is one entity with a language: the inner tag has made it.
                if self.entities.last().is_some_and(|inner| here(inner) && matches!(inner.kind, Kind::Pre(Some(_)))) {
                    return Ok(());
                }
                // Without a language the outer tag is what counts.
                if self.entities.last().is_some_and(|inner| here(inner) && inner.kind == Kind::Code) {
                    self.entities.pop();
                }
                Kind::Pre(None)
            }
            "code" => {
                let language = (!open.argument.is_empty()).then_some(open.argument);
                let in_pre = self.open.last().is_some_and(|outer| outer.tag == "pre" && outer.offset == open.offset);
                match language {
                    Some(language) if in_pre && self.text[self.at..].starts_with("</pre") => Kind::Pre(Some(language)),
                    _ => Kind::Code,
                }
            }
            _ => {
                let shown = &self.out[open.begins..];
                let url = if open.argument.is_empty() { shown } else { &open.argument };
                match link(url) {
                    Some(kind) => kind,
                    None => return Ok(()),
                }
            }
        };
        self.entities.push(Entity::new(kind, open.offset, length));
        Ok(())
    }
}

/// A character reference at the beginning of a text, and its length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    let (code, length) = if let Some(number) = body.strip_prefix('#') {
        let (digits, radix, prefix) = match number.strip_prefix('x') {
            Some(digits) => (digits, 16, 3),
            None => (number, 10, 2),
        };
        let count = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
        if prefix + count >= 10 {
            return None;
        }
        (char::from_u32(u32::from_str_radix(&digits[..count], radix).ok()?)?, prefix + count)
    } else {
        let count = body.bytes().take_while(u8::is_ascii_alphabetic).count();
        let character = match &body[..count] {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            _ => return None,
        };
        (character, 1 + count)
    };
    if code == '\0' {
        return None;
    }
    Some((code, length + usize::from(text[length..].starts_with(';'))))
}
