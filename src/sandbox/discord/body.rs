//! Request bodies: JSON, or a `multipart/form-data` with `payload_json` and `files[n]`.
//!
//! Follows docs.discord.com/developers/reference#uploading-files. It knows no route.

use serde_json::{Map, Value, json};

use super::refused::Refused;

/// A file of a multipart body.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    /// The `n` of `files[n]`.
    pub(super) index: u64,
    pub(super) filename: String,
    pub(super) content_type: Option<String>,
    pub(super) content: Vec<u8>,
}

/// Largest file without boosts.
const LARGEST_FILE: usize = 10 << 20;

/// Reads a body by its content type.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<(Value, Vec<Upload>), Refused> {
    if body.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/json" => {
            let value = serde_json::from_slice(body).map_err(|_| Refused::invalid_json())?;
            Ok((value, Vec::new()))
        }
        "multipart/form-data" => multipart(content_type, body),
        "application/x-www-form-urlencoded" => {
            let fields = url::form_urlencoded::parse(body);
            let fields = fields.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
            Ok((Value::Object(fields.collect()), Vec::new()))
        }
        other => {
            let message =
                format!("Expected \"Content-Type\" header to be one of {{'application/json'}}, got \"{other}\".");
            Err(Refused::form(json!({"_errors": [{"code": "CONTENT_TYPE_INVALID", "message": message}]})))
        }
    }
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = haystack.get(from..)?;
    rest.windows(needle.len()).position(|window| window == needle).map(|at| at + from)
}

/// The value of a parameter such as `name="x"` of a header.
fn parameter(header: &str, name: &str) -> Option<String> {
    for part in header.split(';').skip(1) {
        let (key, value) = part.trim().split_once('=')?;
        if key.eq_ignore_ascii_case(name) {
            return Some(value.trim_matches('"').to_owned());
        }
    }
    None
}

/// One part: its disposition, its media type and what is in it.
fn part(raw: &[u8]) -> Option<(String, Option<String>, &[u8])> {
    let split = find(raw, b"\r\n\r\n", 0)?;
    let head = std::str::from_utf8(&raw[..split]).ok()?;
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned())
        })
    };
    Some((header("content-disposition")?, header("content-type"), &raw[split + 4..]))
}

fn multipart(content_type: &str, body: &[u8]) -> Result<(Value, Vec<Upload>), Refused> {
    let broken =
        || Refused::form(json!({"_errors": [{"code": "MULTIPART_INVALID", "message": "Malformed multipart body"}]}));
    let boundary = parameter(content_type, "boundary").ok_or_else(broken)?;
    let marker = format!("--{boundary}").into_bytes();
    let (mut fields, mut uploads) = (Map::new(), Vec::new());
    let mut at = find(body, &marker, 0).ok_or_else(broken)? + marker.len();
    while !body[at..].starts_with(b"--") {
        let start = at + 2;
        let end = find(body, &marker, start).ok_or_else(broken)?;
        let raw = body.get(start..end - 2).ok_or_else(broken)?;
        at = end + marker.len();
        let (disposition, kind, content) = part(raw).ok_or_else(broken)?;
        let name = parameter(&disposition, "name").ok_or_else(broken)?;
        if name == "payload_json" {
            match serde_json::from_slice(content) {
                Ok(Value::Object(all)) => fields.extend(all),
                _ => return Err(Refused::invalid_json()),
            }
        } else if let Some(filename) = parameter(&disposition, "filename") {
            let index = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            if content.len() > LARGEST_FILE {
                return Err(Refused::too_large());
            }
            // The old form is a single part called `file`.
            let Some(index) = index.or_else(|| (name == "file").then_some(0)) else { return Err(broken()) };
            uploads.push(Upload { index, filename, content_type: kind, content: content.to_vec() });
        } else {
            let text = String::from_utf8_lossy(content).into_owned();
            fields.insert(name, Value::String(text));
        }
    }
    uploads.sort_by_key(|upload| upload.index);
    Ok((Value::Object(fields), uploads))
}
