//! The legacy Markdown style (core.telegram.org/bots/api#markdown-style): four marks, and nothing nested.

use super::{
    entity::{Entity, Formatted, Kind, utf16},
    found::link,
};

pub(super) fn parse(text: &str) -> Result<Formatted, String> {
    let mut out = String::new();
    let mut entities = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        if character == '\\' && rest[1..].starts_with(['_', '*', '`', '[']) {
            out.push_str(&rest[1..2]);
            at += 2;
            continue;
        }
        if !matches!(character, '_' | '*' | '`' | '[') {
            out.push(character);
            at += character.len_utf8();
            continue;
        }
        let begin = at;
        let endless = || format!("Can't find end of the entity starting at byte offset {begin}");
        let offset = utf16(&out);
        let fence = rest.starts_with("```");
        at += if fence { 3 } else { 1 };
        let mut kind = match character {
            '_' => Kind::Italic,
            '*' => Kind::Bold,
            '[' => Kind::TextLink(String::new()),
            _ if fence => Kind::Pre(None),
            _ => Kind::Code,
        };
        if fence {
            let name: String = text[at..].chars().take_while(|c| !c.is_ascii_whitespace() && *c != '`').collect();
            if !name.is_empty() && text[at + name.len()..].chars().next().is_some_and(|c| c != '`') {
                at += name.len();
                kind = Kind::Pre(Some(name));
            }
            at +=
                ["\r\n", "\n\r", "\n", "\r"].into_iter().find(|line| text[at..].starts_with(line)).map_or(0, str::len);
        }
        let mark = match character {
            '[' => "]",
            _ if fence => "```",
            _ => &rest[..1],
        };
        let length = text[at..].find(mark).ok_or_else(endless)?;
        let content = &text[at..at + length];
        out.push_str(content);
        at += length + mark.len();
        if character == '[' {
            let mut url = content;
            if let Some(after) = text[at..].strip_prefix('(') {
                let end = after.find(')').unwrap_or(after.len());
                url = &after[..end];
                at += 1 + end + usize::from(end < after.len());
            }
            match link(url) {
                Some(found) => kind = found,
                None => continue,
            }
        }
        if !content.is_empty() {
            entities.push(Entity::new(kind, offset, utf16(content)));
        }
    }
    Ok(Formatted { text: out, entities })
}
