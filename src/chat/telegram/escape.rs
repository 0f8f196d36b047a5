//! Making outside text inert. Pure.
//!
//! Formatting is HTML (<https://core.telegram.org/bots/api#html-style>), where four characters are written as references and
//! nothing else means anything. But Telegram also finds things in plain text by itself, and no setting stops it: `@name`
//! notifies that person, `/word` is a command that a tap sends, a name with a common ending (`main.rs`, `evil.com`) is a
//! link. Outside text may do neither of the first two: a word joiner (U+2060, no width) after the `@` or `/` stops it. It
//! stands only where something would be found: not in mail addresses, paths and web addresses, which are copied, and not in
//! code, where nothing is found. Bare names of sites stay links: every client shows where they lead, previews are off, and
//! breaking them up would spoil what people copy (file names above all).

use url::Url;

use super::limits;
use crate::chat::text;

pub(super) use crate::chat::text::{clean, cut, length, one_line};

/// Stops what Telegram would find; takes no room on a screen.
pub(super) const JOINER: char = '\u{2060}';

/// Text in which what has a meaning in HTML is written as references, also within quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Clean text in which Telegram finds neither mention nor command. `before` is the character that stands before it.
pub(super) fn inert(text: &str, before: Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = before;
    for (at, c) in text.char_indices() {
        out.push(c);
        let rest = &text[at + c.len_utf8()..];
        let free = !last.is_some_and(is_word);
        let found = match c {
            // What follows may come from another stretch of text: the end of this one counts as a name.
            '@' => free && rest.chars().next().is_none_or(is_word) && !in_address(text, at, before),
            '/' => free && !last.is_some_and(|last| matches!(last, '/' | '<' | '>')) && is_command(rest),
            _ => false,
        };
        if found {
            out.push(JOINER);
        }
        last = Some(c);
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether what follows a `/` makes a command of it: a path does not.
fn is_command(rest: &str) -> bool {
    let word = rest.bytes().take_while(|byte| is_word(char::from(*byte))).count();
    match rest[word..].chars().next() {
        None => true,
        Some(next) => word > 0 && !matches!(next, '/' | '<' | '>'),
    }
}

/// Whether the character is in the path of a web address that Telegram is sure to take as a whole.
fn in_address(text: &str, at: usize, before: Option<char>) -> bool {
    // An address that is longer is taken for none, so that this is no work without end.
    let near = (at.saturating_sub(limits::URL)..=at).find(|near| text.is_char_boundary(*near)).unwrap_or(at);
    let space = text[near..at].char_indices().rfind(|(_, c)| c.is_whitespace());
    let start = match space {
        Some((space, c)) => near + space + c.len_utf8(),
        None if near > 0 => return false,
        None => 0,
    };
    if start == 0 && before.is_some_and(|before| !before.is_whitespace()) {
        return false;
    }
    let word = &text[start..at];
    let Some((host, _)) = ["https://", "http://"].iter().find_map(|scheme| word.strip_prefix(scheme)?.split_once('/'))
    else {
        return false;
    };
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let ending = host.rsplit_once('.').map_or("", |(_, ending)| ending);
    plain
        && ending.len() >= 2
        && ending.bytes().all(|byte| byte.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"'))
}

/// Where a link of a card leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// There, by a link or by a button.
    Page(String),
    /// To a mailbox, or to a host that has no dot in its name: Telegram makes no link to either, so it is shown as text.
    Shown(String),
}

/// Where an address leads, if a link may lead there.
pub(super) fn address(url: &str) -> Option<Address> {
    let url = text::safe_url(url).filter(|url| length(url) <= limits::URL)?;
    if let Some(mailbox) = url.strip_prefix("mailto:") {
        return Some(Address::Shown(mailbox.split('?').next().unwrap_or_default().to_owned()));
    }
    let host = Url::parse(&url).ok()?.host_str().unwrap_or_default().to_owned();
    Some(if host.trim_matches('.').contains('.') || host.starts_with('[') {
        Address::Page(url)
    } else {
        Address::Shown(url)
    })
}

/// The user's id, if this is the handle of a person on Telegram.
pub(super) fn user_id(handle: &str) -> Option<i64> {
    let digits = handle.strip_prefix("telegram:")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        inert(text, None).replace(JOINER, "|")
    }

    #[test]
    fn references_are_written_for_all_that_means_something() {
        assert_eq!(escape("<a href=\"x\">&amp;</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;");
    }

    #[test]
    fn nobody_is_mentioned_and_no_command_is_offered() {
        assert_eq!(shown("@ana and (@bo), 日@cy @"), "@|ana and (@|bo), 日@|cy @|");
        assert_eq!(shown("/drop /drop@bot or /"), "/|drop /|drop@bot or /|");
        assert_eq!(inert("name @x", Some('a')).replace(JOINER, "|"), "name @|x");
    }

    #[test]
    fn what_is_copied_stays_as_it_is() {
        for text in [
            "ana@acme.example",
            "/etc/passwd/",
            "and/or a / b",
            "https://a.example/@ana/post",
            "a @ b",
            "see https://a.example/x/@ana/@bo.",
        ] {
            assert_eq!(shown(text), text);
        }
        // What only looks like an address is none.
        for (text, inert) in [
            ("xhttps://a.example/@ana", "xhttps://a.example/@|ana"),
            ("https://@ana", "https://@|ana"),
            ("https://a/@ana", "https://a/@|ana"),
            ("https://a.example/<@ana", "https://a.example/<@|ana"),
        ] {
            assert_eq!(shown(text), inert);
        }
        assert!(inert("https://a.example/@ana", Some('x')).contains(JOINER), "what stands before belongs to it");
    }

    #[test]
    fn links_lead_where_telegram_lets_them() {
        assert_eq!(address("https://a.example/x?y=1"), Some(Address::Page("https://a.example/x?y=1".into())));
        assert_eq!(address("http://jenkins:8080/1"), Some(Address::Shown("http://jenkins:8080/1".into())));
        assert_eq!(address("mailto:a@b.example?subject=x"), Some(Address::Shown("a@b.example".into())));
        for bad in ["javascript:alert(1)", "tg://user?id=1", "https://t.me@evil.example/", "", "/x"] {
            assert_eq!(address(bad), None, "{bad}");
        }
        assert_eq!(address(&format!("https://a.example/{}", "x".repeat(3_000))), None);
        assert_eq!(user_id("telegram:1042"), Some(1_042));
        for bad in ["telegram:", "telegram:-1", "telegram:+1", "telegram:0", "slack:1", "telegram:99999999999999999999"]
        {
            assert_eq!(user_id(bad), None, "{bad}");
        }
    }
}
