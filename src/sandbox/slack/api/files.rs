//! Uploading: an address, the bytes, and then the share (docs.slack.dev/messaging/working-with-files).

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use super::{Args, Call, Content, Refused, missing, render, tell};
use crate::sandbox::slack::{
    Inner, lock,
    model::{ChannelKind, StoredFile},
    web,
};

pub(super) fn get_upload_url(call: &Call<'_>) -> Result<Value, Refused> {
    let name = call.args.need("filename")?.to_owned();
    let length = call.args.number("length").ok_or_else(|| missing("length"))?;
    if length == 0 {
        return Err(Refused::new("missing_argument"));
    }
    if call.args.str("alt_txt").is_some_and(|text| text.chars().count() > 1000) {
        return Err(Refused::new("alt_txt_too_large"));
    }
    if call.args.str("snippet_type").is_some() && length > 1 << 20 {
        return Err(Refused::new("snippet_too_large"));
    }
    let mut world = lock(&call.inner.world);
    let id = world.next_id('F');
    let title = name.clone();
    let file = StoredFile { id: id.clone(), name, title, length, content: None, complete: false, channels: Vec::new() };
    world.files.insert(id.clone(), file);
    Ok(json!({"upload_url": format!("{}/slack/upload/{id}", call.inner.base()), "file_id": id}))
}

/// Takes the bytes at an upload address: as the body itself or as a form's file part.
pub(in crate::sandbox::slack) async fn upload(
    State(inner): State<Arc<Inner>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = headers.get("content-type").and_then(|value| value.to_str().ok());
    let boundary = form.filter(|kind| kind.starts_with("multipart/form-data")).and_then(|kind| {
        kind.split(';').find_map(|part| part.trim().strip_prefix("boundary=")).map(|text| text.trim_matches('"'))
    });
    let content = match boundary {
        Some(boundary) => file_part(&body, boundary),
        None => Some(body.to_vec()),
    };
    let mut world = lock(&inner.world);
    let (Some(file), Some(content)) = (world.files.get_mut(&id).filter(|file| !file.complete), content) else {
        return web::plain(StatusCode::NOT_FOUND, "not found");
    };
    let bytes = content.len();
    if u64::try_from(bytes).ok() != Some(file.length) {
        return web::plain(StatusCode::BAD_REQUEST, "length mismatch");
    }
    file.content = Some(content);
    drop(world);
    inner.changed();
    web::plain(StatusCode::OK, "OK")
}

/// The content of the first part of a multipart body.
fn file_part(body: &[u8], boundary: &str) -> Option<Vec<u8>> {
    let find = |from: usize, what: &[u8]| {
        body.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let start = find(0, b"\r\n\r\n")? + 4;
    let end = find(start, format!("\r\n--{boundary}").as_bytes())?;
    body.get(start..end).map(<[u8]>::to_vec)
}

pub(super) fn complete_upload(call: &Call<'_>) -> Result<Value, Refused> {
    let files = call.args.data("files").ok().flatten().and_then(|files| files.as_array().cloned());
    let files = files.filter(|files| !files.is_empty()).ok_or_else(|| missing("files"))?;
    let comment = call.args.str("initial_comment").unwrap_or_default();
    let mut words = serde_json::Map::new();
    words.insert("text".into(), json!(comment));
    if comment.is_empty()
        && let Some(blocks) = call.args.0.get("blocks")
    {
        words.insert("blocks".into(), blocks.clone());
    }
    let words = Args(words);
    Content::read(&words, None)?;
    let mut world = lock(&call.inner.world);
    let mut ids = Vec::new();
    for file in &files {
        let id = file.get("id").and_then(Value::as_str).unwrap_or_default();
        let known = world.files.get(id).is_some_and(|file| file.content.is_some() && !file.complete);
        if !known {
            return Err(Refused::new("file_not_found"));
        }
        ids.push((id.to_owned(), file.get("title").and_then(Value::as_str).map(str::to_owned)));
    }
    let targets = call.args.str("channel_id").or(call.args.str("channels")).unwrap_or_default();
    let mut channels = Vec::new();
    for wanted in targets.split(',').map(str::trim).filter(|wanted| !wanted.is_empty()) {
        let channel = world.channel(wanted).ok_or_else(|| Refused::new("channel_not_found"))?;
        if !channel.has(&call.inner.setup.bot.id) {
            // What the app is not in and cannot see does not exist for it.
            let public = channel.kind == ChannelKind::Public;
            return Err(Refused::new(if public { "not_in_channel" } else { "channel_not_found" }));
        }
        if channel.is_archived {
            return Err(Refused::new("is_archived"));
        }
        channels.push(channel.id.clone());
    }
    let thread_ts = call.args.str("thread_ts").map(str::to_owned);
    if let Some(ts) = &thread_ts
        && channels.iter().any(|channel| world.message(channel, ts).is_none())
    {
        return Err(Refused::new("invalid_thread_ts"));
    }
    for (id, title) in &ids {
        if let Some(file) = world.files.get_mut(id) {
            file.complete = true;
            file.title = title.clone().unwrap_or_else(|| file.name.clone());
            file.channels.clone_from(&channels);
        }
    }
    let mut told = Vec::new();
    for channel in channels {
        let content = Content::read(&words, None)?;
        let mut message = content.message(call.inner, &mut world, &channel, call.now);
        message.subtype = Some("file_share".into());
        message.files = ids.iter().map(|(id, _)| id.clone()).collect();
        message.thread_ts = thread_ts.clone();
        let shown = render(call.inner, &world, &message, false, false);
        world.put(message);
        told.push((channel, shown));
    }
    let done: Vec<_> = ids.iter().filter_map(|(id, _)| world.files.get(id)).map(|f| shown(call.inner, f)).collect();
    drop(world);
    for (channel, message) in told {
        tell(call.inner, &channel, &message);
    }
    Ok(json!({"files": done}))
}

/// A file as the API shows it.
pub(super) fn shown(inner: &Inner, file: &StoredFile) -> Value {
    json!({
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "mode": "hosted",
        "user": inner.setup.bot.id,
        "channels": file.channels,
        "permalink": format!("https://{}.slack.com/files/{}/{}/{}", inner.setup.team.domain, inner.setup.bot.id, file.id, file.name),
        "url_private": format!("https://files.slack.com/files-pri/{}-{}/{}", inner.setup.team.id, file.id, file.name),
    })
}
