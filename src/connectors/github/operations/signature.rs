//! How what we write on GitHub is signed: for people with who asked, for ourselves with the call's marker.

use jiff::{SignedDuration, Timestamp};

use super::super::client::with_query;
use super::super::refs::Number;
use super::super::wire::Comment;
use super::super::{Github, shown};
use crate::connectors::markdown::line;
use crate::model::{Actor, Fault};
use crate::operations::Caller;

/// The longest text that GitHub takes (<https://docs.github.com/en/rest/issues/comments>), less what a signature needs.
const LONGEST: usize = 65_536 - 512;
/// How far our clock may be ahead of GitHub's.
const SKEW: SignedDuration = SignedDuration::from_secs(300);
/// How many pages of a hundred comments a look-up reads.
const PAGES: usize = 10;

/// `text` with the hidden marker of this call before it and who asked for it below.
///
/// The marker stands first, because nothing in the text (an open comment, an open block of code) can spoil it there.
pub(super) fn signed(text: &str, by: &Caller) -> String {
    let asked = match &by.actor {
        Actor::User { platform, name, .. } => format!("{} on {}", harmless(name), capital(platform.as_str())),
        Actor::ApiKey { name } => format!("the API key {}", harmless(name)),
        Actor::Rule { name } => format!("the rule {}", harmless(name)),
    };
    let (marker, text) = (by.marker(), text.trim());
    let gap = if text.is_empty() { "" } else { "\n\n" };
    format!("<!-- {marker} -->\n\n{text}{gap}— asked by {asked}")
}

/// Whether a body carries this marker, as a word of its own.
pub(super) fn carries(body: Option<&str>, marker: &str) -> bool {
    body.is_some_and(|body| body.contains(&format!("<!-- {marker} -->")))
}

/// From when on what this call made may be dated.
pub(super) fn since(by: &Caller) -> Timestamp {
    by.accepted_at.checked_sub(SKEW).unwrap_or(Timestamp::MIN)
}

/// GitHub reads whole seconds.
pub(super) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Refuses a text that GitHub would not take.
pub(super) fn check_length(field: &str, text: &str) -> Result<(), Fault> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Fault::bad_input(
            field,
            format!("The {field} has {length} characters, GitHub takes {LONGEST}; shorten it."),
        ));
    }
    Ok(())
}

/// What came of looking for a comment.
pub(super) enum Sought {
    Found(Box<Comment>),
    Absent,
    /// There are more comments than are looked through.
    TooMany,
}

/// Looks for the comment that this call may have made.
pub(super) async fn sought_comment(github: &Github, at: &Number, by: &Caller) -> Result<Sought, Fault> {
    let marker = by.marker();
    let since = iso(since(by));
    let mut path = with_query(&at.issue_path("/comments"), &[("since", &since), ("per_page", "100")]);
    for _ in 0..PAGES {
        let page = github.api.page::<Comment>(&at.to_string(), &path).await?;
        if let Some(comment) = page.items.into_iter().find(|comment| carries(comment.body.as_deref(), &marker)) {
            return Ok(Sought::Found(Box::new(comment)));
        }
        match page.next {
            Some(next) => path = next,
            None => return Ok(Sought::Absent),
        }
    }
    Ok(Sought::TooMany)
}

/// A login as people write it, with or without `@`.
pub(super) fn login(field: &str, written: &str) -> Result<String, Fault> {
    let login = written.trim().trim_start_matches('@');
    let fits = !login.is_empty()
        && login.len() <= 100
        && login.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'[' | b']'));
    if fits {
        Ok(login.to_owned())
    } else {
        Err(Fault::bad_input(
            field,
            format!("`{}` is no GitHub user; write the user name, such as `octocat`.", shown(written)),
        ))
    }
}

/// A name of ours in GitHub's Markdown, where it must neither format, nor mention, nor refer to anything.
pub(super) fn harmless(name: &str) -> String {
    let mut out = String::new();
    for char in line(name, 80).chars() {
        if char.is_ascii_punctuation() && char != '-' {
            out.push('\\');
        }
        out.push(char);
        // An escaped @ or # still mentions or refers; a word joiner, which nobody sees, breaks it.
        if matches!(char, '@' | '#') {
            out.push('\u{2060}');
        }
    }
    out
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::caller;
    use super::*;
    use crate::model::PlatformId;

    #[test]
    fn the_signature_names_the_asker_and_cannot_be_abused() {
        let mut by = caller();
        let body = signed("Hello", &by);
        assert_eq!(body, format!("<!-- {} -->\n\nHello\n\n— asked by Ana on Slack", by.marker()));
        assert!(carries(Some(&body), &by.marker()));
        assert!(!carries(Some(&body), &caller().marker()));
        by.actor =
            Actor::User { platform: PlatformId::new("slack"), id: "U1".into(), name: "@all <b>\n[x](y) #1".into() };
        let body = signed("", &by);
        let name = body.rsplit("asked by ").next().unwrap();
        assert_eq!(name, "\\@\u{2060}all \\<b\\> \\[x\\]\\(y\\) \\#\u{2060}1 on Slack");
        by.actor = Actor::ApiKey { name: "ci".into() };
        assert!(signed("x", &by).ends_with("— asked by the API key ci"));
    }

    #[test]
    fn logins_lose_their_at() {
        assert_eq!(login("assignees", " @octocat").unwrap(), "octocat");
        assert!(login("assignees", "a b").unwrap_err().outside.contains("is no GitHub user"));
        assert!(login("assignees", "@").is_err());
    }
}
