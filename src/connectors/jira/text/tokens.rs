//! What stands in plain text and means more: bare links, `@name`, `[~account id]`, `:emoji:`.

use std::ops::Range;

/// A stretch of text that means more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bare link.
    Url,
    /// `@name`; the name begins one byte in.
    Name,
    /// `[~id]` or `[~accountid:id]`.
    Id,
    /// `:name:`.
    Emoji,
}

/// The longest link, in bytes.
const LONGEST_URL: usize = 2_048;
/// The longest name or id, in bytes.
const LONGEST: usize = 128;

/// What means more, in order, without overlaps.
pub(super) fn scan(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(step) = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| b"h@[:".contains(byte))) {
        let start = from + step;
        let before = text[..start].chars().next_back();
        let rest = &text[start..];
        let token = match rest.as_bytes().first() {
            Some(b'h') => url(rest, before).map(|end| (end, Kind::Url)),
            Some(b'@') => name(rest, before).map(|end| (end, Kind::Name)),
            Some(b'[') => id(rest).map(|end| (end, Kind::Id)),
            _ => emoji(rest, before).map(|end| (end, Kind::Emoji)),
        };
        from = match token {
            Some((length, kind)) => {
                found.push(Token { at: start..start + length, kind });
                start + length
            }
            None => start + 1,
        };
    }
    found
}

/// The id in `[~id]`.
pub(super) fn id_of(token: &str) -> &str {
    let id = token.trim_start_matches("[~").trim_end_matches(']');
    id.strip_prefix("accountid:").unwrap_or(id)
}

/// Whether `:name:` is read as an emoji, whatever stands around it.
pub(super) fn is_emoji(short: &str) -> bool {
    emoji(short, None) == Some(short.len())
}

/// The end of the link that a text begins with. What ends a sentence is no part of it.
pub(super) fn url(text: &str, before: Option<char>) -> Option<usize> {
    let head = ["https://", "http://"].into_iter().find(|head| text.starts_with(head))?;
    if before.is_some_and(char::is_alphanumeric) {
        return None;
    }
    // What is longer is no link that anybody follows, and looking for its end would take long.
    let ends = |char: char| char.is_whitespace() || char.is_control() || "<>\"`{}|\\^[]".contains(char);
    let within = text.char_indices().take_while(|(at, _)| *at <= LONGEST_URL);
    let end = within.clone().find(|(_, char)| ends(*char)).map(|(at, _)| at);
    let end = end.or_else(|| (text.len() <= LONGEST_URL).then_some(text.len()))?;
    let mut url = text.get(..end)?;
    while let Some(last) = url.chars().next_back() {
        let open = last == ')' && url.matches('(').count() < url.matches(')').count();
        if !open && !".,;:!?'*_~".contains(last) {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    (url.len() > head.len()).then_some(url.len())
}

fn name(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|char| char.is_alphanumeric() || "@/_.-`".contains(char)) {
        return None;
    }
    let name: &str = text.get(1..)?;
    let end = name.find(|char: char| !(char.is_alphanumeric() || "._-@+".contains(char))).unwrap_or(name.len());
    let name = name[..end].trim_end_matches(['.', '_', '-', '@', '+']);
    let fits = name.starts_with(char::is_alphanumeric) && name.len() <= LONGEST;
    fits.then_some(1 + name.len())
}

fn id(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("[~")?;
    let end = inner.bytes().take(LONGEST).position(|byte| byte == b']')?;
    let id = id_of(&inner[..end]);
    let fits = !id.trim().is_empty() && !id.contains(['[', '\n', '~']);
    fits.then_some(2 + end + 1)
}

fn emoji(text: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|char| char.is_alphanumeric() || char == ':') {
        return None;
    }
    let inner = text.strip_prefix(':')?;
    let end = inner.bytes().take(40).position(|byte| byte == b':')?;
    let name = &inner[..end];
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-".contains(&byte);
    let fits =
        name.bytes().all(word) && (name.bytes().any(|byte| byte.is_ascii_lowercase()) || name == "+1" || name == "-1");
    let after = inner[end + 1..].chars().next();
    (fits && !after.is_some_and(|char| char.is_alphanumeric() || char == ':')).then_some(end + 2)
}
