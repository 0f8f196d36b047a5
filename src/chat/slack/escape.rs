//! Making outside text inert. Pure.
//!
//! Slack's mrkdwn has no escape for `*`, `_`, `~`, a backtick or `:emoji:`; zero-width characters put between do not
//! stop them reliably and spoil what is copied. So outside text never becomes mrkdwn at all: it goes into the text
//! elements of rich text blocks and into `plain_text` objects, which are taken literally. mrkdwn is left for
//! two uses: text that [`is_tame`], and mentions, dates and links that we make ourselves.

use super::{config::is_id, limits};
use crate::chat::text;

pub(super) use crate::chat::text::{clean, cut, length, one_line};

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

/// The address, if it is one that a link may lead to: `http`, `https` or `mailto`, and not too long.
pub(super) fn safe_url(url: &str) -> Option<String> {
    // `|` would end the address in mrkdwn.
    let text = text::safe_url(url)?.replace('|', "%7C").replace('<', "%3C").replace('>', "%3E");
    (length(&text) <= limits::URL).then_some(text)
}

/// The user's id, if this is the handle of a person on Slack.
pub(super) fn user_id(handle: &str) -> Option<&str> {
    handle.strip_prefix("slack:").filter(|id| is_id(id, &['U', 'W']))
}

#[cfg(test)]
mod tests {
    use super::*;

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
