//! Outside text made plain, in the ways that all platforms share. Pure. How the rest of it is kept inert is each platform's
//! own matter.

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

/// How long a vendor may count this to be: in UTF-16 units, the larger of the ways in which they count.
pub(in crate::chat) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text without what cannot be seen: bidirectional controls (which reorder what is read), zero-width and other
/// invisible characters (which hide or split words), and control characters. Line feeds stay, tabs become spaces.
pub(in crate::chat) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}' => out.push('\n'),
            '\t' => out.push_str("    "),
            // A joiner between two pictographs makes one of them (👩‍💻); elsewhere it only hides.
            '\u{200d}' if is_pictograph(out.chars().next_back()) && is_pictograph(chars.peek().copied()) => out.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Text on one line.
pub(in crate::chat) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_pictograph(c: Option<char>) -> bool {
    c.is_some_and(|c| matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}'))
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text of at most `most` units, cut between graphemes and ended by `…`; whether it was cut.
pub(in crate::chat) fn cut(text: &str, most: usize) -> (String, bool) {
    if length(text) <= most {
        return (text.to_owned(), false);
    }
    let room = most.saturating_sub(1);
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let more = length(grapheme);
        if used + more > room {
            // One grapheme can be longer than all the room (a letter under a tower of marks): then there is none.
            break;
        }
        out.push_str(grapheme);
        used += more;
    }
    if most > 0 {
        out.push('…');
    }
    (out, true)
}

/// The address, if it is one that a link may lead to: `http`, `https` or `mailto`. How long it may be is the platform's matter.
pub(in crate::chat) fn safe_url(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    let host = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    let mail = url.scheme() == "mailto" && url.path().contains('@');
    // An address with a name in it (`https://slack.com@evil.example`) is made to be misread.
    let honest = url.username().is_empty() && url.password().is_none();
    // `Url` has percent-encoded `<`, `>` and spaces in paths already.
    ((host || mail) && honest).then(|| url.as_str().to_owned())
}

/// A table as aligned lines for a fixed-width face; no column wider than `widest`.
pub(in crate::chat) fn aligned(head: &[String], rows: &[Vec<String>], widest: usize) -> Vec<String> {
    let width = |text: &str| text.graphemes(true).count();
    let cell = |text: &String| cut(&one_line(text), widest).0;
    let all: Vec<Vec<String>> =
        std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).map(|row| row.iter().map(cell).collect()).collect();
    let columns = all.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| all.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut lines = Vec::with_capacity(all.len() + 1);
    for (at, row) in all.iter().enumerate() {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell)))).collect();
        lines.push(line.join("  ").trim_end().to_owned());
        if at == 0 {
            lines.push(widths.iter().map(|wide| "─".repeat(*wide)).collect::<Vec<_>>().join("  "));
        }
    }
    lines
}

/// So many of something, such as `2 lines`.
pub(in crate::chat) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_gone_and_what_can_stays() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{0}f"), "abcdef");
        assert_eq!(clean("one\r\ntwo\rthree\u{2028}four\tfive"), "one\ntwo\nthree\nfour    five");
        assert_eq!(clean("👩‍💻 é ﷺ 漢字"), "👩‍💻 é ﷺ 漢字");
        assert_eq!(clean("pass\u{200d}word \u{e0041}"), "password ");
    }

    #[test]
    fn cuts_fall_between_graphemes() {
        assert_eq!(cut("abc", 3), ("abc".into(), false));
        assert_eq!(cut("abcd", 3), ("ab…".into(), true));
        assert_eq!(cut("a👩‍💻b", 5), ("a…".into(), true));
        let tower = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(cut(&tower, 10), ("…".into(), true));
    }
}
