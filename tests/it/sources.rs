//! The project's own sources as tokens, for the tests that judge their structure. Comments are left out; what stands in
//! strings is one token and never mistaken for code.

use std::path::{Path, PathBuf};

/// A piece of Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name, keyword, lifetime or number.
    Word(String),
    /// The inside of a string, raw or not, as it is written.
    Text(String),
    /// `::` or one other sign.
    Sign(&'static str),
}

/// A token with its line, counted from 1.
pub type Placed = (usize, Token);

/// One source file.
pub struct Source {
    /// Its path from `src/` on, such as `chat/slack/mod.rs`.
    pub path: String,
    pub text: String,
    pub tokens: Vec<Placed>,
}

impl Source {
    /// The room it belongs to: the folder, or the name of a file that lies in `src/` itself.
    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether it holds tests and nothing else.
    pub fn is_tests(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("tests.rs")
    }

    /// How many modules deep it lies: `chat/mod.rs` is 1, `chat/slack/mod.rs` and `chat/slack.rs` are 2.
    pub fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") || matches!(self.path.as_str(), "lib.rs" | "main.rs") {
            parts - 1
        } else {
            parts
        }
    }
}

/// Every Rust file below `src/`, in the order of their paths.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "only {} source files were found below {}", files.len(), root.display());
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        Source { path, tokens: tokens(&text), text }
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The tokens of a source text.
pub fn tokens(text: &str) -> Vec<Placed> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let (length, token) = next(rest);
        if let Some(token) = token {
            found.push((line, token));
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// How long what comes next is, in bytes, and the token that it makes.
fn next(rest: &str) -> (usize, Option<Token>) {
    const SIGNS: [&str; 17] = ["::", "{", "}", "(", ")", "[", "]", "<", ">", ",", ";", "*", "#", "!", "=", "$", ":"];
    let first = rest.chars().next().unwrap();
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), None);
    }
    if let Some((length, text)) = string(rest) {
        return (length, Some(Token::Text(text)));
    }
    if first == '\'' {
        return quote(rest);
    }
    if first.is_alphanumeric() || first == '_' {
        let length = rest.find(|sign: char| !(sign.is_alphanumeric() || sign == '_')).unwrap_or(rest.len());
        return (length, Some(Token::Word(rest[..length].to_owned())));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => (sign.len(), Some(Token::Sign(sign))),
        None => (first.len_utf8(), None),
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = if here.starts_with(b"/*") {
            depth += 1;
            2
        } else if here.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

/// A string at the beginning: its length with everything around it, and its inside.
fn string(rest: &str) -> Option<(usize, String)> {
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        let Some(after) = rest.strip_prefix(prefix) else { return false };
        let fenced = after.starts_with('#') && after.trim_start_matches('#').starts_with('"');
        after.starts_with('"') || prefix.ends_with('r') && fenced
    })?;
    let after = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let fence: String = after.chars().take_while(|sign| *sign == '#').collect();
        let inside = &after[fence.len() + 1..];
        let end = inside.find(&format!("\"{fence}")).unwrap_or(inside.len());
        let length = (prefix.len() + 2 * fence.len() + 2 + end).min(rest.len());
        return Some((length, inside[..end].to_owned()));
    }
    let inside = &after[1..];
    let mut escaped = false;
    let end = inside.find(|sign| {
        let ends = sign == '"' && !escaped;
        escaped = sign == '\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(inside.len());
    Some(((prefix.len() + 2 + end).min(rest.len()), inside[..end].to_owned()))
}

/// A character or a lifetime.
fn quote(rest: &str) -> (usize, Option<Token>) {
    let inside = &rest[1..];
    if let Some(escape) = inside.strip_prefix('\\') {
        // The sign after the backslash may be the quote itself.
        let skip = escape.chars().next().map_or(0, char::len_utf8);
        let end = escape[skip..].find('\'').map_or(rest.len(), |end| 2 + skip + end + 1);
        return (end, None);
    }
    let sign = inside.chars().next().map_or(0, char::len_utf8);
    if inside[sign..].starts_with('\'') {
        return (sign + 2, None);
    }
    let length = inside.find(|sign: char| !(sign.is_alphanumeric() || sign == '_')).unwrap_or(inside.len());
    (1 + length.max(1), Some(Token::Word(rest[..=length].to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let shown = |(_, token)| match token {
            Token::Word(word) => word,
            Token::Text(text) => format!("{text:?}"),
            Token::Sign(sign) => sign.to_owned(),
        };
        tokens(text).into_iter().map(shown).collect()
    }

    #[test]
    fn code_is_told_from_comments_strings_and_characters() {
        assert_eq!(words("a // crate::b\n/* c /* d */ e */ f"), ["a", "f"]);
        assert_eq!(words(r##"x = r#"crate::"a""# ;"##), ["x", "=", r#""crate::\"a\"""#, ";"]);
        assert_eq!(words(r#"b"a\"b" c"#), [r#""a\\\"b""#, "c"]);
        assert_eq!(words("'\"' '\\'' '\\u{7f}' 'a 'static: 'x'"), ["'a", "'static", ":"]);
        assert_eq!(words("crate::{a, b::c}"), ["crate", "::", "{", "a", ",", "b", "::", "c", "}"]);
        assert_eq!(words("rate r#type"), ["rate", "r", "#", "type"]);
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let found = tokens("a\n/* \n */ b \"\n\" c // d\ne");
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 3, 4, 5]);
    }
}
