//! Making outside text inert. Pure.
//!
//! Slack's mrkdwn has no escape for `*`, `_`, `~`, a backtick or `:emoji:`; zero-width characters put between do not
//! stop them reliably and spoil what is copied. So outside text never becomes mrkdwn at all: it goes into the text
//! elements of rich text blocks and into `plain_text` objects, which are taken literally. mrkdwn is left for
//! two uses: text that [`is_tame`], and mentions, dates and links that we make ourselves.

use unicode_segmentation::UnicodeSegmentation as _;
use url::Url;

use super::{config::is_id, limits};

/// How long Slack may count this to be: in UTF-16 units.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text without what cannot be seen: bidirectional controls (which reorder what is read), zero-width and other
/// invisible characters (which hide or split words), and control characters. Line feeds stay, tabs become spaces.
pub(super) fn clean(text: &str) -> String {
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
pub(super) fn one_line(text: &str) -> String {
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

/// Text in which `&`, `<` and `>` are written as Slack wants them, so that nothing in it is a mention, link or date.
pub(super) fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What `&amp;`, `&lt;` and `&gt;` stand for; the reverse of [`entities`].
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Whether mrkdwn shows this text as it is once [`entities`] were escaped: no formatting, no emoji, no quote.
pub(super) fn is_tame(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let word = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric());
    let mut colons = 0;
    chars.iter().enumerate().all(|(at, c)| match c {
        // A bullet is harmless alone, but would look like one of ours.
        '*' | '~' | '`' | '\n' | '•' => false,
        // A quote begins with it; so does a faked one within a field.
        '>' => at > 0,
        '_' => word(at.checked_sub(1)) && word(Some(at + 1)),
        ':' => {
            colons += 1;
            colons < 2
        }
        _ => true,
    })
}

/// Text of at most `most` units, cut between graphemes and ended by `…`; whether it was cut.
pub(super) fn cut(text: &str, most: usize) -> (String, bool) {
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

/// The address, if it is one that a link may lead to: `http`, `https` or `mailto`, and not too long.
pub(super) fn safe_url(url: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    let host = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    let mail = url.scheme() == "mailto" && url.path().contains('@');
    // An address with a name in it (`https://slack.com@evil.example`) is made to be misread.
    let honest = url.username().is_empty() && url.password().is_none();
    // `Url` has already percent-encoded `<`, `>` and spaces in paths; `|` would end the address in mrkdwn.
    let text = url.as_str().replace('|', "%7C").replace('<', "%3C").replace('>', "%3E");
    ((host || mail) && honest && length(&text) <= limits::URL).then_some(text)
}

/// The user's id, if this is the handle of a person on Slack.
pub(super) fn user_id(handle: &str) -> Option<&str> {
    handle.strip_prefix("slack:").filter(|id| is_id(id, &['U', 'W']))
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
    fn entities_go_both_ways() {
        let text = "<!channel> &amp; a<b>c &lt;";
        assert_eq!(unescape(&entities(text)), text);
        assert!(!entities(text).contains('<'));
    }

    #[test]
    fn only_text_without_formatting_is_tame() {
        for tame in ["acme/api#12", "fix_login_bug", "12:30", "a > b", "v1.2.3 (main)", "<!channel> & co"] {
            assert!(is_tame(tame), "{tame}");
        }
        for wild in ["*bold*", "_it_", "~x~", "`x`", "> quote", ":tada:", "a\n> b", "• x", "_lead", "trail_"] {
            assert!(!is_tame(wild), "{wild}");
        }
    }

    #[test]
    fn cuts_fall_between_graphemes() {
        assert_eq!(cut("abc", 3), ("abc".into(), false));
        assert_eq!(cut("abcd", 3), ("ab…".into(), true));
        assert_eq!(cut("a👩‍💻b", 5), ("a…".into(), true));
        let tower = format!("a{}", "\u{301}".repeat(50));
        assert_eq!(cut(&tower, 10), ("…".into(), true));
    }

    #[test]
    fn links_lead_only_where_links_may() {
        for fine in ["https://a.example/x?y=1", "http://a.example/", "mailto:a@b.example"] {
            assert_eq!(safe_url(fine).as_deref(), Some(fine));
        }
        for bad in [
            "javascript:alert(1)",
            "slack://open",
            "data:text/html,x",
            "/x",
            "",
            "https://slack.com@evil.example/",
            "file:///etc/passwd",
        ] {
            assert_eq!(safe_url(bad), None, "{bad}");
        }
        assert_eq!(
            safe_url("https://a.example/x|y>z<!here>").as_deref(),
            Some("https://a.example/x%7Cy%3Ez%3C!here%3E")
        );
        assert_eq!(user_id("slack:U02AB"), Some("U02AB"));
        for bad in ["slack:U02AB>", "discord:123", "slack:S123", "slack:U", "slack:"] {
            assert_eq!(user_id(bad), None, "{bad}");
        }
    }
}
