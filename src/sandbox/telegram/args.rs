//! The arguments of a call, however they came: query, form, JSON or multipart.
//!
//! As on Telegram's servers every argument is a text: a JSON value other than a string keeps its JSON text, and nested
//! objects may come as JSON or as a string of JSON (core.telegram.org/bots/api#making-requests).

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use serde_json::Value;
use url::form_urlencoded;

use super::api::Refused;
use crate::sandbox::multipart;

/// An uploaded file.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) mime: Option<String>,
    pub(super) content: Vec<u8>,
}

/// Arguments and uploads by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Args {
    fields: BTreeMap<String, String>,
    files: BTreeMap<String, Upload>,
}

impl Args {
    /// Reads the query and the body of a request.
    pub(super) fn read(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        let mut args = Self::default();
        args.form(query.unwrap_or_default().as_bytes());
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            _ if body.is_empty() => {}
            "application/x-www-form-urlencoded" => args.form(body),
            "application/json" => args.json(body)?,
            "multipart/form-data" => {
                let boundary = multipart::boundary(content_type)
                    .ok_or_else(|| Refused::bad("boundary not found in the Content-Type header"))?;
                args.parts(body, &boundary)?;
            }
            // Other bodies are looked past, as there.
            _ => {}
        }
        Ok(args)
    }

    fn form(&mut self, bytes: &[u8]) {
        let pairs = form_urlencoded::parse(bytes);
        self.fields.extend(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())));
    }

    /// Takes the fields of a JSON object.
    pub(super) fn json(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => {
                for (name, value) in fields {
                    let text = match value {
                        Value::String(text) => text,
                        // The servers would keep the word; no method takes it for a value.
                        Value::Null => continue,
                        other => other.to_string(),
                    };
                    self.fields.insert(name, text);
                }
                Ok(())
            }
            Ok(_) => Err(Refused::bad("JSON object expected")),
            Err(_) => Err(Refused::bad("can't parse JSON object")),
        }
    }

    fn parts(&mut self, body: &[u8], boundary: &str) -> Result<(), Refused> {
        for part in multipart::parse(body, boundary).map_err(Refused::bad)? {
            match part.file_name {
                Some(name) => {
                    let upload = Upload { name, mime: part.mime, content: part.content };
                    self.files.insert(part.name, upload);
                }
                None => {
                    let text = String::from_utf8(part.content)
                        .map_err(|_| Refused::bad("strings must be encoded in UTF-8"))?;
                    self.fields.insert(part.name, text);
                }
            }
        }
        Ok(())
    }

    /// An argument, empty when it was not given.
    pub(super) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name).to_ascii_lowercase().as_str(), "true" | "yes" | "1")
    }

    /// A whole number; what cannot be read counts as not given.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let text = self.get(name).trim();
        if text.is_empty() { None } else { text.parse().ok() }
    }

    /// An argument that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        let text = self.get(name);
        if text.is_empty() { Err(Refused::bad(format!("parameter \"{name}\" is required"))) } else { Ok(text) }
    }

    /// An argument that holds JSON; `what` is how the servers call it in their error.
    pub(super) fn parsed(&self, name: &str, what: &str) -> Result<Option<Value>, Refused> {
        match self.get(name) {
            "" => Ok(None),
            text => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| Refused::bad(format!("can't parse {what} JSON object"))),
        }
    }

    /// An uploaded file: sent under this name, or named by `attach://`.
    pub(super) fn upload(&self, name: &str) -> Option<&Upload> {
        let attached = self.get(name).strip_prefix("attach://").and_then(|name| self.files.get(name));
        self.files.get(name).or(attached)
    }

    /// The name of the method inside the arguments, as webhook replies give it.
    pub(super) fn take_method(&mut self) -> Option<String> {
        self.fields.remove("method")
    }

    /// Everything as JSON for the log: nested JSON parsed, uploads by name and size.
    pub(super) fn shown(&self) -> Value {
        let mut all = serde_json::Map::new();
        for (name, text) in &self.fields {
            let nested = text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten();
            all.insert(name.clone(), nested.unwrap_or_else(|| Value::String(text.clone())));
        }
        for (name, upload) in &self.files {
            all.insert(name.clone(), serde_json::json!({"file_name": upload.name, "size": upload.content.len()}));
        }
        Value::Object(all)
    }
}
