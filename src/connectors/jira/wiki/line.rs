//! One line of wiki markup.

use super::super::text::{Inline, Marks, Mention, push, url_end};

/// How far the end of a mark is looked for, in bytes; hostile text must not take long.
const FAR: usize = 2_000;
/// How deep marks may stand in marks.
const DEEP: usize = 6;

/// The stretches of a text.
pub(super) fn line(text: &str) -> Vec<Inline> {
    let mut out = Vec::new();
    read(text, &Marks::default(), 0, &mut out);
    out
}

fn read(text: &str, marks: &Marks, deep: usize, out: &mut Vec<Inline>) {
    let mut from = 0;
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let before = text[..at].chars().next_back();
        let rest = &text[at..];
        let mut more = Vec::new();
        let length = match char {
            '\\' => escape(rest, marks, &mut more),
            '*' | '_' | '-' | '+' | '^' | '~' if deep < DEEP => mark(char, rest, before, marks, deep, &mut more),
            '?' if rest.starts_with("??") && deep < DEEP => cite(rest, marks, deep, &mut more),
            '{' => braces(rest, marks, deep, &mut more),
            '[' => link(rest, marks, &mut more),
            '!' => file(rest, before, &mut more),
            'h' => url_end(rest, before).inspect(|end| {
                let url = &rest[..*end];
                push(&mut more, url, &Marks { link: Some(url.to_owned()), ..marks.clone() });
            }),
            _ => None,
        };
        if let Some(length) = length {
            push(out, &text[from..at], marks);
            for inline in more {
                match inline {
                    Inline::Text(text, marks) => push(out, &text, &marks),
                    other => out.push(other),
                }
            }
            at += length;
            from = at;
        } else {
            at += char.len_utf8();
        }
    }
    push(out, &text[from..], marks);
}

fn escape(rest: &str, marks: &Marks, out: &mut Vec<Inline>) -> Option<usize> {
    if let Some(after) = rest.strip_prefix("\\\\") {
        out.push(Inline::Break);
        // The break of the line itself is no second one.
        return Some(if after.starts_with('\n') { 3 } else { 2 });
    }
    let sign = rest.chars().nth(1).filter(char::is_ascii_punctuation)?;
    push(out, &sign.to_string(), marks);
    Some(1 + sign.len_utf8())
}

/// The end of what lies between `sign` and its second, on one line.
fn until<'a>(rest: &'a str, sign: &str) -> Option<&'a str> {
    let mut far = rest.len().min(FAR);
    while !rest.is_char_boundary(far) {
        far -= 1;
    }
    let window = rest[..far].split('\n').next()?;
    let end = window.find(sign)?;
    (end > 0).then(|| &window[..end])
}

fn mark(
    sign: char,
    rest: &str,
    before: Option<char>,
    marks: &Marks,
    deep: usize,
    out: &mut Vec<Inline>,
) -> Option<usize> {
    let inside = rest.get(1..)?;
    if before.is_some_and(char::is_alphanumeric)
        || inside.starts_with(|char: char| char.is_whitespace() || char == sign)
    {
        return None;
    }
    let mut far = inside.len().min(FAR);
    while !inside.is_char_boundary(far) {
        far -= 1;
    }
    let window = inside[..far].split('\n').next()?;
    let end = window.match_indices(sign).map(|(end, _)| end).find(|end| {
        let last = window[..*end].chars().next_back();
        let next = inside[end + 1..].chars().next();
        last.is_some_and(|last| !last.is_whitespace() && last != '\\') && !next.is_some_and(char::is_alphanumeric)
    })?;
    let mut marks = marks.clone();
    match sign {
        '*' => marks.strong = true,
        '_' => marks.em = true,
        '-' => marks.strike = true,
        _ => {}
    }
    read(&window[..end], &marks, deep + 1, out);
    Some(end + 2)
}

fn cite(rest: &str, marks: &Marks, deep: usize, out: &mut Vec<Inline>) -> Option<usize> {
    let inside = until(rest.get(2..)?, "??")?;
    read(inside, &Marks { em: true, ..marks.clone() }, deep + 1, out);
    Some(inside.len() + 4)
}

/// `{{code}}`, and macros that only paint.
fn braces(rest: &str, marks: &Marks, deep: usize, out: &mut Vec<Inline>) -> Option<usize> {
    if let Some(inside) = rest.strip_prefix("{{").and_then(|inside| until(inside, "}}")) {
        let mut text = Vec::new();
        if deep < DEEP {
            // Only escapes are read in it.
            unescape(inside, &mut text);
        }
        let code: String = text.into_iter().collect();
        push(out, &code, &Marks { link: marks.link.clone(), ..Marks::code() });
        return Some(inside.len() + 4);
    }
    let inside = rest.strip_prefix('{').and_then(|inside| until(inside, "}"))?;
    let name = inside.split(':').next().unwrap_or_default();
    ["color", "anchor", "style", "align"].contains(&name).then_some(inside.len() + 2)
}

fn unescape(text: &str, out: &mut Vec<char>) {
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(next) if char == '\\' && next.is_ascii_punctuation() => {}
            _ => {
                out.push(char);
                continue;
            }
        }
        out.extend(chars.next());
    }
}

/// `[text|url]`, `[url]`, `[~name]`, `[^file]`.
fn link(rest: &str, marks: &Marks, out: &mut Vec<Inline>) -> Option<usize> {
    let inside = until(rest.get(1..)?, "]")?;
    let length = inside.len() + 2;
    if let Some(id) = inside.strip_prefix('~') {
        let (id, name) = match id.strip_prefix("accountid:") {
            Some(id) => (id, ""),
            None => (id, id),
        };
        let (id, name) = (id.trim().to_owned(), name.trim().to_owned());
        if id.is_empty() {
            return None;
        }
        out.push(Inline::Mention(Mention { id, name }));
        return Some(length);
    }
    if let Some(name) = inside.strip_prefix('^') {
        out.push(Inline::File { name: name.trim().to_owned(), url: None });
        return Some(length);
    }
    let mut parts = inside.split('|');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let url = second.unwrap_or(first).trim();
    let known = ["http://", "https://", "mailto:"].iter().any(|head| url.starts_with(head));
    if !known || url.contains(char::is_whitespace) {
        return None;
    }
    let mut text = Vec::new();
    unescape(if first.trim().is_empty() { url } else { first }, &mut text);
    let text: String = text.into_iter().collect();
    let text = if second.is_none() { text.trim_start_matches("mailto:") } else { &text };
    push(out, text, &Marks { link: Some(url.to_owned()), ..marks.clone() });
    Some(length)
}

/// `!picture.png|thumbnail!`.
fn file(rest: &str, before: Option<char>, out: &mut Vec<Inline>) -> Option<usize> {
    let inside = until(rest.get(1..)?, "!")?;
    if before.is_some_and(char::is_alphanumeric) || inside.starts_with(' ') {
        return None;
    }
    let name = inside.split('|').next().unwrap_or_default();
    let end = name.rsplit_once('.').map(|(_, end)| end)?;
    if end.is_empty() || end.len() > 5 || !end.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let is_web = name.starts_with("http://") || name.starts_with("https://");
    let shown = if is_web { name.rsplit('/').next().unwrap_or(name) } else { name };
    out.push(Inline::File { name: shown.to_owned(), url: is_web.then(|| name.to_owned()) });
    Some(inside.len() + 2)
}
