//! What Telegram finds in a text by itself: commands, mentions, hashtags, links and mail addresses.
//!
//! The rules are those that clients and servers share; links need a scheme or one of the common endings.

use super::entity::{Entity, Kind, utf16};

/// Endings with which a name without a scheme counts as a link.
const ENDINGS: [&str; 12] = ["com", "org", "net", "io", "dev", "app", "me", "ai", "co", "eu", "de", "example"];

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn name_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Every entity of a text, in order.
pub(super) fn entities(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let hit = match character {
            '/' => command(rest, before),
            '@' => mention(rest, before),
            '#' => hashtag(rest, before),
            '$' => cashtag(rest, before),
            _ if before.is_none_or(|last| !is_word(last) && !matches!(last, '@' | '.' | '-' | '/')) => {
                mail(rest).or_else(|| url(rest))
            }
            _ => None,
        };
        let step = match hit {
            Some((kind, length)) => {
                found.push(Entity::new(kind, utf16(&text[..at]), utf16(&rest[..length])));
                length
            }
            None => character.len_utf8(),
        };
        before = text[at..at + step].chars().next_back();
        at += step;
    }
    found
}

fn command(rest: &str, before: Option<char>) -> Option<(Kind, usize)> {
    if before.is_some_and(|last| is_word(last) || matches!(last, '/' | '<' | '>')) {
        return None;
    }
    let length = name_length(&rest[1..]);
    if !(1..=64).contains(&length) {
        return None;
    }
    let mut end = 1 + length;
    if let Some(after) = rest[end..].strip_prefix('@') {
        let name = name_length(after);
        if (3..=32).contains(&name) {
            end += 1 + name;
        }
    }
    let next = rest[end..].chars().next();
    (!next.is_some_and(|next| is_word(next) || matches!(next, '/' | '<' | '>'))).then_some((Kind::BotCommand, end))
}

fn mention(rest: &str, before: Option<char>) -> Option<(Kind, usize)> {
    let length = name_length(&rest[1..]);
    let ends = rest[1 + length..].chars().next().is_none_or(|next| !is_word(next));
    let free = before.is_none_or(|last| !is_word(last));
    (free && ends && (3..=32).contains(&length)).then_some((Kind::Mention, 1 + length))
}

fn hashtag(rest: &str, before: Option<char>) -> Option<(Kind, usize)> {
    let body = &rest[1..];
    let length: usize = body.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    let letters = body[..length].chars().any(|c| !c.is_ascii_digit() && c != '_');
    let free = before.is_none_or(|last| !is_word(last));
    (free && letters && body[..length].chars().count() <= 256).then_some((Kind::Hashtag, 1 + length))
}

fn cashtag(rest: &str, before: Option<char>) -> Option<(Kind, usize)> {
    let length = rest[1..].bytes().take_while(u8::is_ascii_uppercase).count();
    let ends = rest[1 + length..].chars().next().is_none_or(|next| !is_word(next));
    let free = before.is_none_or(|last| !is_word(last) && last != '$');
    (free && ends && (1..=8).contains(&length)).then_some((Kind::Cashtag, 1 + length))
}

fn mail(rest: &str) -> Option<(Kind, usize)> {
    let local = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"._+-".contains(b)).count();
    let domain = rest[local..].strip_prefix('@')?;
    let length = domain.bytes().take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b)).count();
    let domain = domain[..length].trim_end_matches(['.', '-']);
    let (_, ending) = domain.rsplit_once('.')?;
    let right = local > 0 && ending.len() >= 2 && ending.bytes().all(|b| b.is_ascii_alphabetic());
    right.then_some((Kind::Email, local + 1 + domain.len()))
}

fn url(rest: &str) -> Option<(Kind, usize)> {
    let scheme = ["https://", "http://", "ftp://", "tg://", "ton://"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let start = scheme.map_or(0, str::len);
    let host_length = rest[start..].bytes().take_while(|b| b.is_ascii_alphanumeric() || b".-_".contains(b)).count();
    let host = rest[start..start + host_length].trim_end_matches(['.', '-']);
    let ending = host.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let fits = match scheme {
        Some("tg://" | "ton://") => !host.is_empty(),
        Some(_) => ending.is_some() || host == "localhost",
        None => ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())),
    };
    if !fits {
        return None;
    }
    let mut end = start + host.len();
    if let Some(port) = rest[end..].strip_prefix(':') {
        let digits = port.bytes().take_while(u8::is_ascii_digit).count();
        end += if digits > 0 { 1 + digits } else { 0 };
    }
    if rest[end..].starts_with(['/', '?', '#']) {
        let tail: usize =
            rest[end..].chars().take_while(|c| !c.is_whitespace() && !"<>\"«»".contains(*c)).map(char::len_utf8).sum();
        end += rest[end..end + tail].trim_end_matches(['.', ',', ':', ';', '!', '?', '\'', ')', ']']).len();
    }
    Some((Kind::Url, end))
}

/// What a link in formatted text becomes: a mention, a link, or nothing when it is no address.
pub(super) fn link(url: &str) -> Option<Kind> {
    if let Some(query) = url.to_ascii_lowercase().strip_prefix("tg://user?") {
        let id = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "id");
        return id.and_then(|(_, id)| id.parse().ok()).map(Kind::TextMention);
    }
    checked(url).ok().map(Kind::TextLink)
}

/// A link as the servers keep it.
///
/// # Errors
/// Says what is wrong with it, in the servers' words.
pub(in super::super) fn checked(link: &str) -> Result<String, &'static str> {
    let lower = link.to_ascii_lowercase();
    for scheme in ["tg:", "ton:", "tonsite:"] {
        if let Some(rest) = lower.strip_prefix(scheme) {
            let rest = rest.trim_start_matches("//");
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.is_empty() {
                return Err("URL host is empty");
            }
            if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
                return Err("Unallowed characters in URL host");
            }
            return Ok(link.to_owned());
        }
    }
    let with_scheme = if lower.contains("://") { link.to_owned() } else { format!("http://{link}") };
    let parsed = url::Url::parse(&with_scheme).map_err(|_| "Wrong HTTP URL")?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err("Unsupported URL protocol");
    }
    let host = parsed.host_str().unwrap_or_default();
    if !host.contains('.') && !host.starts_with('[') {
        return Err("Wrong HTTP URL");
    }
    if link.contains(char::is_whitespace) {
        return Err("Unallowed characters in URL");
    }
    Ok(parsed.into())
}

/// `tg://emoji?id=…` and `tg://time?unix=…&format=…`.
pub(super) fn emoji_or_time(url: &str) -> Option<Kind> {
    let value = |query: &str, wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    if let Some(query) = url.strip_prefix("tg://emoji?") {
        let id = value(query, "id")?;
        return (id.parse::<i64>().ok()? != 0).then_some(Kind::CustomEmoji(id));
    }
    let query = url.strip_prefix("tg://time?")?;
    let time = value(query, "unix")?.parse().ok()?;
    Some(Kind::DateTime(time, value(query, "format").unwrap_or_default()))
}
