//! Belt and braces: what is known to be secret leaves no log line, in whatever spelling it turns up.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use tracing_subscriber::fmt::MakeWriter;

/// Shorter values are not looked for: they would be found in innocent words.
const SHORTEST: usize = 6;
/// Lines of a secret of several lines are looked for one by one when they are at least this long.
const SHORTEST_LINE: usize = 16;
/// What stands where a secret stood.
const STAND_IN: &str = "[secret]";

/// Knows the secrets of the process and takes them out of text. Clones share what they know.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<String>>>);

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    /// Learns a secret: raw, as it stands in JSON or in a debug print, URL-encoded, in hexadecimal digits, and in base64
    /// (also inside something longer, such as the `name:password` of Basic authentication). Values of fewer than six
    /// bytes are not learnt. What is learnt stays: this is for secrets of the configuration and such, not for tokens that
    /// are made by the hour.
    pub fn register(&self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < SHORTEST {
            return;
        }
        let mut spellings = spellings(secret);
        if secret.contains('\n') {
            let long = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
            // The first and last line of a key in PEM are the same for every key.
            spellings.extend(long.filter(|line| !line.starts_with("-----")).map(str::to_owned));
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for spelling in spellings {
            if spelling.len() >= SHORTEST && !known.contains(&spelling) {
                known.push(spelling);
            }
        }
        // The longest first, so that a secret within another leaves nothing of the other.
        known.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    }

    /// The text with `[secret]` wherever a secret stood.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = text.to_owned();
        for spelling in known.iter() {
            if clean.contains(spelling.as_str()) {
                clean = clean.replace(spelling.as_str(), STAND_IN);
            }
        }
        clean
    }
}

/// Every way in which a secret is commonly written.
fn spellings(secret: &str) -> Vec<String> {
    let mut found = vec![secret.to_owned()];
    let json = escaped_json(secret);
    let debug = inner(&format!("{secret:?}"));
    // A debug print, or JSON in a text, may itself stand in JSON: escaped twice.
    found.extend([escaped_json(&json), escaped_json(&debug), json, debug]);
    for upper in [true, false] {
        let percent = percent_encoded(secret, upper);
        found.extend([percent.replace("%20", "+"), percent]);
    }
    found.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    if let Ok(mut url) = url::Url::parse("http://x/") {
        url.set_path(secret);
        found.push(url.path().trim_start_matches('/').to_owned());
        url.set_query(Some(secret));
        found.extend(url.query().map(str::to_owned));
    }
    let hex = hex::encode(secret);
    found.push(hex.to_uppercase());
    found.push(hex);
    for offset in 0..3 {
        found.extend(base64_inside(secret, offset));
    }
    found.sort();
    found.dedup();
    found
}

/// The text as it stands between the quotes of JSON.
fn escaped_json(text: &str) -> String {
    serde_json::to_string(text).map_or_else(|_| text.to_owned(), |json| inner(&json))
}

/// A quoted text without its quotes.
fn inner(quoted: &str) -> String {
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(quoted).to_owned()
}

/// All but letters, digits and `-_.~` as `%XX`.
fn percent_encoded(text: &str, upper: bool) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.push_str(&if upper { hex::encode_upper([byte]) } else { hex::encode([byte]) });
            }
        }
        encoded
    })
}

/// The signs of base64 that depend on the secret alone when it begins `offset` bytes into a group of three.
fn base64_inside(secret: &str, offset: usize) -> Vec<String> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(secret.as_bytes());
    let skip = [0, 2, 3][offset];
    let cut = usize::from(!bytes.len().is_multiple_of(3));
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD]
        .iter()
        .map(|engine| engine.encode(&bytes))
        .filter_map(|encoded| encoded.get(skip..encoded.len() - cut).map(str::to_owned))
        .collect()
}

/// A maker of writers that redact what another maker's writers write.
#[derive(Debug, Clone)]
pub struct Redacting<M> {
    inner: M,
    redactor: Redactor,
}

impl<M> Redacting<M> {
    /// Puts `redactor` before the writers of `inner`.
    pub fn new(inner: M, redactor: Redactor) -> Self {
        Self { inner, redactor }
    }
}

impl<'w, M: MakeWriter<'w>> MakeWriter<'w> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        RedactingWriter { inner: self.inner.make_writer(), redactor: self.redactor.clone() }
    }
}

/// A writer that redacts. It counts on whole lines in one write, which is what the log's formatter does.
#[derive(Debug)]
pub struct RedactingWriter<W> {
    inner: W,
    redactor: Redactor,
}

impl<W: Write> Write for RedactingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let clean = self.redactor.redact(&String::from_utf8_lossy(bytes));
        self.inner.write_all(clean.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secret = "xoxb-17/ÿ? \"q\"\\~";
        let redactor = Redactor::default();
        redactor.register(secret);
        let spellings = [
            secret.to_owned(),
            serde_json::to_string(secret).expect("JSON"),
            format!("{secret:?}"),
            serde_json::to_string(&format!("{:?}", Some(secret))).expect("JSON"),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            "xoxb-17%2F%C3%BF%3F%20%22q%22%5C~".to_owned(),
            "xoxb-17%2f%c3%bf%3f%20%22q%22%5c~".to_owned(),
            hex::encode(secret),
            STANDARD.encode(secret),
            URL_SAFE.encode(secret),
            STANDARD.encode(format!("bot:{secret}")),
            STANDARD.encode(format!("a@b.c:{secret}:x")),
            STANDARD.encode(format!("me:{secret}!")),
        ];
        for spelling in spellings {
            let line = redactor.redact(&format!("before {spelling} after"));
            assert!(line.starts_with("before ") && line.ends_with(" after"), "{line}");
            assert!(line.contains(STAND_IN), "{spelling}: {line}");
            assert!(!line.contains("xoxb") && !line.contains("eG94Yi0xNy"), "{spelling}: {line}");
        }
    }

    #[test]
    fn clones_share_and_the_longest_secret_goes_first() {
        let redactor = Redactor::default();
        redactor.clone().register("secret-one");
        redactor.register("secret-one-and-more");
        redactor.register("short");
        assert_eq!(redactor.redact("secret-one secret-one-and-more short"), "[secret] [secret] short");
        assert!(!format!("{redactor:?}").contains("one"));
    }

    #[test]
    fn a_key_of_several_lines_is_found_line_by_line() {
        let redactor = Redactor::default();
        redactor.register("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx1\nq2w3e4r5t6z7u8i9o0\n-----END-----\n");
        assert_eq!(redactor.redact("line 2 is q2w3e4r5t6z7u8i9o0"), "line 2 is [secret]");
        assert_eq!(redactor.redact("-----BEGIN RSA PRIVATE KEY-----"), "-----BEGIN RSA PRIVATE KEY-----");
    }

    #[test]
    fn odd_bytes_pass_and_the_count_is_of_what_came_in() {
        let redactor = Redactor::default();
        redactor.register("hunter2hunter2");
        let mut page = Vec::new();
        let mut writer = RedactingWriter { inner: &mut page, redactor };
        assert_eq!(writer.write(b"\xff hunter2hunter2\n").expect("written"), 17);
        assert_eq!(String::from_utf8(page).expect("UTF-8"), "\u{fffd} [secret]\n");
    }
}
