//! File uploads: <https://developers.notion.com/reference/file-upload>. What is not attached within an hour is gone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use crate::sandbox::multipart;
use crate::sandbox::notion::data::{Stamp, Upload, moment};
use crate::sandbox::notion::json::UPLOAD_LIFE;
use crate::sandbox::notion::reply::{Answer, Reply};
use crate::sandbox::notion::state::State;

/// The largest file in one part, and the largest part.
const LARGEST_PART: usize = 20 << 20;
/// The smallest part, except for the last.
const SMALLEST_PART: usize = 5 << 20;

/// Types that are taken, by the end of a file's name: <https://developers.notion.com/guides/data-apis/working-with-files-and-media>.
const TYPES: [(&str, &str); 36] = [
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("zip", "application/zip"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("webp", "image/webp"),
    ("aac", "audio/aac"),
    ("mid", "audio/midi"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("avi", "video/x-msvideo"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("xml", "application/xml"),
    ("yaml", "application/x-yaml"),
];

fn type_of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, kind)| *kind)
}

/// The type without its parameters.
fn bare(kind: &str) -> &str {
    kind.split(';').next().unwrap_or_default().trim()
}

impl State {
    /// Lets go of what was not attached in time.
    fn expire(&mut self) {
        let now = self.now;
        let old = |upload: &&mut Upload| {
            !upload.attached
                && matches!(upload.status, "pending" | "uploaded")
                && upload.stamp.created + UPLOAD_LIFE <= now
        };
        let mut gone = Vec::new();
        for upload in self.world.uploads.iter_mut().filter(old) {
            upload.status = "expired";
            upload.sent.clear();
            gone.push((upload.id.clone(), upload.stamp.created_by.clone()));
        }
        for (id, who) in gone {
            self.tell_upload("file_upload.expired", &id, &who, Value::Null);
        }
    }

    fn upload(&mut self, ask: &Ask<'_>, id: &str) -> Result<&mut Upload, Reply> {
        self.expire();
        let own = |upload: &&mut Upload| upload.id == id && upload.stamp.created_by == ask.bot;
        self.world.uploads.iter_mut().find(own).ok_or_else(|| ask.not_found("file_upload", id))
    }

    fn upload_shown(&self, id: &str) -> Reply {
        let found = self.world.uploads.iter().find(|upload| upload.id == id);
        Reply::ok(found.map(|upload| self.world.upload_json(upload)).unwrap_or_default())
    }
}

pub(super) fn get(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "file_upload_id")?;
    state.upload(ask, &id)?;
    Ok(state.upload_shown(&id))
}

pub(super) fn list(state: &mut State, ask: &Ask<'_>) -> Answer {
    state.expire();
    let status = ask.parameter("status");
    if let Some(status) = status.filter(|status| !["pending", "uploaded", "expired", "failed"].contains(status)) {
        let message = format!(
            "query failed validation: query.status should be `\"pending\"`, `\"uploaded\"`, `\"expired\"`, or `\"failed\"`, instead was `\"{status}\"`."
        );
        return Err(Reply::invalid(&message));
    }
    let fits =
        |upload: &&Upload| upload.stamp.created_by == ask.bot && status.is_none_or(|status| upload.status == status);
    let uploads = state.world.uploads.iter().rev().filter(fits);
    let shown = uploads.map(|upload| (upload.id.clone(), state.world.upload_json(upload)));
    ask.list("file_upload", shown.collect())
}

pub(super) fn create(state: &mut State, ask: &Ask<'_>) -> Answer {
    let body = &ask.body;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let mode = match body["mode"].as_str() {
        Some("multi_part") => "multi_part",
        Some("external_url") => "external_url",
        _ => "single_part",
    };
    let parts = body["number_of_parts"].as_u64().and_then(|parts| u32::try_from(parts).ok());
    let need = |name: &str, there: bool| {
        let message = format!("body failed validation: body.{name} should be defined, instead was `undefined`.");
        if there { Ok(()) } else { Err(Reply::invalid(&message)) }
    };
    if mode == "multi_part" {
        need("filename", body.get("filename").is_some())?;
        need("number_of_parts", parts.is_some())?;
        if state.largest_file <= 5 << 20 {
            return Err(Reply::invalid("Multi-part file uploads are only available in paid workspaces."));
        }
    } else if parts.is_some() {
        return Err(Reply::invalid(
            "body failed validation: body.number_of_parts should be not present for this mode.",
        ));
    }
    if mode == "external_url" {
        need("external_url", body.get("external_url").is_some())?;
        need("filename", body.get("filename").is_some())?;
        if !body["external_url"].as_str().is_some_and(|url| url.starts_with("https://")) {
            return Err(Reply::invalid("body failed validation: body.external_url should be an HTTPS URL."));
        }
    }
    let name = text("filename");
    let named = name.as_deref().map(type_of);
    let kind = text("content_type").or_else(|| named.flatten().map(str::to_owned));
    if named == Some(None) && kind.is_none() {
        let message = format!(
            "Provided `filename` has an extension that is not supported for the File Upload API: {}",
            name.unwrap_or_default()
        );
        return Err(Reply::invalid(&message));
    }
    if let Some(kind) = kind.as_deref().filter(|kind| !TYPES.iter().any(|(_, known)| *known == bare(kind))) {
        return Err(Reply::invalid(&format!(
            "Provided `content_type` is not supported for the File Upload API: {kind}"
        )));
    }
    let id = state.world.fresh();
    let upload = Upload {
        id: id.clone(),
        name,
        kind,
        mode,
        parts: parts.unwrap_or(1),
        sent: BTreeMap::new(),
        status: "pending",
        import: Value::Null,
        attached: false,
        stamp: Stamp::new(&ask.bot, state.now),
    };
    state.world.uploads.push(upload);
    state.tell_upload("file_upload.created", &id, &ask.bot, Value::Null);
    Ok(state.upload_shown(&id))
}

pub(super) fn send(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "file_upload_id")?;
    let largest = usize::try_from(state.largest_file).unwrap_or(usize::MAX);
    let now = state.now;
    let upload = state.upload(ask, &id)?;
    if upload.mode == "external_url" {
        return Err(Reply::invalid("Cannot send file contents for a file upload with mode `external_url`."));
    }
    if upload.status != "pending" {
        let status = upload.status;
        return Err(Reply::invalid(&format!(
            "File upload has status `{status}`, but must be `pending` to send its contents."
        )));
    }
    let boundary =
        multipart::boundary(ask.content_type).filter(|_| ask.content_type.starts_with("multipart/form-data"));
    let Some(boundary) = boundary else {
        return Err(Reply::invalid("Content-Type header should be `multipart/form-data` with a boundary."));
    };
    let parts = multipart::parse(ask.raw, &boundary)
        .map_err(|problem| Reply::invalid(&format!("Invalid form data: {problem}")))?;
    if let Some(other) = parts.iter().find(|part| !matches!(part.name.as_str(), "file" | "part_number")) {
        return Err(Reply::invalid(&format!("body failed validation: body.{} should be not present.", other.name)));
    }
    let Some(file) = parts.iter().find(|part| part.name == "file") else {
        return Err(Reply::invalid("body failed validation: body.file should be defined, instead was `undefined`."));
    };
    let number = parts.iter().find(|part| part.name == "part_number");
    let number = number.map(|part| String::from_utf8_lossy(&part.content).trim().to_owned());
    let at = match (upload.mode, number) {
        ("multi_part", Some(text)) => {
            let at = text.parse::<u32>().ok().filter(|at| (1..=upload.parts).contains(at));
            at.ok_or_else(|| {
                Reply::invalid(&format!("part_number should be between 1 and {}, instead was `{text}`.", upload.parts))
            })?
        }
        ("multi_part", None) => {
            return Err(Reply::invalid(
                "body failed validation: body.part_number should be defined, instead was `undefined`.",
            ));
        }
        (_, Some(_)) => return Err(Reply::invalid("body failed validation: body.part_number should be not present.")),
        (_, None) => 1,
    };
    let kind = file.mime.as_deref().map(bare);
    match (upload.kind.as_deref(), kind) {
        (Some(told), Some(sent)) if bare(told) != sent && upload.mode == "single_part" => {
            let message = format!(
                "Current file's content type of {sent} does not match the expected type from the create request: {told}"
            );
            return Err(Reply::invalid(&message));
        }
        (None, sent) => {
            let by_name = file.file_name.as_deref().and_then(type_of);
            let sent = sent.filter(|sent| TYPES.iter().any(|(_, known)| known == sent)).or(by_name);
            let sent = sent.ok_or_else(|| {
                Reply::invalid("Provided file has a type that is not supported for the File Upload API.")
            })?;
            upload.kind = Some(sent.to_owned());
        }
        _ => {}
    }
    let size = file.content.len();
    let last = at == upload.parts;
    if size > largest.min(LARGEST_PART) {
        let message = format!("Content of {size} bytes exceeds the limit of {} bytes.", largest.min(LARGEST_PART));
        return Err(Reply::problem(413, "validation_error", &message));
    }
    if upload.mode == "multi_part" && !last && size < SMALLEST_PART {
        return Err(Reply::invalid("Each part except for the last must be at least 5 MB in size."));
    }
    if upload.name.is_none() {
        upload.name.clone_from(&file.file_name);
    }
    upload.sent.insert(at, file.content.clone());
    upload.stamp.edited = now;
    if upload.mode == "single_part" {
        upload.status = "uploaded";
        state.tell_upload("file_upload.completed", &id, &ask.bot, Value::Null);
    }
    Ok(state.upload_shown(&id))
}

pub(super) fn complete(state: &mut State, ask: &Ask<'_>) -> Answer {
    let id = ask.id(2, "file_upload_id")?;
    let upload = state.upload(ask, &id)?;
    if upload.mode != "multi_part" || upload.status != "pending" {
        let (mode, status) = (upload.mode, upload.status);
        return Err(Reply::invalid(&format!(
            "Cannot complete a file upload with mode `{mode}` and status `{status}`."
        )));
    }
    let missing: Vec<u32> = (1..=upload.parts).filter(|at| !upload.sent.contains_key(at)).collect();
    if !missing.is_empty() {
        return Err(Reply::invalid(&format!("Not all parts have been sent; missing: {missing:?}.")));
    }
    upload.status = "uploaded";
    state.tell_upload("file_upload.completed", &id, &ask.bot, Value::Null);
    Ok(state.upload_shown(&id))
}

impl State {
    /// An import from an address comes to its end: with these bytes, or with what went wrong.
    pub(in crate::sandbox::notion) fn finish_import(&mut self, id: &str, content: Result<Vec<u8>, String>) -> bool {
        let now = self.now;
        let waiting =
            |upload: &&mut Upload| upload.id == id && upload.mode == "external_url" && upload.status == "pending";
        let Some(upload) = self.world.uploads.iter_mut().find(waiting) else { return false };
        let who = upload.stamp.created_by.clone();
        match content {
            Ok(bytes) => {
                upload.sent.insert(1, bytes);
                upload.status = "uploaded";
                upload.import = json!({ "type": "success", "imported_time": moment(now), "success": {} });
                self.tell_upload("file_upload.completed", id, &who, Value::Null);
            }
            Err(message) => {
                upload.status = "failed";
                let error = json!({
                    "type": "download_error", "code": "file_upload_download_failed", "message": message,
                    "parameter": null, "status_code": null,
                });
                let result = json!({ "type": "error", "imported_time": moment(now), "error": error });
                upload.import = result.clone();
                self.tell_upload("file_upload.upload_failed", id, &who, json!({ "file_import_result": result }));
            }
        }
        true
    }
}
