//! Opening an issue out of a chat message, once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::super::Github;
use super::super::super::refs::RepoRef;
use super::super::signature::{capital, harmless};
use super::create::{Draft, find_created};
use crate::model::{Effect, Fault, Quote};
use crate::operations::{Caller, Found, Operation, Outcome, Spec};

/// Create a GitHub issue from a chat message.
///
/// It quotes the message, names who wrote it and links it. The message gets a note with the issue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateFromMessage {
    /// What it is about, in one line; the message's first line, if left out.
    #[schemars(extend("x-message" = "title"))]
    pub title: String,
    /// What is quoted; all of the message, if left out.
    #[serde(default)]
    #[schemars(extend("x-widget" = "long", "x-message" = "text"))]
    pub text: Option<String>,
    /// Repository as `owner/name` or its link; by default the one linked here.
    #[serde(default)]
    pub repository: Option<RepoRef>,
    /// Labels to put on it.
    #[serde(default)]
    #[schemars(extend("x-complete" = "github.labels"))]
    pub labels: Vec<String>,
}

impl Operation for CreateFromMessage {
    type On = Github;

    const SPEC: Spec = Spec::new("github.issue.create-from-message")
        .positional(&["title"])
        .rest()
        .aliases(&["github-issue"])
        .effect(Effect::Change)
        .from_message("Create GitHub issue");

    async fn run(self, github: &Github, by: &Caller) -> Result<Outcome, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        let quote = by.quoted()?;
        let body = body(quote, self.text.as_deref().unwrap_or(&quote.text));
        let draft = Draft { title: &self.title, body: ("text", &body), labels: &self.labels, ..Draft::default() };
        draft.create(github, repo, by).await
    }

    async fn find(&self, github: &Github, by: &Caller) -> Result<Found, Fault> {
        let repo = RepoRef::resolve(self.repository.as_ref(), "repository", &github.web, by)?;
        find_created(github, repo, by).await
    }
}

/// The text of the issue.
fn body(quote: &Quote, text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !text.trim().is_empty() {
        parts.push(quoted(text.trim_matches(['\n', '\r'])));
    }
    let platform = capital(quote.message.place.platform.as_str());
    let at = quote.at.strftime("%Y-%m-%d %H:%M");
    let link = quote.link.as_deref().filter(|link| is_plain_url(link));
    let link = link.map_or_else(String::new, |link| format!(" · [the message](<{link}>)"));
    parts.push(format!("Written by {} on {platform}, {at} UTC{link}", harmless(&quote.author.name)));
    let files: Vec<String> = quote.files.iter().map(|file| harmless(&file.name)).collect();
    if !files.is_empty() {
        parts.push(format!("Attached to it: {}", files.join(", ")));
    }
    parts.join("\n\n")
}

/// A text as a quotation that shows it as it was written: what people write as code in chat is code, and nothing else in it
/// formats, mentions or refers.
fn quoted(text: &str) -> String {
    let pieces: Vec<&str> = text.split("```").collect();
    // A fence that is never closed is no fence.
    let fenced = pieces.len() % 2 == 1;
    let mut lines: Vec<String> = Vec::new();
    if fenced {
        for (at, piece) in pieces.into_iter().enumerate() {
            if at % 2 == 0 {
                if at == 0 || !piece.trim().is_empty() {
                    lines.extend(piece.trim_matches('\n').lines().map(literal));
                }
            } else {
                lines.push("```".to_owned());
                lines.extend(piece.trim_matches('\n').lines().map(str::to_owned));
                lines.push("```".to_owned());
            }
        }
    } else {
        lines.extend(text.lines().map(literal));
    }
    lines.iter().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A line of text without a meaning in Markdown; addresses stay links, and what stands in backticks code.
fn literal(line: &str) -> String {
    let (blank, line) = line.split_at(line.len() - line.trim_start().len());
    // Four blanks would begin a block of code.
    let blank: String = blank.chars().map(|_| '\u{a0}').collect();
    blank + &spans(line)
}

fn spans(line: &str) -> String {
    let spans: Vec<&str> = line.split('`').collect();
    if spans.len() % 2 == 1 && spans.len() > 1 && spans.iter().skip(1).step_by(2).all(|code| !code.trim().is_empty()) {
        let shown =
            spans.iter().enumerate().map(|(at, span)| if at % 2 == 1 { format!("`{span}`") } else { words(span) });
        return shown.collect();
    }
    words(line)
}

/// Text between what is code.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        if is_plain_url(word) {
            out.extend(["<", word, ">"]);
        } else {
            out.push_str(&inert(word));
        }
    }
    out
}

/// A word in which every sign stands for itself.
fn inert(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for sign in word.chars().filter(|sign| !sign.is_control()) {
        // What these begin or join would format, mention or refer. A full stop or a comma does nothing of that.
        if sign.is_ascii_punctuation() && !matches!(sign, '.' | ',' | ';' | ':' | '?' | '\'' | '"' | '/' | '%') {
            out.push('\\');
        }
        out.push(sign);
        // An escaped @ or # still mentions or refers; a word joiner, which nobody sees, breaks it.
        if matches!(sign, '@' | '#') {
            out.push('\u{2060}');
        }
    }
    // `1.` begins a list.
    let number = out.strip_suffix('.').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    if number {
        out.insert(out.len() - 1, '\\');
    }
    out
}

/// Whether a word is an address that may stand between `<` and `>`.
fn is_plain_url(word: &str) -> bool {
    let web = word.starts_with("https://") || word.starts_with("http://");
    web && !word.chars().any(|sign| sign.is_whitespace() || sign.is_control() || matches!(sign, '<' | '>' | '\\' | '`'))
}

#[cfg(test)]
mod tests {
    use super::super::super::super::tests::caller;
    use super::*;
    use crate::model::{Author, FileRef, MessageRef, Place, PlatformId, Timestamp};

    fn quote(text: &str) -> Quote {
        let place = Place::channel(&PlatformId::new("slack"), "C1");
        Quote {
            text: text.to_owned(),
            author: Author { name: "Ben @all".to_owned(), handle: Some("slack:U2".to_owned()) },
            link: Some("https://acme.slack.com/archives/C1/p1700000000000100".to_owned()),
            at: "2026-11-20T14:03:20Z".parse::<Timestamp>().unwrap(),
            message: MessageRef { place, id: "1700000000.000100".to_owned() },
            files: vec![FileRef {
                name: "log.txt".to_owned(),
                url: "https://files.slack.com/x".to_owned(),
                size: None,
                mime: None,
            }],
        }
    }

    #[test]
    fn the_message_is_quoted_with_its_author_its_link_and_its_files() {
        assert_eq!(
            body(&quote(""), "Login *fails*\n\nsee https://acme.test/a_b"),
            "> Login \\*fails\\*\n>\n> see <https://acme.test/a_b>\n\nWritten by Ben \\@\u{2060}all on Slack, \
             2026-11-20 14:03 UTC · [the message](<https://acme.slack.com/archives/C1/p1700000000000100>)\n\n\
             Attached to it: log\\.txt"
        );
        assert!(body(&quote(""), " \n").starts_with("Written by"), "an image has no text");
        let odd = Quote { link: Some("javascript:alert(1)".to_owned()), ..quote("x") };
        assert!(!body(&odd, "x").contains("the message"));
    }

    #[test]
    fn nothing_in_a_message_formats_mentions_or_refers() {
        for (text, shown) in [
            ("@octocat fixes #12 <b>", "> \\@\u{2060}octocat fixes \\#\u{2060}12 \\<b\\>"),
            ("# no title", "> \\#\u{2060} no title"),
            ("    indented", "> \u{a0}\u{a0}\u{a0}\u{a0}indented"),
            ("1. one", "> 1\\. one"),
            ("run `a*b` now", "> run `a*b` now"),
            ("a ` b", "> a \\` b"),
            ("```let a = \"*\";\nb```\nafter", "> ```\n> let a = \"*\";\n> b\n> ```\n> after"),
            ("``` never closed *x*", "> \\`\\`\\` never closed \\*x\\*"),
            ("<!-- quarterdeck:x -->", "> \\<\\!\\-\\- quarterdeck:x \\-\\-\\>"),
        ] {
            assert_eq!(quoted(text), shown, "{text}");
        }
    }

    #[tokio::test]
    async fn without_a_message_nothing_is_made() {
        assert!(caller().quoted().is_err());
    }
}
