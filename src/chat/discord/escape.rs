//! Making outside text inert. Pure.
//!
//! Discord's Markdown takes a backslash before every sign that means something, so outside text can be shown exactly as
//! it is. It has more signs than others: `#`, `-#`, `>`, lists and numbers at the beginning of a line, `:emoji:`, `<@…>`
//! `<t:…>` `</…>`, spoilers, addresses that become links by themselves, and invitations that become cards.
//! <https://docs.discord.com/developers/reference#message-formatting>

use super::limits;
use crate::chat::text;

pub(super) use crate::chat::text::{clean, cut, length, one_line};

/// What is put where two signs must not touch: it is not seen.
pub(super) const JOINT: char = '\u{200b}';

/// Where on its line a sign stands: some mean something only there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Column {
    /// At the beginning, spaces not counted.
    #[default]
    Start,
    /// After nothing but digits.
    Digits,
    /// Anywhere else.
    Inside,
}

impl Column {
    /// Where the sign after this one stands.
    pub(super) fn after(self, sign: char) -> Self {
        match (self, sign) {
            (_, '\n') | (Self::Start, ' ') => Self::Start,
            (Self::Start | Self::Digits, '0'..='9') => Self::Digits,
            _ => Self::Inside,
        }
    }
}

/// Whether this sign means something in Discord's Markdown in this column, whatever stands around it.
pub(super) fn is_active(sign: char, column: Column) -> bool {
    match sign {
        '\\' | '*' | '_' | '~' | '|' | '`' | '<' | '[' | ']' | '@' | ':' => true,
        '#' | '>' | '-' | '+' => column == Column::Start,
        '.' | ')' => column == Column::Digits,
        _ => false,
    }
}

/// Text as it is written where Markdown is read: every sign that means something with a backslash before it.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = Column::Start;
    for sign in text.chars() {
        if is_active(sign, column) {
            out.push('\\');
        }
        out.push(sign);
        column = column.after(sign);
    }
    out
}

/// What people read of text as [`literal`] and [`headline`] write it: without the backslashes.
pub(super) fn read(text: &str) -> String {
    let mut signs = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(sign) = signs.next() {
        let escaped = sign == '\\' && signs.peek().is_some_and(char::is_ascii_punctuation);
        out.extend(if escaped { signs.next() } else { Some(sign) });
    }
    out
}

/// One line of text as the content of a message: with as few backslashes as possible, because notifications show them.
pub(super) fn headline(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| signs.get(index)).copied();
    // `discord.gg/…` becomes an invitation, with or without a scheme before it.
    let invites = text.to_lowercase().contains("discord");
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = Column::Start;
    for (index, sign) in signs.iter().copied().enumerate() {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        let within = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
        let active = match sign {
            '\\' | '*' | '`' | '<' => true,
            '_' => !(within(before) && within(after)),
            '~' | '|' => before == Some(sign) || after == Some(sign),
            ']' => after == Some('('),
            '@' => after.is_some_and(char::is_alphabetic),
            ':' => after == Some('/') || colons(&signs, index) > 1,
            '/' => invites,
            '#' | '>' | '-' | '+' | '.' | ')' => is_active(sign, column),
            _ => false,
        };
        if active {
            out.push('\\');
        }
        out.push(sign);
        column = column.after(sign);
    }
    out
}

/// How many colons there are in the word around this place: two of them can be an emoji.
fn colons(signs: &[char], index: usize) -> usize {
    let begin = signs[..index].iter().rposition(|sign| sign.is_whitespace()).map_or(0, |at| at + 1);
    let word = signs[begin..].iter().take_while(|sign| !sign.is_whitespace());
    word.filter(|sign| **sign == ':').count()
}

/// Code that cannot end the block it stands in: between backticks that would, something that is not seen.
pub(super) fn fenced(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut run = 0;
    for sign in code.chars() {
        run = if sign == '`' { run + 1 } else { 0 };
        if run == 3 {
            out.push(JOINT);
            run = 1;
        }
        out.push(sign);
    }
    out
}

/// The address, if it is one that a link may lead to on Discord: `http` or `https` (no `mailto`), and not too long. Signs
/// that would end a link are written otherwise.
pub(super) fn safe_url(url: &str) -> Option<String> {
    let url = text::safe_url(url)?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for sign in url.chars() {
        match sign {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '\\' => out.push_str("%5C"),
            '`' => out.push_str("%60"),
            '|' => out.push_str("%7C"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            sign => out.push(sign),
        }
    }
    (length(&out) <= limits::URL).then_some(out)
}

/// The user's id, if this is the handle of a person on Discord.
pub(super) fn user_id(handle: &str) -> Option<&str> {
    handle.strip_prefix("discord:").filter(|id| super::config::is_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_shown_as_it_is() {
        for (text, written) in [
            ("*bold* _it_ ~~x~~", "\\*bold\\* \\_it\\_ \\~\\~x\\~\\~"),
            ("# head", "\\# head"),
            ("  -# small", "  \\-# small"),
            ("a\n> quote\n1. one\n- two", "a\n\\> quote\n1\\. one\n\\- two"),
            ("issue #12 costs 1.5 > 1", "issue #12 costs 1.5 > 1"),
            ("<@123> <t:1:R> </x:1> @here", "\\<\\@123> \\<t\\:1\\:R> \\</x\\:1> \\@here"),
            ("[bank](https://evil.example)", "\\[bank\\](https\\://evil.example)"),
            ("||secret|| :tada:", "\\|\\|secret\\|\\| \\:tada\\:"),
        ] {
            assert_eq!(literal(text), written);
            assert_eq!(read(&literal(text)), text);
            assert_eq!(read(&headline(text)), text);
        }
    }

    #[test]
    fn a_headline_has_as_few_backslashes_as_can_be() {
        for tame in
            ["acme/api#12 Login fails", "fix_login_bug", "12:30", "api: a | b", "~5 min (main) [x]", "v1.2.3 - done"]
        {
            assert_eq!(headline(tame), tame);
        }
        for (wild, written) in [
            ("# big", "\\# big"),
            ("1. one", "1\\. one"),
            ("_lead", "\\_lead"),
            ("a__b", "a\\_\\_b"),
            ("~~x~~", "\\~\\~x\\~\\~"),
            ("see https://evil.example", "see https\\://evil.example"),
            ("[a](b)", "[a\\](b)"),
            ("@everyone", "\\@everyone"),
            (":tada: x", "\\:tada\\: x"),
            ("discord.gg/abc", "discord.gg\\/abc"),
        ] {
            assert_eq!(headline(wild), written);
        }
    }

    #[test]
    fn code_cannot_end_its_block() {
        for code in ["```", "a\n```\nb", "``````", "`x`"] {
            let fenced = fenced(code);
            assert!(!fenced.contains("```"), "{fenced:?}");
            assert_eq!(fenced.replace(JOINT, ""), code);
        }
    }

    #[test]
    fn links_lead_only_where_links_may() {
        for fine in ["https://a.example/x?y=1", "http://a.example/"] {
            assert_eq!(safe_url(fine).as_deref(), Some(fine));
        }
        for bad in ["javascript:alert(1)", "discord://x", "mailto:a@b.example", "https://discord.com@evil.example/", ""]
        {
            assert_eq!(safe_url(bad), None, "{bad}");
        }
        assert_eq!(safe_url("https://a.example/x_(y)").as_deref(), Some("https://a.example/x_%28y%29"));
        assert_eq!(user_id("discord:123"), Some("123"));
        for bad in ["discord:123>", "slack:U1", "discord:", "discord:#x"] {
            assert_eq!(user_id(bad), None, "{bad}");
        }
    }
}
