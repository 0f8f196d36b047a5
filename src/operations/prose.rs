//! Doc comments as text for people, and names as labels.

/// A doc comment with its lines joined: paragraphs stay apart, links to code become code.
pub(super) fn prose(doc: &str) -> String {
    let mut paragraphs = vec![String::new()];
    for line in doc.lines().map(str::trim) {
        match paragraphs.last_mut() {
            Some(last) if line.is_empty() && !last.is_empty() => paragraphs.push(String::new()),
            Some(last) => {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line);
            }
            None => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n\n").replace("[`", "`").replace("`]", "`")
}

/// The first sentence of a text, and what comes after it.
pub(super) fn first_sentence(text: &str) -> (String, String) {
    let end = text.char_indices().find_map(|(at, sign)| {
        let after = &text[at + sign.len_utf8()..];
        match sign {
            '\n' if after.starts_with('\n') => Some(at),
            '.' | '!' | '?' if ends_sentence(&text[..at], after) => Some(at + sign.len_utf8()),
            _ => None,
        }
    });
    let (first, rest) = text.split_at(end.unwrap_or(text.len()));
    (first.trim().to_owned(), rest.trim().to_owned())
}

/// `e.g. this` and `v1.2` are no ends of sentences.
fn ends_sentence(before: &str, after: &str) -> bool {
    if !after.starts_with(char::is_whitespace) && !after.is_empty() {
        return false;
    }
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let shortened = ["e.g", "i.e", "etc", "cf", "vs"].contains(&word.trim_start_matches('('));
    !shortened && !after.trim_start().starts_with(char::is_lowercase)
}

/// A name as a label: `request_reviewers` is `Request reviewers`, `not-planned` is `Not planned`.
pub(super) fn humanise(name: &str) -> String {
    let words: Vec<String> = name
        .split(['_', '-', ' ', '.'])
        .filter(|word| !word.is_empty())
        .enumerate()
        .map(|(index, word)| match word.to_ascii_lowercase().as_str() {
            short @ ("id" | "url" | "jql" | "pr" | "sha" | "api" | "html" | "sql") => short.to_ascii_uppercase(),
            _ if index == 0 => capital(word),
            _ => word.to_owned(),
        })
        .collect();
    words.join(" ")
}

/// The text with a capital first letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Of what is shown within a sentence, neither line breaks nor backticks may disturb it.
fn readable(sign: char) -> char {
    match sign {
        '`' => '\'',
        sign if sign.is_control() => ' ',
        sign => sign,
    }
}

/// What somebody gave, short and on one line, for an error: `"dune"`.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let flat: String = text.chars().map(readable).take(LONGEST + 1).collect();
    if flat.chars().count() > LONGEST {
        let cut: String = flat.chars().take(LONGEST).collect();
        format!("\"{}…\"", cut.trim_end())
    } else {
        format!("\"{flat}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_is_found() {
        for (text, first, rest) in [
            ("Close an issue.", "Close an issue.", ""),
            ("Close an issue. It stays.", "Close an issue.", "It stays."),
            ("Owner, e.g. acme. Or none.", "Owner, e.g. acme.", "Or none."),
            ("Needs v1.2 of it. Yes.", "Needs v1.2 of it.", "Yes."),
            ("No full stop\n\nSecond paragraph.", "No full stop", "Second paragraph."),
            ("", "", ""),
        ] {
            assert_eq!(first_sentence(text), (first.to_owned(), rest.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn doc_comments_lose_their_line_breaks_and_links() {
        assert_eq!(prose("Close an\nissue, see [`Run`].\n\n\nMore."), "Close an issue, see `Run`.\n\nMore.");
        assert_eq!(prose("\n\n"), "");
    }

    #[test]
    fn names_become_labels() {
        assert_eq!(humanise("request_reviewers"), "Request reviewers");
        assert_eq!(humanise("not-planned"), "Not planned");
        assert_eq!(humanise("callback_url"), "Callback URL");
        assert_eq!(humanise(""), "");
    }

    #[test]
    fn what_was_given_is_shown_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "\"a b\"");
        assert_eq!(shown(&"ü".repeat(60)), format!("\"{}…\"", "ü".repeat(40)));
    }
}
