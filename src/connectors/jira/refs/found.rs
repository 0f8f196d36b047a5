//! The keys of issues in any text: titles and branches of pull requests, commits, messages.

use std::collections::BTreeSet;

use super::{IssueKey, LONGEST, ProjectKey, number};

/// How many keys are taken from a text at most.
const MOST: usize = 20;

/// What looks like a project's key and is none: standards, encodings, ciphers, hardware. Asked only where it is not known
/// which projects there are.
const OTHERS: &[&str] = &[
    "AES", "ANSI", "ARM", "BASE", "BIP", "CAPEC", "COVID", "CP", "CVE", "CWE", "DDR", "DES", "DIN", "DSA", "ECMA",
    "EIP", "EN", "ERC", "FIPS", "GHSA", "GPT", "HTTP", "IBM", "IEC", "IEEE", "IPV", "ISBN", "ISO", "JEP", "JSR", "KOI",
    "LATIN", "LOG4J", "MD", "MIT", "MP", "MPEG", "NIST", "OSI", "PEP", "PR", "PY", "QR", "RFC", "RIPEMD", "RSA",
    "RUSTSEC", "SHA", "SHA2", "SHA3", "SP", "TLS", "UCS", "USB", "UTC", "UTF", "WPA", "X", "XEP",
];

/// The keys of issues in a text, each once, in order, at most 20: in capitals, with nothing around them that makes them
/// part of another word, and not what is known to be something else (`UTF-8`, `SHA-256`, `CVE-2024-1`).
#[must_use]
pub fn keys_in(text: &str) -> Vec<IssueKey> {
    find(text, &|written, project, next| {
        // `MAY-12-2024` is a date; the `-fix` of a branch is none.
        let goes_on = next.strip_prefix('-').is_some_and(|next| next.starts_with(|char: char| char.is_ascii_digit()));
        written == project.as_str() && !OTHERS.contains(&written) && !goes_on
    })
}

/// As [`keys_in`], but only of these projects; then in any case, as branches are often written.
#[must_use]
pub fn known_keys_in(text: &str, projects: &BTreeSet<ProjectKey>) -> Vec<IssueKey> {
    find(text, &|_, project, _| projects.contains(project))
}

/// Looks at each `-` in turn; `fits` is shown the project as it is written and as a key, and what follows the number.
fn find(text: &str, fits: &dyn Fn(&str, &ProjectKey, &str) -> bool) -> Vec<IssueKey> {
    let mut found: Vec<IssueKey> = Vec::new();
    for (at, _) in text.match_indices('-') {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let length = before.bytes().rev().take(LONGEST + 1).take_while(|byte| word(*byte)).count();
        let start = at - length;
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let next = &after[digits..];
        let in_word = before[..start].chars().next_back().is_some_and(char::is_alphanumeric)
            || next.starts_with(|char: char| char.is_alphanumeric() || char == '_');
        // `2.17` goes on after its dot, the end of a sentence does not.
        let decimal = next.strip_prefix('.').is_some_and(|next| next.starts_with(|char: char| char.is_ascii_digit()));
        let (Some(project), Some(number)) = (ProjectKey::parse(&before[start..]), number(&after[..digits])) else {
            continue;
        };
        if in_word || decimal || !fits(&before[start..], &project, next) {
            continue;
        }
        let key = IssueKey { project, number };
        if !found.contains(&key) {
            found.push(key);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}
