//! Reads `multipart/form-data` bodies, as RFC 7578 writes them.
//!
//! Fakes that take uploads call it. It keeps whole parts in memory; their web layers have limited the body before.

/// One part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Present when the part is a file.
    pub(super) file_name: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) content: Vec<u8>,
}

/// The boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let found = parameter(content_type, "boundary")?;
    (!found.is_empty() && found.len() <= 200).then_some(found)
}

/// The parts of a body.
pub(super) fn parse(body: &[u8], boundary: &str) -> Result<Vec<Part>, &'static str> {
    let first = format!("--{boundary}").into_bytes();
    let between = format!("\r\n--{boundary}").into_bytes();
    let start = find(body, &first).ok_or("expected boundary at the beginning of the body")?;
    let mut rest = &body[start + first.len()..];
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("boundary is not followed by a new line")?;
        // A part without headers begins with the empty line itself.
        let headers_end = find(rest, b"\r\n\r\n").ok_or("end of part headers not found")?;
        let content = &rest[headers_end + 4..];
        let content_end = find(content, &between).ok_or("end of part not found")?;
        parts.push(part(&rest[..headers_end], content[..content_end].to_vec())?);
        rest = &content[content_end + between.len()..];
    }
}

fn part(headers: &[u8], content: Vec<u8>) -> Result<Part, &'static str> {
    let headers = std::str::from_utf8(headers).map_err(|_| "part headers must be encoded in UTF-8")?;
    let mut found = Part { name: String::new(), file_name: None, mime: None, content };
    for line in headers.split("\r\n") {
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => {
                found.name = parameter(value, "name").ok_or("field name in multipart/form-data not found")?;
                found.file_name = parameter(value, "filename");
            }
            "content-type" => found.mime = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    if found.name.is_empty() { Err("field name in multipart/form-data not found") } else { Ok(found) }
}

/// A parameter of a header value, quoted or not.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, tail) = rest.split_once('=')?;
        let tail = tail.trim_start();
        let (text, after) = match tail.strip_prefix('"') {
            Some(quoted) => quoted_text(quoted)?,
            None => match tail.split_once(';') {
                Some((text, after)) => (text.trim().to_owned(), after),
                None => (tail.trim().to_owned(), ""),
            },
        };
        if name.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = after;
    }
}

/// A quoted text up to its closing quote, and what comes after.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((found, &text[at + 1..])),
            '\\' => found.push(characters.next()?.1),
            other => found.push(other),
        }
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
